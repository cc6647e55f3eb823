//! Tests of the road scene against itself, its LiDAR and the committed sample.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::atomic::write_atomic_bytes;
use crate::data::{assets, image as pictures, truth};
use crate::geometry::calibration::Calibration;
use crate::geometry::velodyne;
use crate::geometry::velodyne::ProjectOptions;
use std::path::Path;
use std::sync::OnceLock;

/// Date under which the sample is filed.
const DATE: &str = "2026_01_01";

fn road_once() -> &'static RoadScene {
    static ROAD: OnceLock<RoadScene> = OnceLock::new();
    ROAD.get_or_init(|| road(ROAD_SEED).unwrap())
}

/// Writes the sample's files below a root.
fn write_kitti(scene: &RoadScene, root: &Path) {
    for (path, bytes) in kitti_files(scene, DATE).unwrap() {
        write_atomic_bytes(root.join(path), &bytes).unwrap();
    }
}

#[test]
fn the_ground_below_the_bonnet_is_where_geometry_puts_it() {
    // The asphalt is a centimetre above z = 0, so row y sees it at (1.65 - 0.01) · fy / (y - cy).
    let scene = road_once();
    let k = scene.intrinsics;
    for y in [330usize, 350, 374] {
        let want = 1.64 * k.fy / (y as f64 - k.cy);
        let got = f64::from(scene.depth.at(620, y).unwrap());
        assert!((got - want).abs() < 1e-5, "row {y}: {got} is not {want}");
    }
    assert!(scene.depth.at(600, 2).is_none(), "the sky has no depth");
}

#[test]
fn lidar_and_exact_depth_agree_at_the_same_pixels() {
    let scene = road_once();
    let share = scene.lidar.valid_count() as f64 / scene.lidar.values().len() as f64;
    assert!((0.045..0.08).contains(&share), "{share} of the pixels have a point");
    let (mut near, mut all) = (0u32, 0u32);
    for (i, d) in scene.lidar.values().iter().enumerate().filter(|(i, _)| scene.lidar.valid()[*i]) {
        // A point lies up to half a pixel from the centre: it must be within what the neighbours span.
        let (x, y) = (i % scene.lidar.width(), i / scene.lidar.width());
        let around = (-1i64..=1).flat_map(|dy| (-1i64..=1).map(move |dx| (x as i64 + dx, y as i64 + dy)));
        let span: Vec<f32> =
            around.filter_map(|(x, y)| scene.depth.at(usize::try_from(x).ok()?, usize::try_from(y).ok()?)).collect();
        let (low, high) = span.iter().fold((f32::INFINITY, 0.0f32), |(l, h), v| (l.min(*v), h.max(*v)));
        all += 1;
        near += u32::from((low * 0.995..=high * 1.005).contains(d));
    }
    // The rest is seen past an edge, from the scanner's own place.
    assert!(f64::from(near) > 0.96 * f64::from(all), "{near} of {all}");
}

#[test]
fn the_committed_sample_is_what_the_generator_makes() {
    let scene = road_once();
    let root = assets::find("assets/samples/road").unwrap();
    for (path, bytes) in kitti_files(scene, DATE).unwrap() {
        let path = root.join(path);
        let name = path.to_string_lossy().into_owned();
        // Mathematical functions differ by a rounding between machines, which moves a texture's edge now and then.
        let few = |different: usize, of: usize| assert!(different * 2000 <= of, "{name}: {different} of {of} differ");
        if name.ends_with(".txt") {
            assert_eq!(std::fs::read(&path).unwrap(), bytes, "{name}");
        } else if name.ends_with(".bin") {
            let points = velodyne::read_points(&path).unwrap();
            assert_eq!(points.len(), scene.points.len());
            let far = |a: &[f32; 4], b: &[f32; 4]| a.iter().zip(b).any(|(a, b)| (a - b).abs() > 1e-3);
            few(points.iter().zip(&scene.points).filter(|(a, b)| far(a, b)).count(), points.len());
        } else if name.contains("proj_depth") {
            let map = truth::read(&path, Some(ROAD_SCALE)).unwrap().map;
            let pairs = map.values().iter().zip(scene.lidar.values());
            few(pairs.filter(|(a, b)| (**a - **b).abs() > 1.0 / 256.0).count(), map.valid_count());
        } else {
            let frame = pictures::decode_file(&path).unwrap();
            assert_eq!((frame.width, frame.height), (ROAD_SIZE[0], ROAD_SIZE[1]));
            let pairs = frame.rgb.iter().zip(&scene.frame.rgb);
            few(pairs.filter(|(a, b)| a.abs_diff(**b) > 1).count(), frame.rgb.len());
        }
    }
}

#[test]
fn files_are_written_where_kitti_has_them() {
    let dir = tempfile::tempdir().unwrap();
    write_kitti(road_once(), dir.path());
    let day = dir.path().join(DATE);
    let cam = Calibration::read(&day.join("calib_cam_to_cam.txt")).unwrap();
    let velo = Calibration::read(&day.join("calib_velo_to_cam.txt")).unwrap();
    let drive = day.join("2026_01_01_drive_0001_sync");
    let points = velodyne::read_points(&drive.join("velodyne_points/data/0000000000.bin")).unwrap();
    let [w, h] = cam.size(2).unwrap();
    let m = velodyne::velo_to_image(&cam, &velo, 2).unwrap();
    let again = velodyne::project(&points, &m, w, h, ProjectOptions::default());
    assert_eq!(again, road_once().lidar, "the files alone give the same map");
    let frame = pictures::decode_file(&drive.join("image_02/data/0000000000.png")).unwrap();
    assert_eq!(frame.rgb, road_once().frame.rgb);
}

/// Writes the sample that ships; run after the generator was changed on purpose (see assets/samples/road/SOURCES.md).
#[test]
#[ignore = "writes into the source tree"]
fn regenerate_the_road_sample() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/road");
    write_kitti(road_once(), &root);
}
