//! Convolution on the CPU, fast: plain functions on `f32` slices in NCHW order, which know no tensor library.
//!
//! Every convolution, whatever its kernel, stride, padding or groups, is brought to one form. The part of the input that a
//! band of output rows needs is copied, zeros around it, to a scratch that fits the second-level cache (`band`); with a
//! stride the copy is split into its phases (even and odd rows and columns). There each tap of the kernel reads the same
//! flat run of pixels at another offset, so one micro-kernel (`tile`) serves all: some output channels × some vectors of
//! pixels held in registers, one fused multiply-add for each product. Bias and activation are applied as it stores; the
//! activations with an exponential in them follow block by block, while its rows are in the cache (`activate`).
//!
//! Many channels do not fit the scratch at once: they are then summed in several passes, between which the sums wait
//! beside the scratch in its own layout. The sums of short rows wait there too, because a row that ends in the middle of
//! most vectors is taken apart faster when all of it is done (`store`).
//!
//! As the input is copied anyway, it may lie in several parts, and a part may be half as large and be doubled on the way
//! (`input`): a decoder's up-sampling and its concatenation with the skip need no memory of their own.
//!
//! The vector width (AVX-512, AVX2, NEON) is chosen at run time; rayon spreads bands and output channels over threads.
//! 3×3 kernels of stride 1 over many pixels take a way with a quarter of the multiplications (`winograd`).
//! Training uses the same kernels forward and for the gradient of the input (`grad_input`); the gradient of the weights
//! has one of its own (`grad_weight`), and batch norm with its activation two passes each way (`norm`).
//!
//! An output pixel is always summed in the same order, so the result does not depend on the number of threads.

mod activate;
mod axis;
mod band;
mod grad_input;
mod grad_pieces;
#[cfg(test)]
mod grad_tests;
mod grad_weight;
mod input;
mod norm;
mod packed;
mod plan;
mod resample;
mod slope;
mod store;
#[cfg(test)]
mod tests;
mod tile;
mod winograd;

pub use axis::{Axis, along_axes, back_along_axes};
pub use grad_input::input_gradient;
pub use grad_weight::weight_gradient;
pub use input::Part;
pub use norm::{NormGradients, Statistics, channel_sums, normalise, normalise_backward, statistics};
pub use packed::Packed;
pub use resample::{nearest_double, pixel_shuffle, pixel_unshuffle, resize_bilinear};
pub use slope::activation_backward;

/// Plain loops that are to be compiled for the widest vectors of this machine. `run` and all that it calls must be
/// `#[inline(always)]`: else they stay outside. (A function given as a value would: what calls it is made apart.)
trait Loops {
    type Output;
    fn run(self) -> Self::Output;
}

/// Runs them.
fn vectorised<L: Loops>(loops: L) -> L::Output {
    struct On<L>(L);
    impl<L: Loops> pulp::WithSimd for On<L> {
        type Output = L::Output;
        #[inline(always)]
        fn with_simd<S: pulp::Simd>(self, _: S) -> L::Output {
            self.0.run()
        }
    }
    pulp::Arch::new().dispatch(On(loops))
}

/// What is applied to each output of a convolution after its bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Act {
    /// Nothing.
    #[default]
    Linear,
    /// max(x, 0).
    Relu,
    /// min(max(x, 0), 6).
    Relu6,
    /// max(x, 0.2·x).
    LeakyRelu,
    /// x, or eˣ − 1 below zero.
    Elu,
    /// 1/(1 + e⁻ˣ).
    Sigmoid,
}

/// What stands around the input where the kernel reaches beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Border {
    /// Zeros.
    #[default]
    Zeros,
    /// The input mirrored at its outermost rows and columns, which are not repeated (reference.md 2.7). A border wider
    /// than the input minus one ends in its far side.
    Reflect,
}

impl Border {
    /// The row (or column) of the input that stands at `padded` of the padded one, where `before` of `size` are border;
    /// `None` for zero.
    #[inline(always)]
    fn source(self, padded: usize, before: usize, size: usize) -> Option<usize> {
        match (padded.checked_sub(before), self) {
            (Some(at), _) if at < size => Some(at),
            (_, Self::Zeros) => None,
            (None, Self::Reflect) => Some((before - padded).min(size - 1)),
            (Some(at), Self::Reflect) => Some((2 * (size - 1)).saturating_sub(at)),
        }
    }
}

/// At least so many values, as an odd number of cache lines: what lies at the same place of many rows then falls on different
/// sets of the first-level cache, from which these would else push each other.
#[inline(always)]
fn odd_lines(values: usize) -> usize {
    (values.div_ceil(16) | 1) * 16
}

/// Geometry of a convolution and what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// Input channels, all groups together.
    pub inputs: usize,
    /// Output channels, all groups together.
    pub outputs: usize,
    /// Kernel height and width.
    pub kernel: [usize; 2],
    /// The same step down and across.
    pub stride: usize,
    /// Border around the input: (top, bottom) rows and (left, right) columns.
    pub padding: [(usize, usize); 2],
    /// What the border holds.
    pub border: Border,
    /// Groups; both channel counts are multiples of it.
    pub groups: usize,
    /// Fused after the bias.
    pub activation: Act,
}

impl Spec {
    /// Height and width of the output of an `h`×`w` input; 0 where the kernel is larger than the padded input.
    #[must_use]
    pub fn output_size(&self, h: usize, w: usize) -> [usize; 2] {
        let along = |size: usize, axis: usize| {
            let (before, after) = self.padding[axis];
            (size + before + after).checked_sub(self.kernel[axis]).map_or(0, |room| room / self.stride + 1)
        };
        [along(h, 0), along(w, 1)]
    }

    /// Multiply-adds for one `h`×`w` image.
    #[must_use]
    pub fn macs(&self, h: usize, w: usize) -> usize {
        let [oh, ow] = self.output_size(h, w);
        oh * ow * self.outputs * (self.inputs / self.groups) * self.kernel[0] * self.kernel[1]
    }

    /// Input channels of one group × taps of the kernel: the length of the sum behind one output.
    fn depth(&self) -> usize {
        self.inputs / self.groups * self.kernel[0] * self.kernel[1]
    }
}
