//! What is drawn of a report against the report itself.

use super::super::tests::{report, row};
use super::*;
use crate::eval::messages::Progress;
use crate::eval::report::Skipped;

fn names(results: &Results) -> Vec<&str> {
    results.order.iter().map(|row| results.report.rows[*row].frame.as_str()).collect()
}

fn batch(run: u64, rows: Vec<(usize, FrameRow)>) -> Batch {
    Batch { run, rows, asked: 9, progress: Progress::default(), ..Batch::default() }
}

#[test]
fn rows_are_sorted_by_any_column_and_back() {
    let mut results = Results::new(report(), None);
    let rel = |model| Key::Value(model, Metric::Rel);
    assert_eq!(names(&results), ["c", "b", "a"], "the worst of the first model first");
    results.click(rel(0));
    assert_eq!(names(&results), ["a", "b", "c"]);
    results.click(rel(1));
    assert_eq!(names(&results), ["a", "b", "c"], "the worst of the second");
    results.click(Key::Value(0, Metric::D1));
    assert_eq!(results.sort(), Sort { key: Key::Value(0, Metric::D1), descending: false }, "small shares are bad");
    results.click(Key::Difference([0, 1], Metric::Rel));
    assert_eq!(names(&results), ["c", "b", "a"], "where the first is worst against the second");
    let difference = results.value(results.order[0], Key::Difference([0, 1], Metric::Rel)).unwrap();
    assert!((difference - (0.4 - 0.1)).abs() < 1e-6);
    results.click(Key::Frame);
    assert_eq!(names(&results), ["a", "b", "c"]);
    results.click(Key::Frame);
    assert_eq!(names(&results), ["c", "b", "a"]);
}

#[test]
fn the_filter_looks_at_names_and_scenes() {
    let mut results = Results::new(report(), None);
    results.set_filter(" KITCHEN ");
    assert_eq!(names(&results), ["b"]);
    results.set_filter("c");
    assert_eq!(names(&results), ["c", "b", "a"], "office and kitchen have a c");
    results.set_filter("nowhere");
    assert!(results.order.is_empty() && results.neighbour(None, 1).is_none());
}

#[test]
fn up_and_down_walk_in_the_order_of_the_list() {
    let results = Results::new(report(), None);
    let at = |number, by| results.neighbour(number, by).map(|row| results.report.rows[row].frame.clone()).unwrap();
    assert_eq!([at(None, 1), at(Some(2), 1), at(Some(1), 1), at(Some(0), 1)], ["c", "b", "a", "a"]);
    assert_eq!([at(Some(0), -1), at(Some(2), -1), at(Some(0), -9)], ["b", "c", "c"]);
}

#[test]
fn rows_of_a_run_find_their_place_and_means_follow() {
    let now = Instant::now();
    let empty = Report { rows: Vec::new(), asked: 9, ..report() };
    let mut results = Results::new(empty, Some(4));
    results.add(batch(3, vec![(7, row("stale", [0.1, 0.1]))]));
    assert!(results.settle(now, true).is_none() && results.report.rows.is_empty(), "of another run");
    results.add(batch(4, vec![(5, row("f", [0.1, 0.3])), (2, row("c", [0.3, 0.1]))]));
    results.settle(now, false);
    assert_eq!((results.numbers.clone(), results.row_of(5), results.number(0)), (vec![2, 5], Some(1), Some(2)));
    let more =
        Batch { skipped: vec![Skipped { frame: "x".into(), reason: "is broken".into() }], ..batch(4, Vec::new()) };
    results.add(more);
    results.add(batch(4, vec![(3, row("d", [0.2, 0.2])), (5, row("f", [0.9, 0.9]))]));
    let wait = results.settle(now + Duration::from_millis(50), false).unwrap();
    assert_eq!((wait, results.report.rows.len()), (OFTEN - Duration::from_millis(50), 2), "not with every row");
    results.settle(now + OFTEN, false);
    let frames: Vec<&str> = results.report.rows.iter().map(|row| row.frame.as_str()).collect();
    assert_eq!(frames, ["c", "d", "f"], "a row that came twice counts once");
    assert_eq!(results.groups[0].lines[0].values[0], results.report.mean(0).map(|mean| mean.rel));
    assert!((results.report.mean(0).unwrap().rel - 0.2).abs() < 1e-6);
    assert!(results.title.contains("only 3 of 9 frames"), "{}", results.title);
    assert!(results.notes.iter().any(|note| note.contains("Skipped x: is broken")));
    assert_eq!(results.distances[1], results.report.by_distance(1));
}

#[test]
fn twenty_thousand_rows_are_arranged_in_a_moment() {
    let rows: Vec<FrameRow> =
        (0..23_488).map(|i| row(&format!("{i:06}"), [0.1 + (i * 7919 % 1000) as f32 / 2000.0, 0.2])).collect();
    let mut results = Results::new(Report { rows, ..report() }, None);
    let began = Instant::now();
    results.click(Key::Value(0, Metric::Rmse));
    assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
    let value = |place: usize| results.value(results.order[place], Key::Value(0, Metric::Rmse)).unwrap();
    assert!((1..results.order.len()).all(|place| value(place - 1) >= value(place)));
}
