//! Tests of the window without a GPU and without a network: predictions are made by hand.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::options::StudioOptions;
use super::probe::{depth_text, gate_text, probe};
use super::state::{CameraStatus, SourceKind, Studio};
use super::view_kind::ViewKind;
use super::view_state::{Content, shown};
use super::{StudioApp, settings::Settings};
use crate::data::truth::Truth;
use crate::depth::{DepthMap, DepthUnit};
use crate::eval::metrics::metrics;
use crate::frame::Frame;
use crate::infer::prediction::{GateMap, ModelInfo, ModelOutput, Prediction, Timing};
use crate::net::config::{GateKind, ModelConfig, MsfnetConfig};
use crate::render::{FrameViews, UploadJob};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

fn output(gate: GateKind, bias: f32, truth: &DepthMap) -> ModelOutput {
    let map = |w: usize, h: usize| {
        let values = (0..w * h).map(|i| 2.0 + bias + 0.05 * (i % w) as f32 + 0.03 * (i / w) as f32).collect();
        DepthMap::new(w, h, DepthUnit::Metres, values)
    };
    let at_truth = map(truth.width(), truth.height());
    let network = MsfnetConfig { gate, ..MsfnetConfig::default() };
    let config = ModelConfig::new(network, DepthUnit::TenOverMetres, [304, 228]);
    let name = format!("made-up-{}", gate.title());
    let accuracy =
        r#"{"rel":0.1758,"rmse":0.7046,"log10":0.0733,"d1":0.7345,"data":"NYU, 654 pairs","protocol":"hu_nyu"}"#;
    let info = ModelInfo {
        name: name.clone(),
        path: PathBuf::from("made-up"),
        sha256: String::new(),
        config,
        metadata: BTreeMap::from([("accuracy".to_owned(), accuracy.to_owned())]),
        random: Vec::new(),
        notes: Vec::new(),
        parameters: 5_856_423,
    };
    let values = (0..6).map(|i| 0.1 + 0.13 * i as f32 + bias).collect();
    ModelOutput {
        info: Arc::new(info),
        net_size: [320, 224],
        scale_trusted: true,
        focal: None,
        raw: map(4, 3),
        depth: map(12, 8),
        metrics: metrics(&at_truth, truth),
        asked: None,
        at_truth: Some(at_truth),
        measured: None,
        unmeasured: None,
        scale: 1.0,
        gate: Some(GateMap { kind: gate, model: name, width: 3, height: 2, values }),
        timing: Timing::default(),
    }
}

/// A picture of 12×8 pixels with a ground truth of 6×4 that has holes, and two models.
pub fn example() -> Prediction {
    let rgb = (0..12 * 8 * 3).map(|i| (i * 7 % 256) as u8).collect();
    let values = (0..24).map(|i| if i % 5 == 0 { 0.0 } else { 1.8 + 0.1 * i as f32 }).collect();
    let map = DepthMap::new(6, 4, DepthUnit::Metres, values);
    let (main, compare) = (output(GateKind::Eda, 0.0, &map), output(GateKind::CbamS, 0.02, &map));
    let truth = Truth { map, path: None, label: "stereo".to_owned(), source: None, half_resolution: false };
    Prediction {
        frame: Arc::new(Frame::new("example", 12, 8, rgb)),
        truth: Some(Arc::new(truth)),
        main,
        compare: Some(compare),
    }
}

/// A window's state with this prediction on the screen.
pub fn studio_of(prediction: Prediction) -> Studio {
    let mut studio = Studio::new(Settings::default());
    studio.main.info = Some(prediction.main.info.clone());
    let prediction = Arc::new(prediction);
    let job =
        UploadJob { frame: prediction.frame.clone(), truth: prediction.truth.clone(), prediction: Some(prediction) };
    studio.accept(Arc::new(FrameViews::new(None, job)), Instant::now());
    studio
}

/// The heading of a view that is empty; `picture` of one that is not.
pub fn title(studio: &Studio, kind: ViewKind) -> String {
    match shown(studio, kind, None).content {
        Content::Empty { title, .. } => title,
        Content::Layer(_) => "picture".to_owned(),
    }
}

#[test]
fn every_view_has_its_picture_and_a_bar_that_says_which_end_is_near() {
    let studio = studio_of(example());
    for kind in ViewKind::ALL {
        assert_eq!(title(&studio, kind), "picture", "{kind:?}");
    }
    let bar = |kind| shown(&studio, kind, None).bar.unwrap();
    assert_eq!(bar(ViewKind::Depth).words, ["near", "far"]);
    assert_eq!(bar(ViewKind::Depth).range, bar(ViewKind::Truth).range, "depth and truth share their colours");
    assert_eq!(bar(ViewKind::Error).words, ["too near", "too far"]);
    assert_eq!(bar(ViewKind::Error).range[0], -bar(ViewKind::Error).range[1]);
    assert_eq!(bar(ViewKind::Eda).range, [0.0, 1.0]);
    assert!(shown(&studio, ViewKind::Rgb, None).bar.is_none());
    assert!(shown(&studio, ViewKind::Cbam, None).network.contains("made-up-CBAM-S"), "the view says whose gate it is");
}

