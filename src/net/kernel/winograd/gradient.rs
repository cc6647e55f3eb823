//! The gradient of the weights: the transforms of the convolution taken back. A tile's gradient, brought to 36 numbers, times
//! the tile's 36 factors is what it adds to the gradients of the 36 factors of a kernel, which go back to nine taps at the end.
//!
//! Here a vector holds channels, not tiles: the products are summed over tiles, each of which is one broadcast for a block of
//! outputs. A task adds up some tiles for some outputs; how they are shared out does not depend on the number of threads.

use super::super::store::{load, save};
use super::super::tile::MOST_LANES;
use super::super::{Spec, odd_lines};
use super::strip::Strip;
use super::transform::{self, POINTS, PRODUCTS, TILE};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use std::cell::RefCell;
use std::ops::Range;

/// Tiles of a batch, about: their factors should stay in the second-level cache.
const BATCH_TILES: usize = 32;
/// Most parts of the sum over tiles, and bytes that they may take together.
const MOST_PARTS: usize = 16;
const PART_BYTES: usize = 32 << 20;
/// Tasks that there should be at least, and outputs that a task should have.
const LEAST_TASKS: usize = 8;
const LEAST_OUTPUTS: usize = 32;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

#[derive(Default)]
struct Scratch {
    strip: Vec<f32>,
    inputs: Vec<f32>,
    grads: Vec<f32>,
}

/// ∂L/∂weight, see [`super::super::weight_gradient`]; for calls that [`super::takes`] and whose border is zeros.
pub(in super::super) fn weight_gradient(
    spec: &Spec,
    input: &[f32],
    grad: &[f32],
    n: usize,
    h: usize,
    w: usize,
) -> Vec<f32> {
    let output = spec.output_size(h, w);
    let tiles = output.map(|size| size.div_ceil(TILE));
    let rows = (BATCH_TILES / tiles[1]).clamp(1, tiles[0]);
    let bands = tiles[0].div_ceil(rows);
    let call = Call { spec, input, grad, size: [h, w], output, tiles, rows, bands };
    let bytes = 4 * PRODUCTS * spec.outputs * spec.inputs;
    let parts = (PART_BYTES / bytes).clamp(1, MOST_PARTS).min(n * bands);
    let slices = LEAST_TASKS.div_ceil(parts).min(spec.outputs.div_ceil(LEAST_OUTPUTS));
    let slice = spec.outputs.div_ceil(slices).next_multiple_of(8);
    let slices = spec.outputs.div_ceil(slice);
    let arch = Arch::new();
    let sums: Vec<Vec<f32>> = (0..slices * parts)
        .into_par_iter()
        .map(|task| {
            let (index, part) = (task / parts, task % parts);
            let batches = part * n * bands / parts..(part + 1) * n * bands / parts;
            let outputs = index * slice..spec.outputs.min((index + 1) * slice);
            SCRATCH.with_borrow_mut(|scratch| arch.dispatch(Task { call: &call, batches, outputs, scratch }))
        })
        .collect();
    let mut gradient = vec![0.0; spec.outputs * spec.inputs * 9];
    gradient.par_chunks_exact_mut(spec.inputs * 9).enumerate().for_each(|(output, gradient)| {
        let index = output / slice;
        let sums = &sums[index * parts..(index + 1) * parts];
        arch.dispatch(Back { sums, count: slice.min(spec.outputs - index * slice), output: output % slice, gradient });
    });
    gradient
}

struct Call<'a> {
    spec: &'a Spec,
    input: &'a [f32],
    grad: &'a [f32],
    size: [usize; 2],
    output: [usize; 2],
    tiles: [usize; 2],
    /// Rows of tiles of a batch (the last of an image may have fewer), and batches of an image.
    rows: usize,
    bands: usize,
}

/// Some batches for some outputs: product, output, input (padded to whole vectors).
struct Task<'a> {
    call: &'a Call<'a>,
    batches: Range<usize>,
    outputs: Range<usize>,
    scratch: &'a mut Scratch,
}

impl WithSimd for Task<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        if S::REGISTER_COUNT >= 32 { task::<S, 8, 3>(simd, self) } else { task::<S, 4, 2>(simd, self) }
    }
}

