//! Verdicts and differences of weights made by hand.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::depth::DepthUnit;
use crate::net::config::{EncoderKind, GateKind, MsfnetConfig};
use crate::state_dict::{DType, HostTensor, StateDict};
use crate::weights::arch::{Arch, Shapes};
use crate::weights::metadata::{Answers, Known, model_config};
use crate::weights::{Format, Opened, WeightsFile, catalog, open, read, write_safetensors};
use std::collections::BTreeMap;
use std::path::Path;

const LITE: Arch = Arch::Encoder(EncoderKind::EfficientnetLite0);

fn msfnet() -> Arch {
    Arch::msfnet(EncoderKind::EfficientnetLite0)
}

/// Zeros of these shapes.
fn zeros(shapes: Shapes) -> StateDict {
    let mut tensors = StateDict::new();
    for (name, shape) in shapes {
        let bytes = vec![0; 2 * shape.iter().product::<usize>()];
        tensors.insert(name, HostTensor { dtype: DType::F16, shape, bytes });
    }
    tensors
}

fn opened(tensors: StateDict) -> Opened {
    let (format, sha256) = (Format::Safetensors, "0".repeat(64));
    let file = WeightsFile { tensors, metadata: BTreeMap::new(), format, sha256, notes: Vec::new() };
    Opened::new(Path::new("some-weights"), file).unwrap()
}

fn report(tensors: StateDict) -> Report {
    examine(&opened(tensors)).unwrap()
}

pub(super) fn shipped() -> StateDict {
    read(&catalog::resolve(catalog::DEFAULT_MODEL).unwrap()).unwrap().tensors
}

#[test]
fn what_ships_runs_and_a_bare_state_dict_asks() {
    let ships = inspect(&catalog::resolve(catalog::DEFAULT_MODEL).unwrap());
    assert_eq!(ships.verdict, Verdict::Runs, "{}", ships.sentence);
    assert!(ships.sentence.contains("EfficientNet-Lite0") && ships.sentence.contains("EDA"), "{}", ships.sentence);
    assert_eq!((ships.fits[0].arch.as_str(), ships.parameters), ("msfnet-lite0", 5_856_423));
    let check = ships.check.unwrap();
    assert!(check.exact() && check.random.is_empty() && check.fit.matched == check.fit.expected);

    let bare = report(shipped());
    assert_eq!(
        (bare.verdict, bare.missing),
        (Verdict::Asks, ["gate", "unit", "train-size"].map(str::to_owned).to_vec())
    );
    assert!(!bare.sentence.contains("EDA"), "tensors do not say which gate: {}", bare.sentence);

    // Without the heads that only train it still runs.
    let without = shipped().renamed(|name| (!name.starts_with("aux")).then(|| name.to_owned()));
    assert_eq!(report(without).verdict, Verdict::Asks);
}

#[test]
fn tensors_are_described_by_their_values() {
    let mut tensors = shipped();
    tensors.insert("refine2.bias", HostTensor::from_f32([3], &[f32::NAN, -2.5, f32::INFINITY]));
    let report = report(tensors);
    let bias = report.tensors.iter().find(|tensor| tensor.name == "refine2.bias").unwrap();
    assert_eq!((bias.min, bias.max, bias.nan, bias.infinite), (-2.5, -2.5, 1, 1));
    let note = report.notes.iter().find(|note| note.contains("not finite")).unwrap();
    assert!(note.starts_with("2 values in 1 tensors") && note.contains("`refine2.bias`"), "{note}");
    let expected = shipped();
    for tensor in report.tensors.iter().filter(|tensor| tensor.name != "refine2.bias") {
        let values = expected.get(&tensor.name).unwrap().to_f32();
        assert_eq!(tensor.min, values.iter().copied().fold(f32::INFINITY, f32::min), "{}", tensor.name);
        assert_eq!(tensor.max, values.iter().copied().fold(f32::NEG_INFINITY, f32::max), "{}", tensor.name);
    }
}

