//! Marks on the pictures of a figure: the crop's frame and the ring around the worst pixel.

use image::{Rgb, RgbImage};

/// What is outside the crop keeps this share of its light.
const DIM: f32 = 0.59;

/// Dims what lies outside `crop` (left, top, right, bottom in 0…1) and frames it with a line of one pixel outside it.
pub fn frame(picture: &mut RgbImage, crop: Option<[f32; 4]>) {
    let Some([left, top, right, bottom]) = crop else { return };
    let (w, h) = (picture.width() as f32, picture.height() as f32);
    let edge = |share: f32, of: f32| (share.clamp(0.0, 1.0) * of).round() as i64;
    let (x0, x1, y0, y1) = (edge(left, w), edge(right, w), edge(top, h), edge(bottom, h));
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let (x, y) = (i64::from(x), i64::from(y));
        if (x0..x1).contains(&x) && (y0..y1).contains(&y) {
            continue;
        }
        let on_frame = (x0 - 1..=x1).contains(&x) && (y0 - 1..=y1).contains(&y);
        pixel.0 = if on_frame { [255; 3] } else { pixel.0.map(|c| (f32::from(c) * DIM).round() as u8) };
    }
}

/// A ring around the pixel `at` of a grid; what it is around stays as it is.
pub fn ring(picture: &mut RgbImage, at: Option<[usize; 2]>, [width, height]: [usize; 2]) {
    let Some([column, row]) = at.filter(|_| width > 0 && height > 0) else { return };
    let (w, h) = (picture.width() as f32, picture.height() as f32);
    let (cx, cy) = ((column as f32 + 0.5) / width as f32 * w, (row as f32 + 0.5) / height as f32 * h);
    let radius = (w / 70.0).clamp(5.0, 14.0);
    let reach = (radius + 3.0).ceil() as i64;
    for y in (cy as i64 - reach).max(0)..=(cy as i64 + reach).min(h as i64 - 1) {
        for x in (cx as i64 - reach).max(0)..=(cx as i64 + reach).min(w as i64 - 1) {
            let away = ((x as f32 + 0.5 - cx).hypot(y as f32 + 0.5 - cy) - radius).abs();
            // White between two black lines reads on every colour.
            let colour = if away < 0.9 {
                [255; 3]
            } else if away < 1.9 {
                [0; 3]
            } else {
                continue;
            };
            picture.put_pixel(x as u32, y as u32, Rgb(colour));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_just_outside_the_pixels_that_count() {
        let mut picture = RgbImage::from_pixel(20, 10, Rgb([100; 3]));
        // Columns 4 … 15, rows 2 … 7.
        frame(&mut picture, Some([0.2, 0.2, 0.8, 0.8]));
        for (x, y, pixel) in picture.enumerate_pixels() {
            let inside = (4..16).contains(&x) && (2..8).contains(&y);
            let framed = (3..=16).contains(&x) && (1..=8).contains(&y);
            let expected = if inside {
                100
            } else if framed {
                255
            } else {
                59
            };
            assert_eq!(pixel.0, [expected; 3], "{x} {y}");
        }
        let before = picture.clone();
        frame(&mut picture, None);
        assert_eq!(picture, before);
    }

    #[test]
    fn a_ring_leaves_its_middle_and_stays_in_the_picture() {
        let mut picture = RgbImage::from_pixel(100, 60, Rgb([100; 3]));
        ring(&mut picture, Some([50, 30]), [100, 60]);
        assert_eq!(picture.get_pixel(50, 30).0, [100; 3]);
        assert_eq!(picture.get_pixel(55, 30).0, [255; 3]);
        assert_eq!(picture.get_pixel(60, 30).0, [100; 3]);
        ring(&mut picture, Some([0, 0]), [100, 60]);
        ring(&mut picture, Some([99, 59]), [100, 60]);
        ring(&mut picture, Some([0, 0]), [0, 0]);
        ring(&mut picture, None, [100, 60]);
    }
}
