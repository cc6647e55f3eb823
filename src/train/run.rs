//! The loop of a run: steps, validations, checkpoints, orders, pauses. It is the same under a panel and without one.

use super::checkpoint::Checkpoint;
use super::control::{Control, Summary, TrainEvent};
use super::publish::{self, About, BEST, LAST};
use super::trainer::{Outcome, Trainer};
use crate::error::{Error, Result};
use crate::infer::model::Model;
use crate::infer::prediction::ModelInfo;
use crate::net::depth_network::DepthNetwork;
use crate::net::visit::Network;
use crate::state_dict::StateDict;
use std::collections::BTreeMap;
use std::time::Duration;

/// How often a paused run looks for orders.
const LOOK: Duration = Duration::from_millis(30);

impl Trainer {
    /// Runs to the end, or until it is told to stop; what a stopped run has done is in its checkpoint.
    ///
    /// # Errors
    /// What a headless run cannot go on with (data gone, disk full, device lost): it is resumable behind its last step, or,
    /// where even the checkpoint cannot be written, behind the last one that could. And a loss that is not finite five times in a row, or once where the run is to stop then.
    pub fn run(&mut self, control: &Control, on_event: &mut dyn FnMut(TrainEvent)) -> Result<Summary> {
        on_event(TrainEvent::Started(self.started.clone()));
        // First of all: a folder with anything else and no checkpoint could not be gone on with.
        self.keep()?;
        self.folder.tell(&self.config, &self.history)?;
        loop {
            if control.is_paused() && !control.is_stopped() {
                self.wait(control, "a pause was asked for", on_event);
            }
            let done = self.turn(control, on_event);
            match done {
                Ok(true) => break,
                Ok(false) => {}
                Err(Turn::Fatal(error)) => return Err(error),
                Err(Turn::Hold(error)) => {
                    // What was done stays, if the disk takes it: what is missing may be something else.
                    let _ = self.keep();
                    if !control.is_attended() || control.is_stopped() {
                        return Err(self.resumable(&error));
                    }
                    control.pause();
                    self.wait(control, &error.to_string(), on_event);
                }
            }
        }
        let summary = self.summary();
        on_event(TrainEvent::Finished(summary.clone()));
        Ok(summary)
    }

    /// What is due now: a validation, a checkpoint, the end, or a step. True at the end.
    fn turn(&mut self, control: &Control, on_event: &mut dyn FnMut(TrainEvent)) -> Result<bool, Turn> {
        if self.validation_is_due() && !control.is_stopped() {
            match self.validate(&|| !control.is_stopped()) {
                Ok(event) => event.into_iter().for_each(on_event),
                Err(Error::Interrupted) => {}
                Err(error) => return Err(Turn::Hold(error)),
            }
            return Ok(false);
        }
        let ends = control.is_stopped() || self.is_over();
        if (control.take_save() || ends || self.save_is_due()) && self.saved != Some(self.position.step) {
            self.save().map_err(Turn::Hold)?;
            on_event(TrainEvent::Saved { step: self.position.step });
        }
        if ends {
            return Ok(true);
        }
        match self.step().map_err(Turn::Hold)? {
            Outcome::Done { row, samples, replaced } => {
                for sample in replaced {
                    on_event(TrainEvent::Replaced { name: sample.name, reason: sample.reason });
                }
                on_event(TrainEvent::Step { row, samples });
            }
            Outcome::LeftOut { incident, fatal } => {
                on_event(TrainEvent::RolledBack(incident));
                if let Some(error) = fatal {
                    return Err(Turn::Fatal(error));
                }
            }
        }
        Ok(false)
    }

    fn wait(&self, control: &Control, reason: &str, on_event: &mut dyn FnMut(TrainEvent)) {
        on_event(TrainEvent::Paused { reason: reason.to_owned() });
        while control.is_paused() && !control.is_stopped() {
            std::thread::sleep(LOOK);
        }
        if !control.is_stopped() {
            on_event(TrainEvent::Resumed);
        }
    }

    fn resumable(&self, error: &Error) -> Error {
        let step = self.kept.unwrap_or(0);
        Error::Failed(format!(
            "{error}; training is paused behind step {}, give the same command again to go on from step {step}",
            self.position.step
        ))
    }

    /// Whether an epoch ended with the step that was made last.
    fn epoch_ended(&self) -> bool {
        let step = self.position.step as f64;
        let epochs = |step: f64| (step / self.started.steps_per_epoch + 1e-9).floor();
        step > 0.0 && epochs(step) > epochs(step - 1.0)
    }

    fn every(&self, steps: usize) -> bool {
        let step = self.position.step;
        step > 0 && if steps == 0 { self.epoch_ended() } else { step.is_multiple_of(steps as u64) }
    }

    fn validation_is_due(&self) -> bool {
        self.validation.is_some()
            && self.validated != Some(self.position.step)
            && (self.every(self.config.run.validate_every) || self.is_over())
    }

    fn save_is_due(&self) -> bool {
        // A new run saves its start: there is always a set to go back to.
        self.saved.is_none() || self.every(self.config.run.checkpoint_every) || self.epoch_ended()
    }

