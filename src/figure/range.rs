//! Where a colour map begins and ends: fixed, percentile or typed; and the ticks of its colour bar.

use serde::{Deserialize, Serialize};

use crate::depth::{DepthMap, quantile};

pub use super::smooth::RangeSmoother;

/// How the two ends of a colour map are found. Never silently: views and figures print the ends they use.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Range {
    /// The same two ends for every picture: the model's own limits.
    Fixed([f32; 2]),
    /// Two percentiles (0…100) of the valid values.
    Percentile([f32; 2]),
    /// Two ends that a person typed.
    Manual([f32; 2]),
}

impl Default for Range {
    fn default() -> Self {
        Self::PERCENTILE
    }
}

impl Range {
    /// The 2nd to the 98th percentile.
    pub const PERCENTILE: Self = Self::Percentile([2.0, 98.0]);
    /// Nought to ten metres: the limits of networks whose output is 10/metres (reference.md 3.2).
    pub const FIXED_METRES: Self = Self::Fixed([0.0, 10.0]);
    /// The range of a gate.
    pub const UNIT: Self = Self::Fixed([0.0, 1.0]);

    /// The name of the kind.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fixed(_) => "fixed",
            Self::Percentile(_) => "percentile",
            Self::Manual(_) => "manual",
        }
    }

    /// The low and the high end for one map, in its unit.
    pub fn resolve(self, map: &DepthMap) -> [f32; 2] {
        self.resolve_all(&[map])
    }

    /// One range for several maps of the same unit (a prediction and its truth), so that their colours compare.
    pub fn resolve_all(self, maps: &[&DepthMap]) -> [f32; 2] {
        match self {
            Self::Fixed(ends) | Self::Manual(ends) => usable(ends),
            Self::Percentile(percent) => percentiles(maps.iter().flat_map(|m| m.iter_valid()), percent),
        }
    }

    /// The low and the high end for plain values; those that are not finite do not count.
    pub fn resolve_values(self, values: &[f32]) -> [f32; 2] {
        match self {
            Self::Fixed(ends) | Self::Manual(ends) => usable(ends),
            Self::Percentile(percent) => percentiles(values.iter().copied(), percent),
        }
    }
}

/// Two percentiles (0…100) of the finite values, with NumPy's linear interpolation; 0…1 when there are none.
pub fn percentiles(values: impl Iterator<Item = f32>, percent: [f32; 2]) -> [f32; 2] {
    let mut values: Vec<f32> = values.filter(|v| v.is_finite()).collect();
    let [low, high] = percent.map(|p| quantile(&mut values, p / 100.0));
    match (low, high) {
        (Some(low), Some(high)) => usable([low, high]),
        _ => [0.0, 1.0],
    }
}

/// Two ends that can be divided by: ordered, finite, and apart. A flat picture gets a narrow range around its value.
pub fn usable([a, b]: [f32; 2]) -> [f32; 2] {
    if !a.is_finite() || !b.is_finite() {
        return [0.0, 1.0];
    }
    let (low, high) = if a <= b { (a, b) } else { (b, a) };
    let least = 1e-3 * low.abs().max(high.abs()).max(1e-6);
    if high - low >= least { [low, high] } else { [low - least, high + least] }
}

/// True for each end that some of the values lie beyond: the bar marks it.
pub fn clipped(values: impl Iterator<Item = f32>, range: [f32; 2]) -> [bool; 2] {
    let mut beyond = [false; 2];
    for value in values.filter(|v| v.is_finite()) {
        beyond[0] |= value < range[0];
        beyond[1] |= value > range[1];
    }
    beyond
}

/// The least of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten that is not below `value`; 1 unless it is positive.
pub fn nice_ceil(value: f32) -> f32 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let value = f64::from(value);
    let power = 10f64.powi(value.log10().floor() as i32);
    let steps = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    let step = steps.into_iter().find(|s| s * power >= value * (1.0 - 1e-6)).unwrap_or(10.0);
    (step * power) as f32
}

/// A mark on a colour bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// The value, in the range's unit.
    pub value: f32,
    /// Where it stands: 0 at the low and 1 at the high end.
    pub at: f32,
    /// The value as text, without its unit, with a true minus sign.
    pub label: String,
}

/// The ticks of a bar: its two ends, and round values between them, at most `interior` and never close to an end.
/// Interior labels are exact; those of the ends are rounded to a hundredth of the range or finer.
pub fn ticks(range: [f32; 2], interior: usize) -> Vec<Tick> {
    let [low, high] = usable(range);
    let span = f64::from(high) - f64::from(low);
    let tick = |value: f64, decimals: usize| Tick {
        value: value as f32,
        at: ((value - f64::from(low)) / span) as f32,
        label: decimal(value, decimals),
    };
    let ends = end_decimals([low, high]);
    let mut marks = vec![tick(f64::from(low), ends)];
    if interior > 0 {
        let (step, decimals) = round_step(span, interior);
        let first = (f64::from(low) / step).ceil() as i64;
        let last = (f64::from(high) / step).floor() as i64;
        let inside = (first..=last).take(4 * interior + 4).map(|i| tick(i as f64 * step, decimals));
        marks.extend(inside.filter(|t| t.at > 0.08 && t.at < 0.92));
    }
    marks.push(tick(f64::from(high), ends));
    marks
}

