//! Copying the part of the input that a band of output rows needs, with its border, into the scratch.

use super::Border;
use super::input::Input;
use super::plan::Plan;

/// Fills `scratch` (channel, phase row, phase column, row, column) from `input` with what the output rows
/// `first..first + rows` read. Every value that a stored output depends on is written; what lies beyond the last row may
/// keep old values, which only reach outputs that are never stored.
#[inline(always)]
pub(super) fn fill(scratch: &mut [f32], input: Input<'_>, plan: &Plan, first: usize, rows: usize) {
    // Many short borders cost more than zeroing everything first.
    let short = plan.pitch < 64 && plan.border == Border::Zeros;
    let halo = plan.scratch_rows - plan.band;
    // Columns of the line that lie inside the input, for each phase across.
    let inside: [Columns; MOST_PHASES] = std::array::from_fn(|px| Columns::new(plan, px));
    for ((plane, doubled), channel) in input.planes(plan.h, plan.w).zip(scratch.chunks_exact_mut(plan.channel())) {
        if short {
            channel.fill(0.0);
        }
        let width = if doubled { plan.w / 2 } else { plan.w };
        let mut phases = channel.chunks_exact_mut(plan.scratch_rows * plan.pitch);
        for py in 0..plan.phases[0] {
            for (px, phase) in (0..plan.phases[1]).zip(phases.by_ref()) {
                let inside = inside.get(px).copied().unwrap_or_else(|| Columns::new(plan, px));
                for (row, line) in phase.chunks_exact_mut(plan.pitch).take(rows + halo).enumerate() {
                    match plan.border.source((first + row) * plan.stride + py, plan.top, plan.h) {
                        Some(y) => {
                            let y = if doubled { y / 2 } else { y };
                            fill_row(line, &plane[y * width..(y + 1) * width], doubled, plan, inside, short);
                        }
                        None if short => {}
                        None => line.fill(0.0),
                    }
                }
            }
        }
    }
}

/// Phases across whose columns are worked out once; larger strides are rare.
const MOST_PHASES: usize = 2;

/// The part of a scratch line that lies inside the input: its columns, and the column of the input of the first.
#[derive(Clone, Copy)]
struct Columns {
    phase: usize,
    from: usize,
    to: usize,
    source: usize,
}

impl Columns {
    #[inline(always)]
    fn new(plan: &Plan, phase: usize) -> Self {
        let column = |padded: usize| padded.saturating_sub(phase).div_ceil(plan.stride).min(plan.pitch);
        let from = column(plan.left);
        let to = column(plan.left + plan.w).max(from);
        Self { phase, from, to, source: (from * plan.stride + phase).saturating_sub(plan.left) }
    }
}

/// [`fill`] for 1×1 kernels: pixels `first..first + pixels` in panels of `panel`. The rest of the last panel keeps old values.
#[inline(always)]
pub(super) fn fill_panels(
    scratch: &mut [f32],
    input: Input<'_>,
    plan: &Plan,
    first: usize,
    pixels: usize,
    panel: usize,
) {
    let channels = input.channels;
    for (channel, (plane, _)) in input.planes(plan.h, plan.w).enumerate() {
        let tiles = plane[first..first + pixels].chunks_exact(panel);
        let (rest, whole) = (tiles.remainder(), tiles.len());
        for (tile, from) in tiles.enumerate() {
            scratch[(tile * channels + channel) * panel..][..panel].copy_from_slice(from);
        }
        if !rest.is_empty() {
            scratch[(whole * channels + channel) * panel..][..rest.len()].copy_from_slice(rest);
        }
    }
}

/// One row of the scratch: every stride-th column of the padded source row. `zeroed`: the line is zero already.
#[inline(always)]
fn fill_row(line: &mut [f32], source: &[f32], doubled: bool, plan: &Plan, inside: Columns, zeroed: bool) {
    let Columns { phase, from, to, source: x } = inside;
    if !zeroed && plan.border == Border::Zeros {
        line[..from].fill(0.0);
        line[to..].fill(0.0);
    } else if !zeroed {
        let shift = u32::from(doubled);
        for column in (0..from).chain(to..line.len()) {
            let x = plan.border.source(column * plan.stride + phase, plan.left, plan.w);
            line[column] = x.map_or(0.0, |x| source[x >> shift]);
        }
    }
    if from == to {
        return;
    }
    let line = &mut line[from..to];
    if doubled {
        double_row(line, source, x, plan.stride);
        return;
    }
    let source = &source[x..];
    match plan.stride {
        1 => copy(line, source),
        2 => {
            // Pairs, so that the compiler takes whole vectors apart; the last value may have no partner.
            let pairs = source.chunks_exact(2);
            if let (Some(to), [from, ..]) = (line.get_mut(pairs.len()), pairs.remainder()) {
                *to = *from;
            }
            for (to, from) in line.iter_mut().zip(pairs) {
                *to = from[0];
            }
        }
        _ => {
            for (to, from) in line.iter_mut().zip(source.iter().step_by(plan.stride)) {
                *to = *from;
            }
        }
    }
}

/// The beginning of `from`: for the few values of a row the call of the general copy costs more than the copy.
#[inline(always)]
fn copy(to: &mut [f32], from: &[f32]) {
    let from = &from[..to.len()];
    match to.len() {
        0..8 => {
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
        8..16 => copy_steps::<8>(to, from),
        16..128 => copy_steps::<16>(to, from),
        _ => to.copy_from_slice(from),
    }
}

/// Whole steps, of which the last overlaps the one before it.
#[inline(always)]
fn copy_steps<const N: usize>(to: &mut [f32], from: &[f32]) {
    let last = to.len() - N;
    for at in (0..last).step_by(N).chain([last]) {
        to[at..at + N].copy_from_slice(&from[at..at + N]);
    }
}

/// Columns `x`, `x + stride`, … of a row whose pixels each stand for two.
#[inline(always)]
fn double_row(line: &mut [f32], source: &[f32], x: usize, stride: usize) {
    if stride > 1 {
        line.iter_mut().enumerate().for_each(|(i, to)| *to = source[(x + i * stride) / 2]);
        return;
    }
    let (odd, pairs) = line.split_at_mut(x % 2);
    odd.iter_mut().for_each(|to| *to = source[x / 2]);
    let source = &source[x.div_ceil(2)..];
    let mut pairs = pairs.chunks_exact_mut(2);
    let whole = pairs.len();
    for (to, from) in pairs.by_ref().zip(source) {
        to[0] = *from;
        to[1] = *from;
    }
    pairs.into_remainder().iter_mut().for_each(|to| *to = source[whole]);
}
