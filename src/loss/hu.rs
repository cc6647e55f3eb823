//! The loss of Hu et al. (2019): logarithms of the errors in depth and gradient, and the angle between normals
//! (reference.md 3.1).

use super::filter::{Gradient, whole_windows};
use super::region::Region;
use burn::tensor::Tensor;

/// What stands beside every error in its logarithm.
const ALPHA: f64 = 0.5;

/// The parts of the loss, each [N]; all have weight 1.
pub(super) struct HuLoss {
    /// Mean ln(|y − t| + ½).
    pub depth: Tensor<1>,
    /// Mean ln(|ΔGx| + ½) and mean ln(|ΔGy| + ½) of the Sobel responses, zeros beyond the border.
    pub gradient: [Tensor<1>; 2],
    /// Mean |1 − cos| of the normals (−Gx, −Gy, 1).
    pub normal: Tensor<1>,
}

/// The loss of two N×H×W maps that are 0 where nothing was measured. Gradients and normals count where their whole window
/// was measured, and are means over those pixels.
pub(super) fn hu_loss(y: Tensor<3>, t: Tensor<3>, region: &Region) -> HuLoss {
    let log = |errors: Tensor<3>| (errors.abs() + ALPHA).log();
    let depth = region.means(log(y.clone() - t.clone()));
    let Some(sobel) = Gradient::sobel(&y) else {
        let nothing = depth.clone() * 0.0;
        return HuLoss { depth, gradient: [nothing.clone(), nothing.clone()], normal: nothing };
    };
    let whole = Region::new(region.size(), region.mask().and_then(|mask| whole_windows(mask, 3, 1, 1)));
    let ([yx, yy], [tx, ty]) = (sobel.of(y), sobel.of(t));
    let gradient = [log(yx.clone() - tx.clone()), log(yy.clone() - ty.clone())].map(|map| whole.means(map));
    let length = |x: &Tensor<3>, y: &Tensor<3>| (x.clone().square() + y.clone().square() + 1.0).sqrt();
    let lengths = length(&yx, &yy) * length(&tx, &ty);
    let cosine = (yx * tx + yy * ty + 1.0) / lengths;
    HuLoss { depth, gradient, normal: whole.means((cosine - 1.0).abs()) }
}
