//! What surfaces look like: colour, gloss and roughness, computed from the place on the surface.

use super::facade;
use super::interior::Interior;
use super::noise::{fractal, noise, random, smooth_step};
use super::vector::{Vec3, vec3};

/// A surface's kind. Colours are linear light, 0…1.
#[derive(Debug, Clone, Copy)]
pub enum Material {
    /// A street along x: asphalt, lane markings, patches, tyre tracks (see [`Street`]).
    Asphalt(Street),
    /// Lawn with bare spots.
    Grass,
    /// Concrete slabs of 0.6 m.
    Slabs,
    /// Kerb stones of 1 m.
    Kerb,
    /// A plastered house front with windows and doors.
    Facade(facade::Style),
    /// Tiled roof.
    Tiles(Vec3),
    /// Plain, weathered colour.
    Plaster(Vec3),
    /// The lower body of a car, in the car's axes.
    CarBody(Vec3),
    /// The cabin of a car: windows between painted pillars, in the car's axes.
    CarCabin(Vec3),
    /// A wheel: tyre and rim around the given middle (x, z), in the car's axes.
    Wheel([f64; 2]),
    /// Tree bark.
    Bark,
    /// Leaves with gaps between them.
    Leaves(Vec3, u32),
    /// A trimmed hedge: leaves without gaps.
    Hedge(Vec3),
    /// Painted or galvanised metal.
    Metal(Vec3),
    /// A round sign with a rim, centred on its place's origin and facing along x.
    Sign {
        /// Colour of the middle.
        inside: Vec3,
        /// Colour of the rim.
        rim: Vec3,
        /// Radius in metres.
        radius: f64,
    },
    /// Something in a room.
    Interior(Interior),
}

/// Where the markings of a street are, in metres to the left of the camera's lane.
#[derive(Debug, Clone, Copy)]
pub struct Street {
    /// The dashed line between the directions.
    pub centre: f64,
    /// The thin line in front of the parking strip.
    pub edge: f64,
    /// The middles of the two lanes, where tyres run.
    pub lanes: [f64; 2],
}

/// A surface at one point.
#[derive(Debug, Clone, Copy)]
pub struct Surface {
    /// Share of light scattered back, per colour.
    pub albedo: Vec3,
    /// Share mirrored at right angles; grows towards grazing angles.
    pub mirror: f64,
    /// Added to the unit normal before lighting.
    pub bump: Vec3,
}

impl Surface {
    /// A surface that mirrors nothing.
    pub fn matt(albedo: Vec3) -> Self {
        Self { albedo, mirror: 0.0, bump: Vec3::default() }
    }

    /// A surface that mirrors a share.
    pub fn glossy(albedo: Vec3, mirror: f64) -> Self {
        Self { albedo, mirror, bump: Vec3::default() }
    }
}

impl Material {
    /// True for surfaces that rays may pass through in places.
    pub fn has_gaps(&self) -> bool {
        matches!(self, Self::Leaves(..))
    }

    /// True for window panes, off which a laser beam does not come back.
    pub fn swallows_laser(&self, p: Vec3, n: Vec3) -> bool {
        match self {
            Self::CarCabin(_) => cabin_window(p, n),
            Self::Facade(style) => style.is_pane(p, n),
            _ => false,
        }
    }

    /// True where there is something at a world point of the surface.
    pub fn is_solid(&self, p: Vec3) -> bool {
        match self {
            Self::Leaves(_, seed) => noise(p * 4.3, *seed) + 0.45 * noise(p * 11.0, *seed) > 0.62,
            _ => true,
        }
    }

