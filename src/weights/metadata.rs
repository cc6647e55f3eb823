//! What a network is, in the metadata of its file; and what has to be asked where the file cannot say it.

use super::{WeightsFile, keys};
use crate::depth::DepthUnit;
use crate::error::{Error, Result};
use crate::net::config::{GateKind, ModelConfig, MsfnetConfig, RdrIntegrate};
use crate::state_dict::StateDict;
use std::collections::BTreeMap;
use std::path::Path;

/// Metadata key of the [`ModelConfig`] as JSON.
pub const CONFIG_KEY: &str = "msfnet_studio.config";
/// Metadata key of the version of this arrangement.
pub const VERSION_KEY: &str = "format_version";
/// The version that is written, and the newest that is read.
pub const VERSION: u32 = 1;
/// Metadata key that tells whole networks (`msfnet`) from encoders (`encoder`).
pub const KIND_KEY: &str = "kind";

/// A person's answers to what a bare state dict cannot say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answers {
    /// `--gate`.
    pub gate: Option<GateKind>,
    /// `--unit`.
    pub unit: Option<DepthUnit>,
    /// `--train-size`: width and height in pixels.
    pub train_size: Option<[usize; 2]>,
}

/// What is known of a network.
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// Everything.
    Complete(ModelConfig),
    /// These are still to be answered: `gate`, `unit`, `train-size`.
    Missing(Vec<&'static str>),
}

/// The configuration of a network, from its metadata or else from its tensors and the answers. Never from its name.
///
/// Tensors say whether there is an encoder, a gate and USF, and how wide; they do not say which gate, unit or size.
///
/// # Errors
/// [`Error::File`] when the metadata is damaged or newer than the program, or the weights are no MSFNet;
/// [`Error::Usage`] when an answer contradicts the metadata.
pub fn model_config(path: &Path, file: &WeightsFile, answers: &Answers) -> Result<Known> {
    if file.metadata.get(KIND_KEY).is_some_and(|kind| kind == "encoder") || keys::is_encoder_only(&file.tensors) {
        return Err(Error::file(
            path,
            "holds only an encoder, which cannot make depth",
            "choose a whole network, or train from it",
        ));
    }
    if let Some(config) = stored(path, &file.metadata)? {
        contradicted(path, &config, answers)?;
        return Ok(Known::Complete(config));
    }
    let network = structure(path, &file.tensors)?;
    // Without a gate's tensors there is no gate to ask for.
    let gate = if network.gate == GateKind::None { Some(GateKind::None) } else { answers.gate };
    if let (GateKind::None, Some(GateKind::CbamS | GateKind::Eda)) = (network.gate, answers.gate) {
        return Err(Error::Usage(format!("{}: has no gate's tensors; leave `--gate` away", path.display())));
    }
    if let (GateKind::Eda, Some(GateKind::None)) = (network.gate, answers.gate) {
        return Err(Error::Usage(format!(
            "{}: has a gate's tensors; say with `--gate` which: eda or cbam_s",
            path.display()
        )));
    }
    match (gate, answers.unit, answers.train_size) {
        (Some(gate), Some(unit), Some(train_size)) => {
            Ok(Known::Complete(ModelConfig { network: MsfnetConfig { gate, ..network }.into(), unit, train_size }))
        }
        (gate, unit, train_size) => {
            let asked = [("gate", gate.is_none()), ("unit", unit.is_none()), ("train-size", train_size.is_none())];
            Ok(Known::Missing(asked.into_iter().filter(|(_, asked)| *asked).map(|(name, _)| name).collect()))
        }
    }
}

/// The sentence that names the flags for what is missing.
pub fn missing_error(path: &Path, missing: &[&str]) -> Error {
    let means = |name: &str| match name {
        "gate" => "`--gate` (eda or cbam_s)",
        "unit" => "`--unit` (metres, ten_over_metres, disparity or relative)",
        _ => "`--train-size` (such as 304x228)",
    };
    let flags: Vec<&str> = missing.iter().map(|name| means(name)).collect();
    Error::Usage(format!(
        "{}: does not say what a bare state dict cannot say; give {}",
        path.display(),
        flags.join(", ")
    ))
}

