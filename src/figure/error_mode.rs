//! How an error map counts: error = prediction − truth, so that + is too far and − is too near.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::colormap::Colormap;
use super::range::nice_ceil;
use crate::depth::{DepthMap, quantile};
use crate::error::Error;

/// The ratio from which on a pixel fails δ1 (reference.md 2: within means strictly below it).
pub const DELTA1: f32 = 1.25;

/// The four readings of an error map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorMode {
    /// Prediction − truth: + too far, − too near.
    #[default]
    Signed,
    /// |prediction − truth|.
    Absolute,
    /// |prediction − truth| / truth, a fraction.
    Relative,
    /// 1 where max(p/t, t/p) ≥ 1.25, else 0.
    Delta1,
}

impl ErrorMode {
    /// All modes in the order of the picker.
    pub const ALL: [Self; 4] = [Self::Signed, Self::Absolute, Self::Relative, Self::Delta1];

    /// The name people type and files hold.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Absolute => "absolute",
            Self::Relative => "relative",
            Self::Delta1 => "delta1",
        }
    }

    /// The name as a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Absolute => "absolute",
            Self::Relative => "relative",
            Self::Delta1 => "δ1 failure",
        }
    }

    /// The unit behind a shown number, given that of the two maps: theirs, `%` for relative, none for δ1.
    pub fn unit(self, of_maps: &'static str) -> &'static str {
        match self {
            Self::Signed | Self::Absolute => of_maps,
            Self::Relative => "%",
            Self::Delta1 => "",
        }
    }

    /// What a value is multiplied by before it is shown with [`unit`](Self::unit): 100 for relative, else 1.
    pub fn display_factor(self) -> f32 {
        if self == Self::Relative { 100.0 } else { 1.0 }
    }

    /// The error at one pixel; `None` unless both values are finite and positive.
    pub fn value(self, prediction: f32, truth: f32) -> Option<f32> {
        let usable = |v: f32| v.is_finite() && v > 0.0;
        if !usable(prediction) || !usable(truth) {
            return None;
        }
        Some(match self {
            Self::Signed => prediction - truth,
            Self::Absolute => (prediction - truth).abs(),
            Self::Relative => (prediction - truth).abs() / truth,
            Self::Delta1 => f32::from((prediction / truth).max(truth / prediction) >= DELTA1),
        })
    }

    /// The colour map of this mode, read forwards: diverging for signed and δ1 (over a range around zero, so that a
    /// passing pixel is neutral and a failing one red), inferno for magnitudes.
    pub fn colormap(self) -> Colormap {
        match self {
            Self::Signed | Self::Delta1 => Colormap::Diverging,
            Self::Absolute | Self::Relative => Colormap::Inferno,
        }
    }

    /// A range for these errors (NaN = none): out to the 98th percentile of their size, rounded up to a number that
    /// reads well, and symmetric about zero for signed. It does not depend on the values for δ1.
    pub fn range(self, errors: &[f32]) -> [f32; 2] {
        if self == Self::Delta1 {
            return [-1.25, 1.25];
        }
        let mut sizes: Vec<f32> = errors.iter().filter(|v| v.is_finite()).map(|v| v.abs()).collect();
        let end = nice_ceil(quantile(&mut sizes, 0.98).filter(|v| *v > 0.0).unwrap_or(1.0));
        if self == Self::Signed { [-end, end] } else { [0.0, end] }
    }

    /// A value with its unit, as the probe says it: `+0.02 m`, `4.1 %`, `fails`.
    pub fn format(self, value: f32, of_maps: &'static str) -> String {
        if !value.is_finite() {
            return "–".to_owned();
        }
        let unit = self.unit(of_maps);
        let gap = if unit.is_empty() { "" } else { " " };
        let text = match self {
            Self::Signed => format!("{value:+.2}{gap}{unit}"),
            Self::Absolute => format!("{value:.2}{gap}{unit}"),
            Self::Relative => format!("{:.1}{gap}{unit}", value * 100.0),
            Self::Delta1 => if value > 0.5 { "fails" } else { "within" }.to_owned(),
        };
        text.replace('-', "−")
    }
}

impl fmt::Display for ErrorMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ErrorMode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wanted = text.trim().to_ascii_lowercase();
        Self::ALL.into_iter().find(|m| m.name() == wanted).ok_or_else(|| {
            Error::Usage(format!(
                "there is no error mode \"{}\"; choose signed, absolute, relative or delta1",
                text.trim()
            ))
        })
    }
}

