//! Each recorded operator gives what the tensor library's operations give, forward and back.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::device::to_host;
use crate::net::norm::InstanceNorm;
use crate::net::visit::Visitor;
use burn::module::{Module, Param};
use burn::tensor::Distribution;
use burn::tensor::activation::leaky_relu;
use burn::tensor::module::{adaptive_avg_pool2d, interpolate};
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

fn device() -> Device {
    Device::flex().autodiff()
}

fn noise(shape: [usize; 4]) -> Tensor<4> {
    Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), &device())
}

/// Output and the gradients of all inputs, for a gradient of the output that differs from place to place.
fn outcome(inputs: &[Tensor<4>], work: impl FnOnce(Vec<Tensor<4>>) -> Tensor<4>) -> Vec<Vec<f32>> {
    let inputs: Vec<_> = inputs.iter().map(|x| x.clone().detach().require_grad()).collect();
    let y = work(inputs.clone());
    let count = y.dims().iter().product::<usize>();
    let ramp: Vec<f32> = (0..count).map(|i| ((i * 7919) % 97) as f32 / 48.0 - 1.0).collect();
    let ramp = Tensor::<1>::from_floats(ramp.as_slice(), &device()).reshape(y.dims());
    let grads = (y.clone() * ramp).sum().backward();
    let mut all = vec![to_host(y).unwrap()];
    all.extend(inputs.iter().map(|x| to_host(x.grad(&grads).unwrap()).unwrap()));
    all
}

fn same(ours: &[Vec<f32>], theirs: &[Vec<f32>], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (part, (a, b)) in ours.iter().zip(theirs).enumerate() {
        assert_eq!(a.len(), b.len(), "{what}, {part}");
        let scale = b.iter().fold(1e-3f32, |most, value| most.max(value.abs()));
        let far = a.iter().zip(b).find(|(a, b)| (**a - **b).abs() > 2e-5 * scale);
        assert!(far.is_none(), "{what}, {part}: {far:?} of {scale}");
    }
}

#[test]
fn parts_are_joined() {
    for channels in [vec![3, 5], vec![1, 2, 3, 4, 5], vec![2, 3, 4]] {
        let parts: Vec<_> = channels.iter().map(|c| noise([2, *c, 4, 7])).collect();
        let theirs = outcome(&parts, |parts| Tensor::cat(parts, 1));
        same(&outcome(&parts, join), &theirs, &format!("{channels:?}"));
    }
}

#[test]
fn planes_are_resized_and_pooled() {
    for ([h, w], size) in [([5, 8], [9, 15]), ([15, 20], [14, 19]), ([1, 3], [4, 6]), ([16, 16], [3, 16])] {
        let x = [noise([2, 3, h, w])];
        let options = InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(true);
        let theirs = outcome(&x, |mut x| interpolate(x.remove(0), options.with_output_size(size)));
        same(&outcome(&x, |mut x| along_axes(x.remove(0), size, Axis::bilinear)), &theirs, "resize");
        let theirs = outcome(&x, |mut x| adaptive_avg_pool2d(x.remove(0), size));
        same(&outcome(&x, |mut x| along_axes(x.remove(0), size, Axis::average)), &theirs, "pool");
    }
}

#[test]
fn channels_are_shuffled() {
    for r in [2, 4] {
        let x = [noise([2, 3 * r * r, 5, 6])];
        let theirs = outcome(&x, |mut x| {
            let x: Tensor<6> = x.remove(0).reshape([2, 3, r, r, 5, 6]).permute([0, 1, 4, 2, 5, 3]);
            x.reshape([2, 3, 5 * r, 6 * r])
        });
        same(&outcome(&x, |mut x| shuffle(x.remove(0), r)), &theirs, "shuffle");
    }
}

struct Random;

impl Visitor for Random {
    fn param<const D: usize>(&mut self, _: &str, p: &mut Param<Tensor<D>>) -> crate::error::Result<()> {
        let old = p.val();
        *p = Param::from_tensor(Tensor::random(old.dims(), Distribution::Uniform(0.3, 1.5), &old.device()));
        Ok(())
    }
    fn state(&mut self, _: &str, _: &mut burn::module::RunningState<Tensor<1>>) -> crate::error::Result<()> {
        Ok(())
    }
}

/// Gradients of γ and β behind those of the input.
struct Params<'a>(&'a burn::tensor::Gradients, Vec<Vec<f32>>);

impl Visitor for Params<'_> {
    fn param<const D: usize>(&mut self, _: &str, p: &mut Param<Tensor<D>>) -> crate::error::Result<()> {
        self.1.push(to_host(p.val().grad(self.0).unwrap()).unwrap());
        Ok(())
    }
    fn state(&mut self, _: &str, _: &mut burn::module::RunningState<Tensor<1>>) -> crate::error::Result<()> {
        Ok(())
    }
}

#[test]
fn instances_are_normalised() {
    let x = noise([3, 4, 6, 9]) * 3.0 + 1.0;
    let mut norm = InstanceNorm::new(4, 1e-5, &device());
    norm.walk(&mut Random, "norm").unwrap();
    let [ours, theirs] = [true, false].map(|recorded| {
        let x = x.clone().detach().require_grad();
        let y = if recorded { norm.forward_leaky(x.clone()) } else { leaky_relu(norm.forward(x.clone()), 0.2) };
        let grads = (y.clone() * y.clone().detach().sin()).sum().backward();
        let all = [y, x.grad(&grads).map(Tensor::from_inner).unwrap()].map(|tensor| to_host(tensor).unwrap());
        let mut params = Params(&grads, all.to_vec());
        norm.clone().walk(&mut params, "norm").unwrap();
        params.1
    });
    same(&ours, &theirs, "instance norm");
    // Without gradients the kernel gives the same.
    let plain = norm.clone().valid().forward_leaky(x.inner());
    same(&[to_host(plain).unwrap()], &theirs[..1], "inference");
}
