//! [`Stencil`]: the fill's matrix, a diagonal and eight neighbours a pixel, and its incomplete factorisation.

/// Neighbours as (dx, dy) in the order of the pixels: four that come before, four that come after.
const NEIGHBOURS: [(isize, isize); 8] = [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)];
/// Steps of the walk that balances the matrix.
const WALK: usize = 30;
/// Places of the neighbours by their direction.
pub(super) const NW: usize = 0;
pub(super) const N: usize = 1;
pub(super) const NE: usize = 2;
pub(super) const W: usize = 3;
pub(super) const E: usize = 4;
pub(super) const SW: usize = 5;
pub(super) const S: usize = 6;
pub(super) const SE: usize = 7;

/// A matrix with one row a pixel, zero but at the pixel itself and its neighbours inside the picture.
#[derive(Debug, Clone)]
pub(super) struct Stencil {
    pub(super) width: usize,
    /// The diagonal.
    pub(super) centre: Vec<f64>,
    /// The entries at the neighbours; zero outside the picture. In single precision, for the time goes into reading them.
    pub(super) around: Vec<[f32; 8]>,
}

impl Stencil {
    /// The matrix of reference.md 7.2: row p is 1 + `hold`(p) at p and -w at its neighbours, where the weights sum to one.
    pub(super) fn new(grey: &[f64], width: usize, height: usize, hold: impl Fn(usize) -> f64) -> Self {
        Self::of_rows(width, (0..grey.len()).map(|i| (weights(grey, width, height, i).map(|w| -w), hold(i))))
    }

    /// A matrix from the entries around and the sum of every row. The sums hold in double precision: a wide hole adds up
    /// what its rows are off by.
    pub(super) fn of_rows(width: usize, rows: impl Iterator<Item = ([f64; 8], f64)>) -> Self {
        let rows = rows.map(|(around, sum)| {
            let around = around.map(|entry| entry as f32);
            (sum - around.iter().map(|entry| f64::from(*entry)).sum::<f64>(), around)
        });
        let (centre, around) = rows.unzip();
        Self { width, centre, around }
    }

    /// The entries around pixel `i`.
    pub(super) fn entries(&self, i: usize) -> [f64; 8] {
        self.around[i].map(f64::from)
    }

    /// Number of pixels.
    pub(super) fn len(&self) -> usize {
        self.centre.len()
    }

    /// `out` = matrix · `x`.
    pub(super) fn multiply(&self, x: &[f64], out: &mut [f64]) {
        let padded = self.width + 1;
        // The first and the last row reach over the ends; all others read eight values at fixed distances.
        for (i, out) in out.iter_mut().enumerate() {
            let a = self.entries(i);
            let sum = if i >= padded && i + padded < x.len() {
                let (above, below) = (&x[i - padded..i - padded + 3], &x[i + padded - 2..i + padded + 1]);
                a[NW] * above[0] + a[N] * above[1] + a[NE] * above[2] + a[W] * x[i - 1]
                    + a[E] * x[i + 1] + a[SW] * below[0] + a[S] * below[1] + a[SE] * below[2]
            } else {
                self.reaching(i, 0..8).map(|(k, j)| a[k] * x[j]).sum()
            };
            *out = self.centre[i] * x[i] + sum;
        }
    }

    /// The neighbours among `which` whose pixel exists when rows follow each other without a border. Those beyond the
    /// left or right edge are included: their entries are zero.
    fn reaching(&self, i: usize, which: std::ops::Range<usize>) -> impl Iterator<Item = (usize, usize)> {
        let (width, count) = (self.width as isize, self.len());
        which.filter_map(move |k| {
            let (dx, dy) = NEIGHBOURS[k];
            i.checked_add_signed(dy * width + dx).filter(|j| *j < count).map(|j| (k, j))
        })
    }

    /// Multiplies rows, and `right` with them, so that the columns nearly sum to zero as the rows do where nothing is known.
    ///
    /// Without what is known, a row holds the probabilities of a walk's next step, and the factors are how often the walk
    /// is at a pixel in the long run: often in even areas, seldom on edges, from which it is led away. A walk of a few
    /// steps tells neighbours apart well enough. The solution stays the same; coarse levels become good ones.
    pub(super) fn balance(&mut self, right: &mut [f64]) {
        let came = self.transposed();
        let (mut often, mut sums) = (vec![1.0; self.len()], vec![0.0; self.len()]);
        for _ in 0..WALK {
            // The step is -around; a fifth of the walkers rest, so that no two pixels only swap them.
            came.multiply(&often, &mut sums);
            for ((often, sum), centre) in often.iter_mut().zip(&sums).zip(&came.centre) {
                *often += 0.8 * ((centre - 1.0) * *often - sum);
            }
        }
        right.iter_mut().zip(&often).for_each(|(right, often)| *right *= often);
        let scaled = |(i, often): (usize, &f64)| {
            let around = self.entries(i);
            let sum = self.centre[i] + around.iter().sum::<f64>();
            (around.map(|entry| entry * often), sum * often)
        };
        *self = Self::of_rows(self.width, often.iter().enumerate().map(scaled));
    }

