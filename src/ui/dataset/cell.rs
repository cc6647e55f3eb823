//! One frame of the filmstrip.

use crate::capture::dataset::Listing;
use crate::ui::state::Studio;
use crate::ui::theme::{SMALL, palette, regular, semibold};
use crate::ui::widgets::elided;
use egui::{Align2, Color32, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};

/// Between two frames.
const GAP: f32 = 5.0;
/// Height of number and name below the picture.
const CAPTION: f32 = 17.0;

/// Width of a frame with its gap, in a strip of this height.
pub fn width(height: f32, aspect: f32) -> f32 {
    ((height - CAPTION) * aspect).clamp(48.0, 480.0) + GAP
}

/// What a frame is called below its scene: the part of its name that says something new.
pub fn short<'a>(name: &'a str, scene: Option<&str>) -> &'a str {
    let rest = scene.and_then(|scene| name.strip_prefix(scene)).and_then(|rest| rest.strip_prefix('/'));
    rest.unwrap_or(name)
}

/// What hovering over a frame says.
pub fn tip(studio: &Studio, listing: &Listing, index: usize) -> String {
    let mut text = format!("{}, number {} of {}", listing.names[index], index + 1, listing.names.len());
    if let Some(scene) = listing.scene(index) {
        text.push_str(&format!("\nscene {scene}"));
    }
    if let Some(why) = studio.dataset.fault(index) {
        text.push_str(&format!("\n{why}"));
    } else if studio.dataset.without_truth(index) {
        text.push_str("\nno ground truth");
    }
    text
}

/// Draws a frame; true when it was clicked.
pub fn show(ui: &mut Ui, studio: &mut Studio, listing: &Listing, index: usize, rect: Rect) -> bool {
    let p = palette(ui);
    let name = &listing.names[index];
    let picture = Rect::from_min_max(rect.min, pos2(rect.right() - GAP, rect.bottom() - CAPTION));
    let response = ui.interact(rect.intersect(ui.clip_rect()), ui.scope_id().with(("frame", index)), Sense::click());
    let on = studio.dataset.selected == Some(index);
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, on, name));
    ui.painter().rect_filled(picture, 3.0, p.control);
    let failed = studio.dataset.fault(index).is_some();
    if failed {
        let at = picture.center();
        ui.painter().rect_stroke(picture, 3.0, Stroke::new(1.0, p.bad.gamma_multiply(0.6)), StrokeKind::Inside);
        ui.painter().text(at, Align2::CENTER_CENTER, "cannot be read", regular(SMALL), p.bad);
    } else if let Some(texture) = studio.dataset.thumbs.get(index) {
        let size = texture.size_vec2();
        let scale = (picture.width() / size.x).min(picture.height() / size.y);
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        let at = Rect::from_center_size(picture.center(), size * scale);
        ui.painter().image(texture.id(), at, whole, Color32::WHITE);
    }
    if !failed && studio.dataset.without_truth(index) {
        let galley = ui.painter().layout_no_wrap("no gt".to_owned(), regular(SMALL - 1.0), Color32::WHITE);
        let chip = Rect::from_min_size(
            picture.right_bottom() - galley.size() - vec2(9.0, 5.0),
            galley.size() + vec2(6.0, 2.0),
        );
        ui.painter().rect_filled(chip, 3.0, Color32::from_black_alpha(150));
        ui.painter().galley(chip.min + vec2(3.0, 1.0), galley, Color32::WHITE);
    }
    if on {
        ui.painter().rect_stroke(picture, 3.0, Stroke::new(2.0, p.accent), StrokeKind::Outside);
    } else if response.hovered() {
        ui.painter().rect_stroke(picture, 3.0, Stroke::new(1.0, p.secondary), StrokeKind::Outside);
    }
    let number = ui.painter().layout_no_wrap(format!("#{}", index + 1), regular(SMALL - 0.5), p.secondary);
    let baseline = rect.bottom() - CAPTION / 2.0 + 1.0;
    let room = picture.width() - number.size().x - 6.0;
    let at = pos2(picture.right() - number.size().x, baseline - number.size().y / 2.0);
    let font = if on { semibold(SMALL) } else { regular(SMALL) };
    let colour = if on { p.strong } else { p.text };
    let galley = elided(ui, short(name, listing.scene(index)), font, colour, room.max(0.0));
    if room > 12.0 {
        ui.painter().galley(pos2(picture.left() + 1.0, baseline - galley.size().y / 2.0), galley, colour);
    }
    ui.painter().galley(at, number, p.secondary);
    let clicked = response.clicked();
    if response.hovered() {
        response.on_hover_text(tip(studio, listing, index));
    }
    clicked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shortened_by_their_scene_alone() {
        let drive = "2011_09_26_drive_0002_sync";
        assert_eq!(short("2011_09_26_drive_0002_sync/image_02/0000000069", Some(drive)), "image_02/0000000069");
        assert_eq!(short("room/003", Some("room")), "003");
        assert_eq!(short("roomy/003", Some("room")), "roomy/003");
        assert_eq!(short("17", None), "17");
    }
}
