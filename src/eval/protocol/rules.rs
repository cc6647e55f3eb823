//! What each protocol is, as one table (reference.md 8.2).

use super::crop::Crop;
use crate::eval::accumulate::Aggregation;
use crate::eval::distance;
use crate::eval::sums::Convention;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A published way of measuring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Hu et al. 2019, and SARPN: MSFNet's on NYU.
    HuNyu,
    /// DenseDepth.
    DdNyu,
    /// BTS and AdaBins on NYU.
    BtsNyu,
    /// Laina et al.
    FcrnNyu,
    /// Monodepth2 on the 697 Eigen frames, raw LiDAR.
    MdEigen,
    /// Monodepth2 on the 652 frames with improved ground truth.
    MdBenchmark,
    /// BTS and AdaBins on KITTI.
    BtsKitti,
    /// MSFNet on KITTI, as far as the paper says.
    MsfKitti,
}

/// Which pixels of the ground truth count by their value, ends exclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValidTruth {
    /// Every measured one; a cap, when given, bounds it from above.
    Measured,
    /// Those between the two ends in metres, the upper end being the cap.
    Between(f32, f32),
}

/// How the network's map comes to the grid of the ground truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resample {
    /// Depth, bilinear, corner pixels on corner pixels (PyTorch's `align_corners=True`).
    DepthCorners,
    /// Depth, bilinear, pixel centres at half positions (skimage, MATLAB).
    DepthCentres,
    /// Disparity, bilinear with pixel centres at half positions (OpenCV), then inverted.
    DisparityCentres,
}

/// What of a picture the network is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// All of it, at the network's own size.
    Whole,
    /// The 304×228 centre of the 320×240 picture, made small by Pillow's bilinear filter.
    HuCentre,
    /// The same centre, made small by taking the nearest pixel. Its prediction is stretched over the **whole** ground
    /// truth, as the published code does.
    FcrnCentre,
    /// The lower 1216×352 of a KITTI picture; its prediction is put back there.
    Kb,
}

/// How the predictions of a picture and of its mirror image become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mirrored {
    /// Half of each.
    Mean,
    /// Disparities; half of each, but for the two margins of a twentieth of the width, which are taken from the one that
    /// sees more there (reference.md 8.5).
    Margins,
}

/// Everything that a protocol fixes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Which one.
    pub protocol: Protocol,
    /// Its name on the command line.
    pub name: &'static str,
    /// Whose it is, for people.
    pub title: &'static str,
    /// Ground truth that counts, by place.
    pub crop: Crop,
    /// Ground truth that counts, by value.
    pub valid: ValidTruth,
    /// What the prediction is clamped to, in metres.
    pub clamp: Option<[f32; 2]>,
    /// The prediction is clamped on the network's own grid, before it is resized.
    pub clamp_first: bool,
    /// An infinite prediction is the farthest and NaN the nearest; elsewhere such pixels do not count.
    pub repair: bool,
    /// From the network's grid to the truth's.
    pub resample: Resample,
    /// What the network sees.
    pub shown: Shown,
    /// Whether the mirror image is asked too.
    pub flip: bool,
    /// How.
    pub mirrored: Mirrored,
    /// Whether models without a scale get the median of the ground truth.
    pub median_for_relative: bool,
    /// From images to the table.
    pub aggregation: Aggregation,
    /// The formulas' quirks.
    pub convention: Convention,
    /// Precision and recall of depth edges are measured too.
    pub edges: bool,
    /// Ends of the intervals of the error by distance, in metres.
    pub distances: &'static [f32],
}

const USUAL: Convention = Convention { closed: false, over_prediction: false };

/// What the NYU protocols have in common.
const NYU: Rules = Rules {
    protocol: Protocol::FcrnNyu,
    name: "fcrn_nyu",
    title: "Laina et al. 2016",
    crop: Crop::None,
    valid: ValidTruth::Measured,
    clamp: None,
    clamp_first: false,
    repair: false,
    resample: Resample::DepthCentres,
    shown: Shown::FcrnCentre,
    flip: false,
    mirrored: Mirrored::Mean,
    median_for_relative: false,
    aggregation: Aggregation::Pixels,
    convention: USUAL,
    edges: false,
    distances: distance::INDOOR,
};

