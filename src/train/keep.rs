//! What a run leaves on the disk: its checkpoint, weights for others, rows for people; and nothing that is half changed or not
//! finite, so that there is always a set to go back to.

use super::checkpoint::{Checkpoint, not_finite};
use super::history::Scores;
use super::publish::{self, About, BEST, LAST, START};
use super::recover::ANEW;
use super::start;
use super::trainer::{Outcome, Trainer};
use super::validation::Measured;
use crate::error::{Error, Result};
use crate::infer::model::Model;
use crate::infer::prediction::ModelInfo;
use crate::infer::request::ModelRequest;
use crate::net::config::ModelConfig;
use crate::net::depth_network::DepthNetwork;
use crate::net::visit::Network;
use crate::state_dict::StateDict;
use std::collections::BTreeMap;

/// What became of a validation.
#[allow(clippy::large_enum_variant)] // one a validation
pub(super) enum Validated {
    /// The numbers, whether they are the best so far, and what was measured.
    Done { scores: Scores, best: bool, model: Model },
    /// Weights or depth were not finite: the run went back.
    Back(Outcome),
}

impl Trainer {
    /// The weights that count: averaged, where the run averages, and with its share of the start.
    ///
    /// # Errors
    /// When the device cannot hand them over.
    pub fn weights(&mut self) -> Result<StateDict> {
        let now = match &self.average {
            Some(average) => average.to_weights()?,
            None => self.network.to_weights()?,
        };
        Ok(self.mixed(now))
    }

    /// Those in training with the share of the start that the run keeps.
    fn mixed(&self, now: StateDict) -> StateDict {
        match &self.origin {
            Some(origin) => origin.mixed(self.config.start.start_share, now),
            None => now,
        }
    }

    /// The same, folded for inference.
    ///
    /// # Errors
    /// When the device cannot hold them.
    pub fn model(&mut self) -> Result<Model> {
        let mut weights = self.weights()?;
        let config = self.model_config();
        let mut network = DepthNetwork::new(&config.network, &self.device)?;
        network.load_weights(&mut weights)?;
        let info = ModelInfo {
            name: self.name(),
            path: self.folder.path().join(LAST),
            sha256: String::new(),
            config,
            metadata: BTreeMap::from([("data".to_owned(), self.data.clone())]),
            parameters: self.started.parameters,
            random: Vec::new(),
            notes: Vec::new(),
        };
        Ok(Model::from_network(network.fold()?, info, &self.device))
    }

    /// What the weights are by now: of the sizes that were drawn so far.
    fn model_config(&self) -> ModelConfig {
        let own = self.config.model_at(self.epoch() / (self.config.schedule.epochs as f64).max(1.0));
        match &self.origin {
            Some(origin) => origin.told(own),
            None => own,
        }
    }

    /// The weights that the run began with, folded for inference, as its folder has them; `None` where it has none, as a run
    /// that an earlier version began.
    pub fn start_model(&self) -> Option<Model> {
        let path = self.folder.path().join(START);
        let request = ModelRequest { path_or_name: path.to_string_lossy().into_owned(), ..ModelRequest::default() };
        path.is_file().then(|| Model::load(&request, &self.device).ok()).flatten()
    }

    /// What a model is worth on the held-out frames; `None` without any.
    ///
    /// # Errors
    /// As [`super::validation::Validation::measure`].
    pub fn measure(&self, model: &Model, go_on: &dyn Fn() -> bool) -> Result<Option<Measured>> {
        self.validation.as_ref().map(|validation| validation.measure(model, go_on)).transpose()
    }

