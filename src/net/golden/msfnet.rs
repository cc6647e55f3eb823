//! The rows of MSFNet, its parts and switches, sizes and costs (reference.md 4.7).

use super::{Fill, Fixture, check, close, input};
use crate::device::to_host;
use crate::net::block::macs_of;
use crate::net::config::{EdaSource, EncoderKind, GateKind, MsfnetConfig, OutputActivation, RdrIntegrate, UsfPool};
use crate::net::encoder::decoder_width;
use crate::net::msfnet::Msfnet;
use crate::net::tap::{Recorder, Tap};
use crate::net::visit::Network;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

fn filled(config: &MsfnetConfig) -> Msfnet {
    let mut net = Msfnet::new(config, &Device::flex()).unwrap();
    net.walk(&mut Fill).unwrap();
    net
}

/// y and the auxiliary predictions of an input that is not normalised, as the rows are.
fn outputs(net: &Msfnet) -> [Option<Tensor<4>>; 3] {
    let out = net.forward_normalised(input("input", [1, 3, 57, 76], false), &mut ());
    let [aux2, aux3] = net.auxiliary(&out);
    [Some(out.y), aux2, aux3]
}

/// The rows of B.1; and, made with PyTorch by the same rules, those of a gate whose input is before stage 3's last ReLU
/// (A5) and whose output stage 4 and the decoder see, behind that ReLU (A2).
#[test]
fn rows_of_msfnet() {
    use EdaSource::{PostRelu, PreRelu};
    type Rows = [Option<[f64; 9]>; 3];
    #[rustfmt::skip]
    let table: [(EncoderKind, EdaSource, bool, Rows); 3] = [
        (EncoderKind::Resnet18, PostRelu, false, [
            Some([0.1233254, 0.1130186, -0.2456257, 0.5362114, -0.01243154, 0.2041986, 0.1109128, 0.2202933, 0.04998549]),
            Some([-0.0739743, 0.1122886, -0.3840547, 0.01267149, 0.003060737, -0.3840547, -0.3418821, -0.04005874, 0.01267149]),
            Some([0.1678608, 0.2163139, -0.4271646, 0.9202908, 0.1921584, 0.7087036, -0.03963322, 0.1054086, 0.2510932])]),
        (EncoderKind::Resnet18, PreRelu, true, [
            Some([0.1305462, 0.1138512, -0.1867031, 0.5721388, -0.01797808, 0.1970663, 0.05561053, 0.272443, 0.05377518]),
            Some([-0.06511484, 0.1428559, -0.5756088, 0.01031009, 0.008609034, -0.3438247, -0.5756088, -0.02119465, 0.01031009]),
            Some([0.1675102, 0.2123697, -0.4057448, 0.9613058, 0.1568981, 0.6648432, -0.07053597, 0.1639988, 0.2622716])]),
        (EncoderKind::SeResnet50, PreRelu, false, [
            Some([0.06457672, 0.092032, -0.2021006, 0.3394993, 0.02545468, 0.004790751, 0.1571984, -0.1447418, 0.07853433]),
            Some([-0.009231725, 0.01667207, -0.04635896, 0.01720425, 0.01052995, -0.02693004, -0.009131706, -0.01041326, 0.01609167]),
            None]),
    ];
    for (encoder, eda_source, eda_inline, rows) in table {
        let net = filled(&MsfnetConfig { encoder, eda_source, eda_inline, ..MsfnetConfig::default() });
        let all = |net: &Msfnet, how: &str| {
            let shapes = [[1, 1, 29, 38], [1, 1, 4, 5], [1, 1, 29, 38]];
            for (i, ((row, ours), shape)) in rows.into_iter().zip(outputs(net)).zip(shapes).enumerate() {
                if let Some(row) = row {
                    let what = format!("{encoder:?} {eda_source:?} {eda_inline} {how}, output {i}");
                    check(&what, ours.unwrap(), shape, row);
                }
            }
        };
        all(&net, "as trained");
        all(&net.fold().unwrap(), "folded");
    }
}

