//! What stands between convolutions in an up-sampling block: pixel shuffle, doubling and bilinear resizing.

use super::axis::{Axis, along_axes};
use rayon::prelude::*;

/// Values below which a second thread is not worth waking.
const SERIAL: usize = 1 << 15;

/// Pixel shuffle (depth to space): `channels`·`r`² planes of `h`×`w` become `channels` planes of `r·h`×`r·w`, where output
/// row `r·y + i`, column `r·x + j` of channel c is input channel c·r² + i·r + j at (y, x). Any number of images in a row.
///
/// # Panics
/// If `r` is 0 or the length of `input` is no multiple of `channels`·`r`²·`h`·`w`.
#[must_use]
pub fn pixel_shuffle(input: &[f32], channels: usize, h: usize, w: usize, r: usize) -> Vec<f32> {
    let image = channels * r * r * h * w;
    assert!(r > 0 && (input.is_empty() || (image > 0 && input.len().is_multiple_of(image))), "input of pixel_shuffle");
    let mut output = vec![0.0; input.len()];
    if output.is_empty() {
        return output;
    }
    let shuffle = |(index, line): (usize, &mut [f32])| {
        // `line` is one output row: `index` counts rows over all planes.
        let (plane, row) = (index / (r * h), index % (r * h));
        let (y, i) = (row / r, row % r);
        for j in 0..r {
            let from = &input[((plane * r + i) * r + j) * h * w + y * w..][..w];
            line.iter_mut().skip(j).step_by(r).zip(from).for_each(|(to, from)| *to = *from);
        }
    };
    if output.len() < SERIAL {
        output.chunks_mut(r * w).enumerate().for_each(shuffle);
    } else {
        output.par_chunks_mut(r * w).enumerate().with_min_len(32).for_each(shuffle);
    }
    output
}

/// The inverse of [`pixel_shuffle`], and so the way of its gradients: `channels` planes of `r·h`×`r·w` become
/// `channels`·`r`² planes of `h`×`w`.
///
/// # Panics
/// If `r` is 0 or the length of `input` is no multiple of `channels`·`r`²·`h`·`w`.
#[must_use]
pub fn pixel_unshuffle(input: &[f32], channels: usize, h: usize, w: usize, r: usize) -> Vec<f32> {
    let image = channels * r * r * h * w;
    assert!(
        r > 0 && (input.is_empty() || (image > 0 && input.len().is_multiple_of(image))),
        "input of pixel_unshuffle"
    );
    let mut output = vec![0.0; input.len()];
    let gather = |(index, plane): (usize, &mut [f32])| {
        let (channel, i, j) = (index / (r * r), index / r % r, index % r);
        let from = &input[channel * r * r * h * w..][..r * r * h * w];
        for (y, line) in plane.chunks_exact_mut(w).enumerate() {
            let from = &from[(r * y + i) * r * w + j..];
            line.iter_mut().zip(from.iter().step_by(r)).for_each(|(to, from)| *to = *from);
        }
    };
    output.par_chunks_mut((h * w).max(1)).enumerate().with_min_len(8).for_each(gather);
    output
}

/// Nearest-neighbour doubling: each value of the `h`×`w` planes becomes 2×2, `output[y][x] = input[y/2][x/2]`.
///
/// # Panics
/// If the length of `input` is no multiple of `h`·`w`.
#[must_use]
pub fn nearest_double(input: &[f32], h: usize, w: usize) -> Vec<f32> {
    assert!(input.is_empty() || (h * w > 0 && input.len().is_multiple_of(h * w)), "input of nearest_double");
    let mut output = vec![0.0; 4 * input.len()];
    // One row of the input makes two rows of the output, whatever plane it is in.
    let double = |(from, to): (&[f32], &mut [f32])| {
        let (upper, lower) = to.split_at_mut(2 * w);
        upper.chunks_exact_mut(2).zip(from).for_each(|(to, from)| to.fill(*from));
        lower.copy_from_slice(upper);
    };
    if output.len() < SERIAL {
        input.chunks(w.max(1)).zip(output.chunks_mut((4 * w).max(1))).for_each(double);
    } else {
        input.par_chunks(w).zip(output.par_chunks_mut(4 * w)).with_min_len(16).for_each(double);
    }
    output
}

/// Bilinear resizing of `h`×`w` planes to `oh`×`ow` with aligned corners: output (y, x) samples the input at
/// (y·(h−1)/(oh−1), x·(w−1)/(ow−1)); an output of one row or column samples the first.
///
/// # Panics
/// If a size is 0 or the length of `input` is no multiple of `h`·`w`.
#[must_use]
pub fn resize_bilinear(input: &[f32], h: usize, w: usize, oh: usize, ow: usize) -> Vec<f32> {
    assert!(h * w * oh * ow > 0 && input.len().is_multiple_of(h * w), "input of resize_bilinear");
    along_axes(input, &[Axis::bilinear(h, oh), Axis::bilinear(w, ow)])
}
