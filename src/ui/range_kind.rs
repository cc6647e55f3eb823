//! [`RangeKind`]: how the ends of the depth colours are found, and which ways mean something for a unit.

use crate::depth::DepthUnit;
use serde::{Deserialize, Serialize};

/// How the ends of the depth range are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RangeKind {
    /// 2nd to 98th percentile of prediction and truth.
    #[default]
    Percentile,
    /// 0 to 10 m.
    Fixed,
    /// As typed.
    Manual,
}

impl RangeKind {
    /// The kinds that mean something for depth of that unit: without metres there is no 0 to 10 m.
    pub fn all(unit: DepthUnit) -> &'static [Self] {
        match unit {
            DepthUnit::Metres | DepthUnit::TenOverMetres => &[Self::Percentile, Self::Fixed, Self::Manual],
            DepthUnit::Disparity | DepthUnit::Relative => &[Self::Percentile, Self::Manual],
        }
    }

    /// This kind where it means something, else percentiles.
    pub fn usable_for(self, unit: DepthUnit) -> Self {
        if Self::all(unit).contains(&self) { self } else { Self::Percentile }
    }

    /// In few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Percentile => "2–98 %",
            Self::Fixed => "fixed 0–10 m",
            Self::Manual => "manual",
        }
    }

    /// What it means.
    pub fn about(self) -> &'static str {
        match self {
            Self::Percentile => "of this picture's prediction and truth together",
            Self::Fixed => "the same for every picture",
            Self::Manual => "as typed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_without_a_scale_has_no_range_in_metres() {
        for unit in [DepthUnit::Relative, DepthUnit::Disparity] {
            assert_eq!(RangeKind::Fixed.usable_for(unit), RangeKind::Percentile);
            assert_eq!(RangeKind::Manual.usable_for(unit), RangeKind::Manual);
        }
        assert_eq!(RangeKind::Fixed.usable_for(DepthUnit::Metres), RangeKind::Fixed);
    }
}
