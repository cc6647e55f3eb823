//! Encoders: five feature maps at 1/2, 1/4, 1/8, 1/16 and 1/32 of the input (reference.md 1).

pub mod efficientnet_lite;

use super::config::EncoderKind;
use super::tap::Tap;
use super::visit::Visitor;
use crate::error::Result;
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use efficientnet_lite::EfficientNetLite;

/// The names under which a [`Tap`] sees the stages.
pub const STAGE_NAMES: [&str; 5] = ["stage0", "stage1", "stage2", "stage3", "stage4"];

/// One of the supported encoders, classifier removed.
#[derive(Module, Debug)]
pub enum Encoder {
    /// EfficientNet-Lite.
    Lite(EfficientNetLite),
}

impl Encoder {
    /// The encoder with weights still to be filled.
    pub fn new(kind: EncoderKind, device: &Device) -> Self {
        match kind {
            EncoderKind::EfficientnetLite0 => Self::Lite(EfficientNetLite::lite0(device)),
        }
    }

    /// N×3×H×W with RGB in 0…1 → the five stages; the encoder's own input normalisation is inside.
    pub fn forward<T: Tap>(&self, x: Tensor<4>, tap: &mut T) -> [Tensor<4>; 5] {
        let stages = match self {
            Self::Lite(e) => e.forward(x),
        };
        for (name, stage) in STAGE_NAMES.iter().zip(&stages) {
            tap.see(name, stage);
        }
        stages
    }

    pub(super) fn walk<V: Visitor>(&mut self, v: &mut V, prefix: &str) -> Result<()> {
        match self {
            Self::Lite(e) => e.walk(v, prefix),
        }
    }
}

/// Channels of the five stages.
pub fn stage_channels(kind: EncoderKind) -> [usize; 5] {
    match kind {
        EncoderKind::EfficientnetLite0 => [16, 24, 40, 112, 320],
    }
}

/// The decoder's first width C (decision A11): 1024, 512 or 256 by the encoder's size.
pub fn decoder_width(kind: EncoderKind) -> usize {
    match kind {
        EncoderKind::EfficientnetLite0 => 256,
    }
}
