//! [`recognise`]: which data set a folder or a file is, by what lies in it; nothing is decoded.

use super::kitti_layout::{folders_in, is_date, is_drive};
use super::pairs;
use super::spec::{DataSpec, NyuDepth};
use crate::data::image::{is_image, is_video};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Entries of a folder that are looked at: what a layout consists of is seen long before.
const ENTRIES: usize = 4096;
/// First bytes of a MATLAB 7.3 file; the HDF5 file begins 512 bytes later.
const MATLAB: &[u8] = b"MATLAB 7.3";
/// First bytes of a bare HDF5 file.
const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

/// The layouts that a path may have, the likeliest first: none for pictures, weights and all else, several where what lies
/// there does not decide. Depth of [`DataSpec::Pairs`] still lacks its scale.
///
/// Looks for `splits.csv` beside `rgb` and `depth`, DenseDepth's lists, NYU's MATLAB file, KITTI's dates and drives,
/// annotated depth (`proj_depth/groundtruth`), a folder of pictures beside one of depth, and a video.
pub fn recognise(path: &Path) -> Vec<DataSpec> {
    let Ok(info) = std::fs::metadata(path) else { return Vec::new() };
    if info.is_dir() {
        return folder(path);
    }
    if !info.is_file() {
        return Vec::new();
    }
    if is_matlab(path) {
        return vec![DataSpec::NyuMat(path.to_owned(), NyuDepth::Filled)];
    }
    if is_video(path) {
        return vec![DataSpec::Frames(path.to_owned())];
    }
    let list = path.file_name().is_some_and(|name| name == "nyu2_train.csv" || name == "nyu2_test.csv");
    if list { vec![DataSpec::Nyu(path.to_owned())] } else { Vec::new() }
}

fn folder(dir: &Path) -> Vec<DataSpec> {
    let own = |spec: fn(PathBuf) -> DataSpec| spec(dir.to_owned());
    let has = |name: &str| dir.join(name).exists();
    let lists = ["nyu2_train.csv", "nyu2_test.csv", "data/nyu2_train.csv", "data/nyu2_test.csv"];
    let pairs = pairs::is_layout(dir);
    if pairs && has("rgb") && has("depth") {
        // The same two folders, and only the list of scenes says that they are NYU's.
        let nyu = own(DataSpec::Nyu);
        return if has("splits.csv") { vec![nyu] } else { vec![DataSpec::Pairs(dir.to_owned(), None, None), nyu] };
    }
    if lists.iter().any(|list| has(list)) {
        return vec![own(DataSpec::Nyu)];
    }
    let (raw, annotated) = kitti(dir);
    let mut found = Vec::new();
    found.extend(annotated.then(|| own(DataSpec::KittiDepth)));
    found.extend(raw.then(|| own(DataSpec::KittiRaw)));
    found.extend(pairs.then(|| DataSpec::Pairs(dir.to_owned(), None, None)));
    if found.is_empty() { single(dir).into_iter().collect() } else { found }
}

/// Whether there are raw drives and whether there is annotated depth below a folder: the one of the dates, a date, a
/// drive, or the one that holds `train` and `val`.
fn kitti(dir: &Path) -> (bool, bool) {
    let mut drives: Vec<PathBuf> = Vec::new();
    let mut add = |parent: &Path| drives.extend(folders_in(parent, is_drive).into_iter().map(|d| parent.join(d)));
    add(dir);
    for date in folders_in(dir, is_date) {
        add(&dir.join(date));
    }
    for parent in ["train", "val", "data_depth_annotated/train", "data_depth_annotated/val"] {
        add(&dir.join(parent));
    }
    if dir.canonicalize().is_ok_and(|d| d.file_name().and_then(|n| n.to_str()).is_some_and(is_drive)) {
        drives.push(dir.to_owned());
    }
    let raw = drives.iter().any(|drive| drive.join("image_02/data").is_dir() || drive.join("image_03/data").is_dir());
    let annotated = drives.iter().any(|drive| drive.join("proj_depth/groundtruth").is_dir());
    (raw, annotated)
}

