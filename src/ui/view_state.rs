//! What each view shows of the present state: picture or empty state, subtitle, colour bar, and the probe's value.
//! Pure: no drawing here, so that every state can be tested.

use super::colorbar::Bar;
use super::gate_state;
use super::probe::{ProbeReading, depth_text};
use super::state::{CameraStatus, SourceKind, Studio};
use super::view_kind::ViewKind;
use crate::depth::DepthUnit;
use crate::figure::colormap::{Colormap, INVALID};
use crate::figure::error_mode::ErrorMode;
use crate::infer::size::warning;
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
    /// Something the person should know about it.
    pub warning: Option<String>,
    /// Picture or empty state.
    pub content: Content,
    /// Colour bar.
    pub bar: Option<Bar>,
    /// The value at the probe.
    pub value: Option<String>,
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
        ViewKind::Truth => truth(studio, views, at),
        ViewKind::Error => error(studio, views, at),
        ViewKind::Eda => gate_state::gate(studio, views, GateKind::Eda, at),
        ViewKind::Cbam if studio.settings.display.gate_difference => gate_state::difference(studio, views, at),
        ViewKind::Cbam => gate_state::gate(studio, views, GateKind::CbamS, at),
    }
}

pub(super) fn empty(kind: ViewKind, (title, explanation): (String, String)) -> Shown {
    let content = Content::Empty { title, explanation };
    Shown { title: kind.title(), subtitle: String::new(), warning: None, content, bar: None, value: None }
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
        (None, None) => pair("No model", "Choose one in the toolbar, or drop a .pth or .safetensors file here."),
        (Some(_), _) => pair("Computing…", ""),
    }
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
        title: ViewKind::Rgb.title(),
        subtitle: format!("{}×{}", frame.width, frame.height),
        warning: None,
        content: Content::Layer(Box::new(layer)),
        bar: None,
        value: at.map(|r| format!("{} {} {}", r.rgb[0], r.rgb[1], r.rgb[2])),
    }
}

fn depth_bar(map: Colormap, range: [f32; 2], unit: DepthUnit, extent: Option<[f32; 2]>) -> Bar {
    let words = if unit.larger_is_nearer() { ["far", "near"] } else { ["near", "far"] };
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
    let warning = warning(main.net_size, main.info.config.train_size).filter(|_| !main.scale_trusted);
    let layer = Layer {
        mode: MapMode::Value,
        look: look(map, range, map.reversed_for(unit)),
        picture: None,
        a: views.depth.clone(),
        b: None,
    };
    Shown {
        title: ViewKind::Depth.title(),
        subtitle: format!("predicted at {w}×{h}"),
        warning,
        content: Content::Layer(Box::new(layer)),
        bar: Some(depth_bar(map, range, unit, views.analysis.depth_extent)),
        value: at.map(|r| depth_text(r.depth, r.unit)),
    }
}

fn truth(studio: &Studio, views: &FrameViews, at: Option<&ProbeReading>) -> Shown {
    let Some(truth) = &views.job.truth else {
        if let Some(why) = &studio.truth_failed {
            return empty(ViewKind::Truth, ("Ground truth cannot be read".to_owned(), why.clone()));
        }
        let how = "Open one beside the picture (Open, Ground truth…), or drop a .png, .npy or .pfm here.";
        return empty(ViewKind::Truth, pair("No ground truth", how));
    };
    let map = studio.settings.display.depth_map;
    let unit = truth.map.unit();
    let same = views.job.prediction.as_ref().is_none_or(|p| p.main.depth.unit() == unit);
    let range = if same { studio.depth_range } else { views.analysis.truth_percentiles.unwrap_or([0.0, 1.0]) };
    let valid = views.analysis.truth_valid.unwrap_or(0.0) * 100.0;
    let layer = Layer {
        mode: MapMode::Value,
        look: look(map, range, map.reversed_for(unit)),
        picture: None,
        a: views.truth.clone(),
        b: None,
    };
    Shown {
        title: ViewKind::Truth.title(),
        subtitle: format!("{}, {valid:.1} % valid", truth.label),
        warning: None,
        content: Content::Layer(Box::new(layer)),
        bar: Some(depth_bar(map, range, unit, views.analysis.depth_extent)),
        value: at.map(|r| depth_text(r.truth, r.truth_unit)),
    }
}

