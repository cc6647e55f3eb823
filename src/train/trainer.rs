//! [`Trainer`]: a run in its folder, begun or resumed, and its single step.

use super::average::Average;
use super::checkpoint::Position;
use super::control::{SampleLoss, Started};
use super::feed::Feed;
use super::folder::RunFolder;
use super::gradients;
use super::history::{History, StepRow};
use super::incidents::Incident;
use super::optimizer::{Optimizer, Step};
use super::origin::Origin;
use super::pass::Pass;
use super::recover::restore;
use super::schedule::Schedule;
use super::states::States;
use super::validation::Validation;
use super::{TrainConfig, keys, mode, publish, start};
use crate::data::training::Replaced;
use crate::error::{Error, Result};
use crate::guard::guard;
use crate::net::msfnet::Msfnet;
use crate::net::visit::Network;
use burn::tensor::Device;
use std::path::Path;
use std::time::{Duration, Instant};

/// What helps against a device that fails; the batch of a run cannot change.
pub(super) const REMEDY: &str = "choose another --device, or begin anew in another --out with a smaller --batch";

/// A training run.
pub struct Trainer {
    pub(super) config: TrainConfig,
    pub(super) folder: RunFolder,
    /// Without autodiff.
    pub(super) device: Device,
    pub(super) network: Msfnet,
    pub(super) optimizer: Optimizer,
    pub(super) average: Option<Average>,
    pub(super) origin: Option<Origin>,
    pub(super) feed: Feed,
    /// What its weights say of their data.
    pub(super) data: String,
    /// Whether the weights that it started from may have been trained on frames that it holds out.
    pub(super) seen: bool,
    pub(super) validation: Option<Validation>,
    pub(super) schedule: Schedule,
    pub(super) position: Position,
    pub(super) history: History,
    pub(super) started: Started,
    /// Steps left out one after the other.
    pub(super) in_a_row: usize,
    /// Times that the run went back to its checkpoint since it was written.
    pub(super) went_back: usize,
    /// A change of weights, moments and averages was begun and not ended: nothing of them may be kept.
    pub(super) torn: bool,
    /// Step of the checkpoint on the disk.
    pub(super) kept: Option<u64>,
    /// Steps at which checkpoint and weights were written, and at which was validated last.
    pub(super) saved: Option<u64>,
    pub(super) validated: Option<u64>,
    /// Times and pictures of this process.
    pub(super) trained: Duration,
    pub(super) waited: Duration,
    pub(super) images: usize,
    pub(super) phases: Phases,
    #[cfg(test)]
    pub(super) poison: std::ops::Range<u64>,
    /// Where the device is lost, once, and behind which step.
    #[cfg(test)]
    pub(super) lost: Option<(&'static str, u64)>,
}

/// Where the time of a process's steps went. A GPU computes behind the program's back: there only the sum means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Phases {
    /// Waiting for batches and making tensors of them.
    pub load: Duration,
    /// Network and loss.
    pub forward: Duration,
    /// Gradients, and the copy of the numbers to the host.
    pub backward: Duration,
    /// Optimizer and averages.
    pub update: Duration,
}

/// What became of a step.
#[derive(Debug)]
pub enum Outcome {
    /// It was made.
    Done {
        /// Its numbers.
        row: StepRow,
        /// Its samples.
        samples: Vec<SampleLoss>,
        /// Samples that others stand in for.
        replaced: Vec<Replaced>,
    },
    /// It was left out: loss or gradient was not finite.
    LeftOut {
        /// What happened.
        incident: Incident,
        /// The run must end, with this sentence.
        fatal: Option<Error>,
    },
}

