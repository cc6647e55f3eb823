//! Training through our own kernels gives what burn's operations give: output, running statistics, every gradient.

#![allow(clippy::unwrap_used)]
use super::{Activation, ConvSpec, Padding};
use crate::device::to_host;
use crate::error::Result;
use crate::net::visit::Visitor;
use burn::module::{Param, RunningState};
use burn::tensor::{Device, Distribution, Tensor};

struct Random;

impl Visitor for Random {
    fn param<const D: usize>(&mut self, _: &str, p: &mut Param<Tensor<D>>) -> Result<()> {
        let old = p.val();
        *p = Param::from_tensor(Tensor::random(old.dims(), Distribution::Uniform(-0.7, 0.9), &old.device()));
        Ok(())
    }
    fn state(&mut self, _: &str, _: &mut RunningState<Tensor<1>>) -> Result<()> {
        Ok(())
    }
}

/// Gradients of the parameters and the running statistics, by name.
struct Seen<'a>(&'a burn::tensor::Gradients, Vec<(String, Vec<f32>)>);

impl Visitor for Seen<'_> {
    fn param<const D: usize>(&mut self, name: &str, p: &mut Param<Tensor<D>>) -> Result<()> {
        let grad = p.val().grad(self.0).map(|g| to_host(g).unwrap());
        self.1.push((name.to_owned(), grad.unwrap()));
        Ok(())
    }
    fn state(&mut self, name: &str, state: &mut RunningState<Tensor<1>>) -> Result<()> {
        self.1.push((name.to_owned(), to_host(state.value_sync()).unwrap()));
        Ok(())
    }
}

fn close(a: &[f32], b: &[f32], what: &str) {
    let scale = b.iter().fold(1e-3f32, |m, v| m.max(v.abs()));
    assert_eq!(a.len(), b.len(), "{what}");
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() < 2e-5 * scale, "{what}: {a} against {b} of {scale}");
    }
}

fn outcome(spec: &ConvSpec, x: &Tensor<4>, ours: bool) -> Vec<(String, Vec<f32>)> {
    let x = x.clone().detach().require_grad();
    x.device().seed(7);
    // A block of its own: the copies of one share their running statistics.
    let mut block = spec.clone().init(&x.device());
    block.walk(&mut Random, "conv", "norm").unwrap();
    let [_, _, h, w] = x.dims();
    let spec = block.spec.kernel_spec(h, w);
    assert!(super::train::takes(&x.device(), &spec));
    let y = if ours { block.forward(x.clone()) } else { block.forward_stepwise(x.clone(), spec) };
    // A gradient that differs from place to place.
    let ramp = Tensor::<1>::from_floats(
        (0..y.dims().iter().product::<usize>())
            .map(|i| ((i * 7919) % 97) as f32 / 48.0 - 1.0)
            .collect::<Vec<_>>()
            .as_slice(),
        &x.device(),
    );
    let grads = (y.clone() * ramp.reshape(y.dims())).sum().backward();
    let mut seen = Seen(&grads, vec![("y".into(), to_host(y).unwrap())]);
    seen.1.push(("x".into(), to_host(x.grad(&grads).unwrap()).unwrap()));
    block.walk(&mut seen, "conv", "norm").unwrap();
    seen.1
}

#[test]
fn every_kind_of_block_trains_as_with_tensor_operations() {
    let device = Device::flex().autodiff();
    device.seed(7);
    let all = [
        Activation::Linear,
        Activation::Relu,
        Activation::Relu6,
        Activation::LeakyRelu,
        Activation::Elu,
        Activation::Sigmoid,
    ];
    let mut specs = Vec::new();
    for activation in all {
        specs.push(ConvSpec::new(5, 9, 3).activation(activation));
        specs.push(ConvSpec::new(5, 9, 3).norm(1e-5, 0.1).activation(activation));
    }
    specs.push(ConvSpec::new(7, 4, 1).no_bias());
    specs.push(ConvSpec::new(7, 12, 1).norm(1e-3, 0.01).stride(2).padding(Padding::Explicit([0, 0])));
    specs
        .push(ConvSpec::new(3, 8, 3).stride(2).padding(Padding::TfSame).norm(1e-3, 0.01).activation(Activation::Relu6));
    specs.push(ConvSpec::new(6, 6, 5).groups(6).stride(2).padding(Padding::TfSame).norm(1e-3, 0.01));
    specs.push(ConvSpec::new(8, 12, 3).groups(4));
    specs.push(ConvSpec::rect(4, 4, [3, 1]).no_bias());
    specs.push(ConvSpec::new(3, 6, 7).stride(2).norm(1e-5, 0.1).activation(Activation::Relu));
    for spec in specs {
        for [h, w] in [[6, 9], [13, 22]] {
            let x = Tensor::random([3, spec.channels[0], h, w], Distribution::Uniform(-1.0, 1.0), &device);
            let (ours, theirs) = (outcome(&spec, &x, true), outcome(&spec, &x, false));
            assert_eq!(ours.len(), theirs.len());
            for ((name, ours), (other, theirs)) in ours.iter().zip(&theirs) {
                assert_eq!(name, other);
                close(ours, theirs, &format!("{name} of {spec:?} at {h}×{w}"));
            }
        }
    }
}

