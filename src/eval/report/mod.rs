//! What an evaluation found: one row a frame, the table of it, and what must be said beside the numbers.

mod csv;
mod files;
mod json;
mod latex;
mod markdown;
pub mod table;

pub(in crate::eval) use markdown::cell;

use super::accumulate::{Accumulator, worst_first};
use super::distance::ByDistance;
use super::edges::EdgeScore;
use super::protocol::{Scaling, Settings};
use super::sums::{Metric, Scores, Sums};
use super::training::FIT;
use crate::depth::median;
use serde::{Deserialize, Serialize};

/// A network as a table names it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// The name that ships, or the file's stem.
    pub name: String,
    /// SHA-256 of its weights.
    pub sha256: String,
    /// What it is, in words.
    pub title: String,
    /// How it was scaled.
    pub scaling: Scaling,
    /// Whether its depth has no scale of its own.
    pub relative: bool,
    /// What it was trained on, as its weights say.
    pub data: Option<String>,
    /// Layers that are random because the weights were a part of a network: its numbers mean nothing.
    pub random_layers: usize,
}

/// One model's result on one frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRow {
    /// Sums over its pixels, from which every average is made.
    pub sums: Sums,
    /// What the prediction was multiplied by.
    pub factor: f32,
    /// Precision and recall of depth edges, where the protocol measures them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edges: Option<[EdgeScore; 3]>,
    /// Error by true distance.
    pub by_distance: ByDistance,
    /// Column and row of the worst pixel, on the grid of the protocol.
    pub worst: [usize; 2],
    /// Whether the model was trained on this frame.
    #[serde(default)]
    pub seen: bool,
}

/// Every model's result on one frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrameRow {
    /// The frame's name, unique in its data set.
    pub frame: String,
    /// NYU's scene, KITTI's drive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene: Option<String>,
    /// What sets its ground truth apart from the published one ([`super::protocol::fit::mark`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// One entry a model, in their order.
    pub results: Vec<ModelRow>,
}

/// A frame that could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Its name.
    pub frame: String,
    /// Why, in one sentence.
    pub reason: String,
}

/// The whole of an evaluation, finished or under way.
#[derive(Debug, Clone)]
pub struct Report {
    /// The data as specified.
    pub data: String,
    /// The split, as given.
    pub split: Option<String>,
    /// The protocol and what was changed about it.
    pub settings: Settings,
    /// The models, in the order of the results.
    pub models: Vec<ModelFacts>,
    /// Frames asked for.
    pub asked: usize,
    /// The frames that are done, in the data set's order.
    pub rows: Vec<FrameRow>,
    /// Those that could not be done.
    pub skipped: Vec<Skipped>,
    /// Frames that have no ground truth and that nobody asked for by name.
    pub without_truth: usize,
}

impl Report {
    /// The metrics of a model over all frames so far; `None` without one.
    pub fn mean(&self, model: usize) -> Option<Scores> {
        let mut all = Accumulator::new(self.settings.rules.aggregation);
        self.results(model).for_each(|result| all.add(&result.sums));
        all.scores()
    }

    /// A model's results, in the order of the rows.
    pub fn results(&self, model: usize) -> impl Iterator<Item = &ModelRow> {
        self.rows.iter().filter_map(move |row| row.results.get(model))
    }

    /// Indices into the rows from the worst to the best frame of a model.
    pub fn worst_first(&self, model: usize, metric: Metric) -> Vec<usize> {
        let scores: Vec<_> =
            self.rows.iter().map(|row| row.results.get(model).and_then(|result| result.sums.scores())).collect();
        worst_first(&scores, metric)
    }

    /// A model's error by true distance over all frames so far.
    pub fn by_distance(&self, model: usize) -> ByDistance {
        let mut all = ByDistance::new(self.settings.rules.distances);
        self.results(model).for_each(|result| all.add(&result.by_distance));
        all
    }

