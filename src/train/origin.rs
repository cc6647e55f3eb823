//! [`Origin`]: what a run started from, for a run whose weights keep a share of it. Fine-tuning unlearns what its data do not
//! have; the mean of the weights before and behind it keeps most of what both can (WiSE-FT: Wortsman et al., *Robust
//! fine-tuning of zero-shot models*, CVPR 2022).

use super::config::{StartSection, TrainConfig};
use super::start::{self, Start};
use crate::data::training::sizes::common_divisor;
use crate::error::{Error, Result};
use crate::net::config::{ModelConfig, TrainedSizes};
use crate::state_dict::{HostTensor, StateDict};

/// The weights that a run started from, and what they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// Every tensor of the network, running statistics too.
    pub weights: StateDict,
    /// What they say of themselves.
    pub model: ModelConfig,
}

impl Origin {
    /// That of a run which begins; `None` where nothing of it is kept.
    ///
    /// # Errors
    /// [`Error::Usage`] when something is to be kept, and layers start at random or what they say is of another unit or focal
    /// length.
    pub fn new(config: &TrainConfig, begun: &Start) -> Result<Option<Self>> {
        let StartSection { init, start_share, .. } = &config.start;
        if *start_share == 0.0 {
            return Ok(None);
        }
        if let Some(layer) = begun.random.first() {
            return Err(Error::Usage(format!(
                "`start_share = {start_share}` keeps of weights that `--init {init}` does not have (`{layer}` starts at random); give \
                 --init a whole network, or --start-share 0"
            )));
        }
        let (model, own) = (start::model(config), config.model());
        let meaning = |model: &ModelConfig| (model.unit, model.canonical_focal, model.own_focal);
        if meaning(&model) != meaning(&own) {
            return Err(Error::Usage(format!(
                "`start_share = {start_share}` is the mean of weights that say depth in two ways: `--init {init}` has another unit or \
                 focal length than this training; give its `unit`, `canonical_focal` and `own_focal`, or --start-share 0"
            )));
        }
        Ok(Some(Self { weights: begun.weights.clone(), model }))
    }

    /// `share` of each tensor and the rest of that in training, element by element.
    pub fn mixed(&self, share: f64, now: StateDict) -> StateDict {
        let mut all = StateDict::new();
        for (name, tensor) in now {
            let mixed = match self.weights.get(&name) {
                Some(before) if before.shape == tensor.shape => {
                    let pairs = before.to_f32().into_iter().zip(tensor.to_f32());
                    let values: Vec<f32> = pairs
                        .map(|(before, now)| (share * f64::from(before) + (1.0 - share) * f64::from(now)) as f32)
                        .collect();
                    HostTensor::from_f32(tensor.shape, &values)
                }
                _ => tensor,
            };
            all.insert(name, mixed);
        }
        all
    }

    /// What the mixed weights are: at home at the sizes of both trainings, and at the input's size that they had.
    pub fn told(&self, now: ModelConfig) -> ModelConfig {
        let sizes = match (self.model.trained_sizes, now.trained_sizes) {
            (Some(a), Some(b)) => Some(TrainedSizes {
                area: [a.area[0].min(b.area[0]), a.area[1].max(b.area[1])],
                multiple: common_divisor(a.multiple, b.multiple),
            }),
            (before, now) => before.or(now),
        };
        ModelConfig { train_size: self.model.train_size, trained_sizes: sizes, ..now }
    }
}

#[cfg(test)]
#[path = "origin_tests.rs"]
mod tests;
