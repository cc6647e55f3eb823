//! The filmstrip along the bottom of the views: the frames of the data set, of which only those in sight are drawn.

use super::order::DatasetOrder;
use super::{cell, jump};
use crate::capture::dataset::Listing;
use crate::ui::state::{Action, SourceKind, Studio};
use crate::ui::theme::{BODY, HEAD, SMALL, palette, regular, semibold};
use crate::ui::widgets::{chevron, elided};
use egui::{Align, Button, Frame, Layout, Margin, Panel, Rect, Sense, Ui, pos2, vec2};

/// The least and the most that the strip may be high, its head not counted.
pub const HEIGHTS: [f32; 2] = [64.0, 260.0];
/// Height of the bar that says where in the list it stands.
const BAR: f32 = 9.0;
/// Height of the band with the scenes' names.
const BAND: f32 = 17.0;
/// Around everything.
const MARGIN: f32 = 8.0;

/// Draws the strip at the bottom of what is left of the window, while a data set is shown.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    let Some(listing) = studio.dataset.open.clone().filter(|_| studio.source.kind == SourceKind::Dataset) else {
        return;
    };
    let p = palette(ui);
    let open = studio.settings.filmstrip;
    let frame = Frame::new().fill(p.panel).inner_margin(Margin::ZERO);
    let panel = Panel::bottom(if open { "filmstrip" } else { "filmstrip closed" }).frame(frame);
    if !open {
        panel.resizable(false).exact_size(HEAD).show(ui, |ui| head(ui, studio, &listing));
        return;
    }
    let [least, most] = HEIGHTS;
    let height = studio.settings.filmstrip_height.clamp(least, most);
    let shown =
        panel.resizable(true).default_size(height + HEAD).size_range(least + HEAD..=most + HEAD).show(ui, |ui| {
            head(ui, studio, &listing);
            let area = ui.available_rect_before_wrap();
            strip(ui, studio, &listing, area);
            ui.allocate_rect(area, Sense::hover());
        });
    studio.settings.filmstrip_height = (shown.response.rect.height() - HEAD).round().clamp(least, most);
}

/// The line above: what is shown, steps, and the jump field.
fn head(ui: &mut Ui, studio: &mut Studio, listing: &Listing) {
    let p = palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), Sense::hover());
    let inner = rect.shrink2(vec2(MARGIN, 0.0));
    let mut line = ui.new_child(egui::UiBuilder::new().max_rect(inner).layout(Layout::left_to_right(Align::Center)));
    let ui = &mut line;
    ui.spacing_mut().item_spacing.x = 5.0;
    let open = studio.settings.filmstrip;
    let tip = if open { "Close the filmstrip" } else { "Open the filmstrip" };
    let toggle = ui.add(Button::new("").min_size(vec2(20.0, 20.0)).frame_when_inactive(false)).on_hover_text(tip);
    toggle.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, tip));
    if open {
        chevron(ui.painter(), toggle.rect.center(), p.text);
    } else {
        let (at, stroke) = (toggle.rect.center(), egui::Stroke::new(1.4, p.text));
        ui.painter().line_segment([at + vec2(-3.5, 1.75), at + vec2(0.0, -1.75)], stroke);
        ui.painter().line_segment([at + vec2(0.0, -1.75), at + vec2(3.5, 1.75)], stroke);
    }
    if toggle.clicked() {
        studio.settings.filmstrip = !open;
    }
    let (at, count) = (studio.dataset.selected, listing.names.len());
    for (text, name, tip, by, end) in [
        ("‹", "Frame before", "Frame before (←), the first: Home", -1, Some(0)),
        ("›", "Next frame", "Next frame (→), the last: End", 1, count.checked_sub(1)),
    ] {
        let button = Button::new(text).min_size(vec2(20.0, 20.0)).frame_when_inactive(false);
        let response = ui.add_enabled(at != end, button).on_hover_text(tip);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, at != end, name));
        if response.on_disabled_hover_text("There is no further frame").clicked() {
            studio.push(Action::Step(by));
        }
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let width = (ui.available_width() * 0.3).clamp(80.0, 190.0);
        jump::show(ui, studio, listing, width);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| title(ui, listing, at));
    });
}

/// Number, name and scene of the frame.
fn title(ui: &mut Ui, listing: &Listing, at: Option<usize>) {
    let p = palette(ui);
    let count = listing.names.len();
    // As wide as the longest number, so that nothing moves while stepping.
    let widest = ui.painter().layout_no_wrap(format!("{count} / {count}"), semibold(BODY), p.strong).size();
    let (rect, _) = ui.allocate_exact_size(vec2(widest.x + 4.0, HEAD), Sense::hover());
    let text = at.map_or_else(|| format!("– / {count}"), |at| format!("{} / {count}", at + 1));
    let galley = ui.painter().layout_no_wrap(text, semibold(BODY), p.strong);
    let left = rect.right() - galley.size().x;
    ui.painter().galley(pos2(left, rect.center().y - galley.size().y / 2.0), galley, p.strong);
    let Some(name) = at.and_then(|at| listing.names.get(at)) else { return };
    let scene = at.and_then(|at| listing.scene(at)).filter(|scene| !name.contains(*scene));
    let text = scene.map_or_else(|| name.clone(), |scene| format!("{name}  ·  {scene}"));
    ui.add_space(8.0);
    let galley = elided(ui, &text, regular(BODY), p.text, (ui.available_width() - 12.0).max(20.0));
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    ui.painter().galley(rect.min, galley, p.text);
    response.on_hover_text(text);
}

