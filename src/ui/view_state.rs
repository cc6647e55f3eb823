//! What each view shows of the present state: picture or empty state, subtitle, colour bar, and the probe's value.
//! Pure: no drawing here, so that every state can be tested.

use super::colorbar::Bar;
use super::gate_state;
use super::model_card::untrained;
use super::probe::{ProbeReading, depth_text};
use super::state::{CameraStatus, SourceKind, Studio};
use super::truth_state;
use super::view_kind::ViewKind;
use crate::depth::DepthUnit;
use crate::figure::colormap::{Colormap, INVALID};
use crate::infer::focal::UNKNOWN;
use crate::infer::prediction::ModelInfo;
use crate::net::config::GateKind;
use crate::render::{FrameViews, Look, MapMode, Picture, Plane};

/// What is drawn.
#[derive(Debug, Clone)]
pub enum Content {
    /// A picture; planes are `None` without a GPU.
    Layer(Box<Layer>),
    /// Nothing yet, and why.
    Empty {
        /// In few words.
        title: String,
        /// What to do about it.
        explanation: String,
    },
}

/// A picture to draw, apart from its place.
#[derive(Debug, Clone)]
pub struct Layer {
    /// What of the planes.
    pub mode: MapMode,
    /// In which colours.
    pub look: Look,
    /// RGB frame.
    pub picture: Option<Picture>,
    /// Values.
    pub a: Option<Plane>,
    /// Truth.
    pub b: Option<Plane>,
}

/// Everything about one view.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Heading.
    pub title: &'static str,
    /// What it is made of.
    pub subtitle: String,
    /// Name of the network that made it, behind the subtitle; empty where that is plain.
    pub network: String,
    /// What the person should know about it: a mark in the head, and what hovering over it says.
    pub warnings: Vec<(&'static str, String)>,
    /// Picture or empty state.
    pub content: Content,
    /// Colour bar.
    pub bar: Option<Bar>,
    /// The value at the probe.
    pub value: Option<String>,
}

impl Shown {
    /// A view with that content and nothing else to say.
    pub(super) fn of(kind: ViewKind, content: Content) -> Self {
        let (subtitle, network) = (String::new(), String::new());
        Self { title: kind.title(), subtitle, network, warnings: Vec::new(), content, bar: None, value: None }
    }

    /// A view of that layer.
    pub(super) fn layer(kind: ViewKind, layer: Layer) -> Self {
        Self::of(kind, Content::Layer(Box::new(layer)))
    }
}

/// What a view shows now.
pub fn shown(studio: &Studio, kind: ViewKind, at: Option<&ProbeReading>) -> Shown {
    let Some(views) = studio.views.as_deref() else {
        // Said once, not six times.
        let why = if kind == ViewKind::Rgb || studio.solo == Some(kind) { no_picture(studio) } else { pair("", "") };
        return empty(kind, why);
    };
    match kind {
        ViewKind::Rgb => rgb(views, at),
        ViewKind::Depth => depth(studio, views, at),
        ViewKind::Truth => truth_state::truth(studio, views, at),
        ViewKind::Error => truth_state::error(studio, views, at),
        ViewKind::Eda => gate_state::gate(studio, views, GateKind::Eda, at),
        ViewKind::Cbam if studio.settings.display.gate_difference => gate_state::difference(studio, views, at),
        ViewKind::Cbam => gate_state::gate(studio, views, GateKind::CbamS, at),
    }
}

pub(super) fn empty(kind: ViewKind, (title, explanation): (String, String)) -> Shown {
    Shown::of(kind, Content::Empty { title, explanation })
}

pub(super) fn pair(title: &str, explanation: &str) -> (String, String) {
    (title.to_owned(), explanation.to_owned())
}

fn no_picture(studio: &Studio) -> (String, String) {
    if studio.source.kind == SourceKind::Camera {
        return match &studio.source.camera {
            CameraStatus::Failed(why) => ("No camera".to_owned(), why.clone()),
            CameraStatus::Recovering(_, why) => ("The camera is silent".to_owned(), why.clone()),
            _ => pair("Opening the camera…", ""),
        };
    }
    if studio.source.kind == SourceKind::Dataset {
        if let Some(why) = &studio.dataset.failed {
            return ("This data set cannot be opened".to_owned(), why.clone());
        }
        if let Some(what) = &studio.dataset.opening {
            return ("Opening the data set…".to_owned(), what.clone());
        }
    }
    if let Some(folder) = &studio.source.empty {
        let what = format!("{} holds no picture that can be opened. Open another, or drop one here.", folder.display());
        return ("Empty folder".to_owned(), what);
    }
    if let Some(why) = &studio.frame_failed {
        return ("This picture cannot be shown".to_owned(), why.clone());
    }
    if studio.pending.is_some() {
        return pair("Opening…", "");
    }
    pair("No picture", "Open a file or a folder (Ctrl+O), choose a camera, or drop something here.")
}