/// Every encoder carries every gate, with its normalisation inside: all values of the fixtures.
#[test]
fn msfnet_on_every_encoder() {
    for encoder in EncoderKind::ALL {
        let fixture = Fixture::of(encoder);
        let gates = [(GateKind::Eda, "eda"), (GateKind::CbamS, "cbam_s"), (GateKind::None, "none")];
        // The gates know nothing of the encoder; filling the largest thrice would take longer than all others together.
        let large = decoder_width(encoder) == 1024;
        for (gate, name) in gates.into_iter().take(if large { 1 } else { 3 }) {
            let net = filled(&MsfnetConfig { encoder, gate, ..MsfnetConfig::default() }).fold().unwrap();
            let out = net.forward(input("input", [1, 3, 57, 76], false), &mut ());
            let [aux2, aux3] = net.auxiliary(&out);
            let what = format!("{encoder:?}");
            fixture.check(&what, &format!("{name}.y"), out.y);
            fixture.check(&what, &format!("{name}.aux3"), aux3.unwrap());
            assert_eq!(aux2.is_some(), gate != GateKind::None);
            if let Some(aux2) = aux2 {
                fixture.check(&what, &format!("{name}.aux2"), aux2);
            }
        }
    }
}

/// On an encoder whose stages end linearly the gate's two sources are one.
#[test]
fn a_linear_stage_has_no_relu_to_look_before() {
    let config = MsfnetConfig { encoder: EncoderKind::MobilenetV2, ..MsfnetConfig::default() };
    let [post, pre] = [EdaSource::PostRelu, EdaSource::PreRelu]
        .map(|eda_source| outputs(&filled(&MsfnetConfig { eda_source, ..config.clone() })));
    for (post, pre) in post.into_iter().zip(pre) {
        assert_eq!(to_host(post.unwrap()).unwrap(), to_host(pre.unwrap()).unwrap());
    }
}

#[test]
fn the_tap_sees_the_sum_only_where_the_gate_does() {
    let mut seen = Recorder::default();
    let config = MsfnetConfig { encoder: EncoderKind::Resnet18, ..MsfnetConfig::default() };
    let x = input("input", [1, 3, 57, 76], false);
    filled(&config).forward(x.clone(), &mut seen);
    assert!(seen.get("stage3.sum").is_none());
    filled(&MsfnetConfig { eda_source: EdaSource::PreRelu, ..config }).forward(x, &mut seen);
    let sum = seen.get("stage3.sum").unwrap().clone();
    assert_eq!(to_host(relu(sum)).unwrap(), to_host(seen.get("stage3").unwrap().clone()).unwrap());
}

/// reference.md 4.7: parameters of the whole network and of the baseline; GMACs at 304×228 of both, where they are cheap.
/// The latter have two digits more than the table, counted over PyTorch's convolutions (MobileNetV2's 3.90 there is 0.0065
/// too many).
#[test]
fn sizes_and_costs() {
    let table = [
        (EncoderKind::Senet154, 134_915_975, 130_844_785, None),
        (EncoderKind::SeResnext50, 47_313_159, 43_278_833, None),
        (EncoderKind::SeResnet50, 47_841_287, 43_806_961, None),
        (EncoderKind::Resnet50, 45_310_295, 41_275_969, None),
        (EncoderKind::Resnet34, 27_056_727, 24_700_481, None),
        (EncoderKind::Resnet18, 16_948_567, 14_592_321, Some([9.0526, 5.5936])),
        (EncoderKind::EfficientnetLite0, 5_856_423, 3_795_233, Some([4.0426, 1.2509])),
        (EncoderKind::EfficientnetLite0Timm, 5_856_423, 3_795_233, None),
        (EncoderKind::MobilenetV2, 4_672_407, 2_625_057, Some([3.8935, 1.1095])),
    ];
    for (encoder, full, baseline, gmacs) in table {
        let full = (MsfnetConfig { encoder, ..MsfnetConfig::default() }, full);
        let baseline = (MsfnetConfig { gate: GateKind::None, usf: false, ..full.0.clone() }, baseline);
        for (i, (config, parameters)) in [full, baseline].into_iter().enumerate() {
            let mut net = Msfnet::new(&config, &Device::flex()).unwrap();
            assert_eq!(net.parameter_count().unwrap(), parameters, "{encoder:?}");
            if let Some(gmacs) = gmacs {
                let x = Tensor::zeros([1, 3, 228, 304], &Device::flex());
                let net = net.fold().unwrap();
                let (out, macs) = macs_of(|| net.forward(x, &mut ()));
                drop(out);
                assert_eq!((macs as f64 / 1e5).round() / 1e4, gmacs[i], "{encoder:?}");
            }
        }
    }
}

