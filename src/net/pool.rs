//! Maximum pooling on the CPU for inference: a plain function on `f32` slices in NCHW order. The tensor library's own also
//! records where each maximum was, which costs ten times the time.

use rayon::prelude::*;

/// Values below which a second thread is not worth waking.
const SERIAL: usize = 1 << 15;

/// A pooling window and how it moves, the same down and across.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pool {
    /// Height and width of the window.
    pub k: usize,
    /// Step.
    pub stride: usize,
    /// Rows and columns around the input, which never win.
    pub padding: usize,
    /// Whether a last window may run off the end of the input; it must begin inside.
    pub ceil: bool,
}

impl Pool {
    /// Rows of the output of `size` rows, or columns (reference.md 1.6); at least 1.
    pub fn output_size(&self, size: usize) -> usize {
        let room = (size + 2 * self.padding).saturating_sub(self.k);
        if !self.ceil {
            return room / self.stride + 1;
        }
        let windows = room.div_ceil(self.stride) + 1;
        let begins_inside = (windows - 1) * self.stride < size + self.padding;
        if begins_inside { windows } else { windows - 1 }
    }

    /// Pools every `h`×`w` plane of `input`, whose length is a multiple of `h`·`w`. A NaN wins over every number.
    pub fn max(&self, input: &[f32], h: usize, w: usize) -> Vec<f32> {
        let [oh, ow] = [self.output_size(h), self.output_size(w)];
        let mut output = vec![0.0; input.len() / (h * w) * oh * ow];
        let plane = |(plane, output): (&[f32], &mut [f32])| {
            pulp::Arch::new().dispatch(|| self.plane(plane, output, [h, w], ow));
        };
        if input.len() < SERIAL {
            input.chunks_exact(h * w).zip(output.chunks_exact_mut(oh * ow)).for_each(plane);
        } else {
            input.par_chunks_exact(h * w).zip(output.par_chunks_exact_mut(oh * ow)).for_each(plane);
        }
        output
    }

    /// One plane: of each output row first the maximum down its window's rows, split into the columns that the window
    /// reaches with each step (even and odd ones at stride 2), so that the maximum across reads runs too.
    #[inline(always)]
    fn plane(&self, input: &[f32], output: &mut [f32], [h, w]: [usize; 2], ow: usize) {
        let Self { k, stride, padding, .. } = *self;
        let reach = ow + (k - 1) / stride;
        let mut down = vec![f32::NEG_INFINITY; (reach * stride).max(padding + w)];
        let mut phases = vec![0.0; reach * stride];
        for (row, line) in output.chunks_exact_mut(ow).enumerate() {
            let top = row * stride;
            let mut rows = input[top.saturating_sub(padding) * w..(top + k - padding).min(h) * w].chunks_exact(w);
            let inside = &mut down[padding..padding + w];
            if let Some(first) = rows.next() {
                inside.copy_from_slice(first);
            }
            rows.for_each(|from| inside.iter_mut().zip(from).for_each(|(to, from)| *to = larger(*to, *from)));
            for (phase, to) in phases.chunks_exact_mut(reach).enumerate() {
                match stride {
                    2 => to.iter_mut().zip(down.as_chunks::<2>().0).for_each(|(to, pair)| *to = pair[phase]),
                    _ => to.iter_mut().zip(down[phase..].iter().step_by(stride)).for_each(|(to, from)| *to = *from),
                }
            }
            line.copy_from_slice(&phases[..ow]);
            for column in 1..k {
                let from = &phases[column % stride * reach + column / stride..][..ow];
                line.iter_mut().zip(from).for_each(|(to, from)| *to = larger(*to, *from));
            }
        }
    }
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if b > a || b.is_nan() { b } else { a }
}

#[cfg(test)]
mod tests {
    use super::Pool;

    #[test]
    fn sizes_are_those_of_the_table() {
        let se = Pool { k: 3, stride: 2, padding: 0, ceil: true };
        let torchvision = Pool { k: 3, stride: 2, padding: 1, ceil: false };
        for (size, ceil, floor) in
            [(114, 57, 57), (193, 96, 97), (257, 128, 129), (621, 310, 311), (185, 92, 93), (4, 2, 2), (3, 1, 2)]
        {
            assert_eq!([se.output_size(size), torchvision.output_size(size)], [ceil, floor], "{size}");
        }
        // A window that would begin in the padding after the input is left out.
        assert_eq!(Pool { k: 2, stride: 2, padding: 1, ceil: true }.output_size(2), 2);
        assert_eq!(Pool { k: 3, stride: 3, padding: 0, ceil: true }.output_size(3), 1);
    }

    #[test]
    fn every_window_is_searched_directly() {
        let (h, w) = (7, 10);
        let input: Vec<f32> = (0..2 * h * w).map(|i| ((i * 7919) % 211) as f32 - 100.0).collect();
        for (k, stride, padding, ceil) in [(3, 2, 1, false), (3, 2, 0, true), (2, 2, 1, true), (3, 1, 1, false)] {
            let pool = Pool { k, stride, padding, ceil };
            let [oh, ow] = [pool.output_size(h), pool.output_size(w)];
            let ours = pool.max(&input, h, w);
            assert_eq!(ours.len(), 2 * oh * ow);
            for (at, &value) in ours.iter().enumerate() {
                let (c, y, x) = (at / (oh * ow), at / ow % oh, at % ow);
                let mut best = f32::NEG_INFINITY;
                for (i, j) in (0..k * k).map(|n| (y * stride + n / k, x * stride + n % k)) {
                    if (padding..padding + h).contains(&i) && (padding..padding + w).contains(&j) {
                        best = best.max(input[(c * h + i - padding) * w + j - padding]);
                    }
                }
                assert_eq!(value, best, "{pool:?} at {c}, {y}, {x}");
            }
        }
    }

    #[test]
    fn a_nan_is_not_hidden() {
        let pool = Pool { k: 3, stride: 2, padding: 1, ceil: false };
        let out = pool.max(&[1.0, f32::NAN, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], 3, 3);
        assert!(out[0].is_nan() && out[1].is_nan() && out[2] == 7.0 && out[3] == 8.0);
    }
}
