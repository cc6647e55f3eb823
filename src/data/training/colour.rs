//! Colour augmentation, after scaling to 0…1 and before the network's normalisation.

use super::augment::AugmentConfig;
use super::rng::{Key, Purpose, Random};

/// All orders of three channels, the identity first.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// What is done to the colours of one sample.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Colour {
    /// Exponent.
    gamma: f64,
    /// The three jitters in the order in which they are applied, with their factors.
    jitter: [(Jitter, f64); 3],
    /// Channel c of the result is channel `order[c]`.
    order: [usize; 3],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Jitter {
    Brightness,
    Contrast,
    Saturation,
}

impl Colour {
    /// Draws the colours of a sample.
    pub fn draw(config: &AugmentConfig, key: Key) -> Self {
        let mut random = Random::new(key, Purpose::Colour);
        let mut factor = |v: f64| random.between(1.0 - v, 1.0 + v);
        let gamma = factor(config.gamma);
        let mut jitter = [
            (Jitter::Brightness, factor(config.brightness)),
            (Jitter::Contrast, factor(config.contrast)),
            (Jitter::Saturation, factor(config.saturation)),
        ];
        random.shuffle(&mut jitter);
        let mut random = Random::new(key, Purpose::Permutation);
        let permuted = random.chance(config.channel_permutation);
        let order = ORDERS[random.below(6)];
        Self { gamma, jitter, order: if permuted { order } else { ORDERS[0] } }
    }

    /// Three planes of 0…1 from interleaved bytes: v / 255 where nothing is to be done, as inference computes it.
    ///
    /// Gamma: v^γ. Brightness: f·v. Contrast: m + f·(v − m), m the mean grey of the picture. Saturation: g + f·(v −
    /// g), g the
    /// pixel's grey. Grey is 0.299 R + 0.587 G + 0.114 B. Clamped to 0…1 after each.
    pub fn planes(&self, rgb: &[u8]) -> Vec<f32> {
        let (pixels, _) = rgb.as_chunks::<3>();
        let mut planes = vec![0f32; rgb.len()];
        // One table instead of a power a value.
        let table: [f32; 256] = std::array::from_fn(|i| {
            let v = i as f32 / 255.0;
            if self.gamma == 1.0 { v } else { v.powf(self.gamma as f32) }
        });
        for (c, plane) in planes.chunks_exact_mut(pixels.len().max(1)).enumerate() {
            for (out, pixel) in plane.iter_mut().zip(pixels) {
                *out = table[usize::from(pixel[c])];
            }
        }
        for (jitter, factor) in self.jitter {
            if factor != 1.0 {
                apply(jitter, factor as f32, &mut planes);
            }
        }
        self.permute(planes)
    }

    fn permute(&self, planes: Vec<f32>) -> Vec<f32> {
        if self.order == ORDERS[0] {
            return planes;
        }
        let size = planes.len() / 3;
        self.order.iter().flat_map(|c| &planes[c * size..(c + 1) * size]).copied().collect()
    }
}

fn grey(r: f32, g: f32, b: f32) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

fn apply(jitter: Jitter, factor: f32, planes: &mut [f32]) {
    let size = planes.len() / 3;
    let (r, rest) = planes.split_at_mut(size);
    let (g, b) = rest.split_at_mut(size);
    match jitter {
        Jitter::Brightness => planes.iter_mut().for_each(|v| *v = (*v * factor).clamp(0.0, 1.0)),
        Jitter::Contrast => {
            let mean = |plane: &[f32]| plane.iter().map(|v| f64::from(*v)).sum::<f64>() / size.max(1) as f64;
            let m = grey(mean(r) as f32, mean(g) as f32, mean(b) as f32);
            planes.iter_mut().for_each(|v| *v = (m + factor * (*v - m)).clamp(0.0, 1.0));
        }
        Jitter::Saturation => {
            for ((r, g), b) in r.iter_mut().zip(g).zip(b) {
                let m = grey(*r, *g, *b);
                for v in [r, g, b] {
                    *v = (m + factor * (*v - m)).clamp(0.0, 1.0);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Colour = Colour {
        gamma: 1.0,
        jitter: [(Jitter::Brightness, 1.0), (Jitter::Contrast, 1.0), (Jitter::Saturation, 1.0)],
        order: [0, 1, 2],
    };
    /// Two pixels.
    const RGB: [u8; 6] = [0, 51, 255, 102, 102, 204];

    fn near(got: &[f32], want: &[f32]) {
        assert_eq!(got.len(), want.len());
        assert!(got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6), "{got:?} {want:?}");
    }

    #[test]
    fn nothing_is_division_by_255() {
        let drawn = Colour::draw(&AugmentConfig::default(), Key { seed: 1, epoch: 2, number: 3 });
        assert!(drawn.gamma == 1.0 && drawn.order == [0, 1, 2] && drawn.jitter.iter().all(|j| j.1 == 1.0));
        let want = [0, 102, 51, 102, 255, 204u8].map(|v| f32::from(v) / 255.0);
        assert_eq!(drawn.planes(&RGB), want);
    }

    #[test]
    fn each_step_by_hand() {
        let with = |jitter: Jitter, factor: f64| {
            let mut colour = NONE;
            colour.jitter[0] = (jitter, factor);
            colour.planes(&RGB)
        };
        near(&with(Jitter::Brightness, 1.5), &[0.0, 0.6, 0.3, 0.6, 1.0, 1.0]);
        // Greys: 0.1174 + 0.114 = 0.2314 and 0.4 + 0.114·0.4 = 0.4456; their mean is 0.3385.
        near(&with(Jitter::Contrast, 0.0), &[0.3385; 6]);
        near(&with(Jitter::Contrast, 0.5), &[0.169_25, 0.369_25, 0.269_25, 0.369_25, 0.669_25, 0.569_25]);
        near(&with(Jitter::Saturation, 0.0), &[0.2314, 0.4456, 0.2314, 0.4456, 0.2314, 0.4456]);
        near(&Colour { gamma: 2.0, ..NONE }.planes(&RGB), &[0.0, 0.16, 0.04, 0.16, 1.0, 0.64]);
        near(&Colour { order: [2, 0, 1], ..NONE }.planes(&RGB), &[1.0, 0.8, 0.0, 0.4, 0.2, 0.4]);
        assert!(NONE.planes(&[]).is_empty());
    }

    #[test]
    fn what_is_drawn_is_as_likely_as_asked() {
        let config = AugmentConfig { channel_permutation: 0.25, brightness: 0.4, ..Default::default() };
        let draws: Vec<Colour> =
            (0..6000).map(|number| Colour::draw(&config, Key { seed: 5, epoch: 0, number })).collect();
        // A quarter, of which a sixth is the identity.
        let changed = draws.iter().filter(|d| d.order != [0, 1, 2]).count();
        assert!((1250 - 130..1250 + 130).contains(&changed), "{changed}");
        for order in &ORDERS[1..] {
            let count = draws.iter().filter(|d| d.order == *order).count();
            assert!((180..320).contains(&count), "{order:?} {count}");
        }
        let brightness: Vec<f64> =
            draws.iter().map(|d| d.jitter.iter().find(|j| j.0 == Jitter::Brightness).map_or(0.0, |j| j.1)).collect();
        assert!(brightness.iter().all(|b| (0.6..1.4).contains(b)));
        assert!((brightness.iter().sum::<f64>() / 6000.0 - 1.0).abs() < 0.015);
        let first = draws.iter().filter(|d| d.jitter[0].0 == Jitter::Contrast).count();
        assert!((1850..2150).contains(&first), "{first}");
    }
}
