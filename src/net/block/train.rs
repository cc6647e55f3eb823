//! [`ConvBlock`](super::ConvBlock) on the CPU while gradients are recorded: convolution, batch norm and activation are one
//! node of the graph, whose gradients our own kernels make.

use super::super::norm::BatchNorm;
use super::super::recorded::{self, Host, host, record, tensor, tracked, values};
use crate::net::kernel::{
    self, Act, Border, Packed, Spec, Statistics, activation_backward, channel_sums, input_gradient, weight_gradient,
};
use burn::backend::Flex;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops};
use burn::tensor::{Device, Tensor};
use std::sync::Arc;

/// Whether gradients of this convolution's call can be made here.
pub(super) fn takes(device: &Device, spec: &Spec) -> bool {
    let narrow = |axis: usize| {
        let (before, after) = spec.padding[axis];
        before < spec.kernel[axis] && after < spec.kernel[axis]
    };
    recorded::takes(device) && spec.border == Border::Zeros && narrow(0) && narrow(1)
}

/// What follows the convolution.
#[allow(clippy::large_enum_variant)] // one of them lives for the length of a call
pub(super) enum After<'a> {
    /// Nothing but the activation.
    Nothing,
    /// A bias, `[outputs]`.
    Bias(Tensor<1>),
    /// A batch norm with the batch's own statistics.
    Norm(&'a BatchNorm),
}

/// N×I×H×W → N×O×H'×W' with the batch's statistics, if there is a norm.
pub(super) fn forward(
    x: Tensor<4>,
    weight: Tensor<4>,
    after: After<'_>,
    spec: Spec,
) -> (Tensor<4>, Option<Statistics>) {
    let [n, _, h, w] = x.dims();
    let (x, weight) = (tracked(x), tracked(weight));
    let nodes = [x.node(), weight.node()];
    let (x, weight) = (host(x), host(weight));
    let [oh, ow] = spec.output_size(h, w);
    let shape = [n, spec.outputs, oh, ow];
    let plain = Spec { activation: Act::Linear, ..spec };
    let call = Call { spec, n, h, w, pixels: oh * ow };
    match after {
        After::Norm(norm) => {
            let (gamma, beta) = (tracked(norm.gamma.val()), tracked(norm.beta.val()));
            let [a, b] = nodes;
            let nodes = [a, b, gamma.node(), beta.node()];
            let (gamma, beta) = (host(gamma), host(beta));
            let (sums, _) = Packed::new(values(&weight), None, plain).run(values(&x), n, h, w);
            let statistics = kernel::statistics(&sums, spec.outputs, oh * ow, norm.epsilon());
            let y = kernel::normalise(&sums, oh * ow, &statistics, values(&gamma), values(&beta), spec.activation);
            let statistics = Arc::new(statistics);
            let kept = Kept::Norm { sums: Arc::new(sums), statistics: statistics.clone(), gamma, beta };
            let state = State { call, x, weight, kept };
            (record(Block, nodes, state, tensor(y, &shape)), Some(Arc::unwrap_or_clone(statistics)))
        }
        After::Bias(bias) => {
            let bias = tracked(bias);
            let [a, b] = nodes;
            let nodes = [a, b, bias.node()];
            let bias = host(bias);
            let (y, _) = Packed::new(values(&weight), Some(values(&bias)), spec).run(values(&x), n, h, w);
            (activated(nodes, State { call, x, weight, kept: Kept::Nothing }, y, shape), None)
        }
        After::Nothing => {
            let (y, _) = Packed::new(values(&weight), None, spec).run(values(&x), n, h, w);
            (activated(nodes, State { call, x, weight, kept: Kept::Nothing }, y, shape), None)
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Call {
    spec: Spec,
    n: usize,
    h: usize,
    w: usize,
    /// Of an output plane.
    pixels: usize,
}

/// What the backward pass needs.
#[derive(Debug, Clone)]
struct State {
    call: Call,
    x: Host,
    weight: Host,
    kept: Kept,
}

#[derive(Debug, Clone)]
enum Kept {
    Nothing,
    /// The output, where an activation follows.
    Output(Host),
    Norm {
        sums: Arc<Vec<f32>>,
        statistics: Arc<Statistics>,
        gamma: Host,
        beta: Host,
    },
}

/// Records a block without a norm.
fn activated<const N: usize>(nodes: [NodeGuard; N], state: State, y: Vec<f32>, shape: [usize; 4]) -> Tensor<4> {
    let y = tensor(y, &shape);
    let kept = if state.call.spec.activation == Act::Linear { Kept::Nothing } else { Kept::Output(y.clone()) };
    record(Block, nodes, State { kept, ..state }, y)
}

/// The backward step of a block: gradients of input, weight and, as there are, bias or γ and β.
#[derive(Debug)]
struct Block;

impl<const N: usize> Backward<Flex, N> for Block {
    type State = State;

    fn backward(self, ops: Ops<State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let State { call: Call { spec, n, h, w, pixels }, x, weight, kept } = ops.state;
        let grad = grads.consume::<Flex>(&ops.node).to_contiguous();
        let wants = |i: usize| ops.parents.get(i).is_some_and(Option::is_some);
        let mut give = |i: usize, values: Vec<f32>, shape: &[usize]| {
            if let Some(Some(parent)) = ops.parents.get(i) {
                grads.register::<Flex>(parent.id, tensor(values, shape));
            }
        };
        // The gradient before activation and norm.
        let before = match kept {
            Kept::Nothing => None,
            Kept::Output(y) => Some(activation_backward(values(&grad), values(&y), spec.activation)),
            Kept::Norm { sums, statistics, gamma, beta } => {
                let act = spec.activation;
                let (gamma, beta) = (values(&gamma), values(&beta));
                let all = kernel::normalise_backward(values(&grad), &sums, pixels, &statistics, gamma, beta, act);
                give(2, all.gamma, &[spec.outputs]);
                give(3, all.beta, &[spec.outputs]);
                Some(all.input)
            }
        };
        let before = before.as_deref().unwrap_or_else(|| values(&grad));
        if N == 3 && wants(2) {
            give(2, channel_sums(before, spec.outputs, pixels), &[spec.outputs]);
        }
        if wants(1) {
            let [kh, kw] = spec.kernel;
            let shape = [spec.outputs, spec.inputs / spec.groups, kh, kw];
            give(1, weight_gradient(&spec, values(&x), before, n, h, w), &shape);
        }
        if wants(0) {
            give(0, input_gradient(&spec, values(&weight), before, n, h, w), &[n, spec.inputs, h, w]);
        }
    }
}
