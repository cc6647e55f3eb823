//! A spinning LiDAR scanner with 64 beams looks at a scene.

use super::noise::random;
use super::render::apart;
use super::scene::Scene;
use super::shape::Ray;
use super::vector::{Vec3, vec3};
use rayon::prelude::*;

/// A scanner: where it is and how it turns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scanner {
    /// Its centre.
    pub position: Vec3,
    /// Its axes in the world: forward, left, up; unit vectors at right angles.
    pub axes: [Vec3; 3],
    /// Angle between shots in degrees.
    pub step: f64,
    /// Shots are fired up to this many degrees to each side of forward; 180 is a whole turn.
    pub half_sector: f64,
    /// Farthest echo in metres.
    pub range: f64,
}

/// Elevations of the beams in degrees, from the top: 32 a third of a degree apart, then 32 half a degree apart,
/// from +2° to −24.33°, which is how such a scanner is laid out.
pub fn elevations() -> [f64; 64] {
    std::array::from_fn(|i| {
        let i = i as f64;
        if i < 32.0 { 2.0 - i / 3.0 } else { -8.0 - 1.0 / 3.0 - (i - 31.0) * 0.5 }
    })
}

/// One scan: x, y, z in the scanner's axes (metres) and reflectance 0…1. Beams that meet sky, window panes or nothing within
/// range give no point, nor does one in fifty that hits something.
pub fn scan(scene: &Scene, scanner: &Scanner, seed: u32) -> Vec<[f32; 4]> {
    let shots = (2.0 * scanner.half_sector / scanner.step).floor() as i64;
    let elevations = elevations();
    let shot = |(beam, i): (usize, i64)| -> Option<[f32; 4]> {
        // Neighbouring beams fire at slightly different moments.
        let offset = 0.5 * (beam % 2) as f64;
        let azimuth = (scanner.half_sector - (i as f64 + offset) * scanner.step).to_radians();
        let elevation = elevations[beam].to_radians();
        let own = vec3(elevation.cos() * azimuth.cos(), elevation.cos() * azimuth.sin(), elevation.sin());
        let [forward, left, up] = scanner.axes;
        let direction = forward * own.x + left * own.y + up * own.z;
        let hit = scene.cast(&Ray { origin: scanner.position, direction }, scanner.range)?;
        let place = &hit.object.place;
        let (p, n) = (place.point_in(hit.point), place.direction_in(hit.normal));
        if hit.object.material.swallows_laser(p, n) || random(beam as i64, i, 0, seed) < 0.02 {
            return None;
        }
        let albedo = hit.object.material.surface(p, n, 0.02).albedo;
        let reflectance = (albedo.x + albedo.y + albedo.z) / 3.0 * (0.3 - 0.7 * n.dot(place.direction_in(direction)));
        let d = own * hit.t;
        Some([d.x as f32, d.y as f32, d.z as f32, reflectance.clamp(0.0, 1.0) as f32])
    };
    let all: Vec<(usize, i64)> = (0..64).flat_map(|beam| (0..shots).map(move |i| (beam, i))).collect();
    apart(|| all.into_par_iter().filter_map(shot).collect())
}
