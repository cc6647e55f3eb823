//! One factor that brings a prediction to the ground truth's scale.

use crate::depth::median;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Metres in a unit of Monodepth2's depth, from the stereo baseline of 0.54 m against the training's 0.1 (reference.md 8.5).
pub const STEREO_FACTOR: f32 = 5.4;

/// How a prediction is brought to the ground truth's scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// Not at all.
    None,
    /// By median(g) / median(p) of the image.
    Median,
    /// By the factor that makes the image's Σ (g − s·p)² least: Σ g·p / Σ p².
    #[serde(rename = "lsq")]
    LeastSquares,
    /// By [`STEREO_FACTOR`], the same for all images.
    Stereo,
}

impl Scaling {
    /// All.
    pub const ALL: [Self; 4] = [Self::None, Self::Median, Self::LeastSquares, Self::Stereo];

    /// The factor over the pixels that count; `None` when there is none to be had (no pixel, nothing but zeros).
    pub fn factor(self, pixels: &[(f32, f32)]) -> Option<f32> {
        let factor = match self {
            Self::None => 1.0,
            Self::Stereo => STEREO_FACTOR,
            Self::Median => {
                let (mut p, mut g): (Vec<f32>, Vec<f32>) = pixels.iter().copied().unzip();
                median(&mut g)? / median(&mut p)?
            }
            Self::LeastSquares => {
                let sum = |(gp, pp): (f64, f64), (p, g): &(f32, f32)| {
                    let (p, g) = (f64::from(*p), f64::from(*g));
                    (gp + g * p, pp + p * p)
                };
                let (gp, pp) = pixels.iter().fold((0.0, 0.0), sum);
                (gp / pp) as f32
            }
        };
        (factor.is_finite() && factor > 0.0).then_some(factor)
    }
}

impl fmt::Display for Scaling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Median => "median",
            Self::LeastSquares => "lsq",
            Self::Stereo => "stereo",
        })
    }
}

impl FromStr for Scaling {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|scaling| scaling.to_string() == text);
        found.ok_or_else(|| format!("`{text}` is no scaling; give none, median, lsq or stereo"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn four_scalings_four_factors() {
        let pixels = [(1.0, 2.0), (2.0, 6.0), (3.0, 6.0), (2.0, 2.0)];
        assert_eq!(Scaling::None.factor(&pixels), Some(1.0));
        // Medians 4 = (2+6)/2 and 2.
        assert_eq!(Scaling::Median.factor(&pixels), Some(2.0));
        // (2 + 12 + 18 + 4) / (1 + 4 + 9 + 4).
        assert_eq!(Scaling::LeastSquares.factor(&pixels), Some(2.0));
        assert_eq!(Scaling::LeastSquares.factor(&pixels[..1]), Some(2.0));
        assert_eq!(Scaling::LeastSquares.factor(&pixels[..2]), Some(14.0 / 5.0));
        assert_eq!(Scaling::Stereo.factor(&pixels), Some(5.4));
        for scaling in [Scaling::Median, Scaling::LeastSquares] {
            assert_eq!(scaling.factor(&[]), None);
            assert_eq!(scaling.factor(&[(0.0, 1.0)]), None);
        }
    }

    #[test]
    fn names() {
        for name in ["none", "median", "lsq", "stereo"] {
            assert_eq!(name.parse::<Scaling>().unwrap().to_string(), name);
        }
        assert!("mean".parse::<Scaling>().is_err());
    }
}
