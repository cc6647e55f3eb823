//! The flags that say how an error is measured, one set for `infer`, the window and `screenshot`.

use crate::error::Result;
use crate::eval::protocol::{Crop, MeasureSettings, Protocol, Scaling};
use clap::Args;
use std::path::PathBuf;

/// Ground truth of pictures.
#[derive(Debug, Clone, Default, Args)]
pub struct TruthArgs {
    /// Ground truth: one file, or a folder paired by file stem (uint16 PNG, .npy or .pfm).
    #[arg(long, value_name = "PATH")]
    pub gt: Option<PathBuf>,
    /// Values per metre of a uint16 PNG: 256 for KITTI, 1000 for millimetres.
    #[arg(long, value_name = "N")]
    pub gt_scale: Option<f64>,
}

/// How the error is measured where there is ground truth; consistent with `eval`.
#[derive(Debug, Clone, Default, Args)]
pub struct MeasureArgs {
    /// Measure by a published protocol: hu_nyu, dd_nyu, bts_nyu, fcrn_nyu, md_eigen, md_benchmark, bts_kitti or
    /// msf_kitti [default: the full image].
    #[arg(long, value_name = "NAME")]
    pub protocol: Option<Protocol>,
    /// Measure within a crop: none, garg, eigen, nyu-dd or nyu-bts [default: the protocol's].
    #[arg(long, value_name = "NAME")]
    pub crop: Option<Crop>,
    /// Largest depth that counts, in metres [default: the protocol's].
    #[arg(long, value_name = "METRES", allow_negative_numbers = true)]
    pub cap: Option<f32>,
    /// Bring the prediction to the ground truth's scale before measuring: none, median, lsq or stereo [default: the
    /// protocol's].
    #[arg(long, value_name = "NAME")]
    pub scaling: Option<Scaling>,
    /// Draw each measured pixel of sparse ground truth so many pixels wide (1 to 9), for the eye only: no number changes.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub points: u8,
}

impl MeasureArgs {
    /// What they ask for.
    ///
    /// # Errors
    /// For a cap that is no length.
    pub fn settings(&self) -> Result<MeasureSettings> {
        let Self { protocol, crop, cap, scaling, .. } = *self;
        let settings = MeasureSettings { protocol, crop, cap, scaling };
        settings.check().map(|()| settings)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        measure: MeasureArgs,
    }

    fn args(flags: &[&str]) -> Option<MeasureArgs> {
        let line = ["x"].iter().chain(flags);
        Line::try_parse_from(line).ok().map(|line| line.measure)
    }

    #[test]
    fn flags_are_those_of_eval() {
        assert_eq!(args(&[]).unwrap().settings().unwrap(), MeasureSettings::default());
        let all = ["--protocol", "md_eigen", "--crop", "eigen", "--cap", "50", "--scaling", "lsq", "--points", "5"];
        let asked = args(&all).unwrap();
        let expected = MeasureSettings {
            protocol: Some(Protocol::MdEigen),
            crop: Some(Crop::Eigen),
            cap: Some(50.0),
            scaling: Some(Scaling::LeastSquares),
        };
        assert_eq!((asked.settings().unwrap(), asked.points), (expected, 5));
        assert_eq!(args(&["--cap", "-1"]).unwrap().settings().unwrap_err().exit_code(), 2);
        for wrong in [["--points", "0"], ["--points", "10"], ["--crop", "small"], ["--protocol", "nyu"]] {
            assert!(args(&wrong).is_none(), "{wrong:?}");
        }
    }
}
