//! The losses against the published numbers, against finite differences, and on input that is not as it should be.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod finite_differences;
mod golden;
mod parts;
mod robust;

use super::{BatchLoss, LossConfig, Target, Terms};
use burn::tensor::{DType, Device, Tensor, TensorData};

const READINGS: [BatchLoss; 6] = [
    BatchLoss::Sample,
    BatchLoss::SampleSum,
    BatchLoss::Pixel,
    BatchLoss::PixelBatch,
    BatchLoss::PixelMeanOne,
    BatchLoss::L1,
];

/// The deterministic number stream of reference.md B.1: `count` values of u for a name.
fn stream(name: &str, count: usize) -> Vec<f64> {
    let h = name.bytes().fold(2_166_136_261u32, |h, b| (h ^ u32::from(b)).wrapping_mul(16_777_619));
    let mixed = |x: u32| {
        let x = (x ^ (x >> 16)).wrapping_mul(0x85EB_CA6B);
        let x = (x ^ (x >> 13)).wrapping_mul(0xC2B2_AE35);
        x ^ (x >> 16)
    };
    let value = |j: u32| f64::from(mixed(h ^ j.wrapping_mul(0x9E37_79B1))) / 4_294_967_296.0;
    (0..count as u32).map(value).collect()
}

/// Values of that shape on the CPU device, in single or double precision.
fn tensor(values: &[f64], shape: [usize; 4], dtype: DType) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), (&Device::flex(), dtype))
}

/// Everything that [`LossConfig::terms`] gives and its gradient, as plain numbers.
#[derive(Debug, Clone, PartialEq)]
struct Run {
    total: f64,
    depth: f64,
    gradient: Option<f64>,
    ssim: Option<f64>,
    auxiliary: Option<f64>,
    normal: Option<f64>,
    edge: Option<f64>,
    samples: Vec<f64>,
    weights: Vec<f64>,
    /// ∂total/∂y.
    slope: Vec<f64>,
    /// ∂total/∂ of each auxiliary head; empty where it has none.
    head_slopes: Vec<Vec<f64>>,
}

/// A case: output, auxiliary heads, target, mask.
#[derive(Debug, Clone)]
struct Case {
    shape: [usize; 4],
    y: Vec<f64>,
    heads: Vec<([usize; 4], Vec<f64>)>,
    t: Vec<f64>,
    mask: Option<Vec<f64>>,
}

impl Case {
    fn dense(shape: [usize; 4], y: Vec<f64>, t: Vec<f64>) -> Self {
        Self { shape, y, heads: Vec::new(), t, mask: None }
    }

    fn run(&self, config: &LossConfig, dtype: DType) -> Run {
        let recorded = |values: &[f64], shape| tensor(values, shape, dtype).autodiff().require_grad();
        let y = recorded(&self.y, self.shape);
        let heads: Vec<_> = self.heads.iter().map(|(shape, values)| recorded(values, *shape)).collect();
        let mask = self.mask.as_ref().map(|mask| tensor(mask, self.shape, dtype));
        let target = Target { values: tensor(&self.t, self.shape, dtype), mask };
        let terms: Terms = config.terms(y.clone(), &heads, &target);
        let slopes = terms.total.backward();
        let slope = |of: &Tensor<4>| of.grad(&slopes).map(values).unwrap_or_default();
        let one = |term: Tensor<1>| values(term)[0];
        Run {
            slope: slope(&y),
            head_slopes: heads.iter().map(slope).collect(),
            total: one(terms.total),
            depth: one(terms.depth),
            gradient: terms.gradient.map(one),
            ssim: terms.ssim.map(one),
            auxiliary: terms.auxiliary.map(one),
            normal: terms.normal.map(one),
            edge: terms.edge.map(one),
            samples: values(terms.samples),
            weights: values(terms.weights),
        }
    }
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

/// Fails unless both agree to `tolerance` of their size, or of 1 where they are smaller.
#[track_caller]
fn close(what: &str, got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance * want.abs().max(1.0), "{what}: {got}, want {want}");
}
