//! Forward and backward of a step: its batches one after the other, their gradients averaged, one copy to the host.
//!
//! The loss is that of all batches of the step as of one. Where it weighs samples against each other, a pass without gradients
//! comes first, for the errors that every batch needs of the others; without such a loss, and with one batch a step, there is
//! none. Batch norms in training normalise each batch by its own statistics, as in every framework: with them a step of two
//! batches of four is close to one of eight, with frozen ones it is the same.

use super::gradients::{self, Gradients};
use super::history::StepRow;
use super::numbers::{Numbers, packed, unpacked};
use super::states::States;
use super::target;
use super::trainer::Trainer;
use crate::data::training::Replaced;
use crate::device::to_host;
use crate::error::Result;
use crate::loss::{PartErrors, Target};
use burn::tensor::Tensor;
use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

/// What a step computed, before it changes any weight.
pub(super) struct Pass {
    pub numbers: Numbers,
    /// By name, flat, on the device.
    pub gradients: BTreeMap<String, Tensor<1>>,
    /// Sizes and waiting times; the rest is for whoever makes the step.
    pub row: StepRow,
    pub replaced: Vec<Replaced>,
}

/// Pictures N×3×H×W and what the network should say of them.
type Input = (Tensor<4>, Target);

/// What comes with the batches of a step.
#[derive(Default)]
struct Loaded {
    names: Vec<Vec<String>>,
    row: StepRow,
    replaced: Vec<Replaced>,
}

impl Trainer {
    /// Forward and backward of the step's batches.
    pub(super) fn compute(&mut self) -> Result<Pass> {
        let batches = self.config.optimizer.accumulate;
        let (mut gradients, mut reads) = (Gradients::default(), Vec::new());
        let mut loaded = Loaded::default();
        let mut present = [true; 7];
        let (errors, mut ahead) = if batches > 1 && self.config.loss.spans_batch() {
            self.look_ahead(batches, &mut loaded)?
        } else {
            (Vec::new(), VecDeque::new())
        };
        for i in 0..batches {
            let (x, target) = match ahead.pop_front() {
                Some(batch) => batch,
                None => self.load(i, &mut loaded)?,
            };
            let start = Instant::now();
            let output = self.network.forward(x, &mut ());
            let heads: Vec<Tensor<4>> = self.network.auxiliary(&output).into_iter().flatten().collect();
            let others = PartErrors::others(&errors, i);
            let terms = self.config.loss.terms_of_part(output.y, &heads, &target, others.as_ref());
            present = packed(&terms, &mut reads);
            self.phases.forward += start.elapsed();
            let start = Instant::now();
            gradients.gather(&mut self.network, terms.total.backward())?;
            self.phases.backward += start.elapsed();
        }
        let start = Instant::now();
        let gradients = gradients.take();
        reads.extend(gradients::squares(&gradients));
        let host = to_host(Tensor::cat(reads, 0))?;
        self.phases.backward += start.elapsed();
        let numbers = unpacked(&host, &loaded.names, present, &gradients);
        Ok(Pass { numbers, gradients, row: loaded.row, replaced: loaded.replaced })
    }

    /// All batches of the step and the errors of each; running statistics stay as they were.
    fn look_ahead(&mut self, batches: usize, loaded: &mut Loaded) -> Result<(Vec<PartErrors>, VecDeque<Input>)> {
        let before = States::of(&mut self.network)?;
        let (mut errors, mut ahead) = (Vec::new(), VecDeque::new());
        for i in 0..batches {
            let (x, target) = self.load(i, loaded)?;
            let start = Instant::now();
            let output = self.network.forward(x.clone(), &mut ());
            errors.push(self.config.loss.part_errors(output.y, &target));
            ahead.push_back((x, target));
            self.phases.forward += start.elapsed();
        }
        before.put_back(&mut self.network)?;
        Ok((errors, ahead))
    }

