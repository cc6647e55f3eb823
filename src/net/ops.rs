//! Tensor operators with PyTorch's exact semantics (reference.md 2.4–2.6).

use super::pool::Pool;
use super::{kernel, recorded};
use burn::tensor::activation::relu;
use burn::tensor::module::{adaptive_avg_pool2d, interpolate, max_pool2d};
use burn::tensor::ops::{InterpolateMode, InterpolateOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor, TensorData};
use rayon::prelude::*;

/// Bilinear resize to `[height, width]` (reference.md 2.6); the tensor itself when the size is already that.
pub fn resize(x: Tensor<4>, size: [usize; 2], align_corners: bool) -> Tensor<4> {
    let ([n, c, h, w], [oh, ow]) = (x.dims(), size);
    if [h, w] == size {
        return x;
    }
    if align_corners && on_cpu(&x.device()) {
        return with_values(x, |values| (kernel::resize_bilinear(values, h, w, oh, ow), [n, c, oh, ow]));
    }
    if align_corners && recorded::takes(&x.device()) {
        return recorded::along_axes(x, size, kernel::Axis::bilinear);
    }
    let options = InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(align_corners);
    interpolate(x, options.with_output_size(size))
}

/// Whether tensors of this device may go through our own CPU kernels: not where gradients are recorded.
pub(super) fn on_cpu(device: &Device) -> bool {
    *device == Device::flex() && !device.is_autodiff()
}

/// Our own kernel on a tensor of the CPU device: `work` gets its values and gives the result's and their shape. The memory
/// goes in and comes out without a copy where nobody shares it.
pub(super) fn with_values(x: Tensor<4>, work: impl FnOnce(&[f32]) -> (Vec<f32>, [usize; 4])) -> Tensor<4> {
    let device = x.device();
    let data = x.into_data();
    let (values, shape) = work(values_of(&data));
    Tensor::from_data(TensorData::new(values, shape), &device)
}

fn values_of(data: &TensorData) -> &[f32] {
    #[allow(clippy::expect_used)]
    // networks are single precision, and the CPU device cannot fail to hand over its memory
    data.as_slice::<f32>().expect("single precision")
}

/// Adaptive average pooling to `[height, width]`, which may also enlarge (reference.md 2.5).
pub fn adaptive_average(x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    let ([n, c, h, w], [oh, ow]) = (x.dims(), size);
    if [h, w] == size {
        x
    } else if recorded::takes(&x.device()) {
        recorded::along_axes(x, size, kernel::Axis::average)
    } else if on_cpu(&x.device()) {
        let axes = [kernel::Axis::average(h, oh), kernel::Axis::average(w, ow)];
        with_values(x, |values| (kernel::along_axes(values, &axes), [n, c, oh, ow]))
    } else {
        adaptive_avg_pool2d(x, size)
    }
}

/// Adaptive maximum pooling with the same bins (reference.md 2.5).
pub fn adaptive_max(x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    let [_, _, h, w] = x.dims();
    let x = if h == size[0] { x } else { axis_max(x, 2, size[0]) };
    if w == size[1] { x } else { axis_max(x, 3, size[1]) }
}

/// One axis of [`adaptive_max`]: the maximum over each bin [⌊i·in/out⌋, ⌈(i+1)·in/out⌉).
fn axis_max(x: Tensor<4>, axis: usize, out: usize) -> Tensor<4> {
    let input = x.dims()[axis];
    let bins = (0..out)
        .map(|i| {
            let (from, to) = (i * input / out, ((i + 1) * input).div_ceil(out));
            x.clone().narrow(axis, from, to - from).max_dim(axis)
        })
        .collect();
    Tensor::cat(bins, axis)
}

/// Periodic shuffle: N×(C·r²)×H×W → N×C×rH×rW, `out[c, h·r+i, w·r+j] = in[c·r²+i·r+j, h, w]` (reference.md 2.6).
pub fn pixel_shuffle(x: Tensor<4>, r: usize) -> Tensor<4> {
    if r == 1 {
        return x;
    }
    let [n, c, h, w] = x.dims();
    let c = c / (r * r);
    if on_cpu(&x.device()) {
        return with_values(x, |values| (kernel::pixel_shuffle(values, c, h, w, r), [n, c, h * r, w * r]));
    }
    if recorded::takes(&x.device()) {
        return recorded::shuffle(x, r);
    }
    // N×C×r×r×H×W → N×C×H×r×W×r
    x.reshape([n, c, r, r, h, w]).permute([0, 1, 4, 2, 5, 3]).reshape([n, c, h * r, w * r])
}

