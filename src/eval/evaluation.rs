//! [`Evaluation`]: models over the frames of a data set, a frame at a time, with a journal to go on from.
//!
//! Whoever runs it brings the frames (read ahead on other threads) and decides when to show, pause or stop: between two
//! frames the report is whole and the journal is on the disk.

use super::earlier::About;
use super::journal::{Command, Journal};
use super::protocol::Settings;
use super::protocol::fit::{self, TruthFacts};
use super::protocol::mirror::{merged, mirrored};
use super::report::{FrameRow, ModelFacts, ModelRow, Report, Skipped};
pub use super::times::Times;
use super::training::Seen;
use crate::data::dataset::{Dataset, GroundTruth};
use crate::depth::DepthMap;
use crate::error::{Error, Result};
use crate::frame::Frame;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A network as an evaluation needs it.
pub trait Network {
    /// What a table says of it.
    fn facts(&self) -> &ModelFacts;

    /// Its depth on its own grid: metres, or depth without a scale. `size` is the input's width and height, `None` the
    /// network's own choice.
    ///
    /// # Errors
    /// When the size is impossible or the device fails.
    fn depth(&self, frame: &Frame, size: Option<[usize; 2]>) -> Result<DepthMap>;
}

/// A frame as it came from the disk.
#[derive(Debug)]
pub struct Arrived {
    /// Its number in [`Dataset::names`].
    pub index: usize,
    /// The picture.
    pub frame: Result<Frame>,
    /// What was measured.
    pub truth: Result<Option<GroundTruth>>,
    /// Processor time that decoding and projecting took, on whichever thread.
    pub took: Duration,
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It has a row.
    Done,
    /// It is among [`Report::skipped`].
    Skipped,
    /// It has no ground truth, and nobody asked for it by name.
    WithoutTruth,
}

/// A run of some models over a data set.
pub struct Evaluation<N: Network> {
    dataset: Arc<dyn Dataset>,
    networks: Vec<N>,
    journal: Option<Journal>,
    seen: Seen,
    /// Frames with a row, by number, in the order of the report's rows.
    done: Vec<usize>,
    report: Report,
    times: Times,
    resumed: usize,
}

impl<N: Network> Evaluation<N> {
    /// Begins, or goes on where the journal in `out` stops. `extra` are flags that make it another run besides data,
    /// protocol and models (such as `--split`); `report.split` is its `--split`.
    ///
    /// # Errors
    /// [`Error::Usage`] when the protocol does not fit the data, when a model cannot be measured by it, or when the journal
    /// is of another command; [`Error::File`] when the journal cannot be used.
    pub fn begin(
        dataset: Arc<dyn Dataset>,
        settings: Settings,
        networks: Vec<N>,
        out: Option<&Path>,
        extra: &Command,
    ) -> Result<Self> {
        let unread = TruthFacts { kind: dataset.kind(), source: None, size: None };
        fit::check(settings.rules.protocol, dataset.spec(), &unread)?;
        let models: Vec<ModelFacts> = networks.iter().map(|network| network.facts().clone()).collect();
        let mut command = extra.clone();
        command.insert("--data".into(), dataset.spec().to_owned());
        command.insert("--protocol".into(), settings.title());
        for (i, model) in models.iter().enumerate() {
            // Enough of the hash to tell two files apart in a sentence.
            let sha: String = model.sha256.chars().take(16).collect();
            command.insert(format!("--model {}", i + 1), format!("{} ({sha}, scaling {})", model.name, model.scaling));
        }
        let report = Report {
            data: dataset.spec().to_owned(),
            split: extra.get("--split").cloned(),
            asked: dataset.names().len(),
            without_truth: dataset.without_truth(),
            settings,
            models,
            rows: Vec::new(),
            skipped: Vec::new(),
        };
        let (journal, rows) =
            match out.map(|out| Journal::open(out, &command, Some(&About::of(&report)))).transpose()? {
                Some((journal, rows)) => (Some(journal), rows),
                None => (None, Vec::new()),
            };
        let seen = Seen::new(&*dataset);
        let (done, times) = (Vec::new(), Times::default());
        let mut all = Self { dataset, networks, journal, seen, done, report, times, resumed: 0 };
        all.resume(rows);
        Ok(all)
    }

    /// Takes over rows of frames that are asked for still, complete ones.
    fn resume(&mut self, rows: Vec<FrameRow>) {
        let numbers: HashMap<String, usize> =
            self.dataset.names().iter().enumerate().map(|(i, name)| (name.clone(), i)).collect();
        for row in rows {
            let intervals = self.report.settings.rules.distances.len().saturating_sub(1);
            let whole = row.results.len() == self.networks.len()
                && row.results.iter().all(|r| r.sums.scores().is_some() && r.by_distance.intervals.len() == intervals);
            if let (Some(number), true) = (numbers.get(&row.frame), whole) {
                self.insert(*number, row);
                self.resumed += 1;
            }
        }
    }

    fn insert(&mut self, number: usize, row: FrameRow) {
        let place = self.done.partition_point(|done| *done < number);
        self.done.insert(place, number);
        self.report.rows.insert(place, row);
    }

