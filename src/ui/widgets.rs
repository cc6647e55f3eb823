//! Small pieces that the panels share.

use super::theme::{BODY, SMALL, palette, regular, semibold};
use egui::{Color32, Rect, Response, RichText, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

/// A heading of a panel's section: small capitals in the secondary colour.
pub fn section(ui: &mut Ui, title: &str) {
    let p = palette(ui);
    ui.add_space(12.0);
    ui.label(
        RichText::new(title.to_uppercase()).font(regular(SMALL - 0.5)).color(p.secondary).extra_letter_spacing(0.6),
    );
    ui.add_space(2.0);
}

/// A section of a panel that folds; it stays as the person left it, per what it begins as.
pub fn part(ui: &mut Ui, title: &str, open: bool, add: impl FnOnce(&mut Ui)) {
    ui.add_space(4.0);
    let heading = RichText::new(title).font(semibold(BODY)).color(palette(ui).strong);
    egui::CollapsingHeader::new(heading).id_salt(("part", title, open)).default_open(open).show_unindented(ui, add);
}

/// A small rounded label that says under which rule a number was made.
pub fn chip(ui: &mut Ui, text: &str, tip: &str) -> Response {
    let p = palette(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), regular(SMALL), p.text);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(14.0, 6.0), Sense::hover());
    ui.painter().rect_filled(rect, 4.0, p.control);
    ui.painter().galley(rect.min + vec2(7.0, 3.0), galley, p.text);
    response.on_hover_text(tip)
}

/// A chip that can be clicked.
pub fn chip_button(ui: &mut Ui, text: &str, on: bool, tip: &str) -> Response {
    let p = palette(ui);
    let fill = if on { p.selection } else { p.control };
    let text = RichText::new(text).font(regular(SMALL)).color(if on { p.strong } else { p.text });
    let stroke = if on { Stroke::new(1.0, p.accent) } else { Stroke::NONE };
    let button = egui::Button::new(text).fill(fill).stroke(stroke).corner_radius(4.0).min_size(vec2(0.0, 20.0));
    ui.add(button.selected(on)).on_hover_text(tip)
}

/// A label at the left and a value at the right of a line.
pub fn row(ui: &mut Ui, label: &str, value: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.set_min_height(24.0);
        ui.label(RichText::new(label).color(palette(ui).text));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), value);
    });
}

/// Width of a picker's menu; a longer name widens it.
const MENU: f32 = 340.0;

/// A flat picker: the present value and a chevron; the menu's rows are made by `add`.
pub fn picker<R>(ui: &mut Ui, name: &str, value: &str, tip: &str, add: impl FnOnce(&mut Ui) -> R) -> Option<R> {
    let response = picker_button(ui, name, value, tip);
    let menu = |ui: &mut Ui| {
        // The explanations wrap; by itself the menu is twice as wide as most of them need.
        ui.set_max_width(MENU);
        add(ui)
    };
    egui::Popup::menu(&response).show(menu).map(|r| r.inner)
}

fn picker_button(ui: &mut Ui, name: &str, value: &str, tip: &str) -> Response {
    let p = palette(ui);
    let most = (ui.available_width() - 24.0).max(20.0);
    let galley = elided(ui, value, regular(BODY), p.text, most);
    let size = vec2(galley.size().x + 24.0, 24.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("{name}: {value}")));
    let open = egui::Popup::is_id_open(ui.ctx(), egui::Popup::default_response_id(&response));
    if response.hovered() || response.has_focus() || open {
        ui.painter().rect_filled(rect, 5.0, p.control);
    }
    let text = pos2(rect.left() + 7.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(text, galley, p.text);
    chevron(ui.painter(), pos2(rect.right() - 9.0, rect.center().y), p.secondary);
    response.on_hover_text(tip)
}

/// Text on one line, cut with an ellipsis at `width`.
pub fn elided(ui: &Ui, text: &str, font: egui::FontId, colour: Color32, width: f32) -> std::sync::Arc<egui::Galley> {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width);
    ui.painter().layout_job(job)
}

