//! The micro-kernel: a tile of output channels × vectors of pixels, summed in registers.

use pulp::{Arch, Simd, WithSimd, bytemuck};

use super::input::Input;
use super::plan::Plan;
use super::{Act, activate, band};

/// Most vectors of pixels in a tile: with few channels more of them keep the multiply-adds independent.
pub(super) const MOST_VECTORS: usize = 8;
/// Lanes of the widest vector (AVX-512).
pub(super) const MOST_LANES: usize = 16;

/// Output channels that the micro-kernel takes at once: the sums fill most of the vector registers (8 × 3
/// vectors of 32 registers, 4 × 2 of 16; 4 × 3 of 16 leaves too few for the pixels and is spilled to the stack).
pub(super) fn widest_block(arch: Arch) -> usize {
    struct Registers;
    impl WithSimd for Registers {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::REGISTER_COUNT
        }
    }
    if arch.dispatch(Registers) >= 32 { 8 } else { 4 }
}

/// Vectors of pixels of a tile with `block` output channels.
const fn vectors(block: usize) -> usize {
    match block {
        1 => MOST_VECTORS,
        4 => 2,
        _ => 3,
    }
}

/// Pixels of a tile with `block` output channels on this instruction set.
pub(super) fn tile_pixels(arch: Arch, block: usize) -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    vectors(block) * arch.dispatch(Lanes)
}

/// One unit of work: some output rows of some channels of one image, with everything that it reads.
pub(super) struct Unit<'a, 'o> {
    pub plan: &'a Plan,
    /// Output channels a block: 8, 4 or 1.
    pub block: usize,
    pub activation: Act,
    /// See [`Plan::offsets`].
    pub offsets: &'a [u32],
    /// Taps an offset: 3 or 1.
    pub taps: usize,
    /// The group's input channels.
    pub input: Input<'a>,
    /// Weights (block, term, channel of the block) and bias (channel) of the unit's blocks.
    pub weight: &'a [f32],
    pub bias: &'a [f32],
    /// First output row.
    pub first: usize,
    /// The unit's rows of each of its output channels.
    pub outputs: &'a mut [&'o mut [f32]],
    pub scratch: &'a mut [f32],
}

impl WithSimd for Unit<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match (self.block, self.taps) {
            (8, 3) => run::<S, 8, 3>(simd, self),
            (8, _) => run::<S, 8, 1>(simd, self),
            (4, 3) => run::<S, 4, 3>(simd, self),
            (4, _) => run::<S, 4, 1>(simd, self),
            (_, 3) => run::<S, 1, 3>(simd, self),
            _ => run::<S, 1, 1>(simd, self),
        }
    }
}

/// Rows of the unit as the stores see them: pixels kept, and pixels from one row to the next. Rows without anything
/// between them are one long row.
#[derive(Clone, Copy)]
struct Lines {
    width: usize,
    pitch: usize,
}

#[inline(always)]
fn run<S: Simd, const M: usize, const T: usize>(simd: S, mut unit: Unit<'_, '_>) {
    let plan = unit.plan;
    let rows = unit.outputs.first().map_or(0, |rows| rows.len() / plan.ow.max(1));
    if rows == 0 {
        return;
    }
    let step = const { vectors(M) };
    if plan.panel > 0 {
        band::fill_panels(unit.scratch, unit.input, plan, unit.first, rows, step * S::F32_LANES);
    } else {
        band::fill(unit.scratch, unit.input, plan, unit.first, rows);
    }

    let lines = if plan.pitch == plan.ow {
        Lines { width: rows * plan.ow, pitch: rows * plan.ow }
    } else {
        Lines { width: plan.ow, pitch: plan.pitch }
    };
    // Flat pixels from the first to the last output, the columns between two rows included.
    let pixels = (rows - 1) * plan.pitch + plan.ow;
    let vectors = pixels.div_ceil(S::F32_LANES);
    let tiles = vectors.div_ceil(step);
    let blocks = unit.outputs.len().div_ceil(M);
    // Tiles inside: few output planes are written at a time, each onwards, as caches and their prefetching like it.
    for index in 0..tiles * blocks {
        let (tile, block) = (index % tiles, index / tiles);
        let at = tile * step;
        match (vectors - at).min(step) {
            1 => one::<S, M, 1, T>(simd, &mut unit, lines, at, block),
            2 => one::<S, M, 2, T>(simd, &mut unit, lines, at, block),
            3 => one::<S, M, 3, T>(simd, &mut unit, lines, at, block),
            4 if M == 1 => one::<S, M, 4, T>(simd, &mut unit, lines, at, block),
            5 | 6 if M == 1 => one::<S, M, 6, T>(simd, &mut unit, lines, at, block),
            _ if M == 1 => one::<S, M, 8, T>(simd, &mut unit, lines, at, block),
            _ => {}
        }
        if tile + 1 == tiles {
            let (from, to) = (block * M, ((block + 1) * M).min(unit.outputs.len()));
            unit.outputs[from..to].iter_mut().for_each(|rows| activate::finish(rows, unit.activation));
        }
    }
}

