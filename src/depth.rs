//! [`DepthMap`]: a depth array that never travels without its unit and its mask (invariant 6).

use serde::{Deserialize, Serialize};

/// What the numbers of a depth-like array mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DepthUnit {
    /// Distance along the optical axis in metres.
    Metres,
    /// Ten divided by the distance in metres, in 1…100 for 0.1…10 m (reference.md 3.2, 6.2).
    TenOverMetres,
    /// Inverse depth up to an unknown factor: larger is nearer.
    Disparity,
    /// Depth up to an unknown factor: larger is farther.
    Relative,
}

impl DepthUnit {
    /// The unit as it stands behind a number; empty where the number has none.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Metres => "m",
            Self::TenOverMetres => "10/m",
            Self::Disparity | Self::Relative => "",
        }
    }

    /// The `unit` field of the JSON output: `metres` or `relative`.
    pub fn json_name(self) -> &'static str {
        match self {
            Self::Metres | Self::TenOverMetres => "metres",
            Self::Disparity | Self::Relative => "relative",
        }
    }

    /// True where larger numbers are nearer.
    pub fn larger_is_nearer(self) -> bool {
        matches!(self, Self::TenOverMetres | Self::Disparity)
    }
}

/// A width×height array of one value a pixel, row by row from the top left, with its unit and validity.
#[derive(Debug, Clone, PartialEq)]
pub struct DepthMap {
    width: usize,
    height: usize,
    unit: DepthUnit,
    values: Vec<f32>,
    valid: Vec<bool>,
}

impl DepthMap {
    /// A map whose valid pixels are the finite, positive ones (zero, NaN and infinity are "no value").
    ///
    /// # Panics
    /// When `values` does not have `width * height` elements: the caller made the array.
    pub fn new(width: usize, height: usize, unit: DepthUnit, values: Vec<f32>) -> Self {
        assert_eq!(values.len(), width * height, "a {width}x{height} map needs that many values");
        let valid = values.iter().map(|v| v.is_finite() && *v > 0.0).collect();
        Self { width, height, unit, values, valid }
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// What the numbers mean.
    pub fn unit(&self) -> DepthUnit {
        self.unit
    }

    /// All values row by row; those at invalid pixels mean nothing.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Validity of each pixel, row by row.
    pub fn valid(&self) -> &[bool] {
        &self.valid
    }

    /// The value at a pixel, or `None` outside the map or where there is none.
    pub fn at(&self, x: usize, y: usize) -> Option<f32> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let i = y * self.width + x;
        self.valid[i].then(|| self.values[i])
    }

    /// Number of valid pixels.
    pub fn valid_count(&self) -> usize {
        self.valid.iter().filter(|v| **v).count()
    }

    /// The values of the valid pixels in row order.
    pub fn iter_valid(&self) -> impl Iterator<Item = f32> + '_ {
        self.values.iter().zip(&self.valid).filter(|(_, ok)| **ok).map(|(v, _)| *v)
    }

    /// Smallest, median and largest valid value; `None` when nothing is valid.
    /// The median of an even count is the mean of the two middle values, as in NumPy.
    pub fn min_median_max(&self) -> Option<[f32; 3]> {
        let mut v: Vec<f32> = self.iter_valid().collect();
        let median = median(&mut v)?;
        let min = v.iter().copied().fold(f32::INFINITY, f32::min);
        let max = v.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        Some([min, median, max])
    }

    /// The same map with every valid value multiplied by `factor` (median scaling).
    pub fn scaled(&self, factor: f32) -> Self {
        let values = self.values.iter().map(|v| v * factor).collect();
        Self { values, ..self.clone() }
    }
}

/// Median as NumPy computes it; reorders `values`; `None` when it is empty.
pub fn median(values: &mut [f32]) -> Option<f32> {
    if values.is_empty() {
        return None;
    }
    let mid = values.len() / 2;
    let (_, upper, _) = values.select_nth_unstable_by(mid, f32::total_cmp);
    let upper = *upper;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = values[..mid].iter().copied().fold(f32::NEG_INFINITY, f32::max);
    Some((lower + upper) / 2.0)
}

/// The `q`-quantile (0…1) with linear interpolation, as NumPy's default; reorders `values`.
pub fn quantile(values: &mut [f32], q: f32) -> Option<f32> {
    if values.is_empty() {
        return None;
    }
    let position = f64::from(q.clamp(0.0, 1.0)) * (values.len() - 1) as f64;
    let index = position.floor() as usize;
    let (_, low, above) = values.select_nth_unstable_by(index, f32::total_cmp);
    let low = *low;
    let high = above.iter().copied().fold(f32::INFINITY, f32::min);
    let high = if high.is_finite() { high } else { low };
    Some(low + (high - low) * (position - index as f64) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_quantiles_are_those_of_numpy() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&mut []), None);
        let v = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(quantile(&mut v.clone(), 0.0), Some(1.0));
        assert_eq!(quantile(&mut v.clone(), 1.0), Some(4.0));
        assert_eq!(quantile(&mut v.clone(), 0.5), Some(2.5));
        assert_eq!(quantile(&mut v.clone(), 0.25), Some(1.75));
    }

    #[test]
    fn zero_nan_and_infinity_are_no_value() {
        let m = DepthMap::new(2, 2, DepthUnit::Metres, vec![0.0, f32::NAN, f32::INFINITY, 2.0]);
        assert_eq!(m.valid_count(), 1);
        assert_eq!(m.at(1, 1), Some(2.0));
        assert_eq!(m.at(0, 0), None);
        assert_eq!(m.at(2, 0), None);
        assert_eq!(m.min_median_max(), Some([2.0, 2.0, 2.0]));
    }
}
