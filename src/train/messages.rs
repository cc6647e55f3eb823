//! What a window tells the training's thread, and what that tells the window.

use super::TrainConfig;
use super::control::{Control, Started, Summary};
use super::dry_run::DryRun;
use super::hardest::Hardest;
use super::history::Row;
use super::incidents::Incident;
use super::watch::{Pin, Shot};
use crate::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

/// To the training's thread.
pub enum Order {
    /// Find data, make two steps, predict memory and time.
    Check(Box<TrainConfig>),
    /// Begin a run in a folder, or go on with the one that is there.
    Start {
        /// What it is.
        config: Box<TrainConfig>,
        /// Its folder.
        out: PathBuf,
        /// What it is paused and stopped by.
        control: Arc<Control>,
    },
    /// What is watched from now on.
    Pins(Vec<Pin>),
}

/// From the training's thread, in order.
#[derive(Debug)]
pub enum Event {
    /// The dry check ended; on which device it ran.
    Checked(Result<(Box<DryRun>, String), Error>),
    /// A run is being opened: data, weights, device.
    Opening,
    /// A run began.
    Begun {
        /// Its number: news of another one are too late.
        run: u64,
        /// What it consists of.
        started: Box<Started>,
        /// Where it computes.
        device: String,
        /// The rows of earlier processes.
        rows: Vec<Row>,
    },
    /// A checkpoint is on the disk.
    Saved(u64),
    /// A step was left out.
    RolledBack(Incident),
    /// It waits, and why.
    Paused(String),
    /// It goes on.
    Resumed,
    /// It is at its end, or was stopped.
    Finished(Box<Summary>),
    /// It ended with a fault.
    Failed(Error),
}

/// What a run adds up between two looks of the window: nothing of it is lost when nobody looks for an hour.
#[derive(Debug, Default)]
pub struct News {
    /// Number of the run.
    pub run: u64,
    /// New rows; one of a step that was there already replaces it.
    pub rows: Vec<Row>,
    /// A validation was the best so far, behind this step.
    pub best: Option<u64>,
    /// Samples that could not be read, and the last of them with its reason.
    pub replaced: usize,
    /// The last of them.
    pub last_replaced: Option<(String, String)>,
    /// The newest list of hard samples.
    pub hardest: Option<Arc<Hardest>>,
    /// Renderings: number of the pin, step, the maps or why there are none.
    pub shots: Vec<(u64, u64, Result<Arc<Shot>, String>)>,
}
