//! EfficientNet-Lite0, 1 and 2 in the conventions of TensorFlow and of timm (reference.md 1.5).

use super::inverted_residual::{Convention, Group, InvertedResidual};
use crate::error::Result;
use crate::net::block::ConvBlock;
use crate::net::visit::Visitor;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Lite0's groups; larger ones scale repeats and channels.
const GROUPS: [Group; 7] = [
    group(1, 3, 1, 1, 16),
    group(2, 3, 2, 6, 24),
    group(2, 5, 2, 6, 40),
    group(3, 3, 2, 6, 80),
    group(3, 5, 1, 6, 112),
    group(4, 5, 2, 6, 192),
    group(1, 3, 1, 6, 320),
];

const fn group(repeats: usize, kernel: usize, stride: usize, expansion: usize, outputs: usize) -> Group {
    Group { repeats, kernel, stride, expansion, outputs }
}

/// Groups behind which the stages 0…4 end.
const ENDS: [usize; 5] = [1, 2, 3, 5, 7];

/// Whose names, padding and norms it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// TensorFlow's: SAME padding, BN ε 1e-3, keys `_blocks.N._expand_conv` with N counted through all groups.
    Tensorflow,
    /// timm's: k/2 on every side, BN ε 1e-5, keys `blocks.S.I.conv_pw`.
    Timm,
}

/// The encoder: stem and blocks; head and classifier dropped. Its stages are linear.
#[derive(Module, Debug)]
pub struct EfficientNetLite {
    stem: ConvBlock,
    /// By group.
    groups: Vec<Vec<InvertedResidual>>,
    #[module(skip)]
    dialect: Dialect,
}

impl EfficientNetLite {
    /// EfficientNet-Lite`size` for a size of 0, 1 or 2 (larger ones count as 2) with weights still to be filled:
    /// 2,958,848, 3,723,520 or 4,357,952 parameters.
    pub fn new(size: usize, dialect: Dialect, device: &Device) -> Self {
        let convention = match dialect {
            Dialect::Tensorflow => Convention::TENSORFLOW,
            Dialect::Timm => Convention::TORCH,
        };
        let mut inputs = 32; // a Lite's stem is never wider
        let groups = (0..GROUPS.len()).map(|g| {
            let group = scaled(g, size);
            let blocks = InvertedResidual::chain(&[group], inputs, convention, device);
            inputs = group.outputs;
            blocks
        });
        let groups = groups.collect();
        Self { stem: convention.relu6(3, 32, 3).stride(2).init(device), groups, dialect }
    }

    /// Stage `index` from the one before it, stage 0 from the input: for Lite0 16×½, 24×¼, 40×⅛, 112×1/16, 320×1/32.
    pub(super) fn stage(&self, index: usize, x: Tensor<4>) -> Tensor<4> {
        let (x, first) = match index {
            0 => (self.stem.forward(x), 0),
            _ => (x, ENDS[index - 1]),
        };
        self.groups[first..ENDS[index]].iter().flatten().fold(x, |x, block| block.forward(x))
    }

    /// Walks over `{p}_conv_stem`, `{p}_bn0`, `{p}_blocks.N._expand_conv` … or `{p}conv_stem`, `{p}bn1`,
    /// `{p}blocks.S.I.conv_pw` …
    ///
    /// # Errors
    /// The first one the visitor gives.
    pub fn walk<V: Visitor>(&mut self, v: &mut V, p: &str) -> Result<()> {
        match self.dialect {
            Dialect::Tensorflow => {
                self.stem.walk(v, &format!("{p}_conv_stem"), &format!("{p}_bn0"))?;
                for (n, block) in self.groups.iter_mut().flatten().enumerate() {
                    let names = [("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2")];
                    let names = if block.expands() { &names[..] } else { &names[1..] };
                    block.walk(v, &format!("{p}_blocks.{n}."), names)?;
                }
            }
            Dialect::Timm => {
                self.stem.walk(v, &format!("{p}conv_stem"), &format!("{p}bn1"))?;
                for (s, group) in self.groups.iter_mut().enumerate() {
                    for (i, block) in group.iter_mut().enumerate() {
                        let names: &[_] = if block.expands() {
                            &[("conv_pw", "bn1"), ("conv_dw", "bn2"), ("conv_pwl", "bn3")]
                        } else {
                            &[("conv_dw", "bn1"), ("conv_pw", "bn2")]
                        };
                        block.walk(v, &format!("{p}blocks.{s}.{i}."), names)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Group `g` of Lite`size`: channels to the nearest multiple of 8, but not a tenth below; repeats rounded up, those of
/// the first and the last group as they are.
fn scaled(g: usize, size: usize) -> Group {
    let (tenths_wide, tenths_deep) = [(10, 10), (10, 11), (11, 12)][size.min(2)];
    let Group { repeats, outputs, .. } = GROUPS[g];
    let wanted = outputs * tenths_wide; // in tenths of a channel
    let nearest = (wanted + 40) / 80 * 8;
    let outputs = if 100 * nearest < 9 * wanted { nearest + 8 } else { nearest };
    let fixed = g == 0 || g == GROUPS.len() - 1;
    let repeats = if fixed { repeats } else { (repeats * tenths_deep).div_ceil(10) };
    Group { repeats, outputs, ..GROUPS[g] }
}
