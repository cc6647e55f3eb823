//! Golden vectors of reference.md Appendix B on the CPU device: deterministic parameters, expected statistics. What the
//! rows of a network need is here; the rows are in the file of the network.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::excessive_precision)] // the vectors as they are printed

mod encoders;
mod hu;
mod monodepth2;
mod msfnet;
mod operators;

use super::config::EncoderKind;
use super::visit::Visitor;
use crate::device::to_host;
use crate::error::Result;
use burn::module::{Param, RunningState};
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::SafeTensors;

/// The deterministic number stream of B.1: `count` values of u for a name.
pub(super) fn stream(name: &str, count: usize) -> Vec<f64> {
    let h = name.bytes().fold(2_166_136_261u32, |h, b| (h ^ u32::from(b)).wrapping_mul(16_777_619));
    (0..count as u32)
        .map(|j| {
            let mut x = h ^ j.wrapping_mul(0x9E37_79B1);
            x ^= x >> 16;
            x = x.wrapping_mul(0x85EB_CA6B);
            x ^= x >> 13;
            x = x.wrapping_mul(0xC2B2_AE35);
            x ^= x >> 16;
            f64::from(x) / 4_294_967_296.0
        })
        .collect()
}

/// Fills a network as B.1 says.
pub(super) struct Fill;

impl Visitor for Fill {
    fn param<const D: usize>(&mut self, name: &str, param: &mut Param<Tensor<D>>) -> Result<()> {
        let shape = param.val().dims();
        let count: usize = shape.iter().product();
        let fan_in = (count / shape[0]) as f64;
        let value = |u: f64| {
            let v = 2.0 * u - 1.0;
            let x = match () {
                () if name.ends_with("bias") => 0.1 * v,
                () if D >= 2 => v * (3.0 / fan_in).sqrt(),
                () => 1.0 + 0.1 * v,
            };
            x as f32
        };
        let values: Vec<f32> = stream(name, count).into_iter().map(value).collect();
        *param = Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), &Device::flex()));
        Ok(())
    }

    fn state(&mut self, name: &str, state: &mut RunningState<Tensor<1>>) -> Result<()> {
        let count = state.value().dims()[0];
        let mean = name.ends_with("running_mean");
        let value = |u: f64| (if mean { 0.1 * (2.0 * u - 1.0) } else { 1.0 + 0.2 * (2.0 * u - 1.0) }) as f32;
        let values: Vec<f32> = stream(name, count).into_iter().map(value).collect();
        *state = RunningState::new(Tensor::from_data(TensorData::new(values, [count]), &Device::flex()));
        Ok(())
    }
}

