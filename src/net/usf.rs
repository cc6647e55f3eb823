//! USF: sub-pixel Up-blocks for all five stages, pooled to one size, fused and refined (decisions A6–A10).

use super::block::{Activation, ConvBlock, ConvSpec, Part};
use super::config::{MsfnetConfig, UsfPool};
use super::ops;
use super::rdr::Rdr;
use super::tap::Tap;
use super::visit::Visitor;
use crate::error::Result;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Enlargement of each stage on its way to stage 0's size (A7).
const FACTORS: [usize; 5] = [1, 2, 4, 8, 16];
const UP_NAMES: [&str; 5] = ["usf.up.0", "usf.up.1", "usf.up.2", "usf.up.3", "usf.up.4"];
/// Channels behind the fusion.
const WIDTH: usize = 64;

/// ESPCN layout: 3×3 to 64, 3×3 to 32, 3×3 to width·r², periodic shuffle; linear output (A6).
#[derive(Module, Debug)]
pub struct UpBlock {
    conv1: ConvBlock,
    conv2: ConvBlock,
    conv3: ConvBlock,
    factor: usize,
}

impl UpBlock {
    /// `inputs` channels, enlarged `factor` times, to `width` channels.
    pub fn new(inputs: usize, factor: usize, width: usize, device: &Device) -> Self {
        let lrelu = |i, o| ConvSpec::new(i, o, 3).activation(Activation::LeakyRelu).init(device);
        Self {
            conv1: lrelu(inputs, 64),
            conv2: lrelu(64, 32),
            conv3: ConvSpec::new(32, width * factor * factor, 3).init(device),
            factor,
        }
    }

    /// N×C×H×W → N×width×rH×rW.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = self.conv3.forward(self.conv2.forward(self.conv1.forward(x)));
        ops::pixel_shuffle(x, self.factor)
    }

    pub(super) fn walk<V: Visitor>(&mut self, v: &mut V, p: &str) -> Result<()> {
        self.conv1.walk(v, &format!("{p}conv1"), "")?;
        self.conv2.walk(v, &format!("{p}conv2"), "")?;
        self.conv3.walk(v, &format!("{p}conv3"), "")
    }
}

/// The up-sampling and fusion module.
#[derive(Module, Debug)]
pub struct Usf {
    up: Vec<UpBlock>,
    fuse: ConvBlock,
    rdr: Rdr,
    #[module(skip)]
    pool: UsfPool,
}

impl Usf {
    /// For stages of the given channels.
    pub fn new(channels: [usize; 5], config: &MsfnetConfig, device: &Device) -> Self {
        let width = config.usf_width;
        let up = channels.iter().zip(FACTORS).map(|(&c, r)| UpBlock::new(c, r, width, device)).collect();
        let fuse = ConvSpec::new(5 * width, WIDTH, 3).norm(1e-5, 0.1).activation(Activation::LeakyRelu);
        let rdr = Rdr::new(WIDTH, config.rdr_integrate, device);
        Self { up, fuse: fuse.init(device), rdr, pool: config.usf_pool }
    }

    /// The five stages (stage 3 gated) → N×64×H/2×W/2.
    pub fn forward<T: Tap>(&self, stages: [Tensor<4>; 5], tap: &mut T) -> Tensor<4> {
        let [_, _, h, w] = stages[0].dims();
        let mut maps = Vec::with_capacity(5);
        for ((up, stage), name) in self.up.iter().zip(stages).zip(UP_NAMES) {
            let y = up.forward(stage); // N×16×≈H/2×≈W/2
            let y = match self.pool {
                UsfPool::Average => ops::adaptive_average(y, [h, w]),
                UsfPool::Max => ops::adaptive_max(y, [h, w]),
            };
            tap.see(name, &y);
            maps.push(Part::Whole(y));
        }
        let fused = self.fuse.forward_joined(maps); // N×80×… → N×64×H/2×W/2
        tap.see("rdr.in", &fused);
        let refined = self.rdr.forward(fused);
        tap.see("rdr.out", &refined);
        refined
    }

    pub(super) fn walk<V: Visitor>(&mut self, v: &mut V, p: &str) -> Result<()> {
        for (i, up) in self.up.iter_mut().enumerate() {
            up.walk(v, &format!("{p}up.{i}."))?;
        }
        self.fuse.walk(v, &format!("{p}fuse_conv"), &format!("{p}fuse_bn"))?;
        self.rdr.walk(v, &format!("{p}rdr."))
    }
}