/// A folder whose one thing is NYU's file or a video, beside no picture.
fn single(dir: &Path) -> Option<DataSpec> {
    let entries = std::fs::read_dir(dir).ok()?;
    let (mut mats, mut videos) = (Vec::new(), Vec::new());
    for path in entries.flatten().map(|entry| entry.path()).take(ENTRIES) {
        if is_image(&path) {
            return None;
        }
        if is_video(&path) {
            videos.push(path);
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("mat")) && is_matlab(&path) {
            mats.push(path);
        }
    }
    match (&mut mats[..], &mut videos[..]) {
        ([mat], _) => Some(DataSpec::NyuMat(std::mem::take(mat), NyuDepth::Filled)),
        ([], [video]) => Some(DataSpec::Frames(std::mem::take(video))),
        _ => None,
    }
}

/// True for a MATLAB 7.3 file, and for a bare HDF5 file that is called `.mat`; weights may be HDF5 too.
fn is_matlab(path: &Path) -> bool {
    let named = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("mat"));
    let mut head = [0; 16];
    let read = std::fs::metadata(path).is_ok_and(|info| info.is_file())
        && File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok();
    read && (head.starts_with(MATLAB) || (named && head.starts_with(HDF5)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The forms found in a folder with these files and, ending in `/`, folders.
    fn forms(entries: &[&str], open: &str) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for entry in entries {
            let path = dir.path().join(entry);
            std::fs::create_dir_all(if entry.ends_with('/') { &path } else { path.parent().unwrap() }).unwrap();
            if !entry.ends_with('/') {
                let bytes: &[u8] = if entry.ends_with(".mat") { b"MATLAB 7.3 MAT-file, Platform" } else { b"x" };
                std::fs::write(path, bytes).unwrap();
            }
        }
        let form = |spec: DataSpec| spec.to_string().split_once(':').unwrap().0.to_owned();
        recognise(&dir.path().join(open)).into_iter().map(form).collect()
    }

    #[test]
    fn every_layout_is_known_by_what_lies_in_it() {
        assert_eq!(forms(&["rgb/0.jpg", "depth/0.png", "splits.csv"], ""), ["nyu"]);
        assert_eq!(forms(&["data/nyu2_train.csv"], ""), ["nyu"]);
        assert_eq!(forms(&["nyu2_test.csv"], "nyu2_test.csv"), ["nyu"]);
        assert_eq!(forms(&["a.mat"], "a.mat"), ["nyu-mat"]);
        assert_eq!(forms(&["nyu_depth_v2_labeled.mat", "notes.txt"], ""), ["nyu-mat"]);
        let drive = "2011_09_26/2011_09_26_drive_0002_sync";
        let raw = format!("{drive}/image_02/data/0000000000.png");
        for open in ["", "2011_09_26", drive] {
            assert_eq!(forms(&[&raw], open), ["kitti-raw"], "{open}");
        }
        let annotated = "train/2011_09_26_drive_0002_sync/proj_depth/groundtruth/image_02/";
        assert_eq!(forms(&[annotated], ""), ["kitti-depth"]);
        assert_eq!(forms(&[&format!("data_depth_annotated/{annotated}")], ""), ["kitti-depth"]);
        assert_eq!(forms(&["image/a.png", "depth/a.png"], ""), ["pairs"]);
        assert_eq!(forms(&["drive.mp4"], "drive.mp4"), ["frames"]);
        assert_eq!(forms(&["drive.mp4"], ""), ["frames"]);
    }

    #[test]
    fn what_does_not_decide_is_asked_and_all_else_is_none() {
        assert_eq!(forms(&["rgb/a.png", "depth/a.png"], ""), ["pairs", "nyu"]);
        let drive = "2011_09_26/2011_09_26_drive_0002_sync";
        let merged = [format!("{drive}/image_02/data/"), format!("{drive}/proj_depth/groundtruth/")];
        assert_eq!(forms(&[&merged[0], &merged[1]], ""), ["kitti-depth", "kitti-raw"]);
        assert!(forms(&["a.png", "b.png", "c.mp4"], "").is_empty(), "pictures");
        assert!(forms(&["a.mp4", "b.mp4"], "").is_empty());
        assert!(forms(&["w.safetensors"], "w.safetensors").is_empty());
        assert!(forms(&["a.mat/"], "a.mat").is_empty());
        assert!(forms(&[], "").is_empty() && forms(&[], "gone").is_empty());
        assert!(forms(&["image/a.png"], "").is_empty());
        // A date without drives, and a drive that was never unpacked.
        assert!(forms(&["2011_09_26/calib_cam_to_cam.txt", "2011_09_26_drive_0002_sync/"], "").is_empty());
    }
}
