//! What a dropped, typed or chosen path is: a clear ending decides at once, anything else by its content, on an errand.

use crate::data::dataset::{DataSpec, recognise::recognise, spec::typed};
use crate::data::image::{is_image, is_video};
use crate::error::{Error, Result};
use crate::weights::is_monodepth2;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// File endings of ground truth that cannot be pictures.
const TRUTH: [&str; 2] = ["npy", "pfm"];
/// Bytes from the start of a file that tell a picture from the rest.
const HEAD: u64 = 64;

/// What a path is.
#[derive(Debug, Clone, PartialEq)]
pub enum PathKind {
    /// A picture or a folder of pictures.
    Picture,
    /// Ground truth.
    Truth,
    /// A data set, in one of these layouts.
    Data(Vec<DataSpec>),
    /// Weights, or something of which the doctor will say what it is.
    Weights,
}

/// Paths sorted by what they are.
#[derive(Debug, Default)]
pub struct Sorted {
    /// Pictures and folders of pictures.
    pub pictures: Vec<PathBuf>,
    /// Ground truth.
    pub truth: Vec<PathBuf>,
    /// Data sets, each with the layouts that it may have.
    pub data: Vec<(PathBuf, Vec<DataSpec>)>,
    /// Weights, and whatever else is there.
    pub weights: Vec<PathBuf>,
    /// What is not there or cannot be read.
    pub failed: Vec<Error>,
}

impl Sorted {
    fn put(&mut self, kind: PathKind, path: PathBuf) {
        match kind {
            PathKind::Picture => self.pictures.push(path),
            PathKind::Truth => self.truth.push(path),
            PathKind::Data(layouts) => self.data.push((path, layouts)),
            PathKind::Weights => self.weights.push(path),
        }
    }
}

/// What a clear ending says; `None` where the content must be looked at. Touches no disk.
pub fn by_ending(path: &Path) -> Option<PathKind> {
    if let Some(Ok(spec)) = path.to_str().and_then(typed) {
        return Some(PathKind::Data(vec![spec]));
    }
    if is_video(path) {
        return Some(PathKind::Data(vec![DataSpec::Frames(path.to_owned())]));
    }
    if is_image(path) {
        return Some(PathKind::Picture);
    }
    let ending = path.extension()?;
    TRUTH.iter().any(|known| ending.eq_ignore_ascii_case(known)).then_some(PathKind::Truth)
}

/// All paths sorted by their endings; `None` when one of them must be looked at.
pub fn sort_by_ending(paths: &[PathBuf]) -> Option<Sorted> {
    let mut sorted = Sorted::default();
    for path in paths {
        sorted.put(by_ending(path)?, path.clone());
    }
    Some(sorted)
}

/// All paths sorted by their endings and contents. Reads the disk: not for the UI thread.
pub fn sort(paths: Vec<PathBuf>) -> Sorted {
    let mut sorted = Sorted::default();
    for path in paths {
        match by_ending(&path).map_or_else(|| by_content(&path), Ok) {
            Ok(kind) => sorted.put(kind, path),
            Err(error) => sorted.failed.push(error),
        }
    }
    join_parts(&mut sorted.weights);
    sorted
}

fn by_content(path: &Path) -> Result<PathKind> {
    // It began as a specification does, and is none.
    if let Some(Err(error)) = path.to_str().and_then(typed) {
        return Err(error);
    }
    let info = std::fs::metadata(path).map_err(|e| Error::reading(path, &e))?;
    if info.is_dir() {
        if is_monodepth2(path) {
            return Ok(PathKind::Weights);
        }
        let layouts = recognise(path);
        return Ok(if layouts.is_empty() { PathKind::Picture } else { PathKind::Data(layouts) });
    }
    // Opening a pipe would wait for a writer.
    if !info.is_file() {
        return Err(Error::file(path, "is no regular file", "choose a picture or weights"));
    }
    let layouts = recognise(path);
    if !layouts.is_empty() {
        return Ok(PathKind::Data(layouts));
    }
    let mut head = Vec::new();
    let file = File::open(path).map_err(|e| Error::reading(path, &e))?;
    file.take(HEAD).read_to_end(&mut head).map_err(|e| Error::reading(path, &e))?;
    Ok(if is_picture(&head) { PathKind::Picture } else { PathKind::Weights })
}

