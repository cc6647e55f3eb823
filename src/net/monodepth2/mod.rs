//! Monodepth2 (reference.md 9): the depth network, the pose networks it is trained with, and what its disparity means.

pub mod depth;
pub mod pose;
pub mod posecnn;

use crate::error::{Error, Result};
use burn::tensor::Tensor;
pub use depth::{Monodepth2, Output};
pub use pose::{Pose, PoseDecoder, PoseNetwork};
pub use posecnn::PoseCnn;

/// Nearest and farthest depth that a disparity of 1 and 0 stand for, in the network's own unit.
pub const DEPTH_RANGE: [f64; 2] = [0.1, 100.0];

/// Metres to one of its units where it was trained with stereo pairs 0.54 m apart, called 0.1 (reference.md 8.5).
pub const STEREO_METRES: f64 = 5.4;

/// Disparity in 0…1 → scaled disparity and depth, its reciprocal: 1/`max` + (1/`min` − 1/`max`)·disparity
/// (reference.md 9.5).
pub fn disp_to_depth(disparity: f64, [min, max]: [f64; 2]) -> [f64; 2] {
    let scaled = 1.0 / max + (1.0 / min - 1.0 / max) * disparity;
    [scaled, 1.0 / scaled]
}

/// A width and height that the depth network can run at: its five halvings must come out even, and the mirrored border
/// of its coarsest map needs two rows and columns.
///
/// # Errors
/// [`Error::Usage`] for any other, with the nearest one that works.
pub fn checked([w, h]: [usize; 2]) -> Result<[usize; 2]> {
    if [w, h].iter().all(|side| side.is_multiple_of(32) && *side >= 64) {
        return Ok([w, h]);
    }
    let near = |side: usize| (side.saturating_add(16) / 32 * 32).max(64);
    Err(Error::Usage(format!(
        "Monodepth2 cannot run at {w}x{h}; give --size a width and height that are multiples of 32 from 64, such as {}x{}",
        near(w),
        near(h)
    )))
}

/// RGB in 0…1 as its ResNets expect it.
fn normalised(x: Tensor<4>) -> Tensor<4> {
    (x - 0.45) / 0.225
}
