//! EfficientNet-Lite0 in the TensorFlow convention: SAME padding, BN eps 1e-3, input (255x − 127)/128 (reference.md 1.5).

use crate::error::Result;
use crate::net::block::{Activation, ConvBlock, ConvSpec, Padding};
use crate::net::visit::Visitor;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Repeats, kernel, stride of the first block, expansion, output channels of each block group.
const GROUPS: [(usize, usize, usize, usize, usize); 7] = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
];

/// Blocks whose outputs are the stages 0…4.
const TAPS: [usize; 5] = [0, 2, 4, 10, 15];

/// Expand 1×1, depthwise k×k, project 1×1 (linear); the input is added where shapes allow.
#[derive(Module, Debug)]
struct InvertedResidual {
    expand: Option<ConvBlock>,
    depthwise: ConvBlock,
    project: ConvBlock,
    residual: bool,
}

impl InvertedResidual {
    fn new(inputs: usize, outputs: usize, k: usize, stride: usize, expansion: usize, device: &Device) -> Self {
        let wide = inputs * expansion;
        let conv = |i, o, k| ConvSpec::new(i, o, k).padding(Padding::TfSame).norm(1e-3, 0.01);
        let relu6 = |i, o, k| conv(i, o, k).activation(Activation::Relu6);
        Self {
            expand: (expansion != 1).then(|| relu6(inputs, wide, 1).init(device)),
            depthwise: relu6(wide, wide, k).stride(stride).groups(wide).init(device),
            project: conv(wide, outputs, 1).init(device),
            residual: stride == 1 && inputs == outputs,
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = match &self.expand {
            Some(expand) => expand.forward(x.clone()),
            None => x.clone(),
        };
        let y = self.project.forward(self.depthwise.forward(y));
        if self.residual { y + x } else { y }
    }

    fn walk<V: Visitor>(&mut self, v: &mut V, p: &str) -> Result<()> {
        if let Some(expand) = &mut self.expand {
            expand.walk(v, &format!("{p}._expand_conv"), &format!("{p}._bn0"))?;
        }
        self.depthwise.walk(v, &format!("{p}._depthwise_conv"), &format!("{p}._bn1"))?;
        self.project.walk(v, &format!("{p}._project_conv"), &format!("{p}._bn2"))
    }
}

/// The encoder: stem and sixteen blocks; head and classifier dropped.
#[derive(Module, Debug)]
pub struct EfficientNetLite {
    stem: ConvBlock,
    blocks: Vec<InvertedResidual>,
}

impl EfficientNetLite {
    /// EfficientNet-Lite0 with weights still to be filled; 2,958,848 parameters.
    pub fn lite0(device: &Device) -> Self {
        let stem = ConvSpec::new(3, 32, 3).stride(2).padding(Padding::TfSame).norm(1e-3, 0.01);
        let mut blocks = Vec::with_capacity(16);
        let mut inputs = 32;
        for (repeats, k, first_stride, expansion, outputs) in GROUPS {
            for i in 0..repeats {
                let stride = if i == 0 { first_stride } else { 1 };
                blocks.push(InvertedResidual::new(inputs, outputs, k, stride, expansion, device));
                inputs = outputs;
            }
        }
        Self { stem: stem.activation(Activation::Relu6).init(device), blocks }
    }

    /// N×3×H×W in 0…1 → 16×½, 24×¼, 40×⅛, 112×1/16, 320×1/32.
    pub fn forward(&self, x: Tensor<4>) -> [Tensor<4>; 5] {
        let x = (x * 255.0 - 127.0) / 128.0;
        let mut x = self.stem.forward(x);
        let mut stages = Vec::with_capacity(TAPS.len());
        for (i, block) in self.blocks.iter().enumerate() {
            x = block.forward(x);
            if TAPS.contains(&i) {
                stages.push(x.clone());
            }
        }
        #[allow(clippy::expect_used)] // sixteen blocks contain the five tapped ones
        stages.try_into().expect("five stages")
    }

    pub(in crate::net) fn walk<V: Visitor>(&mut self, v: &mut V, p: &str) -> Result<()> {
        self.stem.walk(v, &format!("{p}_conv_stem"), &format!("{p}_bn0"))?;
        for (i, block) in self.blocks.iter_mut().enumerate() {
            block.walk(v, &format!("{p}_blocks.{i}"))?;
        }
        Ok(())
    }
}
