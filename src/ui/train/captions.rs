//! What a watched map says of itself: its name and the values of its colours, and its value under the pointer.

use crate::train::watch::Layer;
use crate::ui::theme::{SMALL, regular};
use crate::ui::widgets::elided;
use egui::{Color32, Rect, Ui, vec2};

/// From which value to which a map's colours go: the same at all steps.
pub fn range(layer: &Layer, title: &str) -> String {
    let [low, high] = layer.range;
    match title {
        "error" => format!("±{high} m"),
        "attention" => format!("{low}–{high}"),
        _ => format!("{low:.1}–{high:.1} m"),
    }
}

/// A few words in the lower left corner of a map.
pub fn caption(ui: &Ui, map: Rect, text: &str) {
    let galley = elided(ui, text, regular(SMALL), Color32::WHITE, map.width() - 14.0);
    let place =
        Rect::from_min_size(map.left_bottom() - vec2(-3.0, galley.size().y + 5.0), galley.size() + vec2(8.0, 2.0));
    ui.painter().rect_filled(place, 3.0, Color32::from_black_alpha(170));
    ui.painter().galley(place.min + vec2(4.0, 1.0), galley, Color32::WHITE);
}

/// What a map says under the pointer.
pub fn tip(response: &egui::Response, rect: Rect, layer: &Layer, title: &str) -> String {
    let [low, high] = layer.range;
    let unit = if title == "attention" { "" } else { " m" };
    let value = response.hover_pos().and_then(|at| {
        let [w, h] = layer.size;
        let along = |at: f32, from: f32, length: f32, cells: usize| (((at - from) / length) * cells as f32) as usize;
        let (x, y) = (along(at.x, rect.left(), rect.width(), w), along(at.y, rect.top(), rect.height(), h));
        layer.values.get(y.min(h.saturating_sub(1)) * w + x.min(w.saturating_sub(1))).copied()
    });
    let value = value.filter(|v| v.is_finite()).map_or_else(|| "no value".to_owned(), |v| format!("{v:.2}{unit}"));
    format!("{title}: {value}\ncolours from {low:.2} to {high:.2}{unit}").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_says_from_where_to_where_its_colours_go() {
        let layer = |range| Layer { size: [1, 1], values: vec![0.5], rgb: vec![0; 3], range };
        assert_eq!(range(&layer([1.234, 5.25]), "depth"), "1.2–5.2 m");
        assert_eq!(range(&layer([0.0, 1.0]), "attention"), "0–1");
        assert_eq!(range(&layer([-1.5, 1.5]), "error"), "±1.5 m");
    }
}
