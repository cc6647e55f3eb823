//! Batch normalisation with the activation behind it, for training: two passes over the features forward, two backward.
//! Features are N×C×P (`pixels` a plane); a channel is one task, so that sums do not depend on the number of threads.

use super::{Act, activate};
use rayon::prelude::*;

/// Lanes summed side by side; the compiler makes vectors of them.
const LANES: usize = 16;

/// What a batch norm keeps of its batch, `[channels]` each.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    /// Mean over N and P.
    pub mean: Vec<f32>,
    /// Biased variance over N and P.
    pub variance: Vec<f32>,
    /// 1 / √(variance + ε).
    pub inverse: Vec<f32>,
}

/// One channel's planes, one for each image.
fn planes(values: &[f32], channels: usize, channel: usize, pixels: usize) -> impl Iterator<Item = &[f32]> {
    values.chunks_exact((channels * pixels).max(1)).map(move |image| &image[channel * pixels..][..pixels])
}

/// Σ f(x) in f64, from sums of a plane's lanes in f32.
#[inline(always)]
fn sum(plane: &[f32], f: impl Fn(f32) -> f32) -> f64 {
    let mut total = 0.0;
    // Short runs, so that a lane adds up few values before they go to f64.
    for run in plane.chunks(64 * LANES) {
        let mut lanes = [0.0f32; LANES];
        let vectors = run.chunks_exact(LANES);
        let rest: f64 = vectors.remainder().iter().map(|x| f64::from(f(*x))).sum();
        for vector in vectors {
            for (lane, x) in lanes.iter_mut().zip(vector) {
                *lane += f(*x);
            }
        }
        total += rest + lanes.iter().map(|x| f64::from(*x)).sum::<f64>();
    }
    total
}

/// Mean and variance of each channel of `values`.
///
/// # Panics
/// If there are no values.
#[must_use]
pub fn statistics(values: &[f32], channels: usize, pixels: usize, epsilon: f64) -> Statistics {
    assert!(!values.is_empty(), "no values to normalise");
    let count = (values.len() / channels) as f64;
    let of = |channel| {
        super::vectorised(
            #[inline(always)]
            || {
                let mean = planes(values, channels, channel, pixels).map(|p| sum(p, |x| x)).sum::<f64>() / count;
                let near = mean as f32;
                let squares = planes(values, channels, channel, pixels).map(|p| sum(p, |x| (x - near) * (x - near)));
                // `near` is off by its rounding only, whose square is far below that of any value.
                (mean, squares.sum::<f64>() / count)
            },
        )
    };
    let all: Vec<(f64, f64)> = (0..channels).into_par_iter().map(of).collect();
    Statistics {
        mean: all.iter().map(|(mean, _)| *mean as f32).collect(),
        variance: all.iter().map(|(_, variance)| *variance as f32).collect(),
        inverse: all.iter().map(|(_, variance)| (1.0 / (variance + epsilon).sqrt()) as f32).collect(),
    }
}

/// act(γ·(x − mean)/σ + β).
#[must_use]
pub fn normalise(values: &[f32], pixels: usize, of: &Statistics, gamma: &[f32], beta: &[f32], act: Act) -> Vec<f32> {
    let channels = gamma.len();
    let mut output = vec![0.0; values.len()];
    let all = output.par_chunks_exact_mut(pixels.max(1)).zip(values.par_chunks_exact(pixels.max(1))).enumerate();
    all.for_each(|(plane, (to, from))| {
        let c = plane % channels;
        let scale = gamma[c] * of.inverse[c];
        let shift = beta[c] - of.mean[c] * scale;
        super::vectorised(
            #[inline(always)]
            || {
                for (to, x) in to.iter_mut().zip(from) {
                    *to = x.mul_add(scale, shift);
                }
                activate::apply(to, act);
            },
        );
    });
    output
}

/// Gradients of [`normalise`].
#[derive(Debug)]
pub struct NormGradients {
    /// ∂L/∂x, N×C×P.
    pub input: Vec<f32>,
    /// ∂L/∂γ, `[channels]`.
    pub gamma: Vec<f32>,
    /// ∂L/∂β, `[channels]`.
    pub beta: Vec<f32>,
}

/// Gradients of [`normalise`] of `values` with respect to all but the statistics' ε, through the statistics too.
#[must_use]
pub fn normalise_backward(
    grad: &[f32],
    values: &[f32],
    pixels: usize,
    of: &Statistics,
    gamma: &[f32],
    beta: &[f32],
    act: Act,
) -> NormGradients {
    match act {
        Act::Linear => backward(
            grad,
            values,
            pixels,
            of,
            gamma,
            beta,
            #[inline(always)]
            |_| 1.0,
        ),
        Act::Relu => backward(
            grad,
            values,
            pixels,
            of,
            gamma,
            beta,
            #[inline(always)]
            |t| f32::from(t > 0.0),
        ),
        Act::Relu6 => backward(
            grad,
            values,
            pixels,
            of,
            gamma,
            beta,
            #[inline(always)]
            |t| f32::from(t > 0.0 && t < 6.0),
        ),
        Act::LeakyRelu => backward(
            grad,
            values,
            pixels,
            of,
            gamma,
            beta,
            #[inline(always)]
            |t| if t > 0.0 { 1.0 } else { 0.2 },
        ),
        Act::Elu => backward(
            grad,
            values,
            pixels,
            of,
            gamma,
            beta,
            #[inline(always)]
            |t| if t > 0.0 { 1.0 } else { t.exp() },
        ),
        Act::Sigmoid => backward(
            grad,
            values,
            pixels,
            of,
            gamma,
            beta,
            #[inline(always)]
            |t| {
                let y = 1.0 / (1.0 + (-t).exp());
                y * (1.0 - y)
            },
        ),
    }
}

