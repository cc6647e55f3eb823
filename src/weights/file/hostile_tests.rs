//! Files that are broken, lie, or are something else: each is refused in one sentence, without panic and within bounds.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::checks::check;
use super::tests::{read_file, refusal};
use super::writer::{self, Pickler, Spec, float, floats};
use super::*;
use crate::state_dict::HostTensor;
use std::time::Instant;

fn tensor_files() -> Vec<(&'static str, Vec<u8>)> {
    let numbers: Vec<f32> = (0..600).map(|n| n as f32).collect();
    let specs = [float("a.weight", "0", &[20, 30], &[30, 1]), float("a.bias", "1", &[30], &[1])];
    let pickle = writer::state_dict(&specs);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let mut tensors = StateDict::new();
    tensors.insert("a", HostTensor::from_f32([20, 30], &numbers));
    write_safetensors(&path, &tensors, &BTreeMap::from([("k".to_owned(), "v".to_owned())])).unwrap();
    let storages = [("0", floats(&numbers)), ("1", floats(&numbers[..30]))];
    vec![
        ("legacy", writer::legacy(&pickle, &[("0", 600, storages[0].1.clone()), ("1", 30, storages[1].1.clone())])),
        ("zip", writer::zip(&pickle, &storages, false)),
        ("deflated zip", writer::zip(&pickle, &storages, true)),
        ("safetensors", std::fs::read(&path).unwrap()),
    ]
}

#[test]
fn cut_anywhere() {
    for (name, bytes) in tensor_files() {
        assert!(read_file(&bytes).is_ok(), "{name}");
        for part in 0..64 {
            let cut = &bytes[..bytes.len() * part / 64];
            let sentence = refusal(cut);
            if part == 0 {
                assert!(sentence.contains("is empty (0 bytes)"), "{sentence}");
            }
        }
        let sentence = refusal(&bytes[..bytes.len() - 1]);
        assert!(sentence.contains("download or copy it again"), "{name}: {sentence}");
    }
}

/// Every byte of tables, headers and pickles changed: an error or other numbers, but never a panic.
#[test]
fn any_byte_changed() {
    let (mut read_well, mut refused) = (0, 0);
    for (_, bytes) in tensor_files() {
        // Elements in the middle are left alone: they are just numbers.
        for at in (0..bytes.len()).filter(|at| *at < 900 || at + 700 > bytes.len()) {
            let mut changed = bytes.clone();
            changed[at] ^= [0x01, 0x80, 0xff][at % 3];
            match check(&changed) {
                Ok(_) => read_well += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert!(read_well > 100 && refused > 500, "{read_well} read, {refused} refused");
}

#[test]
fn nothing_is_run() {
    let system = |p: Pickler| p.str("touch /tmp/owned").raw(b"\x85R").stop();
    let plain = system(Pickler::new(2).global("os system"));
    let stacked = system(Pickler::new(4).raw(b"\x8c\x02os\x94\x8c\x06system\x94\x93"));
    let text = b"cos\nsystem\n(S'touch /tmp/owned'\ntR.".to_vec();
    let storage = [("0", 1, floats(&[1.0]))];
    for bytes in
        [plain.clone(), stacked.clone(), text, writer::legacy(&plain, &storage), writer::zip(&stacked, &[], false)]
    {
        let sentence = refusal(&bytes);
        assert!(sentence.contains("asks to run `os.system`") && sentence.contains("never executes code"), "{sentence}");
    }
    let getattr = Pickler::new(2).global("builtins getattr").stop();
    assert!(refusal(&writer::zip(&getattr, &[], false)).contains("`builtins.getattr`"));
    // Control characters of a hostile name never reach the terminal.
    let escape = Pickler::new(2).global("o\x1b[2Js system").stop();
    assert!(!refusal(&writer::zip(&escape, &[], false)).contains('\x1b'));
}

#[test]
fn sizes_beyond_the_file() {
    let spec = |spec: Spec<'_>| writer::zip(&writer::state_dict(&[spec]), &[("0", floats(&[0.0; 4]))], false);
    let base = float("a", "0", &[4], &[1]);
    let huge = 1_i64 << 40;
    for broken in [
        Spec { shape: &[5], ..base.clone() },
        Spec { offset: 1, ..base.clone() },
        Spec { offset: i64::MAX, ..base.clone() },
        Spec { stride: &[i64::MAX], ..base.clone() },
        Spec { shape: &[i64::MAX, i64::MAX], stride: &[1, 1], ..base.clone() },
        Spec { shape: &[i64::MAX, 4, 0], stride: &[0, 0, 0], ..base.clone() },
        Spec { shape: &[-1], ..base.clone() },
        Spec { stride: &[-1], ..base.clone() },
        Spec { view: Some((2, 4)), ..base.clone() },
        Spec { view: Some((i64::MAX, i64::MAX)), ..base.clone() },
        Spec { count: huge, shape: &[1 << 40], ..base.clone() },
        Spec { count: -4, ..base.clone() },
        Spec { count: 3, shape: &[3], ..base.clone() }, // fewer than are stored
        Spec { shape: &[4, 1], ..base.clone() },        // other strides than sizes
        // Strides of 0 make a terabyte of four numbers.
        Spec { shape: &[huge], stride: &[0], ..base.clone() },
        Spec { key: "../../etc/passwd", ..base.clone() },
    ] {
        refusal(&spec(broken));
    }
    let pickle = writer::state_dict(&[base]);
    for count in [i64::MAX, -1, 5, 1 << 61] {
        refusal(&writer::legacy(&pickle, &[("0", count, floats(&[0.0; 4]))]));
    }
    // The same key twice, and a name twice.
    let storage = ("0", 4, floats(&[0.0; 4]));
    refusal(&writer::legacy(&pickle, &[storage.clone(), storage]));
    let twice = writer::state_dict(&[float("a", "0", &[4], &[1]), float("a", "0", &[4], &[1])]);
    assert!(refusal(&writer::zip(&twice, &[("0", floats(&[0.0; 4]))], false)).contains("`a` twice"));
}

#[test]
fn safetensors_that_lie() {
    let with = |header: &str, data: usize| {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.resize(bytes.len() + data, 0);
        bytes
    };
    let one = |dtype: &str, shape: &str, offsets: &str| {
        format!("{{\"a\":{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":{offsets}}}}}")
    };
    assert!(read_file(&with(&one("F32", "[2]", "[0,8]"), 8)).is_ok());
    for (header, data) in [
        (one("F32", "[2]", "[0,8]"), 7),
        (one("F32", "[2]", "[0,8]"), 9),
        (one("F32", "[3]", "[0,8]"), 8),
        (one("F32", "[2]", "[8,0]"), 8),
        (one("F32", "[2]", "[4,12]"), 12),
        (one("F32", "[4611686018427387904,4]", "[0,8]"), 8),
        (one("F32", "[2]", "[0,18446744073709551615]"), 8),
        (one("U64", "[1]", "[0,8]"), 8),
        (one("XYZ", "[1]", "[0,8]"), 8),
        ("{\"a\":3}".to_owned(), 8),
        ("{".to_owned(), 8),
        ("{}".to_owned(), 0),
        (format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000)), 8),
    ] {
        refusal(&with(&header, data));
    }
    let mut bytes = u64::MAX.to_le_bytes().to_vec();
    bytes.extend_from_slice(b"{\"a\"");
    assert!(refusal(&bytes).contains("ends inside its header"));
    // A table of 150,000 tensors without one number.
    let entry = |n: usize| format!("\"{n}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}");
    let table: Vec<String> = (0..150_000).map(entry).collect();
    assert!(refusal(&with(&format!("{{{}}}", table.join(",")), 0)).contains("more than 100000 tensors"));
}

