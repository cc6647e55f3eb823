//! Scenes made here, with exact depth: nothing to download, nothing under a foreign licence, the same on every machine.
//!
//! A scene is a list of solids with procedural surfaces ([`scene`], [`shape`], [`material`]); a camera ([`render`]) and a LiDAR
//! scanner ([`lidar`]) look at it. [`road`] lays one out and hands over what a recording car would: picture, scan, calibration.

pub mod facade;
pub mod lidar;
pub mod material;
pub mod noise;
pub mod props;
pub mod render;
pub mod road_layout;
pub mod scene;
pub mod shape;
pub mod vector;

use crate::atomic::write_atomic;
use crate::depth::DepthMap;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::geometry::calibration::Calibration;
use crate::geometry::intrinsics::Intrinsics;
use crate::geometry::velodyne::{self, ProjectOptions};
use image::{ExtendedColorType, ImageEncoder, codecs::png};
use std::io::Write;
use std::path::{Path, PathBuf};
use vector::vec3;

/// Width and height of the road's picture in pixels, as KITTI's of 2011_09_26.
pub const ROAD_SIZE: [usize; 2] = [1242, 375];
/// The seed of the sample in `assets/samples/road`.
pub const ROAD_SEED: u64 = 3;
/// Values per metre of the projected LiDAR's PNG (reference.md 7.5).
pub const ROAD_SCALE: f64 = 256.0;

/// Height of the cameras above the ground in metres.
const CAMERA_HEIGHT: f64 = 1.65;
/// What is scanned to each side of forward, in degrees: what the camera can see, and a little more.
const HALF_SECTOR: f64 = 45.0;

/// `calib_cam_to_cam.txt` of the made car: focal length and principal point of KITTI's rectified colour cameras, camera 2 lies
/// 6 cm to the left of camera 0 and camera 3 lies 48 cm to its right.
const CAM_TO_CAM: &str = "\
calib_time: generated
S_rect_00: 1.242000e+03 3.750000e+02
R_rect_00: 1.000000e+00 0.000000e+00 0.000000e+00 0.000000e+00 1.000000e+00 0.000000e+00 0.000000e+00 0.000000e+00 1.000000e+00
P_rect_00: 7.215377e+02 0.000000e+00 6.095593e+02 0.000000e+00 0.000000e+00 7.215377e+02 1.728540e+02 0.000000e+00 0.000000e+00 0.000000e+00 1.000000e+00 0.000000e+00
S_rect_02: 1.242000e+03 3.750000e+02
R_rect_02: 1.000000e+00 0.000000e+00 0.000000e+00 0.000000e+00 1.000000e+00 0.000000e+00 0.000000e+00 0.000000e+00 1.000000e+00
P_rect_02: 7.215377e+02 0.000000e+00 6.095593e+02 4.329226e+01 0.000000e+00 7.215377e+02 1.728540e+02 0.000000e+00 0.000000e+00 0.000000e+00 1.000000e+00 0.000000e+00
S_rect_03: 1.242000e+03 3.750000e+02
R_rect_03: 1.000000e+00 0.000000e+00 0.000000e+00 0.000000e+00 1.000000e+00 0.000000e+00 0.000000e+00 0.000000e+00 1.000000e+00
P_rect_03: 7.215377e+02 0.000000e+00 6.095593e+02 -3.463381e+02 0.000000e+00 7.215377e+02 1.728540e+02 0.000000e+00 0.000000e+00 0.000000e+00 1.000000e+00 0.000000e+00
";

/// `calib_velo_to_cam.txt`: the scanner lies 8 cm above camera 0 and 27 cm behind it.
const VELO_TO_CAM: &str = "\
calib_time: generated
R: 0.000000e+00 -1.000000e+00 0.000000e+00 0.000000e+00 0.000000e+00 -1.000000e+00 1.000000e+00 0.000000e+00 0.000000e+00
T: 0.000000e+00 -8.000000e-02 -2.700000e-01
";

/// What a car with a camera and a LiDAR scanner records in one moment.
#[derive(Debug, Clone)]
pub struct RoadScene {
    /// The picture of camera 2.
    pub frame: Frame,
    /// The exact depth at the centre of each of its pixels, in metres; sky is invalid.
    pub depth: DepthMap,
    /// The scan projected to the same pixels (reference.md 7.4 with the correct key), in metres; sparse.
    pub lidar: DepthMap,
    /// The scan of the forward sector: x, y, z in the scanner's axes in metres, and reflectance.
    pub points: Vec<[f32; 4]>,
    /// Intrinsics of camera 2, pixels counted from 0.
    pub intrinsics: Intrinsics,
    /// Text of `calib_cam_to_cam.txt`.
    pub cam_to_cam: &'static str,
    /// Text of `calib_velo_to_cam.txt`.
    pub velo_to_cam: &'static str,
}