    /// The surface at point `p` with normal `n`, both in the object's axes. `footprint` is the size in metres that one pixel
    /// covers there: detail finer than that fades, as it would in a lens.
    pub fn surface(&self, p: Vec3, n: Vec3, footprint: f64) -> Surface {
        let fade = |size: f64| (1.0 - footprint / size).clamp(0.0, 1.0);
        match *self {
            Self::Asphalt(street) => asphalt(p, &street, footprint),
            Self::Grass => {
                let large = fractal(p * 0.35, 3, 11);
                let blades = 0.5 + (noise(vec3(p.x * 14.0, p.y * 14.0, 0.0), 12) - 0.5) * fade(0.12);
                let green = vec3(0.10, 0.17, 0.035).mix(vec3(0.24, 0.25, 0.07), smooth_step(0.42, 0.72, large));
                let earth = smooth_step(0.68, 0.76, fractal(p * 0.9, 3, 13));
                Surface::matt(green.mix(vec3(0.22, 0.16, 0.10), 0.6 * earth) * (0.65 + 0.7 * blades))
            }
            Self::Slabs => {
                let (u, v) = (p.x / 0.6, p.y / 0.6);
                let tone = 0.9 + 0.2 * random(u.floor() as i64, v.floor() as i64, 0, 21);
                let joint = line(u, 0.02).max(line(v, 0.02)) * fade(0.15);
                let grain = 1.0 + 0.15 * (noise(p * 22.0, 22) - 0.5) * fade(0.1);
                let dirt = 0.86 + 0.28 * fractal(p * 0.5, 3, 23);
                Surface::matt(vec3(0.36, 0.345, 0.32) * (tone * grain * dirt * (1.0 - 0.5 * joint)))
            }
            Self::Kerb => {
                let joint = line(p.x, 0.012) * fade(0.3);
                let grain = 0.9 + 0.2 * fractal(p * 6.0, 2, 24);
                Surface::matt(Vec3::all(0.42) * (grain * (1.0 - 0.55 * joint)))
            }
            Self::Facade(style) => style.surface(p, n, footprint),
            Self::Tiles(colour) => {
                let (u, row) = (p.x / 0.28 + p.y / 0.28, p.z / 0.2);
                let tone = 0.8 + 0.4 * random(u.floor() as i64, row.floor() as i64, 0, 31);
                let edge = (1.0 - (row - row.floor())) * fade(0.4);
                let moss = 0.75 + 0.5 * fractal(p * 0.6, 3, 32);
                Surface::matt(colour * (tone * moss * (1.0 - 0.35 * edge)))
            }
            Self::Plaster(colour) => Surface::matt(colour * (0.85 + 0.3 * fractal(p * 0.8, 4, 41))),
            Self::CarBody(paint) => car_body(p, n, paint),
            Self::CarCabin(_) if cabin_window(p, n) => Surface::glossy(vec3(0.012, 0.015, 0.017), 0.09),
            Self::CarCabin(paint) => Surface::glossy(paint, 0.05),
            Self::Wheel([x, z]) => {
                let r = ((p.x - x) * (p.x - x) + (p.z - z) * (p.z - z)).sqrt();
                if r > 0.21 || n.y.abs() < 0.5 {
                    return Surface::matt(Vec3::all(0.018));
                }
                // Five spokes: the cosine of five times the angle, from the cosine of the angle.
                let c = (p.x - x) / r.max(1e-6);
                let fifth = c * (16.0 * c.powi(4) - 20.0 * c * c + 5.0);
                let spoke = fifth > -0.15 || !(0.06..=0.185).contains(&r);
                Surface::glossy(Vec3::all(if spoke { 0.45 } else { 0.03 }), 0.04)
            }
            Self::Bark => {
                let ridges = fractal(vec3(p.x * 9.0, p.y * 9.0, p.z * 1.8), 3, 51);
                Surface::matt(vec3(0.16, 0.12, 0.085) * (0.5 + ridges))
            }
            Self::Leaves(colour, seed) => leaves(p, colour, seed, fade(0.5)),
            Self::Hedge(colour) => leaves(p, colour, 61, fade(0.5)),
            Self::Metal(colour) => Surface::glossy(colour * (0.9 + 0.2 * noise(p * 3.0, 71)), 0.04),
            Self::Sign { inside, rim, radius } => {
                if n.x > -0.5 {
                    return Surface::glossy(Vec3::all(0.35), 0.03); // its back and edge
                }
                let r = (p.y * p.y + p.z * p.z).sqrt() / radius;
                Surface::glossy(if r < 0.74 { inside } else { rim }, 0.02)
            }
            Self::Interior(kind) => kind.surface(p, n, footprint),
        }
    }
}

/// 1 on a joint of the given half width around whole numbers, else 0.
pub(super) fn line(v: f64, half: f64) -> f64 {
    f64::from((v - v.round()).abs() < half)
}

fn leaves(p: Vec3, colour: Vec3, seed: u32, fade: f64) -> Surface {
    let clump = noise(p * 2.1, seed ^ 1);
    let leaf = 0.5 + (noise(p * 13.0, seed ^ 2) - 0.5) * fade;
    let bump = |k: u32| (noise(p * 6.0, seed ^ k) - 0.5) * 1.6;
    let tint = colour.mix(colour.times(vec3(1.6, 1.15, 0.7)), clump);
    Surface { albedo: tint * (0.45 + 1.1 * leaf), mirror: 0.0, bump: vec3(bump(3), bump(4), bump(5)) }
}

