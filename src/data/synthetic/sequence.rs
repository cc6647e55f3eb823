//! [`Sequence`]: a procedural scene seen from a moving rig: for every moment a stereo pair, exact depth, a scan and a pose.

use super::lidar;
use super::render::{self, Light};
use super::rig::{CAR, HAND, Pose, Rig};
use super::road_layout;
use super::room_layout::{self, ROOM};
use super::scene::Scene;
use super::vector::vec3;
use crate::depth::DepthMap;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::geometry::velodyne::{self, ProjectOptions};

/// Which scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A furnished room seen by a hand-held device that goes round the table.
    Room,
    /// A street seen by a car that drives along it.
    Road,
}

impl Kind {
    /// `room` or `road`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Road => "road",
        }
    }

    /// Width and height of a picture at full size.
    pub fn size(self) -> [usize; 2] {
        match self {
            Self::Room => HAND.size,
            Self::Road => CAR.size,
        }
    }
}

/// Frames of a sequence at most: the street ends, and one turn around the table is over.
pub const MAX_FRAMES: usize = 120;
/// Height of the car's cameras above the ground in metres.
const CAR_CAMERA: f64 = 1.65;
/// The car's way between two frames in metres: 29 km/h at ten frames a second.
const CAR_STEP: f64 = 0.8;

/// A scene, a rig and its path. The same kind, seed and size give the same pictures on every machine (but for the last
/// digits of its mathematical functions).
#[derive(Debug, Clone)]
pub struct Sequence {
    kind: Kind,
    seed: u64,
    rig: Rig,
    /// The room stands still and is built once; the street's cars move.
    room: Option<(Scene, Light)>,
}

impl Sequence {
    /// Lays the scene out; renders nothing. `size` is that of the pictures; small ones are quick to make.
    ///
    /// # Errors
    /// When the size is none that can be rendered.
    pub fn new(kind: Kind, seed: u64, size: [usize; 2]) -> Result<Self> {
        if size.iter().any(|v| !(8..=4096).contains(v)) {
            let [w, h] = size;
            return Err(Error::Usage(format!(
                "a scene cannot be rendered at {w}x{h}; give 8 to 4096 pixels to each side"
            )));
        }
        let plan = match kind {
            Kind::Room => HAND,
            Kind::Road => CAR,
        };
        let room = (kind == Kind::Room).then(|| room_layout::scene(seed));
        Ok(Self { kind, seed, rig: Rig::new(plan, size)?, room })
    }

    /// Which scene it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The rig with its calibration.
    pub fn rig(&self) -> &Rig {
        &self.rig
    }

    /// Where the rig is at a frame.
    pub fn pose(&self, index: usize) -> Pose {
        let i = index as f64;
        match self.kind {
            Kind::Room => {
                // Once around the table, looking across it; the hand that carries it is not quite still.
                let turn = std::f64::consts::TAU * i / MAX_FRAMES as f64;
                let (sin, cos) = turn.sin_cos();
                let bob = 0.03 * (i * 0.9).sin();
                let position = vec3(ROOM[0] / 2.0 - 1.9 * cos, ROOM[1] / 2.0 - 1.45 * sin, 1.45 + bob);
                Pose { position, yaw: turn + 0.12 * (i * 0.11).sin(), pitch: -0.17 + 0.03 * (i * 0.23).sin() }
            }
            Kind::Road => {
                // Along the lane, swaying by a hand's breadth and back in 50 m; the body nods.
                let x = CAR_STEP * i;
                let wave = std::f64::consts::TAU / 50.0;
                let y = 0.12 * (1.0 - (wave * x).cos());
                let yaw = (0.12 * wave * (wave * x).sin()).atan();
                Pose { position: vec3(x, y, CAR_CAMERA), yaw, pitch: 0.004 * (0.55 * i).sin() }
            }
        }
    }

    /// The scene at a frame.
    fn scene<T>(&self, index: usize, look: impl FnOnce(&Scene, &Light) -> T) -> T {
        match &self.room {
            Some((scene, light)) => look(scene, light),
            None => {
                let (scene, light) = road_layout::scene(self.seed, CAR_STEP * index as f64);
                look(&scene, &light)
            }
        }
    }

    /// What camera 2 (`right` false) or 3 takes: a second of all processors at full size.
    pub fn picture(&self, index: usize, right: bool) -> Frame {
        let camera = self.rig.camera(&self.pose(index), right);
        self.scene(index, |scene, light| render::picture(scene, light, &camera, self.kind.name()))
    }

    /// The exact depth of that picture at the centre of each pixel, in metres; sky is invalid.
    pub fn depth(&self, index: usize, right: bool) -> DepthMap {
        let camera = self.rig.camera(&self.pose(index), right);
        self.scene(index, |scene, _| render::depth(scene, &camera))
    }

    /// One scan: x, y, z in the scanner's axes in metres, and reflectance.
    pub fn points(&self, index: usize) -> Vec<[f32; 4]> {
        let scanner = self.rig.scanner(&self.pose(index));
        let seed = (self.seed as u32).wrapping_add(index as u32);
        self.scene(index, |scene, _| lidar::scan(scene, &scanner, seed))
    }

    /// A scan at the pixels of camera 2 (reference.md 7.4 with the correct key), in metres; sparse.
    pub fn lidar(&self, points: &[[f32; 4]]) -> DepthMap {
        let [width, height] = self.rig.size;
        velodyne::project(points, &self.rig.projections[0], width, height, ProjectOptions::default())
    }
}

#[cfg(test)]
#[path = "sequence_tests.rs"]
mod tests;
