//! Bilinear resizing: Pillow's 8-bit one for pictures (reference.md 2.9), PyTorch's two for maps (reference.md 2.6).

#[cfg(test)]
#[path = "resize_tests.rs"]
mod resize_tests;

use rayon::prelude::*;

/// Fractional bits of Pillow's 8-bit filter weights.
const BITS: u32 = 22;
/// Below this many output bytes a pass runs on the calling thread: handing rows out would cost more.
const PARALLEL_BYTES: usize = 1 << 16;

/// Filter of Pillow's resizing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// The triangle 1 − |t|.
    Bilinear,
    /// sinc(t)·sinc(t/3) for |t| < 3, as Monodepth2 wants its pictures.
    Lanczos,
}

impl Filter {
    fn support(self) -> f64 {
        match self {
            Self::Bilinear => 1.0,
            Self::Lanczos => 3.0,
        }
    }

    fn at(self, t: f64) -> f64 {
        let sinc = |t: f64| if t == 0.0 { 1.0 } else { (std::f64::consts::PI * t).sin() / (std::f64::consts::PI * t) };
        match self {
            Self::Bilinear => (1.0 - t.abs()).max(0.0),
            Self::Lanczos if t.abs() < 3.0 => sinc(t) * sinc(t / 3.0),
            Self::Lanczos => 0.0,
        }
    }
}

/// [`pillow`] with the bilinear filter.
///
/// # Panics
/// As [`pillow`].
pub fn pillow_bilinear(pixels: &[u8], w: usize, h: usize, channels: usize, out_w: usize, out_h: usize) -> Vec<u8> {
    pillow(pixels, [w, h], channels, [out_w, out_h], Filter::Bilinear)
}

/// Resizes an 8-bit picture of interleaved `channels` exactly as Pillow's `Image.resize`: anti-aliased when shrinking,
/// in
/// fixed point, the horizontal pass rounded to 8 bits before the vertical one; an unchanged axis is skipped.
/// This is Pillow up to 12.3; 13.0 takes the vertical pass first for some shapes, which differs in some pixels, by one
/// step with the bilinear filter and by a few with Lanczos.
/// Sizes are width and height.
///
/// # Panics
/// When `pixels` does not have `w * h * channels` bytes or a side is zero: the caller made the array.
pub fn pillow(
    pixels: &[u8],
    [w, h]: [usize; 2],
    channels: usize,
    [out_w, out_h]: [usize; 2],
    filter: Filter,
) -> Vec<u8> {
    assert_eq!(pixels.len(), w * h * channels, "a {w}x{h} picture of {channels} channels needs that many bytes");
    assert!(w > 0 && h > 0 && channels > 0 && out_w > 0 && out_h > 0, "a picture has at least one pixel");
    if out_w == w && out_h == h {
        return pixels.to_vec();
    }
    let rows = || taps(h, [0.0, h as f64], out_h, filter);
    if out_w == w {
        return vertical(pixels, w * channels, h, &rows(), true);
    }
    let columns = taps(w, [0.0, w as f64], out_w, filter);
    let narrow = match channels {
        1 => horizontal::<1>(pixels, w, h, &columns, true),
        3 => horizontal::<3>(pixels, w, h, &columns, true),
        4 => horizontal::<4>(pixels, w, h, &columns, true),
        // Uncommon counts go channel by channel through the same code.
        _ => {
            let mut out = vec![0; out_w * h * channels];
            for c in 0..channels {
                let plane: Vec<u8> = pixels.iter().skip(c).step_by(channels).copied().collect();
                for (i, v) in horizontal::<1>(&plane, w, h, &columns, true).into_iter().enumerate() {
                    out[i * channels + c] = v;
                }
            }
            out
        }
    };
    if out_h == h { narrow } else { vertical(&narrow, out_w * channels, h, &rows(), true) }
}

