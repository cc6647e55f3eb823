//! [`Analysis`]: what the panels say about a frame, computed on the upload thread so that the UI thread need not.

use crate::depth::{DepthMap, DepthUnit};
use crate::eval::bins::{self, Bin, GateBin};
use crate::figure::error_mode::{ErrorMode, error_map};
use crate::figure::points::SPARSE;
use crate::figure::range::percentiles;
use crate::infer::prediction::{GateMap, ModelOutput, Prediction};
use crate::net::config::GateKind;

/// Distances that the bar and line charts of the Metrics tab tell apart.
pub const BINS: usize = 6;

/// Percentiles are taken from at most this many values; more would not move them by a shade.
const MAX_SAMPLES: usize = 1 << 18;

/// Least, greatest and mean value of a map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    /// Least value.
    pub min: f32,
    /// Greatest value.
    pub max: f32,
    /// Mean.
    pub mean: f32,
}

impl Extent {
    /// Of the finite values; `None` when there are none.
    pub fn of(values: &[f32]) -> Option<Self> {
        let (mut min, mut max, mut sum, mut count) = (f32::INFINITY, f32::NEG_INFINITY, 0.0_f64, 0_usize);
        for v in values.iter().filter(|v| v.is_finite()) {
            (min, max, sum, count) = (min.min(*v), max.max(*v), sum + f64::from(*v), count + 1);
        }
        (count > 0).then(|| Self { min, max, mean: (sum / count as f64) as f32 })
    }
}

/// The error of one model: a range for each [`ErrorMode`] in the order of [`ErrorMode::ALL`].
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorAnalysis {
    /// Low and high end for each mode.
    pub ranges: [[f32; 2]; 4],
    /// Error by distance, in metres.
    pub by_distance: Vec<Bin>,
}

