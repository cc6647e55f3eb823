//! What the two attention views show: a gate on its own grid, over the picture, or EDA minus CBAM-S.

use super::colorbar::Bar;
use super::probe::{ProbeReading, gate_text, signed_text};
use super::state::Studio;
use super::view_kind::ViewKind;
use super::view_state::{Content, Layer, Shown, empty, look, no_prediction, pair};
use crate::figure::colormap::Colormap;
use crate::figure::range::nice_ceil;
use crate::infer::prediction::GateMap;
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
        let name = kind.title();
        // Never an untrained gate: the panel says what is missing instead (product.md E.1).
        let how = format!("None of the loaded models has this gate. Load a {name} checkpoint to compare.");
        return empty(view, (format!("No {name} gate"), how));
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
        title: view.title(),
        subtitle: gate_subtitle(map, display.gate_smooth),
        warning: None,
        content: Content::Layer(Box::new(layer)),
        bar: Some(bar),
        value: reading.map(gate_text),
    }
}

fn gate_subtitle(map: &GateMap, smooth: bool) -> String {
    let smoothed = if smooth { ", smoothed" } else { "" };
    format!("{}×{}{smoothed} · {}", map.width, map.height, map.model)
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
        (None, Some(_)) => {
            let how = "The difference needs an EDA and a CBAM-S checkpoint. Load both to compare.";
            empty(ViewKind::Cbam, pair("Only one gate", how))
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
                title: "",
                subtitle: format!("{}×{} · at most {:.2} apart", difference.width, difference.height, difference.most),
                warning: None,
                content: Content::Layer(Box::new(layer)),
                bar: Some(Bar { words, ..gate_bar(Colormap::Diverging, range) }),
                value: at.map(|r| signed_text(r.difference())),
            }
        }
    };
    out.title = "EDA − CBAM-S";
    out
}
