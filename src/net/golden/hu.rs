//! The rows of Hu et al. (reference.md 3.1), its sizes and cost.

use super::{Fill, check, input};
use crate::net::block::macs_of;
use crate::net::config::HuConfig;
use crate::net::encoder::kind::EncoderKind;
use crate::net::hu::Hu;
use crate::net::tap::Recorder;
use crate::net::visit::Network;
use burn::tensor::{Device, Tensor};

fn hu(encoder: EncoderKind) -> Hu {
    Hu::new(&HuConfig { encoder }, &Device::flex()).unwrap()
}

#[test]
#[rustfmt::skip]
fn rows() {
    let d = [0.1579892, 0.2190641, 0.0, 1.095955, 0.04307653, 0.1817933, 0.0, 0.0, 0.0];
    let mff = [0.2269112, 0.3449714, 0.0, 1.636571, 0.0, 0.3995357, 0.0, 0.4009447, 0.0];
    let out = [-0.2799321, 0.07248102, -0.4062658, -0.0860931, -0.09518168, -0.2325044, -0.1902301, -0.3733487, -0.1322813];
    let mut net = hu(EncoderKind::Resnet50);
    net.walk(&mut Fill).unwrap();
    let rows = |net: &Hu, how: &str| {
        let mut taps = Recorder::default();
        let y = net.forward_normalised(input("input", [1, 3, 57, 76], false), &mut taps);
        check(&format!("D {how}"), taps.get("decoder.d4").unwrap().clone(), [1, 64, 30, 38], d);
        check(&format!("MFF {how}"), taps.get("fusion").unwrap().clone(), [1, 64, 30, 38], mff);
        check(&format!("out {how}"), y, [1, 1, 30, 38], out);
    };
    rows(&net, "as trained");
    rows(&net.fold().unwrap(), "folded");
}

#[test]
fn parameters_names_and_encoders() {
    let mut senet = hu(EncoderKind::Senet154);
    assert_eq!(senet.parameter_count().unwrap(), 157_101_425);
    let shapes = senet.shapes().unwrap();
    let of = |part: &str| {
        let trained = |name: &str| name.starts_with(part) && !name.contains("running_");
        shapes.iter().filter(|(name, _)| trained(name)).map(|(_, s)| s.iter().product::<usize>()).sum::<usize>()
    };
    assert_eq!(["E.", "D.", "MFF.", "R."].map(of), [113_039_984, 40_054_400, 3_184_128, 822_913]);
    for name in
        ["E.layer0.conv1.weight", "D.bn.running_var", "D.up4.bn1_2.bias", "MFF.up1.conv2.weight", "R.conv2.bias"]
    {
        assert!(shapes.contains_key(name), "{name}");
    }
    assert!(!shapes.contains_key("R.conv1.bias"));
    let mut resnet = hu(EncoderKind::Resnet50);
    assert_eq!(resnet.parameter_count().unwrap(), 67_569_473);
    assert!(resnet.shapes().unwrap().contains_key("E.conv1.weight"));
    assert!(Hu::new(&HuConfig { encoder: EncoderKind::Resnet18 }, &Device::flex()).is_err());
}

#[test]
fn size_and_cost_on_the_paper_s_encoder() {
    let net = hu(EncoderKind::Senet154).fold().unwrap();
    let (y, macs) = macs_of(|| net.forward(Tensor::zeros([1, 3, 228, 304], &Device::flex()), &mut ()));
    assert_eq!(y.dims(), [1, 1, 114, 152]);
    assert_eq!((macs as f64 / 1e8).round() / 10.0, 131.1);
}
