//! Input that is not as it should be: nothing measured, one sample, huge errors, tiny maps, numbers that are none.

use super::*;
use crate::loss::{EdgeSpace, GradientKind};

/// One configuration of every loss and switch, the outline term on.
fn configs() -> Vec<LossConfig> {
    let with_edges = |config: LossConfig| LossConfig { edge_weight: 0.5, ..config };
    let mut configs = vec![with_edges(LossConfig::hu()), with_edges(LossConfig::dense_depth())];
    for (batch_loss, detach) in READINGS.into_iter().flat_map(|reading| [(reading, true), (reading, false)]) {
        let gradient = if detach { GradientKind::Forward } else { GradientKind::Sobel };
        let edge_space = if detach { EdgeSpace::TenOver } else { EdgeSpace::Log };
        configs.push(with_edges(LossConfig { batch_loss, detach, gradient, edge_space, ..LossConfig::default() }));
    }
    configs
}

/// `n` samples of 16×18 with values 1…100 and one head, everything measured.
fn case(n: usize) -> Case {
    let shape = [n, 1, 16, 18];
    let values = |name: &str, count| stream(name, count).iter().map(|u| 99.0 * u + 1.0).collect::<Vec<_>>();
    let heads = vec![([n, 1, 8, 9], values("robust head", n * 72))];
    Case {
        shape,
        y: values("robust y", n * 288),
        heads,
        t: values("robust t", n * 288),
        mask: Some(vec![1.0; n * 288]),
    }
}

impl Run {
    /// All its numbers.
    fn numbers(&self) -> Vec<f64> {
        let terms = [self.gradient, self.ssim, self.auxiliary, self.normal, self.edge];
        let all = [&self.samples, &self.weights, &self.slope].into_iter().chain(&self.head_slopes).flatten();
        all.copied().chain([self.total, self.depth]).chain(terms.into_iter().flatten()).collect()
    }
}

#[test]
fn nothing_measured_is_a_zero_with_a_gradient() {
    let mut case = case(2);
    case.mask = Some(vec![0.0; 576]);
    case.t = vec![f64::NAN; 576];
    for config in configs() {
        let run = case.run(&config, DType::F32);
        assert!(run.numbers().iter().all(|v| *v == 0.0), "{config:?}: {run:?}");
        assert_eq!(run.slope.len(), 576);
    }
}

#[test]
fn an_empty_sample_is_as_if_it_were_not_there() {
    for config in configs() {
        let (mut three, mut two) = (case(3), case(3));
        three.mask.as_mut().unwrap()[288..576].fill(0.0);
        three.t[288..576].fill(f64::INFINITY);
        two.shape[0] = 2;
        two.heads[0].0[0] = 2;
        for values in [&mut two.y, &mut two.t, two.mask.as_mut().unwrap()] {
            values.drain(288..576);
        }
        two.heads[0].1.drain(72..144);
        let (three, two) = (three.run(&config, DType::F64), two.run(&config, DType::F64));
        close(&format!("{config:?}"), three.total, two.total, 1e-12);
        assert!(three.slope[288..576].iter().all(|v| *v == 0.0), "{config:?}");
        for (i, slope) in two.slope.iter().enumerate() {
            close("slope", three.slope[if i < 288 { i } else { i + 288 }], *slope, 1e-12);
        }
        assert_eq!((three.samples[1], three.weights[1]), (0.0, 0.0));
        close("weights", three.weights.iter().sum(), 1.0, 1e-12);
    }
}

#[test]
fn a_mask_without_holes_is_no_mask() {
    for config in configs() {
        let (masked, mut dense) = (case(2), case(2));
        dense.mask = None;
        let (masked, dense) = (masked.run(&config, DType::F64), dense.run(&config, DType::F64));
        for (a, b) in masked.numbers().iter().zip(dense.numbers()) {
            // The tensor library takes the reciprocal of a plain divisor in single precision for its gradient.
            close(&format!("{config:?}"), *a, b, 1e-8);
        }
    }
}

#[test]
fn what_stands_in_a_hole_does_not_matter() {
    for config in configs() {
        let holes = |filling: f64| {
            let mut case = case(2);
            for i in (0..576).step_by(9) {
                case.mask.as_mut().unwrap()[i] = 0.0;
                case.t[i] = filling;
            }
            // The network may say anything there too.
            case.y[0] = if filling.is_nan() { 1e30 } else { 5.0 };
            case.run(&config, DType::F32)
        };
        let plain = holes(3.0);
        assert!(plain.numbers().iter().all(|v| v.is_finite()), "{config:?}");
        assert!(plain.slope.iter().step_by(9).all(|v| *v == 0.0), "{config:?}: a slope at a hole");
        assert_eq!(plain, holes(f64::NAN), "{config:?}");
    }
}

#[test]
fn huge_errors_stay_finite() {
    for config in configs() {
        for size in [1e3, 1e6, -1e3] {
            let mut case = case(2);
            case.y.iter_mut().for_each(|y| *y = *y * size + size);
            case.mask = None;
            let run = case.run(&config, DType::F32);
            assert!(run.numbers().iter().all(|v| v.is_finite()), "{config:?} {size}: {run:?}");
            assert!(run.slope.iter().any(|v| *v != 0.0));
        }
    }
}

#[test]
fn no_slope_is_infinite_where_maps_are_flat_or_equal() {
    for config in configs() {
        let mut case = case(2);
        case.y.clone_from(&case.t);
        let equal = case.run(&config, DType::F32);
        case.y.fill(2.0);
        case.t.fill(2.0);
        case.heads[0].1.fill(2.0);
        let flat = case.run(&config, DType::F32);
        assert!([equal, flat.clone()].iter().flat_map(Run::numbers).all(f64::is_finite), "{config:?}");
        assert!(flat.ssim.is_none_or(|ssim| ssim.abs() < 1e-6) && flat.edge.unwrap() == 0.0, "{config:?}: {flat:?}");
    }
}

#[test]
fn one_sample_has_the_whole_weight() {
    let run = case(1).run(&LossConfig::default(), DType::F64);
    assert_eq!(run.weights, [1.0]);
    close("factor 2", run.depth, 2.0 * run.samples[0], 1e-12);
}

#[test]
fn tiny_maps_and_maps_of_another_size() {
    for config in configs() {
        for [h, w] in [[1, 1], [1, 7], [2, 2], [3, 2], [5, 12]] {
            for holes in [false, true] {
                let values = |name| stream(name, 2 * h * w).iter().map(|u| 99.0 * u + 1.0).collect::<Vec<_>>();
                let mask = (0..2 * h * w).map(|i| if i % 4 == 1 { 0.0 } else { 1.0 }).collect();
                let case = Case::dense([2, 1, h, w], values("tiny y"), values("tiny t"));
                let case = Case { mask: holes.then_some(mask), ..case };
                let run = case.run(&config, DType::F32);
                assert!(run.numbers().iter().all(|v| v.is_finite()), "{config:?} {h}×{w}: {run:?}");
            }
        }
        let y = tensor(&stream("small", 40), [2, 1, 4, 5], DType::F32).autodiff().require_grad();
        let target = Target { values: tensor(&stream("large", 180), [2, 1, 9, 10], DType::F32), mask: None };
        let slopes = config.terms(y.clone(), &[], &target).total.backward();
        assert!(y.grad(&slopes).is_some());
    }
}

#[test]
fn a_prediction_that_is_no_number_is_not_hidden() {
    for config in configs() {
        let mut case = case(2);
        case.y[40] = f64::NAN;
        assert!(case.run(&config, DType::F32).total.is_nan(), "{config:?}");
    }
}
