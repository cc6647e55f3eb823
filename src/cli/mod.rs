//! The command line (layer 5): one file a subcommand; without one, the window.

mod args;
mod bench;
mod bench_train;
mod cancel;
mod data;
mod devices;
mod eval;
mod eval_output;
mod eval_sizes;
mod focal_args;
mod infer;
mod inputs;
mod measure_args;
mod pairing;
mod report;
mod shared_args;
mod train;
mod train_args;
mod train_lines;
mod train_output;
mod weights;
mod weights_args;
mod window;
mod window_args;

use crate::error::Error;
use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

/// Parses the process's arguments and does what they say; the exit status is the program's.
pub fn main() -> ExitCode {
    let cli = Cli::parse(); // prints usage and exits with 2 by itself
    let done = match cli.command {
        None => window::open(&cli.window),
        Some(Command::Infer(args)) => infer::run(&args),
        Some(Command::Devices { json }) => devices::run(json),
        Some(Command::Cameras { json }) => devices::cameras(json),
        Some(Command::Weights(command)) => weights::run(&command),
        Some(Command::Data(command)) => data::run(&command),
        Some(Command::Eval(args)) => eval::run(&args),
        Some(Command::Train(args)) => train::run(&args),
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::Screenshot(args)) => window::screenshot(&args),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("msfnet-studio: {error}");
            ExitCode::from(Error::exit_code(&error))
        }
    }
}
