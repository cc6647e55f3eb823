//! Every gradient against central differences in double precision, on maps with holes.

use super::*;
use crate::loss::{EdgeSpace, GradientKind, LossKind};

/// Step of the differences: far below the distance of random values from the kinks of |x|.
const STEP: f64 = 1e-6;

/// Three samples of 14×13 with values 1…`top`, a fifth of them holes, and two heads.
fn case(top: f64, holes: bool) -> Case {
    let shape = [3, 1, 14, 13];
    let count = shape.iter().product();
    let values =
        |name: &str, count| -> Vec<f64> { stream(name, count).iter().map(|u| (top - 1.0) * u + 1.0).collect() };
    let mask = stream("fd holes", count).iter().map(|u| if *u < 0.2 { 0.0 } else { 1.0 }).collect();
    let heads = vec![([3, 1, 4, 5], values("fd head 2", 60)), ([3, 1, 7, 6], values("fd head 3", 126))];
    let mut t = values("fd t", count);
    if holes {
        // A hole is anything.
        t[stream("fd holes", count).iter().position(|u| *u < 0.2).unwrap()] = f64::NAN;
    }
    Case { shape, y: values("fd y", count), heads, t, mask: holes.then_some(mask) }
}

/// Compares every `stride`-th slope with differences of `value`.
#[track_caller]
fn check(what: &str, case: &Case, config: &LossConfig, stride: usize, value: impl Fn(&Case) -> f64) {
    let run = case.run(config, DType::F64);
    let largest = run.slope.iter().fold(0f64, |m, s| m.max(s.abs()));
    assert!(largest > 0.0, "{what}: no slope at all");
    for i in (0..case.y.len()).step_by(stride) {
        let at = |step: f64| {
            let mut moved = case.clone();
            moved.y[i] += step;
            value(&moved)
        };
        let want = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        assert!((run.slope[i] - want).abs() < 2e-6 * largest.max(1e-3), "{what} at {i}: {} and {want}", run.slope[i]);
    }
}

#[test]
fn every_loss_and_switch() {
    let base = LossConfig { detach: false, ..LossConfig::default() };
    let configs = [
        ("msfnet", base.clone()),
        ("kitti", LossConfig { detach: false, ..LossConfig::kitti() }),
        ("sobel", LossConfig { gradient: GradientKind::Sobel, ..base.clone() }),
        ("ssim alone", LossConfig { lambda: 0.0, gradient_weight: 0.0, ..base.clone() }),
        ("hu", LossConfig { detach: false, ..LossConfig::hu() }),
        ("dense_depth", LossConfig { kind: LossKind::DenseDepth, ..base.clone() }),
    ];
    for (name, config) in configs {
        for holes in [false, true] {
            let case = case(30.0, holes);
            check(name, &case, &config, 7, |moved| moved.run(&config, DType::F64).total);
        }
    }
}

#[test]
fn outlines_in_every_space() {
    for space in [EdgeSpace::Log, EdgeSpace::Target, EdgeSpace::TenOver] {
        let config = LossConfig {
            edge_weight: 1.0,
            edge_space: space,
            lambda: 0.0,
            mu: 0.0,
            gradient_weight: 0.0,
            ssim_weight: 0.0,
            ..LossConfig::default()
        };
        // Few holes, or no 6×6 window of the second scale is whole.
        let mut case = case(9.0, true);
        case.mask = Some((0..case.y.len()).map(|i| if i % 97 == 5 { 0.0 } else { 1.0 }).collect());
        case.t.iter_mut().for_each(|t| *t = if t.is_nan() { 1.0 } else { *t });
        check(&format!("{space:?}"), &case, &config, 5, |moved| moved.run(&config, DType::F64).total);
        let run = case.run(&config, DType::F64);
        close("weight 1", run.total, run.edge.unwrap(), 1e-12);
    }
}

#[test]
fn heads() {
    let (config, case) = (LossConfig { mu: 0.5, ..LossConfig::default() }, case(30.0, true));
    let run = case.run(&config, DType::F64);
    for head in 0..2 {
        for i in (0..case.heads[head].1.len()).step_by(5) {
            let at = |step: f64| {
                let mut moved = case.clone();
                moved.heads[head].1[i] += step;
                moved.run(&config, DType::F64).total
            };
            close("head", run.head_slopes[head][i], (at(STEP) - at(-STEP)) / (2.0 * STEP), 1e-7);
        }
    }
}

