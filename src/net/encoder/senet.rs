//! SENet-154, SE-ResNeXt50 32×4d and SE-ResNet50 as Cadene's collection has them (reference.md 1.1, 1.2).

use super::all_stages;
use crate::error::Result;
use crate::net::block::{Activation, ConvBlock, ConvSpec};
use crate::net::ops;
use crate::net::visit::Visitor;
use burn::module::Module;
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::{Device, Tensor};

/// What the networks of this family differ in.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Bottlenecks of layers 1…4.
    pub blocks: [usize; 4],
    /// Channels of the stem's convolutions: three of 3×3, or one of 7×7.
    pub stem: &'static [usize],
    /// Channels behind the first two convolutions of layer 1's bottlenecks; they double with each layer.
    pub widths: [usize; 2],
    /// Groups of the 3×3 convolution.
    pub groups: usize,
    /// Whether the first 1×1 convolution strides, as in Caffe, and not the 3×3.
    pub stride_first: bool,
    /// Kernel of the shortcut of layers 2…4, which strides; layer 1's is 1×1.
    pub shortcut: usize,
}

impl Layout {
    /// SENet-154, the paper's encoder: 113,039,984 parameters.
    pub const SENET154: Self = Self {
        blocks: [3, 8, 36, 3],
        stem: &[64, 64, 128],
        widths: [128, 256],
        groups: 64,
        stride_first: false,
        shortcut: 3,
    };

    /// SE-ResNeXt50 32×4d: 25,510,896 parameters.
    pub const SE_RESNEXT50: Self =
        Self { blocks: [3, 4, 6, 3], stem: &[64], widths: [128, 128], groups: 32, stride_first: false, shortcut: 1 };

    /// SE-ResNet50: 26,039,024 parameters.
    pub const SE_RESNET50: Self = Self { widths: [64, 64], groups: 1, stride_first: true, ..Self::SE_RESNEXT50 };
}

/// The weight of each channel, from all channels' means: 1×1 to a sixteenth, ReLU, 1×1 back, sigmoid.
#[derive(Module, Debug)]
struct SqueezeExcite {
    fc1: ConvBlock,
    fc2: ConvBlock,
}

impl SqueezeExcite {
    fn new(channels: usize, device: &Device) -> Self {
        Self {
            fc1: ConvSpec::new(channels, channels / 16, 1).activation(Activation::Relu).init(device),
            fc2: ConvSpec::new(channels / 16, channels, 1).init(device),
        }
    }

    /// N×C×H×W → N×C×1×1 in 0…1.
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        sigmoid(self.fc2.forward(self.fc1.forward(x)))
    }
}

/// 1×1, grouped 3×3, 1×1, weighted channel by channel; the input is added before the last ReLU.
#[derive(Module, Debug)]
struct Bottleneck {
    conv1: ConvBlock,
    conv2: ConvBlock,
    conv3: ConvBlock,
    se: SqueezeExcite,
    shortcut: Option<ConvBlock>,
}

impl Bottleneck {
    /// The first block of layer `layer` (0…3) takes `inputs` channels to its own and strides, except in the first layer.
    fn new(layout: &Layout, layer: usize, inputs: usize, device: &Device) -> Self {
        let conv = |i, o, k| ConvSpec::new(i, o, k).norm(1e-5, 0.1);
        let outputs = 256 << layer;
        let [w1, w2] = layout.widths.map(|width| width << layer);
        let first = inputs != outputs;
        let stride = if first && layer > 0 { 2 } else { 1 };
        let strides = if layout.stride_first { [stride, 1] } else { [1, stride] };
        let k = if layer > 0 { layout.shortcut } else { 1 };
        Self {
            conv1: conv(inputs, w1, 1).stride(strides[0]).activation(Activation::Relu).init(device),
            conv2: conv(w1, w2, 3).stride(strides[1]).groups(layout.groups).activation(Activation::Relu).init(device),
            conv3: conv(w2, outputs, 1).init(device),
            se: SqueezeExcite::new(outputs, device),
            shortcut: first.then(|| conv(inputs, outputs, k).stride(stride).init(device)),
        }
    }

