//! Slopes of the activations, for the way back.

use super::{Act, Loops, vectorised};
use rayon::prelude::*;

/// Slopes of the activations by what goes into them.
pub(super) mod before {
    #[inline(always)]
    pub fn linear(_: f32) -> f32 {
        1.0
    }
    #[inline(always)]
    pub fn relu(t: f32) -> f32 {
        f32::from(t > 0.0)
    }
    #[inline(always)]
    pub fn relu6(t: f32) -> f32 {
        f32::from(t > 0.0 && t < 6.0)
    }
    #[inline(always)]
    pub fn leaky_relu(t: f32) -> f32 {
        if t > 0.0 { 1.0 } else { 0.2 }
    }
    #[inline(always)]
    pub fn elu(t: f32) -> f32 {
        if t > 0.0 { 1.0 } else { t.exp() }
    }
    #[inline(always)]
    pub fn sigmoid(t: f32) -> f32 {
        let y = 1.0 / (1.0 + (-t).exp());
        y * (1.0 - y)
    }
}

/// Slopes of the activations by what comes out of them, where that says more cheaply what went in.
mod behind {
    pub use super::before::{leaky_relu, relu, relu6};

    #[inline(always)]
    pub fn elu(y: f32) -> f32 {
        if y > 0.0 { 1.0 } else { y + 1.0 }
    }
    #[inline(always)]
    pub fn sigmoid(y: f32) -> f32 {
        y * (1.0 - y)
    }
}

/// ∂L/∂x of y = act(x), from ∂L/∂y and y.
#[must_use]
pub fn activation_backward(grad: &[f32], output: &[f32], act: Act) -> Vec<f32> {
    match act {
        Act::Linear => grad.to_vec(),
        Act::Relu => slopes(grad, output, behind::relu),
        Act::Relu6 => slopes(grad, output, behind::relu6),
        Act::LeakyRelu => slopes(grad, output, behind::leaky_relu),
        Act::Elu => slopes(grad, output, behind::elu),
        Act::Sigmoid => slopes(grad, output, behind::sigmoid),
    }
}

struct Sloped<'a, F> {
    to: &'a mut [f32],
    grad: &'a [f32],
    y: &'a [f32],
    slope: F,
}

impl<F: Fn(f32) -> f32> Loops for Sloped<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for ((to, grad), y) in self.to.iter_mut().zip(self.grad).zip(self.y) {
            *to = grad * (self.slope)(*y);
        }
    }
}

fn slopes(grad: &[f32], output: &[f32], slope: impl Fn(f32) -> f32 + Sync + Copy) -> Vec<f32> {
    const RUN: usize = 1 << 14;
    let mut all = vec![0.0; grad.len()];
    all.par_chunks_mut(RUN).zip(grad.par_chunks(RUN)).zip(output.par_chunks(RUN)).for_each(|((to, grad), y)| {
        vectorised(Sloped { to, grad, y, slope });
    });
    all
}
