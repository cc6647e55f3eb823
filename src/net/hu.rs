//! The network of Hu et al. 2019, "Revisiting Single Image Depth Estimation" (reference.md 3.1): encoder E, decoder D
//! without skips, multi-scale fusion MFF, refinement R.

use super::block::{Activation, ConvBlock, ConvSpec, Part};
use super::config::HuConfig;
use super::encoder::kind::EncoderKind;
use super::encoder::{Encoder, stage_channels};
use super::ops;
use super::tap::Tap;
use super::visit::{Network, Visitor};
use crate::error::{Error, Result};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

const LEVEL_NAMES: [&str; 4] = ["decoder.d1", "decoder.d2", "decoder.d3", "decoder.d4"];

/// Convolution and batch norm.
fn conv(inputs: usize, outputs: usize, k: usize) -> ConvSpec {
    ConvSpec::new(inputs, outputs, k).norm(1e-5, 0.1)
}

fn conv_relu(inputs: usize, outputs: usize, k: usize, device: &Device) -> ConvBlock {
    conv(inputs, outputs, k).activation(Activation::Relu).init(device)
}

/// Bilinear resize, then a residual block of 5×5, 3×3 beside 5×5.
#[derive(Module, Debug)]
struct UpProjection {
    conv1: ConvBlock,
    conv1_2: ConvBlock,
    conv2: ConvBlock,
}

impl UpProjection {
    fn new(inputs: usize, outputs: usize, device: &Device) -> Self {
        Self {
            conv1: conv_relu(inputs, outputs, 5, device),
            conv1_2: conv(outputs, outputs, 3).init(device),
            conv2: conv(inputs, outputs, 5).init(device),
        }
    }

    fn forward(&self, x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
        let x = ops::resize(x, size, true);
        let shortcut = self.conv2.forward(x.clone());
        ops::add_relu(self.conv1_2.forward(self.conv1.forward(x)), shortcut)
    }

    fn walk<V: Visitor>(&mut self, v: &mut V, p: &str) -> Result<()> {
        self.conv1.walk(v, &format!("{p}.conv1"), &format!("{p}.bn1"))?;
        self.conv1_2.walk(v, &format!("{p}.conv1_2"), &format!("{p}.bn1_2"))?;
        self.conv2.walk(v, &format!("{p}.conv2"), &format!("{p}.bn2"))
    }
}

/// The network; 157,101,425 parameters on SENet-154, 67,569,473 on ResNet-50.
#[derive(Module, Debug)]
pub struct Hu {
    encoder: Encoder,
    reduce: ConvBlock,
    ups: Vec<UpProjection>,
    fusion_ups: Vec<UpProjection>,
    fusion: ConvBlock,
    refine: Vec<ConvBlock>,
    #[module(skip)]
    config: HuConfig,
}

impl Hu {
    /// The network with weights still to be filled.
    ///
    /// # Errors
    /// For an encoder other than the two that its authors used.
    pub fn new(config: &HuConfig, device: &Device) -> Result<Self> {
        if !matches!(config.encoder, EncoderKind::Senet154 | EncoderKind::Resnet50) {
            let title = config.encoder.title();
            return Err(Error::Usage(format!("Hu et al. has no {title} encoder; choose SENet-154 or ResNet-50")));
        }
        let channels = stage_channels(config.encoder);
        let f = channels[4];
        let refine = f / 32 + 64;
        Ok(Self {
            encoder: Encoder::new(config.encoder, device),
            reduce: conv_relu(f, f / 2, 1, device),
            ups: (1..5).map(|i| UpProjection::new(f >> i, f >> (i + 1), device)).collect(),
            fusion_ups: channels[1..].iter().map(|c| UpProjection::new(*c, 16, device)).collect(),
            fusion: conv_relu(64, 64, 5, device),
            refine: vec![
                conv_relu(refine, refine, 5, device),
                conv_relu(refine, refine, 5, device),
                ConvSpec::new(refine, 1, 5).init(device), // with bias, linear
            ],
            config: *config,
        })
    }

    /// Its architecture.
    pub fn config(&self) -> &HuConfig {
        &self.config
    }

    /// N×3×H×W with RGB in 0…1 → N×1×H/2×W/2 in metres.
    pub fn forward<T: Tap>(&self, x: Tensor<4>, tap: &mut T) -> Tensor<4> {
        self.forward_normalised(self.encoder.normalise(x), tap)
    }

    /// [`Hu::forward`] of an input that is already normalised as the encoder expects it.
    pub fn forward_normalised<T: Tap>(&self, x: Tensor<4>, tap: &mut T) -> Tensor<4> {
        let [_, s1, s2, s3, s4] = self.encoder.features(x, tap);
        let size = |x: &Tensor<4>| [x.dims()[2], x.dims()[3]];
        let whole = size(&s1).map(|side| 2 * side);
        let mut d = self.reduce.forward(s4.clone()); // N×F/2×H/32×W/32
        tap.see("decoder.d0", &d);
        for ((up, to), name) in self.ups.iter().zip([size(&s3), size(&s2), size(&s1), whole]).zip(LEVEL_NAMES) {
            d = up.forward(d, to);
            tap.see(name, &d);
        }
        let ups = self.fusion_ups.iter().zip([s1, s2, s3, s4]);
        let fused = self.fusion.forward_joined(ups.map(|(up, stage)| Part::Whole(up.forward(stage, whole))).collect());
        tap.see("fusion", &fused); // N×64×H/2×W/2, as d is
        let mut y = self.refine[0].forward_joined(vec![Part::Whole(d), Part::Whole(fused)]);
        for conv in &self.refine[1..] {
            y = conv.forward(y);
        }
        tap.see("y", &y);
        y
    }
}

impl Network for Hu {
    fn walk<V: Visitor>(&mut self, v: &mut V) -> Result<()> {
        self.encoder.walk(v, "E.")?;
        self.reduce.walk(v, "D.conv", "D.bn")?;
        (1..).zip(&mut self.ups).try_for_each(|(i, up)| up.walk(v, &format!("D.up{i}")))?;
        (1..).zip(&mut self.fusion_ups).try_for_each(|(i, up)| up.walk(v, &format!("MFF.up{i}")))?;
        self.fusion.walk(v, "MFF.conv", "MFF.bn")?;
        let mut refine = self.refine.iter_mut().enumerate();
        refine.try_for_each(|(i, conv)| conv.walk(v, &format!("R.conv{i}"), &format!("R.bn{i}")))
    }
}
