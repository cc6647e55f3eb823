//! Rewrites weights as safetensors with our metadata: losslessly, or with their large tensors in half precision.

use crate::data::assets::same_file;
use crate::error::{Error, Result};
use crate::state_dict::{DType, HostTensor, StateDict};
use crate::weights::identity::Identity;
use crate::weights::keys::{self, KeyStyle};
use crate::weights::metadata::{
    Answers, CONFIG_KEY, KIND_KEY, Known, VERSION, VERSION_KEY, config_entries, model_config,
};
use crate::weights::write_safetensors;
use crate::weights::{Opened, is_part, open};
use half::f16;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Metadata key of what was measured.
const ACCURACY: &str = "accuracy";
/// What accuracy was measured on where the weights were shown none of it, in `data` of that key.
pub const HELD_OUT_FRAMES: &str = "held-out frames";

/// How weights are rewritten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConvertOptions {
    /// Tensors of two and more dimensions in half precision; norms, their statistics and biases stay as they are.
    pub half: bool,
    /// Whose names.
    pub keys: KeyStyle,
    /// What a bare state dict cannot say; without it the result is as bare.
    pub answers: Answers,
    /// Weights of the same recipe that held frames out: their accuracy is stated, for weights that were trained on all.
    pub accuracy_of: Option<PathBuf>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// Number of tensors.
    pub tensors: usize,
    /// Those that changed their name.
    pub renamed: usize,
    /// Those that were rounded to half precision.
    pub halved: usize,
    /// What the result cannot say about itself: `gate`, `unit`, `train-size`.
    pub missing: Vec<&'static str>,
}

/// Converts a file or a Monodepth2 folder into one safetensors file. Every tensor is kept, those without a use for depth
/// too; without [`ConvertOptions::half`] every value is kept bit for bit.
///
/// # Errors
/// [`Error::Usage`] when both paths are one file; [`Error::File`] when the weights cannot be read, the result cannot be
/// written, or a value does not fit half precision.
pub fn convert(from: &Path, to: &Path, options: &ConvertOptions) -> Result<Converted> {
    let opened = open(from)?;
    if opened.files.iter().any(|file| same_file(file, to)) || is_part(to) && from.is_dir() {
        return Err(Error::Usage(format!(
            "{}: would be replaced by its own conversion; give another name",
            to.display()
        )));
    }
    let (metadata, missing) = metadata(&opened, options)?;
    let names: Vec<String> = opened.tensors.iter().map(|(name, _)| name.to_owned()).collect();
    let new = match options.keys {
        KeyStyle::Ours => names.iter().map(|name| (name.clone(), name.clone())).collect(),
        KeyStyle::Pytorch => keys::to_pytorch(names.iter().map(String::as_str)),
    };
    let old: BTreeMap<&str, &str> = opened.renamed.iter().map(|(old, new)| (new.as_str(), old.as_str())).collect();
    let renamed =
        new.iter().filter(|(name, new)| old.get(name.as_str()).copied().unwrap_or(name) != new.as_str()).count();

    let mut tensors = StateDict::new();
    let mut halved = 0;
    for (name, tensor) in opened.tensors.into_iter() {
        let large = tensor.shape.len() >= 2 && matches!(tensor.dtype, DType::F32 | DType::F64 | DType::BF16);
        let tensor = if options.half && large {
            halved += 1;
            to_half(from, &name, &tensor, "keep it in single precision: leave --half away")?
        } else if options.half && matches!(tensor.dtype, DType::F16 | DType::BF16) && tensor.shape.len() < 2 {
            // Statistics are single precision in a half-precision file, whatever they were.
            HostTensor::from_f32(tensor.shape.clone(), &tensor.to_f32())
        } else {
            tensor
        };
        tensors.insert(new.get(&name).cloned().unwrap_or(name), tensor);
    }
    write_safetensors(to, &tensors, &metadata)?;
    Ok(Converted { tensors: tensors.len(), renamed, halved, missing })
}

