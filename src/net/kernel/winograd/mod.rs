//! 3×3 convolutions of stride 1 with a quarter of the multiplications: F(4×4, 3×3) of Winograd.
//!
//! The input is cut into tiles of 6×6 pixels that overlap by two, each for 4×4 outputs. A tile and a kernel are transformed
//! to 36 numbers each (`transform`); these are multiplied one by one and summed over the input channels, which is 36 matrix
//! products; and the sums are transformed back to 4×4 outputs. A unit of work is some rows of tiles (`forward`); pixels are
//! copied so that those at one place of all its tiles lie beside each other (`tiles`), and the transforms take whole vectors
//! of tiles. The gradient of the weights goes the same way back (`gradient`); that of the input is a convolution itself.
//!
//! It rounds more than the plain sum, to about a millionth of the sum of magnitudes; an output does not depend on the number
//! of threads.

mod forward;
mod gradient;
mod strip;
#[cfg(test)]
mod tests;
mod tiles;
mod transform;

pub(super) use forward::Transformed;
pub(super) use gradient::weight_gradient;

use super::Spec;
use transform::TILE;

/// Channels below which the transforms cost more than they save.
const LEAST_CHANNELS: usize = 16;
/// Tiles of all images below which the transformed weights are not worth reading: they are four times as many.
const LEAST_TILES: usize = 64;

/// Whether a call is faster this way.
pub(super) fn takes(spec: &Spec, n: usize, h: usize, w: usize) -> bool {
    let [oh, ow] = spec.output_size(h, w);
    let tiles = n * oh.div_ceil(TILE) * ow.div_ceil(TILE);
    // Tiles reach beyond outputs that are no multiple of them.
    let full = oh * ow * 10 >= 6 * oh.next_multiple_of(TILE) * ow.next_multiple_of(TILE);
    spec.kernel == [3, 3]
        && spec.stride == 1
        && spec.groups == 1
        && spec.inputs.min(spec.outputs) >= LEAST_CHANNELS
        && tiles >= LEAST_TILES
        && full
}
