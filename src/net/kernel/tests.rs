//! Every kind of convolution against a plain sum in f64, on every instruction set of this machine; input in parts;
//! threads; resampling by value.

use super::{Act, Border, Packed, Part, Spec, nearest_double, pixel_shuffle, resize_bilinear};
use pulp::Arch;

/// Deterministic values in −1…1.
pub(super) fn noise(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// The definition, in f64, before rounding to f32; and beside each output the sum of magnitudes, the scale of its error.
fn reference(
    spec: &Spec,
    weight: &[f32],
    bias: Option<&[f32]>,
    input: &[f32],
    n: usize,
    h: usize,
    w: usize,
) -> Vec<[f64; 2]> {
    let [oh, ow] = spec.output_size(h, w);
    let [kh, kw] = spec.kernel;
    let (inputs, outputs) = (spec.inputs / spec.groups, spec.outputs / spec.groups);
    let mut result = Vec::new();
    for index in 0..n * spec.outputs * oh * ow {
        let (x, y) = (index % ow, index / ow % oh);
        let (output, image) = (index / (ow * oh) % spec.outputs, index / (ow * oh * spec.outputs));
        let mut sum = bias.map_or(0.0, |bias| f64::from(bias[output]));
        let mut scale = sum.abs();
        for channel in 0..inputs {
            let plane = (image * spec.inputs + output / outputs * inputs + channel) * h * w;
            for (ky, kx) in (0..kh).flat_map(|ky| (0..kw).map(move |kx| (ky, kx))) {
                let inside = |at: usize, before: usize, size: usize| {
                    let (at, size) = (at as isize - before as isize, size as isize);
                    let mirrored = if at < 0 { -at } else { 2 * (size - 1) - at };
                    match spec.border {
                        _ if (0..size).contains(&at) => Some(at as usize),
                        Border::Zeros => None,
                        Border::Reflect => Some(mirrored.clamp(0, size - 1) as usize),
                    }
                };
                let row = inside(y * spec.stride + ky, spec.padding[0].0, h);
                let column = inside(x * spec.stride + kx, spec.padding[1].0, w);
                if let (Some(row), Some(column)) = (row, column) {
                    let term = f64::from(input[plane + row * w + column])
                        * f64::from(weight[((output * inputs + channel) * kh + ky) * kw + kx]);
                    sum += term;
                    scale += term.abs();
                }
            }
        }
        let value = match spec.activation {
            Act::Linear => sum,
            Act::Relu => sum.max(0.0),
            Act::Relu6 => sum.clamp(0.0, 6.0),
            Act::LeakyRelu => sum.max(0.2 * sum),
            Act::Elu => sum.max(sum.min(0.0).exp_m1()),
            Act::Sigmoid => 1.0 / (1.0 + (-sum).exp()),
        };
        result.push([value, scale]);
    }
    result
}

/// The instruction sets that this machine can run.
fn instruction_sets() -> Vec<Arch> {
    let mut sets = vec![Arch::Scalar];
    #[cfg(target_arch = "x86_64")]
    sets.extend(pulp::x86::V3::try_new().map(Arch::V3));
    if std::mem::discriminant(&Arch::new()) != std::mem::discriminant(sets.last().unwrap_or(&Arch::Scalar)) {
        sets.push(Arch::new());
    }
    sets
}

pub(super) fn check(spec: Spec, n: usize, h: usize, w: usize) {
    let seed = (spec.inputs * 31 + spec.outputs * 7 + h * 3 + w) as u64;
    let weight = noise(spec.outputs * spec.depth(), seed);
    let bias = (!seed.is_multiple_of(3)).then(|| noise(spec.outputs, seed + 1));
    let input = noise(n * spec.inputs * h * w, seed + 2);
    let expected = reference(&spec, &weight, bias.as_deref(), &input, n, h, w);
    // Tiles round by what is in them, which at a border is more than what an output there sums.
    let tiles = super::winograd::takes(&spec, n, h, w);
    let largest = if tiles { expected.iter().fold(0.0, |most: f64, [_, scale]| most.max(*scale)) } else { 0.0 };
    for arch in instruction_sets() {
        let (result, [oh, ow]) = Packed::on(arch, &weight, bias.as_deref(), spec).run(&input, n, h, w);
        assert_eq!(result.len(), expected.len(), "{spec:?}");
        assert_eq!(result.len(), n * spec.outputs * oh * ow);
        for (index, (result, [expected, scale])) in result.iter().zip(&expected).enumerate() {
            let error = (f64::from(*result) - expected).abs();
            let what = format_args!("{arch:?} {spec:?} at {n}×{h}×{w}, output {index}");
            assert!(error <= 1e-5 * scale.max(1e-3) + 5e-7 * largest, "{what}: {result} for {expected}");
        }
    }
}

pub(super) fn spec(inputs: usize, outputs: usize, kernel: [usize; 2], stride: usize) -> Spec {
    let padding = [(kernel[0] / 2, kernel[0] / 2), (kernel[1] / 2, kernel[1] / 2)];
    Spec { inputs, outputs, kernel, stride, padding, border: Border::Zeros, groups: 1, activation: Act::Linear }
}

const SIZES: [[usize; 2]; 9] = [[1, 1], [1, 7], [5, 1], [3, 4], [7, 10], [9, 15], [16, 16], [13, 37], [30, 50]];

#[test]
fn square_and_flat_kernels_equal_the_plain_sum() {
    for kernel in [[1, 1], [3, 3], [7, 7], [3, 1], [1, 3], [5, 2]] {
        for stride in [1, 2, 3] {
            for [h, w] in SIZES {
                for (inputs, outputs) in [(1, 1), (2, 3), (3, 8), (5, 12), (17, 20)] {
                    check(spec(inputs, outputs, kernel, stride), 1, h, w);
                }
            }
        }
    }
}

#[test]
fn depthwise_and_grouped_kernels_equal_the_plain_sum() {
    for (channels, outputs, groups) in [(6, 6, 6), (40, 40, 40), (6, 12, 6), (8, 12, 4), (20, 36, 2)] {
        for kernel in [[3, 3], [5, 5], [1, 1]] {
            for stride in [1, 2] {
                for [h, w] in SIZES {
                    check(Spec { groups, activation: Act::Relu6, ..spec(channels, outputs, kernel, stride) }, 2, h, w);
                }
            }
        }
    }
}

#[test]
fn asymmetric_padding_and_activations_equal_the_plain_sum() {
    let activations = [Act::Linear, Act::Relu, Act::Relu6, Act::LeakyRelu, Act::Elu, Act::Sigmoid];
    let paddings = [[(0, 1), (0, 1)], [(1, 2), (2, 1)], [(0, 0), (3, 0)], [(0, 0), (0, 0)], [(4, 4), (5, 5)]];
    for (index, padding) in paddings.into_iter().enumerate() {
        for (stride, [h, w]) in [1, 2].into_iter().flat_map(|stride| SIZES.map(|size| (stride, size))) {
            let activation = activations[(index + h) % 6];
            check(Spec { padding, activation, ..spec(4, 9, [3, 3], stride) }, 2, h, w);
            check(Spec { padding, activation, ..spec(3, 5, [1, 1], stride) }, 1, h, w);
            let below = [(0, 2), (0, 0)];
            check(Spec { padding: below, activation, ..spec(3, 5, [3, 1], stride) }, 1, h, w);
            check(Spec { padding: below, activation, ..spec(3, 5, [1, 1], stride) }, 1, h, w);
        }
    }
}

#[test]
fn a_reflected_border_equals_the_plain_sum() {
    for (index, [h, w]) in SIZES.into_iter().chain([[2, 2], [5, 70], [40, 90]]).enumerate() {
        let activation = [Act::Elu, Act::Sigmoid, Act::Linear][index % 3];
        let reflect = |spec| Spec { border: Border::Reflect, activation, ..spec };
        for (inputs, outputs) in [(1, 1), (3, 12), (5, 16)] {
            check(reflect(spec(inputs, outputs, [3, 3], 1)), 2, h, w);
            check(reflect(spec(inputs, outputs, [3, 3], 2)), 1, h, w);
            // A border wider than the input has something to mirror.
            check(reflect(spec(inputs, outputs, [7, 5], 1)), 1, h, w);
        }
        check(Spec { groups: 4, ..reflect(spec(4, 4, [3, 3], 1)) }, 1, h, w);
    }
}

#[test]
fn an_input_in_parts_is_their_concatenation() {
    for (kernel, stride, border) in [
        ([3, 3], 1, Border::Reflect),
        ([3, 3], 1, Border::Zeros),
        ([5, 3], 2, Border::Reflect),
        ([1, 1], 1, Border::Zeros),
    ] {
        for ([h, w], halves, wholes) in
            [([2, 2], 3, 5), ([6, 4], 3, 5), ([14, 38], 3, 5), ([12, 130], 3, 5), ([26, 42], 7, 11)]
        {
            let n = 2;
            let spec = Spec { border, ..spec(halves + wholes, if halves > 3 { 17 } else { 9 }, kernel, stride) };
            let packed = Packed::new(&noise(spec.outputs * spec.depth(), 3), None, spec);
            let (small, skip) = (noise(n * halves * h * w / 4, 4), noise(n * wholes * h * w, 5));
            let large = nearest_double(&small, h / 2, w / 2);
            let image = |values: &[f32], i: usize| values[i * values.len() / n..(i + 1) * values.len() / n].to_vec();
            let whole: Vec<f32> = (0..n).flat_map(|i| [image(&large, i), image(&skip, i)].concat()).collect();
            let parts = [
                Part { values: &small, channels: halves, doubled: true },
                Part { values: &skip, channels: wholes, doubled: false },
            ];
            let in_parts = packed.run_parts(spec.padding, &parts, n, h, w);
            assert_eq!(in_parts, packed.run(&whole, n, h, w), "{spec:?} at {h}×{w}");
        }
    }
}

#[test]
fn many_channels_and_several_bands_equal_the_plain_sum() {
    check(spec(320, 64, [3, 3], 1), 1, 7, 10);
    check(spec(32, 1024, [3, 3], 1), 1, 7, 10);
    check(spec(200, 72, [1, 1], 1), 2, 30, 41);
    check(spec(80, 33, [3, 3], 1), 1, 40, 64);
    check(spec(40, 24, [3, 3], 2), 1, 121, 160);
    check(Spec { groups: 16, ..spec(16, 16, [5, 5], 1) }, 1, 112, 160);
}

/// More channels than fit the scratch at once: several passes, of which the last has fewer.
#[test]
fn sums_over_several_passes_equal_the_plain_sum() {
    check(Spec { activation: Act::Elu, ..spec(700, 20, [5, 5], 1) }, 1, 15, 19);
    check(Spec { border: Border::Reflect, activation: Act::Relu, ..spec(400, 9, [3, 3], 2) }, 2, 29, 38);
    check(Spec { activation: Act::LeakyRelu, ..spec(2 * 600, 2, [3, 3], 1) }, 1, 23, 130);
    check(Spec { groups: 2, ..spec(2 * 600, 2, [3, 1], 1) }, 1, 40, 120);
}

#[test]
fn a_kernel_larger_than_the_input_gives_nothing() {
    let spec = Spec { padding: [(0, 0); 2], ..spec(2, 2, [5, 5], 1) };
    let (output, size) = Packed::new(&[0.0; 100], None, spec).run(&[0.0; 24], 1, 4, 3);
    assert!(output.is_empty());
    assert_eq!(size, [0, 0]);
}

#[test]
fn a_kept_buffer_is_overwritten_and_nan_passes() {
    for (activation, expected) in [(Act::Relu6, [0.0, 6.0]), (Act::Elu, [-0.776_869_84, 9.5])] {
        let spec = Spec { activation, ..spec(1, 1, [1, 1], 1) };
        let mut output = [7.0; 3];
        Packed::new(&[1.0], Some(&[0.5]), spec).run_into(&[f32::NAN, -2.0, 9.0], 1, 1, 3, &mut output);
        assert!(output[0].is_nan());
        assert_eq!(output[1..], expected);
    }
}

#[test]
#[allow(clippy::unwrap_used)]
fn the_number_of_threads_changes_no_bit() {
    for (spec, h, w) in [
        (spec(24, 40, [3, 3], 1), 45, 61),
        (spec(64, 64, [1, 1], 1), 56, 80),
        (spec(32, 1024, [3, 3], 1), 7, 10),
        (spec(700, 40, [5, 5], 1), 15, 19),
        (spec(33, 20, [3, 3], 1), 41, 50),
        (Spec { groups: 48, ..spec(48, 48, [3, 3], 2) }, 57, 81),
    ] {
        let packed = Packed::new(&noise(spec.outputs * spec.depth(), 5), None, spec);
        let input = noise(spec.inputs * h * w, 6);
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| packed.run(&input, 1, h, w).0)
        };
        let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        let one = bits(with(1));
        for threads in [2, 3, 7] {
            assert_eq!(one, bits(with(threads)), "{spec:?} with {threads} threads");
        }
    }
}

