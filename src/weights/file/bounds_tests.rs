//! Small files that ask for much: each is answered within its bounds of time, and what it asks for is not allocated.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::checks::check;
use super::writer::{self, Pickler, Spec, float, floats};
use super::*;
use std::io::Cursor;
use std::time::Instant;

/// The sentence with which an input is refused, in seconds and not in minutes.
fn refused(input: &[u8]) -> String {
    let started = Instant::now();
    let sentence = check(input).unwrap_err().to_string();
    assert!(started.elapsed().as_secs() < 20, "{:?} for: {sentence}", started.elapsed());
    sentence
}

fn zipped(pickle: &[u8]) -> Vec<u8> {
    writer::zip(pickle, &[("0", floats(&[0.0; 4]))], false)
}

/// A dictionary filled `count` times with what `entry` pushes.
fn repeated(start: Pickler, count: usize, entry: &[u8]) -> Vec<u8> {
    start.raw(b"}(").raw(&entry.repeat(count)).raw(b"u").stop()
}

#[test]
fn one_thing_named_many_times() {
    // A name of a megabyte for each of 100,000 tensors, by the memo.
    let name = "n".repeat(1 << 20);
    let start = Pickler::new(2).str(&name).raw(b"q\0").tensor(&float("a", "0", &[4], &[1])).raw(b"q\x01");
    assert!(refused(&zipped(&repeated(start, 100_000, b"h\0h\x01"))).contains("with 1048576 bytes"));
    // The same tensor under one name, and under more names than a file may have.
    let start = Pickler::new(2).str("n").raw(b"q\0").tensor(&float("a", "0", &[4], &[1])).raw(b"q\x01");
    assert!(refused(&zipped(&repeated(start, 100_000, b"h\0h\x01"))).contains("`n` twice"));
    let named = |n: usize| [b"X\x06\0\0\0".as_slice(), format!("{n:06}").as_bytes(), b"h\x01"].concat();
    let start = Pickler::new(2).tensor(&float("a", "0", &[4], &[1])).raw(b"q\x01");
    let many: Vec<u8> = (0..110_000).flat_map(named).collect();
    assert!(refused(&zipped(&repeated(start, 1, &many))).contains("more than 100000 tensors"));
    // A big dictionary as each of its own 300,000 entries and of 300,000 others: looking into each anew never ends.
    for key in ["model", "x", "encoder", "optimizer", "state"] {
        let start = Pickler::new(2).str(key).raw(b"q\0").raw(b"}q\x01(").raw(&b"h\0h\x01".repeat(300_000)).raw(b"u");
        let sentence = refused(&zipped(&repeated(start, 300_000, b"h\0h\x01")));
        assert!(sentence.contains("holds no tensors"), "{key}: {sentence}");
    }
    // `module.` 140 times before each of 20,000 names: prefixes are taken off a few times only.
    let prefix = "module.".repeat(140);
    let named = |n: usize| {
        let name = format!("{prefix}{n:05}");
        [b"X".as_slice(), &(name.len() as u32).to_le_bytes(), name.as_bytes(), b"h\x01"].concat()
    };
    let start = Pickler::new(2).tensor(&float("a", "0", &[0], &[1])).raw(b"q\x01");
    let many: Vec<u8> = (0..20_000).flat_map(named).collect();
    let pickle = repeated(start, 1, &many);
    let started = Instant::now();
    let file = read_bytes(&writer::zip(&pickle, &[("0", Vec::new())], false), Path::new("x")).unwrap();
    assert!(started.elapsed().as_secs() < 20 && file.notes.len() == 4, "{:?}", started.elapsed());
}

#[test]
fn tensors_from_nothing() {
    let base = Spec { count: 4, ..float("a", "0", &[4], &[1]) };
    for (shape, stride) in [
        (&[1_000_000_000][..], &[0][..]),
        (&[1 << 20, 1 << 20, 1 << 20], &[0, 0, 0]),
        (&[2, 500_000_000], &[1, 0]),
        (&[i64::MAX, i64::MAX, 0], &[0, 0, 0]),
        (&[0, 1 << 62, 1 << 62], &[0, 0, 0]),
    ] {
        let pickle = writer::state_dict(&[Spec { shape, stride, ..base.clone() }]);
        refused(&zipped(&pickle));
        refused(&writer::legacy(&pickle, &[("0", 4, floats(&[0.0; 4]))]));
    }
    // A storage of a quarter of a megabyte, 100 times over.
    let names: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let specs: Vec<_> =
        names.iter().map(|name| Spec { name, count: 1 << 16, ..float("", "0", &[1 << 16], &[1]) }).collect();
    let bytes = writer::legacy(&writer::state_dict(&specs), &[("0", 1 << 16, vec![0; 1 << 18])]);
    assert!(refused(&bytes).contains("far larger than the numbers"));
}

