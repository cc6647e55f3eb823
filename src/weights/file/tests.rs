//! Reading what PyTorch writes, and writing safetensors.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::writer::{self, Pickler, Spec, float, floats};
use super::*;
use crate::state_dict::{DType, HostTensor};

/// Reads bytes as a file under a name that says nothing.
pub(super) fn read_file(bytes: &[u8]) -> Result<WeightsFile> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.bin");
    std::fs::write(&path, bytes).unwrap();
    read(&path)
}

/// The sentence with which a file is refused.
pub(super) fn refusal(bytes: &[u8]) -> String {
    let sentence = read_file(bytes).unwrap_err().to_string();
    assert!(sentence.contains("weights.bin: "), "names the file: {sentence}");
    assert!(sentence.contains("; "), "says what to do: {sentence}");
    assert!(!sentence.contains('\n') && sentence.len() < 400, "one sentence: {sentence}");
    sentence
}

fn values(file: &WeightsFile, name: &str) -> Vec<f32> {
    file.tensors.get(name).unwrap().to_f32()
}

#[test]
fn zip_and_legacy_give_the_same() {
    let numbers = [1.0, -2.5, 3.0, 4.0, 5.0, 6.0];
    let pickle = writer::state_dict(&[float("a", "7", &[2, 3], &[3, 1])]);
    for (bytes, format) in [
        (writer::zip(&pickle, &[("7", floats(&numbers))], false), Format::TorchZip),
        (writer::zip(&pickle, &[("7", floats(&numbers))], true), Format::TorchZip),
        (writer::legacy(&pickle, &[("7", 6, floats(&numbers))]), Format::TorchLegacy),
    ] {
        let file = read_file(&bytes).unwrap();
        assert_eq!(file.format, format);
        assert_eq!(file.tensors.get("a").unwrap().shape, [2, 3]);
        assert_eq!(values(&file, "a"), numbers);
        assert_eq!(file.sha256.len(), 64);
    }
}

#[test]
fn strides_offsets_and_shared_storages() {
    let numbers: Vec<f32> = (0..12).map(|n| n as f32).collect();
    let base = Spec { count: 12, ..float("all", "0", &[12], &[1]) };
    let specs = [
        base.clone(),
        Spec { name: "transposed", shape: &[4, 3], stride: &[1, 4], ..base.clone() },
        Spec { name: "column", offset: 2, shape: &[3], stride: &[4], ..base.clone() },
        Spec { name: "repeated", offset: 5, shape: &[2, 2], stride: &[0, 0], ..base.clone() },
        Spec { name: "scalar", offset: 11, shape: &[], stride: &[], ..base.clone() },
        Spec { name: "none", offset: 12, shape: &[0, 3], stride: &[3, 1], ..base.clone() },
        Spec { name: "channels_last", shape: &[1, 3, 2, 2], stride: &[12, 1, 6, 3], ..base.clone() },
        Spec { name: "view", view: Some((4, 6)), offset: 1, shape: &[2], stride: &[3], ..base },
    ];
    let file = read_file(&writer::legacy(&writer::state_dict(&specs), &[("0", 12, floats(&numbers))])).unwrap();
    assert_eq!(values(&file, "all"), numbers);
    assert_eq!(values(&file, "transposed"), [0., 4., 8., 1., 5., 9., 2., 6., 10., 3., 7., 11.]);
    assert_eq!(values(&file, "column"), [2., 6., 10.]);
    assert_eq!(values(&file, "repeated"), [5.; 4]);
    assert_eq!((values(&file, "scalar"), file.tensors.get("scalar").unwrap().shape.len()), (vec![11.], 0));
    assert!(file.tensors.get("none").unwrap().is_empty());
    assert_eq!(values(&file, "channels_last"), [0., 3., 6., 9., 1., 4., 7., 10., 2., 5., 8., 11.]);
    assert_eq!(values(&file, "view"), [5., 8.], "offsets of a view count from its start");
}

#[test]
fn every_element_type() {
    let cases: [(&str, Vec<u8>, DType, f32); 9] = [
        ("DoubleStorage", (-1.5_f64).to_le_bytes().into(), DType::F64, -1.5),
        ("HalfStorage", half::f16::from_f32(0.25).to_le_bytes().into(), DType::F16, 0.25),
        ("BFloat16Storage", half::bf16::from_f32(3.0).to_le_bytes().into(), DType::BF16, 3.0),
        ("LongStorage", (-7_i64).to_le_bytes().into(), DType::I64, -7.0),
        ("IntStorage", (-8_i32).to_le_bytes().into(), DType::I32, -8.0),
        ("ShortStorage", (-9_i16).to_le_bytes().into(), DType::I32, -9.0),
        ("CharStorage", (-10_i8).to_le_bytes().into(), DType::I32, -10.0),
        ("ByteStorage", vec![200], DType::U8, 200.0),
        ("BoolStorage", vec![1], DType::U8, 1.0),
    ];
    for (kind, bytes, dtype, value) in cases {
        let kind = format!("torch {kind}");
        let spec = Spec { kind: &kind, ..float("a", "0", &[1], &[1]) };
        let file = read_file(&writer::zip(&writer::state_dict(&[spec]), &[("0", bytes)], false)).unwrap();
        let tensor = file.tensors.get("a").unwrap();
        assert_eq!((tensor.dtype, tensor.to_f32()), (dtype, vec![value]), "{kind}");
    }
}

