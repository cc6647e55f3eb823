//! The badge, the picker and the crop, drawn without a GPU; every number beside the array that it is of.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::super::link::{Area, Link};
use super::super::probe::probe_parts;
use super::super::tests::{example, studio_of, window};
use super::super::theme;
use super::super::view_kind::ViewKind;
use super::super::view_state::shown;
use super::*;
use crate::data::dataset::TruthSource;
use crate::data::truth::Truth;
use crate::depth::{DepthMap, DepthUnit};
use crate::eval::protocol::{Crop, Protocol};
use crate::figure::error_mode::ErrorMode;
use crate::frame::Frame;
use crate::infer::measure::measure;
use crate::infer::prediction::Prediction;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use std::sync::Arc;

/// A prediction on a sparse KITTI ground truth, measured by a rule as the worker does.
fn sparse(by: &MeasureSettings) -> Prediction {
    let p = example();
    let (w, h) = (1242, 375);
    let values = (0..w * h).map(|i| if i % 37 == 0 { 2.0 + (i % 90) as f32 } else { 0.0 }).collect();
    let map = DepthMap::new(w, h, DepthUnit::Metres, values);
    let source = Some(TruthSource::LidarZ);
    let truth = Arc::new(Truth { map, path: None, label: "LiDAR".to_owned(), source, half_resolution: false });
    let frame = Arc::new(Frame::new("kitti", w, h, vec![100; 3 * w * h]));
    let mut p = Prediction { frame: frame.clone(), truth: Some(truth.clone()), compare: None, ..p };
    p.main.depth = DepthMap::new(w, h, DepthUnit::Metres, vec![20.0; w * h]);
    measure(&mut p.main, None, &frame, &truth, by, None);
    p
}

fn of(by: MeasureSettings) -> Studio {
    let mut studio = studio_of(sparse(&by));
    studio.measure = by;
    studio
}

/// The picker alone, as it stands in its menu.
fn open(studio: Studio) -> Harness<'static, Studio> {
    let mut harness = Harness::builder()
        .with_size(vec2(360.0, 1200.0))
        .with_context_setup(theme::install)
        .build_ui_state(picker::show, studio);
    harness.run_steps(3);
    harness.check_accessibility();
    harness
}

fn asked(harness: &mut Harness<'_, Studio>) -> Vec<MeasureSettings> {
    let taken = std::mem::take(&mut harness.state_mut().actions);
    let of = |action| if let Action::Measure(by) = action { by } else { panic!("{action:?}") };
    taken.into_iter().map(of).collect()
}

fn click(harness: &mut Harness<'_, Studio>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(2);
}

#[test]
fn the_badge_says_what_was_measured() {
    let studio =
        of(MeasureSettings { scaling: Some(Scaling::Median), ..MeasureSettings::of(Some(Protocol::MsfKitti)) });
    let output = &studio.prediction().unwrap().main;
    let (metrics, measured) = (output.metrics.unwrap(), output.measured.as_ref().unwrap());
    let factor = output.scale;
    assert_eq!(measured.badge.pixels, metrics.valid);
    let text = line(&studio).unwrap().text;
    let pixels = grouped(metrics.valid);
    let factor = if factor >= 1.0 { format!("{factor:.2}") } else { format!("{factor:.3}") };
    assert_eq!(
        text,
        format!("msf_kitti, changed · LiDAR, camera z · full image · 80 m · median ×{factor} · {pixels} px")
    );
    assert!(line(&studio).unwrap().tip.contains("scaling median"));
    // The pixels that count are those of the array between 1 mm and 80 m.
    let truth = &studio.prediction().unwrap().truth.as_ref().unwrap().map;
    assert_eq!(truth.iter_valid().filter(|g| (1e-3..80.0).contains(g)).count(), metrics.valid);

    // What cannot be measured says why, in the badge, in the view and in the Metrics tab.
    let studio = of(MeasureSettings::of(Some(Protocol::HuNyu)));
    assert!(line(&studio).unwrap().text.ends_with("not measured"));
    assert!(line(&studio).unwrap().tip.contains("NYU frames of 640x480"));
    assert_eq!(super::super::tests::title(&studio, ViewKind::Error), "Not measured");
    let mut none = example();
    (none.truth, none.main.at_truth, none.main.metrics) = (None, None, None);
    assert_eq!(line(&studio_of(none)), None, "without ground truth there is nothing to say");
    let note = input_note(&MeasureSettings::of(Some(Protocol::HuNyu)), None).unwrap();
    assert!(note.contains("304×228") && note.contains("second prediction"));
    assert_eq!(input_note(&MeasureSettings::of(Some(Protocol::MdEigen)), None), None);
}