#[test]
fn frozen_weights_get_no_gradient_and_the_input_still_does() {
    let device = Device::flex().autodiff();
    let mut block = ConvSpec::new(3, 4, 3).init(&device);
    block.walk(&mut Random, "conv", "").unwrap();
    block = burn::module::Module::no_grad(block);
    let x = Tensor::<4>::ones([1, 3, 5, 5], &device).require_grad();
    let grads = block.forward(x.clone()).sum().backward();
    assert!(x.grad(&grads).is_some());
    assert!(block.weight.val().grad(&grads).is_none());
}

/// As in a part that is frozen: the norm keeps its running statistics and uses them, and still passes gradients on.
#[test]
fn a_frozen_norm_trains_as_with_tensor_operations() {
    struct Freeze;
    impl Visitor for Freeze {
        fn param<const D: usize>(&mut self, _: &str, _: &mut Param<Tensor<D>>) -> Result<()> {
            Ok(())
        }
        fn state(&mut self, _: &str, state: &mut RunningState<Tensor<1>>) -> Result<()> {
            *state = RunningState::new(state.value() + 0.25);
            Ok(())
        }
        fn norm(&mut self, _: &str, norm: &mut crate::net::norm::BatchNorm) -> Result<()> {
            norm.set_frozen(true);
            Ok(())
        }
    }
    let device = Device::flex().autodiff();
    let mut block = ConvSpec::new(4, 6, 3).norm(1e-3, 0.01).activation(Activation::Relu6).init(&device);
    block.walk(&mut Random, "conv", "norm").unwrap();
    block.walk(&mut Freeze, "conv", "norm").unwrap();
    let x = Tensor::<4>::random([2, 4, 7, 9], Distribution::Uniform(-1.0, 1.0), &device).require_grad();
    let of = |y: Tensor<4>| {
        let grads = (y.clone() * y.clone()).sum().backward();
        let weight = block.weight.val().grad(&grads).unwrap();
        [to_host(y).unwrap(), to_host(x.grad(&grads).unwrap()).unwrap(), to_host(weight).unwrap()]
    };
    let ours = of(block.forward(x.clone()));
    let theirs = of(block.forward_stepwise(x.clone(), block.spec.kernel_spec(7, 9)));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        close(ours, theirs, "frozen");
    }
    let mean = to_host(block.norm.as_ref().unwrap().running_mean.value_sync()).unwrap();
    assert_eq!(mean, vec![0.25; 6], "the statistics stay");
}

/// The same twice, bit for bit: a resumed run depends on it.
#[test]
fn gradients_do_not_depend_on_the_number_of_threads() {
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let device = Device::flex().autodiff();
            let fill = |shape: [usize; 4], k: usize| {
                let values: Vec<f32> =
                    (0..shape.iter().product()).map(|i| ((i * k) % 211) as f32 / 105.0 - 1.0).collect();
                Tensor::<1>::from_floats(values.as_slice(), &device).reshape(shape)
            };
            let mut block = ConvSpec::new(40, 24, 3).norm(1e-5, 0.1).activation(Activation::LeakyRelu).init(&device);
            block.weight = Param::from_tensor(fill([24, 40, 3, 3], 7907));
            let x = fill([2, 40, 30, 41], 104_729).require_grad();
            let y = block.forward(x.clone());
            let grads = (y.clone() * y).sum().backward();
            let host = |t: Tensor<4>| to_host(t).unwrap().iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            (host(x.grad(&grads).unwrap()), host(block.weight.val().grad(&grads).unwrap()))
        })
    };
    let one = of(1);
    assert_eq!(one, of(2));
    assert_eq!(one, of(5));
}
