//! Copying the part of the input that a band of output rows needs, with its zero border, into the scratch.

use super::plan::Plan;

/// Fills `scratch` (channel, phase row, phase column, row, column) from `input` (whole planes of the group's channels)
/// with what the output rows `first..first + rows` read. Every value that a stored output depends on is written; what
/// lies beyond the last row may keep old values, which only reach outputs that are never stored.
#[inline(always)]
pub(super) fn fill(scratch: &mut [f32], input: &[f32], plan: &Plan, first: usize, rows: usize) {
    let planes = input.chunks_exact(plan.h * plan.w);
    for (plane, channel) in planes.zip(scratch.chunks_exact_mut(plan.channel())) {
        // Many short borders cost more than zeroing everything first.
        let short = plan.pitch < 64;
        if short {
            channel.fill(0.0);
        }
        let halo = plan.scratch_rows - plan.band;
        for (index, phase) in channel.chunks_exact_mut(plan.scratch_rows * plan.pitch).enumerate() {
            let (py, px) = (index / plan.phases[1], index % plan.phases[1]);
            for (row, line) in phase.chunks_exact_mut(plan.pitch).take(rows + halo).enumerate() {
                let y = (first + row) * plan.stride + py;
                match y.checked_sub(plan.top).filter(|y| *y < plan.h) {
                    Some(y) => fill_row(line, &plane[y * plan.w..(y + 1) * plan.w], plan, px, short),
                    None if short => {}
                    None => line.fill(0.0),
                }
            }
        }
    }
}

/// [`fill`] for 1×1 kernels: pixels `first..first + pixels` in panels of `panel`. The rest of the last panel keeps old values.
#[inline(always)]
pub(super) fn fill_panels(scratch: &mut [f32], input: &[f32], plan: &Plan, first: usize, pixels: usize, panel: usize) {
    let channels = input.len() / plan.h;
    for (channel, plane) in input.chunks_exact(plan.h).enumerate() {
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
fn fill_row(line: &mut [f32], source: &[f32], plan: &Plan, px: usize, zeroed: bool) {
    let stride = plan.stride;
    // First column inside the source, and the first past it.
    let from = plan.left.saturating_sub(px).div_ceil(stride).min(line.len());
    let to = (plan.left + source.len()).saturating_sub(px).div_ceil(stride).clamp(from, line.len());
    if !zeroed {
        line[..from].fill(0.0);
        line[to..].fill(0.0);
    }
    if from == to {
        return;
    }
    let source = &source[from * stride + px - plan.left..];
    let line = &mut line[from..to];
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