#[test]
fn pixel_shuffle_interleaves_channels() {
    let input: Vec<f32> = (0..8).map(|value| value as f32).collect();
    // One image, one output channel, 1×2 pixels in four planes: [0 1] [2 3] [4 5] [6 7].
    assert_eq!(pixel_shuffle(&input, 1, 1, 2, 2), [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0]);
    let (c, h, w, r) = (5, 33, 29, 4);
    let input = noise(2 * c * r * r * h * w, 9);
    let output = pixel_shuffle(&input, c, h, w, r);
    for (plane, y, x) in [(0, 0, 0), (3, 17, 50), (9, 131, 115), (7, 64, 3)] {
        let from = ((plane * r * r + y % r * r + x % r) * h + y / r) * w + x / r;
        assert_eq!(output[(plane * h * r + y) * w * r + x], input[from]);
    }
}

#[test]
fn doubling_repeats_rows_and_columns() {
    assert_eq!(nearest_double(&[1.0, 2.0, 3.0], 1, 3), [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0]);
    assert!(nearest_double(&[], 0, 0).is_empty());
    let (h, w) = (67, 45);
    let input = noise(5 * h * w, 3);
    let output = nearest_double(&input, h, w);
    let right = |(at, value): (usize, &f32)| {
        *value == input[at / (4 * h * w) * h * w + at / (2 * w) % (2 * h) / 2 * w + at % (2 * w) / 2]
    };
    assert!(output.len() == 4 * input.len() && output.iter().enumerate().all(right));
}

#[test]
fn resizing_aligns_corners() {
    let input = [0.0, 2.0, 4.0, 6.0];
    assert_eq!(resize_bilinear(&input, 2, 2, 3, 3), [0.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 6.0]);
    assert_eq!(resize_bilinear(&input, 2, 2, 1, 2), [0.0, 2.0]);
    let ramp: Vec<f32> = (0..40 * 30 * 30).map(|at| (at % 30) as f32).collect();
    let output = resize_bilinear(&ramp, 30, 30, 59, 59);
    assert!(output.iter().enumerate().all(|(at, value)| (value - (at % 59) as f32 / 2.0).abs() < 1e-4));
}
