//! `best.safetensors` and `last.safetensors`: weights that open like any others, with what is known about them inside.

use super::config::{NormMode, OptimizerKind, ScheduleKind, TrainConfig};
use super::feed::file_name;
use super::history::Scores;
use super::recover::ANEW;
use crate::data::dataset::Sources;
use crate::error::{Error, Result};
use crate::net::config::ModelConfig;
use crate::state_dict::StateDict;
use crate::weights::doctor::convert::{HELD_OUT_FRAMES, to_half};
use crate::weights::metadata::config_entries;
use crate::weights::write_safetensors;
use std::collections::BTreeMap;
use std::path::Path;

/// The best weights by REL on the held-out frames.
pub const BEST: &str = "best.safetensors";
/// The latest weights.
pub const LAST: &str = "last.safetensors";
/// Those that the run began with, for comparison.
pub const START: &str = "start.safetensors";

/// What accuracy was measured on where it is not accuracy.
const SEEN: &str = "held-out frames, some of which the weights that training started from may have been trained on";

/// What the weights' metadata say besides the configuration.
#[derive(Debug, Clone)]
pub struct About<'a> {
    /// Name of the weights.
    pub name: String,
    /// What was trained on, as `eval` reads it.
    pub data: String,
    /// Steps behind them.
    pub step: u64,
    /// Epochs behind them.
    pub epoch: f64,
    /// Accuracy on the held-out frames: protocol, number of frames, step at which it was measured, numbers.
    pub accuracy: Option<(&'a str, usize, u64, Scores)>,
    /// The weights that training started from may have been trained on some of those frames.
    pub seen: bool,
    /// What they are.
    pub model: ModelConfig,
}

/// Whether a file holds weights that were written behind that step of their run.
pub fn is_of(path: &Path, step: u64) -> bool {
    crate::weights::read(path).is_ok_and(|file| file.metadata.get("step") == Some(&step.to_string()))
}

/// Writes weights: whole or not at all.
///
/// # Errors
/// [`Error::File`] naming the tensor when a value is not finite, or too large for half precision where that is asked for;
/// and when the file cannot be written.
pub fn write(path: &Path, weights: StateDict, config: &TrainConfig, about: &About) -> Result<()> {
    let mut tensors = StateDict::new();
    for (name, tensor) in weights {
        if let Some(value) = tensor.to_f32().into_iter().find(|value| !value.is_finite()) {
            let what = format!("is not written: `{name}` holds {value}, which no network can run with");
            return Err(Error::file(path, what, ANEW));
        }
        // Norms, their statistics and biases stay in single precision: a variance can be beyond 65504.
        let half = config.run.half && tensor.shape.len() >= 2;
        let tensor = if half { to_half(path, &name, &tensor, "write single precision: --half off")? } else { tensor };
        tensors.insert(name, tensor);
    }
    write_safetensors(path, &tensors, &metadata(config, about)?)
}

fn metadata(config: &TrainConfig, about: &About) -> Result<BTreeMap<String, String>> {
    let mut all = config_entries(&about.model)?;
    let entries = [
        ("name", about.name.clone()),
        ("data", about.data.clone()),
        ("recipe", recipe(config)),
        ("training", told(config).to_toml()?),
        ("seed", config.run.seed.to_string()),
        ("step", about.step.to_string()),
        ("epoch", format!("{:.3}", about.epoch)),
        ("program", concat!("msfnet-studio ", env!("CARGO_PKG_VERSION")).to_owned()),
        (
            "precision",
            if config.run.half { "tensors of two and more dimensions in half precision" } else { "single" }.to_owned(),
        ),
        ("licence", "MIT OR Apache-2.0, as far as the weights that training started from allow".to_owned()),
    ];
    all.extend(entries.map(|(key, value)| (key.to_owned(), value)));
    if let Some((protocol, frames, step, scores)) = about.accuracy {
        let [d1, d2, d3] = scores.d;
        let mut json = serde_json::json!({
            "data": if about.seen { SEEN } else { HELD_OUT_FRAMES }, "frames": frames, "protocol": protocol, "step": step, "rel": scores.rel,
            "rmse": scores.rmse, "log10": scores.log10, "d1": d1, "d2": d2, "d3": d3,
        });
        if scores.edge_f1.iter().all(|f1| f1.is_finite()) {
            json["edge_f1"] = serde_json::json!(scores.edge_f1);
        }
        all.insert("accuracy".to_owned(), json.to_string());
    }
    Ok(all)
}

/// The configuration without the folders of this machine.
fn told(config: &TrainConfig) -> TrainConfig {
    let mut told = config.clone();
    for text in [&mut told.data.data, &mut told.data.val] {
        // What is no list of sources was never opened, so it names no folder.
        *text = text.parse::<Sources>().map_or_else(|_| String::new(), |sources| sources.told().to_string());
    }
    for path in [&mut told.data.split, &mut told.data.val_split, &mut told.data.val_scenes, &mut told.start.init] {
        *path = file_name(path);
    }
    told
}

