//! What the two attention views show: a gate on its own grid, over the picture, or EDA minus CBAM-S.

use super::colorbar::Bar;
use super::model_card::family;
use super::probe::{ProbeReading, gate_text, signed_text};
use super::state::Studio;
use super::view_kind::ViewKind;
use super::view_state::{Layer, Shown, empty, look, no_prediction, pair, untrained_mark};
use crate::figure::colormap::Colormap;
use crate::figure::range::nice_ceil;
use crate::infer::prediction::{GateMap, ModelInfo, ModelOutput, Prediction};
use crate::net::config::GateKind;
use crate::render::analysis::Extent;
use crate::render::{FrameViews, Look, MapMode};

/// The view of one gate.
pub fn gate(studio: &Studio, views: &FrameViews, kind: GateKind, at: Option<&ProbeReading>) -> Shown {
    let view = if kind == GateKind::Eda { ViewKind::Eda } else { ViewKind::Cbam };
    let Some(prediction) = &views.job.prediction else {
        return empty(view, no_prediction(studio));
    };
    let Some(map) = prediction.gate(kind) else {
        return empty(view, (format!("No {} gate", kind.title()), no_gate(prediction, kind)));
    };
    let (plane, extent, reading) = if kind == GateKind::Eda {
        (&views.eda, views.analysis.eda, at.map(|r| r.eda))
    } else {
        (&views.cbam, views.analysis.cbam, at.map(|r| r.cbam))
    };
    let display = &studio.settings.display;
    let range = gate_range(display.gate_stretch, extent);
    let overlay = display.gate_overlay.then_some(display.overlay_opacity);
    let look = Look { smooth: display.gate_smooth, overlay, ..look(display.gate_map, range, false) };
    let layer = Layer { mode: MapMode::Value, look, picture: views.picture.clone(), a: plane.clone(), b: None };
    let bar = gate_bar(display.gate_map, range);
    Shown {
        subtitle: gate_subtitle(map, display.gate_smooth),
        network: map.model.clone(),
        warnings: owner(prediction, map).map(untrained_mark).unwrap_or_default(),
        bar: Some(bar),
        value: reading.map(gate_text),
        ..Shown::layer(view, layer)
    }
}

/// Why a gate's view is empty and what to open. Never an untrained gate in its place (product.md E.1).
fn no_gate(prediction: &Prediction, kind: GateKind) -> String {
    let name = kind.title();
    let network = &prediction.main.info.config.network;
    match (network.msfnet().is_some(), network.gate()) {
        (false, _) => {
            format!(
                "{} has no gate: open an MSFNet with the {name} gate, alone or to compare, to see one.",
                family(network)
            )
        }
        (true, GateKind::None) => {
            format!(
                "This MSFNet was built without a gate: open one with the {name} gate, alone or to compare, to see it."
            )
        }
        (true, _) => format!("None of the loaded models has this gate. Load a {name} checkpoint to compare."),
    }
}

/// The model whose gate it is.
fn owner<'a>(prediction: &'a Prediction, map: &GateMap) -> Option<&'a ModelInfo> {
    let both = [Some(&prediction.main), prediction.compare.as_ref()];
    let owns = |output: &&ModelOutput| output.gate.as_ref().is_some_and(|g| std::ptr::eq(g, map));
    both.into_iter().flatten().find(owns).map(|output| &*output.info)
}

fn gate_subtitle(map: &GateMap, smooth: bool) -> String {
    let smoothed = if smooth { ", smoothed" } else { "" };
    format!("{}×{}{smoothed}", map.width, map.height)
}

fn gate_range(stretch: bool, extent: Option<Extent>) -> [f32; 2] {
    match extent {
        Some(e) if stretch => [e.min, e.max],
        _ => [0.0, 1.0],
    }
}

fn gate_bar(map: Colormap, range: [f32; 2]) -> Bar {
    Bar { map, range, reversed: false, unit: "", factor: 1.0, words: ["", ""], clipped: [false; 2], classes: None }
}

/// The sixth view when it shows EDA minus CBAM-S.
pub fn difference(studio: &Studio, views: &FrameViews, at: Option<&ProbeReading>) -> Shown {
    let mut out = match (&views.analysis.difference, &views.job.prediction) {
        (_, None) => empty(ViewKind::Cbam, no_prediction(studio)),
        (None, Some(prediction)) => {
            let how = "The difference needs an EDA and a CBAM-S checkpoint. Load both to compare.";
            let any = [GateKind::Eda, GateKind::CbamS].into_iter().any(|kind| prediction.gate(kind).is_some());
            empty(ViewKind::Cbam, pair(if any { "Only one gate" } else { "No gate" }, how))
        }
        (Some(difference), Some(_)) => {
            let end = nice_ceil(difference.most);
            let range = [-end, end];
            let display = &studio.settings.display;
            let overlay = display.gate_overlay.then_some(display.overlay_opacity);
            let look = Look { smooth: display.gate_smooth, overlay, ..look(Colormap::Diverging, range, false) };
            let layer = Layer {
                mode: MapMode::Value,
                look,
                picture: views.picture.clone(),
                a: views.difference.clone(),
                b: None,
            };
            let words = ["CBAM-S more", "EDA more"];
            Shown {
                subtitle: format!("{}×{} · at most {:.2} apart", difference.width, difference.height, difference.most),
                bar: Some(Bar { words, ..gate_bar(Colormap::Diverging, range) }),
                value: at.map(|r| signed_text(r.difference())),
                ..Shown::layer(ViewKind::Cbam, layer)
            }
        }
    };
    out.title = "EDA − CBAM-S";
    out
}
