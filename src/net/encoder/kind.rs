//! [`EncoderKind`]: the supported encoders by name, with what a network built on one needs to know.

use serde::{Deserialize, Serialize};

/// The backbone that makes the five feature maps at 1/2 … 1/32 of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EncoderKind {
    /// SENet-154, the paper's encoder (reference.md 1.1).
    Senet154,
    /// SE-ResNeXt50 32×4d (reference.md 1.2).
    SeResnext50,
    /// SE-ResNet50 (reference.md 1.2).
    SeResnet50,
    /// ResNet-18 as torchvision has it (reference.md 1.3).
    Resnet18,
    /// ResNet-34 as torchvision has it.
    Resnet34,
    /// ResNet-50 as torchvision has it.
    Resnet50,
    /// MobileNetV2 as torchvision has it (reference.md 1.4).
    MobilenetV2,
    /// EfficientNet-Lite0 in the TensorFlow convention (reference.md 1.5).
    EfficientnetLite0,
    /// EfficientNet-Lite1 in the TensorFlow convention.
    EfficientnetLite1,
    /// EfficientNet-Lite2 in the TensorFlow convention.
    EfficientnetLite2,
    /// EfficientNet-Lite0 in timm's convention (reference.md 1.5).
    EfficientnetLite0Timm,
    /// EfficientNet-Lite1 in timm's convention.
    EfficientnetLite1Timm,
    /// EfficientNet-Lite2 in timm's convention.
    EfficientnetLite2Timm,
}

/// Input normalisation of an encoder, applied per channel to RGB in 0…1: (x − mean) / std.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normalisation {
    /// Per channel.
    pub mean: [f32; 3],
    /// Per channel.
    pub std: [f32; 3],
    /// The same as people write it.
    pub formula: &'static str,
}

/// ImageNet's statistics, as all encoders but EfficientNet-Lite of TensorFlow expect.
pub const IMAGENET: Normalisation = Normalisation {
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    formula: "(x - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225) for x in 0..1",
};

/// TensorFlow's EfficientNet-Lite: (255x − 127) / 128.
pub const LITE: Normalisation =
    Normalisation { mean: [127.0 / 255.0; 3], std: [128.0 / 255.0; 3], formula: "(255 x - 127) / 128 for x in 0..1" };

impl EncoderKind {
    /// All of them, the paper's first.
    pub const ALL: [Self; 13] = [
        Self::Senet154,
        Self::SeResnext50,
        Self::SeResnet50,
        Self::Resnet18,
        Self::Resnet34,
        Self::Resnet50,
        Self::MobilenetV2,
        Self::EfficientnetLite0,
        Self::EfficientnetLite1,
        Self::EfficientnetLite2,
        Self::EfficientnetLite0Timm,
        Self::EfficientnetLite1Timm,
        Self::EfficientnetLite2Timm,
    ];

    /// Short name, as part of an architecture's name: `senet154`, `lite0`, `lite0-timm`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Senet154 => "senet154",
            Self::SeResnext50 => "se-resnext50",
            Self::SeResnet50 => "se-resnet50",
            Self::Resnet18 => "resnet18",
            Self::Resnet34 => "resnet34",
            Self::Resnet50 => "resnet50",
            Self::MobilenetV2 => "mobilenet-v2",
            Self::EfficientnetLite0 => "lite0",
            Self::EfficientnetLite1 => "lite1",
            Self::EfficientnetLite2 => "lite2",
            Self::EfficientnetLite0Timm => "lite0-timm",
            Self::EfficientnetLite1Timm => "lite1-timm",
            Self::EfficientnetLite2Timm => "lite2-timm",
        }
    }

    /// The name people use.
    pub fn title(self) -> &'static str {
        match self {
            Self::Senet154 => "SENet-154",
            Self::SeResnext50 => "SE-ResNeXt50 32x4d",
            Self::SeResnet50 => "SE-ResNet50",
            Self::Resnet18 => "ResNet-18",
            Self::Resnet34 => "ResNet-34",
            Self::Resnet50 => "ResNet-50",
            Self::MobilenetV2 => "MobileNetV2",
            Self::EfficientnetLite0 => "EfficientNet-Lite0",
            Self::EfficientnetLite1 => "EfficientNet-Lite1",
            Self::EfficientnetLite2 => "EfficientNet-Lite2",
            Self::EfficientnetLite0Timm => "EfficientNet-Lite0 (timm)",
            Self::EfficientnetLite1Timm => "EfficientNet-Lite1 (timm)",
            Self::EfficientnetLite2Timm => "EfficientNet-Lite2 (timm)",
        }
    }

    /// Its title with its convention, as metadata says it.
    pub fn describe(self) -> String {
        match self {
            Self::EfficientnetLite0 | Self::EfficientnetLite1 | Self::EfficientnetLite2 => {
                format!("{}, TensorFlow convention", self.title())
            }
            _ => self.title().to_owned(),
        }
    }

    /// What it expects of its input.
    pub fn normalisation(self) -> Normalisation {
        match self {
            Self::EfficientnetLite0 | Self::EfficientnetLite1 | Self::EfficientnetLite2 => LITE,
            _ => IMAGENET,
        }
    }
}
