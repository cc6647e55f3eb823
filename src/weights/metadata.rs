//! What a network is, in the metadata of its file; and what has to be asked where the file cannot say it.

use super::identity::Identity;
use super::open::Opened;
use crate::depth::DepthUnit;
use crate::error::{Error, Result};
use crate::net::config::{GateKind, ModelConfig, MsfnetConfig, NetworkConfig, OWN_FOCAL_RANGE, TrainedSizes};
use std::collections::BTreeMap;
use std::path::Path;

/// Metadata key of the [`ModelConfig`] as JSON.
pub const CONFIG_KEY: &str = "msfnet_studio.config";
/// Metadata key of the version of this arrangement.
pub const VERSION_KEY: &str = "format_version";
/// The version that is written, and the newest that is read.
pub const VERSION: u32 = 1;
/// Metadata key of the canonical focal length in pixels, for other readers; the configuration has it too.
pub const FOCAL_KEY: &str = "canonical_focal";
/// Key of the focal length of the one camera that took all pictures, as a share of their longer side.
pub const OWN_FOCAL_KEY: &str = "own_focal";
/// Metadata key that tells whole networks (`msfnet`, `monodepth2`, `hu`) from encoders (`encoder`).
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
/// [`Error::File`] when the metadata is damaged or newer than the program, or the weights are no depth network;
/// [`Error::Usage`] when an answer contradicts the metadata.
pub fn model_config(opened: &Opened, answers: &Answers) -> Result<Known> {
    let path = &opened.path;
    if let Some([w, h]) = answers.train_size.filter(|size| !size_is_possible(size)) {
        return Err(Error::Usage(format!(
            "`--train-size {w}x{h}`: no network was trained at that; give 32x32 to 16384x16384"
        )));
    }
    if let Some(config) = stored(path, &opened.metadata)? {
        contradicted(path, &config, answers)?;
        return Ok(Known::Complete(config));
    }
    match &opened.identity {
        Identity::Network(NetworkConfig::Msfnet(network)) => msfnet(path, network, answers),
        Identity::Network(NetworkConfig::Monodepth2 { monodepth2 }) => {
            no_gate(path, answers)?;
            self::monodepth2(path, &opened.metadata, monodepth2.layers, answers)
        }
        Identity::Network(network @ NetworkConfig::Hu { .. }) => {
            no_gate(path, answers)?;
            // There is one training of it: NYU at 304×228, output in metres (reference.md 3.1).
            let unit = answers.unit.unwrap_or(DepthUnit::Metres);
            let train_size = answers.train_size.unwrap_or([304, 228]);
            Ok(Known::Complete(ModelConfig::new(network.clone(), unit, train_size)))
        }
        Identity::Encoder { kind, .. } => Err(Error::file(
            path,
            format!("holds only an encoder, which cannot make depth ({})", kind.title()),
            "choose a whole network, train from it, or load it as a starting point with --start",
        )),
        Identity::DepthDecoder => Err(Error::file(
            path,
            "is the decoder of a Monodepth2 model without its encoder",
            "put `encoder.pth` beside it and open the folder",
        )),
        Identity::Pose(what) => {
            Err(Error::file(path, format!("is {what}, and makes no depth"), "choose the depth network"))
        }
        Identity::Unknown => Err(Error::file(
            path,
            "holds the tensors of another network",
            "choose the weights of an MSFNet, of Monodepth2 or of Hu et al.; `weights inspect` says what it resembles",
        )),
    }
}

fn no_gate(path: &Path, answers: &Answers) -> Result<()> {
    match answers.gate {
        Some(GateKind::CbamS | GateKind::Eda) => {
            Err(Error::Usage(format!("{}: has no gate's tensors; leave `--gate` away", path.display())))
        }
        _ => Ok(()),
    }
}

/// An MSFNet without metadata: which gate, unit and size has to be answered.
fn msfnet(path: &Path, network: &MsfnetConfig, answers: &Answers) -> Result<Known> {
    // Without a gate's tensors there is no gate to ask for.
    let gate = if network.gate == GateKind::None { Some(GateKind::None) } else { answers.gate };
    if network.gate == GateKind::None {
        no_gate(path, answers)?;
    } else if answers.gate == Some(GateKind::None) {
        return Err(Error::Usage(format!(
            "{}: has a gate's tensors; say with `--gate` which: eda or cbam_s",
            path.display()
        )));
    }
    match (gate, answers.unit, answers.train_size) {
        (Some(gate), Some(unit), Some(train_size)) => {
            Ok(Known::Complete(ModelConfig::new(MsfnetConfig { gate, ..network.clone() }, unit, train_size)))
        }
        (gate, unit, train_size) => {
            Ok(missing([("gate", gate.is_none()), ("unit", unit.is_none()), ("train-size", train_size.is_none())]))
        }
    }
}

