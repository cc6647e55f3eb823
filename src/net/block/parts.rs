//! The input of a convolution in parts, and its mirrored border: what the CPU kernel does while it copies its input, in
//! tensor operations for the other devices and for training.

use crate::net::{kernel, recorded};
use burn::tensor::{Device, Tensor, TensorData};

/// Some of the channels of a convolution's input.
#[derive(Debug, Clone)]
pub enum Part {
    /// N×C×H×W as it is.
    Whole(Tensor<4>),
    /// N×C×H/2×W/2, each pixel standing for 2×2 (nearest neighbour, reference.md 2.6).
    Doubled(Tensor<4>),
}

impl Part {
    /// The tensor at the size of the convolution's input.
    fn whole(self) -> Tensor<4> {
        match self {
            Self::Whole(x) => x,
            Self::Doubled(x) => {
                let [n, c, h, w] = x.dims();
                let pixels: Tensor<6> = x.reshape([n, c, h, 1, w, 1]);
                pixels.repeat_dim(3, 2).repeat_dim(5, 2).reshape([n, c, 2 * h, 2 * w])
            }
        }
    }
}

/// N, H and W of the joined parts; zeros if there are none.
pub(super) fn size(parts: &[Part]) -> [usize; 3] {
    match parts.first() {
        Some(Part::Whole(x)) => {
            let [n, _, h, w] = x.dims();
            [n, h, w]
        }
        Some(Part::Doubled(x)) => {
            let [n, _, h, w] = x.dims();
            [n, 2 * h, 2 * w]
        }
        None => [0; 3],
    }
}

/// One tensor of all channels.
pub(super) fn join(parts: Vec<Part>) -> Tensor<4> {
    let mut parts: Vec<_> = parts.into_iter().map(Part::whole).collect();
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            match parts.first() {
                Some(part) if recorded::takes(&part.device()) => recorded::join(parts),
                _ => Tensor::cat(parts, 1),
            }
        }
    }
}

/// `x` with `border` mirrored rows and columns on every side (reference.md 2.7); as many as there are where it is smaller.
pub(super) fn reflect(x: Tensor<4>, border: usize) -> Tensor<4> {
    [2, 3].into_iter().fold(x, |x, axis| {
        let last = x.dims()[axis] - 1;
        let line = |at: usize| x.clone().narrow(axis, at, 1);
        let before = (1..=border).rev().map(|i| line(i.min(last)));
        let after = (1..=border).map(|i| line(last.saturating_sub(i)));
        Tensor::cat(before.chain([x.clone()]).chain(after).collect(), axis)
    })
}

/// The CPU kernel on tensors of the CPU device, as [`ops::with_values`](crate::net::ops) does it for one.
pub(super) fn with_values(
    parts: Vec<Part>,
    work: impl FnOnce(&[kernel::Part<'_>]) -> (Vec<f32>, [usize; 4]),
) -> Tensor<4> {
    let device = Device::flex();
    let hosts = parts.into_iter().map(|part| {
        let doubled = matches!(part, Part::Doubled(_));
        let (Part::Whole(x) | Part::Doubled(x)) = part;
        (x.dims()[1], doubled, x.into_data())
    });
    let hosts: Vec<_> = hosts.collect();
    let (values, shape) = work(&hosts.iter().map(on_host).collect::<Vec<_>>());
    Tensor::from_data(TensorData::new(values, shape), &device)
}

fn on_host((channels, doubled, data): &(usize, bool, TensorData)) -> kernel::Part<'_> {
    #[allow(clippy::expect_used)]
    // networks are single precision, and the CPU device cannot fail to hand over its memory
    let values = data.as_slice::<f32>().expect("single precision");
    kernel::Part { values, channels: *channels, doubled: *doubled }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::device::to_host;
    use crate::net::block::{Activation, ConvBlock, ConvSpec, Padding};
    use crate::net::visit::{Fold, Visitor};
    use burn::module::{Param, RunningState};
    use burn::tensor::Distribution;

    struct Random;
    impl Visitor for Random {
        fn param<const D: usize>(&mut self, _: &str, p: &mut Param<Tensor<D>>) -> crate::error::Result<()> {
            let shape = p.val().dims();
            *p = Param::from_tensor(Tensor::random(shape, Distribution::Uniform(-0.5, 0.5), &Device::flex()));
            Ok(())
        }
        fn state(&mut self, _: &str, _: &mut RunningState<Tensor<1>>) -> crate::error::Result<()> {
            Ok(())
        }
    }

    fn noise(shape: [usize; 4]) -> Tensor<4> {
        Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), &Device::flex())
    }

    #[test]
    fn reflection_is_that_of_appendix_b() {
        let plane =
            Tensor::<4>::from_floats([[[[1., 2., 4., 8.], [3., 5., 7., 9.], [0., 6., 2., 4.]]]], &Device::flex());
        #[rustfmt::skip]
        let expected = vec![
            5., 3., 5., 7., 9., 7., 2., 1., 2., 4., 8., 4., 5., 3., 5., 7., 9., 7.,
            6., 0., 6., 2., 4., 2., 5., 3., 5., 7., 9., 7.];
        assert_eq!(to_host(reflect(plane.clone(), 1)).unwrap(), expected);
        let first = Part::Doubled(plane.clone().narrow(2, 0, 1)).whole();
        assert_eq!(to_host(first).unwrap(), [1., 1., 2., 2., 4., 4., 8., 8.].repeat(2));
        // One row or column has nothing to mirror.
        assert_eq!(to_host(reflect(plane.narrow(2, 0, 1).narrow(3, 0, 1), 1)).unwrap(), vec![1.0; 9]);
    }

    /// What the CPU kernel does in one pass is what the tensor operations of the other devices do one by one.
    #[test]
    fn the_kernel_and_the_tensor_operations_agree() {
        for activation in [Activation::Elu, Activation::Sigmoid, Activation::Linear] {
            for (k, padding) in
                [(3, Padding::Reflect(1)), (3, Padding::Explicit([1, 1])), (1, Padding::Explicit([0, 0]))]
            {
                for [h, w] in [[2, 2], [4, 6], [12, 70]] {
                    let mut block: ConvBlock =
                        ConvSpec::new(7, 12, k).padding(padding).activation(activation).init(&Device::flex());
                    block.walk(&mut Random, "c", "").unwrap();
                    let parts = vec![Part::Doubled(noise([2, 4, h / 2, w / 2])), Part::Whole(noise([2, 3, h, w]))];
                    let plain = block.forward_joined(parts.clone());
                    block.walk(&mut Fold, "c", "").unwrap();
                    let folded = block.forward_joined(parts);
                    assert_eq!(plain.dims(), [2, 12, h, w]);
                    assert_eq!(folded.dims(), plain.dims());
                    let (a, b) = (to_host(plain).unwrap(), to_host(folded).unwrap());
                    assert!(
                        a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 3e-6),
                        "{k} {padding:?} {activation:?} {h}×{w}"
                    );
                }
            }
        }
    }
}
