//! Curves are the history's columns; smoothing and thinning by hand.

use super::*;
use crate::train::history::{COLUMNS, History, Scores, StepRow};

fn rows(count: u64) -> Vec<Row> {
    let mut history = History::default();
    for step in 1..=count {
        let wave = (step as f64 * 0.7).sin();
        let row = StepRow { step, loss: 2.0 + wave, images: 8, step_ms: 4000.0, wait_ms: 400.0, ..StepRow::default() };
        history.step(&row);
    }
    history.rows().to_vec()
}

fn find(title: &str) -> &'static Curve {
    static ALL: [Curve; 21] = CURVES;
    ALL.iter().find(|curve| curve.title == title).unwrap()
}

#[test]
fn every_curve_is_the_column_that_it_names() {
    let row: Row = std::array::from_fn(|i| i as f64);
    let column = |title: &str| COLUMNS[find(title).value(&row) as usize];
    let named = ["loss", "depth", "gradient", "SSIM", "auxiliary", "normal", "outlines", "REL", "RMSE", "log10", "δ1"];
    let columns = ["loss", "depth", "gradient", "ssim", "auxiliary", "normal", "edge", "rel", "rmse", "log10", "d1"];
    assert_eq!(named.map(column), columns);
    let named = ["δ2", "δ3", "F1 0.25 m", "F1 0.5 m", "F1 1 m", "rate", "β₁", "norm"];
    assert_eq!(
        named.map(column),
        ["d2", "d3", "edge_f1_25", "edge_f1_50", "edge_f1_100", "rate", "beta1", "gradient_norm"]
    );
    let rows = rows(1);
    assert_eq!((find("images/s").value(&rows[0]), find("wait %").value(&rows[0])), (2.0, 10.0));
    assert_eq!(Group::ALL.iter().map(|(group, _)| group.curves().count()).sum::<usize>(), CURVES.len());
}

#[test]
fn points_grow_with_the_rows_and_a_validation_joins_its_step() {
    let mut all = rows(5);
    let (mut loss, mut rel) = (Points::default(), Points::default());
    for count in [2, 3, 5] {
        loss.update(find("loss"), &all[..count], 0.5);
        rel.update(find("REL"), &all[..count], 0.5);
    }
    let fresh = |curve: &Curve, rows: &[Row]| {
        let mut points = Points::default();
        points.update(curve, rows, 0.5);
        points
    };
    assert_eq!((&loss.raw, &loss.smooth), (&fresh(find("loss"), &all).raw, &fresh(find("loss"), &all).smooth));
    assert!(rel.raw.is_empty() && loss.raw.len() == 5);
    let mut history = History::default();
    history.step(&StepRow { step: 5, loss: all[4][2], ..StepRow::default() });
    history.validation(&Scores { rel: 0.25, rmse: 1.0, log10: 0.1, d: [0.5; 3], edge_f1: [f64::NAN; 3] });
    all[4] = history.rows()[0];
    for (curve, points) in [("REL", &mut rel), ("loss", &mut loss)] {
        points.update(find(curve), &all, 0.5);
    }
    assert_eq!(rel.raw, [[5.0, 0.25]]);
    assert_eq!(loss.raw.len(), 5, "nothing twice");
    // The mean of one value is that value; then half of the past.
    let [a, b] = [all[0][2], all[1][2]];
    assert_eq!(loss.smooth[0][1], a);
    assert!((loss.smooth[1][1] - (0.25 * a + 0.5 * b) / 0.75).abs() < 1e-12);
    assert_eq!(fresh(find("loss"), &all[..2]).raw.len(), 2);
    loss.update(find("loss"), &all, 0.0);
    assert_eq!(loss.smooth, loss.raw);
    assert_eq!((loss.nearest(2.4), loss.nearest(99.0), rel.nearest(1.0)), (Some(1), Some(4), Some(0)));
}

#[test]
fn few_points_have_every_peak() {
    let mut points: Vec<Point> = (0..60_000).map(|i| [i as f64, (i as f64 * 0.01).sin()]).collect();
    points[31_234][1] = 50.0;
    points[41_234][1] = -50.0;
    let few = decimated(&points, [0.0, 59_999.0], 300);
    assert!(few.len() <= 4 * 302 && few.windows(2).all(|pair| pair[0][0] < pair[1][0]));
    assert!(few.contains(&[31_234.0, 50.0]) && few.contains(&[41_234.0, -50.0]));
    assert_eq!((few[0], few[few.len() - 1]), (points[0], points[59_999]));
    // A part: with one neighbour at each side.
    let part = decimated(&points, [10.0, 20.0], 300);
    assert_eq!((part[0][0], part[part.len() - 1][0]), (9.0, 21.0));
    assert_eq!(extent(&points, [31_000.0, 31_300.0], false).unwrap()[1], 50.0);
    assert!(extent(&points, [41_234.0, 41_234.0], true).is_none());
    assert!(decimated(&[], [0.0, 1.0], 10).is_empty());
}

#[test]
fn sixty_thousand_steps_are_thinned_to_the_columns_of_the_chart() {
    let rows = rows(60_000);
    let mut points = Points::default();
    points.update(find("loss"), &rows, 0.9);
    assert_eq!((points.raw.len(), points.smooth.len()), (60_000, 60_000));
    for line in [&points.raw, &points.smooth] {
        let thin = decimated(line, [1.0, 60_000.0], 1000);
        assert!((1000..=4008).contains(&thin.len()), "{} points", thin.len());
        // The extremes survive.
        let top = |points: &[Point]| points.iter().map(|p| p[1]).fold(f64::MIN, f64::max);
        assert_eq!(top(&thin), top(line));
    }
}

#[test]
fn a_run_that_went_back_loses_what_it_had_made() {
    let (before, mut after) = (rows(40), rows(40));
    for row in &mut after[25..] {
        row[2] += 1.0;
    }
    let curve = find("loss");
    let mut points = Points::default();
    for seen in [&before[..], &after[..30], &after[..40]] {
        points.update(curve, seen, 0.5);
        let mut anew = Points::default();
        anew.update(curve, seen, 0.5);
        assert_eq!((&points.raw, &points.smooth), (&anew.raw, &anew.smooth));
    }
}