    /// The weights that count: averaged, where the run averages.
    ///
    /// # Errors
    /// When the device cannot hand them over.
    pub fn weights(&mut self) -> Result<StateDict> {
        match &self.average {
            Some(average) => average.to_weights(),
            None => self.network.to_weights(),
        }
    }

    /// The same, folded for inference.
    ///
    /// # Errors
    /// When the device cannot hold them.
    pub fn model(&mut self) -> Result<Model> {
        let mut weights = self.weights()?;
        let config = self.config.model();
        let mut network = DepthNetwork::new(&config.network, &self.device)?;
        network.load_weights(&mut weights)?;
        let info = ModelInfo {
            name: self.name(),
            path: self.folder.path().join(LAST),
            sha256: String::new(),
            config,
            metadata: BTreeMap::from([("data".to_owned(), self.feed.describe())]),
            parameters: self.started.parameters,
            random: Vec::new(),
            notes: Vec::new(),
        };
        Ok(Model::from_network(network.fold()?, info, &self.device))
    }

    /// What a model is worth on the held-out frames; `None` without any.
    ///
    /// # Errors
    /// As [`super::validation::Validation::measure`].
    pub fn measure(&self, model: &Model, go_on: &dyn Fn() -> bool) -> Result<Option<super::history::Scores>> {
        self.validation.as_ref().map(|validation| validation.measure(model, go_on)).transpose()
    }

    /// Measures the weights on the held-out frames; writes them when they are the best so far.
    fn validate(&mut self, go_on: &dyn Fn() -> bool) -> Result<Option<TrainEvent>> {
        let model = self.model()?;
        let Some(scores) = self.measure(&model, go_on)? else { return Ok(None) };
        let step = self.position.step;
        let best = self.position.best.is_none_or(|(_, rel)| scores.rel < rel);
        if best {
            let weights = self.weights()?;
            self.publish(BEST, weights, Some((step, scores)))?;
            self.position.best = Some((step, scores.rel));
        }
        self.history.validation(&scores);
        self.validated = Some(step);
        // The checkpoint of this step, if there is one, lacks the validation.
        self.saved = self.saved.filter(|saved| *saved != step);
        Ok(Some(TrainEvent::Validated { step, scores, best, model }))
    }

    /// Writes rows, weights and checkpoint.
    ///
    /// # Errors
    /// [`Error::File`] when one cannot be written; the previous ones stay.
    pub fn save(&mut self) -> Result<()> {
        self.folder.tell(&self.config, &self.history)?;
        let weights = self.weights()?;
        let last = self.history.validations().next_back();
        self.publish(LAST, weights, last)?;
        self.checkpoint()?;
        self.saved = Some(self.position.step);
        Ok(())
    }

    /// Writes the checkpoint of this step, unless the disk has one.
    fn keep(&mut self) -> Result<()> {
        if self.kept == Some(self.position.step) { Ok(()) } else { self.checkpoint() }
    }

    /// Writes what the next process goes on from.
    fn checkpoint(&mut self) -> Result<()> {
        let mut moments = StateDict::new();
        self.optimizer.save(&mut moments)?;
        let average = self.average.as_ref().map(|average| average.to_weights()).transpose()?;
        let checkpoint = Checkpoint {
            config: self.config.clone(),
            position: self.position.clone(),
            weights: self.network.to_weights()?,
            moments,
            average,
            history: self.history.clone(),
        };
        checkpoint.write(&self.folder.checkpoint())?;
        self.kept = Some(self.position.step);
        Ok(())
    }

    fn publish(&self, file: &str, weights: StateDict, scores: Option<(u64, super::history::Scores)>) -> Result<()> {
        let accuracy = scores.zip(self.validation.as_ref());
        let accuracy =
            accuracy.map(|((step, scores), validation)| (validation.protocol(), validation.len(), step, scores));
        let (data, step, epoch) = (self.feed.describe(), self.position.step, self.epoch());
        let about = About { name: self.name(), data, step, epoch, accuracy };
        publish::write(&self.folder.path().join(file), weights, &self.config, &about)
    }

    fn name(&self) -> String {
        let name = &self.config.run.name;
        if !name.is_empty() {
            return name.clone();
        }
        self.folder.path().file_name().map_or_else(|| "trained".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// How the run stands.
    pub fn summary(&self) -> Summary {
        let at = |step: u64| self.history.validations().find(|(at, _)| *at == step);
        Summary {
            step: self.position.step,
            steps: self.started.steps,
            loss: self.history.steps().next_back().map_or(f64::NAN, |row| row.loss),
            best: self.position.best.and_then(|(step, _)| at(step)),
            last: self.history.validations().next_back(),
            trained: self.trained,
            waited: self.waited,
            images: self.images,
            folder: self.folder.path().to_owned(),
        }
    }
}

/// Why a turn was not made.
enum Turn {
    /// It can be made once something is there again.
    Hold(Error),
    /// The run is over.
    Fatal(Error),
}
