//! The Train tab drawn with made-up histories: its numbers are the history's, its controls ask for what they say.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::figure::curves::number;
use crate::train::control::{Started, Summary};
use crate::train::desk::{Done, Record};
use crate::train::dry_run::DryRun;
use crate::train::history::{History, Row, Scores, StepRow};
use crate::train::messages::{Event, News};
use crate::ui::tabs::Tab;
use crate::ui::tests::{example, studio_of};
use crate::ui::theme;
use egui::vec2;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use std::time::Duration;

/// Steps with a validation every tenth.
pub fn rows(count: u64) -> Vec<Row> {
    let mut history = History::default();
    for step in 1..=count {
        let loss = 1.0 / step as f64 + 0.05 * (step as f64 * 1.3).sin().abs();
        let row = StepRow {
            step,
            epoch: step as f64 / 20.0,
            loss,
            depth: 0.6 * loss,
            gradient_norm: 3.0 * loss,
            rate: 5e-4,
            images: 8,
            step_ms: 4000.0,
            wait_ms: 400.0,
            edge: f64::NAN,
            ..StepRow::default()
        };
        history.step(&row);
        if step % 10 == 0 {
            let rel = 0.2 + 1.0 / step as f64;
            history.validation(&Scores { rel, rmse: 0.7, log10: 0.08, d: [0.7, 0.9, 0.98], edge_f1: [f64::NAN; 3] });
        }
    }
    history.rows().to_vec()
}

fn started() -> Started {
    Started {
        resumed: None,
        steps: 200,
        steps_per_epoch: 20.0,
        parameters: 5_860_000,
        random_layers: 12,
        frames: 160,
        sources: Vec::new(),
        held_out: 20,
        folder: "runs/mine".into(),
    }
}

fn studio() -> Studio {
    let mut studio = studio_of(example());
    studio.settings.tab = Tab::Train;
    studio
}

/// A run that trains and has made 40 steps.
pub fn running() -> Studio {
    let mut studio = studio();
    let mut config = studio.train.setup.config.clone();
    config.data.data = "nyu:somewhere".into();
    studio.train.config = Some(Box::new(config));
    let begun = Event::Begun { run: 1, started: Box::new(started()), device: "CPU".into(), rows: rows(30) };
    news::take(&mut studio, begun);
    news::add(&mut studio, News { run: 1, rows: rows(40).split_off(30), ..News::default() });
    studio
}

/// The tab alone, as wide as the panel is by default.
pub fn panel(studio: Studio, size: egui::Vec2) -> Harness<'static, Studio> {
    let mut harness = Harness::builder()
        .with_size(size)
        .with_context_setup(theme::install)
        .build_ui_state(|ui, studio: &mut Studio| show(ui, studio), studio);
    harness.run_steps(4);
    harness.check_accessibility();
    harness
}

