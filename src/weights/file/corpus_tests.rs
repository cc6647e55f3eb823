//! The seeds and the corpus of the fuzz target as ordinary tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::checks::{check, check_input};
use super::*;
use crate::state_dict::DType;
use std::time::{Duration, Instant};

fn folder(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|f| (f.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(f).unwrap())).collect()
}

fn seed(name: &str) -> Contents {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds/read").join(name);
    check(&std::fs::read(path).unwrap()).unwrap()
}

/// What came of an input, in bounded time. A machine with other work gets some tries.
fn timed(name: &str, bytes: &[u8]) -> Result<Contents> {
    let mut least = Duration::MAX;
    for _ in 0..5 {
        let started = Instant::now();
        let result = check_input(bytes);
        least = least.min(started.elapsed());
        if least < Duration::from_secs(1) {
            return result;
        }
    }
    panic!("{name} took {least:?}");
}

#[test]
fn seeds_are_read_or_refused() {
    let (read, refused, made) = (folder("seeds/read"), folder("seeds/refused"), folder("seeds/made"));
    assert!(read.len() > 30 && refused.len() > 60, "{} and {}", read.len(), refused.len());
    for (name, bytes) in read {
        if let Err(error) = timed(&name, &bytes) {
            panic!("{name} is refused: {error}");
        }
    }
    for (name, bytes) in refused {
        assert!(timed(&name, &bytes).is_err(), "{name} is read");
    }
    // Files that are made from descriptions get to the tensors.
    let read = made.iter().filter(|(name, bytes)| timed(name, bytes).is_ok()).count();
    assert!(read >= 5 && made.len() >= 10, "{read} of {}", made.len());
}

#[test]
fn the_corpus_keeps_its_promises() {
    let files = folder("corpus/weights");
    assert!(files.len() > 100, "{}", files.len());
    let read = files.iter().filter(|(name, bytes)| timed(name, bytes).is_ok()).count();
    assert!(read >= 10 && read < files.len(), "{read} of {} are read", files.len());
}

/// What PyTorch saved comes out of both formats, whatever stands around it.
#[test]
fn both_formats_and_all_wrappers_hold_the_same_state_dict() {
    let plain = seed("state-dict-zip.pth");
    let names: Vec<_> = plain.tensors.iter().map(|(name, _)| name).collect();
    let norm = ["bias", "num_batches_tracked", "running_mean", "running_var", "weight"].map(|n| format!("bn.{n}"));
    assert_eq!(names[..5], norm);
    assert_eq!(names[5..], ["conv.bias", "conv.weight"]);
    assert!(plain.notes.is_empty() && plain.metadata.is_empty(), "{plain:?}");
    let wrappers = ["state-dict", "protocol-4", "trainer", "data-parallel", "compiled", "nested"];
    for name in wrappers.into_iter().chain(["averaged-beside", "averaged-only", "encoder-with-sizes"]) {
        for format in ["zip", "legacy"] {
            assert!(seed(&format!("{name}-{format}.pth")).tensors == plain.tensors, "{name}-{format}");
        }
    }
    assert!(seed("deflated.pth").tensors == plain.tensors);
    assert!(seed("plain.safetensors").tensors == plain.tensors);
}

#[test]
fn what_was_done_is_said() {
    let notes = |name: &str| seed(name).notes;
    assert_eq!(
        notes("nested-zip.pth"),
        [
            "The tensors were taken from `net/state_dict` inside the file.",
            "The prefix `module.` was taken off every name (DataParallel).",
        ]
    );
    assert_eq!(
        notes("averaged-beside-legacy.pth"),
        [
            "The tensors were taken from `model` inside the file.",
            "`model_ema` with 7 tensors was left out: averaged (EMA) weights beside the plain ones.",
        ]
    );
    assert!(notes("averaged-only-zip.pth")[1].contains("there are no others"));
    assert!(notes("compiled-zip.pth")[1].contains("`_orig_mod.`"));
    assert!(notes("averaged-model-zip.pth")[0].contains("with its counter"));
    let trainer = seed("trainer-zip.pth");
    assert_eq!(trainer.notes.len(), 3, "{:?}", trainer.notes);
    assert_eq!(trainer.notes[1], "`optimizer` with 12 tensors was left out: the state of an optimizer.");
    assert!(trainer.notes[2].contains("`args` (argparse.Namespace)"), "{:?}", trainer.notes);
    assert_eq!((trainer.metadata["epoch"].as_str(), trainer.metadata["arch"].as_str()), ("7", "net"));
    let parts = seed("parts-zip.pth");
    assert!(parts.tensors.get("encoder.conv.weight").is_some() && parts.tensors.get("decoder.conv.weight").is_some());
    assert!(parts.notes[0].contains("`encoder`, `decoder`"), "{:?}", parts.notes);
}

