//! Files that mean harm or mean nothing: one sentence each that names the file, no panic, bounded memory.

use msfnet_studio::data::image::decode_file;
use msfnet_studio::data::truth;
use msfnet_studio::weights;
use std::path::Path;

/// A pickle that would run a program if it were ever executed (and leave a file behind).
fn pickle_bomb(marker: &Path) -> Vec<u8> {
    let mut p = b"\x80\x02cos\nsystem\n".to_vec();
    let command = format!("touch {}", marker.display());
    p.push(b'X');
    p.extend((command.len() as u32).to_le_bytes());
    p.extend(command.as_bytes());
    p.extend(b"\x85R.");
    p
}

#[test]
fn weights_never_run_code() {
    let dir = tempfile::tempdir().unwrap();
    let marker = dir.path().join("ran");
    let file = dir.path().join("bomb.pth");
    // As a bare pickle, and where PyTorch's legacy format keeps its object.
    let mut legacy = Vec::new();
    legacy.extend(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.");
    legacy.extend(b"\x80\x02M\xe9\x03.");
    legacy.extend(b"\x80\x02}.");
    legacy.extend(pickle_bomb(&marker));
    for bytes in [pickle_bomb(&marker), legacy] {
        std::fs::write(&file, bytes).unwrap();
        let Err(error) = weights::read(&file) else { panic!("it is refused") };
        assert!(error.to_string().contains("bomb.pth"), "{error}");
        assert!(!marker.exists(), "the pickle was executed");
    }
}

#[test]
fn weights_that_are_none() {
    let dir = tempfile::tempdir().unwrap();
    let cases: [(&str, Vec<u8>); 6] = [
        ("empty.pth", Vec::new()),
        ("text.safetensors", b"these are no weights".to_vec()),
        ("page.pth", b"<!DOCTYPE html><html><body>404</body></html>".to_vec()),
        ("pointer.pth", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n".to_vec()),
        ("header.safetensors", [u64::MAX.to_le_bytes().to_vec(), b"{}".to_vec()].concat()),
        ("picture.pth", b"\x89PNG\r\n\x1a\n0000".to_vec()),
    ];
    for (name, bytes) in cases {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error = weights::read(&path).err().unwrap_or_else(|| panic!("{name} is refused")).to_string();
        assert!(error.contains(name), "{error}");
        assert!(!error.contains('\n'), "one sentence: {error}");
    }
}

#[test]
fn shipped_weights_cut_anywhere_are_refused() {
    let whole = std::fs::read(super::common::repository().join("models/msfnet-lite0-nyu-eda.safetensors")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cut.safetensors");
    for part in 0..16 {
        std::fs::write(&path, &whole[..whole.len() * part / 16]).unwrap();
        assert!(weights::read(&path).is_err(), "{part}/16 of the file");
    }
}

#[test]
fn pictures_and_truths_that_are_none() {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("a.png", b"".as_slice()),
        ("b.png", b"text".as_slice()),
        ("c.jpg", b"\xff\xd8\xff\xe0".as_slice()),
        ("d.tiff", b"II*\0\xff\xff\xff\xff".as_slice()),
        ("e.npy", b"\x93NUMPY\x01\x00\xff\xff".as_slice()),
        ("f.pfm", b"Pf\n99999999 99999999\n-1.0\n".as_slice()),
    ] {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        for error in [
            decode_file(&path).err().map(|e| e.to_string()),
            truth::read(&path, Some(256.0)).err().map(|e| e.to_string()),
        ] {
            let error = error.unwrap_or_else(|| panic!("{name} is refused"));
            assert!(error.contains(name) && !error.contains('\n'), "{error}");
        }
    }
    assert!(decode_file(Path::new("/nowhere/at/all.png")).is_err());
}
