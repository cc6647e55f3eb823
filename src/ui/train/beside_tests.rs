//! Pictures and hard samples beside the training, and all of it over the views.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::tests::{asked, panel, running};
use super::*;
use crate::train::control::SampleLoss;
use crate::train::hardest::Hardest;
use crate::train::messages::News;
use crate::train::watch::{Layer, Shot};
use crate::ui::dataset::DatasetOrder;
use crate::ui::tabs::Tab;
use crate::ui::tests::texts;
use crate::ui::theme;
use egui::vec2;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use std::sync::Arc;

fn layer(value: f32) -> Layer {
    Layer { size: [4, 3], values: vec![value; 12], rgb: vec![90; 36], range: [0.0, 2.0] }
}

fn shot(depth: f32, rel: f64) -> Arc<Shot> {
    let (depth, gate, error) = (layer(depth), Some(layer(0.5)), Some(layer(-0.25)));
    Arc::new(Shot { depth, gate, error, rel: Some(rel), start: None })
}

#[test]
fn a_hard_sample_is_one_click_from_the_views() {
    let mut studio = running();
    let sample = |name: &str, loss, weight| SampleLoss { name: name.into(), loss, weight };
    let samples = vec![sample("kitchen/0007", 0.8125, 0.5), sample("office/0001", 0.25, 0.125)];
    let hardest = Some(Arc::new(Hardest { epoch: 2, whole: true, seen: 160, samples }));
    news::add(&mut studio, News { run: 1, hardest, ..News::default() });
    let mut harness = panel(studio, vec2(316.0, 1700.0));
    harness.get_by_label("Epoch 2: 2 of 160 samples, heaviest first");
    let drawn = texts(&harness);
    for number in ["0.8125", "0.5", "0.25", "0.125"] {
        assert!(drawn.contains(&number.to_owned()), "{number} of {drawn:?}");
    }
    harness.get_by_label("kitchen/0007").click();
    harness.run_steps(2);
    let asked = harness.state_mut().actions.pop().unwrap();
    let Action::Dataset(DatasetOrder::Open { spec, frame, .. }) = asked else { panic!("{asked:?}") };
    assert_eq!((spec.to_string(), frame.as_deref()), ("nyu:somewhere".into(), Some("kitchen/0007")));
}

#[test]
fn pinned_pictures_are_looked_through_in_time() {
    let mut harness = panel(running(), vec2(316.0, 2000.0));
    harness.get_by_label("Pin this picture").click();
    harness.run_steps(2);
    assert_eq!(asked(&mut harness), TrainOrder::Pins);
    let pins = harness.state().train.watch.pins();
    assert_eq!((pins.len(), pins[0].name.as_str()), (1, "example"));
    let shots = (0..3).map(|i| (pins[0].id, 20 * i, Ok(shot(1.0 + i as f32, 0.5 - 0.1 * i as f64)))).collect();
    news::add(harness.state_mut(), News { run: 1, shots, ..News::default() });
    harness.run_steps(3);
    harness.check_accessibility();
    harness.get_by_label("start, step 0   REL 0.5000");
    harness.get_by_label("step 40   REL 0.3000");
    assert_eq!(harness.query_all_by_label("example: depth").count(), 2);
    harness.state_mut().train.watch.step = Some(25);
    harness.run_steps(3);
    harness.get_by_label("step 20   REL 0.4000");
    let [start, then] = watch::sides(&harness.state().train.watch.pinned[0], 25).unwrap();
    assert_eq!((start.0, start.1.depth.values[0], then.0, then.1.depth.values[0]), (0, 1.0, 20, 2.0));
    harness.get_by_label("Watch example no longer").click();
    harness.run_steps(2);
    assert_eq!(asked(&mut harness), TrainOrder::Pins);
    assert!(harness.state().train.watch.pinned.is_empty());
}

#[test]
fn wide_it_covers_the_views_with_all_charts() {
    let mut studio = running();
    studio.train.expanded = true;
    let ui = |ui: &mut Ui, studio: &mut Studio| assert!(show_wide(ui, studio));
    let builder = Harness::builder().with_size(vec2(1060.0, 830.0)).with_context_setup(theme::install);
    let mut harness = builder.build_ui_state(ui, studio);
    harness.run_steps(4);
    harness.check_accessibility();
    for (_, title) in crate::train::curves::Group::ALL {
        harness.get_by_label(&format!("Chart: {title}"));
    }
    let mut none = running();
    none.settings.tab = Tab::Log;
    assert!(!wide::covers(&none));
}
