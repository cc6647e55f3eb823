//! [`SizePlan`]: the network's size, fixed or drawn for each batch.

use super::crop::{MAX_SIDE, pixels};
use super::rng::{Key, Purpose, Random};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Largest area: a batch of larger pictures would not fit anywhere.
const MAX_AREA: usize = 1 << 22;

/// The network's size of each batch.
///
/// Written `fixed 304x228`, or `range 35840..143360 aspect 1.2..1.6 multiple 32`: areas in pixels, width / height, and
/// what both sides are multiples of. A batch's size: an area and an aspect are drawn, both uniformly in the logarithm
/// (so
/// that half and twice a size are equally likely), and the candidate nearest to them in the logarithms is taken.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SizePlan {
    /// Always this width and height.
    Fixed([usize; 2]),
    /// Drawn.
    Range {
        /// Smallest and largest width × height.
        area: [usize; 2],
        /// Smallest and largest width / height.
        aspect: [f64; 2],
        /// Both sides are multiples of this.
        multiple: usize,
    },
}

impl SizePlan {
    /// Width and height of a batch: `key.number` is the batch's number in its epoch.
    pub fn draw(&self, key: Key) -> [usize; 2] {
        let mut random = Random::new(key, Purpose::Size);
        self.nearest([random.unit(), random.unit()])
    }

    /// The size that stands for the plan where one is needed, such as the training size in a file's metadata: the
    /// fixed one,
    /// or that of the middle of the areas and aspects.
    pub fn typical(&self) -> [usize; 2] {
        self.nearest([0.5; 2])
    }

    /// The candidate nearest to these places in the ranges of area and aspect, 0…1 in the logarithm.
    fn nearest(&self, at: [f64; 2]) -> [usize; 2] {
        let (area, aspect) = match *self {
            Self::Fixed(size) => return size,
            Self::Range { area, aspect, .. } => (area.map(|a| a as f64), aspect),
        };
        let between = |[low, high]: [f64; 2], at: f64| low.ln() + (high / low).ln() * at;
        let (area, aspect) = (between(area, at[0]), between(aspect, at[1]));
        let off = |[w, h]: &[usize; 2]| {
            let (w, h) = ((*w as f64).ln(), (*h as f64).ln());
            (w + h - area).powi(2) + (w - h - aspect).powi(2)
        };
        // `check` made sure of a candidate; without one the size is still one that a network can take.
        self.sizes().into_iter().min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or([32, 32])
    }

    /// Every size that can be drawn, by height and then width.
    pub fn sizes(&self) -> Vec<[usize; 2]> {
        let (area, aspect, step) = match *self {
            Self::Fixed(size) => return vec![size],
            Self::Range { area, aspect, multiple } => (area, aspect, multiple.max(1)),
        };
        let fits = |w: usize, h: usize| {
            let ratio = w as f64 / h as f64;
            (area[0]..=area[1]).contains(&(w * h)) && ratio >= aspect[0] && ratio <= aspect[1]
        };
        let sides = |most: usize| (1..=most.min(MAX_SIDE) / step).map(move |n| n * step);
        let rows = sides(area[1]);
        rows.flat_map(|h| sides(area[1] / h).filter(move |w| fits(*w, h)).map(move |w| [w, h])).collect()
    }

    /// The largest size that can be drawn, by area: what memory must be there for.
    pub fn largest(&self) -> [usize; 2] {
        self.sizes().into_iter().max_by_key(|[w, h]| w * h).unwrap_or([32, 32])
    }

    /// Whether there is a size to draw.
    ///
    /// # Errors
    /// [`Error::Usage`] when the numbers make no sense or no multiple lies in the range.
    pub fn check(&self) -> Result<()> {
        let wrong = |why: &str| Err(Error::Usage(format!("sizes = \"{self}\": {why}; write such as \"{EXAMPLE}\"")));
        match *self {
            Self::Fixed([w, h]) if w < 16 || h < 16 || w.max(h) > MAX_SIDE || w * h > MAX_AREA => {
                wrong("a side is below 16 pixels or the whole above four million")
            }
            Self::Fixed(_) => Ok(()),
            Self::Range { area, .. } if area[0] < 256 || area[0] > area[1] || area[1] > MAX_AREA => {
                wrong("the areas do not go up from 256 or more to at most four million pixels")
            }
            Self::Range { aspect, .. } if !(aspect[0] >= 0.1 && aspect[0] <= aspect[1] && aspect[1] <= 10.0) => {
                wrong("the aspects do not go up from 0.1 or more to at most 10")
            }
            Self::Range { multiple, .. } if !(1..=512).contains(&multiple) => wrong("the multiple is not in 1…512"),
            Self::Range { .. } if self.sizes().is_empty() => wrong("no such size lies in the range"),
            Self::Range { .. } => Ok(()),
        }
    }
}

