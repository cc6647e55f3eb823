//! The error metrics of reference.md 8.1 over the valid pixels of one image.

use super::sums::{Convention, Scores, Sums};
use crate::depth::{DepthMap, DepthUnit, median};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Errors of one predicted depth map against its ground truth (reference.md 8.1).
///
/// g is the ground truth and p the prediction, both in metres; every mean is over the same valid pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// REL: mean |g−p| / g.
    pub rel: f64,
    /// SqRel: mean (g−p)² / g, in metres.
    pub sq_rel: f64,
    /// RMSE: √mean (g−p)², in metres.
    pub rmse: f64,
    /// RMSElog: √mean (ln g − ln p)².
    pub rmse_log: f64,
    /// Mean |log₁₀ g − log₁₀ p|.
    pub log10: f64,
    /// Scale-invariant log error: 100·√(mean d² − (mean d)²) with d = ln p − ln g.
    pub silog: f64,
    /// δ1: share of pixels with max(g/p, p/g) strictly below 1.25.
    pub d1: f64,
    /// δ2: the same below 1.25².
    pub d2: f64,
    /// δ3: the same below 1.25³.
    pub d3: f64,
    /// Number of pixels that were compared.
    pub valid: usize,
}

/// Pixels that one task sums up; fixed, so that the result does not depend on the number of threads.
const CHUNK: usize = 1 << 16;

/// The sums of one run of pixels.
fn sums(pred: &[f32], pred_ok: &[bool], truth: &[f32], truth_ok: &[bool]) -> Sums {
    let both = || pred_ok.iter().zip(truth_ok).map(|(p, g)| *p && *g);
    let pick =
        |values: &[f32]| -> Vec<f32> { values.iter().zip(both()).filter(|(_, ok)| *ok).map(|(v, _)| *v).collect() };
    Sums::of(&pick(pred), &pick(truth), Convention::default())
}

fn finished(sums: Sums) -> Option<Metrics> {
    let Scores { rel, sq_rel, rmse, rmse_log, log10, silog, d1, d2, d3, .. } = sums.scores()?;
    Some(Metrics { rel, sq_rel, rmse, rmse_log, log10, silog, d1, d2, d3, valid: sums.pixels as usize })
}

/// Whether the two maps can be compared pixel by pixel: one size, and both growing with distance.
pub(super) fn comparable(pred: &DepthMap, truth: &DepthMap) -> bool {
    let grows = |unit| matches!(unit, DepthUnit::Metres | DepthUnit::Relative);
    pred.width() == truth.width() && pred.height() == truth.height() && grows(pred.unit()) && grows(truth.unit())
}

/// The metrics of `pred` against `truth`, both depths (metres) of one size.
///
/// A pixel counts where both maps are valid. A network's depth is 10/clamp(y, 1, 100) and so always is;
/// a prediction that is zero, negative or not finite at a pixel (a file of someone else's) is left out,
/// and `valid` shows that it was. `None` when no pixel is left, when the sizes differ, or when one of
/// the maps is an inverse depth.
pub fn metrics(pred: &DepthMap, truth: &DepthMap) -> Option<Metrics> {
    if !comparable(pred, truth) {
        return None;
    }
    let chunk = |i: usize| {
        let run = i * CHUNK..((i + 1) * CHUNK).min(truth.values().len());
        sums(&pred.values()[run.clone()], &pred.valid()[run.clone()], &truth.values()[run.clone()], &truth.valid()[run])
    };
    let chunks = truth.values().len().div_ceil(CHUNK);
    // Threads only pay for themselves on big maps; the partial sums are added in order either way.
    let parts: Vec<Sums> =
        if chunks > 4 { (0..chunks).into_par_iter().map(chunk).collect() } else { (0..chunks).map(chunk).collect() };
    finished(parts.into_iter().fold(Sums::default(), |all, part| all.plus(&part)))
}

