//! Error by true distance over a whole data set: fixed intervals, so that images and models can be added and compared.

use super::exact;
use serde::{Deserialize, Serialize};

/// Ends of the intervals indoors, in metres.
pub const INDOOR: &[f32] = &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0];
/// Ends of the intervals on roads, in metres.
pub const OUTDOOR: &[f32] = &[0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 80.0];

/// Sums over the pixels of one interval.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Interval {
    /// Pixels in it.
    pub pixels: u64,
    /// Σ |p − g|, in metres.
    #[serde(with = "exact")]
    pub abs: f64,
    /// Σ p − g, in metres: below zero is too near.
    #[serde(with = "exact")]
    pub signed: f64,
    /// Σ |p − g| / g.
    #[serde(with = "exact")]
    pub rel: f64,
}

/// Sums by interval of the true distance. The last interval takes everything beyond its lower end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ByDistance {
    /// One entry an interval, in the order of the ends.
    pub intervals: Vec<Interval>,
}

impl ByDistance {
    /// Empty intervals between `ends`.
    pub fn new(ends: &[f32]) -> Self {
        Self { intervals: vec![Interval::default(); ends.len().saturating_sub(1)] }
    }

    /// Adds a pixel.
    pub fn push(&mut self, ends: &[f32], p: f32, g: f32) {
        self.push_all(ends, &[p], &[g]);
    }

    /// Adds the pixels whose prediction and ground truth stand at the same place of `p` and `g`.
    pub fn push_all(&mut self, ends: &[f32], p: &[f32], g: &[f32]) {
        let Some(inner) = ends.get(1..self.intervals.len()) else { return };
        for (p, g) in p.iter().zip(g) {
            let index: usize = inner.iter().map(|end| usize::from(g >= end)).sum();
            let interval = &mut self.intervals[index];
            let difference = f64::from(*p) - f64::from(*g);
            interval.pixels += 1;
            interval.abs += difference.abs();
            interval.signed += difference;
            interval.rel += difference.abs() / f64::from(*g);
        }
    }

    /// Adds another image's sums between the same ends.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.intervals.iter_mut().zip(&other.intervals) {
            mine.pixels += theirs.pixels;
            mine.abs += theirs.abs;
            mine.signed += theirs.signed;
            mine.rel += theirs.rel;
        }
    }
}

impl Interval {
    /// Mean |p − g|, mean p − g (both in metres) and mean |p − g| / g; `None` without a pixel.
    pub fn means(&self) -> Option<[f64; 3]> {
        let n = self.pixels as f64;
        (self.pixels > 0).then(|| [self.abs / n, self.signed / n, self.rel / n])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_fall_into_the_interval_of_their_true_distance() {
        let ends = [0.0, 1.0, 2.0, 4.0];
        let mut by = ByDistance::new(&ends);
        for (p, g) in [(0.75, 0.5), (2.0, 1.0), (1.0, 1.5), (9.0, 100.0)] {
            by.push(&ends, p, g);
        }
        let pixels: Vec<u64> = by.intervals.iter().map(|i| i.pixels).collect();
        assert_eq!(pixels, [1, 2, 1], "an end belongs to the interval above it, the last is open");
        assert_eq!(by.intervals[0].means(), Some([0.25, 0.25, 0.5]));
        assert_eq!(by.intervals[1].means(), Some([0.75, 0.25, (1.0 + 1.0 / 3.0) / 2.0]));
        assert_eq!(Interval::default().means(), None);
        let mut twice = by.clone();
        twice.add(&by);
        assert_eq!((twice.intervals[1].pixels, twice.intervals[1].means()), (4, by.intervals[1].means()));
        // Nothing to fall into is no panic.
        ByDistance::new(&[]).push(&[], 1.0, 1.0);
    }
}
