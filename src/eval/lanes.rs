//! The sums of many pixels at once: eight lanes of f64, in the widest vectors that the processor has.
//!
//! One lane takes every eighth pixel and the lanes are added in order, so that the digits are the same on every processor.

use super::sums::{Convention, Sums};

/// Pixels side by side.
const LANES: usize = 8;

/// Eight numbers, one a lane.
type Lane = [f64; LANES];

/// Sums of each lane.
#[derive(Default)]
struct Lanes {
    rel: Lane,
    sq_rel: Lane,
    abs: Lane,
    sq: Lane,
    log: Lane,
    log_sq: Lane,
    log_abs: Lane,
    inv_sq: Lane,
    below: [Lane; 3],
}

/// The sums over pixels whose prediction and ground truth (metres, positive) stand at the same place of `p` and `g`.
pub(super) fn sums(p: &[f32], g: &[f32], convention: Convention) -> Sums {
    pulp::Arch::new().dispatch(|| gathered(p, g, convention))
}

#[inline(always)]
fn gathered(p: &[f32], g: &[f32], convention: Convention) -> Sums {
    let mut lanes = Lanes::default();
    let (p_whole, p_rest) = p.as_chunks::<LANES>();
    let (g_whole, g_rest) = g.as_chunks::<LANES>();
    for (p, g) in p_whole.iter().zip(g_whole) {
        lanes.add(&p.map(f64::from), &g.map(f64::from), convention);
    }
    let mut sums = lanes.sums(p_whole.len().min(g_whole.len()) * LANES);
    for (p, g) in p_rest.iter().zip(g_rest) {
        sums.push(*p, *g, convention);
    }
    sums
}

impl Lanes {
    #[inline(always)]
    fn add(&mut self, p: &Lane, g: &Lane, convention: Convention) {
        for i in 0..LANES {
            let (p, g) = (p[i], g[i]);
            let difference = (g - p).abs();
            let rel = difference / if convention.over_prediction { p } else { g };
            let d = ln(p / g);
            let inverse = (p - g) / (g * p);
            self.rel[i] += rel;
            self.sq_rel[i] += difference * rel;
            self.abs[i] += difference;
            self.sq[i] += difference * difference;
            self.log[i] += d;
            self.log_sq[i] += d * d;
            self.log_abs[i] += d.abs();
            self.inv_sq[i] += inverse * inverse;
            // max(g/p, p/g) below the limit, without the divisions: a product of an f32 and a power of 1.25 is exact.
            let (large, small) = (p.max(g), p.min(g));
            for (below, limit) in self.below.iter_mut().zip([1.25, 1.5625, 1.953_125]) {
                let edge = limit * small;
                let counts = if convention.closed { large <= edge } else { large < edge };
                below[i] += if counts { 1.0 } else { 0.0 };
            }
        }
    }

    fn sums(&self, pixels: usize) -> Sums {
        let sum = |lane: &Lane| lane.iter().sum::<f64>();
        Sums {
            pixels: pixels as u64,
            weight: pixels as f64,
            rel: sum(&self.rel),
            sq_rel: sum(&self.sq_rel),
            abs: sum(&self.abs),
            sq: sum(&self.sq),
            log: sum(&self.log),
            log_sq: sum(&self.log_sq),
            log_abs: sum(&self.log_abs),
            inv_sq: sum(&self.inv_sq),
            below: [sum(&self.below[0]), sum(&self.below[1]), sum(&self.below[2])],
        }
    }
}

/// ln of a positive quotient of two f32 (no f64 underflows there), to two units in the last place, without a call: x = 2ᵉ·m with
/// m in [√½, √2), ln m = 2 atanh s with s = (m−1)/(m+1), |s| < 0.172, by its series.
#[inline(always)]
fn ln(x: f64) -> f64 {
    /// The bits of √½.
    const ROOT: u64 = 0x3fe6_a09e_667f_3bcd;
    /// 1.5·2⁵²: added to a small whole number, its low bits are that number.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
    let bits = x.to_bits();
    let e = (bits.wrapping_sub(ROOT) as i64) >> 52;
    let m = f64::from_bits(bits.wrapping_sub((e as u64) << 52));
    let e = f64::from_bits((e as u64).wrapping_add(SHIFT.to_bits())) - SHIFT;
    let s = (m - 1.0) / (m + 1.0);
    let t = s * s;
    let mut tail = 1.0 / 21.0;
    for n in [19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        tail = tail * t + 1.0 / n;
    }
    let ln_m = 2.0 * s + 2.0 * s * (t * tail);
    let ln = e * LN_2[0] + (e * LN_2[1] + ln_m);
    if x == f64::INFINITY { x } else { ln }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_is_the_library_s() {
        let mut x = 1e-44f64;
        while x < 1e44 {
            for near in [x, f64::from(x as f32), 1.0 + (x.ln() / 200.0)] {
                if near > 0.0 && near.is_finite() {
                    let (ours, exact) = (ln(near), near.ln());
                    assert!(
                        (ours - exact).abs() <= 4e-16 * exact.abs().max(1e-300),
                        "ln {near} is {exact}, not {ours}"
                    );
                }
            }
            x *= 1.013;
        }
        assert_eq!((ln(1.0), ln(f64::INFINITY)), (0.0, f64::INFINITY));
        assert_eq!(ln(2.0), std::f64::consts::LN_2);
    }

    #[test]
    fn many_pixels_at_once_are_the_pixels_one_by_one() {
        let p: Vec<f32> = (0..1003).map(|i| 0.3 + (i * 37 % 101) as f32 / 9.0).collect();
        // Every fifth pair stands exactly on a boundary of δ.
        let g: Vec<f32> =
            (0..1003).map(|i| if i % 5 == 0 { p[i] * 1.25 } else { 0.2 + (i * 53 % 89) as f32 / 7.0 }).collect();
        for convention in [
            Convention::default(),
            Convention { closed: true, over_prediction: false },
            Convention { closed: false, over_prediction: true },
        ] {
            let (ours, mut alone) = (sums(&p, &g, convention), Sums::default());
            p.iter().zip(&g).for_each(|(p, g)| alone.push(*p, *g, convention));
            assert_eq!((ours.pixels, ours.weight, ours.below), (1003, 1003.0, alone.below));
            let (a, b) = (ours.scores().unwrap(), alone.scores().unwrap());
            for (a, b) in [
                (a.rel, b.rel),
                (a.sq_rel, b.sq_rel),
                (a.rmse, b.rmse),
                (a.rmse_log, b.rmse_log),
                (a.log10, b.log10),
                (a.mae, b.mae),
                (a.silog, b.silog),
                (a.irmse, b.irmse),
            ] {
                assert!((a - b).abs() < 1e-12 * b, "{a} is not {b}");
            }
        }
        assert_eq!(sums(&[], &[], Convention::default()), Sums::default());
    }
}