/// Numbers of a million digits, which weights do not need, are stepped over.
#[test]
fn giant_numbers() {
    let tensor = float("a", "0", &[4], &[1]);
    let start = || Pickler::new(2).raw(b"}(").str("a").tensor(&tensor).str("big");
    let digits = [0x8b].into_iter().chain((4_u32 << 20).to_le_bytes()).chain(vec![0x77; 4 << 20]).collect::<Vec<u8>>();
    for number in [digits, [&[0x8a, 255][..], &[0xee; 255]].concat()] {
        let file = check(&zipped(&start().raw(&number).raw(b"u").stop())).unwrap();
        assert_eq!((file.tensors.len(), file.metadata["left_out"].as_str()), (1, "big"));
    }
    for lie in
        [&[0x8b, 0xff, 0xff, 0xff, 0x7f][..], &[0x8b, 0xff, 0xff, 0xff, 0xff], b"\x8a\xff", b"\x8e\0\0\0\0\0\0\0\x80"]
    {
        assert!(refused(&zipped(&start().raw(lie).stop())).contains("ends inside its pickle"));
    }
}

/// One stored entry that 20 names of the table of contents point to.
#[test]
fn zip_entries_over_each_other() {
    let names: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    let count = 1 << 15;
    let specs: Vec<_> =
        names.iter().map(|key| Spec { name: key, key, count, ..float("", "", &[1 << 15], &[1]) }).collect();
    let storages: Vec<_> =
        names.iter().map(|key| (key.as_str(), if key == "0" { vec![7; 4 << 15] } else { Vec::new() })).collect();
    let mut bytes = writer::zip(&writer::state_dict(&specs), &storages, false);
    // The records of the table by the place of their name: checksum, sizes and offset are copied from the first's.
    let find = |bytes: &[u8], name: &str| {
        let record = [b"PK\x01\x02".as_slice(), name.as_bytes()];
        let starts = (0..bytes.len() - 46).filter(|at| bytes[*at..].starts_with(record[0]));
        starts.into_iter().find(|at| {
            let length = usize::from(u16::from_le_bytes([bytes[at + 28], bytes[at + 29]]));
            &bytes[at + 46..at + 46 + length] == record[1]
        })
    };
    let first = find(&bytes, "net/data/0").unwrap();
    for key in &names[1..] {
        let at = find(&bytes, &format!("net/data/{key}")).unwrap();
        bytes.copy_within(first + 16..first + 28, at + 16);
        bytes.copy_within(first + 42..first + 46, at + 42);
    }
    assert!(refused(&bytes).contains("overlap"));
}

#[test]
fn tables_of_contents_without_end() {
    use std::io::Write;
    // More entries than any weights have.
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for n in 0..MAX_TENSORS + 10 {
        archive.start_file(format!("net/data/{n}"), options).unwrap();
    }
    archive.write_all(b"x").unwrap();
    assert!(refused(&archive.finish().unwrap().into_inner()).contains("100010 entries"));

    // 30,000 entries, the last of them broken, and 2,000 closing records that all point to their beginning.
    let mut bytes = b"PK\x03\x04".to_vec();
    bytes.resize(100, 0);
    let start = bytes.len() as u32;
    for _ in 0..30_000 {
        bytes.extend(b"PK\x01\x02");
        bytes.resize(bytes.len() + 42, 0);
    }
    let size = bytes.len() as u32 - start;
    bytes.extend(b"broken");
    for _ in 0..2_000 {
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend([30_001_u16.to_le_bytes(), 30_001_u16.to_le_bytes()].concat());
        bytes.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
        bytes.extend([0, 0]);
    }
    let started = Instant::now();
    assert!(read_bytes(&bytes, Path::new("x")).is_err());
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn safetensors_headers_that_grow_in_memory() {
    let with = |header: &str| [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &[0; 4]].concat();
    let one =
        |shape: &str| with(&format!("{{\"a\":{{\"dtype\":\"F32\",\"shape\":[{shape}],\"data_offsets\":[0,4]}}}}"));
    assert!(check(&one("1,1")).is_ok());
    assert!(refused(&one(&vec!["1"; 5_000_000].join(","))).contains("more values"));
    assert!(refused(&one(&vec!["1"; 17].join(","))).contains("more dimensions"));
    let header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[0,4611686018427387904,4],\"data_offsets\":[0,0]}}";
    refused(&[&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat());
    refused(&with(&"{\"a\":".repeat(1_000_000)));
}

/// A storage's bytes become the tensor's where it is alone, whatever part of it the tensor is.
#[test]
fn windows_of_a_storage_of_their_own() {
    let numbers: Vec<f32> = (0..10).map(|n| n as f32).collect();
    for (offset, shape) in [(0, 10), (0, 6), (3, 7), (2, 6), (9, 1), (0, 2), (10, 0)] {
        let spec = Spec { count: 10, offset, shape: &[shape], ..float("a", "0", &[1], &[1]) };
        let pickle = writer::state_dict(&[spec]);
        let want = &numbers[offset as usize..(offset + shape) as usize];
        for bytes in [
            writer::legacy(&pickle, &[("0", 10, floats(&numbers))]),
            writer::zip(&pickle, &[("0", floats(&numbers))], false),
            writer::zip(&pickle, &[("0", floats(&numbers))], true),
        ] {
            assert_eq!(check(&bytes).unwrap().tensors.get("a").unwrap().to_f32(), want, "{offset} {shape}");
        }
    }
}