/// Maximum pooling k×k with stride and padding on every side, floor or ceil mode (reference.md 2.4).
pub fn max_pool(x: Tensor<4>, k: usize, stride: usize, padding: usize, ceil: bool) -> Tensor<4> {
    if on_cpu(&x.device()) {
        let [n, c, h, w] = x.dims();
        let pool = Pool { k, stride, padding, ceil };
        let [oh, ow] = [pool.output_size(h), pool.output_size(w)];
        return with_values(x, |values| (pool.max(values, h, w), [n, c, oh, ow]));
    }
    let options = MaxPoolOptions::new([k, k]).with_stride([stride; 2]).with_padding([padding; 2]);
    max_pool2d(x, options.with_ceil_mode(ceil))
}

/// The tensor itself and the mean of each of its planes, N×C×1×1.
pub fn global_average(x: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
    let [n, c, h, w] = x.dims();
    let device = x.device();
    if !on_cpu(&device) {
        let mean = x.clone().reshape([n, c, h * w]).mean_dim(2).reshape([n, c, 1, 1]);
        return (x, mean);
    }
    let data = x.into_data();
    let mean = |plane: &[f32]| (sum(plane) / (h * w) as f64) as f32;
    let means: Vec<f32> = values_of(&data).par_chunks(h * w).with_min_len(PLANES).map(mean).collect();
    let mean = Tensor::from_data(TensorData::new(means, [n, c, 1, 1]), &device);
    (Tensor::from_data(data, &device), mean)
}

/// In sixteen lanes, so that it fills the vectors and rounds little.
fn sum(values: &[f32]) -> f64 {
    let mut lanes = [0f32; 16];
    let chunks = values.chunks_exact(lanes.len());
    let rest: f64 = chunks.remainder().iter().copied().map(f64::from).sum();
    chunks.for_each(|chunk| lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane += value));
    rest + lanes.into_iter().map(f64::from).sum::<f64>()
}

/// ReLU(y + x), the end of a residual block; on the CPU device in one pass and in y's memory.
pub fn add_relu(y: Tensor<4>, x: Tensor<4>) -> Tensor<4> {
    if on_cpu(&y.device()) { residual_end(y, None, x) } else { relu(y + x) }
}

/// ReLU(y · weights + x) with `weights` N×C×1×1, the end of a squeeze-and-excite block; as [`add_relu`].
pub fn scale_add_relu(y: Tensor<4>, weights: Tensor<4>, x: Tensor<4>) -> Tensor<4> {
    if on_cpu(&y.device()) { residual_end(y, Some(weights), x) } else { relu(y * weights + x) }
}

/// Planes below which a second thread is not worth waking.
const PLANES: usize = 64;

fn residual_end(y: Tensor<4>, weights: Option<Tensor<4>>, x: Tensor<4>) -> Tensor<4> {
    let ([_, _, h, w], device) = (y.dims(), y.device());
    let (mut y, x) = (y.into_data(), x.into_data());
    let weights = weights.map(Tensor::into_data);
    let weights = weights.as_ref().map(values_of);
    #[allow(clippy::expect_used)] // as in `values_of`
    let planes = y.as_mut_slice::<f32>().expect("single precision").par_chunks_mut(h * w);
    let both = planes.zip(values_of(&x).par_chunks(h * w));
    both.enumerate().with_min_len(PLANES).for_each(|(channel, (y, x))| {
        let weight = weights.map_or(1.0, |weights| weights[channel]);
        for (y, x) in y.iter_mut().zip(x) {
            let sum = *y * weight + x;
            // Not `max`, which would hide a NaN.
            *y = if sum < 0.0 { 0.0 } else { sum };
        }
    });
    Tensor::from_data(y, &device)
}
