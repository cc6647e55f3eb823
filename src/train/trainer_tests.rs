//! Runs of a small network on rendered rooms: resumed bit for bit, rolled back, paused, frozen, published.
#![allow(clippy::unwrap_used)]

use super::checkpoint::Checkpoint;
use super::config::{NormMode, OnNan, ScheduleKind};
use super::control::{Summary, TrainEvent};
use super::fixtures::config;
use super::folder::{CONFIG, HISTORY};
use super::publish::{BEST, LAST};
use super::trainer::Outcome;
use super::{Control, TrainConfig, Trainer, incidents, states};
use crate::error::Result;
use crate::infer::model::{Model, ModelRequest};
use crate::net::visit::Network;
use burn::module::Param;
use burn::tensor::Device;
use std::path::Path;

/// Runs until `steps` steps were made in this process.
pub(super) fn run(config: &TrainConfig, out: &Path, steps: usize) -> Result<(Summary, Vec<f64>)> {
    let control = Control::default();
    let (mut made, mut losses) = (0, Vec::new());
    let mut trainer = Trainer::begin(config.clone(), out, &Device::flex())?;
    let summary = trainer.run(&control, &mut |event| {
        if let TrainEvent::Step { row, .. } = event {
            made += 1;
            losses.push(row.loss);
            if made >= steps {
                control.stop();
            }
        }
    })?;
    Ok((summary, losses))
}

pub(super) fn bits(losses: &[f64]) -> Vec<u64> {
    losses.iter().map(|loss| loss.to_bits()).collect()
}

#[test]
fn a_resumed_run_has_the_losses_of_one_that_never_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder.path().join("data"), 12);
    config.optimizer.clip = 1.0;
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    let (summary, losses) = run(&config, &whole, usize::MAX).unwrap();
    assert_eq!((summary.step, summary.steps, losses.len()), (10, 10, 10));
    assert!(losses.iter().all(|loss| loss.is_finite()));
    let mut pieces = Vec::new();
    // A step at a time at first; the last piece without a checkpoint every second step and with more threads.
    for steps in [1, 2, 4] {
        pieces.extend(run(&config, &parts, steps).unwrap().1);
    }
    config.run.threads = 3;
    config.run.checkpoint_every = 100;
    let (summary, rest) = run(&config, &parts, usize::MAX).unwrap();
    pieces.extend(rest);
    assert_eq!(bits(&pieces), bits(&losses));
    assert_eq!(summary.step, 10);
    let read = |out: &Path, file: &str| crate::weights::read(&out.join(file)).unwrap();
    for file in [BEST, LAST] {
        assert_eq!(read(&whole, file).tensors, read(&parts, file).tensors, "{file}");
        assert_eq!(read(&whole, file).metadata["accuracy"], read(&parts, file).metadata["accuracy"]);
    }
    let sets = [&whole, &parts].map(|out| Checkpoint::read(&out.join("checkpoint.safetensors")).unwrap().unwrap());
    assert_eq!(
        (&sets[0].weights, &sets[0].moments, &sets[0].average),
        (&sets[1].weights, &sets[1].moments, &sets[1].average)
    );
    // A run at its end is at its end.
    let (summary, none) = run(&config, &parts, usize::MAX).unwrap();
    assert!(none.is_empty() && summary.last.is_some() && summary.best.is_some());
    // Other recipes are refused, and so is another length of the cycle.
    config.schedule.epochs = 3;
    let error = run(&config, &parts, 1).unwrap_err();
    assert!(error.exit_code() == 2 && error.to_string().contains("--epochs was 2 and is now 3"), "{error}");
    config.schedule.epochs = 2;
    config.schedule.rate = 1e-3;
    let error = run(&config, &parts, 1).unwrap_err();
    assert!(error.exit_code() == 2 && error.to_string().contains("--rate was 0.0005 and is now 0.001"), "{error}");
    config.schedule.rate = 5e-4;
    let list = folder.path().join("data/splits.csv");
    let text = std::fs::read_to_string(&list).unwrap();
    std::fs::write(&list, text.replace("0,train,room_0000\n", "")).unwrap();
    let error = run(&config, &parts, 1).unwrap_err().to_string();
    assert!(error.contains("other frames"), "{error}");
}

