//! `eval`: models over the frames of a data set by a published protocol, as a table beside the published one.

use super::args::{gate, size, unit};
use super::eval_sizes::{self, Sizes, sizes};
use super::measure_args::TruthArgs;
use super::report::{print_line, say};
use super::{cancel, eval_output};
use crate::data::dataset::{DataSpec, OpenOptions, Split};
use crate::depth::DepthUnit;
use crate::device::DeviceChoice;
use crate::error::{Error, Result};
use crate::eval::figures::write_extremes;
use crate::eval::job::{Job, drive, usual_options};
use crate::eval::protocol::{Crop, Overrides, Protocol, Scaling};
use crate::infer::model::ModelRequest;
use crate::infer::size::checked;
use crate::net::config::GateKind;
use crate::weights::catalog;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `eval`.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// The data: nyu-mat:FILE, nyu:DIR, kitti-raw:DIR, kitti-depth:DIR, pairs:DIR[@SCALE], synthetic:room, synthetic:road.
    #[arg(long, value_name = "SPEC", required_unless_present = "image")]
    pub data: Option<DataSpec>,
    /// Weights, files or names that ship; give it once for each [default: msfnet-lite0-nyu-eda].
    #[arg(long, value_name = "FILE|NAME")]
    pub model: Vec<String>,
    /// How to measure: hu_nyu, dd_nyu, bts_nyu, fcrn_nyu, md_eigen, md_benchmark, bts_kitti or msf_kitti.
    #[arg(long, value_name = "NAME", required_unless_present = "image")]
    pub protocol: Option<Protocol>,
    /// The frames: all, nyu-test, nyu-train, nyu-holdout, nyu-train-rest, eigen, eigen-benchmark, or a
    /// file with one frame a line.
    #[arg(long, alias = "split-file", value_name = "NAME|FILE")]
    pub split: Option<Split>,
    /// At most this many frames, the first ones.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Another crop than the protocol's: none, garg, eigen, nyu-dd or nyu-bts.
    #[arg(long, value_name = "NAME")]
    pub crop: Option<Crop>,
    /// Another largest depth than the protocol's, in metres.
    #[arg(long, value_name = "METRES", allow_negative_numbers = true)]
    pub cap: Option<f32>,
    /// Another scaling than the protocol's: none, median, lsq or stereo.
    #[arg(long, value_name = "NAME")]
    pub scaling: Option<Scaling>,
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
    /// For weights that cannot say it: their gate.
    #[arg(long, value_parser = gate, value_name = "none|cbam_s|eda")]
    pub gate: Option<GateKind>,
    /// For weights that cannot say it: what their output means.
    #[arg(long, value_parser = unit, value_name = "ten_over_metres|metres|disparity|relative")]
    pub unit: Option<DepthUnit>,
    /// For weights that cannot say it: the size they were trained at.
    #[arg(long, value_parser = size, value_name = "WxH")]
    pub train_size: Option<[usize; 2]>,
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

    let bar = eval_output::Bar::new(all.dataset().names().len(), all.resumed());
    let mut begun = false;
    let whole = drive(&mut all, &mut |all| {
        if std::mem::replace(&mut begun, true) {
            bar.step(all.report());
        }
        !cancel::asked()
    })?;
    bar.end();
    if !whole {
        return Err(Error::Interrupted);
    }
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
            data: self.data.clone().ok_or_else(missing)?,
            open: self.open_options(),
            protocol: self.protocol.ok_or_else(missing)?,
            overrides: self.overrides(),
            models: self.requests(),
            device: self.device.unwrap_or_default(),
            out: self.out.clone(),
        })
    }

    /// The models.
    pub fn requests(&self) -> Vec<ModelRequest> {
        self.models().iter().map(|name| self.request(name)).collect()
    }

    fn overrides(&self) -> Overrides {
        Overrides { crop: self.crop, cap: self.cap, scaling: self.scaling, flip: self.flip, size: self.size }
    }

    fn open_options(&self) -> OpenOptions {
        let usual = usual_options();
        let cache = match &self.cache {
            Some(none) if none.as_os_str() == "none" => None,
            Some(folder) => Some(folder.clone()),
            None => usual.cache.clone(),
        };
        OpenOptions {
            split: self.split.clone(),
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

    /// The answers are for weights that cannot speak for themselves; those that ship can.
    fn request(&self, name: &str) -> ModelRequest {
        if catalog::known(name).is_some() {
            return ModelRequest::named(name);
        }
        let (gate, unit, train_size) = (self.gate, self.unit, self.train_size);
        ModelRequest { path_or_name: name.to_owned(), gate, unit, train_size, start: false, sha256: None }
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
        assert_eq!(args(&["--split-file", "my.txt"]).split, Some(Split::File("my.txt".into())));
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
