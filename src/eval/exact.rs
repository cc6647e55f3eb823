//! Numbers in the journal as text: JSON's numbers are read with a rounding error in the last place, and a run that was
//! stopped must give the table of one that was not.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// The shortest text that is this number and no other.
pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// The number back; only finite ones are.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    let value: Option<f64> = text.parse().ok();
    value.filter(|value| value.is_finite()).ok_or_else(|| D::Error::custom("no finite number"))
}

/// Three of them, with spaces between.
pub mod three {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// As [`super::serialize`].
    pub fn serialize<S: Serializer>([a, b, c]: &[f64; 3], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{a} {b} {c}"))
    }

    /// As [`super::deserialize`].
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[f64; 3], D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let values: Option<Vec<f64>> = text.split(' ').map(|text| text.parse().ok()).collect();
        let values: Option<[f64; 3]> = values.and_then(|values| values.try_into().ok());
        let finite = values.filter(|values| values.iter().all(|value| value.is_finite()));
        finite.ok_or_else(|| D::Error::custom("no three finite numbers"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::eval::sums::Sums;

    #[test]
    fn every_bit_comes_back_and_nonsense_does_not() {
        let mut state = 1u64;
        for _ in 0..2000 {
            let mut random = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // Any exponent, sign and fraction, infinities and NaN apart.
                Some(f64::from_bits(state)).filter(|v| v.is_finite()).unwrap_or(0.1)
            };
            let sums = Sums { rel: random(), log: random(), below: [random(), 1.0 / 3.0, -0.0], ..Sums::default() };
            let text = serde_json::to_string(&sums).unwrap();
            let back: Sums = serde_json::from_str(&text).unwrap();
            assert_eq!(
                [back.rel, back.log, back.below[0]].map(f64::to_bits),
                [sums.rel, sums.log, sums.below[0]].map(f64::to_bits)
            );
        }
        let good = serde_json::to_string(&Sums::default()).unwrap();
        for bad in [
            good.replacen("\"0\"", "\"x\"", 1),
            good.replacen("\"0\"", "\"inf\"", 1),
            good.replace("0 0 0", "0 0"),
            good.replace("0 0 0", "0 0 NaN"),
        ] {
            assert!(serde_json::from_str::<Sums>(&bad).is_err(), "{bad}");
        }
    }
}
