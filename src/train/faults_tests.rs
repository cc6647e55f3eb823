//! What goes wrong around a run: data that vanish, numbers that are not finite where they would be kept, a device that is lost
//! anywhere, a disk that refuses the note. Nothing of it may cost the last good set.
#![allow(clippy::unwrap_used)]

use super::checkpoint::{self, Checkpoint};
use super::config::OnNan;
use super::control::{Summary, TrainEvent};
use super::fixtures::config;
use super::publish::BEST;
use super::trainer::Outcome;
use super::validation::Measured;
use super::{Control, TrainConfig, Trainer, incidents};
use crate::error::Result;
use crate::net::visit::Network;
use crate::state_dict::{HostTensor, StateDict};
use burn::tensor::Device;
use std::path::Path;

fn begin(config: &TrainConfig, out: &Path) -> Trainer {
    Trainer::begin(config.clone(), out, &Device::flex()).unwrap()
}

fn stored(out: &Path) -> Checkpoint {
    Checkpoint::read(&out.join(checkpoint::FILE)).unwrap().unwrap()
}

/// Runs as under a panel: `paused` is told each reason and mends it, then the run goes on.
fn attended(
    trainer: &mut Trainer,
    paused: &mut dyn FnMut(&str),
    event: &mut dyn FnMut(&TrainEvent),
) -> Result<Summary> {
    let control = Control::attended();
    trainer.run(&control, &mut |told| {
        event(&told);
        if let TrainEvent::Paused { reason } = &told {
            paused(reason);
            control.resume();
        }
    })
}

/// Gives the first number of a tensor of the network another value.
fn set(trainer: &mut Trainer, name: &str, value: f32) {
    let mut weights = StateDict::new();
    for (tensor, host) in trainer.network.to_weights().unwrap() {
        let mut values = host.to_f32();
        if tensor == name {
            values[0] = value;
        }
        weights.insert(tensor, HostTensor::from_f32(host.shape, &values));
    }
    trainer.network.load_weights(&mut weights).unwrap();
    super::mode::apply(&mut trainer.network, &trainer.config.start).unwrap();
}

#[test]
fn a_held_out_frame_that_vanishes_pauses_the_run_and_the_best_weights_stay() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder.path().join("data"), 8);
    config.run.validate_every = 2;
    let out = folder.path().join("run");
    let mut trainer = begin(&config, &out);
    let held_out = trainer.feed.held_out.clone();
    let depth = folder.path().join(format!("data/depth/{}.png", held_out.dataset.names()[held_out.indices[0]]));
    let away = depth.with_extension("away");
    let (mut best, mut reasons, mut validated) = (Vec::new(), Vec::new(), Vec::new());
    let summary = attended(
        &mut trainer,
        &mut |reason| {
            reasons.push(reason.to_owned());
            std::fs::rename(&away, &depth).unwrap();
        },
        &mut |event| match event {
            TrainEvent::Step { row, .. } if row.step == 3 => {
                best = std::fs::read(out.join(BEST)).unwrap();
                std::fs::rename(&depth, &away).unwrap();
            }
            TrainEvent::Paused { .. } => assert_eq!(std::fs::read(out.join(BEST)).unwrap(), best),
            TrainEvent::Validated { step, .. } => validated.push(*step),
            _ => {}
        },
    );
    assert_eq!(summary.unwrap().step, 6);
    assert!(reasons.len() == 1 && reasons[0].contains(&*depth.to_string_lossy()), "{reasons:?}");
    assert_eq!(validated, [2, 4, 6], "it is made again once the frame is back");
    let metadata = crate::weights::read(&out.join(BEST)).unwrap().metadata;
    assert!(metadata["accuracy"].contains("\"frames\":2"), "{}", metadata["accuracy"]);
}

