//! [`Rig`]: what a made car or a made hand-held device carries: a stereo pair, a LiDAR scanner, and their calibration files.

use super::lidar::Scanner;
use super::render::Camera;
use super::vector::{Vec3, vec3};
use crate::error::Result;
use crate::geometry::calibration::Calibration;
use crate::geometry::intrinsics::Intrinsics;
use crate::geometry::velodyne::{self, Projection};
use std::path::Path;

/// Where the left camera is and how it is turned. World axes: x forward, y left, z up, in metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// Centre of camera 2, the left colour camera.
    pub position: Vec3,
    /// Turn to the left around the vertical, in radians; 0 looks along x.
    pub yaw: f64,
    /// Turn upwards, in radians.
    pub pitch: f64,
}

impl Pose {
    /// Forward, left and up of the rig in the world: unit vectors at right angles.
    pub fn axes(&self) -> [Vec3; 3] {
        let (sin, cos) = self.yaw.sin_cos();
        let (rise, run) = self.pitch.sin_cos();
        let level = vec3(cos, sin, 0.0);
        let up = vec3(0.0, 0.0, 1.0);
        [level * run + up * rise, vec3(-sin, cos, 0.0), up * run - level * rise]
    }

    /// Camera to world, 3×4 row by row, where the world has the axes of a camera (right, down, forward) and `origin` for
    /// its centre: how KITTI's odometry benchmark writes poses.
    pub fn relative_to(&self, origin: &Self) -> [f64; 12] {
        let camera = |pose: &Self| {
            let [forward, left, up] = pose.axes();
            [-left, -up, forward]
        };
        let (world, own, offset) = (camera(origin), camera(self), self.position - origin.position);
        let row = |axis: Vec3| [axis.dot(own[0]), axis.dot(own[1]), axis.dot(own[2]), axis.dot(offset)];
        let [a, b, c] = world.map(row);
        [a, b, c].concat().try_into().unwrap_or_default()
    }
}

/// Numbers that make a rig.
#[derive(Debug, Clone, Copy)]
pub struct RigPlan {
    /// Width and height of the pictures at full size, in pixels.
    pub size: [usize; 2],
    /// Focal lengths and principal point at full size in pixels, counted from 1 as in KITTI's files.
    pub camera: [f64; 4],
    /// Fourth numbers of the first rows of `P_rect_02` and `P_rect_03` at full size: focal length times the distance in
    /// metres by which the camera lies to the left of camera 0.
    pub offsets: [f64; 2],
    /// How far the scanner lies above camera 0 and in front of it, in metres.
    pub scanner: [f64; 2],
    /// Angle between the scanner's shots in degrees.
    pub step: f64,
    /// Degrees that are scanned to each side of forward.
    pub half_sector: f64,
    /// Farthest echo in metres.
    pub range: f64,
}

/// KITTI's car of 2011_09_26, rounded: camera 2 is 6 cm to the left of camera 0 and camera 3 48 cm to its right. What
/// is scanned is what the cameras can see, and a little more.
pub const CAR: RigPlan = RigPlan {
    size: [1242, 375],
    camera: [721.5377, 721.5377, 609.5593, 172.854],
    offsets: [43.29226, -346.3381],
    scanner: [0.08, -0.27],
    step: 0.12,
    half_sector: 45.0,
    range: 90.0,
};

/// A device like the one NYU-Depth-v2 was recorded with, held in the hand: its colour camera (reference.md 7.1), a second
/// one 12 cm to the right, and a small scanner between them.
pub const HAND: RigPlan = RigPlan {
    size: [640, 480],
    camera: [518.857_901, 519.469_611, 326.582_449, 254.736_166],
    offsets: [31.131_474, -31.131_474],
    scanner: [0.05, 0.0],
    step: 0.2,
    half_sector: 40.0,
    range: 30.0,
};