#[test]
fn states_are_said_in_words() {
    let mut no_truth = example();
    (no_truth.truth, no_truth.main.at_truth, no_truth.main.metrics) = (None, None, None);
    let studio = studio_of(no_truth);
    assert_eq!(title(&studio, ViewKind::Truth), "No ground truth");
    assert_eq!(title(&studio, ViewKind::Error), "No ground truth");
    assert_eq!(title(&studio, ViewKind::Depth), "picture");

    let mut studio = studio_of(Prediction { compare: None, ..example() });
    assert_eq!(title(&studio, ViewKind::Cbam), "No CBAM-S gate");
    assert_eq!(title(&studio, ViewKind::Eda), "picture");
    studio.settings.display.gate_difference = true;
    assert_eq!(title(&studio, ViewKind::Cbam), "Only one gate");

    let mut studio = Studio::new(Settings::default());
    assert_eq!(title(&studio, ViewKind::Rgb), "No picture");
    studio.source.empty = Some(PathBuf::from("/some/folder"));
    assert_eq!(title(&studio, ViewKind::Rgb), "Empty folder");
    studio.source.empty = None;
    studio.frame_failed = Some("a.png: is damaged".to_owned());
    assert_eq!(title(&studio, ViewKind::Rgb), "This picture cannot be shown");
    studio.source.kind = SourceKind::Camera;
    studio.source.camera = CameraStatus::Failed("no camera is connected".to_owned());
    assert_eq!(title(&studio, ViewKind::Rgb), "No camera");
}

#[test]
fn a_picture_without_prediction_says_why() {
    let p = example();
    let mut studio = Studio::new(Settings::default());
    let job = UploadJob { frame: p.frame.clone(), truth: p.truth.clone(), prediction: None };
    studio.accept(Arc::new(FrameViews::new(None, job)), Instant::now());
    assert_eq!(title(&studio, ViewKind::Rgb), "picture");
    assert_eq!(title(&studio, ViewKind::Depth), "No model");
    studio.main.loading = Some("x".to_owned());
    assert_eq!(title(&studio, ViewKind::Eda), "Loading the model…");
    (studio.main.loading, studio.main.info) = (None, Some(p.main.info.clone()));
    assert_eq!(title(&studio, ViewKind::Depth), "Computing…");
    studio.frame_failed = Some("the device gave up".to_owned());
    assert_eq!(title(&studio, ViewKind::Error), "No prediction");
    studio.truth_failed = Some("t.npy: is cut off".to_owned());
    assert_eq!(title(&studio, ViewKind::Truth), "picture", "a truth that is there is shown");
}

#[test]
fn the_values_beside_the_crosshair_are_those_of_the_arrays() {
    let p = example();
    let studio = studio_of(example());
    let r = probe(&p, 0.4, 0.6).unwrap();
    let value = |kind| shown(&studio, kind, Some(&r)).value.unwrap();
    let (x, y) = (4, 4);
    let [red, green, blue] = p.frame.pixel(x, y).unwrap();
    assert_eq!(value(ViewKind::Rgb), format!("{red} {green} {blue}"));
    assert_eq!(value(ViewKind::Depth), format!("{:.2} m", p.main.depth.at(x, y).unwrap()));
    let truth = p.truth.as_ref().unwrap().map.at(2, 2).unwrap();
    assert_eq!(value(ViewKind::Truth), format!("{truth:.2} m"));
    // The depth on the ground truth's grid reads otherwise than that of the picture's pixel, so it stands there too.
    let measured = p.main.at_truth.as_ref().unwrap().at(2, 2).unwrap();
    let error = format!("{:+.2} m", measured - truth).replace('-', "−");
    assert_eq!(r.measured_text(), Some(format!("{measured:.2} m")));
    assert_eq!(value(ViewKind::Error), format!("{error}\nmeasured {measured:.2} m"));
    assert_eq!(value(ViewKind::Eda), format!("{:.2}", p.main.gate.as_ref().unwrap().values[4]));
}

