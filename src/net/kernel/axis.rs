//! Linear maps of planes that go one axis after the other: bilinear resizing and adaptive average pooling, and their
//! transposes, which take gradients back.

use super::{Loops, vectorised};
use rayon::prelude::*;

/// What the outputs along an axis are made of: each of a run of inputs, weighted.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    inputs: usize,
    /// First input of each output.
    first: Vec<usize>,
    /// `taps` weights an output.
    taps: usize,
    weights: Vec<f32>,
}

impl Axis {
    fn new(inputs: usize, all: &[(usize, Vec<f64>)]) -> Self {
        let taps = all.iter().map(|(_, weights)| weights.len()).max().unwrap_or(1).clamp(1, inputs.max(1));
        let mut axis = Self { inputs, first: Vec::new(), taps, weights: Vec::new() };
        for (first, weights) in all {
            // Every run is as long as the longest: one at the end begins earlier, with zeros before its own.
            let start = (*first).min(inputs.saturating_sub(taps));
            axis.first.push(start);
            axis.weights.extend((0..taps).map(|tap| {
                (start + tap).checked_sub(*first).and_then(|at| weights.get(at)).map_or(0.0, |weight| *weight as f32)
            }));
        }
        axis
    }

    /// Bilinear resizing with aligned corners (reference.md 2.6): output i samples the input at i·(inputs − 1)/(outputs − 1);
    /// a single one samples the first.
    #[must_use]
    pub fn bilinear(inputs: usize, outputs: usize) -> Self {
        let scale = if outputs > 1 { (inputs.max(1) - 1) as f64 / (outputs - 1) as f64 } else { 0.0 };
        let tap = |output: usize| {
            let at = output as f64 * scale;
            let first = (at as usize).min(inputs.max(1) - 1);
            let share = at - first as f64;
            (first, if first + 1 < inputs { vec![1.0 - share, share] } else { vec![1.0] })
        };
        Self::new(inputs, &(0..outputs).map(tap).collect::<Vec<_>>())
    }

    /// Adaptive averages (reference.md 2.5): output i is the mean of inputs ⌊i·inputs/outputs⌋ … ⌈(i + 1)·inputs/outputs⌉.
    #[must_use]
    pub fn average(inputs: usize, outputs: usize) -> Self {
        let bin = |output: usize| {
            let (from, to) = (output * inputs / outputs, ((output + 1) * inputs).div_ceil(outputs));
            (from, vec![1.0 / (to - from) as f64; to - from])
        };
        Self::new(inputs, &(0..outputs).map(bin).collect::<Vec<_>>())
    }

    fn outputs(&self) -> usize {
        self.first.len()
    }

    #[inline(always)]
    fn of(&self, output: usize) -> (usize, &[f32]) {
        (self.first[output], &self.weights[output * self.taps..(output + 1) * self.taps])
    }
}

/// Maps planes of `axes[0].inputs` × `axes[1].inputs` values, any number of them, to planes of outputs.
///
/// # Panics
/// If the length of `planes` is no multiple of a plane.
#[must_use]
pub fn along_axes(planes: &[f32], axes: &[Axis; 2]) -> Vec<f32> {
    let [from, to] = [axes[0].inputs * axes[1].inputs, axes[0].outputs() * axes[1].outputs()];
    each_plane(planes, from, to, |from, to| vectorised(Forward { from, to, axes }))
}

/// Gradients of [`along_axes`]: planes of outputs to planes of inputs.
///
/// # Panics
/// If the length of `grads` is no multiple of a plane.
#[must_use]
pub fn back_along_axes(grads: &[f32], axes: &[Axis; 2]) -> Vec<f32> {
    let [to, from] = [axes[0].inputs * axes[1].inputs, axes[0].outputs() * axes[1].outputs()];
    each_plane(grads, from, to, |from, to| vectorised(Back { from, to, axes }))
}

fn each_plane(planes: &[f32], from: usize, to: usize, work: impl Fn(&[f32], &mut [f32]) + Sync) -> Vec<f32> {
    assert!(from * to > 0 && planes.len().is_multiple_of(from), "planes of {from} in {}", planes.len());
    let mut output = vec![0.0; planes.len() / from * to];
    let each = planes.par_chunks_exact(from).zip(output.par_chunks_exact_mut(to)).with_min_len(4);
    each.for_each(|(from, to)| work(from, to));
    output
}

struct Forward<'a> {
    from: &'a [f32],
    to: &'a mut [f32],
    axes: &'a [Axis; 2],
}

impl Loops for Forward<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let [rows, columns] = self.axes;
        let w = columns.inputs;
        let mut line = vec![0.0; w];
        for (row, to) in self.to.chunks_exact_mut(columns.outputs()).enumerate() {
            let (first, weights) = rows.of(row);
            let from = &self.from[first * w..];
            match *weights {
                [a] => mix([a], from, &mut line),
                [a, b] => mix([a, b], from, &mut line),
                [a, b, c] => mix([a, b, c], from, &mut line),
                _ => {
                    line.fill(0.0);
                    for (weight, from) in weights.iter().zip(from.chunks_exact(w)) {
                        line.iter_mut().zip(from).for_each(|(line, from)| *line += weight * from);
                    }
                }
            }
            match columns.taps {
                1 => gather::<1>(columns, &line, to),
                2 => gather::<2>(columns, &line, to),
                3 => gather::<3>(columns, &line, to),
                _ => {
                    for (column, to) in to.iter_mut().enumerate() {
                        let (first, weights) = columns.of(column);
                        *to = weights.iter().zip(&line[first..]).map(|(weight, from)| weight * from).sum();
                    }
                }
            }
        }
    }
}