#[test]
fn pickle_bombs() {
    let started = Instant::now();
    let bomb = |pickle: Vec<u8>| refusal(&writer::zip(&pickle, &[], true));
    // A million and more objects; a memo entry far out; more nesting than any program writes.
    assert!(bomb(Pickler::new(2).raw(&b"]".repeat(1_100_000)).stop()).contains("more objects"));
    assert!(bomb(Pickler::new(2).raw(b"]r\xff\xff\xff\xff").stop()).contains("larger memo"));
    assert!(bomb(Pickler::new(2).raw(&b"(".repeat(2_000)).stop()).contains("deeper nesting"));
    assert!(bomb(Pickler::new(2).raw(&b"N0".repeat(2_100_000)).stop()).contains("more operations"));
    // Tuples in tuples, 900,000 deep: read, dropped and refused without using the stack for it.
    assert!(bomb(Pickler::new(2).raw(b"N").raw(&b"\x85".repeat(900_000)).stop()).contains("no dictionary"));
    // A list that holds itself.
    assert!(bomb(Pickler::new(2).raw(b"]q\0h\0a").stop()).contains("no dictionary"));
    // One long list, copied again and again.
    let list = Pickler::new(2).raw(b"](").raw(&b"N".repeat(500_000)).raw(b"eq\0");
    let copies = list.global("builtins set").raw(b"q\x01").raw(&b"h\x01h\0\x85R0".repeat(1_000));
    assert!(bomb(copies.stop()).contains("more values"));
    // Lengths beyond the end.
    for lie in [
        &b"X\xff\xff\xff\xff"[..],
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x8b\xff\xff\xff\xff",
        b"B\xff\xff\xff\x7f",
    ] {
        assert!(bomb(Pickler::new(4).raw(lie).raw(b"ab").stop()).contains("ends inside its pickle"));
    }
    // Operations on an empty stack, across marks, on the wrong things.
    for nonsense in [
        &b"."[..],
        b"0",
        b"1",
        b"t",
        b"a",
        b"s",
        b"u",
        b"R",
        b"b",
        b"Q",
        b"q\0",
        b"h\0",
        b"(a",
        b"N\x87",
        b"N(\x85",
        b"NNa",
        b"NNNs",
        b"NR",
        b"N)R",
        b"cx\n",
        b"\xc0",
        b"I1\n",
    ] {
        bomb(Pickler::new(2).raw(nonsense).stop());
    }
    assert!(started.elapsed().as_secs() < 60, "bounded in time too");
}