#[test]
fn what_is_written_opens_like_any_weights_and_tells_its_story() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder.path().join("data"), 8);
    config.optimizer.accumulate = 2;
    config.run.half = true;
    let out = folder.path().join("run");
    let (summary, losses) = run(&config, &out, usize::MAX).unwrap();
    // Three batches of two an epoch, two epochs, two batches a step.
    assert_eq!((losses.len(), summary.images), (3, 12));
    assert!(summary.images_per_second() > 0.0 && summary.wait_share() <= 1.0);
    for file in [BEST, LAST] {
        let path = out.join(file);
        let model = Model::load(&ModelRequest::named(path.display().to_string()), &Device::flex()).unwrap();
        let metadata = &model.info.metadata;
        assert_eq!(metadata["name"], "run");
        assert!(metadata["accuracy"].contains("msf_kitti") && metadata["recipe"].contains("AdamW"), "{metadata:?}");
        assert_eq!(
            metadata["data"],
            "NYU Depth V2, 6 frames, without the held-out scenes, without the scenes room_0000"
        );
        assert!(!metadata["training"].contains(&*folder.path().to_string_lossy()));
    }
    assert_eq!(TrainConfig::from_toml(&std::fs::read_to_string(out.join(CONFIG)).unwrap()).unwrap(), config);
    let csv = std::fs::read_to_string(out.join(HISTORY)).unwrap();
    assert_eq!(csv.lines().count(), 4);
    let (_, scores) = summary.last.unwrap();
    assert!(csv.lines().last().unwrap().contains(&format!(",{},", scores.rel)));
}

#[test]
fn steps_that_are_not_finite_leave_nothing_but_a_note() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&folder.path().join("data"), 8);
    let mut trainer = Trainer::begin(config.clone(), &folder.path().join("a"), &Device::flex()).unwrap();
    trainer.poison = 1..2;
    assert!(matches!(trainer.step().unwrap(), Outcome::Done { .. }));
    trainer.save().unwrap();
    let before = (trainer.network.to_weights().unwrap(), trainer.weights().unwrap());
    let Outcome::LeftOut { incident, fatal } = trainer.step().unwrap() else { panic!("the step was made") };
    assert!(fatal.is_none() && incident.loss.is_nan() && incident.samples.len() == 2 && incident.step == 2);
    assert_eq!((trainer.network.to_weights().unwrap(), trainer.weights().unwrap()), before);
    assert_eq!((trainer.position.factor, trainer.step_number()), (0.5, 2));
    let Outcome::Done { row, .. } = trainer.step().unwrap() else { panic!("it did not go on") };
    assert_eq!(row.rate, 0.5 * trainer.schedule.rate(2));
    let text = std::fs::read_to_string(folder.path().join("a").join(incidents::FILE)).unwrap();
    assert!(text.lines().count() == 2 && text.contains("2,\"loss\",NaN"), "{text}");

    // Weights that are broken already come back from the checkpoint.
    let mut broken = crate::state_dict::StateDict::new();
    let bias = trainer.network.to_weights().unwrap();
    for (name, tensor) in bias {
        let nan = crate::state_dict::HostTensor::from_f32(tensor.shape.clone(), &vec![f32::NAN; tensor.len()]);
        broken.insert(name.clone(), if name == "refine2.bias" { nan } else { tensor });
    }
    trainer.network.load_weights(&mut broken).unwrap();
    let Outcome::LeftOut { incident, .. } = trainer.step().unwrap() else { panic!("the step was made") };
    assert!(incident.action.contains("refine2.bias") && incident.action.contains("step 1"), "{}", incident.action);
    assert_eq!((trainer.step_number(), trainer.position.factor), (1, 0.25));
    assert_eq!(trainer.network.to_weights().unwrap(), before.0);
    assert!(states::first_not_finite(&mut trainer.network).unwrap().is_none());
    drop(trainer);

    // Five in a row end the run, and one does where it is to stop.
    for (on_nan, steps) in [(OnNan::Halve, 5), (OnNan::Stop, 1)] {
        let mut config = config.clone();
        config.run.on_nan = on_nan;
        let out = folder.path().join(format!("b{steps}"));
        let mut trainer = Trainer::begin(config, &out, &Device::flex()).unwrap();
        trainer.poison = 0..u64::MAX;
        let mut seen = 0;
        let ended = trainer.run(&Control::default(), &mut |event| {
            seen += usize::from(matches!(event, TrainEvent::RolledBack(_)));
        });
        assert!(seen == steps && ended.unwrap_err().to_string().contains("not finite"), "{seen}");
    }
}

#[test]
fn a_disk_that_refuses_pauses_the_run_and_the_same_disk_repaired_lets_it_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(&folder.path().join("data"), 8);
    let out = folder.path().join("run");
    std::fs::create_dir_all(&out).unwrap();
    let control = Control::attended();
    let mut trainer = Trainer::begin(config.clone(), &out, &Device::flex()).unwrap();
    // A folder in the way of the weights.
    std::fs::create_dir(out.join(LAST)).unwrap();
    let mut reasons = Vec::new();
    let summary = trainer.run(&control, &mut |event| {
        if let TrainEvent::Paused { reason } = event {
            reasons.push(reason);
            let _ = std::fs::remove_dir(out.join(LAST));
            control.resume();
        }
    });
    assert_eq!(summary.unwrap().step, 6);
    assert!(reasons.len() == 1 && reasons[0].contains(LAST), "{reasons:?}");
    drop(trainer);
    // Headless: one sentence, and the same command goes on.
    let out = folder.path().join("headless");
    let mut trainer = Trainer::begin(config.clone(), &out, &Device::flex()).unwrap();
    trainer.save().unwrap();
    std::fs::rename(folder.path().join("data/rgb"), folder.path().join("data/away")).unwrap();
    let error = trainer.run(&Control::default(), &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("same command"), "{error}");
    drop(trainer);
    std::fs::rename(folder.path().join("data/away"), folder.path().join("data/rgb")).unwrap();
    assert_eq!(run(&config, &out, usize::MAX).unwrap().0.step, 6);
}

