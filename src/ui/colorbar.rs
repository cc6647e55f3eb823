//! The colour bar under a map: its colours, ticks with units, which end is near, and whether values lie beyond it.

use super::theme::{Palette, SMALL, palette, regular};
use crate::figure::colormap::Colormap;
use crate::figure::range::{self, Tick};
use egui::{Align2, Color32, Rect, Shape, Stroke, TextureHandle, TextureOptions, Ui, pos2, vec2};

/// Height of the strip of colours.
const STRIP: f32 = 9.0;
/// Height of a bar with its labels.
pub const HEIGHT: f32 = 32.0;

/// What a bar says.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Colour map.
    pub map: Colormap,
    /// Values at its two ends.
    pub range: [f32; 2],
    /// The least value has the map's last colour.
    pub reversed: bool,
    /// Unit behind the numbers at the ends.
    pub unit: &'static str,
    /// What the numbers are multiplied by before they are shown.
    pub factor: f32,
    /// Words at the two ends: near and far, too near and too far.
    pub words: [&'static str; 2],
    /// Values lie beyond this end.
    pub clipped: [bool; 2],
    /// Two colours with these names instead of a scale (δ1).
    pub classes: Option<[&'static str; 2]>,
}

/// The texture of a colour map, made once and kept by egui.
fn strip(ui: &Ui, map: Colormap) -> TextureHandle {
    let id = egui::Id::unique(("colour bar", map.name()));
    if let Some(texture) = ui.data(|d| d.get_temp::<TextureHandle>(id)) {
        return texture;
    }
    let pixels = map.lut().iter().map(|[r, g, b]| Color32::from_rgb(*r, *g, *b)).collect();
    let image = egui::ColorImage::new([256, 1], pixels);
    let texture = ui.ctx().load_texture(map.name(), image, TextureOptions::NEAREST);
    ui.data_mut(|d| d.insert_temp(id, texture.clone()));
    texture
}

/// Draws a bar over the width of `area`, which is [`HEIGHT`] high.
pub fn show(ui: &Ui, area: Rect, bar: &Bar) {
    let p = palette(ui);
    let colours = Rect::from_min_size(area.min, vec2(area.width(), STRIP));
    if let Some(classes) = bar.classes {
        return show_classes(ui, area, bar, classes);
    }
    let uv = if bar.reversed { [1.0, 0.0] } else { [0.0, 1.0] };
    let uv = Rect::from_min_max(pos2(uv[0], 0.0), pos2(uv[1], 1.0));
    ui.painter().image(strip(ui, bar.map).id(), colours, uv, Color32::WHITE);
    for (end, clipped) in bar.clipped.into_iter().enumerate() {
        if clipped {
            clip_mark(ui, colours, end, p);
        }
    }
    let ticks = range::ticks(bar.range.map(|v| v * bar.factor), if area.width() > 220.0 { 4 } else { 2 });
    labels(ui, area, bar, &ticks, p);
}

/// A pointed end: some values lie beyond it and share its colour.
fn clip_mark(ui: &Ui, colours: Rect, end: usize, p: &Palette) {
    let (x, inward) = if end == 0 { (colours.left(), 6.0) } else { (colours.right(), -6.0) };
    let middle = colours.center().y;
    for edge in [colours.top() - 0.5, colours.bottom() + 0.5] {
        let points = vec![pos2(x, edge), pos2(x + inward, edge), pos2(x, middle)];
        ui.painter().add(Shape::convex_polygon(points, p.ground, Stroke::NONE));
    }
}

/// The ends with their words, and as many ticks between them as fit on both sides alike.
fn labels(ui: &Ui, area: Rect, bar: &Bar, ticks: &[Tick], p: &Palette) {
    let y = area.top() + STRIP + 3.0;
    let font = regular(SMALL);
    let painter = ui.painter();
    let unit = if bar.unit.is_empty() { String::new() } else { format!(" {}", bar.unit) };
    let (Some(first), Some(last)) = (ticks.first(), ticks.last()) else { return };
    // The number is in the text colour and the word beside it in the secondary one.
    let put = |at: egui::Pos2, align, text: &str, colour| painter.text(at, align, text, font.clone(), colour);
    let gap = vec2(4.0, 0.0);
    let mut left = put(pos2(area.left(), y), Align2::LEFT_TOP, &format!("{}{unit}", first.label), p.text);
    if !bar.words[0].is_empty() {
        left = left.union(put(left.right_top() + gap, Align2::LEFT_TOP, bar.words[0], p.secondary));
    }
    let mut right = put(pos2(area.right(), y), Align2::RIGHT_TOP, &format!("{}{unit}", last.label), p.text);
    if !bar.words[1].is_empty() {
        right = right.union(put(right.left_top() - gap, Align2::RIGHT_TOP, bar.words[1], p.secondary));
    }
    let taken = left.width().max(right.width()) + 8.0;
    let (mut free, end) = (area.left() + taken, area.right() - taken);
    for tick in &ticks[1..ticks.len() - 1] {
        let x = area.left() + tick.at * area.width();
        let label = if tick.value == 0.0 { "0" } else { &tick.label };
        let galley = painter.layout_no_wrap(label.to_owned(), font.clone(), p.text);
        // A minus sign must not decide alone whether a tick and its mirror image are both there.
        let half = (galley.size().x / 2.0).max(10.0);
        if x - half < free || x + half > end {
            continue;
        }
        painter.galley(pos2(x - galley.size().x / 2.0, y), galley, p.text);
        free = x + half + 8.0;
    }
}

fn show_classes(ui: &Ui, area: Rect, bar: &Bar, classes: [&'static str; 2]) {
    let p = palette(ui);
    let mut x = area.left();
    for (value, name) in [0.0, 1.0].into_iter().zip(classes) {
        let [r, g, b] = crate::figure::colormap::map_scalar(value, bar.range, bar.map, bar.reversed);
        let swatch = Rect::from_min_size(pos2(x, area.top()), vec2(22.0, STRIP));
        ui.painter().rect_filled(swatch, 1.0, Color32::from_rgb(r, g, b));
        let at = pos2(swatch.right() + 6.0, swatch.center().y);
        x = ui.painter().text(at, Align2::LEFT_CENTER, name, regular(SMALL), p.text).right() + 16.0;
    }
}