    /// Features, the weights of their channels, and what is added: the output is ReLU(features · weights + added).
    fn branches(&self, x: Tensor<4>) -> [Tensor<4>; 3] {
        let y = self.conv3.forward(self.conv2.forward(self.conv1.forward(x.clone())));
        let (y, mean) = ops::global_average(y);
        let weights = self.se.forward(mean);
        let x = match &self.shortcut {
            Some(shortcut) => shortcut.forward(x),
            None => x,
        };
        [y, weights, x]
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [y, weights, x] = self.branches(x);
        ops::scale_add_relu(y, weights, x)
    }

    fn walk<V: Visitor>(&mut self, v: &mut V, p: &str) -> Result<()> {
        self.conv1.walk(v, &format!("{p}.conv1"), &format!("{p}.bn1"))?;
        self.conv2.walk(v, &format!("{p}.conv2"), &format!("{p}.bn2"))?;
        self.conv3.walk(v, &format!("{p}.conv3"), &format!("{p}.bn3"))?;
        self.se.fc1.walk(v, &format!("{p}.se_module.fc1"), "")?;
        self.se.fc2.walk(v, &format!("{p}.se_module.fc2"), "")?;
        match &mut self.shortcut {
            Some(shortcut) => shortcut.walk(v, &format!("{p}.downsample.0"), &format!("{p}.downsample.1")),
            None => Ok(()),
        }
    }
}

/// The encoder without pooling, dropout and classifier. The input's normalisation is its user's.
#[derive(Module, Debug)]
pub struct SeNet {
    stem: Vec<ConvBlock>,
    layers: Vec<Vec<Bottleneck>>,
}

impl SeNet {
    /// With weights still to be filled.
    pub fn new(layout: &Layout, device: &Device) -> Self {
        let relu = |i, o, k| ConvSpec::new(i, o, k).norm(1e-5, 0.1).activation(Activation::Relu);
        let k = if layout.stem.len() > 1 { 3 } else { 7 };
        let mut stem = Vec::with_capacity(layout.stem.len());
        let mut inputs = 3;
        for &outputs in layout.stem {
            stem.push(relu(inputs, outputs, k).stride(if stem.is_empty() { 2 } else { 1 }).init(device));
            inputs = outputs;
        }
        let mut layers = Vec::with_capacity(4);
        for (layer, blocks) in layout.blocks.into_iter().enumerate() {
            let first = inputs;
            inputs = 256 << layer;
            let block = |i| Bottleneck::new(layout, layer, if i == 0 { first } else { inputs }, device);
            layers.push((0..blocks).map(block).collect());
        }
        Self { stem, layers }
    }

    /// N×3×H×W, normalised → the five stages at 1/2 (before the pool) … 1/32.
    pub fn forward(&self, x: Tensor<4>) -> [Tensor<4>; 5] {
        all_stages(x, |index, x| self.stage(index, x))
    }

    /// Stage `index` from the one before it, stage 0 from the input.
    pub(super) fn stage(&self, index: usize, x: Tensor<4>) -> Tensor<4> {
        match index {
            0 => self.stem.iter().fold(x, |x, conv| conv.forward(x)),
            1 => self.layers[0].iter().fold(ops::max_pool(x, 3, 2, 0, true), |x, block| block.forward(x)),
            _ => self.layers[index - 1].iter().fold(x, |x, block| block.forward(x)),
        }
    }

    /// Stage 3 from stage 2, and the sum before its last ReLU.
    pub(super) fn stage3_and_sum(&self, x: Tensor<4>) -> (Tensor<4>, Option<Tensor<4>>) {
        let mut sum = x;
        for block in &self.layers[2] {
            let [y, weights, x] = block.branches(relu(sum)); // stage 2 is its own ReLU
            sum = y * weights + x;
        }
        (relu(sum.clone()), Some(sum))
    }

    /// Walks over `{p}layer0.conv1`, `{p}layer0.bn1`, `{p}layerL.I.conv1` …
    ///
    /// # Errors
    /// The first one the visitor gives.
    pub fn walk<V: Visitor>(&mut self, v: &mut V, p: &str) -> Result<()> {
        for (i, conv) in (1..).zip(&mut self.stem) {
            conv.walk(v, &format!("{p}layer0.conv{i}"), &format!("{p}layer0.bn{i}"))?;
        }
        for (l, layer) in (1..).zip(&mut self.layers) {
            for (i, block) in layer.iter_mut().enumerate() {
                block.walk(v, &format!("{p}layer{l}.{i}"))?;
            }
        }
        Ok(())
    }
}
