//! Operators between convolutions while gradients are recorded on the CPU: each one node of the graph, with kernels of our
//! own both ways on all threads. The tensor library's own go through several tensors, most of them on one thread.

use super::kernel::{self, Act, Axis, Statistics};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::{Device, Float, Tensor, TensorData};
use rayon::prelude::*;
use std::sync::Arc;

pub(super) type Tracked = FloatTensor<Autodiff<Flex>>;
pub(super) type Host = FloatTensor<Flex>;

/// Whether gradients of tensors of this device are recorded on the CPU.
pub(super) fn takes(device: &Device) -> bool {
    device.is_autodiff() && device.clone().inner() == Device::flex()
}

pub(super) fn tracked<const D: usize>(tensor: Tensor<D>) -> Tracked {
    #[allow(clippy::expect_used)] // `takes` has seen that it is on the CPU device with autodiff
    tensor.try_into_primitive::<Autodiff<Flex>>().expect("a tensor of the CPU device with autodiff")
}

pub(super) fn host(tensor: Tracked) -> Host {
    tensor.into_primitive().to_contiguous()
}

pub(super) fn values(tensor: &Host) -> &[f32] {
    #[allow(clippy::expect_used)] // networks are single precision, and `host` has made it contiguous
    tensor.as_slice::<f32>().expect("contiguous single precision")
}

pub(super) fn tensor(values: Vec<f32>, shape: &[usize]) -> Host {
    Host::from_data(TensorData::new(values, shape.to_vec()))
}

/// Adds a node with these parents to the graph.
pub(super) fn record<B, const N: usize>(step: B, nodes: [NodeGuard; N], state: B::State, y: Host) -> Tensor<4>
where
    B: Backward<Flex, N>,
{
    let y = match step.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prepared) => prepared.finish(state, y),
        OpsKind::UnTracked(prepared) => prepared.finish(y),
    };
    Tensor::<4, Float>::from_primitive::<Autodiff<Flex>>(y)
}

/// The concatenation of the parts' channels.
pub(super) fn join(parts: Vec<Tensor<4>>) -> Tensor<4> {
    let parts = match <[Tensor<4>; 2]>::try_from(parts) {
        Ok(parts) => return join_n(parts),
        Err(parts) => parts,
    };
    match <[Tensor<4>; 5]>::try_from(parts) {
        Ok(parts) => join_n(parts),
        Err(parts) => Tensor::cat(parts, 1),
    }
}

fn join_n<const N: usize>(parts: [Tensor<4>; N]) -> Tensor<4> {
    let [n, _, h, w] = parts[0].dims();
    let parts = parts.map(tracked);
    let nodes = parts.each_ref().map(Tracked::node);
    let parts = parts.map(host);
    let sizes = parts.each_ref().map(|part| part.layout().shape()[1] * h * w);
    let all: usize = sizes.iter().sum();
    let mut joined = vec![0.0; n * all];
    // A task copies one part of one image.
    let mut tasks = Vec::with_capacity(n * N);
    for (image, mut to) in joined.chunks_exact_mut(all.max(1)).enumerate() {
        for (part, size) in parts.iter().zip(sizes) {
            let (here, rest) = to.split_at_mut(size);
            tasks.push((here, &values(part)[image * size..(image + 1) * size]));
            to = rest;
        }
    }
    tasks.into_par_iter().for_each(|(to, from)| to.copy_from_slice(from));
    let y = tensor(joined, &[n, all / (h * w).max(1), h, w]);
    record(Join, nodes, Sizes { n, h, w, sizes: sizes.to_vec() }, y)
}

#[derive(Debug)]
struct Join;

/// Values of each part of an image.
#[derive(Debug, Clone)]
struct Sizes {
    n: usize,
    h: usize,
    w: usize,
    sizes: Vec<usize>,
}

impl<const N: usize> Backward<Flex, N> for Join {
    type State = Sizes;

    fn backward(self, ops: Ops<Sizes, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let Sizes { n, h, w, sizes } = ops.state;
        let grad = grads.consume::<Flex>(&ops.node).to_contiguous();
        let all: usize = sizes.iter().sum();
        let mut before = 0;
        for (parent, size) in ops.parents.iter().zip(sizes) {
            if let Some(parent) = parent {
                let mut part = vec![0.0; n * size];
                let images = part.par_chunks_exact_mut(size).zip(values(&grad).par_chunks_exact(all));
                images.for_each(|(to, from)| to.copy_from_slice(&from[before..before + size]));
                grads.register::<Flex>(parent.id, tensor(part, &[n, size / (h * w), h, w]));
            }
            before += size;
        }
    }
}