/// Some pictures are told by two to four bytes, which the length at the start of a safetensors file can equal by chance:
/// its header's brace decides.
fn is_picture(head: &[u8]) -> bool {
    head.get(8) != Some(&b'{') && image::guess_format(head).is_ok()
}

/// The two halves of a Monodepth2 model that come together are their folder, in the place of the first of them.
fn join_parts(weights: &mut Vec<PathBuf>) {
    let half = |path: &Path, stem: &str| path.file_stem().is_some_and(|s| s == stem);
    let given = |folder: &Path, stem: &str| weights.iter().any(|p| p.parent() == Some(folder) && half(p, stem));
    let folders: Vec<PathBuf> = weights
        .iter()
        .filter(|p| half(p, "encoder"))
        .filter_map(|p| p.parent())
        .filter(|folder| given(folder, "depth") && is_monodepth2(folder))
        .map(Path::to_owned)
        .collect();
    for folder in folders {
        let first = weights.iter().position(|p| p.parent() == Some(&folder)).unwrap_or(0);
        weights.retain(|p| p.parent() != Some(&folder));
        weights.insert(first.min(weights.len()), folder);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn clear_endings_need_no_look() {
        let kind = |p: &str| by_ending(Path::new(p));
        assert_eq!(kind("left.PNG"), Some(PathKind::Picture));
        assert_eq!(kind("drive.mp4"), Some(PathKind::Data(vec![DataSpec::Frames("drive.mp4".into())])));
        assert_eq!(kind("nyu:/a b"), Some(PathKind::Data(vec![DataSpec::Nyu("/a b".into())])), "as it is typed");
        assert_eq!(kind("depth.npy"), Some(PathKind::Truth));
        for unclear in ["/a/b.safetensors", "C.PTH", "model_best.pth.tar", "weights", "/a/folder", "m.bin", "m.h5"] {
            assert_eq!(kind(unclear), None, "{unclear}");
        }
        let paths = ["a.png", "t.pfm"].map(PathBuf::from);
        let sorted = sort_by_ending(&paths).unwrap();
        assert_eq!((sorted.pictures.len(), sorted.truth.len()), (1, 1));
        assert!(sort_by_ending(&["a.png", "weights"].map(PathBuf::from)).is_none());
    }

    #[test]
    fn everything_else_is_what_its_content_is() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let write = |name: &str, bytes: &[u8]| {
            std::fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            std::fs::write(at(name), bytes).unwrap();
            at(name)
        };
        let picture = write("photo", b"\x89PNG\r\n\x1a\n and so on");
        let zip = write("model.pth.tar", b"PK\x03\x04");
        let page = write("page.ckpt", b"<html>");
        let empty = write("empty", b"");
        // A header of 65536 bytes begins as an icon does.
        let tensors = write("tensors.bin", b"\0\0\x01\0\0\0\0\0{\"a\":1}");
        for name in [
            "set/rgb/0.png",
            "set/depth/0.png",
            "set/splits.csv",
            "mono/encoder.pth",
            "mono/depth.pth",
            "parts/encoder.pth",
            "parts/depth.pth",
            "photos/a.png",
        ] {
            write(name, b"x");
        }
        let paths = ["photo", "mono", "photos", "model.pth.tar", "page.ckpt", "empty", "tensors.bin", "gone", "set"];
        let parts = ["parts/depth.pth", "parts/encoder.pth"];
        let sorted = sort(paths.iter().chain(&parts).map(|n| at(n)).collect());
        assert_eq!(sorted.pictures, [picture, at("photos")]);
        assert_eq!(sorted.weights, [at("mono"), zip, page, empty, tensors, at("parts")]);
        assert_eq!(sorted.data, [(at("set"), vec![DataSpec::Nyu(at("set"))])]);
        assert_eq!(sorted.failed.len(), 1);
        let wrong = sort(vec![PathBuf::from("synthetic:kitchen")]);
        assert!(wrong.failed[0].to_string().contains("is no scene that can be made"), "{:?}", wrong.failed);
        assert!(sorted.failed[0].to_string().contains("gone"), "{}", sorted.failed[0]);
    }
}