#[test]
fn the_metrics_table_says_whose_numbers_it_shows() {
    let p = example();
    let rows = super::metric_rows::rows(Some(&p), [Some(&p.main.info), None]);
    let m = p.main.metrics.unwrap();
    assert_eq!(rows[0].values, [Some(m.rel), Some(m.rmse), Some(m.log10), Some(m.d1)]);
    let stated = rows.iter().find(|r| r.group.contains("stated")).unwrap();
    assert_eq!(stated.values, [Some(0.1758), Some(0.7046), Some(0.0733), Some(0.7345)]);
    let paper: Vec<_> = rows.iter().filter(|r| r.group.contains("Table III")).collect();
    assert_eq!(paper.len(), 2);
    assert_eq!(paper[0].values[0], Some(0.176));
}

/// The whole window without GPU, models, settings or network.
pub fn window() -> Harness<'static, StudioApp> {
    let options = StudioOptions {
        ephemeral: true,
        no_model: true,
        paths: vec![PathBuf::from("/nowhere/at-all.png")],
        ..Default::default()
    };
    let mut harness =
        Harness::builder().with_size(egui::vec2(1280.0, 800.0)).build_eframe(move |cc| StudioApp::new(cc, options));
    harness.run_steps(3);
    harness.state_mut().show(Arc::new(example()));
    harness.run_steps(3);
    harness
}

/// Every text of the last frame, as it was painted.
pub fn texts<State>(harness: &Harness<'_, State>) -> Vec<String> {
    fn collect(shape: &egui::Shape, into: &mut Vec<String>) {
        match shape {
            egui::Shape::Text(text) => into.push(text.galley.text().to_owned()),
            egui::Shape::Vec(shapes) => shapes.iter().for_each(|s| collect(s, into)),
            _ => {}
        }
    }
    let mut texts = Vec::new();
    harness.output().shapes.iter().for_each(|s| collect(&s.shape, &mut texts));
    texts
}

#[test]
fn the_status_bar_reads_the_arrays_under_the_pointer() {
    let mut harness = window();
    let p = example();
    let rect = harness.state().studio.view_rects.iter().find(|(k, _)| *k == ViewKind::Depth).unwrap().1;
    harness.hover_at(super::view::picture_area(rect).center());
    harness.run_steps(3);
    let [u, v] = harness.state().studio.hover.expect("the pointer is over a picture");
    let r = probe(&p, u, v).unwrap();
    assert_eq!((r.x, r.y), (6, 4));
    harness.get_by_label_contains(&format!("depth {}", depth_text(p.main.depth.at(6, 4), DepthUnit::Metres)));
    let rgb = format!("{} {} {}", r.rgb[0], r.rgb[1], r.rgb[2]);
    harness.get_by_label_contains(&format!("rgb {rgb}"));
    // One crosshair in all views, each with its own value beside it.
    let texts = texts(&harness);
    for value in [rgb, depth_text(r.depth, r.unit), r.truth_text(), gate_text(r.eda), gate_text(r.cbam)] {
        assert!(texts.contains(&value), "{value} of {texts:?}");
    }
    harness.check_accessibility();
}

#[test]
fn keys_and_buttons_do_what_they_say() {
    let mut harness = window();
    harness.key_press(egui::Key::Num2);
    harness.run_steps(2);
    assert_eq!(harness.state().studio.solo, Some(ViewKind::Depth));
    harness.key_press(egui::Key::Escape);
    harness.run_steps(2);
    assert_eq!(harness.state().studio.solo, None);
    harness.key_press(egui::Key::S);
    harness.run_steps(2);
    assert!(harness.state().studio.split.is_some());
    harness.check_accessibility();
    harness.key_press(egui::Key::Questionmark);
    harness.run_steps(2);
    assert!(harness.state().studio.help);
    harness.get_by_label("EDA − CBAM-S in the sixth view");
    harness.key_press(egui::Key::Escape);
    harness.key_press(egui::Key::Escape);
    harness.run_steps(2);
    assert!(harness.state().studio.split.is_none() && !harness.state().studio.help);
    harness.get_by_label("overlay").click();
    harness.run_steps(2);
    assert!(harness.state().studio.settings.display.gate_overlay);
    for tab in ["Log", "Inspect", "Metrics"] {
        harness.get_by_label(tab).click();
        harness.run_steps(2);
        harness.check_accessibility();
    }
}

#[test]
fn a_path_that_is_not_there_is_one_sentence_in_the_window() {
    let mut harness = window();
    let deadline = Instant::now() + std::time::Duration::from_secs(20);
    // Other lines (the device that computes) may come before it.
    let said = |harness: &Harness<'_, StudioApp>| {
        harness.state().studio.log.lines().iter().filter(|line| line.text.contains("at-all.png")).count()
    };
    while said(&harness) == 0 && Instant::now() < deadline {
        harness.step();
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(said(&harness), 1, "{:?}", harness.state().studio.log.lines());
}