/// What the KITTI protocols have in common.
const KITTI: Rules = Rules {
    protocol: Protocol::MsfKitti,
    name: "msf_kitti",
    title: "MSFNet on KITTI",
    crop: Crop::None,
    valid: ValidTruth::Between(1e-3, 80.0),
    clamp: Some([1e-3, 80.0]),
    clamp_first: false,
    repair: false,
    resample: Resample::DepthCorners,
    shown: Shown::Whole,
    flip: false,
    mirrored: Mirrored::Mean,
    median_for_relative: false,
    aggregation: Aggregation::PerImage,
    convention: USUAL,
    edges: false,
    distances: distance::OUTDOOR,
};

impl Protocol {
    /// All, NYU first.
    pub const ALL: [Self; 8] = [
        Self::HuNyu,
        Self::DdNyu,
        Self::BtsNyu,
        Self::FcrnNyu,
        Self::MdEigen,
        Self::MdBenchmark,
        Self::BtsKitti,
        Self::MsfKitti,
    ];

    /// What it fixes.
    pub fn rules(self) -> Rules {
        match self {
            Self::HuNyu => Rules {
                protocol: self,
                name: "hu_nyu",
                title: "Hu et al. 2019",
                crop: Crop::Centre,
                resample: Resample::DepthCorners,
                shown: Shown::HuCentre,
                aggregation: Aggregation::ImageMeans,
                convention: Convention { closed: true, ..USUAL },
                edges: true,
                ..NYU
            },
            Self::DdNyu => Rules {
                protocol: self,
                name: "dd_nyu",
                title: "DenseDepth 2018",
                crop: Crop::NyuDd,
                clamp: Some([0.1, 10.0]),
                clamp_first: true,
                shown: Shown::Whole,
                flip: true,
                convention: Convention { over_prediction: true, ..USUAL },
                ..NYU
            },
            Self::BtsNyu => Rules {
                protocol: self,
                name: "bts_nyu",
                title: "BTS 2019, AdaBins 2021",
                crop: Crop::NyuBts,
                valid: ValidTruth::Between(1e-3, 10.0),
                clamp: Some([1e-3, 10.0]),
                repair: true,
                resample: Resample::DepthCorners,
                shown: Shown::Whole,
                aggregation: Aggregation::PerImage,
                ..NYU
            },
            Self::FcrnNyu => NYU,
            Self::MdEigen => Rules {
                protocol: self,
                name: "md_eigen",
                title: "Monodepth2, Eigen frames",
                crop: Crop::Garg,
                resample: Resample::DisparityCentres,
                mirrored: Mirrored::Margins,
                median_for_relative: true,
                ..KITTI
            },
            Self::MdBenchmark => Rules {
                protocol: self,
                name: "md_benchmark",
                title: "Monodepth2, improved ground truth",
                crop: Crop::None,
                valid: ValidTruth::Measured,
                ..Self::MdEigen.rules()
            },
            Self::BtsKitti => Rules {
                protocol: self,
                name: "bts_kitti",
                title: "BTS 2019, AdaBins 2021 on KITTI",
                crop: Crop::Garg,
                repair: true,
                shown: Shown::Kb,
                ..KITTI
            },
            Self::MsfKitti => KITTI,
        }
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        self.rules().name
    }

    /// Whether it is of NYU's pictures; else of KITTI's.
    pub fn is_nyu(self) -> bool {
        matches!(self, Self::HuNyu | Self::DdNyu | Self::BtsNyu | Self::FcrnNyu)
    }
}

impl Rules {
    /// The largest depth that counts, in metres; `None` without one.
    pub fn cap(&self) -> Option<f32> {
        self.clamp.map(|[_, far]| far)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Protocol {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name);
        let found = Self::ALL.into_iter().find(|protocol| protocol.name() == text);
        found.ok_or_else(|| format!("`{text}` is no protocol; give one of {}", names.join(", ")))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_protocol_says_its_own_name() {
        for protocol in Protocol::ALL {
            assert_eq!(protocol.rules().protocol, protocol);
            assert_eq!(protocol.name().parse::<Protocol>().unwrap(), protocol);
            assert_eq!(protocol.is_nyu(), protocol.name().ends_with("_nyu"));
        }
        assert!("nyu".parse::<Protocol>().unwrap_err().contains("hu_nyu, dd_nyu"));
    }
}
