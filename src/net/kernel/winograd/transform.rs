//! The transforms of F(4×4, 3×3): tiles of the input, kernels and sums between pixels and the 36 products of a tile.
//!
//! Four outputs of a filter of three taps are six products of polynomials' values at 0, ±1/√2, ±√2 and ∞ (Winograd 1980;
//! Lavin and Gray 2016). These points, whose squares are each other's inverse, keep the numbers of one size: with 0, ±1, ±2
//! the rounding is three times as large.

use pulp::Simd;

/// Products along an axis, and outputs of a tile along it.
pub(super) const POINTS: usize = 6;
pub(super) const TILE: usize = 4;
/// Products of a tile.
pub(super) const PRODUCTS: usize = POINTS * POINTS;

/// Taps of a kernel along an axis.
const TAPS: usize = 3;

/// The points a and b.
const A: f32 = std::f32::consts::FRAC_1_SQRT_2;
const B: f32 = std::f32::consts::SQRT_2;
/// 1 / the product of a point's distances to the others: of ±a and of ±b. That of 0 is 1.
const AT_A: f32 = -1.0 / 1.5;
const AT_B: f32 = 1.0 / 6.0;

/// Bᵀ·d: six pixels to six values of their polynomial.
#[inline(always)]
fn input<S: Simd>(simd: S, d: [S::f32s; POINTS]) -> [S::f32s; POINTS] {
    let by = |x: f32| simd.splat_f32s(x);
    let fma = |x, y, z| simd.mul_add_e_f32s(x, y, z);
    let (half, two) = (by(-0.5), by(-2.0));
    let (even, odd) = (fma(two, d[2], d[4]), fma(two, d[1], d[3]));
    let (even_b, odd_b) = (fma(half, d[2], d[4]), fma(half, d[1], d[3]));
    [
        simd.add_f32s(fma(by(-2.5), d[2], d[4]), d[0]),
        fma(by(A), odd, even),
        fma(by(-A), odd, even),
        fma(by(B), odd_b, even_b),
        fma(by(-B), odd_b, even_b),
        simd.add_f32s(fma(by(-2.5), d[3], d[5]), d[1]),
    ]
}

/// Aᵀ·m: six products to four outputs.
#[inline(always)]
fn output<S: Simd>(simd: S, m: [S::f32s; POINTS]) -> [S::f32s; TILE] {
    let by = |x: f32| simd.splat_f32s(x);
    let fma = |x, y, z| simd.mul_add_e_f32s(x, y, z);
    let (sum_a, dif_a) = (simd.add_f32s(m[1], m[2]), simd.sub_f32s(m[1], m[2]));
    let (sum_b, dif_b) = (simd.add_f32s(m[3], m[4]), simd.sub_f32s(m[3], m[4]));
    [
        simd.add_f32s(m[0], simd.add_f32s(sum_a, sum_b)),
        fma(by(A), dif_a, simd.mul_f32s(by(B), dif_b)),
        fma(by(0.5), sum_a, simd.add_f32s(sum_b, sum_b)),
        fma(by(A * 0.5), dif_a, fma(by(B * 2.0), dif_b, m[5])),
    ]
}

/// A·y, the transpose of [`output`]: four gradients of outputs to six of products.
#[inline(always)]
fn output_back<S: Simd>(simd: S, y: [S::f32s; TILE]) -> [S::f32s; POINTS] {
    let by = |x: f32| simd.splat_f32s(x);
    let fma = |x, y, z| simd.mul_add_e_f32s(x, y, z);
    let (even_a, even_b) = (fma(by(0.5), y[2], y[0]), fma(by(2.0), y[2], y[0]));
    let (odd_a, odd_b) = (fma(by(0.5), y[3], y[1]), fma(by(2.0), y[3], y[1]));
    [
        y[0],
        fma(by(A), odd_a, even_a),
        fma(by(-A), odd_a, even_a),
        fma(by(B), odd_b, even_b),
        fma(by(-B), odd_b, even_b),
        y[3],
    ]
}

/// Applies a transform along columns, then along rows: `N`×`N` values to `M`×`M`, row by row.
macro_rules! both_ways {
    ($(#[$doc:meta])* $name:ident, $line:ident, $from:expr, $to:expr) => {
        $(#[$doc])*
        #[inline(always)]
        pub(super) fn $name<S: Simd>(simd: S, from: impl Fn(usize, usize) -> S::f32s, mut to: impl FnMut(usize, usize, S::f32s)) {
            let zero = simd.splat_f32s(0.0);
            let mut half = [[zero; $from]; $to];
            for column in 0..$from {
                let line: [S::f32s; $from] = std::array::from_fn(|row| from(row, column));
                let line = $line(simd, line);
                for row in 0..$to {
                    half[row][column] = line[row];
                }
            }
            for row in 0..$to {
                let line = $line(simd, half[row]);
                for column in 0..$to {
                    to(row, column, line[column]);
                }
            }
        }
    };
}

both_ways!(
    /// Bᵀ·d·B: 6×6 pixels to 36 factors.
    input_tile, input, POINTS, POINTS
);
both_ways!(
    /// Aᵀ·m·A: 36 products to 4×4 outputs.
    output_tile, output, POINTS, TILE
);
both_ways!(
    /// A·y·Aᵀ: gradients of 4×4 outputs to those of 36 products.
    output_tile_back, output_back, TILE, POINTS
);

/// G·g: three taps to six values of their polynomial.
#[inline(always)]
fn kernel<S: Simd>(simd: S, g: [S::f32s; TAPS]) -> [S::f32s; POINTS] {
    let by = |x: f32| simd.splat_f32s(x);
    let fma = |x, y, z| simd.mul_add_e_f32s(x, y, z);
    let (even_a, even_b) = (fma(by(0.5), g[2], g[0]), fma(by(2.0), g[2], g[0]));
    let (even_a, even_b) = (simd.mul_f32s(by(AT_A), even_a), simd.mul_f32s(by(AT_B), even_b));
    [
        g[0],
        fma(by(A * AT_A), g[1], even_a),
        fma(by(-A * AT_A), g[1], even_a),
        fma(by(B * AT_B), g[1], even_b),
        fma(by(-B * AT_B), g[1], even_b),
        g[2],
    ]
}

/// Gᵀ·u, the transpose of [`kernel`]: six gradients of values to three of taps.
#[inline(always)]
fn kernel_back<S: Simd>(simd: S, u: [S::f32s; POINTS]) -> [S::f32s; TAPS] {
    let by = |x: f32| simd.splat_f32s(x);
    let fma = |x, y, z| simd.mul_add_e_f32s(x, y, z);
    let (sum_a, dif_a) = (simd.add_f32s(u[1], u[2]), simd.sub_f32s(u[1], u[2]));
    let (sum_b, dif_b) = (simd.add_f32s(u[3], u[4]), simd.sub_f32s(u[3], u[4]));
    [
        fma(by(AT_A), sum_a, fma(by(AT_B), sum_b, u[0])),
        fma(by(A * AT_A), dif_a, simd.mul_f32s(by(B * AT_B), dif_b)),
        fma(by(0.5 * AT_A), sum_a, fma(by(2.0 * AT_B), sum_b, u[5])),
    ]
}

both_ways!(
    /// G·g·Gᵀ: 3×3 taps to 36 factors.
    kernel_tile, kernel, TAPS, POINTS
);
both_ways!(
    /// Gᵀ·u·G: gradients of 36 factors to those of 3×3 taps.
    kernel_tile_back, kernel_back, POINTS, TAPS
);
