//! Pixels in the order of tiles.

use super::super::{Border, Spec};
use super::transform::TILE;

/// How the images of a call are cut into tiles, and these into units of some rows of tiles.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    /// Input height and width, rows of border above and columns to the left.
    pub size: [usize; 2],
    pub before: [usize; 2],
    pub border: Border,
    /// Output height and width.
    pub output: [usize; 2],
    /// Rows and columns of tiles.
    pub tiles: [usize; 2],
    /// Rows of tiles of a unit (the last may have fewer) and the number of units of an image.
    pub rows: usize,
    pub bands: usize,
    /// Tiles from one row of tiles to the next: one more than there are, for what the last tile shares with the next.
    pub pitch: usize,
}

impl Grid {
    /// Cut so that a unit has about `wanted` tiles.
    pub fn new(spec: &Spec, h: usize, w: usize, wanted: usize) -> Self {
        let output = spec.output_size(h, w);
        let tiles = output.map(|size| size.div_ceil(TILE));
        let pitch = tiles[1] + 1;
        let bands = tiles[0].div_ceil(wanted.div_ceil(pitch).max(1));
        let rows = tiles[0].div_ceil(bands);
        Self {
            size: [h, w],
            before: [spec.padding[0].0, spec.padding[1].0],
            border: spec.border,
            output,
            tiles,
            rows,
            bands: tiles[0].div_ceil(rows),
            pitch,
        }
    }

    /// Rows of tiles of a unit.
    pub fn rows_of(&self, band: usize) -> usize {
        self.rows.min(self.tiles[0] - band * self.rows)
    }

    /// Tiles of so many rows, those between two rows included.
    pub fn count(&self, rows: usize) -> usize {
        (rows - 1) * self.pitch + self.tiles[1]
    }

    /// Values of one phase of a unit's pixels, and of all of a channel, with room for a vector's reading ahead.
    pub fn phase(&self) -> usize {
        (self.rows + 1) * self.pitch
    }

    /// Where pixel (`row`, `column`) of tile 0 lies in [`Grid::fill`]'s phases; those of the other tiles follow.
    #[inline(always)]
    pub fn at(&self, row: usize, column: usize) -> usize {
        (row % TILE * TILE + column % TILE) * self.phase() + row / TILE * self.pitch + column / TILE
    }

    /// Copies what a unit's tiles read of a plane, half as large in each direction if `doubled`, to 4×4 phases: pixel
    /// (4·r + py, 4·c + px) of the padded input to phase (py, px), row r, column c. `line` is scratch.
    #[inline(always)]
    pub fn fill(&self, to: &mut [f32], line: &mut [f32], plane: &[f32], doubled: bool, band: usize) {
        let [h, w] = self.size;
        let width = if doubled { w / 2 } else { w };
        let first = band * self.rows * TILE;
        let line = &mut line[..self.pitch * TILE];
        for row in 0..self.rows_of(band) * TILE + 2 {
            let source = self.border.source(first + row, self.before[0], h);
            if let Some(y) = source {
                let y = if doubled { y / 2 } else { y };
                self.fill_line(line, &plane[y * width..(y + 1) * width], doubled);
            }
            let to = &mut to[self.at(row, 0)..];
            if source.is_some() {
                self.part(to, line);
            } else {
                for px in 0..TILE {
                    to[px * self.phase()..][..self.pitch].fill(0.0);
                }
            }
        }
    }

    /// A padded row to its four phases.
    #[inline(always)]
    fn part(&self, to: &mut [f32], line: &[f32]) {
        let (a, to) = to.split_at_mut(self.phase());
        let (b, to) = to.split_at_mut(self.phase());
        let (c, d) = to.split_at_mut(self.phase());
        let [a, b, c, d] = [a, b, c, d].map(|phase| &mut phase[..self.pitch]);
        let line = &line[..TILE * self.pitch];
        for i in 0..self.pitch {
            a[i] = line[TILE * i];
            b[i] = line[TILE * i + 1];
            c[i] = line[TILE * i + 2];
            d[i] = line[TILE * i + 3];
        }
    }

    /// One padded row.
    #[inline(always)]
    fn fill_line(&self, line: &mut [f32], row: &[f32], doubled: bool) {
        let (left, w) = (self.before[1].min(line.len()), self.size[1]);
        let shift = usize::from(doubled);
        let inside = w.min(line.len() - left);
        match doubled {
            false => line[left..left + inside].copy_from_slice(&row[..inside]),
            true => line[left..left + inside].iter_mut().enumerate().for_each(|(x, to)| *to = row[x >> shift]),
        }
        if self.border == Border::Zeros {
            line[..left].fill(0.0);
            line[left + inside..].fill(0.0);
            return;
        }
        for column in (0..left).chain(left + inside..line.len()) {
            line[column] = self.border.source(column, self.before[1], w).map_or(0.0, |x| row[x >> shift]);
        }
    }
}
