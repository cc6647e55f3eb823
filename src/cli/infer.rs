//! `infer`: every input through the networks, its results as files, one line about it.

use super::args::{InferArgs, check_scale};
use super::inputs::{Input, collect};
use super::{cancel, report};
use crate::data::{image, truth};
use crate::device;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::infer::engine::guarded;
use crate::infer::export::{ExportOptions, export_all};
use crate::infer::model::Model;
use crate::infer::predict::{RunOptions, predict};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

/// Pictures decoded ahead of the network.
const AHEAD: usize = 2;

type Decoded = (PathBuf, PathBuf, Result<Frame>);

/// Runs the command.
///
/// # Errors
/// When nothing can be done at all: no device, no model, no output folder. One input's failure is not an error
/// here: it is reported, the others are finished, and the exit status is 1.
pub fn run(args: &InferArgs) -> Result<ExitCode> {
    check_scale(args.gt_scale)?;
    cancel::listen()?;
    let (device, info) = device::open(args.models.device)?;
    let main = Model::load(&args.models.main_request(), &device)?;
    let compare = args.models.compare_request().map(|r| Model::load(&r, &device)).transpose()?;
    if let Some(gt) = args.gt.as_deref().filter(|gt| !gt.exists()) {
        return Err(Error::file(gt, "does not exist", "give a ground truth file, or a folder of them"));
    }
    std::fs::create_dir_all(&args.out).map_err(|e| Error::writing(&args.out, &e))?;

    let inputs = collect(&args.input);
    let total = inputs.len();
    let bar = progress(total as u64);
    let job = Job { args, main, compare, device: info.label() };
    let mut failed = 0;
    let mut done = 0;
    for (path, name, frame) in decode_ahead(inputs)? {
        if cancel::asked() {
            break;
        }
        bar.set_message(path.display().to_string());
        match frame.and_then(|frame| guarded(|| job.one(&path, &name, frame))) {
            Ok(text) => job.say(&bar, text),
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
        println!("{} of {total} done, {failed} failed", done - failed);
    }
    if cancel::asked() {
        return Err(Error::Interrupted);
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

struct Job<'a> {
    args: &'a InferArgs,
    main: Model,
    compare: Option<Model>,
    device: String,
}

enum Said {
    Json(serde_json::Value),
    Text(String),
}

impl Job<'_> {
    fn one(&self, path: &Path, name: &Path, frame: Frame) -> Result<Said> {
        let truth = match self.args.gt.as_deref() {
            None => None,
            Some(gt) => match truth::pair(path, gt) {
                Some(file) => Some(Arc::new(truth::read(&file, self.args.gt_scale)?)),
                None => {
                    eprintln!("{}: has no ground truth of its name in {}", path.display(), gt.display());
                    None
                }
            },
        };
        let options = RunOptions { size: self.args.models.size, scaling: self.args.models.scaling };
        let prediction = predict(Arc::new(frame), truth, &self.main, self.compare.as_ref(), options)?;
        let folder = self.args.out.join(name.parent().unwrap_or(Path::new("")));
        let stem = name.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let options = ExportOptions { scaling: self.args.models.scaling, ..ExportOptions::default() };
        let files = export_all(&prediction, &folder, &stem, &options)?;
        Ok(if self.args.json {
            Said::Json(report::prediction_json(path, &prediction, &self.device, &files))
        } else {
            Said::Text(report::prediction_text(path, &prediction, &files))
        })
    }

    fn say(&self, bar: &ProgressBar, said: Said) {
        match said {
            Said::Json(value) => report::print_line(&value),
            Said::Text(text) => bar.suspend(|| println!("{text}")),
        }
    }
}

/// Decodes on a thread of its own, so that the network never waits for a file; ends when nobody listens.
fn decode_ahead(inputs: Vec<Result<Input, (PathBuf, Error)>>) -> Result<Receiver<Decoded>> {
    let (send, receive) = sync_channel(AHEAD);
    let work = move || {
        for input in inputs {
            let item = match input {
                Ok(Input { path, name }) => {
                    let frame = image::decode_file(&path);
                    (path, name, frame)
                }
                Err((path, error)) => (path, PathBuf::new(), Err(error)),
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
