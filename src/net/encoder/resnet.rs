//! ResNet-18, 34 and 50 as torchvision has them (reference.md 1.3), also with six input channels for a pair of frames.

use super::all_stages;
use crate::error::{Error, Result};
use crate::net::block::{Activation, ConvBlock, ConvSpec};
use crate::net::ops;
use crate::net::visit::Visitor;
use burn::module::Module;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

/// How many layers it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Depth {
    /// ResNet-18.
    Eighteen,
    /// ResNet-34.
    ThirtyFour,
    /// ResNet-50.
    Fifty,
}

impl Depth {
    /// The one of that many layers.
    ///
    /// # Errors
    /// For another number than 18, 34 or 50.
    pub fn of(layers: usize) -> Result<Self> {
        match layers {
            18 => Ok(Self::Eighteen),
            34 => Ok(Self::ThirtyFour),
            50 => Ok(Self::Fifty),
            _ => Err(Error::Usage(format!("a ResNet of {layers} layers is not known; choose 18, 34 or 50"))),
        }
    }

    /// Channels of the five stages.
    pub fn channels(self) -> [usize; 5] {
        match self {
            Self::Eighteen | Self::ThirtyFour => [64, 64, 128, 256, 512],
            Self::Fifty => [64, 256, 512, 1024, 2048],
        }
    }

    fn blocks(self) -> [usize; 4] {
        match self {
            Self::Eighteen => [2, 2, 2, 2],
            Self::ThirtyFour | Self::Fifty => [3, 4, 6, 3],
        }
    }
}

/// Two 3×3 convolutions, or 1×1, 3×3, 1×1; the input is added before the last ReLU.
#[derive(Module, Debug)]
struct Residual {
    convs: Vec<ConvBlock>,
    shortcut: Option<ConvBlock>,
}

impl Residual {
    /// `planes` is the width of the 3×3 convolutions, the first of which a bottleneck strides.
    fn new(inputs: usize, planes: usize, outputs: usize, stride: usize, device: &Device) -> Self {
        let conv = |i, o, k| ConvSpec::new(i, o, k).norm(1e-5, 0.1);
        let specs = if planes == outputs {
            let first = conv(inputs, planes, 3).stride(stride).activation(Activation::Relu);
            vec![first, conv(planes, outputs, 3)]
        } else {
            vec![
                conv(inputs, planes, 1).activation(Activation::Relu),
                conv(planes, planes, 3).stride(stride).activation(Activation::Relu),
                conv(planes, outputs, 1),
            ]
        };
        let projected = stride != 1 || inputs != outputs;
        Self {
            convs: specs.into_iter().map(|spec| spec.init(device)).collect(),
            shortcut: projected.then(|| conv(inputs, outputs, 1).stride(stride).init(device)),
        }
    }

    /// The two tensors whose sum's ReLU is the output.
    fn branches(&self, x: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        let y = self.convs.iter().fold(x.clone(), |y, conv| conv.forward(y));
        let x = match &self.shortcut {
            Some(shortcut) => shortcut.forward(x),
            None => x,
        };
        (y, x)
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let (y, x) = self.branches(x);
        ops::add_relu(y, x)
    }

    fn walk<V: Visitor>(&mut self, v: &mut V, p: &str) -> Result<()> {
        for (i, conv) in (1..).zip(&mut self.convs) {
            conv.walk(v, &format!("{p}.conv{i}"), &format!("{p}.bn{i}"))?;
        }
        match &mut self.shortcut {
            Some(shortcut) => shortcut.walk(v, &format!("{p}.downsample.0"), &format!("{p}.downsample.1")),
            None => Ok(()),
        }
    }
}

/// The encoder without its classifier. The input's normalisation is its user's: MSFNet and Monodepth2 have another one.
#[derive(Module, Debug)]
pub struct ResNet {
    stem: ConvBlock,
    layers: Vec<Vec<Residual>>,
}

impl ResNet {
    /// With weights still to be filled; `inputs` channels: 3, or 6 for a pair of frames.
    /// With 3 it has 11,176,512, 21,284,672 or 23,508,032 parameters.
    pub fn new(depth: Depth, inputs: usize, device: &Device) -> Self {
        let stem = ConvSpec::new(inputs, 64, 7).stride(2).norm(1e-5, 0.1).activation(Activation::Relu);
        let (channels, blocks) = (depth.channels(), depth.blocks());
        let layers = (1..5)
            .map(|stage| {
                let (planes, outputs) = (32 << stage, channels[stage]);
                let block = |i| match i {
                    0 => Residual::new(channels[stage - 1], planes, outputs, if stage == 1 { 1 } else { 2 }, device),
                    _ => Residual::new(outputs, planes, outputs, 1, device),
                };
                (0..blocks[stage - 1]).map(block).collect()
            })
            .collect();
        Self { stem: stem.init(device), layers }
    }

    /// N×inputs×H×W, normalised → the five stages at 1/2 (before the pool) … 1/32.
    pub fn forward(&self, x: Tensor<4>) -> [Tensor<4>; 5] {
        all_stages(x, |index, x| self.stage(index, x))
    }

    /// Stage `index` from the one before it, stage 0 from the input.
    pub(super) fn stage(&self, index: usize, x: Tensor<4>) -> Tensor<4> {
        match index {
            0 => self.stem.forward(x),
            1 => self.layers[0].iter().fold(ops::max_pool(x, 3, 2, 1, false), |x, block| block.forward(x)),
            _ => self.layers[index - 1].iter().fold(x, |x, block| block.forward(x)),
        }
    }

    /// Stage 3 from stage 2, and the sum before its last ReLU.
    pub(super) fn stage3_and_sum(&self, x: Tensor<4>) -> (Tensor<4>, Option<Tensor<4>>) {
        let mut sum = x;
        for block in &self.layers[2] {
            let (y, x) = block.branches(relu(sum)); // stage 2 is its own ReLU
            sum = y + x;
        }
        (relu(sum.clone()), Some(sum))
    }

    /// Walks over `{p}conv1`, `{p}bn1`, `{p}layerL.I.conv1` …
    ///
    /// # Errors
    /// The first one the visitor gives.
    pub fn walk<V: Visitor>(&mut self, v: &mut V, p: &str) -> Result<()> {
        self.stem.walk(v, &format!("{p}conv1"), &format!("{p}bn1"))?;
        for (l, layer) in (1..).zip(&mut self.layers) {
            for (i, block) in layer.iter_mut().enumerate() {
                block.walk(v, &format!("{p}layer{l}.{i}"))?;
            }
        }
        Ok(())
    }
}