#[test]
fn the_picker_asks_for_what_is_clicked_and_says_why_it_refuses() {
    let mut harness = open(of(MeasureSettings::default()));
    click(&mut harness, "md_eigen");
    assert_eq!(asked(&mut harness), [MeasureSettings::of(Some(Protocol::MdEigen))]);
    // NYU's protocols are not for this ground truth, nor are those of annotated depth.
    for refused in ["hu_nyu", "bts_kitti", "nyu-dd crop"] {
        click(&mut harness, refused);
        assert_eq!(asked(&mut harness), [], "{refused}");
    }
    let studio = harness.state();
    let truth = studio.prediction().unwrap().truth.clone().unwrap();
    assert!(picker::why_not(Protocol::HuNyu, Some(&truth)).unwrap().contains("640x480"));
    assert!(picker::why_not(Protocol::BtsKitti, Some(&truth)).unwrap().contains("PNG"));
    assert_eq!(picker::why_not(Protocol::MsfKitti, Some(&truth)), None);
    assert_eq!(picker::why_not(Protocol::MsfKitti, None).unwrap(), "needs ground truth");

    let eigen = MeasureSettings::of(Some(Protocol::MdEigen));
    click(&mut harness, "50 m");
    click(&mut harness, "eigen crop");
    click(&mut harness, "median");
    let all = MeasureSettings { cap: Some(50.0), crop: Some(Crop::Eigen), scaling: Some(Scaling::Median), ..eigen };
    assert_eq!(asked(&mut harness).last(), Some(&all));
    // The protocol's own is no change.
    click(&mut harness, "80 m");
    click(&mut harness, "garg crop");
    assert_eq!(asked(&mut harness).last(), Some(&MeasureSettings { cap: None, crop: None, ..all }));
    click(&mut harness, "As published");
    assert_eq!(asked(&mut harness), [eigen]);
    // The row of the protocols stands above the crop of that name.
    harness.get_all_by_label("full image").next().unwrap().click();
    harness.run_steps(2);
    assert_eq!(asked(&mut harness), [MeasureSettings::default()]);
}

#[test]
fn enlarging_points_is_for_the_eye_only() {
    let mut harness = open(of(MeasureSettings::of(Some(Protocol::MdEigen))));
    let before = harness.state().prediction().unwrap().main.metrics;
    let error = shown(harness.state(), ViewKind::Error, None).bar.unwrap().range;
    assert_eq!(points(harness.state()), 1);
    click(&mut harness, "5 px");
    assert_eq!(asked(&mut harness), [], "nothing is measured anew");
    let studio = harness.state();
    assert_eq!(points(studio), 5);
    assert_eq!(studio.prediction().unwrap().main.metrics, before);
    assert_eq!(shown(studio, ViewKind::Error, None).bar.unwrap().range, error);
    assert!(line(studio).unwrap().text.ends_with("points drawn 5 px wide, for the eye only"));
    // A dense ground truth has no points, whatever was chosen.
    let mut dense = studio_of(example());
    dense.settings.display.points = 9;
    assert_eq!(points(&dense), 1);
    let harness = open(dense);
    assert!(harness.query_by_label("9 px").is_none());
}

#[test]
fn the_probe_reads_the_exact_pixel_or_names_the_one_beside() {
    let studio = of(MeasureSettings::of(Some(Protocol::MdEigen)));
    let p = studio.prediction().unwrap();
    let map = &p.truth.as_ref().unwrap().map;
    let read = |x: usize, y: usize, reach| {
        let at = [(x as f32 + 0.5) / 1242.0, (y as f32 + 0.5) / 375.0];
        probe_parts(&p.frame, p.truth.as_deref(), Some(p), at, reach).unwrap()
    };
    // A measured pixel within Garg's crop: row 200, a multiple of 37.
    let (x, y) = (300..340).map(|x| (x, 200)).find(|(x, y)| (y * 1242 + x) % 37 == 0).unwrap();
    let exact = read(x, y, 0.0);
    assert_eq!((exact.truth, exact.truth_beside), (map.at(x, y), None));
    let error = p.main.at_truth.as_ref().unwrap().at(x, y).unwrap() - map.at(x, y).unwrap();
    assert_eq!(exact.error(ErrorMode::Signed), Some(error).filter(|_| map.at(x, y).unwrap() < 80.0));
    assert_eq!(read(x + 2, y, 0.0).truth_text(), "no measurement here");
    let beside = read(x + 2, y, 2.5);
    assert_eq!((beside.truth, beside.truth_beside), (map.at(x, y), Some([x, y])));
    assert_eq!(beside.truth_text(), format!("{:.2} m at {x}, {y}", map.at(x, y).unwrap()));
    // Above the crop there is a measurement, and no error.
    let (x, y) = (300..340).map(|x| (x, 20)).find(|(x, y)| (y * 1242 + x) % 37 == 0).unwrap();
    let outside = read(x, y, 0.0);
    assert_eq!((outside.truth, outside.error(ErrorMode::Signed)), (map.at(x, y), None));
    assert_eq!(outside.no_error_text(), "does not count");
}

#[test]
fn the_crop_on_the_screen_is_the_protocols_rectangle_of_pixels() {
    let studio = of(MeasureSettings::of(Some(Protocol::MdEigen)));
    let part = crop::part(&studio).unwrap();
    // One picture pixel on two screen pixels, at the picture's own corner.
    let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(2484.0, 750.0));
    let area = Area { rect, picture: [1242.0, 375.0], pixels_per_point: 1.0 };
    let inner = crop::on_screen(&area, &Link::default(), part);
    // Garg on 1242×375: rows 153:371, columns 44:1197.
    let expected = Rect::from_min_max(pos2(88.0, 306.0), pos2(2394.0, 742.0));
    assert!((inner.min - expected.min).length() < 1e-2 && (inner.max - expected.max).length() < 1e-2, "{inner:?}");
    assert_eq!(crop::part(&of(MeasureSettings::of(Some(Protocol::MsfKitti)))), None, "all of it counts");
}

#[test]
fn the_badge_stands_on_the_error_view_and_opens_the_picker() {
    let mut harness = window();
    harness.state_mut().show(Arc::new(sparse(&MeasureSettings::default())));
    harness.run_steps(3);
    harness.get_by_label_contains("Measured by: LiDAR, camera z · full image").click();
    harness.run_steps(3);
    harness.get_by_label("md_benchmark");
    harness.check_accessibility();
}
