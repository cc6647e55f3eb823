//! [`EvaluateState`]: what the Evaluate tab shows and what a person chose in it.

use super::results::{Key, Results};
use super::setup::Setup;
use crate::eval::messages::{End, Progress};
use crate::eval::report::Report;
use crate::eval::sums::Metric;
use egui::Pos2;
use std::path::PathBuf;

/// What the evaluation is doing.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Phase {
    /// Nothing was started.
    #[default]
    Idle,
    /// Data or a model is being opened.
    Opening(String),
    /// Frames are being done.
    Running,
    /// It waits for the person.
    Paused,
    /// It is over; what is on the screen is whole, or as far as it came.
    Ended(End),
    /// It failed.
    Failed(String),
}

impl Phase {
    /// True from start to end.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Opening(_) | Self::Running | Self::Paused)
    }
}

/// The scatter chart's choices.
#[derive(Debug, Clone)]
pub struct Scatter {
    /// Model and metric across.
    pub x: (usize, Metric),
    /// Model and metric upwards.
    pub y: (usize, Metric),
    /// Where its points were drawn last, and of which row each is.
    pub spots: Vec<(Pos2, usize)>,
}

/// The metrics that tables print, those first that get room first.
const FIRST: [Metric; 9] = [
    Metric::Rel,
    Metric::Rmse,
    Metric::D1,
    Metric::Log10,
    Metric::SqRel,
    Metric::RmseLog,
    Metric::Silog,
    Metric::D2,
    Metric::D3,
];

/// The tab's state.
pub struct EvaluateState {
    /// What is to be run.
    pub setup: Setup,
    /// What happens.
    pub phase: Phase,
    /// How far it is.
    pub progress: Progress,
    /// Rows that came from the journal.
    pub resumed: usize,
    /// The results on the screen.
    pub results: Option<Results>,
    /// The folder of these results.
    pub folder: Option<PathBuf>,
    /// The two models that rows and charts compare; equal when there is one.
    pub pair: [usize; 2],
    /// The metric of the narrow list.
    pub metric: Metric,
    /// The scatter chart.
    pub scatter: Scatter,
    /// The frame that was opened last, by its number.
    pub selected: Option<usize>,
    /// The list is to be scrolled to it.
    pub reveal: bool,
    /// A frame that was asked for and its worst pixel on the protocol's grid: centred as soon as it is on the screen.
    pub worst: Option<(String, [usize; 2])>,
    /// The results cover the views.
    pub expanded: bool,
    /// Results are being read from a folder.
    pub reading: bool,
    /// A report is being written.
    pub writing: bool,
}

impl Default for EvaluateState {
    fn default() -> Self {
        Self {
            setup: Setup::default(),
            phase: Phase::Idle,
            progress: Progress::default(),
            resumed: 0,
            results: None,
            folder: None,
            pair: [0, 0],
            metric: Metric::Rel,
            scatter: Scatter { x: (0, Metric::Rel), y: (0, Metric::Rmse), spots: Vec::new() },
            selected: None,
            reveal: false,
            worst: None,
            expanded: false,
            reading: false,
            writing: false,
        }
    }
}

impl EvaluateState {
    /// Shows a report from now on; of a run that goes on when `run` is given.
    pub fn show_report(&mut self, report: Report, run: Option<u64>) {
        let second = usize::from(report.models.len() > 1);
        self.pair = [0, second];
        let y = if second == 1 { (1, Metric::Rel) } else { (0, Metric::Rmse) };
        self.scatter = Scatter { x: (0, Metric::Rel), y, spots: Vec::new() };
        (self.selected, self.worst, self.metric) = (None, None, Metric::Rel);
        self.results = Some(Results::new(report, run));
    }

    /// Columns of the list for a width in points: the chosen metric, and as many others that tables print as have room.
    pub fn columns(&self, width: f32) -> Vec<Key> {
        let [a, b] = self.pair;
        let mut keys = vec![Key::Frame];
        let room = ((width - 90.0) / 64.0).max(1.0) as usize;
        let room = room.saturating_sub(if a == b { 1 } else { 3 });
        let others: Vec<Metric> = FIRST.into_iter().filter(|metric| *metric != self.metric).take(room).collect();
        let shown = |metric: &Metric| *metric == self.metric || others.contains(metric);
        keys.extend(Metric::ALL.into_iter().filter(shown).map(|metric| Key::Value(a, metric)));
        if a != b {
            keys.extend([Key::Value(b, self.metric), Key::Difference([a, b], self.metric)]);
        }
        keys
    }

    /// Chooses the metric that the list compares models by, and sorts by it if it was sorted by the one before.
    pub fn choose_metric(&mut self, metric: Metric) {
        let before = std::mem::replace(&mut self.metric, metric);
        let Some(results) = &mut self.results else { return };
        let mut sort = results.sort();
        match &mut sort.key {
            Key::Value(_, of) | Key::Difference(_, of) if *of == before => *of = metric,
            _ => return,
        }
        results.set_sort(super::results::Sort::worst(sort.key));
    }

    /// Chooses the two models; a list that was sorted by one that is no longer shown is sorted by the first.
    pub fn choose_pair(&mut self, pair: [usize; 2]) {
        self.pair = pair;
        let columns = self.columns(f32::INFINITY);
        let metric = self.metric;
        if let Some(results) = self.results.as_mut().filter(|results| !columns.contains(&results.sort().key)) {
            results.set_sort(super::results::Sort::worst(Key::Value(pair[0], metric)));
        }
    }
}