/// A part of an RGB picture resized by the same rules, as Pillow's `resize(…, box=…)`: `[[x0, x1], [y0, y1]]` are
/// edges in
/// pixels of the picture, fractions allowed. What lies beside the part is seen by the filter where it reaches over the
/// edge, so a
/// part of whole pixels of a resized picture is bit for bit what cutting it out afterwards gives.
/// Runs on the calling thread alone: the loader's threads must not take the trainer's.
///
/// # Panics
/// As [`pillow`], and when the part is empty or not inside the picture.
pub fn pillow_part(pixels: &[u8], [w, h]: [usize; 2], [x, y]: [[f64; 2]; 2], [out_w, out_h]: [usize; 2]) -> Vec<u8> {
    assert_eq!(pixels.len(), w * h * 3, "a {w}x{h} picture of 3 channels needs that many bytes");
    assert!(out_w > 0 && out_h > 0, "a picture has at least one pixel");
    let inside = |[from, to]: [f64; 2], side: usize| from >= 0.0 && from < to && to <= side as f64;
    assert!(inside(x, w) && inside(y, h), "{x:?}, {y:?} is no part of a {w}x{h} picture");
    let whole = |[from, to]: [f64; 2], side: usize, out: usize| from == 0.0 && to == side as f64 && out == side;
    let mut rows = taps(h, y, out_h, Filter::Bilinear);
    // Rows that no output row sees are not narrowed.
    let first = rows[0].start;
    let last = rows.last().map_or(first, |r| r.start + r.weights.len());
    rows.iter_mut().for_each(|r| r.start -= first);
    let (seen, count) = (&pixels[first * w * 3..last * w * 3], last - first);
    let narrow = if whole(x, w, out_w) {
        seen.to_vec()
    } else {
        horizontal::<3>(seen, w, count, &taps(w, x, out_w, Filter::Bilinear), false)
    };
    if whole(y, h, out_h) { narrow } else { vertical(&narrow, out_w * 3, count, &rows, false) }
}

/// The input range and fixed-point weights of one output position.
struct Taps {
    start: usize,
    weights: Vec<i32>,
}

/// Weights of the filter for every output position of an axis; the output covers `from`…`to` of the input.
fn taps(input: usize, [from, to]: [f64; 2], output: usize, filter: Filter) -> Vec<Taps> {
    let scale = (to - from) / output as f64;
    let stretch = scale.max(1.0); // the filter widens when shrinking
    let support = filter.support() * stretch;
    (0..output)
        .map(|i| {
            let centre = from + (i as f64 + 0.5) * scale;
            let start = (centre - support + 0.5).max(0.0) as usize;
            let end = ((centre + support + 0.5) as usize).min(input);
            let mut weights: Vec<f64> = (start..end).map(|k| filter.at((k as f64 - centre + 0.5) / stretch)).collect();
            let sum: f64 = weights.iter().sum();
            if sum != 0.0 {
                weights.iter_mut().for_each(|w| *w /= sum);
            }
            let one = f64::from(1u32 << BITS);
            Taps { start, weights: weights.iter().map(|w| (w * one + 0.5f64.copysign(*w)) as i32).collect() }
        })
        .collect()
}

/// Half of one output step, where accumulation starts.
const HALF: i32 = 1 << (BITS - 1);

fn to_byte(sum: i32) -> u8 {
    (sum >> BITS).clamp(0, 255) as u8
}

fn horizontal<const C: usize>(pixels: &[u8], w: usize, h: usize, taps: &[Taps], pool: bool) -> Vec<u8> {
    let out_w = taps.len();
    let mut out = vec![0u8; out_w * h * C];
    let row = |(y, out_row): (usize, &mut [u8])| {
        let (source, _) = pixels[y * w * C..(y + 1) * w * C].as_chunks::<C>();
        let (out_row, _) = out_row.as_chunks_mut::<C>();
        for (out, taps) in out_row.iter_mut().zip(taps) {
            let mut sums = [HALF; C];
            for (pixel, weight) in source[taps.start..].iter().zip(&taps.weights) {
                for c in 0..C {
                    sums[c] += i32::from(pixel[c]) * weight;
                }
            }
            *out = sums.map(to_byte);
        }
    };
    if pool && h * out_w.max(w) * C >= PARALLEL_BYTES {
        out.par_chunks_mut(out_w * C).enumerate().for_each(row);
    } else {
        out.chunks_mut(out_w * C).enumerate().for_each(row);
    }
    out
}

