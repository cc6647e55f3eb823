//! L_batch, equation 4 of the MSFNet paper in all its readings (reference.md 5.4): the absolute error with more weight on
//! what is hard.

use super::config::{BatchLoss, LossConfig};
use super::region::{Region, mean_over};
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

/// The errors of one part of a batch that goes through the network in parts; nothing of them is recorded.
#[derive(Debug, Clone)]
pub struct PartErrors {
    /// How many parts these are of.
    parts: usize,
    /// L_b: [N].
    means: Tensor<1>,
    /// 1 for samples with a pixel: [N].
    used: Tensor<1>,
    /// Absolute errors of all pixels, and 1 where one was measured; there where w is over the pixels of the whole batch.
    pixels: Option<[Tensor<1>; 2]>,
}

impl PartErrors {
    /// Of absolute errors (N×H×W, 0 where nothing was measured).
    pub(super) fn new(errors: Tensor<3>, region: &Region, config: &LossConfig) -> Self {
        let errors = errors.inner();
        let means = region.means(errors.clone());
        Self {
            parts: 1,
            used: region.used().cloned().unwrap_or_else(|| means.ones_like()),
            means,
            pixels: (config.batch_loss == BatchLoss::PixelBatch)
                .then(|| [flat(errors.clone()), counted(region, &errors)]),
        }
    }

    /// Those of all parts but one, as of one; `None` where there is no other.
    pub fn others(parts: &[Self], but: usize) -> Option<Self> {
        let others = parts.iter().enumerate().filter(|(i, _)| *i != but).map(|(_, part)| part.clone());
        let joined = |a: Tensor<1>, b: Tensor<1>| Tensor::cat(vec![a, b], 0);
        others.reduce(|a, b| Self {
            parts: a.parts + b.parts,
            means: joined(a.means, b.means),
            used: joined(a.used, b.used),
            pixels: match (a.pixels, b.pixels) {
                (Some([a, of_a]), Some([b, of_b])) => Some([joined(a, b), joined(of_a, of_b)]),
                _ => None,
            },
        })
    }
}

/// L_batch of absolute errors (N×H×W, 0 where nothing was measured). Where the batch has `others`, they are constants of its
/// loss, which every part then has; as the gradients of the parts are averaged, that of each is scaled by their number.
pub(super) fn batch_loss(
    errors: Tensor<3>,
    region: &Region,
    config: &LossConfig,
    others: Option<&PartErrors>,
) -> Batch {
    let [n, h, w] = region.size();
    let own = region.means(errors.clone());
    let factor = |scores: Tensor<2>, counts: Option<Tensor<2>>| {
        let scores = if config.detach { scores.inner() } else { scores };
        softmax(scores / config.temperature, counts)
    };
    // Of the whole batch, this part first.
    let means = beside(own.clone(), others.map(|others| &others.means));
    let used = match others {
        Some(others) => {
            let used = region.used().cloned().unwrap_or_else(|| own.clone().inner().ones_like());
            Some(Tensor::cat(vec![used, others.used.clone()], 0))
        }
        None => region.used().cloned(),
    };
    let by_sample = flat_row(factor(row(means.clone()), used.clone().map(row)));
    let (samples, weights) = (own.clone().inner(), by_sample.clone().inner().narrow(0, 0, n));
    // Σ w_i e_i with w over the pixels of each image: [N].
    let by_pixel = || {
        let rows_of = |maps: Tensor<3>| -> Tensor<2> { maps.reshape([n, h * w]) };
        let weights = factor(rows_of(errors.clone()), region.mask().map(|mask| rows_of(mask.clone())));
        let weighted: Tensor<1> = (weights * rows_of(errors.clone())).sum_dim(1).reshape([n]);
        weighted
    };
    let parts = others.map_or(1, |others| others.parts + 1) as f64;
    let shared = |loss: Tensor<1>| match others {
        Some(_) => loss.clone() * parts - loss.inner() * (parts - 1.0),
        None => loss,
    };
    let loss = match config.batch_loss {
        BatchLoss::Sample => shared(mean_over((by_sample + 1.0) * means, used.as_ref())),
        BatchLoss::SampleSum => shared((by_sample * means.clone()).sum() + mean_over(means, used.as_ref())),
        BatchLoss::PixelBatch => {
            let others = others.and_then(|others| others.pixels.as_ref());
            let counts = beside(counted(region, &errors), others.map(|[_, counts]| counts));
            let pixels = beside(flat(errors), others.map(|[pixels, _]| pixels));
            let weights = flat_row(factor(row(pixels.clone()), Some(row(counts.clone()))));
            shared(((weights + 1.0) * pixels).sum() / counts.sum().clamp_min(1.0))
        }
        BatchLoss::Pixel => region.over_samples(region.per_pixel(by_pixel()) + own),
        BatchLoss::PixelMeanOne => region.over_samples(by_pixel() + own),
        BatchLoss::L1 => region.over_samples(own),
    };
    Batch { loss, samples, weights }
}

/// A part's values with constants behind them.
fn beside(own: Tensor<1>, others: Option<&Tensor<1>>) -> Tensor<1> {
    let Some(others) = others.cloned() else { return own };
    let others = if own.device().is_autodiff() { others.autodiff() } else { others };
    Tensor::cat(vec![own, others], 0)
}

/// [N] → 1×N.
fn row(values: Tensor<1>) -> Tensor<2> {
    let [n] = values.dims();
    values.reshape([1, n])
}

/// 1×N → [N].
fn flat_row(values: Tensor<2>) -> Tensor<1> {
    let [_, n] = values.dims();
    values.reshape([n])
}

/// N×H×W → [N·H·W].
fn flat(maps: Tensor<3>) -> Tensor<1> {
    let count = maps.dims().iter().product::<usize>();
    maps.reshape([count])
}

/// 1 for each pixel of a region that was measured, flat; `like` are maps of its size.
fn counted(region: &Region, like: &Tensor<3>) -> Tensor<1> {
    flat(region.mask().cloned().unwrap_or_else(|| like.clone().inner().ones_like()))
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
