//! Encoders: five feature maps at 1/2, 1/4, 1/8, 1/16 and 1/32 of the input (reference.md 1).

pub mod efficientnet_lite;
mod inverted_residual;
pub mod kind;
pub mod mobilenet_v2;
pub mod resnet;
pub mod senet;

use super::tap::Tap;
use super::visit::{Network, Visitor};
use crate::error::Result;
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use efficientnet_lite::{Dialect, EfficientNetLite};
use kind::{EncoderKind, Normalisation};
use mobilenet_v2::MobileNetV2;
use resnet::{Depth, ResNet};
use senet::{Layout, SeNet};

/// The names under which a [`Tap`] sees the stages.
pub const STAGE_NAMES: [&str; 5] = ["stage0", "stage1", "stage2", "stage3", "stage4"];

/// One of the supported encoders, classifier removed.
#[derive(Module, Debug)]
pub struct Encoder {
    net: Net,
    #[module(skip)]
    normalisation: Normalisation,
}

#[derive(Module, Debug)]
enum Net {
    Se(SeNet),
    ResNet(ResNet),
    MobileNetV2(MobileNetV2),
    Lite(EfficientNetLite),
}

/// Stages 0…3, and what came before stage 3's last ReLU.
pub struct Lower {
    /// N×C×H×W at 1/2 … 1/16.
    pub stages: [Tensor<4>; 4],
    /// The sum whose ReLU stage 3 is (decision A5); only where it was asked for, and none of an encoder whose stages end
    /// linearly: stage 3 is that sum itself.
    pub sum: Option<Tensor<4>>,
}

impl Encoder {
    /// The encoder with weights still to be filled.
    pub fn new(kind: EncoderKind, device: &Device) -> Self {
        let se = |layout| Net::Se(SeNet::new(layout, device));
        let resnet = |depth| Net::ResNet(ResNet::new(depth, 3, device));
        let lite = |size, dialect| Net::Lite(EfficientNetLite::new(size, dialect, device));
        let net = match kind {
            EncoderKind::Senet154 => se(&Layout::SENET154),
            EncoderKind::SeResnext50 => se(&Layout::SE_RESNEXT50),
            EncoderKind::SeResnet50 => se(&Layout::SE_RESNET50),
            EncoderKind::Resnet18 => resnet(Depth::Eighteen),
            EncoderKind::Resnet34 => resnet(Depth::ThirtyFour),
            EncoderKind::Resnet50 => resnet(Depth::Fifty),
            EncoderKind::MobilenetV2 => Net::MobileNetV2(MobileNetV2::new(device)),
            EncoderKind::EfficientnetLite0 => lite(0, Dialect::Tensorflow),
            EncoderKind::EfficientnetLite1 => lite(1, Dialect::Tensorflow),
            EncoderKind::EfficientnetLite2 => lite(2, Dialect::Tensorflow),
            EncoderKind::EfficientnetLite0Timm => lite(0, Dialect::Timm),
            EncoderKind::EfficientnetLite1Timm => lite(1, Dialect::Timm),
            EncoderKind::EfficientnetLite2Timm => lite(2, Dialect::Timm),
        };
        Self { net, normalisation: kind.normalisation() }
    }

    /// N×3×H×W with RGB in 0…1 → the same normalised as the encoder expects it.
    pub fn normalise(&self, x: Tensor<4>) -> Tensor<4> {
        let channel = |values: [f32; 3]| Tensor::<1>::from_floats(values, &x.device()).reshape([1, 3, 1, 1]);
        let (mean, std) = (channel(self.normalisation.mean), channel(self.normalisation.std));
        (x - mean) / std
    }

    /// N×3×H×W, normalised → stages 0…3; with what came before stage 3's last ReLU if `want_sum`.
    pub fn lower<T: Tap>(&self, x: Tensor<4>, want_sum: bool, tap: &mut T) -> Lower {
        let mut seen = |index: usize, stage: Tensor<4>| {
            tap.see(STAGE_NAMES[index], &stage);
            stage
        };
        let s0 = seen(0, self.stage(0, x));
        let s1 = seen(1, self.stage(1, s0.clone()));
        let s2 = seen(2, self.stage(2, s1.clone()));
        let (s3, sum) = match &self.net {
            Net::Se(net) if want_sum => net.stage3_and_sum(s2.clone()),
            Net::ResNet(net) if want_sum => net.stage3_and_sum(s2.clone()),
            _ => (self.stage(3, s2.clone()), None),
        };
        let s3 = seen(3, s3);
        if let Some(sum) = &sum {
            tap.see("stage3.sum", sum);
        }
        Lower { stages: [s0, s1, s2, s3], sum }
    }

    /// Stage 3 → stage 4.
    pub fn upper<T: Tap>(&self, stage3: Tensor<4>, tap: &mut T) -> Tensor<4> {
        let stage4 = self.stage(4, stage3);
        tap.see(STAGE_NAMES[4], &stage4);
        stage4
    }

    /// N×3×H×W, normalised → the five stages.
    pub fn features<T: Tap>(&self, x: Tensor<4>, tap: &mut T) -> [Tensor<4>; 5] {
        let [s0, s1, s2, s3] = self.lower(x, false, tap).stages;
        let s4 = self.upper(s3.clone(), tap);
        [s0, s1, s2, s3, s4]
    }

    /// N×3×H×W with RGB in 0…1 → the five stages.
    pub fn forward<T: Tap>(&self, x: Tensor<4>, tap: &mut T) -> [Tensor<4>; 5] {
        self.features(self.normalise(x), tap)
    }

    fn stage(&self, index: usize, x: Tensor<4>) -> Tensor<4> {
        match &self.net {
            Net::Se(net) => net.stage(index, x),
            Net::ResNet(net) => net.stage(index, x),
            Net::MobileNetV2(net) => net.stage(index, x),
            Net::Lite(net) => net.stage(index, x),
        }
    }

    /// Walks over its tensors, their names behind `prefix`.
    ///
    /// # Errors
    /// The first one the visitor gives.
    pub fn walk<V: Visitor>(&mut self, v: &mut V, prefix: &str) -> Result<()> {
        match &mut self.net {
            Net::Se(net) => net.walk(v, prefix),
            Net::ResNet(net) => net.walk(v, prefix),
            Net::MobileNetV2(net) => net.walk(v, prefix),
            Net::Lite(net) => net.walk(v, prefix),
        }
    }
}

impl Network for Encoder {
    fn walk<V: Visitor>(&mut self, v: &mut V) -> Result<()> {
        self.walk(v, "")
    }
}

fn all_stages(x: Tensor<4>, stage: impl Fn(usize, Tensor<4>) -> Tensor<4>) -> [Tensor<4>; 5] {
    let s0 = stage(0, x);
    let s1 = stage(1, s0.clone());
    let s2 = stage(2, s1.clone());
    let s3 = stage(3, s2.clone());
    let s4 = stage(4, s3.clone());
    [s0, s1, s2, s3, s4]
}

/// Channels of the five stages.
pub fn stage_channels(kind: EncoderKind) -> [usize; 5] {
    match kind {
        EncoderKind::Senet154 => [128, 256, 512, 1024, 2048],
        EncoderKind::SeResnext50 | EncoderKind::SeResnet50 | EncoderKind::Resnet50 => Depth::Fifty.channels(),
        EncoderKind::Resnet18 | EncoderKind::Resnet34 => Depth::Eighteen.channels(),
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
