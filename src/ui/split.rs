//! The split view: two views in one picture with a divider that is dragged.

use super::colorbar;
use super::protocol;
use super::state::Studio;
use super::theme::{BODY, HEAD, palette, semibold};
use super::view::{area, crosshair, draw, keys, picture_area, pointer, reading};
use super::view_kind::ViewKind;
use super::view_state::{Content, Shown, shown};
use super::widgets::{chip_button, empty_state, picker};
use egui::{Align2, Color32, CursorIcon, Rect, Sense, Stroke, Ui, pos2, vec2};

/// Two views and where the divider stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// Left of the divider.
    pub left: ViewKind,
    /// Right of it.
    pub right: ViewKind,
    /// 0 at the left edge of the view, 1 at the right one.
    pub at: f32,
}

impl Default for Split {
    fn default() -> Self {
        Self { left: ViewKind::Rgb, right: ViewKind::Depth, at: 0.5 }
    }
}

impl Split {
    /// The pairs that are worth a button.
    const PAIRS: [(ViewKind, ViewKind); 4] = [
        (ViewKind::Rgb, ViewKind::Depth),
        (ViewKind::Depth, ViewKind::Truth),
        (ViewKind::Eda, ViewKind::Cbam),
        (ViewKind::Rgb, ViewKind::Error),
    ];
}

/// Draws the split view over the whole of `ui`.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    let Some(mut split) = studio.split else { return };
    let rect = ui.max_rect();
    let p = palette(ui);
    ui.painter().rect_filled(rect, 0.0, p.ground);
    let at = reading(studio);
    let sides = [shown(studio, split.left, at.as_ref()), shown(studio, split.right, at.as_ref())];
    head(ui, studio, &mut split, Rect::from_min_size(rect.min, vec2(rect.width(), HEAD)));

    let picture = picture_area(rect);
    if picture.width() < 40.0 || picture.height() < 40.0 {
        studio.split = studio.split.map(|_| split);
        return;
    }
    let divider = picture.left() + split.at * picture.width();
    let halves = [picture.with_max_x(divider), picture.with_min_x(divider)];
    let area = area(ui, studio, picture);
    if let Some(area) = area {
        let response = ui.interact(picture, ui.scope_id().with("split picture"), Sense::click_and_drag());
        keys(studio, &area);
        pointer(ui, studio, &area, &response);
        for (i, (side, half)) in sides.iter().zip(halves).enumerate() {
            match &side.content {
                Content::Layer(layer) => {
                    draw(ui, studio, layer, &area, 20 + i as u32, half);
                    protocol::draw_crop(ui, studio, [split.left, split.right][i], &area, half);
                }
                Content::Empty { title, explanation } => empty_state(ui, half, title, explanation),
            }
        }
        bars(ui, picture, &sides);
        let value = format!("{}  |  {}", side_value(&sides[0]), side_value(&sides[1]));
        crosshair(ui, studio, &area, Some(&value), 0.0);
    }
    if let Some(i) = [split.left, split.right].iter().position(|kind| *kind == ViewKind::Error) {
        protocol::strip(ui, studio, halves[i].shrink2(vec2(8.0, 0.0)));
    }
    let grip = Rect::from_center_size(pos2(divider, picture.center().y), vec2(14.0, picture.height()));
    let drag = ui
        .interact(grip, ui.scope_id().with("split divider"), Sense::drag())
        .on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
    drag.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Slider, true, "Divider between the two views"));
    if let Some(at) = drag.interact_pointer_pos().filter(|_| drag.dragged()) {
        split.at = ((at.x - picture.left()) / picture.width()).clamp(0.0, 1.0);
    }
    let colour = if drag.hovered() || drag.dragged() { p.accent } else { Color32::WHITE };
    ui.painter().vline(divider, picture.y_range(), Stroke::new(3.0, Color32::from_black_alpha(120)));
    ui.painter().vline(divider, picture.y_range(), Stroke::new(1.5, colour));
    let knob = pos2(divider, picture.center().y);
    ui.painter().circle(knob, 9.0, Color32::from_rgb(22, 24, 29), Stroke::new(1.5, colour));
    for s in [-1.0, 1.0] {
        let tip = knob + vec2(5.0 * s, 0.0);
        for dy in [-3.0, 3.0] {
            ui.painter().line_segment([tip, tip + vec2(-3.0 * s, dy)], Stroke::new(1.3, colour));
        }
    }
    for (side, half, align) in [(&sides[0], halves[0], Align2::LEFT_TOP), (&sides[1], halves[1], Align2::RIGHT_TOP)] {
        label(ui, side.title, half, align);
    }
    // The person may have closed it in the head.
    studio.split = studio.split.map(|_| split);
}

fn side_value(side: &Shown) -> &str {
    side.value.as_deref().unwrap_or("–")
}

fn label(ui: &Ui, title: &str, half: Rect, align: Align2) {
    let galley = ui.painter().layout_no_wrap(title.to_owned(), semibold(BODY), Color32::WHITE);
    if half.width() < galley.size().x + 30.0 {
        return;
    }
    let tag = align.align_size_within_rect(galley.size() + vec2(12.0, 6.0), half.shrink(6.0));
    ui.painter().rect_filled(tag, 4.0, Color32::from_rgba_unmultiplied(14, 16, 20, 200));
    ui.painter().galley(tag.min + vec2(6.0, 3.0), galley, Color32::WHITE);
}

fn bars(ui: &Ui, picture: Rect, sides: &[Shown; 2]) {
    let width = (picture.width() - 16.0) / 2.0;
    for (i, side) in sides.iter().enumerate() {
        let left = picture.left() + i as f32 * (width + 16.0);
        let place = Rect::from_min_size(pos2(left, picture.bottom() + 8.0), vec2(width, colorbar::HEIGHT));
        if let Some(bar) = &side.bar {
            colorbar::show(ui, place, bar);
        }
    }
}

fn head(ui: &mut Ui, studio: &mut Studio, split: &mut Split, rect: Rect) {
    let inner = rect.shrink2(vec2(8.0, 2.0));
    let mut child =
        ui.new_child(egui::UiBuilder::new().max_rect(inner).layout(egui::Layout::left_to_right(egui::Align::Center)));
    let ui = &mut child;
    for (name, side) in [("Left view", &mut split.left), ("Right view", &mut split.right)] {
        let chosen = picker(ui, name, side.title(), "What this side of the divider shows", |ui| {
            let rows =
                ViewKind::ALL.into_iter().filter(|kind| ui.selectable_label(*side == *kind, kind.title()).clicked());
            let chosen = rows.last();
            if chosen.is_some() {
                ui.close();
            }
            chosen
        });
        if let Some(kind) = chosen.flatten() {
            *side = kind;
        }
    }
    ui.add_space(8.0);
    for (left, right) in Split::PAIRS {
        let on = (split.left, split.right) == (left, right);
        let text = format!("{} | {}", left.short(), right.short());
        if chip_button(ui, &text, on, "Compare these two").clicked() {
            (split.left, split.right) = (left, right);
        }
    }
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        if super::widgets::close_button(ui, "Back to the grid (S or Esc)").clicked() {
            studio.split = None;
        }
    });
}