/// Makes the road scene of a seed. It takes a second or two of all processors.
///
/// # Errors
/// None in practice: the calibration texts are constants of this file.
pub fn road(seed: u64) -> Result<RoadScene> {
    let cam = Calibration::parse(CAM_TO_CAM, Path::new("calib_cam_to_cam.txt"))?;
    let velo = Calibration::parse(VELO_TO_CAM, Path::new("calib_velo_to_cam.txt"))?;
    // The picture is rendered where the projection puts LiDAR points, which counts pixels from 1.
    let intrinsics = cam.intrinsics(2)?;
    let p = cam.projection(2)?;
    let [_, down, forward] = velo.numbers::<3>("T")?;

    let (scene, light) = road_layout::scene(seed);
    // Camera 2 is the origin of x and y; P[0][3] = fx · (its offset to the left of camera 0, in metres).
    let camera = render::Camera::level(intrinsics, ROAD_SIZE, vec3(0.0, 0.0, CAMERA_HEIGHT));
    let scanner = lidar::Scanner {
        position: vec3(forward, -p[0][3] / p[0][0], CAMERA_HEIGHT - down),
        step: 0.12,
        half_sector: HALF_SECTOR,
        range: 90.0,
    };
    let points = lidar::scan(&scene, &scanner, seed as u32);
    let projection = velodyne::velo_to_image(&cam, &velo, 2)?;
    let [w, h] = ROAD_SIZE;
    Ok(RoadScene {
        frame: render::picture(&scene, &light, &camera, "road"),
        depth: render::depth(&scene, &camera),
        lidar: velodyne::project(&points, &projection, w, h, ProjectOptions::default()),
        points,
        intrinsics,
        cam_to_cam: CAM_TO_CAM,
        velo_to_cam: VELO_TO_CAM,
    })
}

/// The files of a scene below a root folder in KITTI's raw layout (reference.md 7.3), each with its path below the root.
///
/// # Errors
/// When a picture cannot be encoded.
pub fn kitti_files(scene: &RoadScene, date: &str) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let day = Path::new(date);
    let drive = day.join(format!("{date}_drive_0001_sync"));
    let rgb = encode_png(&scene.frame.rgb, scene.frame.width, scene.frame.height, ExtendedColorType::Rgb8)?;
    let map = &scene.lidar;
    // PNG stores the high byte first, but the encoder takes native words.
    let words = map.values().iter().zip(map.valid());
    let words: Vec<u8> = words
        .flat_map(|(d, ok)| if *ok { (f64::from(*d) * ROAD_SCALE).round() as u16 } else { 0 }.to_ne_bytes())
        .collect();
    let depth = encode_png(&words, map.width(), map.height(), ExtendedColorType::L16)?;
    let points = scene.points.iter().flatten().flat_map(|v| v.to_le_bytes()).collect();
    Ok(vec![
        (day.join("calib_cam_to_cam.txt"), scene.cam_to_cam.as_bytes().to_vec()),
        (day.join("calib_velo_to_cam.txt"), scene.velo_to_cam.as_bytes().to_vec()),
        (drive.join("image_02/data/0000000000.png"), rgb),
        (drive.join("proj_depth/velodyne_raw/image_02/0000000000.png"), depth),
        (drive.join("velodyne_points/data/0000000000.bin"), points),
    ])
}

/// Writes a scene below `root` in KITTI's raw layout.
///
/// # Errors
/// When a file cannot be written.
pub fn write_kitti(scene: &RoadScene, root: &Path, date: &str) -> Result<()> {
    for (path, bytes) in kitti_files(scene, date)? {
        write_atomic(root.join(path), |file: &mut dyn Write| file.write_all(&bytes))?;
    }
    Ok(())
}

fn encode_png(bytes: &[u8], width: usize, height: usize, color: ExtendedColorType) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    png::PngEncoder::new_with_quality(&mut out, png::CompressionType::Best, png::FilterType::Adaptive)
        .write_image(bytes, width as u32, height as u32, color)
        .map_err(|e| Error::Failed(format!("a generated picture could not be encoded ({e})")))?;
    Ok(out)
}

#[cfg(test)]
mod tests;