#[test]
fn orders_are_carried_out_between_two_steps() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder.path().join("data"), 8);
    config.run.checkpoint_every = 100;
    config.run.validate_every = 2;
    let control = Control::attended();
    control.pause();
    let mut trainer = Trainer::begin(config, &folder.path().join("run"), &Device::flex()).unwrap();
    let mut story = Vec::new();
    let summary = trainer.run(&control, &mut |event| match event {
        TrainEvent::Started(started) => assert_eq!((started.steps, started.held_out, started.resumed), (6, 2, None)),
        TrainEvent::Paused { .. } => {
            story.push("paused".to_owned());
            control.resume();
        }
        TrainEvent::Step { row, samples } => {
            assert!(samples.len() == 2 && samples.iter().all(|sample| sample.loss.is_finite()));
            story.push(format!("step {}", row.step));
            if row.step == 1 {
                control.save_now();
            } else if row.step == 4 {
                control.stop();
            }
        }
        TrainEvent::Validated { step, model, .. } => {
            assert!(model.info.parameters > 1000);
            story.push(format!("validated {step}"));
        }
        TrainEvent::Saved { step } => story.push(format!("saved {step}")),
        TrainEvent::Finished(_) => story.push("finished".to_owned()),
        TrainEvent::Waiting | TrainEvent::Resumed | TrainEvent::Replaced { .. } | TrainEvent::RolledBack(_) => {}
    });
    assert_eq!(summary.unwrap().step, 4);
    let expected = [
        "paused",
        "saved 0",
        "step 1",
        "saved 1",
        "step 2",
        "validated 2",
        "step 3",
        "saved 3",
        "step 4",
        "saved 4",
        "finished",
    ];
    assert_eq!(story, expected);
}

#[test]
fn frozen_parts_stay_and_the_rest_learns() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder.path().join("data"), 8);
    config.start.freeze_encoder = true;
    config.schedule.schedule = ScheduleKind::Constant;
    config.schedule.warmup = 0.0;
    let changed = |config: &TrainConfig, out: &str| -> Vec<String> {
        let mut trainer = Trainer::begin(config.clone(), &folder.path().join(out), &Device::flex()).unwrap();
        let before = trainer.network.to_weights().unwrap();
        assert!(matches!(trainer.step().unwrap(), Outcome::Done { .. }));
        let after = trainer.network.to_weights().unwrap();
        after
            .iter()
            .filter(|(name, tensor)| before.get(name) != Some(*tensor))
            .map(|(name, _)| name.to_owned())
            .collect()
    };
    let encoder = changed(&config, "encoder");
    assert!(encoder.iter().all(|name| !name.starts_with("encoder.")), "{encoder:?}");
    assert!(
        ["refine1.weight", "usf.fuse_bn.running_var", "usf.fuse_bn.weight"]
            .iter()
            .all(|n| encoder.iter().any(|c| c == n))
    );
    config.start.freeze_encoder = false;
    config.start.batch_norm = NormMode::Frozen;
    let norms = changed(&config, "norms");
    assert!(norms.iter().all(|name| !name.contains("running_")), "{norms:?}");
    assert!(
        norms
            .iter()
            .any(|name| name.starts_with("encoder.") && name.ends_with("_bn.weight") || name.contains("bn1.weight"))
    );
    config.start.batch_norm = NormMode::Train;
    config.optimizer.encoder_rate = 0.0;
    let slow = changed(&config, "slow");
    assert!(slow.iter().all(|name| !name.starts_with("encoder.") || name.contains("running_")), "{slow:?}");
}

#[test]
fn a_parameter_of_its_own_is_still_one_after_a_step() {
    // What `mode` and the optimizer put back must keep asking for gradients.
    let device = Device::flex().autodiff();
    let param = Param::from_tensor(burn::tensor::Tensor::<1>::ones([2], &device));
    assert!(Param::from_tensor(param.val()).set_require_grad(true).val().is_require_grad());
    assert!(!Param::from_tensor(param.val()).set_require_grad(false).val().is_require_grad());
}
