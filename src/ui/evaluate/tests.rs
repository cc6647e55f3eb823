//! The Evaluate tab drawn with made-up reports: its numbers are the report's, its controls ask for what they say.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::results::{Key, Sort};
use super::*;
use crate::eval::distance::ByDistance;
use crate::eval::messages::{Batch, End, Event, Order, Progress};
use crate::eval::protocol::{Protocol, Scaling, Settings};
use crate::eval::report::table::printed;
use crate::eval::report::{FrameRow, ModelFacts, ModelRow, Report};
use crate::eval::sums::{Convention, Metric, Sums};
use crate::ui::dataset::DatasetOrder;
use crate::ui::dialogs::DialogKind;
use crate::ui::state::Action;
use crate::ui::tabs::Tab;
use crate::ui::tests::{example, studio_of, texts};
use crate::ui::theme;
use egui::vec2;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use std::path::PathBuf;

fn result(error: f32) -> ModelRow {
    let ends = Protocol::HuNyu.rules().distances;
    let (mut sums, mut by_distance) = (Sums::default(), ByDistance::new(ends));
    for g in [1.5, 2.5, 2.5] {
        sums.push(g * (1.0 + error), g, Convention::default());
        by_distance.push(ends, g * (1.0 + error), g);
    }
    ModelRow { sums, factor: 1.0, edges: None, by_distance, worst: [319, 0], seen: false }
}

/// A frame with the relative errors of two models.
pub fn row(frame: &str, errors: [f32; 2]) -> FrameRow {
    let scene = if frame == "b" { "kitchen_0001" } else { "office_0003" };
    FrameRow { frame: frame.into(), scene: Some(scene.into()), mark: None, results: errors.map(result).into() }
}

fn model(name: &str) -> ModelFacts {
    ModelFacts {
        name: name.into(),
        sha256: "0".repeat(64),
        title: "made up".into(),
        scaling: Scaling::None,
        relative: false,
        data: None,
        random_layers: 0,
    }
}