/// The rig at some size of picture.
#[derive(Debug, Clone)]
pub struct Rig {
    /// Width and height of both cameras' pictures in pixels.
    pub size: [usize; 2],
    /// Intrinsics of both cameras, pixels counted from 0.
    pub intrinsics: Intrinsics,
    /// From the scanner to the pixels of cameras 2 and 3, counted from 1.
    pub projections: [Projection; 2],
    /// Text of `calib_cam_to_cam.txt`.
    pub cam_to_cam: String,
    /// Text of `calib_velo_to_cam.txt`.
    pub velo_to_cam: String,
    plan: RigPlan,
    /// How far cameras 2 and 3 lie to the left of camera 0, in metres.
    to_the_left: [f64; 2],
}

impl Rig {
    /// The rig with pictures of another size than the plan's: the same view, with fewer pixels.
    ///
    /// # Errors
    /// None in practice: the calibration files are written here.
    pub fn new(plan: RigPlan, size: [usize; 2]) -> Result<Self> {
        let (cam_to_cam, velo_to_cam) = (cam_to_cam(&plan, size), velo_to_cam(&plan));
        // The pictures are rendered where the files put LiDAR points, digits lost in writing included.
        let cam = Calibration::parse(&cam_to_cam, Path::new("calib_cam_to_cam.txt"))?;
        let velo = Calibration::parse(&velo_to_cam, Path::new("calib_velo_to_cam.txt"))?;
        let intrinsics = cam.intrinsics(2)?;
        let projections = [velodyne::velo_to_image(&cam, &velo, 2)?, velodyne::velo_to_image(&cam, &velo, 3)?];
        let to_the_left = [2, 3].map(|camera| cam.projection(camera).map_or(0.0, |p| p[0][3] / p[0][0]));
        Ok(Self { size, intrinsics, projections, cam_to_cam, velo_to_cam, plan, to_the_left })
    }

    /// Distance between the two cameras in metres.
    pub fn baseline(&self) -> f64 {
        self.to_the_left[0] - self.to_the_left[1]
    }

    /// Camera 2 (`right` false) or 3 of a rig at `pose`.
    pub fn camera(&self, pose: &Pose, right: bool) -> Camera {
        let [forward, left, up] = pose.axes();
        let aside = if right { self.baseline() } else { 0.0 };
        let position = pose.position - left * aside;
        Camera { intrinsics: self.intrinsics, size: self.size, position, axes: [-left, -up, forward] }
    }

    /// The scanner of a rig at `pose`. Small pictures are scanned with as many fewer shots.
    pub fn scanner(&self, pose: &Pose) -> Scanner {
        let [forward, left, up] = pose.axes();
        let [above, ahead] = self.plan.scanner;
        let coarser = (self.plan.size[0] as f64 / self.size[0] as f64).clamp(1.0, 8.0);
        Scanner {
            position: pose.position - left * self.to_the_left[0] + up * above + forward * ahead,
            axes: [forward, left, up],
            step: self.plan.step * coarser,
            half_sector: self.plan.half_sector,
            range: self.plan.range,
        }
    }
}

