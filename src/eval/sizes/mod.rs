//! How much a network's accuracy depends on the size of its input: every size measured on the same frames, raw and with the
//! median of each image brought to that of its ground truth.
//!
//! [`run`] measures, [`SizeTable`] writes. The raw numbers say what is left of the metres, the scaled ones what is left of the
//! shape; the second divided by those at the training size say how brittle a network is.

pub mod run;
mod table;
#[cfg(test)]
mod tests;

use super::report::Skipped;
use super::sums::Scores;
use serde::Serialize;

/// Sizes from about half to about four times the area of 304×228, most multiples of 32, some not.
pub const USUAL: [[usize; 2]; 10] = [
    [256, 160],
    [256, 192],
    [304, 228],
    [320, 224],
    [340, 230],
    [352, 256],
    [384, 256],
    [416, 320],
    [512, 384],
    [640, 480],
];

/// What the table shows of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Numbers {
    /// REL.
    pub rel: f64,
    /// RMSE in metres.
    pub rmse: f64,
    /// δ1.
    pub d1: f64,
}

impl From<Scores> for Numbers {
    fn from(scores: Scores) -> Self {
        Self { rel: scores.rel, rmse: scores.rmse, d1: scores.d1 }
    }
}

/// What a network is worth at a size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Its metres as they are; `None` for depth without a scale.
    pub raw: Option<Numbers>,
    /// Each image multiplied by the quotient of the medians.
    pub median: Numbers,
}

/// A size.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeRow {
    /// Width and height of the network's input.
    pub size: [usize; 2],
    /// The numbers; or the sentence with which the network refused the size.
    pub found: Result<Found, String>,
}

/// A network at all sizes.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSizes {
    /// Its name.
    pub name: String,
    /// The size it was trained at, as its weights say; among the rows.
    pub train_size: [usize; 2],
    /// Whether it was trained on any of the frames.
    pub seen: bool,
    /// By area, the smallest first.
    pub rows: Vec<SizeRow>,
}

impl ModelSizes {
    /// Median-scaled REL of a row divided by that at the training size; `None` where either is missing.
    pub fn ratio(&self, row: &SizeRow) -> Option<f64> {
        let scaled = |row: &SizeRow| row.found.as_ref().ok().map(|found| found.median.rel);
        let at_training = self.rows.iter().find(|row| row.size == self.train_size).and_then(scaled)?;
        scaled(row).map(|rel| rel / at_training).filter(|ratio| ratio.is_finite())
    }

    /// Area of a row divided by the training area.
    pub fn area(&self, row: &SizeRow) -> f64 {
        let area = |[width, height]: [usize; 2]| width as f64 * height as f64;
        area(row.size) / area(self.train_size).max(1.0)
    }
}

/// The whole table.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeTable {
    /// The data as specified, or the picture.
    pub data: String,
    /// The way of measuring, and what was changed about it.
    pub rule: String,
    /// Frames asked for.
    pub asked: usize,
    /// Frames measured.
    pub frames: usize,
    /// Those that could not be.
    pub skipped: Vec<Skipped>,
    /// The networks.
    pub models: Vec<ModelSizes>,
}

/// The sizes to measure a network at: those asked for and the one it was trained at, each once, by area.
pub fn with_training(sizes: &[[usize; 2]], train_size: [usize; 2]) -> Vec<[usize; 2]> {
    let mut all = sizes.to_vec();
    all.push(train_size);
    all.sort_by_key(|[width, height]| (width.saturating_mul(*height), *width));
    all.dedup();
    all
}