/// The result's metadata: the file's own, what it is, where it came from.
fn metadata(opened: &Opened, options: &ConvertOptions) -> Result<(BTreeMap<String, String>, Vec<&'static str>)> {
    let mut entries = opened.metadata.clone();
    let mut missing = Vec::new();
    match (&opened.identity, model_config(opened, &options.answers)) {
        (_, Ok(Known::Complete(config))) => entries.extend(config_entries(&config)?),
        (_, Ok(Known::Missing(open))) => missing = open,
        (Identity::Encoder { kind, .. }, Err(_)) => {
            entries.insert(KIND_KEY.to_owned(), "encoder".to_owned());
            entries.insert("encoder".to_owned(), kind.describe());
        }
        // An answer that contradicts the file and damaged metadata are said; weights of another kind are converted as
        // they are.
        (_, Err(error @ Error::Usage(_))) => return Err(error),
        (_, Err(error)) if entries.contains_key(CONFIG_KEY) => return Err(error),
        _ => {}
    }
    entries.entry("format".to_owned()).or_insert_with(|| "pt".to_owned());
    entries.insert(VERSION_KEY.to_owned(), VERSION.to_string());
    let name = opened.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    entries.entry("source".to_owned()).or_insert(name);
    entries.entry("source_sha256".to_owned()).or_insert_with(|| opened.sha256.clone());
    if options.half {
        let text = "tensors of two and more dimensions in half precision, all others as they were";
        entries.insert("precision".to_owned(), text.to_owned());
    }
    if let Some(other) = &options.accuracy_of {
        entries.insert(ACCURACY.to_owned(), accuracy_of(other, opened)?);
    }
    Ok((entries, missing))
}

/// What other weights state of their accuracy, for weights that differ from them in their data alone.
fn accuracy_of(other: &Path, ours: &Opened) -> Result<String> {
    let theirs = open(other)?;
    let refused = |what: &str, remedy: &str| Err(Error::file(other, what, remedy));
    if theirs.sha256 == ours.sha256 {
        return refused("are the same weights", "give those of a run that held frames out");
    }
    let (a, b) = (told(&ours.metadata), told(&theirs.metadata));
    if a.is_none() || a != b {
        let what = "were trained by another recipe, or do not say by which";
        return refused(what, "give weights that differ in what they were shown alone");
    }
    let stated = theirs.metadata.get(ACCURACY).and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    match stated {
        Some(mut stated) if stated["data"] == HELD_OUT_FRAMES => {
            stated["of"] = "another run of the same recipe, which was not shown them".into();
            Ok(stated.to_string())
        }
        Some(stated) if stated.is_object() => {
            refused("state an accuracy on other frames than held-out ones", "train them with --val-scenes")
        }
        _ => refused("state no accuracy", "train them with --val-scenes or --val-fraction"),
    }
}

/// All keys of a training but those that say which pictures it was shown and how it was run; and how many epochs are done.
fn told(metadata: &BTreeMap<String, String>) -> Option<(toml::Table, String, String)> {
    let mut training: toml::Table = metadata.get("training")?.parse().ok()?;
    training.remove("run");
    if let Some(data) = training.get_mut("data").and_then(toml::Value::as_table_mut) {
        data.retain(|key, _| matches!(key, "batch" | "sizes" | "unit"));
    }
    Some((training, metadata.get("epoch")?.clone(), metadata.get(KIND_KEY)?.clone()))
}

/// All elements in double precision, which holds those of every stored type but the largest integers exactly.
fn to_f64(tensor: &HostTensor) -> Vec<f64> {
    match tensor.dtype {
        DType::F64 => tensor.bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect(),
        _ => tensor.to_f32().into_iter().map(f64::from).collect(),
    }
}

/// The same tensor in half precision, rounded to nearest. Infinities and NaN stay what they are.
///
/// # Errors
/// [`Error::File`] when a finite value is too large for it; the sentence names tensor and value and ends with `remedy`.
pub fn to_half(path: &Path, name: &str, tensor: &HostTensor, remedy: &str) -> Result<HostTensor> {
    let mut bytes = Vec::with_capacity(tensor.len() * 2);
    for value in to_f64(tensor) {
        let half = f16::from_f64(value);
        if half.is_infinite() && value.is_finite() {
            return Err(Error::file(
                path,
                format!("has {value:e} in `{name}`, which half precision cannot hold (its largest is 65504)"),
                remedy,
            ));
        }
        bytes.extend_from_slice(&half.to_le_bytes());
    }
    Ok(HostTensor { dtype: DType::F16, shape: tensor.shape.clone(), bytes })
}
