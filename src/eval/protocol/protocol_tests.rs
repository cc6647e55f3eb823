//! Protocols on arrays that were worked by hand, chosen so that two protocols give different numbers on the same maps.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::data::dataset::{GroundTruth, TruthSource};
use crate::depth::{DepthMap, DepthUnit};

fn map([width, height]: [usize; 2], value: impl Fn(usize, usize) -> f32) -> DepthMap {
    let values = (0..width * height).map(|i| value(i % width, i / width)).collect();
    DepthMap::new(width, height, DepthUnit::Metres, values)
}

fn truth(size: [usize; 2], value: impl Fn(usize, usize) -> f32) -> GroundTruth {
    GroundTruth { map: map(size, value), source: TruthSource::Filled, half_resolution: false }
}

fn score(protocol: Protocol, depth: &DepthMap, truth: &GroundTruth, scaling: Scaling) -> Scored {
    Settings::published(protocol).score(depth, truth, scaling).unwrap()
}

const FULL: [usize; 2] = [640, 480];
const HALF: [usize; 2] = [320, 240];
const KITTI: [usize; 2] = [1242, 375];
const NYU: [Protocol; 4] = [Protocol::HuNyu, Protocol::DdNyu, Protocol::BtsNyu, Protocol::FcrnNyu];

fn near(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-6 * b.abs().max(1.0), "{a} is not {b}");
}

#[test]
fn each_crop_counts_its_own_pixels() {
    let flat = map([160, 112], |_, _| 2.0);
    for (size, counts) in
        [(FULL, [304 * 228, 592 * 440, 560 * 426, 640 * 480]), (HALF, [304 * 228, 296 * 220, 280 * 213, 320 * 240])]
    {
        for (protocol, pixels) in NYU.into_iter().zip(counts) {
            let scored = score(protocol, &flat, &truth(size, |_, _| 2.0), Scaling::None);
            assert_eq!(scored.sums.pixels, pixels as u64, "{protocol} at {size:?}");
            assert_eq!((scored.scores.rel, scored.scores.d1, scored.scores.rmse), (0.0, 1.0, 0.0));
            assert_eq!(scored.mask.iter().filter(|counts| **counts).count(), pixels);
        }
    }
    // An error in the rim of the picture: row 10 is in fcrn's picture alone, row 30 in dd's and hu's crop too.
    let rim = |row: usize| truth(FULL, move |_, y| if y == row { 4.0 } else { 2.0 });
    let errs = |row| NYU.map(|protocol| score(protocol, &flat, &rim(row), Scaling::None).scores.rmse > 0.0);
    assert_eq!(errs(10), [false, false, false, true]);
    assert_eq!(errs(30), [true, true, false, true]);
}

#[test]
fn hu_takes_every_second_pixel_so_that_both_resolutions_agree() {
    let depth = |x: usize, y: usize| 1.0 + 0.01 * x as f32 + 0.02 * y as f32;
    // Odd pixels are nonsense: they must not be seen.
    let full = truth(FULL, |x, y| if x % 2 == 1 || y % 2 == 1 { 99.0 } else { depth(x / 2, y / 2) });
    let half = truth(HALF, depth);
    let prediction = map([152, 114], |x, y| 1.1 + 0.02 * x as f32 + 0.04 * y as f32);
    let [a, b] = [full, half].map(|truth| score(Protocol::HuNyu, &prediction, &truth, Scaling::None));
    assert_eq!(a.sums, b.sums);
    assert_eq!(a.truth.at(8, 6), Some(depth(8, 6)));
    assert_eq!((a.prediction.at(7, 6), a.prediction.at(8, 5)), (None, None), "nothing was predicted around the centre");
    assert_eq!(a.prediction.at(8, 6), Some(1.1));
    let edges = a.edges.unwrap();
    assert!(edges.iter().all(|e| e.precision > 0.99 && e.recall > 0.99), "the rim is an edge in both: {edges:?}");
}

#[test]
fn densedepth_divides_by_the_prediction_and_hu_counts_the_boundary() {
    // 2.5 against 2: REL 0.25 over the truth, 0.2 over the prediction; the ratio is exactly 1.25.
    // On the truth's own grid, where resizing rounds nothing.
    let rel = |protocol, grid| {
        let s = score(protocol, &map(grid, |_, _| 2.5), &truth(FULL, |_, _| 2.0), Scaling::None).scores;
        [s.rel, s.d1]
    };
    near(rel(Protocol::DdNyu, FULL)[0], 0.2);
    assert_eq!(rel(Protocol::DdNyu, FULL)[1], 0.0);
    assert_eq!(rel(Protocol::HuNyu, [304, 228]), [0.25, 1.0]);
    assert_eq!(rel(Protocol::BtsNyu, FULL), [0.25, 0.0]);
    assert_eq!(rel(Protocol::FcrnNyu, FULL), [0.25, 0.0]);
}