/// The smallest step of 1, 2, 2.5 or 5 times a power of ten that leaves at most `count` marks in `span`, and the
/// decimals that write its multiples exactly.
fn round_step(span: f64, count: usize) -> (f64, usize) {
    let rough = span / (count as f64 + 1.0);
    let exponent = rough.log10().floor() as i32;
    let power = 10f64.powi(exponent);
    let factors = [(1.0, 0), (2.0, 0), (2.5, 1), (5.0, 0), (10.0, -1)];
    let (factor, extra) = factors.into_iter().find(|(f, _)| f * power >= rough * 0.999).unwrap_or((10.0, -1));
    (factor * power, (extra - exponent).clamp(0, 12) as usize)
}

/// Decimals for the ends of a range: enough for a hundredth of it, none that both ends do not need.
fn end_decimals([low, high]: [f32; 2]) -> usize {
    let span = f64::from(high) - f64::from(low);
    let most = (1 - span.log10().floor() as i32).clamp(0, 12) as usize;
    let exact = |value: f32, decimals: usize| {
        let power = 10f64.powi(decimals as i32);
        ((f64::from(value) * power).round() / power - f64::from(value)).abs() <= 1e-6 * span
    };
    (0..most).find(|d| exact(low, *d) && exact(high, *d)).unwrap_or(most)
}

/// A number with that many decimals and a true minus sign; never "−0".
pub fn decimal(value: f64, decimals: usize) -> String {
    let text = if value.abs() >= 1e7 || decimals > 6 { format!("{value:.1e}") } else { format!("{value:.decimals$}") };
    let is_zero = !text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    match text.strip_prefix('-') {
        Some(rest) if is_zero => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::depth::DepthUnit;

    fn labels(range: [f32; 2], interior: usize) -> Vec<String> {
        ticks(range, interior).into_iter().map(|t| t.label).collect()
    }

    #[test]
    fn percentiles_are_those_of_numpy_over_valid_pixels() {
        // numpy.percentile(numpy.arange(1, 102), [2, 98]) = [3, 99]
        let values: Vec<f32> = (1..=101).map(|v| v as f32).chain([0.0, f32::NAN]).collect();
        let map = DepthMap::new(103, 1, DepthUnit::Metres, values);
        assert_eq!(Range::default().resolve(&map), [3.0, 99.0]);
        assert_eq!(Range::Percentile([0.0, 100.0]).resolve(&map), [1.0, 101.0]);
        assert_eq!(Range::Manual([7.0, 2.0]).resolve(&map), [2.0, 7.0]);
        assert_eq!(Range::FIXED_METRES.resolve(&map), [0.0, 10.0]);
        let other = DepthMap::new(1, 1, DepthUnit::Metres, vec![500.0]);
        assert_eq!(Range::Percentile([0.0, 100.0]).resolve_all(&[&map, &other]), [1.0, 500.0]);
    }

    #[test]
    fn every_range_can_be_divided_by() {
        let empty = DepthMap::new(2, 1, DepthUnit::Metres, vec![0.0, f32::NAN]);
        assert_eq!(Range::default().resolve(&empty), [0.0, 1.0]);
        let cases = [[2.0, 2.0], [0.0, 0.0], [f32::NAN, 1.0], [1e30, 1e30], [-1.0, -1.0], [1e-30, 1e-30]];
        for ends in cases {
            let [low, high] = usable(ends);
            assert!(low < high && low.is_finite() && high.is_finite(), "{ends:?}");
            assert!(ticks(ends, 4).len() >= 2);
        }
        assert_eq!(clipped([1.0, 2.0, 9.0, f32::INFINITY].into_iter(), [1.0, 8.0]), [false, true]);
    }

    #[test]
    fn ticks_are_round_inside_and_honest_at_the_ends() {
        assert_eq!(labels([0.0, 1.0], 3), ["0", "0.25", "0.50", "0.75", "1"]);
        assert_eq!(labels([1.83, 5.17], 3), ["1.8", "3", "4", "5.2"]);
        assert_eq!(labels([-1.5, 1.5], 3), ["−1.5", "−1", "0", "1", "1.5"]);
        assert_eq!(labels([0.0, 10.0], 4), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(labels([3.0, 80.0], 3), ["3", "20", "40", "60", "80"]);
        assert_eq!(labels([2.0, 4.0], 0), ["2", "4"]);
        for tick in ticks([1.83, 5.17], 5) {
            assert!((tick.at - (tick.value - 1.83) / 3.34).abs() < 1e-5);
        }
        assert_eq!(decimal(-0.001, 2), "0.00");
        assert_eq!(decimal(-2.5, 1), "−2.5");
    }

    #[test]
    fn nice_numbers() {
        for (value, nice) in [(1.01, 1.5), (1.5, 1.5), (0.17, 0.2), (8.1, 10.0), (33.0, 40.0), (0.0, 1.0)] {
            assert!((nice_ceil(value) - nice).abs() < 1e-6 * nice, "{value} {}", nice_ceil(value));
        }
    }
}
