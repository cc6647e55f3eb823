//! Our activations beside PyTorch's on the motorcycle sample at 320×224.

use super::common::{CBAM, EDA, difference, fixture, model, repository, tensor};
use burn::tensor::Device;
use msfnet_studio::data::image::decode_file;
use msfnet_studio::data::resize::pillow_bilinear;
use msfnet_studio::device::to_host;
use msfnet_studio::net::config::{EncoderKind, GateKind, MsfnetConfig};
use msfnet_studio::net::encoder::{Encoder, STAGE_NAMES};
use msfnet_studio::net::msfnet::Msfnet;
use msfnet_studio::net::tap::Recorder;
use msfnet_studio::net::visit::Network;
use msfnet_studio::weights;

fn check(name: &str, fixture_name: &str) {
    let device = Device::flex();
    let expected = fixture(fixture_name);
    let model = model(name, &device);
    let mut taps = Recorder::default();
    let output = model.forward(tensor(&expected, "input", &device), &mut taps);
    let [aux2, aux3] = model.network().auxiliary(&output);
    let mut ours: Vec<_> = ["gate.map"].into_iter().chain(STAGE_NAMES).map(|n| (n, taps.get(n).unwrap().clone())).collect();
    ours.extend([("y", output.y), ("aux2", aux2.unwrap()), ("aux3", aux3.unwrap())]);
    assert_eq!(ours.len() + 1, expected.len(), "every tensor of the fixture is compared");
    for (what, tensor) in ours {
        let worst = difference(&to_host(tensor).unwrap(), &expected.get(what).unwrap().to_f32());
        println!("{name} {what}: {worst:.2e}");
        assert!(worst < 1e-3, "{name} {what}: {worst}");
    }
}

#[test]
fn eda_network_is_pytorch_s() {
    check(EDA, "parity_msfnet_lite0_nyu_eda.safetensors");
}

#[test]
fn cbam_network_is_pytorch_s() {
    check(CBAM, "parity_msfnet_lite0_nyu_cbam.safetensors");
}

#[test]
fn imagenet_encoder_is_pytorch_s() {
    let device = Device::flex();
    let expected = fixture("parity_lite0.safetensors");
    let file = weights::read(&repository().join("models/efficientnet-lite0-imagenet.safetensors")).unwrap();
    // The encoder's weights under the whole network's names: the rest stays as it is, and is not looked at.
    let config = MsfnetConfig { gate: GateKind::None, usf: false, ..MsfnetConfig::default() };
    let mut network = Msfnet::new(&config, &device).unwrap();
    let mut all = network.to_weights().unwrap();
    let prefix = |n: &str| if n.starts_with("encoder.") { n.to_owned() } else { format!("encoder.{n}") };
    for (name, tensor) in file.tensors.iter() {
        assert!(all.get(&prefix(name)).is_some(), "{name} is a tensor of the encoder");
        all.insert(prefix(name), tensor.clone());
    }
    assert!(network.load_weights(&all).unwrap().is_empty());
    let mut taps = Recorder::default();
    network.forward(tensor(&expected, "input", &device), &mut taps);
    for name in STAGE_NAMES {
        let worst = difference(&to_host(taps.get(name).unwrap().clone()).unwrap(), &expected.get(name).unwrap().to_f32());
        println!("{name}: {worst:.2e}");
        assert!(worst < 1e-3, "{name}: {worst}");
    }
    // The encoder alone names its parameters as the table of reference.md 1.5 counts them.
    let _ = Encoder::new(EncoderKind::EfficientnetLite0, &device);
    assert_eq!(file.tensors.iter().filter(|(n, _)| n.ends_with("weight") || n.ends_with("bias")).map(|(_, t)| t.len()).sum::<usize>(), 2_958_848);
}

/// The way of a picture up to the network: ours is Pillow's, to the bit.
#[test]
fn the_input_is_pillow_s() {
    let expected = fixture("parity_msfnet_lite0_nyu_eda.safetensors").get("input").unwrap().to_f32();
    let frame = decode_file(&super::common::motorcycle()).unwrap();
    let small = pillow_bilinear(&frame.rgb, frame.width, frame.height, 3, 320, 224);
    for c in 0..3 {
        for i in 0..320 * 224 {
            let ours = f32::from(small[3 * i + c]) / 255.0;
            assert!((ours - expected[c * 320 * 224 + i]).abs() < 1e-6, "channel {c}, pixel {i}");
        }
    }
}