/// A number as C's `%.6e` writes it, which is how KITTI's files look.
fn number(v: f64) -> String {
    let text = format!("{v:.6e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |e| ('-', e));
    format!("{digits}e{sign}{exponent:0>2}")
}

fn line(key: &str, numbers: &[f64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(|v| number(*v)).collect();
    format!("{key}: {}\n", numbers.join(" "))
}

fn cam_to_cam(plan: &RigPlan, size: [usize; 2]) -> String {
    let [w, h] = size.map(|v| v as f64);
    let (sx, sy) = (w / plan.size[0] as f64, h / plan.size[1] as f64);
    let [fx, fy, cx, cy] = plan.camera;
    // Pixel edges stay on pixel edges; the files count pixels from 1.
    let (cx, cy) =
        (if sx == 1.0 { cx } else { (cx - 0.5) * sx + 0.5 }, if sy == 1.0 { cy } else { (cy - 0.5) * sy + 0.5 });
    let mut text = "calib_time: generated\n".to_owned();
    for (camera, offset) in [(0, 0.0), (2, plan.offsets[0] * sx), (3, plan.offsets[1] * sx)] {
        text += &line(&format!("S_rect_{camera:02}"), &[w, h]);
        text += &line(&format!("R_rect_{camera:02}"), &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        let p = [fx * sx, 0.0, cx, offset, 0.0, fy * sy, cy, 0.0, 0.0, 0.0, 1.0, 0.0];
        text += &line(&format!("P_rect_{camera:02}"), &p);
    }
    text
}

fn velo_to_cam(plan: &RigPlan) -> String {
    let [above, ahead] = plan.scanner;
    // The scanner looks forward, left and up where camera 0 looks right, down and forward.
    let rotation = line("R", &[0.0, -1.0, 0.0, 0.0, 0.0, -1.0, 1.0, 0.0, 0.0]);
    format!("calib_time: generated\n{rotation}{}", line("T", &[0.0, -above, ahead]))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_like_those_of_the_files() {
        let pairs =
            [(721.5377, "7.215377e+02"), (-0.08, "-8.000000e-02"), (0.0, "0.000000e+00"), (1e-12, "1.000000e-12")];
        for (v, text) in pairs {
            assert_eq!(number(v), text);
        }
    }

    #[test]
    fn both_rigs_measure_what_was_planned() {
        for (plan, baseline) in [(CAR, 0.54), (HAND, 0.12)] {
            for size in [plan.size, [plan.size[0] / 4, plan.size[1] / 3]] {
                let rig = Rig::new(plan, size).unwrap();
                assert!((rig.baseline() - baseline).abs() < 1e-6);
                let cam = Calibration::parse(&rig.cam_to_cam, Path::new("c")).unwrap();
                assert_eq!(cam.size(3).unwrap(), size);
                assert!((cam.baseline(2, 3).unwrap() - baseline).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn a_point_of_the_world_is_seen_by_camera_and_scanner_at_the_same_pixel() {
        let rig = Rig::new(CAR, [310, 94]).unwrap();
        let pose = Pose { position: vec3(3.0, -1.0, 1.65), yaw: 0.3, pitch: -0.05 };
        let scanner = rig.scanner(&pose);
        let point = pose.position + pose.axes()[0] * 12.0 + pose.axes()[1] * 1.5 - pose.axes()[2] * 0.7;
        let scanned = scanner.axes.map(|axis| (point - scanner.position).dot(axis));
        for (right, m) in [(false, rig.projections[0]), (true, rig.projections[1])] {
            let camera = rig.camera(&pose, right);
            let seen = camera.axes.map(|axis| (point - camera.position).dot(axis));
            let [x, y] = rig.intrinsics.project(seen).unwrap();
            let q = m.map(|r| r[0] * scanned[0] + r[1] * scanned[1] + r[2] * scanned[2] + r[3]);
            // The files count from 1.
            assert!((q[0] / q[2] - 1.0 - x).abs() < 1e-4 && (q[1] / q[2] - 1.0 - y).abs() < 1e-4);
            assert!((q[2] - 12.0).abs() < 1e-9 && (seen[2] - 12.0).abs() < 1e-9);
        }
    }

    #[test]
    fn poses_are_those_of_a_camera() {
        let origin = Pose { position: vec3(1.0, 2.0, 1.65), yaw: 0.0, pitch: 0.0 };
        assert_eq!(origin.relative_to(&origin), [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        // Two metres ahead, one to the left and half up, turned by a quarter to the left.
        let moved = Pose { position: vec3(3.0, 3.0, 2.15), yaw: std::f64::consts::FRAC_PI_2, pitch: 0.0 };
        let want = [0.0, 0.0, -1.0, -1.0, 0.0, 1.0, 0.0, -0.5, 1.0, 0.0, 0.0, 2.0];
        let got = moved.relative_to(&origin);
        assert!(got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-12), "{got:?}");
    }
}
