//! Tests of the fill: the golden case, a direct solution, constants, edges, holes everywhere and nowhere.

#![allow(clippy::unwrap_used)]

use super::*;

/// reference.md B.5.
fn golden() -> (Vec<f64>, DepthMap) {
    let holes = [(0, 0), (1, 1), (1, 2), (2, 2), (3, 3), (3, 4)];
    let at = |i: usize| (i / 5, i % 5);
    let grey = (0..20).map(at).map(|(y, x)| ((3 * x + 5 * y + x * y) % 7) as f64 / 10.0).collect();
    let depth = |(y, x)| if holes.contains(&(y, x)) { 0.0 } else { 1.0 + 0.5 * x as f32 + 0.25 * y as f32 };
    (grey, DepthMap::new(5, 4, DepthUnit::Metres, (0..20).map(at).map(depth).collect()))
}

#[rustfmt::skip]
const GOLDEN: [f64; 20] = [
    1.69915593, 1.59910176, 2.24884206, 2.7002554, 2.91295171,
    1.42784245, 1.70686464, 2.50085876, 2.83557115, 3.09641284,
    1.60826139, 1.92084848, 2.70229215, 2.92265733, 3.18951777,
    1.84873035, 2.06079115, 2.7642393, 2.82336091, 2.90390613,
];

#[test]
fn the_golden_case() {
    let (grey, depth) = golden();
    let solution = solve(&grey, &depth).unwrap();
    for (i, (got, want)) in solution.iter().zip(GOLDEN).enumerate() {
        assert!((got - want).abs() < 1e-6, "pixel {i} is {got}, not {want}");
    }
    let filled = fill_grey(&grey, &depth).unwrap();
    assert_eq!(filled.valid_count(), 20);
    for i in 0..20 {
        let want = if depth.valid()[i] { depth.values()[i] } else { GOLDEN[i] as f32 };
        assert!((filled.values()[i] - want).abs() < if depth.valid()[i] { f32::MIN_POSITIVE } else { 1e-6 }, "{i}");
    }
}

/// A picture without order, and depth with holes in which one could hide.
fn scattered(width: usize, height: usize, keep: impl Fn(usize) -> bool) -> (Vec<f64>, DepthMap) {
    let mut state = 1u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1u64 << 24) as f64
    };
    let grey: Vec<f64> = (0..width * height).map(|_| random()).collect();
    let depth = (0..width * height).map(|i| if keep(i) { 1.0 + 9.0 * random() as f32 } else { 0.0 }).collect();
    (grey, DepthMap::new(width, height, DepthUnit::Metres, depth))
}

/// The same system by elimination with a full matrix.
fn directly(system: &Stencil, right: &[f64]) -> Vec<f64> {
    let n = right.len();
    let mut rows = vec![vec![0.0; n + 1]; n];
    for j in 0..n {
        let mut unit = vec![0.0; n];
        unit[j] = 1.0;
        let mut column = vec![0.0; n];
        system.multiply(&unit, &mut column);
        (0..n).for_each(|i| rows[i][j] = column[i]);
    }
    (0..n).for_each(|i| rows[i][n] = right[i]);
    for k in 0..n {
        let pivot = rows[k].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(i, _)| *i != k) {
            let factor = row[k] / pivot[k];
            row.iter_mut().zip(&pivot).for_each(|(a, b)| *a -= factor * b);
        }
    }
    (0..n).map(|i| rows[i][n] / rows[i][i]).collect()
}

#[test]
fn it_agrees_with_elimination() {
    for (width, height, every) in [(13, 9, 3), (21, 16, 300), (16, 21, 50), (17, 11, 40), (1, 30, 7), (30, 1, 7), (2, 20, 5), (8, 8, 63)] {
        let (grey, depth) = scattered(width, height, |i| i % every == 0);
        let right: Vec<f64> = depth.values().iter().map(|d| f64::from(*d)).collect();
        let system = Stencil::new(&grey, width, height, |i| if depth.valid()[i] { 1.0 } else { 0.0 });
        let want = directly(&system, &right);
        let got = solve(&grey, &depth).unwrap();
        let worst = got.iter().zip(&want).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-5, "{width}x{height}: {worst}");
    }
}

