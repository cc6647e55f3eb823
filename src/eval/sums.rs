//! What one pass over the pixels of an image gathers, and the metrics of reference.md 8.1 that follow from it.
//!
//! Sums are kept and not only their means, so that the same pass serves every way of averaging over images.

pub use super::scores::{Metric, Scores};
use super::{exact, lanes};
use serde::{Deserialize, Serialize};

/// Where the codes behind published tables differ in the formulas themselves (reference.md 8.2, 12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Convention {
    /// δ counts a ratio of exactly 1.25ᵏ (Hu et al.); everyone else does not.
    pub closed: bool,
    /// REL and SqRel divide by the prediction (DenseDepth hands its two maps over in the other order).
    pub over_prediction: bool,
}

/// Sums over pixels, in f64: a 20-megapixel sum of f32 terms would lose digits.
///
/// g is the ground truth and p the prediction, both in metres.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Sums {
    /// Pixels that were compared.
    pub pixels: u64,
    /// What the sums are divided by: the number of pixels; of images after [`Sums::averaged`].
    #[serde(with = "exact")]
    pub weight: f64,
    /// Σ |g−p| / g.
    #[serde(with = "exact")]
    pub rel: f64,
    /// Σ (g−p)² / g.
    #[serde(with = "exact")]
    pub sq_rel: f64,
    /// Σ |g−p|.
    #[serde(with = "exact")]
    pub abs: f64,
    /// Σ (g−p)².
    #[serde(with = "exact")]
    pub sq: f64,
    /// Σ ln p − ln g.
    #[serde(with = "exact")]
    pub log: f64,
    /// Σ (ln p − ln g)².
    #[serde(with = "exact")]
    pub log_sq: f64,
    /// Σ |ln p − ln g|.
    #[serde(with = "exact")]
    pub log_abs: f64,
    /// Σ (1/g − 1/p)².
    #[serde(with = "exact")]
    pub inv_sq: f64,
    /// Pixels with max(g/p, p/g) below 1.25, 1.25², 1.25³.
    #[serde(with = "exact::three")]
    pub below: [f64; 3],
}

impl Sums {
    /// The sums over pixels whose prediction and ground truth (metres, positive) stand at the same place of `p` and `g`.
    pub fn of(p: &[f32], g: &[f32], convention: Convention) -> Self {
        lanes::sums(p, g, convention)
    }

    /// Adds one pixel; both numbers are positive.
    pub fn push(&mut self, p: f32, g: f32, convention: Convention) {
        let (p, g) = (f64::from(p), f64::from(g));
        let base = if convention.over_prediction { p } else { g };
        let difference = (g - p).abs();
        let d = (p / g).ln();
        let ratio = (p / g).max(g / p);
        let inverse = 1.0 / g - 1.0 / p;
        self.pixels += 1;
        self.weight += 1.0;
        self.rel += difference / base;
        self.sq_rel += difference * difference / base;
        self.abs += difference;
        self.sq += difference * difference;
        self.log += d;
        self.log_sq += d * d;
        self.log_abs += d.abs();
        self.inv_sq += inverse * inverse;
        // The powers of 1.25 are exact in binary, so that a pixel on the boundary is on one side of it for certain.
        for (below, limit) in self.below.iter_mut().zip([1.25, 1.5625, 1.953_125]) {
            *below += f64::from(u8::from(ratio < limit || (convention.closed && ratio == limit)));
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        self.pixels += other.pixels;
        let other = other.terms();
        for (mine, theirs) in self.terms_mut().into_iter().zip(other) {
            *mine += theirs;
        }
        self
    }

    /// The means of an image as the sums of one item, so that images of different size count alike.
    #[must_use]
    pub fn averaged(mut self) -> Self {
        if self.weight > 0.0 {
            let weight = self.weight;
            for term in self.terms_mut() {
                *term /= weight;
            }
        }
        self
    }

    /// The metrics; `None` without a pixel.
    pub fn scores(&self) -> Option<Scores> {
        if self.weight <= 0.0 {
            return None;
        }
        let mean = |sum: f64| sum / self.weight;
        let mean_log = mean(self.log);
        Some(Scores {
            rel: mean(self.rel),
            sq_rel: mean(self.sq_rel),
            rmse: mean(self.sq).sqrt(),
            rmse_log: mean(self.log_sq).sqrt(),
            log10: mean(self.log_abs) / std::f64::consts::LN_10,
            mae: mean(self.abs),
            // Rounding can bring a variance of nothing just below zero.
            silog: 100.0 * (mean(self.log_sq) - mean_log * mean_log).max(0.0).sqrt(),
            irmse: 1000.0 * mean(self.inv_sq).sqrt(),
            d1: mean(self.below[0]),
            d2: mean(self.below[1]),
            d3: mean(self.below[2]),
        })
    }

    fn terms(&self) -> [f64; 12] {
        let [a, b, c] = self.below;
        let s = self;
        [s.weight, s.rel, s.sq_rel, s.abs, s.sq, s.log, s.log_sq, s.log_abs, s.inv_sq, a, b, c]
    }

    fn terms_mut(&mut self) -> [&mut f64; 12] {
        let [a, b, c] = &mut self.below;
        [
            &mut self.weight,
            &mut self.rel,
            &mut self.sq_rel,
            &mut self.abs,
            &mut self.sq,
            &mut self.log,
            &mut self.log_sq,
            &mut self.log_abs,
            &mut self.inv_sq,
            a,
            b,
            c,
        ]
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(pairs: &[(f32, f32)], convention: Convention) -> Sums {
        let mut sums = Sums::default();
        for (p, g) in pairs {
            sums.push(*p, *g, convention);
        }
        sums
    }

    #[test]
    fn the_two_conventions_give_other_numbers_on_the_same_pixels() {
        let pairs = [(2.0, 1.0), (5.0, 4.0)];
        let usual = of(&pairs, Convention::default()).scores().unwrap();
        assert_eq!([usual.rel, usual.sq_rel], [(1.0 + 0.25) / 2.0, (1.0 + 0.25) / 2.0]);
        assert_eq!([usual.d1, usual.d2], [0.0, 0.5], "5/4 is exactly 1.25");
        let closed = of(&pairs, Convention { closed: true, ..Default::default() }).scores().unwrap();
        assert_eq!([closed.rel, closed.d1, closed.d2], [usual.rel, 0.5, 0.5]);
        let over = of(&pairs, Convention { over_prediction: true, ..Default::default() }).scores().unwrap();
        assert_eq!([over.rel, over.sq_rel], [(0.5 + 0.2) / 2.0, (0.5 + 0.2) / 2.0]);
        assert_eq!([over.rmse, over.d1], [usual.rmse, usual.d1]);
        assert_eq!(usual.mae, 1.0);
        assert!((usual.irmse - 1000.0 * f64::sqrt((0.25 + 0.0025) / 2.0)).abs() < 1e-9);
    }

    #[test]
    fn averaged_images_count_alike() {
        let (small, large) = (
            of(&[(2.0, 1.0)], Convention::default()),
            of(&[(1.0, 1.0), (1.0, 1.0), (1.0, 1.0)], Convention::default()),
        );
        assert_eq!(small.plus(&large).scores().unwrap().rel, 0.25);
        let alike = small.averaged().plus(&large.averaged());
        assert_eq!((alike.scores().unwrap().rel, alike.pixels), (0.5, 4));
        assert_eq!(Sums::default().scores(), None);
        assert_eq!(Sums::default().averaged(), Sums::default());
    }
}
