//! What `train` shows: a bar with loss, pictures a second and time left, lines of the same where there is no terminal, or a
//! JSON object an event.

use super::report::{print_line, say};
use super::train_lines::Lines;
use crate::train::control::{Started, Summary, TrainEvent};
use crate::train::dry_run::DryRun;
use crate::train::history::Scores;
use crate::train::mix::SourceCount;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Shows the events of a run.
pub struct Show {
    json: bool,
    bar: ProgressBar,
    /// In the place of a bar that cannot be drawn.
    lines: Option<Lines>,
}

impl Show {
    /// Nothing yet.
    pub fn new(json: bool) -> Self {
        let bar = if json { ProgressBar::hidden() } else { ProgressBar::new(0) };
        let style = "{bar:32} {pos}/{len}  {eta} left  {wide_msg}";
        Self {
            json,
            lines: bar.is_hidden().then(|| Lines::new(0)),
            bar: bar.with_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar())),
        }
    }

    /// One event.
    pub fn event(&mut self, event: &TrainEvent) {
        if self.json {
            print_line(&object(event));
            return;
        }
        match event {
            TrainEvent::Started(started) => {
                self.line(&start_text(started));
                self.bar.set_length(started.steps);
                self.bar.set_position(started.resumed.unwrap_or(0));
                // Rate and time left are those of this run.
                self.bar.reset_eta();
                self.lines = self.lines.take().map(|_| Lines::new(started.steps));
            }
            TrainEvent::Step { row, .. } => {
                if let Some(lines) = &mut self.lines {
                    if let Some(line) = lines.step(row, Instant::now()) {
                        say(&line);
                    }
                    return;
                }
                self.bar.set_position(row.step);
                let [w, h] = row.size;
                self.bar.set_message(format!(
                    "loss {:.4}  {:.2} images/s  epoch {:.2}  {w}x{h}",
                    row.loss,
                    row.images_per_second(),
                    row.epoch
                ));
            }
            TrainEvent::Replaced { name, reason } => self.line(&format!("{name} is left out: {reason}")),
            TrainEvent::Validated { step, scores, best, .. } => {
                let best = if *best { "  best so far" } else { "" };
                self.line(&format!("step {step}: {}{best}", scores_text(scores)));
            }
            TrainEvent::Saved { .. } | TrainEvent::Waiting | TrainEvent::Resumed => {}
            TrainEvent::RolledBack(incident) => {
                self.line(&format!("step {}: `{}` is not finite; {}", incident.step, incident.tensor, incident.action))
            }
            TrainEvent::Paused { reason } => self.line(&format!("paused: {reason}")),
            TrainEvent::Finished(summary) => {
                self.bar.finish_and_clear();
                say(&summary_text(summary));
            }
        }
    }

    fn line(&self, text: &str) {
        self.bar.suspend(|| say(text));
    }
}

fn start_text(started: &Started) -> String {
    let Started { steps, frames, held_out, parameters, random_layers, sources, .. } = started;
    let what =
        format!("{frames} frames, {held_out} held out, {steps} steps, {:.2} M parameters", *parameters as f64 / 1e6);
    match started.resumed {
        Some(step) => {
            format!("{}: resumes behind step {step}; {what}{}", started.folder.display(), sources_text(sources))
        }
        None => format!(
            "{}: begins; {what}, {random_layers} layers at random{}",
            started.folder.display(),
            sources_text(sources)
        ),
    }
}

/// How many frames of each source, a line each, where there are several.
fn sources_text(sources: &[SourceCount]) -> String {
    if sources.len() < 2 {
        return String::new();
    }
    let line = |source: &SourceCount| {
        let SourceCount { label, frames, times, held_out } = source;
        let times = if *times > 1 && *frames > 0 { format!(", each {times} times an epoch") } else { String::new() };
        let held = if *held_out > 0 { format!(", {held_out} held out") } else { String::new() };
        format!("\n  {label}: {frames} frames{times}{held}")
    };
    sources.iter().map(line).collect()
}

/// The numbers of a validation in one line.
pub fn scores_text(scores: &Scores) -> String {
    let [d1, d2, d3] = scores.d;
    let mut text =
        format!("REL {:.4}  RMSE {:.4}  log10 {:.4}  δ {d1:.4} {d2:.4} {d3:.4}", scores.rel, scores.rmse, scores.log10);
    if scores.edge_f1.iter().all(|f1| f1.is_finite()) {
        let [a, b, c] = scores.edge_f1;
        text += &format!("  edge F1 {a:.3} {b:.3} {c:.3}");
    }
    text
}

fn summary_text(summary: &Summary) -> String {
    let Summary { step, steps, loss, .. } = summary;
    let mut text = format!(
        "{step} of {steps} steps, last loss {loss:.4}; {:.2} images/s, {:.2} % of the time waiting for data",
        summary.images_per_second(),
        100.0 * summary.wait_share()
    );
    for (what, scores) in [("best", &summary.best), ("last", &summary.last)] {
        if let Some((step, scores)) = scores {
            text += &format!("\n  {what}, step {step}: {}", scores_text(scores));
        }
    }
    text + &format!("\n  {}", summary.folder.display())
}