/// The weighted sum of the first rows of `from`, each as long as `line`: a number of them that is known makes one pass.
#[inline(always)]
fn mix<const TAPS: usize>(weights: [f32; TAPS], from: &[f32], line: &mut [f32]) {
    let w = line.len();
    let rows: [&[f32]; TAPS] = std::array::from_fn(|tap| &from[tap * w..(tap + 1) * w]);
    for (x, line) in line.iter_mut().enumerate() {
        let mut sum = weights[0] * rows[0][x];
        for tap in 1..TAPS {
            sum += weights[tap] * rows[tap][x];
        }
        *line = sum;
    }
}

/// Each output of an axis with that many taps.
#[inline(always)]
fn gather<const TAPS: usize>(axis: &Axis, line: &[f32], to: &mut [f32]) {
    let (each, _) = axis.weights.as_chunks::<TAPS>();
    for ((to, weights), first) in to.iter_mut().zip(each).zip(&axis.first) {
        let from = &line[*first..*first + TAPS];
        let mut sum = weights[0] * from[0];
        for tap in 1..TAPS {
            sum += weights[tap] * from[tap];
        }
        *to = sum;
    }
}

struct Back<'a> {
    from: &'a [f32],
    to: &'a mut [f32],
    axes: &'a [Axis; 2],
}

impl Loops for Back<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let [rows, columns] = self.axes;
        let w = columns.inputs;
        let mut line = vec![0.0; w];
        for (row, from) in self.from.chunks_exact(columns.outputs()).enumerate() {
            line.fill(0.0);
            match columns.taps {
                1 => scatter::<1>(columns, from, &mut line),
                2 => scatter::<2>(columns, from, &mut line),
                3 => scatter::<3>(columns, from, &mut line),
                _ => {
                    for (column, from) in from.iter().enumerate() {
                        let (first, weights) = columns.of(column);
                        weights.iter().zip(&mut line[first..]).for_each(|(weight, line)| *line += weight * from);
                    }
                }
            }
            let (first, weights) = rows.of(row);
            for (weight, to) in weights.iter().zip(self.to[first * w..].chunks_exact_mut(w)) {
                to.iter_mut().zip(&line).for_each(|(to, line)| *to += weight * line);
            }
        }
    }
}

/// The transpose of [`gather`].
#[inline(always)]
fn scatter<const TAPS: usize>(axis: &Axis, from: &[f32], line: &mut [f32]) {
    let (each, _) = axis.weights.as_chunks::<TAPS>();
    for ((from, weights), first) in from.iter().zip(each).zip(&axis.first) {
        let line = &mut line[*first..*first + TAPS];
        for tap in 0..TAPS {
            line[tap] += weights[tap] * from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::noise;
    use super::*;

    #[test]
    fn outputs_are_made_of_what_they_should_be() {
        let axes = [Axis::bilinear(2, 3), Axis::bilinear(2, 3)];
        assert_eq!(along_axes(&[0.0, 2.0, 4.0, 6.0], &axes), [0.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 6.0]);
        assert_eq!(along_axes(&[0.0, 2.0, 4.0, 6.0], &[Axis::bilinear(2, 1), Axis::bilinear(2, 2)]), [0.0, 2.0]);
        // 5 → 3: inputs 0…2, 1…4, 3…5, as PyTorch bins them.
        let axes = [Axis::average(1, 1), Axis::average(5, 3)];
        assert_eq!(along_axes(&[0.0, 2.0, 4.0, 6.0, 10.0], &axes), [1.0, 4.0, 8.0]);
        // Enlarged: each output is one input or the mean of two.
        let axes = [Axis::average(1, 1), Axis::average(2, 3)];
        assert_eq!(along_axes(&[2.0, 4.0], &axes), [2.0, 3.0, 4.0]);
    }

    #[test]
    fn the_way_back_is_the_transpose() {
        for make in [Axis::bilinear, Axis::average] {
            for [(h, oh), (w, ow)] in [[(1, 1), (7, 3)], [(5, 9), (8, 8)], [(12, 7), (3, 16)], [(16, 15), (20, 19)]] {
                let axes = [make(h, oh), make(w, ow)];
                let (x, g) = (noise(6 * h * w, 1), noise(6 * oh * ow, 2));
                let dot =
                    |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
                let (there, back) = (dot(&along_axes(&x, &axes), &g), dot(&x, &back_along_axes(&g, &axes)));
                assert!((there - back).abs() < 1e-5 * (6 * oh * ow) as f64, "{h}×{w} to {oh}×{ow}: {there}, {back}");
            }
        }
    }
}
