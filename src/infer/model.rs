//! A loaded network ready to run: weights read, checked, folded, on its device.

use super::focal::{FocalScale, scaled};
use super::prediction::{GateMap, ModelInfo, ModelOutput, TapMap, Timing};
pub use super::request::ModelRequest;
use super::scale::{resized, to_depth};
use super::{size, start};
use crate::data::resize::{Filter, pillow};
use crate::depth::DepthMap;
use crate::device::to_host;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::net::config::{ModelConfig, NetworkConfig};
use crate::net::depth_network::DepthNetwork;
use crate::net::tap::{Pick, Recorder, Tap};
use crate::net::visit::Network;
use crate::state_dict::HostTensor;
use crate::weights::arch::Arch;
use crate::weights::metadata::{Answers, Known, model_config};
use crate::weights::{self, Opened, keys};
use burn::tensor::{Device, Tensor, TensorData};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// A network with its card, on a device.
pub struct Model {
    network: DepthNetwork,
    device: Device,
    /// The model card.
    pub info: Arc<ModelInfo>,
}

impl Model {
    /// Reads the weights and puts the network, batch norms folded, on `device`. Weights are in memory once, and a tensor
    /// at a time twice.
    ///
    /// # Errors
    /// When the file cannot be read, belongs to another network, or cannot say what it is and nobody answered.
    pub fn load(request: &ModelRequest, device: &Device) -> Result<Self> {
        let path = weights::catalog::resolve_model(&request.path_or_name, request.start)?;
        let mut opened = weights::open(&path)?;
        if request.sha256.as_ref().is_some_and(|looked_at| *looked_at != opened.sha256) {
            return Err(Error::file(&path, "has changed since it was looked at", "open it again"));
        }
        let answers = Answers { gate: request.gate, unit: request.unit, train_size: request.train_size };
        let start = request.start && start::is_needed(&opened)?;
        let config = match if start { start::config(&opened, &answers)? } else { model_config(&opened, &answers)? } {
            Known::Complete(config) => config,
            Known::Missing(missing) => {
                return Err(Error::NeedsAnswers { path, missing: missing.into_iter().map(str::to_owned).collect() });
            }
        };
        opened.tensors.retain(|name| !keys::is_unneeded(name));
        let mut network = DepthNetwork::new(&config.network, device)?;
        let random = if start {
            let random = start::fill(&mut network, &mut opened, &config, device)?;
            left_over(&mut opened, &config);
            random
        } else {
            fill(&mut network, &mut opened, &config)?;
            Vec::new()
        };
        let parameters = network.parameter_count()?;
        let info = ModelInfo {
            name: name_of(&opened.path),
            path: opened.path,
            sha256: opened.sha256,
            config,
            metadata: opened.metadata,
            parameters,
            random,
            notes: opened.notes,
        };
        Ok(Self { network: network.fold()?, device: device.clone(), info: Arc::new(info) })
    }

    /// A network with random weights (Xavier), for benches: what a network costs does not depend on its values.
    ///
    /// # Errors
    /// When its parts do not fit together or the device fails.
    pub fn untrained(config: ModelConfig, seed: u64, device: &Device) -> Result<Self> {
        device.seed(seed);
        let mut network = DepthNetwork::new(&config.network, device)?;
        network.xavier(device)?;
        let name = Arch::Network(config.network.clone()).name();
        let random = network.shapes()?.into_keys().collect();
        let info = ModelInfo {
            path: PathBuf::from(&name),
            name,
            sha256: String::new(),
            config,
            metadata: BTreeMap::new(),
            parameters: network.parameter_count()?,
            random,
            notes: Vec::new(),
        };
        Ok(Self { network: network.fold()?, device: device.clone(), info: Arc::new(info) })
    }

    /// A model from a network in memory, for tests and benches.
    pub fn from_network(network: impl Into<DepthNetwork>, info: ModelInfo, device: &Device) -> Self {
        Self { network: network.into(), device: device.clone(), info: Arc::new(info) }
    }

