//! The skip decoder: bilinear doubling, concatenation, two 3×3 convolutions a level (decisions A11–A13).

use super::block::{Activation, ConvBlock, ConvSpec, Part};
use super::ops;
use super::tap::Tap;
use super::visit::Visitor;
use crate::error::Result;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

const LEVEL_NAMES: [&str; 4] = ["decoder.d1", "decoder.d2", "decoder.d3", "decoder.d4"];

#[derive(Module, Debug)]
struct Level {
    conv_a: ConvBlock,
    conv_b: ConvBlock,
}

/// Stage 4 to half the input's size, with a skip from each of stages 3…0.
#[derive(Module, Debug)]
pub struct Decoder {
    conv2: ConvBlock,
    levels: Vec<Level>,
    align_corners: bool,
}

impl Decoder {
    /// For stages of the given channels and first width `c`: c, c/2, c/4, c/8, c/16.
    pub fn new(channels: [usize; 5], c: usize, align_corners: bool, device: &Device) -> Self {
        let lrelu = |i, o| ConvSpec::new(i, o, 3).activation(Activation::LeakyRelu).init(device);
        let levels = (1..=4)
            .map(|i| {
                let (inputs, outputs) = ((c >> (i - 1)) + channels[4 - i], c >> i);
                Level { conv_a: lrelu(inputs, outputs), conv_b: lrelu(outputs, outputs) }
            })
            .collect();
        Self { conv2: ConvSpec::new(channels[4], c, 1).init(device), levels, align_corners }
    }

    /// The five stages → N×C/16×H/2×W/2.
    pub fn forward<T: Tap>(&self, stages: &[Tensor<4>; 5], tap: &mut T) -> Tensor<4> {
        let mut d = self.conv2.forward(stages[4].clone()); // N×C×H/32×W/32
        tap.see("decoder.d0", &d);
        for ((level, skip), name) in self.levels.iter().zip(stages[..4].iter().rev()).zip(LEVEL_NAMES) {
            let [_, _, h, w] = skip.dims();
            let up = ops::resize(d, [h, w], self.align_corners);
            d = level.conv_b.forward(level.conv_a.forward_joined(vec![Part::Whole(up), Part::Whole(skip.clone())]));
            tap.see(name, &d);
        }
        d
    }

    pub(super) fn walk<V: Visitor>(&mut self, v: &mut V) -> Result<()> {
        self.conv2.walk(v, "conv2", "")?;
        for (i, level) in self.levels.iter_mut().enumerate() {
            level.conv_a.walk(v, &format!("up{}.convA", i + 1), "")?;
            level.conv_b.walk(v, &format!("up{}.convB", i + 1), "")?;
        }
        Ok(())
    }
}
