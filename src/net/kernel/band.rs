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
    for ((plane, doubled), channel) in input.planes(plan.h, plan.w).zip(scratch.chunks_exact_mut(plan.channel())) {
        if short {
            channel.fill(0.0);
        }
        let width = if doubled { plan.w / 2 } else { plan.w };
        for (index, phase) in channel.chunks_exact_mut(plan.scratch_rows * plan.pitch).enumerate() {
            let (py, px) = (index / plan.phases[1], index % plan.phases[1]);
            for (row, line) in phase.chunks_exact_mut(plan.pitch).take(rows + halo).enumerate() {
                match plan.source((first + row) * plan.stride + py, plan.top, plan.h) {
                    Some(y) => {
                        let y = if doubled { y / 2 } else { y };
                        fill_row(line, &plane[y * width..(y + 1) * width], doubled, plan, px, short);
                    }
                    None if short => {}
                    None => line.fill(0.0),
                }
            }
        }
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

/// One row of the scratch: columns `px`, `px + stride`, … of the padded source row. `zeroed`: the line is zero already.
#[inline(always)]
fn fill_row(line: &mut [f32], source: &[f32], doubled: bool, plan: &Plan, px: usize, zeroed: bool) {
    let stride = plan.stride;
    // First column inside the source, and the first past it.
    let from = plan.left.saturating_sub(px).div_ceil(stride).min(line.len());
    let to = (plan.left + plan.w).saturating_sub(px).div_ceil(stride).clamp(from, line.len());
    if !zeroed {
        let shift = u32::from(doubled);
        for column in (0..from).chain(to..line.len()) {
            let x = plan.source(column * stride + px, plan.left, plan.w);
            line[column] = x.map_or(0.0, |x| source[x >> shift]);
        }
    }
    if from == to {
        return;
    }
    let x = from * stride + px - plan.left;
    let line = &mut line[from..to];
    if doubled {
        double_row(line, source, x, stride);
        return;
    }
    let source = &source[x..];
    match stride {
        1 => line.copy_from_slice(&source[..line.len()]),
        2 => {
            // Pairs, so that the compiler takes whole vectors apart; the last value may have no partner.
            let pairs = source.chunks_exact(2);
            if let (Some(to), [from, ..]) = (line.get_mut(pairs.len()), pairs.remainder()) {
                *to = *from;
            }
            line.iter_mut().zip(pairs).for_each(|(to, from)| *to = from[0]);
        }
        _ => line.iter_mut().zip(source.iter().step_by(stride)).for_each(|(to, from)| *to = *from),
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
