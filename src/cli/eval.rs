//! `eval`: models over the frames of a data set by a published protocol, as a table beside the published one.

use super::args::size;
use super::eval_sizes::{self, Sizes, sizes};
use super::report::{print_line, say};
use super::shared_args::{AnswerArgs, DataArgs, RuleArgs, TruthArgs};
use super::{cancel, eval_output};
use crate::data::dataset::OpenOptions;
use crate::device::DeviceChoice;
use crate::error::{Error, Result};
use crate::eval::figures::write_extremes;
use crate::eval::job::{Job, usual_options};
use crate::eval::protocol::Overrides;
use crate::eval::rows::Baseline;
use crate::infer::model::ModelRequest;
use crate::infer::size::checked;
use crate::weights::catalog;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `eval`.
#[derive(Debug, Args)]
#[command(mut_arg("data", |arg| arg.required_unless_present("image")))]
#[command(mut_arg("gt", |arg| arg.requires("image")))]
#[command(mut_arg("protocol", |arg| arg.required_unless_present("image")))]
pub struct EvalArgs {
    /// The data.
    #[command(flatten)]
    pub data: DataArgs,
    /// Weights, files or names that ship; give it once for each [default: msfnet-lite0-nyu-eda].
    #[arg(long, value_name = "FILE|NAME")]
    pub model: Vec<String>,
    /// A baseline beside the models, once for each: rows:SPEC gives every row of a picture the median depth that the frames of
    /// SPEC (one data set, or several with ` + ` between them, each with ,split=FILE ,limit=N behind it) have there.
    #[arg(long, value_name = "rows:SPEC")]
    pub baseline: Vec<Baseline>,
    /// How to measure.
    #[command(flatten)]
    pub rule: RuleArgs,
    /// At most this many frames, the first ones.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Average with the prediction of the mirror image; `--flip off` where the protocol does it by itself.
    #[arg(long, value_name = "on|off", num_args = 0..=1, default_missing_value = "on", value_parser = switch)]
    pub flip: Option<bool>,
    /// The network's input size instead of the protocol's or the network's own.
    #[arg(long, value_parser = size, value_name = "WxH")]
    pub size: Option<[usize; 2]>,
    /// Measure at each of these input sizes, raw and median-scaled, in one table: WxH,WxH,… or `usual`.
    #[arg(long, value_name = "LIST", value_parser = sizes, conflicts_with_all = ["size", "scaling"])]
    pub sizes: Option<Sizes>,
    /// With --sizes: one picture instead of --data, by the full image unless --protocol says otherwise; a file, or the name
    /// of a sample that ships, which brings its ground truth along.
    #[arg(long, value_name = "FILE|NAME", requires = "sizes", conflicts_with_all = ["data", "split", "limit", "flip"])]
    pub image: Option<String>,
    /// Ground truth of --image.
    #[command(flatten)]
    pub truth: TruthArgs,
    /// Depth of projected LiDAR is the scanner's x, as published, or the camera's z.
    #[arg(long, value_parser = ["x", "z"], default_value = "x", value_name = "x|z")]
    pub lidar: String,
    /// Settle LiDAR points that share a pixel by the right key; the published codes use one that collides.
    #[arg(long)]
    pub corrected: bool,
    /// Folder that keeps projected depth for the next run; `none` keeps none [default: the user's cache folder].
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// Where to compute: auto, cpu, gpu, or a number from `devices` [default: auto].
    #[arg(long)]
    pub device: Option<DeviceChoice>,
    /// What weights cannot say of themselves.
    #[command(flatten)]
    pub answers: AnswerArgs,
    /// Folder for tables, rows and figures; the same one goes on where a run was stopped.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// With --out: figures of this many worst and best images of every model.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub figures: usize,
    /// Print the report as one JSON object and nothing else.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// When the data cannot be opened or are not for the protocol, a model cannot be measured by it, a network fails, or the
/// output cannot be written. Frames that are broken are skipped and named, and the exit status is 1.
pub fn run(args: &EvalArgs) -> Result<ExitCode> {
    args.size.map(checked).transpose()?;
    cancel::listen()?;
    if let Some(sizes) = &args.sizes {
        return eval_sizes::run(args, &sizes.0);
    }
    let (mut all, info) = args.job()?.begin(&mut |_| if cancel::asked() { Err(Error::Interrupted) } else { Ok(()) })?;

    eval_output::drive_with_bar(&mut all)?;
    let (times, resumed, dataset) = (all.times(), all.resumed(), all.dataset().clone());
    let (report, networks) = all.finish();
    let mut files = Vec::new();
    if let Some(out) = &args.out {
        files = report.write(out)?;
        files.extend(write_extremes(&*dataset, &report, &networks, out, args.figures, &mut || !cancel::asked())?);
    }
    if args.json {
        print_line(&report.json());
    } else {
        say(&eval_output::text(&report, times, resumed, &info.label()));
        if let Some(out) = &args.out {
            say(&format!("{} files in {}", files.len(), out.display()));
        }
    }
    Ok(ExitCode::from(report.exit_code()))
}

impl EvalArgs {
    /// What the flags ask for.
    ///
    /// # Errors
    /// Without data or a protocol.
    pub fn job(&self) -> Result<Job> {
        let missing = || Error::Usage("say what to measure with --data, and how with --protocol".into());
        Ok(Job {
            data: self.data.data.clone().ok_or_else(missing)?,
            open: self.open_options(),
            protocol: self.rule.protocol.ok_or_else(missing)?,
            overrides: self.overrides(),
            models: self.requests(),
            baselines: self.baseline.clone(),
            device: self.device.unwrap_or_default(),
            out: self.out.clone(),
        })
    }

