//! What a window tells the training's thread, and what that tells the window.

use super::TrainConfig;
use super::control::{Control, Started, Summary};
use super::dry_run::DryRun;
use super::hardest::Hardest;
use super::history::{History, Row, VALIDATION};
use super::incidents::Incident;
use super::watch::{Pin, Shot};
use crate::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

/// To the training's thread.
pub enum Order {
    /// Find data, make two steps, predict memory and time.
    Check {
        /// What would be trained.
        config: Box<TrainConfig>,
        /// What it is given up by.
        control: Arc<Control>,
    },
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
    /// The dry check ended; on which device it ran. [`Error::Interrupted`] when it was given up.
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
    /// Step of the newest checkpoint on the disk.
    pub saved: Option<u64>,
    /// Renderings: number of the pin, step, the maps or why there are none.
    pub shots: Vec<(u64, u64, Result<Arc<Shot>, String>)>,
}

/// Renderings of one picture that wait for the window: as many as it keeps. A night's validations would fill the memory.
const SHOTS: usize = 32;

impl News {
    /// Adds a rendering; where a picture has too many the one goes whose neighbours are nearest to each other in time.
    pub(super) fn shot(&mut self, pin: u64, step: u64, shot: Result<Arc<Shot>, String>) {
        self.shots.push((pin, step, shot));
        let own: Vec<usize> = (0..self.shots.len()).filter(|at| self.shots[*at].0 == pin).collect();
        let gap = |at: &usize| self.shots[own[at + 1]].1.saturating_sub(self.shots[own[at - 1]].1);
        if own.len() > SHOTS
            && let Some(at) = (1..own.len() - 1).min_by_key(gap)
        {
            drop(self.shots.remove(own[at]));
        }
    }
}

/// The row that a history makes of numbers.
pub(super) fn as_row(write: impl FnOnce(&mut History)) -> Option<Row> {
    let mut history = History::default();
    write(&mut history);
    history.rows().first().copied()
}

/// A validation's row with what the step before it had, where both are of the same step.
pub(super) fn with_step(step: Option<Row>, measured: Option<Row>) -> Option<Row> {
    match (step, measured) {
        (Some(row), Some(measured)) if row[0] == measured[0] => {
            Some(std::array::from_fn(|i| if i < VALIDATION { row[i] } else { measured[i] }))
        }
        (_, measured) => measured,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_looks_at_stays_small_and_covers_the_night() {
        let mut news = News::default();
        for step in 0..500 {
            for pin in [3, 5] {
                news.shot(pin, step, Err("none".into()));
            }
        }
        for pin in [3, 5] {
            let steps: Vec<u64> = news.shots.iter().filter(|shot| shot.0 == pin).map(|shot| shot.1).collect();
            assert_eq!((steps.len(), steps[0], steps[SHOTS - 1]), (SHOTS, 0, 499));
            assert!(steps.windows(2).all(|pair| pair[0] < pair[1] && pair[1] - pair[0] < 60), "{steps:?}");
        }
    }
}