    /// The network's input for a frame: stretched to `size` (width, height) as Pillow does, RGB/255, 1×3×H×W.
    pub(super) fn input(&self, frame: &Frame, size: [usize; 2]) -> Tensor<4> {
        let [w, h] = size;
        let filter = match self.info.config.network {
            NetworkConfig::Monodepth2 { .. } => Filter::Lanczos, // reference.md 9.11
            NetworkConfig::Msfnet(_) | NetworkConfig::Hu { .. } => Filter::Bilinear,
        };
        let small = pillow(&frame.rgb, [frame.width, frame.height], 3, size, filter);
        let mut planes = vec![0f32; 3 * w * h];
        let (r, rest) = planes.split_at_mut(w * h);
        let (g, b) = rest.split_at_mut(w * h);
        for (i, pixel) in small.chunks_exact(3).enumerate() {
            r[i] = f32::from(pixel[0]) / 255.0;
            g[i] = f32::from(pixel[1]) / 255.0;
            b[i] = f32::from(pixel[2]) / 255.0;
        }
        Tensor::from_data(TensorData::new(planes, [1, 3, h, w]), &self.device)
    }

    /// Runs the network on a frame: depth at its own and at the frame's size, attention, times.
    /// `size` is used exactly as given; `None` takes [`size::default_size`].
    ///
    /// # Errors
    /// When the size is impossible or the device fails.
    pub fn run(&self, frame: &Frame, size: Option<[usize; 2]>) -> Result<ModelOutput> {
        let net_size = self.net_size(frame, size)?;
        let start = Instant::now();
        let input = self.input(frame, net_size);
        let preprocess = start.elapsed();

        let start = Instant::now();
        let mut gate = Pick::new("gate.map");
        let y = self.network.forward(input, &mut gate)?;
        let [_, _, h, w] = y.dims();
        let y = to_host(y)?;
        let gate = gate.found.map(|map| self.gate_map(map)).transpose()?;
        let forward = start.elapsed();

        let start = Instant::now();
        let network = &self.info.config.network;
        let focal = FocalScale::of(&self.info.config, frame, net_size[0]);
        let raw = scaled(to_depth(&y, w, h, network, self.info.config.unit), focal.as_ref());
        let at_frame = resized(&raw, network, frame.width, frame.height);
        let depth = DepthMap::new(frame.width, frame.height, raw.unit(), at_frame);
        let postprocess = start.elapsed();
        Ok(ModelOutput {
            info: self.info.clone(),
            net_size,
            scale_trusted: size::scale_trusted(net_size, &self.info.config)
                && focal.as_ref().is_none_or(FocalScale::is_trusted),
            focal,
            raw,
            depth,
            asked: None,
            at_truth: None,
            scale: 1.0,
            gate,
            metrics: None,
            measured: None,
            unmeasured: None,
            timing: Timing { decode: frame.decode, preprocess, forward, postprocess },
        })
    }

    /// Every intermediate of `forward` on a frame, copied to the host.
    ///
    /// # Errors
    /// As [`Model::run`].
    pub fn inspect(&self, frame: &Frame, size: Option<[usize; 2]>) -> Result<Vec<TapMap>> {
        let mut seen = Recorder::default();
        self.forward(self.input(frame, self.net_size(frame, size)?), &mut seen)?;
        let copy = |(name, tensor): (&'static str, Tensor<4>)| {
            let [_, channels, height, width] = tensor.dims();
            Ok(TapMap { name: name.to_owned(), channels, height, width, values: to_host(tensor)? })
        };
        seen.seen.into_iter().map(copy).collect()
    }

    /// The bare network on an input of 1×3×H×W in 0…1, for benches and parity tests.
    ///
    /// # Errors
    /// For a size that the network cannot run at.
    pub fn forward<T: Tap>(&self, input: Tensor<4>, tap: &mut T) -> Result<Tensor<4>> {
        self.network.forward(input, tap)
    }

    /// The network itself.
    pub fn network(&self) -> &DepthNetwork {
        &self.network
    }