/// Fewer letters than these tell no name from another.
const SHORTEST_END: usize = 4;

/// Text on one line, cut at its front where it is wider than `width`: networks and tensors differ at the ends of their names.
pub fn elided_front(
    ui: &Ui,
    text: &str,
    font: egui::FontId,
    colour: Color32,
    width: f32,
) -> std::sync::Arc<egui::Galley> {
    let whole = ui.painter().layout_no_wrap(text.to_owned(), font.clone(), colour);
    if whole.size().x <= width {
        return whole;
    }
    // Where the letters stand says which of them fit; a point less, for the ellipsis may be kerned to the first.
    let ellipsis = ui.painter().layout_no_wrap("…".to_owned(), font.clone(), colour).size().x;
    let from = whole.size().x - (width - ellipsis - 1.0);
    let cut = whole.rows.first().map_or(0, |row| row.glyphs.iter().filter(|glyph| glyph.pos.x < from).count());
    let end: String = text.chars().skip(cut).collect();
    if end.chars().nth(SHORTEST_END - 1).is_none() {
        return elided(ui, text, font, colour, width);
    }
    ui.painter().layout_no_wrap(format!("…{end}"), font, colour)
}

/// A small downward chevron.
pub fn chevron(painter: &egui::Painter, centre: egui::Pos2, colour: Color32) {
    let stroke = Stroke::new(1.4, colour);
    painter.line_segment([centre + vec2(-3.5, -1.75), centre + vec2(0.0, 1.75)], stroke);
    painter.line_segment([centre + vec2(0.0, 1.75), centre + vec2(3.5, -1.75)], stroke);
}

/// A tick mark.
pub fn tick(painter: &egui::Painter, centre: egui::Pos2, colour: Color32) {
    let stroke = Stroke::new(1.6, colour);
    painter.line_segment([centre + vec2(-4.0, 0.0), centre + vec2(-1.0, 3.0)], stroke);
    painter.line_segment([centre + vec2(-1.0, 3.0), centre + vec2(4.5, -3.5)], stroke);
}

/// A menu row that can be chosen, with a tick on the present one; `why_not` disables it and says why.
pub fn menu_row(ui: &mut Ui, on: bool, text: &str, detail: &str, why_not: Option<&str>) -> Response {
    let response = choice_row(ui, on, text, detail, why_not);
    if response.clicked() {
        ui.close();
    }
    response
}

/// [`menu_row`] in a menu that stays open.
pub fn choice_row(ui: &mut Ui, on: bool, text: &str, detail: &str, why_not: Option<&str>) -> Response {
    let p = palette(ui);
    let enabled = why_not.is_none();
    let width = ui.available_width().max(220.0);
    let title = ui.painter().layout_no_wrap(text.to_owned(), regular(BODY), p.text);
    let below = why_not.unwrap_or(detail);
    let mut job =
        egui::text::LayoutJob::simple(below.to_owned(), regular(SMALL), p.secondary, (width - 34.0).max(180.0));
    job.wrap.max_rows = 3;
    let below_galley = (!below.is_empty()).then(|| ui.painter().layout_job(job));
    let height = 8.0 + title.size().y + below_galley.as_ref().map_or(0.0, |g| g.size().y);
    let inner = title.size().x.max(below_galley.as_ref().map_or(0.0, |g| g.size().x));
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(width.max(inner + 34.0), height), sense);
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, enabled, on, text));
    if enabled && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect, 4.0, p.selection);
    }
    if on {
        tick(ui.painter(), pos2(rect.left() + 12.0, rect.top() + 4.0 + title.size().y / 2.0), p.accent);
    }
    let colour = if enabled { p.text } else { p.secondary };
    let text_height = title.size().y;
    ui.painter().galley_with_override_text_color(rect.min + vec2(26.0, 4.0), title, colour);
    if let Some(galley) = below_galley {
        ui.painter().galley(rect.min + vec2(26.0, 4.0 + text_height), galley, p.secondary);
    }
    response
}