/// A Monodepth2 model: its `encoder.pth` says size and whether it was trained with stereo pairs (reference.md 9.10).
///
/// # Errors
/// [`Error::Usage`] for a unit that its depth cannot have, or that the file contradicts.
fn monodepth2(path: &Path, metadata: &BTreeMap<String, String>, layers: usize, answers: &Answers) -> Result<Known> {
    let number = |key: &str| metadata.get(key).and_then(|text| text.parse::<usize>().ok());
    let said = number("width").zip(number("height")).map(|(w, h)| [w, h]);
    let train_size = answers.train_size.or(said).filter(size_is_possible);
    if let Some(size) = answers.train_size {
        crate::net::monodepth2::checked(size)
            .map_err(|e| Error::Usage(e.to_string().replace("--size", "--train-size")))?;
    }
    let stereo = metadata.get("use_stereo").and_then(|text| match text.as_str() {
        "true" | "True" | "1" => Some(true),
        "false" | "False" | "0" => Some(false),
        _ => None,
    });
    // Metres are what stereo training gives, with the factor of its baseline; otherwise depth has no scale.
    let answered = match answers.unit {
        Some(DepthUnit::Metres) => Some(true),
        Some(DepthUnit::Relative) => Some(false),
        None => None,
        Some(DepthUnit::TenOverMetres | DepthUnit::Disparity) => {
            return Err(Error::Usage(format!(
                "{}: is Monodepth2, whose depth is `relative`, or `metres` where it was trained with stereo pairs; give `--unit` one of these",
                path.display()
            )));
        }
    };
    if stereo.zip(answered).is_some_and(|(file, person)| file != person) {
        return Err(Error::Usage(format!(
            "{}: says otherwise in its own `use_stereo`; leave `--unit` away",
            path.display()
        )));
    }
    Ok(match (stereo.or(answered), train_size) {
        (Some(stereo), Some(train_size)) => Known::Complete(ModelConfig::new(
            NetworkConfig::monodepth2(layers, stereo),
            if stereo { DepthUnit::Metres } else { DepthUnit::Relative },
            train_size,
        )),
        (stereo, size) => missing([("unit", stereo.is_none()), ("train-size", size.is_none())]),
    })
}

fn missing<const N: usize>(asked: [(&'static str, bool); N]) -> Known {
    Known::Missing(asked.into_iter().filter(|(_, asked)| *asked).map(|(name, _)| name).collect())
}

fn size_is_possible(size: &[usize; 2]) -> bool {
    size.iter().all(|side| (32..=16_384).contains(side))
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
    let (kind, encoder) = match &config.network {
        NetworkConfig::Msfnet(net) => ("msfnet", net.encoder.describe()),
        NetworkConfig::Monodepth2 { monodepth2 } => ("monodepth2", format!("ResNet-{}", monodepth2.layers)),
        NetworkConfig::Hu { hu } => ("hu", hu.encoder.describe()),
    };
    let focal = [(FOCAL_KEY, config.canonical_focal), (OWN_FOCAL_KEY, config.own_focal)];
    let focal = focal.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.to_string())));
    let entries = [
        // What other readers of safetensors look for: tensors as PyTorch lays them out.
        ("format", "pt".to_owned()),
        (VERSION_KEY, VERSION.to_string()),
        (KIND_KEY, kind.to_owned()),
        (CONFIG_KEY, json),
        ("encoder", encoder),
        ("gate", config.network.gate().title().to_owned()),
        ("unit", unit.to_owned()),
        ("train_size", format!("{width}x{height}")),
    ];
    Ok(entries.map(|(key, value)| (key.to_owned(), value)).into_iter().chain(focal).collect())
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
    let width = config.network.msfnet().is_none_or(|net| matches!(net.usf_width, 1..=64));
    let sound = size_is_possible(&config.train_size) && width && focal_is_possible(&config);
    let sizes = config.trained_sizes.is_none_or(|TrainedSizes { area: [low, high], multiple }| {
        (256..=high).contains(&low) && high <= 1 << 22 && (1..=512).contains(&multiple)
    });
    if sound && sizes { Ok(Some(config)) } else { Err(damaged()) }
}

/// Whether depth multiplied by what these ask for stays depth; a camera of its own is one of a canonical focal length.
fn focal_is_possible(config: &ModelConfig) -> bool {
    match (config.canonical_focal, config.own_focal) {
        (None, own) => own.is_none(),
        (Some(canonical), own) => {
            (1e-2..=1e5).contains(&canonical) && own.is_none_or(|own| OWN_FOCAL_RANGE.contains(&own))
        }
    }
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