    /// Measures the weights on the held-out frames; writes them when they are the best so far. `None` without such frames.
    ///
    /// # Errors
    /// As [`Trainer::measure`], and when the best weights cannot be written: no row and no file has changed then.
    pub(super) fn validate(&mut self, go_on: &dyn Fn() -> bool) -> Result<Option<Validated>> {
        self.come_by("validation");
        if let Some(name) = not_finite(&self.weights()?) {
            return Ok(Some(Validated::Back(self.go_back(name)?)));
        }
        let model = self.model()?;
        let (scores, frames) = match self.measure(&model, go_on)? {
            None => return Ok(None),
            Some(Measured::Scores { scores, frames }) => (scores, frames),
            Some(Measured::NotFinite { frame }) => {
                return Ok(Some(Validated::Back(self.go_back(format!("depth of {frame}"))?)));
            }
        };
        let step = self.position.step;
        let best = self.position.best.is_none_or(|(_, rel)| scores.rel < rel);
        self.position.measured = frames;
        if best {
            let weights = self.weights()?;
            self.publish(BEST, weights, Some((step, scores)))?;
            self.position.best = Some((step, scores.rel));
        }
        self.history.validation_at(step, self.epoch(), &scores);
        self.validated = Some(step);
        // The checkpoint of this step, if there is one, lacks the validation.
        self.saved = self.saved.filter(|saved| *saved != step);
        Ok(Some(Validated::Done { scores, best, model }))
    }

    /// Writes rows, weights and checkpoint; or nothing, and gives the name of the tensor that is not finite.
    ///
    /// # Errors
    /// [`Error::File`] when one cannot be written; the previous ones stay.
    pub fn save(&mut self) -> Result<Option<String>> {
        let set = self.set()?;
        if let Some(name) = set.first_not_finite() {
            return Ok(Some(name));
        }
        self.folder.tell(&self.config, &self.history)?;
        let weights = set.average.as_ref().unwrap_or(&set.weights).clone();
        let last = self.history.validations().next_back();
        if self.position.step == 0 {
            self.publish(START, weights.clone(), None)?;
        }
        self.publish(LAST, self.mixed(weights), last)?;
        self.write(set)?;
        self.saved = Some(self.position.step);
        Ok(None)
    }

    /// Writes the checkpoint of this step, unless the disk has one.
    ///
    /// # Errors
    /// When it cannot be written, or must not: half changed, or not finite. The previous one stays.
    pub(super) fn keep(&mut self) -> Result<()> {
        if self.kept == Some(self.position.step) {
            return Ok(());
        }
        let set = self.set()?;
        if let Some(name) = set.first_not_finite() {
            let what = format!("is not written: `{name}` holds a number that is not finite");
            let remedy = if self.position.step == 0 { "give other weights with --init" } else { ANEW };
            return Err(Error::file(self.folder.checkpoint(), what, remedy));
        }
        self.write(set)
    }

    /// What the next process goes on from.
    fn set(&mut self) -> Result<Checkpoint> {
        self.come_by("checkpoint");
        if self.torn {
            let what = "is not written: the device failed while the weights changed";
            return Err(Error::file(self.folder.checkpoint(), what, "resume from the one that is there"));
        }
        let mut moments = StateDict::new();
        self.optimizer.save(&mut moments)?;
        Ok(Checkpoint {
            config: self.config.clone(),
            position: self.position.clone(),
            weights: self.network.to_weights()?,
            moments,
            average: self.average.as_ref().map(|average| average.to_weights()).transpose()?,
            origin: self.origin.clone(),
            history: self.history.clone(),
        })
    }

    fn write(&mut self, set: Checkpoint) -> Result<()> {
        set.write(&self.folder.checkpoint())?;
        self.kept = Some(self.position.step);
        self.went_back = 0;
        Ok(())
    }

    fn publish(&self, file: &str, weights: StateDict, scores: Option<(u64, Scores)>) -> Result<()> {
        let accuracy = scores.zip(self.validation.as_ref()).map(|((step, scores), validation)| {
            // A run of an earlier version did not count them.
            let frames = if self.position.measured > 0 { self.position.measured } else { validation.len() };
            (validation.protocol(), frames, step, scores)
        });
        let (data, seen) = (self.data.clone(), self.seen);
        let (step, epoch) = (self.position.step, self.epoch());
        let model = if file == START { start::model(&self.config) } else { self.model_config() };
        let about = About { name: self.name(), data, step, epoch, accuracy, seen, model };
        publish::write(&self.folder.path().join(file), weights, &self.config, &about)
    }

    fn name(&self) -> String {
        let name = &self.config.run.name;
        if !name.is_empty() {
            return name.clone();
        }
        self.folder.path().file_name().map_or_else(|| "trained".to_owned(), |name| name.to_string_lossy().into_owned())
    }
}
