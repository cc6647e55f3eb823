//! The weights doctor as a person meets it: the program's own output and exit status.

use super::common::{EDA, motorcycle, program, repository};
use msfnet_studio::state_dict::StateDict;
use msfnet_studio::weights::{self, write_safetensors};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}{}", text(output), complaint(output)))
}

fn lines(output: &Output) -> Vec<Value> {
    text(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn inspect_says_what_ships() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(&["weights", "inspect", EDA, "--json"], folder.path());
    assert_eq!(output.status.code(), Some(0));
    let report = json(&output);
    let file = weights::read(&repository().join(format!("models/{EDA}.safetensors"))).unwrap();
    assert_eq!(report["verdict"], "runs");
    assert_eq!((&report["format"], &report["sha256"]), (&Value::from("safetensors"), &Value::from(file.sha256)));
    assert_eq!(report["tensors"].as_array().unwrap().len(), file.tensors.len());
    assert_eq!(report["metadata"]["licence"].as_str(), file.metadata.get("licence").map(String::as_str));
    assert_eq!(report["fits"][0]["arch"], "msfnet-lite0");

    let words = text(&program(&["weights", "inspect", EDA], folder.path()));
    assert!(words.contains("it runs") && words.contains("5.86 M parameters"), "{words}");
    assert!(!words.contains("missing ("), "{words}");
}

#[test]
fn inspect_says_what_is_no_weights() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content, said) in [
        ("page.pth", &b"<!DOCTYPE html><html><title>404</title>"[..], "web page"),
        ("pointer.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "git lfs pull"),
        ("net.h5", b"\x89HDF\r\n\x1a\n and so on", "HDF5"),
        ("no-ending", b"{\"message\": \"Not Found\"}", "JSON"),
    ] {
        std::fs::write(folder.path().join(name), content).unwrap();
        let output = program(&["weights", "inspect", name], folder.path());
        assert_eq!(output.status.code(), Some(1), "{name}");
        let sentence = text(&output);
        assert!(sentence.contains(said) && sentence.contains(name), "{sentence}");
        assert_eq!(sentence.trim_end().lines().count(), 1, "{sentence}");
    }
    let nowhere = program(&["weights", "inspect", "nowhere.pth"], folder.path());
    assert_eq!(nowhere.status.code(), Some(2));
}

#[test]
fn check_compares_with_an_architecture() {
    let folder = tempfile::tempdir().unwrap();
    let fits = program(&["weights", "check", EDA, "--arch", "msfnet-lite0"], folder.path());
    assert_eq!(fits.status.code(), Some(0));

    let output = program(&["weights", "check", EDA, "--arch", "msfnet-resnet18", "--json"], folder.path());
    assert_eq!(output.status.code(), Some(1));
    let check = json(&output);
    let rows = check["rows"].as_array().unwrap();
    let count = |fault: &str| rows.iter().filter(|row| row["fault"] == fault).count() as u64;
    let number = |key: &str| check[key].as_u64().unwrap();
    assert_eq!(number("expected"), number("matched") + count("missing") + count("misshaped"));
    assert_eq!((number("unexpected"), number("misshaped")), (count("unexpected"), count("misshaped")));
    assert!(check["random"].as_array().unwrap().contains(&Value::from("encoder.conv1")));
    // The decoder has other widths around a ResNet: the shapes of both sides are there.
    let conv2 = rows.iter().find(|row| row["name"] == "conv2.weight").unwrap();
    assert_eq!(conv2["expected"], serde_json::json!([512, 512, 1, 1]));
    assert_eq!(conv2["found"], serde_json::json!([256, 320, 1, 1]));

    let wrong = program(&["weights", "check", EDA, "--arch", "resnet"], folder.path());
    assert_eq!(wrong.status.code(), Some(2));
    assert!(complaint(&wrong).contains("monodepth2-r18"), "{}", complaint(&wrong));
}

/// Parameters of reference.md 1 and 4.7.
#[test]
fn archs_lists_every_network_with_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let rows = lines(&program(&["weights", "archs", "--json"], folder.path()));
    let parameters = |arch: &str| rows.iter().find(|row| row["arch"] == arch).unwrap()["parameters"].as_u64().unwrap();
    for (arch, count) in [
        ("msfnet-senet154", 134_915_975),
        ("msfnet-se-resnext50", 47_313_159),
        ("msfnet-resnet50", 45_310_295),
        ("msfnet-resnet34", 27_056_727),
        ("msfnet-resnet18", 16_948_567),
        ("msfnet-lite0", 5_856_423),
        ("msfnet-mobilenet-v2", 4_672_407),
        ("monodepth2-r18", 11_176_512 + 3_152_724),
        ("monodepth2-r50", 23_508_032 + 9_014_100),
        ("hu-senet154", 157_101_425),
        ("hu-resnet50", 67_569_473),
        ("encoder-senet154", 113_039_984),
        ("encoder-mobilenet-v2", 1_811_712),
    ] {
        assert_eq!(parameters(arch), count, "{arch}");
    }
}

