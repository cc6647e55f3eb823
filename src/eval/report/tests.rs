//! Reports of a few made-up frames.

use super::*;
use crate::eval::protocol::{Crop, Overrides, Protocol};
use crate::eval::sums::Convention;

/// A result with truth 2 m and prediction 2·(1 + error) m on four pixels.
pub fn result(error: f32) -> ModelRow {
    let (mut sums, ends) = (Sums::default(), Protocol::HuNyu.rules().distances);
    let mut by_distance = ByDistance::new(ends);
    for _ in 0..4 {
        sums.push(2.0 * (1.0 + error), 2.0, Convention::default());
        by_distance.push(ends, 2.0 * (1.0 + error), 2.0);
    }
    let edges = Some([EdgeScore { precision: 0.5, recall: 0.25, f1: 1.0 / 3.0 }; 3]);
    ModelRow { sums, factor: 1.0, edges, by_distance, worst: [3, 1], seen: false }
}

/// A frame of one model.
pub fn row(frame: &str, error: f32) -> FrameRow {
    FrameRow { frame: frame.into(), scene: Some("office_0003".into()), mark: None, results: vec![result(error)] }
}

pub fn model(name: &str) -> ModelFacts {
    ModelFacts {
        name: name.into(),
        sha256: "0".repeat(64),
        title: "MSFNet".into(),
        scaling: Scaling::None,
        relative: false,
        data: None,
        random_layers: 0,
    }
}

/// Two models on two frames, `b & c` with a name that formats must escape.
pub fn report() -> Report {
    let two = |frame: &str, a, b| FrameRow { results: vec![result(a), result(b)], ..row(frame, 0.0) };
    Report {
        data: "nyu:d".into(),
        split: None,
        settings: Settings::published(Protocol::HuNyu),
        models: vec![model("first_eda"), model("second, \"cbam\"")],
        asked: 2,
        rows: vec![two("a", 0.1, 0.3), two("b & c", 0.3, 0.1)],
        skipped: Vec::new(),
        without_truth: 0,
    }
}

#[test]
fn the_title_says_what_the_table_is_and_is_not() {
    let mut report = report();
    assert_eq!((report.title().as_str(), report.exit_code()), ("hu_nyu · nyu:d · 2 frames", 0));
    report.asked = 3;
    report.skipped.push(Skipped { frame: "x".into(), reason: "is missing".into() });
    report.split = Some("nyu-train".into());
    let overrides = Overrides { crop: Some(Crop::NyuBts), ..Default::default() };
    report.settings = Settings::new(Protocol::DdNyu, &overrides).unwrap();
    for row in &mut report.rows {
        row.mark = Some("half resolution, filled".into());
        row.results[1].seen = true;
    }
    assert_eq!(
        report.title(),
        "dd_nyu, changed: crop nyu-bts instead of nyu-dd · nyu:d · split nyu-train · only 2 of 3 frames · \
         half resolution, filled · training images: fit, not accuracy for second, \"cbam\""
    );
    assert_eq!(report.exit_code(), 1);
    report.rows[0].mark = None;
    report.rows[0].results[0].seen = true;
    assert_eq!(report.marks(), ["half resolution, filled (1 of 2)"]);
    assert!(report.title().ends_with(" · training images: fit, not accuracy"));
    report.rows.clear();
    report.asked = 0;
    assert_eq!(report.exit_code(), 1, "a table of nothing is no success");
}

#[test]
fn means_ranks_and_factors() {
    let mut report = report();
    let mean = report.mean(0).unwrap();
    assert!((mean.rel - 0.2).abs() < 1e-6);
    // Hu et al. take the root once: √((0.2² + 0.6²) / 2).
    assert!((mean.rmse - 0.2f64.sqrt()).abs() < 1e-6);
    assert_eq!((report.worst_first(0, Metric::Rel), report.worst_first(1, Metric::Rel)), (vec![1, 0], vec![0, 1]));
    assert_eq!(report.by_distance(0).intervals[2].pixels, 8);
    assert_eq!(report.edges(1).unwrap()[2].recall, 0.25);
    assert_eq!((report.factors(0), report.factors(9)), (None, None));
    report.models[0].scaling = Scaling::Median;
    report.rows[0].results[0].factor = 2.0;
    report.rows[1].results[0].factor = 4.0;
    let [median, deviation] = report.factors(0).unwrap();
    assert!((median - 3.0).abs() < 1e-9 && (deviation - 1.0 / 3.0).abs() < 1e-9);
    assert_eq!(report.scaling(), "median (first_eda), none (second, \"cbam\")");
    assert_eq!(Report { rows: Vec::new(), ..report }.mean(0), None);
}
