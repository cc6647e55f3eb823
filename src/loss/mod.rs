//! What training minimises: the loss of the MSFNet paper (equations 3–7) and those of Hu et al. and DenseDepth, as
//! functions of plain tensors. They know neither network nor data.
//!
//! Every term is a mean over the measured pixels of each sample and then over the samples that have one (reference.md 5).
//! Maps are recorded for gradients only as far as the network's output is; the target never is. Any floating-point
//! precision works: training uses single, the tests of the gradients double.

mod auxiliary;
mod batch;
mod config;
mod filter;
mod gradient;
mod hu;
mod outline;
mod region;
mod ssim;
#[cfg(test)]
mod tests;

pub use batch::PartErrors;
pub use config::{BatchLoss, EdgeSpace, GradientKind, LossConfig, LossKind};

use burn::tensor::Tensor;
use region::Region;

/// Weight of DenseDepth's L1 term.
const DENSE_DEPTH_L1: f64 = 0.1;

/// What a network should give.
#[derive(Debug, Clone)]
pub struct Target {
    /// N×1×H×W in the network's unit (10 / metres, metres, …). Where nothing was measured it may hold anything.
    pub values: Tensor<4>,
    /// N×1×H×W, 1 where it was measured and 0 elsewhere; `None` where every pixel was.
    pub mask: Option<Tensor<4>>,
}

/// The terms of a loss, each `[1]` and not yet weighted, and their weighted sum. Those that the loss does not have, or has
/// with weight 0, are `None`.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What is minimised: the only one to call `backward` on.
    pub total: Tensor<1>,
    /// L_batch; Hu et al.'s logarithm of the error; DenseDepth's L1.
    pub depth: Tensor<1>,
    /// L_grad; Hu et al.'s two logarithms of the gradient's error, added.
    pub gradient: Option<Tensor<1>>,
    /// L_SSIM.
    pub ssim: Option<Tensor<1>>,
    /// L_aux.
    pub auxiliary: Option<Tensor<1>>,
    /// Hu et al.'s error of the normals.
    pub normal: Option<Tensor<1>>,
    /// Our outline term.
    pub edge: Option<Tensor<1>>,
    /// L_b, the mean absolute error of each sample in the target's unit, 0 where it has no pixel: `[N]`, not recorded.
    pub samples: Tensor<1>,
    /// w_b, the batch loss's weight of each sample (they add up to 1 over the batch): `[N]`, not recorded. It names the hardest samples
    /// whichever loss is trained.
    pub weights: Tensor<1>,
}

impl LossConfig {
    /// The loss of a network's output `y`, N×1×H×W, and of its auxiliary heads, N×1×h×w each, against a target with N ≥ 1
    /// samples. Maps of another size than the target's are resized to it (bilinear, corners aligned).
    ///
    /// # Panics
    /// When N differs.
    pub fn terms(&self, y: Tensor<4>, auxiliary: &[Tensor<4>], target: &Target) -> Terms {
        self.terms_of_part(y, auxiliary, target, None)
    }