    /// The matrix with rows and columns exchanged.
    fn transposed(&self) -> Self {
        let shifts = NEIGHBOURS.map(|(dx, dy)| dy * self.width as isize + dx);
        let entry = |i: usize, k: usize| i.checked_add_signed(shifts[k]).and_then(|j| self.around.get(j)).map_or(0.0, |a| a[7 - k]);
        // Where a neighbour's place is beyond an edge, what is found there has a zero for us.
        let around = (0..self.len()).map(|i| std::array::from_fn(|k| entry(i, k))).collect();
        Self { width: self.width, centre: self.centre.clone(), around }
    }

    /// The entries of a row with their columns; `None` is the place of one beyond the picture.
    pub(super) fn row(&self, i: usize) -> [(Option<usize>, f64); 9] {
        let (width, height) = (self.width, self.len() / self.width);
        let (x, y) = (i % width, i / width);
        std::array::from_fn(|k| {
            let Some((dx, dy)) = NEIGHBOURS.get(k) else { return (Some(i), self.centre[i]) };
            let column = x.checked_add_signed(*dx).zip(y.checked_add_signed(*dy));
            (column.filter(|(x, y)| *x < width && *y < height).map(|(x, y)| y * width + x), f64::from(self.around[i][k]))
        })
    }

    /// Incomplete LU factors in the matrix's own pattern, ILU(0): below the diagonal L (its diagonal is one), above U, and
    /// in `centre` the inverse of U's diagonal. The matrix is an M-matrix, for which the factors exist.
    pub(super) fn factor(&self) -> Self {
        let mut f = self.clone();
        let (width, count) = (self.width, self.len());
        for i in 0..count {
            let mut row = f.entries(i);
            let mut centre = f.centre[i];
            // Eliminates the entry at an earlier pixel; the closure's pairs say which of its entries meet which of ours.
            let mut eliminate = |k: usize, back: usize, meets: &[(usize, Option<usize>)], row: &mut [f64; 8]| {
                let Some(j) = i.checked_sub(back).filter(|_| row[k] != 0.0) else { return };
                let factor = row[k] * f.centre[j];
                row[k] = factor;
                for (theirs, ours) in meets {
                    let change = factor * f64::from(f.around[j][*theirs]);
                    match ours {
                        Some(ours) => row[*ours] -= change,
                        None => centre -= change,
                    }
                }
            };
            eliminate(NW, width + 1, &[(E, Some(N)), (S, Some(W)), (SE, None)], &mut row);
            eliminate(N, width, &[(E, Some(NE)), (SW, Some(W)), (S, None), (SE, Some(E))], &mut row);
            eliminate(NE, width.wrapping_sub(1), &[(SW, None), (S, Some(E))], &mut row);
            eliminate(W, 1, &[(E, None), (S, Some(SW)), (SE, Some(S))], &mut row);
            f.around[i] = row.map(|entry| entry as f32);
            f.centre[i] = 1.0 / centre;
        }
        f
    }

    /// Solves L·U·`x` = `x` in place, for factors made by [`Stencil::factor`].
    pub(super) fn substitute(&self, x: &mut [f64]) {
        let (padded, count) = (self.width + 1, x.len());
        for i in 0..count {
            let a = self.entries(i);
            let sum = if i >= padded {
                let above = &x[i - padded..i - padded + 3];
                a[NW] * above[0] + a[N] * above[1] + a[NE] * above[2] + a[W] * x[i - 1]
            } else {
                self.reaching(i, 0..4).map(|(k, j)| a[k] * x[j]).sum()
            };
            x[i] -= sum;
        }
        for i in (0..count).rev() {
            let a = self.entries(i);
            let sum = if i + padded < count {
                let below = &x[i + padded - 2..i + padded + 1];
                a[SE] * below[2] + a[S] * below[1] + a[SW] * below[0] + a[E] * x[i + 1]
            } else {
                self.reaching(i, 4..8).map(|(k, j)| a[k] * x[j]).sum()
            };
            x[i] = (x[i] - sum) * self.centre[i];
        }
    }
}

