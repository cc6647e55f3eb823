//! The flags that say how an error is measured, one set for `infer`, the window and `screenshot`.

use super::shared_args::RuleArgs;
use crate::error::Result;
use crate::eval::protocol::MeasureSettings;
use clap::Args;

/// How the error is measured where there is ground truth; consistent with `eval`.
#[derive(Debug, Clone, Default, Args)]
pub struct MeasureArgs {
    /// The rule.
    #[command(flatten)]
    pub rule: RuleArgs,
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
        let RuleArgs { protocol, crop, cap, scaling } = self.rule;
        let settings = MeasureSettings { protocol, crop, cap, scaling };
        settings.check().map(|()| settings)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::eval::protocol::{Crop, Protocol, Scaling};
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
