//! Tests of the raw reader on a drive made here, on broken ones, and on the real drive where it is at hand.
#![allow(clippy::unwrap_used)]

use super::super::Split;
use super::*;
use crate::data::synthetic::layout::{self as files, DATE, Layout};
use crate::data::synthetic::sequence::{Kind, Sequence};
use tempfile::TempDir;

const DRIVE: &str = "2026_01_01_drive_0001_sync";

fn sequence() -> Sequence {
    Sequence::new(Kind::Road, 3, [155, 47]).unwrap()
}

/// A drive of `frames` frames, and its folder.
fn drive(frames: usize) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    files::write(&sequence(), Layout::KittiRaw, frames, dir.path(), &mut |_, _| true).unwrap();
    let drive = dir.path().join(DATE).join(DRIVE);
    (dir, drive)
}

fn open(root: &Path, change: impl FnOnce(&mut OpenOptions)) -> Result<KittiRaw> {
    let mut options = OpenOptions::default();
    change(&mut options);
    KittiRaw::open(root, &options)
}

fn list(dir: &Path, lines: &str) -> Split {
    let path = dir.join("list.txt");
    std::fs::write(&path, lines).unwrap();
    Split::File(path)
}

#[test]
fn a_drive_made_here_is_read_back() {
    let (dir, drive) = drive(2);
    let data = open(dir.path(), |_| ()).unwrap();
    let want = ["image_02/0000000000", "image_02/0000000001", "image_03/0000000000", "image_03/0000000001"];
    assert_eq!(data.names(), want.map(|name| format!("{DRIVE}/{name}")));
    assert_eq!((data.kind(), data.listed(), data.scene(3)), (DataKind::Kitti, false, Some(DRIVE)));
    let made = sequence();
    for (index, right) in [(1, false), (3, true)] {
        let frame = data.frame(index).unwrap();
        assert_eq!(frame.rgb, made.picture(1, right).rgb);
        assert_eq!(frame.name, data.names()[index]);
    }
    let truth = open(dir.path(), |o| (o.vel_depth, o.strict) = (false, false)).unwrap().truth(1).unwrap().unwrap();
    assert_eq!((truth.source, truth.half_resolution), (TruthSource::LidarZ, false));
    assert_eq!(truth.map, made.lidar(&made.points(1)));
    assert_eq!(data.intrinsics(1).unwrap(), Some(made.rig().intrinsics));
    // The right camera sees the scan from its own place.
    let right = data.truth(3).unwrap().unwrap();
    assert_eq!(right.source, TruthSource::LidarX);
    assert_ne!(right.map, data.truth(1).unwrap().unwrap().map);
    // A date or a drive may be given too.
    for root in [dir.path().join(DATE), drive.clone(), drive.join("../../.")] {
        assert_eq!(open(&root, |_| ()).unwrap().names(), data.names());
    }
    for index in [4, usize::MAX] {
        assert!(data.frame(index).is_err() && data.truth(index).is_err() && data.intrinsics(index).is_err());
        assert!(data.scene(index).is_none());
    }
}

#[test]
fn x_and_z_and_the_two_keys_are_four_maps() {
    let (dir, _) = drive(1);
    let map = |vel_depth, strict| {
        let data = open(dir.path(), |o| (o.vel_depth, o.strict) = (vel_depth, strict)).unwrap();
        data.truth(0).unwrap().unwrap().map
    };
    let (x, z) = (map(true, false), map(false, false));
    assert_eq!(x.valid(), z.valid());
    // The scanner stands 27 cm behind the camera and looks the same way: x is that much larger.
    assert!(x.iter_valid().zip(z.iter_valid()).all(|(x, z)| (x - z - 0.27).abs() < 1e-3));
}