/// The factor of each pixel's error in L_batch = Σ factor · e, in plain loops.
fn factors(case: &Case, reading: BatchLoss, temperature: f64) -> Vec<f64> {
    let [n, _, h, w] = case.shape;
    let hw = h * w;
    let measured = |i: usize| case.mask.as_ref().is_none_or(|mask| mask[i] > 0.5);
    let error = |i: usize| (case.y[i] - case.t[i]).abs();
    let pixels = |b: usize| (b * hw..(b + 1) * hw).filter(|i| measured(*i)).collect::<Vec<_>>();
    let softmax = |scores: &[f64]| -> Vec<f64> {
        let sum: f64 = scores.iter().map(|s| (s / temperature).exp()).sum();
        scores.iter().map(|s| (s / temperature).exp() / sum).collect()
    };
    let mut factors = vec![0.0; n * hw];
    let used: Vec<Vec<usize>> = (0..n).map(pixels).filter(|pixels| !pixels.is_empty()).collect();
    let samples = used.len() as f64;
    let means: Vec<f64> = used.iter().map(|p| p.iter().map(|i| error(*i)).sum::<f64>() / p.len() as f64).collect();
    let by_sample = softmax(&means);
    let all: Vec<usize> = used.iter().flatten().copied().collect();
    for (pixels, w) in used.iter().zip(by_sample) {
        let count = pixels.len() as f64;
        let by_pixel = softmax(&pixels.iter().map(|i| error(*i)).collect::<Vec<_>>());
        for (i, v) in pixels.iter().zip(by_pixel) {
            factors[*i] = match reading {
                BatchLoss::Sample => (1.0 + w) / (samples * count),
                BatchLoss::SampleSum => (w + 1.0 / samples) / count,
                BatchLoss::Pixel => (v + 1.0) / (samples * count),
                BatchLoss::PixelMeanOne => (v + 1.0 / count) / samples,
                BatchLoss::PixelBatch => 1.0 / all.len() as f64,
                BatchLoss::L1 => 1.0 / (samples * count),
            };
        }
    }
    if reading == BatchLoss::PixelBatch {
        let weights = softmax(&all.iter().map(|i| error(*i)).collect::<Vec<_>>());
        all.iter().zip(weights).for_each(|(i, v)| factors[*i] += v / all.len() as f64);
    }
    factors
}

#[test]
fn the_batch_loss_in_every_reading() {
    for (reading, holes, temperature) in
        READINGS.into_iter().flat_map(|r| [(r, false, 1.0), (r, true, 1.0), (r, true, 3.5)])
    {
        let mut case = case(10.0, holes);
        if let Some(mask) = &mut case.mask {
            mask[182..364].fill(0.0); // the second sample is empty
        }
        let only = LossConfig {
            batch_loss: reading,
            temperature,
            lambda: 1.0,
            mu: 0.0,
            gradient_weight: 0.0,
            ssim_weight: 0.0,
            ..LossConfig::default()
        };
        let what = format!("{reading:?}, holes {holes}, temperature {temperature}");
        let held = factors(&case, reading, temperature);
        let value = |moved: &Case, factors: &[f64]| -> f64 {
            let errors = moved.y.iter().zip(&moved.t).map(|(y, t)| (y - t).abs());
            errors.zip(factors).filter(|(_, f)| **f > 0.0).map(|(e, f)| e * f).sum()
        };
        let run = case.run(&only, DType::F64);
        close(&what, run.total, value(&case, &held), 1e-10);
        // Detached: the factors stay what they were.
        check(&format!("{what}, detached"), &case, &only, 11, |moved| value(moved, &held));
        let through = LossConfig { detach: false, ..only };
        check(&format!("{what}, through w"), &case, &through, 11, |moved| {
            value(moved, &factors(moved, reading, temperature))
        });
        let differs = run.slope != case.run(&through, DType::F64).slope;
        assert_eq!(differs, reading != BatchLoss::L1, "{what}: the switch does something");
    }
}
