//! Rows of pixels with the channels of a vector beside each other.

/// Some rows of the planes of an image, padded with zeros.
#[derive(Clone, Copy)]
pub(super) struct Strip<'a> {
    /// The first channel's plane and those behind it.
    pub planes: &'a [f32],
    /// Height and width of a plane.
    pub size: [usize; 2],
    /// First row of the padded planes, and zeros above and to the left of them.
    pub first: usize,
    pub before: [usize; 2],
    /// Rows and columns of the strip.
    pub rows: usize,
    pub columns: usize,
}

impl Strip<'_> {
    /// Number of a pixel.
    #[inline(always)]
    pub fn at(&self, row: usize, column: usize) -> usize {
        row * self.columns + column
    }

    /// Channels `from..from + count` as the first of `lanes` values of each pixel; the others are zero.
    #[inline(always)]
    pub fn fill(&self, to: &mut Vec<f32>, from: usize, count: usize, lanes: usize) {
        let [h, w] = self.size;
        if to.len() < self.rows * self.columns * lanes {
            to.resize(self.rows * self.columns * lanes, 0.0);
        }
        let left = self.before[1].min(self.columns);
        let inside = w.min(self.columns - left);
        for (row, line) in to.chunks_exact_mut(self.columns * lanes).take(self.rows).enumerate() {
            let y = (self.first + row).wrapping_sub(self.before[0]);
            if y >= h {
                line.fill(0.0);
                continue;
            }
            line[..left * lanes].fill(0.0);
            line[(left + inside) * lanes..].fill(0.0);
            let line = &mut line[left * lanes..(left + inside) * lanes];
            if count < lanes {
                line.fill(0.0);
            }
            for channel in 0..count {
                let source = &self.planes[(from + channel) * h * w + y * w..][..inside];
                for (to, from) in line.chunks_exact_mut(lanes).zip(source) {
                    to[channel] = *from;
                }
            }
        }
    }
}
