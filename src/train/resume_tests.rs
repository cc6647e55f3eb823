//! Runs that are stopped and gone on with under another limit, in the middle of an epoch, and from weights that had seen data.
#![allow(clippy::unwrap_used)]

use super::checkpoint::Checkpoint;
use super::config::ScheduleKind;
use super::feed::Feed;
use super::fixtures::config;
use super::publish::{BEST, LAST};
use super::trainer_tests::{bits, run};
use super::{TrainConfig, checkpoint};
use crate::data::dataset::holdout;
use crate::eval::training::{HELD_OUT, STARTED, Seen, TESTS};
use crate::weights::catalog;
use std::path::Path;

/// Everything but rows and configuration, which say how often a run was stopped.
#[track_caller]
fn same_state(a: &Path, b: &Path) {
    let [a, b] = [a, b].map(|out| Checkpoint::read(&out.join(checkpoint::FILE)).unwrap().unwrap());
    assert_eq!((a.position.step, a.position.updates), (b.position.step, b.position.updates));
    assert!(a.weights == b.weights && a.moments == b.moments && a.average == b.average);
}

#[test]
fn a_limit_of_steps_is_a_stop_on_the_way_of_all_epochs() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder.path().join("data"), 12);
    config.data.sizes = "range 4096..8192 aspect 1.0..2.0 multiple 32 grow 0.5 until 0.6".parse().unwrap();
    let [whole, once, twice] = ["whole", "once", "twice"].map(|name| folder.path().join(name));
    let limited = |most| {
        let mut config = config.clone();
        config.schedule.max_steps = most;
        config
    };
    let all = run(&config, &whole, usize::MAX).unwrap();
    assert_eq!((all.0.steps, config.schedule.schedule), (10, ScheduleKind::OneCycle));
    let at_once = run(&limited(4), &once, usize::MAX).unwrap();
    assert_eq!((at_once.0.step, at_once.0.steps), (4, 4));
    let mut parts = run(&limited(2), &twice, usize::MAX).unwrap().1;
    assert_eq!(parts.len(), 2);
    parts.extend(run(&limited(4), &twice, usize::MAX).unwrap().1);
    assert_eq!(bits(&parts), bits(&at_once.1));
    assert_eq!(bits(&parts), bits(&all.1[..4]), "rates and sizes are those of all epochs");
    same_state(&once, &twice);
    // And on to the end without a limit.
    parts.extend(run(&config, &twice, usize::MAX).unwrap().1);
    assert_eq!(bits(&parts), bits(&all.1));
    same_state(&whole, &twice);
}

#[test]
fn more_epochs_of_a_step_schedule_go_on_as_if_they_had_been_asked_for_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder.path().join("data"), 8);
    (config.schedule.schedule, config.schedule.warmup, config.schedule.step_epochs) = (ScheduleKind::Step, 0.0, 1);
    let [once, twice] = ["once", "twice"].map(|name| folder.path().join(name));
    let whole = run(&config, &once, usize::MAX).unwrap().1;
    config.schedule.epochs = 1;
    let mut parts = run(&config, &twice, usize::MAX).unwrap().1;
    config.schedule.epochs = 2;
    parts.extend(run(&config, &twice, usize::MAX).unwrap().1);
    assert_eq!((parts.len(), bits(&parts)), (6, bits(&whole)));
    same_state(&once, &twice);
}

#[test]
fn steps_of_several_batches_of_drawn_sizes_are_resumed_in_the_middle_of_an_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder.path().join("data"), 12);
    config.data.sizes = "range 2048..6144 aspect 1.0..2.0 multiple 32".parse().unwrap();
    config.optimizer.accumulate = 2;
    let [whole, parts] = ["whole", "parts"].map(|name| folder.path().join(name));
    let (summary, losses) = run(&config, &whole, usize::MAX).unwrap();
    // Five batches an epoch: the third step has one of each epoch.
    assert_eq!((summary.step, losses.len()), (5, 5));
    let mut pieces = Vec::new();
    for steps in [1, 2, usize::MAX] {
        pieces.extend(run(&config, &parts, steps).unwrap().1);
    }
    assert_eq!(bits(&pieces), bits(&losses));
    same_state(&whole, &parts);
}

/// What the weights of a run of so many steps say of their data, and whether `eval` takes the held-out frame 2 for seen.
fn told(config: &TrainConfig, out: &Path, steps: usize, file: &str) -> (String, bool, String) {
    let mut config = config.clone();
    config.schedule.max_steps = steps;
    run(&config, out, usize::MAX).unwrap();
    let metadata = crate::weights::read(&out.join(file)).unwrap().metadata;
    let held_out = Feed::open(&config).unwrap().held_out;
    let index = held_out.indices[0];
    let (name, scene) = (&held_out.dataset.names()[index], held_out.dataset.scene(index));
    assert_eq!((name.as_str(), scene), ("2", holdout::scenes().next()));
    let seen = Seen::new(&*held_out.dataset).by(Some(&metadata["data"]), name, scene);
    (metadata["data"].clone(), seen, metadata["accuracy"].clone())
}

#[test]
fn weights_that_started_from_trained_ones_have_seen_what_those_had_seen() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&folder.path().join("data"), 8);
    // Frames 2 and 3, which are of the official training pairs, are of a scene that is held out.
    let list = folder.path().join("data/splits.csv");
    let text = std::fs::read_to_string(&list).unwrap();
    std::fs::write(&list, text.replace("room_0001", holdout::scenes().next().unwrap())).unwrap();
    (config.data.val_fraction, config.data.val_scenes) = (0.0, "nyu_holdout".into());
    config.network = TrainConfig::default().network;
    let (fresh, later) = (folder.path().join("fresh"), folder.path().join("later"));
    config.start.init = catalog::DEFAULT_ENCODER.into();
    let (data, seen, accuracy) = told(&config, &fresh, 1, BEST);
    assert!(data.contains(HELD_OUT) && !data.contains(STARTED) && !seen, "{data}");
    assert!(accuracy.contains("\"held-out frames\"") && accuracy.contains("\"frames\":2"), "{accuracy}");

    config.start.init = catalog::DEFAULT_MODEL.into();
    let first =
        crate::weights::read(&catalog::resolve(catalog::DEFAULT_MODEL).unwrap()).unwrap().metadata["data"].clone();
    for (steps, file) in [(1, BEST), (2, LAST)] {
        let (data, seen, accuracy) = told(&config, &later, steps, file);
        // Frame 0 is one of NYU's 654.
        assert!(data.contains(&format!("6 frames, {TESTS}; {STARTED} {first}")), "{data}");
        assert!(!data.contains(HELD_OUT) && seen, "{data}");
        assert!(accuracy.contains("may have been trained on"), "{accuracy}");
        // An earlier version did not keep it: then the second start reads it once more.
        let path = later.join(checkpoint::FILE);
        let mut set = Checkpoint::read(&path).unwrap().unwrap();
        assert!(set.position.init.take().is_some_and(|init| init.ends_with(&first)));
        set.write(&path).unwrap();
    }
    // A third run, from those, has seen what both had.
    config.start.init = fresh.join(LAST).display().to_string();
    let (data, seen, _) = told(&config, &folder.path().join("third"), 1, LAST);
    assert!(data.matches(HELD_OUT).count() == 2 && data.contains(STARTED) && !seen, "{data}");
}
