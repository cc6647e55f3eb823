//! [`Studio`]: everything the window shows, as plain data. Panels draw it and push [`Action`]s.

pub use super::actions::Action;
use super::dataset::DatasetState;
use super::evaluate::EvaluateState;
use super::inspect_tab::InspectState;
use super::latency::Latency;
use super::link::Link;
use super::reading::Reading;
use super::settings::{RangeKind, Settings};
use super::sheets::Sheet;
pub use super::source::{CameraStatus, FileEntry, Source, SourceKind};
use super::split::Split;
use super::toasts::{Level, Log, Toasts};
use super::train::TrainState;
use super::view_kind::ViewKind;
use crate::depth::DepthUnit;
use crate::device::{DeviceChoice, DeviceInfo};
use crate::error::Error;
use crate::eval::protocol::MeasureSettings;
use crate::figure::range::{RangeSmoother, usable};
use crate::infer::engine::Slot;
use crate::infer::prediction::{ModelInfo, Prediction};
use crate::render::FrameViews;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// One of the two models.
#[derive(Debug, Clone, Default)]
pub struct ModelSlot {
    /// What runs.
    pub info: Option<Arc<ModelInfo>>,
    /// The name under which it ships, if it was read from the file that ships.
    pub known: Option<&'static str>,
    /// What is being loaded.
    pub loading: Option<String>,
    /// Why the last load failed.
    pub failed: Option<String>,
    /// A starting point will do for what is being loaded.
    pub starting: bool,
}

/// Devices.
#[derive(Debug, Clone, Default)]
pub struct Devices {
    /// What was asked for.
    pub choice: DeviceChoice,
    /// What is used.
    pub current: Option<DeviceInfo>,
    /// All of this machine.
    pub list: Vec<DeviceInfo>,
}

/// The state of the whole window.
#[derive(Default)]
pub struct Studio {
    /// What is kept over restarts.
    pub settings: Settings,
    /// Pictures, files, cameras.
    pub source: Source,
    /// The data set that is open.
    pub dataset: DatasetState,
    /// The Evaluate tab.
    pub evaluate: EvaluateState,
    /// The Train tab.
    pub train: TrainState,
    /// The model whose depth is shown.
    pub main: ModelSlot,
    /// The compared model.
    pub compare: ModelSlot,
    /// Where they run.
    pub devices: Devices,
    /// The frame on the screen.
    pub views: Option<Arc<FrameViews>>,
    /// The bundled sample is to be opened as soon as the list of samples is there.
    pub first_sample: bool,
    /// A picture that waits for its prediction, and since when.
    pub pending: Option<Instant>,
    /// The frame on the screen is being predicted anew.
    pub recompute: bool,
    /// Why the newest frame has no prediction.
    pub frame_failed: Option<String>,
    /// Why the picture's ground truth cannot be shown.
    pub truth_failed: Option<String>,
    /// Zoom and pan.
    pub link: Link,
    /// A scale to be set once a view knows its area: screen pixels for a picture pixel.
    pub zoom_to: Option<f32>,
    /// A factor to zoom by, about the middle, once a view knows its area.
    pub zoom_by: f32,
    /// The probe under the pointer, both coordinates in 0…1.
    pub hover: Option<[f32; 2]>,
    /// Where the pointer is in the frame that is being drawn; all views show it from the next one on.
    pub next_hover: Option<[f32; 2]>,
    /// The probe that a click pinned.
    pub pinned: Option<[f32; 2]>,
    /// One view alone.
    pub solo: Option<ViewKind>,
    /// Two views in one.
    pub split: Option<Split>,
    /// Ask the tile tree to forget the person's arrangement.
    pub reset_layout: bool,
    /// Depth range on the screen.
    pub depth_range: [f32; 2],
    smoother: RangeSmoother,
    ranged_at: Option<Instant>,
    /// Frames from the camera are held.
    pub frozen: bool,
    /// How the error is measured: protocol or none, crop, cap, scaling.
    pub measure: MeasureSettings,
    /// Network size; `None` chooses by the picture's shape.
    pub net_size: Option<[usize; 2]>,
    /// Focal length along x in pixels, for pictures that do not know their own; `None` when it is unknown.
    pub focal: Option<f64>,
    /// Latency of the last predictions.
    pub latency: Latency,
    /// Long work: what.
    pub busy: Option<String>,
    /// Where exports go when none was made before.
    pub export_default: Option<PathBuf>,
    /// An export is being written.
    pub exporting: bool,
    /// Inspect tab.
    pub inspect: InspectState,
    /// Weights that the doctor reads.
    pub reading: Option<Reading>,
    /// A question or a report that covers the window.
    pub sheet: Option<Sheet>,
    /// The key overlay.
    pub help: bool,
    /// The typed path of the Open menu.
    pub typed_path: String,
    /// Short messages.
    pub toasts: Toasts,
    /// All messages.
    pub log: Log,
    /// Where each view is on the screen, for drops.
    pub view_rects: Vec<(ViewKind, egui::Rect)>,
    /// What the person asked for since the last frame.
    pub actions: Vec<Action>,
}

