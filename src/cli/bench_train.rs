//! `bench --train`: the parts of a training step.

use super::bench::BenchArgs;
use super::report::{print_line, say};
use crate::device;
use crate::error::{Error, Result};
use crate::infer::engine::guarded;
use crate::train::bench::{StepTimes, measure};
use crate::weights::write_safetensors;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

/// Where the encoder comes from without `--model`.
const INIT: &str = "efficientnet-lite0-imagenet";
/// The size of the table and of the networks that ship.
const SIZE: [usize; 2] = [304, 228];

/// Runs the command.
///
/// # Errors
/// When the device refuses, or `--raw` cannot be written.
pub fn run(args: &BenchArgs) -> Result<ExitCode> {
    let init = match args.model.as_slice() {
        [] => INIT,
        [one] => one,
        _ => return Err(Error::Usage("--train begins with one --model; give one".into())),
    };
    let (device, info) = device::open(args.device.unwrap_or_default())?;
    let (batch, size) = (args.batch as usize, args.size.unwrap_or(SIZE));
    let budget = Duration::from_secs_f32(args.seconds.min(600.0));
    let (times, tensors) = guarded(|| measure(init, batch, size, &device, budget))?;
    if let Some(raw) = &args.raw {
        write_safetensors(raw, &tensors, &BTreeMap::new())?;
    }
    if args.json {
        let mut row = serde_json::to_value(&times).unwrap_or_default();
        row["device"] = info.label().into();
        print_line(&row);
    } else {
        say(&info.label());
        say(&text(&times));
    }
    Ok(ExitCode::SUCCESS)
}

fn text(times: &StepTimes) -> String {
    let [w, h] = times.net_size;
    let StepTimes { batch, forward, backward, update, step, runs, .. } = times;
    format!(
        "a step of {batch} pictures at {w}x{h}: forward {forward:.0} ms, backward {backward:.0}, optimizer {update:.0}, \
         in all {step:.0} (medians of {runs})"
    )
}
