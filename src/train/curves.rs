//! The curves of a run: which there are, their points, smoothing, and few enough points to draw.

use super::history::Row;

/// A point: step and value.
pub type Point = [f64; 2];

/// Curves that share an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The loss and its terms.
    Loss,
    /// What validations measured.
    Validation,
    /// Learning rate and β₁.
    Rate,
    /// Global norm of the gradient.
    Norm,
    /// Pictures a second, and the wait for data.
    Speed,
}

impl Group {
    /// All groups, with their titles.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Loss, "Loss"),
        (Self::Validation, "Validation"),
        (Self::Rate, "Rate"),
        (Self::Norm, "Gradient"),
        (Self::Speed, "Speed"),
    ];

    /// Its title.
    pub fn title(self) -> &'static str {
        Self::ALL.iter().find(|(group, _)| *group == self).map_or("", |(_, title)| title)
    }

    /// How much of the past is in its values, when a person asks for `wanted`: rates and validations are exact and few, and
    /// a mean of them would lag behind what was measured.
    pub fn smoothing(self, wanted: f64) -> f64 {
        if matches!(self, Self::Validation | Self::Rate) { 0.0 } else { wanted }
    }

    /// The numbers of its curves in [`CURVES`].
    pub fn curves(self) -> impl Iterator<Item = usize> {
        CURVES.iter().enumerate().filter(move |(_, curve)| curve.group == self).map(|(i, _)| i)
    }
}

/// A curve.
pub struct Curve {
    /// Where it is drawn.
    pub group: Group,
    /// Its name.
    pub title: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Shown unless a person chooses otherwise.
    pub usual: bool,
    value: fn(&Row) -> f64,
}

impl Curve {
    /// Its value in a row; NaN where there is none.
    pub fn value(&self, row: &Row) -> f64 {
        (self.value)(row)
    }
}

const fn curve(group: Group, usual: bool, title: &'static str, about: &'static str, value: fn(&Row) -> f64) -> Curve {
    Curve { group, title, about, usual, value }
}

/// All curves.
pub const CURVES: [Curve; 21] = [
    curve(Group::Loss, true, "loss", "what is minimised", |r| r[2]),
    curve(Group::Loss, true, "depth", "the depth term, before it is weighted", |r| r[3]),
    curve(Group::Loss, false, "gradient", "the gradient term, before it is weighted", |r| r[4]),
    curve(Group::Loss, false, "SSIM", "the SSIM term, before it is weighted", |r| r[5]),
    curve(Group::Loss, false, "auxiliary", "the auxiliary heads, before they are weighted", |r| r[6]),
    curve(Group::Loss, false, "normal", "the normal term, before it is weighted", |r| r[7]),
    curve(Group::Loss, false, "outlines", "the outline term, before it is weighted", |r| r[8]),
    curve(Group::Validation, true, "REL", "mean |g − p| / g over the held-out frames", |r| r[17]),
    curve(Group::Validation, false, "RMSE", "root of the mean squared error in metres", |r| r[18]),
    curve(Group::Validation, false, "log10", "mean |log₁₀ g − log₁₀ p|", |r| r[19]),
    curve(Group::Validation, false, "δ1", "share of pixels with a ratio below 1.25", |r| r[20]),
    curve(Group::Validation, false, "δ2", "share of pixels with a ratio below 1.25²", |r| r[21]),
    curve(Group::Validation, false, "δ3", "share of pixels with a ratio below 1.25³", |r| r[22]),
    curve(Group::Validation, false, "F1 0.25 m", "F1 of depth edges above 0.25 m", |r| r[23]),
    curve(Group::Validation, false, "F1 0.5 m", "F1 of depth edges above 0.5 m", |r| r[24]),
    curve(Group::Validation, false, "F1 1 m", "F1 of depth edges above 1 m", |r| r[25]),
    curve(Group::Rate, true, "rate", "the learning rate", |r| r[10]),
    curve(Group::Rate, false, "β₁", "decay of the first moment", |r| r[11]),
    curve(Group::Norm, true, "norm", "global norm of the gradient before it is clipped", |r| r[9]),
    curve(Group::Speed, true, "images/s", "pictures a second, the wait for data included", |r| {
        if r[15] > 0.0 { 1e3 * r[14] / r[15] } else { f64::NAN }
    }),
    curve(Group::Speed, false, "wait %", "share of a step's time in which the device waited for data", |r| {
        if r[15] > 0.0 { 100.0 * r[16] / r[15] } else { f64::NAN }
    }),
];

