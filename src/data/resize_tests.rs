//! Resizing against Pillow's and PyTorch's values.

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
