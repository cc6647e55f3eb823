//! What a run would be, before it begins: data found, network, memory, the time of a step and of the whole.

use super::TrainConfig;
use super::control::{Control, Started};
use super::feed::Frames;
use super::trainer::{Outcome, Phases, Trainer};
use super::validation::Validation;
use crate::data::dataset::{DataKind, Dataset, GroundTruth};
use crate::data::training::SizePlan;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;
use burn::tensor::Device;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
/// steps are of the largest, and their time is brought to the mean area of the run.
///
/// # Errors
/// As [`Trainer::begin`] and [`Trainer::step`]; when a loss is not finite.
pub fn dry_run(config: &TrainConfig, device: &Device) -> Result<DryRun> {
    dry_run_under(config, device, &Arc::default())
}

/// The same, given up between two frames or steps once `control` says to stop.
///
/// # Errors
/// As [`dry_run`]; [`Error::Interrupted`] when it was given up.
pub fn dry_run_under(config: &TrainConfig, device: &Device, control: &Arc<Control>) -> Result<DryRun> {
    let folder =
        tempfile::tempdir().map_err(|error| Error::Failed(format!("no temporary folder can be made ({error})")))?;
    // At the largest size that can come: the memory of these steps is what the run needs.
    let mut largest = config.clone();
    largest.data.sizes = SizePlan::Fixed(config.data.sizes.largest());
    let mut trainer = Trainer::begin(largest, folder.path(), device)?;
    let (inner, over) = (trainer.feed.frames.dataset.clone(), Arc::new(AtomicBool::new(false)));
    trainer.feed.frames.dataset = Arc::new(Halting { inner, control: control.clone(), over: over.clone() });
    let found = look(&mut trainer, config, control);
    // The loader is ahead by now, at frames that nobody waits for.
    over.store(true, Ordering::Release);
    if control.is_stopped() { Err(Error::Interrupted) } else { found }
}

/// What there is to find with an open trainer.
fn look(trainer: &mut Trainer, config: &TrainConfig, control: &Control) -> Result<DryRun> {
    let go_on = || if control.is_stopped() { Err(Error::Interrupted) } else { Ok(()) };
    let (mut last, mut before) = (None, Phases::default());
    for _ in 0..STEPS {
        go_on()?;
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
    go_on()?;
    let validation = one_validation(trainer, config, control)?;
    let started = trainer.started().clone();
    let validations = match config.run.validate_every {
        0 => (started.steps as f64 / started.steps_per_epoch).ceil() as u64,
        every => started.steps / every as u64,
    };
    // Weights, gradients, two moments, and the average and the start where they are kept; four bytes each.
    let copies = 4 + u64::from(config.optimizer.ema > 0.0) + u64::from(config.start.start_share > 0.0);
    let mean = config.data.sizes.mean_area();
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

/// Time of a whole validation, from that of its first frame; a frame that cannot be measured is said here, not at the end of
/// the first epoch.
fn one_validation(trainer: &mut Trainer, config: &TrainConfig, control: &Control) -> Result<Option<Duration>> {
    let held_out = &trainer.feed.held_out;
    let count = u32::try_from(held_out.indices.len()).unwrap_or(u32::MAX);
    let first = held_out.indices.iter().take(1).copied().collect();
    let Some(one) = Validation::new(config, &Frames { dataset: held_out.dataset.clone(), indices: first })? else {
        return Ok(None);
    };
    let model = trainer.model()?;
    let begun = Instant::now();
    one.measure(&model, &|| !control.is_stopped())?;
    Ok(Some(begun.elapsed() * count))
}

/// A data set that gives no more frames once the check was given up, or is over: a batch of rendered pictures can take a
/// minute, and whoever waits for it is not asked meanwhile.
struct Halting {
    inner: Arc<dyn Dataset>,
    control: Arc<Control>,
    over: Arc<AtomicBool>,
}

impl Halting {
    fn go_on(&self) -> Result<()> {
        let halted = self.control.is_stopped() || self.over.load(Ordering::Acquire);
        if halted { Err(Error::Interrupted) } else { Ok(()) }
    }
}

impl Dataset for Halting {
    fn spec(&self) -> &str {
        self.inner.spec()
    }

    fn kind(&self) -> DataKind {
        self.inner.kind()
    }

    fn names(&self) -> &[String] {
        self.inner.names()
    }

    fn scene(&self, index: usize) -> Option<&str> {
        self.inner.scene(index)
    }

    fn part(&self, index: usize) -> Option<(usize, &dyn Dataset, usize)> {
        self.inner.part(index)
    }

    fn frame(&self, index: usize) -> Result<Frame> {
        self.go_on()?;
        self.inner.frame(index)
    }

    fn truth(&self, index: usize) -> Result<Option<GroundTruth>> {
        self.go_on()?;
        self.inner.truth(index)
    }

    fn intrinsics(&self, index: usize) -> Result<Option<Intrinsics>> {
        self.inner.intrinsics(index)
    }

    fn listed(&self) -> bool {
        self.inner.listed()
    }

    fn without_truth(&self) -> usize {
        self.inner.without_truth()
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
        // What a validation cannot measure is said before the first epoch is behind.
        let mut other = config.clone();
        other.data.val_protocol = "hu_nyu".into();
        let error = dry_run(&other, &Device::flex()).unwrap_err().to_string();
        assert!(error.contains("hu_nyu is defined on"), "{error}");
        let mut none = config;
        none.data.data = "nyu:/nowhere".into();
        assert!(dry_run(&none, &Device::flex()).is_err());
    }

    #[test]
    fn a_check_that_was_given_up_reads_no_more_frames() {
        let folder = tempfile::tempdir().unwrap();
        let config = fixtures::config(&folder.path().join("data"), 8);
        let control = Arc::new(Control::attended());
        let (_, inner) = super::super::mix::open(&config.data.data, "", 0).unwrap();
        let halting = Halting { inner: inner.clone(), control: control.clone(), over: Arc::default() };
        assert_eq!((halting.names(), halting.scene(3)), (inner.names(), inner.scene(3)));
        assert_eq!(halting.frame(0).unwrap().rgb, inner.frame(0).unwrap().rgb);
        control.stop();
        assert!(matches!(halting.frame(0), Err(Error::Interrupted)));
        assert!(matches!(halting.truth(0), Err(Error::Interrupted)));
        assert!(matches!(dry_run_under(&config, &Device::flex(), &control), Err(Error::Interrupted)));
        // One that is over says so to its loader alone.
        let (control, over) = (Arc::new(Control::attended()), Arc::new(AtomicBool::new(true)));
        let halting = Halting { inner, control: control.clone(), over };
        assert!(matches!(halting.frame(0), Err(Error::Interrupted)) && !control.is_stopped());
    }
}
