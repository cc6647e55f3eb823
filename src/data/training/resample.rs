//! The picture at the network's size, sampled once from the stored pixels.

use super::placement::Placement;
use crate::data::resize::pillow_part;

/// The part of an RGB picture that a placement says, `out` wide and high, three bytes a pixel.
///
/// Without a rotation this is Pillow's bilinear resize of a part of a picture ([`pillow_part`]), bit for bit that of
/// inference
/// when the part is the whole. With one, the same triangle filter stands along the axes of the turned window, its
/// weights
/// computed for each pixel; what lies outside of the picture is black, as in Hu et al.'s rotation.
pub(super) fn picture(rgb: &[u8], size: [usize; 2], placement: &Placement, out: [usize; 2]) -> Vec<u8> {
    let mut pixels = if placement.angle == 0.0 {
        pillow_part(rgb, size, placement.window, out)
    } else {
        turned(rgb, size, placement, out)
    };
    if placement.flip {
        let (pixels, _) = pixels.as_chunks_mut::<3>();
        pixels.chunks_exact_mut(out[0]).for_each(<[_]>::reverse);
    }
    pixels
}

/// The rotated window.
fn turned(rgb: &[u8], [w, h]: [usize; 2], placement: &Placement, [out_w, out_h]: [usize; 2]) -> Vec<u8> {
    let (source, _) = rgb.as_chunks::<3>();
    let [width, height] = placement.extent();
    // The filter is as wide as an output pixel, and no narrower than a stored one.
    let stretch = [(width / out_w as f64).max(1.0), (height / out_h as f64).max(1.0)];
    let (sin, cos) = placement.angle.sin_cos();
    let reach_x = cos.abs() * stretch[0] + sin.abs() * stretch[1];
    let reach_y = sin.abs() * stretch[0] + cos.abs() * stretch[1];
    // Steps of the position along the filter's axes, in its own units, for a step along a stored row.
    let (step_a, step_b) = ((cos / stretch[0]) as f32, (-sin / stretch[1]) as f32);
    let mut out = vec![0u8; out_w * out_h * 3];
    let (pixels, _) = out.as_chunks_mut::<3>();
    for (j, row) in pixels.chunks_exact_mut(out_w).enumerate() {
        for (i, pixel) in row.iter_mut().enumerate() {
            let [x, y] = placement.position((i as f64 + 0.5) / out_w as f64, (j as f64 + 0.5) / out_h as f64);
            if !(0.0..w as f64).contains(&x) || !(0.0..h as f64).contains(&y) {
                continue;
            }
            // Stored pixels whose centres (k + ½) the filter can reach.
            let first = |at: f64, reach: f64| (at - reach - 0.5).ceil().max(0.0) as usize;
            let last = |at: f64, reach: f64, side: usize| ((at + reach - 0.5).floor() as usize + 1).min(side);
            let (left, right) = (first(x, reach_x), last(x, reach_x, w));
            let (top, bottom) = (first(y, reach_y), last(y, reach_y, h));
            let mut sums = [0f32; 4];
            for k in top..bottom {
                let (dx, dy) = (left as f64 + 0.5 - x, k as f64 + 0.5 - y);
                let mut a = ((cos * dx + sin * dy) / stretch[0]) as f32;
                let mut b = ((cos * dy - sin * dx) / stretch[1]) as f32;
                for pixel in &source[k * w + left..k * w + right] {
                    let weight = (1.0 - a.abs()).max(0.0) * (1.0 - b.abs()).max(0.0);
                    for c in 0..3 {
                        sums[c] += weight * f32::from(pixel[c]);
                    }
                    sums[3] += weight;
                    a += step_a;
                    b += step_b;
                }
            }
            if sums[3] > 0.0 {
                *pixel = [0, 1, 2].map(|c| (sums[c] / sums[3] + 0.5) as u8);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::resize::pillow_bilinear;

    /// Smooth waves in each channel.
    fn waves([w, h]: [usize; 2]) -> Vec<u8> {
        let at = |x: f64, y: f64, c: f64| 127.5 + 100.0 * (x / (9.0 + c)).sin() * (y / (7.0 + c)).cos();
        let pixels = (0..w * h).flat_map(|i| [0.0, 1.0, 2.0].map(|c| at((i % w) as f64, (i / w) as f64, c) as u8));
        pixels.collect()
    }

    /// Noise, the hardest content.
    fn noise([w, h]: [usize; 2]) -> Vec<u8> {
        (0..3 * w * h).map(|i| ((i as u32).wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    fn whole([w, h]: [usize; 2]) -> Placement {
        Placement { window: [[0.0, w as f64], [0.0, h as f64]], angle: 0.0, flip: false, zoom: 1.0 }
    }

    #[test]
    fn without_geometry_it_is_pillow_bit_for_bit() {
        for (size, out) in
            [([97, 61], [32, 24]), ([64, 48], [64, 20]), ([64, 48], [20, 48]), ([30, 20], [64, 48]), ([9, 8], [9, 8])]
        {
            let rgb = noise(size);
            let want = pillow_bilinear(&rgb, size[0], size[1], 3, out[0], out[1]);
            assert_eq!(picture(&rgb, size, &whole(size), out), want, "{size:?} {out:?}");
        }
    }

    #[test]
    fn a_part_is_what_resizing_and_cutting_gives() {
        let size = [128, 96];
        let rgb = noise(size);
        let small = pillow_bilinear(&rgb, 128, 96, 3, 64, 48);
        let part = picture(&rgb, size, &Placement { window: [[16.0, 112.0], [10.0, 90.0]], ..whole(size) }, [48, 40]);
        for y in 0..40 {
            assert_eq!(part[y * 48 * 3..(y + 1) * 48 * 3], small[((y + 5) * 64 + 8) * 3..((y + 5) * 64 + 56) * 3]);
        }
    }

    #[test]
    fn a_tiny_rotation_is_none_and_the_filter_is_the_same() {
        for (size, out) in [([128, 96], [50, 40]), ([40, 30], [64, 48])] {
            let rgb = noise(size);
            let straight = picture(&rgb, size, &whole(size), out);
            let turned = picture(&rgb, size, &Placement { angle: 1e-9, ..whole(size) }, out);
            let most = straight.iter().zip(&turned).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(most <= Some(1), "{most:?}: only the rounding between Pillow's passes differs");
        }
    }

    #[test]
    fn a_quarter_turn_moves_pixels_where_it_should_and_leaves_black_where_nothing_is() {
        // The window is square and in the middle: turned by 90°, (s, t) is seen at (1 − t, s).
        let size = [33, 33];
        let rgb = waves(size);
        let quarter = Placement { angle: std::f64::consts::FRAC_PI_2, ..whole(size) };
        let got = picture(&rgb, size, &quarter, size);
        for y in 0..33 {
            for x in 0..33 {
                let want = &rgb[3 * (x * 33 + 32 - y)..][..3];
                assert!(got[3 * (y * 33 + x)..][..3].iter().zip(want).all(|(a, b)| a.abs_diff(*b) <= 1), "{x} {y}");
            }
        }
        let eighth = Placement { angle: std::f64::consts::FRAC_PI_4, ..whole(size) };
        let got = picture(&vec![255; 3 * 33 * 33], size, &eighth, size);
        assert_eq!((&got[..3], &got[3 * (16 * 33 + 16)..][..3]), ([0; 3].as_slice(), [255; 3].as_slice()));
    }

    #[test]
    fn mirroring_twice_is_nothing() {
        let size = [40, 30];
        let rgb = noise(size);
        for angle in [0.0, 0.05] {
            let straight = picture(&rgb, size, &Placement { angle, ..whole(size) }, [21, 16]);
            let mut mirrored = picture(&rgb, size, &Placement { angle, flip: true, ..whole(size) }, [21, 16]);
            assert_ne!(mirrored, straight);
            for row in mirrored.as_chunks_mut::<3>().0.chunks_exact_mut(21) {
                row.reverse();
            }
            assert_eq!(mirrored, straight);
        }
    }
}