#[test]
fn a_constant_stays_a_constant_and_known_pixels_stay_themselves() {
    let (grey, depth) = scattered(40, 30, |i| i % 17 == 3);
    let constant = depth.values().iter().map(|d| if *d > 0.0 { 2.5 } else { 0.0 }).collect();
    let filled = fill_grey(&grey, &DepthMap::new(40, 30, DepthUnit::Metres, constant)).unwrap();
    assert!(filled.values().iter().all(|d| (d - 2.5).abs() < 1e-5));
    let filled = fill_grey(&grey, &depth).unwrap();
    assert_eq!(filled.valid_count(), 1200);
    for (i, d) in depth.values().iter().enumerate().filter(|(i, _)| depth.valid()[*i]) {
        assert_eq!(filled.values()[i], *d);
    }
    // A mean lies between what it is of.
    let [low, _, high] = depth.min_median_max().unwrap();
    assert!(filled.values().iter().all(|d| (low - 1e-4..=high + 1e-4).contains(d)));
}

#[test]
fn depth_does_not_cross_an_edge_of_the_picture() {
    // Black left of column 16, white from there on; a strip about the edge is a hole.
    let (width, height) = (32, 12);
    let rgb = (0..width * height).flat_map(|i| if i % width < 16 { [0; 3] } else { [255; 3] }).collect();
    let picture = Frame::new("edge", width, height, rgb);
    let depth = (0..width * height).map(|i| match i % width {
        0..10 => 1.0,
        22.. => 5.0,
        _ => 0.0,
    });
    let depth = DepthMap::new(width, height, DepthUnit::Metres, depth.collect());
    let filled = fill(&picture, &depth).unwrap();
    for y in 0..height {
        let (left, right) = (filled.at(15, y).unwrap(), filled.at(16, y).unwrap());
        assert!(left < 1.2 && right > 4.8, "row {y}: {left} | {right}");
    }
    let small = Frame::new("small", 2, 2, vec![0; 12]);
    assert!(fill(&small, &depth).unwrap_err().to_string().contains("2x2 pixels and the depth map 32x12"));
}

#[test]
fn nothing_known_and_everything_known() {
    let (grey, none) = scattered(6, 5, |_| false);
    assert_eq!(fill_grey(&grey, &none).unwrap(), none);
    let (grey, all) = scattered(6, 5, |_| true);
    assert_eq!(fill_grey(&grey, &all).unwrap(), all);
    for known in 0..30 {
        let (grey, one) = scattered(6, 5, |i| i == known);
        let filled = fill_grey(&grey, &one).unwrap();
        let want = one.values()[known];
        assert!(filled.values().iter().all(|d| (d - want).abs() < 1e-4 * want), "{known}");
    }
}

#[test]
fn wide_holes_are_filled_smoothly() {
    // A tilted plane with a hole over most of it: every pixel of an even picture is the mean of its neighbours there.
    let (width, height) = (320, 240);
    let picture = Frame::new("wall", width, height, vec![90; 3 * width * height]);
    let plane = |x: usize, y: usize| 2.0 + 0.01 * x as f32 + 0.005 * y as f32;
    let hole = |x: usize, y: usize| (60..260).contains(&x) && (20..220).contains(&y);
    let values = (0..width * height).map(|i| (i % width, i / width));
    let values = values.map(|(x, y)| if hole(x, y) { 0.0 } else { plane(x, y) }).collect();
    let filled = fill(&picture, &DepthMap::new(width, height, DepthUnit::Metres, values)).unwrap();
    for (x, y) in (0..width * height).map(|i| (i % width, i / width)) {
        let got = filled.at(x, y).unwrap();
        assert!((got - plane(x, y)).abs() < 2e-3, "({x}, {y}) is {got}, not {}", plane(x, y));
    }
}
