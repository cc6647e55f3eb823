//! [`Results`]: a report on the screen, growing or read back, with what the panels draw of it: means, order of the rows,
//! error by distance. Computed when something changed and not with every frame.

use crate::eval::distance::ByDistance;
use crate::eval::messages::Batch;
use crate::eval::report::table::Group;
use crate::eval::report::{FrameRow, Report};
use crate::eval::sums::{Metric, Scores};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a column of the rows shows, and what they can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The data set's order.
    Frame,
    /// A model's value.
    Value(usize, Metric),
    /// The first model's value minus the second's.
    Difference([usize; 2], Metric),
}

/// In which order the rows stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: Key,
    /// The largest first.
    pub descending: bool,
}

impl Sort {
    /// The worst image first; for a difference, that on which the first model is worse than the second.
    pub fn worst(key: Key) -> Self {
        let descending = match key {
            Key::Frame => false,
            Key::Value(_, metric) | Key::Difference(_, metric) => !metric.larger_is_better(),
        };
        Self { key, descending }
    }
}

/// While rows arrive they are taken in this often: sorting twenty thousand takes milliseconds.
const OFTEN: Duration = Duration::from_millis(250);

/// A report and what is drawn of it.
pub struct Results {
    /// The run that still adds rows.
    pub run: Option<u64>,
    /// The report so far.
    pub report: Arc<Report>,
    /// Title, our rows and the published ones, and the notes below.
    pub title: String,
    /// That a model was trained on some of the images, if one was.
    pub fit: Option<String>,
    /// The table of means.
    pub groups: Vec<Group>,
    /// What must be known besides.
    pub notes: Vec<String>,
    /// Error by true distance of each model.
    pub distances: Vec<ByDistance>,
    /// Rows that pass the filter, in the order in which they stand.
    pub order: Vec<usize>,
    sort: Sort,
    filter: String,
    /// Scores of each row and model.
    scores: Vec<Vec<Option<Scores>>>,
    /// Frame numbers of the rows.
    numbers: Vec<usize>,
    waiting: Vec<(usize, FrameRow)>,
    taken_in: Option<Instant>,
    stale: bool,
}

impl Results {
    /// A whole report, or the beginning of the one of a run.
    pub fn new(report: Report, run: Option<u64>) -> Self {
        let numbers = (0..report.rows.len()).collect();
        let mut this = Self {
            run,
            title: String::new(),
            fit: None,
            groups: Vec::new(),
            notes: Vec::new(),
            distances: Vec::new(),
            order: Vec::new(),
            sort: Sort::worst(Key::Value(0, Metric::Rel)),
            filter: String::new(),
            scores: report.rows.iter().map(scores).collect(),
            numbers,
            waiting: Vec::new(),
            taken_in: None,
            stale: false,
            report: Arc::new(report),
        };
        this.compute();
        this
    }

    /// Takes what came; it is shown with the next [`Results::settle`].
    pub fn add(&mut self, batch: Batch) {
        if self.run != Some(batch.run) {
            return;
        }
        self.stale |= !batch.rows.is_empty() || !batch.skipped.is_empty();
        self.waiting.extend(batch.rows);
        // Nobody holds the report while a run adds to it, but for a moment while it is written.
        let report = Arc::make_mut(&mut self.report);
        report.skipped.extend(batch.skipped);
        (report.asked, report.without_truth) = (batch.asked, batch.without_truth);
    }

    /// Shows what came, at once or when it is time; how long to wait when it is not.
    pub fn settle(&mut self, now: Instant, at_once: bool) -> Option<Duration> {
        if !self.stale {
            return None;
        }
        let since = self.taken_in.map_or(OFTEN, |then| now.saturating_duration_since(then));
        if !at_once && since < OFTEN {
            return Some(OFTEN - since);
        }
        (self.taken_in, self.stale) = (Some(now), false);
        self.waiting.sort_by_key(|(number, _)| *number);
        let report = Arc::make_mut(&mut self.report);
        for (number, row) in self.waiting.drain(..) {
            let place = self.numbers.partition_point(|known| *known < number);
            if self.numbers.get(place) != Some(&number) {
                self.numbers.insert(place, number);
                self.scores.insert(place, scores(&row));
                report.rows.insert(place, row);
            }
        }
        self.compute();
        None
    }

