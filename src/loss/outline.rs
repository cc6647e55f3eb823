//! Our own term for clear outlines: the error in how steep the depth is, at two scales.
//!
//! Outlines are judged by Sobel magnitudes above 0.25, 0.5 and 1 m (Hu et al.; `eval::edges`). The term compares these
//! magnitudes pixel by pixel, |s(p) − s(t)| with s(m) = ln(1 + m / knee): below the knee proportional, above it by ratio,
//! so that a window into the next room does not drown the edge of a table. The first scale is the map itself, where an
//! outline must be sharp; the second is means over 2×2 pixels, where one that is a pixel off still is nearly right.

use super::config::{EdgeSpace, LossConfig};
use super::filter::{Gradient, whole_windows};
use super::region::Region;
use burn::tensor::Tensor;

/// Smallest value whose logarithm is taken: 0.1 m, or 100 m where values are 10 / metres.
const SMALLEST: f64 = 0.1;
/// What keeps the square root's slope finite: the square of a magnitude far below any outline.
const TINY: f64 = 1e-8;

/// One scale: the Sobel filter as smoothing and difference along an axis, and its step.
struct Scale {
    smooth: &'static [f64],
    difference: &'static [f64],
    stride: usize,
}

/// The filter of 1 2 1 and 1 0 −1 on the map, and on its means over 2×2 pixels.
const SCALES: [Scale; 2] = [
    Scale { smooth: &[1.0, 2.0, 1.0], difference: &[1.0, 0.0, -1.0], stride: 1 },
    Scale { smooth: &[0.5, 0.5, 1.0, 1.0, 0.5, 0.5], difference: &[0.5, 0.5, 0.0, 0.0, -0.5, -0.5], stride: 2 },
];

/// The outline term of N×H×W maps that are 0 where nothing was measured: the mean of its scales, [N]. Only windows that
/// are measured throughout count, and none that reaches beyond the border; a scale without one gives 0.
pub(super) fn outline_loss(y: Tensor<3>, t: Tensor<3>, region: &Region, config: &LossConfig) -> Tensor<1> {
    let (y, t) = (space(y, config.edge_space), space(t, config.edge_space));
    let [first, second] = SCALES.map(|scale| {
        scale.loss(&y, &t, region, config.edge_knee).unwrap_or_else(|| super::region::sums(y.clone() * 0.0))
    });
    (first + second) / 2.0
}

impl Scale {
    /// `None` when the window does not fit.
    fn loss(&self, y: &Tensor<3>, t: &Tensor<3>, region: &Region, knee: f64) -> Option<Tensor<1>> {
        let filter = Gradient::new(y, self.smooth, self.difference, self.stride, 0)?;
        let steepness = |maps: &Tensor<3>| {
            let [x, y] = filter.of(maps.clone());
            ((x.square() + y.square() + TINY).sqrt() / knee).log1p()
        };
        let errors = (steepness(y) - steepness(t)).abs();
        let whole = region.mask().and_then(|mask| whole_windows(mask, self.smooth.len(), self.stride, 0));
        Some(Region::new(errors.dims(), whole).means(errors))
    }
}

/// The values whose steepness is compared.
fn space(maps: Tensor<3>, space: EdgeSpace) -> Tensor<3> {
    match space {
        EdgeSpace::Log => maps.clamp_min(SMALLEST).log(),
        EdgeSpace::Target => maps,
        // As depth is read off at the end (reference.md 6.2): values within 1…100 are 0.1…10 m.
        EdgeSpace::TenOver => maps.clamp(1.0, 100.0).recip() * 10.0,
    }
}
