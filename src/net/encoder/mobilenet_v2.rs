//! MobileNetV2 as torchvision has it, up to `features.17` (reference.md 1.4).

use super::inverted_residual::{Convention, Group, InvertedResidual};
use crate::error::Result;
use crate::net::block::ConvBlock;
use crate::net::visit::Visitor;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

const GROUPS: [Group; 7] = [
    group(1, 1, 1, 16),
    group(2, 2, 6, 24),
    group(3, 2, 6, 32),
    group(4, 2, 6, 64),
    group(3, 1, 6, 96),
    group(3, 2, 6, 160),
    group(1, 1, 6, 320),
];

const fn group(repeats: usize, stride: usize, expansion: usize, outputs: usize) -> Group {
    Group { repeats, kernel: 3, stride, expansion, outputs }
}

/// Number of blocks behind which the stages 0…4 end: `features.1`, `.3`, `.6`, `.13`, `.17`.
const ENDS: [usize; 5] = [1, 3, 6, 13, 17];

/// The encoder; the last 1×1 convolution and the classifier dropped. Its stages are linear.
#[derive(Module, Debug)]
pub struct MobileNetV2 {
    stem: ConvBlock,
    blocks: Vec<InvertedResidual>,
}

impl MobileNetV2 {
    /// With weights still to be filled; 1,811,712 parameters.
    pub fn new(device: &Device) -> Self {
        Self {
            stem: Convention::TORCH.relu6(3, 32, 3).stride(2).init(device),
            blocks: InvertedResidual::chain(&GROUPS, 32, Convention::TORCH, device),
        }
    }

    /// Stage `index` from the one before it, stage 0 from the input: 16×½, 24×¼, 32×⅛, 96×1/16, 320×1/32.
    pub(super) fn stage(&self, index: usize, x: Tensor<4>) -> Tensor<4> {
        let (x, first) = match index {
            0 => (self.stem.forward(x), 0),
            _ => (x, ENDS[index - 1]),
        };
        self.blocks[first..ENDS[index]].iter().fold(x, |x, block| block.forward(x))
    }

    /// Walks over `{p}features.0.0`, `{p}features.0.1`, `{p}features.I.conv.0.0` …
    ///
    /// # Errors
    /// The first one the visitor gives.
    pub fn walk<V: Visitor>(&mut self, v: &mut V, p: &str) -> Result<()> {
        self.stem.walk(v, &format!("{p}features.0.0"), &format!("{p}features.0.1"))?;
        for (i, block) in (1..).zip(&mut self.blocks) {
            let names: &[_] = if block.expands() {
                &[("0.0", "0.1"), ("1.0", "1.1"), ("2", "3")]
            } else {
                &[("0.0", "0.1"), ("1", "2")]
            };
            block.walk(v, &format!("{p}features.{i}.conv."), names)?;
        }
        Ok(())
    }
}
