//! [`Random`]: the chance in training, keyed by what it is for, so that no order of work can change it.
//!
//! Every decision has a generator of its own, made from (seed, epoch, number, purpose) by chained SplitMix64 steps. A
//! resumed
//! run, one with more threads, and one in which another augmentation is switched on draw the same for the rest.

/// What a random number is for; each has its own stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u64)]
pub enum Purpose {
    /// The order of an epoch.
    Order = 1,
    /// The network's size for a batch.
    Size = 2,
    /// Whether a picture is mirrored.
    Flip = 3,
    /// Which permutation of the channels.
    Permutation = 4,
    /// Where the crop lies.
    Crop = 5,
    /// How far a picture is zoomed, and where.
    Zoom = 6,
    /// The angle of the rotation.
    Rotation = 7,
    /// Brightness, contrast, saturation, gamma and their order.
    Colour = 8,
    /// Which scenes are held out.
    HeldOut = 9,
}

/// Whose random numbers are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The run's seed.
    pub seed: u64,
    /// The epoch, from 0.
    pub epoch: usize,
    /// The place of a sample in its epoch's order, or the number of a batch; from 0.
    pub number: usize,
}

/// SplitMix64 (Steele, Lea, Flood 2014): advances the state by the golden ratio and mixes it.
pub fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// 64 random bits as a number in 0 ≤ x < 1, a multiple of 2⁻⁵³.
pub fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// xoshiro256** (Blackman, Vigna 2018), filled by SplitMix64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Random([u64; 4]);

impl Random {
    /// The generator of one purpose; equal arguments give equal numbers on every machine.
    pub fn new(key: Key, purpose: Purpose) -> Self {
        let mut state = key.seed;
        for part in [key.epoch as u64, key.number as u64, purpose as u64] {
            // Mixed before the next part is added: (1, 2) and (2, 1) are strangers.
            state = split_mix(&mut state).wrapping_add(part);
        }
        Self([(); 4].map(|()| split_mix(&mut state)))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.0;
        let result = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in 0 ≤ x < 1, a multiple of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        unit(self.bits())
    }

    /// Uniform between the two, `low` included; `low` when they are equal.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Uniform in 0…`count` − 1 without bias; 0 when `count` is 0.
    pub fn below(&mut self, count: usize) -> usize {
        let count = count as u64;
        if count == 0 {
            return 0;
        }
        // The last, incomplete round of the 2⁶⁴ numbers is not used.
        let usable = u64::MAX - (u64::MAX % count + 1) % count;
        loop {
            let bits = self.bits();
            if bits <= usable {
                return (bits % count) as usize;
            }
        }
    }

    /// Puts the items into a random order (Fisher–Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key { seed: 7, epoch: 1, number: 2 };

    #[test]
    fn both_generators_give_their_published_numbers() {
        let mut state = 1_234_567;
        let got = [(); 5].map(|()| split_mix(&mut state));
        let want = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(got, want);
        let mut random = Random([1, 2, 3, 4]);
        assert_eq!([(); 4].map(|()| random.bits()), [11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240]);
    }

    #[test]
    fn every_part_of_the_key_makes_another_stream() {
        let first = |key, purpose| Random::new(key, purpose).bits();
        let mut seen = vec![first(KEY, Purpose::Flip)];
        assert_eq!(seen[0], first(KEY, Purpose::Flip));
        seen.push(first(KEY, Purpose::Crop));
        seen.push(first(Key { seed: 8, ..KEY }, Purpose::Flip));
        seen.push(first(Key { epoch: 2, number: 1, ..KEY }, Purpose::Flip));
        seen.push(first(Key { number: 3, ..KEY }, Purpose::Flip));
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }

    #[test]
    fn numbers_are_spread_evenly_within_and_across_keys() {
        let mut random = Random::new(KEY, Purpose::Colour);
        let mut inside = [0usize; 10];
        let mut across = [0usize; 10];
        for number in 0..20_000 {
            inside[random.below(10)] += 1;
            across[(10.0 * Random::new(Key { number, ..KEY }, Purpose::Flip).unit()) as usize] += 1;
        }
        // Nine degrees of freedom: chi-square stays below 27.9 in 999 of 1000 generators.
        for counts in [inside, across] {
            let chi: f64 = counts.iter().map(|c| (*c as f64 - 2000.0).powi(2) / 2000.0).sum();
            assert!(chi < 27.9, "{counts:?}");
        }
        let mean = (0..20_000).map(|_| random.between(-1.0, 3.0)).sum::<f64>() / 20_000.0;
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
        assert_eq!((random.below(0), random.below(1), random.between(2.0, 2.0)), (0, 0, 2.0));
        assert!(!random.chance(0.0) && random.chance(1.0));
    }

    #[test]
    fn every_order_of_three_is_equally_likely() {
        let mut random = Random::new(KEY, Purpose::Order);
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..6000 {
            let mut items = [0, 1, 2];
            random.shuffle(&mut items);
            *counts.entry(items).or_insert(0usize) += 1;
        }
        assert_eq!(counts.len(), 6);
        assert!(counts.values().all(|c| (880..1120).contains(c)), "{counts:?}");
    }
}