fn infer(model: &str, more: &[&str], folder: &Path) -> Output {
    let picture = motorcycle();
    let base = ["infer", picture.to_str().unwrap(), "--out", "out", "--model", model, "--compare", "none", "--json"];
    program(&[&base[..], &["--device", "cpu"], more].concat(), folder)
}

#[test]
fn converted_weights_predict_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let convert = ["weights", "convert", EDA, "there.safetensors", "--keys", "pytorch", "--half"];
    assert_eq!(program(&convert, folder.path()).status.code(), Some(0));
    let names = weights::read(&folder.path().join("there.safetensors")).unwrap().tensors;
    assert!(names.get("gate.conv.weight").is_some() && names.get("eda.conv.weight").is_none());
    let there = json(&infer("there.safetensors", &[], folder.path()));
    let here = json(&infer(EDA, &[], folder.path()));
    assert_eq!(there["depth"], here["depth"]);

    let same = program(&["weights", "convert", "there.safetensors", "there.safetensors"], folder.path());
    assert_eq!(same.status.code(), Some(2));
}

#[test]
fn an_encoder_runs_only_as_a_starting_point() {
    let folder = tempfile::tempdir().unwrap();
    let encoder = repository().join("models/efficientnet-lite0-imagenet.safetensors");
    let refused = infer(encoder.to_str().unwrap(), &[], folder.path());
    assert_eq!(refused.status.code(), Some(1));
    assert!(complaint(&refused).contains("--start"), "{}", complaint(&refused));
    let started = json(&infer(encoder.to_str().unwrap(), &["--start", "--size", "96x64"], folder.path()));
    assert!(started["random_layers"].as_u64().unwrap() > 30, "{started}");
    assert_eq!(started["unit"], "relative");
    assert_eq!(json(&infer(EDA, &[], folder.path()))["random_layers"], 0);
}

#[test]
fn a_monodepth2_folder_runs_as_one_model() {
    let folder = tempfile::tempdir().unwrap();
    let new = ["weights", "new", "--arch", "monodepth2-r18", "--seed", "3", "whole.safetensors"];
    assert_eq!(program(&new, folder.path()).status.code(), Some(0));
    let whole = weights::read(&folder.path().join("whole.safetensors")).unwrap().tensors;
    let write = |name: &str, prefix: &str, metadata: &[(&str, &str)]| {
        let part: StateDict = whole.clone().renamed(|name| name.starts_with(prefix).then(|| name.to_owned()));
        let metadata: BTreeMap<String, String> =
            metadata.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        std::fs::create_dir_all(folder.path().join("md2")).unwrap();
        write_safetensors(&folder.path().join("md2").join(name), &part, &metadata).unwrap();
    };
    write("depth.safetensors", "decoder.", &[]);
    write("encoder.safetensors", "encoder.", &[("height", "64"), ("width", "128"), ("use_stereo", "False")]);
    let mono = json(&infer("md2", &[], folder.path()));
    assert_eq!((&mono["unit"], &mono["model"]), (&Value::from("relative"), &Value::from("md2")));
    assert_eq!(mono["net_size"], serde_json::json!([128, 64]));
    assert_eq!(json(&infer("md2/depth.safetensors", &[], folder.path()))["depth"], mono["depth"]);

    // A stereo-trained one knows metres: 5.4 times as many as its own unit.
    write("encoder.safetensors", "encoder.", &[("height", "64"), ("width", "128"), ("use_stereo", "True")]);
    let stereo = json(&infer("md2", &[], folder.path()));
    assert_eq!(stereo["unit"], "metres");
    let median = |value: &Value| value["depth"]["median"].as_f64().unwrap();
    assert!((median(&stereo) / median(&mono) - 5.4).abs() < 1e-4);

    let odd = infer("md2", &["--size", "100x64"], folder.path());
    assert_eq!(odd.status.code(), Some(1));
    assert!(text(&odd).contains("multiples of 32"), "{}", text(&odd));
}

#[test]
fn new_weights_are_the_same_for_the_same_seed() {
    let folder = tempfile::tempdir().unwrap();
    let new = |seed: &str, name: &str| {
        let args = ["weights", "new", "--arch", "encoder-mobilenet-v2", "--seed", seed, name];
        assert_eq!(program(&args, folder.path()).status.code(), Some(0));
        weights::read(&folder.path().join(name)).unwrap().tensors
    };
    let (a, b, c) = (new("1", "a"), new("1", "b"), new("2", "c"));
    assert_eq!(a, b);
    assert_ne!(a, c);
}
