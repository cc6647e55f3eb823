//! Scenes made here, with exact depth: nothing to download, nothing under a foreign licence, the same on every machine.
//!
//! A scene is a list of solids with procedural surfaces ([`scene`], [`shape`], [`material`]); a camera ([`render`]) and a LiDAR
//! scanner ([`lidar`]) look at it from a [`rig`] that moves: a [`sequence`]. [`layout`] writes one as NYU's pairs or KITTI's
//! raw drives. [`road`] is its first moment on the street, the sample that ships.

pub mod facade;
pub mod furniture;
pub mod interior;
pub mod layout;
pub mod lidar;
pub mod material;
pub mod noise;
pub mod props;
pub mod render;
pub mod rig;
pub mod road_layout;
pub mod room_layout;
pub mod scene;
pub mod sequence;
pub mod shape;
pub mod vector;

use crate::depth::DepthMap;
use crate::error::Result;
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;
use sequence::{Kind, Sequence};
use std::path::PathBuf;

/// Width and height of the road's picture in pixels, as KITTI's of 2011_09_26.
pub const ROAD_SIZE: [usize; 2] = rig::CAR.size;
/// The seed of the sample in `assets/samples/road`.
pub const ROAD_SEED: u64 = 3;
/// Values per metre of the projected LiDAR's PNG (reference.md 7.5).
pub const ROAD_SCALE: f64 = 256.0;

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
    pub cam_to_cam: String,
    /// Text of `calib_velo_to_cam.txt`.
    pub velo_to_cam: String,
}

/// Makes the road scene of a seed: the first moment of its sequence. It takes a second or two of all processors.
///
/// # Errors
/// None in practice: the size is one that can be rendered.
pub fn road(seed: u64) -> Result<RoadScene> {
    let sequence = Sequence::new(Kind::Road, seed, ROAD_SIZE)?;
    let points = sequence.points(0);
    let rig = sequence.rig();
    Ok(RoadScene {
        frame: sequence.picture(0, false),
        depth: sequence.depth(0, false),
        lidar: sequence.lidar(&points),
        points,
        intrinsics: rig.intrinsics,
        cam_to_cam: rig.cam_to_cam.clone(),
        velo_to_cam: rig.velo_to_cam.clone(),
    })
}

/// The files of the sample below its root folder in KITTI's raw layout (reference.md 7.3), each with its path.
///
/// # Errors
/// When a picture cannot be encoded.
pub fn kitti_files(scene: &RoadScene, date: &str) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let day = PathBuf::from(date);
    let drive = day.join(format!("{date}_drive_0001_sync"));
    Ok(vec![
        (day.join("calib_cam_to_cam.txt"), scene.cam_to_cam.as_bytes().to_vec()),
        (day.join("calib_velo_to_cam.txt"), scene.velo_to_cam.as_bytes().to_vec()),
        (drive.join("image_02/data/0000000000.png"), layout::png(&scene.frame, layout::Effort::Most)?),
        (
            drive.join("proj_depth/velodyne_raw/image_02/0000000000.png"),
            layout::depth_png(&scene.lidar, ROAD_SCALE, layout::Effort::Most)?,
        ),
        (drive.join("velodyne_points/data/0000000000.bin"), layout::bin(&scene.points)),
    ])
}

#[cfg(test)]
mod tests;
