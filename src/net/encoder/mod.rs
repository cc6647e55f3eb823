//! Encoders: five feature maps at 1/2, 1/4, 1/8, 1/16 and 1/32 of the input (reference.md 1).

pub mod efficientnet_lite;
pub mod kind;

use super::tap::Tap;
use super::visit::Visitor;
use crate::error::{Error, Result};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use efficientnet_lite::EfficientNetLite;
use kind::EncoderKind;

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
    ///
    /// # Errors
    /// For an encoder that cannot be built yet.
    pub fn new(kind: EncoderKind, device: &Device) -> Result<Self> {
        match kind {
            EncoderKind::EfficientnetLite0 => Ok(Self::Lite(EfficientNetLite::lite0(device))),
            _ => Err(Error::Usage(format!(
                "{} cannot be built yet; choose {}",
                kind.title(),
                EncoderKind::EfficientnetLite0.title()
            ))),
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
        EncoderKind::Senet154 => [128, 256, 512, 1024, 2048],
        EncoderKind::SeResnext50 | EncoderKind::SeResnet50 | EncoderKind::Resnet50 => [64, 256, 512, 1024, 2048],
        EncoderKind::Resnet18 | EncoderKind::Resnet34 => [64, 64, 128, 256, 512],
        EncoderKind::MobilenetV2 => [16, 24, 32, 96, 320],
        EncoderKind::EfficientnetLite0
        | EncoderKind::EfficientnetLite1
        | EncoderKind::EfficientnetLite0Timm
        | EncoderKind::EfficientnetLite1Timm => [16, 24, 40, 112, 320],
        EncoderKind::EfficientnetLite2 | EncoderKind::EfficientnetLite2Timm => [16, 24, 48, 120, 352],
    }
}

/// The decoder's first width C (decision A11): 1024, 512 or 256 by the encoder's size.
pub fn decoder_width(kind: EncoderKind) -> usize {
    match stage_channels(kind)[4] {
        2048.. => 1024,
        512.. => 512,
        _ => 256,
    }
}
