//! The names of our tensors (reference.md 1, 3.1, 4.5, 9), and the map between them and those of PyTorch trainings.

use crate::error::{Error, Result};
use std::collections::BTreeMap;

/// Whose names a file is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyStyle {
    /// Ours: those of reference.md 4.5, encoders by their layers' names.
    #[default]
    Ours,
    /// Those of the PyTorch code each family comes from: `gate.*` for MSFNet's gate, `E.base.N` for the SENet of Hu et al.
    Pytorch,
}

/// A map from a file's names to ours.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Renames {
    /// A prefix that all names shared and that was taken off, with its dot.
    pub prefix: String,
    /// Our name by the file's name, for all tensors.
    pub ours: BTreeMap<String, String>,
}

impl Renames {
    /// File's name and our name where the two differ.
    pub fn changed(&self) -> Vec<(String, String)> {
        self.ours.iter().filter(|(old, new)| old != new).map(|(old, new)| (old.clone(), new.clone())).collect()
    }
}

/// Our names for all of a file's tensors: a prefix that nearly all share (`model.`, as Lightning writes it) is taken off,
/// `gate.*` becomes `eda.*` (also for CBAM-S, reference.md 4.4), `E.base.N` becomes `E.layerN`.
///
/// # Errors
/// When two tensors would end under one name.
pub fn to_ours<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Result<Renames> {
    let prefix = shared_prefix(names.clone());
    let mut ours = BTreeMap::new();
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for name in names {
        let new = our_name(name.strip_prefix(&prefix).unwrap_or(name));
        if let Some(other) = taken.insert(new.clone(), name) {
            return Err(Error::Failed(format!(
                "the weights hold both `{other}` and `{name}`, which are one tensor; keep the one that was trained"
            )));
        }
        ours.insert(name.to_owned(), new);
    }
    Ok(Renames { prefix, ours })
}

/// Segments that a network's own names may all begin with: never taken off.
const ROOTS: [&str; 10] = ["encoder", "decoder", "features", "E", "D", "MFF", "R", "blocks", "_blocks", "pose"];

/// What nine of ten names begin with and no network's names do, up to and with a dot; empty where there is no such
/// thing. The others are a wrapper's own (`loss.weight`) and stay as they are.
fn shared_prefix<'a>(names: impl Iterator<Item = &'a str> + Clone) -> String {
    let mut prefix = String::new();
    // A wrapper in a wrapper in a wrapper is as deep as anyone writes.
    for _ in 0..4 {
        let rest = || names.clone().filter_map(|name| name.strip_prefix(&*prefix));
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let segments = rest().filter_map(|name| name.split_once('.')).filter(|(segment, after)| {
            let own = ROOTS.contains(segment)
                || segment.starts_with("layer")
                // `net.0.weight` is Monodepth2's pose decoder; `net.encoder.…` is a wrapper.
                || after.starts_with(|c: char| c.is_ascii_digit());
            !own && after.contains('.')
        });
        segments.for_each(|(segment, _)| *counts.entry(segment).or_default() += 1);
        let Some((segment, count)) = counts.into_iter().max_by_key(|(_, count)| *count) else { break };
        if 10 * count < 9 * rest().count() {
            break;
        }
        prefix = format!("{prefix}{segment}.");
    }
    prefix
}

/// Our name of a tensor, prefixes taken off.
fn our_name(name: &str) -> String {
    if let Some(rest) = name.strip_prefix("gate.") {
        return format!("eda.{rest}");
    }
    match name.strip_prefix("E.base.").and_then(|rest| rest.split_once('.')) {
        Some((stage @ ("0" | "1" | "2" | "3" | "4"), rest)) => format!("E.layer{stage}.{rest}"),
        _ => name.to_owned(),
    }
}

/// The names of our tensors in the PyTorch code their family comes from: the way back from [`to_ours`], without a prefix.
pub fn to_pytorch<'a>(names: impl Iterator<Item = &'a str> + Clone) -> BTreeMap<String, String> {
    // Hu et al. count a SENet's children; a ResNet's `layer1` keeps its name, and only SENets have a `layer0`.
    let counted = names.clone().any(|name| name.starts_with("E.layer0."));
    let one = |name: &str| match (name.strip_prefix("eda."), name.strip_prefix("E.layer")) {
        (Some(rest), _) => format!("gate.{rest}"),
        (_, Some(rest)) if counted => format!("E.base.{rest}"),
        _ => name.to_owned(),
    };
    names.map(|name| (name.to_owned(), one(name))).collect()
}

/// A batch norm's counter, which says nothing about the function.
pub fn is_counter(name: &str) -> bool {
    name.ends_with("num_batches_tracked")
}

