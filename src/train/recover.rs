//! A step that must not count: what is taken back, what is written down, and when a run ends for it.

use super::average::Average;
use super::checkpoint::Checkpoint;
use super::config::OnNan;
use super::control::SampleLoss;
use super::incidents::{self, Incident, MOST};
use super::optimizer::Optimizer;
use super::trainer::{Outcome, Trainer};
use super::{TrainConfig, mode, states};
use crate::error::{Error, Result};
use crate::net::msfnet::Msfnet;
use crate::net::visit::Network;
use burn::tensor::Device;

/// What is left where a run cannot go on: its rate cannot be changed.
pub(super) const ANEW: &str = "begin anew in another --out with a lower --rate or with --clip 1";

impl Trainer {
    /// A step whose loss or gradient is not finite: nothing of it stays but the note.
    ///
    /// # Errors
    /// When the note cannot be written or the checkpoint not be read: the run is then where it was.
    pub(super) fn leave_out(&mut self, tensor: String, loss: f64, samples: Vec<SampleLoss>) -> Result<Outcome> {
        let broken = states::first_not_finite(&mut self.network)?;
        let samples = samples.into_iter().map(|sample| sample.name).collect();
        let incident = Incident { step: self.position.step + 1, tensor, loss, samples, action: String::new() };
        self.take_back(incident, broken)
    }

    /// Something in what would be kept behind the step at hand is not finite: back to the checkpoint, as behind a step that was
    /// left out.
    ///
    /// # Errors
    /// As [`Trainer::leave_out`].
    pub(super) fn go_back(&mut self, broken: String) -> Result<Outcome> {
        let loss = self.history.steps().next_back().map_or(f64::NAN, |row| row.loss);
        let tensor = broken.clone();
        let incident = Incident { step: self.position.step, tensor, loss, samples: Vec::new(), action: String::new() };
        self.take_back(incident, Some(broken))
    }

    fn take_back(&mut self, mut incident: Incident, broken: Option<String>) -> Result<Outcome> {
        let mut factor = self.position.factor;
        let mut action = "the step was left out".to_owned();
        let mut hopeless = None;
        let checkpoint = match &broken {
            Some(name) => {
                let path = self.folder.checkpoint();
                let Some(checkpoint) = Checkpoint::read(&path)? else {
                    let what = format!("is not there to go back to, and the weights are not finite (`{name}`)");
                    return Err(Error::file(path, what, ANEW));
                };
                let cause =
                    if *name == incident.tensor { String::new() } else { format!("`{name}` was not finite and ") };
                action = format!("{cause}all went back to step {}", checkpoint.position.step);
                // One that an earlier version wrote may be so itself.
                hopeless = checkpoint
                    .first_not_finite()
                    .map(|name| Error::file(&path, format!("holds a number in `{name}` that is not finite"), ANEW));
                Some(checkpoint)
            }
            None => None,
        };
        if self.config.run.on_nan == OnNan::Halve {
            factor *= 0.5;
            action += &format!("; the rate is multiplied by {factor} from here on");
        }
        incident.action = action;
        // Before anything changes: a full disk must not leave a step out without a note.
        incident.append(self.folder.path())?;
        self.position.factor = factor;
        self.in_a_row += 1;
        match checkpoint {
            Some(checkpoint) => {
                self.went_back += 1;
                self.reload(checkpoint)?;
            }
            None => self.position.step += 1,
        }
        let what = |why: &str| {
            let file = self.folder.path().join(incidents::FILE);
            Error::Failed(format!(
                "step {} has a `{}` that is not finite{why}; look into {}, then {ANEW}",
                incident.step,
                incident.tensor,
                file.display()
            ))
        };
        let fatal = if hopeless.is_some() {
            hopeless
        } else if self.config.run.on_nan == OnNan::Stop {
            Some(what(", and the run was to stop there"))
        } else if self.in_a_row >= MOST {
            Some(what(&format!(", as the {} before it", self.in_a_row - 1)))
        } else if self.went_back >= MOST {
            Some(what(&format!(", the {}th time since its last checkpoint", self.went_back)))
        } else {
            None
        };
        Ok(Outcome::LeftOut { incident, fatal })
    }

    /// Takes weights that were being changed when the device failed from the checkpoint.
    ///
    /// # Errors
    /// When it is gone, damaged, or the device fails again.
    pub(super) fn mend(&mut self) -> Result<()> {
        let path = self.folder.checkpoint();
        let gone = || Error::file(&path, "is gone, and the weights were half changed when the device failed", ANEW);
        let checkpoint = Checkpoint::read(&path)?.ok_or_else(gone)?;
        self.reload(checkpoint)
    }

    /// Goes back to a checkpoint of this run; the rate's factor is what it was here.
    fn reload(&mut self, checkpoint: Checkpoint) -> Result<()> {
        let factor = self.position.factor;
        self.torn = true;
        (self.position, self.history) = (checkpoint.position.clone(), checkpoint.history.clone());
        self.position.factor = factor;
        self.saved = Some(self.position.step);
        self.kept = self.saved;
        self.validated = self.history.validations().next_back().map(|(step, _)| step);
        (self.optimizer, self.average) = restore(&mut self.network, checkpoint, &self.config, &self.device)?;
        mode::apply(&mut self.network, &self.config.start)?;
        self.torn = false;
        Ok(())
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
