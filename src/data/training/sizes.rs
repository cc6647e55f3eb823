//! [`SizePlan`]: the network's size, fixed or drawn for each batch.

use super::crop::MAX_SIDE;
use super::rng::{Key, Purpose, Random};
use super::size_text::EXAMPLE;
use crate::error::{Error, Result};
use crate::net::config::TrainedSizes;
use serde::{Deserialize, Serialize};

/// Largest area: a batch of larger pictures would not fit anywhere.
const MAX_AREA: usize = 1 << 22;

/// The network's size of each batch.
///
/// Written `fixed 304x228`, or `range 35840..143360 aspect 1.2..1.6 multiple 32`: areas in pixels, width / height, and
/// what both sides are multiples of. A batch's size: an area and an aspect are drawn, both uniformly in the logarithm (so
/// that half and twice a size are equally likely), and the candidate nearest to them in the logarithms is taken. With
/// `grow 0.25 until 0.6` behind it, a run begins with a quarter of these areas and has all of them after six tenths of its
/// steps ([`Growth`]). With `with 304x228 share 0.25` as well, a quarter of the batches behind that have just this size: that
/// of a protocol, say, which is no multiple; or, with `with multiple 2 share 0.25`, even sizes of any kind ([`Extra`]).
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
        /// Whether the areas are smaller at first.
        grow: Growth,
        /// Sizes beside these.
        extra: Option<Extra>,
    },
}

/// What some of the batches have instead once the areas have grown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extra {
    /// Their sizes.
    pub sizes: Others,
    /// Share of the batches.
    pub share: f64,
}

/// Sizes that are no multiples of the plan's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// This width and height.
    One([usize; 2]),
    /// Drawn from the same areas and aspects, with both sides multiples of this.
    Multiples(usize),
}

/// Areas that grow over a run: what stands where in a picture is learnt from small pictures, which cost little, and
/// outlines from large ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// Factor of the areas at the beginning.
    pub from: f64,
    /// Share of the run behind which the factor is 1; it gets there evenly in the logarithm.
    pub until: f64,
}

impl Growth {
    /// The same areas throughout.
    pub const NONE: Self = Self { from: 1.0, until: 0.0 };

    /// Factor of the areas with that share of the run done.
    fn factor(self, done: f64) -> f64 {
        if done < self.until { self.from.powf(1.0 - done / self.until) } else { 1.0 }
    }
}

impl SizePlan {
    /// Width and height of a batch, with the share `done` of the run behind it: `key.number` is the batch's number in its
    /// epoch.
    pub fn draw(&self, key: Key, done: f64) -> [usize; 2] {
        let mut random = Random::new(key, Purpose::Size);
        let (plan, at) = (self.at(done), [random.unit(), random.unit()]);
        match plan {
            Self::Range { extra: Some(extra), .. } if random.unit() < extra.share => plan.others(extra).nearest(at),
            plan => plan.nearest(at),
        }
    }

    /// A plan of the sizes beside its own.
    fn others(&self, extra: Extra) -> Self {
        match (*self, extra.sizes) {
            (_, Others::One(size)) => Self::Fixed(size),
            (Self::Range { area, aspect, grow, .. }, Others::Multiples(multiple)) => {
                Self::Range { area, aspect, multiple, grow, extra: None }
            }
            (fixed, _) => fixed,
        }
    }

    /// The plan with that share of the run done, which grows no more.
    fn at(&self, done: f64) -> Self {
        match *self {
            Self::Range { area, aspect, multiple, grow, extra } => {
                let area = area.map(|area| (area as f64 * grow.factor(done)).round() as usize);
                let extra = extra.filter(|_| done >= grow.until);
                Self::Range { area, aspect, multiple, grow: Growth::NONE, extra }
            }
            same => same,
        }
    }

    /// Mean width × height of a run's batches.
    pub fn mean_area(&self) -> f64 {
        const STEPS: usize = 24;
        if let Self::Fixed([w, h]) = *self {
            return (w * h) as f64;
        }
        let places = || (0..STEPS).map(|i| (i as f64 + 0.5) / STEPS as f64);
        let areas = places().flat_map(|done| {
            let plan = self.at(done);
            let area = |size: [usize; 2]| size.into_iter().product::<usize>() as f64;
            places().map(move |place| {
                let drawn = area(plan.nearest([place, 0.5]));
                match plan {
                    Self::Range { extra: Some(extra), .. } => {
                        extra.share * area(plan.others(extra).nearest([place, 0.5])) + (1.0 - extra.share) * drawn
                    }
                    _ => drawn,
                }
            })
        });
        areas.sum::<f64>() / (STEPS * STEPS) as f64
    }

