//! [`ConvBlock`]: convolution, norm and activation as one thing: the one door for a faster kernel (invariant 10).

use super::kernel::{Act, Packed, Spec};
use super::norm::BatchNorm;
use super::ops;
use super::visit::Visitor;
use crate::device::to_host;
use crate::error::Result;
use burn::module::{Module, Param};
use burn::tensor::activation::{leaky_relu, relu};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor};
use std::cell::Cell;
use std::sync::Arc;

/// How the border is filled with zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// The same number of rows above and below, and of columns left and right.
    Explicit([usize; 2]),
    /// TensorFlow's SAME: output ⌈i/s⌉, the odd row or column after (reference.md 1.5).
    TfSame,
}

/// What follows the convolution and its norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Linear,
    /// max(x, 0).
    Relu,
    /// min(max(x, 0), 6).
    Relu6,
    /// x, or 0.2·x below zero.
    LeakyRelu,
}

impl Activation {
    fn apply(self, x: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Linear => x,
            Self::Relu => relu(x),
            Self::Relu6 => x.clamp(0.0, 6.0),
            Self::LeakyRelu => leaky_relu(x, 0.2),
        }
    }
}

/// Geometry of a convolution and what goes with it. `ConvSpec::new(i, o, k)` is k×k, stride 1, "same" padding
/// (k odd), no groups, with bias, linear; the other parts are set by name.
#[derive(Debug, Clone)]
pub struct ConvSpec {
    channels: [usize; 2],
    kernel: [usize; 2],
    stride: usize,
    padding: Padding,
    groups: usize,
    bias: bool,
    norm: Option<(f64, f64)>,
    activation: Activation,
}

impl ConvSpec {
    /// `inputs` → `outputs` channels with a k×k kernel.
    pub fn new(inputs: usize, outputs: usize, k: usize) -> Self {
        Self::rect(inputs, outputs, [k, k])
    }

    /// As [`ConvSpec::new`] with a kernel of `[height, width]`.
    pub fn rect(inputs: usize, outputs: usize, kernel: [usize; 2]) -> Self {
        Self {
            channels: [inputs, outputs],
            kernel,
            stride: 1,
            padding: Padding::Explicit(kernel.map(|k| k / 2)),
            groups: 1,
            bias: true,
            norm: None,
            activation: Activation::Linear,
        }
    }

    /// Sets the stride of both axes.
    pub fn stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// Sets the padding.
    pub fn padding(self, padding: Padding) -> Self {
        Self { padding, ..self }
    }

    /// Sets the number of groups.
    pub fn groups(self, groups: usize) -> Self {
        Self { groups, ..self }
    }

    /// Leaves the bias out.
    pub fn no_bias(self) -> Self {
        Self { bias: false, ..self }
    }

    /// Puts a batch norm behind the convolution, which then has no bias.
    pub fn norm(self, epsilon: f64, momentum: f64) -> Self {
        Self { bias: false, norm: Some((epsilon, momentum)), ..self }
    }

    /// Sets the activation.
    pub fn activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    fn kernel_spec(&self) -> Spec {
        Spec {
            inputs: self.channels[0],
            outputs: self.channels[1],
            kernel: self.kernel,
            stride: self.stride,
            padding: match self.padding {
                Padding::Explicit([y, x]) => [(y, y), (x, x)],
                Padding::TfSame => [(0, 0); 2], // given anew for each input
            },
            groups: self.groups,
            activation: match self.activation {
                Activation::Linear => Act::Linear,
                Activation::Relu => Act::Relu,
                Activation::Relu6 => Act::Relu6,
                Activation::LeakyRelu => Act::LeakyRelu,
            },
        }
    }

    /// The block on `device`; weights are zero until a visitor fills them.
    pub fn init(self, device: &Device) -> ConvBlock {
        let [inputs, outputs] = self.channels;
        let shape = [outputs, inputs / self.groups, self.kernel[0], self.kernel[1]];
        ConvBlock {
            weight: Param::from_tensor(Tensor::zeros(shape, device)),
            bias: self.bias.then(|| Param::from_tensor(Tensor::zeros([outputs], device))),
            norm: self.norm.map(|(epsilon, momentum)| BatchNorm::new(outputs, epsilon, momentum, device)),
            packed: None,
            spec: self,
        }
    }
}

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
        let [n, _, h, w] = x.dims();
        let padding = match self.spec.padding {
            Padding::Explicit([y, x]) => [(y, y), (x, x)],
            Padding::TfSame => {
                [tf_same(h, self.spec.kernel[0], self.spec.stride), tf_same(w, self.spec.kernel[1], self.spec.stride)]
            }
        };
        count_macs(|| n * Spec { padding, ..self.spec.kernel_spec() }.macs(h, w));
        if let Some(packed) = &self.packed {
            return ops::with_values(x, |values| {
                let (output, [oh, ow]) = packed.run_padded(padding, values, n, h, w);
                (output, [n, self.spec.channels[1], oh, ow])
            });
        }
        let options = ConvOptions::new_with_padding([self.spec.stride; 2], padding, [1, 1], self.spec.groups);
        let y = conv2d(x, self.weight.val(), self.bias.as_ref().map(Param::val), options);
        let y = match &self.norm {
            Some(norm) => norm.forward(y),
            None => y,
        };
        self.spec.activation.apply(y)
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
            let packed = Packed::new(&to_host(weight)?, bias.as_deref(), self.spec.kernel_spec());
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

/// Rows of zeros before and after one axis under TensorFlow's SAME rule.
fn tf_same(input: usize, kernel: usize, stride: usize) -> (usize, usize) {
    let total = ((input.div_ceil(stride) - 1) * stride + kernel).saturating_sub(input);
    (total / 2, total - total / 2)
}

#[cfg(test)]
mod tests {
    use super::tf_same;

    #[test]
    fn tf_same_pads_after_when_the_total_is_odd() {
        assert_eq!(tf_same(224, 3, 2), (0, 1));
        assert_eq!(tf_same(224, 5, 2), (1, 2));
        assert_eq!(tf_same(57, 3, 2), (1, 1));
        assert_eq!(tf_same(57, 3, 1), (1, 1));
        assert_eq!(tf_same(4, 1, 2), (0, 0));
    }
}
