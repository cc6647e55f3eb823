//! The arguments of `weights`.

use super::shared_args::AnswerArgs;
use crate::weights::keys::KeyStyle;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// The weights doctor.
#[derive(Debug, Subcommand)]
pub enum WeightsCommand {
    /// What a file is: format, the architectures it fits and how well, every tensor, metadata.
    Inspect {
        /// A weights file, a Monodepth2 folder, or a name that ships.
        file: String,
        /// Print every tensor, not only those that something is wrong with.
        #[arg(long)]
        all: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// A file against one architecture: missing, unexpected and mis-shaped tensors with the likeliest match of each.
    Check {
        /// A weights file, a Monodepth2 folder, or a name that ships.
        file: String,
        /// The architecture; `weights archs` lists them.
        #[arg(long)]
        arch: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// The architectures that are known, with their size.
    Archs {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Rewrite weights as safetensors with metadata that says how to run them.
    Convert(ConvertArgs),
    /// A new network with random weights (Xavier): where training from nothing, or a measurement, starts.
    New {
        /// The architecture; `weights archs` lists them.
        #[arg(long)]
        arch: String,
        /// Seed of the random weights.
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// The file to write.
        out: PathBuf,
    },
}

/// Arguments of `weights convert`.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// A weights file, a Monodepth2 folder, or a name that ships.
    pub file: String,
    /// The safetensors file to write.
    pub out: PathBuf,
    /// Large tensors in half precision; norms, their statistics and biases stay as they are.
    #[arg(long)]
    pub half: bool,
    /// Whose names: ours, or those of the PyTorch code the network comes from.
    #[arg(long, value_parser = key_style, value_name = "ours|pytorch", default_value = "ours")]
    pub keys: KeyStyle,
    /// Weights trained by the same recipe with frames held out, whose accuracy is stated; for weights trained on all.
    #[arg(long, value_name = "FILE")]
    pub accuracy_of: Option<String>,
    /// What they cannot say of themselves.
    #[command(flatten)]
    pub answers: AnswerArgs,
}

fn key_style(text: &str) -> Result<KeyStyle, String> {
    match text {
        "ours" => Ok(KeyStyle::Ours),
        "pytorch" => Ok(KeyStyle::Pytorch),
        _ => Err(format!("`{text}` are nobody's names; give ours or pytorch")),
    }
}
