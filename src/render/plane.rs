//! [`Plane`]: an array of one value a pixel on the GPU.

use super::gpu::Gpu;
use crate::depth::DepthMap;
use crate::figure::points::SPARSE;
use std::sync::Arc;

/// What a texel without a value holds; the shader compares with a hundredth of it.
pub(super) const NO_VALUE: f32 = -1e30;

/// A map of one value a pixel as an R32Float texture, made once and only read afterwards.
#[derive(Clone, Debug)]
pub struct Plane {
    pub(super) view: wgpu::TextureView,
    pub(super) id: u64,
    /// Columns of the array it was made from.
    pub width: usize,
    /// Rows of the array it was made from.
    pub height: usize,
    /// Few pixels are valid (LiDAR): each is drawn as a point of at least 1.5 screen pixels.
    pub sparse: bool,
}

impl Plane {
    /// A plane of a depth map; masked pixels have no value.
    pub fn of_depth(gpu: &Gpu, map: &DepthMap) -> Self {
        let values: Vec<f32> =
            map.values().iter().zip(map.valid()).map(|(v, ok)| if *ok { *v } else { NO_VALUE }).collect();
        let total = map.values().len().max(1);
        let sparse = (map.valid_count() as f64) < f64::from(SPARSE) * total as f64;
        Self::upload(gpu, map.width(), map.height(), &values, sparse)
    }

    /// A plane of `width * height` values, all of them valid unless they are NaN.
    ///
    /// # Panics
    /// When the number of values is another: the caller made the array.
    pub fn of_values(gpu: &Gpu, width: usize, height: usize, values: &[f32]) -> Self {
        assert_eq!(values.len(), width * height, "a {width}x{height} plane needs that many values");
        if values.iter().all(|v| v.is_finite()) {
            return Self::upload(gpu, width, height, values, false);
        }
        let marked: Vec<f32> = values.iter().map(|v| if v.is_finite() { *v } else { NO_VALUE }).collect();
        Self::upload(gpu, width, height, &marked, false)
    }

    /// Drawn as points or as an area as `other` is.
    #[must_use]
    pub(super) fn drawn_as(mut self, other: Option<&Self>) -> Self {
        self.sparse = other.map_or(self.sparse, |other| other.sparse);
        self
    }

    fn upload(gpu: &Gpu, width: usize, height: usize, values: &[f32], sparse: bool) -> Self {
        let factor = shrink_factor(width, height, gpu.max_side());
        let (w, h, small);
        let texels = if factor == 1 {
            (w, h) = (width, height);
            values
        } else {
            (w, h, small) = shrink(width, height, values, factor);
            &small
        };
        let view = gpu.texture(
            "plane",
            [w as u32, h as u32],
            wgpu::TextureFormat::R32Float,
            &[Arc::from(bytemuck::cast_slice::<f32, u8>(texels))],
        );
        Self { view, id: gpu.next_id(), width, height, sparse }
    }
}

/// By how much a picture must shrink, for display only, to fit into a texture.
pub(super) fn shrink_factor(width: usize, height: usize, max_side: u32) -> usize {
    width.max(height).div_ceil(max_side.max(1) as usize).max(1)
}

/// Means of the valid values over squares of `factor` texels.
fn shrink(width: usize, height: usize, values: &[f32], factor: usize) -> (usize, usize, Vec<f32>) {
    let (w, h) = (width.div_ceil(factor), height.div_ceil(factor));
    let mut out = Vec::with_capacity(w * h);
    for y in 0..h {
        for x in 0..w {
            let (mut sum, mut count) = (0.0_f64, 0_u32);
            for row in values.chunks_exact(width).take((y + 1) * factor).skip(y * factor) {
                for v in row.iter().take((x + 1) * factor).skip(x * factor).filter(|v| **v > NO_VALUE / 10.0) {
                    sum += f64::from(*v);
                    count += 1;
                }
            }
            out.push(if count == 0 { NO_VALUE } else { (sum / f64::from(count)) as f32 });
        }
    }
    (w, h, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_beyond_the_limit_is_shrunk_by_means_of_its_valid_values() {
        assert_eq!(shrink_factor(4000, 100, 4096), 1);
        assert_eq!(shrink_factor(4097, 100, 4096), 2);
        let values = [1.0, 3.0, 5.0, 5.0, NO_VALUE, 7.0, NO_VALUE, NO_VALUE, NO_VALUE];
        // 3x3 by 2: (1, 3, 5, NO), (5), (NO, NO), (NO) read row by row from the grid below.
        // 1 3 5 / 5 NO 7 / NO NO NO
        let (w, h, out) = shrink(3, 3, &values, 2);
        assert_eq!((w, h), (2, 2));
        assert_eq!(out, [3.0, 6.0, NO_VALUE, NO_VALUE]);
    }
}