/// EDA minus CBAM-S, on EDA's grid.
#[derive(Debug, Clone)]
pub struct GateDifference {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` differences row by row.
    pub values: Vec<f32>,
    /// The greatest difference in size.
    pub most: f32,
}

impl GateDifference {
    /// The difference of two gates; where the grids differ, CBAM-S is read at the centres of EDA's cells.
    pub fn of(eda: &GateMap, cbam: &GateMap) -> Self {
        let mut values = Vec::with_capacity(eda.values.len());
        for y in 0..eda.height {
            for x in 0..eda.width {
                let u = (x as f32 + 0.5) / eda.width as f32;
                let v = (y as f32 + 0.5) / eda.height as f32;
                let other = cbam.at(u, v).unwrap_or(f32::NAN);
                values.push(eda.values[y * eda.width + x] - other);
            }
        }
        let most = values.iter().filter(|v| v.is_finite()).fold(0.0_f32, |m, v| m.max(v.abs()));
        Self { width: eda.width, height: eda.height, values, most }
    }

    /// The difference under a point of the picture, both coordinates in 0…1.
    pub fn at(&self, u: f32, v: f32) -> Option<f32> {
        if !(0.0..1.0).contains(&u) || !(0.0..1.0).contains(&v) {
            return None;
        }
        let (x, y) = ((u * self.width as f32) as usize, (v * self.height as f32) as usize);
        self.values.get(y * self.width + x).copied()
    }
}

/// Everything precomputed about a frame.
#[derive(Debug, Clone, Default)]
pub struct Analysis {
    /// 2nd and 98th percentile of predicted and true depth together when they have one unit, so that their colours
    /// compare; else of the prediction (of the truth without one).
    pub depth_percentiles: Option<[f32; 2]>,
    /// Least and greatest depth: of the prediction and the truth together when they have one unit, as the percentiles.
    pub depth_extent: Option<[f32; 2]>,
    /// Least and greatest value of the truth alone.
    pub truth_extent: Option<[f32; 2]>,
    /// Percentiles of the truth alone, used when its unit is another than the prediction's.
    pub truth_percentiles: Option<[f32; 2]>,
    /// Share of the truth's pixels that have a value.
    pub truth_valid: Option<f32>,
    /// Error of the main model.
    pub error: Option<ErrorAnalysis>,
    /// Error of the compared model.
    pub compare_error: Option<ErrorAnalysis>,
    /// Extent of EDA's attention.
    pub eda: Option<Extent>,
    /// Extent of CBAM-S's attention.
    pub cbam: Option<Extent>,
    /// EDA minus CBAM-S when both are there.
    pub difference: Option<GateDifference>,
    /// Mean EDA attention by distance.
    pub eda_by_distance: Vec<GateBin>,
    /// Mean CBAM-S attention by distance.
    pub cbam_by_distance: Vec<GateBin>,
    /// The distances are those of the ground truth, not of the prediction.
    pub distance_is_true: bool,
}

/// At most [`MAX_SAMPLES`] valid values, evenly taken.
fn sample(map: &DepthMap) -> impl Iterator<Item = f32> + '_ {
    let step = map.values().len().div_ceil(MAX_SAMPLES).max(1);
    map.values().iter().zip(map.valid()).step_by(step).filter(|(_, ok)| **ok).map(|(v, _)| *v)
}

fn extent(map: &DepthMap) -> Option<[f32; 2]> {
    let ends = map.iter_valid().fold([f32::INFINITY, f32::NEG_INFINITY], |[a, b], v| [a.min(v), b.max(v)]);
    (ends[0] <= ends[1]).then_some(ends)
}

fn error_analysis(model: &ModelOutput, truth: &DepthMap) -> Option<ErrorAnalysis> {
    let at_truth = model.at_truth.as_ref()?;
    let truth = model.counted(truth);
    let ranges = ErrorMode::ALL.map(|mode| {
        let errors = error_map(at_truth, truth, mode).unwrap_or_default();
        let step = errors.len().div_ceil(MAX_SAMPLES).max(1);
        let some: Vec<f32> = errors.into_iter().step_by(step).collect();
        mode.range(&some)
    });
    Some(ErrorAnalysis { ranges, by_distance: bins::error_by_distance(at_truth, truth, BINS) })
}

impl Analysis {
    /// Whether only some pixels of the truth were measured, so that each is drawn as a point.
    pub fn truth_sparse(&self) -> bool {
        self.truth_valid.is_some_and(|share| share < SPARSE)
    }

    /// The colour range of an error reading: one for both models, so that their colours compare.
    pub fn error_range(&self, mode: ErrorMode) -> Option<[f32; 2]> {
        let index = ErrorMode::ALL.iter().position(|m| *m == mode)?;
        let both = [&self.error, &self.compare_error].into_iter().flatten();
        both.map(|e| e.ranges[index]).reduce(|[a, b], [c, d]| [a.min(c), b.max(d)])
    }

    /// What can be said about a truth and a prediction, each of which may be missing.
    pub fn of(truth: Option<&DepthMap>, prediction: Option<&Prediction>) -> Self {
        const SHOWN: [f32; 2] = [2.0, 98.0];
        let mut out = Self { distance_is_true: truth.is_some(), ..Self::default() };
        let depth = prediction.map(|p| &p.main.depth);
        let same_unit = |a: &DepthMap, b: &DepthMap| a.unit() == b.unit();
        out.depth_percentiles = match (depth, truth) {
            (Some(d), Some(t)) if same_unit(d, t) && t.valid_count() > 0 => {
                let ([a, b], [c, d]) = (percentiles(sample(d), SHOWN), percentiles(sample(t), SHOWN));
                Some([a.min(c), b.max(d)])
            }
            (Some(d), _) => Some(percentiles(sample(d), SHOWN)),
            (None, Some(t)) => Some(percentiles(sample(t), SHOWN)),
            (None, None) => None,
        };
        out.truth_extent = truth.and_then(extent);
        let comparable = depth.is_none_or(|d| truth.is_some_and(|t| same_unit(d, t)));
        out.depth_extent = match (depth.and_then(extent), out.truth_extent.filter(|_| comparable)) {
            (Some([a, b]), Some([c, d])) => Some([a.min(c), b.max(d)]),
            (one, other) => one.or(other),
        };
        out.truth_percentiles = truth.map(|t| percentiles(sample(t), SHOWN));
        out.truth_valid = truth.map(|t| t.valid_count() as f32 / t.values().len().max(1) as f32);
        let Some(prediction) = prediction else { return out };
        out.error = truth.and_then(|t| error_analysis(&prediction.main, t));
        out.compare_error = truth.and_then(|t| error_analysis(prediction.compare.as_ref()?, t));
        let (eda, cbam) = (prediction.gate(GateKind::Eda), prediction.gate(GateKind::CbamS));
        out.eda = eda.and_then(|g| Extent::of(&g.values));
        out.cbam = cbam.and_then(|g| Extent::of(&g.values));
        out.difference = eda.zip(cbam).map(|(e, c)| GateDifference::of(e, c));
        // Distances are read from the truth where there is one: the prediction is what is being judged.
        if prediction.main.depth.unit() == DepthUnit::Metres {
            let distance = truth.unwrap_or(&prediction.main.depth);
            let mean = |g: Option<&GateMap>| {
                g.map(|g| bins::gate_by_distance(g.width, g.height, &g.values, distance, BINS)).unwrap_or_default()
            };
            (out.eda_by_distance, out.cbam_by_distance) = (mean(eda), mean(cbam));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn gate(kind: GateKind, width: usize, values: Vec<f32>) -> GateMap {
        GateMap { kind, model: "m".to_owned(), width, height: values.len() / width, values }
    }

    #[test]
    fn gate_difference_by_hand() {
        let eda = gate(GateKind::Eda, 2, vec![0.5, 0.25, 0.75, 1.0]);
        let cbam = gate(GateKind::CbamS, 2, vec![0.25, 0.5, 0.75, 0.0]);
        let d = GateDifference::of(&eda, &cbam);
        assert_eq!(d.values, [0.25, -0.25, 0.0, 1.0]);
        assert_eq!(d.most, 1.0);
        assert_eq!(d.at(0.9, 0.1), Some(-0.25));
        assert_eq!(d.at(1.0, 0.1), None);
        // Another grid: read at the centres.
        let coarse = gate(GateKind::CbamS, 1, vec![0.5]);
        assert_eq!(GateDifference::of(&eda, &coarse).values, [0.0, -0.25, 0.25, 0.5]);
    }

    #[test]
    fn a_truth_alone_has_a_range_and_a_share() {
        let values = (0..100).map(|i| if i < 50 { 0.0 } else { i as f32 }).collect();
        let truth = DepthMap::new(10, 10, DepthUnit::Metres, values);
        let a = Analysis::of(Some(&truth), None);
        assert_eq!(a.truth_valid, Some(0.5));
        assert_eq!(a.depth_extent, Some([50.0, 99.0]));
        let [low, high] = a.depth_percentiles.unwrap();
        assert!((low - 50.98).abs() < 1e-3 && (high - 98.02).abs() < 1e-3, "{low} {high}");
        assert!(a.error.is_none() && a.difference.is_none());
    }
}
