//! Repeatable randomness: a hash of lattice points, smooth noise between them, and a small generator.

use super::vector::Vec3;

/// A well-mixed 32-bit hash of three lattice coordinates and a seed.
pub fn hash(x: i64, y: i64, z: i64, seed: u32) -> u32 {
    let mut h = seed ^ 0x9e37_79b9;
    for v in [x, y, z] {
        h = (h ^ (v as u32)).wrapping_mul(0x85eb_ca6b);
        h ^= h >> 15;
        h = h.wrapping_mul(0xc2b2_ae35);
        h ^= h >> 13;
    }
    h
}

/// [`hash`] as a number in 0…1.
pub fn random(x: i64, y: i64, z: i64, seed: u32) -> f64 {
    f64::from(hash(x, y, z, seed)) / f64::from(u32::MAX)
}

/// Smooth value noise in 0…1 with features of size 1.
pub fn noise(p: Vec3, seed: u32) -> f64 {
    let (fx, fy, fz) = (p.x.floor(), p.y.floor(), p.z.floor());
    let (ix, iy, iz) = (fx as i64, fy as i64, fz as i64);
    let ease = |t: f64| t * t * (3.0 - 2.0 * t);
    let (tx, ty, tz) = (ease(p.x - fx), ease(p.y - fy), ease(p.z - fz));
    let along_x = |y: i64, z: i64| {
        let a = random(ix, iy + y, iz + z, seed);
        a + (random(ix + 1, iy + y, iz + z, seed) - a) * tx
    };
    let along_y = |z: i64| {
        let a = along_x(0, z);
        a + (along_x(1, z) - a) * ty
    };
    let a = along_y(0);
    a + (along_y(1) - a) * tz
}

/// Noise of several octaves, 0…1, each half as large and half as strong as the one before.
pub fn fractal(p: Vec3, octaves: u32, seed: u32) -> f64 {
    let (mut sum, mut weight, mut total, mut p) = (0.0, 1.0, 0.0, p);
    for octave in 0..octaves {
        sum += weight * noise(p, seed.wrapping_add(octave));
        total += weight;
        weight *= 0.5;
        p = p * 2.03; // not exactly 2: the lattices of the octaves must not line up
    }
    sum / total
}

/// 0 below `from`, 1 above `to`, smooth between.
pub fn smooth_step(from: f64, to: f64, v: f64) -> f64 {
    let t = ((v - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// A generator for laying scenes out: the same seed gives the same scene on every machine.
#[derive(Debug, Clone)]
pub struct Random {
    seed: u32,
    next: i64,
}

impl Random {
    /// A generator for one seed.
    pub fn new(seed: u64) -> Self {
        Self { seed: (seed ^ (seed >> 32)) as u32, next: 0 }
    }

    /// A number between two.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        self.next += 1;
        low + (high - low) * random(self.next, 0, 0, self.seed)
    }

    /// One of `items`.
    pub fn pick<T: Copy>(&mut self, items: &[T], default: T) -> T {
        let i = self.between(0.0, items.len() as f64) as usize;
        items.get(i.min(items.len().saturating_sub(1))).copied().unwrap_or(default)
    }

    /// A seed for one object's texture.
    pub fn seed(&mut self) -> u32 {
        self.next += 1;
        hash(self.next, 1, 0, self.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::vector::vec3;
    use super::*;

    #[test]
    fn noise_is_repeatable_bounded_and_continuous() {
        let mut last = noise(vec3(-3.0, 0.3, 0.7), 5);
        for i in 1..6000 {
            let p = vec3(-3.0 + f64::from(i) * 1e-3, 0.3, 0.7);
            let v = noise(p, 5);
            assert!((0.0..=1.0).contains(&v) && (v - last).abs() < 0.01);
            assert_eq!(v, noise(p, 5));
            last = v;
        }
        assert_ne!(noise(vec3(0.5, 0.5, 0.5), 1), noise(vec3(0.5, 0.5, 0.5), 2));
    }

    #[test]
    fn the_generator_depends_on_its_seed_alone() {
        let draw = |seed| {
            let mut r = Random::new(seed);
            [r.between(0.0, 1.0), r.between(2.0, 3.0), f64::from(r.seed())]
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}
