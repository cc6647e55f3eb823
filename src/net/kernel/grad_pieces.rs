//! The pixels that the gradient of a convolution's weights is summed over, piece by piece: input and output gradient of all
//! images copied into rows of one pitch, in which every tap of the kernel is a run at another offset.

use super::Spec;

/// The pixels of all images in rows of one pitch.
pub(super) struct Grid {
    pub n: usize,
    size: [usize; 2],
    output: [usize; 2],
    stride: usize,
    before: [usize; 2],
    pub phases: [usize; 2],
    pub rows: usize,
    pub pitch: usize,
    /// Pixels that the furthest tap lies ahead.
    pub halo: usize,
    /// Phase and offset of each tap.
    pub taps: Vec<(usize, usize)>,
}

impl Grid {
    pub fn new(spec: &Spec, n: usize, h: usize, w: usize) -> Self {
        let [oh, ow] = spec.output_size(h, w);
        let ([kh, kw], s) = (spec.kernel, spec.stride);
        let pointwise = [kh, kw, s] == [1, 1, 1] && spec.padding == [(0, 0); 2];
        // 1×1 without padding knows no rows.
        let (size, output) = if pointwise { ([1, h * w], [1, oh * ow]) } else { ([h, w], [oh, ow]) };
        let phases = [kh.min(s), kw.min(s)];
        let (rows, pitch) = (output[0] + (kh - 1) / s, output[1] + (kw - 1) / s);
        let tap = |ky: usize, kx: usize| ((ky % s) * phases[1] + kx % s, ky / s * pitch + kx / s);
        Self {
            n,
            size,
            output,
            stride: s,
            before: [spec.padding[0].0, spec.padding[1].0],
            phases,
            rows,
            pitch,
            halo: (kh - 1) / s * pitch + (kw - 1) / s,
            taps: (0..kh).flat_map(|ky| (0..kw).map(move |kx| (ky, kx))).map(|(ky, kx)| tap(ky, kx)).collect(),
        }
    }

    /// Calls `piece(image, row, first column, columns, where in the piece)` for each row, or part of one, of `count` pixels
    /// from pixel `from`.
    #[inline(always)]
    fn pieces(&self, from: usize, count: usize, mut piece: impl FnMut(usize, usize, usize, usize, usize)) {
        let mut at = 0;
        while at < count {
            let (line, column) = ((from + at) / self.pitch, (from + at) % self.pitch);
            let columns = (self.pitch - column).min(count - at);
            piece(line / self.rows, line % self.rows, column, columns, at);
            at += columns;
        }
    }
}

/// Some channels of all images.
#[derive(Clone, Copy)]
pub(super) struct Planes<'a> {
    pub values: &'a [f32],
    pub channels: usize,
    pub first: usize,
    pub count: usize,
}

impl<'a> Planes<'a> {
    fn plane(&self, image: usize, channel: usize, pixels: usize) -> &'a [f32] {
        &self.values[(image * self.channels + self.first + channel) * pixels..][..pixels]
    }
}

/// A piece of a plane of the gradient: zeros in the columns and rows that only the input has, and after the last pixel.
#[inline(always)]
pub(super) fn fill_grad(row: &mut [f32], grid: &Grid, grad: Planes<'_>, channel: usize, from: usize) {
    let [oh, ow] = grid.output;
    grid.pieces(from, row.len(), |image, y, column, columns, at| {
        let row = &mut row[at..at + columns];
        let inside = if image < grid.n && y < oh { ow.saturating_sub(column).min(columns) } else { 0 };
        let (values, zeros) = row.split_at_mut(inside);
        if inside > 0 {
            values.copy_from_slice(&grad.plane(image, channel, oh * ow)[y * ow + column..][..inside]);
        }
        zeros.fill(0.0);
    });
}

/// A piece of one phase of a plane of the padded input.
#[inline(always)]
pub(super) fn fill_input(row: &mut [f32], grid: &Grid, input: Planes<'_>, channel: usize, phase: usize, from: usize) {
    let ([h, w], s) = (grid.size, grid.stride);
    let (py, px) = (phase / grid.phases[1], phase % grid.phases[1]);
    // Columns inside the input: column·s + px − left in 0..w.
    let left = grid.before[1];
    let begin = left.saturating_sub(px).div_ceil(s);
    let end = (w + left).saturating_sub(px).div_ceil(s).max(begin);
    grid.pieces(from, row.len(), |image, y, column, columns, at| {
        let row = &mut row[at..at + columns];
        let y = (y * s + py).wrapping_sub(grid.before[0]);
        if image >= grid.n || y >= h {
            return row.fill(0.0);
        }
        let first = begin.clamp(column, column + columns) - column;
        let last = end.clamp(column, column + columns) - column;
        row[..first].fill(0.0);
        row[last..].fill(0.0);
        if first < last {
            let line = &input.plane(image, channel, h * w)[y * w..(y + 1) * w];
            let source = &line[(column + first) * s + px - left..];
            let row = &mut row[first..last];
            match s {
                1 => row.copy_from_slice(&source[..row.len()]),
                _ => row.iter_mut().zip(source.iter().step_by(s)).for_each(|(to, from)| *to = *from),
            }
        }
    });
}
