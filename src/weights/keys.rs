//! The names of our tensors (reference.md 1.5, 4.5), and the map from those of other trainings.

use crate::error::{Error, Result};
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
    let known = msfnet_names();
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
pub fn encoder_names() -> BTreeSet<String> {
    let mut names = BTreeSet::from(["_conv_stem.weight".to_owned()]);
    let mut norm = |name: &str| {
        for part in ["weight", "bias", "running_mean", "running_var"] {
            names.insert(format!("{name}.{part}"));
        }
    };
    norm("_bn0");
    for block in 0..16 {
        for bn in 0..3 {
            // Block 0 does not expand, so its first norm is absent.
            if block > 0 || bn > 0 {
                norm(&format!("_blocks.{block}._bn{bn}"));
            }
        }
    }
    for block in 0..16 {
        for conv in ["_expand_conv", "_depthwise_conv", "_project_conv"] {
            if block > 0 || conv != "_expand_conv" {
                names.insert(format!("_blocks.{block}.{conv}.weight"));
            }
        }
    }
    names
}

/// All names of the full MSFNet on EfficientNet-Lite0, without counters; ablations have a part of them.
pub fn msfnet_names() -> BTreeSet<String> {
    let mut names: BTreeSet<String> = encoder_names().into_iter().map(|name| format!("encoder.{name}")).collect();
    let mut add = |module: &str, parts: &[&str]| names.extend(parts.iter().map(|part| format!("{module}.{part}")));
    const CONV: [&str; 2] = ["weight", "bias"];
    const NORM: [&str; 4] = ["weight", "bias", "running_mean", "running_var"];
    for module in ["conv2", "aux2", "aux3", "refine1", "refine2", "usf.rdr.merge", "usf.rdr.out", "usf.rdr.in_norm"] {
        add(module, &CONV);
    }
    for stage in 1..=4 {
        add(&format!("up{stage}.convA"), &CONV);
        add(&format!("up{stage}.convB"), &CONV);
    }
    for branch in 0..=4 {
        for conv in 1..=3 {
            add(&format!("usf.up.{branch}.conv{conv}"), &CONV);
        }
    }
    for module in ["eda.conv", "usf.fuse_conv", "usf.rdr.squeeze"] {
        add(module, &["weight"]);
    }
    for module in ["usf.rdr.in_conv1", "usf.rdr.in_conv2", "usf.rdr.bn_conv1", "usf.rdr.bn_conv2"] {
        add(module, &["weight"]);
    }
    for module in ["eda.bn", "usf.fuse_bn", "usf.rdr.bn_norm"] {
        add(module, &NORM);
    }
    names
}