#[test]
fn a_difference_names_every_tensor_and_its_likeliest_partner() {
    let mut tensors = shipped().renamed(|name| match name {
        "refine1.weight" => Some("head.refine1.weight".to_owned()),
        "up1.convA.bias" => None,
        name => Some(name.to_owned()),
    });
    tensors.insert("encoder._fc.bias", HostTensor::from_f32([2], &[0.0; 2]));
    tensors.insert("optimizer_step", HostTensor::from_f32([1], &[0.0]));
    let opened = opened(tensors);
    let check = check(&msfnet(), &opened).unwrap();
    let row = |name: &str| check.rows.iter().find(|row| row.name == name).unwrap();
    assert_eq!(row("refine1.weight").fault, KeyFault::Missing);
    assert_eq!(row("refine1.weight").likeliest.as_deref(), Some("head.refine1.weight"));
    assert_eq!(row("refine1.weight").expected, Some(vec![32, 80, 3, 3]));
    assert_eq!(row("head.refine1.weight").fault, KeyFault::Unexpected);
    assert_eq!(row("head.refine1.weight").likeliest.as_deref(), Some("refine1.weight"));
    assert_eq!(row("up1.convA.bias").likeliest, None);
    assert_eq!(row("optimizer_step").fault, KeyFault::Unexpected);
    assert_eq!(row("encoder._fc.bias").fault, KeyFault::Unneeded);
    let counters = check.rows.iter().filter(|row| row.name.ends_with("num_batches_tracked")).count();
    assert_eq!(check.rows.len(), 5 + counters, "each tensor once");
    assert_eq!(check.random, ["refine1", "up1.convA"]);
    assert_eq!((check.fit.matched, check.fit.unexpected), (check.fit.expected - 2, 2));
    assert!(!check.exact());
}

#[test]
fn parts_are_starting_points() {
    // A head of another size, as someone trains for classes.
    let mut tensors = shipped();
    tensors.insert("refine2.weight", HostTensor::from_f32([40, 32, 3, 3], &[0.0; 40 * 32 * 9]));
    tensors.insert("refine2.bias", HostTensor::from_f32([40], &[0.0; 40]));
    let head = report(tensors);
    assert_eq!((head.verdict, head.check.unwrap().random), (Verdict::Starts, vec!["refine2".to_owned()]));
    assert!(head.sentence.contains("40") && head.sentence.contains("`refine2"), "{}", head.sentence);

    // An encoder, with and without the prefix under which it stands in a network, and its classifier.
    let mut encoder = zeros(LITE.shapes().unwrap());
    encoder.insert("_fc.weight", HostTensor::from_f32([1, 1], &[0.0]));
    for prefix in ["", "encoder."] {
        let named = encoder.clone().renamed(|name| Some(format!("{prefix}{name}")));
        let report = report(named.clone());
        assert_eq!(report.verdict, Verdict::Starts, "{}", report.sentence);
        assert!(report.sentence.contains("EfficientNet-Lite0 encoder alone"), "{}", report.sentence);
        // As part of the whole network everything but the encoder is random.
        let whole = check(&msfnet(), &opened(named)).unwrap();
        assert_eq!(whole.fit.matched, LITE.shapes().unwrap().len());
        assert!(whole.random.iter().all(|layer| !layer.starts_with("encoder.")) && whole.random.len() > 30);
    }

    let foreign =
        report([("some.weight".to_owned(), vec![3, 3])].into_iter().fold(StateDict::new(), |mut d, (n, s)| {
            d.insert(n, HostTensor::from_f32(s, &[0.0; 9]));
            d
        }));
    assert_eq!((foreign.verdict, foreign.check), (Verdict::Foreign, None));
}

fn with(mut tensors: StateDict, name: &str, shape: &[usize]) -> StateDict {
    tensors.insert(name, HostTensor::from_f32(shape, &vec![0.0; shape.iter().product()]));
    tensors
}

