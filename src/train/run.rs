//! The loop of a run: steps, validations, checkpoints, orders, pauses. It is the same under a panel and without one.

use super::control::{Control, Summary, TrainEvent};
use super::keep::Validated;
use super::trainer::{Outcome, REMEDY, Trainer};
use crate::error::{Error, Result};
use crate::guard::guard;
use std::time::Duration;

/// What is said of a panic.
const BROKEN: &str = "the training broke down";

/// How often a paused run looks for orders.
const LOOK: Duration = Duration::from_millis(30);

impl Trainer {
    /// Runs to the end, or until it is told to stop; what a stopped run has done is in its checkpoint.
    ///
    /// # Errors
    /// What a headless run cannot go on with (data gone, disk full, device lost): it is resumable behind its last step, or,
    /// where even the checkpoint cannot be written, behind the last one that could. And numbers that are not finite five times
    /// in a row, or once where the run is to stop then.
    pub fn run(&mut self, control: &Control, on_event: &mut dyn FnMut(TrainEvent)) -> Result<Summary> {
        on_event(TrainEvent::Started(self.started.clone()));
        // First of all: a folder with anything else and no checkpoint could not be gone on with.
        guard(BROKEN, REMEDY, || self.keep())??;
        self.folder.tell(&self.config, &self.history)?;
        loop {
            if control.is_paused() && !control.is_stopped() {
                self.wait(control, "a pause was asked for", on_event);
            }
            // A device that is lost may panic anywhere: that is a reason to pause like any other.
            let done = guard(BROKEN, REMEDY, || self.turn(control, on_event));
            match done.unwrap_or_else(|error| Err(Turn::Hold(error))) {
                Ok(true) => break,
                Ok(false) => {}
                Err(Turn::Fatal(error)) => return Err(error),
                Err(Turn::Hold(error)) => {
                    // What was done stays, if disk and device let it: what is missing may be something else.
                    let _ = guard(BROKEN, REMEDY, || self.keep());
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
        if self.torn {
            self.mend().map_err(Turn::Hold)?;
        }
        if self.validation_is_due() && !control.is_stopped() {
            let step = self.position.step;
            match self.validate(&|| !control.is_stopped()) {
                Ok(Some(Validated::Done { scores, best, model })) => {
                    on_event(TrainEvent::Validated { step, scores, best, model });
                }
                Ok(Some(Validated::Back(outcome))) => tell(outcome, on_event)?,
                Ok(None) | Err(Error::Interrupted) => {}
                Err(error) => return Err(Turn::Hold(error)),
            }
            return Ok(false);
        }
        let ends = control.is_stopped() || self.is_over();
        if (control.take_save() || ends || self.save_is_due()) && self.saved != Some(self.position.step) {
            if let Some(name) = self.save().map_err(Turn::Hold)? {
                let outcome = self.go_back(name).map_err(Turn::Hold)?;
                tell(outcome, on_event)?;
                return Ok(false);
            }
            on_event(TrainEvent::Saved { step: self.position.step });
        }
        if ends {
            return Ok(true);
        }
        let outcome = self.step().map_err(Turn::Hold)?;
        tell(outcome, on_event)?;
        Ok(false)
    }

    fn wait(&mut self, control: &Control, reason: &str, on_event: &mut dyn FnMut(TrainEvent)) {
        on_event(TrainEvent::Paused { reason: reason.to_owned() });
        while control.is_paused() && !control.is_stopped() {
            if control.take_save() && self.saved != Some(self.position.step) {
                self.save_while_paused(on_event);
            }
            on_event(TrainEvent::Waiting);
            std::thread::sleep(LOOK);
        }
        if !control.is_stopped() {
            on_event(TrainEvent::Resumed);
        }
    }

    /// Writes everything; what cannot be written is a reason to wait on.
    fn save_while_paused(&mut self, on_event: &mut dyn FnMut(TrainEvent)) {
        let why = match guard(BROKEN, REMEDY, || self.save()).and_then(|saved| saved) {
            Ok(None) => return on_event(TrainEvent::Saved { step: self.position.step }),
            // The next turn goes back, as it does without a pause.
            Ok(Some(name)) => format!("`{name}` is not finite, so that nothing was saved; resume to go back"),
            Err(error) => error.to_string(),
        };
        on_event(TrainEvent::Paused { reason: why });
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

/// Tells what became of a step.
fn tell(outcome: Outcome, on_event: &mut dyn FnMut(TrainEvent)) -> Result<(), Turn> {
    match outcome {
        Outcome::Done { row, samples, replaced } => {
            for sample in replaced {
                on_event(TrainEvent::Replaced { name: sample.name, reason: sample.reason });
            }
            on_event(TrainEvent::Step { row, samples });
            Ok(())
        }
        Outcome::LeftOut { incident, fatal } => {
            on_event(TrainEvent::RolledBack(incident));
            fatal.map_or(Ok(()), |error| Err(Turn::Fatal(error)))
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
