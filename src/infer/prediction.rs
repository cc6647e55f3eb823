//! What the inference worker hands over: everything a view or a file shows of one frame.

use super::focal::FocalScale;
use super::measure::ProtocolInput;
use super::size;
use crate::data::truth::Truth;
use crate::depth::{DepthMap, DepthUnit};
use crate::eval::badge::Badge;
use crate::eval::metrics::Metrics;
use crate::eval::protocol::Region;
use crate::frame::Frame;
use crate::net::config::{GateKind, ModelConfig};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The model card: what a loaded network is and where it came from.
#[derive(Debug, Clone)]
pub struct ModelInfo {
    /// Name shown to people: the known name or the file's stem.
    pub name: String,
    /// The file it was read from.
    pub path: PathBuf,
    /// SHA-256 of that file, lower-case hexadecimal.
    pub sha256: String,
    /// Architecture, unit and training size.
    pub config: ModelConfig,
    /// All metadata of the file, by key.
    pub metadata: BTreeMap<String, String>,
    /// Trainable parameters, auxiliary heads included.
    pub parameters: usize,
    /// Layers at their random start: the weights were part of a network. Empty for a whole one.
    pub random: Vec<String>,
    /// What was taken off or left out as the weights were read, one sentence each.
    pub notes: Vec<String>,
}

/// A gate's attention on its native grid, each value in 0…1.
#[derive(Debug, Clone)]
pub struct GateMap {
    /// Which gate made it.
    pub kind: GateKind,
    /// Name of the model whose gate it is.
    pub model: String,
    /// Columns of the grid.
    pub width: usize,
    /// Rows of the grid.
    pub height: usize,
    /// `width * height` values row by row.
    pub values: Vec<f32>,
}

impl GateMap {
    /// The value of the cell under a point of the picture, both coordinates in 0…1.
    pub fn at(&self, u: f32, v: f32) -> Option<f32> {
        if !(0.0..1.0).contains(&u) || !(0.0..1.0).contains(&v) {
            return None;
        }
        let x = (u * self.width as f32) as usize;
        let y = (v * self.height as f32) as usize;
        self.values.get(y * self.width + x).copied()
    }
}

/// Time spent on a frame by stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// File or camera bytes to RGB.
    pub decode: Duration,
    /// RGB to the network's input.
    pub preprocess: Duration,
    /// The network, until its output is on the host.
    pub forward: Duration,
    /// Network output to depth at the picture's size.
    pub postprocess: Duration,
}

/// What the network answered to the input that a protocol prescribes.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What it was shown.
    pub input: ProtocolInput,
    /// Depth on its own grid.
    pub depth: DepthMap,
}

/// The rule under which an output was measured, and the pixels that count.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The rule in one line.
    pub badge: Badge,
    /// Ground truth on the grid of [`ModelOutput::at_truth`]; pixels that do not count have no value.
    pub truth: DepthMap,
    /// The crop on that grid.
    pub region: Region,
    /// Column and row of the pixel with the largest error in proportion, on that grid.
    pub worst: [usize; 2],
}

/// One network's view of one frame.
#[derive(Debug, Clone)]
pub struct ModelOutput {
    /// The model card.
    pub info: Arc<ModelInfo>,
    /// Width and height the network ran at.
    pub net_size: [usize; 2],
    /// False when that size is one the network's scale cannot be trusted at, or the focal length that it needs is not
    /// known; [`ModelOutput::scale_warnings`] says which.
    pub scale_trusted: bool,
    /// What the focal length made of its depth; `None` for a network that knows of none.
    pub focal: Option<FocalScale>,
    /// Depth on the network's own output grid.
    pub raw: DepthMap,
    /// Depth at the frame's size.
    pub depth: DepthMap,
    /// The answer to a protocol's own input, where that is not the frame as it is; measured instead of `raw`.
    pub asked: Option<Arc<Asked>>,
    /// Depth on the grid that is measured on, scaled and clamped as asked for; present with ground truth.
    pub at_truth: Option<DepthMap>,
    /// Factor that scaling applied to `at_truth` (1 without scaling).
    pub scale: f32,
    /// The gate's attention, if the network has a gate.
    pub gate: Option<GateMap>,
    /// Metrics against the ground truth; absent without one.
    pub metrics: Option<Metrics>,
    /// How `at_truth` and `metrics` were made.
    pub measured: Option<Arc<Measured>>,
    /// Why there are none although there is ground truth.
    pub unmeasured: Option<String>,
    /// Time by stage.
    pub timing: Timing,
}

/// Everything known about one frame.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// The picture.
    pub frame: Arc<Frame>,
    /// Its ground truth, if there is one.
    pub truth: Option<Arc<Truth>>,
    /// The chosen model's output.
    pub main: ModelOutput,
    /// The compared model's output.
    pub compare: Option<ModelOutput>,
}

impl Measured {
    /// The part of the picture that counts, in 0…1: left, top, right, bottom; `None` when all of it does.
    pub fn part(&self) -> Option<[f32; 4]> {
        self.region.part([self.truth.width(), self.truth.height()])
    }
}

impl ModelOutput {
    /// Why its scale is not to be trusted, one sentence each; none where it is, or where depth has no scale to lose.
    pub fn scale_warnings(&self) -> Vec<String> {
        if self.depth.unit() != DepthUnit::Metres {
            return Vec::new();
        }
        let size = size::warning(self.net_size, &self.info.config);
        self.focal.as_ref().and_then(FocalScale::warning).into_iter().chain(size).collect()
    }

    /// The ground truth that this output was measured against: on the grid of `at_truth`, and of the pixels that count.
    pub fn counted<'a>(&'a self, truth: &'a DepthMap) -> &'a DepthMap {
        self.measured.as_ref().map_or(truth, |measured| &measured.truth)
    }
}

impl Prediction {
    /// The attention of the given kind, from whichever loaded model has that gate; the main model first.
    pub fn gate(&self, kind: GateKind) -> Option<&GateMap> {
        let other = self.compare.as_ref().and_then(|c| c.gate.as_ref());
        [self.main.gate.as_ref(), other].into_iter().flatten().find(|g| g.kind == kind)
    }
}

/// One named intermediate of `forward`, copied to the host.
#[derive(Debug, Clone)]
pub struct TapMap {
    /// Its name, as `Tap` saw it.
    pub name: String,
    /// Channels.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// `channels * height * width` values, channel by channel.
    pub values: Vec<f32>,
}

/// All taps of one model on one frame, in the order of `forward`.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// Frame they belong to.
    pub frame_id: u64,
    /// Model they belong to.
    pub model: String,
    /// The intermediates.
    pub taps: Vec<TapMap>,
}
