//! Activations with an exponential in them. They go over the finished rows of a block while these are in the cache:
//! plain arithmetic without calls or branches, which the compiler turns into whole vectors of the unit's instruction set.

use super::Act;

/// What is left to be applied to rows that the micro-kernel has stored; it applies the cheap activations itself.
#[inline(always)]
pub(super) fn finish(rows: &mut [f32], activation: Act) {
    match activation {
        // Loops, as a closure may end up outside the code that is made for the instruction set.
        Act::Elu => {
            for x in rows {
                *x = elu(*x);
            }
        }
        Act::Sigmoid => {
            for x in rows {
                *x = sigmoid(*x);
            }
        }
        Act::Linear | Act::Relu | Act::Relu6 | Act::LeakyRelu => {}
    }
}

/// Applies any activation.
#[inline(always)]
pub(super) fn apply(rows: &mut [f32], activation: Act) {
    match activation {
        Act::Relu => rows.iter_mut().for_each(|x| *x = if *x > 0.0 { *x } else { 0.0 * *x }),
        Act::Relu6 => rows.iter_mut().for_each(|x| *x = x.clamp(0.0, 6.0)),
        Act::LeakyRelu => rows.iter_mut().for_each(|x| *x = if *x > 0.0 { *x } else { 0.2 * *x }),
        Act::Linear | Act::Elu | Act::Sigmoid => finish(rows, activation),
    }
}

/// x, or eˣ − 1 below zero, to a few units of the last place also where eˣ is almost 1. A NaN stays one.
#[inline(always)]
fn elu(x: f32) -> f32 {
    let (power, rest) = exp_parts(x);
    if x > 0.0 { x } else { power * rest + (power - 1.0) }
}

/// 1/(1 + e⁻ˣ), from the exponential that cannot overflow. A NaN stays one.
#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    let (power, rest) = exp_parts(-x.abs());
    let small = power * rest + power;
    let above = if x >= 0.0 { 1.0 } else { small };
    above / (1.0 + small)
}

/// For x ≤ 0 with x = k·ln 2 + r: 2ᵏ and eʳ − 1, |r| ≤ ½ ln 2. Below −87, where eˣ leaves single precision, as at −87.
#[inline(always)]
fn exp_parts(x: f32) -> (f32, f32) {
    /// 1.5·2²³: adding it rounds to a whole number, which then stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts; k times the first is exact.
    const LN2: [f32; 2] = [355.0 / 512.0, -2.121_944_4e-4];
    // Written as comparisons: a NaN fails them and passes.
    let x = if x < -87.0 { -87.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = x - k * LN2[0] - k * LN2[1];
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0f32.to_bits()));
    // Taylor to r⁷: what is left out is below 2e-8 of the whole.
    let series = 1.0 / 720.0 + r * (1.0 / 5040.0);
    let series = 1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * series));
    (power, r + r * r * (0.5 + r * series))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest relative error against f64 over −90…90, denser near zero.
    fn worst(ours: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) -> f64 {
        let steps = (-450_000..=450_000).map(|i| i as f32 / 5000.0);
        let near = (0..2000).map(|i| (10f32).powf(-8.0 + i as f32 / 250.0)).flat_map(|x| [x, -x]);
        let error = |x: f32| (f64::from(ours(x)) / exact(f64::from(x)) - 1.0).abs();
        // e^-87.4 is the last normal number: what follows is denormal, and as good as zero.
        steps.chain(near).filter(|x| *x != 0.0 && x.abs() < 87.0).map(error).fold(0.0, f64::max)
    }

    #[test]
    fn both_are_exact_to_a_few_units_of_the_last_place() {
        let elu_error = worst(elu, |x| if x > 0.0 { x } else { x.exp_m1() });
        let sigmoid_error = worst(sigmoid, |x| 1.0 / (1.0 + (-x).exp()));
        assert!(elu_error < 4e-7, "{elu_error}");
        assert!(sigmoid_error < 4e-7, "{sigmoid_error}");
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!(elu(0.0), 0.0);
        assert_eq!([elu(f32::NEG_INFINITY), elu(-1e30), elu(1e30)], [-1.0, -1.0, 1e30]);
        assert_eq!(elu(f32::INFINITY), f32::INFINITY);
        assert_eq!([sigmoid(0.0), sigmoid(f32::INFINITY), sigmoid(200.0)], [0.5, 1.0, 1.0]);
        assert!((0.0..1e-37).contains(&sigmoid(f32::NEG_INFINITY)));
        assert!(elu(f32::NAN).is_nan() && sigmoid(f32::NAN).is_nan());
    }
}
