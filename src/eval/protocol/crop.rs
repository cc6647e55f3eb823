//! Which part of the ground truth counts (reference.md 8.2, 8.3).

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// A crop of the ground truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Crop {
    /// All of it.
    None,
    /// The 304×228 centre that Hu et al. show the network; not for choosing.
    Centre,
    /// Garg's crop of KITTI.
    Garg,
    /// Eigen's crop of KITTI.
    Eigen,
    /// DenseDepth's crop of NYU: rows 20:460, columns 24:616 of 640×480.
    NyuDd,
    /// BTS's and AdaBins' crop of NYU: rows 45:471, columns 41:601 of 640×480.
    NyuBts,
}

/// A rectangle of pixels, ends exclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Rows.
    pub rows: Range<usize>,
    /// Columns.
    pub columns: Range<usize>,
}

impl Region {
    /// Whether a pixel lies in it.
    pub fn contains(&self, x: usize, y: usize) -> bool {
        self.columns.contains(&x) && self.rows.contains(&y)
    }

    /// Width and height in pixels.
    pub fn size(&self) -> [usize; 2] {
        [self.columns.len(), self.rows.len()]
    }

    /// What lies in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let both = |a: &Range<usize>, b: &Range<usize>| {
            let start = a.start.max(b.start);
            start..a.end.min(b.end).max(start)
        };
        Self { rows: both(&self.rows, &other.rows), columns: both(&self.columns, &other.columns) }
    }
}

/// Width and height of NYU's pictures, whose crops are given in pixels.
pub(super) const NYU: [usize; 2] = [640, 480];
/// The same at half resolution: pixels 0, 2, 4 … of both axes.
pub(super) const NYU_HALF: [usize; 2] = [320, 240];
/// What Hu et al. show a network.
pub(super) const HU: [usize; 2] = [304, 228];

impl Crop {
    /// Those that a person can choose.
    pub const ALL: [Self; 5] = [Self::None, Self::Garg, Self::Eigen, Self::NyuDd, Self::NyuBts];

    /// Its part of a map of `width`×`height`. Products are taken in f64 and cut off, as the published codes do: 0.03594771
    /// of 1224 columns is 43.99999… and so 43. The NYU crops of a half-resolution map hold the pixels 0, 2, 4 … of the
    /// full one's.
    ///
    /// # Errors
    /// [`Error::Usage`] for a crop given in pixels on a map of another size.
    pub fn region(self, [width, height]: [usize; 2]) -> Result<Region> {
        let share = |of: usize, [low, high]: [f64; 2]| (low * of as f64) as usize..(high * of as f64) as usize;
        Ok(match self {
            Self::None => Region { rows: 0..height, columns: 0..width },
            Self::Garg => Region {
                rows: share(height, [0.408_108_11, 0.991_891_89]),
                columns: share(width, [0.035_947_71, 0.964_052_29]),
            },
            Self::Eigen => Region {
                rows: share(height, [0.332_432_4, 0.913_513_51]),
                columns: share(width, [0.035_947_7, 0.964_052_29]),
            },
            Self::Centre => self.of_nyu([width, height], 12..468, 16..624)?,
            Self::NyuDd => self.of_nyu([width, height], 20..460, 24..616)?,
            Self::NyuBts => self.of_nyu([width, height], 45..471, 41..601)?,
        })
    }

    fn of_nyu(self, size: [usize; 2], rows: Range<usize>, columns: Range<usize>) -> Result<Region> {
        // The even pixels of a..b are, halved, those of ⌈a/2⌉..⌈b/2⌉.
        let half = |full: &Range<usize>| full.start.div_ceil(2)..full.end.div_ceil(2);
        match size {
            NYU => Ok(Region { rows, columns }),
            NYU_HALF => Ok(Region { rows: half(&rows), columns: half(&columns) }),
            [width, height] => Err(Error::Usage(format!(
                "the crop {self} is of NYU's 640x480 pixels or every second one, and this ground truth has {width}x{height}; \
                 give --crop none, garg or eigen"
            ))),
        }
    }
}

impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Centre => "centre 304x228",
            Self::Garg => "garg",
            Self::Eigen => "eigen",
            Self::NyuDd => "nyu-dd",
            Self::NyuBts => "nyu-bts",
        })
    }
}

impl FromStr for Crop {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|crop| crop.to_string() == text);
        found.ok_or_else(|| format!("`{text}` is no crop; give none, garg, eigen, nyu-dd or nyu-bts"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ends(crop: Crop, size: [usize; 2]) -> [usize; 4] {
        let region = crop.region(size).unwrap();
        [region.rows.start, region.rows.end, region.columns.start, region.columns.end]
    }

    #[test]
    fn the_table_of_the_reference() {
        let table = [
            ([1242, 375], [153, 371, 44, 1197], [124, 342, 44, 1197]),
            ([1241, 375], [153, 371, 44, 1196], [124, 342, 44, 1196]),
            ([1224, 370], [151, 366, 43, 1180], [122, 337, 43, 1180]),
            ([1226, 370], [151, 366, 44, 1181], [122, 337, 44, 1181]),
            ([1238, 374], [152, 370, 44, 1193], [124, 341, 44, 1193]),
            ([1241, 376], [153, 372, 44, 1196], [124, 343, 44, 1196]),
        ];
        for (size, garg, eigen) in table {
            assert_eq!((ends(Crop::Garg, size), ends(Crop::Eigen, size)), (garg, eigen), "{size:?}");
        }
    }

    #[test]
    fn nyu_crops_and_their_halves() {
        assert_eq!(ends(Crop::NyuDd, NYU), [20, 460, 24, 616]);
        assert_eq!(ends(Crop::NyuBts, NYU), [45, 471, 41, 601]);
        assert_eq!(ends(Crop::NyuDd, NYU_HALF), [10, 230, 12, 308]);
        assert_eq!(ends(Crop::NyuBts, NYU_HALF), [23, 236, 21, 301]);
        assert_eq!(ends(Crop::Centre, NYU_HALF), [6, 234, 8, 312]);
        assert_eq!(Crop::Centre.region(NYU_HALF).unwrap().size(), HU);
        assert_eq!(ends(Crop::None, [7, 5]), [0, 5, 0, 7]);
        let error = Crop::NyuDd.region([1242, 375]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("1242x375"));
    }

    #[test]
    fn regions_meet() {
        let a = Region { rows: 2..6, columns: 0..4 };
        let both = a.and(&Region { rows: 4..9, columns: 3..9 });
        assert_eq!(both, Region { rows: 4..6, columns: 3..4 });
        assert!(both.contains(3, 5) && !both.contains(3, 6) && !both.contains(4, 5));
        assert_eq!(a.and(&Region { rows: 7..9, columns: 5..6 }).size(), [0, 0]);
    }

    #[test]
    fn names() {
        for name in ["none", "garg", "eigen", "nyu-dd", "nyu-bts"] {
            assert_eq!(name.parse::<Crop>().unwrap().to_string(), name);
        }
        assert!("centre 304x228".parse::<Crop>().is_err());
    }
}