#[test]
fn numbers_that_are_not_finite_replace_no_checkpoint_and_the_run_goes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder.path().join("data"), 8);
    config.run.validate_every = 1000;
    for on_nan in [OnNan::Halve, OnNan::Stop] {
        config.run.on_nan = on_nan;
        let out = folder.path().join(format!("{on_nan:?}"));
        let mut trainer = begin(&config, &out);
        assert!(matches!(trainer.step().unwrap(), Outcome::Done { .. }));
        assert_eq!(trainer.save().unwrap(), None);
        let before = std::fs::read(out.join(checkpoint::FILE)).unwrap();
        // Batch statistics are finite all the same: loss and gradients do not show it.
        set(&mut trainer, "usf.fuse_bn.running_var", f32::INFINITY);
        trainer.kept = None;
        let refused = trainer.keep().unwrap_err().to_string();
        trainer.kept = Some(1);
        assert_eq!(std::fs::read(out.join(checkpoint::FILE)).unwrap(), before);
        assert!(refused.contains("`usf.fuse_bn.running_var`") && refused.contains("another --out"), "{refused}");
        let mut actions = Vec::new();
        let ended = attended(&mut trainer, &mut |reason| panic!("{reason}"), &mut |event| {
            if let TrainEvent::RolledBack(incident) = event {
                assert_eq!(std::fs::read(out.join(checkpoint::FILE)).unwrap(), before);
                actions.push(incident.action.clone());
            }
        });
        assert!(actions.len() == 1 && actions[0].contains("went back to step 1"), "{actions:?}");
        match on_nan {
            OnNan::Halve => {
                let set = stored(&out);
                assert_eq!((ended.unwrap().step, set.position.step, set.position.factor), (6, 6, 0.5));
                assert_eq!(set.first_not_finite(), None);
            }
            OnNan::Stop => {
                let error = ended.unwrap_err().to_string();
                assert!(
                    error.contains("another --out with a lower --rate") && error.contains(incidents::FILE),
                    "{error}"
                );
            }
        }
    }
    // A set that is broken already, as earlier versions could write one, is no place to go back to.
    let out = folder.path().join("Halve");
    let mut broken = stored(&out);
    broken.position.step = 4;
    let length = broken.weights.get("usf.fuse_bn.running_var").unwrap().len();
    broken.weights.insert("usf.fuse_bn.running_var", HostTensor::from_f32([length], &vec![f32::INFINITY; length]));
    broken.write(&out.join(checkpoint::FILE)).unwrap();
    config.run.on_nan = OnNan::Halve;
    let error = begin(&config, &out).run(&Control::default(), &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains(checkpoint::FILE) && error.ends_with("with a lower --rate or with --clip 1"), "{error}");
}

#[test]
fn a_depth_that_is_not_finite_is_no_validation() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&folder.path().join("data"), 8);
    let mut trainer = begin(&config, &folder.path().join("run"));
    set(&mut trainer, "refine2.bias", f32::NAN);
    trainer.average = None;
    let model = trainer.model().unwrap();
    let measured = trainer.measure(&model, &|| true).unwrap().unwrap();
    assert!(matches!(&measured, Measured::NotFinite { frame } if !frame.is_empty()), "{measured:?}");
}

#[test]
fn a_device_that_is_lost_anywhere_pauses_the_run_and_leaves_nothing_half_changed() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder.path().join("data"), 8);
    config.run.validate_every = 2;
    let whole = folder.path().join("whole");
    begin(&config, &whole).run(&Control::default(), &mut |_| {}).unwrap();
    let whole = stored(&whole);
    for (place, step) in [("update", 5), ("validation", 2), ("checkpoint", 4)] {
        let out = folder.path().join(place);
        let mut trainer = begin(&config, &out);
        trainer.lost = Some((place, step));
        let mut reasons = Vec::new();
        let summary = attended(
            &mut trainer,
            &mut |reason| {
                // A step that was half made is not kept, whole ones are.
                assert_eq!(stored(&out).position.step, if place == "update" { 4 } else { step });
                reasons.push(reason.to_owned());
            },
            &mut |_| {},
        );
        assert_eq!(summary.unwrap().step, 6);
        assert!(reasons.len() == 1 && reasons[0].contains("the device was lost at"), "{reasons:?}");
        assert!(reasons[0].contains("--device"), "{reasons:?}");
        let set = stored(&out);
        assert!(
            set.weights == whole.weights && set.moments == whole.moments && set.average == whole.average,
            "{place}"
        );
        assert_eq!(set.history.validations().count(), 3);
    }
    // Headless: one sentence, and the same command goes on from the last whole set.
    let out = folder.path().join("headless");
    let mut trainer = begin(&config, &out);
    trainer.lost = Some(("update", 5));
    let error = trainer.run(&Control::default(), &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("paused behind step 5") && error.ends_with("to go on from step 4"), "{error}");
    drop(trainer);
    begin(&config, &out).run(&Control::default(), &mut |_| {}).unwrap();
    assert!(stored(&out).weights == whole.weights);
}

