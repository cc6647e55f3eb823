//! [`Picture`]: an RGB frame on the GPU, with smaller levels for drawing it below 1:1.

use super::gpu::Gpu;
use super::plane::shrink_factor;
use crate::frame::Frame;
use std::sync::{Arc, OnceLock};

/// An RGB frame as an RGBA8 texture in gamma space with all its smaller levels.
#[derive(Clone, Debug)]
pub struct Picture {
    pub(super) view: wgpu::TextureView,
    pub(super) id: u64,
    /// Columns of the frame.
    pub width: usize,
    /// Rows of the frame.
    pub height: usize,
}

impl Picture {
    /// Uploads a frame; one wider or higher than the GPU's limit is shrunk for display only.
    pub fn of_frame(gpu: &Gpu, frame: &Frame) -> Self {
        let mut levels: Vec<Arc<[u8]>> = Vec::new();
        let mut level: Vec<u8> = frame.rgb.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
        let (mut w, mut h) = (frame.width, frame.height);
        let mut excess = shrink_factor(w, h, gpu.max_side());
        while excess > 1 {
            (w, h, level) = half(w, h, &level);
            excess = excess.div_ceil(2);
        }
        let size = [w as u32, h as u32];
        loop {
            let next = (w > 1 || h > 1).then(|| half(w, h, &level));
            levels.push(level.into());
            let Some(smaller) = next else { break };
            (w, h, level) = smaller;
        }
        let view = gpu.texture("frame", size, wgpu::TextureFormat::Rgba8Unorm, &levels);
        Self { view, id: gpu.next_id(), width: frame.width, height: frame.height }
    }
}

/// Light of each of the 256 gamma bytes, 0…1.
fn linear() -> &'static [f32; 256] {
    static TABLE: OnceLock<[f32; 256]> = OnceLock::new();
    TABLE.get_or_init(|| {
        std::array::from_fn(|i| {
            let c = i as f32 / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        })
    })
}

/// The gamma byte of each of 4096 steps of light.
fn gamma() -> &'static [u8; 4096] {
    static TABLE: OnceLock<[u8; 4096]> = OnceLock::new();
    TABLE.get_or_init(|| {
        std::array::from_fn(|i| {
            let l = i as f32 / 4095.0;
            let c = if l <= 0.003_130_8 { l * 12.92 } else { 1.055 * l.powf(1.0 / 2.4) - 0.055 };
            (c * 255.0).round() as u8
        })
    })
}

/// The next smaller level: means of 2×2 pixels in light, not in gamma bytes, so that fine texture keeps its
/// brightness. An odd last row or column is dropped, as in every chain of texture levels.
fn half(w: usize, h: usize, rgba: &[u8]) -> (usize, usize, Vec<u8>) {
    let (nw, nh) = ((w / 2).max(1), (h / 2).max(1));
    let (light, bytes) = (linear(), gamma());
    let mut out = Vec::with_capacity(4 * nw * nh);
    for y in 0..nh {
        let (top, bottom) = (2 * y, (2 * y + 1).min(h - 1));
        for x in 0..nw {
            let (left, right) = (2 * x, (2 * x + 1).min(w - 1));
            for c in 0..3 {
                let at = |x: usize, y: usize| light[usize::from(rgba[4 * (y * w + x) + c])];
                let mean = (at(left, top) + at(right, top) + at(left, bottom) + at(right, bottom)) / 4.0;
                out.push(bytes[(mean * 4095.0).round() as usize]);
            }
            out.push(255);
        }
    }
    (nw, nh, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_means_of_light() {
        // Black and white in equal parts are 188 in gamma bytes, not 128.
        let checker = [[0, 0, 0, 255], [255, 255, 255, 255], [255, 255, 255, 255], [0, 0, 0, 255]].concat();
        let (w, h, out) = half(2, 2, &checker);
        assert_eq!((w, h), (1, 1));
        assert!((i32::from(out[0]) - 188).abs() <= 1, "{out:?}");
        // A flat colour stays what it is, at odd sizes too.
        let flat = [10, 128, 250, 255].repeat(15);
        let (w, h, out) = half(5, 3, &flat);
        assert_eq!((w, h), (2, 1));
        for pixel in out.chunks_exact(4) {
            for (got, want) in pixel.iter().zip([10, 128, 250, 255]) {
                assert!((i32::from(*got) - want).abs() <= 1, "{out:?}");
            }
        }
    }
}