/// The metadata entries of a configuration: the JSON that is read back and the same in words.
pub fn config_entries(config: &ModelConfig) -> Result<BTreeMap<String, String>> {
    let json =
        serde_json::to_string(config).map_err(|e| Error::Failed(format!("the configuration cannot be stored: {e}")))?;
    let unit = match config.unit {
        DepthUnit::Metres => "metres",
        DepthUnit::TenOverMetres => "10/metres",
        DepthUnit::Disparity => "disparity (inverse depth up to a factor)",
        DepthUnit::Relative => "depth up to a factor",
    };
    let [width, height] = config.train_size;
    Ok([
        // What other readers of safetensors look for: tensors as PyTorch lays them out.
        ("format", "pt".to_owned()),
        (VERSION_KEY, VERSION.to_string()),
        (KIND_KEY, "msfnet".to_owned()),
        (CONFIG_KEY, json),
        ("encoder", "EfficientNet-Lite0, TensorFlow convention".to_owned()),
        ("gate", config.network.gate().title().to_owned()),
        ("unit", unit.to_owned()),
        ("train_size", format!("{width}x{height}")),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into())
}

fn stored(path: &Path, metadata: &BTreeMap<String, String>) -> Result<Option<ModelConfig>> {
    let Some(json) = metadata.get(CONFIG_KEY) else { return Ok(None) };
    if let Some(version) = metadata.get(VERSION_KEY)
        && version.parse::<u32>().is_ok_and(|version| version > VERSION)
    {
        return Err(Error::file(
            path,
            format!("was written by a newer version (format {version})"),
            "update the program",
        ));
    }
    let damaged =
        || Error::file(path, "has metadata that does not describe a network of this program", "convert it again");
    let config: ModelConfig = serde_json::from_str(json).map_err(|_| damaged())?;
    let sizes = config.train_size.iter().all(|side| (32..=16_384).contains(side));
    let width = config.network.msfnet().is_none_or(|net| matches!(net.usf_width, 1..=64));
    if sizes && width { Ok(Some(config)) } else { Err(damaged()) }
}

fn contradicted(path: &Path, config: &ModelConfig, answers: &Answers) -> Result<()> {
    let flag = if answers.gate.is_some_and(|gate| gate != config.network.gate()) {
        "--gate"
    } else if answers.unit.is_some_and(|unit| unit != config.unit) {
        "--unit"
    } else if answers.train_size.is_some_and(|size| size != config.train_size) {
        "--train-size"
    } else {
        return Ok(());
    };
    Err(Error::Usage(format!("{}: says otherwise in its own metadata; leave `{flag}` away", path.display())))
}

/// The architecture as far as names and shapes show it; `gate` is `Eda` for "some gate".
fn structure(path: &Path, tensors: &StateDict) -> Result<MsfnetConfig> {
    let any = |prefix: &str| tensors.iter().any(|(name, _)| name.starts_with(prefix));
    let has = |name: &str| tensors.get(name).is_some();
    if !has("encoder._conv_stem.weight") || !has("conv2.weight") || !has("refine2.weight") {
        return Err(Error::file(
            path,
            "holds the tensors of another network",
            "choose the weights of an MSFNet on EfficientNet-Lite0",
        ));
    }
    let usf = any("usf.");
    let gate = if any("eda.") || any("gate.") { GateKind::Eda } else { GateKind::None };
    let size = |name: &str, axis: usize| tensors.get(name).and_then(|tensor| tensor.shape.get(axis).copied());
    let default = MsfnetConfig::default();
    // Up-block 0 does not enlarge, so its last convolution has as many outputs as a branch is wide.
    let usf_width =
        size("usf.up.0.conv3.weight", 0).filter(|width| (1..=64).contains(width)).unwrap_or(default.usf_width);
    let inputs = size("usf.rdr.out.weight", 1);
    let added = inputs.is_some() && inputs == size("usf.rdr.out.weight", 0);
    let rdr_integrate = if added { RdrIntegrate::Add } else { RdrIntegrate::Concat };
    Ok(MsfnetConfig { gate, usf, usf_width, rdr_integrate, ..default })
}
