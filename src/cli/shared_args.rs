//! The flags that several subcommands have: which data, which ground truth, which rule, and what weights cannot say of
//! themselves. Each stands here once, with one help.

use super::args::{gate, size, unit};
use crate::data::dataset::{DataSpec, Split};
use crate::depth::DepthUnit;
use crate::error::{Error, Result};
use crate::eval::protocol::{Crop, Protocol, Scaling};
use crate::infer::model::ModelRequest;
use crate::net::config::GateKind;
use crate::weights::catalog;
use clap::Args;
use std::path::PathBuf;

/// A data set: `eval`, the window, `screenshot`.
#[derive(Debug, Clone, Default, Args)]
pub struct DataArgs {
    /// The data: nyu-mat:FILE, nyu:DIR, kitti-raw:DIR, kitti-depth:DIR, pairs:DIR[@SCALE][,f=PIXELS], frames:DIR, synthetic:room, synthetic:road.
    #[arg(long, value_name = "SPEC")]
    pub data: Option<DataSpec>,
    /// The frames: all, nyu-test, nyu-train, nyu-holdout, nyu-train-rest, eigen, eigen-benchmark, or a
    /// file with one frame a line.
    #[arg(long, alias = "split-file", value_name = "NAME|FILE", requires = "data")]
    pub split: Option<Split>,
}

/// Ground truth of pictures: `infer`, `eval --image`, the window, `screenshot`.
#[derive(Debug, Clone, Default, Args)]
pub struct TruthArgs {
    /// Ground truth of pictures: one file, or a folder paired by file stem (uint16 PNG, .npy or .pfm).
    #[arg(long, value_name = "PATH")]
    pub gt: Option<PathBuf>,
    /// Values per metre of a uint16 PNG: 256 for KITTI, 1000 for millimetres.
    #[arg(long, value_name = "N")]
    pub gt_scale: Option<f64>,
}

impl TruthArgs {
    /// A scale for uint16 ground truth must be a positive number.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(&self) -> Result<()> {
        match self.gt_scale {
            Some(s) if !(s.is_finite() && s > 0.0) => {
                Err(Error::Usage(format!("--gt-scale {s} is no scale; give values per metre, as 256 or 1000")))
            }
            _ => Ok(()),
        }
    }
}

/// A rule of measuring: `infer`, `eval`, the window, `screenshot`.
#[derive(Debug, Clone, Default, Args)]
pub struct RuleArgs {
    /// Measure by a published protocol: hu_nyu, dd_nyu, bts_nyu, fcrn_nyu, md_eigen, md_benchmark, bts_kitti or msf_kitti;
    /// pictures are measured over the full image without one.
    #[arg(long, value_name = "NAME")]
    pub protocol: Option<Protocol>,
    /// Another crop than the protocol's: none, garg, eigen, nyu-dd or nyu-bts.
    #[arg(long, value_name = "NAME")]
    pub crop: Option<Crop>,
    /// Another largest depth that counts than the protocol's, in metres.
    #[arg(long, value_name = "METRES", allow_negative_numbers = true)]
    pub cap: Option<f32>,
    /// Bring the prediction to the ground truth's scale otherwise than the protocol: none, median, lsq or stereo.
    #[arg(long, value_name = "NAME")]
    pub scaling: Option<Scaling>,
}

/// What weights cannot say of themselves: `infer`, `eval`, `bench`, `weights convert`, the window.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct AnswerArgs {
    /// For weights that cannot say it: their gate.
    #[arg(long, value_parser = gate, value_name = "none|cbam_s|eda")]
    pub gate: Option<GateKind>,
    /// For weights that cannot say it: what their output means.
    #[arg(long, value_parser = unit, value_name = "ten_over_metres|metres|disparity|relative")]
    pub unit: Option<DepthUnit>,
    /// For weights that cannot say it: the size they were trained at.
    #[arg(long, value_parser = size, value_name = "WxH")]
    pub train_size: Option<[usize; 2]>,
}

impl AnswerArgs {
    /// A request for weights. The answers are for those that cannot speak for themselves; those that ship can, whichever gate
    /// they have.
    pub fn request(&self, name: &str, start: bool) -> ModelRequest {
        if catalog::known(name).is_some() {
            return ModelRequest::named(name);
        }
        let Self { gate, unit, train_size } = *self;
        ModelRequest { path_or_name: name.to_owned(), gate, unit, train_size, start, sha256: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_for_weights_that_do_not_ship() {
        let answers = AnswerArgs { gate: Some(GateKind::Eda), unit: None, train_size: Some([64, 32]) };
        let file = answers.request("mine.pth", true);
        assert_eq!((file.gate, file.train_size, file.start), (Some(GateKind::Eda), Some([64, 32]), true));
        let ships = answers.request(catalog::DEFAULT_MODEL, true);
        assert_eq!((ships.gate, ships.train_size, ships.start), (None, None, false));
        for wrong in [0.0, -1.0, f64::NAN] {
            assert!(TruthArgs { gt_scale: Some(wrong), ..TruthArgs::default() }.check().is_err(), "{wrong}");
        }
    }
}
