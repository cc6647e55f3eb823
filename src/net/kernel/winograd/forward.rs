//! The convolution: transformed weights, and units of work.

use super::super::input::{Input, Part};
use super::super::store::{activate, load, save};
use super::super::tile::{MOST_LANES, widest_block};
use super::super::{Spec, activate as exponential, odd_lines};
use super::tiles::Grid;
use super::transform::{self, POINTS, PRODUCTS, TILE};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use std::cell::RefCell;

/// Tiles of a unit, about: its factors should stay in the second-level cache.
const UNIT_TILES: usize = 96;
/// Vectors of tiles that are multiplied at once.
const MOST_VECTORS: usize = 3;
/// Tiles of the widest group.
const MOST_TILES: usize = MOST_VECTORS * MOST_LANES;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

#[derive(Default)]
struct Scratch {
    line: Vec<f32>,
    phases: Vec<f32>,
    factors: Vec<f32>,
    sums: Vec<f32>,
}

/// The weights of a convolution as factors of products.
#[derive(Debug, Clone)]
pub(in super::super) struct Transformed {
    arch: Arch,
    /// Block (of as many output channels as the micro-kernel takes), product, input channel, channel of the block; zeros where
    /// the last block is not full.
    factors: Vec<f32>,
}

impl Transformed {
    /// Of outputs × inputs × 3 × 3 weights; `tap(output, input, tap)` gives one.
    pub fn new(arch: Arch, spec: &Spec, tap: impl Fn(usize, usize, usize) -> f32 + Sync) -> Self {
        let block = widest_block(arch);
        let (inputs, outputs) = (spec.inputs, spec.outputs);
        let each = PRODUCTS * inputs * block;
        let mut factors = vec![0.0; outputs.div_ceil(block) * each];
        factors.par_chunks_exact_mut(each).enumerate().for_each(|(index, factors)| {
            let count = block.min(outputs - index * block);
            let tap = |lane: usize, input: usize, at: usize| tap(index * block + lane, input, at);
            arch.dispatch(Block { factors, inputs, block, count, tap });
        });
        Self { arch, factors }
    }

    /// Convolves `n` images.
    pub fn run(&self, spec: &Spec, bias: &[f32], parts: &[Part<'_>], [n, h, w]: [usize; 3], output: &mut [f32]) {
        let [oh, ow] = spec.output_size(h, w);
        let threads = rayon::current_num_threads();
        let all = n * oh.div_ceil(TILE) * (ow.div_ceil(TILE) + 1);
        let grid = Grid::new(spec, h, w, UNIT_TILES.min(all.div_ceil(2 * threads)));
        let mut units: Vec<Vec<&mut [f32]>> = Vec::new();
        for image in output.chunks_exact_mut(spec.outputs * oh * ow) {
            let first = units.len();
            units.resize_with(first + grid.bands, || Vec::with_capacity(spec.outputs));
            for plane in image.chunks_exact_mut(oh * ow) {
                for (band, rows) in plane.chunks_mut(grid.rows * TILE * ow).enumerate() {
                    units[first + band].push(rows);
                }
            }
        }
        units.into_par_iter().enumerate().for_each(|(index, mut outputs)| {
            SCRATCH.with_borrow_mut(|scratch| {
                self.arch.dispatch(Unit {
                    grid: &grid,
                    spec,
                    weights: self,
                    bias,
                    input: Input { parts, image: index / grid.bands, first: 0, channels: spec.inputs },
                    band: index % grid.bands,
                    outputs: &mut outputs,
                    scratch,
                });
            });
        });
    }
}

/// The factors of a block of output channels.
struct Block<'a, F> {
    factors: &'a mut [f32],
    inputs: usize,
    block: usize,
    /// Channels that there are.
    count: usize,
    tap: F,
}

