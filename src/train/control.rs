//! What a person tells a run while it runs, and what it tells them.

use super::history::{Scores, StepRow};
use super::incidents::Incident;
use super::mix::SourceCount;
use crate::infer::model::Model;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Orders to a run, from any thread; each is carried out between two steps.
#[derive(Debug, Default)]
pub struct Control {
    attended: AtomicBool,
    paused: AtomicBool,
    stopped: AtomicBool,
    save: AtomicBool,
    /// Asked too whether to end: Ctrl-C has no other way to a run.
    asked: Option<fn() -> bool>,
}

impl Control {
    /// For a run that nobody watches: what would pause it ends it, resumable. `asked` says whether to end it.
    pub fn headless(asked: fn() -> bool) -> Self {
        Self { asked: Some(asked), ..Self::default() }
    }

    /// For a run under a panel: it waits, paused, until it is resumed or stopped.
    pub fn attended() -> Self {
        Self { attended: AtomicBool::new(true), ..Self::default() }
    }

    /// Pauses behind the step that is being made.
    pub fn pause(&self) {
        self.paused.store(true, Ordering::SeqCst);
    }

    /// Goes on.
    pub fn resume(&self) {
        self.paused.store(false, Ordering::SeqCst);
    }

    /// Ends behind the step that is being made, with a checkpoint.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    /// Asks for a checkpoint.
    pub fn save_now(&self) {
        self.save.store(true, Ordering::SeqCst);
    }

    /// Whether it is to end.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst) || self.asked.is_some_and(|asked| asked())
    }

    /// Whether it is to pause.
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::SeqCst)
    }

    /// Whether somebody can resume it.
    pub fn is_attended(&self) -> bool {
        self.attended.load(Ordering::SeqCst)
    }

    /// Takes the order to save.
    pub fn take_save(&self) -> bool {
        self.save.swap(false, Ordering::SeqCst)
    }
}

/// A sample of a step: its name, its loss and its batch-loss weight.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleLoss {
    /// Name of the frame.
    pub name: String,
    /// L_b, the sample's own depth loss.
    pub loss: f32,
    /// w_b, its weight in the batch.
    pub weight: f32,
}

/// What a run has to say, in order.
#[allow(clippy::large_enum_variant)] // a model comes once a validation
pub enum TrainEvent {
    /// It begins, or goes on.
    Started(Started),
    /// A step was made.
    Step {
        /// Its numbers.
        row: StepRow,
        /// Its samples.
        samples: Vec<SampleLoss>,
    },
    /// A sample could not be read and another took its place.
    Replaced {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// The held-out frames were measured.
    Validated {
        /// Behind which step.
        step: u64,
        /// The numbers.
        scores: Scores,
        /// Whether they are the best so far.
        best: bool,
        /// The weights that were measured, folded for inference: for pictures of one's own.
        model: Model,
    },
    /// A checkpoint is on the disk.
    Saved {
        /// Behind which step.
        step: u64,
    },
    /// A step was left out because its loss or gradient was not finite.
    RolledBack(Incident),
    /// It waits: a person asked, or something is missing.
    Paused {
        /// Why.
        reason: String,
    },
    /// It still waits; told a few times a second.
    Waiting,
    /// It goes on after a pause.
    Resumed,
    /// It is at its end or was stopped.
    Finished(Summary),
}

/// What a run consists of.
#[derive(Debug, Clone, PartialEq)]
pub struct Started {
    /// Steps that an earlier process made; `None` for a new run.
    pub resumed: Option<u64>,
    /// Steps of the whole run.
    pub steps: u64,
    /// Steps of an epoch, not always whole.
    pub steps_per_epoch: f64,
    /// Trainable parameters.
    pub parameters: usize,
    /// Layers that no weights were given for.
    pub random_layers: usize,
    /// Frames to train on.
    pub frames: usize,
    /// Frames held out.
    pub held_out: usize,
    /// What each source of the training data gives.
    pub sources: Vec<SourceCount>,
    /// The run's folder.
    pub folder: PathBuf,
}

/// How a run went.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Steps behind it.
    pub step: u64,
    /// Steps of the whole run; the same when it is at its end.
    pub steps: u64,
    /// The last loss.
    pub loss: f64,
    /// Step and scores of the best validation.
    pub best: Option<(u64, Scores)>,
    /// Step and scores of the last one.
    pub last: Option<(u64, Scores)>,
    /// Time of this process's steps.
    pub trained: Duration,
    /// Time of it that the device waited for data.
    pub waited: Duration,
    /// Pictures of this process.
    pub images: usize,
    /// The run's folder.
    pub folder: PathBuf,
}

impl Summary {
    /// Pictures in a second.
    pub fn images_per_second(&self) -> f64 {
        let seconds = self.trained.as_secs_f64();
        if seconds > 0.0 { self.images as f64 / seconds } else { 0.0 }
    }

    /// Share of the time in which the device waited for data.
    pub fn wait_share(&self) -> f64 {
        let seconds = self.trained.as_secs_f64();
        if seconds > 0.0 { self.waited.as_secs_f64() / seconds } else { 0.0 }
    }
}
