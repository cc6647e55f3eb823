//! What a depth network is made of, as stored in weights metadata and set on the command line.
//! Every open point of the paper is a switch here with the default of reference.md 4.3.

pub use super::encoder::kind::EncoderKind;
use crate::depth::DepthUnit;
use serde::{Deserialize, Serialize};

/// The spatial gate behind stage 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateKind {
    /// No gate (Table III, rows 1 and 2).
    None,
    /// The spatial gate of CBAM: max and mean over channels (reference.md 3.3).
    CbamS,
    /// The paper's gate: average minus minimum and maximum minus minimum (equation 2).
    #[default]
    Eda,
}

impl GateKind {
    /// The name people use for it.
    pub fn title(self) -> &'static str {
        match self {
            Self::None => "no gate",
            Self::CbamS => "CBAM-S",
            Self::Eda => "EDA",
        }
    }
}

/// Pooling that brings the Up-blocks to one size (decision A8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsfPool {
    /// Adaptive average pooling.
    #[default]
    Average,
    /// Adaptive maximum pooling.
    Max,
}

/// How RDR joins its improved features with its input (decision A10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RdrIntegrate {
    /// Concatenate, then 1×1 from 2C to C.
    #[default]
    Concat,
    /// Add, then 1×1 from C to C.
    Add,
}

/// Which features of the last stage-3 block the gate sees (decision A5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EdaSource {
    /// The stage's output as the decoder sees it.
    #[default]
    PostRelu,
    /// The sum before the last ReLU; the same on encoders whose stages end linearly.
    PreRelu,
}

/// What is done to the last convolution's output (decision A15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputActivation {
    /// Nothing.
    #[default]
    Linear,
    /// `ln(1 + eˣ)`, for training from scratch.
    Softplus,
}

/// Architecture of an MSFNet (reference.md 4.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MsfnetConfig {
    /// Backbone.
    pub encoder: EncoderKind,
    /// Gate behind stage 3; needs `usf`.
    pub gate: GateKind,
    /// Up-sampling and fusion module (USF with RDR).
    pub usf: bool,
    /// Whether stage 4 and the decoder see the gated stage 3 (A2).
    pub eda_inline: bool,
    /// What the gate sees (A5).
    pub eda_source: EdaSource,
    /// Channels of each Up-block: 16, or 8 for live use (A6).
    pub usf_width: usize,
    /// Pooling behind the Up-blocks (A8).
    pub usf_pool: UsfPool,
    /// RDR's integration (A10).
    pub rdr_integrate: RdrIntegrate,
    /// Corner alignment of the decoder's and heads' bilinear resizes (A12).
    pub align_corners: bool,
    /// Output activation (A15).
    pub output: OutputActivation,
}

impl Default for MsfnetConfig {
    fn default() -> Self {
        Self {
            encoder: EncoderKind::EfficientnetLite0,
            gate: GateKind::Eda,
            usf: true,
            eda_inline: false,
            eda_source: EdaSource::PostRelu,
            usf_width: 16,
            usf_pool: UsfPool::Average,
            rdr_integrate: RdrIntegrate::Concat,
            align_corners: true,
            output: OutputActivation::Linear,
        }
    }
}

/// Architecture of a Monodepth2 depth network (reference.md 9.1, 9.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Monodepth2Config {
    /// Layers of the ResNet encoder: 18, 34 or 50.
    pub layers: usize,
    /// Whether it was trained with stereo pairs, so that its depth × 5.4 is in metres (reference.md 9.11).
    #[serde(default)]
    pub stereo: bool,
}

/// Architecture of the network of Hu et al. 2019 (reference.md 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HuConfig {
    /// Backbone: ResNet-50 or SENet-154.
    pub encoder: EncoderKind,
}

