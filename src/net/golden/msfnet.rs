//! The rows of MSFNet, its parts and switches, sizes and costs (reference.md 4.7).

use super::{Fill, close, input};
use crate::net::block::macs_of;
use crate::net::config::{GateKind, MsfnetConfig, OutputActivation, RdrIntegrate, UsfPool};
use crate::net::msfnet::Msfnet;
use crate::net::tap::{Recorder, Tap};
use crate::net::visit::Network;
use burn::tensor::{Device, Tensor};

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
        MsfnetConfig { usf_pool: UsfPool::Max, ..base.clone() },
        MsfnetConfig { eda_inline: true, usf: false, ..base.clone() },
        MsfnetConfig { output: OutputActivation::Softplus, align_corners: false, ..base.clone() },
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