/// The factor of median scaling: median(g) / median(p) over the pixels that are valid in both maps.
///
/// 1 when the maps cannot be compared or share no valid pixel, so that scaling by it changes nothing.
pub fn median_scale(pred: &DepthMap, truth: &DepthMap) -> f32 {
    if !comparable(pred, truth) {
        return 1.0;
    }
    let both = || pred.valid().iter().zip(truth.valid()).map(|(p, g)| *p && *g);
    let pick = |map: &DepthMap| -> Vec<f32> {
        map.values().iter().zip(both()).filter(|(_, ok)| *ok).map(|(v, _)| *v).collect()
    };
    match (median(&mut pick(truth)), median(&mut pick(pred))) {
        (Some(g), Some(p)) if p > 0.0 && (g / p).is_finite() => g / p,
        _ => 1.0,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn map(values: &[f32]) -> DepthMap {
        DepthMap::new(values.len(), 1, DepthUnit::Metres, values.to_vec())
    }

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    }

    #[test]
    fn a_perfect_prediction_has_no_error() {
        let m = metrics(&map(&[1.0, 2.5, 7.0]), &map(&[1.0, 2.5, 7.0])).unwrap();
        let zero = Metrics {
            rel: 0.0,
            sq_rel: 0.0,
            rmse: 0.0,
            rmse_log: 0.0,
            log10: 0.0,
            silog: 0.0,
            d1: 1.0,
            d2: 1.0,
            d3: 1.0,
            valid: 3,
        };
        assert_eq!(m, zero);
    }

    #[test]
    fn two_pixels_by_hand() {
        // g = 1, 4 and p = 2, 3: |g−p| = 1, 1.
        let m = metrics(&map(&[2.0, 3.0]), &map(&[1.0, 4.0])).unwrap();
        let (a, b) = (2f64.ln(), (3f64 / 4.0).ln());
        near(m.rel, (1.0 + 0.25) / 2.0);
        near(m.sq_rel, (1.0 + 0.25) / 2.0);
        near(m.rmse, 1.0);
        near(m.rmse_log, ((a * a + b * b) / 2.0).sqrt());
        near(m.log10, (2f64.log10() + (4f64 / 3.0).log10()) / 2.0);
        // The standard deviation of two numbers is half their distance.
        near(m.silog, 100.0 * (a - b) / 2.0);
        // Ratios 2 and 1.333: outside and inside 1.5625; outside 1.25 both; outside and inside 1.953125.
        assert_eq!([m.d1, m.d2, m.d3], [0.0, 0.5, 0.5]);
    }

    #[test]
    fn a_wrong_scale_alone_is_no_scale_invariant_error() {
        let truth = map(&[1.0, 2.0, 3.3, 9.1]);
        let pred = truth.scaled(3.0);
        let m = metrics(&pred, &truth).unwrap();
        assert!(m.silog < 1e-4, "{}", m.silog);
        assert!((m.rmse_log - 3f64.ln()).abs() < 1e-6);
        assert!((m.rel - 2.0).abs() < 1e-6);
        assert!((median_scale(&pred, &truth) - 1.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn a_ratio_on_the_boundary_is_not_counted() {
        let m = metrics(&map(&[1.25, 4.0, 1.0]), &map(&[1.0, 5.0, 1.0])).unwrap();
        near(m.d1, 1.0 / 3.0);
        near(m.d2, 1.0);
        let m = metrics(&map(&[1.5625, 1.953_125]), &map(&[1.0, 1.0])).unwrap();
        assert_eq!([m.d1, m.d2, m.d3], [0.0, 0.0, 0.5]);
    }

    #[test]
    fn invalid_pixels_of_either_map_are_left_out() {
        let truth = map(&[0.0, 2.0, f32::NAN, 4.0, f32::INFINITY]);
        let m = metrics(&map(&[9.0, 1.0, 9.0, f32::NAN, 9.0]), &truth).unwrap();
        assert_eq!(m.valid, 1);
        near(m.rel, 0.5);
        assert_eq!(metrics(&map(&[1.0]), &map(&[0.0])), None);
        assert_eq!(median_scale(&map(&[1.0]), &map(&[0.0])), 1.0);
        // The medians are over the shared pixel only: 2 / 1.
        assert_eq!(median_scale(&map(&[9.0, 1.0, 9.0, f32::NAN, 9.0]), &truth), 2.0);
    }

    #[test]
    fn maps_that_do_not_belong_together_have_no_metrics() {
        assert_eq!(metrics(&map(&[1.0]), &map(&[1.0, 2.0])), None);
        let inverse = DepthMap::new(1, 1, DepthUnit::TenOverMetres, vec![1.0]);
        assert_eq!(metrics(&inverse, &map(&[1.0])), None);
    }

    #[test]
    fn many_chunks_give_the_sum_of_all_pixels() {
        let n = 6 * CHUNK + 17;
        let truth: Vec<f32> = (0..n).map(|i| 1.0 + (i % 7) as f32).collect();
        let pred: Vec<f32> = truth.iter().map(|g| g + 0.5).collect();
        let m = metrics(&map(&pred), &map(&truth)).unwrap();
        let rel = truth.iter().map(|g| 0.5 / f64::from(*g)).sum::<f64>() / n as f64;
        assert_eq!(m.valid, n);
        near(m.rel, rel);
        near(m.rmse, 0.5);
    }
}
