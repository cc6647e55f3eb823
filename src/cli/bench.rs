//! `bench`: every stage of the shipped models on every device present, and the window's own time.

use super::args::BenchArgs;
use super::report::{print_line, say};
use crate::data::samples;
use crate::device::{self, DeviceChoice, DeviceKind};
use crate::error::{Error, Result};
use crate::infer::bench::{Latency, Row, Spread, measure};
use crate::infer::engine::guarded;
use crate::infer::model::{Model, ModelRequest};
use crate::ui::bench::window_time;
use crate::weights::catalog;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// The sizes of reference.md 4.7 and the full NYU frame.
const SIZES: [[usize; 2]; 3] = [[304, 228], [640, 192], [640, 480]];

/// Runs the command.
///
/// # Errors
/// When the sample cannot be used. A device that refuses is reported, the others are measured, and the exit status is 1.
pub fn run(args: &BenchArgs) -> Result<ExitCode> {
    if !(args.seconds.is_finite() && args.seconds > 0.0) {
        return Err(Error::Usage(format!("--seconds {} is no duration; give a positive number", args.seconds)));
    }
    let sample = samples::all().into_iter().next();
    let sample = sample.ok_or_else(|| Error::Failed("the bundled sample is missing; reinstall the program".into()))?;
    // Never a software GPU driver: its times say nothing about a network.
    let choices: Vec<DeviceChoice> = match args.device {
        Some(choice) => vec![choice],
        None => {
            let real = device::list().into_iter().filter(|d| d.kind != DeviceKind::SoftwareGpu);
            real.map(|d| DeviceChoice::Index(d.index)).collect()
        }
    };
    let budget = Duration::from_secs_f32(args.seconds.min(600.0));
    let mut refused = false;
    if !args.json {
        say("median (p95) in ms; the picture is the bundled 741x500 sample");
        let stages = ["decode", "preprocess", "forward", "postprocess"].map(|s| format!("{s:>16}")).concat();
        say(&format!("{:<22}{:>9}{stages}{:>8}{:>9}", "model", "size", "MPix/s", "GFLOP/s"));
    }
    for choice in choices {
        if let Err(error) = one_device(choice, &sample.image, budget, args.json) {
            refused = true;
            if args.json {
                print_line(&serde_json::json!({ "device": choice.to_string(), "error": error.to_string() }));
            } else {
                eprintln!("device {choice}: {error}");
            }
        }
    }
    if !args.no_window {
        let window = window_time(Duration::from_secs_f32(args.seconds.clamp(2.0, 60.0) * 2.0))?;
        if args.json {
            print_line(&serde_json::json!({ "window": window }));
        } else {
            say(&window.to_string());
        }
    }
    Ok(ExitCode::from(u8::from(refused)))
}

fn one_device(choice: DeviceChoice, picture: &Path, budget: Duration, json: bool) -> Result<()> {
    let (device, info) = device::open(choice)?;
    if info.kind == DeviceKind::SoftwareGpu {
        return Err(Error::Usage("bench never runs on a software GPU driver; give another --device".into()));
    }
    if !json {
        say(&info.label());
    }
    for name in catalog::KNOWN.iter().filter(|known| known.runnable).map(|known| known.name) {
        let model = Model::load(&ModelRequest::named(name), &device)?;
        for size in SIZES {
            let row = guarded(|| measure(&model, &info.label(), picture, size, budget))?;
            if json {
                print_line(&serde_json::to_value(&row).unwrap_or_default());
            } else {
                say(&text(&row));
            }
        }
    }
    Ok(())
}

fn text(row: &Row) -> String {
    let [w, h] = row.net_size;
    let Latency { decode, preprocess, forward, postprocess } = row.latency_ms;
    let stage = |s: Spread| format!("{:>16}", format!("{:.2} ({:.2})", s.median, s.p95));
    let stages = [decode, preprocess, forward, postprocess].map(stage).concat();
    format!("{:<22}{:>9}{stages}{:>8.2}{:>9.1}", row.model, format!("{w}x{h}"), row.mpix_per_s, row.gflop_per_s)
}