/// Each open point of the paper switched by itself: all values of the fixture.
#[test]
fn switches() {
    let fixture = Fixture::open("msfnet_switches");
    let base = MsfnetConfig { encoder: EncoderKind::Resnet18, ..MsfnetConfig::default() };
    let switches = [
        ("baseline", MsfnetConfig { gate: GateKind::None, usf: false, ..base.clone() }),
        ("inline", MsfnetConfig { eda_inline: true, ..base.clone() }),
        ("pre_relu", MsfnetConfig { eda_source: EdaSource::PreRelu, ..base.clone() }),
        ("narrow", MsfnetConfig { usf_width: 8, ..base.clone() }),
        ("pool_max", MsfnetConfig { usf_pool: UsfPool::Max, ..base.clone() }),
        ("add", MsfnetConfig { rdr_integrate: RdrIntegrate::Add, ..base.clone() }),
        ("half_pixel", MsfnetConfig { align_corners: false, ..base.clone() }),
        ("softplus", MsfnetConfig { output: OutputActivation::Softplus, ..base.clone() }),
    ];
    for (name, config) in switches {
        let net = filled(&config).fold().unwrap();
        let y = net.forward(input("input", [1, 3, 57, 76], false), &mut ()).y;
        fixture.check(&format!("{config:?}"), name, y);
    }
    // A gate needs somewhere to send its output: USF, or stage 4.
    let inline = MsfnetConfig { eda_inline: true, usf: false, ..base.clone() };
    assert!(Msfnet::new(&inline, &Device::flex()).is_ok());
    assert!(Msfnet::new(&MsfnetConfig { usf: false, ..base }, &Device::flex()).is_err());
}

/// Table III on Lite0: parameters of each row.
#[test]
fn ablation_rows() {
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
}

#[test]
fn folding_changes_nothing() {
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

/// Run alone: the peak is that of the whole process.
#[test]
#[ignore = "takes a gigabyte and half a minute"]
fn memory_of_msfnet_on_senet154() {
    let megabytes = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1e3
    };
    let config = MsfnetConfig { encoder: EncoderKind::Senet154, ..MsfnetConfig::default() };
    let mut weights = filled(&config).to_weights().unwrap();
    println!("weights made: peak {} MB", megabytes());
    let mut net = Msfnet::new(&config, &Device::flex()).unwrap();
    println!("built: peak {} MB", megabytes());
    net.load_weights(&mut weights).unwrap();
    println!("loaded: peak {} MB", megabytes());
    let net = net.fold().unwrap();
    println!("folded: peak {} MB", megabytes());
    let x = Tensor::zeros([1, 3, 228, 304], &Device::flex());
    for _ in 0..5 {
        let start = std::time::Instant::now();
        drop(net.forward(x.clone(), &mut ()));
        println!("forward: peak {} MB, {:?}", megabytes(), start.elapsed());
    }
    assert!(megabytes() < 1600.0);
}