impl Trainer {
    /// Begins a run in a folder, or goes on with the one that is there.
    ///
    /// # Errors
    /// When the configuration makes no sense or is that of another run than the folder's, when data or weights cannot be
    /// read, and when another process trains into the folder.
    pub fn begin(config: TrainConfig, out: &Path, device: &Device) -> Result<Self> {
        config.validate()?;
        let (folder, checkpoint) = RunFolder::open(out)?;
        if let Some(checkpoint) = &checkpoint {
            keys::resumable(&checkpoint.config, &config)?;
        }
        let feed = Feed::open(&config)?;
        let validation = Validation::new(&config, &feed.held_out)?;
        let mut network = Msfnet::new(&config.network, &device.clone().autodiff())?;
        let (mut optimizer, mut average) = (Optimizer::new(&config.optimizer), None);
        let origin;
        let (mut position, mut history) = (Position::new(feed.fingerprint()), History::default());
        let mut random_layers = 0;
        let resumed = checkpoint.as_ref().map(|checkpoint| checkpoint.position.step);
        match checkpoint {
            Some(checkpoint) => {
                if checkpoint.position.frames != position.frames {
                    let what = "was trained on other frames than the data now have";
                    return Err(Error::file(out, what, "restore the data, or give another --out"));
                }
                (position, history) = (checkpoint.position.clone(), checkpoint.history.clone());
                position.init = position.init.or_else(|| Some(start::data(&config).unwrap_or_default()));
                origin = checkpoint.origin.clone();
                (optimizer, average) = restore(&mut network, checkpoint, &config, device)?;
            }
            None => {
                let mut start = start::weights(&config)?;
                random_layers = start.random.len();
                position.init = Some(start.data.take().unwrap_or_default());
                origin = Origin::new(&config, &start)?;
                network.load_weights(&mut start.weights)?;
                if config.optimizer.ema > 0.0 {
                    average = Some(Average::new(config.optimizer.ema, &mut network)?);
                }
            }
        }
        mode::apply(&mut network, &config.start)?;
        let init = position.init.as_deref().filter(|init| !init.is_empty());
        let (data, seen) = (feed.describe(init), init.is_some_and(|init| feed.is_known_to(init)));
        let (all, each) = scheduled(&config, feed.batches_per_epoch());
        let steps = if config.schedule.max_steps == 0 { all } else { all.min(config.schedule.max_steps as u64) };
        let validated = history.validations().next_back().map(|(step, _)| step);
        let started = Started {
            resumed,
            steps,
            steps_per_epoch: each,
            parameters: network.parameter_count()?,
            random_layers,
            frames: feed.frames.indices.len(),
            held_out: feed.held_out.indices.len(),
            sources: feed.sources().to_vec(),
            folder: out.to_owned(),
        };
        Ok(Self {
            schedule: Schedule::new(&config.schedule, config.optimizer.beta1, all, each),
            // A process that could keep its checkpoint but not write the weights left that to the next one.
            saved: resumed.filter(|step| publish::is_of(&folder.path().join(publish::LAST), *step)),
            kept: resumed,
            validated,
            config,
            folder,
            device: device.clone(),
            network,
            optimizer,
            average,
            origin,
            feed,
            data,
            seen,
            validation,
            position,
            history,
            started,
            in_a_row: 0,
            went_back: 0,
            torn: false,
            trained: Duration::ZERO,
            waited: Duration::ZERO,
            images: 0,
            phases: Phases::default(),
            #[cfg(test)]
            poison: 0..0,
            #[cfg(test)]
            lost: None,
        })
    }

    /// What the run consists of.
    pub fn started(&self) -> &Started {
        &self.started
    }

    /// Steps behind it.
    pub fn step_number(&self) -> u64 {
        self.position.step
    }

    /// Where the time of this process's steps went.
    pub fn phases(&self) -> Phases {
        self.phases
    }

    /// All rows so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Whether every step is made.
    pub fn is_over(&self) -> bool {
        self.position.step >= self.started.steps
    }

    /// One step: batches, loss, gradients; and, once all numbers are known to be finite, the change of the weights.
    ///
    /// # Errors
    /// When data cannot be read or the device fails. Weights and statistics are then as before the step; where it failed while
    /// they changed, [`Trainer::run`] takes those of its checkpoint.
    pub fn step(&mut self) -> Result<Outcome> {
        let begun = Instant::now();
        let before = States::of(&mut self.network)?;
        let computed = guard("the device gave up on a training step", REMEDY, || self.compute());
        let Pass { numbers, gradients, mut row, replaced } = match computed.and_then(|computed| computed) {
            Ok(computed) => computed,
            Err(error) => {
                before.put_back(&mut self.network)?;
                return Err(error);
            }
        };
        let finite = if numbers.terms[0].is_finite() { numbers.norm } else { Err("loss".to_owned()) };
        let norm = match finite {
            Ok(norm) => norm,
            Err(tensor) => {
                before.put_back(&mut self.network)?;
                return self.leave_out(tensor, numbers.terms[0], numbers.samples);
            }
        };
        let step = Step {
            rate: self.schedule.rate(self.position.step) * self.position.factor,
            beta1: self.schedule.beta1(self.position.step),
            factor: gradients::clip_factor(norm, self.config.optimizer.clip),
        };
        let updating = Instant::now();
        self.torn = true;
        self.optimizer.step(&mut self.network, gradients, step)?;
        self.come_by("update");
        if let Some(average) = &mut self.average {
            average.update(&mut self.network, self.position.updates)?;
        }
        self.phases.update += updating.elapsed();
        self.in_a_row = 0;
        self.position.step += 1;
        self.position.updates += 1;
        [row.loss, row.depth, row.gradient, row.ssim, row.auxiliary, row.normal, row.edge] = numbers.terms;
        row.step = self.position.step;
        row.epoch = self.epoch();
        (row.gradient_norm, row.rate, row.beta1) = (norm, step.rate, step.beta1);
        let took = begun.elapsed();
        row.step_ms = 1e3 * took.as_secs_f64();
        self.trained += took;
        self.images += row.images;
        self.history.step(&row);
        self.torn = false;
        Ok(Outcome::Done { row, samples: numbers.samples, replaced })
    }

    /// Comes by a place at which a test loses the device.
    pub(super) fn come_by(&mut self, place: &'static str) {
        #[cfg(test)]
        if self.lost == Some((place, self.position.step)) {
            self.lost = None;
            panic!("the device was lost at {place}");
        }
        let _ = place;
    }

    /// Epochs behind it, in parts.
    pub(super) fn epoch(&self) -> f64 {
        self.position.step as f64 / self.started.steps_per_epoch
    }
}

/// Steps of all epochs, over which everything is spread that changes with the place in the run, and of one.
pub(super) fn scheduled(config: &TrainConfig, batches: usize) -> (u64, f64) {
    let accumulate = config.optimizer.accumulate;
    let steps = (config.schedule.epochs.saturating_mul(batches) / accumulate).max(1);
    (steps as u64, batches as f64 / accumulate as f64)
}
