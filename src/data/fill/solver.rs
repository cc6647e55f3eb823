//! BiCGSTAB on a [`Stencil`] with a [`Multigrid`] for its approximate inverse, and the guess it starts from.

use super::multigrid::Multigrid;
use super::stencil::Stencil;
use crate::depth::DepthMap;

/// The residual's length by which the solution counts as found, as a share of the right side's length. With half of a
/// picture missing in one piece the worst pixel is then off by less than a millimetre.
const TOLERANCE: f64 = 1e-9;
/// Steps after which the search is given up; the worst of the 640×480 frames tried took 48.
const MAX_STEPS: usize = 2000;

/// Solves `matrix` · x = `right` from the guess `x`; `None` when it does not converge or a number overflows.
pub(super) fn solve(mut matrix: Stencil, mut right: Vec<f64>, mut x: Vec<f64>) -> Option<Vec<f64>> {
    matrix.balance(&mut right);
    let (matrix, right) = (&matrix, &right[..]);
    let count = matrix.len();
    let mut inverse = Multigrid::new(matrix);
    let goal = TOLERANCE * dot(right, right).sqrt();
    let (mut r, mut shadow) = (vec![0.0; count], Vec::new());
    let (mut p, mut v) = (vec![0.0; count], vec![0.0; count]);
    let (mut y, mut z, mut t) = (vec![0.0; count], vec![0.0; count], vec![0.0; count]);
    let (mut rho, mut alpha, mut omega) = (0.0, 0.0, 0.0);
    for step in 0..MAX_STEPS {
        // At the start, and again when the shadow residual has become useless.
        if rho == 0.0 {
            matrix.multiply(&x, &mut r);
            r.iter_mut().zip(right).for_each(|(r, b)| *r = b - *r);
            if dot(&r, &r).sqrt() <= goal {
                return Some(x);
            }
            shadow.clone_from(&r);
            p.fill(0.0);
            v.fill(0.0);
            (rho, alpha, omega) = (1.0, 1.0, 1.0);
        }
        let next = dot(&shadow, &r);
        let beta = next / rho * (alpha / omega);
        if !beta.is_finite() || (step > 0 && next == 0.0) {
            rho = 0.0;
            continue;
        }
        rho = next;
        for ((p, r), v) in p.iter_mut().zip(&r).zip(&v) {
            *p = r + beta * (*p - omega * v);
        }
        inverse.apply(&p, &mut y);
        matrix.multiply(&y, &mut v);
        alpha = rho / dot(&shadow, &v);
        r.iter_mut().zip(&v).for_each(|(r, v)| *r -= alpha * v);
        inverse.apply(&r, &mut z);
        matrix.multiply(&z, &mut t);
        let length = dot(&t, &t);
        omega = if length > 0.0 { dot(&t, &r) / length } else { 0.0 };
        for ((x, y), z) in x.iter_mut().zip(&y).zip(&z) {
            *x += alpha * y + omega * z;
        }
        r.iter_mut().zip(&t).for_each(|(r, t)| *r -= omega * t);
        let left = dot(&r, &r).sqrt();
        if !left.is_finite() {
            return None;
        }
        if left <= goal {
            return Some(x);
        }
        if omega == 0.0 {
            rho = 0.0;
        }
    }
    None
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Four sums side by side, which the compiler makes one vector of.
    let (a4, a1) = a.as_chunks::<4>();
    let (b4, b1) = b.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (a, b) in a4.iter().zip(b4) {
        for k in 0..4 {
            sums[k] += a[k] * b[k];
        }
    }
    sums.iter().sum::<f64>() + a1.iter().zip(b1).map(|(a, b)| a * b).sum::<f64>()
}

/// The measured values, and in the holes the mean of what is measured around them: means of 2×2 blocks, of 4×4 and so on
/// are taken where a finer one has none. It spares the solver the long way from one side of a hole to the other.
pub(super) fn first_guess(depth: &DepthMap) -> Vec<f64> {
    let known = depth.values().iter().zip(depth.valid());
    let level: Vec<(f64, f64)> = known.map(|(d, ok)| if *ok { (f64::from(*d), 1.0) } else { (0.0, 0.0) }).collect();
    coarser_means(level, depth.width(), depth.height())
}

/// Sum over count in every cell of a level; from the next coarser level where the count is zero.
fn coarser_means(level: Vec<(f64, f64)>, width: usize, height: usize) -> Vec<f64> {
    if width <= 1 && height <= 1 {
        return level.into_iter().map(|(sum, count)| if count > 0.0 { sum / count } else { 0.0 }).collect();
    }
    let (w, h) = (width.div_ceil(2), height.div_ceil(2));
    let mut next = vec![(0.0, 0.0); w * h];
    for (i, (sum, count)) in level.iter().enumerate() {
        let cell = &mut next[i / width / 2 * w + i % width / 2];
        *cell = (cell.0 + sum, cell.1 + count);
    }
    let coarse = coarser_means(next, w, h);
    let mean = |(i, (sum, count)): (usize, (f64, f64))| {
        if count > 0.0 { sum / count } else { coarse[i / width / 2 * w + i % width / 2] }
    };
    level.into_iter().enumerate().map(mean).collect()
}