    /// The step's batch number `i` on the device.
    fn load(&mut self, i: usize, loaded: &mut Loaded) -> Result<Input> {
        let start = Instant::now();
        let number = self.position.step * self.config.optimizer.accumulate as u64 + i as u64;
        #[allow(unused_mut)] // tests poison it
        let mut batch = self.feed.batch(number)?;
        #[cfg(test)]
        if self.poison.contains(&self.position.step) {
            batch.images[0] = f32::NAN;
        }
        self.waited += batch.waited;
        let row = &mut loaded.row;
        row.wait_ms += 1e3 * batch.waited.as_secs_f64();
        row.size = batch.size;
        row.images += batch.names.len();
        loaded.replaced.extend(std::mem::take(&mut batch.replaced));
        loaded.names.push(batch.names.clone());
        let tensors = target::tensors(batch, self.config.data.unit, &self.device.clone().autodiff());
        self.phases.load += start.elapsed();
        Ok(tensors)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::loss::BatchLoss;
    use crate::train::config::NormMode;
    use crate::train::fixtures::config;
    use burn::tensor::Device;

    /// Two batches of two against one batch of four, under every reading of the batch loss.
    #[test]
    fn a_step_in_parts_is_the_step_of_the_whole_batch() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(&folder.path().join("data"), 8);
        config.start.batch_norm = NormMode::Frozen;
        let readings =
            [BatchLoss::Sample, BatchLoss::SampleSum, BatchLoss::Pixel, BatchLoss::PixelBatch, BatchLoss::L1];
        for (batch_loss, detach) in readings.into_iter().flat_map(|reading| [(reading, true), (reading, false)]) {
            config.loss.batch_loss = batch_loss;
            config.loss.detach = detach;
            // Small against the differences between the samples' losses, so that the weights are far from equal.
            config.loss.temperature = 0.1;
            let mut made = |batch, accumulate, name: &str| {
                config.data.batch = batch;
                config.optimizer.accumulate = accumulate;
                let out = folder.path().join(format!("{batch_loss:?} {detach} {name}"));
                let mut trainer = Trainer::begin(config.clone(), &out, &Device::flex()).unwrap();
                trainer.compute().unwrap()
            };
            let (whole, parts) = (made(4, 1, "whole"), made(2, 2, "parts"));
            let what = format!("{batch_loss:?}, detached {detach}");
            assert_eq!((parts.row.images, parts.numbers.samples.len()), (4, 4));
            for (a, b) in whole.numbers.terms.iter().zip(parts.numbers.terms).filter(|(a, _)| a.is_finite()) {
                assert!((a - b).abs() < 1e-5 * a.abs().max(1.0), "{what}: {a} and {b}");
            }
            if config.loss.spans_batch() {
                for (a, b) in whole.numbers.samples.iter().zip(&parts.numbers.samples) {
                    assert!(a.name == b.name && (a.weight - b.weight).abs() < 1e-4, "{what}: {a:?} {b:?}");
                }
                let weights: Vec<f32> = parts.numbers.samples.iter().map(|sample| sample.weight).collect();
                // Each batch by itself would have weights that add up to 1.
                assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{what}: {weights:?}");
                let most = weights.iter().fold(0.0, |most: f32, weight| most.max(*weight));
                assert!(most > 0.255, "{what}: the weights are all but equal: {weights:?}");
            }
            let norm = whole.numbers.norm.clone().unwrap();
            assert!((norm - parts.numbers.norm.unwrap()).abs() < 1e-4 * norm, "{what}");
            assert!(whole.gradients.keys().eq(parts.gradients.keys()) && !whole.gradients.is_empty());
            for (name, a) in whole.gradients {
                let (a, b) = (to_host(a).unwrap(), to_host(parts.gradients[&name].clone()).unwrap());
                let difference = a.iter().zip(&b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt();
                assert!(difference < 1e-4 * norm, "{what}, {name}: {difference} of {norm}");
            }
        }
    }

    #[test]
    fn looking_ahead_leaves_the_running_statistics_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(&folder.path().join("data"), 8);
        config.optimizer.accumulate = 2;
        let mut trainer = Trainer::begin(config, &folder.path().join("run"), &Device::flex()).unwrap();
        let weights = |trainer: &mut Trainer| crate::net::visit::Network::to_weights(&mut trainer.network).unwrap();
        let before = weights(&mut trainer);
        let (errors, ahead) = trainer.look_ahead(2, &mut Loaded::default()).unwrap();
        assert_eq!((errors.len(), ahead.len()), (2, 2));
        assert_eq!(weights(&mut trainer), before);
        trainer.compute().unwrap();
        assert_ne!(weights(&mut trainer), before, "the pass itself counts");
    }
}
