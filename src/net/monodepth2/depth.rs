//! The depth network (reference.md 9.1, 9.2): a ResNet, and a decoder that gives disparity at four scales.

use super::{checked, normalised};
use crate::error::Result;
use crate::net::block::{Activation, ConvBlock, ConvSpec, Padding, Part};
use crate::net::config::Monodepth2Config;
use crate::net::encoder::STAGE_NAMES;
use crate::net::encoder::resnet::{Depth, ResNet};
use crate::net::tap::Tap;
use crate::net::visit::{Network, Visitor};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Channels of the decoder at full size, 1/2, 1/4, 1/8 and 1/16.
const WIDTHS: [usize; 5] = [16, 32, 64, 128, 256];

/// What a tap sees of the decoder, coarsest first.
const LEVEL_NAMES: [&str; 5] = ["decoder.d1", "decoder.d2", "decoder.d3", "decoder.d4", "decoder.d5"];
const DISPARITY_NAMES: [&str; 5] = ["", "disp3", "disp2", "disp1", "disp0"];

/// What `forward` gives: disparity in 0…1 at full size, 1/2, 1/4 and 1/8. The coarser three are for training.
pub struct Output {
    /// N×1×H×W, N×1×H/2×W/2 and so on.
    pub disparities: [Tensor<4>; 4],
}

/// One doubling: narrow, double, join with the skip, and the head of its scale.
#[derive(Module, Debug)]
struct Level {
    narrow: ConvBlock,
    join: ConvBlock,
    head: Option<ConvBlock>,
}

/// From the coarsest of five maps back to the input's size.
#[derive(Module, Debug)]
pub struct DepthDecoder {
    levels: Vec<Level>,
}

impl DepthDecoder {
    /// For maps of these channels; 3,152,724 parameters on ResNet-18 and 34, 9,014,100 on ResNet-50.
    pub fn new(channels: [usize; 5], device: &Device) -> Self {
        let conv =
            |i, o, activation| ConvSpec::new(i, o, 3).padding(Padding::Reflect(1)).activation(activation).init(device);
        let level = |i: usize| {
            let inputs = if i == 4 { channels[4] } else { WIDTHS[i + 1] };
            let skip = if i == 0 { 0 } else { channels[i - 1] };
            Level {
                narrow: conv(inputs, WIDTHS[i], Activation::Elu),
                join: conv(WIDTHS[i] + skip, WIDTHS[i], Activation::Elu),
                head: (i < 4).then(|| conv(WIDTHS[i], 1, Activation::Sigmoid)),
            }
        };
        Self { levels: (0..5).rev().map(level).collect() }
    }

    /// Five maps at 1/2 … 1/32 → disparity in 0…1 at full size … 1/8.
    pub fn forward<T: Tap>(&self, maps: [Tensor<4>; 5], tap: &mut T) -> Output {
        let [f0, f1, f2, f3, f4] = maps;
        let mut x = f4; // N×C×H/32×W/32
        let mut disparities = Vec::with_capacity(4);
        for (i, (level, skip)) in self.levels.iter().zip([Some(f3), Some(f2), Some(f1), Some(f0), None]).enumerate() {
            let mut parts = vec![Part::Doubled(level.narrow.forward(x))];
            parts.extend(skip.map(Part::Whole));
            x = level.join.forward_joined(parts); // twice as high and wide
            tap.see(LEVEL_NAMES[i], &x);
            if let Some(head) = &level.head {
                let disparity = head.forward(x.clone());
                tap.see(DISPARITY_NAMES[i], &disparity);
                disparities.push(disparity);
            }
        }
        disparities.reverse();
        #[allow(clippy::expect_used)] // all levels but the first have a head
        Output { disparities: disparities.try_into().expect("four scales") }
    }

    /// Walks over `decoder.0.conv.conv` … `decoder.9.conv.conv`, `decoder.10.conv` … `decoder.13.conv`.
    ///
    /// # Errors
    /// The first one the visitor gives.
    pub fn walk<V: Visitor>(&mut self, v: &mut V) -> Result<()> {
        let convs = self.levels.iter_mut().flat_map(|level| [&mut level.narrow, &mut level.join]);
        for (n, conv) in convs.enumerate() {
            conv.walk(v, &format!("decoder.{n}.conv.conv"), "")?;
        }
        // The finest scale's head comes first.
        for (n, head) in (10..).zip(self.levels.iter_mut().rev().filter_map(|level| level.head.as_mut())) {
            head.walk(v, &format!("decoder.{n}.conv"), "")?;
        }
        Ok(())
    }
}

/// The network.
#[derive(Module, Debug)]
pub struct Monodepth2 {
    encoder: ResNet,
    decoder: DepthDecoder,
    #[module(skip)]
    config: Monodepth2Config,
}

impl Monodepth2 {
    /// The network with weights still to be filled. The encoder has no classifier: of its checkpoint's
    /// `encoder.fc.weight` and `encoder.fc.bias` nothing is used.
    ///
    /// # Errors
    /// For a ResNet of other than 18, 34 or 50 layers.
    pub fn new(config: &Monodepth2Config, device: &Device) -> Result<Self> {
        let depth = Depth::of(config.layers)?;
        Ok(Self {
            encoder: ResNet::new(depth, 3, device),
            decoder: DepthDecoder::new(depth.channels(), device),
            config: *config,
        })
    }

    /// Its architecture.
    pub fn config(&self) -> &Monodepth2Config {
        &self.config
    }

    /// N×3×H×W with RGB in 0…1, H and W as [`checked`] takes them → disparity in 0…1 at four scales, the first at the
    /// input's size.
    ///
    /// # Errors
    /// For another size.
    pub fn forward<T: Tap>(&self, x: Tensor<4>, tap: &mut T) -> Result<Output> {
        let [_, _, h, w] = x.dims();
        checked([w, h])?;
        Ok(self.decoder.forward(self.features(x, tap), tap))
    }

    /// N×3×H×W with RGB in 0…1 → five maps at 1/2 … 1/32; the last is what a pose decoder that shares the encoder reads.
    pub fn features<T: Tap>(&self, x: Tensor<4>, tap: &mut T) -> [Tensor<4>; 5] {
        let maps = self.encoder.forward(normalised(x));
        STAGE_NAMES.iter().zip(&maps).for_each(|(name, map)| tap.see(name, map));
        maps
    }
}

impl Network for Monodepth2 {
    fn walk<V: Visitor>(&mut self, v: &mut V) -> Result<()> {
        self.encoder.walk(v, "encoder.")?;
        self.decoder.walk(v)
    }
}
