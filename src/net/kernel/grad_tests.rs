//! Gradients of every kind of convolution against plain sums in f64.

use super::tests::noise;
use super::{Act, Border, Spec, input_gradient, weight_gradient};

/// The definitions: each product of a pixel and a weight that goes into an output goes back to both.
fn reference(spec: &Spec, input: &[f32], weight: &[f32], grad: &[f32], [n, h, w]: [usize; 3]) -> [Vec<f64>; 2] {
    let ([oh, ow], [kh, kw]) = (spec.output_size(h, w), spec.kernel);
    let (outputs, inputs) = (spec.outputs / spec.groups, spec.inputs / spec.groups);
    let mut all = [vec![0.0; input.len()], vec![0.0; weight.len()]];
    for (at, grad) in grad.iter().enumerate() {
        let (x, y, output, image) =
            (at % ow, at / ow % oh, at / (oh * ow) % spec.outputs, at / (oh * ow * spec.outputs));
        for tap in 0..inputs * kh * kw {
            let (kx, ky, channel) = (tap % kw, tap / kw % kh, tap / (kh * kw));
            let row = (y * spec.stride + ky).wrapping_sub(spec.padding[0].0);
            let column = (x * spec.stride + kx).wrapping_sub(spec.padding[1].0);
            if row < h && column < w {
                let pixel = ((image * spec.inputs + output / outputs * inputs + channel) * h + row) * w + column;
                let term = output * inputs * kh * kw + tap;
                all[0][pixel] += f64::from(*grad) * f64::from(weight[term]);
                all[1][term] += f64::from(*grad) * f64::from(input[pixel]);
            }
        }
    }
    assert_eq!(grad.len(), n * spec.outputs * oh * ow);
    all
}

fn check(spec: Spec, n: usize, h: usize, w: usize) {
    let [oh, ow] = spec.output_size(h, w);
    let taps = spec.inputs / spec.groups * spec.kernel[0] * spec.kernel[1];
    let (input, weight) = (noise(n * spec.inputs * h * w, 1), noise(spec.outputs * taps, 2));
    let grad = noise(n * spec.outputs * oh * ow, 3);
    let [by_input, by_weight] = reference(&spec, &input, &weight, &grad, [n, h, w]);
    let near = |ours: &[f32], exact: &[f64], what: &str| {
        assert_eq!(ours.len(), exact.len(), "{what} of {spec:?}");
        let scale = exact.iter().fold(1.0f64, |m, v| m.max(v.abs()));
        for (ours, exact) in ours.iter().zip(exact) {
            assert!((f64::from(*ours) - exact).abs() < 1e-5 * scale, "{what} of {spec:?} at {h}×{w}: {ours}, {exact}");
        }
    };
    near(&input_gradient(&spec, &weight, &grad, n, h, w), &by_input, "input");
    near(&weight_gradient(&spec, &input, &grad, n, h, w), &by_weight, "weight");
}

fn spec(inputs: usize, outputs: usize, kernel: [usize; 2], stride: usize, groups: usize) -> Spec {
    let padding = kernel.map(|k| (k / 2, k / 2));
    Spec { inputs, outputs, kernel, stride, padding, border: Border::Zeros, groups, activation: Act::Linear }
}

#[test]
fn kernels_strides_and_sizes() {
    for (inputs, outputs) in [(1, 1), (3, 32), (5, 7), (16, 24), (70, 33)] {
        for kernel in [[1, 1], [3, 3], [5, 5], [3, 1], [1, 3]] {
            for stride in [1, 2, 3] {
                for [h, w] in [[1, 1], [2, 3], [9, 14]] {
                    check(spec(inputs, outputs, kernel, stride, 1), 2, h, w);
                }
            }
        }
    }
    // More pixels than one piece, and a row longer than one.
    check(spec(3, 5, [3, 3], 1, 1), 2, 40, 33);
    check(spec(2, 3, [3, 3], 1, 1), 1, 3, 1700);
    check(spec(2, 3, [1, 1], 1, 1), 1, 3, 1700);
}

#[test]
fn groups_and_borders() {
    for padding in [[(0, 1), (0, 1)], [(1, 2), (1, 2)], [(0, 0), (0, 0)], [(2, 0), (0, 2)]] {
        for (inputs, outputs, groups, kernel, stride) in
            [(24, 24, 24, 3, 2), (12, 18, 3, 3, 1), (8, 16, 8, 5, 2), (6, 4, 1, 3, 1)]
        {
            let spec = Spec { padding, ..spec(inputs, outputs, [kernel; 2], stride, groups) };
            check(spec, 2, 11, 14);
        }
    }
}

#[test]
fn calls_that_are_large_enough_for_winograd() {
    for (padding, inputs, outputs, [h, w]) in [
        ([(1, 1), (1, 1)], 24, 33, [40, 33]),
        ([(0, 1), (2, 0)], 16, 16, [37, 40]),
        ([(2, 2), (0, 0)], 65, 20, [22, 41]),
    ] {
        let spec = Spec { padding, ..spec(inputs, outputs, [3, 3], 1, 1) };
        assert!(super::winograd::takes(&spec, 2, h, w));
        check(spec, 2, h, w);
    }
}

#[test]
#[allow(clippy::unwrap_used)]
fn the_number_of_threads_changes_no_bit() {
    for (inputs, outputs, h, w) in [(24, 40, 40, 61), (16, 300, 33, 40), (20, 9, 12, 14)] {
        let spec = spec(inputs, outputs, [3, 3], 1, 1);
        let (input, weight) = (noise(2 * inputs * h * w, 1), noise(outputs * inputs * 9, 2));
        let grad = noise(2 * outputs * h * w, 3);
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let by_weight = pool.install(|| weight_gradient(&spec, &input, &grad, 2, h, w));
            let by_input = pool.install(|| input_gradient(&spec, &weight, &grad, 2, h, w));
            by_weight.into_iter().chain(by_input).map(f32::to_bits).collect::<Vec<_>>()
        };
        let one = with(1);
        for threads in [2, 3, 7] {
            assert_eq!(one, with(threads), "{spec:?} with {threads} threads");
        }
    }
}
