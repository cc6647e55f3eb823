//! The names of our tensors (reference.md 1.5, 4.5), and the map from those of other trainings.

use crate::error::{Error, Result};
use crate::net::config::MsfnetConfig;
use crate::net::msfnet::tensor_names;
use crate::state_dict::StateDict;
use std::collections::BTreeSet;

/// A state dict under our names, with an account of what was done.
#[derive(Debug, Clone, Default)]
pub struct Canonical {
    /// The tensors under our names; unexpected ones are kept under theirs.
    pub tensors: StateDict,
    /// Old and new name of each tensor that was renamed.
    pub renamed: Vec<(String, String)>,
    /// Names that no MSFNet has: another network's, or the encoder's unused classifier.
    pub unexpected: Vec<String>,
    /// Counters of batch norms (`num_batches_tracked`), which say nothing about the function and are left out.
    pub ignored: Vec<String>,
}

/// Gives tensors our names: `gate.*` becomes `eda.*` (also for CBAM-S, reference.md 4.4).
///
/// # Errors
/// When two tensors would end under one name.
pub fn canonical(tensors: StateDict) -> Result<Canonical> {
    let known = msfnet_names()?;
    let mut result = Canonical::default();
    for (name, _) in tensors.iter() {
        if is_counter(name) {
            result.ignored.push(name.to_owned());
            continue;
        }
        let ours = our_name(name);
        if !known.contains(&ours) && !known.contains(&format!("encoder.{ours}")) {
            result.unexpected.push(name.to_owned());
        }
        if ours != name {
            if tensors.get(&ours).is_some() {
                return Err(Error::Failed(format!(
                    "the weights hold both `{name}` and `{ours}`, which are one tensor; keep the one that was trained"
                )));
            }
            result.renamed.push((name.to_owned(), ours));
        }
    }
    result.tensors = tensors.renamed(|name| (!is_counter(name)).then(|| our_name(name)));
    Ok(result)
}

fn is_counter(name: &str) -> bool {
    name.ends_with(".num_batches_tracked")
}

/// Our name of a tensor of another training.
pub(super) fn our_name(name: &str) -> String {
    match name.strip_prefix("gate.") {
        Some(rest) => format!("eda.{rest}"),
        None => name.to_owned(),
    }
}

/// True when the weights are those of an EfficientNet-Lite0 encoder alone, with or without its classifier.
pub fn is_encoder_only(tensors: &StateDict) -> bool {
    tensors.get("_conv_stem.weight").is_some() && tensors.get("conv2.weight").is_none()
}

/// The names of an EfficientNet-Lite0 encoder, stem and sixteen blocks, without counters (reference.md 1.5).
///
/// # Errors
/// Never: the default network can be built.
pub fn encoder_names() -> Result<BTreeSet<String>> {
    Ok(msfnet_names()?.iter().filter_map(|name| name.strip_prefix("encoder.")).map(str::to_owned).collect())
}

/// All names of the full MSFNet on EfficientNet-Lite0, without counters, as the network itself lists them; ablations
/// have a part of them.
///
/// # Errors
/// Never: the default network can be built.
pub fn msfnet_names() -> Result<BTreeSet<String>> {
    tensor_names(&MsfnetConfig::default())
}