/// Three frames that the first model does worse and worse, and the second better and better.
pub fn report() -> Report {
    Report {
        data: "nyu:somewhere".into(),
        split: Some("nyu-train".into()),
        settings: Settings::published(Protocol::HuNyu),
        models: vec![model("first_eda"), model("second_cbam")],
        asked: 3,
        rows: vec![row("a", [0.1, 0.5]), row("b", [0.2, 0.3]), row("c", [0.4, 0.1])],
        skipped: Vec::new(),
        without_truth: 0,
    }
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

fn studio() -> Studio {
    let mut studio = studio_of(example());
    studio.settings.tab = Tab::Evaluate;
    studio
}

pub fn with_results() -> Studio {
    let mut studio = studio();
    studio.evaluate.show_report(report(), None);
    studio
}

#[test]
fn the_numbers_on_the_screen_are_those_of_the_report() {
    let harness = panel(with_results(), vec2(316.0, 1500.0));
    let (report, drawn) = (report(), texts(&harness));
    for model in 0..2 {
        let mean = report.mean(model).unwrap();
        for metric in [Metric::Rel, Metric::Rmse, Metric::Log10, Metric::D1] {
            let text = printed(metric, Some(metric.of(&mean)));
            assert!(drawn.contains(&text), "{} {text} of {drawn:?}", metric.title());
        }
        for row in &report.rows {
            let rel = row.results[model].sums.scores().unwrap().rel;
            assert!(drawn.contains(&printed(Metric::Rel, Some(rel))), "{} of {drawn:?}", row.frame);
        }
    }
    assert!(drawn.contains(&"+0.3000".to_owned()) && drawn.contains(&"−0.4000".to_owned()), "{drawn:?}");
    harness.get_by_label(&report.heading());
    // The published rows of the protocol stand below.
    harness.get_by_label_contains("Table III");
}

#[test]
fn wide_the_table_has_all_its_columns() {
    let mut studio = with_results();
    studio.evaluate.expanded = true;
    let mut harness =
        Harness::builder().with_size(vec2(1060.0, 830.0)).with_context_setup(theme::install).build_ui_state(
            |ui, studio: &mut Studio| {
                show_wide(ui, studio);
            },
            studio,
        );
    harness.run_steps(4);
    harness.check_accessibility();
    let drawn = texts(&harness);
    let mean = report().mean(0).unwrap();
    for metric in crate::eval::report::table::COLUMNS {
        let text = printed(metric, Some(metric.of(&mean)));
        assert!(drawn.contains(&text), "{} {text} of {drawn:?}", metric.title());
    }
    assert!(!show_wide_covers(&with_results()), "only when it was asked for");
}

fn show_wide_covers(studio: &Studio) -> bool {
    wide::covers(studio)
}

#[test]
fn a_click_on_a_head_sorts_and_a_click_on_a_row_shows_its_frame() {
    let mut harness = panel(with_results(), vec2(316.0, 1500.0));
    harness.get_by_label("sort by B REL").click();
    harness.run_steps(2);
    let sort = |harness: &Harness<'_, Studio>| harness.state().evaluate.results.as_ref().unwrap().sort();
    assert_eq!(sort(&harness), Sort { key: Key::Value(1, Metric::Rel), descending: true });
    harness.get_by_label("sort by B REL").click();
    harness.run_steps(2);
    assert!(!sort(&harness).descending);
    harness.get_by_label("b").click();
    harness.run_steps(2);
    let asked = harness.state_mut().actions.pop().unwrap();
    let Action::Dataset(DatasetOrder::Open { spec, split, frame }) = asked else { panic!("{asked:?}") };
    assert_eq!(
        (spec.to_string(), split.as_deref(), frame.as_deref()),
        ("nyu:somewhere".into(), Some("nyu-train"), Some("b"))
    );
    assert_eq!(harness.state().evaluate.selected, Some(1));
    let measured = harness.state_mut().actions.pop();
    let as_the_table = crate::eval::protocol::MeasureSettings::of(Some(Protocol::HuNyu));
    assert!(matches!(measured, Some(Action::Measure(by)) if by == as_the_table), "{measured:?}");
    // The list is sorted from the best of B: c, b, a.
    harness.key_press(egui::Key::ArrowDown);
    harness.run_steps(2);
    assert_eq!(harness.state().evaluate.selected, Some(0));
    harness.key_press(egui::Key::ArrowUp);
    harness.key_press(egui::Key::ArrowUp);
    harness.run_steps(2);
    assert_eq!(harness.state().evaluate.selected, Some(2));
}

#[test]
fn the_worst_pixel_comes_to_the_middle_when_its_frame_is_on_the_screen() {
    let mut studio = with_results();
    walk::open(&mut studio, 2);
    walk::centre(&mut studio);
    assert!(studio.pinned.is_none() && studio.evaluate.worst.is_some(), "another frame is on the screen");
    let mut prediction = example();
    let mut frame = (*prediction.frame).clone();
    frame.name = "c".to_owned();
    prediction.frame = std::sync::Arc::new(frame);
    let views = studio_of(prediction).views;
    studio.views = views;
    walk::centre(&mut studio);
    let at = [319.5 / 320.0, 0.5 / 240.0];
    assert_eq!((studio.pinned, studio.link.centre, studio.link.scale), (Some(at), at, Some(2.0)));
    assert!(studio.evaluate.worst.is_none());
    // Other protocols measure on the grid of the ground truth.
    assert_eq!(walk::point(Protocol::DdNyu, [640, 480], [319, 0]), [319.5 / 640.0, 0.5 / 480.0]);
}

#[test]
fn a_run_is_set_up_and_started() {
    let mut studio = studio();
    studio.evaluate.setup.data = "nyu:somewhere".to_owned();
    let mut harness = panel(studio, vec2(316.0, 900.0));
    harness.get_by_label("Run").click();
    harness.run_steps(2);
    let asked = harness.state_mut().actions.pop().unwrap();
    let Action::Evaluate(Order::Start(job)) = asked else { panic!("{asked:?}") };
    assert_eq!((job.data.to_string(), job.protocol, job.models.len()), ("nyu:somewhere".into(), Protocol::HuNyu, 1));
    // Without data it says what is missing and asks for nothing.
    harness.state_mut().evaluate.setup.data.clear();
    harness.run_steps(2);
    harness.get_by_label("choose the data first");
    harness.get_by_label("Run").click();
    harness.run_steps(2);
    assert!(harness.state().actions.is_empty());
}

#[test]
fn a_run_is_followed_from_opening_to_its_end() {
    let mut studio = studio();
    news::take(&mut studio, Event::Opening("loading first_eda".into()));
    let mut harness = panel(studio, vec2(316.0, 900.0));
    harness.get_by_label("loading first_eda…");
    let empty = Report { rows: Vec::new(), ..report() };
    news::take(harness.state_mut(), Event::Begun { run: 1, report: Box::new(empty), resumed: 0 });
    let state = &mut harness.state_mut().evaluate;
    state.progress = Progress { done: 1, of: 3, per_second: 0.5, ..Progress::default() };
    let batch = Batch { run: 1, rows: vec![(1, row("b", [0.2, 0.3]))], asked: 3, ..Batch::default() };
    state.results.as_mut().unwrap().add(batch);
    state.results.as_mut().unwrap().settle(std::time::Instant::now(), true);
    harness.run_steps(4);
    harness.get_by_label("1 of 3 · 0.5 images/s · 4 s left");
    harness.get_by_label("b");
    harness.get_by_label("Pause").click();
    harness.run_steps(2);
    assert!(matches!(harness.state_mut().actions.pop(), Some(Action::Evaluate(Order::Pause))));
    harness.get_by_label("paused at 1 of 3");
    harness.get_by_label("Resume").click();
    harness.run_steps(2);
    assert!(matches!(harness.state_mut().actions.pop(), Some(Action::Evaluate(Order::Resume))));
    harness.get_by_label("Cancel").click();
    harness.run_steps(2);
    assert!(matches!(harness.state_mut().actions.pop(), Some(Action::Evaluate(Order::Cancel))));
    news::take(harness.state_mut(), Event::Ended(End::Cancelled));
    harness.run_steps(2);
    harness.get_by_label("cancelled at 1 of 3; what was finished is kept");
    harness.get_by_label("b");
    // A report without a folder of its own asks for one, with one it is written there.
    harness.get_by_label("Write report").click();
    harness.run_steps(2);
    assert!(matches!(harness.state_mut().actions.pop(), Some(Action::Dialog(DialogKind::EvaluateReport))));
    assert!(answered(harness.state_mut(), DialogKind::EvaluateReport, PathBuf::from("o")));
    let Some(Action::Evaluate(Order::Write(written, folder))) = harness.state_mut().actions.pop() else { panic!() };
    assert_eq!((written.rows.len(), folder), (1, PathBuf::from("o")));
    // Where no dialog opens, the folder is typed under Setup.
    harness.state_mut().evaluate.writing = false;
    harness.state_mut().evaluate.setup.out = " typed ".to_owned();
    harness.run_steps(2);
    harness.get_by_label("Write report").click();
    harness.run_steps(2);
    let Some(Action::Evaluate(Order::Write(_, folder))) = harness.state_mut().actions.pop() else { panic!() };
    assert_eq!(folder, PathBuf::from("typed"));
}
