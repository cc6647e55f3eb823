//! The gradient of a convolution's weights: every tap of the kernel is the dot product of the output's gradient with the
//! input at another offset, so one micro-kernel of dot products serves every kernel, stride and group.
//!
//! The pixels of all images are counted through in rows of one pitch, input and gradient alike (the gradient with zeros
//! where only the input has columns). A task owns some outputs × some inputs and goes through the pixels piece by piece;
//! every sum is made by one task in one order, so it does not depend on the number of threads.

use super::grad_pieces::{Grid, Planes, fill_grad, fill_input};
use super::store::load;
use super::{Border, Spec, odd_lines, winograd};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use std::cell::RefCell;

/// Pixels of a piece: those of a tile's rows stay in the first-level cache.
const PIECE: usize = 768;
/// Channels of a task, outputs and inputs alike: their pieces stay in the second-level cache.
const MOST_CHANNELS: usize = 64;

thread_local! {
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// ∂L/∂weight (outputs × inputs/groups × kernel height × kernel width) from ∂L/∂output `grad`
/// (`n`×outputs×height×width) and the `input` (`n`×inputs×`h`×`w`) of a convolution whose border is zeros.
///
/// # Panics
/// If a length does not fit.
#[must_use]
pub fn weight_gradient(spec: &Spec, input: &[f32], grad: &[f32], n: usize, h: usize, w: usize) -> Vec<f32> {
    let [oh, ow] = spec.output_size(h, w);
    assert_eq!(input.len(), n * spec.inputs * h * w, "input of {spec:?}");
    assert_eq!(grad.len(), n * spec.outputs * oh * ow, "gradient of {spec:?}");
    if spec.border == Border::Zeros && winograd::takes(spec, n, h, w) {
        return winograd::weight_gradient(spec, input, grad, n, h, w);
    }
    let grid = Grid::new(spec, n, h, w);
    let (outputs, inputs) = (spec.outputs / spec.groups, spec.inputs / spec.groups);
    let taps = spec.kernel[0] * spec.kernel[1];
    let mut gradient = vec![0.0; spec.outputs * inputs * taps];
    if grad.is_empty() || input.is_empty() {
        return gradient;
    }
    let [tall, wide] = cut(spec.groups, outputs, inputs, rayon::current_num_threads());
    let tasks: Vec<_> = (0..spec.groups)
        .flat_map(|group| (0..outputs).step_by(tall).map(move |output| (group, output)))
        .flat_map(|(group, output)| (0..inputs).step_by(wide).map(move |input| (group, output, input)))
        .collect();
    let arch = Arch::new();
    let work = |&(group, first_output, first_input): &(usize, usize, usize)| {
        let outputs = tall.min(outputs - first_output);
        let channels = wide.min(inputs - first_input);
        let mut sums = vec![0.0; outputs * channels * taps];
        SCRATCH.with_borrow_mut(|scratch| {
            arch.dispatch(Task {
                grid: &grid,
                input: Planes {
                    values: input,
                    channels: spec.inputs,
                    first: group * inputs + first_input,
                    count: channels,
                },
                grad: Planes {
                    values: grad,
                    channels: spec.outputs,
                    first: group * (spec.outputs / spec.groups) + first_output,
                    count: outputs,
                },
                scratch,
                sums: &mut sums,
            });
        });
        sums
    };
    let least = tasks.len().div_ceil(8 * rayon::current_num_threads());
    let sums: Vec<_> = tasks.par_iter().with_min_len(least).map(work).collect();
    for ((group, first_output, first_input), sums) in tasks.into_iter().zip(sums) {
        let row = wide.min(inputs - first_input) * taps;
        for (i, sums) in sums.chunks_exact(row).enumerate() {
            let at = ((group * outputs + first_output + i) * inputs + first_input) * taps;
            gradient[at..at + row].copy_from_slice(sums);
        }
    }
    gradient
}

/// Outputs and inputs of a task: enough tasks for all threads, but none so small that copying outweighs multiplying.
fn cut(groups: usize, outputs: usize, inputs: usize, threads: usize) -> [usize; 2] {
    let (mut tall, mut wide) = (outputs.min(MOST_CHANNELS), inputs.min(MOST_CHANNELS));
    let tasks = |tall: usize, wide: usize| groups * outputs.div_ceil(tall) * inputs.div_ceil(wide);
    while threads > 1 && tasks(tall, wide) < 3 * threads && (tall > 16 || wide > 16) {
        if tall >= wide { tall = (tall / 2).next_multiple_of(8) } else { wide = wide.div_ceil(2) }
    }
    [tall, wide]
}

struct Task<'a> {
    grid: &'a Grid,
    input: Planes<'a>,
    grad: Planes<'a>,
    scratch: &'a mut Vec<f32>,
    sums: &'a mut [f32],
}

