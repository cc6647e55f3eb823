//! Small checkpoints as PyTorch and its neighbours write them (`tests/pytorch/checkpoints.py`): each is read to the
//! values that PyTorch had, or refused in one sentence.

use super::common::repository;
use msfnet_studio::state_dict::StateDict;
use msfnet_studio::weights::doctor::{self, Verdict};
use msfnet_studio::weights::read;
use serde_json::Value;

#[test]
fn checkpoints_of_every_kind_are_read_or_refused() {
    let folder = repository().join("tests/data/checkpoints");
    let all: Value = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let values = read(&folder.join("expected.safetensors")).unwrap().tensors;
    let all = all.as_object().unwrap();
    let listed = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(listed, all.len() + 2, "every file of the folder is expected to be something");
    for (name, expected) in all {
        let path = folder.join(name);
        let why = expected["why"].as_str().unwrap();
        match (expected["tensors"].as_str(), read(&path)) {
            (Some(set), Ok(file)) => {
                let wanted = values
                    .clone()
                    .renamed(|name| name.strip_prefix(set).and_then(|rest| rest.strip_prefix('/')).map(str::to_owned));
                assert!(!wanted.is_empty());
                same(&file.tensors, &wanted, &format!("{name}: {why}"));
            }
            (None, Err(error)) => {
                let sentence = error.to_string();
                println!("{sentence}");
                assert!(sentence.contains(name.as_str()) && !sentence.contains('\n'), "{sentence}");
                let report = doctor::inspect(&path);
                assert_eq!((report.verdict, &report.sentence), (Verdict::Refused, &sentence), "{why}");
            }
            (Some(_), Err(error)) => panic!("{name} ({why}): {error}"),
            (None, Ok(_)) => panic!("{name} ({why}) was read"),
        }
    }
}

/// What a person is told: by content, whatever the file is called.
#[test]
fn what_is_no_state_dict_says_what_it_is() {
    for (name, said) in [
        ("conv.onnx", "ONNX"),
        ("torchscript.pt", "TorchScript"),
        ("truncated.pth", "truncated"),
        ("optimizer_only.pth", "optimizer"),
        ("whole_module.pth", "whole"),
        ("whole_module_legacy.pth", "whole"),
    ] {
        let report = doctor::inspect(&repository().join("tests/data/checkpoints").join(name));
        assert!(report.sentence.contains(said), "{}", report.sentence);
    }
}

fn same(ours: &StateDict, wanted: &StateDict, what: &str) {
    assert!(ours.names().eq(wanted.names()), "{what}: {:?}", ours.names().collect::<Vec<_>>());
    for (name, tensor) in wanted.iter() {
        assert_eq!(ours.get(name), Some(tensor), "{what}: {name}");
    }
}