    /// The frames that are still to be done, in order.
    pub fn todo(&self) -> Vec<usize> {
        (0..self.dataset.names().len()).filter(|number| self.done.binary_search(number).is_err()).collect()
    }

    /// What is known so far; whole between two frames.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The rows of the report with their frames' numbers.
    pub fn numbered(&self) -> impl DoubleEndedIterator<Item = (usize, &FrameRow)> {
        self.done.iter().copied().zip(&self.report.rows)
    }

    /// Where the time of this process went.
    pub fn times(&self) -> Times {
        self.times
    }

    /// Frames that the journal had.
    pub fn resumed(&self) -> usize {
        self.resumed
    }

    /// The networks.
    pub fn networks(&self) -> &[N] {
        &self.networks
    }

    /// The data set.
    pub fn dataset(&self) -> &Arc<dyn Dataset> {
        &self.dataset
    }

    /// Ends: the report, and the networks for whatever comes next.
    pub fn finish(self) -> (Report, Vec<N>) {
        (self.report, self.networks)
    }

    /// Evaluates one frame and writes it down. A frame that is broken, or of a size that the protocol does not know, is
    /// skipped with its reason.
    ///
    /// # Errors
    /// What would fail for every frame: a network or device that fails, a journal that cannot be written, and data that the
    /// protocol is not for, as the first ground truth shows.
    pub fn take(&mut self, arrived: Arrived) -> Result<Outcome> {
        let names = self.dataset.names();
        let name = names.get(arrived.index).cloned().unwrap_or_else(|| format!("frame {}", arrived.index));
        let (frame, truth) = match (arrived.frame, arrived.truth) {
            (Ok(frame), Ok(Some(truth))) => (frame, truth),
            (_, Ok(None)) if !self.dataset.listed() => {
                self.report.without_truth += 1;
                self.report.asked = self.report.asked.saturating_sub(1);
                return Ok(Outcome::WithoutTruth);
            }
            (Err(error), _) | (Ok(_), Err(error)) => return Ok(self.skip(name, &error)),
            (Ok(_), Ok(None)) => return Ok(self.skip(name, &Error::Failed("it has no ground truth".into()))),
        };
        let size = [truth.map.width(), truth.map.height()];
        let (protocol, kind) = (self.report.settings.rules.protocol, self.dataset.kind());
        let facts = TruthFacts { kind, source: Some(truth.source), size: Some(size) };
        if let Err(error) = fit::check(protocol, self.dataset.spec(), &facts) {
            // The first shows what the data are; a later one is an odd frame among others.
            return if self.report.rows.is_empty() { Err(error) } else { Ok(self.skip(name, &error)) };
        }
        let scene = self.dataset.scene(arrived.index).map(str::to_owned);
        let mark = fit::mark(protocol, truth.source, size);
        match self.results(&frame, &truth, &name, scene.as_deref())? {
            Ok(results) => {
                let row = FrameRow { frame: name, scene, mark, results };
                if let Some(journal) = &mut self.journal {
                    journal.append(&row)?;
                }
                self.insert(arrived.index, row);
                self.times.load += arrived.took;
                self.times.frames += 1;
                Ok(Outcome::Done)
            }
            Err(reason) => Ok(self.skip(name, &reason)),
        }
    }

    fn skip(&mut self, frame: String, reason: &Error) -> Outcome {
        self.report.skipped.push(Skipped { frame, reason: reason.to_string() });
        Outcome::Skipped
    }

    /// Every model's result. The outer error ends the run, the inner one skips the frame.
    fn results(
        &mut self,
        frame: &Frame,
        truth: &GroundTruth,
        name: &str,
        scene: Option<&str>,
    ) -> Result<Result<Vec<ModelRow>>> {
        let settings = &self.report.settings;
        let mut results = Vec::with_capacity(self.networks.len());
        for network in &self.networks {
            let start = Instant::now();
            let shown = match settings.prepare(frame) {
                Ok(shown) => shown,
                Err(error) => return Ok(Err(error)),
            };
            let prepared = start.elapsed();

            let start = Instant::now();
            let depth = predict(network, settings, &shown)?;
            self.times.network += start.elapsed();

            let start = Instant::now();
            let scored = match settings.score(&depth, truth, network.facts().scaling) {
                Ok(scored) => scored,
                Err(error) => return Ok(Err(error)),
            };
            self.times.score += prepared + start.elapsed();
            results.push(ModelRow {
                sums: scored.sums,
                factor: scored.factor,
                edges: scored.edges,
                by_distance: scored.by_distance,
                worst: scored.worst,
                seen: self.seen.by(network.facts().data.as_deref(), name, scene),
            });
        }
        Ok(Ok(results))
    }
}

/// A network's depth of a picture as the protocol wants it, with its mirror image where that is asked too.
///
/// # Errors
/// As [`Network::depth`].
pub fn predict<N: Network + ?Sized>(network: &N, settings: &Settings, shown: &Frame) -> Result<DepthMap> {
    let size = settings.network_size();
    let depth = network.depth(shown, size)?;
    if !settings.rules.flip {
        return Ok(depth);
    }
    let mirror = network.depth(&mirrored(shown), size)?;
    Ok(merged(&settings.rules, &depth, &mirror))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "evaluation_tests.rs"]
pub(in crate::eval) mod tests;
