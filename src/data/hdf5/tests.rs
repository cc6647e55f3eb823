//! Tests of the reader: every layout there and back, and files that lie.

#![allow(clippy::unwrap_used)]

use super::checks::check;
use super::writer::{Store, Values, Writer};
use super::*;

fn chunks(sides: &[u64], fan: usize, shuffle: bool, deflate: bool) -> Store {
    Store::Chunks { sides: sides.to_vec(), fan, shuffle, deflate }
}

fn message(bytes: Vec<u8>) -> String {
    match File::from_bytes(bytes, Path::new("a.mat")) {
        Ok(file) => match file.dataset("depths") {
            Ok(data) => data.unwrap().row(&file, 0).unwrap_err().to_string(),
            Err(error) => error.to_string(),
        },
        Err(error) => error.to_string(),
    }
}

/// A small file with everything that the checks look at: images and depth in chunks, scenes behind references.
pub(crate) fn small() -> Vec<u8> {
    let mut w = Writer::matlab();
    let images = Values::U8((0..5 * 3 * 4 * 3).map(|i| (i * 7 % 251) as u8).collect());
    w.array("images", &[5, 3, 4, 3], &images, &chunks(&[1, 3, 4, 3], 2, false, true));
    let depths = Values::F32((0..5 * 4 * 3).map(|i| i as f32 / 7.0).collect());
    w.array("depths", &[5, 4, 3], &depths, &chunks(&[2, 3, 2], 3, true, true));
    w.array("rawDepths", &[5, 4, 3], &depths, &Store::Contiguous);
    let name = |w: &mut Writer, text: &str| {
        let units: Vec<u16> = text.encode_utf16().collect();
        w.hidden(&[units.len() as u64, 1], &Values::U16(units), &Store::Contiguous)
    };
    let names = ["a_1", "b_2", "c_3", "d_4", "é_5"].map(|text| name(&mut w, text)).to_vec();
    w.array("scenes", &[1, 5], &Values::References(names), &Store::Compact);
    w.finish()
}

#[test]
fn every_layout_type_and_tree_is_read_row_by_row() {
    let shape = [7u64, 5, 6];
    let count = 7 * 5 * 6;
    let kinds = [
        Values::U8((0..count).map(|i| (i * 31 % 256) as u8).collect()),
        Values::U16((0..count).map(|i| (i * 331) as u16).collect()),
        Values::F32((0..count).map(|i| i as f32 * 0.37 - 9.0).collect()),
        Values::F64((0..count).map(|i| f64::from(i) * 1e-9).collect()),
    ];
    let mut stores = vec![Store::Compact, Store::Contiguous];
    for sides in [[1, 5, 6], [1, 2, 4], [3, 5, 6], [2, 3, 5], [7, 5, 6], [16, 16, 16]] {
        stores.extend(
            [(64, false, false), (2, true, true), (3, false, true), (2, true, false)]
                .map(|(fan, shuffle, deflate)| chunks(&sides, fan, shuffle, deflate)),
        );
    }
    for writer in [Writer::matlab, Writer::new_style] {
        for values in &kinds {
            let mut w = writer();
            for (i, store) in stores.iter().enumerate() {
                w.array(&format!("array{i}"), &shape, values, store);
            }
            let file = File::from_bytes(w.finish(), Path::new("a.mat")).unwrap();
            let bytes = values.bytes();
            let size = bytes.len() / 7;
            for i in 0..stores.len() {
                let data = file.dataset(&format!("array{i}")).unwrap().unwrap();
                assert_eq!(data.shape(), shape);
                for row in [0, 1, 6, 3, 2, 6] {
                    let want = &bytes[row * size..(row + 1) * size];
                    assert_eq!(data.row(&file, row as u64).unwrap(), want, "array{i}, row {row}");
                }
                assert!(data.row(&file, 7).unwrap_err().to_string().contains("has 7 rows"));
                assert!(data.row(&file, u64::MAX).is_err());
            }
            assert!(file.dataset("array").unwrap().is_none());
        }
    }
}

#[test]
fn names_behind_references() {
    let file = File::from_bytes(small(), Path::new("a.mat")).unwrap();
    let scenes = file.dataset("scenes").unwrap().unwrap();
    let row = scenes.row(&file, 0).unwrap();
    let text = |i: usize| file.text(u64::from_le_bytes(row[8 * i..8 * i + 8].try_into().unwrap()), 3);
    assert_eq!((text(0).unwrap().as_str(), text(4).unwrap().as_str()), ("a_1", "é_5"));
    let address = u64::from_le_bytes(row[..8].try_into().unwrap());
    assert!(file.text(address, 2).unwrap_err().to_string().contains("no short text"));
    for wrong in [0, 1, 96, u64::MAX, u64::MAX - 7] {
        assert!(file.text(wrong, 9).is_err(), "{wrong}");
    }
    assert!(check(&small()));
}

#[test]
fn what_is_no_hdf5_is_named() {
    assert!(message(b"hello".to_vec()).contains("no HDF5 file"));
    assert!(message(Vec::new()).contains("no HDF5 file"));
    let old = [b"MATLAB 5.0 MAT-file, Platform".to_vec(), vec![0; 600]].concat();
    assert!(message(old).contains("-v7.3"));
    assert!(File::open(Path::new("/no/such.mat")).is_err());
    assert!(File::open(&std::env::temp_dir()).is_err());
}

#[test]
fn a_file_cut_anywhere_is_one_sentence() {
    let whole = small();
    for keep in 0..whole.len() {
        assert!(!check(&whole[..keep]), "{keep} of {} bytes", whole.len());
    }
    assert!(message(whole[..whole.len() - 1].to_vec()).contains("cut short"));
}

