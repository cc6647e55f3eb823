//! The arguments of every subcommand.

use super::data::DataCommand;
use super::eval::EvalArgs;
use super::focal_args::FocalArgs;
use super::measure_args::MeasureArgs;
use super::shared_args::{AnswerArgs, TruthArgs};
use super::window_args::{ScreenshotArgs, WindowArgs};
use crate::depth::DepthUnit;
use crate::device::DeviceChoice;
use crate::infer::model::ModelRequest;
use crate::net::config::GateKind;
use crate::weights::catalog;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Monocular depth with MSFNet: see it live, inspect its attention, measure its error.
#[derive(Debug, Parser)]
#[command(name = "msfnet-studio", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; without it, open the window.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What the window opens.
    #[command(flatten)]
    pub window: WindowArgs,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Depth, attention and (with --gt) error for images and folders, as files.
    Infer(InferArgs),
    /// What can compute here.
    Devices {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Which cameras can be used here.
    Cameras {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// What weights are, what they fit, what is missing; and their conversion.
    #[command(subcommand)]
    Weights(super::weights_args::WeightsCommand),
    /// Data sets made here: procedural scenes in the layouts of NYU and KITTI.
    #[command(subcommand)]
    Data(DataCommand),
    /// Models over a data set by a published protocol: the table beside the published one, every image ranked.
    Eval(Box<EvalArgs>),
    /// Train or fine-tune: a preset or a configuration, resumable at any instant; every key of it is a flag too.
    Train(Box<super::train_args::TrainArgs>),
    /// Latency and throughput of every stage on this machine.
    Bench(super::bench::BenchArgs),
    /// The window, rendered off-screen to a PNG.
    Screenshot(ScreenshotArgs),
}

/// Which networks run, and where.
#[derive(Debug, Clone, Default, Args)]
pub struct Networks {
    /// Weights: a file, or one of the names that ship [default: msfnet-lite0-nyu-eda].
    #[arg(long, value_name = "FILE|NAME")]
    pub model: Option<String>,
    /// Weights to compare with; `none` compares with nothing [default: msfnet-lite0-nyu-cbam].
    #[arg(long, value_name = "FILE|NAME")]
    pub compare: Option<String>,
    /// Where to compute: auto, cpu, gpu, or a number from `devices` [default: auto].
    #[arg(long)]
    pub device: Option<DeviceChoice>,
}

/// Which networks run, where and how.
#[derive(Debug, Clone, Default, Args)]
pub struct ModelArgs {
    /// The networks and their device.
    #[command(flatten)]
    pub which: Networks,
    /// What weights cannot say of themselves.
    #[command(flatten)]
    pub answers: AnswerArgs,
    /// For a --compare that cannot say it: its gate (its unit and training size are those of --unit and --train-size).
    #[arg(long, value_parser = gate, value_name = "none|cbam_s|eda")]
    pub compare_gate: Option<GateKind>,
    /// Run part of a network too, such as an encoder: its other layers are random, and its depth means nothing.
    #[arg(long)]
    pub start: bool,
    /// The network's input size, used exactly as given; by default chosen by the picture's shape.
    #[arg(long, value_parser = size, value_name = "WxH")]
    pub size: Option<[usize; 2]>,
    /// The camera of the pictures.
    #[command(flatten)]
    pub focal: FocalArgs,
    /// How the error is measured.
    #[command(flatten)]
    pub measure: MeasureArgs,
}

impl ModelArgs {
    /// The main model's request.
    pub fn main_request(&self) -> ModelRequest {
        self.answers.request(self.which.model.as_deref().unwrap_or(catalog::DEFAULT_MODEL), self.start)
    }

    /// The compared model's request; `None` for `none`.
    pub fn compare_request(&self) -> Option<ModelRequest> {
        let name = self.which.compare.as_deref().unwrap_or(catalog::DEFAULT_COMPARE);
        let answers = AnswerArgs { gate: self.compare_gate, ..self.answers };
        (name != "none").then(|| answers.request(name, self.start))
    }
}

/// Arguments of `infer`.
#[derive(Debug, Args)]
pub struct InferArgs {
    /// Images, folders or globs.
    #[arg(required = true)]
    pub input: Vec<String>,
    /// Folder for the results.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The networks and how they run.
    #[command(flatten)]
    pub models: ModelArgs,
    /// Ground truth.
    #[command(flatten)]
    pub truth: TruthArgs,
    /// One JSON object a line on standard output and nothing else.
    #[arg(long)]
    pub json: bool,
}

/// Reads `320x224`.
pub fn size(text: &str) -> Result<[usize; 2], String> {
    let wrong = || format!("`{text}` is no size; write it as 320x224");
    let (w, h) = text.split_once(['x', 'X', '×']).ok_or_else(wrong)?;
    match (w.trim().parse(), h.trim().parse()) {
        (Ok(w), Ok(h)) if w > 0 && h > 0 => Ok([w, h]),
        _ => Err(wrong()),
    }
}

/// Reads a gate's name.
///
/// # Errors
/// For any other text, with the names.
pub fn gate(text: &str) -> Result<GateKind, String> {
    match text {
        "none" => Ok(GateKind::None),
        "cbam_s" | "cbam-s" | "cbam" => Ok(GateKind::CbamS),
        "eda" => Ok(GateKind::Eda),
        _ => Err(format!("`{text}` is no gate; give none, cbam_s or eda")),
    }
}

/// Reads a unit's name.
///
/// # Errors
/// For any other text, with the names.
pub fn unit(text: &str) -> Result<DepthUnit, String> {
    match text {
        "metres" => Ok(DepthUnit::Metres),
        "ten_over_metres" | "10/metres" => Ok(DepthUnit::TenOverMetres),
        "disparity" => Ok(DepthUnit::Disparity),
        "relative" => Ok(DepthUnit::Relative),
        _ => Err(format!("`{text}` is no unit; give ten_over_metres, metres, disparity or relative")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_are_read() {
        assert_eq!(size("320x224"), Ok([320, 224]));
        for wrong in ["320", "x", "0x5", "-1x5", "axb", ""] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