impl<F: Fn(usize, usize, usize) -> f32> WithSimd for Block<'_, F> {
    type Output = ();

    /// Vectors hold the input channels of one output.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { factors, inputs, block, count, tap } = self;
        let lanes = S::F32_LANES;
        let mut taps = [[0.0; MOST_LANES]; 9];
        for at in 0..count * inputs.div_ceil(lanes) {
            let (lane, first) = (at % count, at / count * lanes);
            let here = lanes.min(inputs - first);
            for (at, taps) in taps.iter_mut().enumerate() {
                for (input, to) in taps[..here].iter_mut().enumerate() {
                    *to = tap(lane, first + input, at);
                }
            }
            let from = |row: usize, column: usize| load::<S>(&taps[row * 3 + column][..lanes]);
            transform::kernel_tile(simd, from, |row, column, value| {
                let mut all = [0.0; MOST_LANES];
                save::<S>(value, &mut all[..lanes]);
                let product = row * POINTS + column;
                let to = factors[(product * inputs + first) * block + lane..].iter_mut().step_by(block);
                to.zip(&all[..here]).for_each(|(to, from)| *to = *from);
            });
        }
    }
}

/// Some rows of tiles of one image.
struct Unit<'a, 'o> {
    grid: &'a Grid,
    spec: &'a Spec,
    weights: &'a Transformed,
    bias: &'a [f32],
    input: Input<'a>,
    band: usize,
    outputs: &'a mut [&'o mut [f32]],
    scratch: &'a mut Scratch,
}

impl WithSimd for Unit<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::REGISTER_COUNT >= 32 { unit::<S, 8>(simd, self) } else { unit::<S, 4>(simd, self) }
    }
}

/// Vectors that are multiplied at once with `M` channels.
const fn vectors(channels: usize) -> usize {
    if channels == 8 { 3 } else { 2 }
}

#[inline(always)]
fn unit<S: Simd, const M: usize>(simd: S, unit: Unit<'_, '_>) {
    let Unit { grid, spec, weights, bias, input, band, outputs, scratch } = unit;
    let Scratch { line, phases, factors, sums } = scratch;
    let (lanes, inputs) = (S::F32_LANES, spec.inputs);
    let count = grid.count(grid.rows_of(band)).div_ceil(lanes);
    let grow = |of: &mut Vec<f32>, length: usize| {
        if of.len() < length {
            of.resize(length, 0.0);
        }
    };
    grow(line, TILE * grid.pitch);
    grow(phases, TILE * TILE * grid.phase() + 2 * MOST_LANES);
    // Groups of vectors one after the other; in each product by product, and channel by channel.
    let widest = vectors(M) * lanes;
    let group_size = PRODUCTS * odd_lines(inputs * widest);
    grow(factors, count.div_ceil(vectors(M)) * group_size);
    let offsets: [usize; PRODUCTS] = std::array::from_fn(|at| grid.at(at / POINTS, at % POINTS));
    grow(sums, PRODUCTS * M * MOST_TILES);
    for (channel, (plane, doubled)) in input.planes(grid.size[0], grid.size[1]).enumerate() {
        grid.fill(phases, line, plane, doubled, band);
        for v in 0..count {
            let group = v / vectors(M);
            let wide = vectors(M).min(count - group * vectors(M)) * lanes;
            let product = odd_lines(inputs * wide);
            let to = &mut factors[group * group_size + channel * wide + v % vectors(M) * lanes..];
            let phases = &phases[v * lanes..];
            let from = |row, column| {
                let at = offsets[row * POINTS + column];
                load::<S>(&phases[at..at + lanes])
            };
            transform::input_tile(simd, from, |row, column, value| {
                let at = (row * POINTS + column) * product;
                save::<S>(value, &mut to[at..at + lanes]);
            });
        }
    }
    let each = PRODUCTS * inputs * M;
    for group in 0..count.div_ceil(vectors(M)) {
        let wide = vectors(M).min(count - group * vectors(M));
        let first = group * vectors(M) * lanes;
        let factors = &factors[group * group_size..][..PRODUCTS * odd_lines(inputs * wide * lanes)];
        for ((outputs, weights), bias) in
            outputs.chunks_mut(M).zip(weights.factors.chunks_exact(each)).zip(bias.chunks(M))
        {
            match wide {
                1 => products::<S, M, 1>(simd, factors, weights, sums),
                2 => products::<S, M, 2>(simd, factors, weights, sums),
                _ => products::<S, M, 3>(simd, factors, weights, sums),
            }
            for (channel, (output, bias)) in outputs.iter_mut().zip(bias).enumerate() {
                let sums = &sums[channel * wide * lanes..];
                back::<S>(simd, sums, M * wide * lanes, wide, *bias, spec, grid, first, output);
            }
        }
    }
}