#[test]
fn zip_bombs() {
    // 64 MB of zeros in 64 kB.
    let zeros = vec![0; 64 << 20];
    let count = zeros.len() as i64 / 4;
    let spec = Spec { count, ..float("a", "0", &[1 << 24], &[1]) };
    let bytes = writer::zip(&writer::state_dict(&[spec]), &[("0", zeros)], true);
    assert!(bytes.len() < 1 << 20);
    assert!(refusal(&bytes).contains("far more than its own size"));
    // An entry that holds more than its tensor describes, then one that also lies about its own size.
    let pickle = writer::state_dict(&[float("a", "0", &[4], &[1])]);
    let mut bytes = writer::zip(&pickle, &[("0", vec![0; 1 << 20])], true);
    assert!(refusal(&bytes).contains("larger than what it describes"));
    for at in (0..bytes.len() - 4).rev() {
        if bytes[at..at + 4] == (1_u32 << 20).to_le_bytes() {
            bytes[at..at + 4].copy_from_slice(&16_u32.to_le_bytes());
        }
    }
    refusal(&bytes);
    // A table of contents that claims a trillion entries.
    let mut bytes = writer::zip(&pickle, &[("0", vec![0; 16])], false);
    let end = bytes.len() - 22;
    let mut record = b"PK\x06\x06".to_vec();
    record.extend(44_u64.to_le_bytes());
    record.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [1_u64 << 40, 1 << 40, 46 << 40, 0] {
        record.extend(number.to_le_bytes());
    }
    record.extend(b"PK\x06\x07\0\0\0\0");
    record.extend((end as u64).to_le_bytes());
    record.extend([1, 0, 0, 0]);
    bytes.splice(end..end, record);
    assert!(refusal(&bytes).contains("1099511627776 entries"));
}

#[test]
fn what_else_is_saved_under_that_name() {
    let padded = |start: &[u8]| [start, &[7; 500]].concat();
    let cases: [(Vec<u8>, &str); 19] = [
        (b"".into(), "is empty"),
        (b"<!DOCTYPE html><html><body>404".into(), "web page"),
        (b"\xef\xbb\xbf \n<HTML lang=de>".into(), "web page"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied".into(), "XML"),
        (b"{\"error\": \"not found\"}".into(), "JSON"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n".into(), "git lfs pull"),
        (padded(b"\x89HDF\r\n\x1a\n"), "HDF5"),
        (padded(b"\x08\x07\x12\x07pytorch\x1a\x032.0"), "ONNX"),
        (padded(b"\x89PNG\r\n\x1a\n"), "image"),
        (padded(b"\xff\xd8\xff\xe0"), "image"),
        (padded(b"\x1f\x8b\x08"), "unpacked first"),
        (padded(b"\x93NUMPY\x01\0"), "NumPy"),
        (b"learning_rate = 1e-4 # \xc3\xa9t\xc3\xa9\n".into(), "text file"),
        (padded(b"\x1c\0\0\0TFL3"), "TensorFlow Lite"),
        (padded(&[1, 2, 3, 4]), "no weights file"),
        (b"\x01".into(), "no weights file"),
        (Pickler::new(2).raw(b"}").stop(), "pickle that PyTorch did not write"),
        (b"PK\x05\x06".iter().copied().chain([0; 18]).collect(), "empty zip"),
        (b"PK\x03\x04".iter().copied().chain([0; 90]).collect(), "cut short"),
    ];
    for (bytes, expected) in cases {
        let sentence = refusal(&bytes);
        assert!(sentence.contains(expected), "{expected}: {sentence}");
    }
    let archive = |names: &[&str]| {
        use std::io::Write;
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for name in names {
            archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(b"\x80\x02}.").unwrap();
        }
        archive.finish().unwrap().into_inner()
    };
    assert!(refusal(&archive(&["net/data.pkl", "net/code/__torch__.py", "net/constants.pkl"])).contains("TorchScript"));
    assert!(refusal(&archive(&["config.json", "model.weights.h5"])).contains("Keras"));
    assert!(refusal(&archive(&["arr_0.npy"])).contains(".npz"));
    assert!(refusal(&archive(&["word/document.xml"])).contains("without PyTorch weights"));
    assert!(refusal(&archive(&["net/data.pkl"])).contains("without a single tensor"));

    let folder = tempfile::tempdir().unwrap();
    assert!(read(folder.path()).unwrap_err().to_string().contains("is a folder"));
    assert!(read(&folder.path().join("missing.pth")).unwrap_err().to_string().contains("check the path"));
    let huge = folder.path().join("huge.pth");
    File::create(&huge).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap();
    assert!(read(&huge).unwrap_err().to_string().contains("more than the 8 GB"));
}
