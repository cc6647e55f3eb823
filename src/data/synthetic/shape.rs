//! Solids that a ray can hit: a level plane, convex bodies, ellipsoids, cylinders.

use super::vector::{Placement, Vec3, vec3};

/// A half-line; `direction` has length 1 where distances are to be metres.
#[derive(Debug, Clone, Copy)]
pub struct Ray {
    /// Where it starts.
    pub origin: Vec3,
    /// Where it goes.
    pub direction: Vec3,
}

impl Ray {
    /// The point at parameter `t`.
    pub fn at(&self, t: f64) -> Vec3 {
        self.origin + self.direction * t
    }
}

/// One crossing of a surface: the parameter on the ray, and the outward unit normal.
pub type Crossing = (f64, Vec3);

/// A solid in world coordinates.
#[derive(Debug, Clone)]
pub enum Shape {
    /// Everything below the height `z`.
    Ground {
        /// Height in metres.
        z: f64,
    },
    /// The common inside of half-spaces `normal · p <= offset`, bounded by a box.
    Convex {
        /// Unit normal and offset of each.
        faces: Vec<(Vec3, f64)>,
        /// Corners of a box around it.
        bounds: [Vec3; 2],
    },
    /// An ellipsoid along the world axes.
    Ellipsoid {
        /// Middle.
        centre: Vec3,
        /// Half axes.
        radii: Vec3,
    },
    /// A solid cylinder with flat ends.
    Cylinder {
        /// Middle.
        centre: Vec3,
        /// Unit vector along it.
        axis: Vec3,
        /// Radius in metres.
        radius: f64,
        /// Half its length in metres.
        half: f64,
    },
}

impl Shape {
    /// A box along the world axes between two corners.
    pub fn block(low: Vec3, high: Vec3) -> Self {
        let size = high - low;
        Self::prism(
            &[[0.0, 0.0], [size.x, 0.0], [size.x, size.z], [0.0, size.z]],
            0.0,
            size.y,
            0.0,
            &Placement::new(low, 0.0),
        )
    }

    /// A convex outline in the object's x–z plane (counter-clockwise seen from its right side, the side of −y), drawn out from
    /// `y0` to `y1`; the two sides lean inwards by `lean` metres for every metre of height.
    pub fn prism(outline: &[[f64; 2]], y0: f64, y1: f64, lean: f64, place: &Placement) -> Self {
        let mut faces = Vec::with_capacity(outline.len() + 2);
        let mut local = Vec::new();
        for (i, a) in outline.iter().enumerate() {
            let b = outline[(i + 1) % outline.len()];
            let normal = vec3(b[1] - a[1], 0.0, a[0] - b[0]).unit();
            faces.push((normal, normal.dot(vec3(a[0], 0.0, a[1]))));
            local.extend([vec3(a[0], y0, a[1]), vec3(a[0], y1, a[1])]);
        }
        let base = outline.iter().map(|p| p[1]).fold(f64::INFINITY, f64::min);
        for (side, y) in [(-1.0, y0), (1.0, y1)] {
            let normal = vec3(0.0, side, lean).unit();
            faces.push((normal, normal.dot(vec3(0.0, y, base))));
        }
        let corners: Vec<Vec3> = local.into_iter().map(|p| place.point_out(p)).collect();
        let low = corners.iter().copied().fold(Vec3::all(f64::INFINITY), Vec3::min);
        let high = corners.iter().copied().fold(Vec3::all(f64::NEG_INFINITY), Vec3::max);
        let out = |(n, d): (Vec3, f64)| {
            // n·p_local <= d with p_world = R·p_local + o, so (R·n)·p_world <= d + (R·n)·o.
            let n = place.direction_out(n);
            (n, d + n.dot(place.point_out(Vec3::default())))
        };
        Self::Convex { faces: faces.into_iter().map(out).collect(), bounds: [low, high] }
    }

