//! L_grad, equation 5 of the MSFNet paper (reference.md 5.1): the difference of the two maps' gradients is the gradient of
//! their difference.

use super::config::GradientKind;
use super::filter::{Gradient, whole_windows};
use super::region::{Region, sums};
use burn::tensor::Tensor;

/// L_grad of the differences y − t (N×H×W, 0 where nothing was measured): [N]. A difference counts where both its pixels
/// were measured; the sum is divided by the number of measured pixels, H·W where all were (DenseDepth's convention).
pub(super) fn gradient_loss(differences: Tensor<3>, region: &Region, kind: GradientKind) -> Tensor<1> {
    let sums = match kind {
        GradientKind::Forward => {
            let [across, down] = forward(differences, region);
            across + down
        }
        GradientKind::Sobel => sobel(differences, region),
    };
    region.per_pixel(sums)
}

/// Σ|r(x+1) − r(x)| and Σ|r(y+1) − r(y)| of each sample, both [N]; the last column and row have no difference.
pub(super) fn forward(differences: Tensor<3>, region: &Region) -> [Tensor<1>; 2] {
    [2, 1].map(|axis| {
        let steps = differences.dims()[axis].saturating_sub(1);
        let of = |maps: &Tensor<3>, from| maps.clone().narrow(axis, from, steps);
        if steps == 0 {
            return sums(differences.clone() * 0.0);
        }
        let step = (of(&differences, 1) - of(&differences, 0)).abs();
        match region.mask() {
            Some(mask) => sums(step * (of(mask, 1) * of(mask, 0))),
            None => sums(step),
        }
    })
}

/// Σ|Gx| + |Gy| with Hu et al.'s filters and zeros beyond the border: [N].
fn sobel(differences: Tensor<3>, region: &Region) -> Tensor<1> {
    let Some(filter) = Gradient::sobel(&differences) else {
        return sums(differences * 0.0);
    };
    let [x, y] = filter.of(differences);
    let both = x.abs() + y.abs();
    match region.mask().and_then(|mask| whole_windows(mask, 3, 1, 1)) {
        Some(whole) => sums(both * whole),
        None => sums(both),
    }
}