/// The recipe in one line.
fn recipe(config: &TrainConfig) -> String {
    let TrainConfig { data, start, loss, optimizer, schedule, augment, .. } = config;
    let rule = match optimizer.optimizer {
        OptimizerKind::Adam => "Adam",
        OptimizerKind::AdamW => "AdamW",
    };
    let kind = match schedule.schedule {
        ScheduleKind::Constant => "constant rate".to_owned(),
        ScheduleKind::Step => format!("rate x {} every {} epochs", schedule.step_factor, schedule.step_epochs),
        ScheduleKind::OneCycle => format!("one-cycle schedule with {} % warm-up", 100.0 * schedule.warmup),
    };
    let mut parts = vec![
        format!("{rule}, learning rate {}, weight decay {}", schedule.rate, optimizer.weight_decay),
        kind,
        format!("batch {}, {} epochs, sizes {}", data.batch * optimizer.accumulate, schedule.epochs, data.sizes),
        format!("flip {}, channel permutation {}", augment.flip, augment.channel_permutation),
        format!("start {}", file_name(&start.init)),
    ];
    if augment.canonical_focal > 0.0 {
        let own = match augment.own_focal {
            own if own > 0.0 => format!(", all pictures of a camera with {own} of their longer side"),
            _ => String::new(),
        };
        parts.push(format!("depth for a focal length of {} pixels{own}", augment.canonical_focal));
    }
    if optimizer.ema > 0.0 {
        parts.push(format!("weights averaged with decay {}", optimizer.ema));
    }
    if start.start_share > 0.0 {
        parts.push(format!("{} of the start and the rest of these", start.start_share));
    }
    if start.freeze_encoder {
        parts.push("encoder frozen".to_owned());
    }
    if start.batch_norm == NormMode::Frozen {
        parts.push("batch norms frozen".to_owned());
    }
    let loss = serde_json::to_value(loss).unwrap_or_default();
    parts.push(format!("loss {}", loss["kind"].as_str().unwrap_or("msfnet")));
    parts.join("; ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::state_dict::{DType, HostTensor};
    use crate::weights::metadata::CONFIG_KEY;

    fn about(config: &TrainConfig) -> About<'static> {
        let scores = Scores { rel: 0.2, rmse: 0.7, log10: 0.08, d: [0.7, 0.9, 0.98], edge_f1: [f64::NAN; 3] };
        About {
            name: "mine".into(),
            data: "NYU Depth V2".into(),
            step: 7,
            epoch: 0.5,
            accuracy: Some(("hu_nyu", 3, 7, scores)),
            seen: false,
            model: config.model(),
        }
    }

    #[test]
    fn half_precision_keeps_statistics_and_refuses_what_does_not_fit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(BEST);
        let mut weights = StateDict::new();
        weights.insert("a.weight", HostTensor::from_f32([1, 2], &[1.0, 65504.0]));
        weights.insert("a.running_var", HostTensor::from_f32([1], &[96_885.0]));
        let mut config = TrainConfig::default();
        config.run.half = true;
        config.data.data = "nyu:/home/someone/nyu + pairs:/home/someone/p@256,f=721.5".into();
        (config.augment.canonical_focal, config.augment.own_focal) = (25.0, 0.75);
        write(&path, weights.clone(), &config, &about(&config)).unwrap();
        let file = crate::weights::read(&path).unwrap();
        assert_eq!(file.tensors.get("a.weight").unwrap().dtype, DType::F16);
        assert_eq!(file.tensors.get("a.running_var").unwrap().to_f32(), [96_885.0]);
        assert!(is_of(&path, 7) && !is_of(&path, 8) && !is_of(folder.path(), 7));
        assert!(file.metadata["accuracy"].contains("\"rel\":0.2") && !file.metadata["training"].contains("someone"));
        assert!(file.metadata["training"].contains("nyu:nyu + pairs:p@256,f=721.5"), "{}", file.metadata["training"]);
        assert_eq!(file.metadata["canonical_focal"], "25");
        assert_eq!(file.metadata["own_focal"], "0.75");
        assert!(
            file.metadata["recipe"]
                .contains("focal length of 25 pixels, all pictures of a camera with 0.75 of their longer side")
        );
        let stored: ModelConfig = serde_json::from_str(&file.metadata[CONFIG_KEY]).unwrap();
        assert_eq!((stored.canonical_focal, stored.own_focal), (Some(25.0), Some(0.75)));
        let before = std::fs::read(&path).unwrap();
        weights.insert("a.weight", HostTensor::from_f32([1, 2], &[1.0, 70_000.0]));
        let error = write(&path, weights.clone(), &config, &about(&config)).unwrap_err().to_string();
        for said in ["`a.weight`", "7e4", "65504", "--half off"] {
            assert!(error.contains(said), "{error}");
        }
        config.run.half = false;
        weights.insert("b.bias", HostTensor::from_f32([1], &[f32::NAN]));
        let error = write(&path, weights, &config, &about(&config)).unwrap_err().to_string();
        assert!(error.contains("`b.bias`"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "what was there stays");
    }
}