    /// Corners of a box around the solid; infinite for the ground.
    pub fn bounds(&self) -> [Vec3; 2] {
        match self {
            Self::Ground { z } => {
                let far = f64::INFINITY;
                [vec3(-far, -far, -far), vec3(far, far, *z)]
            }
            Self::Convex { bounds, .. } => *bounds,
            Self::Ellipsoid { centre, radii } => [*centre - *radii, *centre + *radii],
            Self::Cylinder { centre, axis, radius, half } => {
                let reach = |a: f64| half * a.abs() + radius * (1.0 - a * a).max(0.0).sqrt();
                let r = vec3(reach(axis.x), reach(axis.y), reach(axis.z));
                [*centre - r, *centre + r]
            }
        }
    }

    /// Where a ray enters the solid and where it leaves it, each with the outward normal; `None` when it misses.
    pub fn crossings(&self, ray: &Ray) -> Option<[Crossing; 2]> {
        let far = |n| (f64::INFINITY, n);
        match self {
            Self::Ground { z } => {
                let up = vec3(0.0, 0.0, 1.0);
                (ray.direction.z < 0.0).then(|| [((z - ray.origin.z) / ray.direction.z, up), far(-up)])
            }
            Self::Convex { faces, .. } => {
                let mut clip = Clip::default();
                faces.iter().all(|(n, d)| clip.half_space(ray, *n, *d)).then_some(())?;
                clip.result()
            }
            Self::Ellipsoid { centre, radii } => {
                let inverse = vec3(1.0 / radii.x, 1.0 / radii.y, 1.0 / radii.z);
                let o = (ray.origin - *centre).times(inverse);
                let d = ray.direction.times(inverse);
                let [t0, t1] = roots(d.dot(d), o.dot(d), o.dot(o) - 1.0)?;
                let normal = |t: f64| (o + d * t).times(inverse).unit();
                Some([(t0, normal(t0)), (t1, normal(t1))])
            }
            Self::Cylinder { centre, axis, radius, half } => {
                let o = ray.origin - *centre;
                let (oa, da) = (o.dot(*axis), ray.direction.dot(*axis));
                let (across, d) = (o - *axis * oa, ray.direction - *axis * da);
                let mut clip = Clip::default();
                if d.dot(d) > 1e-18 {
                    let [t0, t1] = roots(d.dot(d), across.dot(d), across.dot(across) - radius * radius)?;
                    let normal = |t: f64| (across + d * t).unit();
                    clip = Clip { enter: Some((t0, normal(t0))), leave: Some((t1, normal(t1))) };
                } else if across.dot(across) > radius * radius {
                    return None;
                }
                let middle = centre.dot(*axis);
                let inside = clip.half_space(ray, *axis, middle + half) && clip.half_space(ray, -*axis, half - middle);
                inside.then(|| clip.result()).flatten()
            }
        }
    }
}

/// The part of a ray inside the half-spaces seen so far.
#[derive(Default)]
struct Clip {
    enter: Option<Crossing>,
    leave: Option<Crossing>,
}

impl Clip {
    /// Narrows to `normal · p <= offset`; false when nothing is left.
    fn half_space(&mut self, ray: &Ray, normal: Vec3, offset: f64) -> bool {
        let speed = normal.dot(ray.direction);
        let gap = offset - normal.dot(ray.origin);
        if speed.abs() < 1e-12 {
            return gap >= 0.0;
        }
        let t = gap / speed;
        if speed < 0.0 {
            if self.enter.is_none_or(|(e, _)| t > e) {
                self.enter = Some((t, normal));
            }
        } else if self.leave.is_none_or(|(l, _)| t < l) {
            self.leave = Some((t, normal));
        }
        !matches!((self.enter, self.leave), (Some((e, _)), Some((l, _))) if e >= l)
    }

    fn result(self) -> Option<[Crossing; 2]> {
        Some([self.enter?, self.leave?])
    }
}

