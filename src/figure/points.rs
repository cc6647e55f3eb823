//! Sparse ground truth drawn larger than it was measured: for the eye only, no number is made of it.

/// A map with fewer valid pixels than this share is sparse: its points are drawn one by one, never dropped.
pub const SPARSE: f32 = 0.25;

/// Every pixel of a `width` wide map takes the value of the nearest one that has a value (is finite) within a square of
/// `points` pixels around it; NaN where there is none. An even `points` counts as the odd number below. The map as it is
/// for 1. The window's shader draws the same.
pub fn enlarged(values: &[f32], width: usize, points: u8) -> Vec<f32> {
    let reach = i64::from(points.saturating_sub(1) / 2);
    if reach == 0 || width == 0 {
        return values.to_vec();
    }
    let (w, h) = (width as i64, (values.len() / width) as i64);
    let mut out = vec![f32::NAN; values.len()];
    let mut nearest = vec![i64::MAX; values.len()];
    for (i, value) in values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
        let (cx, cy) = (i as i64 % w, i as i64 / w);
        for y in (cy - reach).max(0)..=(cy + reach).min(h - 1) {
            for x in (cx - reach).max(0)..=(cx + reach).min(w - 1) {
                let (at, distance) = ((y * w + x) as usize, (x - cx).pow(2) + (y - cy).pow(2));
                if distance < nearest[at] {
                    (out[at], nearest[at]) = (*value, distance);
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO: f32 = f32::NAN;

    fn same(a: &[f32], b: &[f32]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
    }

    #[test]
    fn each_pixel_takes_the_nearest_point_within_its_square() {
        let map = [NO, NO, NO, NO, 7.0, NO, NO, 5.0, NO, NO];
        assert!(same(&enlarged(&map, 5, 1), &map));
        // Two rows of five: 7 at (4, 0), 5 at (2, 1).
        let three = [NO, 5.0, 5.0, 7.0, 7.0, NO, 5.0, 5.0, 5.0, 7.0];
        assert!(same(&enlarged(&map, 5, 3), &three), "{:?}", enlarged(&map, 5, 3));
        let five = enlarged(&map, 5, 5);
        assert_eq!((five[0], five[4], five[5], five[7]), (5.0, 7.0, 5.0, 5.0));
        // What was measured is never overdrawn, however close its neighbours are.
        for points in [3, 5, 9] {
            let large = enlarged(&map, 5, points);
            assert!(map.iter().zip(&large).all(|(m, l)| m.is_nan() || m == l), "{points}");
        }
        assert!(enlarged(&[], 0, 9).is_empty());
    }
}