    /// The loss of a part of a batch whose other parts have these errors: L_batch is that of the whole batch, so that the mean
    /// of the gradients of all parts is the gradient of the batch. The other terms are the part's own; their mean over parts of
    /// one size is that of the batch, as far as every sample was measured somewhere.
    ///
    /// # Panics
    /// When N differs.
    pub fn terms_of_part(
        &self,
        y: Tensor<4>,
        auxiliary: &[Tensor<4>],
        target: &Target,
        others: Option<&PartErrors>,
    ) -> Terms {
        let region = Region::of(target);
        let size = [region.size()[1], region.size()[2]];
        let t = region.fill(plane(target.values.clone().inner()));
        // A map like the target, 0 where that has holes.
        let fit = |map: Tensor<4>| region.fill(filter::resize(plane(map), size));
        let y = fit(y);
        let differences = y.clone() - t.clone();
        let weights = self.effective();
        let batch = batch::batch_loss(differences.clone().abs(), &region, &weights, others);
        let mean = |values| region.over_samples(values);
        let present = |weight: f64, term: &dyn Fn() -> Tensor<1>| (weight > 0.0).then(|| mean(term()));

        let mut terms = Terms {
            total: batch.loss.clone(),
            depth: batch.loss,
            gradient: None,
            ssim: None,
            auxiliary: None,
            normal: None,
            edge: present(self.edge_weight, &|| outline::outline_loss(y.clone(), t.clone(), &region, self)),
            samples: batch.samples,
            weights: batch.weights,
        };
        match self.kind {
            LossKind::Hu => {
                let parts = hu::hu_loss(y, t, &region);
                let [x, y] = parts.gradient;
                terms.depth = mean(parts.depth);
                terms.gradient = Some(mean(x + y));
                terms.normal = Some(mean(parts.normal));
            }
            LossKind::Msfnet | LossKind::DenseDepth => {
                terms.gradient = present(weights.gradient_weight, &|| {
                    gradient::gradient_loss(differences.clone(), &region, weights.gradient)
                });
                terms.ssim =
                    present(weights.ssim_weight, &|| ssim::ssim_loss(y.clone(), t.clone(), &region, self.ssim_range));
                terms.auxiliary = (weights.mu > 0.0 && !auxiliary.is_empty())
                    .then(|| auxiliary.iter().map(|head| fit(head.clone())).collect::<Vec<_>>())
                    .and_then(|heads| auxiliary::auxiliary_loss(heads, &t, &region));
            }
        }
        terms.total = weights.total(&terms);
        terms
    }

    /// Whether a sample's loss depends on the other samples of its batch: then parts of a batch need [`PartErrors`].
    pub fn spans_batch(&self) -> bool {
        let config = self.effective();
        let spans = matches!(config.batch_loss, BatchLoss::Sample | BatchLoss::SampleSum | BatchLoss::PixelBatch);
        spans && config.lambda > 0.0
    }

    /// The errors of a network's output for the other parts of its batch.
    pub fn part_errors(&self, y: Tensor<4>, target: &Target) -> PartErrors {
        let region = Region::of(target);
        let size = [region.size()[1], region.size()[2]];
        let t = region.fill(plane(target.values.clone().inner()));
        let y = region.fill(filter::resize(plane(y.inner()), size));
        PartErrors::new((y - t).abs(), &region, &self.effective())
    }

    /// The constants that the kind of loss really has.
    fn effective(&self) -> Self {
        let fixed = Self {
            batch_loss: BatchLoss::L1,
            gradient: GradientKind::Forward,
            lambda: 1.0,
            mu: 0.0,
            gradient_weight: 1.0,
            ssim_weight: 1.0,
            ..self.clone()
        };
        match self.kind {
            LossKind::Msfnet => self.clone(),
            LossKind::Hu => fixed,
            LossKind::DenseDepth => Self { lambda: DENSE_DEPTH_L1, ..fixed },
        }
    }

    /// The weighted sum.
    fn total(&self, terms: &Terms) -> Tensor<1> {
        let weighted = [
            (&terms.gradient, self.gradient_weight),
            (&terms.ssim, self.ssim_weight),
            (&terms.auxiliary, self.mu),
            (&terms.normal, 1.0),
            (&terms.edge, self.edge_weight),
        ];
        let add = |sum, (term, weight): (&Option<Tensor<1>>, f64)| match term {
            Some(term) => sum + term.clone() * weight,
            None => sum,
        };
        weighted.into_iter().fold(terms.depth.clone() * self.lambda, add)
    }
}

/// N×1×H×W → N×H×W.
fn plane(map: Tensor<4>) -> Tensor<3> {
    let [n, c, h, w] = map.dims();
    map.reshape([n * c, h, w])
}
