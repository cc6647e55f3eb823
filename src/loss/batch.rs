//! L_batch, equation 4 of the MSFNet paper in all its readings (reference.md 5.4): the absolute error with more weight on
//! what is hard.

use super::config::{BatchLoss, LossConfig};
use super::region::{Region, sums};
use burn::tensor::Tensor;

/// The batch loss and what it says of each sample.
pub(super) struct Batch {
    /// [1].
    pub loss: Tensor<1>,
    /// L_b, each sample's mean error: [N], not recorded.
    pub samples: Tensor<1>,
    /// w_b, the softmax of L_b / τ over the batch, whichever reading is trained: [N], not recorded.
    pub weights: Tensor<1>,
}

/// L_batch of absolute errors (N×H×W, 0 where nothing was measured).
pub(super) fn batch_loss(errors: Tensor<3>, region: &Region, config: &LossConfig) -> Batch {
    let [n, h, w] = region.size();
    let means = region.means(errors.clone());
    let factor = |scores: Tensor<2>, counts: Option<Tensor<2>>| {
        let scores = if config.detach { scores.inner() } else { scores };
        softmax(scores / config.temperature, counts)
    };
    let by_sample = factor(means.clone().reshape([1, n]), region.used().map(|used| used.clone().reshape([1, n])));
    let by_sample: Tensor<1> = by_sample.reshape([n]);
    let (samples, weights) = (means.clone().inner(), by_sample.clone().inner());
    // Σ w_i e_i with w over the pixels of each of `rows` images: [rows].
    let by_pixel = |rows: usize| {
        let rows_of = |maps: Tensor<3>| -> Tensor<2> { maps.reshape([rows, n * h * w / rows.max(1)]) };
        let weights = factor(rows_of(errors.clone()), region.mask().map(|mask| rows_of(mask.clone())));
        let weighted: Tensor<1> = (weights * rows_of(errors.clone())).sum_dim(1).reshape([rows]);
        weighted
    };
    let loss = match config.batch_loss {
        BatchLoss::Sample => region.over_samples((by_sample + 1.0) * means),
        BatchLoss::SampleSum => (by_sample * means.clone()).sum() + region.over_samples(means),
        BatchLoss::Pixel => region.over_samples(region.per_pixel(by_pixel(n)) + means),
        BatchLoss::PixelMeanOne => region.over_samples(by_pixel(n) + means),
        BatchLoss::PixelBatch => region.per_batch_pixel(by_pixel(1) + sums(errors).sum()),
        BatchLoss::L1 => region.over_samples(means),
    };
    Batch { loss, samples, weights }
}

/// Softmax of each row's scores, which are 0 or more, over the elements where `counts` is 1; 0 elsewhere, and in a row
/// where it is 1 nowhere. The largest is taken off first, so that no exponential overflows; it cancels, and is not recorded.
fn softmax(scores: Tensor<2>, counts: Option<Tensor<2>>) -> Tensor<2> {
    // Elements that do not count have score 0 and thus do not raise the maximum.
    let largest = scores.clone().inner().max_dim(1);
    let powers = (scores - largest).exp();
    let powers = match counts {
        Some(counts) => powers * counts,
        None => powers,
    };
    // The largest power of a row that has an element is 1: the bound only keeps 0 / 0 away.
    powers.clone() / powers.sum_dim(1).clamp_min(0.5)
}
