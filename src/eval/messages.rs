//! What the window and the evaluation's thread say to each other.

use super::evaluation::Times;
use super::job::Job;
use super::report::{FrameRow, Report, Skipped};
use crate::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

/// What the window asks for.
#[derive(Debug, Clone)]
pub enum Order {
    /// Run this. With the same output folder it goes on where an earlier run stopped.
    Start(Box<Job>),
    /// Wait after the frame at hand.
    Pause,
    /// Go on.
    Resume,
    /// End after the frame at hand; what is finished is kept.
    Cancel,
    /// Write tables and rows of this report into a folder, and the worst and best images as figures. While an evaluation
    /// runs it has the networks, and the figures are left out.
    Write(Arc<Report>, PathBuf),
    /// Read the results of an earlier run from its folder.
    Read(PathBuf),
}

/// How a run ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Every frame was done or skipped.
    Finished,
    /// Somebody stopped it.
    Cancelled,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// Data or a model is being opened.
    Opening(String),
    /// The run begins: its report without rows, and how many of them an earlier run did.
    Begun {
        /// Number of the run: batches carry it.
        run: u64,
        /// What will be filled.
        report: Box<Report>,
        /// Rows from the journal; they come as the first batch.
        resumed: usize,
    },
    /// It is over.
    Ended(End),
    /// It failed; what was finished is kept.
    Failed(Error),
    /// A report was written.
    Wrote {
        /// Number of files.
        files: usize,
        /// Why there are no figures among them, if there are none.
        without_figures: Option<String>,
        /// Where.
        folder: PathBuf,
    },
    /// Results of an earlier run.
    Read {
        /// They.
        report: Box<Report>,
        /// Whence.
        folder: PathBuf,
    },
    /// An order other than [`Order::Start`] could not be carried out, or came at the wrong time.
    Refused(Error),
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// Frames that are done or skipped, those of earlier runs among them.
    pub done: usize,
    /// Frames asked for.
    pub of: usize,
    /// Frames a second of this run, pauses left out.
    pub per_second: f64,
    /// Where the time goes.
    pub times: Times,
}

impl Progress {
    /// Seconds that are left at this pace; `None` before the first frame.
    pub fn left(&self) -> Option<f64> {
        (self.per_second > 0.0).then(|| self.of.saturating_sub(self.done) as f64 / self.per_second)
    }
}

/// What came since the window looked last. One that is not taken grows with the rows of its run and no further.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Of which run.
    pub run: u64,
    /// New rows with their frames' numbers in the data set.
    pub rows: Vec<(usize, FrameRow)>,
    /// Newly skipped frames.
    pub skipped: Vec<Skipped>,
    /// Frames asked for, by now.
    pub asked: usize,
    /// Frames without ground truth, by now.
    pub without_truth: usize,
    /// How far it is.
    pub progress: Progress,
}
