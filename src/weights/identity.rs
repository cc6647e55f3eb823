//! What weights are, from the names and shapes of their tensors: never from a file's name.

use super::arch::{Shapes, encoder_shapes};
use super::keys;
use crate::net::config::{EncoderKind, GateKind, MsfnetConfig, NetworkConfig, RdrIntegrate};
use crate::state_dict::StateDict;

/// What a set of tensors is.
#[derive(Debug, Clone, PartialEq)]
pub enum Identity {
    /// A depth network; tensors may still be missing. An MSFNet with a gate is given as one with EDA: tensors do not
    /// say which gate it is.
    Network(NetworkConfig),
    /// An encoder alone, whose names all begin with the prefix.
    Encoder {
        /// Which.
        kind: EncoderKind,
        /// `encoder.` or nothing.
        prefix: &'static str,
    },
    /// Monodepth2's depth decoder without its encoder.
    DepthDecoder,
    /// A network of Monodepth2 that says how the camera moved.
    Pose(&'static str),
    /// None of these.
    Unknown,
}

/// Name and shape of each tensor.
pub fn shapes_of(tensors: &StateDict) -> Shapes {
    tensors.iter().map(|(name, tensor)| (name.to_owned(), tensor.shape.clone())).collect()
}

/// What tensors under our names are.
pub fn identify(shapes: &Shapes) -> Identity {
    let has = |name: &str| shapes.contains_key(name);
    let any = |prefix: &str| shapes.range(prefix.to_owned()..).next().is_some_and(|(name, _)| name.starts_with(prefix));
    if has("conv2.weight") && has("refine2.weight") && any("encoder.") {
        return match encoder_of(shapes, "encoder.") {
            Some(encoder) => Identity::Network(msfnet(shapes, encoder).into()),
            None => Identity::Unknown,
        };
    }
    if has("D.conv.weight") && has("R.conv2.weight") && any("E.") {
        return match encoder_of(shapes, "E.") {
            Some(encoder @ (EncoderKind::Senet154 | EncoderKind::Resnet50)) => {
                Identity::Network(NetworkConfig::hu(encoder))
            }
            _ => Identity::Unknown,
        };
    }
    if has("decoder.0.conv.conv.weight") {
        return match resnet_layers(shapes, "encoder.") {
            Some(layers) => Identity::Network(NetworkConfig::monodepth2(layers, false)),
            None => Identity::DepthDecoder,
        };
    }
    if has("pose_conv.weight") {
        return Identity::Pose("PoseCNN of Monodepth2, which tells how the camera moved");
    }
    if has("net.0.weight") && has("net.3.weight") {
        return Identity::Pose("the pose decoder of Monodepth2, which tells how the camera moved");
    }
    // The depth and the pose encoder of Monodepth2 differ only in how many images they see.
    let images = |name: &str| shapes.get(name).and_then(|shape| shape.get(1)).is_some_and(|inputs| *inputs > 3);
    if images("encoder.conv1.weight") {
        return Identity::Pose("the pose encoder of Monodepth2, which sees two images to tell how the camera moved");
    }
    for prefix in ["", "encoder."] {
        if let Some(kind) = encoder_of(shapes, prefix) {
            return Identity::Encoder { kind, prefix };
        }
    }
    Identity::Unknown
}

/// The encoder whose tensors stand under `prefix`: the one that most of them fit, and at least half of its own are there.
fn encoder_of(shapes: &Shapes, prefix: &str) -> Option<EncoderKind> {
    let mut best: Option<(f64, EncoderKind)> = None;
    for kind in EncoderKind::ALL {
        let Ok(own) = encoder_shapes(kind) else { continue };
        let matched = own.iter().filter(|(name, shape)| shapes.get(&format!("{prefix}{name}")) == Some(shape)).count();
        // Half of a ResNet-34 fits a ResNet-18 whole: what is left over counts against it.
        let under = |name: &str| {
            let bare = name.strip_prefix(prefix)?;
            (own.contains_key(bare) || looks_like_encoder(bare)).then_some(())
        };
        let left = shapes.keys().filter(|name| !keys::is_unneeded(name) && under(name).is_some()).count();
        let score = matched as f64 / (own.len() + left.saturating_sub(matched)) as f64;
        if 2 * matched >= own.len() && best.is_none_or(|(top, _)| score > top) {
            best = Some((score, kind));
        }
    }
    best.map(|(_, kind)| kind)
}

/// Whether a name (without a prefix) may be an encoder's.
fn looks_like_encoder(name: &str) -> bool {
    ["layer", "features.", "blocks.", "_blocks."].iter().any(|start| name.starts_with(start))
}

/// How many layers the ResNet under `prefix` has, if there is one of 18, 34 or 50.
fn resnet_layers(shapes: &Shapes, prefix: &str) -> Option<usize> {
    match encoder_of(shapes, prefix)? {
        EncoderKind::Resnet18 => Some(18),
        EncoderKind::Resnet34 => Some(34),
        EncoderKind::Resnet50 => Some(50),
        _ => None,
    }
}

/// The architecture of an MSFNet as far as names and shapes show it; `gate` is `Eda` for "some gate".
fn msfnet(shapes: &Shapes, encoder: EncoderKind) -> MsfnetConfig {
    let any = |prefix: &str| shapes.keys().any(|name| name.starts_with(prefix));
    let size = |name: &str, axis: usize| shapes.get(name).and_then(|shape| shape.get(axis).copied());
    let default = MsfnetConfig::default();
    // Up-block 0 does not enlarge, so its last convolution has as many outputs as a branch is wide.
    let usf_width =
        size("usf.up.0.conv3.weight", 0).filter(|width| (1..=64).contains(width)).unwrap_or(default.usf_width);
    let inputs = size("usf.rdr.out.weight", 1);
    let added = inputs.is_some() && inputs == size("usf.rdr.out.weight", 0);
    let (usf, gate) = (any("usf."), if any("eda.") { GateKind::Eda } else { GateKind::None });
    MsfnetConfig {
        encoder,
        gate,
        usf,
        // A gate without USF reaches something only in line (decision A2).
        eda_inline: gate != GateKind::None && !usf,
        usf_width,
        rdr_integrate: if added { RdrIntegrate::Add } else { RdrIntegrate::Concat },
        ..default
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::weights::arch::Arch;

    #[test]
    fn every_architecture_is_recognised_by_its_tensors() {
        for arch in Arch::all() {
            let shapes = arch.shapes().unwrap();
            let expected = match &arch {
                Arch::Network(network) => Identity::Network(network.clone()),
                Arch::Encoder(kind) => Identity::Encoder { kind: *kind, prefix: "" },
            };
            assert_eq!(identify(&shapes), expected, "{}", arch.name());
        }
        assert_eq!(identify(&Shapes::new()), Identity::Unknown);
        let other = [("a.weight".to_owned(), vec![3, 3])].into();
        assert_eq!(identify(&other), Identity::Unknown);
    }

    #[test]
    fn a_classifier_beside_an_encoder_changes_nothing() {
        let mut shapes = encoder_shapes(EncoderKind::Resnet34).unwrap();
        shapes.insert("fc.weight".into(), vec![1000, 512]);
        shapes.insert("bn1.num_batches_tracked".into(), vec![]);
        assert_eq!(identify(&shapes), Identity::Encoder { kind: EncoderKind::Resnet34, prefix: "" });
        let prefixed: Shapes = shapes.into_iter().map(|(name, shape)| (format!("encoder.{name}"), shape)).collect();
        assert_eq!(identify(&prefixed), Identity::Encoder { kind: EncoderKind::Resnet34, prefix: "encoder." });
    }

    #[test]
    fn parts_of_monodepth2_are_told_apart() {
        let whole = Arch::Network(NetworkConfig::monodepth2(18, false)).shapes().unwrap();
        let decoder: Shapes =
            whole.iter().filter(|(n, _)| n.starts_with("decoder.")).map(|(n, s)| (n.clone(), s.clone())).collect();
        assert_eq!(identify(&decoder), Identity::DepthDecoder);
        let mut pose: Shapes = whole.into_iter().filter(|(n, _)| n.starts_with("encoder.")).collect();
        pose.insert("encoder.conv1.weight".into(), vec![64, 6, 7, 7]);
        assert!(matches!(identify(&pose), Identity::Pose(what) if what.contains("encoder")));
    }
}