impl Studio {
    /// A window with these settings and nothing in it.
    pub fn new(settings: Settings) -> Self {
        Self { settings, depth_range: [0.0, 1.0], zoom_by: 1.0, ..Self::default() }
    }

    /// Asks for something to be done after this frame.
    pub fn push(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// The prediction on the screen.
    pub fn prediction(&self) -> Option<&Arc<Prediction>> {
        self.views.as_ref()?.job.prediction.as_ref()
    }

    /// The unit of the depth on the screen: the prediction's, else the ground truth's.
    pub fn depth_unit(&self) -> DepthUnit {
        let truth = || self.views.as_ref()?.job.truth.as_ref().map(|t| t.map.unit());
        let predicted = self.prediction().map(|p| p.main.depth.unit());
        predicted.or_else(truth).unwrap_or(DepthUnit::Metres)
    }

    /// The slot's model.
    pub fn slot(&mut self, slot: Slot) -> &mut ModelSlot {
        match slot {
            Slot::Main => &mut self.main,
            Slot::Compare => &mut self.compare,
        }
    }

    /// The cursor: where the pointer is, else where it was pinned.
    pub fn cursor(&self) -> Option<[f32; 2]> {
        self.hover.or(self.pinned)
    }

    /// True while pictures come from a camera that is not held.
    pub fn live(&self) -> bool {
        self.source.kind == SourceKind::Camera && !self.frozen
    }

    /// Says something in a toast and in the log.
    pub fn say(&mut self, level: Level, text: impl Into<String>) {
        let text = text.into();
        self.log.add(level, &text);
        self.toasts.add(level, text);
    }

    /// Notes something in the log alone.
    pub fn note(&mut self, text: impl AsRef<str>) {
        self.log.add(Level::Info, text.as_ref());
    }

    /// Reports an error.
    pub fn fail(&mut self, error: &Error) {
        self.say(Level::Error, error.to_string());
    }

    /// Takes over a frame that is ready to be drawn.
    pub fn accept(&mut self, views: Arc<FrameViews>, now: Instant) {
        let same_source = self.views.as_ref().is_some_and(|v| v.job.frame.name == views.job.frame.name);
        if let Some(prediction) = &views.job.prediction {
            // Measured by another rule it is no new one.
            let same =
                |p: &&Arc<Prediction>| p.frame.id == prediction.frame.id && p.main.timing == prediction.main.timing;
            if self.prediction().filter(same).is_none() {
                self.latency.note(prediction.main.timing, now);
                self.inspect.predicted();
            }
            (self.pending, self.recompute) = (None, false);
            self.frame_failed = None;
        }
        let size = |v: &FrameViews| (v.job.frame.width, v.job.frame.height);
        if self.views.as_ref().is_some_and(|old| size(old) != size(&views)) {
            self.link = Link::default();
        }
        self.views = Some(views);
        if !(self.live() && same_source) {
            self.smoother.reset();
        }
        self.update_range(now);
    }

    /// Recomputes the depth range from the display settings; live frames are smoothed so that nothing flickers.
    pub fn update_range(&mut self, now: Instant) {
        let display = &self.settings.display;
        let percentiles = self.views.as_ref().and_then(|v| v.analysis.depth_percentiles);
        self.depth_range = match display.range.usable_for(self.depth_unit()) {
            RangeKind::Fixed => [0.0, 10.0],
            RangeKind::Manual => usable(display.manual),
            RangeKind::Percentile => {
                let seconds = self.ranged_at.map_or(0.0, |t| now.saturating_duration_since(t).as_secs_f32());
                self.smoother.update(percentiles.unwrap_or([0.0, 1.0]), seconds)
            }
        };
        self.ranged_at = Some(now);
    }
}
