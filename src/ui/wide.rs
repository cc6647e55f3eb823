//! What covers the views: the content of a tab over their whole area, in two halves.

use super::state::Studio;
use super::tabs::Tab;
use super::theme::{BODY, palette, semibold};
use egui::{RichText, Ui, UiBuilder, vec2};

/// Room between the two halves.
const GAP: f32 = 20.0;
/// The right half is at least this wide.
const LEAST: f32 = 240.0;

/// True when a tab's content covers the views now: it is the tab on the screen, was expanded and has something to show.
pub fn covers(studio: &Studio, tab: Tab, expanded: bool, has: bool) -> bool {
    tab.is_shown(studio) && expanded && has
}

/// Paints the ground and gives the two halves; the right one has a `share` of the width, and at most `most` points.
pub fn halves(ui: &mut Ui, share: f32, most: f32) -> [Ui; 2] {
    ui.painter().rect_filled(ui.max_rect(), 0.0, palette(ui).panel);
    let area = ui.max_rect().shrink2(vec2(18.0, 12.0));
    let right = (area.width() * share).clamp(LEAST, most);
    let (left, right) = area.split_left_right_at_x(area.right() - right);
    [(left.with_max_x(left.right() - GAP), "left"), (right, "right")]
        .map(|(rect, name)| ui.new_child(UiBuilder::new().max_rect(rect).id_salt(name)))
}

/// A heading in one of them.
pub fn heading(ui: &mut Ui, text: &str) {
    let colour = palette(ui).strong;
    ui.label(RichText::new(text).font(semibold(BODY)).color(colour));
}
