//! What `eval` shows: the bar while it runs, the table at its end.

use super::cancel;
use crate::error::{Error, Result};
use crate::eval::edges::{EdgeScore, THRESHOLDS};
use crate::eval::evaluation::{Evaluation, Network, Times};
use crate::eval::job::drive;
use crate::eval::report::Report;
use crate::eval::report::table::{COLUMNS, printed};
use crate::eval::sums::Metric;
use indicatif::{ProgressBar, ProgressStyle};
use std::fmt::Write;

/// Does all frames that are still to be done, under a progress bar.
///
/// # Errors
/// As [`drive`]; [`Error::Interrupted`] when it was stopped by Ctrl-C.
pub fn drive_with_bar<N: Network>(all: &mut Evaluation<N>) -> Result<()> {
    let bar = Bar::new(all.dataset().names().len(), all.resumed());
    let mut begun = false;
    let whole = drive(all, &mut |all| {
        // It is asked before each frame: the first time nothing is done yet.
        if std::mem::replace(&mut begun, true) {
            bar.step(all.report());
        }
        !cancel::asked()
    })?;
    bar.end();
    if whole { Ok(()) } else { Err(Error::Interrupted) }
}

/// The progress bar: frames, rate, time left, and the first model's REL so far.
struct Bar(ProgressBar);

impl Bar {
    /// A bar over so many frames, of which the first so many were done by an earlier run.
    fn new(frames: usize, done: usize) -> Self {
        let style = "{bar:32} {pos}/{len}  {per_sec}  {eta} left  {wide_msg}";
        let style = ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(frames as u64).with_style(style).with_position(done as u64);
        // The rate is that of this run.
        bar.reset_eta();
        bar.reset_elapsed();
        Self(bar)
    }

    /// One frame more.
    fn step(&self, report: &Report) {
        if !self.0.is_hidden() {
            let rel = report.mean(0).map(|mean| format!("REL {:.4}", mean.rel)).unwrap_or_default();
            let skipped = report.skipped.len();
            self.0.set_message(if skipped > 0 { format!("{rel}  {skipped} skipped") } else { rel });
        }
        self.0.inc(1);
    }

    /// Takes it away.
    fn end(&self) {
        self.0.finish_and_clear();
    }
}

/// How well outlines are kept, in a line.
fn edges_text(edges: &[EdgeScore; 3]) -> String {
    let each = |number: fn(&EdgeScore) -> f64| edges.each_ref().map(|edge| format!("{:.3}", number(edge))).join(" ");
    let [a, b, c] = THRESHOLDS;
    let (precision, recall, f1) = (each(|edge| edge.precision), each(|edge| edge.recall), each(|edge| edge.f1));
    format!("edges above {a}, {b} and {c} m: precision {precision}, recall {recall}, F1 {f1}")
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
    for (i, model) in report.models.iter().enumerate() {
        if let Some(edges) = report.edges(i) {
            let _ = write!(text, "\n{}: {}", model.name, edges_text(&edges));
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::distance::ByDistance;
    use crate::eval::protocol::{Protocol, Scaling, Settings};
    use crate::eval::report::{FrameRow, ModelFacts, ModelRow};
    use crate::eval::sums::{Convention, Sums};

    /// A network on one frame, with or without edges.
    fn report(edges: Option<[EdgeScore; 3]>) -> Report {
        let mut sums = Sums::default();
        sums.push(2.2, 2.0, Convention::default());
        let by_distance = ByDistance::new(Protocol::HuNyu.rules().distances);
        let result = ModelRow { sums, factor: 1.0, edges, by_distance, worst: [0, 0], seen: false };
        let model = ModelFacts {
            name: "mine".into(),
            sha256: String::new(),
            title: "MSFNet".into(),
            scaling: Scaling::None,
            relative: false,
            data: None,
            random_layers: 0,
        };
        Report {
            data: "nyu:d".into(),
            split: None,
            settings: Settings::published(Protocol::HuNyu),
            models: vec![model],
            asked: 1,
            rows: vec![FrameRow { frame: "a".into(), scene: None, mark: None, results: vec![result] }],
            skipped: Vec::new(),
            without_truth: 0,
        }
    }

    #[test]
    fn edges_are_a_line_a_model_with_all_thresholds_where_they_were_measured() {
        let edge = |precision, recall, f1| EdgeScore { precision, recall, f1 };
        let edges = [edge(0.5, 0.25, 1.0 / 3.0), edge(1.0, 0.125, 2.0 / 9.0), edge(0.0, 0.0, 0.0)];
        let printed = text(&report(Some(edges)), Times::default(), 0, "CPU");
        let line = "\nmine: edges above 0.25, 0.5 and 1 m: precision 0.500 1.000 0.000, recall 0.250 0.125 0.000, \
                    F1 0.333 0.222 0.000";
        assert!(printed.contains(line), "{printed}");
        assert!(!text(&report(None), Times::default(), 0, "CPU").contains("edges"));
    }
}
