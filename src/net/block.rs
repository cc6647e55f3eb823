//! [`ConvBlock`]: convolution, norm and activation as one thing: the one door for a faster kernel (invariant 10).

mod parts;
mod spec;
mod train;

use super::kernel::{self, Packed};
use super::norm::BatchNorm;
use super::ops;
use super::visit::Visitor;
use crate::device::to_host;
use crate::error::Result;
use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
pub use parts::Part;
pub use spec::{Activation, ConvSpec, Padding};
use std::cell::Cell;
use std::sync::Arc;

/// A convolution with its optional batch norm and activation.
#[derive(Module, Debug)]
pub struct ConvBlock {
    weight: Param<Tensor<4>>,
    bias: Option<Param<Tensor<1>>>,
    norm: Option<BatchNorm>,
    /// The CPU kernel's form of weight and bias, once folded for inference on the CPU device.
    #[module(skip)]
    packed: Option<Arc<Packed>>,
    #[module(skip)]
    spec: ConvSpec,
}

impl ConvBlock {
    /// N×I×H×W → N×O×H'×W' (reference.md 2.1).
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.forward_joined(vec![Part::Whole(x)])
    }

    /// [`ConvBlock::forward`] of the concatenation of `parts` along the channels, of which the CPU kernel makes no tensor.
    /// All have the same N, H and W, [`Part::Doubled`] ones once they are doubled.
    pub fn forward_joined(&self, parts: Vec<Part>) -> Tensor<4> {
        let [n, h, w] = parts::size(&parts);
        let spec = self.spec.kernel_spec(h, w);
        count_macs(|| n * spec.macs(h, w));
        if let Some(packed) = &self.packed {
            return parts::with_values(parts, |parts| {
                let (output, [oh, ow]) = packed.run_parts(spec.padding, parts, n, h, w);
                (output, [n, spec.outputs, oh, ow])
            });
        }
        let x = parts::join(parts);
        if train::takes(&x.device(), &spec) {
            return self.forward_recorded(x, spec);
        }
        self.forward_stepwise(x, spec)
    }

    /// [`ConvBlock::forward`] in tensor operations, one after the other.
    fn forward_stepwise(&self, x: Tensor<4>, spec: kernel::Spec) -> Tensor<4> {
        let (x, padding) = match self.spec.padding {
            Padding::Reflect(border) => (parts::reflect(x, border), [(0, 0); 2]),
            Padding::Explicit(_) | Padding::TfSame => (x, spec.padding),
        };
        let options = ConvOptions::new_with_padding([self.spec.stride; 2], padding, [1, 1], self.spec.groups);
        let y = conv2d(x, self.weight.val(), self.bias.as_ref().map(Param::val), options);
        let y = match &self.norm {
            Some(norm) => norm.forward(y),
            None => y,
        };
        self.spec.activation.apply(y)
    }

    /// [`ConvBlock::forward`] on the CPU while gradients are recorded.
    fn forward_recorded(&self, x: Tensor<4>, spec: kernel::Spec) -> Tensor<4> {
        if let Some(norm) = self.norm.as_ref().filter(|norm| norm.is_frozen()) {
            let plain = kernel::Spec { activation: kernel::Act::Linear, ..spec };
            let (y, _) = train::forward(x, self.weight.val(), train::After::Nothing, plain);
            return self.spec.activation.apply(norm.forward(y));
        }
        let after = match (&self.norm, &self.bias) {
            (Some(norm), _) => train::After::Norm(norm),
            (None, Some(bias)) => train::After::Bias(bias.val()),
            (None, None) => train::After::Nothing,
        };
        let [n, ..] = x.dims();
        let (y, statistics) = train::forward(x, self.weight.val(), after, spec);
        if let (Some(norm), Some(of)) = (&self.norm, statistics) {
            let [_, _, h, w] = y.dims();
            norm.note(of.mean, of.variance, n * h * w);
        }
        y
    }

    /// Folds the batch norm's inference form into weight and bias, and on the CPU device packs them for our own kernel,
    /// letting go of the tensors; `forward` then gives the same to rounding. A folded network is for inference only: it
    /// has no weights left to walk over.
    ///
    /// # Errors
    /// When the device cannot hand its weights over.
    pub fn fold(&mut self) -> Result<()> {
        let outputs = self.spec.channels[1];
        if let Some(norm) = self.norm.take() {
            let (scale, shift) = norm.affine();
            let weight = self.weight.val() * scale.clone().reshape([outputs, 1, 1, 1]);
            let bias = match &self.bias {
                Some(bias) => bias.val() * scale + shift,
                None => shift,
            };
            self.weight = Param::from_tensor(weight);
            self.bias = Some(Param::from_tensor(bias));
        }
        let weight = self.weight.val();
        let weight_device = weight.device();
        if ops::on_cpu(&weight_device) {
            let bias = self.bias.as_ref().map(|b| to_host(b.val())).transpose()?;
            let packed = Packed::new(&to_host(weight)?, bias.as_deref(), self.spec.kernel_spec(1, 1));
            self.packed = Some(Arc::new(packed));
            // The kernel reads its own copy: a large network is kept once.
            self.weight = Param::from_tensor(Tensor::zeros([0; 4], &weight_device));
            self.bias = None;
        }
        Ok(())
    }

    /// Walks over `conv.weight`, `conv.bias` and the norm's tensors under the given names.
    ///
    /// # Errors
    /// The first one the visitor gives.
    pub fn walk<V: Visitor>(&mut self, v: &mut V, conv: &str, norm: &str) -> Result<()> {
        v.block(self)?;
        v.param(&format!("{conv}.weight"), &mut self.weight)?;
        if let Some(bias) = &mut self.bias {
            v.param(&format!("{conv}.bias"), bias)?;
        }
        match &mut self.norm {
            Some(n) => n.walk(v, norm),
            None => Ok(()),
        }
    }
}

thread_local! {
    static MACS: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Runs `work` on this thread and returns the multiply–accumulates of the convolutions it made.
pub fn macs_of<R>(work: impl FnOnce() -> R) -> (R, u64) {
    let outer = MACS.replace(Some(0));
    let result = work();
    (result, MACS.replace(outer).unwrap_or(0))
}

fn count_macs(macs: impl FnOnce() -> usize) {
    if let Some(sum) = MACS.get() {
        MACS.set(Some(sum + macs() as u64));
    }
}

#[cfg(test)]
#[path = "block/train_tests.rs"]
mod train_tests;