fn error(studio: &Studio, views: &FrameViews, at: Option<&ProbeReading>) -> Shown {
    let mode = studio.settings.display.error;
    if views.job.truth.is_none() {
        return empty(ViewKind::Error, pair("No ground truth", "The error needs ground truth of this picture."));
    }
    let Some(prediction) = &views.job.prediction else {
        return empty(ViewKind::Error, no_prediction(studio));
    };
    // Without a compared model there is only one error to show.
    let other = prediction.compare.as_ref().filter(|_| studio.settings.display.error_compared);
    let (model, analysis) = match other {
        Some(other) => (other, &views.analysis.compare_error),
        None => (&prediction.main, &views.analysis.error),
    };
    let (Some(_), Some(range)) = (analysis, views.analysis.error_range(mode)) else {
        let why = "The prediction has no value where the ground truth has one.";
        return empty(ViewKind::Error, pair("No error", why));
    };
    let map = mode.colormap();
    let unit = mode.unit(model.depth.unit().symbol());
    let words = if mode == ErrorMode::Signed { ["too near", "too far"] } else { ["", ""] };
    let classes = (mode == ErrorMode::Delta1).then_some(["within 25 %", "off by 25 % or more"]);
    let factor = mode.display_factor();
    let bar = Bar { map, range, reversed: false, unit, factor, words, clipped: [false; 2], classes };
    let layer = Layer {
        mode: MapMode::Error(mode),
        look: look(map, range, false),
        picture: None,
        a: if other.is_some() { views.compare_at_truth.clone() } else { views.at_truth.clone() },
        b: views.truth.clone(),
    };
    let scale = model.scale;
    let scaling = if scale == 1.0 { "no scaling".to_owned() } else { format!("median scaling ×{scale:.3}") };
    let whose = if prediction.compare.is_some() { format!(" · {}", model.info.name) } else { String::new() };
    let value = at.map(|r| {
        let error = if other.is_some() { r.compare_error(mode) } else { r.error(mode) };
        error.map_or("–".to_owned(), |e| mode.format(e, model.depth.unit().symbol()))
    });
    Shown {
        title: ViewKind::Error.title(),
        subtitle: format!("{}, {scaling}{whose}", mode.title()),
        warning: None,
        content: Content::Layer(Box::new(layer)),
        bar: Some(bar),
        value,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::render::UploadJob;
    use crate::ui::probe::probe;
    use crate::ui::settings::Settings;
    use crate::ui::tests::example;
    use std::sync::Arc;

    #[test]
    fn the_error_of_either_model_is_shown_with_its_name_in_the_same_colours() {
        let p = Arc::new(example());
        let mut studio = Studio::new(Settings::default());
        let job = UploadJob { frame: p.frame.clone(), truth: p.truth.clone(), prediction: Some(p.clone()) };
        studio.views = Some(Arc::new(FrameViews::new(None, job)));
        let at = probe(&p, 0.4, 0.6);
        let main = shown(&studio, ViewKind::Error, at.as_ref());
        studio.settings.display.error_compared = true;
        let other = shown(&studio, ViewKind::Error, at.as_ref());
        assert!(main.subtitle.contains("made-up-EDA") && other.subtitle.contains("made-up-CBAM-S"));
        assert_eq!(main.bar.unwrap().range, other.bar.unwrap().range);
        let truth = p.truth.as_ref().unwrap().map.at(2, 2).unwrap();
        let compared = p.compare.as_ref().unwrap().at_truth.as_ref().unwrap().at(2, 2).unwrap();
        assert_eq!(other.value.unwrap(), format!("{:+.2} m", compared - truth).replace('-', "−"));
        assert_ne!(main.value, None);
        // Without a compared model the switch has no effect.
        let alone = Arc::new(crate::infer::prediction::Prediction { compare: None, ..(*p).clone() });
        let job = UploadJob { frame: p.frame.clone(), truth: p.truth.clone(), prediction: Some(alone) };
        studio.views = Some(Arc::new(FrameViews::new(None, job)));
        assert!(matches!(shown(&studio, ViewKind::Error, None).content, Content::Layer(_)));
    }
}
