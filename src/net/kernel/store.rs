//! From the micro-kernel's sums to the output rows: activation, and what to do at the ends of rows.

use pulp::{Simd, bytemuck};

use super::Act;
use super::tile::MOST_LANES;

/// Rows of a unit as the stores see them: pixels kept, and pixels from one row to the next. Rows without anything between
/// them are one long row.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    pub width: usize,
    pub pitch: usize,
}

/// A whole vector from exactly as many values.
#[inline(always)]
pub(super) fn load<S: Simd>(from: &[f32]) -> S::f32s {
    bytemuck::pod_read_unaligned(bytemuck::cast_slice(from))
}

/// Writes a whole vector to exactly as many values.
#[inline(always)]
pub(super) fn save<S: Simd>(value: S::f32s, to: &mut [f32]) {
    to.copy_from_slice(bytemuck::cast_slice(bytemuck::bytes_of(&value)));
}

/// The finished sums of one channel, which lie in `from` as they lie in the scratch, to the output rows without the
/// columns between two rows. A row's last vector is stored whole: what it leaves beyond the row belongs to the next one,
/// which comes later.
#[inline(always)]
pub(super) fn unload<S: Simd>(simd: S, from: &[f32], output: &mut [f32], lines: Lines, activation: Act) {
    let lanes = S::F32_LANES;
    for row in 0..output.len() / lines.width {
        let from = &from[row * lines.pitch..][..lines.width.next_multiple_of(lanes)];
        let to = &mut output[row * lines.width..];
        for (v, from) in from.chunks_exact(lanes).enumerate() {
            let value = activate(simd, load::<S>(from), activation);
            match to.get_mut(v * lanes..(v + 1) * lanes) {
                Some(to) => save::<S>(value, to),
                None => {
                    let mut buffer = [0.0; MOST_LANES];
                    save::<S>(value, &mut buffer[..lanes]);
                    let to = &mut to[v * lanes..];
                    to.copy_from_slice(&buffer[..to.len()]);
                }
            }
        }
    }
}

/// Writes the vectors that begin at (`row`, `column`) of the scratch to where they belong in the output rows, without the
/// columns between two rows. A vector that crosses the end of a row is stored whole once for each row that it touches:
/// what it leaves behind its own part belongs to pixels further on, which this or a later store writes (a channel's tiles
/// come in ascending order), and that is much cheaper than copying parts.
#[inline(always)]
pub(super) fn store<S: Simd, const V: usize>(
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
            Some(to) if whole => save::<S>(value, to),
            _ => {
                let mut buffer = [0.0; 2 * MOST_LANES];
                save::<S>(value, &mut buffer[..lanes]);
                let (mut row, mut column, mut lane) = (row, column, 0);
                while lane < lanes {
                    let at = row * lines.width + column;
                    if column >= lines.width || at >= output.len() {
                        // Between two rows, or below the last.
                    } else if let Some(to) = output.get_mut(at..at + lanes) {
                        save::<S>(load::<S>(&buffer[lane..lane + lanes]), to);
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
pub(super) fn activate<S: Simd>(simd: S, x: S::f32s, activation: Act) -> S::f32s {
    let zero = simd.splat_f32s(0.0);
    match activation {
        Act::Linear | Act::Elu | Act::Sigmoid => x,
        Act::Relu => simd.max_f32s(zero, x),
        Act::Relu6 => simd.min_f32s(simd.splat_f32s(6.0), simd.max_f32s(zero, x)),
        Act::LeakyRelu => simd.max_f32s(simd.mul_f32s(simd.splat_f32s(0.2), x), x),
    }
}
