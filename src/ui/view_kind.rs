//! [`ViewKind`]: the six views, their names and keys.

use serde::{Deserialize, Serialize};

/// One of the linked views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewKind {
    /// The picture.
    Rgb,
    /// Predicted depth.
    Depth,
    /// EDA's attention.
    Eda,
    /// Ground truth.
    Truth,
    /// Error of the prediction against the truth.
    Error,
    /// CBAM-S's attention, or EDA minus CBAM-S.
    Cbam,
}

impl ViewKind {
    /// All views in the order of their keys.
    pub const ALL: [Self; 6] = [Self::Rgb, Self::Depth, Self::Eda, Self::Truth, Self::Error, Self::Cbam];

    /// The number of the key that shows it alone: 1 to 6.
    pub fn key(self) -> usize {
        Self::ALL.iter().position(|v| *v == self).unwrap_or(0) + 1
    }

    /// The view of a key's number.
    pub fn of_key(key: usize) -> Option<Self> {
        Self::ALL.get(key.checked_sub(1)?).copied()
    }

    /// What the view is.
    pub fn title(self) -> &'static str {
        match self {
            Self::Rgb => "RGB",
            Self::Depth => "Depth",
            Self::Eda => "EDA attention",
            Self::Truth => "Ground truth",
            Self::Error => "Error",
            Self::Cbam => "CBAM-S attention",
        }
    }

    /// The same in one word.
    pub fn short(self) -> &'static str {
        match self {
            Self::Rgb => "RGB",
            Self::Depth => "Depth",
            Self::Eda => "EDA",
            Self::Truth => "Truth",
            Self::Error => "Error",
            Self::Cbam => "CBAM-S",
        }
    }

    /// What the view shows, as a tooltip says it.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Rgb => "The picture as it was opened or captured",
            Self::Depth => "The depth that the main model predicts; near is the warm or bright end",
            Self::Eda => "Attention of the EDA gate behind stage 3, each value between 0 and 1",
            Self::Truth => "The measured depth; pixels without a measurement are slate",
            Self::Error => "Prediction minus ground truth at the ground truth's size",
            Self::Cbam => "Attention of the CBAM-S gate, from its own trained checkpoint",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_one_to_six_and_lead_back() {
        for (i, view) in ViewKind::ALL.into_iter().enumerate() {
            assert_eq!(view.key(), i + 1);
            assert_eq!(ViewKind::of_key(i + 1), Some(view));
        }
        assert_eq!(ViewKind::of_key(0), None);
        assert_eq!(ViewKind::of_key(7), None);
    }
}