impl WithSimd for Task<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { grid, input, grad, scratch, sums } = self;
        let pixels = grid.n * grid.rows * grid.pitch;
        let phases = grid.phases[0] * grid.phases[1];
        let piece = PIECE.min(pixels.next_multiple_of(S::F32_LANES));
        let (line, ahead) = (odd_lines(piece), odd_lines(piece + grid.halo));
        let wanted = grad.count * line + input.count * phases * ahead;
        if scratch.len() < wanted {
            scratch.resize(wanted, 0.0);
        }
        let (rows, columns) = scratch[..wanted].split_at_mut(grad.count * line);
        let offsets: Vec<usize> = (0..input.count)
            .flat_map(|channel| grid.taps.iter().map(move |(phase, tap)| (channel * phases + phase) * ahead + tap))
            .collect();
        for from in (0..pixels).step_by(piece) {
            let now = piece.min(pixels - from);
            let length = now.next_multiple_of(S::F32_LANES);
            for (channel, row) in rows.chunks_exact_mut(line).enumerate() {
                fill_grad(&mut row[..length], grid, grad, channel, from);
            }
            for (channel, phases) in columns.chunks_exact_mut(phases * ahead).enumerate() {
                for (phase, row) in phases.chunks_exact_mut(ahead).enumerate() {
                    fill_input(&mut row[..length + grid.halo], grid, input, channel, phase, from);
                }
            }
            tiles(simd, rows, line, columns, &offsets, length, grad.count, sums);
        }
    }
}

/// Adds the dot products of all rows with all taps to `sums` (rows × taps).
#[inline(always)]
#[allow(clippy::too_many_arguments)] // one call, in the innermost loop but one
fn tiles<S: Simd>(
    simd: S,
    rows: &[f32],
    line: usize,
    columns: &[f32],
    offsets: &[usize],
    length: usize,
    count: usize,
    sums: &mut [f32],
) {
    let width = offsets.len();
    let tall = if S::REGISTER_COUNT >= 32 { 8 } else { 4 };
    let mut row = 0;
    while row < count {
        let rows = &rows[row * line..];
        let sums = &mut sums[row * width..];
        row += match count - row {
            left if left >= tall && tall == 8 => across::<S, 8, 3>(simd, rows, line, columns, offsets, length, sums),
            left if left >= 4 => across::<S, 4, 3>(simd, rows, line, columns, offsets, length, sums),
            2 | 3 => across::<S, 2, 6>(simd, rows, line, columns, offsets, length, sums),
            _ => across::<S, 1, 9>(simd, rows, line, columns, offsets, length, sums),
        };
    }
}

/// `M` rows with all taps, `N` at a time; returns `M`.
#[inline(always)]
fn across<S: Simd, const M: usize, const N: usize>(
    simd: S,
    rows: &[f32],
    line: usize,
    columns: &[f32],
    offsets: &[usize],
    length: usize,
    sums: &mut [f32],
) -> usize {
    let width = offsets.len();
    let groups = offsets.chunks_exact(N);
    let rest = groups.remainder();
    for (i, group) in groups.enumerate() {
        dots::<S, M, N>(simd, rows, line, columns, group, length, &mut sums[i * N..], width);
    }
    for (i, one) in rest.chunks(1).enumerate() {
        let at = width - rest.len() + i;
        dots::<S, M, 1>(simd, rows, line, columns, one, length, &mut sums[at..], width);
    }
    M
}

/// One tile of dot products, added to `sums` (rows of `width`).
#[inline(always)]
#[allow(clippy::too_many_arguments)] // the innermost loop
fn dots<S: Simd, const M: usize, const N: usize>(
    simd: S,
    rows: &[f32],
    line: usize,
    columns: &[f32],
    offsets: &[usize],
    length: usize,
    sums: &mut [f32],
    width: usize,
) {
    let rows: [&[f32]; M] = std::array::from_fn(|m| &rows[m * line..m * line + length]);
    let columns: [&[f32]; N] = std::array::from_fn(|n| &columns[offsets[n]..offsets[n] + length]);
    let mut totals = [[simd.splat_f32s(0.0); N]; M];
    for at in (0..length).step_by(S::F32_LANES) {
        let x: [S::f32s; N] = std::array::from_fn(|n| load::<S>(&columns[n][at..at + S::F32_LANES]));
        for m in 0..M {
            let y = load::<S>(&rows[m][at..at + S::F32_LANES]);
            for n in 0..N {
                totals[m][n] = simd.mul_add_e_f32s(y, x[n], totals[m][n]);
            }
        }
    }
    for m in 0..M {
        for n in 0..N {
            sums[m * width + n] += simd.reduce_sum_f32s(totals[m][n]);
        }
    }
}
