//! What surfaces in a room look like.

use super::material::{Surface, line};
use super::noise::{fractal, noise, random, smooth_step};
use super::vector::{Vec3, vec3};

/// A kind of surface in a room. Colours are linear light, 0…1.
#[derive(Debug, Clone, Copy)]
pub enum Interior {
    /// Parquet: staves of 9 cm along x.
    Parquet(Vec3),
    /// A papered wall: a faint pattern of stripes.
    Paper(Vec3),
    /// Painted smooth: ceilings, doors, skirting boards.
    Paint(Vec3),
    /// Sawn wood with its grain along the axis 0 (x), 1 (y) or 2 (z).
    Wood(Vec3, usize),
    /// Woven cloth.
    Cloth(Vec3, u32),
    /// A carpet with a border, between two corners in the floor's plane.
    Carpet([f64; 4], Vec3),
    /// The backs of books standing along x or y.
    Books(u32),
    /// A framed picture on a wall, in its place's y–z plane: half width and half height.
    Picture([f64; 2], u32),
    /// Glazed or painted things that shine.
    Glaze(Vec3),
    /// A switched-off screen.
    Screen,
}

impl Interior {
    /// The surface at `p` with normal `n`, in the object's axes; see [`super::material::Material::surface`].
    pub fn surface(&self, p: Vec3, n: Vec3, footprint: f64) -> Surface {
        let fade = |size: f64| (1.0 - footprint / size).clamp(0.0, 1.0);
        match *self {
            Self::Parquet(colour) => {
                let row = (p.y / 0.09).floor();
                let shift = random(row as i64, 0, 0, 81) * 0.7;
                let stave = ((p.x + shift) / 0.7).floor();
                let tone = 0.72 + 0.5 * random(row as i64, stave as i64, 1, 81);
                let grain = 1.0 + 0.35 * (fractal(vec3(p.x * 3.0, p.y * 46.0, stave * 3.1), 3, 82) - 0.5) * fade(0.06);
                let joint = line(p.y / 0.09, 0.02).max(line((p.x + shift) / 0.7, 0.003)) * fade(0.08);
                Surface::glossy(colour * (tone * grain * (1.0 - 0.55 * joint)), 0.035)
            }
            Self::Paper(colour) => {
                let along = if n.x.abs() > n.y.abs() { p.y } else { p.x };
                let stripe = smooth_step(0.3, 0.4, (along / 0.16 - (along / 0.16).floor() - 0.5).abs());
                let fibre = 1.0 + 0.10 * (noise(p * 60.0, 83) - 0.5) * fade(0.03);
                let age = 0.94 + 0.12 * fractal(p * 0.9, 3, 84);
                Surface::matt(colour * ((0.93 + 0.07 * stripe) * fibre * age))
            }
            Self::Paint(colour) => Surface::glossy(colour * (0.97 + 0.06 * fractal(p * 1.3, 3, 85)), 0.012),
            Self::Wood(colour, axis) => {
                let q = match axis {
                    0 => vec3(p.x * 1.6, p.y * 24.0, p.z * 24.0),
                    1 => vec3(p.x * 24.0, p.y * 1.6, p.z * 24.0),
                    _ => vec3(p.x * 24.0, p.y * 24.0, p.z * 1.6),
                };
                let rings = fractal(q, 4, 86);
                Surface::glossy(colour * (0.65 + 0.7 * (rings * fade(0.1) + 0.5 * (1.0 - fade(0.1)))), 0.03)
            }
            Self::Cloth(colour, seed) => {
                let weave =
                    (noise(p * 140.0, seed) - 0.5) * fade(0.012) + (noise(p * 45.0, seed ^ 1) - 0.5) * fade(0.04);
                let folds = 0.85 + 0.3 * fractal(p * 4.0, 2, seed ^ 2);
                let bump = |k: u32| (noise(p * 5.0, seed ^ k) - 0.5) * 0.5;
                Surface {
                    albedo: colour * (folds * (1.0 + 0.5 * weave)),
                    mirror: 0.0,
                    bump: vec3(bump(3), bump(4), bump(5)),
                }
            }
            Self::Carpet([x0, y0, x1, y1], colour) => {
                let edge = (p.x - x0).min(x1 - p.x).min(p.y - y0).min(y1 - p.y);
                let (u, v) = ((p.x - x0) / 0.28, (p.y - y0) / 0.28);
                let (du, dv) = ((u - u.floor() - 0.5).abs(), (v - v.floor() - 0.5).abs());
                let figure = smooth_step(0.02, 0.06, (du + dv - 0.36).abs());
                let tint = if edge < 0.1 {
                    vec3(0.50, 0.42, 0.28)
                } else {
                    colour.mix(vec3(0.46, 0.36, 0.20), 0.7 * (1.0 - figure))
                };
                let pile = 1.0 + 0.5 * (noise(p * 120.0, 87) - 0.5) * fade(0.015);
                Surface::matt(tint * (pile * (0.85 + 0.3 * fractal(p * 2.0, 2, 88))))
            }
            Self::Books(seed) => {
                let along = p.x + p.y;
                let i = (along / 0.035).floor() as i64;
                // Books differ in width: neighbours may be one.
                let i = if random(i, 0, 0, seed) < 0.3 { i - 1 } else { i };
                let colour = vec3(random(i, 0, 1, seed), random(i, 0, 2, seed), random(i, 0, 3, seed));
                let colour = (colour.times(colour) * 0.5 + vec3(0.03, 0.03, 0.03)) * fade(0.2)
                    + Vec3::all(0.17) * (1.0 - fade(0.2));
                let top = 0.20 + 0.07 * random(i, 0, 4, seed);
                let height = p.z - (p.z / 0.36).floor() * 0.36;
                if height > top {
                    return Surface::matt(Vec3::all(0.02)); // the dark above them
                }
                let title = (height - 0.14).abs() < 0.025 && random(i, 0, 5, seed) < 0.6;
                let gap = line(along / 0.035, 0.06) * fade(0.02);
                Surface::glossy(if title { Vec3::all(0.45) } else { colour * (1.0 - 0.6 * gap) }, 0.01)
            }
            Self::Picture([half_width, half_height], seed) => {
                let (u, v) = (p.y / half_width, p.z / half_height);
                if u.abs() > 0.92 || v.abs() > 0.90 {
                    return Surface::glossy(vec3(0.20, 0.12, 0.05), 0.03);
                }
                if u.abs() > 0.76 || v.abs() > 0.72 {
                    return Surface::matt(Vec3::all(0.62));
                }
                // A landscape: hills under a sky.
                let hill = 0.5 * (noise(vec3(u * 1.7, 0.5, 0.0), seed) - 0.4)
                    + 0.1 * (noise(vec3(u * 6.0, 1.5, 0.0), seed) - 0.5);
                let far = 0.35 * noise(vec3(u * 1.1, 3.5, 0.0), seed) + 0.12;
                let brush = 0.8 + 0.4 * fractal(vec3(u * 9.0, v * 9.0, 0.0), 3, seed ^ 7);
                let colour = if v < hill - 0.1 {
                    vec3(0.14, 0.20, 0.05)
                } else if v < far {
                    vec3(0.10, 0.17, 0.22)
                } else {
                    vec3(0.50, 0.45, 0.38).mix(vec3(0.20, 0.32, 0.52), (v + 0.2).clamp(0.0, 1.0))
                };
                Surface::matt(colour * brush)
            }
            Self::Glaze(colour) => Surface::glossy(colour * (0.95 + 0.1 * noise(p * 7.0, 89)), 0.05),
            Self::Screen => Surface::glossy(vec3(0.010, 0.011, 0.012), 0.06),
        }
    }
}
