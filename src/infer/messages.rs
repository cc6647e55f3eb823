//! What the inference worker can be told, and what it tells.

use super::model::ModelRequest;
use super::prediction::ModelInfo;
use crate::device::{DeviceChoice, DeviceInfo};
use crate::error::Error;
use crate::eval::protocol::MeasureSettings;
use std::path::PathBuf;
use std::sync::Arc;

/// Which of the two places a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The model whose depth is shown.
    Main,
    /// The model it is compared with.
    Compare,
}

/// What the worker can be told.
#[derive(Debug, Clone)]
pub enum Command {
    /// Load a model into a slot; the one that runs there stays until the new one is ready.
    LoadModel {
        /// Where to.
        slot: Slot,
        /// What.
        request: ModelRequest,
    },
    /// Compare with nothing.
    UnloadCompare,
    /// Compute on another device; both models move there.
    Device(DeviceChoice),
    /// Network size; `None` chooses by the picture's shape.
    Size(Option<[usize; 2]>),
    /// Focal length along x in pixels of the picture, for pictures that do not know their own; `None` when nobody does.
    Focal(Option<f64>),
    /// How outputs are measured; the present one is measured anew at once.
    Measure(MeasureSettings),
    /// Send every tap of a slot's model on the present frame.
    Inspect(Slot),
}

/// What the worker tells.
#[derive(Debug, Clone)]
pub enum Event {
    /// A model is ready and is used from now on.
    ModelLoaded {
        /// Where.
        slot: Slot,
        /// Its card.
        info: Arc<ModelInfo>,
    },
    /// A model could not be loaded; the one before stays.
    ModelFailed {
        /// Where to.
        slot: Slot,
        /// Why.
        error: Error,
    },
    /// The weights cannot say what they are; ask the person and load again with the answers.
    NeedsAnswers {
        /// Where to.
        slot: Slot,
        /// The file.
        path: PathBuf,
        /// What is missing: `gate`, `unit`, `train-size`.
        missing: Vec<String>,
    },
    /// Nothing is compared with any more.
    Unloaded,
    /// The device in use.
    Device(DeviceInfo),
    /// The device could not be used; the one before stays.
    DeviceFailed(Error),
    /// A frame could not be predicted.
    FrameFailed {
        /// Its name.
        name: String,
        /// Why.
        error: Error,
    },
    /// Long work began: what.
    Busy(String),
    /// It ended.
    Idle,
}