/// A small × that closes something.
pub fn close_button(ui: &mut Ui, tip: &str) -> Response {
    let p = palette(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(18.0), Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, tip));
    let colour = if response.hovered() { p.strong } else { p.secondary };
    if response.hovered() {
        ui.painter().rect_filled(rect, 4.0, p.control);
    }
    let (c, r) = (rect.center(), 3.5);
    ui.painter().line_segment([c - Vec2::splat(r), c + Vec2::splat(r)], Stroke::new(1.3, colour));
    ui.painter().line_segment([c + vec2(-r, r), c + vec2(r, -r)], Stroke::new(1.3, colour));
    response.on_hover_text(tip)
}

/// A key as it is drawn on a keyboard.
pub fn key_cap(ui: &mut Ui, key: &str) {
    let p = palette(ui);
    let galley = ui.painter().layout_no_wrap(key.to_owned(), regular(SMALL), p.strong);
    let size = vec2((galley.size().x + 12.0).max(22.0), 20.0);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect(rect, 4.0, p.control, Stroke::new(1.0, p.hairline), StrokeKind::Inside);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, p.strong);
}

/// A short text in the middle of an area, with a line of explanation below: the designed empty states.
pub fn empty_state(ui: &Ui, area: Rect, title: &str, explanation: &str) {
    let p = palette(ui);
    let width = (area.width() - 32.0).clamp(60.0, 320.0);
    let painter = ui.painter_at(area);
    let centred = |text: &str, font: egui::FontId, colour| {
        let mut job = egui::text::LayoutJob::simple(text.to_owned(), font, colour, width);
        job.halign = egui::Align::Center;
        painter.layout_job(job)
    };
    let title = centred(title, semibold(BODY), p.text);
    let below = centred(explanation, regular(SMALL + 0.5), p.secondary);
    let height = title.size().y + 4.0 + below.size().y;
    let top = area.center() - vec2(0.0, height / 2.0);
    let gap = title.size().y + 4.0;
    painter.galley(top, title, p.text);
    painter.galley(top + vec2(0.0, gap), below, p.secondary);
}

/// The button of a sheet that does what the sheet is for.
pub fn accent_button(ui: &Ui, text: &str) -> egui::Button<'static> {
    let text = RichText::new(text).color(Color32::WHITE);
    egui::Button::new(text).fill(palette(ui).accent).min_size(vec2(88.0, 28.0))
}

/// Another button of a sheet.
pub fn plain_button(text: &'static str) -> egui::Button<'static> {
    egui::Button::new(text).min_size(vec2(72.0, 28.0))
}

/// The frame of a sheet that covers the window.
pub fn modal_frame(ctx: &egui::Context) -> egui::Frame {
    egui::Frame::popup(&ctx.global_style()).inner_margin(egui::Margin::symmetric(22, 18)).corner_radius(10.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::Harness;

    #[test]
    fn a_name_that_is_too_long_keeps_its_end() {
        let name = "msfnet-lite0-nyu-cbam";
        let checked = Harness::builder().with_context_setup(crate::ui::theme::install).build_ui_state(
            |ui, checked: &mut bool| {
                let cut = |width| elided_front(ui, name, regular(SMALL), Color32::WHITE, width);
                assert_eq!(cut(400.0).text(), name);
                for width in [50.0, 80.0, 100.0] {
                    let galley = cut(width);
                    let end = galley.text().strip_prefix('…').unwrap_or("not cut");
                    assert!(name.ends_with(end) && end.len() >= 5 && galley.size().x <= width, "{width}: {end}");
                }
                assert!(cut(5.0).size().x <= 20.0, "no room for a name");
                *checked = true;
            },
            false,
        );
        assert!(checked.state());
    }
}