#[inline(always)]
fn backward(
    grad: &[f32],
    values: &[f32],
    pixels: usize,
    of: &Statistics,
    gamma: &[f32],
    beta: &[f32],
    slope: impl Fn(f32) -> f32 + Sync + Copy,
) -> NormGradients {
    let channels = gamma.len();
    let count = (values.len() / channels) as f64;
    // ∂L/∂β = Σ dt and ∂L/∂γ = Σ dt·x̂, with dt the gradient before the activation.
    let of_channel = |c: usize| {
        let (mean, inverse, scale) = (of.mean[c], of.inverse[c], gamma[c]);
        let shift = beta[c];
        super::vectorised(
            #[inline(always)]
            || {
                let (mut dbeta, mut dgamma) = (0.0f64, 0.0f64);
                for (grad, x) in planes(grad, channels, c, pixels).zip(planes(values, channels, c, pixels)) {
                    for (grad, x) in grad.chunks(64 * LANES).zip(x.chunks(64 * LANES)) {
                        let (mut ones, mut hats) = ([0.0f32; LANES], [0.0f32; LANES]);
                        for (grad, x) in grad.chunks(LANES).zip(x.chunks(LANES)) {
                            for i in 0..grad.len().min(LANES) {
                                let hat = (x[i] - mean) * inverse;
                                let dt = grad[i] * slope(hat.mul_add(scale, shift));
                                ones[i] += dt;
                                hats[i] += dt * hat;
                            }
                        }
                        dbeta += ones.iter().map(|x| f64::from(*x)).sum::<f64>();
                        dgamma += hats.iter().map(|x| f64::from(*x)).sum::<f64>();
                    }
                }
                (dgamma, dbeta)
            },
        )
    };
    let sums: Vec<(f64, f64)> = (0..channels).into_par_iter().map(of_channel).collect();
    let mut input = vec![0.0; values.len()];
    let all = input.par_chunks_exact_mut(pixels.max(1)).zip(grad.par_chunks_exact(pixels.max(1)));
    all.zip(values.par_chunks_exact(pixels.max(1))).enumerate().for_each(|(plane, ((to, grad), x))| {
        let c = plane % channels;
        let (mean, inverse, scale, shift) = (of.mean[c], of.inverse[c], gamma[c], beta[c]);
        let (dgamma, dbeta) = ((sums[c].0 / count) as f32, (sums[c].1 / count) as f32);
        let factor = scale * inverse;
        super::vectorised(
            #[inline(always)]
            || {
                for ((to, grad), x) in to.iter_mut().zip(grad).zip(x) {
                    let hat = (x - mean) * inverse;
                    let dt = grad * slope(hat.mul_add(scale, shift));
                    *to = factor * (dt - dbeta - hat * dgamma);
                }
            },
        );
    });
    NormGradients {
        input,
        gamma: sums.iter().map(|(gamma, _)| *gamma as f32).collect(),
        beta: sums.iter().map(|(_, beta)| *beta as f32).collect(),
    }
}

/// ∂L/∂x of y = act(x), from ∂L/∂y and y.
#[must_use]
pub fn activation_backward(grad: &[f32], output: &[f32], act: Act) -> Vec<f32> {
    match act {
        Act::Linear => grad.to_vec(),
        Act::Relu => slopes(
            grad,
            output,
            #[inline(always)]
            |y| f32::from(y > 0.0),
        ),
        Act::Relu6 => slopes(
            grad,
            output,
            #[inline(always)]
            |y| f32::from(y > 0.0 && y < 6.0),
        ),
        Act::LeakyRelu => slopes(
            grad,
            output,
            #[inline(always)]
            |y| if y > 0.0 { 1.0 } else { 0.2 },
        ),
        Act::Elu => slopes(
            grad,
            output,
            #[inline(always)]
            |y| if y > 0.0 { 1.0 } else { y + 1.0 },
        ),
        Act::Sigmoid => slopes(
            grad,
            output,
            #[inline(always)]
            |y| y * (1.0 - y),
        ),
    }
}

#[inline(always)]
fn slopes(grad: &[f32], output: &[f32], slope: impl Fn(f32) -> f32 + Sync + Copy) -> Vec<f32> {
    const RUN: usize = 1 << 14;
    let mut all = vec![0.0; grad.len()];
    all.par_chunks_mut(RUN).zip(grad.par_chunks(RUN)).zip(output.par_chunks(RUN)).for_each(|((to, grad), y)| {
        super::vectorised(
            #[inline(always)]
            || {
                for ((to, grad), y) in to.iter_mut().zip(grad).zip(y) {
                    *to = grad * slope(*y);
                }
            },
        );
    });
    all
}

/// Σ over N and P of each channel: ∂L/∂bias.
#[must_use]
pub fn channel_sums(grad: &[f32], channels: usize, pixels: usize) -> Vec<f32> {
    let of = |c| {
        super::vectorised(
            #[inline(always)]
            || planes(grad, channels, c, pixels).map(|plane| sum(plane, |x| x)).sum::<f64>(),
        ) as f32
    };
    (0..channels).into_par_iter().map(of).collect()
}