/// The frames in sight, the scenes above and the bar below.
fn strip(ui: &mut Ui, studio: &mut Studio, listing: &Listing, area: Rect) {
    let p = palette(ui);
    ui.painter().rect_filled(area, 0.0, p.ground);
    let count = listing.names.len();
    let band = if listing.scenes.is_empty() { 4.0 } else { BAND };
    let cells = Rect::from_min_max(area.min + vec2(MARGIN, band), area.max - vec2(MARGIN, BAR + 1.0));
    if cells.width() < 20.0 || cells.height() < 20.0 {
        return;
    }
    let width = cell::width(cells.height(), studio.dataset.aspect());
    let fit = f64::from(cells.width() / width);
    let pointed = ui.rect_contains_pointer(area);
    let wheel = ui.input(|i| i.smooth_scroll_delta());
    if pointed && wheel != egui::Vec2::ZERO {
        studio.dataset.strip.scroll(-f64::from((wheel.x + wheel.y) / width), count, fit);
    }
    bar(
        ui,
        studio,
        Rect::from_min_max(pos2(cells.left(), area.bottom() - BAR), cells.right_bottom() + vec2(0.0, BAR)),
        fit,
        count,
    );
    if studio.dataset.strip.follow(studio.dataset.selected, count, fit) {
        ui.ctx().request_repaint();
    }
    let (first, sight) = (studio.dataset.strip.first(), studio.dataset.strip.in_sight(count, fit));
    // The difference is small, so that a long list does not lose the fractions of a point.
    let left = |index: usize| cells.left() + ((index as f64 - first) * f64::from(width)) as f32;
    let mut painted = ui.new_child(egui::UiBuilder::new().max_rect(area));
    painted.set_clip_rect(ui.clip_rect().intersect(area.shrink2(vec2(MARGIN - 3.0, 0.0))));
    scenes(&painted, listing, &sight, Rect::from_min_max(pos2(cells.left(), area.top()), cells.right_top()), &left);
    for index in sight.clone() {
        let rect = Rect::from_min_size(pos2(left(index), cells.top()), vec2(width, cells.height()));
        if cell::show(&mut painted, studio, listing, index, rect) {
            studio.push(Action::Dataset(DatasetOrder::Select(index)));
        }
    }
    // Those that a small scroll will bring into sight come last.
    let after = sight.end..(sight.end + sight.len() / 2).min(count);
    let before = sight.start.saturating_sub(sight.len() / 2)..sight.start;
    let (faults, thumbs) = studio.dataset.for_thumbs();
    let wanted = thumbs.wanted(sight.chain(after).chain(before), |index| faults.contains_key(&index));
    if let Some(wanted) = wanted {
        studio.push(Action::Dataset(DatasetOrder::Thumbs(wanted)));
    }
}

/// Names of the scenes over their frames; one that began further left stays in sight, and each begins with a line.
fn scenes(ui: &Ui, listing: &Listing, sight: &std::ops::Range<usize>, band: Rect, left: &impl Fn(usize) -> f32) {
    let p = palette(ui);
    let from = listing.scenes.partition_point(|(first, _)| *first <= sight.start).saturating_sub(1);
    for (i, (start, name)) in listing.scenes.iter().enumerate().skip(from).take_while(|(_, (s, _))| *s < sight.end) {
        let end = listing.scenes.get(i + 1).map_or(listing.names.len(), |(next, _)| *next);
        let (x0, x1) = (left(*start), left(end) - 4.0);
        if *start > 0 && x0 >= band.left() {
            ui.painter().vline(x0 - 2.0, band.top() + 3.0..=band.bottom() + 400.0, egui::Stroke::new(1.0, p.secondary));
        }
        let at = x0.max(band.left());
        let galley = elided(ui, name, regular(SMALL), p.secondary, (x1 - at - 4.0).max(0.0));
        if x1 - at > 14.0 {
            ui.painter().galley(pos2(at + 2.0, band.center().y - galley.size().y / 2.0), galley, p.secondary);
        }
    }
}

/// Where in the list the strip stands; to be dragged.
fn bar(ui: &mut Ui, studio: &mut Studio, rect: Rect, fit: f64, count: usize) {
    if fit >= count as f64 || count == 0 {
        return;
    }
    let p = palette(ui);
    let rect = Rect::from_min_size(rect.min, vec2(rect.width(), BAR));
    let part = (fit / count as f64) as f32;
    let handle = (rect.width() * part).max(28.0);
    let most = count as f64 - fit;
    let room = rect.width() - handle;
    let response = ui.interact(rect, ui.scope_id().with("film bar"), Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Slider, true, "Place in the list"));
    if let Some(at) = response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked()) {
        let t = f64::from(((at.x - rect.left() - handle / 2.0) / room.max(1.0)).clamp(0.0, 1.0));
        studio.dataset.strip.go(t * most, count, fit);
    }
    let t = (studio.dataset.strip.first() / most) as f32;
    let at = pos2(rect.left() + t * room, rect.center().y - 2.5);
    let colour = if response.hovered() || response.dragged() { p.secondary } else { p.hover };
    ui.painter().rect_filled(Rect::from_min_size(at, vec2(handle, 5.0)), 2.5, colour);
}