/// Which network it is. In metadata `{"monodepth2": {…}}`, `{"hu": {…}}`, or the fields of an MSFNet as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NetworkConfig {
    /// Monodepth2's depth network.
    Monodepth2 {
        /// Its parts.
        monodepth2: Monodepth2Config,
    },
    /// The network of Hu et al.
    Hu {
        /// Its parts.
        hu: HuConfig,
    },
    /// The paper's network.
    Msfnet(MsfnetConfig),
}

impl From<MsfnetConfig> for NetworkConfig {
    fn from(config: MsfnetConfig) -> Self {
        Self::Msfnet(config)
    }
}

impl NetworkConfig {
    /// A Monodepth2 depth network on a ResNet of that many layers.
    pub fn monodepth2(layers: usize, stereo: bool) -> Self {
        Self::Monodepth2 { monodepth2: Monodepth2Config { layers, stereo } }
    }

    /// The network of Hu et al. on that encoder.
    pub fn hu(encoder: EncoderKind) -> Self {
        Self::Hu { hu: HuConfig { encoder } }
    }

    /// Its gate; networks other than MSFNet have none.
    pub fn gate(&self) -> GateKind {
        match self {
            Self::Msfnet(config) => config.gate,
            Self::Monodepth2 { .. } | Self::Hu { .. } => GateKind::None,
        }
    }

    /// The architecture's parts if it is an MSFNet.
    pub fn msfnet(&self) -> Option<&MsfnetConfig> {
        match self {
            Self::Msfnet(config) => Some(config),
            Self::Monodepth2 { .. } | Self::Hu { .. } => None,
        }
    }

    /// What it is, in words: `MSFNet on EfficientNet-Lite0`.
    pub fn title(&self) -> String {
        match self {
            Self::Msfnet(config) => format!("MSFNet on {}", config.encoder.title()),
            Self::Monodepth2 { monodepth2 } => format!("Monodepth2 on ResNet-{}", monodepth2.layers),
            Self::Hu { hu } => format!("Hu et al. 2019 on {}", hu.encoder.title()),
        }
    }
}

/// What a bare state dict cannot say: needed to run the weights, stored in our metadata.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// Network architecture.
    pub network: NetworkConfig,
    /// Meaning of the network's output.
    pub unit: DepthUnit,
    /// Width and height the network was trained at, in pixels.
    pub train_size: [usize; 2],
    /// The sizes beside it, where training drew one for each batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_sizes: Option<TrainedSizes>,
    /// f₀ in pixels where the network was trained on depth × f₀ / f, f being the focal length at the network's input:
    /// what it says is then multiplied by f / f₀. `None` where it says depth as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical_focal: Option<f64>,
    /// Beside `canonical_focal`: the focal length, as a share of the picture's longer side, of the one camera that took all
    /// pictures the network learnt from. It cannot tell cameras apart, so every picture is taken as that camera's, whatever is
    /// known of it; f₀ then makes its metres independent of the input's size alone. `None` where it learnt from several
    /// cameras, and without f₀.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_focal: Option<f64>,
}

impl ModelConfig {
    /// A network trained at one size for depth as it is.
    pub fn new(network: impl Into<NetworkConfig>, unit: DepthUnit, train_size: [usize; 2]) -> Self {
        Self { network: network.into(), unit, train_size, trained_sizes: None, canonical_focal: None, own_focal: None }
    }

    /// Whether its metres depend on which camera took the picture, whose focal length it then has to be told.
    pub fn asks_for_focal(&self) -> bool {
        self.canonical_focal.is_some() && self.own_focal.is_none()
    }
}

/// What a camera's focal length may be as a share of the picture's longer side: from a fish-eye to the longest lens that
/// anybody puts before a telephone.
pub const OWN_FOCAL_RANGE: std::ops::RangeInclusive<f64> = 0.05..=50.0;

/// Sizes that training drew its batches from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainedSizes {
    /// Smallest and largest width × height, in pixels.
    pub area: [usize; 2],
    /// What all widths and heights were multiples of.
    pub multiple: usize,
}