    /// What the sizes have in common that were drawn with that share of a run done: their areas, from what it began with to
    /// what it has now but not below what it ends with, and what all their sides are multiples of. `None` where the size is
    /// fixed, and while the plan has not grown to the areas that it ends with.
    pub fn drawn(&self, done: f64) -> Option<TrainedSizes> {
        let (Self::Range { area: [low, _], .. }, Self::Range { area: [_, high], multiple, extra, .. }) =
            (*self, self.at(done))
        else {
            return None;
        };
        let multiple = match extra {
            Some(Extra { sizes: Others::Multiples(other), share }) if share > 0.0 => common_divisor(multiple, other),
            _ => multiple,
        };
        (low <= high).then_some(TrainedSizes { area: [low, high], multiple })
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
        self.multiples().into_iter().min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or([32, 32])
    }

    /// Every size that can be drawn once the plan has grown.
    pub fn sizes(&self) -> Vec<[usize; 2]> {
        let mut sizes = self.multiples();
        if let Self::Range { extra: Some(extra), .. } = *self {
            let others = self.others(extra).multiples();
            sizes.retain(|size| !others.contains(size));
            sizes.extend(others);
        }
        sizes
    }

    /// Those of the range, by height and then width.
    fn multiples(&self) -> Vec<[usize; 2]> {
        let (area, aspect, step) = match *self {
            Self::Fixed(size) => return vec![size],
            Self::Range { area, aspect, multiple, .. } => (area, aspect, multiple.max(1)),
        };
        let fits = |w: usize, h: usize| {
            let ratio = w as f64 / h as f64;
            (area[0]..=area[1]).contains(&(w * h)) && ratio >= aspect[0] && ratio <= aspect[1]
        };
        let sides = |most: usize| (1..=most.min(MAX_SIDE) / step).map(move |n| n * step);
        // The highest is the least wide; `fits` decides, these only keep the search short.
        let rows = sides(((area[1] as f64 / aspect[0]).sqrt() as usize).saturating_add(1));
        let widest = |h: usize| (area[1] / h).min((h as f64 * aspect[1]) as usize).saturating_add(1);
        rows.flat_map(|h| sides(widest(h)).filter(move |w| fits(*w, h)).map(move |w| [w, h])).collect()
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
            Self::Fixed([w, h]) | Self::Range { extra: Some(Extra { sizes: Others::One([w, h]), .. }), .. }
                if w < 16 || h < 16 || w.max(h) > MAX_SIDE || w * h > MAX_AREA =>
            {
                wrong("a side is below 16 pixels or the whole above four million")
            }
            Self::Fixed(_) => Ok(()),
            Self::Range { area, .. } if area[0] < 256 || area[0] > area[1] || area[1] > MAX_AREA => {
                wrong("the areas do not go up from 256 or more to at most four million pixels")
            }
            Self::Range { aspect, .. } if !(aspect[0] >= 0.1 && aspect[0] <= aspect[1] && aspect[1] <= 10.0) => {
                wrong("the aspects do not go up from 0.1 or more to at most 10")
            }
            Self::Range { multiple, .. }
            | Self::Range { extra: Some(Extra { sizes: Others::Multiples(multiple), .. }), .. }
                if !(1..=512).contains(&multiple) =>
            {
                wrong("the multiple is not in 1…512")
            }
            Self::Range { grow: Growth { from, until }, .. }
                if !(0.01..=1.0).contains(&from) || !(0.0..=1.0).contains(&until) =>
            {
                wrong("the growth is not from 0.01 or more until a share of the run")
            }
            Self::Range { extra: Some(Extra { share, .. }), .. } if !(0.0..=1.0).contains(&share) => {
                wrong("the share is not from 0 to 1")
            }
            Self::Range { extra: Some(extra), .. } if self.others(extra).multiples().is_empty() => {
                wrong("no size with the other multiple lies in the range")
            }
            Self::Range { .. } if (0..=20).any(|i| self.at(f64::from(i) / 20.0).multiples().is_empty()) => {
                wrong("no such size lies in the range")
            }
            Self::Range { .. } => Ok(()),
        }
    }
}

/// The largest number that divides both.
pub fn common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
#[path = "sizes_tests.rs"]
mod tests;