#[test]
fn far_truth_and_far_predictions_are_treated_in_four_ways() {
    // Left half 5 m, right half 20 m; predicted 5 m and 40 m.
    let truth = truth(FULL, |x, _| if x < 320 { 5.0 } else { 20.0 });
    let prediction = map(FULL, |x, _| if x < 320 { 5.0 } else { 40.0 });
    let rmse = |protocol| score(protocol, &prediction, &truth, Scaling::None).scores.rmse;
    near(rmse(Protocol::FcrnNyu), 200f64.sqrt());
    // DenseDepth keeps the pixels and clips the prediction to 10 m; the crop is symmetric, so half of them are far.
    near(rmse(Protocol::DdNyu), 50f64.sqrt());
    // BTS drops pixels beyond 10 m.
    assert_eq!(rmse(Protocol::BtsNyu), 0.0);
}

#[test]
fn broken_predictions_are_repaired_or_left_out() {
    let truth = truth(FULL, |_, _| 5.0);
    let broken = map(FULL, |x, _| [f32::NAN, f32::INFINITY, 5.0, -1.0][x % 4]);
    let bts = score(Protocol::BtsNyu, &broken, &truth, Scaling::None);
    assert_eq!(bts.sums.pixels, 560 * 426);
    // NaN and −1 are 1 mm, infinity 10 m.
    near(bts.scores.mae, (2.0 * 4.999 + 5.0) / 4.0);
    let fcrn = score(Protocol::FcrnNyu, &broken, &truth, Scaling::None);
    assert_eq!((fcrn.sums.pixels, fcrn.scores.mae), (640 * 480 / 4, 0.0));
    let error =
        Settings::published(Protocol::FcrnNyu).score(&map(FULL, |_, _| 0.0), &truth, Scaling::None).unwrap_err();
    assert_eq!(error.exit_code(), 1);
}

#[test]
fn md_resizes_disparity_and_msf_depth() {
    // Two pixels, 1 m and 4 m, onto three columns: see infer::scale for the hand calculation.
    let depth = DepthMap::new(2, 1, DepthUnit::Metres, vec![1.0, 4.0]);
    let truth = truth([3, 1], |_, _| 2.0);
    let uncropped = |protocol| {
        let all = Overrides { crop: Some(Crop::None), ..Default::default() };
        Settings::new(protocol, &all).unwrap().score(&depth, &truth, Scaling::None).unwrap().prediction
    };
    assert_eq!(uncropped(Protocol::MsfKitti).values(), [1.0, 2.5, 4.0]);
    for (ours, expected) in uncropped(Protocol::MdEigen).values().iter().zip([1.0, 1.6, 4.0]) {
        assert!((ours - expected).abs() < 1e-6);
    }
}

#[test]
fn garg_crop_cap_and_valid_range_of_the_kitti_protocols() {
    // 90 m in row 200, 60 m in row 250, 10 m elsewhere; row 50 is above Garg's and Eigen's crop.
    let truth = truth(KITTI, |x, y| match (x, y) {
        (_, 200) => 90.0,
        (_, 250) => 60.0,
        (_, 50) => 30.0,
        _ if y % 5 == 0 => 10.0,
        _ => 0.0, // sparse
    });
    let prediction = map([512, 160], |_, _| 10.0);
    let of = |protocol| score(protocol, &prediction, &truth, Scaling::None);
    let [md, benchmark, bts, msf] =
        [Protocol::MdEigen, Protocol::MdBenchmark, Protocol::BtsKitti, Protocol::MsfKitti].map(of);
    let columns = 1197 - 44;
    // Rows 155, 160 … 370 are 44, without that of 90 m 43; all rows 75, without it 74.
    assert_eq!(md.sums.pixels, 43 * columns);
    assert_eq!(bts.sums.pixels, 43 * columns);
    assert_eq!(benchmark.sums.pixels, 75 * 1242);
    assert_eq!(msf.sums.pixels, 74 * 1242);
    near(md.scores.mae, 50.0 / 43.0);
    near(msf.scores.mae, (50.0 + 20.0) / 74.0);
    near(benchmark.scores.mae, (50.0 + 20.0 + 80.0) / 75.0);
    // The worst in proportion is the farthest that counts.
    assert_eq!((md.worst[1], benchmark.worst[1], msf.worst[1]), (250, 200, 250));
    // A cap of 50 m takes the row of 60 m out.
    let cap = Settings::new(Protocol::MdEigen, &Overrides { cap: Some(50.0), ..Default::default() }).unwrap();
    let capped = cap.score(&prediction, &truth, Scaling::None).unwrap();
    assert_eq!(capped.sums.pixels, 42 * columns);
    near(capped.scores.mae, 0.0);
    let outside = bts.prediction.at(0, 200);
    assert_eq!((outside, bts.prediction.at(13, 23)), (None, Some(10.0)), "nothing was predicted beside the KB crop");
}

