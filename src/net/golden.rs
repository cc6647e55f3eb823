//! Golden vectors of reference.md Appendix B on the CPU device: deterministic parameters, expected statistics.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::excessive_precision)] // the vectors as they are printed

use super::block::macs_of;
use super::config::{GateKind, MsfnetConfig, RdrIntegrate};
use super::gate::SpatialGate;
use super::msfnet::Msfnet;
use super::ops;
use super::rdr::Rdr;
use super::tap::{Recorder, Tap};
use super::usf::UpBlock;
use super::visit::{Fold, Network, Visitor};
use crate::device::to_host;
use crate::error::Result;
use burn::module::{Param, RunningState};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};

/// The deterministic number stream of B.1: `count` values of u for a name.
fn stream(name: &str, count: usize) -> Vec<f64> {
    let h = name.bytes().fold(2_166_136_261u32, |h, b| (h ^ u32::from(b)).wrapping_mul(16_777_619));
    (0..count as u32)
        .map(|j| {
            let mut x = h ^ j.wrapping_mul(0x9E37_79B1);
            x ^= x >> 16;
            x = x.wrapping_mul(0x85EB_CA6B);
            x ^= x >> 13;
            x = x.wrapping_mul(0xC2B2_AE35);
            x ^= x >> 16;
            f64::from(x) / 4_294_967_296.0
        })
        .collect()
}

/// Fills a network as B.1 says.
struct Fill;

impl Visitor for Fill {
    fn param<const D: usize>(&mut self, name: &str, param: &mut Param<Tensor<D>>) -> Result<()> {
        let shape = param.val().dims();
        let count: usize = shape.iter().product();
        let fan_in = (count / shape[0]) as f64;
        let value = |u: f64| {
            let v = 2.0 * u - 1.0;
            let x = match () {
                () if name.ends_with("bias") => 0.1 * v,
                () if D >= 2 => v * (3.0 / fan_in).sqrt(),
                () => 1.0 + 0.1 * v,
            };
            x as f32
        };
        let values: Vec<f32> = stream(name, count).into_iter().map(value).collect();
        *param = Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), &Device::flex()));
        Ok(())
    }

    fn state(&mut self, name: &str, state: &mut RunningState<Tensor<1>>) -> Result<()> {
        let count = state.value().dims()[0];
        let mean = name.ends_with("running_mean");
        let value = |u: f64| (if mean { 0.1 * (2.0 * u - 1.0) } else { 1.0 + 0.2 * (2.0 * u - 1.0) }) as f32;
        let values: Vec<f32> = stream(name, count).into_iter().map(value).collect();
        *state = RunningState::new(Tensor::from_data(TensorData::new(values, [count]), &Device::flex()));
        Ok(())
    }
}

