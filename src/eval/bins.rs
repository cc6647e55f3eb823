//! Error and attention by distance: where in depth a network errs, and where its gate looks.

use super::metrics::comparable;
use crate::depth::{DepthMap, quantile};

/// The error of the pixels whose true distance lies in one interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Lower end, in metres, inclusive.
    pub from: f32,
    /// Upper end, in metres; exclusive but in the last bin.
    pub to: f32,
    /// Pixels in it.
    pub count: usize,
    /// Mean |p − g| in metres; 0 in an empty bin.
    pub mean_abs: f64,
    /// Mean |p − g| / g; 0 in an empty bin.
    pub mean_rel: f64,
}

/// The attention over the pixels whose distance lies in one interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GateBin {
    /// Lower end, in metres, inclusive.
    pub from: f32,
    /// Upper end, in metres; exclusive but in the last bin.
    pub to: f32,
    /// Pixels in it.
    pub count: usize,
    /// Mean attention, 0…1; 0 in an empty bin.
    pub mean: f64,
}

/// Intervals of one width from the 2nd to the 98th percentile of the given distances, so that a few far
/// pixels do not leave all others in the first bin.
struct Edges {
    low: f32,
    high: f32,
    bins: usize,
}

impl Edges {
    fn new(mut distances: Vec<f32>, bins: usize) -> Option<Self> {
        let low = quantile(&mut distances, 0.02)?;
        let high = quantile(&mut distances, 0.98)?;
        // A wall at one distance is one bin, not `bins` empty ones.
        let bins = if high > low { bins } else { bins.min(1) };
        (bins > 0).then_some(Self { low, high, bins })
    }

    /// The bin of a distance; `None` outside the percentiles.
    fn of(&self, distance: f32) -> Option<usize> {
        if !(self.low..=self.high).contains(&distance) {
            return None;
        }
        if self.high <= self.low {
            return Some(0);
        }
        let bin = (distance - self.low) / (self.high - self.low) * self.bins as f32;
        Some((bin as usize).min(self.bins - 1))
    }

    /// Lower and upper end of a bin.
    fn ends(&self, bin: usize) -> (f32, f32) {
        let at = |i: usize| self.low + (self.high - self.low) * (i as f32 / self.bins as f32);
        (at(bin), at(bin + 1))
    }
}

/// Mean error by true distance in `bins` intervals of one width between the 2nd and the 98th percentile of
/// the ground truth, over the pixels that are valid in both maps (metres, one size).
///
/// Empty when the maps cannot be compared, share no valid pixel, or `bins` is 0; one bin when the ground
/// truth has one distance only.
pub fn error_by_distance(pred: &DepthMap, truth: &DepthMap, bins: usize) -> Vec<Bin> {
    if !comparable(pred, truth) {
        return Vec::new();
    }
    let pixels = || {
        let both = pred.valid().iter().zip(truth.valid()).map(|(p, g)| *p && *g);
        let values = pred.values().iter().copied().zip(truth.values().iter().copied());
        values.zip(both).filter(|(_, ok)| *ok).map(|(pair, _)| pair)
    };
    let Some(edges) = Edges::new(pixels().map(|(_, g)| g).collect(), bins) else { return Vec::new() };
    let mut sums = vec![(0usize, 0f64, 0f64); edges.bins];
    for (p, g) in pixels() {
        if let Some(bin) = edges.of(g) {
            let error = (f64::from(p) - f64::from(g)).abs();
            sums[bin].0 += 1;
            sums[bin].1 += error;
            sums[bin].2 += error / f64::from(g);
        }
    }
    let bin = |(i, (count, abs, rel)): (usize, (usize, f64, f64))| {
        let (from, to) = edges.ends(i);
        let n = count.max(1) as f64;
        Bin { from, to, count, mean_abs: abs / n, mean_rel: rel / n }
    };
    sums.into_iter().enumerate().map(bin).collect()
}

