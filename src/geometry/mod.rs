//! Where things are: pinhole intrinsics, rigid motions, camera calibration files, LiDAR to depth map. Knows no tensor op
//! (layer 0).

pub mod calibration;
pub mod camera_file;
pub mod intrinsics;
pub mod rigid;
pub mod velodyne;
