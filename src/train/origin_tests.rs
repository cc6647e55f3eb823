//! Tests of what a run keeps of the weights that it started from.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::depth::DepthUnit;
use crate::net::config::MsfnetConfig;
use crate::train::Trainer;
use crate::train::checkpoint::{self, Checkpoint};
use crate::train::fixtures;
use crate::train::publish::{LAST, START};
use crate::train::trainer_tests::{bits, run};
use crate::weights::read;
use burn::tensor::Device;
use std::path::Path;

fn one(values: &[f32]) -> StateDict {
    let mut dict = StateDict::new();
    dict.insert("refine2.bias", HostTensor::from_f32([values.len()], values));
    dict
}

fn model(train_size: [usize; 2], trained_sizes: Option<TrainedSizes>) -> ModelConfig {
    ModelConfig { trained_sizes, ..ModelConfig::new(MsfnetConfig::default(), DepthUnit::TenOverMetres, train_size) }
}

#[test]
fn a_share_of_the_start_is_kept_element_by_element() {
    let origin = Origin { weights: one(&[1.0, -2.0, 0.1]), model: model([64, 48], None) };
    let mixed = |share, now: &[f32]| origin.mixed(share, one(now)).get("refine2.bias").unwrap().to_f32();
    assert_eq!(mixed(0.25, &[5.0, 2.0, 0.1]), [4.0, 1.0, 0.1]);
    // Before the first step the mean is the start, to the bit.
    for share in [0.1, 0.3, 0.7] {
        assert_eq!(mixed(share, &[1.0, -2.0, 0.1]), [1.0, -2.0, 0.1]);
    }
    assert!(
        mixed(0.5, &[f32::NAN, f32::INFINITY, 0.0])[..2].iter().all(|value| !value.is_finite()),
        "seen by whoever checks"
    );
}

#[test]
fn mixed_weights_are_at_home_at_the_sizes_of_both_trainings() {
    let sizes = |low, high, multiple| Some(TrainedSizes { area: [low, high], multiple });
    let origin = |sizes| Origin { weights: one(&[1.0]), model: model([320, 224], sizes) };
    let told = |before, now| origin(before).told(model([416, 288], now));
    let both = told(sizes(21_600, 200_000, 32), sizes(60_000, 240_000, 12));
    assert_eq!((both.train_size, both.trained_sizes), ([320, 224], sizes(21_600, 240_000, 4)));
    assert_eq!(told(None, sizes(60_000, 240_000, 2)).trained_sizes, sizes(60_000, 240_000, 2));
    assert_eq!(told(sizes(21_600, 200_000, 32), None).trained_sizes, sizes(21_600, 200_000, 32));
}

#[test]
fn a_run_writes_and_measures_the_mean_and_trains_as_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = fixtures::config(&folder.path().join("data"), 8);
    let [first, plain, kept, parts] = ["first", "plain", "kept", "parts"].map(|name| folder.path().join(name));
    config.start.start_share = 0.25;
    let error = run(&config, &first, usize::MAX).unwrap_err().to_string();
    assert!(error.contains("start_share = 0.25") && error.contains("starts at random"), "{error}");
    config.start.start_share = 0.0;
    config.schedule.epochs = 1;
    run(&config, &first, usize::MAX).unwrap();

    (config.start.init, config.schedule.epochs) = (first.join(LAST).display().to_string(), 2);
    let losses = run(&config, &plain, usize::MAX).unwrap().1;
    let mut other = config.clone();
    (other.start.start_share, other.augment.canonical_focal) = (0.5, 180.0);
    let error = run(&other, &folder.path().join("other"), 1).unwrap_err().to_string();
    assert!(error.contains("another unit or focal length"), "{error}");
    config.start.start_share = 0.25;
    let kept_losses = run(&config, &kept, usize::MAX).unwrap().1;
    assert_eq!(bits(&kept_losses), bits(&losses), "only what is written differs");
    let mut pieces = run(&config, &parts, 1).unwrap().1;
    // It goes on without the weights that it started from.
    std::fs::remove_file(parts.join(START)).unwrap();
    std::fs::rename(first.join(LAST), first.join("moved.safetensors")).unwrap();
    pieces.extend(run(&config, &parts, usize::MAX).unwrap().1);
    assert_eq!(bits(&pieces), bits(&losses));

    let weights = |out: &Path, file: &str| read(&out.join(file)).unwrap();
    let [start, end, mean] = [(&kept, START), (&plain, LAST), (&kept, LAST)].map(|(out, file)| weights(out, file));
    let mut moved = false;
    for (name, tensor) in start.tensors.iter() {
        let [end, mean] = [&end, &mean].map(|file| file.tensors.get(name).unwrap().to_f32());
        for ((a, b), c) in tensor.to_f32().into_iter().zip(end).zip(mean) {
            assert!((0.25 * a + 0.75 * b - c).abs() <= 1e-6 * a.abs().max(1.0), "{name}: {a} {b} {c}");
            moved |= a != b;
        }
    }
    assert!(moved && weights(&parts, LAST).tensors == mean.tensors);
    assert!(mean.metadata["recipe"].contains("0.25 of the start"), "{}", mean.metadata["recipe"]);
    let mut again = Trainer::begin(config.clone(), &kept, &Device::flex()).unwrap();
    assert!(again.weights().unwrap() == mean.tensors, "what is validated, and rendered while training runs");
    drop(again);

    // A checkpoint that lost them cannot go on.
    let path = kept.join(checkpoint::FILE);
    let mut set = Checkpoint::read(&path).unwrap().unwrap();
    assert!(set.origin.take().is_some());
    set.write(&path).unwrap();
    let error = run(&config, &kept, usize::MAX).unwrap_err().to_string();
    assert!(error.contains("checkpoint.safetensors: lacks the weights that the run started from"), "{error}");
}
