//! What a run would be, before it begins: data found, network, memory, the time of a step and of the whole.

use super::TrainConfig;
use super::control::Started;
use super::trainer::{Outcome, Phases, Trainer};
use crate::error::{Error, Result};
use burn::tensor::Device;
use std::time::{Duration, Instant};

/// Steps that are made: the first one pays for what later ones find ready.
const STEPS: usize = 2;

/// What was found.
#[derive(Debug, Clone)]
pub struct DryRun {
    /// Frames, steps, parameters.
    pub started: Started,
    /// Layers that no weights were given for.
    pub random_layers: usize,
    /// Bytes of weights, gradients, moments and averages.
    pub state_bytes: u64,
    /// Largest memory of the process after the steps that were made, in bytes, where the system says it.
    pub peak_bytes: Option<u64>,
    /// Width and height of the step that was timed.
    pub size: [usize; 2],
    /// Mean time of a step: that of the one that was timed, brought to the mean area of all sizes.
    pub step: Duration,
    /// Where the time of the timed step went.
    pub phases: Phases,
    /// Time of a validation; `None` without frames held out.
    pub validation: Option<Duration>,
    /// Validations of the run.
    pub validations: u64,
    /// Loss of the step that was timed.
    pub loss: f64,
}

impl DryRun {
    /// Time of the whole run.
    pub fn total(&self) -> Duration {
        let steps = self.step.as_secs_f64() * self.started.steps as f64;
        let validations = self.validation.map_or(0.0, |time| time.as_secs_f64()) * self.validations as f64;
        Duration::from_secs_f64(steps + validations)
    }
}

/// Opens the data, makes two steps and measures one held-out frame in a folder that is thrown away. Where sizes are drawn the
/// time of a step is brought to their mean area.
///
/// # Errors
/// As [`Trainer::begin`] and [`Trainer::step`]; when a loss is not finite.
pub fn dry_run(config: &TrainConfig, device: &Device) -> Result<DryRun> {
    let folder =
        tempfile::tempdir().map_err(|error| Error::Failed(format!("no temporary folder can be made ({error})")))?;
    let mut trainer = Trainer::begin(config.clone(), folder.path(), device)?;
    let (mut last, mut before) = (None, Phases::default());
    for _ in 0..STEPS {
        before = trainer.phases();
        match trainer.step()? {
            Outcome::Done { row, .. } => last = Some(row),
            Outcome::LeftOut { incident, .. } => {
                let tensor = incident.tensor;
                return Err(Error::Failed(format!(
                    "a step's `{tensor}` is not finite; give a lower --rate or --clip 1"
                )));
            }
        }
    }
    let row = last.unwrap_or_default();
    let now = trainer.phases();
    let phases = Phases {
        load: now.load - before.load,
        forward: now.forward - before.forward,
        backward: now.backward - before.backward,
        update: now.update - before.update,
    };
    let validation = one_validation(&mut trainer)?;
    let started = trainer.started().clone();
    let validations = match config.run.validate_every {
        0 => (started.steps as f64 / started.steps_per_epoch).ceil() as u64,
        every => started.steps / every as u64,
    };
    // Weights, gradients, two moments, and the average where there is one; four bytes each.
    let copies = 4 + u64::from(config.optimizer.ema > 0.0);
    let sizes = config.data.sizes.sizes();
    let mean = sizes.iter().map(|[w, h]| (w * h) as f64).sum::<f64>() / sizes.len().max(1) as f64;
    let [w, h] = row.size;
    let factor = if w * h > 0 { mean / (w * h) as f64 } else { 1.0 };
    Ok(DryRun {
        random_layers: started.random_layers,
        state_bytes: started.parameters as u64 * 4 * copies,
        peak_bytes: peak_bytes(),
        size: row.size,
        step: Duration::from_secs_f64(row.step_ms / 1e3 * factor),
        phases,
        validation,
        validations,
        loss: row.loss,
        started,
    })
}

/// Time of a whole validation, from that of its first frame.
fn one_validation(trainer: &mut Trainer) -> Result<Option<Duration>> {
    let frames = trainer.started().held_out;
    if frames == 0 {
        return Ok(None);
    }
    let model = trainer.model()?;
    let begun = Instant::now();
    let asked = std::cell::Cell::new(0);
    // The second question is behind the first frame.
    let go_on = || {
        asked.set(asked.get() + 1);
        asked.get() <= 1
    };
    match trainer.measure(&model, &go_on) {
        Ok(_) | Err(Error::Interrupted) => Ok(Some(begun.elapsed() * u32::try_from(frames).unwrap_or(u32::MAX))),
        Err(error) => Err(error),
    }
}

/// Largest resident memory of this process.
fn peak_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? << 10)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::fixtures;
    use super::*;

    #[test]
    fn a_dry_run_finds_everything_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let config = fixtures::config(&folder.path().join("data"), 8);
        let dry = dry_run(&config, &Device::flex()).unwrap();
        assert_eq!((dry.started.frames, dry.started.held_out, dry.started.steps, dry.validations), (6, 2, 6, 2));
        assert_eq!((dry.size, dry.state_bytes), ([64, 48], dry.started.parameters as u64 * 20));
        assert!(dry.loss.is_finite() && dry.step > Duration::ZERO && dry.total() > dry.step);
        assert!(dry.validation.is_some() && dry.random_layers > 10);
        let mut none = config;
        none.data.data = "nyu:/nowhere".into();
        assert!(dry_run(&none, &Device::flex()).is_err());
    }
}