/// Why there is no prediction.
pub(super) fn no_prediction(studio: &Studio) -> (String, String) {
    if let Some(why) = &studio.frame_failed {
        return ("No prediction".to_owned(), why.clone());
    }
    if let (None, Some(name)) = (&studio.main.info, &studio.main.loading) {
        return ("Loading the model…".to_owned(), name.clone());
    }
    match (&studio.main.info, &studio.main.failed) {
        (None, Some(why)) => ("No model".to_owned(), why.clone()),
        (None, None) => pair("No model", "Choose one in the toolbar, or drop weights here."),
        (Some(_), _) => pair("Computing…", ""),
    }
}

/// The mark of a view whose network was loaded in part only.
pub(super) fn untrained_mark(info: &ModelInfo) -> Vec<(&'static str, String)> {
    untrained(info).map(|why| ("untrained layers", why)).into_iter().collect()
}

pub(super) fn look(map: Colormap, range: [f32; 2], reversed: bool) -> Look {
    Look { map, range, reversed, mask: INVALID, smooth: false, overlay: None }
}

fn rgb(views: &FrameViews, at: Option<&ProbeReading>) -> Shown {
    let frame = &views.job.frame;
    let layer = Layer {
        mode: MapMode::Frame,
        look: look(Colormap::Grey, [0.0, 1.0], false),
        picture: views.picture.clone(),
        a: None,
        b: None,
    };
    Shown {
        subtitle: format!("{}×{}", frame.width, frame.height),
        value: at.map(|r| format!("{} {} {}", r.rgb[0], r.rgb[1], r.rgb[2])),
        ..Shown::layer(ViewKind::Rgb, layer)
    }
}

pub(super) fn depth_bar(map: Colormap, range: [f32; 2], unit: DepthUnit, extent: Option<[f32; 2]>) -> Bar {
    let words = match (unit.larger_is_nearer(), unit.symbol().is_empty()) {
        (true, _) => ["far", "near"],
        (false, true) => ["near", "relative, far"],
        (false, false) => ["near", "far"],
    };
    let clipped = extent.map_or([false; 2], |[low, high]| [low < range[0], high > range[1]]);
    let reversed = map.reversed_for(unit);
    Bar { map, range, reversed, unit: unit.symbol(), factor: 1.0, words, clipped, classes: None }
}

fn depth(studio: &Studio, views: &FrameViews, at: Option<&ProbeReading>) -> Shown {
    let Some(prediction) = &views.job.prediction else {
        return empty(ViewKind::Depth, no_prediction(studio));
    };
    let (main, map) = (&prediction.main, studio.settings.display.depth_map);
    let unit = main.depth.unit();
    let range = studio.depth_range;
    let [w, h] = main.net_size;
    let mut warnings = untrained_mark(&main.info);
    let untrusted = main.scale_warnings().join("\n");
    if !untrusted.is_empty() {
        let unknown = main.focal.as_ref().is_some_and(|focal| !focal.is_trusted());
        warnings.push((if unknown { UNKNOWN } else { "scale not trusted" }, untrusted));
    }
    let layer = Layer {
        mode: MapMode::Value,
        look: look(map, range, map.reversed_for(unit)),
        picture: None,
        a: views.depth.clone(),
        b: None,
    };
    // The error is then of another prediction, and this says of what this one is.
    let whole = if main.asked.is_some() { ", of the whole picture" } else { "" };
    let what = if unit == DepthUnit::Metres { "predicted" } else { "relative," };
    Shown {
        subtitle: format!("{what} at {w}×{h}{whole}"),
        warnings,
        bar: Some(depth_bar(map, range, unit, views.analysis.depth_extent)),
        value: at.map(|r| depth_text(r.depth, r.unit)),
        ..Shown::layer(ViewKind::Depth, layer)
    }
}
