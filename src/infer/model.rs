//! A loaded network ready to run: weights read, checked, folded, on its device.

use super::prediction::{GateMap, ModelInfo, ModelOutput, TapMap, Timing};
use super::size;
use crate::data::resize::{bilinear_align_corners, pillow_bilinear};
use crate::depth::{DepthMap, DepthUnit};
use crate::device::to_host;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::net::config::{GateKind, ModelConfig};
use crate::net::depth_network::DepthNetwork;
use crate::net::tap::{Pick, Recorder, Tap};
use crate::net::visit::Network;
use crate::weights::{
    self,
    metadata::{Answers, Known},
};
use burn::tensor::{Device, Tensor, TensorData};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// A request for a model: its file or known name, and answers to what a bare state dict cannot say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelRequest {
    /// A file, or a name of the catalog.
    pub path_or_name: String,
    /// Which gate the weights have.
    pub gate: Option<GateKind>,
    /// What their output means.
    pub unit: Option<DepthUnit>,
    /// Width and height they were trained at.
    pub train_size: Option<[usize; 2]>,
}

impl ModelRequest {
    /// A request without answers.
    pub fn named(path_or_name: impl Into<String>) -> Self {
        Self { path_or_name: path_or_name.into(), ..Self::default() }
    }
}

/// A network with its card, on a device.
pub struct Model {
    network: DepthNetwork,
    device: Device,
    /// The model card.
    pub info: Arc<ModelInfo>,
}

impl Model {
    /// Reads the weights and puts the network, batch norms folded, on `device`.
    ///
    /// # Errors
    /// When the file cannot be read, belongs to another network, or cannot say what it is and nobody answered.
    pub fn load(request: &ModelRequest, device: &Device) -> Result<Self> {
        let path = weights::catalog::resolve_model(&request.path_or_name)?;
        let mut file = weights::read(&path)?;
        let canonical = weights::keys::canonical(std::mem::take(&mut file.tensors))?;
        file.tensors = canonical.tensors;
        let answers = Answers { gate: request.gate, unit: request.unit, train_size: request.train_size };
        let config = match weights::metadata::model_config(&path, &file, &answers)? {
            Known::Complete(config) => config,
            Known::Missing(missing) => {
                return Err(Error::NeedsAnswers { path, missing: missing.into_iter().map(str::to_owned).collect() });
            }
        };
        let mut network = DepthNetwork::new(&config.network, device)?;
        let wrong = |e: &dyn std::fmt::Display| {
            Error::file(&path, format!("does not fit {}: {e}", describe(&config)), "choose weights of that network")
        };
        network.load_weights(&mut file.tensors).map_err(|e| wrong(&e))?;
        if let Some((first, _)) = file.tensors.iter().next() {
            let all = file.tensors.len();
            return Err(wrong(&format!("it has {all} tensors that the network does not know, `{first}` first")));
        }
        let parameters = network.parameter_count()?;
        let info =
            ModelInfo { name: name_of(&path), path, sha256: file.sha256, config, metadata: file.metadata, parameters };
        Ok(Self { network: network.fold()?, device: device.clone(), info: Arc::new(info) })
    }

    /// A model from a network in memory, for tests and benches.
    pub fn from_network(network: impl Into<DepthNetwork>, info: ModelInfo, device: &Device) -> Self {
        Self { network: network.into(), device: device.clone(), info: Arc::new(info) }
    }

    /// The network's input for a frame: stretched to `size` (width, height) as Pillow does, RGB/255, 1×3×H×W.
    fn input(&self, frame: &Frame, size: [usize; 2]) -> Tensor<4> {
        let [w, h] = size;
        let small = pillow_bilinear(&frame.rgb, frame.width, frame.height, 3, w, h);
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
        let raw = to_metres(&y, w, h, self.info.config.unit);
        let at_frame = bilinear_align_corners(raw.values(), w, h, frame.width, frame.height);
        let depth = DepthMap::new(frame.width, frame.height, raw.unit(), at_frame);
        let postprocess = start.elapsed();
        Ok(ModelOutput {
            info: self.info.clone(),
            net_size,
            scale_trusted: size::scale_trusted(net_size, self.info.config.train_size),
            raw,
            depth,
            at_truth: None,
            scale: 1.0,
            gate,
            metrics: None,
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

    /// The size the network would run at.
    ///
    /// # Errors
    /// When `size` is smaller than one cell of the coarsest stage, too large for memory, or breaks the network's own rule.
    pub fn net_size(&self, frame: &Frame, size: Option<[usize; 2]>) -> Result<[usize; 2]> {
        self.network.checked(size::checked(size.unwrap_or_else(|| size::default_size(frame.width, frame.height)))?)
    }

    fn gate_map(&self, map: Tensor<4>) -> Result<GateMap> {
        let [_, _, height, width] = map.dims();
        let (kind, model) = (self.info.config.network.gate(), self.info.name.clone());
        Ok(GateMap { kind, model, width, height, values: to_host(map)? })
    }
}

/// The network's output as depth: 10/clamp(y, 1, 100) for 10/metres (reference.md 6.2), metres clamped to
/// 1 mm … 80 m; relative outputs as they are.
pub fn to_metres(y: &[f32], width: usize, height: usize, unit: DepthUnit) -> DepthMap {
    let (unit, values) = match unit {
        DepthUnit::TenOverMetres => (DepthUnit::Metres, y.iter().map(|y| 10.0 / y.clamp(1.0, 100.0)).collect()),
        DepthUnit::Metres => (DepthUnit::Metres, y.iter().map(|y| y.clamp(1e-3, 80.0)).collect()),
        DepthUnit::Disparity => (DepthUnit::Relative, y.iter().map(|y| 1.0 / y.max(1e-3)).collect()),
        DepthUnit::Relative => (DepthUnit::Relative, y.to_vec()),
    };
    DepthMap::new(width, height, unit, values)
}

/// A file's stem; the whole file name where the stem would pass it off as weights that ship and it is not they.
fn name_of(path: &Path) -> String {
    let text = |s: Option<&std::ffi::OsStr>| s.map(|s| s.to_string_lossy().into_owned());
    let stem = text(path.file_stem()).unwrap_or_else(|| path.display().to_string());
    let another =
        weights::catalog::known(&stem).is_some() && weights::catalog::resolve(&stem).ok().as_deref() != Some(path);
    if another { text(path.file_name()).unwrap_or(stem) } else { stem }
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
