//! A camera looks at a scene: picture and exact depth.

use super::noise::{fractal, smooth_step};
use super::scene::{Hit, Scene};
use super::shape::Ray;
use super::vector::{Vec3, vec3};
use crate::data::image::encode_srgb;
use crate::depth::{DepthMap, DepthUnit};
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::OnceLock;

/// A pinhole camera in the world.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// Its intrinsics, pixels counted from 0.
    pub intrinsics: Intrinsics,
    /// Width and height in pixels.
    pub size: [usize; 2],
    /// Its centre.
    pub position: Vec3,
    /// Its axes in the world: to the right, down, forward; unit vectors at right angles.
    pub axes: [Vec3; 3],
}

impl Camera {
    /// The ray through a pixel position. Its direction has forward component 1, so that its parameter is the depth.
    fn ray(&self, x: f64, y: f64) -> Ray {
        let [right, down, forward] = self.intrinsics.ray(x, y);
        let direction = self.axes[0] * right + self.axes[1] * down + self.axes[2] * forward;
        Ray { origin: self.position, direction }
    }
}

/// Sun, sky and haze.
#[derive(Debug, Clone, Copy)]
pub struct Light {
    /// Unit vector towards the sun.
    pub sun: Vec3,
    /// Distance in metres over which haze swallows 63 % of a surface's light.
    pub haze: f64,
    /// Which clouds.
    pub seed: u32,
    /// Lamps and what walls send back, where the scene is a room; the sky gives the rest where it is not.
    pub indoors: Option<Indoors>,
}

/// The light inside a room.
#[derive(Debug, Clone, Copy)]
pub struct Indoors {
    /// Middles of the lamps.
    pub lamps: [Vec3; 2],
    /// Their light at a distance of 1 m.
    pub power: Vec3,
    /// What comes from everywhere.
    pub ambient: Vec3,
}

/// Nothing farther than this is seen, in metres.
const FAR: f64 = 5000.0;
/// Colour of haze, and of the sky where it meets the ground.
const HORIZON: Vec3 = vec3(1.02, 1.14, 1.28);
const SUNLIGHT: Vec3 = vec3(2.75, 2.5, 2.12);
const SKYLIGHT: Vec3 = vec3(0.50, 0.62, 0.82);
const BOUNCE: Vec3 = vec3(0.24, 0.22, 0.19);
/// How far open space is looked for around a point, in metres.
const OPEN: f64 = 2.5;

/// The exact distance along the optical axis at every pixel's centre, in metres; sky is invalid.
pub fn depth(scene: &Scene, camera: &Camera) -> DepthMap {
    let [w, h] = camera.size;
    let rows = (0..h).into_par_iter().flat_map_iter(|y| {
        (0..w).map(move |x| scene.cast(&camera.ray(x as f64, y as f64), FAR).map_or(0.0, |hit| hit.t as f32))
    });
    DepthMap::new(w, h, DepthUnit::Metres, apart(|| rows.collect()))
}

