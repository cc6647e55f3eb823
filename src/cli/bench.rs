//! `bench`: every stage of the shipped models, a network on each encoder, on every device present, and the window's own
//! time.

use super::args::BenchArgs;
use super::report::{print_line, say};
use crate::data::image::decode_file;
use crate::data::samples;
use crate::depth::DepthUnit;
use crate::device::{self, DeviceChoice, DeviceKind};
use crate::error::{Error, Result};
use crate::infer::bench::{Latency, Row, Spread, measure};
use crate::infer::engine::guarded;
use crate::infer::model::{Model, ModelRequest};
use crate::net::config::{EncoderKind, ModelConfig, MsfnetConfig, NetworkConfig};
use crate::ui::bench::window_time;
use crate::weights::{catalog, write_safetensors};
use std::collections::BTreeMap;
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
    if args.raw.is_some() && (args.model.len() != 1 || args.size.is_none()) {
        return Err(Error::Usage("--raw needs one --model and its --size".into()));
    }
    let job = Job { args, picture: &sample.image, budget };
    let mut refused = false;
    if !args.json {
        say("median (p95) in ms; the picture is the bundled 741x500 sample");
        let stages = ["decode", "preprocess", "forward", "postprocess"].map(|s| format!("{s:>16}")).concat();
        say(&format!("{:<22}{:>9}{stages}{:>8}{:>9}", "model", "size", "MPix/s", "GFLOP/s"));
    }
    for choice in choices {
        if let Err(error) = job.one_device(choice) {
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

/// What is measured on one device.
struct Job<'a> {
    args: &'a BenchArgs,
    picture: &'a Path,
    budget: Duration,
}

impl Job<'_> {
    fn one_device(&self, choice: DeviceChoice) -> Result<()> {
        let (device, info) = device::open(choice)?;
        if info.kind == DeviceKind::SoftwareGpu {
            return Err(Error::Usage("bench never runs on a software GPU driver; give another --device".into()));
        }
        if !self.args.json {
            say(&info.label());
        }
        let label = info.label();
        if !self.args.model.is_empty() {
            for name in &self.args.model {
                let model = Model::load(&ModelRequest::named(name), &device)?;
                self.raw(&model)?;
                self.rows(&model, &label, self.args.size.as_ref().map_or(&SIZES[..], std::slice::from_ref))?;
            }
            return Ok(());
        }
        for name in catalog::KNOWN.iter().filter(|known| known.runnable).map(|known| known.name) {
            self.rows(&Model::load(&ModelRequest::named(name), &device)?, &label, &SIZES)?;
        }
        for (network, size) in untrained() {
            let config = ModelConfig { network, unit: DepthUnit::Relative, train_size: size };
            let model = guarded(|| Model::untrained(config, 0, &device))?;
            self.rows(&model, &label, &[size])?;
        }
        Ok(())
    }

    fn rows(&self, model: &Model, label: &str, sizes: &[[usize; 2]]) -> Result<()> {
        for size in sizes {
            let row = guarded(|| measure(model, label, self.picture, *size, self.budget))?;
            if self.args.json {
                print_line(&serde_json::to_value(&row).unwrap_or_default());
            } else {
                say(&text(&row));
            }
        }
        Ok(())
    }

    fn raw(&self, model: &Model) -> Result<()> {
        let Some(out) = &self.args.raw else { return Ok(()) };
        let frame = decode_file(self.picture)?;
        let tensors = guarded(|| model.raw(&frame, self.args.size))?;
        write_safetensors(out, &tensors, &BTreeMap::new())
    }
}

/// One network on each encoder at the size of NYU, and Monodepth2 at its own. Encoders in timm's convention cost what the
/// others do.
fn untrained() -> Vec<(NetworkConfig, [usize; 2])> {
    use EncoderKind::{EfficientnetLite0Timm, EfficientnetLite1Timm, EfficientnetLite2Timm};
    let twin =
        |kind: &EncoderKind| matches!(kind, EfficientnetLite0Timm | EfficientnetLite1Timm | EfficientnetLite2Timm);
    let encoders = EncoderKind::ALL.into_iter().filter(|kind| !twin(kind));
    let msfnets = encoders.map(|encoder| (MsfnetConfig { encoder, ..MsfnetConfig::default() }.into(), SIZES[0]));
    msfnets.chain([18, 50].map(|layers| (NetworkConfig::monodepth2(layers, false), SIZES[1]))).collect()
}

fn text(row: &Row) -> String {
    let [w, h] = row.net_size;
    let Latency { decode, preprocess, forward, postprocess } = row.latency_ms;
    let stage = |s: Spread| format!("{:>16}", format!("{:.2} ({:.2})", s.median, s.p95));
    let stages = [decode, preprocess, forward, postprocess].map(stage).concat();
    format!("{:<22}{:>9}{stages}{:>8.2}{:>9.1}", row.model, format!("{w}x{h}"), row.mpix_per_s, row.gflop_per_s)
}