    /// The models.
    pub fn requests(&self) -> Vec<ModelRequest> {
        self.models().iter().map(|name| self.answers.request(name, false)).collect()
    }

    fn overrides(&self) -> Overrides {
        let RuleArgs { crop, cap, scaling, .. } = self.rule;
        Overrides { crop, cap, scaling, flip: self.flip, size: self.size }
    }

    fn open_options(&self) -> OpenOptions {
        let usual = usual_options();
        let cache = match &self.cache {
            Some(none) if none.as_os_str() == "none" => None,
            Some(folder) => Some(folder.clone()),
            None => usual.cache.clone(),
        };
        OpenOptions {
            split: self.data.split.clone(),
            limit: self.limit,
            cache,
            vel_depth: self.lidar == "x",
            strict: !self.corrected,
            ..usual
        }
    }

    fn models(&self) -> Vec<String> {
        if self.model.is_empty() { vec![catalog::DEFAULT_MODEL.to_owned()] } else { self.model.clone() }
    }
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("`{text}` is neither on nor off")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::dataset::Split;
    use crate::eval::protocol::Crop;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        eval: EvalArgs,
    }

    fn args(more: &[&str]) -> EvalArgs {
        let line = ["eval", "--data", "nyu:d", "--protocol", "dd_nyu"].iter().chain(more);
        Line::try_parse_from(line).unwrap().eval
    }

    #[test]
    fn flags_become_overrides_and_tell_runs_apart() {
        let plain = args(&[]);
        assert_eq!((plain.overrides(), plain.job().unwrap().command()), (Overrides::default(), Default::default()));
        assert_eq!(plain.models(), [catalog::DEFAULT_MODEL]);
        let asked = args(&["--flip", "--crop", "garg", "--cap", "50", "--scaling", "lsq", "--split", "nyu-train"]);
        let overrides = asked.overrides();
        assert_eq!((overrides.flip, overrides.crop, overrides.cap), (Some(true), Some(Crop::Garg), Some(50.0)));
        assert_eq!(asked.job().unwrap().command()["--split"], "nyu-train");
        assert_eq!(args(&["--flip", "off"]).flip, Some(false));
        assert_eq!(args(&["--split-file", "my.txt"]).data.split, Some(Split::File("my.txt".into())));
        let z = args(&["--lidar", "z", "--corrected", "--cache", "none", "--limit", "3"]);
        let options = z.open_options();
        assert!(!options.vel_depth && !options.strict && options.cache.is_none() && options.limit == Some(3));
        assert_eq!(z.job().unwrap().command().len(), 3);
    }

    #[test]
    fn wrong_words_are_refused() {
        for wrong in
            [["--crop", "small"], ["--scaling", "mean"], ["--flip", "maybe"], ["--lidar", "y"], ["--size", "0x3"]]
        {
            let line = ["eval", "--data", "nyu:d", "--protocol", "dd_nyu"].iter().chain(&wrong);
            assert!(Line::try_parse_from(line).is_err(), "{wrong:?}");
        }
        assert!(Line::try_parse_from(["eval", "--data", "nyu:d", "--protocol", "nyu"]).is_err());
        assert!(Line::try_parse_from(["eval", "--data", "nyu", "--protocol", "hu_nyu"]).is_err());
    }
}