/// Whether a tensor (under our name) is known and has no use for depth: a counter, the encoder's classifier, a network
/// of another purpose that is kept beside the depth network.
pub fn is_unneeded(name: &str) -> bool {
    const CLASSIFIERS: [&str; 7] =
        ["fc.", "last_linear.", "classifier.", "_fc.", "_conv_head.", "conv_head.", "features.18."];
    // The norms behind the heads of EfficientNet: `_bn1` in TensorFlow's names, `bn2` in timm's.
    const HEAD_NORMS: [&str; 2] = ["_bn1.", "bn2."];
    if is_counter(name) || name.starts_with("pose_encoder.") || name.starts_with("pose.") {
        return true;
    }
    let bare = name.strip_prefix("encoder.").or_else(|| name.strip_prefix("E.")).unwrap_or(name);
    CLASSIFIERS.iter().chain(&HEAD_NORMS).any(|head| bare.starts_with(head))
}

/// Whether a tensor is one that depth does not depend on and people leave out: the auxiliary heads, which only train.
pub fn is_optional(name: &str) -> bool {
    name.starts_with("aux2.") || name.starts_with("aux3.")
}

/// Whether a tensor is a running statistic or a counter: not trained.
pub fn is_statistic(name: &str) -> bool {
    is_counter(name) || name.ends_with(".running_mean") || name.ends_with(".running_var")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ours(names: &[&str]) -> Vec<String> {
        let map = to_ours(names.iter().copied()).unwrap().ours;
        names.iter().map(|name| map[*name].clone()).collect()
    }

    #[test]
    fn names_go_to_ours_and_back() {
        let pytorch = ["encoder.conv1.weight", "gate.conv.weight", "gate.bn.bias", "refine2.bias"];
        let there = ours(&pytorch);
        assert_eq!(there, ["encoder.conv1.weight", "eda.conv.weight", "eda.bn.bias", "refine2.bias"]);
        let back = to_pytorch(there.iter().map(String::as_str));
        assert!(there.iter().zip(pytorch).all(|(name, old)| back[name] == old));

        let hu = ["E.base.0.conv1.weight", "E.base.4.2.conv1.weight", "D.conv.weight"];
        let there = ours(&hu);
        assert_eq!(there, ["E.layer0.conv1.weight", "E.layer4.2.conv1.weight", "D.conv.weight"]);
        let back = to_pytorch(there.iter().map(String::as_str));
        assert!(there.iter().zip(hu).all(|(name, old)| back[name] == old));
        // Hu et al. on ResNet-50 has no `base`.
        let resnet = ["E.conv1.weight", "E.layer4.2.conv1.weight", "D.conv.weight"];
        assert_eq!(ours(&resnet), resnet);
        assert!(to_pytorch(resnet.into_iter()).iter().all(|(old, new)| old == new));
    }

    #[test]
    fn only_wrappers_are_taken_off() {
        assert_eq!(ours(&["model.encoder.a.b", "model.refine2.bias"]), ["encoder.a.b", "refine2.bias"]);
        assert_eq!(ours(&["net.model.encoder.a.b", "net.model.conv2.bias"]), ["encoder.a.b", "conv2.bias"]);
        // What a wrapper has of its own stays as it is.
        let many: Vec<String> = (0..20).map(|i| format!("model.up.{i}.weight")).collect();
        let names: Vec<&str> = many.iter().map(String::as_str).chain(["loss.weight"]).collect();
        let map = to_ours(names.into_iter()).unwrap();
        assert_eq!((map.prefix.as_str(), map.ours["loss.weight"].as_str()), ("model.", "loss.weight"));
        assert_eq!(map.ours["model.up.3.weight"], "up.3.weight");
        for kept in [
            &["encoder.conv1.weight", "encoder.bn1.bias"][..],
            &["net.0.weight", "net.1.bias"],
            &["decoder.0.conv.conv.weight", "decoder.1.conv.conv.bias"],
            &["features.0.0.weight", "features.1.conv.0.0.weight"],
            &["weight", "bias"],
            &["conv.weight", "conv.bias"],
            &["layer1.0.conv1.weight", "layer1.0.bn1.weight"],
        ] {
            assert_eq!(ours(kept), kept);
        }
        let two = to_ours(["gate.bn.bias", "eda.bn.bias", "conv2.bias"].into_iter()).unwrap_err();
        assert!(two.to_string().contains("`gate.bn.bias`"), "{two}");
    }

    #[test]
    fn classifiers_and_counters_are_not_needed() {
        for name in ["encoder.fc.weight", "fc.bias", "encoder.last_linear.weight", "_conv_head.weight", "_bn1.bias"] {
            assert!(is_unneeded(name), "{name}");
        }
        assert!(is_unneeded("encoder.bn1.num_batches_tracked") && is_unneeded("pose.net.0.weight"));
        for name in
            ["encoder.bn1.weight", "_bn0.bias", "encoder._blocks.1._bn1.bias", "layer1.0.bn2.bias", "conv2.bias"]
        {
            assert!(!is_unneeded(name), "{name}");
        }
    }
}
