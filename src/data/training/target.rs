//! The depth that a network should give, sampled once from the stored depth.

use super::augment::{AugmentConfig, KittiGt};
use super::placement::Placement;
use crate::data::dataset::GroundTruth;

/// Depth in metres at the output's size; 0 where there is none.
///
/// Depth counts where it is valid and within `near`…`far`; it is then multiplied by `factor` (1 / zoom, and what the
/// focal
/// length asks for). Dense depth is the stored pixel under the centre of each output pixel. Sparse depth is taken by
/// the rule of
/// `kitti_gt`; it is sparse when its source says so or less than half of its pixels are valid.
pub(super) fn depth(
    truth: &GroundTruth,
    picture: [usize; 2],
    placement: &Placement,
    [net_w, net_h]: [usize; 2],
    [w, h]: [usize; 2],
    config: &AugmentConfig,
    factor: f64,
) -> Vec<f32> {
    let stored = Stored::new(truth, picture, config);
    let mut out = vec![0f32; w * h];
    if !is_sparse(truth) {
        for (j, row) in out.chunks_exact_mut(w).enumerate() {
            let t = (j as f64 + 0.5) / h as f64;
            for (i, out) in row.iter_mut().enumerate() {
                *out = stored.under(placement.position((i as f64 + 0.5) / w as f64, t));
            }
            if placement.flip {
                row.reverse();
            }
        }
    } else if config.kitti_gt == KittiGt::MinCell {
        stored.scatter(placement, [w, h], &mut out);
    } else {
        // The centre of a column of the network's picture; mirrored columns count from the right.
        let column = |x: usize| if placement.flip { net_w - 1 - x } else { x };
        let at = |x: usize, y: usize| {
            let s = (column(x) as f64 + 0.5) / net_w as f64;
            stored.under(placement.position(s, (y as f64 + 0.5) / net_h as f64))
        };
        let cell = if config.kitti_gt == KittiGt::Min2x2 { 2 } else { 1 };
        for (j, row) in out.chunks_exact_mut(w).enumerate() {
            for (i, out) in row.iter_mut().enumerate() {
                for y in (2 * j..2 * j + cell).take_while(|y| *y < net_h) {
                    for x in (2 * i..2 * i + cell).take_while(|x| *x < net_w) {
                        nearer(out, at(x, y));
                    }
                }
            }
        }
    }
    let factor = factor as f32;
    if factor != 1.0 {
        out.iter_mut().for_each(|v| *v *= factor);
    }
    out
}

/// Whether most pixels were not measured.
fn is_sparse(truth: &GroundTruth) -> bool {
    truth.source.is_sparse() || 2 * truth.map.valid_count() < truth.map.valid().len()
}

/// Keeps the smaller depth; 0 is none.
fn nearer(out: &mut f32, depth: f32) {
    if depth > 0.0 && (*out == 0.0 || depth < *out) {
        *out = depth;
    }
}

/// The stored depth and where its pixels lie in the picture.
struct Stored<'a> {
    truth: &'a GroundTruth,
    picture: [f64; 2],
    /// Pixels of the depth for one of the picture.
    scale: [f64; 2],
    /// Added after scaling: every second pixel (0, 2, 4 …) lies a quarter of the new ones off the middle of its pair.
    offset: f64,
    range: [f32; 2],
}

impl<'a> Stored<'a> {
    fn new(truth: &'a GroundTruth, picture: [usize; 2], config: &AugmentConfig) -> Self {
        let picture = picture.map(|v| v as f64);
        let scale = [truth.map.width() as f64 / picture[0], truth.map.height() as f64 / picture[1]];
        let offset = if truth.half_resolution { 0.25 } else { 0.0 };
        Self { truth, picture, scale, offset, range: [config.near as f32, config.far as f32] }
    }

    /// The depth of the pixel at an index of the map, 0 when it does not count.
    fn value(&self, index: usize) -> f32 {
        let value = self.truth.map.values()[index];
        let counts = self.truth.map.valid()[index] && value >= self.range[0] && value <= self.range[1];
        if counts { value } else { 0.0 }
    }

    /// The depth under a position of the picture; 0 outside of it.
    fn under(&self, [x, y]: [f64; 2]) -> f32 {
        if !(0.0..self.picture[0]).contains(&x) || !(0.0..self.picture[1]).contains(&y) {
            return 0.0;
        }
        let (w, h) = (self.truth.map.width(), self.truth.map.height());
        let column = ((x * self.scale[0] + self.offset) as usize).min(w - 1);
        let row = ((y * self.scale[1] + self.offset) as usize).min(h - 1);
        self.value(row * w + column)
    }

    /// Every stored depth into the output cell that it falls into, the nearest one stays.
    fn scatter(&self, placement: &Placement, [w, h]: [usize; 2], out: &mut [f32]) {
        let (columns, count) = (self.truth.map.width(), self.truth.map.valid().len());
        for index in 0..count {
            let value = self.value(index);
            if value <= 0.0 {
                continue;
            }
            let centre = |i: usize, axis: usize| (i as f64 + 0.5 - self.offset) / self.scale[axis];
            let [s, t] = placement.place([centre(index % columns, 0), centre(index / columns, 1)]);
            if (0.0..1.0).contains(&s) && (0.0..1.0).contains(&t) {
                let i = ((s * w as f64) as usize).min(w - 1);
                let i = if placement.flip { w - 1 - i } else { i };
                nearer(&mut out[((t * h as f64) as usize).min(h - 1) * w + i], value);
            }
        }
    }
}