    /// The size the network would run at: the one asked for, else one of the picture's shape and the training's area;
    /// Monodepth2, which knows one size only, takes that.
    ///
    /// # Errors
    /// When `size` is smaller than one cell of the coarsest stage, too large for memory, or breaks the network's own rule.
    pub fn net_size(&self, frame: &Frame, size: Option<[usize; 2]>) -> Result<[usize; 2]> {
        let ModelConfig { network, train_size, .. } = &self.info.config;
        let size = match (size, network) {
            (Some(size), _) => size,
            (None, NetworkConfig::Monodepth2 { .. }) => *train_size,
            (None, _) => size::default_size(frame.width, frame.height, *train_size),
        };
        self.checked(size)
    }

    /// A size that the network can run at.
    ///
    /// # Errors
    /// For any other; the sentence says which it can.
    pub fn checked(&self, size: [usize; 2]) -> Result<[usize; 2]> {
        self.network.checked(size::checked(size)?)
    }

    fn gate_map(&self, map: Tensor<4>) -> Result<GateMap> {
        let [_, _, height, width] = map.dims();
        let (kind, model) = (self.info.config.network.gate(), self.info.name.clone());
        Ok(GateMap { kind, model, width, height, values: to_host(map)? })
    }
}

/// A file's stem; the whole file name where the stem would pass it off as weights that ship and it is not they.
fn name_of(path: &Path) -> String {
    let text = |s: Option<&std::ffi::OsStr>| s.map(|s| s.to_string_lossy().into_owned());
    let stem = text(path.file_stem()).unwrap_or_else(|| path.display().to_string());
    let another =
        weights::catalog::known(&stem).is_some() && weights::catalog::resolve(&stem).ok().as_deref() != Some(path);
    if another { text(path.file_name()).unwrap_or(stem) } else { stem }
}

/// Fills the whole network. Auxiliary heads, which depth does not depend on, may be left out of a file.
fn fill(network: &mut DepthNetwork, opened: &mut Opened, config: &ModelConfig) -> Result<()> {
    let path = opened.path.clone();
    let wrong = |e: &dyn std::fmt::Display| {
        let remedy = "choose weights of that network; `weights check` shows the difference";
        Error::file(&path, format!("does not fit {}: {e}", describe(config)), remedy)
    };
    let absent: Vec<(String, Vec<usize>)> = network.shapes()?.into_iter().collect();
    for (name, shape) in absent.into_iter().filter(|(name, _)| keys::is_optional(name)) {
        if opened.tensors.get(&name).is_none() {
            let zeros = vec![0.0; shape.iter().product()];
            opened.tensors.insert(name, HostTensor::from_f32(shape, &zeros));
        }
    }
    let shapes = network.shapes()?;
    network.load_weights(&mut opened.tensors).map_err(|e| wrong(&e))?;
    if let Some(stray) = opened.tensors.names().find(|name| keys::is_stray(name, &shapes)) {
        return Err(wrong(&format!("it has `{stray}`, which that network does not have")));
    }
    left_over(opened, config);
    Ok(())
}

/// Notes the tensors that nothing asked for.
fn left_over(opened: &mut Opened, config: &ModelConfig) {
    if let Some(first) = opened.tensors.names().next() {
        let (all, what) = (opened.tensors.len(), describe(config));
        opened.notes.push(format!("{all} tensors have no place in {what} and are left out, `{first}` first."));
    }
}

fn describe(config: &ModelConfig) -> String {
    let title = config.network.title();
    match config.network.msfnet() {
        Some(net) => format!("{title} with {} {} USF", net.gate.title(), if net.usf { "with" } else { "without" }),
        None => title,
    }
}

#[cfg(test)]
mod tests {
    use super::name_of;
    use crate::weights::catalog::{DEFAULT_MODEL, resolve};
    use std::path::Path;

    #[test]
    fn only_the_file_that_ships_bears_its_name() {
        let ships = resolve(DEFAULT_MODEL).map(|path| name_of(&path));
        assert_eq!(ships.ok().as_deref(), Some(DEFAULT_MODEL));
        let other = format!("/elsewhere/{DEFAULT_MODEL}.pth");
        assert_eq!(name_of(Path::new(&other)), format!("{DEFAULT_MODEL}.pth"));
        assert_eq!(name_of(Path::new("/elsewhere/mine.pth")), "mine");
    }
}
