//! [`Multigrid`]: an approximate inverse of a [`Stencil`] that sees the whole picture at once. A hole two hundred pixels
//! wide needs hundreds of steps when a step reaches one pixel far; here every level of half the size reaches twice as far.
//!
//! Every second pixel of every second row goes on to the next level. A pixel between them takes over their values by the
//! matrix's own entries, so that nothing is carried across an edge of the picture, and the coarse matrix is what that
//! makes of the fine one: restriction · matrix · prolongation, again with eight neighbours a pixel.

use super::stencil::{E, N, NE, NW, S, SE, SW, Stencil, W};

/// Pixels of a level that is solved directly.
const DIRECT: usize = 48;

/// The levels from fine to coarse.
pub(super) struct Multigrid {
    levels: Vec<Level>,
    coarsest: Dense,
}

/// One level and the way to the next.
struct Level {
    matrix: Stencil,
    /// Incomplete factors: what smooths.
    factors: Stencil,
    /// How a pixel's value comes from the next level's pixels up left, up right, down left, down right of it.
    prolong: Vec<[f32; 4]>,
    /// Room for the residual.
    residual: Vec<f64>,
    /// Right side and solution of the next level.
    right: Vec<f64>,
    solution: Vec<f64>,
}

impl Multigrid {
    pub(super) fn new(matrix: &Stencil) -> Self {
        let mut levels = Vec::new();
        let mut matrix = matrix.clone();
        while matrix.len() > DIRECT {
            let prolong = prolongation(&matrix);
            let coarse = coarse_matrix(&matrix, &prolong);
            let (fine, count) = (matrix.len(), coarse.len());
            levels.push(Level {
                factors: matrix.factor(),
                matrix,
                prolong,
                residual: vec![0.0; fine],
                right: vec![0.0; count],
                solution: vec![0.0; count],
            });
            matrix = coarse;
        }
        Self { levels, coarsest: Dense::new(&matrix) }
    }

    /// `x` ≈ matrix⁻¹ · `right`, one cycle down and up.
    pub(super) fn apply(&mut self, right: &[f64], x: &mut [f64]) {
        cycle(&mut self.levels, &self.coarsest, right, x);
    }
}

fn cycle(levels: &mut [Level], coarsest: &Dense, right: &[f64], x: &mut [f64]) {
    let Some((level, coarser)) = levels.split_first_mut() else {
        x.copy_from_slice(right);
        coarsest.substitute(x);
        return;
    };
    x.copy_from_slice(right);
    level.factors.substitute(x);
    level.leave_residual(right, x);
    level.restrict();
    let mut solution = std::mem::take(&mut level.solution);
    cycle(coarser, coarsest, &level.right, &mut solution);
    level.solution = solution;
    level.add_correction(x);
    level.leave_residual(right, x);
    level.factors.substitute(&mut level.residual);
    x.iter_mut().zip(&level.residual).for_each(|(x, r)| *x += r);
}

impl Level {
    fn leave_residual(&mut self, right: &[f64], x: &[f64]) {
        self.matrix.multiply(x, &mut self.residual);
        self.residual.iter_mut().zip(right).for_each(|(r, b)| *r = b - *r);
    }

    fn restrict(&mut self) {
        self.right.fill(0.0);
        let width = self.matrix.width;
        for (y, (row, weights)) in self.residual.chunks_exact(width).zip(self.prolong.chunks_exact(width)).enumerate() {
            let [up, down] = coarse_rows(y, width, self.right.len());
            for (x, (r, w)) in row.iter().zip(weights).enumerate() {
                let ([left, right], w) = (coarse_columns(x, width), w.map(f64::from));
                self.right[up + left] += w[0] * r;
                self.right[up + right] += w[1] * r;
                self.right[down + left] += w[2] * r;
                self.right[down + right] += w[3] * r;
            }
        }
    }

    fn add_correction(&self, x: &mut [f64]) {
        let width = self.matrix.width;
        for (y, (row, weights)) in x.chunks_exact_mut(width).zip(self.prolong.chunks_exact(width)).enumerate() {
            let [up, down] = coarse_rows(y, width, self.solution.len());
            for (x, (value, w)) in row.iter_mut().zip(weights).enumerate() {
                let ([left, right], w) = (coarse_columns(x, width), w.map(f64::from));
                let from = &self.solution;
                *value += w[0] * from[up + left] + w[1] * from[up + right] + w[2] * from[down + left] + w[3] * from[down + right];
            }
        }
    }
}

/// Starts of the next level's rows above and below row `y`; one that is outside is replaced by the last, its weights are zero.
fn coarse_rows(y: usize, width: usize, coarse_count: usize) -> [usize; 2] {
    let coarse = width.div_ceil(2);
    [y / 2 * coarse, (y.div_ceil(2) * coarse).min(coarse_count - coarse)]
}

/// The next level's columns left and right of column `x`, in the same way.
fn coarse_columns(x: usize, width: usize) -> [usize; 2] {
    [x / 2, x.div_ceil(2).min((width - 1) / 2)]
}

/// The next level's pixels up left, up right, down left and down right of pixel `i`; one that is outside is replaced by any
/// other, its weight is zero.
fn parents(i: usize, width: usize, coarse_count: usize) -> [usize; 4] {
    let (x, y, coarse) = (i % width, i / width, width.div_ceil(2));
    let (left, right) = (x / 2, x.div_ceil(2).min(coarse - 1));
    let (up, down) = (y / 2 * coarse, (y.div_ceil(2) * coarse).min(coarse_count - coarse));
    [up + left, up + right, down + left, down + right]
}

