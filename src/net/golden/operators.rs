//! The rows of gates, Up-block and RDR, and the operators of B.2.

use super::{Fill, check, close, input};
use crate::device::to_host;
use crate::net::config::{GateKind, RdrIntegrate};
use crate::net::gate::SpatialGate;
use crate::net::ops;
use crate::net::rdr::Rdr;
use crate::net::tap::Recorder;
use crate::net::usf::UpBlock;
use crate::net::visit::Fold;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

#[test]
fn gates() {
    let device = Device::flex();
    let x = input("feat", [1, 8, 9, 11], true);
    let mut cbam = SpatialGate::new(GateKind::CbamS, &device);
    cbam.walk(&mut Fill, "spatial.").unwrap();
    let row = [-0.009000624, 0.2443692, -0.6011794, 0.5827266, -0.3475206, 0.2224959, 0.3534205, 0.05732864, 0.1092743];
    check("cbam", cbam.forward(x.clone(), &mut ()), [1, 8, 9, 11], row);
    let mut eda = SpatialGate::new(GateKind::Eda, &device);
    eda.walk(&mut Fill, "").unwrap();
    let row = [-0.01308455, 0.3683822, -0.781806, 0.7725096, -0.4529207, 0.2578036, 0.4095045, 0.06642608, 0.126615];
    check("eda", eda.forward(x.clone(), &mut ()), [1, 8, 9, 11], row);
    let row = [0.1231287, 0.1689963, 0.0, 0.6274365, 0.0, 0.2295022, 0.3645496, 0.05913391, 0.1127154];
    check("eda relu", eda.forward(relu(x.clone()), &mut ()), [1, 8, 9, 11], row);
    // The gate that the window shows is the gate that was applied, folded or not.
    let mut seen = Recorder::default();
    let out = eda.forward(x.clone(), &mut seen);
    let again = x.clone() * seen.get("gate.map").unwrap().clone();
    assert_eq!(to_host(out.clone()).unwrap(), to_host(again).unwrap());
    eda.walk(&mut Fold, "").unwrap();
    close("folded gate", eda.forward(x, &mut ()), out, 1e-5);
}
#[test]
fn eda_is_cbam_with_swapped_inputs_when_the_minimum_is_zero() {
    let device = Device::flex();
    let x = relu(input("feat", [1, 8, 9, 11], true));
    let zero = Tensor::zeros([1, 1, 9, 11], &device);
    let x = Tensor::cat(vec![x.narrow(1, 0, 7), zero], 1);
    let mut taps = (Recorder::default(), Recorder::default());
    SpatialGate::new(GateKind::Eda, &device).forward(x.clone(), &mut taps.0);
    SpatialGate::new(GateKind::CbamS, &device).forward(x, &mut taps.1);
    assert_eq!(to_host(taps.0.get("gate.min").unwrap().clone()).unwrap(), vec![0.0; 99]);
    // With equal pools the two gates differ only in the order of the two maps.
    for name in ["gate.max", "gate.avg"] {
        let both = [&taps.0, &taps.1].map(|t| to_host(t.get(name).unwrap().clone()).unwrap());
        assert_eq!(both[0], both[1], "{name}");
    }
}

#[test]
fn up_block_and_rdr() {
    let device = Device::flex();
    let mut up = UpBlock::new(8, 2, 16, &device);
    up.walk(&mut Fill, "").unwrap();
    let row = [-0.01913341, 0.2363267, -0.8924981, 0.8773806, -0.1839223, -0.07635424, 0.3791695, 0.4320075, 0.1155418];
    check("up block", up.forward(input("feat", [1, 8, 5, 7], false)), [1, 16, 10, 14], row);
    let mut rdr = Rdr::new(64, RdrIntegrate::Concat, &device);
    rdr.walk(&mut Fill, "").unwrap();
    let x = input("feat64", [1, 64, 6, 9], true);
    let row = [-0.006694914, 0.4845981, -1.627506, 1.872404, 0.1692638, 0.7357942, 0.211519, 0.1941253, 0.1032143];
    let y = rdr.forward(x.clone());
    check("rdr", y.clone(), [1, 64, 6, 9], row);
    rdr.walk(&mut Fold, "").unwrap();
    close("folded rdr", rdr.forward(x), y, 1e-5);
}

