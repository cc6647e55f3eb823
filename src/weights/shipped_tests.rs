//! The files of `models/`, their names and metadata, and the checkpoints they come from where those are present.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::metadata::{Answers, CONFIG_KEY, Known, model_config};
use super::*;
use crate::depth::DepthUnit;
use crate::net::config::{EncoderKind, GateKind, ModelConfig, MsfnetConfig, RdrIntegrate};
use crate::state_dict::{DType, HostTensor, StateDict};
use arch::Arch;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const NETWORKS: [(&str, GateKind); 3] = [
    (catalog::DEFAULT_MODEL, GateKind::Eda),
    (catalog::DEFAULT_COMPARE, GateKind::CbamS),
    (catalog::ROAD_MODEL, GateKind::Eda),
];

/// The folder of the checkpoints, which is no part of the repository.
fn sources() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/weights");
    if !folder.is_dir() {
        eprintln!("left out: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

fn shipped(name: &str) -> WeightsFile {
    read(&catalog::resolve(name).unwrap()).unwrap()
}

fn opened(path: &Path, file: &WeightsFile) -> Opened {
    Opened::new(path, file.clone()).unwrap()
}

fn bare(file: &WeightsFile) -> WeightsFile {
    WeightsFile { metadata: BTreeMap::new(), ..file.clone() }
}

#[test]
fn networks_are_complete_and_say_what_they_are_and_how_they_were_trained() {
    for (name, gate) in NETWORKS {
        let path = catalog::resolve(name).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() < 13_000_000);
        let file = read(&path).unwrap();
        let canonical = opened(&path, &file);
        assert!(canonical.renamed.is_empty());
        let names = canonical.tensors.names().filter(|name| !keys::is_counter(name));
        let expected = Arch::msfnet(EncoderKind::EfficientnetLite0).shapes().unwrap();
        assert!(names.eq(expected.keys().map(String::as_str)));
        // Every tensor that is trained; reference.md 4.7.
        let trained = canonical.tensors.iter().filter(|(name, _)| !keys::is_statistic(name));
        assert_eq!(trained.map(|(_, tensor)| tensor.len()).sum::<usize>(), 5_856_423);
        for (tensor_name, tensor) in canonical.tensors.iter() {
            let half = tensor.shape.len() >= 2;
            assert_eq!(tensor.dtype, if half { DType::F16 } else { DType::F32 }, "{tensor_name}: norms stay whole");
            assert!(tensor.to_f32().iter().all(|value| value.is_finite()), "{tensor_name}");
        }

        let Known::Complete(config) = model_config(&canonical, &Answers::default()).unwrap() else { panic!("asks") };
        assert_eq!(config.network, MsfnetConfig { gate, ..MsfnetConfig::default() }.into());
        assert_eq!(config.unit, DepthUnit::TenOverMetres);
        for key in ["encoder", "gate", "unit", "train_size", "data", "recipe", "licence"] {
            assert!(file.metadata.get(key).is_some_and(|text| !text.is_empty()), "{key}");
        }
        say_how_they_were_trained(name, &file, &config);
    }
}

fn say_how_they_were_trained(name: &str, file: &WeightsFile, config: &ModelConfig) {
    // Rooms were taken by one camera, streets by several.
    let road = name == catalog::ROAD_MODEL;
    let canonical = Some(if road { 20.0 } else { 180.0 });
    assert_eq!((config.canonical_focal, config.own_focal.is_some()), (canonical, !road));
    assert_eq!(file.metadata["name"], name);
    for key in ["training", "seed", "step", "epoch", "program", "precision"] {
        assert!(file.metadata.get(key).is_some_and(|text| !text.is_empty()), "{key}");
    }
    let sources = file.metadata["training"].lines().find(|line| line.starts_with("data = ")).unwrap();
    assert!(!sources.contains('/'), "no folder of whoever trained it: {sources}");
    if !road {
        let accuracy: serde_json::Value = serde_json::from_str(&file.metadata["accuracy"]).unwrap();
        assert!(accuracy["frames"] == 78 && accuracy["of"].as_str().unwrap().contains("another run"), "{accuracy}");
        let rel = accuracy["rel"].as_f64().unwrap();
        assert!((0.1..0.1675).contains(&rel), "the imported recipe reached 0.1675 on them: {rel}");
    }
}

#[test]
fn importing_again_gives_the_shipped_encoder() {
    let Some(folder) = sources() else { return };
    let to = tempfile::tempdir().unwrap();
    let path = convert::import_encoder(&folder, to.path()).unwrap();
    let shipped = catalog::resolve(catalog::DEFAULT_ENCODER).unwrap();
    assert!(sha256(&path).unwrap() == sha256(&shipped).unwrap(), "it has to be imported again");
}

#[test]
fn encoder_is_half_precision_with_whole_norms_and_cannot_run() {
    let file = shipped(catalog::DEFAULT_ENCODER);
    let expected = arch::encoder_shapes(EncoderKind::EfficientnetLite0).unwrap();
    assert!(file.tensors.names().eq(expected.keys().map(String::as_str)));
    for (name, tensor) in file.tensors.iter() {
        assert_eq!(tensor.dtype, if name.contains("_bn") { DType::F32 } else { DType::F16 }, "{name}");
    }
    let path = catalog::resolve(catalog::DEFAULT_ENCODER).unwrap();
    assert!(path.with_file_name("LICENSE-efficientnet-lite").is_file());
    for file in [&file, &bare(&file)] {
        let sentence = model_config(&opened(&path, file), &Answers::default()).unwrap_err().to_string();
        assert!(sentence.contains("only an encoder"), "{sentence}");
    }
    let Some(folder) = sources() else { return };
    let source = read(&folder.join("efficientnet-lite0-57934424.pth")).unwrap();
    assert_eq!((source.format, source.tensors.len()), (Format::TorchLegacy, 296));
    for (name, tensor) in file.tensors.iter() {
        let exact = source.tensors.get(name).unwrap().to_f32();
        for (ours, exact) in tensor.to_f32().iter().zip(exact) {
            assert!((ours - exact).abs() <= exact.abs() / 2048.0 + 3e-8, "{name}: {ours} for {exact}");
        }
    }
}

#[test]
fn names_of_models() {
    for known in catalog::KNOWN {
        assert!(catalog::resolve(known.name).unwrap().is_file());
        assert_eq!(catalog::resolve_model(known.name, false).is_ok(), known.runnable);
    }
    let error = catalog::resolve("msfnet-lite0-nyu-edda").unwrap_err();
    assert_eq!(error.exit_code(), 2);
    let sentence = error.to_string();
    assert!(catalog::KNOWN.iter().all(|known| sentence.contains(known.name)), "{sentence}");
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own.pth");
    std::fs::write(&own, "x").unwrap();
    assert_eq!(catalog::resolve(own.to_str().unwrap()).unwrap(), own);
}

#[test]
fn a_bare_state_dict_is_asked_for() {
    let path = Path::new("msfnet-lite0-nyu-eda.pth"); // a name that says it all, and is not believed
    let file = bare(&shipped(catalog::DEFAULT_MODEL));
    let Known::Missing(missing) = model_config(&opened(path, &file), &Answers::default()).unwrap() else {
        panic!("guessed")
    };
    assert_eq!(missing, ["gate", "unit", "train-size"]);
    let error = metadata::missing_error(path, &missing);
    let sentence = error.to_string();
    assert!(["`--gate`", "`--unit`", "`--train-size`"].iter().all(|flag| sentence.contains(flag)), "{sentence}");
    assert_eq!(error.exit_code(), 2);

    let mut answers = Answers { gate: Some(GateKind::CbamS), unit: Some(DepthUnit::TenOverMetres), train_size: None };
    assert_eq!(model_config(&opened(path, &file), &answers).unwrap(), Known::Missing(vec!["train-size"]));
    answers.train_size = Some([304, 228]);
    let Known::Complete(config) = model_config(&opened(path, &file), &answers).unwrap() else { panic!("asks again") };
    assert_eq!(config.network, MsfnetConfig { gate: GateKind::CbamS, ..MsfnetConfig::default() }.into());
    answers.gate = Some(GateKind::None);
    assert!(model_config(&opened(path, &file), &answers).unwrap_err().to_string().contains("has a gate's tensors"));
}

#[test]
fn structure_is_read_from_the_tensors() {
    let path = Path::new("x.pth");
    let full = bare(&shipped(catalog::DEFAULT_MODEL));
    let answers = Answers { gate: None, unit: Some(DepthUnit::Metres), train_size: Some([640, 192]) };
    let config =
        |tensors: StateDict| match model_config(&opened(path, &WeightsFile { tensors, ..full.clone() }), &answers)
            .unwrap()
        {
            Known::Complete(config) => config.network.msfnet().unwrap().clone(),
            Known::Missing(missing) => panic!("{missing:?}"),
        };
    let without = |prefixes: &[&str]| {
        full.tensors.clone().renamed(|name| (!prefixes.iter().any(|p| name.starts_with(p))).then(|| name.to_owned()))
    };
    let ungated = config(without(&["eda."]));
    assert_eq!((ungated.gate, ungated.usf), (GateKind::None, true));
    assert!(!config(without(&["eda.", "usf.", "aux"])).usf);
    let mut narrow = without(&["eda."]);
    narrow.insert("usf.up.0.conv3.weight", HostTensor::from_f32([8, 32, 3, 3], &[0.0; 8 * 288]));
    narrow.insert("usf.rdr.out.weight", HostTensor::from_f32([64, 64, 1, 1], &[0.0; 4096]));
    let narrow = config(narrow);
    assert_eq!((narrow.usf_width, narrow.rdr_integrate), (8, RdrIntegrate::Add));
    let foreign = WeightsFile { tensors: without(&["encoder."]), ..full.clone() };
    assert!(model_config(&opened(path, &foreign), &answers).unwrap_err().to_string().contains("another network"));
}

#[test]
fn metadata_is_checked() {
    let path = Path::new("x.safetensors");
    let file = shipped(catalog::DEFAULT_MODEL);
    let sentence = |change: &dyn Fn(&mut BTreeMap<String, String>), answers: Answers| {
        let mut file = file.clone();
        change(&mut file.metadata);
        model_config(&opened(path, &file), &answers).unwrap_err().to_string()
    };
    let set = |json: &str| {
        let json = json.to_owned();
        move |metadata: &mut BTreeMap<String, String>| {
            metadata.insert(CONFIG_KEY.to_owned(), json.clone());
        }
    };
    let whole = file.metadata[CONFIG_KEY].clone();
    let with = |more: serde_json::Value| {
        let mut config: serde_json::Value = serde_json::from_str(&whole).unwrap();
        config["canonical_focal"] = 180.0.into();
        more.as_object().unwrap().iter().for_each(|(key, value)| config[key] = value.clone());
        config.to_string()
    };
    let sizes = |low: usize, high: usize, multiple: usize| {
        with(serde_json::json!({ "trained_sizes": { "area": [low, high], "multiple": multiple } }))
    };
    let own =
        |canonical: Option<f64>, own: f64| with(serde_json::json!({ "canonical_focal": canonical, "own_focal": own }));
    for sound in [sizes(300, 400, 2), own(Some(180.0), 0.8)] {
        let mut file = file.clone();
        file.metadata.insert(CONFIG_KEY.to_owned(), sound);
        assert!(model_config(&opened(path, &file), &Answers::default()).is_ok());
    }
    for broken in [
        &own(None, 0.8)[..],
        &own(Some(0.0), 0.8),
        &own(Some(180.0), 1e300),
        &own(Some(180.0), 1e-300),
        &sizes(300, 200, 2),
        &sizes(300, 99_999_999_999, 2),
        &sizes(300, 400, 0),
        "",
        "[]",
        "{\"network\":{\"gate\":\"???\"}}",
        &whole.replace("320", "0"),
        &whole.replace("16", "0"),
        &"[".repeat(100_000),
    ] {
        assert!(sentence(&set(broken), Answers::default()).contains("does not describe"), "{broken:.40}");
    }
    let newer = |metadata: &mut BTreeMap<String, String>| {
        metadata.insert(metadata::VERSION_KEY.to_owned(), "2".to_owned());
    };
    assert!(sentence(&newer, Answers::default()).contains("newer version"));
    for (answers, flag) in [
        (Answers { gate: Some(GateKind::CbamS), ..Answers::default() }, "--gate"),
        (Answers { unit: Some(DepthUnit::Metres), ..Answers::default() }, "--unit"),
        (Answers { train_size: Some([304, 228]), ..Answers::default() }, "--train-size"),
    ] {
        assert!(sentence(&|_| {}, answers).contains(flag));
    }
    let agreeing =
        Answers { gate: Some(GateKind::Eda), unit: Some(DepthUnit::TenOverMetres), train_size: Some([320, 224]) };
    assert!(matches!(model_config(&opened(path, &file), &agreeing), Ok(Known::Complete(_))));
}
