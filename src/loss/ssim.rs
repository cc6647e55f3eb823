//! L_SSIM, equation 6 of the MSFNet paper (reference.md 3.2, 5.2): how unlike the two maps' local structure is.

use super::filter::{Axis, Separable, gaussian};
use super::region::{Region, sums};
use burn::tensor::Tensor;

/// Largest window.
const WINDOW: usize = 11;
/// Standard deviation of the window's Gaussian in pixels.
const SIGMA: f64 = 1.5;

/// (1 − SSIM) / 2 of each sample within 0…1, [N], of two N×H×W maps that are 0 where nothing was measured; `range` is the
/// largest value. SSIM is the mean of its map over the whole windows, where the mask has holes over those around a
/// measured pixel; without such a window the loss is 0.
pub(super) fn ssim_loss(y: Tensor<3>, t: Tensor<3>, region: &Region, range: f64) -> Tensor<1> {
    let [n, h, w] = region.size();
    let Some(map) = ssim_map(y.clone(), t, range) else {
        return sums(y * 0.0);
    };
    let size = map.dims();
    let k = window(h, w);
    let centres = |mask: &Tensor<3>| mask.clone().narrow(1, k / 2, size[1]).narrow(2, k / 2, size[2]);
    let centres = Region::new(size, region.mask().map(centres));
    let loss = ((centres.means(map) - 1.0) / -2.0).clamp(0.0, 1.0);
    match centres.used() {
        Some(used) => loss * used.clone(),
        None => loss.reshape([n]),
    }
}

/// Side of the window: 11, or the map's shorter side.
fn window(h: usize, w: usize) -> usize {
    WINDOW.min(h).min(w)
}

/// SSIM of every whole window: N×H×W → N×(H−k+1)×(W−k+1). `None` for an empty map.
///
/// Second moments are of values less their map's mean, which the variances do not depend on: E\[x²\] − E\[x\]² of values
/// up to 100 would cancel in single precision.
pub(super) fn ssim_map(y: Tensor<3>, t: Tensor<3>, range: f64) -> Option<Tensor<3>> {
    let [_, h, w] = y.dims();
    let taps = gaussian(window(h, w), SIGMA);
    let blur = Separable::new(&Axis::window(h, &taps, 1, 0), &Axis::window(w, &taps, 1, 0), &y)?;
    let (c1, c2) = ((0.01 * range).powi(2), (0.03 * range).powi(2));

    let (base_y, base_t) = (base(&y), base(&t));
    let (y, t) = (y - base_y.clone(), t - base_t.clone());
    let (mean_y, mean_t) = (blur.of(y.clone()), blur.of(t.clone()));
    let variance_t = blur.of(t.clone().square()) - mean_t.clone().square();
    let variance_y = blur.of(y.clone().square()) - mean_y.clone().square();
    let covariance = blur.of(y * t) - mean_y.clone() * mean_t.clone();

    let (mean_y, mean_t) = (mean_y + base_y, mean_t + base_t);
    let luminance = mean_y.clone() * (mean_t.clone() * 2.0) + c1;
    let luminance_of = mean_y.square() + (mean_t.square() + c1);
    let structure = covariance * 2.0 + c2;
    let structure_of = variance_y + (variance_t + c2);
    Some((luminance * structure) / (luminance_of * structure_of))
}

/// The mean of each map, N×1×1, not recorded.
fn base(maps: &Tensor<3>) -> Tensor<3> {
    let [n, h, w] = maps.dims();
    (sums(maps.clone().inner()) / (h * w) as f64).reshape([n, 1, 1])
}