#[test]
fn a_validation_behind_a_step_that_was_left_out_is_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder.path().join("data"), 8);
    config.run.validate_every = 2;
    let out = folder.path().join("run");
    let mut trainer = begin(&config, &out);
    trainer.poison = 1..2;
    let mut first = None;
    let summary = attended(&mut trainer, &mut |reason| panic!("{reason}"), &mut |event| {
        if let TrainEvent::Validated { step, scores, .. } = event {
            first.get_or_insert((*step, scores.rel));
        }
    });
    let summary = summary.unwrap();
    assert_eq!(trainer.history().validations().map(|(step, _)| step).collect::<Vec<_>>(), [2, 4, 6]);
    assert_eq!(trainer.history().validations().next().map(|(step, scores)| (step, scores.rel)), first);
    assert_eq!(trainer.history().steps().map(|row| row.step).collect::<Vec<_>>(), [1, 3, 4, 5, 6]);
    let (best, scores) = summary.best.unwrap();
    assert_eq!((Some((best, scores.rel)), summary.loss.is_finite()), (trainer.position.best, true));
}

#[test]
fn a_note_that_cannot_be_written_leaves_the_run_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&folder.path().join("data"), 8);
    let out = folder.path().join("run");
    let mut trainer = begin(&config, &out);
    trainer.poison = 0..1;
    let before = (trainer.position.clone(), trainer.network.to_weights().unwrap());
    std::fs::create_dir(out.join(incidents::FILE)).unwrap();
    for _ in 0..2 * incidents::MOST {
        let error = trainer.step().unwrap_err().to_string();
        assert!(error.contains(incidents::FILE), "{error}");
    }
    assert_eq!((trainer.position.clone(), trainer.network.to_weights().unwrap()), before);
    std::fs::remove_dir(out.join(incidents::FILE)).unwrap();
    let Outcome::LeftOut { fatal, .. } = trainer.step().unwrap() else { panic!("the step was made") };
    assert!(fatal.is_none() && trainer.step_number() == 1 && trainer.position.factor == 0.5);
}

#[test]
fn a_data_set_that_is_gone_is_not_trained_around_by_what_the_cache_holds() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut config = config(&data, 120);
    // A megabyte holds 77 frames of about a hundred: every batch of the second epoch has some that are not in memory.
    (config.run.cache_mb, config.data.batch, config.run.validate_every) = (1, 16, 1000);
    let away = folder.path().join("away");
    let mut trainer = begin(&config, &folder.path().join("run"));
    let each = trainer.feed.batches_per_epoch() as u64;
    let (mut reasons, mut replaced) = (Vec::new(), 0);
    let summary = attended(
        &mut trainer,
        &mut |reason| {
            reasons.push(reason.to_owned());
            std::fs::rename(&away, &data).unwrap();
        },
        &mut |event| match event {
            TrainEvent::Step { row, .. } if row.step == each => std::fs::rename(&data, &away).unwrap(),
            TrainEvent::Replaced { .. } => replaced += 1,
            _ => {}
        },
    );
    assert_eq!((summary.unwrap().step, replaced), (2 * each, 0));
    assert!(reasons.len() == 1 && reasons[0].contains("put the data back and resume"), "{reasons:?}");
}
