//! Our activations beside PyTorch's on the motorcycle sample at 320×224.

use super::common::{CBAM, EDA, difference, fixture, model, repository, shared, tensor};
use burn::tensor::Device;
use msfnet_studio::data::image::decode_file;
use msfnet_studio::data::resize::pillow_bilinear;
use msfnet_studio::device::to_host;
use msfnet_studio::net::config::{GateKind, MsfnetConfig};
use msfnet_studio::net::encoder::STAGE_NAMES;
use msfnet_studio::net::msfnet::Msfnet;
use msfnet_studio::net::tap::Recorder;
use msfnet_studio::net::visit::Network;
use msfnet_studio::state_dict::StateDict;
use msfnet_studio::weights;

fn check(name: &str, fixture_name: &str) {
    let device = Device::flex();
    let expected = fixture(fixture_name);
    let model = model(name, &device);
    let mut taps = Recorder::default();
    let network = model.network().msfnet().unwrap();
    let output = network.forward(tensor(&expected, "input", &device), &mut taps);
    let [aux2, aux3] = network.auxiliary(&output);
    let mut ours: Vec<_> =
        ["gate.map"].into_iter().chain(STAGE_NAMES).map(|n| (n, taps.get(n).unwrap().clone())).collect();
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

/// Stages of the ImageNet encoder whose weights are in `tensors` (names without a prefix), each compared by its standard
/// deviation: PyTorch computed the fixture from the single-precision checkpoint.
fn check_encoder(tensors: StateDict, within: f64) {
    let device = Device::flex();
    let expected = fixture("parity_lite0.safetensors");
    // The encoder inside the smallest network that has one: the rest is zero and not looked at.
    let config = MsfnetConfig { gate: GateKind::None, usf: false, ..MsfnetConfig::default() };
    let mut network = Msfnet::new(&config, &device).unwrap();
    let mut all = network.to_weights().unwrap();
    let mut parameters = 0;
    for (name, tensor) in tensors.iter() {
        let name = format!("encoder.{name}");
        if all.get(&name).is_some() {
            parameters += if name.contains("running_") { 0 } else { tensor.len() };
            all.insert(name, tensor.clone());
        }
    }
    assert_eq!(parameters, 2_958_848, "every parameter of the encoder is there");
    network.load_weights(&mut all).unwrap();
    assert!(all.is_empty());
    let mut taps = Recorder::default();
    network.forward(tensor(&expected, "input", &device), &mut taps);
    for name in STAGE_NAMES {
        let expected = expected.get(name).unwrap().to_f32();
        let mean = expected.iter().map(|v| f64::from(*v)).sum::<f64>() / expected.len() as f64;
        let variance = expected.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / expected.len() as f64;
        let ours = to_host(taps.get(name).unwrap().clone()).unwrap();
        let worst = ours.iter().zip(&expected).fold(0f32, |m, (a, b)| m.max((a - b).abs()));
        let worst = f64::from(worst) / variance.sqrt();
        println!("{name}: {worst:.2e} standard deviations");
        assert!(worst < within, "{name}: {worst}");
    }
}

#[test]
fn imagenet_encoder_is_pytorch_s() {
    let Some(shared) = shared("the encoder's single-precision checkpoint") else { return };
    let file = weights::read(&shared.join("weights/efficientnet-lite0-57934424.pth")).unwrap();
    check_encoder(file.tensors, 1e-4);
}

/// What ships is rounded to half precision.
#[test]
fn shipped_imagenet_encoder_is_that_one_to_half_precision() {
    let file = weights::read(&repository().join("models/efficientnet-lite0-imagenet.safetensors")).unwrap();
    check_encoder(file.tensors, 0.05);
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