/// The points of one curve with its smoothed twin, extended as rows come.
#[derive(Debug, Clone, Default)]
pub struct Points {
    /// As measured.
    pub raw: Vec<Point>,
    /// Their exponential mean, without the pull towards zero at the start.
    pub smooth: Vec<Point>,
    alpha: f64,
    /// Rows that were taken in, and step and loss of the last.
    rows: usize,
    last: [u64; 2],
    mean: f64,
    weight: f64,
}

impl Points {
    /// Brings them up to date with all rows of the run. Only what is new is looked at, unless the rows are fewer than
    /// before or others, as behind a run that went back; another `alpha` (share of the past in the mean, 0 for none) smooths anew what is known.
    pub fn update(&mut self, curve: &Curve, rows: &[Row], alpha: f64) {
        let mark = |row: &Row| [row[0], row[2]].map(f64::to_bits);
        if self.rows > 0 && rows.get(self.rows - 1).map(mark) != Some(self.last) {
            *self = Self { alpha, ..Self::default() };
        }
        if alpha != self.alpha {
            (self.alpha, self.mean, self.weight) = (alpha, 0.0, 0.0);
            self.smooth.clear();
            for point in std::mem::take(&mut self.raw) {
                self.push(point);
            }
        }
        // The last row may have been replaced by one with a validation.
        for row in &rows[self.rows.saturating_sub(1)..] {
            let value = curve.value(row);
            if value.is_finite() && self.raw.last().is_none_or(|last| last[0] < row[0]) {
                self.push([row[0], value]);
            }
        }
        (self.rows, self.last) = (rows.len(), rows.last().map_or([0; 2], mark));
    }

    fn push(&mut self, [step, value]: Point) {
        self.raw.push([step, value]);
        self.mean = self.alpha * self.mean + (1.0 - self.alpha) * value;
        self.weight = self.alpha * self.weight + (1.0 - self.alpha);
        self.smooth.push([step, self.mean / self.weight]);
    }

    /// The index of the point whose step is nearest.
    pub fn nearest(&self, step: f64) -> Option<usize> {
        let after = self.raw.partition_point(|point| point[0] < step);
        let distance = |i: &usize| self.raw.get(*i).map_or(f64::INFINITY, |point| (point[0] - step).abs());
        [after.saturating_sub(1), after]
            .into_iter()
            .filter(|i| *i < self.raw.len())
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }
}

/// At most four points a pixel column of what lies in `range`: the first, the least, the largest and the last of each, so
/// that the line has every peak of the whole. Neighbours outside are kept so that it leaves at the edges.
pub fn decimated(points: &[Point], [from, to]: [f64; 2], columns: usize) -> Vec<Point> {
    let first = points.partition_point(|point| point[0] < from).saturating_sub(1);
    let last = (points.partition_point(|point| point[0] <= to) + 1).min(points.len());
    let part = &points[first..last.max(first)];
    let span = to - from;
    if part.len() <= 4 * columns.max(1) || span <= 0.0 {
        return part.to_vec();
    }
    let width = span / columns.max(1) as f64;
    let mut few = Vec::with_capacity(4 * columns + 8);
    let mut begin = 0;
    // The neighbour at the left is a column of its own, and so is the one at the right.
    for column in 0..columns.max(1) + 2 {
        let to = from + column as f64 * width;
        let end = match column {
            c if c > columns => part.len(),
            _ => begin + part[begin..].partition_point(|point| point[0] < to),
        };
        let Some(here) = part.get(begin..end).filter(|here| !here.is_empty()) else { continue };
        let (mut low, mut high) = (0, 0);
        for (i, point) in here.iter().enumerate() {
            low = if point[1] < here[low][1] { i } else { low };
            high = if point[1] > here[high][1] { i } else { high };
        }
        let mut kept = [0, low.min(high), low.max(high), here.len() - 1];
        kept.sort_unstable();
        let mut before = usize::MAX;
        for i in kept {
            if i != before {
                few.push(here[i]);
            }
            before = i;
        }
        begin = end;
    }
    few
}

/// The least and the largest value of what lies in `range`.
pub fn extent(points: &[Point], [from, to]: [f64; 2], positive: bool) -> Option<[f64; 2]> {
    let first = points.partition_point(|point| point[0] < from);
    let inside = points[first..].iter().take_while(|point| point[0] <= to).map(|point| point[1]);
    let ends = inside
        .filter(|v| !positive || *v > 0.0)
        .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| [low.min(v), high.max(v)]);
    (ends[0] <= ends[1]).then_some(ends)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "curves_tests.rs"]
mod tests;