/// The error at each pixel row by row, NaN where either map has no value; `None` when the maps differ in size or unit
/// (the caller resizes the prediction to the truth, never the other way round).
pub fn error_map(prediction: &DepthMap, truth: &DepthMap, mode: ErrorMode) -> Option<Vec<f32>> {
    let same_size = prediction.width() == truth.width() && prediction.height() == truth.height();
    if !same_size || prediction.unit() != truth.unit() {
        return None;
    }
    let pixels = prediction.values().iter().zip(truth.values());
    let valid = prediction.valid().iter().zip(truth.valid());
    let error = |((p, t), (p_ok, t_ok)): ((&f32, &f32), (&bool, &bool))| {
        if *p_ok && *t_ok { mode.value(*p, *t).unwrap_or(f32::NAN) } else { f32::NAN }
    };
    Some(pixels.zip(valid).map(error).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::depth::DepthUnit;

    #[test]
    fn values_by_hand() {
        assert_eq!(ErrorMode::Signed.value(3.0, 2.0), Some(1.0));
        assert_eq!(ErrorMode::Signed.value(2.0, 3.0), Some(-1.0), "too near is negative");
        assert_eq!(ErrorMode::Absolute.value(2.0, 3.0), Some(1.0));
        assert_eq!(ErrorMode::Relative.value(3.0, 2.0), Some(0.5));
        assert_eq!(ErrorMode::Delta1.value(1.25, 1.0), Some(1.0), "1.25 itself fails");
        assert_eq!(ErrorMode::Delta1.value(1.0, 1.25), Some(1.0));
        assert_eq!(ErrorMode::Delta1.value(1.24, 1.0), Some(0.0));
        assert_eq!(ErrorMode::Signed.value(f32::NAN, 1.0), None);
        assert_eq!(ErrorMode::Relative.value(1.0, 0.0), None);
    }

    #[test]
    fn maps_are_masked_by_both_and_refuse_other_sizes() {
        let map = |w, v: &[f32]| DepthMap::new(w, v.len() / w, DepthUnit::Metres, v.to_vec());
        let errors = error_map(&map(3, &[2.0, 0.0, 4.0]), &map(3, &[1.0, 1.0, 0.0]), ErrorMode::Signed).unwrap();
        assert_eq!(errors[0], 1.0);
        assert!(errors[1].is_nan() && errors[2].is_nan());
        assert!(error_map(&map(3, &[1.0; 3]), &map(1, &[1.0; 3]), ErrorMode::Signed).is_none());
        let relative = DepthMap::new(3, 1, DepthUnit::Relative, vec![1.0; 3]);
        assert!(error_map(&relative, &map(3, &[1.0; 3]), ErrorMode::Signed).is_none());
    }

    #[test]
    fn ranges_are_round_and_signed_ones_symmetric() {
        let errors: Vec<f32> = (0..=100).map(|i| i as f32 / 70.0 - 1.3).chain([f32::NAN]).collect();
        assert_eq!(ErrorMode::Signed.range(&errors), [-1.5, 1.5]);
        assert_eq!(ErrorMode::Absolute.range(&errors), [0.0, 1.5]);
        assert_eq!(ErrorMode::Absolute.range(&[]), [0.0, 1.0]);
        assert_eq!(ErrorMode::Signed.range(&[0.0, 0.0]), [-1.0, 1.0]);
    }

    #[test]
    fn names_and_numbers_read_well() {
        for mode in ErrorMode::ALL {
            assert_eq!(mode.name().parse::<ErrorMode>().unwrap(), mode);
            assert_eq!(serde_json::to_string(&mode).unwrap(), format!("\"{mode}\""));
        }
        assert!("rmse".parse::<ErrorMode>().is_err());
        assert_eq!(ErrorMode::Signed.format(0.02, "m"), "+0.02 m");
        assert_eq!(ErrorMode::Signed.format(-0.5, "m"), "−0.50 m");
        assert_eq!(ErrorMode::Relative.format(0.041, "m"), "4.1 %");
        assert_eq!(ErrorMode::Delta1.format(1.0, "m"), "fails");
        assert_eq!(ErrorMode::Signed.format(0.25, ""), "+0.25");
    }
}
