//! Adam and AdamW over the tensors of a network by state-dict name, with PyTorch's arithmetic.
//!
//! On a GPU the moments are tensors there, so that a step needs no copy to the host. On the CPU they are plain arrays and a
//! step is one pass over them (`fused`): the same arithmetic as a chain of tensor operations would take a dozen.

use super::config::{OptimizerKind, OptimizerSection};
use super::mode::ENCODER;
use crate::device::to_host;
use crate::error::{Error, Result};
use crate::net::visit::{Network, Visitor};
use crate::state_dict::{HostTensor, StateDict};
use burn::module::{Param, RunningState};
use burn::tensor::{Device, Tensor, TensorData};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// First and second moment of a tensor, flat.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // a few hundred of them beside megabytes of numbers
enum Moments {
    /// On the device.
    Tensors { m: Tensor<1>, v: Tensor<1> },
    /// On the CPU device.
    Arrays { m: Vec<f32>, v: Vec<f32> },
}

/// The rule with its state.
#[derive(Debug, Clone)]
pub struct Optimizer {
    section: OptimizerSection,
    moments: BTreeMap<String, Moments>,
    /// Steps made: the t of the bias corrections, as PyTorch counts it, where β₁ moves too.
    steps: u64,
    /// One pass on the CPU device.
    fused: bool,
}

/// What is the same for every tensor of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Learning rate.
    pub rate: f64,
    /// β₁ of this step.
    pub beta1: f64,
    /// Factor of the gradients (clipping).
    pub factor: f64,
}

impl Optimizer {
    /// Without a step made.
    pub fn new(section: &OptimizerSection) -> Self {
        Self { section: section.clone(), moments: BTreeMap::new(), steps: 0, fused: true }
    }

    /// Steps made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// One step: every tensor that has a gradient changes, the others stay.
    ///
    /// # Errors
    /// When the CPU device cannot hand its values over.
    pub fn step(
        &mut self,
        network: &mut impl Network,
        gradients: BTreeMap<String, Tensor<1>>,
        step: Step,
    ) -> Result<()> {
        self.steps += 1;
        network.walk(&mut Update { optimizer: self, gradients, step })
    }

    /// As PyTorch: m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², x ← x − rate/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε); the decay is
    /// added to g (Adam), or x is multiplied by 1 − rate·decay before (AdamW).
    fn updated(&mut self, name: &str, x: Tensor<1>, gradient: Tensor<1>, step: Step) -> Result<Tensor<1>> {
        let numbers = self.numbers(name, step);
        let device = x.device();
        let before = self.moments.remove(name);
        let (new, moments) = match before {
            Some(Moments::Tensors { m, v }) => tensors(numbers, x, gradient, Some((m, v))),
            None if !(self.fused && device == Device::flex()) => tensors(numbers, x, gradient, None),
            arrays => {
                let (mut x, gradient) = (to_host(x)?, to_host(gradient)?);
                let (mut m, mut v) = match arrays {
                    Some(Moments::Arrays { m, v }) if m.len() == x.len() && v.len() == x.len() => (m, v),
                    _ => (vec![0.0; x.len()], vec![0.0; x.len()]),
                };
                fused(numbers, &mut x, &gradient, &mut m, &mut v);
                let shape = [x.len()];
                (Tensor::from_data(TensorData::new(x, shape), &device), Moments::Arrays { m, v })
            }
        };
        self.moments.insert(name.to_owned(), moments);
        Ok(new)
    }

    /// What a step is for one tensor.
    fn numbers(&self, name: &str, step: Step) -> Numbers {
        let s = &self.section;
        let rate = if name.starts_with(ENCODER) { step.rate * s.encoder_rate } else { step.rate };
        let power = i32::try_from(self.steps).unwrap_or(i32::MAX);
        let (coupled, shrink) = match s.optimizer {
            OptimizerKind::Adam => (s.weight_decay, 1.0),
            OptimizerKind::AdamW => (0.0, 1.0 - rate * s.weight_decay),
        };
        Numbers {
            factor: step.factor,
            coupled,
            shrink,
            beta1: step.beta1,
            beta2: s.beta2,
            root: 1.0 / (1.0 - s.beta2.powi(power)).sqrt(),
            epsilon: s.epsilon,
            rate: rate / (1.0 - step.beta1.powi(power)),
        }
    }

    /// Moments on the host as `m/NAME` and `v/NAME`.
    ///
    /// # Errors
    /// When the device cannot hand them over.
    pub fn save(&self, into: &mut StateDict) -> Result<()> {
        for (name, moments) in &self.moments {
            let (m, v) = match moments {
                Moments::Tensors { m, v } => (to_host(m.clone())?, to_host(v.clone())?),
                Moments::Arrays { m, v } => (m.clone(), v.clone()),
            };
            for (kind, values) in [("m", m), ("v", v)] {
                into.insert(format!("{kind}/{name}"), HostTensor::from_f32([values.len()], &values));
            }
        }
        Ok(())
    }

