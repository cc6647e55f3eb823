//! Starting points: an encoder, or a network with a head of another size, in a network whose other layers are random.
//! Its stages can be inspected and training can begin there; its depth means nothing yet.

use crate::depth::DepthUnit;
use crate::error::Result;
use crate::net::config::{GateKind, ModelConfig, MsfnetConfig, NetworkConfig};
use crate::net::depth_network::DepthNetwork;
use crate::net::encoder::Encoder;
use crate::net::visit::Network;
use crate::state_dict::StateDict;
use crate::weights::arch::Arch;
use crate::weights::doctor::{check::layer_of, start_prefix};
use crate::weights::keys::is_optional;
use crate::weights::metadata::{Answers, KIND_KEY, Known, VERSION, VERSION_KEY, config_entries, model_config};
use crate::weights::{Identity, Opened};
use burn::tensor::Device;
use std::collections::{BTreeMap, BTreeSet};

/// Seed of the random layers: the same file gives the same network each time.
const SEED: u64 = 0;

/// Whether weights are less than a whole depth network.
///
/// # Errors
/// When the network that they resemble cannot be built: a fault of the program.
pub fn is_needed(opened: &Opened) -> Result<bool> {
    let Identity::Network(network) = &opened.identity else {
        return Ok(matches!(opened.identity, Identity::Encoder { .. }));
    };
    let lacks = |(name, shape): (String, Vec<usize>)| {
        !is_optional(&name) && opened.tensors.get(&name).is_none_or(|tensor| tensor.shape != shape)
    };
    Ok(Arch::Network(network.clone()).shapes()?.into_iter().any(lacks))
}

/// The network that weights are a starting point of: an MSFNet around an encoder, with the gate that was asked for or else
/// EDA. A unit or size that nobody gave is that of nothing trained: relative depth at the paper's 304×228.
///
/// # Errors
/// As [`model_config`], for weights that are no part of a depth network.
pub fn config(opened: &Opened, answers: &Answers) -> Result<Known> {
    let Identity::Encoder { kind, .. } = opened.identity else { return model_config(opened, answers) };
    let gate = answers.gate.unwrap_or(GateKind::Eda);
    let network = MsfnetConfig { encoder: kind, gate, ..MsfnetConfig::default() };
    Ok(Known::Complete(ModelConfig::new(
        network,
        answers.unit.unwrap_or(DepthUnit::Relative),
        answers.train_size.unwrap_or([304, 228]),
    )))
}

/// Xavier everywhere, then the weights wherever they fit; gives the layers that stayed random.
///
/// # Errors
/// When the device cannot hold the network.
pub fn fill(
    network: &mut DepthNetwork,
    opened: &mut Opened,
    config: &ModelConfig,
    device: &Device,
) -> Result<Vec<String>> {
    device.seed(SEED);
    network.xavier(device)?;
    if let Identity::Encoder { prefix, .. } = opened.identity {
        let root = start_prefix(&config.network);
        let renamed = std::mem::take(&mut opened.tensors)
            .renamed(|name| Some(format!("{root}{}", name.strip_prefix(prefix).unwrap_or(name))));
        opened.tensors = renamed;
    }
    let left = network.load_start(&mut opened.tensors)?;
    let layers: BTreeSet<&str> = left.iter().map(|name| layer_of(name)).collect();
    Ok(layers.into_iter().map(str::to_owned).collect())
}

/// A new network's weights (Xavier) and the metadata that says so: depth without a scale, at the size that its family is
/// trained at.
///
/// # Errors
/// When its parts do not fit together.
pub fn new_weights(arch: &Arch, seed: u64) -> Result<(StateDict, BTreeMap<String, String>)> {
    let device = Device::flex();
    device.seed(seed);
    let (weights, mut metadata) = match arch {
        Arch::Network(network) => {
            let train_size = match network {
                NetworkConfig::Monodepth2 { .. } => [640, 192],
                NetworkConfig::Msfnet(_) | NetworkConfig::Hu { .. } => [304, 228],
            };
            let mut net = DepthNetwork::new(network, &device)?;
            net.xavier(&device)?;
            let config = ModelConfig::new(network.clone(), DepthUnit::Relative, train_size);
            (net.to_weights()?, config_entries(&config)?)
        }
        Arch::Encoder(kind) => {
            let mut net = Encoder::new(*kind, &device);
            net.xavier(&device)?;
            let entries = [
                (KIND_KEY, "encoder".to_owned()),
                (VERSION_KEY, VERSION.to_string()),
                ("encoder", kind.describe()),
                ("format", "pt".to_owned()),
            ];
            (net.to_weights()?, entries.map(|(key, value)| (key.to_owned(), value)).into())
        }
    };
    metadata.insert("data".to_owned(), format!("none: random weights (Xavier, seed {seed})"));
    Ok((weights, metadata))
}
