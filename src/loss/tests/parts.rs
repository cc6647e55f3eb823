//! A batch in parts against the same batch as a whole.

use super::*;
use crate::loss::PartErrors;

const SAMPLE: usize = 16 * 18;

/// Five samples with holes, one without a pixel, in parts of two and three; L_batch alone, as the other terms are the parts' own.
#[test]
fn the_gradients_of_the_parts_are_that_of_the_whole() {
    let stretched = |name: &str| stream(name, 5 * SAMPLE).iter().map(|u| 9.0 * u + 1.0).collect::<Vec<_>>();
    let mask = |(i, u): (usize, &f64)| if *u < 0.2 || i / SAMPLE == 3 { 0.0 } else { 1.0 };
    let mask: Vec<f64> = stream("parts holes", 5 * SAMPLE).iter().enumerate().map(mask).collect();
    let (y, t) = (stretched("parts y"), stretched("parts t"));
    let spanning = [BatchLoss::Sample, BatchLoss::SampleSum, BatchLoss::PixelBatch];
    for (batch_loss, detach) in spanning.into_iter().flat_map(|reading| [(reading, true), (reading, false)]) {
        let alone =
            LossConfig { gradient_weight: 0.0, ssim_weight: 0.0, mu: 0.0, lambda: 1.0, ..LossConfig::default() };
        let config = LossConfig { batch_loss, detach, temperature: 0.3, ..alone };
        assert!(config.spans_batch());
        let case =
            Case { shape: [5, 1, 16, 18], y: y.clone(), heads: Vec::new(), t: t.clone(), mask: Some(mask.clone()) };
        let whole = case.run(&config, DType::F64);
        let parts = [0..2, 2..5].map(|samples| {
            let shape = [samples.len(), 1, 16, 18];
            let of = |all: &[f64]| tensor(&all[samples.start * SAMPLE..samples.end * SAMPLE], shape, DType::F64);
            (samples.clone(), of(&y).autodiff().require_grad(), Target { values: of(&t), mask: Some(of(&mask)) })
        });
        let errors: Vec<_> = parts.iter().map(|(_, y, target)| config.part_errors(y.clone(), target)).collect();
        for (i, (samples, y, target)) in parts.iter().enumerate() {
            let others = PartErrors::others(&errors, i);
            let terms = config.terms_of_part(y.clone(), &[], target, others.as_ref());
            let slopes = y.grad(&terms.total.backward()).map(values).unwrap();
            close("loss", values(terms.total)[0], whole.total, 1e-12);
            for (ours, all) in values(terms.weights).into_iter().zip(&whole.weights[samples.clone()]) {
                close("weight", ours, *all, 1e-12);
            }
            let of_whole = &whole.slope[samples.start * SAMPLE..samples.end * SAMPLE];
            assert!(of_whole.iter().any(|slope| slope.abs() > 1e-4));
            for (ours, all) in slopes.iter().zip(of_whole) {
                // The trainer takes the mean over the two parts.
                close(&format!("{batch_loss:?}, detached {detach}"), ours / 2.0, *all, 1e-12);
            }
        }
    }
    assert!(PartErrors::others(&[], 0).is_none());
    let without = [LossConfig { batch_loss: BatchLoss::Pixel, ..LossConfig::default() }, LossConfig::hu()];
    assert!(without.iter().all(|config| !config.spans_batch()));
}