    fn compute(&mut self) {
        let report = &*self.report;
        (self.title, self.fit) = (report.heading(), report.fit());
        (self.groups, self.notes) = (report.groups(), report.notes());
        self.distances = (0..report.models.len()).map(|model| report.by_distance(model)).collect();
        self.arrange();
    }

    /// How the rows stand.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Has them stand otherwise.
    pub fn set_sort(&mut self, sort: Sort) {
        self.sort = sort;
        self.arrange();
    }

    /// Sorts by a column, the worst first; by the same column again the other way round.
    pub fn click(&mut self, key: Key) {
        let again = self.sort.key == key;
        self.set_sort(if again { Sort { descending: !self.sort.descending, ..self.sort } } else { Sort::worst(key) });
    }

    /// What rows must have in their name or scene.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Shows only rows with this in their name or scene, whatever the case.
    pub fn set_filter(&mut self, filter: &str) {
        if filter != self.filter {
            filter.clone_into(&mut self.filter);
            self.arrange();
        }
    }

    fn arrange(&mut self) {
        let wanted = self.filter.trim().to_lowercase();
        let passes = |row: &FrameRow| {
            let has = |text: &str| text.to_lowercase().contains(&wanted);
            wanted.is_empty() || has(&row.frame) || row.scene.as_deref().is_some_and(has)
        };
        let mut order: Vec<usize> = (0..self.report.rows.len()).filter(|row| passes(&self.report.rows[*row])).collect();
        let Sort { key, descending } = self.sort;
        if key == Key::Frame {
            if descending {
                order.reverse();
            }
        } else {
            let keyed = |row: &usize| self.value(*row, key).filter(|value| value.is_finite());
            let mut with: Vec<(usize, Option<f64>)> = order.iter().map(|row| (*row, keyed(row))).collect();
            with.sort_by(|(_, a), (_, b)| match (a, b) {
                (Some(a), Some(b)) if descending => b.total_cmp(a),
                (Some(a), Some(b)) => a.total_cmp(b),
                // Rows without a number come last in either order.
                (a, b) => b.is_some().cmp(&a.is_some()),
            });
            order = with.into_iter().map(|(row, _)| row).collect();
        }
        self.order = order;
    }

    /// A model's scores on a row.
    pub fn scores(&self, row: usize, model: usize) -> Option<&Scores> {
        self.scores.get(row)?.get(model)?.as_ref()
    }

    /// The number under a column; `None` where there is none.
    pub fn value(&self, row: usize, key: Key) -> Option<f64> {
        let of = |model, metric: Metric| self.scores(row, model).map(|scores| metric.of(scores));
        match key {
            Key::Frame => None,
            Key::Value(model, metric) => of(model, metric),
            Key::Difference([a, b], metric) => Some(of(a, metric)? - of(b, metric)?),
        }
    }

    /// The frame number of a row: it stays when others are inserted before it.
    pub fn number(&self, row: usize) -> Option<usize> {
        self.numbers.get(row).copied()
    }

    /// The row of a frame number.
    pub fn row_of(&self, number: usize) -> Option<usize> {
        self.numbers.binary_search(&number).ok()
    }

    /// The row that stands `by` places below that of a frame number, within the list.
    pub fn neighbour(&self, number: Option<usize>, by: isize) -> Option<usize> {
        let last = self.order.len().checked_sub(1)?;
        let place = number.and_then(|n| self.row_of(n)).and_then(|row| self.order.iter().position(|r| *r == row));
        let to = place.map_or(0, |place| place.saturating_add_signed(by).min(last));
        self.order.get(to).copied()
    }
}

fn scores(row: &FrameRow) -> Vec<Option<Scores>> {
    row.results.iter().map(|result| result.sums.scores()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "results_tests.rs"]
mod tests;
