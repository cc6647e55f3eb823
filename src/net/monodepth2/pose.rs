//! The pose network (reference.md 9.3): a ResNet on a pair of frames, or the depth network's own encoder on each of the
//! two, and a small decoder.

use super::normalised;
use crate::device::to_host;
use crate::error::{Error, Result};
use crate::geometry::rigid::Rigid;
use crate::net::block::{Activation, ConvBlock, ConvSpec, Part};
use crate::net::encoder::resnet::{Depth, ResNet};
use crate::net::visit::{Network, Visitor};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Motions between the frames of each pair.
pub struct Pose {
    /// N×F×1×3: axis times angle in radians.
    pub axis_angle: Tensor<4>,
    /// N×F×1×3, in the depth network's unit.
    pub translation: Tensor<4>,
}

impl Pose {
    /// From N×6F×H×W: the mean over the map, a hundredth of it.
    pub(super) fn of_map(map: Tensor<4>) -> Self {
        let [n, channels, _, _] = map.dims();
        let motions = map.mean_dim(3).mean_dim(2).reshape([n, channels / 6, 1, 6]) * 0.01;
        Self { axis_angle: motions.clone().narrow(3, 0, 3), translation: motions.narrow(3, 3, 3) }
    }

    /// The motion of each pair, from the target's camera to the source's: `inverted` where the source is the earlier of
    /// the two frames (reference.md 9.4). Of a decoder that gives two motions the first is meant.
    ///
    /// # Errors
    /// When a number is not finite, or the device cannot hand them over.
    pub fn rigid(&self, inverted: bool) -> Result<Vec<Rigid>> {
        let vectors = |t: &Tensor<4>| -> Result<Vec<[f64; 3]>> {
            let first = to_host(t.clone().narrow(1, 0, 1))?;
            Ok(first.chunks_exact(3).map(|v| [v[0], v[1], v[2]].map(f64::from)).collect())
        };
        let (turns, moves) = (vectors(&self.axis_angle)?, vectors(&self.translation)?);
        let motion = |(turn, by): (&[f64; 3], &[f64; 3])| {
            let motion = if inverted { Rigid::inverted(*turn, *by) } else { Rigid::new(*turn, *by) };
            motion.ok_or_else(|| {
                Error::Failed("the pose network's output is not finite; check its weights and its pictures".into())
            })
        };
        turns.iter().zip(&moves).map(motion).collect()
    }
}

/// What the pose decoder reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoseInput {
    /// One map of both frames, from an encoder of its own (`separate_resnet`, the default). It gives two motions, of
    /// which the first is used.
    Joint,
    /// A map of each frame, from the depth network's encoder (`shared`). It gives one.
    Shared,
}

/// Four convolutions.
#[derive(Module, Debug)]
pub struct PoseDecoder {
    squeeze: ConvBlock,
    convs: Vec<ConvBlock>,
}

impl PoseDecoder {
    /// For maps of `channels`; with 512 and a joint map it has 1,314,572 parameters, with 2048 1,707,788.
    pub fn new(channels: usize, input: PoseInput, device: &Device) -> Self {
        let (maps, frames) = match input {
            PoseInput::Joint => (1, 2),
            PoseInput::Shared => (2, 1),
        };
        let relu = |i, o, k| ConvSpec::new(i, o, k).activation(Activation::Relu).init(device);
        Self {
            squeeze: relu(channels, 256, 1),
            convs: vec![
                relu(256 * maps, 256, 3),
                relu(256, 256, 3),
                ConvSpec::new(256, 6 * frames, 1).init(device), // linear
            ],
        }
    }

    /// One map of N×C×H/32×W/32 where it is joint, two in the order of time where it is shared → the motions.
    pub fn forward(&self, maps: Vec<Tensor<4>>) -> Pose {
        let squeezed = maps.into_iter().map(|map| Part::Whole(self.squeeze.forward(map))).collect();
        let Some((first, rest)) = self.convs.split_first() else { unreachable!("there are three") };
        Pose::of_map(rest.iter().fold(first.forward_joined(squeezed), |x, conv| conv.forward(x)))
    }

    /// Walks over `net.0` … `net.3`.
    ///
    /// # Errors
    /// The first one the visitor gives.
    pub fn walk<V: Visitor>(&mut self, v: &mut V) -> Result<()> {
        let convs = std::iter::once(&mut self.squeeze).chain(&mut self.convs);
        convs.enumerate().try_for_each(|(n, conv)| conv.walk(v, &format!("net.{n}"), ""))
    }
}

impl Network for PoseDecoder {
    fn walk<V: Visitor>(&mut self, v: &mut V) -> Result<()> {
        Self::walk(self, v)
    }
}

/// A ResNet of its own on the pair, and the decoder: the contents of `pose_encoder.pth` and `pose.pth`.
#[derive(Module, Debug)]
pub struct PoseNetwork {
    encoder: ResNet,
    decoder: PoseDecoder,
}

impl PoseNetwork {
    /// With weights still to be filled; on ResNet-18 11,185,920 parameters (without the encoder's unused classifier) and
    /// 1,314,572.
    ///
    /// # Errors
    /// For a ResNet of other than 18, 34 or 50 layers.
    pub fn new(layers: usize, device: &Device) -> Result<Self> {
        let depth = Depth::of(layers)?;
        let decoder = PoseDecoder::new(depth.channels()[4], PoseInput::Joint, device);
        Ok(Self { encoder: ResNet::new(depth, 6, device), decoder })
    }

    /// N×6×H×W, the RGB in 0…1 of the earlier frame and of the later → the motions, N×2×1×3.
    pub fn forward(&self, pair: Tensor<4>) -> Pose {
        let [_, _, _, _, last] = self.encoder.forward(normalised(pair));
        self.decoder.forward(vec![last])
    }
}

impl Network for PoseNetwork {
    fn walk<V: Visitor>(&mut self, v: &mut V) -> Result<()> {
        self.encoder.walk(v, "encoder.")?;
        self.decoder.walk(v)
    }
}
