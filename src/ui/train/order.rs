//! [`TrainOrder`]: what the Train tab asks for.

use crate::train::TrainConfig;
use std::path::PathBuf;

/// Something with trainings.
#[derive(Debug, Clone, PartialEq)]
pub enum TrainOrder {
    /// Look at data, memory and time before anything is trained.
    Check(Box<TrainConfig>),
    /// Give the check up that runs.
    GiveUp,
    /// Begin a run in a folder, or go on with it.
    Start(Box<TrainConfig>, PathBuf),
    /// Wait behind the step at hand.
    Pause,
    /// Go on.
    Resume,
    /// End behind the step at hand; all is saved.
    Stop,
    /// Write a checkpoint now.
    Save,
    /// Show the run of a folder.
    Open(PathBuf),
    /// Draw the curves of another run too.
    Beside(PathBuf),
    /// Write the curves that are drawn as a table.
    Csv,
    /// Draw the chart as a file.
    Png,
    /// The watched pictures changed.
    Pins,
}
