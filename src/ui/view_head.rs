//! A view's head: its title, what it is made of and by which network, its warnings.

use super::state::Studio;
use super::theme::{BODY, SMALL, palette, regular, semibold};
use super::view::MARGIN;
use super::view_kind::ViewKind;
use super::view_state::Shown;
use super::widgets::{close_button, elided, elided_front};
use egui::{Align2, Rect, Sense, Ui, pos2, vec2};

/// What the person did to a view's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadAction {
    /// Nothing.
    None,
    /// Began to drag it.
    Drag,
    /// Closed the view.
    Close,
}

/// Draws it: the view's title, what it is made of, its warnings, its key and what closes it.
pub fn show(ui: &mut Ui, studio: &mut Studio, kind: ViewKind, rect: Rect, shown: &Shown) -> HeadAction {
    let p = palette(ui);
    let response = ui.interact(rect, ui.scope_id().with(("head", kind)), Sense::click_and_drag());
    let solo = studio.solo == Some(kind);
    let of = if shown.network.is_empty() { String::new() } else { format!(" Of {}.", shown.network) };
    let tip =
        format!("{}.{of} Double click, or key {}: this view alone. Drag: move it.", kind.explanation(), kind.key());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, shown.title));
    let response = response.on_hover_text(tip);
    if response.double_clicked() {
        studio.solo = if solo { None } else { Some(kind) };
    }
    let y = rect.center().y;
    let mut x = rect.left() + MARGIN;
    let title = ui.painter().layout_no_wrap(shown.title.to_owned(), semibold(BODY), p.strong);
    ui.painter().galley(pos2(x, y - title.size().y / 2.0), title.clone(), p.strong);
    x += title.size().x + 8.0;
    let right = rect.right() - MARGIN;
    let hovered = ui.rect_contains_pointer(rect);
    let mut action = HeadAction::None;
    if hovered && !solo {
        let place = Rect::from_center_size(pos2(right - 26.0, y), vec2(18.0, 18.0));
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place));
        if close_button(&mut child, "Close this view (Views menu brings it back)").clicked() {
            action = HeadAction::Close;
        }
    }
    let key = kind.key().to_string();
    ui.painter().text(
        pos2(right, y),
        Align2::RIGHT_CENTER,
        key,
        regular(SMALL),
        if solo { p.strong } else { p.secondary },
    );
    for (mark, why) in &shown.warnings {
        let id = ui.scope_id().with(("warning", kind, mark));
        let mark = elided(ui, mark, regular(SMALL), p.warn, 120.0);
        let place = Rect::from_min_size(pos2(x, y - mark.size().y / 2.0), mark.size());
        x = place.right() + 8.0;
        ui.painter().galley(place.min, mark, p.warn);
        ui.interact(place, id, Sense::hover()).on_hover_text(why);
    }
    let room = Rect::from_min_max(pos2(x, rect.top()), pos2((right - 40.0).max(x), rect.bottom()));
    show_subtitle(ui, room, shown);
    if response.drag_started() && action == HeadAction::None {
        return HeadAction::Drag;
    }
    action
}

/// What a view is made of, and by which network. Of a narrow head the network has its part, for the end of its name tells it
/// from the other one; where that would leave nothing of the rest, the view's tip alone has it.
fn show_subtitle(ui: &Ui, room: Rect, shown: &Shown) {
    const NAME: f32 = 48.0;
    let (p, font) = (palette(ui), regular(SMALL + 0.5));
    let at = |x: f32, galley: &egui::Galley| pos2(x, room.center().y - galley.size().y / 2.0 + 0.5);
    let whole = ui.painter().layout_no_wrap(shown.subtitle.clone(), font.clone(), p.secondary).size().x;
    let between = ui.painter().layout_no_wrap(" · ".to_owned(), font.clone(), p.secondary);
    let rest = room.width() - between.size().x - NAME;
    let both = !shown.network.is_empty() && rest >= whole.min(0.5 * room.width());
    let subtitle = elided(ui, &shown.subtitle, font.clone(), p.secondary, if both { rest } else { room.width() });
    let mut x = room.left() + subtitle.size().x;
    ui.painter().galley(at(room.left(), &subtitle), subtitle, p.secondary);
    if both {
        let place = at(x, &between);
        x += between.size().x;
        ui.painter().galley(place, between, p.secondary);
        let network = elided_front(ui, &shown.network, font, p.secondary, room.right() - x);
        ui.painter().galley(at(x, &network), network, p.secondary);
    }
}
