//! The kinds of calls that are cut into tiles against the plain sum, and which these are.

use super::super::tests::{check, spec};
use super::super::{Act, Border, Spec};
use super::takes;

/// Outputs that end in the middle of a tile and blocks that are not full, borders of every kind, few and many channels.
#[test]
fn tiles_equal_the_plain_sum() {
    let activations = [Act::Linear, Act::Relu6, Act::LeakyRelu, Act::Elu, Act::Sigmoid];
    for (index, (inputs, outputs, [h, w])) in
        [(16, 16, [32, 32]), (17, 21, [45, 30]), (130, 18, [17, 61]), (20, 40, [64, 29]), (24, 16, [5, 300])]
            .into_iter()
            .enumerate()
    {
        for padding in [[(1, 1), (1, 1)], [(0, 0), (0, 0)], [(2, 0), (0, 3)]] {
            for border in [Border::Zeros, Border::Reflect] {
                let activation = activations[index];
                let spec = Spec { padding, border, activation, ..spec(inputs, outputs, [3, 3], 1) };
                assert!(takes(&spec, 2, h, w), "{spec:?} at {h}×{w}");
                check(spec, 2, h, w);
            }
        }
    }
}

#[test]
fn other_calls_are_left_to_the_plain_kernel() {
    let fits = spec(16, 16, [3, 3], 1);
    assert!(takes(&fits, 1, 32, 32));
    for (spec, [h, w]) in [
        (spec(15, 16, [3, 3], 1), [32, 32]),
        (spec(16, 16, [5, 5], 1), [32, 32]),
        (spec(16, 16, [3, 3], 2), [64, 64]),
        (Spec { groups: 2, ..spec(32, 32, [3, 3], 1) }, [32, 32]),
        // Too few tiles, and tiles of which most lies outside.
        (fits, [28, 32]),
        (fits, [1, 400]),
    ] {
        assert!(!takes(&spec, 1, h, w), "{spec:?} at {h}×{w}");
    }
}
