//! [`Rigid`] motions from an axis-angle vector and a translation, as Monodepth2's pose networks give them
//! (reference.md 9.4).

/// A rigid motion as a 4×4 matrix, rows first: a point p in one camera's coordinates is at M·(p, 1) in the other's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rigid(pub [[f64; 4]; 4]);

impl Rigid {
    /// No motion.
    pub const IDENTITY: Self =
        Self([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]);

    /// Rotation by |`axis_angle`| radians about `axis_angle`, then translation, whose unit it keeps: M = T(t)·R. `None` if
    /// a number is not finite or so large that the result is not.
    ///
    /// The angle is divided by itself plus 1e-7, as where the networks were trained: a rotation by less than about
    /// 1e-7 radians comes out smaller than it is, and none at all is the identity.
    pub fn new(axis_angle: [f64; 3], translation: [f64; 3]) -> Option<Self> {
        let rotation = rotation(axis_angle);
        Self::of(rotation, translation)
    }

    /// The motion back: M = Rᵀ·T(−t). Monodepth2 gives the pair of frames in the order of time, so that of an earlier
    /// source frame this one maps points of the target's camera to the source's.
    pub fn inverted(axis_angle: [f64; 3], translation: [f64; 3]) -> Option<Self> {
        let r = rotation(axis_angle);
        let transposed = std::array::from_fn(|i| std::array::from_fn(|j| r[j][i]));
        Self::of(transposed, turned(transposed, translation.map(|t| -t)))
    }

    /// Where it takes a point.
    pub fn apply(&self, point: [f64; 3]) -> [f64; 3] {
        std::array::from_fn(|i| {
            let [a, b, c, t] = self.0[i];
            a * point[0] + b * point[1] + c * point[2] + t
        })
    }

    /// This motion after `first`.
    #[must_use]
    pub fn after(&self, first: &Self) -> Self {
        Self(std::array::from_fn(|i| std::array::from_fn(|j| (0..4).map(|k| self.0[i][k] * first.0[k][j]).sum())))
    }

    fn of(r: [[f64; 3]; 3], t: [f64; 3]) -> Option<Self> {
        let row = |i: usize| [r[i][0], r[i][1], r[i][2], t[i]];
        let matrix = [row(0), row(1), row(2), [0.0, 0.0, 0.0, 1.0]];
        matrix.iter().flatten().all(|x| x.is_finite()).then_some(Self(matrix))
    }
}

/// Rodrigues: cos θ·I + (1 − cos θ)·a·aᵀ + sin θ·[a]×.
fn rotation(axis_angle: [f64; 3]) -> [[f64; 3]; 3] {
    let angle = axis_angle.iter().map(|x| x * x).sum::<f64>().sqrt();
    let a = axis_angle.map(|x| x / (angle + 1e-7));
    let (sin, cos) = angle.sin_cos();
    let cross = [[0.0, -a[2], a[1]], [a[2], 0.0, -a[0]], [-a[1], a[0], 0.0]];
    std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            let unit = if i == j { cos } else { 0.0 };
            unit + (1.0 - cos) * a[i] * a[j] + sin * cross[i][j]
        })
    })
}

fn turned(r: [[f64; 3]; 3], t: [f64; 3]) -> [f64; 3] {
    r.map(|row| row.iter().zip(t).map(|(r, t)| r * t).sum())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The matrices of reference.md B.2.
    #[test]
    fn the_printed_matrices() {
        let r = [
            [0.935_754_8, -0.302_932_6, -0.180_54],
            [0.283_164_9, 0.950_580_6, -0.127_334_5],
            [0.210_191_7, 0.068_031_3, 0.975_290_3],
        ];
        let back = [-2.132_659_4, -1.802_322_5, -2.490_661_9];
        let direct = Rigid::new([0.1, -0.2, 0.3], [1.0, 2.0, 3.0]).unwrap().0;
        let inverted = Rigid::inverted([0.1, -0.2, 0.3], [1.0, 2.0, 3.0]).unwrap().0;
        for i in 0..3 {
            for j in 0..3 {
                assert!((direct[i][j] - r[i][j]).abs() < 2e-7, "R[{i}][{j}] is {}", direct[i][j]);
                assert!((inverted[i][j] - r[j][i]).abs() < 2e-7, "Rᵀ[{i}][{j}] is {}", inverted[i][j]);
            }
            assert_eq!(direct[i][3], (i + 1) as f64);
            assert!((inverted[i][3] - back[i]).abs() < 5e-7, "t[{i}] is {}", inverted[i][3]);
        }
        assert_eq!([direct[3], inverted[3]], [[0.0, 0.0, 0.0, 1.0]; 2]);
    }

    #[test]
    fn no_rotation_is_the_identity_and_the_way_back_undoes_the_way() {
        assert_eq!(Rigid::new([0.0; 3], [0.0; 3]).unwrap(), Rigid::IDENTITY);
        assert_eq!(Rigid::new([0.0; 3], [1.0, 2.0, 3.0]).unwrap().apply([5.0; 3]), [6.0, 7.0, 8.0]);
        let (v, t) = ([0.3, 1.2, -0.7], [0.5, -4.0, 2.0]);
        let both = Rigid::inverted(v, t).unwrap().after(&Rigid::new(v, t).unwrap());
        for (ours, unit) in both.0.iter().flatten().zip(Rigid::IDENTITY.0.iter().flatten()) {
            // The axis is shorter than one by 1e-7 / angle.
            assert!((ours - unit).abs() < 1e-6, "{both:?}");
        }
        let p = [1.0, -2.0, 4.0];
        let there = Rigid::new(v, t).unwrap().apply(p);
        let back = Rigid::inverted(v, t).unwrap().apply(there);
        assert!(p.iter().zip(back).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn what_is_not_finite_is_refused() {
        for bad in [f64::NAN, f64::INFINITY, 1e200] {
            assert!(Rigid::new([bad, 0.0, 0.0], [0.0; 3]).is_none(), "{bad}");
            assert!(Rigid::inverted([bad, 0.0, 0.0], [0.0; 3]).is_none(), "{bad}");
        }
        assert!(Rigid::new([0.0; 3], [f64::NAN, 0.0, 0.0]).is_none());
        assert!(Rigid::inverted([0.0, 0.1, 0.0], [f64::INFINITY, 0.0, 0.0]).is_none());
    }
}
