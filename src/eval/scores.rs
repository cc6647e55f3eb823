//! The metrics by value and by name.

use serde::Serialize;

/// The metrics of an image or of a whole table (reference.md 8.1).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Scores {
    /// REL: mean |g−p| / g.
    pub rel: f64,
    /// SqRel: mean (g−p)² / g, in metres.
    pub sq_rel: f64,
    /// RMSE: √mean (g−p)², in metres.
    pub rmse: f64,
    /// RMSElog: √mean (ln g − ln p)².
    pub rmse_log: f64,
    /// Mean |log₁₀ g − log₁₀ p|.
    pub log10: f64,
    /// MAE: mean |g−p|, in metres.
    pub mae: f64,
    /// SILog: 100·√(mean d² − (mean d)²) with d = ln p − ln g.
    pub silog: f64,
    /// iRMSE: √mean (1/g − 1/p)², in 1/km as KITTI's server prints it.
    pub irmse: f64,
    /// δ1: share of pixels with a ratio below 1.25.
    pub d1: f64,
    /// δ2: below 1.25².
    pub d2: f64,
    /// δ3: below 1.25³.
    pub d3: f64,
}

/// One of the metrics, to sort, plot and print by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Mean |g−p| / g.
    Rel,
    /// Mean (g−p)² / g.
    SqRel,
    /// √mean (g−p)².
    Rmse,
    /// √mean (ln g − ln p)².
    RmseLog,
    /// Mean |log₁₀ g − log₁₀ p|.
    Log10,
    /// Mean |g−p|.
    Mae,
    /// 100 times the deviation of ln p − ln g.
    Silog,
    /// √mean (1/g − 1/p)².
    Irmse,
    /// Ratio below 1.25.
    D1,
    /// Ratio below 1.25².
    D2,
    /// Ratio below 1.25³.
    D3,
}

impl Metric {
    /// All, in the order of tables.
    pub const ALL: [Self; 11] = [
        Self::Rel,
        Self::SqRel,
        Self::Rmse,
        Self::RmseLog,
        Self::Log10,
        Self::Mae,
        Self::Silog,
        Self::Irmse,
        Self::D1,
        Self::D2,
        Self::D3,
    ];

    /// Its name in JSON and CSV.
    pub fn key(self) -> &'static str {
        match self {
            Self::Rel => "rel",
            Self::SqRel => "sq_rel",
            Self::Rmse => "rmse",
            Self::RmseLog => "rmse_log",
            Self::Log10 => "log10",
            Self::Mae => "mae",
            Self::Silog => "silog",
            Self::Irmse => "irmse",
            Self::D1 => "d1",
            Self::D2 => "d2",
            Self::D3 => "d3",
        }
    }

    /// Its heading in tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::Rel => "REL",
            Self::SqRel => "SqRel",
            Self::Rmse => "RMSE",
            Self::RmseLog => "RMSElog",
            Self::Log10 => "log10",
            Self::Mae => "MAE",
            Self::Silog => "SILog",
            Self::Irmse => "iRMSE",
            Self::D1 => "δ1",
            Self::D2 => "δ2",
            Self::D3 => "δ3",
        }
    }

    /// Its value.
    pub fn of(self, scores: &Scores) -> f64 {
        match self {
            Self::Rel => scores.rel,
            Self::SqRel => scores.sq_rel,
            Self::Rmse => scores.rmse,
            Self::RmseLog => scores.rmse_log,
            Self::Log10 => scores.log10,
            Self::Mae => scores.mae,
            Self::Silog => scores.silog,
            Self::Irmse => scores.irmse,
            Self::D1 => scores.d1,
            Self::D2 => scores.d2,
            Self::D3 => scores.d3,
        }
    }

    /// True for the shares of good pixels; everything else is an error.
    pub fn larger_is_better(self) -> bool {
        matches!(self, Self::D1 | Self::D2 | Self::D3)
    }

    /// The metric of a key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_find_their_metric() {
        for metric in Metric::ALL {
            assert_eq!(Metric::from_key(metric.key()), Some(metric));
        }
        assert_eq!(Metric::from_key("valid"), None);
        assert!(Metric::D2.larger_is_better() && !Metric::Rel.larger_is_better());
    }
}
