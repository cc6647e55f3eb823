//! The time of a training step, part by part, on a batch that is in memory: for `bench --train` and its peers.

use super::config::TrainConfig;
use super::gradients::{self, Gradients};
use super::optimizer::{Optimizer, Step};
use super::presets::preset;
use super::{start, target};
use crate::data::dataset::{GroundTruth, TruthSource};
use crate::data::image::decode_file;
use crate::data::samples;
use crate::data::training::sample::{make_sample, output_size};
use crate::data::training::{Batch, Key};
use crate::device::to_host;
use crate::error::{Error, Result};
use crate::net::msfnet::Msfnet;
use crate::net::visit::Network;
use crate::state_dict::{HostTensor, StateDict};
use burn::tensor::{Device, Tensor};
use serde::Serialize;
use std::time::{Duration, Instant};

/// Steps that every measurement makes at least; their losses are comparable with a peer's.
const LEAST: usize = 4;

/// Medians of the steps behind the first.
#[derive(Debug, Clone, Serialize)]
pub struct StepTimes {
    /// Pictures in the batch.
    pub batch: usize,
    /// Width and height of the network's input.
    pub net_size: [usize; 2],
    /// Network and loss, in ms.
    pub forward: f64,
    /// Gradients, in ms.
    pub backward: f64,
    /// Optimizer, in ms.
    pub update: f64,
    /// All of it, in ms.
    pub step: f64,
    /// Steps that were timed.
    pub runs: usize,
    /// Loss of each step from the first, before its update.
    pub losses: Vec<f64>,
}

/// Repeats the step of the `imported` recipe (AdamW, rate 5e-4, all losses) of an MSFNet that begins with the weights `init` on
/// one batch of the bundled sample, flipped and zoomed, for about `budget`. With it the batch as `input` (N×3×H×W) and `target`
/// (N×1×h×w, 10/metres, 0 where there is none).
///
/// # Errors
/// When sample or weights cannot be read, the device fails, or a loss is not finite.
pub fn measure(
    init: &str,
    batch: usize,
    size: [usize; 2],
    device: &Device,
    budget: Duration,
) -> Result<(StepTimes, StateDict)> {
    let mut config = preset("imported")?;
    config.start.init = init.to_owned();
    config.data.batch = batch;
    let device = device.clone().autodiff();
    let mut network = Msfnet::new(&config.network, &device)?;
    network.load_weights(&mut start::weights(&config)?.weights)?;
    let (x, target) = target::tensors(sample_batch(&config, size)?, config.data.unit, &device);
    let mut optimizer = Optimizer::new(&config.optimizer);
    let rule = Step { rate: config.schedule.rate, beta1: config.optimizer.beta1, factor: 1.0 };
    let (mut times, mut losses) = ([const { Vec::new() }; 4], Vec::new());
    let begun = Instant::now();
    while losses.len() < LEAST || begun.elapsed() < budget {
        let mut at = vec![Instant::now()];
        let output = network.forward(x.clone(), &mut ());
        let heads: Vec<Tensor<4>> = network.auxiliary(&output).into_iter().flatten().collect();
        let terms = config.loss.terms(output.y, &heads, &target);
        at.push(Instant::now());
        let mut gradients = Gradients::default();
        gradients.gather(&mut network, terms.total.backward())?;
        let gradients = gradients.take();
        let reads = [Some(terms.total.detach().inner()), gradients::squares(&gradients)];
        let host = to_host(Tensor::cat(reads.into_iter().flatten().collect(), 0))?;
        at.push(Instant::now());
        if let Some(bad) = host.iter().find(|value| !value.is_finite()) {
            return Err(Error::Failed(format!("the step of the bench gave {bad}; give other weights")));
        }
        optimizer.step(&mut network, gradients, rule)?;
        at.push(Instant::now());
        // The first pays for what later ones find ready.
        if !losses.is_empty() {
            let parts = at.windows(2).map(|pair| pair[1] - pair[0]).chain([at[3] - at[0]]);
            times.iter_mut().zip(parts).for_each(|(times, part)| times.push(1e3 * part.as_secs_f64()));
        }
        losses.push(f64::from(host[0]));
    }
    let runs = times[0].len();
    let [forward, backward, update, step] = times.map(median);
    let mut tensors = StateDict::new();
    let mut put = |name: &str, tensor: Tensor<4>| -> Result<()> {
        let shape = tensor.dims().to_vec();
        tensors.insert(name, HostTensor::from_f32(shape, &to_host(tensor.inner())?));
        Ok(())
    };
    put("input", x)?;
    let mask = target.mask.unwrap_or_else(|| target.values.clone().ones_like());
    put("target", target.values * mask)?;
    Ok((StepTimes { batch, net_size: size, forward, backward, update, step, runs, losses }, tensors))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// A batch of the bundled sample with the recipe's augmentation and a zoom that differs from picture to picture.
fn sample_batch(config: &TrainConfig, size: [usize; 2]) -> Result<Batch> {
    let missing = || Error::Failed("the bundled sample is missing; reinstall the program".into());
    let sample = samples::all().into_iter().next().ok_or_else(missing)?;
    let frame = decode_file(&sample.image)?;
    let map = sample.read_truth()?.ok_or_else(missing)?.map;
    let truth = GroundTruth { map, source: TruthSource::File, half_resolution: false };
    let mut augment = config.augment.clone();
    augment.zoom = [1.0, 1.5];
    let output = output_size(size);
    let (mut images, mut depth, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..config.data.batch {
        let key = Key { seed: 1, epoch: 0, number };
        let made = make_sample(&frame, &truth, None, size, output, &augment, key)?;
        images.extend(made.image);
        depth.extend(made.depth);
        names.push(frame.name.clone());
    }
    let dense = depth.iter().all(|depth| *depth > 0.0);
    Ok(Batch {
        epoch: 0,
        number: 0,
        size,
        images,
        depth,
        dense,
        output,
        names,
        waited: Duration::ZERO,
        replaced: Vec::new(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn repeating_a_batch_brings_its_loss_down() {
        let of =
            |batch| measure("efficientnet-lite0-imagenet", batch, [64, 48], &Device::flex(), Duration::ZERO).unwrap();
        let (times, tensors) = of(2);
        assert_eq!((times.batch, times.net_size, times.runs), (2, [64, 48], LEAST - 1));
        assert!(times.losses[LEAST - 1] < times.losses[0], "{:?}", times.losses);
        assert!(times.step >= times.forward.max(times.backward).max(times.update) && times.update > 0.0);
        let shape = |name: &str| tensors.get(name).unwrap().shape.clone();
        assert_eq!([shape("input"), shape("target")], [vec![2, 3, 48, 64], vec![2, 1, 24, 32]]);
        assert_eq!(of(2).0.losses, times.losses, "the same step every time");
    }
}