/// `{"epoch": 12, "lr": 0.5, "model": {"module.a": tensor}, "optimizer": {…}}` with the operations of protocol 4.
#[test]
fn wrapped_prefixed_and_newer_pickles() {
    let text = |p: Pickler, text: &str| p.raw(&[0x8c, text.len() as u8]).raw(text.as_bytes()).raw(&[0x94]);
    let p = Pickler::new(4).raw(&[0x95]).raw(&1000_u64.to_le_bytes()).raw(b"}\x94(");
    let p = text(p, "epoch").raw(&[b'K', 12]);
    let p = text(p, "lr").raw(b"G").raw(&0.5_f64.to_be_bytes());
    let p = text(p, "use_stereo").raw(b"\x88");
    let p =
        text(p, "optimizer").raw(b"}(").str("state").raw(b"}").str("x").tensor(&float("", "9", &[1], &[1])).raw(b"u");
    let p = text(p, "model").raw(b"}(").str("module.a");
    // A parameter around a tensor whose function is named by STACK_GLOBAL.
    let p = p.global("torch._utils _rebuild_parameter").raw(b"(");
    let p = text(text(p, "torch._utils"), "_rebuild_tensor_v2").raw(&[0x93]);
    let p = p
        .raw(b"(")
        .storage(&float("", "0", &[2], &[1]))
        .raw(b"K\0K\x02\x85K\x01\x85\x89")
        .global("collections OrderedDict");
    let p = p.raw(b")RtR\x88").global("collections OrderedDict").raw(b")RtR");
    let pickle = p.raw(b"uu").stop();
    let file = read_file(&writer::legacy(&pickle, &[("9", 1, floats(&[9.0])), ("0", 2, floats(&[1.0, 2.0]))])).unwrap();
    assert_eq!(file.tensors.len(), 1, "the optimiser's tensors are no weights");
    assert_eq!(values(&file, "a"), [1.0, 2.0]);
    let metadata: Vec<_> = file.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(metadata, [("epoch", "12"), ("left_out", "optimizer"), ("lr", "0.5"), ("use_stereo", "true")]);
}

#[test]
fn untyped_storage_takes_its_tensors_type() {
    let spec = Spec { kind: "torch UntypedStorage", count: 8, ..float("", "0", &[2], &[1]) };
    let tensor = Pickler::new(2).raw(b"}").str("a").global("torch._utils _rebuild_tensor_v3").raw(b"(").storage(&spec);
    let tensor = tensor.raw(b"K\0K\x02\x85K\x01\x85\x89").global("collections OrderedDict").raw(b")R");
    let pickle = tensor.global("torch float32").raw(b"}tRs").stop();
    let file = read_file(&writer::zip(&pickle, &[("0", floats(&[4.0, 5.0]))], false)).unwrap();
    assert_eq!(values(&file, "a"), [4.0, 5.0]);
}

pub(super) fn small() -> (StateDict, BTreeMap<String, String>) {
    let mut tensors = StateDict::new();
    tensors.insert("b", HostTensor::from_f32([2, 2], &[1.0, f32::MIN_POSITIVE, -0.0, f32::INFINITY]));
    tensors.insert("a", HostTensor { dtype: DType::F16, shape: vec![3], bytes: vec![1, 2, 3, 4, 5, 6] });
    tensors.insert("n", HostTensor { dtype: DType::I64, shape: vec![], bytes: 77_i64.to_le_bytes().into() });
    tensors.insert("e", HostTensor { dtype: DType::U8, shape: vec![0], bytes: vec![] });
    (tensors, [("δ".to_owned(), "\"quoted\"\n".to_owned())].into())
}

#[test]
fn safetensors_round_trip_is_exact_and_repeatable() {
    let folder = tempfile::tempdir().unwrap();
    let (tensors, metadata) = small();
    let path = folder.path().join("a.safetensors");
    write_safetensors(&path, &tensors, &metadata).unwrap();
    let file = read(&path).unwrap();
    assert_eq!((file.tensors, file.metadata, file.format), (tensors.clone(), metadata.clone(), Format::Safetensors));
    let first = std::fs::read(&path).unwrap();
    write_safetensors(&path, &tensors, &metadata).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), first);
    // The format's own crate reads it too, and finds the tensors aligned.
    let theirs = ::safetensors::SafeTensors::deserialize(&first).unwrap();
    assert_eq!(theirs.tensor("a").unwrap().data(), [1, 2, 3, 4, 5, 6]);
    let header = u64::from_le_bytes(first[..8].try_into().unwrap());
    assert_eq!(header % 8, 0);
}

#[test]
fn a_tensor_that_does_not_fit_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    std::fs::write(&path, "before").unwrap();
    let (mut tensors, metadata) = small();
    tensors.insert("bad", HostTensor { dtype: DType::F32, shape: vec![2], bytes: vec![0; 7] });
    let sentence = write_safetensors(&path, &tensors, &metadata).unwrap_err().to_string();
    assert!(sentence.contains("`bad`"), "{sentence}");
    assert_eq!(std::fs::read(&path).unwrap(), b"before");
}

/// Small files are hashed after the reading, large ones beside it.
#[test]
fn the_hash_is_the_files_whatever_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    for values in [3, 1 << 20, (1 << 20) + 77] {
        let mut tensors = StateDict::new();
        tensors.insert("a", HostTensor::from_f32([values], &vec![0.5; values]));
        write_safetensors(&path, &tensors, &BTreeMap::new()).unwrap();
        let file = read(&path).unwrap();
        let whole: String = Sha256::digest(std::fs::read(&path).unwrap()).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!((file.sha256, sha256(&path).unwrap()), (whole.clone(), whole));
        assert!(file.tensors == tensors);
    }
    // One that is refused ends its hashing too.
    std::fs::write(&path, vec![1; 16 << 20]).unwrap();
    assert!(read(&path).unwrap_err().to_string().contains("no weights file"));
}