/// All products of a group of tiles with a block of channels, summed over the input channels.
#[inline(always)]
fn products<S: Simd, const M: usize, const V: usize>(simd: S, factors: &[f32], weights: &[f32], sums: &mut [f32]) {
    let wide = V * S::F32_LANES;
    let inputs = weights.len() / (PRODUCTS * M);
    let factors = factors.chunks_exact(odd_lines(inputs * wide));
    let weights = weights.chunks_exact(inputs * M);
    for ((factors, weights), to) in factors.zip(weights).zip(sums.chunks_exact_mut(M * wide)) {
        let mut totals = [[simd.splat_f32s(0.0); V]; M];
        for (x, w) in factors[..inputs * wide].chunks_exact(wide).zip(weights.chunks_exact(M)) {
            let x: [S::f32s; V] = std::array::from_fn(|v| load::<S>(&x[v * S::F32_LANES..(v + 1) * S::F32_LANES]));
            for m in 0..M {
                let w = simd.splat_f32s(w[m]);
                for v in 0..V {
                    totals[m][v] = simd.mul_add_e_f32s(w, x[v], totals[m][v]);
                }
            }
        }
        for (total, to) in totals.into_iter().flatten().zip(to.chunks_exact_mut(S::F32_LANES)) {
            save::<S>(total, to);
        }
    }
}

/// The sums of one channel back to pixels: bias, activation, and to where they belong in the output rows.
#[inline(always)]
#[allow(clippy::too_many_arguments)] // one call, in the innermost loop but one
fn back<S: Simd>(
    simd: S,
    sums: &[f32],
    step: usize,
    wide: usize,
    bias: f32,
    spec: &Spec,
    grid: &Grid,
    first: usize,
    output: &mut [f32],
) {
    let lanes = S::F32_LANES;
    let mut pixels = [[0.0; MOST_TILES]; TILE * TILE];
    let bias = simd.splat_f32s(bias);
    for v in 0..wide {
        let from = |row: usize, column: usize| load::<S>(&sums[(row * POINTS + column) * step + v * lanes..][..lanes]);
        transform::output_tile(simd, from, |row, column, value| {
            let value = activate(simd, simd.add_f32s(value, bias), spec.activation);
            save::<S>(value, &mut pixels[row * TILE + column][v * lanes..(v + 1) * lanes]);
        });
    }
    let ow = grid.output[1];
    let last = first + wide * lanes;
    let mut at = first;
    while at < last {
        let (row, column) = (at / grid.pitch, at % grid.pitch);
        let next = ((row + 1) * grid.pitch).min(last);
        // Without the place between two rows.
        let tiles = (next - at).min(grid.tiles[1].saturating_sub(column));
        let from = at - first;
        let columns = TILE * column..(TILE * (column + tiles)).min(ow);
        for (i, pixels) in pixels.chunks_exact(TILE).enumerate() {
            let begin = (row * TILE + i) * ow;
            if tiles == 0 || begin >= output.len() {
                break;
            }
            let to = &mut output[begin..begin + ow][columns.clone()];
            let [a, b, c, d] = std::array::from_fn(|j| &pixels[j][from..from + tiles]);
            let whole = to.len() / TILE;
            let mut quads = to.chunks_exact_mut(TILE);
            for ((((to, a), b), c), d) in quads.by_ref().zip(a).zip(b).zip(c).zip(d) {
                to[0] = *a;
                to[1] = *b;
                to[2] = *c;
                to[3] = *d;
            }
            let rest = quads.into_remainder();
            rest.iter_mut().zip([a, b, c]).for_each(|(to, from)| *to = from[whole]);
            exponential::finish(&mut output[begin..begin + ow][columns.clone()], spec.activation);
        }
        at = next;
    }
}