#[test]
fn views_and_types_of_pytorch() {
    for format in ["zip", "legacy"] {
        let views = seed(&format!("views-{format}.pth")).tensors;
        let values = |name: &str| views.get(name).unwrap().to_f32();
        let numbers: Vec<f32> = (0..24).map(|n| n as f32).collect();
        assert_eq!((values("all"), values("tied")), (numbers.clone(), numbers.clone()));
        assert_eq!(values("part"), numbers[5..9]);
        assert_eq!(values("every-third"), [0., 3., 6., 9., 12., 15., 18., 21.]);
        let transposed: Vec<f32> = (0..6).flat_map(|c| (0..4).map(move |r| (r * 6 + c) as f32)).collect();
        assert_eq!(
            (views.get("transposed").unwrap().shape.as_slice(), values("transposed")),
            (&[6, 4][..], transposed)
        );
        assert_eq!((values("expanded"), values("scalar"), values("last")), (vec![0.; 12], vec![3.], numbers));
        assert_eq!(views.get("empty").unwrap().shape, [0, 3]);
        let types = seed(&format!("dtypes-{format}.pth")).tensors;
        for (name, tensor) in types.iter() {
            let want = if name == "bool" { vec![0., 1., 1., 1., 1., 1.] } else { numbers_to(6) };
            assert_eq!(tensor.to_f32(), want, "{name}");
        }
        assert_eq!(types.get("int16").unwrap().dtype, DType::I32);
        assert_eq!(types.get("bfloat16").unwrap().dtype, DType::BF16);
    }
}

fn numbers_to(end: u8) -> Vec<f32> {
    (0..end).map(f32::from).collect()
}

/// The sentence for each kind of file that is no state dict.
#[test]
fn every_kind_of_refusal_has_its_sentence() {
    let cases = [
        ("whole-module-zip.pth", "whole Python object of class `__main__.Net`"),
        ("whole-module-legacy.pth", "whole Python object of class `__main__.Net`"),
        ("whole-module-inside-zip.pth", "under `model` a whole Python object"),
        ("optimizer-legacy.pth", "state of an optimizer (12 tensors), not a network"),
        ("optimizer-inside-zip.pth", "state of an optimizer (`optimizer`, 12 tensors) and no network"),
        ("arrays-zip.pth", "NumPy arrays under `a`"),
        ("numpy.pkl", "Python pickle of NumPy arrays"),
        ("sparse-zip.pth", "`torch._utils._rebuild_sparse_tensor`"),
        ("quantised.pth", "`torch._utils._rebuild_qtensor`"),
        ("complex.pth", "`torch.ComplexFloatStorage`"),
        ("script.pt", "TorchScript"),
        ("single-tensor-zip.pth", "single tensor without a name"),
        ("asks-system-zip.pth", "asks to run `posix.system`"),
        ("asks-text.pkl", "asks to run `posix.system`"),
        ("asks-getattr-legacy.pth", "asks to run `__builtin__.getattr`"),
        ("cut-2-trainer-zip.pth", "truncated PyTorch zip"),
        ("cut-3-state-dict-legacy.pth", "truncated PyTorch file"),
        ("cut.safetensors", "truncated safetensors file"),
        ("page.pth", "web page"),
        ("xml.pth", "XML"),
        ("json.pth", "JSON"),
        ("pointer.pth", "git lfs pull"),
        ("hdf5.h5", "Keras"),
        ("model.onnx", "ONNX"),
        ("saved_model.pb", "SavedModel"),
        ("graph.pb", "TensorFlow graph"),
        ("model.ckpt.index", "index of a TensorFlow checkpoint"),
        ("checkpoint", "TensorFlow's list of checkpoints"),
        ("arrays.npz", "NumPy archive"),
        ("bomb.pth", "far more than its own size"),
        ("expanded.pth", "far larger than the numbers"),
    ];
    let files: BTreeMap<_, _> = folder("seeds/refused").into_iter().collect();
    for (name, words) in cases {
        let sentence = check(&files[name]).unwrap_err().to_string();
        assert!(sentence.contains(words), "{name}: {sentence}");
    }
}
