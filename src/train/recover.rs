//! A step that must not count: what is taken back, what is written down, and when a run ends for it.

use super::average::Average;
use super::checkpoint::Checkpoint;
use super::config::OnNan;
use super::control::SampleLoss;
use super::incidents::{Incident, MOST};
use super::optimizer::Optimizer;
use super::trainer::{Outcome, Trainer};
use super::{TrainConfig, mode, states};
use crate::error::{Error, Result};
use crate::net::msfnet::Msfnet;
use crate::net::visit::Network;
use burn::tensor::Device;

impl Trainer {
    /// A step whose loss or gradient is not finite: nothing of it stays but the note.
    pub(super) fn leave_out(&mut self, tensor: String, loss: f64, samples: Vec<SampleLoss>) -> Result<Outcome> {
        self.in_a_row += 1;
        let number = self.position.step + 1;
        let mut action = "the step was left out".to_owned();
        if let Some(name) = states::first_not_finite(&mut self.network)? {
            let Some(checkpoint) = Checkpoint::read(&self.folder.checkpoint())? else {
                return Err(Error::Failed(format!(
                    "the weights are not finite (`{name}`) and there is no checkpoint yet"
                )));
            };
            let step = checkpoint.position.step;
            self.reload(checkpoint)?;
            action = format!("the weights were not finite (`{name}`) and went back to step {step}");
        } else {
            self.position.step += 1;
        }
        if self.config.run.on_nan == OnNan::Halve {
            self.position.factor *= 0.5;
            action += &format!("; the rate is multiplied by {} from here on", self.position.factor);
        }
        let samples = samples.into_iter().map(|sample| sample.name).collect();
        let incident = Incident { step: number, tensor, loss, samples, action };
        let what = |why: &str| {
            Error::Failed(format!(
                "step {number} has a `{}` that is not finite{why}; look into incidents.csv, then begin anew with a lower \
                 --rate or with --clip 1",
                incident.tensor
            ))
        };
        let fatal = if self.config.run.on_nan == OnNan::Stop {
            Some(what(", and the run was to stop there"))
        } else if self.in_a_row >= MOST {
            Some(what(&format!(", as the {} before it", self.in_a_row - 1)))
        } else {
            None
        };
        incident.append(self.folder.path())?;
        Ok(Outcome::LeftOut { incident, fatal })
    }

    /// Goes back to a checkpoint of this run; the rate's factor is what it was here.
    fn reload(&mut self, checkpoint: Checkpoint) -> Result<()> {
        let factor = self.position.factor;
        (self.position, self.history) = (checkpoint.position.clone(), checkpoint.history.clone());
        self.position.factor = factor;
        (self.optimizer, self.average) = restore(&mut self.network, checkpoint, &self.config, &self.device)?;
        self.saved = Some(self.position.step);
        self.validated = self.history.validations().next_back().map(|(step, _)| step);
        mode::apply(&mut self.network, &self.config.start)
    }
}

/// Weights, moments and averages of a checkpoint on the device.
pub(super) fn restore(
    network: &mut Msfnet,
    checkpoint: Checkpoint,
    config: &TrainConfig,
    device: &Device,
) -> Result<(Optimizer, Option<Average>)> {
    let Checkpoint { position, mut weights, mut moments, average, .. } = checkpoint;
    network.load_weights(&mut weights)?;
    let optimizer = Optimizer::load(&config.optimizer, position.updates, &mut moments, device)?;
    let average = average.map(|average| Average::from_weights(config.optimizer.ema, &average, device));
    Ok((optimizer, average))
}