/// The weights of a pixel's neighbours, zero outside the picture; they sum to one.
fn weights(grey: &[f64], width: usize, height: usize, i: usize) -> [f64; 8] {
    let (x, y) = (i % width, i / width);
    let own = grey[i];
    let values = NEIGHBOURS.map(|(dx, dy)| {
        let (x, y) = (x.checked_add_signed(dx)?, y.checked_add_signed(dy)?);
        (x < width && y < height).then(|| grey[y * width + x])
    });
    let count = 1.0 + values.iter().flatten().count() as f64;
    let mean = (own + values.iter().flatten().sum::<f64>()) / count;
    let squares = values.iter().flatten().map(|v| (v - mean).powi(2)).sum::<f64>() + (own - mean).powi(2);
    let nearest = values.iter().flatten().map(|v| (v - own).powi(2)).fold(f64::INFINITY, f64::min);
    if count == 1.0 {
        return [0.0; 8]; // a picture of one pixel
    }
    // Not so narrow that even the most similar neighbour had less than a hundredth.
    let sigma = (0.6 * squares / count).max(nearest / -0.01f64.ln()).max(2e-6);
    let raw = values.map(|v| v.map_or(0.0, |v| (-(v - own).powi(2) / sigma).exp()));
    let sum: f64 = raw.iter().sum();
    raw.map(|w| w / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_those_worked_out_by_hand() {
        // Corner of a 2x2 picture: neighbours 0.1, 0.2, 0.4 about 0.1: mean 0.2, variance 0.015, sigma 0.009.
        let w = weights(&[0.1, 0.1, 0.2, 0.4], 2, 2, 0);
        let raw = [1.0, (-0.01f64 / 0.009).exp(), (-0.09f64 / 0.009).exp()];
        let sum: f64 = raw.iter().sum();
        for (k, want) in [(E, raw[0]), (S, raw[1]), (SE, raw[2]), (NW, 0.0), (N, 0.0), (NE, 0.0), (W, 0.0), (SW, 0.0)] {
            assert!((w[k] - want / sum).abs() < 1e-12, "{k}: {w:?}");
        }
        assert_eq!(weights(&[0.5], 1, 1, 0), [0.0; 8]);
        assert_eq!(weights(&[0.5; 3], 3, 1, 1), [0.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn rows_do_not_reach_around_the_edges() {
        let s = Stencil::new(&[0.3; 12], 4, 3, |_| 0.0);
        let mut out = [0.0; 12];
        // A constant is in the kernel wherever all weights are inside the picture.
        s.multiply(&[7.0; 12], &mut out);
        assert!(out.iter().all(|v| v.abs() < 1e-12), "{out:?}");
        let mut one = [0.0; 12];
        one[3] = 1.0;
        s.multiply(&one, &mut out);
        assert_eq!(out[4], 0.0, "the end of a row is no neighbour of the next row's start");
        assert!(out[2] < 0.0 && out[7] < 0.0 && out[6] < 0.0);
    }

    #[test]
    fn a_balanced_matrix_has_the_same_solution_and_columns_that_sum_to_little() {
        let grey: Vec<f64> = (0..400).map(|i| f64::from(i * i % 31) / 31.0).collect();
        let mut s = Stencil::new(&grey, 20, 20, |_| 0.0);
        let columns = |s: &Stencil| {
            let mut sums = vec![0.0; 400];
            s.transposed().multiply(&[1.0; 400], &mut sums);
            sums.iter().map(|v| v.abs()).sum::<f64>()
        };
        let before = columns(&s);
        let x: Vec<f64> = (0..400).map(|i| f64::from(i % 7)).collect();
        let (mut right, mut again) = (vec![0.0; 400], vec![0.0; 400]);
        s.multiply(&x, &mut right);
        s.balance(&mut right);
        s.multiply(&x, &mut again);
        assert!(right.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-5));
        assert!(columns(&s) < 0.2 * before, "{} of {before}", columns(&s));
    }

    #[test]
    fn the_factors_are_exact_where_nothing_is_dropped() {
        // A row of pixels is tridiagonal, and so are its factors.
        for width in [1, 2, 5] {
            let count = 5;
            let grey: Vec<f64> = (0..count).map(|i| [0.1, 0.5, 0.2, 0.9, 0.3][i]).collect();
            if count % width != 0 {
                continue;
            }
            let s = Stencil::new(&grey, width, count / width, |i| if i == 2 { 1.0 } else { 0.0 });
            let want: Vec<f64> = (0..count).map(|i| i as f64 - 1.5).collect();
            let mut x = vec![0.0; count];
            s.multiply(&want, &mut x);
            s.factor().substitute(&mut x);
            for (got, want) in x.iter().zip(&want) {
                assert!((got - want).abs() < 1e-6, "{x:?}");
            }
        }
    }
}
