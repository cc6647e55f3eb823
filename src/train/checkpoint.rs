//! [`Checkpoint`]: everything that a run needs to go on as if it had not stopped, in one file that is replaced whole.
//!
//! Tensors: `weights/NAME` (running statistics too), `m/NAME` and `v/NAME`, `ema/NAME`, `start/NAME`, `history`. Metadata: the
//! configuration as TOML and the position as JSON. Everything random is a function of the seed and the position, so there
//! is no other state.

use super::config::TrainConfig;
use super::history::History;
use super::origin::Origin;
use crate::atomic::write_atomic;
use crate::error::{Error, Result};
use crate::state_dict::{DType, HostTensor, StateDict};
use crate::weights::{read, safetensors_to};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// Name of the file in the run's folder.
pub const FILE: &str = "checkpoint.safetensors";
/// Version of this arrangement.
const VERSION: u32 = 1;
const CONFIG: &str = "msfnet_studio.training";
const POSITION: &str = "msfnet_studio.position";
const ORIGIN: &str = "msfnet_studio.start";

/// Where a run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Version of the checkpoint.
    pub version: u32,
    /// Steps behind it, those included that were left out for a gradient that was not finite.
    pub step: u64,
    /// Steps that the optimizer made.
    pub updates: u64,
    /// Factor of the rate: halved after every step that was left out.
    pub factor: f64,
    /// Step and REL of the best validation.
    pub best: Option<(u64, f64)>,
    /// Identifies the frames that are trained on; with others it would be another run.
    pub frames: String,
    /// What the weights that the run started from say of their data; empty for an encoder alone and for random ones, `None` in
    /// a checkpoint of an earlier version.
    #[serde(default)]
    pub init: Option<String>,
    /// Frames that the last validation measured; 0 before the first.
    #[serde(default)]
    pub measured: usize,
    /// Program that wrote it.
    pub program: String,
}

impl Position {
    /// Before the first step.
    pub fn new(frames: String) -> Self {
        let program = concat!("msfnet-studio ", env!("CARGO_PKG_VERSION")).to_owned();
        let (init, measured) = (None, 0);
        Self { version: VERSION, step: 0, updates: 0, factor: 1.0, best: None, frames, init, measured, program }
    }
}

/// A complete set.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// What the run was asked to do.
    pub config: TrainConfig,
    /// Where it is.
    pub position: Position,
    /// Weights and running statistics by name.
    pub weights: StateDict,
    /// The optimizer's moments as [`super::optimizer::Optimizer::save`] names them.
    pub moments: StateDict,
    /// Averaged weights and running statistics, where the run averages.
    pub average: Option<StateDict>,
    /// What the run started from, where its weights keep a share of that.
    pub origin: Option<Origin>,
    /// All rows.
    pub history: History,
}

impl Checkpoint {
    /// Writes it: a new file, synced, then made current; until then the previous one stays.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be written; the previous one is untouched.
    pub fn write(self, path: &Path) -> Result<()> {
        let packed = self.packed()?;
        write_atomic(path, |file| packed.write_to(file))
    }

    /// The first tensor that holds a number which is not finite: what no run can go on from.
    pub fn first_not_finite(&self) -> Option<String> {
        let origin = self.origin.as_ref().map(|origin| &origin.weights);
        let parts = [Some(&self.weights), self.average.as_ref(), Some(&self.moments), origin];
        parts.into_iter().flatten().find_map(not_finite)
    }

    /// Ready to be written.
    ///
    /// # Errors
    /// When the configuration cannot be written as text.
    pub fn packed(self) -> Result<Packed> {
        let json = |value: serde_json::Result<String>| {
            value.map_err(|error| Error::Failed(format!("the run's position cannot be stored ({error})")))
        };
        let position = json(serde_json::to_string(&self.position))?;
        let mut metadata = vec![("format", "pt".to_owned()), (CONFIG, self.config.to_toml()?), (POSITION, position)];
        let mut start = None;
        if let Some(origin) = self.origin {
            metadata.push((ORIGIN, json(serde_json::to_string(&origin.model))?));
            start = Some(origin.weights);
        }
        let mut tensors = self.moments;
        tensors.insert("history", self.history.tensor());
        for (prefix, part) in [("weights/", Some(self.weights)), ("ema/", self.average), ("start/", start)] {
            for (name, tensor) in part.into_iter().flatten() {
                tensors.insert(format!("{prefix}{name}"), tensor);
            }
        }
        Ok(Packed { tensors, metadata: metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect() })
    }

    /// Reads what [`Checkpoint::write`] wrote; `None` where there is no such file.
    ///
    /// # Errors
    /// [`Error::File`] when it is damaged, of a newer version, or something else.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        if !path.exists() {
            return Ok(None);
        }
        let file = read(path)?;
        let wrong = |what: &str| Error::file(path, what, "give another --out, or restore the file from a copy");
        let (Some(config), Some(position)) = (file.metadata.get(CONFIG), file.metadata.get(POSITION)) else {
            return Err(wrong("is no checkpoint of a training run"));
        };
        let version = serde_json::from_str::<serde_json::Value>(position).ok().and_then(|v| v["version"].as_u64());
        if version.is_some_and(|version| version > u64::from(VERSION)) {
            return Err(Error::file(path, "was written by a newer version", "update the program"));
        }
        let position: Position = serde_json::from_str(position).map_err(|_| wrong("has a damaged position"))?;
        let config = TrainConfig::from_toml(config)
            .map_err(|error| wrong(&format!("has a configuration that this version does not know ({error})")))?;
        let [mut weights, mut average, mut start, mut moments] = std::array::from_fn(|_| StateDict::new());
        let mut history = None;
        for (name, tensor) in file.tensors {
            match name.split_once('/') {
                Some(("weights", name)) => weights.insert(name, tensor),
                Some(("ema", name)) => average.insert(name, tensor),
                Some(("start", name)) => start.insert(name, tensor),
                Some(_) => moments.insert(name, tensor),
                None if name == "history" => history = Some(History::from_tensor(&tensor)?),
                None => return Err(wrong(&format!("has a tensor `{name}` that belongs to nothing"))),
            }
        }
        let history = history.ok_or_else(|| wrong("lacks its history"))?;
        let average = (!average.is_empty()).then_some(average);
        let model = file.metadata.get(ORIGIN).and_then(|text| serde_json::from_str(text).ok());
        let origin = model.filter(|_| !start.is_empty()).map(|model| Origin { weights: start, model });
        if origin.is_none() && config.start.start_share > 0.0 {
            return Err(wrong("lacks the weights that the run started from, of which it keeps a share"));
        }
        Ok(Some(Self { config, position, weights, moments, average, origin, history }))
    }
}

/// The first tensor of single precision in which a number is not finite.
pub(super) fn not_finite(tensors: &StateDict) -> Option<String> {
    let finite = |bytes: &[u8; 4]| f32::from_le_bytes(*bytes).is_finite();
    let broken =
        |tensor: &HostTensor| tensor.dtype == DType::F32 && !tensor.bytes.as_chunks::<4>().0.iter().all(finite);
    tensors.iter().find(|(_, tensor)| broken(tensor)).map(|(name, _)| name.to_owned())
}

/// The content of the file.
#[derive(Debug, Clone)]
pub struct Packed {
    tensors: StateDict,
    metadata: BTreeMap<String, String>,
}

impl Packed {
    /// Writes all of it.
    ///
    /// # Errors
    /// The writer's.
    pub fn write_to(&self, writer: &mut dyn Write) -> std::io::Result<()> {
        safetensors_to(writer, &self.tensors, &self.metadata)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "checkpoint_tests.rs"]
mod tests;
