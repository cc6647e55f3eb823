//! Bilinear resizing: Pillow's 8-bit one for pictures (reference.md 2.9), PyTorch's two for maps (reference.md 2.6).

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

/// Resizes an 8-bit picture of interleaved `channels` exactly as Pillow's `Image.resize`: anti-aliased when shrinking, in
/// fixed point, the horizontal pass rounded to 8 bits before the vertical one; an unchanged axis is skipped.
/// This is Pillow up to 12.3; 13.0 takes the vertical pass first for some shapes, which differs in some pixels, by one step with the bilinear filter and by a few with Lanczos.
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
    if out_w == w {
        return vertical(pixels, w * channels, h, out_h, filter);
    }
    let narrow = match channels {
        1 => horizontal::<1>(pixels, w, h, out_w, filter),
        3 => horizontal::<3>(pixels, w, h, out_w, filter),
        4 => horizontal::<4>(pixels, w, h, out_w, filter),
        // Uncommon counts go channel by channel through the same code.
        _ => {
            let mut out = vec![0; out_w * h * channels];
            for c in 0..channels {
                let plane: Vec<u8> = pixels.iter().skip(c).step_by(channels).copied().collect();
                for (i, v) in horizontal::<1>(&plane, w, h, out_w, filter).into_iter().enumerate() {
                    out[i * channels + c] = v;
                }
            }
            out
        }
    };
    if out_h == h { narrow } else { vertical(&narrow, out_w * channels, h, out_h, filter) }
}

/// The input range and fixed-point weights of one output position.
struct Taps {
    start: usize,
    weights: Vec<i32>,
}

