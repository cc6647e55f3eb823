//! `bench`: every stage of the shipped models on every device present, and the window's own time.

use super::args::BenchArgs;
use super::report::print_line;
use crate::data::image::decode_file;
use crate::data::samples;
use crate::device::{self, DeviceChoice, DeviceKind};
use crate::error::{Error, Result};
use crate::infer::bench::{Row, measure};
use crate::infer::model::{Model, ModelRequest};
use crate::ui::bench::window_time;
use crate::weights::catalog;
use std::process::ExitCode;
use std::time::Duration;

/// The sizes of reference.md 4.7 and the full NYU frame.
const SIZES: [[usize; 2]; 3] = [[304, 228], [640, 192], [640, 480]];

/// Runs the command.
///
/// # Errors
/// When a device or the sample cannot be used.
pub fn run(args: &BenchArgs) -> Result<ExitCode> {
    if !(args.seconds.is_finite() && args.seconds > 0.0) {
        return Err(Error::Usage(format!("--seconds {} is no duration; give a positive number", args.seconds)));
    }
    let budget = Duration::from_secs_f32(args.seconds.min(600.0));
    let sample = samples::all().into_iter().next();
    let sample = sample.ok_or_else(|| Error::Failed("the bundled sample is missing; reinstall the program".into()))?;
    let frame = decode_file(&sample.image)?;
    // Never a software GPU driver: its times say nothing about a network.
    let choices: Vec<DeviceChoice> = match args.device {
        Some(choice) => vec![choice],
        None => {
            let real = device::list().into_iter().filter(|d| d.kind != DeviceKind::SoftwareGpu);
            real.map(|d| DeviceChoice::Index(d.index)).collect()
        }
    };
    if !args.json {
        println!(
            "{:<24} {:<10} {:>8} {:>9} {:>9} {:>9} {:>8} {:>8}",
            "model", "size", "pre ms", "forward", "p95", "post ms", "MPix/s", "GFLOP/s"
        );
    }
    for choice in choices {
        let (device, info) = device::open(choice)?;
        if info.kind == DeviceKind::SoftwareGpu {
            return Err(Error::Usage("bench never runs on a software GPU driver; give another --device".into()));
        }
        if !args.json {
            println!("{}", info.label());
        }
        for name in catalog::KNOWN.iter().filter(|known| known.runnable).map(|known| known.name) {
            let model = Model::load(&ModelRequest::named(name), &device)?;
            for size in SIZES {
                let row = measure(&model, &info.label(), &frame, size, budget)?;
                if args.json {
                    print_line(&serde_json::to_value(&row).unwrap_or_default());
                } else {
                    println!("{}", text(&row));
                }
            }
        }
    }
    if !args.no_window {
        let window = window_time(Duration::from_secs_f32(args.seconds.clamp(2.0, 60.0) * 2.0))?;
        if args.json {
            print_line(&serde_json::json!({ "window": window }));
        } else {
            println!("{window}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn text(row: &Row) -> String {
    let [w, h] = row.net_size;
    format!(
        "{:<24} {:<10} {:>8.2} {:>9.2} {:>9.2} {:>9.2} {:>8.2} {:>8.1}",
        row.model,
        format!("{w}x{h}"),
        row.preprocess.median,
        row.forward.median,
        row.forward.p95,
        row.postprocess.median,
        row.mpix_per_s,
        row.gflop_per_s
    )
}
