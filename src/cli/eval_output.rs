//! What `eval` shows: the bar while it runs, the table at its end.

use crate::eval::evaluation::Times;
use crate::eval::report::Report;
use crate::eval::report::table::{COLUMNS, printed};
use crate::eval::sums::Metric;
use indicatif::{ProgressBar, ProgressStyle};
use std::fmt::Write;

/// The progress bar: frames, rate, time left, and the first model's REL so far.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar over so many frames, of which the first so many were done by an earlier run.
    pub fn new(frames: usize, done: usize) -> Self {
        let style = "{bar:32} {pos}/{len}  {per_sec}  {eta} left  {wide_msg}";
        let style = ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(frames as u64).with_style(style).with_position(done as u64);
        // The rate is that of this run.
        bar.reset_eta();
        bar.reset_elapsed();
        Self(bar)
    }

    /// One frame more.
    pub fn step(&self, report: &Report) {
        if !self.0.is_hidden() {
            let rel = report.mean(0).map(|mean| format!("REL {:.4}", mean.rel)).unwrap_or_default();
            let skipped = report.skipped.len();
            self.0.set_message(if skipped > 0 { format!("{rel}  {skipped} skipped") } else { rel });
        }
        self.0.inc(1);
    }

    /// Takes it away.
    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}

/// The report for a person at a terminal.
pub fn text(report: &Report, times: Times, resumed: usize, device: &str) -> String {
    let mut text = format!("{}\n", report.title());
    for note in report.notes() {
        let _ = writeln!(text, "  {note}");
    }
    let width =
        report.groups().iter().flat_map(|g| &g.lines).map(|l| l.name.chars().count()).max().unwrap_or(0).max(12);
    let _ = write!(text, "\n{:width$}", "");
    for metric in COLUMNS {
        let _ = write!(text, "{:>9}", metric.title());
    }
    for group in report.groups() {
        let _ = write!(text, "\n{}: {}", group.title, group.protocol);
        for line in &group.lines {
            let _ = write!(text, "\n{:width$}", line.name);
            for (metric, value) in COLUMNS.into_iter().zip(line.values) {
                let _ = write!(text, "{:>9}", printed(metric, value));
            }
            if !line.note.is_empty() {
                let _ = write!(text, "  {}", line.note);
            }
        }
    }
    for (i, model) in report.models.iter().enumerate() {
        let order = report.worst_first(i, Metric::Rel);
        let name = |row: &usize| report.rows[*row].frame.clone();
        let (worst, best): (Vec<_>, Vec<_>) =
            (order.iter().take(5).map(name).collect(), order.iter().rev().take(5).map(name).collect());
        let _ = write!(text, "\n{}: worst {}; best {}", model.name, worst.join(", "), best.join(", "));
    }
    if times.frames > 0 {
        let each = |time: std::time::Duration| 1e3 * time.as_secs_f64() / times.frames as f64;
        let _ = write!(
            text,
            "\n{device}: {:.1} ms a frame in the networks, {:.1} ms of processor time decoding and projecting on other threads, {:.1} ms \
             scoring ({:.0} % of the networks' time)",
            each(times.network),
            each(times.load),
            each(times.score),
            100.0 * times.overhead().unwrap_or(0.0)
        );
    }
    if resumed > 0 {
        let _ = write!(text, "\n{resumed} frames were done by an earlier run");
    }
    text
}
