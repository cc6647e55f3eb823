//! The numbers of a step on their way from the device: put one behind the other, so that one copy brings them all.

use super::control::SampleLoss;
use super::gradients;
use crate::loss::Terms;
use burn::tensor::Tensor;
use std::collections::BTreeMap;

/// The numbers of a step as they come from the device, in one copy.
pub(super) struct Numbers {
    /// Loss and terms; NaN where the loss has no such term.
    pub terms: [f64; 7],
    pub samples: Vec<SampleLoss>,
    pub norm: Result<f64, String>,
}

/// Puts a batch's numbers behind those of the others: loss, the terms that there are, each sample's loss and weight.
pub(super) fn packed(terms: &Terms, reads: &mut Vec<Tensor<1>>) -> [bool; 7] {
    let some = |term: &Tensor<1>| Some(term.clone());
    let all = [
        some(&terms.total),
        some(&terms.depth),
        terms.gradient.clone(),
        terms.ssim.clone(),
        terms.auxiliary.clone(),
        terms.normal.clone(),
        terms.edge.clone(),
    ];
    let present = [0, 1, 2, 3, 4, 5, 6].map(|i| all[i].is_some());
    reads.extend(all.into_iter().flatten().map(Tensor::inner));
    reads.extend([terms.samples.clone().inner(), terms.weights.clone().inner()]);
    present
}

/// The way back from what [`packed`] and [`gradients::squares`] put one behind the other; terms are means over the batches.
pub(super) fn unpacked(
    host: &[f32],
    names: &[Vec<String>],
    present: [bool; 7],
    gradients: &BTreeMap<String, Tensor<1>>,
) -> Numbers {
    let mut rest = host.iter().copied();
    let mut next = || rest.next().unwrap_or(f32::NAN);
    let (mut terms, mut samples) = ([0.0; 7], Vec::new());
    for batch in names {
        for (term, there) in terms.iter_mut().zip(present) {
            *term += if there { f64::from(next()) / names.len() as f64 } else { f64::NAN };
        }
        let losses: Vec<f32> = batch.iter().map(|_| next()).collect();
        let weights: Vec<f32> = batch.iter().map(|_| next()).collect();
        for ((name, loss), weight) in batch.iter().zip(losses).zip(weights) {
            samples.push(SampleLoss { name: name.clone(), loss, weight });
        }
    }
    let squares: Vec<f32> = rest.collect();
    Numbers { terms, samples, norm: gradients::norm(gradients.keys(), &squares) }
}