    /// A model's depth edges: the mean over frames at each threshold; `None` where they are not measured.
    pub fn edges(&self, model: usize) -> Option<[EdgeScore; 3]> {
        let at = |i: usize| EdgeScore::mean(self.results(model).filter_map(|r| r.edges.as_ref()).map(|e| &e[i]));
        Some([at(0)?, at(1)?, at(2)?])
    }

    /// Median of a model's factors, and the standard deviation of factor / median, as Monodepth2 prints them; `None` where
    /// nothing was scaled by its own image.
    pub fn factors(&self, model: usize) -> Option<[f64; 2]> {
        if !matches!(self.models.get(model)?.scaling, Scaling::Median | Scaling::LeastSquares) {
            return None;
        }
        let mut factors: Vec<f32> = self.results(model).map(|result| result.factor).collect();
        let median = f64::from(median(&mut factors)?);
        let n = factors.len() as f64;
        let mean = factors.iter().map(|f| f64::from(*f) / median).sum::<f64>() / n;
        let variance = factors.iter().map(|f| (f64::from(*f) / median - mean).powi(2)).sum::<f64>() / n;
        Some([median, variance.sqrt()])
    }

    /// Whether a model was trained on any of the frames.
    pub fn saw(&self, model: usize) -> bool {
        self.results(model).any(|result| result.seen)
    }

    /// Which table it is: protocol, data, how many frames, and what keeps it from being the published measurement.
    pub fn title(&self) -> String {
        [Some(self.heading()), self.fit()].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// [`FIT`], and of which models where it is not all of them; `None` when none has seen any of the frames.
    pub fn fit(&self) -> Option<String> {
        let saw: Vec<usize> = (0..self.models.len()).filter(|model| self.saw(*model)).collect();
        let names: Vec<&str> = saw.iter().map(|model| self.models[*model].name.as_str()).collect();
        match saw.len() {
            0 => None,
            all if all == self.models.len() => Some(FIT.to_owned()),
            _ => Some(format!("{} for {}", FIT, names.join(", "))),
        }
    }

    /// The title without what is said of the training.
    pub fn heading(&self) -> String {
        let mut parts = vec![self.settings.title(), self.data.clone()];
        parts.extend(self.split.iter().map(|split| format!("split {split}")));
        let done = self.rows.len();
        parts.push(match (done == self.asked, done) {
            (true, 1) => "1 frame".to_owned(),
            (true, _) => format!("{done} frames"),
            (false, _) => format!("only {done} of {} frames", self.asked),
        });
        parts.extend(self.marks());
        parts.join(" · ")
    }

    /// The marks of the ground truth, each once, with the number of frames where it is not all of them.
    pub fn marks(&self) -> Vec<String> {
        let mut marks: Vec<(&str, usize)> = Vec::new();
        for mark in self.rows.iter().filter_map(|row| row.mark.as_deref()) {
            match marks.iter_mut().find(|(known, _)| *known == mark) {
                Some((_, count)) => *count += 1,
                None => marks.push((mark, 1)),
            }
        }
        let all = self.rows.len();
        let say = |(mark, count)| if count == all { String::from(mark) } else { format!("{mark} ({count} of {all})") };
        marks.into_iter().map(say).collect()
    }

    /// How all models were scaled, in words.
    pub fn scaling(&self) -> String {
        let mut kinds: Vec<(String, Vec<&str>)> = Vec::new();
        for model in &self.models {
            let scaling = model.scaling.to_string();
            match kinds.iter_mut().find(|(known, _)| *known == scaling) {
                Some((_, names)) => names.push(&model.name),
                None => kinds.push((scaling, vec![&model.name])),
            }
        }
        match kinds.as_slice() {
            [(one, _)] => one.clone(),
            several => {
                let say = |(scaling, names): &(String, Vec<&str>)| format!("{scaling} ({})", names.join(", "));
                several.iter().map(say).collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// The process's exit status: 1 when the table covers fewer frames than asked for.
    pub fn exit_code(&self) -> u8 {
        u8::from(self.rows.len() < self.asked || self.rows.is_empty())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(in crate::eval) mod tests;
