//! [`Intrinsics`] of a pinhole camera.

use serde::{Deserialize, Serialize};

/// A pinhole camera without distortion, in pixels.
///
/// Pixels are counted from 0: the centre of pixel (x, y) is looked at along
/// `((x - cx) / fx, (y - cy) / fy, 1)`, x to the right, y down, z forward. KITTI's calibration files
/// count from 1 (reference.md 7.4, step 5 subtracts that one): see [`Intrinsics::from_one_based`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Intrinsics {
    /// Focal length along x in pixels.
    pub fx: f64,
    /// Focal length along y in pixels.
    pub fy: f64,
    /// Column of the principal point.
    pub cx: f64,
    /// Row of the principal point.
    pub cy: f64,
}

impl Intrinsics {
    /// Intrinsics whose principal point was measured with the first pixel's centre at 1, as KITTI's files do.
    pub fn from_one_based(fx: f64, fy: f64, cx: f64, cy: f64) -> Self {
        Self { fx, fy, cx: cx - 1.0, cy: cy - 1.0 }
    }

    /// The ray through pixel position (x, y), scaled so that its z is 1.
    pub fn ray(&self, x: f64, y: f64) -> [f64; 3] {
        [(x - self.cx) / self.fx, (y - self.cy) / self.fy, 1.0]
    }

    /// The pixel position of a point in camera coordinates; `None` at or behind the camera.
    pub fn project(&self, point: [f64; 3]) -> Option<[f64; 2]> {
        let [x, y, z] = point;
        (z > 0.0).then(|| [self.fx * x / z + self.cx, self.fy * y / z + self.cy])
    }

    /// The point in camera coordinates (units of `depth`) seen at pixel position (x, y) at distance `depth` along z.
    pub fn unproject(&self, x: f64, y: f64, depth: f64) -> [f64; 3] {
        self.ray(x, y).map(|v| v * depth)
    }

    /// The same camera after its picture was resized by these factors: pixel edges stay on pixel edges.
    pub fn scaled(&self, sx: f64, sy: f64) -> Self {
        Self { fx: self.fx * sx, fy: self.fy * sy, cx: (self.cx + 0.5) * sx - 0.5, cy: (self.cy + 0.5) * sy - 0.5 }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn projecting_undoes_unprojecting_and_nothing_behind_is_seen() {
        let k = Intrinsics { fx: 721.5, fy: 700.0, cx: 609.5, cy: 172.8 };
        let p = k.unproject(100.0, 50.0, 7.0);
        assert_eq!(p[2], 7.0);
        let [x, y] = k.project(p).unwrap();
        assert!((x - 100.0).abs() < 1e-9 && (y - 50.0).abs() < 1e-9);
        assert!(k.project([0.0, 0.0, -1.0]).is_none());
        assert!(k.project([0.0, 0.0, 0.0]).is_none());
    }

    #[test]
    fn a_resized_camera_keeps_the_pictures_corners() {
        let k = Intrinsics::from_one_based(100.0, 100.0, 51.0, 26.0);
        assert_eq!((k.cx, k.cy), (50.0, 25.0));
        let half = k.scaled(0.5, 0.5);
        // The left edge of pixel 0 is at -0.5 in both pictures.
        let (a, b) = (k.ray(-0.5, -0.5), half.ray(-0.5, -0.5));
        assert!((a[0] - b[0]).abs() < 1e-12 && (a[1] - b[1]).abs() < 1e-12);
    }
}