pub fn asked(harness: &mut Harness<'_, Studio>) -> TrainOrder {
    match harness.state_mut().actions.pop() {
        Some(Action::Train(order)) => order,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_numbers_on_the_screen_are_those_of_the_history() {
    let harness = panel(running(), vec2(316.0, 1500.0));
    let rows = rows(40);
    harness.get_by_label("step 40 of 200");
    harness.get_by_label("epoch 2.00");
    harness.get_by_label(&format!("loss {}", number(rows[39][2])));
    harness.get_by_label("2.00 images/s");
    harness.get_by_label("waits 10.0 %");
    harness.get_by_label("10:40 min left");
    harness.get_by_label(&format!("REL {:.4} at 40", rows[39][17]));
}

#[test]
fn a_run_is_paused_saved_and_stopped_by_its_buttons() {
    let mut harness = panel(running(), vec2(316.0, 900.0));
    for (name, order) in [("Pause", TrainOrder::Pause), ("Save now", TrainOrder::Save), ("Stop", TrainOrder::Stop)] {
        harness.get_by_label(name).click();
        harness.run_steps(2);
        assert_eq!(asked(&mut harness), order);
    }
    news::add(harness.state_mut(), News { run: 1, saved: Some(38), ..News::default() });
    news::take(harness.state_mut(), Event::Paused("the data are gone; plug the disk in".into()));
    harness.run_steps(2);
    harness.get_by_label("paused at step 40 of 200");
    harness.get_by_label("the data are gone; plug the disk in");
    harness.get_by_label("saved at 38");
    harness.get_by_label("Resume").click();
    harness.run_steps(2);
    assert_eq!(asked(&mut harness), TrainOrder::Resume);
    news::take(harness.state_mut(), Event::Resumed);
    assert_eq!(harness.state().train.phase, Phase::Running);
    // News of another run are too late; a row of the last step replaces it.
    news::add(harness.state_mut(), News { run: 9, rows: rows(50), ..News::default() });
    assert_eq!(harness.state().train.main().unwrap().step(), 40);
    news::add(harness.state_mut(), News { run: 1, rows: rows(42).split_off(39), ..News::default() });
    assert_eq!(harness.state().train.main().unwrap().rows.len(), 42);
    // The run went back: what it made behind that step is no part of it any more.
    let again = rows(30).split_off(29);
    news::add(harness.state_mut(), News { run: 1, rows: again, ..News::default() });
    assert_eq!(harness.state().train.main().unwrap().step(), 30);
    assert_eq!(harness.state().train.main().unwrap().rows.len(), 30);
    news::add(harness.state_mut(), News { run: 1, rows: rows(42).split_off(30), ..News::default() });
    assert_eq!(harness.state().train.main().unwrap().rows.len(), 42);
    let summary = Summary {
        step: 42,
        steps: 200,
        loss: 0.1,
        best: None,
        last: None,
        trained: Duration::from_secs(1),
        waited: Duration::ZERO,
        images: 8,
        folder: "runs/mine".into(),
    };
    news::take(harness.state_mut(), Event::Finished(Box::new(summary)));
    harness.run_steps(2);
    harness.get_by_label("stopped at step 42 of 200; the same folder goes on from there");
    let error = crate::error::Error::Failed("the disk is full; make room and start again".into());
    news::take(harness.state_mut(), Event::Failed(error));
    harness.run_steps(2);
    harness.get_by_label("the disk is full; make room and start again");
}

#[test]
fn a_run_is_set_up_checked_and_started() {
    let mut harness = panel(studio(), vec2(316.0, 1000.0));
    harness.get_by_label("choose the data first");
    harness.state_mut().train.setup.set("data", "nyu:somewhere");
    harness.run_steps(2);
    harness.get_by_label("choose the run's folder first");
    harness.get_by_label("Check").click();
    harness.run_steps(2);
    let TrainOrder::Check(config) = asked(&mut harness) else { panic!() };
    assert_eq!((config.data.data.as_str(), config.data.batch), ("nyu:somewhere", 8));
    let dry = DryRun {
        started: started(),
        random_layers: 12,
        state_bytes: 117_000_000,
        peak_bytes: Some(2_400_000_000),
        size: [304, 228],
        step: Duration::from_millis(3500),
        phases: Default::default(),
        validation: Some(Duration::from_secs(9)),
        validations: 10,
        loss: 0.75,
    };
    harness.state_mut().train.begin_check(*config);
    news::take(harness.state_mut(), Event::Checked(Ok((Box::new(dry.clone()), "CPU".into()))));
    harness.run_steps(2);
    for text in
        ["160 frames to train on", "20 frames held out", "5.86 M parameters", "117 MB", "2.40 GB", "3.5 s, loss 0.7500"]
    {
        harness.get_by_label_contains(text);
    }
    harness.get_by_label_contains(&format!("the whole run: {}", pace::time(dry.total().as_secs_f64())));
    harness.state_mut().train.setup.out = "runs/mine".into();
    harness.state_mut().train.setup.set("batch", "4");
    harness.run_steps(2);
    harness.get_by_label("Settings changed since: check again.");
    harness.get_by_label("Start").click();
    harness.run_steps(2);
    let TrainOrder::Start(config, out) = asked(&mut harness) else { panic!() };
    assert_eq!((config.data.batch, out), (4, PathBuf::from("runs/mine")));
    let config = harness.state().train.setup.config.clone();
    harness.state_mut().train.begin_check(config);
    let none = Event::Checked(Err(crate::error::Error::Failed("nyu:somewhere is not there; mount it".into())));
    news::take(harness.state_mut(), none);
    harness.run_steps(2);
    harness.get_by_label("nyu:somewhere is not there; mount it");
}

#[test]
fn a_check_is_given_up_and_leaves_all_as_it_was() {
    let mut studio = studio();
    studio.train.setup.set("data", "nyu:somewhere");
    let config = studio.train.setup.config.clone();
    studio.train.begin_check(config.clone());
    let before = crate::error::Error::Failed("the answer of before".into());
    news::take(&mut studio, Event::Checked(Err(before)));
    studio.train.phase = Phase::Failed("the run of before".into());
    studio.train.begin_check(config);
    let mut harness = panel(studio, vec2(316.0, 1000.0));
    assert!(harness.query_by_label("the answer of before").is_none());
    harness.get_by_label("at work");
    harness.get_by_label("Cancel").click();
    harness.run_steps(2);
    assert_eq!(asked(&mut harness), TrainOrder::GiveUp);
    harness.state_mut().train.checking.as_mut().unwrap().given_up = true;
    harness.run_steps(2);
    harness.get_by_label("Stopping behind this step…");
    harness.get_by_label("the run of before");
    harness.get_by_label("Cancel").click();
    harness.run_steps(2);
    assert!(harness.state().actions.is_empty(), "once is enough");
    news::take(harness.state_mut(), Event::Checked(Err(crate::error::Error::Interrupted)));
    harness.run_steps(2);
    harness.get_by_label("the answer of before");
    harness.get_by_label("the run of before");
    assert!(harness.query_by_label("Cancel").is_none() && !harness.state().train.phase.is_busy());
}

#[test]
fn every_setting_is_listed_found_and_set() {
    let mut harness = panel(studio(), vec2(316.0, 3600.0));
    harness.get_by_label("All settings").click();
    harness.run_steps(12);
    harness.check_accessibility();
    for key in crate::train::keys::KEYS {
        assert!(harness.query_all_by_label(key.name).next().is_some(), "{}", key.name);
    }
    let found = |find: &str| settings_list::listed(find).map(|key| key.name).collect::<Vec<_>>();
    assert!(found("averaged weights").contains(&"ema") && !found("averaged weights").contains(&"batch"));
    assert!(found("learning rate").contains(&"rate") && found("nothing of it").is_empty());
}

#[test]
fn a_run_of_a_folder_is_shown_and_gone_on_with() {
    let mut studio = studio();
    let mut config = studio.train.setup.config.clone();
    config.data.data = "nyu:somewhere".into();
    config.schedule.epochs = 7;
    let record = |folder: &str, config: Option<_>, count| Record {
        folder: folder.into(),
        config,
        resumable: true,
        rows: rows(count),
    };
    let first = record("runs/old", Some(Box::new(config)), 25);
    news::read(&mut studio, Done::Read(Box::new(first), false));
    news::read(&mut studio, Done::Read(Box::new(record("runs/other", None, 40)), true));
    let mut harness = panel(studio, vec2(316.0, 1700.0));
    harness.get_by_label("25 steps so far");
    harness.get_by_label("Draw other");
    harness.get_by_label("Setup").click();
    harness.run_steps(12);
    harness.get_by_label("Go on").click();
    harness.run_steps(2);
    let TrainOrder::Start(config, out) = asked(&mut harness) else { panic!() };
    assert_eq!((config.schedule.epochs, out), (7, PathBuf::from("runs/old")));
    // Two runs: one curve each, and a run can be taken away.
    let lines = lines::lines(&harness.state().train, crate::train::curves::Group::Loss);
    assert_eq!(lines, [(0, 0, 0), (1, 0, 1)]);
    harness.get_by_label("Take other away").click();
    harness.run_steps(2);
    assert_eq!(harness.state().train.runs.len(), 1);
}