/// Does it on threads of its own. A network on the processor works on rayon's common ones, and each of its operators would
/// wait for whole pictures there.
pub(super) fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let start = || ThreadPoolBuilder::new().thread_name(|i| format!("render-{i}")).build().ok();
    match POOL.get_or_init(start) {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// The picture, with 2×2 rays a pixel.
pub fn picture(scene: &Scene, light: &Light, camera: &Camera, name: &str) -> Frame {
    let [w, h] = camera.size;
    let rgb = (0..h).into_par_iter().flat_map_iter(|y| {
        (0..w).flat_map(move |x| {
            let mut sum = Vec3::default();
            for sub in 0..4usize {
                // The corners of a slightly turned square catch near-level and near-upright edges at four heights.
                let (dx, dy) = [(-0.125, -0.375), (0.375, -0.125), (-0.375, 0.125), (0.125, 0.375)][sub];
                sum = sum + seen(scene, light, camera, &camera.ray(x as f64 + dx, y as f64 + dy), sub);
            }
            let c = sum * 0.25;
            [c.x, c.y, c.z].map(|v| encode_srgb(tone(v) as f32))
        })
    });
    Frame::new(name, w, h, apart(|| rgb.collect()))
}

/// Scene light to 0…1 along the S-curve of film: deep shadows, a soft shoulder (a widely used rational fit).
fn tone(v: f64) -> f64 {
    let v = 0.52 * v.max(0.0);
    (v * (2.51 * v + 0.03) / (v * (2.43 * v + 0.59) + 0.14)).min(1.0)
}

/// The light that comes along a ray of the camera.
fn seen(scene: &Scene, light: &Light, camera: &Camera, ray: &Ray, sub: usize) -> Vec3 {
    let length = ray.direction.length();
    let view = ray.direction * (1.0 / length);
    let Some(hit) = scene.cast(ray, FAR) else { return sky(light, view) };
    let distance = hit.t * length;
    let lit = shade(scene, light, &hit, view, distance / camera.intrinsics.fx, sub);
    let haze = 1.0 - (-distance / light.haze).exp();
    lit.mix(HORIZON, haze)
}

fn shade(scene: &Scene, light: &Light, hit: &Hit<'_>, view: Vec3, footprint: f64, sub: usize) -> Vec3 {
    let place = &hit.object.place;
    let surface = hit.object.material.surface(place.point_in(hit.point), place.direction_in(hit.normal), footprint);
    let normal = (hit.normal + place.direction_out(surface.bump)).unit();
    let start = hit.point + hit.normal * 2e-3;

    // The sun has some size: each of the pixel's rays looks at another part of it.
    let (right, up) = tangents(light.sun);
    let (a, b) = [(-0.4, -1.0), (1.0, -0.4), (-1.0, 0.4), (0.4, 1.0)][sub];
    let sun = (light.sun + (right * a + up * b) * 0.008).unit();
    let facing = normal.dot(sun).max(0.0);
    let shadow = facing <= 0.0 || scene.reach(&Ray { origin: start, direction: sun }, FAR) < FAR;
    let direct = if shadow { 0.0 } else { facing };
    // Leaves let light through.
    let direct = if hit.object.material.has_gaps() && !shadow { 0.35 + 0.65 * direct } else { direct };

    let ambient = match &light.indoors {
        Some(room) => room.ambient * (0.85 + 0.15 * normal.z),
        None => BOUNCE.mix(SKYLIGHT, 0.5 + 0.5 * normal.z),
    };
    let ambient = ambient * openness(scene, start, hit.normal, sub);
    let lamps = light.indoors.map_or(Vec3::default(), |room| lamplight(scene, &room, start, normal, (a, b)));
    let mut out = surface.albedo.times(SUNLIGHT * direct + ambient + lamps);
    if surface.mirror > 0.0 {
        let grazing = (1.0 + view.dot(normal)).clamp(0.0, 1.0);
        let share = surface.mirror + (1.0 - surface.mirror) * grazing.powi(5) * surface.mirror.sqrt().min(0.5) * 2.0;
        let mirrored = view - normal * (2.0 * view.dot(normal));
        out = out + mirrored_light(scene, light, start, mirrored) * share;
        if !shadow {
            out = out + SUNLIGHT * (mirrored.dot(sun).max(0.0).powi(60) * surface.mirror * 3.0);
        }
    }
    out
}

/// The lamps' light on a surface. Each of a pixel's rays looks at another part of a lamp.
fn lamplight(scene: &Scene, room: &Indoors, start: Vec3, normal: Vec3, (a, b): (f64, f64)) -> Vec3 {
    let mut sum = 0.0;
    for lamp in room.lamps {
        let way = lamp + vec3(a, b, 0.0) * 0.07 - start;
        let distance = way.length();
        let direction = way * (1.0 / distance);
        let facing = normal.dot(direction);
        if facing > 0.0 && scene.reach(&Ray { origin: start, direction }, distance) >= distance {
            sum += facing / (distance * distance).max(0.05);
        }
    }
    room.power * sum
}

/// What a mirror would show: sky, or the flatly lit colour of what stands in the way.
fn mirrored_light(scene: &Scene, light: &Light, origin: Vec3, direction: Vec3) -> Vec3 {
    let Some(hit) = scene.cast(&Ray { origin, direction }, 60.0) else { return sky(light, direction) };
    let place = &hit.object.place;
    let surface = hit.object.material.surface(place.point_in(hit.point), place.direction_in(hit.normal), 0.05);
    let lit = match &light.indoors {
        Some(room) => room.ambient * 1.6,
        None => SKYLIGHT * 0.7 + SUNLIGHT * (0.4 * hit.normal.dot(light.sun).max(0.0)),
    };
    surface.albedo.times(lit)
}

/// Two unit vectors at right angles to `n` and each other.
fn tangents(n: Vec3) -> (Vec3, Vec3) {
    let helper = if n.z.abs() < 0.9 { vec3(0.0, 0.0, 1.0) } else { vec3(1.0, 0.0, 0.0) };
    let right = helper.cross(n).unit();
    (right, n.cross(right))
}

/// Share of skylight that gets to a point, from two of eight fixed directions a ray: no grain, darker corners.
fn openness(scene: &Scene, origin: Vec3, normal: Vec3, sub: usize) -> f64 {
    const TILT: [[(f64, f64); 2]; 4] = [
        [(0.9, 0.1), (-0.35, -0.35)],
        [(-0.1, 0.9), (0.35, -0.35)],
        [(-0.9, -0.1), (0.35, 0.35)],
        [(0.1, -0.9), (-0.35, 0.35)],
    ];
    let (right, up) = tangents(normal);
    let open: f64 = TILT[sub]
        .iter()
        .map(|(a, b)| {
            let direction = (normal * 0.75 + right * *a + up * *b).unit();
            scene.reach(&Ray { origin, direction }, OPEN) / OPEN
        })
        .sum();
    0.12 + 0.88 * (open / 2.0).sqrt()
}

/// The sky's colour in a direction of length 1.
fn sky(light: &Light, direction: Vec3) -> Vec3 {
    let height = direction.z.max(0.0);
    let clear = HORIZON.mix(vec3(0.22, 0.46, 1.02), (1.0 - (-height * 5.5).exp()).clamp(0.0, 1.0));
    // Clouds lie on a plane high above; the offset keeps them from crowding at the horizon.
    let plane = 1.0 / (height + 0.09);
    let p = vec3(direction.x * plane * 0.55, direction.y * plane * 0.8, 0.3);
    let cover = fractal(p, 6, light.seed);
    let amount = smooth_step(0.45, 0.66, cover) * smooth_step(0.0, 0.08, height);
    let bright = 2.0 - 0.7 * smooth_step(0.6, 0.85, cover);
    clear.mix(Vec3::all(bright), 0.9 * amount)
}
