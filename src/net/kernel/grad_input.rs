//! The gradient of a convolution's input: a convolution of the output's gradient, spread out by the stride, with the
//! kernel turned around and its channels exchanged; the same micro-kernel does it.

use super::{Act, Border, Packed, Spec};
use rayon::prelude::*;
use std::borrow::Cow;

/// ∂L/∂input (`n`×inputs×`h`×`w`) from ∂L/∂output `grad` (`n`×outputs×height×width) and the `weight`
/// (outputs × inputs/groups × kernel height × kernel width) of a convolution whose border is zeros and narrower than the
/// kernel.
///
/// # Panics
/// If a length does not fit, or the border is as wide as the kernel.
#[must_use]
pub fn input_gradient(spec: &Spec, weight: &[f32], grad: &[f32], n: usize, h: usize, w: usize) -> Vec<f32> {
    let ([kh, kw], s) = (spec.kernel, spec.stride);
    let [oh, ow] = spec.output_size(h, w);
    assert_eq!(grad.len(), n * spec.outputs * oh * ow, "gradient of {spec:?}");
    if oh * ow == 0 {
        return vec![0.0; n * spec.inputs * h * w];
    }
    let spread = |size: usize| (size - 1) * s + 1;
    let (grad, gh, gw) = match s {
        1 => (Cow::Borrowed(grad), oh, ow),
        _ => (Cow::Owned(dilated(grad, oh, ow, s)), spread(oh), spread(ow)),
    };
    // The last rows that no window of a stride reached have no gradient: the border after is longer by them.
    let around = |size: usize, spread: usize, k: usize, before: usize| (k - 1 - before, size + before - spread);
    let back = Spec {
        inputs: spec.outputs,
        outputs: spec.inputs,
        kernel: spec.kernel,
        stride: 1,
        padding: [around(h, gh, kh, spec.padding[0].0), around(w, gw, kw, spec.padding[1].0)],
        border: Border::Zeros,
        groups: spec.groups,
        activation: Act::Linear,
    };
    let (gradient, size) = Packed::new(&turned(spec, weight), None, back).run(&grad, n, gh, gw);
    debug_assert_eq!(size, [h, w]);
    gradient
}

/// Outputs and inputs of each group exchanged, taps in reverse.
fn turned(spec: &Spec, weight: &[f32]) -> Vec<f32> {
    let (outputs, inputs) = (spec.outputs / spec.groups, spec.inputs / spec.groups);
    let taps = spec.kernel[0] * spec.kernel[1];
    let mut turned = vec![0.0; weight.len()];
    let groups = turned.chunks_exact_mut((outputs * inputs * taps).max(1));
    for (turned, weight) in groups.zip(weight.chunks_exact((outputs * inputs * taps).max(1))) {
        for output in 0..outputs {
            for input in 0..inputs {
                let from = &weight[(output * inputs + input) * taps..][..taps];
                let to = &mut turned[(input * outputs + output) * taps..][..taps];
                to.iter_mut().zip(from.iter().rev()).for_each(|(to, from)| *to = *from);
            }
        }
    }
    turned
}

/// Planes of `h`×`w` with `s` − 1 zeros between two rows and between two columns.
fn dilated(values: &[f32], h: usize, w: usize, s: usize) -> Vec<f32> {
    let (wide, tall) = ((w - 1) * s + 1, (h - 1) * s + 1);
    let mut all = vec![0.0; values.len() / (h * w) * tall * wide];
    all.par_chunks_exact_mut(tall * wide).zip(values.par_chunks_exact(h * w)).for_each(|(to, from)| {
        for (to, from) in to.chunks_mut(s * wide).zip(from.chunks_exact(w)) {
            to[..wide].iter_mut().step_by(s).zip(from).for_each(|(to, from)| *to = *from);
        }
    });
    all
}
