//! Conversions: names, precision, and what is stated.
#![allow(clippy::unwrap_used)]

use super::tests::shipped;
use super::*;
use crate::depth::DepthUnit;
use crate::net::config::{GateKind, MsfnetConfig};
use crate::state_dict::{DType, HostTensor, StateDict};
use crate::weights::keys::KeyStyle;
use crate::weights::metadata::{Answers, config_entries};
use crate::weights::{read, write_safetensors};
use std::collections::BTreeMap;

#[test]
fn conversion_keeps_every_value_and_both_sets_of_names() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut tensors = shipped().renamed(|name| Some(format!("net.{}", name.replacen("eda.", "gate.", 1))));
    tensors.insert("net.usf.fuse_bn.running_var", HostTensor::from_f32([64], &[96_885.0; 64]));
    write_safetensors(&at("in"), &tensors, &BTreeMap::new()).unwrap();
    let answers =
        Answers { gate: Some(GateKind::CbamS), unit: Some(DepthUnit::TenOverMetres), train_size: Some([304, 228]) };
    let options = ConvertOptions { answers, ..ConvertOptions::default() };
    let done = convert(&at("in"), &at("ours"), &options).unwrap();
    assert_eq!((done.tensors, done.renamed, done.halved, done.missing.len()), (tensors.len(), tensors.len(), 0, 0));
    let ours = read(&at("ours")).unwrap();
    for (name, tensor) in tensors.iter() {
        let name = name.strip_prefix("net.").unwrap().replacen("gate.", "eda.", 1);
        assert_eq!(ours.tensors.get(&name), Some(tensor), "{name}");
    }
    assert_eq!(inspect(&at("ours")).verdict, Verdict::Runs);
    assert!(inspect(&at("ours")).sentence.contains("CBAM-S"));

    convert(&at("ours"), &at("pytorch"), &ConvertOptions { keys: KeyStyle::Pytorch, ..ConvertOptions::default() })
        .unwrap();
    let back = read(&at("pytorch")).unwrap();
    assert_eq!(back.tensors, tensors.renamed(|name| name.strip_prefix("net.").map(str::to_owned)));
    assert_eq!(inspect(&at("pytorch")).verdict, Verdict::Runs, "metadata went along");

    let bare = convert(&at("in"), &at("bare"), &ConvertOptions::default()).unwrap();
    assert_eq!(bare.missing, ["gate", "unit", "train-size"]);
    assert_eq!(inspect(&at("bare")).verdict, Verdict::Asks);
    let error = convert(&at("in"), &at("in"), &options).unwrap_err();
    assert_eq!(error.exit_code(), 2);
}

#[test]
fn weights_trained_on_all_state_what_their_recipe_reached_on_frames_it_was_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let config = crate::net::config::ModelConfig::new(MsfnetConfig::default(), DepthUnit::TenOverMetres, [304, 228]);
    let write = |name: &str, said: &[(&str, &str)]| {
        let mut metadata = config_entries(&config).unwrap();
        metadata.extend(said.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        write_safetensors(&at(name), &shipped(), &metadata).unwrap();
    };
    let recipe = |data: &str, rate: &str| {
        format!("[data]\ndata = \"{data}\"\nbatch = 8\n[schedule]\nrate = {rate}\n[run]\nname = \"{data}\"\n")
    };
    let (all, part, other) = (recipe("all", "0.1"), recipe("part", "0.1"), recipe("part", "0.2"));
    let accuracy = r#"{"rel":0.25,"data":"held-out frames","frames":78}"#;
    write("all", &[("training", &all), ("epoch", "6.000")]);
    write("part", &[("training", &part), ("epoch", "6.000"), ("accuracy", accuracy)]);
    write("other", &[("training", &other), ("epoch", "6.000"), ("accuracy", accuracy)]);
    write("early", &[("training", &part), ("epoch", "5.000"), ("accuracy", accuracy)]);
    write("silent", &[("training", &part), ("epoch", "6.000"), ("accuracy", "0.1")]);
    write("seen", &[("training", &part), ("epoch", "6.000"), ("accuracy", r#"{"rel":0.1,"data":"all of it"}"#)]);
    let taken = |from: &str| {
        let options = ConvertOptions { accuracy_of: Some(at(from)), ..ConvertOptions::default() };
        convert(&at("all"), &at("out"), &options).map(|_| read(&at("out")).unwrap().metadata["accuracy"].clone())
    };
    let stated: serde_json::Value = serde_json::from_str(&taken("part").unwrap()).unwrap();
    assert_eq!((stated["rel"].as_f64(), stated["frames"].as_u64()), (Some(0.25), Some(78)));
    assert!(stated["of"].as_str().unwrap().contains("another run"));
    for another in ["other", "early"] {
        assert!(taken(another).unwrap_err().to_string().contains("another recipe"), "{another}");
    }
    assert!(taken("all").unwrap_err().to_string().contains("same weights"));
    assert!(taken("seen").unwrap_err().to_string().contains("other frames"));
    assert!(taken("silent").unwrap_err().to_string().contains("--val-scenes"));
}

#[test]
fn half_precision_spares_the_norms_and_refuses_what_does_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut tensors = StateDict::new();
    for (name, tensor) in shipped().iter() {
        tensors.insert(name, HostTensor::from_f32(tensor.shape.clone(), &tensor.to_f32()));
    }
    tensors.insert("usf.fuse_bn.running_var", HostTensor::from_f32([64], &[96_885.0; 64]));
    let config = crate::net::config::ModelConfig::new(MsfnetConfig::default(), DepthUnit::TenOverMetres, [304, 228]);
    write_safetensors(&at("in"), &tensors, &config_entries(&config).unwrap()).unwrap();
    let options = ConvertOptions { half: true, ..ConvertOptions::default() };
    let done = convert(&at("in"), &at("half"), &options).unwrap();
    let half = read(&at("half")).unwrap().tensors;
    for (name, tensor) in half.iter() {
        let wanted = if tensor.shape.len() >= 2 { DType::F16 } else { DType::F32 };
        assert_eq!(tensor.dtype, wanted, "{name}");
        // The values came from half precision, so rounding changes none of them.
        assert_eq!(tensor.to_f32(), tensors.get(name).unwrap().to_f32(), "{name}");
    }
    assert_eq!(done.halved, half.iter().filter(|(_, tensor)| tensor.dtype == DType::F16).count());

    let shape = tensors.get("refine2.weight").unwrap().shape.clone();
    let mut values = vec![0.0; shape.iter().product()];
    values[7] = 70_000.0;
    tensors.insert("refine2.weight", HostTensor::from_f32(shape, &values));
    write_safetensors(&at("large"), &tensors, &BTreeMap::new()).unwrap();
    let error = convert(&at("large"), &at("never"), &options).unwrap_err().to_string();
    assert!(error.contains("`refine2.weight`") && error.contains("7e4"), "{error}");
    // Too large for single precision as well.
    let doubles = [0.0, 1e39].map(f64::to_le_bytes).concat();
    tensors.insert("refine2.weight", HostTensor { dtype: DType::F64, shape: vec![2, 1], bytes: doubles });
    write_safetensors(&at("double"), &tensors, &BTreeMap::new()).unwrap();
    assert!(convert(&at("double"), &at("never"), &options).unwrap_err().to_string().contains("1e39"));
    assert!(!at("never").exists());
}