/// What a dry run found, for a person.
pub fn dry_text(dry: &DryRun) -> String {
    let [w, h] = dry.size;
    let peak =
        dry.peak_bytes.map_or_else(String::new, |bytes| format!(", {:.2} GB at the peak so far", bytes as f64 / 1e9));
    let validation = dry
        .validation
        .map_or_else(String::new, |time| format!(", {} validations of {}", dry.validations, duration(time)));
    let p = &dry.phases;
    let all = (p.load + p.forward + p.backward + p.update).as_secs_f64().max(1e-9);
    let share = |time: Duration| 100.0 * time.as_secs_f64() / all;
    format!(
        "{}\nmemory: {:.0} MB of weights, gradients and moments{peak}\na step: {} (timed at {w}x{h}; {:.0} % data, {:.0} % \
         forward, {:.0} % backward, {:.0} % update), loss {:.4}{validation}\nthe whole run: {}",
        start_text(&dry.started),
        dry.state_bytes as f64 / 1e6,
        duration(dry.step),
        share(p.load),
        share(p.forward),
        share(p.backward),
        share(p.update),
        dry.loss,
        duration(dry.total())
    )
}

/// The same in a line, of one run of several.
pub fn dry_line(dry: &DryRun) -> String {
    format!(
        "{} steps of {}, {:.0} MB of weights, gradients and moments, the whole run: {}",
        dry.started.steps,
        duration(dry.step),
        dry.state_bytes as f64 / 1e6,
        duration(dry.total())
    )
}

/// The same as an object.
pub fn dry_json(dry: &DryRun) -> Value {
    let p = &dry.phases;
    let phases = [p.load, p.forward, p.backward, p.update].map(|time| time.as_secs_f64());
    json!({
        "event": "dry_run", "frames": dry.started.frames, "held_out": dry.started.held_out, "steps": dry.started.steps,
        "parameters": dry.started.parameters, "random_layers": dry.random_layers, "state_bytes": dry.state_bytes,
        "peak_bytes": dry.peak_bytes, "size": dry.size, "step_s": dry.step.as_secs_f64(),
        "phases_s": phases, "loss": dry.loss,
        "validation_s": dry.validation.map(|time| time.as_secs_f64()), "total_s": dry.total().as_secs_f64(),
    })
}

/// A time as a person says it.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        s if s < 1.0 => format!("{:.0} ms", 1e3 * s),
        s if s < 120.0 => format!("{s:.1} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

fn scores_json(scores: &Scores) -> Value {
    json!({ "rel": scores.rel, "rmse": scores.rmse, "log10": scores.log10, "d": scores.d, "edge_f1": scores.edge_f1 })
}

/// An event as an object; what is not a number is `null`.
fn object(event: &TrainEvent) -> Value {
    match event {
        TrainEvent::Started(s) => json!({
            "event": "started", "resumed": s.resumed, "steps": s.steps, "steps_per_epoch": s.steps_per_epoch,
            "parameters": s.parameters, "random_layers": s.random_layers, "frames": s.frames, "held_out": s.held_out,
            "sources": s.sources.iter().map(|of| json!({
                "label": of.label, "frames": of.frames, "times": of.times, "held_out": of.held_out,
            })).collect::<Vec<_>>(),
            "out": s.folder.to_string_lossy(),
        }),
        TrainEvent::Step { row, samples } => json!({
            "event": "step", "step": row.step, "epoch": row.epoch, "loss": row.loss, "depth": row.depth,
            "gradient": row.gradient, "ssim": row.ssim, "auxiliary": row.auxiliary, "normal": row.normal, "edge": row.edge,
            "gradient_norm": row.gradient_norm, "rate": row.rate, "size": row.size, "step_ms": row.step_ms,
            "wait_ms": row.wait_ms,
            "samples": samples.iter().map(|s| json!([s.name, s.loss, s.weight])).collect::<Vec<_>>(),
        }),
        TrainEvent::Replaced { name, reason } => json!({ "event": "replaced", "name": name, "reason": reason }),
        TrainEvent::Validated { step, scores, best, .. } => {
            json!({ "event": "validated", "step": step, "best": best, "scores": scores_json(scores) })
        }
        TrainEvent::Saved { step } => json!({ "event": "saved", "step": step }),
        TrainEvent::RolledBack(i) => json!({
            "event": "rolled_back", "step": i.step, "tensor": i.tensor, "samples": i.samples, "action": i.action,
        }),
        TrainEvent::Paused { reason } => json!({ "event": "paused", "reason": reason }),
        TrainEvent::Waiting => json!({ "event": "waiting" }),
        TrainEvent::Resumed => json!({ "event": "resumed" }),
        TrainEvent::Finished(s) => json!({
            "event": "finished", "step": s.step, "steps": s.steps, "loss": s.loss,
            "images_per_second": s.images_per_second(), "wait_share": s.wait_share(),
            "best": s.best.as_ref().map(|(step, scores)| json!({ "step": step, "scores": scores_json(scores) })),
            "last": s.last.as_ref().map(|(step, scores)| json!({ "step": step, "scores": scores_json(scores) })),
            "out": s.folder.to_string_lossy(),
        }),
    }
}
