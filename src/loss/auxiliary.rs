//! L_aux, equation 7 of the MSFNet paper (reference.md 5.3): the mean absolute error of each auxiliary head, added.

use super::region::Region;
use burn::tensor::Tensor;

/// L_aux of heads that are already the target's size (each N×H×W, 0 where nothing was measured, as in `t`): [1]. `None`
/// for a network without heads.
pub(super) fn auxiliary_loss(heads: Vec<Tensor<3>>, t: &Tensor<3>, region: &Region) -> Option<Tensor<1>> {
    let error = |head: Tensor<3>| region.over_samples(region.means((head - t.clone()).abs()));
    heads.into_iter().map(error).reduce(|sum, term| sum + term)
}
