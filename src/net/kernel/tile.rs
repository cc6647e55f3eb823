//! The micro-kernel: a tile of output channels × vectors of pixels, summed in registers.

use pulp::{Arch, Simd, WithSimd};

use super::input::Input;
use super::plan::Plan;
use super::store::{Lines, load, save, store, unload};
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
#[inline(always)]
fn vectors<S: Simd>(block: usize) -> usize {
    match block {
        1 => MOST_VECTORS,
        4 if S::REGISTER_COUNT >= 32 => 6,
        4 => 2,
        _ => 3,
    }
}

/// Pixels of a tile with `block` output channels on this instruction set.
pub(super) fn tile_pixels(arch: Arch, block: usize) -> usize {
    struct Pixels(usize);
    impl WithSimd for Pixels {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            vectors::<S>(self.0) * S::F32_LANES
        }
    }
    arch.dispatch(Pixels(block))
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
    /// Sums on the way, where the plan stages them: of one block, or of all where there are several passes.
    pub partial: &'a mut [f32],
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

#[inline(always)]
fn run<S: Simd, const M: usize, const T: usize>(simd: S, mut unit: Unit<'_, '_>) {
    let plan = unit.plan;
    let rows = unit.outputs.first().map_or(0, |rows| rows.len() / plan.ow.max(1));
    if rows == 0 {
        return;
    }
    let step = vectors::<S>(M);
    let lines = if plan.pitch == plan.ow {
        Lines { width: rows * plan.ow, pitch: rows * plan.ow }
    } else {
        Lines { width: plan.ow, pitch: plan.pitch }
    };
    // Flat pixels from the first to the last output, the columns between two rows included.
    let pixels = (rows - 1) * plan.pitch + plan.ow;
    let vectors = pixels.div_ceil(S::F32_LANES);
    let blocks = unit.outputs.len().div_ceil(M);
    let channels = unit.input.channels;
    let terms = unit.offsets.len() / plan.chunk * T;
    for from in (0..channels).step_by(plan.chunk) {
        let now = plan.chunk.min(channels - from);
        let input = Input { first: unit.input.first + from, channels: now, ..unit.input };
        if plan.panel > 0 {
            band::fill_panels(unit.scratch, input, plan, unit.first, rows, step * S::F32_LANES);
        } else {
            band::fill(unit.scratch, input, plan, unit.first, rows);
        }
        let pass = Pass { lines, before: from * terms, now: now * terms, depth: channels * terms };
        // Tiles inside: few output planes are written at a time, each onwards, as caches and their prefetching like it.
        for block in 0..blocks {
            for at in (0..vectors).step_by(step) {
                match (vectors - at).min(step) {
                    1 => one::<S, M, 1, T>(simd, &mut unit, pass, at, block),
                    2 => one::<S, M, 2, T>(simd, &mut unit, pass, at, block),
                    3 => one::<S, M, 3, T>(simd, &mut unit, pass, at, block),
                    4 if M < 8 => one::<S, M, 4, T>(simd, &mut unit, pass, at, block),
                    5 | 6 if M < 8 => one::<S, M, 6, T>(simd, &mut unit, pass, at, block),
                    _ if M == 1 => one::<S, M, 8, T>(simd, &mut unit, pass, at, block),
                    _ => {}
                }
            }
            if from + now == channels {
                finish::<S, M>(simd, &mut unit, pass, block);
            }
        }
    }
}

/// One pass over some of the input channels: terms of the sum before it, in it, and of all.
#[derive(Clone, Copy)]
struct Pass {
    lines: Lines,
    before: usize,
    now: usize,
    depth: usize,
}

impl Pass {
    /// The first of a block's channels in the unit's partial sums: those of one block, or of all between passes.
    #[inline(always)]
    fn kept(self, first: usize) -> usize {
        if self.now < self.depth { first } else { 0 }
    }
}

/// One tile: `M` channels from block `block`, `V` vectors from vector `at`.
#[inline(always)]
fn one<S: Simd, const M: usize, const V: usize, const T: usize>(
    simd: S,
    unit: &mut Unit<'_, '_>,
    pass: Pass,
    at: usize,
    block: usize,
) {
    let plan = unit.plan;
    let weight = &unit.weight[(block * pass.depth + pass.before) * M..][..pass.now * M];
    let offsets = &unit.offsets[..pass.now / T];
    let start = at * S::F32_LANES;
    let bias = if pass.before == 0 { &unit.bias[block * M..(block + 1) * M] } else { &[0.0; 8][..M] };
    // A tile's panel holds all channels.
    let from = if plan.panel > 0 { start * pass.depth } else { start };
    let sums = sum::<S, M, V, T>(simd, &unit.scratch[from..], offsets, weight, bias);
    if plan.staged {
        let kept = pass.kept(block * M) * plan.span + start;
        for (sums, to) in sums.into_iter().zip(unit.partial[kept..].chunks_mut(plan.span)) {
            for (sum, to) in sums.into_iter().zip(to.chunks_exact_mut(S::F32_LANES)) {
                let sum = if pass.before == 0 { sum } else { simd.add_f32s(load::<S>(to), sum) };
                save::<S>(sum, to);
            }
        }
    } else {
        let (row, column) = (start / pass.lines.pitch, start % pass.lines.pitch);
        for (sums, output) in sums.into_iter().zip(&mut unit.outputs[block * M..]) {
            store::<S, V>(simd, sums, output, pass.lines, unit.activation, row, column);
        }
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

/// What remains to be done for a block whose sums are complete.
#[inline(always)]
fn finish<S: Simd, const M: usize>(simd: S, unit: &mut Unit<'_, '_>, pass: Pass, block: usize) {
    let plan = unit.plan;
    let from = block * M;
    let to = (from + M).min(unit.outputs.len());
    let rows = &mut unit.outputs[from..to];
    if plan.staged {
        let kept = pass.kept(from) * plan.span;
        for (rows, partial) in rows.iter_mut().zip(unit.partial[kept..].chunks_exact(plan.span)) {
            unload(simd, partial, rows, pass.lines, unit.activation);
        }
    }
    for rows in rows {
        activate::finish(rows, unit.activation);
    }
}
