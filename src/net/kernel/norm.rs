//! Batch normalisation with the activation behind it, for training: two passes over the features forward, two backward.
//! Features are N×C×P (`pixels` a plane); a channel is one task, so that sums do not depend on the number of threads.

use super::slope::before;
use super::{Act, Loops, activate, vectorised};
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

/// One channel of N×C×P values.
#[derive(Clone, Copy)]
struct Channel<'a> {
    values: &'a [f32],
    channels: usize,
    channel: usize,
    pixels: usize,
}

impl<'a> Channel<'a> {
    /// Its planes, one for each image.
    #[inline(always)]
    fn planes(self) -> impl Iterator<Item = &'a [f32]> {
        let Self { values, channels, channel, pixels } = self;
        values.chunks_exact((channels * pixels).max(1)).map(move |image| &image[channel * pixels..][..pixels])
    }
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

#[inline(always)]
fn same(x: f32) -> f32 {
    x
}

/// Mean and variance of a channel of `count` values.
struct Moments<'a> {
    of: Channel<'a>,
    count: f64,
}

impl Loops for Moments<'_> {
    type Output = (f64, f64);
    #[inline(always)]
    fn run(self) -> (f64, f64) {
        let Self { of, count } = self;
        let (mut mean, mut squares) = (0.0, 0.0);
        for plane in of.planes() {
            mean += sum(plane, same);
        }
        mean /= count;
        let near = mean as f32;
        // `near` is off by its rounding only, whose square is far below that of any value.
        for plane in of.planes() {
            squares += sum(plane, |x| (x - near) * (x - near));
        }
        (mean, squares / count)
    }
}

/// Mean and variance of each channel of `values`.
///
/// # Panics
/// If there are no values.
#[must_use]
pub fn statistics(values: &[f32], channels: usize, pixels: usize, epsilon: f64) -> Statistics {
    assert!(!values.is_empty(), "no values to normalise");
    let count = (values.len() / channels) as f64;
    let of = |channel| vectorised(Moments { of: Channel { values, channels, channel, pixels }, count });
    let all: Vec<(f64, f64)> = (0..channels).into_par_iter().map(of).collect();
    Statistics {
        mean: all.iter().map(|(mean, _)| *mean as f32).collect(),
        variance: all.iter().map(|(_, variance)| *variance as f32).collect(),
        inverse: all.iter().map(|(_, variance)| (1.0 / (variance + epsilon).sqrt()) as f32).collect(),
    }
}

/// act(scale·x + shift).
struct Affine<'a> {
    to: &'a mut [f32],
    from: &'a [f32],
    scale: f32,
    shift: f32,
    act: Act,
}

impl Loops for Affine<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { to, from, scale, shift, act } = self;
        for (to, x) in to.iter_mut().zip(from) {
            *to = x.mul_add(scale, shift);
        }
        activate::apply(to, act);
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
        vectorised(Affine { to, from, scale, shift, act });
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
        Act::Linear => backward(grad, values, pixels, of, gamma, beta, before::linear),
        Act::Relu => backward(grad, values, pixels, of, gamma, beta, before::relu),
        Act::Relu6 => backward(grad, values, pixels, of, gamma, beta, before::relu6),
        Act::LeakyRelu => backward(grad, values, pixels, of, gamma, beta, before::leaky_relu),
        Act::Elu => backward(grad, values, pixels, of, gamma, beta, before::elu),
        Act::Sigmoid => backward(grad, values, pixels, of, gamma, beta, before::sigmoid),
    }
}

/// What a channel is normalised and moved by.
#[derive(Clone, Copy)]
struct Line {
    mean: f32,
    inverse: f32,
    scale: f32,
    shift: f32,
}

/// ∂L/∂γ = Σ dt·x̂ and ∂L/∂β = Σ dt of a channel, with dt the gradient before the activation.
struct Projections<'a, F> {
    grad: Channel<'a>,
    x: Channel<'a>,
    by: Line,
    slope: F,
}