/// Mean attention by distance, in intervals like those of [`error_by_distance`].
///
/// `gate` is row by row on its native `width`×`height` grid; each valid pixel of `distance` (the ground
/// truth, or a predicted depth where there is none) counts with the cell that lies under its centre.
/// Empty as there, and when `gate` does not have `width * height` values.
pub fn gate_by_distance(width: usize, height: usize, gate: &[f32], distance: &DepthMap, bins: usize) -> Vec<GateBin> {
    if gate.is_empty() || gate.len() != width * height {
        return Vec::new();
    }
    let Some(edges) = Edges::new(distance.iter_valid().collect(), bins) else { return Vec::new() };
    let mut sums = vec![(0usize, 0f64); edges.bins];
    for y in 0..distance.height() {
        // The cell under (i + ½) / n, in whole numbers.
        let row = (2 * y + 1) * height / (2 * distance.height());
        for x in 0..distance.width() {
            let Some(bin) = distance.at(x, y).and_then(|d| edges.of(d)) else { continue };
            let column = (2 * x + 1) * width / (2 * distance.width());
            sums[bin].0 += 1;
            sums[bin].1 += f64::from(gate[row * width + column]);
        }
    }
    let bin = |(i, (count, sum)): (usize, (usize, f64))| {
        let (from, to) = edges.ends(i);
        GateBin { from, to, count, mean: sum / count.max(1) as f64 }
    };
    sums.into_iter().enumerate().map(bin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::depth::DepthUnit;

    fn map(width: usize, values: &[f32]) -> DepthMap {
        DepthMap::new(width, values.len() / width, DepthUnit::Metres, values.to_vec())
    }

    #[test]
    fn errors_fall_into_the_bin_of_their_true_distance() {
        // 101 distances 0…100 with 0 invalid: 1…100, percentiles 2.98 and 98.02, so 3…98 are inside.
        let g: Vec<f32> = (0..=100).map(|v| v as f32).collect();
        // Too far by one up to 50 m, by three beyond.
        let p: Vec<f32> = g.iter().map(|v| if *v <= 50.0 { v + 1.0 } else { v + 3.0 }).collect();
        let bins = error_by_distance(&map(101, &p), &map(101, &g), 2);
        assert_eq!(bins.len(), 2);
        assert!((bins[0].from - 2.98).abs() < 1e-4 && (bins[1].to - 98.02).abs() < 1e-4);
        assert!((bins[0].to - 50.5).abs() < 1e-4);
        // 3…50 and 51…98.
        assert_eq!((bins[0].count, bins[1].count), (48, 48));
        assert!((bins[0].mean_abs - 1.0).abs() < 1e-6 && (bins[1].mean_abs - 3.0).abs() < 1e-6);
        let rel: f64 = (51..=98).map(|v| 3.0 / f64::from(v)).sum::<f64>() / 48.0;
        assert!((bins[1].mean_rel - rel).abs() < 1e-6);
    }

    #[test]
    fn one_distance_is_one_bin_and_nothing_is_none() {
        let bins = error_by_distance(&map(2, &[3.0, 5.0]), &map(2, &[2.0, 2.0]), 8);
        assert_eq!(bins, [Bin { from: 2.0, to: 2.0, count: 2, mean_abs: 2.0, mean_rel: 1.0 }]);
        assert!(error_by_distance(&map(1, &[1.0]), &map(1, &[0.0]), 8).is_empty());
        assert!(error_by_distance(&map(1, &[1.0]), &map(1, &[1.0]), 0).is_empty());
        assert!(error_by_distance(&map(1, &[1.0]), &map(2, &[1.0, 1.0]), 4).is_empty());
    }

    #[test]
    fn attention_is_read_from_the_cell_under_the_pixel() {
        // Left half near, right half far; a 2×1 gate that looks at the far half.
        let distance = map(4, &[1.0, 1.0, 9.0, 9.0, 1.0, 0.0, 9.0, 9.0]);
        let bins = gate_by_distance(2, 1, &[0.25, 0.75], &distance, 2);
        assert_eq!(bins.len(), 2);
        assert_eq!((bins[0].count, bins[0].mean), (3, 0.25));
        assert_eq!((bins[1].count, bins[1].mean), (4, 0.75));
        assert_eq!((bins[0].from, bins[0].to, bins[1].to), (1.0, 5.0, 9.0));
        assert!(gate_by_distance(2, 2, &[0.5], &distance, 2).is_empty());
        assert!(gate_by_distance(0, 0, &[], &distance, 2).is_empty());
    }

    #[test]
    fn a_gate_finer_than_the_map_is_read_at_pixel_centres() {
        // Three cells under one pixel: the middle one.
        let bins = gate_by_distance(3, 1, &[0.0, 1.0, 0.0], &map(1, &[2.0]), 4);
        assert_eq!((bins[0].count, bins[0].mean), (1, 1.0));
    }
}