fn plane() -> Tensor<4> {
    Tensor::from_floats([[[[1., 2., 4., 8.], [3., 5., 7., 9.], [0., 6., 2., 4.]]]], &Device::flex())
}

fn rows(t: Tensor<4>) -> Vec<f32> {
    to_host(t).unwrap()
}

fn same(what: &str, t: Tensor<4>, expected: &[f32]) {
    let ours = rows(t);
    assert_eq!(ours.len(), expected.len(), "{what}");
    for (a, b) in ours.iter().zip(expected) {
        assert!((a - b).abs() < 2e-6 * b.abs().max(1.0), "{what}: {ours:?}");
    }
}

#[test]
fn operators() {
    #[rustfmt::skip]
    same("bilinear, aligned corners", ops::resize(plane(), [5, 7], true), &[
        1., 1.5, 2., 3., 4., 6., 8., 2., 2.75, 3.5, 4.5, 5.5, 7., 8.5, 3., 4., 5., 6., 7., 8., 9.,
        1.5, 3.5, 5.5, 5., 4.5, 5.5, 6.5, 0., 3., 6., 4., 2., 3., 4.]);
    #[rustfmt::skip]
    same("bilinear, half pixels", ops::resize(plane(), [5, 7], false), &[
        1., 1.3571429, 1.9285714, 3., 4.2857143, 6.5714286, 8., 1.8, 2.3, 3.1, 4.2, 5.4285714, 7.2571429, 8.4,
        3., 3.7142857, 4.8571429, 6., 7.1428571, 8.2857143, 9., 1.2, 2.7714286, 5.2857143, 4.8, 4.1428571, 5.2857143,
        6., 0., 2.1428571, 5.5714286, 4., 2.1428571, 3.2857143, 4.]);
    let shrunk = [1.7083333, 3.75, 7.6666667, 1.5833333, 4.5, 4.9166667];
    same("bilinear, shrinking", ops::resize(plane(), [2, 3], false), &shrunk);
    same("adaptive average, down", ops::adaptive_average(plane(), [2, 3]), &[2.75, 4.5, 7., 3.5, 5., 5.5]);
    #[rustfmt::skip]
    same("adaptive average, up", ops::adaptive_average(plane(), [4, 6]), &[
        1., 1.5, 2., 4., 6., 8., 2., 2.75, 3.5, 5.5, 7., 8.5, 1.5, 3.5, 5.5, 4.5, 5.5, 6.5, 0., 3., 6., 2., 3., 4.]);
    same("adaptive max, up and down", ops::adaptive_max(plane(), [2, 3]), &[5., 7., 9., 6., 7., 9.]);
    same("max pool, ceil", ops::max_pool(plane(), 3, 2, 0, true), &[7., 9.]);
    same("max pool, padded", ops::max_pool(plane(), 3, 2, 1, false), &[5., 9., 6., 9.]);
    let counted = Tensor::<1, burn::tensor::Int>::arange(0..16, &Device::flex()).float().reshape([1, 4, 2, 2]);
    #[rustfmt::skip]
    same("pixel shuffle", ops::pixel_shuffle(counted, 2),
        &[0., 4., 1., 5., 8., 12., 9., 13., 2., 6., 3., 7., 10., 14., 11., 15.]);
    let counted = Tensor::<1, burn::tensor::Int>::arange(0..8, &Device::flex()).float().reshape([1, 8, 1, 1]);
    same("pixel shuffle, channels", ops::pixel_shuffle(counted, 2), &[0., 1., 2., 3., 4., 5., 6., 7.]);
}
