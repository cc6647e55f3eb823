//! House fronts: plaster, storeys of windows with frames, blinds and curtains, doors, plinth and bands.

use super::material::Surface;
use super::noise::{fractal, noise, random};
use super::vector::{Vec3, vec3};

/// Height of a storey in metres.
pub const STOREY: f64 = 3.1;

/// What one house looks like. Its walls stand along the axes and its ground is at z = 0.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Colour of the plaster.
    pub wall: Vec3,
    /// Colour of frames, sills and bands.
    pub trim: Vec3,
    /// Distance between windows in metres.
    pub spacing: f64,
    /// Half the width of a window in metres.
    pub half_window: f64,
    /// Storeys with windows.
    pub storeys: i64,
    /// Varies doors, curtains and stains from house to house.
    pub seed: u32,
}

/// Where a point lies in its bay.
struct Bay {
    /// Number of the window along the wall, and of the storey.
    index: (i64, i64),
    /// Metres to the right of the bay's middle.
    u: f64,
    /// Metres above the storey's floor.
    v: f64,
}

impl Style {
    fn bay(&self, p: Vec3, n: Vec3) -> Bay {
        let along = if n.x.abs() > n.y.abs() { p.y } else { p.x };
        let column = (along / self.spacing).floor();
        let row = (p.z / STOREY).floor();
        Bay { index: (column as i64, row as i64), u: along - (column + 0.5) * self.spacing, v: p.z - row * STOREY }
    }

    fn is_door(&self, bay: &Bay) -> bool {
        bay.index.1 == 0 && random(bay.index.0, 0, 0, self.seed) < 0.3
    }

    /// True where the wall is window glass.
    pub fn is_pane(&self, p: Vec3, n: Vec3) -> bool {
        let bay = self.bay(p, n);
        if n.z.abs() > 0.5 || bay.index.1 >= self.storeys || self.is_door(&bay) {
            return false;
        }
        let (u, top) = (bay.u.abs(), 2.55);
        let cross = u < 0.035 || (bay.v - 2.0).abs() < 0.03;
        u < self.half_window - 0.07 && bay.v > 0.97 && bay.v < top - 0.07 && !cross
    }

    /// The surface at `p`; see [`super::material::Material::surface`].
    pub fn surface(&self, p: Vec3, n: Vec3, footprint: f64) -> Surface {
        let fade = |size: f64| (1.0 - footprint / size).clamp(0.0, 1.0);
        let stains = 0.84 + 0.32 * fractal(vec3(p.x * 0.7, p.y * 0.7, p.z * 0.25), 4, self.seed);
        let grain = 1.0 + 0.12 * (noise(p * 17.0, self.seed ^ 9) - 0.5) * fade(0.15);
        let plaster = self.wall * (stains * grain);
        if n.z.abs() > 0.5 {
            return Surface::matt(plaster * 0.6);
        }
        if p.z < 0.55 {
            return Surface::matt(vec3(0.20, 0.19, 0.18) * (stains * grain)); // plinth
        }
        let bay = self.bay(p, n);
        if bay.index.1 >= self.storeys {
            return Surface::matt(plaster);
        }
        let u = bay.u.abs();
        if self.is_door(&bay) {
            return self.door(&bay, u).unwrap_or_else(|| Surface::matt(plaster));
        }
        if self.is_pane(p, n) {
            return self.pane(&bay);
        }
        let (half, low, high) = (self.half_window, 0.9, 2.55);
        if u < half && bay.v > low && bay.v < high {
            return Surface::glossy(Vec3::all(0.62), 0.02); // frame and glazing bars
        }
        if u < half + 0.14 && bay.v > low - 0.10 && bay.v < low {
            return Surface::matt(self.trim * 1.1); // sill
        }
        if u < half + 0.12 && bay.v > low && bay.v < high + 0.14 {
            return Surface::matt(self.trim); // surround
        }
        // Rain runs down from the ends of the sill; a band marks each storey.
        let streak = if (u - half - 0.1).abs() < 0.06 && bay.v < low { 0.86 } else { 1.0 };
        if bay.v < 0.16 && bay.index.1 > 0 {
            return Surface::matt(self.trim * stains);
        }
        Surface::matt(plaster * streak)
    }

    fn pane(&self, bay: &Bay) -> Surface {
        let (i, j) = bay.index;
        let kind = random(i, j, 1, self.seed);
        let blind = 2.5 - 1.5 * random(i, j, 2, self.seed);
        if kind < 0.25 && bay.v > blind {
            // A blind let down to somewhere.
            let slat = 0.85 + 0.15 * f64::from((bay.v * 16.0).fract() < 0.5);
            return Surface::glossy(vec3(0.52, 0.50, 0.46) * slat, 0.04);
        }
        if kind > 0.6 && bay.u.abs() > self.half_window * (0.25 + 0.5 * random(i, j, 3, self.seed)) {
            let fold = 0.8 + 0.2 * f64::from((bay.u * 11.0).fract().abs() < 0.5);
            return Surface::glossy(vec3(0.40, 0.39, 0.37) * fold, 0.06); // curtains behind the glass
        }
        Surface::glossy(vec3(0.018, 0.021, 0.024), 0.10)
    }

    fn door(&self, bay: &Bay, u: f64) -> Option<Surface> {
        let colours = [vec3(0.10, 0.05, 0.03), vec3(0.03, 0.07, 0.05), vec3(0.05, 0.06, 0.09), vec3(0.20, 0.04, 0.03)];
        let pick = (random(bay.index.0, 0, 4, self.seed) * 4.0) as usize;
        if u < 0.5 && bay.v < 2.15 {
            let panel = u > 0.12 && u < 0.40 && ((bay.v > 0.8 && bay.v < 1.2) || (bay.v > 1.35 && bay.v < 1.95));
            let tone = if panel { 0.7 } else { 1.0 };
            return Some(Surface::glossy(colours[pick.min(3)] * tone, 0.03));
        }
        if u < 0.5 && bay.v < 2.5 {
            return Some(Surface::glossy(vec3(0.02, 0.025, 0.03), 0.10)); // fanlight
        }
        (u < 0.66 && bay.v < 2.66).then(|| Surface::matt(self.trim))
    }
}