#[inline(always)]
fn task<S: Simd, const M: usize, const V: usize>(simd: S, task: Task<'_>) -> Vec<f32> {
    let Task { call, batches, outputs, scratch } = task;
    let Call { spec, size, output, tiles, .. } = call;
    let lanes = S::F32_LANES;
    let wide = spec.inputs.next_multiple_of(lanes);
    let tall = outputs.len().next_multiple_of(lanes);
    let mut sums = vec![0.0; PRODUCTS * outputs.len() * wide];
    for batch in batches {
        let (image, band) = (batch / call.bands, batch % call.bands);
        let rows = band * call.rows..tiles[0].min((band + 1) * call.rows);
        let count = rows.len() * tiles[1];
        let Scratch { strip, inputs, grads } = scratch;
        let [of_inputs, of_grads] = [wide, tall].map(|width| odd_lines(count * width));
        for (of, size) in [(&mut *inputs, of_inputs), (&mut *grads, of_grads)] {
            if of.len() < PRODUCTS * size {
                of.resize(PRODUCTS * size, 0.0);
            }
        }
        let before = [spec.padding[0].0, spec.padding[1].0];
        for (index, row) in rows.enumerate() {
            let planes = &call.input[image * spec.inputs * size[0] * size[1]..];
            let pixels =
                Strip { planes, size: *size, first: row * TILE, before, rows: POINTS, columns: tiles[1] * TILE + 2 };
            for channel in (0..spec.inputs).step_by(lanes) {
                pixels.fill(strip, channel, lanes.min(spec.inputs - channel), lanes);
                for tile in 0..tiles[1] {
                    let from = |r: usize, c: usize| load::<S>(&strip[pixels.at(r, tile * TILE + c) * lanes..][..lanes]);
                    let to = (index * tiles[1] + tile) * wide + channel;
                    transform::input_tile(simd, from, |r, c, value| {
                        let at = (r * POINTS + c) * of_inputs + to;
                        save::<S>(value, &mut inputs[at..at + lanes]);
                    });
                }
            }
            let planes = &call.grad[(image * spec.outputs + outputs.start) * output[0] * output[1]..];
            let columns = tiles[1] * TILE;
            let pixels = Strip { planes, size: *output, first: row * TILE, before: [0; 2], rows: TILE, columns };
            for channel in (0..outputs.len()).step_by(lanes) {
                pixels.fill(strip, channel, lanes.min(outputs.len() - channel), lanes);
                for tile in 0..tiles[1] {
                    let from = |r: usize, c: usize| load::<S>(&strip[pixels.at(r, tile * TILE + c) * lanes..][..lanes]);
                    let to = (index * tiles[1] + tile) * tall + channel;
                    transform::output_tile_back(simd, from, |r, c, value| {
                        let at = (r * POINTS + c) * of_grads + to;
                        save::<S>(value, &mut grads[at..at + lanes]);
                    });
                }
            }
        }
        let inputs = inputs.chunks_exact(of_inputs).map(|factors| &factors[..count * wide]);
        let grads = grads.chunks_exact(of_grads).map(|factors| &factors[..count * tall]);
        for ((inputs, grads), sums) in inputs.zip(grads).zip(sums.chunks_exact_mut(outputs.len() * wide)) {
            for first in (0..outputs.len()).step_by(M) {
                let mut at = 0;
                while at < wide {
                    let left = (wide - at) / lanes;
                    let height = M.min(outputs.len() - first);
                    let grads = (&grads[first..], tall);
                    let sums = &mut sums[first * wide + at..];
                    at += lanes
                        * match left {
                            1 => add::<S, M, 1>(simd, (&inputs[at..], wide), grads, height, sums),
                            2 => add::<S, M, 2>(simd, (&inputs[at..], wide), grads, height, sums),
                            _ => add::<S, M, V>(simd, (&inputs[at..], wide), grads, height, sums),
                        };
                }
            }
        }
    }
    sums
}

/// Adds Σ over tiles of `M` gradients × `V` vectors of factors to the sums; both have a row a tile. Returns `V`.
#[inline(always)]
fn add<S: Simd, const M: usize, const V: usize>(
    simd: S,
    (factors, wide): (&[f32], usize),
    (grads, tall): (&[f32], usize),
    height: usize,
    sums: &mut [f32],
) -> usize {
    let lanes = S::F32_LANES;
    let mut totals = [[simd.splat_f32s(0.0); V]; M];
    for (x, y) in factors.chunks(wide).zip(grads.chunks(tall)) {
        // Rows end where vectors end, so that each is there whole; those of outputs that a block lacks are not used.
        let x: [S::f32s; V] = std::array::from_fn(|v| load::<S>(&x[v * lanes..(v + 1) * lanes]));
        let y = &y[..M];
        for m in 0..M {
            let y = simd.splat_f32s(y[m]);
            for v in 0..V {
                totals[m][v] = simd.mul_add_e_f32s(y, x[v], totals[m][v]);
            }
        }
    }
    for (m, totals) in totals.into_iter().enumerate().take(height) {
        for (v, total) in totals.into_iter().enumerate() {
            let to = &mut sums[m * wide + v * lanes..][..lanes];
            save::<S>(simd.add_f32s(load::<S>(to), total), to);
        }
    }
    V
}

/// The sums of one output, over all parts, back to taps.
struct Back<'a> {
    sums: &'a [Vec<f32>],
    /// Outputs of the slice, and which of them.
    count: usize,
    output: usize,
    gradient: &'a mut [f32],
}

impl WithSimd for Back<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { sums, count, output, gradient } = self;
        let lanes = S::F32_LANES;
        let inputs = gradient.len() / 9;
        let wide = inputs.next_multiple_of(lanes);
        for (block, gradient) in gradient.chunks_mut(9 * lanes).enumerate() {
            let mut all = [simd.splat_f32s(0.0); PRODUCTS];
            for part in sums {
                for (product, all) in all.iter_mut().enumerate() {
                    let at = (product * count + output) * wide + block * lanes;
                    *all = simd.add_f32s(*all, load::<S>(&part[at..at + lanes]));
                }
            }
            let from = |row: usize, column: usize| all[row * POINTS + column];
            let mut taps = [[0.0; MOST_LANES]; 9];
            transform::kernel_tile_back(simd, from, |row, column, value| {
                save::<S>(value, &mut taps[row * 3 + column][..lanes]);
            });
            for (input, to) in gradient.chunks_exact_mut(9).enumerate() {
                for tap in 0..9 {
                    to[tap] = taps[tap][input];
                }
            }
        }
    }
}