/// A map of planes along their axes: resizing, adaptive average pooling.
pub(super) fn along_axes(x: Tensor<4>, [oh, ow]: [usize; 2], axis: fn(usize, usize) -> Axis) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let axes = Arc::new([axis(h, oh), axis(w, ow)]);
    let x = tracked(x);
    let node = x.node();
    let y = tensor(kernel::along_axes(values(&host(x)), &axes), &[n, c, oh, ow]);
    record(AlongAxes, [node], (axes, [n, c, h, w]), y)
}

#[derive(Debug)]
struct AlongAxes;

impl Backward<Flex, 1> for AlongAxes {
    type State = (Arc<[Axis; 2]>, [usize; 4]);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (axes, shape) = ops.state;
        let grad = grads.consume::<Flex>(&ops.node).to_contiguous();
        if let [Some(parent)] = &ops.parents {
            let back = kernel::back_along_axes(values(&grad), &axes);
            grads.register::<Flex>(parent.id, tensor(back, &shape));
        }
    }
}

/// Periodic shuffle by `r`, see [`super::ops::pixel_shuffle`].
pub(super) fn shuffle(x: Tensor<4>, r: usize) -> Tensor<4> {
    let [n, channels, h, w] = x.dims();
    let c = channels / (r * r);
    let x = tracked(x);
    let node = x.node();
    let y = tensor(kernel::pixel_shuffle(values(&host(x)), c, h, w, r), &[n, c, h * r, w * r]);
    record(Shuffle, [node], ([n, channels, h, w], r), y)
}

#[derive(Debug)]
struct Shuffle;

impl Backward<Flex, 1> for Shuffle {
    type State = ([usize; 4], usize);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (shape, r) = ops.state;
        let [_, channels, h, w] = shape;
        let grad = grads.consume::<Flex>(&ops.node).to_contiguous();
        if let [Some(parent)] = &ops.parents {
            let back = kernel::pixel_unshuffle(values(&grad), channels / (r * r), h, w, r);
            grads.register::<Flex>(parent.id, tensor(back, &shape));
        }
    }
}

/// Instance norm and the activation behind it: each plane by its own mean and variance.
pub(super) fn instance_norm(
    x: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    activation: Act,
) -> Tensor<4> {
    let shape = x.dims();
    let [n, c, h, w] = shape;
    let (x, gamma, beta) = (tracked(x), tracked(gamma), tracked(beta));
    let nodes = [x.node(), gamma.node(), beta.node()];
    let (x, gamma, beta) = (host(x), values(&host(gamma)).repeat(n), values(&host(beta)).repeat(n));
    // As a batch norm of one image that has the planes of all.
    let statistics = kernel::statistics(values(&x), n * c, h * w, epsilon);
    let y = kernel::normalise(values(&x), h * w, &statistics, &gamma, &beta, activation);
    let state = Normed { shape, x, statistics: Arc::new(statistics), gamma, beta, activation };
    record(Instance, nodes, state, tensor(y, &shape))
}

#[derive(Debug)]
struct Instance;

#[derive(Debug, Clone)]
struct Normed {
    shape: [usize; 4],
    x: Host,
    statistics: Arc<Statistics>,
    /// Of every plane.
    gamma: Vec<f32>,
    beta: Vec<f32>,
    activation: Act,
}

impl Backward<Flex, 3> for Instance {
    type State = Normed;

    fn backward(self, ops: Ops<Normed, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let Normed { shape, x, statistics, gamma, beta, activation } = ops.state;
        let [_, c, h, w] = shape;
        let grad = grads.consume::<Flex>(&ops.node).to_contiguous();
        let (grad, x) = (values(&grad), values(&x));
        let back = kernel::normalise_backward(grad, x, h * w, &statistics, &gamma, &beta, activation);
        let over_images = |planes: Vec<f32>| (0..c).map(|c0| planes.iter().skip(c0).step_by(c).sum()).collect();
        let shapes: [&[usize]; 3] = [&shape, &[c], &[c]];
        let all: [Vec<f32>; 3] = [back.input, over_images(back.gamma), over_images(back.beta)];
        for ((parent, values), shape) in ops.parents.iter().zip(all).zip(shapes) {
            if let Some(parent) = parent {
                grads.register::<Flex>(parent.id, tensor(values, shape));
            }
        }
    }
}

#[cfg(test)]
#[path = "recorded_tests.rs"]
mod tests;