/// Weights of the filter for every output position of an axis.
fn taps(input: usize, output: usize, filter: Filter) -> Vec<Taps> {
    let scale = input as f64 / output as f64;
    let stretch = scale.max(1.0); // the filter widens when shrinking
    let support = filter.support() * stretch;
    (0..output)
        .map(|i| {
            let centre = (i as f64 + 0.5) * scale;
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

fn horizontal<const C: usize>(pixels: &[u8], w: usize, h: usize, out_w: usize, filter: Filter) -> Vec<u8> {
    let taps = taps(w, out_w, filter);
    let mut out = vec![0u8; out_w * h * C];
    let row = |(y, out_row): (usize, &mut [u8])| {
        let (source, _) = pixels[y * w * C..(y + 1) * w * C].as_chunks::<C>();
        let (out_row, _) = out_row.as_chunks_mut::<C>();
        for (out, taps) in out_row.iter_mut().zip(&taps) {
            let mut sums = [HALF; C];
            for (pixel, weight) in source[taps.start..].iter().zip(&taps.weights) {
                for c in 0..C {
                    sums[c] += i32::from(pixel[c]) * weight;
                }
            }
            *out = sums.map(to_byte);
        }
    };
    if h * out_w.max(w) * C >= PARALLEL_BYTES {
        out.par_chunks_mut(out_w * C).enumerate().for_each(row);
    } else {
        out.chunks_mut(out_w * C).enumerate().for_each(row);
    }
    out
}

fn vertical(pixels: &[u8], stride: usize, h: usize, out_h: usize, filter: Filter) -> Vec<u8> {
    let taps = taps(h, out_h, filter);
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
    if stride * h.max(out_h) >= PARALLEL_BYTES {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The 10×7 picture of reference.md B.3.
    fn drawn() -> Vec<u8> {
        (0..7u32).flat_map(|y| (0..10u32).map(move |x| ((37 * x * x + 91 * y + 13 * x * y) % 256) as u8)).collect()
    }

    #[test]
    fn pillows_golden_values() {
        let small = pillow_bilinear(&drawn(), 10, 7, 1, 5, 3);
        assert_eq!(small, [100, 116, 137, 123, 106, 129, 161, 143, 124, 119, 122, 136, 108, 126, 145]);
        let large = pillow_bilinear(&drawn(), 10, 7, 1, 13, 9);
        assert_eq!(large[..13], [0, 24, 84, 134, 80, 79, 119, 129, 51, 27, 46, 104, 181]);
        let small = pillow(&drawn(), [10, 7], 1, [5, 3], Filter::Lanczos);
        assert_eq!(small, [92, 114, 147, 114, 100, 139, 170, 143, 134, 120, 113, 141, 99, 119, 150]);
        let large = pillow(&drawn(), [10, 7], 1, [13, 9], Filter::Lanczos);
        assert_eq!(large[..13], [0, 2, 100, 155, 70, 46, 134, 150, 35, 4, 27, 121, 189]);
    }

    #[test]
    fn channels_do_not_mix_and_threads_do_not_matter() {
        // Large enough for the parallel path: every channel must equal the same plane resized alone.
        let (w, h) = (301, 203);
        for channels in [2usize, 3, 4] {
            let n = w * h * channels;
            let pixels: Vec<u8> = (0..n).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
            for (ow, oh) in [(96, 64), (301, 64), (96, 203), (400, 300)] {
                let whole = pillow_bilinear(&pixels, w, h, channels, ow, oh);
                for c in 0..channels {
                    let plane: Vec<u8> = pixels.iter().skip(c).step_by(channels).copied().collect();
                    let alone = pillow_bilinear(&plane, w, h, 1, ow, oh);
                    let mine: Vec<u8> = whole.iter().skip(c).step_by(channels).copied().collect();
                    assert_eq!(mine, alone, "channel {c} of {channels} at {ow}x{oh}");
                }
            }
        }
    }

    #[test]
    fn flat_pictures_stay_flat_and_equal_sizes_are_copies() {
        for value in [0u8, 1, 127, 254, 255] {
            let flat = vec![value; 640 * 3 * 2];
            assert!(pillow_bilinear(&flat, 640, 2, 3, 7, 5).iter().all(|v| *v == value));
        }
        assert_eq!(pillow_bilinear(&drawn(), 10, 7, 1, 10, 7), drawn());
        assert_eq!(pillow_bilinear(&[9], 1, 1, 1, 3, 2), [9; 6]);
    }

    #[test]
    fn the_horizontal_pass_comes_first_whatever_the_shape() {
        let (w, h) = (131, 97);
        let pixels: Vec<u8> = (0..w * h).map(|i: usize| (i.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
        for (ow, oh) in [(128, 8), (8, 90), (40, 30)] {
            let whole = pillow_bilinear(&pixels, w, h, 1, ow, oh);
            let across = pillow_bilinear(&pillow_bilinear(&pixels, w, h, 1, ow, h), ow, h, 1, ow, oh);
            let down = pillow_bilinear(&pillow_bilinear(&pixels, w, h, 1, w, oh), w, oh, 1, ow, oh);
            assert_eq!(whole, across);
            assert_ne!(whole, down, "the order shows in the rounding");
        }
    }

    const A: [f32; 12] = [1.0, 2.0, 4.0, 8.0, 3.0, 5.0, 7.0, 9.0, 0.0, 6.0, 2.0, 4.0];

    fn close(got: &[f32], want: &[f32]) {
        assert_eq!(got.len(), want.len());
        for (g, w) in got.iter().zip(want) {
            assert!((g - w).abs() < 2e-6, "{got:?} is not {want:?}");
        }
    }

    #[test]
    fn torchs_golden_values() {
        #[rustfmt::skip]
        let aligned = [
            1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0,      2.0, 2.75, 3.5, 4.5, 5.5, 7.0, 8.5,
            3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0,      1.5, 3.5, 5.5, 5.0, 4.5, 5.5, 6.5,
            0.0, 3.0, 6.0, 4.0, 2.0, 3.0, 4.0,
        ];
        close(&bilinear_align_corners(&A, 4, 3, 7, 5), &aligned);
        let row0 = [1.0, 1.357_142_9, 1.928_571_4, 3.0, 4.285_714, 6.571_429, 8.0];
        close(&bilinear_half_pixel(&A, 4, 3, 7, 5)[..7], &row0);
        let small = [1.708_333_4, 3.75, 7.666_666_5, 1.583_333_4, 4.5, 4.916_666_5];
        close(&bilinear_half_pixel(&A, 4, 3, 3, 2), &small);
    }

    #[test]
    fn one_pixel_maps_and_one_pixel_outputs() {
        assert_eq!(bilinear_align_corners(&[5.0], 1, 1, 3, 2), [5.0; 6]);
        assert_eq!(bilinear_align_corners(&A, 4, 3, 1, 1), [1.0]);
        assert_eq!(bilinear_align_corners(&A, 4, 3, 4, 3), A);
    }
}
