//! [`LossConfig`]: every choice about the loss, as it stands in a run's configuration.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Whose loss is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// MSFNet's, equation 3: λ·L_batch + L_grad + L_SSIM + μ·L_aux.
    #[default]
    Msfnet,
    /// Hu et al.'s: logarithms of the errors in depth and gradient, and normals, all of weight 1 (reference.md 3.1).
    Hu,
    /// DenseDepth's: 0.1·L1 + L_grad + L_SSIM (reference.md 3.2).
    DenseDepth,
}

/// How L_batch weights errors; w is a softmax, e an absolute error, L_b a sample's mean error (reference.md 5.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchLoss {
    /// (1/B) Σ (1 + w_b) L_b, w over the samples.
    #[default]
    Sample,
    /// Σ w_b L_b + (1/B) Σ L_b.
    SampleSum,
    /// Of each image (1/n) Σ w e + (1/n) Σ e, w over its pixels; then the mean over the batch.
    Pixel,
    /// The same with w and n over all pixels of the batch.
    PixelBatch,
    /// Of each image Σ w e + (1/n) Σ e; then the mean over the batch.
    PixelMeanOne,
    /// (1/B) Σ L_b.
    L1,
}

/// How L_grad takes differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GradientKind {
    /// Between neighbours.
    #[default]
    Forward,
    /// By the 3×3 Sobel filters of Hu et al.
    Sobel,
}

/// Of which values the outline term compares the steepness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeSpace {
    /// Of their logarithms: the same whether values are metres or 10 / metres.
    #[default]
    Log,
    /// Of the values themselves: metres, where the network gives metres.
    Target,
    /// Of 10 / value: metres, where the network gives 10 / metres.
    TenOver,
}

/// The loss and its constants. Defaults are those of the paper for NYU, where values are 10 / metres.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossConfig {
    /// Whose loss.
    pub kind: LossKind,
    /// The reading of L_batch; MSFNet's loss only.
    pub batch_loss: BatchLoss,
    /// Whether w is a plain factor, without a gradient through it.
    pub detach: bool,
    /// τ of w = softmax(L_b / τ), in units of the values.
    pub temperature: f64,
    /// λ, the weight of L_batch; MSFNet's loss only.
    pub lambda: f64,
    /// μ, the weight of L_aux; MSFNet's loss only. The others leave auxiliary heads alone.
    pub mu: f64,
    /// How L_grad takes differences; MSFNet's loss only.
    pub gradient: GradientKind,
    /// Weight of L_grad; MSFNet's loss only, where the paper has 1.
    pub gradient_weight: f64,
    /// Weight of L_SSIM; MSFNet's loss only, where the paper has 1.
    pub ssim_weight: f64,
    /// R of SSIM, the largest value: 100 for 10 / metres, 80 for metres of KITTI, 10 for 1 / metres.
    pub ssim_range: f64,
    /// Weight of our outline term, with every loss; 0 leaves it out.
    pub edge_weight: f64,
    /// Of which values the outline term compares the steepness.
    pub edge_space: EdgeSpace,
    /// Sobel magnitude in units of `edge_space` up to which the outline term is proportional.
    pub edge_knee: f64,
}

impl Default for LossConfig {
    fn default() -> Self {
        Self {
            kind: LossKind::Msfnet,
            batch_loss: BatchLoss::Sample,
            detach: true,
            temperature: 1.0,
            lambda: 0.1,
            mu: 0.1,
            gradient: GradientKind::Forward,
            gradient_weight: 1.0,
            ssim_weight: 1.0,
            ssim_range: 100.0,
            edge_weight: 0.0,
            edge_space: EdgeSpace::Log,
            edge_knee: 0.5,
        }
    }
}

impl LossConfig {
    /// The paper's constants for KITTI, where values are metres: λ = μ = 1, R = 80.
    pub fn kitti() -> Self {
        Self { lambda: 1.0, mu: 1.0, ssim_range: 80.0, ..Self::default() }
    }

    /// Hu et al.'s loss.
    pub fn hu() -> Self {
        Self { kind: LossKind::Hu, ..Self::default() }
    }

    /// DenseDepth's loss.
    pub fn dense_depth() -> Self {
        Self { kind: LossKind::DenseDepth, ..Self::default() }
    }

    /// # Errors
    /// When a constant is not a finite number in its range; the sentence names it.
    pub fn validate(&self) -> Result<()> {
        let weights = [
            ("lambda", self.lambda),
            ("mu", self.mu),
            ("gradient_weight", self.gradient_weight),
            ("ssim_weight", self.ssim_weight),
            ("edge_weight", self.edge_weight),
        ];
        let divisors =
            [("temperature", self.temperature), ("ssim_range", self.ssim_range), ("edge_knee", self.edge_knee)];
        let refuse = |name: &str, value: f64, range: &str| {
            Err(Error::Usage(format!("the loss cannot have {name} = {value}; give a number {range}")))
        };
        // Bounds that single precision takes without becoming 0 or infinite, squares included.
        if let Some((name, value)) = weights.into_iter().find(|(_, value)| !(0.0..=1e6).contains(value)) {
            return refuse(name, value, "from 0 to 1000000");
        }
        if let Some((name, value)) = divisors.into_iter().find(|(_, value)| !(1e-3..=1e6).contains(value)) {
            return refuse(name, value, "from 0.001 to 1000000");
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_same_after_a_file() {
        for config in [LossConfig::default(), LossConfig::kitti(), LossConfig::hu(), LossConfig::dense_depth()] {
            config.validate().unwrap();
            let text = toml::to_string(&config).unwrap();
            assert_eq!(toml::from_str::<LossConfig>(&text).unwrap(), config, "{text}");
        }
        let text = "kind = 'dense_depth'\nbatch_loss = 'pixel_mean_one'\nedge_space = 'ten_over'\ngradient = 'sobel'";
        let config: LossConfig = toml::from_str(text).unwrap();
        assert_eq!((config.kind, config.batch_loss), (LossKind::DenseDepth, BatchLoss::PixelMeanOne));
        assert_eq!((config.edge_space, config.gradient), (EdgeSpace::TenOver, GradientKind::Sobel));
        assert!(toml::from_str::<LossConfig>("lamda = 1.0").is_err());
    }

    #[test]
    fn a_constant_out_of_range_is_named() {
        for (name, config) in [
            ("temperature", LossConfig { temperature: 0.0, ..LossConfig::default() }),
            ("ssim_range", LossConfig { ssim_range: f64::NAN, ..LossConfig::default() }),
            ("edge_knee", LossConfig { edge_knee: -1.0, ..LossConfig::default() }),
            ("lambda", LossConfig { lambda: -0.1, ..LossConfig::default() }),
            ("mu", LossConfig { mu: f64::INFINITY, ..LossConfig::default() }),
        ] {
            let sentence = config.validate().unwrap_err().to_string();
            assert!(sentence.contains(name), "{sentence}");
        }
    }
}
