//! The weights that a run starts from: Xavier everywhere (decision A17), then an encoder or a whole network where it fits.

use super::config::TrainConfig;
use super::mode::ENCODER;
use crate::data::training::rng::{split_mix, unit};
use crate::error::{Error, Result};
use crate::eval::training::UNTOLD;
use crate::net::config::ModelConfig;
use crate::net::depth_network::DepthNetwork;
use crate::net::visit::{Network, Visitor};
use crate::state_dict::StateDict;
use crate::weights::doctor::check::layer_of;
use crate::weights::doctor::start_prefix;
use crate::weights::metadata::{Answers, Known, model_config};
use crate::weights::{Identity, Opened, catalog, keys, open};
use burn::module::{Param, RunningState};
use burn::tensor::{Device, Tensor, TensorData};
use std::collections::BTreeSet;

/// Weights to start from.
#[derive(Debug, Clone)]
pub struct Start {
    /// Every tensor of the network.
    pub weights: StateDict,
    /// Layers that stayed random.
    pub random: Vec<String>,
    /// What a trained network that they are of says of its data; `None` for an encoder alone and for random ones.
    pub data: Option<String>,
}

/// Makes them on the CPU, so that a run starts from the same ones on every device.
///
/// # Errors
/// When the network's parts do not fit together; when the weights cannot be read, or are of another encoder.
pub fn weights(config: &TrainConfig) -> Result<Start> {
    let network = config.network.clone().into();
    let device = Device::flex();
    let mut net = DepthNetwork::new(&network, &device)?;
    net.walk(&mut Xavier { seed: config.run.seed })?;
    let init = &config.start.init;
    let mut random: Vec<String> = net.shapes()?.into_keys().collect();
    let mut data = None;
    if init != "none" && !init.is_empty() {
        let opened = open(&catalog::resolve(init)?)?;
        data = told(&opened);
        let mut tensors = opened.tensors;
        tensors.retain(|name| !keys::is_unneeded(name));
        if let Identity::Encoder { prefix, .. } = opened.identity {
            let root = start_prefix(&network);
            tensors = tensors.renamed(|name| Some(format!("{root}{}", name.strip_prefix(prefix).unwrap_or(name))));
        }
        random = net.load_start(&mut tensors)?;
        if let Some(name) = random.iter().find(|name| name.starts_with(ENCODER)) {
            return Err(Error::Usage(format!(
                "`--init {init}` does not fit {} (`{name}` is missing or of another shape); give weights of that encoder, \
                 or another --encoder",
                network.title()
            )));
        }
    }
    let layers: BTreeSet<&str> = random.iter().map(|name| layer_of(name)).collect();
    Ok(Start { weights: net.to_weights()?, random: layers.into_iter().map(str::to_owned).collect(), data })
}

/// What the weights that a run starts from say of their data, as [`Start::data`]; for a run of an earlier version, which did not
/// keep it. `None` also where they cannot be read any more: a run that goes on needs them no longer.
pub fn data(config: &TrainConfig) -> Option<String> {
    told(&opened(config)?)
}

/// What the weights that a run starts from are, where they are a network of its architecture that says so; else what the run
/// makes of them.
pub fn model(config: &TrainConfig) -> ModelConfig {
    let own = config.model_at(0.0);
    match opened(config).map(|opened| model_config(&opened, &Answers::default())) {
        Some(Ok(Known::Complete(told))) if told.network == own.network => told,
        _ => own,
    }
}

/// The file that a run starts from, where it does from one that can be read.
fn opened(config: &TrainConfig) -> Option<Opened> {
    let init = &config.start.init;
    (init != "none" && !init.is_empty()).then(|| open(&catalog::resolve(init).ok()?).ok()).flatten()
}

/// What a trained network says of its data, which whatever starts from it has seen too, whatever is held out from then on.
fn told(opened: &Opened) -> Option<String> {
    if matches!(opened.identity, Identity::Encoder { .. }) {
        return None;
    }
    let told = opened.metadata.get("data").filter(|told| !told.is_empty()).cloned();
    Some(told.unwrap_or_else(|| UNTOLD.to_owned()))
}

