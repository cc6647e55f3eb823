//! PoseCNN (reference.md 9.3): seven strided convolutions in place of the pose network's ResNet.

use super::Pose;
use crate::error::Result;
use crate::net::block::{Activation, ConvBlock, ConvSpec};
use crate::net::visit::{Network, Visitor};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Channels after each convolution, and its kernel.
const LAYERS: [(usize, usize); 7] = [(16, 7), (32, 5), (64, 3), (128, 3), (256, 3), (256, 3), (256, 3)];

/// The network; 1,586,774 parameters.
#[derive(Module, Debug)]
pub struct PoseCnn {
    convs: Vec<ConvBlock>,
    pose: ConvBlock,
}

impl PoseCnn {
    /// With weights still to be filled.
    pub fn new(device: &Device) -> Self {
        let mut inputs = 6;
        let conv = |(outputs, k)| {
            let spec = ConvSpec::new(inputs, outputs, k).stride(2).activation(Activation::Relu);
            inputs = outputs;
            spec.init(device)
        };
        Self { convs: LAYERS.into_iter().map(conv).collect(), pose: ConvSpec::new(256, 6, 1).init(device) }
    }

    /// N×6×H×W, the RGB in 0…1 of the earlier frame and of the later, as it is → the motion, N×1×1×3. In training its
    /// translation is multiplied by the mean inverse depth of the scale's prediction.
    pub fn forward(&self, pair: Tensor<4>) -> Pose {
        let last = self.convs.iter().fold(pair, |x, conv| conv.forward(x)); // N×256×H/128×W/128
        Pose::of_map(self.pose.forward(last))
    }
}

impl Network for PoseCnn {
    /// `net.0` … `net.6`, `pose_conv`.
    fn walk<V: Visitor>(&mut self, v: &mut V) -> Result<()> {
        for (n, conv) in self.convs.iter_mut().enumerate() {
            conv.walk(v, &format!("net.{n}"), "")?;
        }
        self.pose.walk(v, "pose_conv", "")
    }
}
