//! `bench`: every stage of the shipped models, a network on each encoder, on every device present, and the window's own
//! time.

use super::args::size;
use super::report::{print_line, say};
use super::shared_args::AnswerArgs;
use crate::data::image::decode_file;
use crate::data::samples;
use crate::depth::DepthUnit;
use crate::device::{self, DeviceChoice, DeviceKind};
use crate::error::{Error, Result};
use crate::eval::overhead::{self, Overhead};
use crate::infer::bench::{Latency, Row, Spread, measure};
use crate::infer::engine::guarded;
use crate::infer::model::{Model, ModelRequest};
use crate::net::config::{EncoderKind, ModelConfig, MsfnetConfig, NetworkConfig};
use crate::ui::bench::window_time;
use crate::weights::{catalog, write_safetensors};
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Arguments of `bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Seconds to spend on each row.
    #[arg(long, default_value_t = 2.0)]
    pub seconds: f32,
    /// Only this device; by default the CPU and every real GPU.
    #[arg(long)]
    pub device: Option<DeviceChoice>,
    /// Only these weights, files or names that ship; by default what ships, and an untrained network on each encoder.
    #[arg(long, value_name = "FILE|NAME")]
    pub model: Vec<String>,
    /// What a --model cannot say of itself.
    #[command(flatten)]
    pub answers: AnswerArgs,
    /// With --model or --train: at this size alone.
    #[arg(long, value_parser = size, value_name = "WxH")]
    pub size: Option<[usize; 2]>,
    /// With one --model and --size: write the network's input and its raw output, as safetensors; with --train the batch.
    #[arg(long, value_name = "FILE")]
    pub raw: Option<PathBuf>,
    /// Time a training step instead: forward, backward and optimizer of an MSFNet on EfficientNet-Lite0.
    #[arg(long, conflicts_with_all = ["gate", "unit", "train_size", "no_window"])]
    pub train: bool,
    /// With --train: pictures in the batch.
    #[arg(long, default_value_t = 8, requires = "train", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub batch: u32,
    /// Leave out what an evaluation costs beside its network: decoding, projecting and scoring.
    #[arg(long)]
    pub no_overhead: bool,
    /// The window's time alone, while it trains on these data by the preset nyu-ours.
    #[arg(long, value_name = "SPEC", conflicts_with = "no_window")]
    pub while_training: Option<String>,
    /// Leave the window's own time out.
    #[arg(long)]
    pub no_window: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

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
    if args.train {
        return super::bench_train::run(args);
    }
    if args.while_training.is_some() {
        window(args)?;
        return Ok(ExitCode::SUCCESS);
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
        window(args)?;
    }
    Ok(ExitCode::from(u8::from(refused)))
}

/// The window's own time.
fn window(args: &BenchArgs) -> Result<()> {
    let duration = Duration::from_secs_f32(args.seconds.clamp(2.0, 60.0) * 2.0);
    let window = match &args.while_training {
        None => window_time(duration, None)?,
        Some(data) => {
            let mut config = crate::train::presets::preset("nyu-ours")?;
            (config.data.data, config.data.limit) = (data.clone(), 64);
            let out = tempfile::tempdir();
            let out = out.map_err(|error| Error::Failed(format!("no temporary folder can be made ({error})")))?;
            window_time(duration, Some((&config, out.path())))?
        }
    };
    if args.json {
        print_line(&serde_json::json!({ "window": window }));
    } else {
        say(&window.to_string());
    }
    Ok(())
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
                let model = Model::load(&self.args.answers.request(name, false), &device)?;
                self.raw(&model)?;
                let sizes: Vec<[usize; 2]> = match self.args.size {
                    Some(size) => vec![size],
                    // Those of the usual ones that the network can run at, and its own.
                    None => {
                        let own = model.info.config.train_size;
                        let usual = SIZES.into_iter().filter(|size| *size != own);
                        usual.chain([own]).filter(|size| model.network().checked(*size).is_ok()).collect()
                    }
                };
                self.rows(&model, &label, &sizes)?;
                // At a size of one's own no protocol is measured.
                if self.args.size.is_none() {
                    self.overhead(&model)?;
                }
            }
            return Ok(());
        }
        for name in catalog::KNOWN.iter().filter(|known| known.runnable).map(|known| known.name) {
            self.rows(&Model::load(&ModelRequest::named(name), &device)?, &label, &SIZES)?;
        }
        for (network, size) in untrained() {
            let config = ModelConfig::new(network, DepthUnit::Relative, size);
            let model = guarded(|| Model::untrained(config, 0, &device))?;
            self.rows(&model, &label, &[size])?;
        }
        self.overhead(&Model::load(&ModelRequest::named(catalog::DEFAULT_MODEL), &device)?)
    }

    /// Decoding, projecting and scoring beside the network's own time, in each layout.
    fn overhead(&self, model: &Model) -> Result<()> {
        if self.args.no_overhead {
            return Ok(());
        }
        if !self.args.json {
            let heads = "data                   protocol    decode, project   score   network ms a frame   share";
            say(&format!("evaluation overhead of {}, on scenes made here\n  {heads}", model.info.name));
        }
        for row in overhead::measure(model, self.budget)? {
            if self.args.json {
                print_line(&serde_json::json!({ "evaluation_overhead": row }));
            } else {
                let Overhead { data, protocol, load_ms, score_ms, network_ms, share, .. } = row;
                let over = if share > overhead::LIMIT { "  above the limit" } else { "" };
                say(&format!(
                    "  {data:<22} {protocol:<11} {load_ms:>15.2} {score_ms:>7.2} {network_ms:>20.2} {:>6.1} %{over}",
                    100.0 * share
                ));
            }
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