#[test]
fn scaling_comes_before_the_clamp_and_is_taken_inside_the_mask() {
    // Outside Garg's crop the truth is far away: it must not move the median.
    let truth = truth(KITTI, |_, y| if y < 153 { 70.0 } else { 20.0 });
    let relative = map([8, 4], |_, _| 100.0);
    let md = score(Protocol::MdEigen, &relative, &truth, Scaling::Median);
    near(f64::from(md.factor), 0.2);
    near(md.scores.rel, 0.0);
    // Unscaled, the clamp makes 80 of 100.
    near(score(Protocol::MdEigen, &relative, &truth, Scaling::None).scores.rel, 3.0);
    let stereo = score(Protocol::MdEigen, &map([8, 4], |_, _| 4.0), &truth, Scaling::Stereo);
    near(stereo.scores.rel, 0.08);
    assert_eq!(stereo.factor, 5.4);
    let none = Settings::published(Protocol::MdEigen).score(&map([8, 4], |_, _| 0.0), &truth, Scaling::LeastSquares);
    assert!(none.unwrap_err().to_string().contains("no lsq factor"));
}

#[test]
fn sizes_that_a_protocol_does_not_know_and_empty_masks_are_refused() {
    let depth = map([8, 4], |_, _| 2.0);
    for protocol in NYU {
        let error = Settings::published(protocol).score(&depth, &truth(KITTI, |_, _| 2.0), Scaling::None).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{protocol}");
    }
    let small = Settings::published(Protocol::BtsKitti).score(&depth, &truth([1200, 375], |_, _| 2.0), Scaling::None);
    assert_eq!(small.unwrap_err().exit_code(), 2);
    let far = Settings::published(Protocol::MdEigen).score(&depth, &truth(KITTI, |_, _| 90.0), Scaling::None);
    assert!(far.unwrap_err().to_string().contains("no pixel"));
}

#[test]
fn a_frame_summed_in_runs_is_the_frame_summed_at_once() {
    // 640×480 pixels are many runs; the largest error in proportion stands twice, and the first one counts.
    let at = |x: usize, y: usize| 1.0 + ((x * 31 + y * 17) % 97) as f32 / 12.0;
    let truth = truth(FULL, |x, y| if (x, y) == (300, 200) || (x, y) == (12, 400) { 0.125 } else { at(x, y) });
    let scored =
        score(Protocol::FcrnNyu, &map([160, 120], |x, y| 2.0 + (x + y) as f32 / 64.0), &truth, Scaling::Median);
    let (mut sums, mut worst) = (crate::eval::sums::Sums::default(), (0, 0.0));
    for (i, (p, g)) in scored.prediction.values().iter().zip(scored.truth.values()).enumerate() {
        sums.push(*p, *g, Default::default());
        let error = (p - g).abs() / g;
        worst = if error > worst.1 { (i, error) } else { worst };
    }
    assert_eq!((scored.sums.pixels, scored.sums.below), (sums.pixels, sums.below));
    assert_eq!(scored.worst, [worst.0 % 640, worst.0 / 640]);
    for (a, b) in [(scored.sums.rel, sums.rel), (scored.sums.log_sq, sums.log_sq), (scored.sums.inv_sq, sums.inv_sq)] {
        assert!((a - b).abs() < 1e-11 * b, "{a} is not {b}");
    }
    let bins: u64 = scored.by_distance.intervals.iter().map(|bin| bin.pixels).sum();
    assert_eq!(bins, sums.pixels);
}
