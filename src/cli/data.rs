//! `data`: data sets that are made here.

use super::cancel;
use super::report::say;
use crate::data::synthetic::ROAD_SEED;
use crate::data::synthetic::layout::{self, Layout};
use crate::data::synthetic::sequence::{Kind, Sequence};
use crate::error::{Error, Result};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Subcommands of `data`.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Write a procedural scene as a data set: nothing to download, exact depth, free to use.
    Synth(SynthArgs),
}

/// Arguments of `data synth`.
#[derive(Debug, Args)]
pub struct SynthArgs {
    /// The scene: room or road.
    #[arg(value_parser = kind, value_name = "room|road")]
    pub kind: Kind,
    /// The folder to write into.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Frames to write, 1 to 120.
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub frames: usize,
    /// NYU's pairs (read with nyu:DIR) or KITTI's raw drives (kitti-raw:DIR, and kitti-depth:DIR for the exact depth)
    /// [default: nyu for the room, kitti-raw for the road].
    #[arg(long, value_parser = layout_named, value_name = "nyu|kitti-raw")]
    pub layout: Option<Layout>,
    /// Another seed, another scene.
    #[arg(long, default_value_t = ROAD_SEED)]
    pub seed: u64,
    /// Size of the pictures [default: 640x480 for the room, 1242x375 for the road].
    #[arg(long, value_parser = super::args::size, value_name = "WxH")]
    pub size: Option<[usize; 2]>,
}

/// Runs the command.
///
/// # Errors
/// When the scene cannot be made as asked, or a file not be written.
pub fn run(command: &DataCommand) -> Result<ExitCode> {
    match command {
        DataCommand::Synth(args) => synth(args),
    }
}

fn synth(args: &SynthArgs) -> Result<ExitCode> {
    let layout = args.layout.unwrap_or_else(|| layout::usual(args.kind));
    if args.kind == Kind::Road && layout == Layout::Nyu {
        let text = "the road reaches farther than NYU's layout holds (65 m); write it as kitti-raw";
        return Err(Error::Usage(text.into()));
    }
    let sequence = Sequence::new(args.kind, args.seed, args.size.unwrap_or_else(|| args.kind.size()))?;
    cancel::listen()?;
    let mut progress = |done: usize, all: usize| {
        eprintln!("{done} of {all} frames");
        !cancel::asked()
    };
    layout::write(&sequence, layout, args.frames, &args.out, &mut progress)?;
    let form = match layout {
        Layout::Nyu => "nyu",
        Layout::KittiRaw => "kitti-raw",
    };
    let out = args.out.display();
    say(&format!("{out}: {} frames of the {}; read them with --data {form}:{out}", args.frames, args.kind.name()));
    Ok(ExitCode::SUCCESS)
}

fn kind(text: &str) -> Result<Kind, String> {
    match text {
        "room" => Ok(Kind::Room),
        "road" => Ok(Kind::Road),
        _ => Err(format!("`{text}` is no scene; give room or road")),
    }
}

fn layout_named(text: &str) -> Result<Layout, String> {
    match text {
        "nyu" => Ok(Layout::Nyu),
        "kitti-raw" => Ok(Layout::KittiRaw),
        _ => Err(format!("`{text}` is no layout; give nyu or kitti-raw")),
    }
}
