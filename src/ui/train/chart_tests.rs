//! The charts: what they say is in the rows, and long runs are drawn in a moment.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::tests::{panel, rows, running};
use super::*;
use crate::figure::curves::number;
use crate::train::curves::{CURVES, Group};
use egui::vec2;
use egui_kittest::kittest::Queryable;

#[test]
fn the_tip_has_the_values_of_the_nearest_step() {
    let mut harness = panel(running(), vec2(316.0, 1200.0));
    let state = &harness.state().train;
    let lines = lines::lines(state, Group::Loss);
    assert_eq!(lines.iter().map(|(_, curve, _)| CURVES[*curve].title).collect::<Vec<_>>(), ["loss", "depth"]);
    let (tip, rows) = (chart::tip(state, &lines, 17.3), rows(40));
    assert!(tip.starts_with("step 17   epoch 0.85\n"), "{tip}");
    assert!(tip.contains(&format!("loss {}   mean", number(rows[16][2]))), "{tip}");
    assert!(tip.contains(&format!("depth {}   mean", number(rows[16][3]))), "{tip}");
    harness.get_by_label("Validation").click();
    harness.run_steps(3);
    let state = &harness.state().train;
    assert_eq!(state.charts.group, Group::Validation);
    let tip = chart::tip(state, &lines::lines(state, Group::Validation), 26.0);
    assert!(tip.starts_with("step 30") && tip.contains(&format!("REL {}", number(rows[29][17]))), "{tip}");
    assert!(!tip.contains("mean"), "what a validation measured is not smoothed: {tip}");
}

#[test]
fn curves_are_chosen_and_axes_changed_by_their_controls() {
    let mut harness = panel(running(), vec2(316.0, 1200.0));
    let drawn = |harness: &egui_kittest::Harness<'_, Studio>| lines::lines(&harness.state().train, Group::Loss).len();
    // The legend has the name too.
    harness.get_by_role_and_label(egui::accesskit::Role::Button, "depth").click();
    harness.run_steps(2);
    assert_eq!(drawn(&harness), 1);
    // The outline term was never measured: choosing it draws nothing.
    harness.get_by_role_and_label(egui::accesskit::Role::Button, "outlines").click();
    harness.run_steps(2);
    assert_eq!(drawn(&harness), 1);
    harness.get_by_label("log").click();
    harness.run_steps(2);
    assert!(harness.state().train.charts.log.contains(&Group::Loss));
    let state = &harness.state().train;
    let [low, high] = lines::values(state, &lines::lines(state, Group::Loss), [0.0, 40.0], true);
    assert!(low > 0.0 && high > low);
    // A drag across the chart enlarges a part, the button shows all again.
    let area = harness.get_by_label("Chart: Loss").rect();
    let (from, to) = (area.left_center() + vec2(100.0, 0.0), area.left_center() + vec2(180.0, 0.0));
    harness.drag_at(from);
    harness.run_steps(2);
    harness.hover_at(to);
    harness.run_steps(2);
    harness.drop_at(to);
    harness.run_steps(2);
    let [a, b] = harness.state().train.charts.steps.expect("a part is enlarged");
    assert!(a > 1.0 && b < 39.0 && b - a > 2.0, "{a} {b}");
    harness.get_by_label("All steps").click();
    harness.run_steps(2);
    assert_eq!(harness.state().train.charts.steps, None);
    harness.get_by_label("CSV").click();
    harness.run_steps(2);
    assert!(matches!(harness.state_mut().actions.pop(), Some(Action::Train(TrainOrder::Csv))));
}

#[test]
fn sixty_thousand_steps_stay_fluid() {
    let mut studio = running();
    let whole = rows(60_000);
    studio.train.runs[0] = state::Run::new(std::path::Path::new("runs/long"), whole[..59_960].to_vec());
    for curve in Group::Loss.curves().take(2) {
        studio.train.charts.chosen.insert(curve);
    }
    let mut harness = panel(studio, vec2(316.0, 900.0));
    // Each frame has a new step: what is drawn follows it, and stays as many points as the chart has columns.
    for row in &whole[59_960..] {
        news::add(harness.state_mut(), crate::train::messages::News { run: 1, rows: vec![*row], ..Default::default() });
        harness.step();
    }
    let state = &harness.state().train;
    assert_eq!(state.runs[0].rows.len(), 60_000);
    let drawn = state.charts.ends(Group::Loss);
    assert!(drawn.len() >= 2);
    for (name, points, last) in drawn {
        assert!(points < 2000, "{points} points for a chart of 300");
        assert_eq!(last, Some(60_000.0), "{name}");
    }
}