/// The two roots of a·t² + 2·b·t + c, in order.
fn roots(a: f64, b: f64, c: f64) -> Option<[f64; 2]> {
    let root = b * b - a * c;
    (root > 0.0).then(|| [(-b - root.sqrt()) / a, (-b + root.sqrt()) / a])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ahead(y: f64, z: f64) -> Ray {
        Ray { origin: vec3(0.0, y, z), direction: vec3(1.0, 0.0, 0.0) }
    }

    #[test]
    fn a_block_is_entered_and_left_at_its_faces() {
        let block = Shape::block(vec3(4.0, -1.0, 0.0), vec3(6.0, 1.0, 3.0));
        let [(t0, n0), (t1, n1)] = block.crossings(&ahead(0.5, 1.0)).unwrap();
        assert!((t0 - 4.0).abs() < 1e-12 && (t1 - 6.0).abs() < 1e-12);
        assert_eq!((n0, n1), (vec3(-1.0, 0.0, 0.0), vec3(1.0, 0.0, 0.0)));
        assert!(block.crossings(&ahead(1.5, 1.0)).is_none());
        assert!(block.crossings(&ahead(0.0, 3.5)).is_none());
        assert_eq!(block.bounds(), [vec3(4.0, -1.0, 0.0), vec3(6.0, 1.0, 3.0)]);
        let down = Ray { origin: vec3(5.0, 0.0, 10.0), direction: vec3(0.0, 0.0, -1.0) };
        assert!((block.crossings(&down).unwrap()[0].0 - 7.0).abs() < 1e-12);
        let left = Ray { origin: vec3(5.0, -5.0, 1.0), direction: vec3(0.0, 1.0, 0.0) };
        assert_eq!(block.crossings(&left).unwrap()[0], (4.0, vec3(0.0, -1.0, 0.0)));
    }

    #[test]
    fn a_leaning_turned_prism() {
        // A wedge whose sides meet at height 1, turned by a quarter and moved ahead.
        let place = Placement::new(vec3(10.0, 0.0, 0.0), std::f64::consts::FRAC_PI_2);
        let square = [[-1.0, 0.0], [1.0, 0.0], [1.0, 1.0], [-1.0, 1.0]];
        let wedge = Shape::prism(&square, -1.0, 1.0, 1.0, &place);
        let [(t0, n), (t1, _)] = wedge.crossings(&ahead(0.0, 0.25)).unwrap();
        // At a quarter of the height each side has come in by a quarter.
        assert!((t0 - 9.25).abs() < 1e-9 && (t1 - 10.75).abs() < 1e-9, "{t0} {t1}");
        assert!((n.z - 0.5f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn round_solids() {
        let ball = Shape::Ellipsoid { centre: vec3(5.0, 0.0, 0.0), radii: vec3(1.0, 2.0, 3.0) };
        let [(t0, n), (t1, _)] = ball.crossings(&ahead(0.0, 0.0)).unwrap();
        assert!((t0 - 4.0).abs() < 1e-12 && (t1 - 6.0).abs() < 1e-12 && (n.x + 1.0).abs() < 1e-12);
        assert!(ball.crossings(&ahead(2.1, 0.0)).is_none());
        let pole = Shape::Cylinder { centre: vec3(5.0, 0.0, 1.0), axis: vec3(0.0, 0.0, 1.0), radius: 0.5, half: 1.0 };
        assert!((pole.crossings(&ahead(0.0, 1.5)).unwrap()[0].0 - 4.5).abs() < 1e-12);
        assert!(pole.crossings(&ahead(0.0, 2.5)).is_none());
        let along = Shape::Cylinder { centre: vec3(5.0, 0.0, 0.0), axis: vec3(1.0, 0.0, 0.0), radius: 0.5, half: 2.0 };
        assert_eq!(along.crossings(&ahead(0.0, 0.25)).unwrap()[0], (3.0, vec3(-1.0, 0.0, 0.0)));
        assert!(along.crossings(&ahead(0.0, 0.75)).is_none());
        assert_eq!(along.bounds(), [vec3(3.0, -0.5, -0.5), vec3(7.0, 0.5, 0.5)]);
    }
}