/// The input of that name: u as it is, or 2u − 1 where signed.
pub(super) fn input(name: &str, shape: [usize; 4], signed: bool) -> Tensor<4> {
    let map = |u: f64| if signed { (2.0 * u - 1.0) as f32 } else { u as f32 };
    let values: Vec<f32> = stream(name, shape.iter().product()).into_iter().map(map).collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

/// One row of the table: mean, population std, min, max, five samples; agreement to 1e-4 of the std.
pub(super) fn check(what: &str, tensor: Tensor<4>, shape: [usize; 4], row: [f64; 9]) {
    assert_eq!(tensor.dims(), shape, "{what}");
    let v: Vec<f64> = to_host(tensor).unwrap().into_iter().map(f64::from).collect();
    let n = v.len();
    let mean = v.iter().sum::<f64>() / n as f64;
    let std = (v.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
    let min = v.iter().copied().fold(f64::INFINITY, f64::min);
    let max = v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut ours = vec![mean, std, min, max];
    ours.extend((0..5).map(|k| v[k * (n - 1) / 4]));
    for (i, (a, b)) in ours.iter().zip(row).enumerate() {
        assert!((a - b).abs() <= 1e-4 * row[1], "{what}: column {i} is {a}, expected {b}");
    }
}

/// Outputs of a network that PyTorch made, in `tests/data`.
pub(super) struct Fixture(Vec<u8>);

impl Fixture {
    /// `golden_NAME.safetensors`.
    pub(super) fn open(name: &str) -> Self {
        let path = format!("{}/tests/data/golden_{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
        Self(std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}")))
    }

    /// That of an encoder: its stages, and MSFNet on it.
    pub(super) fn of(encoder: EncoderKind) -> Self {
        Self::open(match encoder {
            EncoderKind::Senet154 => "senet154",
            EncoderKind::SeResnext50 => "se_resnext50_32x4d",
            EncoderKind::SeResnet50 => "se_resnet50",
            EncoderKind::Resnet18 => "resnet18",
            EncoderKind::Resnet34 => "resnet34",
            EncoderKind::Resnet50 => "resnet50",
            EncoderKind::MobilenetV2 => "mobilenet_v2",
            EncoderKind::EfficientnetLite0 => "efficientnet_lite0",
            EncoderKind::EfficientnetLite1 => "efficientnet_lite1",
            EncoderKind::EfficientnetLite2 => "efficientnet_lite2",
            EncoderKind::EfficientnetLite0Timm => "efficientnet_lite0_timm",
            EncoderKind::EfficientnetLite1Timm => "efficientnet_lite1_timm",
            EncoderKind::EfficientnetLite2Timm => "efficientnet_lite2_timm",
        })
    }

    /// Whether every value that is stored of `name` (each first of so many) is ours to 1e-4 of their standard deviation,
    /// or 5e-7: less is lost in single precision where hundreds of products nearly cancel (PyTorch's own loses 3e-7 there).
    pub(super) fn check(&self, what: &str, name: &str, ours: Tensor<4>) {
        let (_, header) = SafeTensors::read_metadata(&self.0).unwrap();
        let about = |key: &str| header.metadata().as_ref().unwrap()[&format!("{name}.{key}")].clone();
        let shape = ours.dims().map(|size| size.to_string()).join("x");
        assert_eq!(shape, about("shape"), "{what}: {name}");
        let file = SafeTensors::deserialize(&self.0).unwrap();
        let bytes = file.tensor(name).unwrap().data().as_chunks().0.iter();
        let expected: Vec<f64> = bytes.map(|b| f64::from(f32::from_le_bytes(*b))).collect();
        let ours: Vec<f32> = to_host(ours).unwrap().into_iter().step_by(about("every").parse().unwrap()).collect();
        assert_eq!(ours.len(), expected.len(), "{what}: {name}");
        let mean = expected.iter().sum::<f64>() / expected.len() as f64;
        let std = (expected.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / expected.len() as f64).sqrt();
        for (at, (ours, expected)) in ours.iter().zip(&expected).enumerate() {
            let off = (f64::from(*ours) - expected).abs();
            assert!(
                off <= (1e-4 * std).max(5e-7),
                "{what}: {name}: kept value {at} is {ours}, expected {expected} ± {std}"
            );
        }
    }
}

/// `a` is `b` to `relative` of the largest value of `b`.
pub(super) fn close(what: &str, a: Tensor<4>, b: Tensor<4>, relative: f32) {
    let (a, b) = (to_host(a).unwrap(), to_host(b).unwrap());
    let top = b.iter().fold(0f32, |m, v| m.max(v.abs()));
    let worst = a.iter().zip(&b).fold(0f32, |m, (x, y)| m.max((x - y).abs()));
    assert!(worst <= relative * top, "{what}: largest difference {worst} of {top}");
}

#[test]
fn the_stream_is_that_of_appendix_b() {
    let u = stream("input", 4);
    for (a, b) in u.iter().zip([0.799_033_14, 0.734_717_44, 0.366_913_45, 0.501_307_95]) {
        assert!((a - b).abs() < 1e-8);
    }
    assert!((stream("conv1.weight", 1)[0] - 0.954_418_84).abs() < 1e-8);
}
