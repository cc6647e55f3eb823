//! The block of MobileNetV2 and EfficientNet-Lite: wide inside, narrow outside, linear at its end (reference.md 1.4, 1.5).

use crate::error::Result;
use crate::net::block::{Activation, ConvBlock, ConvSpec, Padding};
use crate::net::visit::Visitor;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// What the frameworks disagree about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Convention {
    /// TensorFlow's SAME instead of k/2 on every side.
    pub tf_same: bool,
    /// ε of the batch norms.
    pub epsilon: f64,
    /// Momentum of the batch norms.
    pub momentum: f64,
}

impl Convention {
    /// PyTorch's.
    pub const TORCH: Self = Self { tf_same: false, epsilon: 1e-5, momentum: 0.1 };
    /// TensorFlow's.
    pub const TENSORFLOW: Self = Self { tf_same: true, epsilon: 1e-3, momentum: 0.01 };

    /// A linear convolution with its norm.
    pub fn linear(self, inputs: usize, outputs: usize, k: usize) -> ConvSpec {
        let spec = ConvSpec::new(inputs, outputs, k).norm(self.epsilon, self.momentum);
        if self.tf_same { spec.padding(Padding::TfSame) } else { spec }
    }

    /// The same with ReLU6 behind it.
    pub fn relu6(self, inputs: usize, outputs: usize, k: usize) -> ConvSpec {
        self.linear(inputs, outputs, k).activation(Activation::Relu6)
    }
}

/// Blocks of one kind behind each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    /// How many.
    pub repeats: usize,
    /// Kernel of the depthwise convolution.
    pub kernel: usize,
    /// Stride of the first; the others have 1.
    pub stride: usize,
    /// Inner width as a multiple of the input's; at 1 there is no expansion.
    pub expansion: usize,
    /// Output channels.
    pub outputs: usize,
}

/// Expand 1×1, depthwise k×k, project 1×1 (linear); the input is added where shapes allow.
#[derive(Module, Debug)]
pub(super) struct InvertedResidual {
    expand: Option<ConvBlock>,
    depthwise: ConvBlock,
    project: ConvBlock,
    residual: bool,
}

impl InvertedResidual {
    /// All blocks of `groups`, the first of which takes `inputs` channels.
    pub fn chain(groups: &[Group], mut inputs: usize, convention: Convention, device: &Device) -> Vec<Self> {
        let mut blocks = Vec::new();
        for group in groups {
            for i in 0..group.repeats {
                let stride = if i == 0 { group.stride } else { 1 };
                blocks.push(Self::new(inputs, stride, group, convention, device));
                inputs = group.outputs;
            }
        }
        blocks
    }

    fn new(inputs: usize, stride: usize, group: &Group, convention: Convention, device: &Device) -> Self {
        let &Group { kernel, expansion, outputs, .. } = group;
        let wide = inputs * expansion;
        Self {
            expand: (expansion != 1).then(|| convention.relu6(inputs, wide, 1).init(device)),
            depthwise: convention.relu6(wide, wide, kernel).stride(stride).groups(wide).init(device),
            project: convention.linear(wide, outputs, 1).init(device),
            residual: stride == 1 && inputs == outputs,
        }
    }

    /// N×I×H×W → N×O×H/s×W/s.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = match &self.expand {
            Some(expand) => expand.forward(x.clone()),
            None => x.clone(),
        };
        let y = self.project.forward(self.depthwise.forward(y));
        if self.residual { y + x } else { y }
    }

    /// Whether it has an expansion, on which the names of all its tensors depend.
    pub fn expands(&self) -> bool {
        self.expand.is_some()
    }

    /// Walks over its convolutions and norms: the names of each pair from the outside in, expansion first where there is one.
    ///
    /// # Errors
    /// The first one the visitor gives.
    pub fn walk<V: Visitor>(&mut self, v: &mut V, p: &str, names: &[(&str, &str)]) -> Result<()> {
        let convs = self.expand.iter_mut().chain([&mut self.depthwise, &mut self.project]);
        for (conv, (name, norm)) in convs.zip(names) {
            conv.walk(v, &format!("{p}{name}"), &format!("{p}{norm}"))?;
        }
        Ok(())
    }
}
