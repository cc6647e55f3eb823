//! Tests of the reader of annotated depth on trees made here.
#![allow(clippy::unwrap_used)]

use super::super::Split;
use super::*;
use crate::data::synthetic::layout::{self as files, DATE, Layout};
use crate::data::synthetic::sequence::{Kind, Sequence};
use tempfile::TempDir;

const DRIVE: &str = "2026_01_01_drive_0001_sync";

fn sequence() -> Sequence {
    Sequence::new(Kind::Road, 3, [124, 38]).unwrap()
}

/// A raw drive with the depth in the same tree.
fn merged() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    files::write(&sequence(), Layout::KittiRaw, 2, dir.path(), &mut |_, _| true).unwrap();
    dir
}

fn open(root: &Path, change: impl FnOnce(&mut OpenOptions)) -> Result<KittiDepth> {
    let mut options = OpenOptions::default();
    change(&mut options);
    KittiDepth::open(root, &options)
}

/// Moves the depth out of the raw drive, to `annotated` below the folder.
fn split_off(dir: &Path, annotated: &str) {
    let to = dir.join(annotated).join(DRIVE);
    std::fs::create_dir_all(&to).unwrap();
    std::fs::rename(dir.join(DATE).join(DRIVE).join("proj_depth"), to.join("proj_depth")).unwrap();
}

fn check(data: &KittiDepth) {
    let want = ["image_02/0000000000", "image_02/0000000001", "image_03/0000000000", "image_03/0000000001"];
    assert_eq!(data.names(), want.map(|name| format!("{DRIVE}/{name}")));
    assert_eq!((data.kind(), data.listed(), data.scene(0)), (DataKind::Kitti, false, Some(DRIVE)));
    let made = sequence();
    assert_eq!(data.frame(3).unwrap().rgb, made.picture(1, true).rgb);
    assert_eq!(data.frame(3).unwrap().name, data.names()[3]);
    let (truth, exact) = (data.truth(3).unwrap().unwrap(), made.depth(1, true));
    assert_eq!((truth.source, truth.half_resolution), (TruthSource::Annotated, false));
    for (got, want) in truth.map.values().iter().zip(exact.values()).filter(|(got, _)| **got > 0.0) {
        assert!((got - want).abs() <= 0.5 / 256.0 + 1e-4, "{got} is not {want}");
    }
    assert_eq!(data.intrinsics(0).unwrap(), Some(made.rig().intrinsics));
    assert!(data.frame(4).is_err() && data.truth(4).is_err() && data.intrinsics(4).is_err());
}

#[test]
fn in_the_same_tree_and_beside_it() {
    let dir = merged();
    check(&open(dir.path(), |_| ()).unwrap());
    split_off(dir.path(), "data_depth_annotated/val");
    check(&open(dir.path(), |_| ()).unwrap());
    check(&open(&dir.path().join("data_depth_annotated"), |_| ()).unwrap());
    check(&open(&dir.path().join("data_depth_annotated/val"), |_| ()).unwrap());
    // The raw drives in a folder of their own.
    std::fs::create_dir(dir.path().join("kitti_raw")).unwrap();
    std::fs::rename(dir.path().join(DATE), dir.path().join("kitti_raw").join(DATE)).unwrap();
    check(&open(&dir.path().join("data_depth_annotated"), |_| ()).unwrap());
}

#[test]
fn pictures_without_annotation_are_counted_and_listed_ones_are_errors() {
    let dir = merged();
    split_off(dir.path(), "train");
    let depth = dir.path().join("train").join(DRIVE).join("proj_depth/groundtruth");
    std::fs::remove_file(depth.join("image_02/0000000000.png")).unwrap();
    let data = open(dir.path(), |_| ()).unwrap();
    assert_eq!(data.names().len(), 4);
    assert!(data.truth(0).unwrap().is_none());
    let data = open(dir.path(), |o| o.truth_only = true).unwrap();
    assert_eq!((data.names().len(), data.without_truth()), (3, 1));
    let list = dir.path().join("list.txt");
    std::fs::write(&list, format!("{DATE}/{DRIVE} 0 l\n{DATE}/{DRIVE} 1 l\n{DATE}/2026_01_01_drive_0002_sync 1 l\n"))
        .unwrap();
    let data = open(dir.path(), |o| o.split = Some(Split::File(list))).unwrap();
    assert!(data.listed() && data.names().len() == 3);
    assert!(data.truth(0).unwrap_err().to_string().contains("image_02/0000000000.png"));
    assert!(data.truth(1).unwrap().is_some() && data.frame(0).is_ok());
    assert!(data.frame(2).unwrap_err().to_string().contains("pictures that were not found"));
    assert!(data.truth(2).is_err());
    // Only one camera has depth: the other's pictures are no part of the data.
    std::fs::remove_dir_all(depth.join("image_03")).unwrap();
    assert_eq!(open(dir.path(), |_| ()).unwrap().names().len(), 2);
    std::fs::write(depth.join("image_02/0000000001.png"), "broken").unwrap();
    assert!(open(dir.path(), |_| ()).unwrap().truth(1).is_err());
}

#[test]
fn what_is_missing_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let error = |root: &Path, split| open(root, |o| o.split = split).map(|_| ()).unwrap_err().to_string();
    assert!(error(dir.path(), None).contains("no annotated depth"));
    let made = merged();
    assert!(error(made.path(), Some(Split::EigenBenchmark)).contains("none of the 28 drives"));
    split_off(made.path(), "depth/val");
    std::fs::remove_dir_all(made.path().join(DATE)).unwrap();
    let error = error(&made.path().join("depth"), None);
    assert!(error.contains("its pictures are neither in it nor beside it"), "{error}");
}
