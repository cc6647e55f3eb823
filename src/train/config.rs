//! [`TrainConfig`]: everything that decides a training run, as TOML sections, for the window, the command line and the
//! checkpoint alike. Leaf names are unique over all sections: each is a flag too ([`super::keys`]).
//!
//! A value that switches something off is 0 or an empty text, so that every key is always there.

use crate::data::training::{AugmentConfig, SizePlan};
use crate::depth::DepthUnit;
use crate::loss::LossConfig;
use crate::net::config::MsfnetConfig;
use serde::{Deserialize, Serialize};

/// A training run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// What is trained and validated on.
    pub data: DataSection,
    /// What is trained.
    pub network: MsfnetConfig,
    /// Where it starts.
    pub start: StartSection,
    /// What it is trained for.
    pub loss: LossConfig,
    /// How a gradient becomes a step.
    pub optimizer: OptimizerSection,
    /// Rate over time, and the length of the run.
    pub schedule: ScheduleSection,
    /// How pictures are varied.
    pub augment: AugmentConfig,
    /// Everything that is no part of the recipe.
    pub run: RunSection,
}

/// What is trained and validated on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataSection {
    /// The training data, `Sources` as text: one `DataSpec`, or several with ` + ` between them.
    pub data: String,
    /// Split of it; empty takes all. Of several sources each has its own.
    pub split: String,
    /// At most this many frames of each source, the first ones; 0 takes all.
    pub limit: usize,
    /// Validation data of its own, `Sources` as text; empty for none.
    pub val: String,
    /// Split of the validation data; empty takes all.
    pub val_split: String,
    /// A file with one scene, drive or frame a line (with `*` and `?`) that are held out of the training data, or `nyu_holdout` for the program's own list.
    pub val_scenes: String,
    /// Share of the training data that is held out, whole scenes; 0 for none.
    pub val_fraction: f64,
    /// At most this many validation frames; 0 takes all.
    pub val_limit: usize,
    /// Protocol of the validation; `auto` is hu_nyu for NYU and msf_kitti for everything else.
    pub val_protocol: String,
    /// What the network gives: `ten_over_metres` or `metres`.
    pub unit: DepthUnit,
    /// Samples in a batch.
    pub batch: usize,
    /// Width and height of the network's input, fixed or drawn for each batch; see [`SizePlan`].
    pub sizes: SizePlan,
}

impl Default for DataSection {
    fn default() -> Self {
        Self {
            data: String::new(),
            split: String::new(),
            limit: 0,
            val: String::new(),
            val_split: String::new(),
            val_scenes: String::new(),
            val_fraction: 0.0,
            val_limit: 0,
            val_protocol: "auto".into(),
            unit: DepthUnit::TenOverMetres,
            batch: 8,
            sizes: SizePlan::Fixed([304, 228]),
        }
    }
}

/// Where training starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StartSection {
    /// Weights, a file or a name that ships: an encoder or a whole network; `none` starts at random (Xavier).
    pub init: String,
    /// Leave the encoder as it is: no gradients, and its batch norms by their running statistics.
    pub freeze_encoder: bool,
    /// Batch norms use and update batch statistics, or stay with their running ones.
    pub batch_norm: NormMode,
    /// Share of the start in the weights that are validated and written, the rest being those in training; see
    /// [`super::origin`]. 0 keeps nothing of it.
    pub start_share: f64,
}

impl Default for StartSection {
    fn default() -> Self {
        let init = crate::weights::catalog::DEFAULT_ENCODER.into();
        Self { init, freeze_encoder: false, batch_norm: NormMode::Train, start_share: 0.0 }
    }
}

/// What batch norms do while training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormMode {
    /// Normalise by the batch and update the running statistics (decision A18).
    Train,
    /// Normalise by the running statistics, which stay.
    Frozen,
}

/// The rule of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptimizerKind {
    /// Weight decay added to the gradient, as `torch.optim.Adam` does.
    Adam,
    /// Weight decay apart from the gradient, as `torch.optim.AdamW` does.
    AdamW,
}