#[test]
fn frames_without_a_scan_have_no_truth_unless_a_list_asks_for_them() {
    let (dir, drive) = drive(2);
    std::fs::remove_file(drive.join("velodyne_points/data/0000000000.bin")).unwrap();
    let data = open(dir.path(), |_| ()).unwrap();
    assert!(data.truth(0).unwrap().is_none() && data.truth(1).unwrap().is_some());
    let data = open(dir.path(), |o| (o.truth_only, o.limit) = (true, Some(1))).unwrap();
    assert_eq!((data.names(), data.without_truth()), ([format!("{DRIVE}/image_02/0000000001")].as_slice(), 2));
    let split = list(dir.path(), &format!("{DATE}/{DRIVE} 0 l\n{DATE}/{DRIVE} 0000000001 r\n{DATE}/{DRIVE} 77 l\n"));
    let data = open(dir.path(), |o| (o.split, o.truth_only) = (Some(split), true)).unwrap();
    let want = ["image_02/0000000000", "image_03/0000000001", "image_02/0000000077"];
    assert_eq!(data.names(), want.map(|name| format!("{DRIVE}/{name}")));
    assert!(data.listed());
    assert!(data.truth(0).unwrap_err().to_string().contains("0000000000.bin: is missing"));
    assert!(data.truth(1).unwrap().is_some());
    assert!(data.frame(2).unwrap_err().to_string().contains("0000000077.png"));
}

#[test]
fn jpegs_do_where_there_are_no_pngs() {
    let (dir, drive) = drive(1);
    let png = drive.join("image_02/data/0000000000.png");
    image::decode_file(&png).unwrap();
    ::image::open(&png).unwrap().save(png.with_extension("jpg")).unwrap();
    let data = open(dir.path(), |_| ()).unwrap();
    assert_eq!(data.names().len(), 2, "one frame, however many files");
    assert!(data.frame(0).unwrap().path.unwrap().ends_with("0000000000.png"));
    std::fs::remove_file(&png).unwrap();
    let data = open(dir.path(), |_| ()).unwrap();
    assert!(data.frame(0).unwrap().path.unwrap().ends_with("0000000000.jpg"));
}

#[test]
fn the_second_run_reads_no_scan() {
    let (dir, drive) = drive(1);
    let cache = dir.path().join("cache");
    let opened = || open(dir.path(), |o| o.cache = Some(cache.clone())).unwrap();
    let first = opened().truth(0).unwrap().unwrap().map;
    // The same size and time, other bytes: what is kept is believed.
    let scan = drive.join("velodyne_points/data/0000000000.bin");
    let (changed, length) = {
        let metadata = std::fs::metadata(&scan).unwrap();
        (metadata.modified().unwrap(), metadata.len() as usize)
    };
    std::fs::write(&scan, vec![0; length]).unwrap();
    std::fs::File::options().write(true).open(&scan).unwrap().set_modified(changed).unwrap();
    assert_eq!(opened().truth(0).unwrap().unwrap().map, first);
    // Other options and other sources are other maps.
    let other = open(dir.path(), |o| (o.cache, o.vel_depth) = (Some(cache.clone()), false)).unwrap();
    assert!(other.truth(0).is_err(), "the scan of zeros is read");
    std::fs::write(&scan, vec![0; length + 16]).unwrap();
    assert!(opened().truth(0).unwrap_err().to_string().contains("no point that lands in the picture"));
}

#[test]
fn folders_that_are_none_of_kittis() {
    let dir = tempfile::tempdir().unwrap();
    let error = |root: &Path| open(root, |_| ()).map(|_| ()).unwrap_err().to_string();
    assert!(error(dir.path()).contains("holds no drive of KITTI"));
    assert!(error(&dir.path().join("none")).contains("check the path"));
    let file = dir.path().join("file");
    std::fs::write(&file, "x").unwrap();
    assert!(error(&file).contains("is no folder"));
    std::fs::create_dir_all(dir.path().join(DATE).join(DRIVE)).unwrap();
    assert!(error(dir.path()).contains("no colour picture"));
    let eigen = open(dir.path(), |o| o.split = Some(Split::Eigen)).map(|_| ()).unwrap_err().to_string();
    assert!(eigen.contains("none of the 28 drives of the split"), "{eigen}");
}