fn vertical(pixels: &[u8], stride: usize, h: usize, taps: &[Taps], pool: bool) -> Vec<u8> {
    let out_h = taps.len();
    let mut out = vec![0u8; stride * out_h];
    let row = |sums: &mut Vec<i32>, (y, out_row): (usize, &mut [u8])| {
        sums.clear();
        sums.resize(stride, HALF);
        // Row after row, so that the inner loop runs over neighbours in memory.
        for (k, weight) in taps[y].weights.iter().enumerate() {
            let first = (taps[y].start + k) * stride;
            for (sum, v) in sums.iter_mut().zip(&pixels[first..first + stride]) {
                *sum += i32::from(*v) * weight;
            }
        }
        for (out, sum) in out_row.iter_mut().zip(sums.iter()) {
            *out = to_byte(*sum);
        }
    };
    if pool && stride * h.max(out_h) >= PARALLEL_BYTES {
        out.par_chunks_mut(stride).enumerate().for_each_init(Vec::new, row);
    } else {
        let mut sums = Vec::new();
        out.chunks_mut(stride).enumerate().for_each(|item| row(&mut sums, item));
    }
    out
}

/// PyTorch's `interpolate(mode="bilinear", align_corners=True)` of one `w`×`h` map: corner values stay in the corners.
///
/// # Panics
/// When `src` does not have `w * h` values or a side is zero.
pub fn bilinear_align_corners(src: &[f32], w: usize, h: usize, out_w: usize, out_h: usize) -> Vec<f32> {
    bilinear(src, w, h, out_w, out_h, |i, input, output| {
        if output > 1 { i as f64 * (input - 1) as f64 / (output - 1) as f64 } else { 0.0 }
    })
}

/// PyTorch's `interpolate(mode="bilinear", align_corners=False)`: pixel centres at half positions, no anti-aliasing.
///
/// # Panics
/// When `src` does not have `w * h` values or a side is zero.
pub fn bilinear_half_pixel(src: &[f32], w: usize, h: usize, out_w: usize, out_h: usize) -> Vec<f32> {
    bilinear(src, w, h, out_w, out_h, |i, input, output| {
        ((i as f64 + 0.5) * input as f64 / output as f64 - 0.5).max(0.0)
    })
}

fn bilinear(
    src: &[f32],
    w: usize,
    h: usize,
    out_w: usize,
    out_h: usize,
    position: impl Fn(usize, usize, usize) -> f64,
) -> Vec<f32> {
    assert_eq!(src.len(), w * h, "a {w}x{h} map needs that many values");
    assert!(w > 0 && h > 0 && out_w > 0 && out_h > 0, "a map has at least one pixel");
    let axis = |input: usize, output: usize| -> Vec<(usize, usize, f32)> {
        (0..output)
            .map(|i| {
                let at = position(i, input, output);
                let low = (at as usize).min(input - 1);
                (low, (low + 1).min(input - 1), (at - low as f64) as f32)
            })
            .collect()
    };
    let (columns, rows) = (axis(w, out_w), axis(h, out_h));
    let mut out = vec![0.0f32; out_w * out_h];
    let row = |(y, out_row): (usize, &mut [f32])| {
        let (above, below, ly) = rows[y];
        let (above, below) = (&src[above * w..(above + 1) * w], &src[below * w..(below + 1) * w]);
        for (out, &(left, right, lx)) in out_row.iter_mut().zip(&columns) {
            let top = above[left] * (1.0 - lx) + above[right] * lx;
            let bottom = below[left] * (1.0 - lx) + below[right] * lx;
            *out = top * (1.0 - ly) + bottom * ly;
        }
    };
    if out.len() >= PARALLEL_BYTES {
        out.par_chunks_mut(out_w).enumerate().for_each(row);
    } else {
        out.chunks_mut(out_w).enumerate().for_each(row);
    }
    out
}
