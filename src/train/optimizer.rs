//! Adam and AdamW over the tensors of a network by state-dict name, with PyTorch's arithmetic; the moments are tensors on
//! the training device, without autodiff, so that a step needs no copy to the host.

use super::config::{OptimizerKind, OptimizerSection};
use super::mode::ENCODER;
use crate::device::to_host;
use crate::error::{Error, Result};
use crate::net::visit::{Network, Visitor};
use crate::state_dict::{HostTensor, StateDict};
use burn::module::{Param, RunningState};
use burn::tensor::{Device, Tensor, TensorData};
use std::collections::BTreeMap;

/// First and second moment of a tensor, flat.
#[derive(Debug, Clone)]
struct Moments {
    m: Tensor<1>,
    v: Tensor<1>,
}

/// The rule with its state.
#[derive(Debug, Clone)]
pub struct Optimizer {
    section: OptimizerSection,
    moments: BTreeMap<String, Moments>,
    /// Steps made: the t of the bias corrections, as PyTorch counts it, where β₁ moves too.
    steps: u64,
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
        Self { section: section.clone(), moments: BTreeMap::new(), steps: 0 }
    }

    /// Steps made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// One step: every tensor that has a gradient changes, the others stay.
    ///
    /// # Errors
    /// Never: a step cannot fail; a device that fails shows when its values are read.
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
    fn updated(&mut self, name: &str, x: Tensor<1>, gradient: Tensor<1>, step: Step) -> Tensor<1> {
        let Self { section: s, moments, steps } = self;
        let rate = if name.starts_with(ENCODER) { step.rate * s.encoder_rate } else { step.rate };
        let mut g = if step.factor == 1.0 { gradient } else { gradient * step.factor };
        let mut x = x;
        match s.optimizer {
            OptimizerKind::Adam if s.weight_decay != 0.0 => g = g + x.clone() * s.weight_decay,
            OptimizerKind::AdamW if s.weight_decay != 0.0 => x = x * (1.0 - rate * s.weight_decay),
            OptimizerKind::Adam | OptimizerKind::AdamW => {}
        }
        let (first, second) = (g.clone() * (1.0 - step.beta1), g.clone() * g * (1.0 - s.beta2));
        let (m, v) = match moments.remove(name) {
            Some(before) => (before.m * step.beta1 + first, before.v * s.beta2 + second),
            None => (first, second),
        };
        let power = i32::try_from(*steps).unwrap_or(i32::MAX);
        let bias1 = 1.0 - step.beta1.powi(power);
        let root2 = (1.0 - s.beta2.powi(power)).sqrt();
        let change = m.clone() / (v.clone().sqrt() * (1.0 / root2) + s.epsilon) * (rate / bias1);
        moments.insert(name.to_owned(), Moments { m, v });
        x - change
    }

    /// Moments on the host as `m/NAME` and `v/NAME`.
    ///
    /// # Errors
    /// When the device cannot hand them over.
    pub fn save(&self, into: &mut StateDict) -> Result<()> {
        for (name, moments) in &self.moments {
            for (kind, tensor) in [("m", &moments.m), ("v", &moments.v)] {
                let shape = tensor.dims();
                let values = to_host(tensor.clone())?;
                into.insert(format!("{kind}/{name}"), HostTensor::from_f32(shape, &values));
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
        let mut all = Self { section: section.clone(), moments: BTreeMap::new(), steps };
        for name in names {
            let shape = from.get(&format!("m/{name}")).map(|tensor| tensor.shape.clone()).unwrap_or_default();
            let mut tensor = |kind: &str| -> Result<Tensor<1>> {
                let values = from.take(&format!("{kind}/{name}"), &shape)?;
                let length = values.len();
                Ok(Tensor::from_data(TensorData::new(values, [length]), device))
            };
            let moments = Moments { m: tensor("m")?, v: tensor("v")? };
            all.moments.insert(name, moments);
        }
        if let Some(alone) = from.names().find(|name| name.starts_with("v/")) {
            return Err(Error::Failed(format!("the checkpoint has `{alone}` without its first moment")));
        }
        Ok(all)
    }
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
        let new = self.optimizer.updated(name, flat, gradient, self.step).reshape(shape);
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