#[test]
fn hostile_calibration_and_scans_are_sentences() {
    let (dir, drive) = drive(1);
    let day = dir.path().join(DATE);
    let scan = drive.join("velodyne_points/data/0000000000.bin");
    let data = || open(dir.path(), |_| ()).unwrap();
    let truth = || data().truth(0).map(|t| t.unwrap().map.valid_count());
    let whole = truth().unwrap();
    assert!(whole > 300, "{whole}");

    let good = std::fs::read(&scan).unwrap();
    let number = |v: f32| v.to_le_bytes();
    std::fs::write(&scan, &good[..good.len() - 3]).unwrap();
    assert!(truth().unwrap_err().to_string().contains("no number of whole points"));
    std::fs::write(&scan, []).unwrap();
    assert!(truth().is_err());
    // Points of every kind of nonsense between good ones cost nothing.
    let nonsense = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 1e-30, -0.0];
    let bad =
        nonsense.iter().flat_map(|a| nonsense.iter().flat_map(|b| [number(*a), number(*b), number(1.0), number(0.0)]));
    let bytes: Vec<u8> = bad.flatten().chain(good.iter().copied()).collect();
    std::fs::write(&scan, bytes).unwrap();
    assert!(truth().unwrap() >= whole);
    // A sparse file of 65 MB is not read into memory.
    std::fs::File::options().write(true).open(&scan).unwrap().set_len((64 << 20) + 16).unwrap();
    assert!(truth().unwrap_err().to_string().contains("larger than 64 MB"));
    std::fs::remove_file(&scan).unwrap();
    std::fs::create_dir(&scan).unwrap();
    assert!(truth().is_err());
    std::fs::remove_dir(&scan).unwrap();
    std::fs::write(&scan, &good).unwrap();

    let (cam, velo) = (day.join("calib_cam_to_cam.txt"), day.join("calib_velo_to_cam.txt"));
    let (cam_text, velo_text) = (std::fs::read_to_string(&cam).unwrap(), std::fs::read_to_string(&velo).unwrap());
    let lines = |from: &str, to: &str| std::fs::write(&cam, cam_text.replace(from, to)).unwrap();
    for (from, to, words) in [
        ("S_rect_02: 1.550000e+02 4.700000e+01", "S_rect_02: 1.6e4 1.6e4", "16000x16000 pixels"),
        ("S_rect_02", "S_rect_09", "has no S_rect_02"),
        ("R_rect_00: 1.000000e+00", "R_rect_00: 1e400", "too large"),
        ("P_rect_02: ", "P_rect_02: 1 ", "13 numbers"),
        ("P_rect_02: ", "P_rect_02: x ", "no numbers"),
        ("calib_time:", "calib_time", "no colon"),
    ] {
        lines(from, to);
        let error = truth().unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    std::fs::write(&cam, &cam_text).unwrap();
    std::fs::write(&velo, velo_text.replace("1.0", "0.0")).unwrap();
    assert!(truth().unwrap_err().to_string().contains("no point that lands in the picture"));
    std::fs::remove_file(&velo).unwrap();
    assert!(truth().unwrap_err().to_string().contains("calib_velo_to_cam.txt: is missing"));
    std::fs::remove_file(&cam).unwrap();
    assert!(data().intrinsics(0).unwrap().is_none(), "pictures alone can be looked at");
    assert!(data().frame(0).is_ok());
}

#[test]
fn the_real_drive() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/kitti_raw");
    if !root.is_dir() {
        println!("left out, ../shared is not here: the real drive of KITTI");
        return;
    }
    let data = open(&root, |_| ()).unwrap();
    assert_eq!((data.names().len(), data.without_truth()), (30, 0));
    assert_eq!(data.names()[5], "2011_09_26_drive_0000_sync/image_02/0000000005");
    let measured = open(&root, |o| o.truth_only = true).unwrap();
    assert_eq!((measured.names().len(), measured.without_truth()), (6, 24));
    for index in 0..6 {
        let (frame, truth) = (measured.frame(index).unwrap(), measured.truth(index).unwrap().unwrap());
        assert_eq!((frame.width, frame.height), (1242, 375));
        assert_eq!((truth.map.width(), truth.map.height()), (1242, 375));
        let share = truth.map.valid_count() as f64 / truth.map.values().len() as f64;
        let [near, median, far] = truth.map.min_median_max().unwrap();
        assert!((0.03..0.06).contains(&share), "{share}");
        assert!(near > 2.0 && (8.0..30.0).contains(&median) && far < 125.0, "{near} {median} {far}");
    }
    let k = data.intrinsics(0).unwrap().unwrap();
    assert_eq!((k.fx, k.cx), (721.5377, 608.5593));
    assert!(data.truth(1).unwrap().is_none());
}
