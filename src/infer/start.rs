//! Starting points: an encoder, or a network with a head of another size, in a network whose other layers are random.
//! Its stages can be inspected and training can begin there; its depth means nothing yet.

use crate::depth::DepthUnit;
use crate::error::Result;
use crate::net::config::{GateKind, ModelConfig, MsfnetConfig};
use crate::net::depth_network::DepthNetwork;
use crate::net::visit::Network;
use crate::weights::doctor::{check::layer_of, examine, start_prefix};
use crate::weights::metadata::{Answers, Known, model_config};
use crate::weights::{Identity, Opened};
use burn::tensor::Device;
use std::collections::BTreeSet;

/// Seed of the random layers: the same file gives the same network each time.
const SEED: u64 = 0;

/// Whether weights are less than a whole depth network.
pub fn is_needed(opened: &Opened) -> bool {
    use crate::weights::doctor::Verdict;
    examine(opened).is_ok_and(|report| report.verdict == Verdict::Starts)
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
    Ok(Known::Complete(ModelConfig {
        network: network.into(),
        unit: answers.unit.unwrap_or(DepthUnit::Relative),
        train_size: answers.train_size.unwrap_or([304, 228]),
    }))
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
