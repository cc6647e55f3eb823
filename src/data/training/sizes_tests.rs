//! Tests of the sizes that batches are drawn at.

#![allow(clippy::unwrap_used)]

use super::*;
use std::collections::HashMap;

const RANGE: &str = "range 35840..143360 aspect 1.2..1.6 multiple 32";
const GROWING: &str = "range 35840..143360 aspect 1.2..1.6 multiple 32 grow 0.25 until 0.6";
const EXTRA: &str = "range 35840..143360 aspect 1.2..1.6 multiple 32 grow 0.25 until 0.6 with 304x228 share 0.25";
const OTHERS: &str = "range 35840..143360 aspect 1.2..1.6 multiple 32 with multiple 2 share 0.5";

fn key(number: usize) -> Key {
    Key { seed: 3, epoch: 0, number }
}

#[test]
fn it_is_written_as_it_is_read() {
    for text in ["fixed 304x228", RANGE, GROWING, EXTRA, OTHERS] {
        assert_eq!(text.parse::<SizePlan>().unwrap().to_string(), text);
    }
    let short = "range 36000..80000 aspect 1.5".parse::<SizePlan>().unwrap();
    assert_eq!(short.to_string(), "range 36000..80000 aspect 1.5..1.5 multiple 32");
    assert_eq!(short.sizes(), [[288, 192]], "240 and 336 are no multiples of 32");
}

#[test]
fn what_gives_no_size_is_refused() {
    for text in [
        "",
        "304x228",
        "fixed 304",
        "fixed 8x8",
        "fixed 4096x4096",
        "range 5..3 aspect 1",
        "range 2000..1000 aspect 1",
        "range 1025..1030 aspect 1.0",
        "range 1024..99999 aspect 0",
        "range 1024..99999 aspect nan",
        "range 1024..99999999 aspect 1",
        "range 1024..99999 aspect 1 multiple 0",
        "range 1024..99999 aspect 1 times 3",
        "range 35840..143360 aspect 1.2..1.6 grow 0.25",
        "range 35840..143360 aspect 1.2..1.6 grow 0.25 until 2",
        "range 35840..143360 aspect 1.2..1.6 grow 0 until 0.5",
        "range 35840..143360 aspect 1.2..1.6 grow 0.01 until 0.5",
        "range 35840..143360 aspect 1.2..1.6 with 304x228",
        "range 35840..143360 aspect 1.2..1.6 with 304x228 share 1.5",
        "range 35840..143360 aspect 1.2..1.6 with 8x8 share 0.5",
        "range 35840..143360 aspect 1.2..1.6 with multiple 0 share 0.5",
        "range 35840..143360 aspect 1.2..1.6 with multiple 500 share 0.5",
        "range 35840..143360 aspect 1.2..1.6 with multiple 2",
        "range 35840..143360 aspect 1.2..1.6 with 304x228 share 0.5 grow 0.5 until 0.5",
    ] {
        let error = text.parse::<SizePlan>().unwrap_err();
        assert!(error.exit_code() == 2 && error.to_string().starts_with("sizes = "), "{error}");
    }
}

#[test]
fn sizes_are_multiples_in_range_and_spread_over_small_and_large() {
    let plan: SizePlan = RANGE.parse().unwrap();
    let all = plan.sizes();
    let mut counts: HashMap<[usize; 2], usize> = HashMap::new();
    let mut small = 0;
    for number in 0..4000 {
        let size = plan.draw(key(number), 0.5);
        *counts.entry(size).or_default() += 1;
        small += usize::from(size[0] * size[1] < 71680);
    }
    for size in counts.keys() {
        let [w, h] = *size;
        assert!(all.contains(size) && w % 32 == 0 && h % 32 == 0 && (35840..=143_360).contains(&(w * h)), "{size:?}");
    }
    // Candidates are few, so halves of the logarithmic range are not exactly even.
    assert!((1400..2600).contains(&small), "{small}");
    assert!(counts.len() * 10 >= all.len() * 8, "{} of {} sizes come up", counts.len(), all.len());
    assert_eq!(plan.draw(key(5), 0.0), plan.draw(key(5), 1.0));
    assert!(all.contains(&plan.typical()) && plan.largest() == [448, 320], "{:?} {:?}", plan.typical(), plan.largest());
    let fixed: SizePlan = "fixed 304x228".parse().unwrap();
    assert_eq!((fixed.draw(key(1), 0.0), fixed.typical(), fixed.largest()), ([304, 228], [304, 228], [304, 228]));
}
#[test]
fn a_growing_plan_begins_small_and_ends_as_the_same_without_growth() {
    let (growing, grown): (SizePlan, SizePlan) = (GROWING.parse().unwrap(), RANGE.parse().unwrap());
    let mean = |plan: &SizePlan, done: f64| {
        let areas = (0..600).map(|number| plan.draw(key(number), done).into_iter().product::<usize>() as f64);
        areas.sum::<f64>() / 600.0
    };
    let [start, middle, end] = [0.0, 0.3, 0.6].map(|done| mean(&growing, done) / mean(&grown, done));
    // Candidates are few, so that the factors 1/4 and 1/2 are met roughly.
    assert!((0.2..0.3).contains(&start) && (0.4..0.6).contains(&middle) && end == 1.0, "{start} {middle} {end}");
    assert_eq!((growing.typical(), growing.sizes()), (grown.typical(), grown.sizes()));
    // Over the whole run: a run's own draws.
    let over = |plan: &SizePlan| (0..20).map(|i| mean(plan, (f64::from(i) + 0.5) / 20.0)).sum::<f64>() / 20.0;
    for plan in [growing, grown] {
        assert!((plan.mean_area() / over(&plan) - 1.0).abs() < 0.05, "{} {}", plan.mean_area(), over(&plan));
    }
    assert_eq!("fixed 304x228".parse::<SizePlan>().unwrap().mean_area(), 69312.0);
}