/// Weights of every pixel's parents. A pixel on a coarse row or column takes its entries summed across it, one in the middle
/// of four takes its whole row, with the pixels beside it replaced by what they come from.
fn prolongation(matrix: &Stencil) -> Vec<[f32; 4]> {
    let (width, count) = (matrix.width, matrix.len());
    let along = |i: usize, near: [usize; 3], far: [usize; 3], across: [usize; 2]| {
        let a = matrix.entries(i);
        let sum = |places: &[usize]| places.iter().map(|k| a[*k]).sum::<f64>();
        let (near, far, centre) = (-sum(&near), -sum(&far), matrix.centre[i] + sum(&across));
        // Cut off on both sides, a pixel is no worse for taking nothing.
        if centre > 1e-10 * matrix.centre[i] { [near / centre, far / centre] } else { [0.0; 2] }
    };
    let horizontal = |i: usize| along(i, [NW, W, SW], [NE, E, SE], [N, S]);
    let vertical = |i: usize| along(i, [NW, N, NE], [SW, S, SE], [W, E]);
    let at = |i: usize| match (i % width % 2, i / width % 2) {
        (0, 0) => [1.0, 0.0, 0.0, 0.0],
        (1, 0) => {
            let [left, right] = horizontal(i);
            [left, right, 0.0, 0.0]
        }
        (0, _) => {
            let [up, down] = vertical(i);
            [up, 0.0, down, 0.0]
        }
        _ => {
            let a = matrix.entries(i);
            let (north, west) = (horizontal(i - width), vertical(i - 1));
            let south = if i + width < count { horizontal(i + width) } else { [0.0; 2] };
            let east = if i % width + 1 < width { vertical(i + 1) } else { [0.0; 2] };
            let scale = -1.0 / matrix.centre[i];
            [
                scale * (a[NW] + a[N] * north[0] + a[W] * west[0]),
                scale * (a[NE] + a[N] * north[1] + a[E] * east[0]),
                scale * (a[SW] + a[S] * south[0] + a[W] * west[1]),
                scale * (a[SE] + a[S] * south[1] + a[E] * east[1]),
            ]
        }
    };
    (0..count).map(|i| at(i).map(|weight| weight as f32)).collect()
}

/// Restriction · matrix · prolongation, the restriction being the prolongation transposed.
fn coarse_matrix(matrix: &Stencil, prolong: &[[f32; 4]]) -> Stencil {
    let (width, height) = (matrix.width, matrix.len() / matrix.width);
    let (w, h) = (width.div_ceil(2), height.div_ceil(2));
    // Nine entries a pixel, in rows of three about it.
    let mut entries = vec![[0.0f64; 9]; w * h];
    for (i, restrict) in prolong.iter().enumerate() {
        let to = parents(i, width, w * h);
        // The row of pixel i, its columns replaced by their parents: at most 2 × 2 parents with all their neighbours.
        for (k, entry) in matrix.row(i) {
            let Some(j) = k else { continue };
            for (from, weight) in parents(j, width, w * h).into_iter().zip(prolong[j].map(f64::from)) {
                if weight == 0.0 {
                    continue;
                }
                let (fx, fy) = (from % w, from / w);
                for (to, restrict) in to.into_iter().zip(restrict.map(f64::from)) {
                    if restrict != 0.0 {
                        entries[to][(fy + 1 - to / w) * 3 + fx + 1 - to % w] += restrict * entry * weight;
                    }
                }
            }
        }
    }
    let rows = entries.into_iter().map(|e| ([e[0], e[1], e[2], e[3], e[5], e[6], e[7], e[8]], e.iter().sum()));
    Stencil::of_rows(w, rows)
}

/// LU factors of the coarsest matrix.
struct Dense {
    count: usize,
    rows: Vec<Vec<f64>>,
    order: Vec<usize>,
}

impl Dense {
    fn new(matrix: &Stencil) -> Self {
        let count = matrix.len();
        let mut rows = vec![vec![0.0; count]; count];
        for (i, row) in rows.iter_mut().enumerate() {
            for (j, entry) in matrix.row(i) {
                if let Some(j) = j {
                    row[j] += entry;
                }
            }
        }
        let mut order: Vec<usize> = (0..count).collect();
        for k in 0..count {
            let largest = (k..count).max_by(|a, b| rows[*a][k].abs().total_cmp(&rows[*b][k].abs())).unwrap_or(k);
            rows.swap(k, largest);
            order.swap(k, largest);
            let (above, below) = rows.split_at_mut(k + 1);
            let pivot = &above[k];
            for row in below {
                // A singular matrix leaves zeros, which the substitution passes over.
                let factor = if pivot[k] == 0.0 { 0.0 } else { row[k] / pivot[k] };
                row[k + 1..].iter_mut().zip(&pivot[k + 1..]).for_each(|(a, b)| *a -= factor * b);
                row[k] = factor;
            }
        }
        Self { count, rows, order }
    }

    fn substitute(&self, x: &mut [f64]) {
        let right: Vec<f64> = self.order.iter().map(|i| x[*i]).collect();
        for i in 0..self.count {
            let sum: f64 = self.rows[i][..i].iter().zip(&x[..i]).map(|(a, b)| a * b).sum();
            x[i] = right[i] - sum;
        }
        for i in (0..self.count).rev() {
            let sum: f64 = self.rows[i][i + 1..].iter().zip(&x[i + 1..self.count]).map(|(a, b)| a * b).sum();
            x[i] = if self.rows[i][i] == 0.0 { 0.0 } else { (x[i] - sum) / self.rows[i][i] };
        }
    }
}
