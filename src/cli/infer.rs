//! `infer`: every input through the networks, its results as files, one line about it.

use super::args::InferArgs;
use super::inputs::{Input, Lost, collect};
use super::{cancel, pairing, report};
use crate::data::{image, samples, truth};
use crate::device;
use crate::error::{Error, Result};
use crate::eval::protocol::MeasureSettings;
use crate::frame::Frame;
use crate::infer::engine::guarded;
use crate::infer::export::{ExportOptions, export_beside};
use crate::infer::model::Model;
use crate::infer::predict::{RunOptions, predict};
use crate::infer::size;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

/// Pictures decoded ahead of the network.
const AHEAD: usize = 2;

/// One input on its way: what it is, its ground truth, its pixels.
struct Decoded {
    path: PathBuf,
    name: PathBuf,
    truth: Option<PathBuf>,
    frame: Result<Frame>,
}

/// Runs the command.
///
/// # Errors
/// When nothing can be done at all: no device, no model, no output folder, wrong usage. One input's failure is not an
/// error here: it is reported, the others are finished, and the exit status is 1.
pub fn run(args: &InferArgs) -> Result<ExitCode> {
    args.truth.check()?;
    args.models.size.map(size::checked).transpose()?;
    let measure = args.models.measure.settings()?;
    let focal = args.models.focal.pixels()?;
    let inputs = collect(&args.input, &args.out)?;
    let total = inputs.len();
    let (inputs, keep) = with_truth(inputs, args)?;
    cancel::listen()?;
    let (device, info) = device::open(args.models.which.device.unwrap_or_default())?;
    let main = Model::load(&args.models.main_request(), &device)?;
    let compare = args.models.compare_request().map(|r| Model::load(&r, &device).map_err(for_compare)).transpose()?;
    std::fs::create_dir_all(&args.out).map_err(|e| Error::writing(&args.out, &e))?;
    if focal.is_some() && ![Some(&main), compare.as_ref()].into_iter().flatten().any(|m| m.info.config.asks_for_focal())
    {
        eprintln!("the focal length changes nothing: the metres of {} do not depend on the camera", main.info.name);
    }

    let bar = progress(total as u64);
    let job = Job { args, measure, focal, main, compare, device: info.label(), keep };
    let (mut failed, mut done) = (0, 0);
    for Decoded { path, name, truth, frame } in decode_ahead(inputs, focal.is_none())? {
        if cancel::asked() {
            break;
        }
        bar.set_message(path.display().to_string());
        match frame.and_then(|frame| guarded(|| job.one(&path, &name, truth.as_deref(), frame))) {
            Ok(Said::Json(value)) => report::print_line(&value),
            Ok(Said::Text(text)) => bar.suspend(|| report::say(&text)),
            Err(error) => {
                failed += 1;
                if args.json {
                    report::print_line(&report::error_json(&path, &error));
                } else {
                    bar.suspend(|| eprintln!("{}: {}", path.display(), without_path(&error, &path)));
                }
            }
        }
        done += 1;
        bar.inc(1);
    }
    bar.finish_and_clear();
    if !args.json {
        report::say(&format!("{} of {total} done, {failed} failed", done - failed));
    }
    if cancel::asked() && done < total {
        return Err(Error::Interrupted);
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

type Paired = (Input, Option<PathBuf>);
/// What is worked on, in order.
type Work = Vec<Result<Paired, Lost>>;

/// The inputs with their ground truth, and the files that no result may replace.
fn with_truth(inputs: Vec<Result<Input, Lost>>, args: &InferArgs) -> Result<(Work, BTreeSet<PathBuf>)> {
    let good: Vec<&Input> = inputs.iter().filter_map(|i| i.as_ref().ok()).collect();
    let truths = match &args.truth.gt {
        Some(gt) => pairing::pair(&good, gt, args.truth.gt_scale)?,
        None => vec![None; good.len()],
    };
    let files = good.iter().map(|i| &i.path).chain(truths.iter().flatten());
    let keep = files.filter_map(|f| f.canonicalize().ok()).collect();
    if args.truth.gt.is_some() {
        for (input, _) in good.iter().zip(&truths).filter(|(_, t)| t.is_none()) {
            eprintln!("{}: has no ground truth of its name; nothing is measured for it", input.path.display());
        }
    }
    let mut truths = truths.into_iter();
    let paired = inputs.into_iter().map(|i| i.map(|input| (input, truths.next().flatten()))).collect();
    Ok((paired, keep))
}

/// The same sentence with the flags of the compared weights.
fn for_compare(error: Error) -> Error {
    match error {
        Error::NeedsAnswers { .. } => Error::Usage(error.to_string().replace("--gate", "--compare-gate")),
        other => other,
    }
}

struct Job<'a> {
    args: &'a InferArgs,
    measure: MeasureSettings,
    focal: Option<f64>,
    main: Model,
    compare: Option<Model>,
    device: String,
    keep: BTreeSet<PathBuf>,
}

enum Said {
    Json(serde_json::Value),
    Text(String),
}

impl Job<'_> {
    fn one(&self, path: &Path, name: &Path, truth: Option<&Path>, frame: Frame) -> Result<Said> {
        let truth = truth.map(|file| truth::read(file, self.args.truth.gt_scale).map(Arc::new)).transpose()?;
        let models = &self.args.models;
        let options = RunOptions { size: models.size, measure: self.measure, focal: self.focal };
        let prediction = predict(Arc::new(frame), truth, &self.main, self.compare.as_ref(), options)?;
        let folder = self.args.out.join(name.parent().unwrap_or(Path::new("")));
        let stem = name.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let options = ExportOptions { points: models.measure.points, ..ExportOptions::default() };
        let files = export_beside(&prediction, &folder, &stem, &options, &self.keep)?;
        Ok(if self.args.json {
            Said::Json(report::prediction_json(path, &prediction, &self.device, &files))
        } else {
            Said::Text(report::prediction_text(path, &prediction, &files))
        })
    }
}

/// Decodes on a thread of its own, so that the network never waits for a file; ends when nobody listens. A sample that ships
/// knows its camera, which is asked where nobody said a focal length.
fn decode_ahead(inputs: Work, ask_camera: bool) -> Result<Receiver<Decoded>> {
    let (send, receive) = sync_channel(AHEAD);
    let work = move || {
        let shipped = if ask_camera { samples::all() } else { Vec::new() };
        for input in inputs {
            let item = match input {
                Ok((Input { path, name, .. }, truth)) => {
                    let sample = shipped.iter().find(|sample| sample.is_at(&path));
                    let frame = sample.map_or_else(|| image::decode_file(&path), samples::Sample::decode);
                    Decoded { path, name, truth, frame }
                }
                Err((path, error)) => Decoded { path, name: PathBuf::new(), truth: None, frame: Err(error) },
            };
            if cancel::asked() || send.send(item).is_err() {
                break;
            }
        }
    };
    let thread = std::thread::Builder::new().name("decode".into()).spawn(work);
    thread.map_err(|e| Error::Failed(format!("no thread for decoding could be started ({e})")))?;
    Ok(receive)
}

fn progress(total: u64) -> ProgressBar {
    let style = "{bar:32} {pos}/{len}  {per_sec}  {eta} left  {wide_msg}";
    let style = ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style)
}

/// The sentence without the path that already stands before it.
fn without_path(error: &Error, path: &Path) -> String {
    let text = error.to_string();
    let prefix = format!("{}: ", path.display());
    text.strip_prefix(&prefix).map(str::to_owned).unwrap_or(text)
}