#[test]
fn something_beside_a_network_is_left_out_and_more_of_it_is_another_network() {
    let beside = report(with(shipped(), "normalise.mean", &[3]));
    assert_eq!(beside.verdict, Verdict::Asks, "{}", beside.sentence);
    assert!(beside.notes.iter().any(|note| note.contains("`normalise.mean`")), "{:?}", beside.notes);

    // One more block than the encoder has: what fits is a part of another network, and would compute nonsense.
    let deeper = report(with(shipped(), "encoder._blocks.16._bn1.bias", &[320]));
    assert_eq!(deeper.verdict, Verdict::Foreign, "{}", deeper.sentence);
    let encoder = zeros(Arch::Encoder(EncoderKind::Resnet50).shapes().unwrap());
    let deeper = report(with(encoder, "layer3.6.conv1.weight", &[256, 1024, 1, 1]));
    assert_eq!(deeper.verdict, Verdict::Foreign, "{}", deeper.sentence);
    // A gate that the metadata denies.
    let config = MsfnetConfig { gate: GateKind::None, ..MsfnetConfig::default() };
    let check = check(&Arch::Network(config.into()), &opened(shipped())).unwrap();
    assert!(check.strays > 0 && !check.complete());

    // Someone else's decoder around an encoder that is whole.
    let encoder = zeros(Arch::Encoder(EncoderKind::Resnet18).shapes().unwrap());
    let other = encoder.renamed(|name| Some(format!("encoder.{name}")));
    let other = report(with(with(other, "blocks.0.up.weight", &[8, 8, 3, 3]), "head.bias", &[1]));
    assert_eq!(other.verdict, Verdict::Starts, "{}", other.sentence);
    let headless = report(shipped().renamed(|name| (!name.starts_with("conv2.")).then(|| name.to_owned())));
    assert_eq!((headless.verdict, headless.check.unwrap().random), (Verdict::Starts, vec!["conv2".to_owned()]));
}

#[test]
fn a_monodepth2_folder_is_one_model() {
    use crate::net::config::NetworkConfig;
    let whole = zeros(Arch::Network(NetworkConfig::monodepth2(18, false)).shapes().unwrap());
    let part = |prefix: &str| whole.clone().renamed(|name| name.starts_with(prefix).then(|| name.to_owned()));
    let folder = tempfile::tempdir().unwrap();
    let said = |stereo: &str| -> BTreeMap<String, String> {
        [("height", "192"), ("width", "640"), ("use_stereo", stereo)].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    };
    let write = |name: &str, tensors: &StateDict, metadata| {
        write_safetensors(&folder.path().join(name), tensors, &metadata).unwrap();
    };
    write("encoder.safetensors", &part("encoder."), said("false"));

    let alone = inspect(folder.path());
    assert_eq!(alone.verdict, Verdict::Refused);
    assert!(alone.sentence.contains("`depth.pth`"), "{}", alone.sentence);

    write("depth.safetensors", &part("decoder."), BTreeMap::new());
    for path in ["", "encoder.safetensors", "depth.safetensors"] {
        let opened = open(&folder.path().join(path)).unwrap();
        assert_eq!(opened.tensors.len(), whole.len());
        let Known::Complete(config) = model_config(&opened, &Answers::default()).unwrap() else { panic!("asks") };
        assert_eq!(config.network, NetworkConfig::monodepth2(18, false));
        assert_eq!((config.unit, config.train_size), (DepthUnit::Relative, [640, 192]));
        assert_eq!(examine(&opened).unwrap().verdict, Verdict::Runs);
    }
    write("encoder.safetensors", &part("encoder."), said("true"));
    let Known::Complete(config) = model_config(&open(folder.path()).unwrap(), &Answers::default()).unwrap() else {
        panic!("asks")
    };
    assert_eq!((config.network, config.unit), (NetworkConfig::monodepth2(18, true), DepthUnit::Metres));

    // Nothing that the folder is made of is replaced, nor would a conversion become one of its parts.
    for name in ["depth.safetensors", "encoder.pth"] {
        let error = convert(folder.path(), &folder.path().join(name), &ConvertOptions::default()).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{error}");
    }
    let answers = Answers { unit: Some(DepthUnit::Relative), ..Answers::default() };
    let contradicted = model_config(&open(folder.path()).unwrap(), &answers).unwrap_err();
    assert!(contradicted.to_string().contains("`use_stereo`"), "{contradicted}");

    // Halves of two different models are no model.
    write("depth.safetensors", &shipped(), BTreeMap::new());
    assert!(inspect(folder.path()).sentence.contains("two halves"));
}