fn input(name: &str, shape: [usize; 4], signed: bool) -> Tensor<4> {
    let map = |u: f64| if signed { (2.0 * u - 1.0) as f32 } else { u as f32 };
    let values: Vec<f32> = stream(name, shape.iter().product()).into_iter().map(map).collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

/// One row of the table: mean, population std, min, max, five samples; agreement to 1e-4 of the std.
fn check(what: &str, tensor: Tensor<4>, shape: [usize; 4], row: [f64; 9]) {
    assert_eq!(tensor.dims(), shape, "{what}");
    let v: Vec<f64> = to_host(tensor).unwrap().into_iter().map(f64::from).collect();
    let n = v.len();
    let mean = v.iter().sum::<f64>() / n as f64;
    let std = (v.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
    let min = v.iter().copied().fold(f64::INFINITY, f64::min);
    let max = v.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut ours = vec![mean, std, min, max];
    ours.extend((0..5).map(|k| v[k * (n - 1) / 4]));
    for (i, (a, b)) in ours.iter().zip(row).enumerate() {
        assert!((a - b).abs() <= 1e-4 * row[1], "{what}: column {i} is {a}, expected {b}");
    }
}

#[test]
fn the_stream_is_that_of_appendix_b() {
    let u = stream("input", 4);
    for (a, b) in u.iter().zip([0.799_033_14, 0.734_717_44, 0.366_913_45, 0.501_307_95]) {
        assert!((a - b).abs() < 1e-8);
    }
    assert!((stream("conv1.weight", 1)[0] - 0.954_418_84).abs() < 1e-8);
}

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

fn close(what: &str, a: Tensor<4>, b: Tensor<4>, relative: f32) {
    let (a, b) = (to_host(a).unwrap(), to_host(b).unwrap());
    let top = b.iter().fold(0f32, |m, v| m.max(v.abs()));
    let worst = a.iter().zip(&b).fold(0f32, |m, (x, y)| m.max((x - y).abs()));
    assert!(worst <= relative * top, "{what}: largest difference {worst} of {top}");
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

/// Table III on Lite0: parameters of each row, and every switch builds a network that runs.
#[test]
fn ablation_rows_and_switches() {
    let device = Device::flex();
    let base = MsfnetConfig::default();
    let count = |config: &MsfnetConfig| Msfnet::new(config, &device).unwrap().parameter_count().unwrap();
    let rows = [
        (MsfnetConfig { usf: false, gate: GateKind::None, ..base.clone() }, 3_795_233),
        (MsfnetConfig { gate: GateKind::None, ..base.clone() }, 5_856_210),
        (MsfnetConfig { gate: GateKind::CbamS, ..base.clone() }, 5_856_423),
        (base.clone(), 5_856_423),
    ];
    for (config, parameters) in rows {
        assert_eq!(count(&config), parameters, "{config:?}");
    }
    let switches = [
        MsfnetConfig { usf_width: 8, ..base.clone() },
        MsfnetConfig { rdr_integrate: RdrIntegrate::Add, ..base.clone() },
        MsfnetConfig { usf_pool: super::config::UsfPool::Max, ..base.clone() },
        MsfnetConfig { eda_inline: true, usf: false, ..base.clone() },
        MsfnetConfig { output: super::config::OutputActivation::Softplus, align_corners: false, ..base.clone() },
    ];
    for config in switches {
        let net = Msfnet::new(&config, &device).unwrap();
        let out = net.forward(input("input", [1, 3, 57, 76], false), &mut ());
        assert_eq!(out.y.dims(), [1, 1, 29, 38], "{config:?}");
    }
    assert!(Msfnet::new(&MsfnetConfig { usf: false, ..base }, &device).is_err());
}

#[test]
fn folding_changes_nothing_and_cost_is_the_table_s() {
    let device = Device::flex();
    let mut net = Msfnet::new(&MsfnetConfig::default(), &device).unwrap();
    net.walk(&mut Fill).unwrap();
    let x = input("input", [1, 3, 57, 76], false);
    let mut before = Recorder::default();
    net.forward(x.clone(), &mut before);
    let mut after = Recorder::default();
    net.clone().fold().unwrap().forward(x, &mut after);
    assert_eq!(before.seen.len(), after.seen.len());
    for ((name, a), (_, b)) in after.seen.into_iter().zip(before.seen) {
        close(name, a, b, 1e-4);
    }
    let x = Tensor::zeros([1, 3, 228, 304], &device);
    let (out, macs) = macs_of(|| net.forward(x, &mut ()));
    drop(out);
    assert_eq!((macs as f64 / 1e7).round() / 100.0, 4.04);
}

#[test]
fn a_state_dict_survives_the_round_trip_and_faults_are_named() {
    let device = Device::flex();
    let mut net = Msfnet::new(&MsfnetConfig::default(), &device).unwrap();
    net.walk(&mut Fill).unwrap();
    let saved = net.to_weights().unwrap();
    let mut other = Msfnet::new(&MsfnetConfig::default(), &device).unwrap();
    let mut taken = saved.clone();
    other.load_weights(&mut taken).unwrap();
    assert!(taken.is_empty());
    assert_eq!(other.to_weights().unwrap(), saved);
    let mut without = saved.clone().renamed(|n| (n != "refine2.bias").then(|| n.to_owned()));
    assert!(other.load_weights(&mut without).unwrap_err().to_string().contains("refine2.bias"));
    let baseline = MsfnetConfig { gate: GateKind::None, usf: false, ..MsfnetConfig::default() };
    let mut small = Msfnet::new(&baseline, &device).unwrap();
    let error = small.load_weights(&mut saved.clone()).unwrap_err().to_string();
    assert!(error.contains("refine1.weight") && error.contains("shape"), "{error}");
}

#[test]
fn an_idle_tap_is_never_active() {
    const { assert!(!<() as Tap>::ACTIVE) }
}