const EXAMPLE: &str = "fixed 304x228\" or \"range 35840..143360 aspect 1.2..1.6 multiple 32";

/// `1.2..1.6`, or one number for both ends.
fn range<T: FromStr + Copy>(text: &str) -> Option<[T; 2]> {
    let (low, high) = text.split_once("..").unwrap_or((text, text));
    Some([low.parse().ok()?, high.parse().ok()?])
}

impl FromStr for SizePlan {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::Usage(format!("sizes = {text:?} is not understood; write such as \"{EXAMPLE}\""));
        let words: Vec<&str> = text.split_whitespace().collect();
        let plan = match words[..] {
            ["fixed", size] => Self::Fixed(pixels(size).ok_or_else(wrong)?),
            ["range", area, "aspect", aspect, ref rest @ ..] => {
                let multiple = match rest {
                    [] => 32,
                    ["multiple", n] => n.parse().map_err(|_| wrong())?,
                    _ => return Err(wrong()),
                };
                Self::Range { area: range(area).ok_or_else(wrong)?, aspect: range(aspect).ok_or_else(wrong)?, multiple }
            }
            _ => return Err(wrong()),
        };
        plan.check()?;
        Ok(plan)
    }
}

impl fmt::Display for SizePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed([w, h]) => write!(f, "fixed {w}x{h}"),
            Self::Range { area: [a, b], aspect: [c, d], multiple } => {
                write!(f, "range {a}..{b} aspect {c}..{d} multiple {multiple}")
            }
        }
    }
}

impl TryFrom<String> for SizePlan {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<SizePlan> for String {
    fn from(plan: SizePlan) -> Self {
        plan.to_string()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const RANGE: &str = "range 35840..143360 aspect 1.2..1.6 multiple 32";

    fn key(number: usize) -> Key {
        Key { seed: 3, epoch: 0, number }
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        for text in ["fixed 304x228", RANGE] {
            assert_eq!(text.parse::<SizePlan>().unwrap().to_string(), text);
        }
        let short = "range 36000..80000 aspect 1.5".parse::<SizePlan>().unwrap();
        assert_eq!(short.to_string(), "range 36000..80000 aspect 1.5..1.5 multiple 32");
        assert_eq!(short.sizes(), [[288, 192]], "240 and 336 are no multiples of 32");
    }

    #[test]
    fn what_gives_no_size_is_refused() {
        for text in [
            "",
            "304x228",
            "fixed 304",
            "fixed 8x8",
            "fixed 4096x4096",
            "range 5..3 aspect 1",
            "range 2000..1000 aspect 1",
            "range 1025..1030 aspect 1.0",
            "range 1024..99999 aspect 0",
            "range 1024..99999 aspect nan",
            "range 1024..99999999 aspect 1",
            "range 1024..99999 aspect 1 multiple 0",
            "range 1024..99999 aspect 1 times 3",
        ] {
            let error = text.parse::<SizePlan>().unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().starts_with("sizes = "), "{error}");
        }
    }

    #[test]
    fn sizes_are_multiples_in_range_and_spread_over_small_and_large() {
        let plan: SizePlan = RANGE.parse().unwrap();
        let all = plan.sizes();
        let mut counts: HashMap<[usize; 2], usize> = HashMap::new();
        let mut small = 0;
        for number in 0..4000 {
            let size = plan.draw(key(number));
            *counts.entry(size).or_default() += 1;
            small += usize::from(size[0] * size[1] < 71680);
        }
        for size in counts.keys() {
            let [w, h] = *size;
            assert!(
                all.contains(size) && w % 32 == 0 && h % 32 == 0 && (35840..=143_360).contains(&(w * h)),
                "{size:?}"
            );
        }
        // Candidates are few, so halves of the logarithmic range are not exactly even.
        assert!((1400..2600).contains(&small), "{small}");
        assert!(counts.len() * 10 >= all.len() * 8, "{} of {} sizes come up", counts.len(), all.len());
        assert_eq!(plan.draw(key(5)), plan.draw(key(5)));
        assert!(
            all.contains(&plan.typical()) && plan.largest() == [448, 320],
            "{:?} {:?}",
            plan.typical(),
            plan.largest()
        );
        let fixed: SizePlan = "fixed 304x228".parse().unwrap();
        assert_eq!((fixed.draw(key(1)), fixed.typical(), fixed.largest()), ([304, 228], [304, 228], [304, 228]));
    }
}
