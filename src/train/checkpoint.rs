//! [`Checkpoint`]: everything that a run needs to go on as if it had not stopped, in one file that is replaced whole.
//!
//! Tensors: `weights/NAME` (running statistics too), `m/NAME` and `v/NAME`, `ema/NAME`, `history`. Metadata: the
//! configuration as TOML and the position as JSON. Everything random is a function of the seed and the position, so there
//! is no other state.

use super::config::TrainConfig;
use super::history::History;
use crate::atomic::write_atomic;
use crate::error::{Error, Result};
use crate::state_dict::StateDict;
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
    /// Program that wrote it.
    pub program: String,
}

impl Position {
    /// Before the first step.
    pub fn new(frames: String) -> Self {
        let program = concat!("msfnet-studio ", env!("CARGO_PKG_VERSION")).to_owned();
        Self { version: VERSION, step: 0, updates: 0, factor: 1.0, best: None, frames, program }
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

    /// Ready to be written.
    ///
    /// # Errors
    /// When the configuration cannot be written as text.
    pub fn packed(self) -> Result<Packed> {
        let json = serde_json::to_string(&self.position)
            .map_err(|error| Error::Failed(format!("the run's position cannot be stored ({error})")))?;
        let metadata = [("format", "pt".to_owned()), (CONFIG, self.config.to_toml()?), (POSITION, json)];
        let mut tensors = self.moments;
        tensors.insert("history", self.history.tensor());
        for (prefix, part) in [("weights/", Some(self.weights)), ("ema/", self.average)] {
            for (name, tensor) in part.into_iter().flatten() {
                tensors.insert(format!("{prefix}{name}"), tensor);
            }
        }
        Ok(Packed { tensors, metadata: metadata.map(|(key, value)| (key.to_owned(), value)).into() })
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
        let (mut weights, mut average, mut moments) = (StateDict::new(), StateDict::new(), StateDict::new());
        let mut history = None;
        for (name, tensor) in file.tensors {
            match name.split_once('/') {
                Some(("weights", name)) => weights.insert(name, tensor),
                Some(("ema", name)) => average.insert(name, tensor),
                Some(_) => moments.insert(name, tensor),
                None if name == "history" => history = Some(History::from_tensor(&tensor)?),
                None => return Err(wrong(&format!("has a tensor `{name}` that belongs to nothing"))),
            }
        }
        let history = history.ok_or_else(|| wrong("lacks its history"))?;
        let average = (!average.is_empty()).then_some(average);
        Ok(Some(Self { config, position, weights, moments, average, history }))
    }
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
mod tests {
    use super::*;
    use crate::state_dict::HostTensor;
    use crate::train::history::StepRow;
    use std::io::{Error as IoError, ErrorKind};

    fn checkpoint(step: u64) -> Checkpoint {
        let one = |name: &str, value: f32| {
            let mut dict = StateDict::new();
            dict.insert(name, HostTensor::from_f32([2], &[value, step as f32]));
            dict
        };
        let mut history = History::default();
        (1..=step).for_each(|step| history.step(&StepRow { step, loss: 0.1 * step as f64, ..StepRow::default() }));
        let position = Position { step, updates: step, best: Some((1, 1.0 / 3.0)), ..Position::new("abc".into()) };
        let mut moments = one("m/refine2.bias", 0.5);
        moments.insert("v/refine2.bias", HostTensor::from_f32([2], &[0.25, 1.0]));
        Checkpoint {
            config: TrainConfig::default(),
            position,
            weights: one("refine2.bias", 1.0),
            moments,
            average: Some(one("refine2.bias", 2.0)),
            history,
        }
    }

    /// A disk that fails at its `left`-th write: with nothing written, or with half of it.
    struct Failing<'a> {
        inner: &'a mut dyn Write,
        left: usize,
        half: bool,
    }

    impl Write for Failing<'_> {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if self.left == 0 {
                if self.half && bytes.len() > 1 {
                    self.inner.write_all(&bytes[..bytes.len() / 2])?;
                }
                return Err(IoError::from(ErrorKind::StorageFull));
            }
            self.left -= 1;
            self.inner.write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            self.inner.flush()
        }
    }

    #[test]
    fn a_set_is_read_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        assert!(Checkpoint::read(&path).unwrap().is_none());
        for step in [0, 3] {
            let set = checkpoint(step);
            set.clone().write(&path).unwrap();
            let back = Checkpoint::read(&path).unwrap().unwrap();
            assert_eq!((&back.config, &back.position, &back.weights), (&set.config, &set.position, &set.weights));
            assert_eq!((&back.moments, &back.average), (&set.moments, &set.average));
            assert_eq!(back.history.csv(), set.history.csv());
        }
    }

    #[test]
    fn a_writer_that_stops_at_any_call_leaves_the_previous_set() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        checkpoint(1).write(&path).unwrap();
        let before = std::fs::read(&path).unwrap();
        let packed = checkpoint(2).packed().unwrap();
        let mut finished = None;
        for left in 0..1000 {
            for half in [false, true] {
                let wrote = write_atomic(&path, |file| packed.write_to(&mut Failing { inner: file, left, half }));
                if wrote.is_ok() {
                    finished = Some(left);
                    break;
                }
                assert_eq!(std::fs::read(&path).unwrap(), before, "stopped at write {left}");
                assert_eq!(Checkpoint::read(&path).unwrap().unwrap().position.step, 1);
                assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half is left");
            }
            if finished.is_some() {
                break;
            }
        }
        assert!(finished.is_some_and(|writes| writes >= 6), "length, header and each tensor are writes: {finished:?}");
        assert_eq!(Checkpoint::read(&path).unwrap().unwrap().position.step, 2);
    }

    #[test]
    fn what_is_no_checkpoint_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        crate::weights::write_safetensors(&path, &checkpoint(1).weights, &BTreeMap::new()).unwrap();
        let error = Checkpoint::read(&path).unwrap_err().to_string();
        assert!(error.contains("no checkpoint"), "{error}");
        let mut newer = checkpoint(1);
        newer.position.version = VERSION + 1;
        newer.write(&path).unwrap();
        assert!(Checkpoint::read(&path).unwrap_err().to_string().contains("newer version"));
        checkpoint(1).write(&path).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for end in [0, 9, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..end]).unwrap();
            assert!(Checkpoint::read(&path).is_err(), "cut at {end}");
        }
    }
}