fn asphalt(p: Vec3, street: &Street, footprint: f64) -> Surface {
    let fade = |size: f64| (1.0 - footprint / size).clamp(0.0, 1.0);
    let grain = (noise(p * 55.0, 1) - 0.5) * fade(0.04) + 0.7 * (noise(p * 21.0, 2) - 0.5) * fade(0.1);
    let stains = fractal(vec3(p.x * 0.25, p.y * 0.8, 0.0), 4, 3);
    let mut tone = 0.17 * (1.0 + 0.45 * grain) * (0.78 + 0.44 * stains);
    // Tyres polish two tracks in each lane; oil darkens the middle between them.
    for lane in street.lanes {
        let off = (p.y - lane).abs();
        tone *= 1.0 + 0.10 * smooth_step(0.35, 0.0, (off - 0.75).abs()) - 0.16 * smooth_step(0.4, 0.0, off);
    }
    // Repaired rectangles, and sealed cracks where noise passes through its middle.
    let (i, j) = ((p.x / 7.0).floor() as i64, (p.y / 1.9).floor() as i64);
    let (u, v) = (p.x / 7.0 - i as f64, p.y / 1.9 - j as f64);
    if random(i, j, 0, 4) < 0.13 && (0.12..0.8).contains(&u) && (0.1..0.9).contains(&v) {
        tone *= 0.72;
    }
    let crack = (fractal(vec3(p.x * 0.35, p.y * 0.5, 0.0), 3, 5) - 0.5).abs();
    tone *= 1.0 - 0.55 * smooth_step(0.006, 0.001, crack) * fade(0.15);
    let mut albedo = vec3(1.0, 0.985, 0.96) * tone;

    // Paint, worn through in spots. Dashes of 3 m every 9 m.
    let dash = (p.x + 2.0).rem_euclid(9.0) < 3.0;
    let centre = (p.y - street.centre).abs() < 0.07 && dash;
    let edge = (p.y - street.edge).abs() < 0.06;
    let bay = p.y < street.edge && (p.x.rem_euclid(6.0) - 3.0).abs() < 0.05;
    if centre || edge || bay {
        let worn = smooth_step(0.60, 0.74, fractal(p * 5.0, 3, 6));
        albedo = albedo.mix(vec3(0.66, 0.66, 0.63), 0.9 - 0.75 * worn);
    }
    Surface::matt(albedo)
}

/// Half the width of a car's body in metres; its nose is at x = 2.15, its tail at −2.15.
pub const CAR_HALF_WIDTH: f64 = 0.86;
/// Where a car's axles are, and the height of their middle, in its axes.
pub const AXLES: [f64; 2] = [-1.32, 1.36];
/// Radius of a car's wheels in metres.
pub const WHEEL_RADIUS: f64 = 0.32;

fn car_body(p: Vec3, n: Vec3, paint: Vec3) -> Surface {
    let side = n.y.abs() > 0.7;
    if side {
        let near_wheel = AXLES.iter().any(|x| {
            let (dx, dz) = (p.x - x, p.z - WHEEL_RADIUS);
            dx * dx + dz * dz < 0.39 * 0.39
        });
        let gap = [-0.95, 0.05, 1.0].iter().any(|x| (p.x - x).abs() < 0.012) && p.z > 0.36;
        let sill = p.z < 0.30;
        let handle = p.z > 0.70 && p.z < 0.73 && [-0.72, 0.28].iter().any(|x| (p.x - x).abs() < 0.08);
        if near_wheel || gap || sill || handle {
            return Surface::matt(Vec3::all(0.012));
        }
        // A crease along the side catches the light.
        let bump = if (p.z - 0.62).abs() < 0.025 { vec3(0.0, 0.0, 0.35) } else { Vec3::default() };
        return Surface { albedo: paint, mirror: 0.05, bump };
    }
    let y = p.y.abs();
    if n.x > 0.5 || n.x < -0.5 {
        let front = n.x > 0.0;
        if y > 0.52 && y < 0.82 && p.z > 0.55 && p.z < 0.74 {
            let lamp = if front { vec3(0.75, 0.78, 0.8) } else { vec3(0.45, 0.012, 0.015) };
            return Surface::glossy(lamp, 0.08);
        }
        if y < 0.27 && p.z > 0.47 && p.z < 0.58 {
            let letters = line(p.y * 14.0 + 0.5, 0.22) > 0.0 && p.z > 0.495 && p.z < 0.555 && y < 0.24;
            return Surface::matt(Vec3::all(if letters { 0.03 } else { 0.7 }));
        }
        if (front && y < 0.5 && p.z > 0.60 && p.z < 0.72) || p.z < 0.40 {
            return Surface::matt(Vec3::all(0.015)); // grille and bumper
        }
        if !front && (p.z - 0.44).abs() < 0.012 {
            return Surface::matt(Vec3::all(0.02)); // the gap below the boot
        }
    }
    Surface::glossy(paint, 0.05)
}

/// True where a car's cabin is glass.
fn cabin_window(p: Vec3, n: Vec3) -> bool {
    if n.z > 0.93 || p.z < 0.90 || p.z > 1.37 {
        return false;
    }
    if n.y.abs() > 0.7 {
        // Between the slanted posts; one upright post behind the front door.
        let rise = p.z - 0.90;
        let (rear, front) = (-1.52 + 1.05 * rise, 0.98 - 1.45 * rise);
        return p.x > rear && p.x < front && (p.x + 0.32).abs() > 0.05;
    }
    p.y.abs() < 0.66 - 0.25 * (p.z - 0.86)
}
