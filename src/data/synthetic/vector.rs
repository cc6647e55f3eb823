//! Three numbers with a direction. World axes: x forward, y left, z up, in metres.

use std::ops::{Add, Mul, Neg, Sub};

/// A point, direction or linear colour.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Vec3 {
    /// Forward; red.
    pub x: f64,
    /// To the left; green.
    pub y: f64,
    /// Up; blue.
    pub z: f64,
}

/// Short for [`Vec3`] from its three numbers.
pub const fn vec3(x: f64, y: f64, z: f64) -> Vec3 {
    Vec3 { x, y, z }
}

impl Vec3 {
    /// The same number three times.
    pub const fn all(v: f64) -> Self {
        vec3(v, v, v)
    }

    /// Scalar product.
    pub fn dot(self, o: Self) -> f64 {
        self.x * o.x + self.y * o.y + self.z * o.z
    }

    /// Vector product.
    pub fn cross(self, o: Self) -> Self {
        vec3(self.y * o.z - self.z * o.y, self.z * o.x - self.x * o.z, self.x * o.y - self.y * o.x)
    }

    /// Product of each component with its partner.
    pub fn times(self, o: Self) -> Self {
        vec3(self.x * o.x, self.y * o.y, self.z * o.z)
    }

    /// Length.
    pub fn length(self) -> f64 {
        self.dot(self).sqrt()
    }

    /// The same direction with length 1.
    pub fn unit(self) -> Self {
        self * (1.0 / self.length())
    }

    /// Linear blend: `self` at 0, `o` at 1.
    pub fn mix(self, o: Self, t: f64) -> Self {
        self * (1.0 - t) + o * t
    }

    /// Smaller of each component.
    pub fn min(self, o: Self) -> Self {
        vec3(self.x.min(o.x), self.y.min(o.y), self.z.min(o.z))
    }

    /// Larger of each component.
    pub fn max(self, o: Self) -> Self {
        vec3(self.x.max(o.x), self.y.max(o.y), self.z.max(o.z))
    }
}

impl Add for Vec3 {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        vec3(self.x + o.x, self.y + o.y, self.z + o.z)
    }
}

impl Sub for Vec3 {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        vec3(self.x - o.x, self.y - o.y, self.z - o.z)
    }
}

impl Mul<f64> for Vec3 {
    type Output = Self;
    fn mul(self, s: f64) -> Self {
        vec3(self.x * s, self.y * s, self.z * s)
    }
}

impl Neg for Vec3 {
    type Output = Self;
    fn neg(self) -> Self {
        self * -1.0
    }
}

/// A place and a heading on the ground: turns world coordinates into an object's own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    origin: Vec3,
    cos: f64,
    sin: f64,
}

impl Placement {
    /// At `origin`, turned to the left by `yaw` radians.
    pub fn new(origin: Vec3, yaw: f64) -> Self {
        Self { origin, cos: yaw.cos(), sin: yaw.sin() }
    }

    /// The world's own axes.
    pub const WORLD: Self = Self { origin: Vec3::all(0.0), cos: 1.0, sin: 0.0 };

    /// A direction in the object's axes.
    pub fn direction_in(&self, d: Vec3) -> Vec3 {
        vec3(self.cos * d.x + self.sin * d.y, self.cos * d.y - self.sin * d.x, d.z)
    }

    /// A direction of the object in the world's axes.
    pub fn direction_out(&self, d: Vec3) -> Vec3 {
        vec3(self.cos * d.x - self.sin * d.y, self.cos * d.y + self.sin * d.x, d.z)
    }

    /// A world point in the object's coordinates.
    pub fn point_in(&self, p: Vec3) -> Vec3 {
        self.direction_in(p - self.origin)
    }

    /// A point of the object in world coordinates.
    pub fn point_out(&self, p: Vec3) -> Vec3 {
        self.direction_out(p) + self.origin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placement_and_its_inverse() {
        let place = Placement::new(vec3(3.0, -2.0, 1.0), 0.7);
        let p = vec3(0.4, 5.0, -6.0);
        assert!((place.point_in(place.point_out(p)) - p).length() < 1e-12);
        // A quarter turn to the left takes forward to left.
        let left = Placement::new(Vec3::default(), std::f64::consts::FRAC_PI_2).direction_out(vec3(1.0, 0.0, 0.0));
        assert!((left - vec3(0.0, 1.0, 0.0)).length() < 1e-12);
        assert_eq!(vec3(1.0, 0.0, 0.0).cross(vec3(0.0, 1.0, 0.0)), vec3(0.0, 0.0, 1.0));
    }
}