    /// Takes the moments out of what [`Optimizer::save`] wrote.
    ///
    /// # Errors
    /// When one of a pair is missing or their sizes differ.
    pub fn load(section: &OptimizerSection, steps: u64, from: &mut StateDict, device: &Device) -> Result<Self> {
        let names: Vec<String> = from.names().filter_map(|name| name.strip_prefix("m/")).map(str::to_owned).collect();
        let mut all = Self { section: section.clone(), moments: BTreeMap::new(), steps, fused: true };
        for name in names {
            let shape = from.get(&format!("m/{name}")).map(|tensor| tensor.shape.clone()).unwrap_or_default();
            let mut values = |kind: &str| from.take(&format!("{kind}/{name}"), &shape);
            let (m, v) = (values("m")?, values("v")?);
            let moments = if *device == Device::flex() {
                Moments::Arrays { m, v }
            } else {
                let tensor = |values: Vec<f32>| {
                    let length = values.len();
                    Tensor::from_data(TensorData::new(values, [length]), device)
                };
                Moments::Tensors { m: tensor(m), v: tensor(v) }
            };
            all.moments.insert(name, moments);
        }
        if let Some(alone) = from.names().find(|name| name.starts_with("v/")) {
            return Err(Error::Failed(format!("the checkpoint has `{alone}` without its first moment")));
        }
        Ok(all)
    }
}

/// The constants of a step for one tensor.
#[derive(Debug, Clone, Copy)]
struct Numbers {
    /// Of the gradient.
    factor: f64,
    /// Decay that is added to the gradient.
    coupled: f64,
    /// What x is multiplied by first.
    shrink: f64,
    beta1: f64,
    beta2: f64,
    /// 1/√(1−β₂ᵗ).
    root: f64,
    epsilon: f64,
    /// rate/(1−β₁ᵗ).
    rate: f64,
}

/// A step by tensor operations: new values and moments.
fn tensors(
    n: Numbers,
    x: Tensor<1>,
    gradient: Tensor<1>,
    before: Option<(Tensor<1>, Tensor<1>)>,
) -> (Tensor<1>, Moments) {
    let mut g = gradient * n.factor;
    if n.coupled != 0.0 {
        g = g + x.clone() * n.coupled;
    }
    let (first, second) = (g.clone() * (1.0 - n.beta1), g.clone() * g * (1.0 - n.beta2));
    let (m, v) = match before {
        Some((m, v)) => (m * n.beta1 + first, v * n.beta2 + second),
        None => (first, second),
    };
    let change = m.clone() / (v.clone().sqrt() * n.root + n.epsilon) * n.rate;
    (x * n.shrink - change, Moments::Tensors { m, v })
}

/// A step in one pass; every element is by itself, so the number of threads changes nothing.
fn fused(n: Numbers, x: &mut [f32], gradient: &[f32], m: &mut [f32], v: &mut [f32]) {
    const CHUNK: usize = 1 << 14;
    let [factor, coupled, shrink] = [n.factor, n.coupled, n.shrink].map(|value| value as f32);
    let [beta1, beta2, rest1, rest2] = [n.beta1, n.beta2, 1.0 - n.beta1, 1.0 - n.beta2].map(|value| value as f32);
    let [root, epsilon, rate] = [n.root, n.epsilon, n.rate].map(|value| value as f32);
    let parts = x.par_chunks_mut(CHUNK).zip(gradient.par_chunks(CHUNK));
    let parts = parts.zip(m.par_chunks_mut(CHUNK)).zip(v.par_chunks_mut(CHUNK));
    parts.for_each(|(((x, g), m), v)| {
        for (((x, g), m), v) in x.iter_mut().zip(g).zip(m).zip(v) {
            let g = g * factor + *x * coupled;
            *m = *m * beta1 + g * rest1;
            *v = *v * beta2 + g * g * rest2;
            *x = *x * shrink - *m / (v.sqrt() * root + epsilon) * rate;
        }
    });
}

struct Update<'a> {
    optimizer: &'a mut Optimizer,
    gradients: BTreeMap<String, Tensor<1>>,
    step: Step,
}

impl Visitor for Update<'_> {
    fn param<const D: usize>(&mut self, name: &str, param: &mut Param<Tensor<D>>) -> Result<()> {
        let Some(gradient) = self.gradients.remove(name) else { return Ok(()) };
        let x = param.val().inner();
        let shape = x.dims();
        let flat = x.reshape([shape.iter().product::<usize>()]);
        let new = self.optimizer.updated(name, flat, gradient, self.step)?.reshape(shape);
        let autodiff = param.val().device().is_autodiff();
        *param = Param::from_tensor(if autodiff { Tensor::from_inner(new) } else { new });
        Ok(())
    }

    fn state(&mut self, _: &str, _: &mut RunningState<Tensor<1>>) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "optimizer_tests.rs"]
mod tests;
