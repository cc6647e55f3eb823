//! What a [`ConvBlock`] is made of: geometry, border, norm and activation.

use super::ConvBlock;
use crate::net::kernel::{Act, Border, Spec};
use crate::net::norm::BatchNorm;
use burn::module::Param;
use burn::tensor::activation::{elu, leaky_relu, relu, sigmoid};
use burn::tensor::{Device, Tensor};

/// The border around the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// Zeros: the same number of rows above and below, and of columns left and right.
    Explicit([usize; 2]),
    /// Zeros under TensorFlow's SAME: output ⌈i/s⌉, the odd row or column after (reference.md 1.5).
    TfSame,
    /// The input mirrored at its edges, so many rows and columns on every side; the edge is not repeated
    /// (reference.md 2.7). An input that has no more rows or columns than that is mirrored as far as it goes.
    Reflect(usize),
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
    /// x, or eˣ − 1 below zero.
    Elu,
    /// 1/(1 + e⁻ˣ).
    Sigmoid,
}

impl Activation {
    pub(super) fn apply(self, x: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Linear => x,
            Self::Relu => relu(x),
            Self::Relu6 => x.clamp(0.0, 6.0),
            Self::LeakyRelu => leaky_relu(x, 0.2),
            Self::Elu => elu(x, 1.0),
            Self::Sigmoid => sigmoid(x),
        }
    }
}

/// Geometry of a convolution and what goes with it. `ConvSpec::new(i, o, k)` is k×k, stride 1, "same" padding
/// (k odd), no groups, with bias, linear; the other parts are set by name.
#[derive(Debug, Clone)]
pub struct ConvSpec {
    pub(super) channels: [usize; 2],
    pub(super) kernel: [usize; 2],
    pub(super) stride: usize,
    pub(super) padding: Padding,
    pub(super) groups: usize,
    bias: bool,
    norm: Option<(f64, f64)>,
    pub(super) activation: Activation,
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

    /// Rows (top, bottom) and columns (left, right) of border around an `h`×`w` input.
    pub(super) fn border(&self, h: usize, w: usize) -> [(usize, usize); 2] {
        match self.padding {
            Padding::Explicit([y, x]) => [(y, y), (x, x)],
            Padding::Reflect(border) => [(border, border); 2],
            Padding::TfSame => [tf_same(h, self.kernel[0], self.stride), tf_same(w, self.kernel[1], self.stride)],
        }
    }

    /// For the CPU kernel, on an `h`×`w` input.
    pub(super) fn kernel_spec(&self, h: usize, w: usize) -> Spec {
        Spec {
            inputs: self.channels[0],
            outputs: self.channels[1],
            kernel: self.kernel,
            stride: self.stride,
            padding: self.border(h, w),
            border: match self.padding {
                Padding::Explicit(_) | Padding::TfSame => Border::Zeros,
                Padding::Reflect(_) => Border::Reflect,
            },
            groups: self.groups,
            activation: match self.activation {
                Activation::Linear => Act::Linear,
                Activation::Relu => Act::Relu,
                Activation::Relu6 => Act::Relu6,
                Activation::LeakyRelu => Act::LeakyRelu,
                Activation::Elu => Act::Elu,
                Activation::Sigmoid => Act::Sigmoid,
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
