//! The charts of the Evaluate tab: points and bars are the report's, a click on a point shows its frame.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::results::Results;
use super::tests::{panel, report, with_results};
use super::*;
use crate::eval::messages::Event;
use crate::eval::sums::Metric;
use egui::vec2;
use egui_kittest::kittest::Queryable;

#[test]
fn points_are_the_rows_and_the_nearest_is_chosen() {
    let results = Results::new(report(), None);
    let points = scatter::points(&results, (0, Metric::Rel), (1, Metric::Rel));
    assert_eq!(points.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [2, 1, 0]);
    assert!((points[0].1[0] - 0.4).abs() < 1e-6 && (points[0].1[1] - 0.1).abs() < 1e-6);
    let spots = [(egui::pos2(0.0, 0.0), 7), (egui::pos2(20.0, 0.0), 8)];
    assert_eq!(scatter::nearest(&spots, egui::pos2(14.0, 3.0)), Some(8));
    assert_eq!(scatter::nearest(&spots, egui::pos2(10.0, 3.0)), None);
}

#[test]
fn a_click_on_a_point_shows_its_frame() {
    let mut harness = panel(with_results(), vec2(316.0, 1700.0));
    let area = harness.get_by_label("Scatter of two metrics").rect();
    harness.hover_at(area.center());
    harness.run_steps(3);
    let spots = harness.state().evaluate.scatter.spots.clone();
    assert_eq!(spots.len(), 3);
    let (at, row) = spots[1];
    harness.hover_at(at);
    harness.run_steps(2);
    harness.event(egui::Event::PointerButton {
        pos: at,
        button: egui::PointerButton::Primary,
        pressed: true,
        modifiers: Default::default(),
    });
    harness.run_steps(1);
    harness.event(egui::Event::PointerButton {
        pos: at,
        button: egui::PointerButton::Primary,
        pressed: false,
        modifiers: Default::default(),
    });
    harness.run_steps(2);
    assert_eq!(harness.state().evaluate.selected, Some(row));
}

#[test]
fn bars_say_what_the_sums_say() {
    let results = Results::new(report(), None);
    let sums = report().by_distance(1).intervals[2];
    let [abs, ..] = sums.means().unwrap();
    let tip = distance::tip(&results, [0, 1], 2);
    assert!(tip.starts_with("2 to 3 m") && tip.contains(&format!("mean |error| {abs:.3} m")), "{tip}");
    assert!(tip.contains(&format!("{} pixels", sums.pixels)) && sums.pixels == 6);
    assert!(distance::tip(&results, [0, 0], 5).ends_with("no pixel"));
    assert_eq!(distance::bars(&results, [1, 1]).len(), 1);
}

#[test]
fn failures_are_shown_and_results_stay() {
    let mut studio = with_results();
    let error = crate::error::Error::Failed("the device gave up; choose another".into());
    news::take(&mut studio, Event::Failed(error));
    let harness = panel(studio, vec2(316.0, 1500.0));
    harness.get_by_label("the device gave up; choose another");
    harness.get_by_label("c");
}

#[test]
fn marks_of_an_axis_stand_at_round_numbers() {
    let texts = |low, high| -> Vec<String> {
        let input = egui_plot::GridInput { bounds: (low, high), base_step_size: 1e-4 };
        scatter::ticks(input, 4.0).into_iter().map(scatter::tick_text).collect()
    };
    assert_eq!(texts(0.047, 0.142), ["0.05", "0.10"]);
    assert_eq!(texts(0.23, 0.29), ["0.24", "0.26", "0.28"]);
    assert_eq!(texts(0.0, 20.0), ["0", "5", "10", "15", "20"]);
    assert!(texts(f64::NAN, 1.0).len() < 50 && texts(1.0, 1.0).len() < 50);
}