/// How a gradient becomes a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerSection {
    /// The rule.
    pub optimizer: OptimizerKind,
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Weight decay, on every parameter, norms included.
    pub weight_decay: f64,
    /// The encoder's rate as a factor of the others'.
    pub encoder_rate: f64,
    /// Largest global norm of the gradient; a larger one is scaled down to it. 0 leaves all as they are.
    pub clip: f64,
    /// Batches that make one step, as one large batch would: the batch loss weighs their samples against each other. Only batch
    /// norms in training normalise each batch by itself.
    pub accumulate: usize,
    /// Decay of the averaged weights (EMA) that are validated and written; 0 takes the last ones.
    pub ema: f64,
}

impl Default for OptimizerSection {
    fn default() -> Self {
        Self {
            optimizer: OptimizerKind::AdamW,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 1e-2,
            encoder_rate: 1.0,
            clip: 0.0,
            accumulate: 1,
            ema: 0.998,
        }
    }
}

/// How the rate changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleKind {
    /// Not at all.
    Constant,
    /// × `step_factor` every `step_epochs` epochs.
    Step,
    /// Up and down once over the run, as `torch.optim.lr_scheduler.OneCycleLR` (cosine).
    OneCycle,
}

/// Rate over time, and the length of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleSection {
    /// Learning rate; the highest one of a one-cycle schedule.
    pub rate: f64,
    /// How it changes.
    pub schedule: ScheduleKind,
    /// Factor of the step schedule.
    pub step_factor: f64,
    /// Epochs between its steps.
    pub step_epochs: usize,
    /// Share of all epochs in which the rate rises: by the cycle's own curve, or in a line for the other schedules.
    pub warmup: f64,
    /// With one_cycle: β₁ moves against the rate between 0.85 and 0.95, as PyTorch's does by default.
    pub cycle_momentum: bool,
    /// Epochs: schedule and growing sizes are spread over all of them. On resuming there may be more only where that changes
    /// no step that was made: with a constant or a step schedule without warm-up, and sizes that do not grow.
    pub epochs: usize,
    /// The run stops behind this many steps, 0 for no limit; the schedule is that of `epochs`, so that with a higher limit it
    /// goes on as if it had never stopped.
    pub max_steps: usize,
}

impl Default for ScheduleSection {
    fn default() -> Self {
        Self {
            rate: 5e-4,
            schedule: ScheduleKind::OneCycle,
            step_factor: 0.1,
            step_epochs: 5,
            warmup: 0.2,
            cycle_momentum: true,
            epochs: 20,
            max_steps: 0,
        }
    }
}

/// What happens after a step whose loss or gradient is not finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnNan {
    /// The rate is halved from there on.
    Halve,
    /// The run ends.
    Stop,
}

/// Everything that is no part of the recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunSection {
    /// Name for people and for the weights' metadata; empty takes the folder's.
    pub name: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Where to compute: auto, cpu, gpu, or a number from `devices`.
    pub device: String,
    /// Threads that decode and augment ahead.
    pub threads: usize,
    /// Megabytes that decoded pictures may stay in memory with.
    pub cache_mb: usize,
    /// Steps between checkpoints; 0 only after each epoch.
    pub checkpoint_every: usize,
    /// Steps between validations; 0 after each epoch.
    pub validate_every: usize,
    /// After a loss or gradient that is not finite: `halve` the rate, or `stop`.
    pub on_nan: OnNan,
    /// Weights are written in half precision; norms and their statistics stay in single precision.
    pub half: bool,
}

impl Default for RunSection {
    fn default() -> Self {
        Self {
            name: String::new(),
            seed: 0,
            device: "auto".into(),
            threads: 1,
            cache_mb: 1024,
            checkpoint_every: 100,
            validate_every: 0,
            on_nan: OnNan::Halve,
            half: false,
        }
    }
}
