//! How well a prediction keeps the edges of the depth: precision, recall and F1 of strong gradients, as Hu et al. measure
//! them on NYU at 304×228.

use super::exact;
use crate::depth::DepthMap;
use serde::{Deserialize, Serialize};

/// Gradient magnitudes in metres above which a pixel is an edge.
pub const THRESHOLDS: [f32; 3] = [0.25, 0.5, 1.0];

/// Edges of a prediction against those of the ground truth at one threshold.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct EdgeScore {
    /// Share of predicted edge pixels that are edges; 0 when none is predicted.
    #[serde(with = "exact")]
    pub precision: f64,
    /// Share of edge pixels that are predicted; 0 when there is none.
    #[serde(with = "exact")]
    pub recall: f64,
    /// 2PR / (P + R); 0 when both are.
    #[serde(with = "exact")]
    pub f1: f64,
}

impl EdgeScore {
    fn new(both: usize, predicted: usize, there: usize) -> Self {
        let share = |of: usize| if of == 0 { 0.0 } else { both as f64 / of as f64 };
        let (precision, recall) = (share(predicted), share(there));
        let sum = precision + recall;
        Self { precision, recall, f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
    }

    /// The mean over images of each number, as Hu et al. take it.
    pub fn mean<'a>(images: impl Iterator<Item = &'a Self>) -> Option<Self> {
        let (mut sum, mut count) = (Self::default(), 0u32);
        for image in images {
            sum.precision += image.precision;
            sum.recall += image.recall;
            sum.f1 += image.f1;
            count += 1;
        }
        let mean = |sum: f64| sum / f64::from(count);
        (count > 0).then(|| Self { precision: mean(sum.precision), recall: mean(sum.recall), f1: mean(sum.f1) })
    }
}

/// The scores at each of [`THRESHOLDS`]. `None` when the sizes differ or the ground truth has a hole: its rim would be an
/// edge of nothing.
pub fn edge_scores(prediction: &DepthMap, truth: &DepthMap) -> Option<[EdgeScore; 3]> {
    let size = |map: &DepthMap| [map.width(), map.height()];
    if size(prediction) != size(truth) || truth.valid().iter().chain(prediction.valid()).any(|valid| !valid) {
        return None;
    }
    let (predicted, there) = (sobel(prediction), sobel(truth));
    Some(THRESHOLDS.map(|threshold| {
        let (mut both, mut p, mut t) = (0, 0, 0);
        for (a, b) in predicted.iter().zip(&there) {
            let (a, b) = (*a > threshold, *b > threshold);
            p += usize::from(a);
            t += usize::from(b);
            both += usize::from(a && b);
        }
        EdgeScore::new(both, p, t)
    }))
}

/// Magnitude of the 3×3 Sobel gradient, weights 1 2 1 not normalised. Beyond the border is zero, as in the published
/// numbers: the border itself is an edge in both maps.
fn sobel(map: &DepthMap) -> Vec<f32> {
    let (w, h) = (map.width(), map.height());
    let stride = w + 2;
    let mut padded = vec![0f32; stride * (h + 2)];
    for (y, row) in map.values().chunks_exact(w.max(1)).enumerate() {
        padded[(y + 1) * stride + 1..][..w].copy_from_slice(row);
    }
    let mut magnitude = Vec::with_capacity(w * h);
    for y in 0..h {
        let [above, here, below] = [0, 1, 2].map(|dy| &padded[(y + dy) * stride..][..stride]);
        for x in 0..w {
            let column = |x: usize| above[x] + 2.0 * here[x] + below[x];
            let row = |line: &[f32]| line[x] + 2.0 * line[x + 1] + line[x + 2];
            let (gx, gy) = (column(x) - column(x + 2), row(above) - row(below));
            magnitude.push((gx * gx + gy * gy).sqrt());
        }
    }
    magnitude
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::depth::DepthUnit;

    fn map(values: &[f32]) -> DepthMap {
        DepthMap::new(5, values.len() / 5, DepthUnit::Metres, values.to_vec())
    }

    /// Five rows of the same.
    fn rows(row: [f32; 5]) -> DepthMap {
        map(&row.repeat(5))
    }

    #[test]
    fn a_step_is_seen_by_the_pixels_on_both_sides() {
        // A step of 0.1 m: Sobel gives 4 · 0.1 in the columns beside it; the rim sees the zeros outside.
        let magnitude = sobel(&rows([1.0, 1.0, 1.1, 1.1, 1.1]));
        let middle = &magnitude[10..15];
        for (got, want) in middle[1..4].iter().zip([0.4, 0.4, 0.0]) {
            assert!((got - want).abs() < 1e-5, "{middle:?}");
        }
        assert!((middle[0] - 4.0).abs() < 1e-5 && middle[4] > 4.0 && magnitude[0] > 4.0);
    }

    #[test]
    fn a_missed_and_a_wrong_edge() {
        let (step, flat) = (rows([1.0, 1.0, 1.1, 1.1, 1.1]), rows([1.0; 5]));
        // 16 pixels of rim are edges in both; the step adds 3 rows of 2 inside at 0.25 m and none at 0.5 m.
        let [low, middle, _] = edge_scores(&flat, &step).unwrap();
        assert_eq!((low.precision, low.recall), (1.0, 16.0 / 22.0));
        assert!((low.f1 - 2.0 * (16.0 / 22.0) / (38.0 / 22.0)).abs() < 1e-12);
        assert_eq!(middle, EdgeScore { precision: 1.0, recall: 1.0, f1: 1.0 });
        let [low, ..] = edge_scores(&step, &flat).unwrap();
        assert_eq!((low.precision, low.recall), (16.0 / 22.0, 1.0));
        assert_eq!(edge_scores(&flat, &map(&[1.0; 5])), None);
        assert_eq!(edge_scores(&flat, &rows([0.0, 1.0, 1.0, 1.0, 1.0])), None);
    }

    #[test]
    fn nothing_to_find_is_no_division_by_zero() {
        assert_eq!(EdgeScore::new(0, 0, 0), EdgeScore::default());
        assert_eq!(EdgeScore::mean([].iter()), None);
        let one = EdgeScore { precision: 1.0, recall: 0.5, f1: 0.25 };
        assert_eq!(EdgeScore::mean([one, EdgeScore::default()].iter()).unwrap().recall, 0.25);
    }
}
