//! Gradients by state-dict name: gathered behind each `backward`, averaged over the batches of a step, looked over before
//! any weight changes.

use crate::error::Result;
use crate::net::visit::{Network, Visitor};
use burn::module::{Param, RunningState};
use burn::tensor::{Gradients as Tape, Tensor};
use std::collections::BTreeMap;

/// The gradient of every trained tensor, flat, on the device without autodiff.
#[derive(Debug, Default, Clone)]
pub struct Gradients {
    by_name: BTreeMap<String, Tensor<1>>,
    batches: usize,
}

impl Gradients {
    /// Adds what a `backward` left for each tensor of the network.
    ///
    /// # Errors
    /// Never: gathering cannot fail.
    pub fn gather(&mut self, network: &mut impl Network, tape: Tape) -> Result<()> {
        self.batches += 1;
        network.walk(&mut Gather { tape, gradients: self })
    }

    /// The mean over the batches, and the way back to none.
    pub fn take(&mut self) -> BTreeMap<String, Tensor<1>> {
        let batches = std::mem::take(&mut self.batches).max(1);
        let mut all = std::mem::take(&mut self.by_name);
        if batches > 1 {
            for gradient in all.values_mut() {
                *gradient = gradient.clone() * (1.0 / batches as f64);
            }
        }
        all
    }
}

struct Gather<'a> {
    tape: Tape,
    gradients: &'a mut Gradients,
}

impl Visitor for Gather<'_> {
    fn param<const D: usize>(&mut self, name: &str, param: &mut Param<Tensor<D>>) -> Result<()> {
        let value = param.val();
        if let Some(gradient) = value.grad_remove(&mut self.tape) {
            let gradient = gradient.reshape([value.dims().iter().product::<usize>()]);
            let all = &mut self.gradients.by_name;
            let sum = match all.remove(name) {
                Some(before) => before + gradient,
                None => gradient,
            };
            all.insert(name.to_owned(), sum);
        }
        Ok(())
    }

    fn state(&mut self, _: &str, _: &mut RunningState<Tensor<1>>) -> Result<()> {
        Ok(())
    }
}

/// Sum of squares of each gradient, in name order, `[tensors]`; it stays on the device, to be read with the loss in one copy.
pub fn squares(gradients: &BTreeMap<String, Tensor<1>>) -> Option<Tensor<1>> {
    let each: Vec<Tensor<1>> = gradients.values().map(|g| (g.clone() * g.clone()).sum()).collect();
    (!each.is_empty()).then(|| Tensor::cat(each, 0))
}

/// What the squares on the host say: the global norm, or the first tensor whose gradient is not finite. One whose squares
/// overflow is as good as infinite.
pub fn norm<'a>(names: impl Iterator<Item = &'a String>, squares: &[f32]) -> Result<f64, String> {
    let mut sum = 0.0;
    for (name, square) in names.zip(squares) {
        if !square.is_finite() {
            return Err(name.clone());
        }
        sum += f64::from(*square);
    }
    Ok(sum.sqrt())
}

/// Factor that brings a gradient of that norm to `clip` at most, as `torch.nn.utils.clip_grad_norm_`; 1 without a limit.
pub fn clip_factor(norm: f64, clip: f64) -> f64 {
    if clip > 0.0 { (clip / (norm + 1e-6)).min(1.0) } else { 1.0 }
}