#[test]
fn any_byte_may_be_wrong() {
    let whole = small();
    for i in 0..whole.len() {
        for value in [0x00, 0x01, 0x7f, 0xff, whole[i] ^ 0x08] {
            let mut bytes = whole.clone();
            bytes[i] = value;
            check(&bytes);
        }
    }
}

/// The small file with the bytes found behind the `nth` occurrence of `signature`, `skip` further, replaced.
fn forged(signature: &[u8], nth: usize, skip: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = small();
    let places = file.windows(signature.len()).enumerate().filter(|(_, w)| *w == signature).map(|(i, _)| i);
    let at = places.collect::<Vec<_>>()[nth] + skip;
    file[at..at + bytes.len()].copy_from_slice(bytes);
    file
}

#[test]
fn lies_about_trees_and_sizes_are_found() {
    // The depths' tree has three levels. The root's first child is made to be the root itself.
    let root = small().windows(6).rposition(|w| w == b"TREE\x01\x02").unwrap();
    let mut cycle = small();
    let first_child = root + 24 + 8 + 8 * 4;
    cycle[first_child..first_child + 8].copy_from_slice(&(root as u64 - 512).to_le_bytes());
    assert!(message(cycle).contains("damaged chunk tree"));
    // Entries that are not there.
    assert!(message(forged(b"TREE\x01\x02", 1, 6, &[0xff, 0xff])).contains("cut short or damaged"));
    // The group's tree as its own child.
    let tree = small().windows(6).position(|w| w == b"TREE\0\0").unwrap();
    let mut cycle = small();
    cycle[tree + 5] = 1;
    cycle[tree + 32..tree + 40].copy_from_slice(&(tree as u64 - 512).to_le_bytes());
    assert!(message(cycle).contains("damaged group tree"));
    // A heap of 2^60 bytes, and one that wraps around.
    for size in [1u64 << 60, u64::MAX, 1 << 24] {
        let text = message(forged(b"HEAP", 0, 8, &size.to_le_bytes()));
        assert!(text.contains("local heap"), "{text}");
    }
    // Shapes whose product overflows, and rows larger than any.
    let shape = [5u64, 4, 3].map(u64::to_le_bytes).concat();
    for (axis, side) in [(1, 1u64 << 62), (2, 1 << 40), (1, 1 << 30)] {
        let text = message(forged(&shape, 0, 8 * axis, &side.to_le_bytes()));
        assert!(text.contains("rows of more than 256 MB"), "{text}");
    }
    // Chunks of no elements, and of very many.
    let sides = [2u32, 3, 2, 4].map(u32::to_le_bytes).concat();
    assert!(message(forged(&sides, 0, 0, &0u32.to_le_bytes())).contains("chunks without elements"));
    assert!(message(forged(&sides, 0, 0, &u32::MAX.to_le_bytes())).contains("unusual size"));
    // A header that continues in itself: a continuation message whose block is where it stands.
    let mut circle = small();
    let at = circle.windows(8).rposition(|w| w == [0x10, 0, 16, 0, 0, 0, 0, 0]).unwrap();
    circle[at + 8..at + 16].copy_from_slice(&(at as u64 - 512).to_le_bytes());
    circle[at + 16..at + 24].copy_from_slice(&24u64.to_le_bytes());
    assert!(message(circle).contains("more than 64 parts"));
}

#[test]
fn what_newer_writers_do_is_refused_with_the_remedy() {
    let mut w = Writer::matlab();
    w.array("depths", &[1, 2], &Values::F32(vec![1.0, 2.0]), &chunks(&[1, 2], 2, false, true));
    let file = w.finish();
    let at = |what: &[u8]| file.windows(what.len()).position(|w| w == what).unwrap();
    let change = |at: usize, value: u8| {
        let mut file = file.clone();
        file[at] = value;
        message(file)
    };
    let filter = at(b"deflate\0") - 8;
    assert!(change(filter, 4).contains("szip"));
    assert!(change(filter, 3).contains("Fletcher"));
    assert!(change(filter, 32).contains("filter 32"));
    let layout = at(&[3, 2, 3]);
    assert!(change(layout, 4).contains("HDF5 1.10"));
    assert!(change(layout, 1).contains("layout of version 1"));
    assert!(change(at(b"\x89HDF") + 8, 9).contains("superblock of version 9"));
    let text = change(layout, 4);
    assert!(text.contains("-v7.3") && text.starts_with("a.mat: "), "{text}");
}

#[test]
fn files_that_h5py_wrote_are_read_as_it_reads_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/data-seeds");
    for name in ["matlab.mat", "shuffled.mat", "contiguous.mat", "headers2.mat"] {
        let seed = std::fs::read(folder.join(name)).unwrap();
        assert!(check(&seed[1..]), "{name}");
        let file = File::from_bytes(seed[1..].to_vec(), Path::new(name)).unwrap();
        let array = |name: &str| file.dataset(name).unwrap().unwrap();
        // The arrays count up from zero.
        assert_eq!(array("images").row(&file, 3).unwrap(), (108..144).collect::<Vec<u8>>(), "{name}");
        let floats: Vec<u8> = (48..60).flat_map(|v| (v as f32).to_le_bytes()).collect();
        assert_eq!(array("depths").row(&file, 4).unwrap(), floats, "{name}");
        let doubles: Vec<u8> = (12..24).flat_map(|v| f64::from(v).to_le_bytes()).collect();
        assert_eq!(array("rawDepths").row(&file, 1).unwrap(), doubles, "{name}");
        let scenes = array("scenes").row(&file, 0).unwrap();
        let last = u64::from_le_bytes(scenes[32..40].try_into().unwrap());
        assert_eq!(file.text(last, 9).unwrap(), "scene_4", "{name}");
    }
}