#[test]
fn one_size_more_has_its_share_behind_the_growth() {
    let (plan, without): (SizePlan, SizePlan) = (EXTRA.parse().unwrap(), GROWING.parse().unwrap());
    let share = |done: f64| (0..2000).filter(|n| plan.draw(key(*n), done) == [304, 228]).count();
    assert_eq!(share(0.59), 0);
    assert!((430..570).contains(&share(0.6)), "{}", share(0.6));
    assert!((0..50).all(|n| plan.draw(key(n), 0.2) == without.draw(key(n), 0.2)));
    assert_eq!((plan.typical(), plan.sizes().len()), (without.typical(), without.sizes().len() + 1));
    // Four tenths of the run have it, a quarter of theirs.
    let grown: SizePlan = RANGE.parse().unwrap();
    let expected = without.mean_area() + 0.4 * 0.25 * (69312.0 - grown.mean_area());
    assert!((plan.mean_area() / expected - 1.0).abs() < 0.01, "{} {expected}", plan.mean_area());
}

#[test]
fn sizes_of_another_multiple_have_their_share_of_the_same_range() {
    let (plan, grown): (SizePlan, SizePlan) = (OTHERS.parse().unwrap(), RANGE.parse().unwrap());
    let drawn: Vec<[usize; 2]> = (0..400).map(|n| plan.draw(key(n), 1.0)).collect();
    let off = |size: &&[usize; 2]| size.iter().any(|side| side % 32 != 0);
    assert!((150..250).contains(&drawn.iter().filter(off).count()), "half of the batches");
    assert!(drawn.iter().flatten().all(|side| side % 2 == 0));
    let all = plan.sizes();
    assert!(drawn.iter().all(|size| all.contains(size)) && all.contains(&[340, 230]) && all.contains(&[304, 228]));
    let area = |[w, h]: &[usize; 2]| (35_840..=143_360).contains(&(w * h));
    assert!(all.iter().all(area) && plan.typical() == grown.typical());
    assert!((plan.mean_area() / grown.mean_area() - 1.0).abs() < 0.05, "{} {}", plan.mean_area(), grown.mean_area());
}

#[test]
fn what_is_drawn_is_said_in_few_numbers() {
    let plan = |text: &str| text.parse::<SizePlan>().unwrap();
    let drawn = |text: &str| plan(text).drawn(1.0).map(|sizes| (sizes.area, sizes.multiple));
    assert_eq!(drawn("fixed 304x228"), None);
    assert_eq!(drawn(RANGE), Some(([35_840, 143_360], 32)));
    assert_eq!(drawn(OTHERS), Some(([35_840, 143_360], 2)));
    let protocol = "range 35840..143360 aspect 1.2..1.6 multiple 32 with 304x228 share 0.25";
    assert_eq!(drawn(protocol), Some(([35_840, 143_360], 32)), "one size beside them is no rule");
    let sizes = plan(OTHERS).drawn(1.0).unwrap();
    let all = plan(OTHERS).sizes();
    assert!(all.iter().all(|[w, h]| {
        (sizes.area[0]..=sizes.area[1]).contains(&(w * h)) && w % sizes.multiple == 0 && h % sizes.multiple == 0
    }));
    let odd = "range 35840..143360 aspect 1.2..1.6 multiple 32 with multiple 12 share 0.5";
    assert_eq!(drawn(odd).unwrap().1, 4, "of both");
    assert_eq!(drawn(&odd.replace("share 0.5", "share 0")).unwrap().1, 32, "never drawn");
    // A run that is stopped early has not seen what it would have.
    let growing = plan("range 35840..143360 aspect 1.2..1.6 multiple 32 grow 0.25 until 0.6 with multiple 2 share 0.4");
    assert_eq!(growing.drawn(1.0).unwrap(), sizes);
    let half = growing.drawn(0.3).unwrap();
    assert_eq!((half.area, half.multiple), ([35_840, 71_680], 32));
    assert_eq!(plan("range 35840..143360 aspect 1.2..1.6 multiple 32 grow 0.2 until 0.6").drawn(0.0), None);
}