impl<F: Fn(f32) -> f32> Loops for Projections<'_, F> {
    type Output = (f64, f64);
    #[inline(always)]
    fn run(self) -> (f64, f64) {
        let Self { grad, x, by, slope } = self;
        let (mut dbeta, mut dgamma) = (0.0f64, 0.0f64);
        for (grad, x) in grad.planes().zip(x.planes()) {
            for (grad, x) in grad.chunks(64 * LANES).zip(x.chunks(64 * LANES)) {
                let (mut ones, mut hats) = ([0.0f32; LANES], [0.0f32; LANES]);
                let mut one = |i: usize, grad: f32, x: f32| {
                    let hat = (x - by.mean) * by.inverse;
                    let dt = grad * slope(hat.mul_add(by.scale, by.shift));
                    ones[i] += dt;
                    hats[i] += dt * hat;
                };
                let (whole, rest) = (grad.chunks_exact(LANES), grad.chunks_exact(LANES).remainder());
                for (grad, x) in whole.zip(x.chunks_exact(LANES)) {
                    for i in 0..LANES {
                        one(i, grad[i], x[i]);
                    }
                }
                for (i, (grad, x)) in rest.iter().zip(x.chunks_exact(LANES).remainder()).enumerate() {
                    one(i, *grad, *x);
                }
                dbeta += ones.iter().map(|x| f64::from(*x)).sum::<f64>();
                dgamma += hats.iter().map(|x| f64::from(*x)).sum::<f64>();
            }
        }
        (dgamma, dbeta)
    }
}

/// A plane of ∂L/∂x, through the statistics too: `dgamma` and `dbeta` are means over the channel.
struct Through<'a, F> {
    to: &'a mut [f32],
    grad: &'a [f32],
    x: &'a [f32],
    by: Line,
    dgamma: f32,
    dbeta: f32,
    slope: F,
}

impl<F: Fn(f32) -> f32> Loops for Through<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { to, grad, x, by, dgamma, dbeta, slope } = self;
        let factor = by.scale * by.inverse;
        for ((to, grad), x) in to.iter_mut().zip(grad).zip(x) {
            let hat = (x - by.mean) * by.inverse;
            let dt = grad * slope(hat.mul_add(by.scale, by.shift));
            *to = factor * (dt - dbeta - hat * dgamma);
        }
    }
}

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
    let line = |c: usize| {
        let (mean, inverse, scale) = (of.mean[c], of.inverse[c], gamma[c]);
        Line { mean, inverse, scale, shift: beta[c] }
    };
    let of_channel = |channel: usize| {
        let part = |values| Channel { values, channels, channel, pixels };
        vectorised(Projections { grad: part(grad), x: part(values), by: line(channel), slope })
    };
    let sums: Vec<(f64, f64)> = (0..channels).into_par_iter().map(of_channel).collect();
    let mut input = vec![0.0; values.len()];
    let all = input.par_chunks_exact_mut(pixels.max(1)).zip(grad.par_chunks_exact(pixels.max(1)));
    all.zip(values.par_chunks_exact(pixels.max(1))).enumerate().for_each(|(plane, ((to, grad), x))| {
        let c = plane % channels;
        let (dgamma, dbeta) = ((sums[c].0 / count) as f32, (sums[c].1 / count) as f32);
        vectorised(Through { to, grad, x, by: line(c), dgamma, dbeta, slope });
    });
    NormGradients {
        input,
        gamma: sums.iter().map(|(gamma, _)| *gamma as f32).collect(),
        beta: sums.iter().map(|(_, beta)| *beta as f32).collect(),
    }
}

/// Σ over N and P of each channel: ∂L/∂bias.
#[must_use]
pub fn channel_sums(grad: &[f32], channels: usize, pixels: usize) -> Vec<f32> {
    let of = |channel| vectorised(Total(Channel { values: grad, channels, channel, pixels })) as f32;
    (0..channels).into_par_iter().map(of).collect()
}

struct Total<'a>(Channel<'a>);

impl Loops for Total<'_> {
    type Output = f64;
    #[inline(always)]
    fn run(self) -> f64 {
        self.0.planes().map(|plane| sum(plane, same)).sum()
    }
}