/// Uniform in ±√(6/(fan in + fan out)), each tensor from a stream of its own: what a tensor becomes depends on the seed and
/// on its name alone, not on what else was drawn in the process.
struct Xavier {
    seed: u64,
}

impl Visitor for Xavier {
    fn param<const D: usize>(&mut self, name: &str, param: &mut Param<Tensor<D>>) -> Result<()> {
        let old = param.val();
        let shape = old.dims();
        if D < 2 {
            return Ok(()); // biases are zero and norms one from their construction
        }
        let kernel: usize = shape[2..].iter().product();
        let a = (6.0 / ((shape[0] + shape[1]) * kernel) as f64).sqrt();
        let mut state = name.bytes().fold(self.seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3) // FNV-1a
        });
        let count = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|_| (a * (2.0 * unit(split_mix(&mut state)) - 1.0)) as f32).collect();
        *param = Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), &old.device()));
        Ok(())
    }

    fn state(&mut self, _: &str, _: &mut RunningState<Tensor<1>>) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::net::config::EncoderKind;

    #[test]
    fn the_encoder_that_ships_is_taken_and_the_rest_drawn_by_the_seed() {
        let config = TrainConfig::default();
        let start = weights(&config).unwrap();
        assert!(!start.random.is_empty() && start.random.iter().all(|layer| !layer.starts_with(ENCODER)));
        assert_eq!(start.data, None, "an encoder has seen no depth");
        assert_eq!(weights(&config).unwrap().weights, start.weights);
        let mut other = config.clone();
        other.run.seed = 1;
        let other = weights(&other).unwrap().weights;
        let differ = |name: &str| other.get(name) != start.weights.get(name);
        assert!(differ("refine1.weight") && !differ("encoder.conv_stem.weight") && !differ("refine1.bias"));
        // refine1: 3×3 from 80 to 32 channels; a = √(6/(112·9)).
        let values = start.weights.get("refine1.weight").unwrap().to_f32();
        let (a, most) = ((6f32 / 1008.0).sqrt(), values.iter().fold(0f32, |most, v| most.max(v.abs())));
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        assert!(most <= a && most > 0.99 * a && mean.abs() < 0.02 * a, "{most} {mean} for {a}");
    }

    #[test]
    fn a_whole_network_and_another_encoder() {
        let mut config = TrainConfig::default();
        config.start.init = catalog::DEFAULT_MODEL.into();
        let start = weights(&config).unwrap();
        assert_eq!(start.random, Vec::<String>::new());
        let shipped = open(&catalog::resolve(catalog::DEFAULT_MODEL).unwrap()).unwrap().metadata;
        assert!(shipped["data"].contains("NYU Depth V2") && start.data.as_ref() == Some(&shipped["data"]));
        // A state dict by itself says nothing: that too is said.
        let folder = tempfile::tempdir().unwrap();
        let bare = folder.path().join("bare.safetensors");
        crate::weights::write_safetensors(&bare, &start.weights, &std::collections::BTreeMap::new()).unwrap();
        config.start.init = bare.display().to_string();
        assert_eq!(weights(&config).unwrap().data.as_deref(), Some(UNTOLD));
        assert_eq!(data(&config).as_deref(), Some(UNTOLD));
        config.start.init = folder.path().join("gone.safetensors").display().to_string();
        assert_eq!(data(&config), None);
        config.start.init = catalog::ROAD_MODEL.into();
        config.augment.canonical_focal = 300.0;
        assert_eq!(model(&config).canonical_focal, Some(20.0), "they are what they were before a step is done");
        config.network.gate = crate::net::config::GateKind::CbamS;
        assert_eq!(model(&config).canonical_focal, Some(300.0), "another network's metres are nobody's");
        config.start.init = catalog::DEFAULT_MODEL.into();
        config.network.encoder = EncoderKind::Resnet18;
        let error = weights(&config).unwrap_err();
        assert!(error.exit_code() == 2 && error.to_string().contains("--encoder"), "{error}");
    }
}