/// One tile: `M` channels from block `block`, `V` vectors from vector `at`.
#[inline(always)]
fn one<S: Simd, const M: usize, const V: usize, const T: usize>(
    simd: S,
    unit: &mut Unit<'_, '_>,
    lines: Lines,
    at: usize,
    block: usize,
) {
    let depth = unit.offsets.len() * T;
    let weight = &unit.weight[block * depth * M..(block + 1) * depth * M];
    let bias = &unit.bias[block * M..(block + 1) * M];
    let start = at * S::F32_LANES;
    // A tile's panel holds all channels.
    let from = if unit.plan.panel > 0 { start * depth } else { start };
    let sums = sum::<S, M, V, T>(simd, &unit.scratch[from..], unit.offsets, weight, bias);
    let (row, column) = (start / lines.pitch, start % lines.pitch);
    for (sums, output) in sums.into_iter().zip(&mut unit.outputs[block * M..]) {
        store::<S, V>(simd, sums, output, lines, unit.activation, row, column);
    }
}

/// bias + Σ weight · pixels, term by term.
#[inline(always)]
fn sum<S: Simd, const M: usize, const V: usize, const T: usize>(
    simd: S,
    pixels: &[f32],
    offsets: &[u32],
    weight: &[f32],
    bias: &[f32],
) -> [[S::f32s; V]; M] {
    let zero = simd.splat_f32s(0.0);
    let mut sums = [[zero; V]; M];
    for (sums, bias) in sums.iter_mut().zip(bias) {
        *sums = [simd.splat_f32s(*bias); V];
    }
    for (offset, weight) in offsets.iter().zip(weight.chunks_exact(T * M)) {
        // One check of bounds for all taps of the row: next to the multiply-adds each instruction counts.
        let from = &pixels[*offset as usize..*offset as usize + V * S::F32_LANES + T - 1];
        for t in 0..T {
            let mut x = [zero; V];
            for v in 0..V {
                x[v] = load::<S>(&from[t + v * S::F32_LANES..t + (v + 1) * S::F32_LANES]);
            }
            for m in 0..M {
                let w = simd.splat_f32s(weight[t * M + m]);
                for v in 0..V {
                    sums[m][v] = simd.mul_add_e_f32s(w, x[v], sums[m][v]);
                }
            }
        }
    }
    sums
}

/// A whole vector from exactly as many values.
#[inline(always)]
fn load<S: Simd>(from: &[f32]) -> S::f32s {
    bytemuck::pod_read_unaligned(bytemuck::cast_slice(from))
}

/// Writes the vectors that begin at (`row`, `column`) of the scratch to where they belong in the output rows, without the
/// columns between two rows. A vector that crosses the end of a row is stored whole once for each row that it touches:
/// what it leaves behind its own part belongs to pixels further on, which this or a later store writes (a channel's tiles
/// come in ascending order), and that is much cheaper than copying parts.
#[inline(always)]
fn store<S: Simd, const V: usize>(
    simd: S,
    sums: [S::f32s; V],
    output: &mut [f32],
    lines: Lines,
    activation: Act,
    mut row: usize,
    mut column: usize,
) {
    let lanes = S::F32_LANES;
    for value in sums {
        let value = activate(simd, value, activation);
        let at = row * lines.width + column;
        let whole = column + lanes <= lines.width;
        match output.get_mut(at..at + lanes) {
            Some(to) if whole => to.copy_from_slice(bytemuck::cast_slice(bytemuck::bytes_of(&value))),
            _ => {
                let mut buffer = [0.0; 2 * MOST_LANES];
                buffer[..lanes].copy_from_slice(bytemuck::cast_slice(bytemuck::bytes_of(&value)));
                let (mut row, mut column, mut lane) = (row, column, 0);
                while lane < lanes {
                    let at = row * lines.width + column;
                    if column >= lines.width || at >= output.len() {
                        // Between two rows, or below the last.
                    } else if let Some(to) = output.get_mut(at..at + lanes) {
                        let whole = load::<S>(&buffer[lane..lane + lanes]);
                        to.copy_from_slice(bytemuck::cast_slice(bytemuck::bytes_of(&whole)));
                    } else {
                        let to = &mut output[at..];
                        to.copy_from_slice(&buffer[lane..lane + to.len()]);
                    }
                    lane += lines.pitch - column;
                    (row, column) = (row + 1, 0);
                }
            }
        }
        column += lanes;
        while column >= lines.pitch {
            column -= lines.pitch;
            row += 1;
        }
    }
}

/// The activation if it is a cheap one, with the operand order that lets a NaN through on every instruction set.
#[inline(always)]
fn activate<S: Simd>(simd: S, x: S::f32s, activation: Act) -> S::f32s {
    let zero = simd.splat_f32s(0.0);
    match activation {
        Act::Linear | Act::Elu | Act::Sigmoid => x,
        Act::Relu => simd.max_f32s(zero, x),
        Act::Relu6 => simd.min_f32s(simd.splat_f32s(6.0), simd.max_f32s(zero, x)),
        Act::LeakyRelu => simd.max_f32s(simd.mul_f32s(simd.splat_f32s(0.2), x), x),
    }
}
