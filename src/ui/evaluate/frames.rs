//! One line an image: sorted by any column, filtered by name or scene, as long as it is without costing more.

use super::head::colour;
use super::results::{Key, Results, Sort};
use super::state::EvaluateState;
use super::walk;
use crate::eval::report::table::{COLUMNS, printed};
use crate::eval::sums::Metric;
use crate::ui::state::Studio;
use crate::ui::theme::{SMALL, palette, regular, semibold};
use crate::ui::widgets::{elided, menu_row, picker};
use egui::{
    Align2, Key as Keyboard, Label, Pos2, Rect, RichText, ScrollArea, Sense, Shape, Stroke, TextEdit, Ui, pos2, vec2,
};

const LINE: f32 = 22.0;

/// Draws the pickers, the heads and the rows that can be seen; `height` is that of the rows.
pub fn show(ui: &mut Ui, studio: &mut Studio, height: f32) {
    choices(ui, studio);
    let columns = studio.evaluate.columns(ui.available_width());
    heads(ui, studio, &columns);
    rows(ui, studio, &columns, height);
}

/// Which two models are compared by which metric, and the filter; on one line where there is room.
pub fn choices(ui: &mut Ui, studio: &mut Studio) {
    let state = &mut studio.evaluate;
    let Some(names) =
        state.results.as_ref().map(|r| r.report.models.iter().map(|m| m.name.clone()).collect::<Vec<_>>())
    else {
        return;
    };
    let letters = || [false, true].into_iter().take(names.len().min(2));
    if ui.available_width() > 500.0 {
        ui.horizontal(|ui| {
            letters().for_each(|second| letter(ui, state, &names, second));
            metric(ui, state);
        });
        return;
    }
    for second in letters() {
        ui.horizontal(|ui| letter(ui, state, &names, second));
    }
    ui.horizontal(|ui| metric(ui, state));
}

/// The picker of one of the two models.
fn letter(ui: &mut Ui, state: &mut EvaluateState, names: &[String], second: bool) {
    let now = state.pair[usize::from(second)];
    let letter = if second { "B" } else { "A" };
    ui.label(RichText::new(letter).font(semibold(SMALL + 1.0)).color(colour(ui, second)));
    let value = names.get(now).cloned().unwrap_or_default();
    picker(ui, letter, &value, "The model of this letter in rows and charts", |ui| {
        for (i, name) in names.iter().enumerate() {
            if menu_row(ui, i == now, name, "", None).clicked() {
                let mut pair = state.pair;
                pair[usize::from(second)] = i;
                state.choose_pair(pair);
            }
        }
    });
}

/// The metric and the filter.
fn metric(ui: &mut Ui, state: &mut EvaluateState) {
    let now = state.metric;
    let tip = "The metric that the list compares images and models by";
    let chosen = picker(ui, "Metric", now.title(), tip, |ui| {
        let mut chosen = None;
        for metric in Metric::ALL {
            if menu_row(ui, metric == now, metric.title(), "", None).clicked() {
                chosen = Some(metric);
            }
        }
        chosen
    });
    if let Some(metric) = chosen.flatten() {
        state.choose_metric(metric);
    }
    if let Some(results) = &mut state.results {
        let mut filter = results.filter().to_owned();
        let width = (ui.available_width() - 4.0).clamp(60.0, 320.0);
        let field = TextEdit::singleline(&mut filter).desired_width(width).hint_text("name or scene");
        ui.add(field).on_hover_text("Only images with this in their name or scene").accessible_name("Filter");
        results.set_filter(&filter);
    }
}

/// What stands over a column.
pub fn title(key: Key, pair: [usize; 2]) -> String {
    match key {
        Key::Frame => "image".to_owned(),
        Key::Value(_, metric) if pair[0] == pair[1] => metric.title().to_owned(),
        Key::Value(model, metric) => format!("{} {}", if model == pair[0] { "A" } else { "B" }, metric.title()),
        Key::Difference(..) => "A − B".to_owned(),
    }
}

/// A value as its column prints it.
pub fn text(results: &Results, row: usize, key: Key) -> String {
    match key {
        Key::Frame => results.report.rows.get(row).map(|row| row.frame.clone()).unwrap_or_default(),
        Key::Value(_, metric) => printed(metric, results.value(row, key)),
        Key::Difference(..) => {
            results.value(row, key).map_or_else(|| "–".to_owned(), |v| format!("{v:+.4}").replace('-', "−"))
        }
    }
}

/// Ends of the columns: the first takes what the numbers leave.
fn ends(rect: Rect, columns: usize) -> (f32, f32) {
    let numbers = columns.saturating_sub(1) as f32;
    let each = ((rect.width() - 110.0) / numbers.max(1.0)).clamp(48.0, 72.0);
    (rect.width() - each * numbers, each)
}

fn cell(rect: Rect, columns: usize, i: usize) -> Rect {
    let (first, each) = ends(rect, columns);
    let left = if i == 0 { 0.0 } else { first + each * (i as f32 - 1.0) };
    Rect::from_min_size(rect.min + vec2(left, 0.0), vec2(if i == 0 { first } else { each }, rect.height()))
}

fn heads(ui: &mut Ui, studio: &mut Studio, columns: &[Key]) {
    let p = palette(ui);
    let state = &mut studio.evaluate;
    let pair = state.pair;
    let Some(results) = &mut state.results else { return };
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
    for (i, key) in columns.iter().enumerate() {
        let rect = cell(bar, columns.len(), i);
        let title = title(*key, pair);
        let response = ui.interact(rect, ui.scope_id().with(("head", i)), Sense::click());
        let Sort { key: sorted, descending } = results.sort();
        let on = sorted == *key;
        response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, on, format!("sort by {title}")));
        let colour = if on || response.hovered() { p.strong } else { p.secondary };
        let (at, align) = if i == 0 {
            (rect.left_center() + vec2(4.0, 0.0), Align2::LEFT_CENTER)
        } else {
            (rect.right_center() - vec2(12.0, 0.0), Align2::RIGHT_CENTER)
        };
        let drawn = ui.painter().text(at, align, &title, regular(SMALL), colour);
        if on {
            arrow(ui, pos2(drawn.right() + 7.0, rect.center().y), descending);
        }
        let order = if on { "once more turns the order round" } else { "the worst first" };
        if response.on_hover_text(format!("Sort by {title}: {order}")).clicked() {
            results.click(*key);
        }
    }
    ui.painter().hline(bar.x_range(), bar.bottom(), Stroke::new(1.0, p.hairline));
}

fn arrow(ui: &Ui, at: Pos2, down: bool) {
    let y = if down { 2.5 } else { -2.5 };
    let points = vec![at + vec2(-3.5, -y), at + vec2(3.5, -y), at + vec2(0.0, y)];
    ui.painter().add(Shape::convex_polygon(points, palette(ui).strong, Stroke::NONE));
}

fn rows(ui: &mut Ui, studio: &mut Studio, columns: &[Key], height: f32) {
    let p = palette(ui);
    let Some(results) = &studio.evaluate.results else { return };
    let count = results.order.len();
    if count == 0 {
        let why = if results.report.rows.is_empty() {
            "No image is done yet."
        } else {
            "No image has this in its name or scene."
        };
        ui.add(Label::new(RichText::new(why).font(regular(SMALL + 0.5)).color(p.secondary)).wrap());
        return;
    }
    let selected = studio.evaluate.selected;
    let mut area = ScrollArea::vertical().id_salt("frames").max_height(height).auto_shrink([false, true]);
    if std::mem::take(&mut studio.evaluate.reveal)
        && let Some(place) =
            selected.and_then(|n| results.row_of(n)).and_then(|row| results.order.iter().position(|r| *r == row))
    {
        area = area.vertical_scroll_offset((place as f32 * LINE - height / 2.0).max(0.0));
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut chosen = None;
    area.show_rows(ui, LINE, count, |ui, range| {
        for place in range {
            let row = results.order[place];
            let on = selected.is_some() && results.number(row) == selected;
            if line(ui, results, row, columns, on) {
                chosen = Some(row);
            }
        }
    });
    ui.spacing_mut().item_spacing.y = 4.0;
    if let Some(row) = chosen {
        walk::click(studio, row);
    }
}

/// Draws a row; true when it was clicked.
fn line(ui: &mut Ui, results: &Results, row: usize, columns: &[Key], on: bool) -> bool {
    let p = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::click());
    let name = &results.report.rows[row].frame;
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, on, name));
    if on || response.hovered() {
        ui.painter().rect_filled(rect, 4.0, if on { p.selection } else { p.control });
    }
    let colour = if on { p.strong } else { p.text };
    for (i, key) in columns.iter().enumerate() {
        let cell = cell(rect, columns.len(), i);
        let text = text(results, row, *key);
        if i == 0 {
            let galley = elided(ui, &text, regular(SMALL + 0.5), colour, cell.width() - 10.0);
            ui.painter().galley(pos2(cell.left() + 4.0, cell.center().y - galley.size().y / 2.0), galley, colour);
        } else {
            let at = cell.right_center() - vec2(12.0, 0.0);
            ui.painter().text(at, Align2::RIGHT_CENTER, text, regular(SMALL + 0.5), colour);
        }
    }
    response
        .on_hover_ui(|ui| {
            ui.label(tip(results, row));
        })
        .clicked()
}

/// Everything known of an image.
pub fn tip(results: &Results, row: usize) -> String {
    let Some(frame) = results.report.rows.get(row) else { return String::new() };
    let mut lines = vec![frame.frame.clone()];
    lines.extend(frame.scene.iter().chain(&frame.mark).cloned());
    for (model, facts) in results.report.models.iter().enumerate() {
        let value = |metric: Metric| {
            let value = results.value(row, Key::Value(model, metric));
            format!("{} {}", metric.title(), printed(metric, value))
        };
        let factor = frame.results.get(model).map_or(1.0, |result| result.factor);
        let scaled = if factor == 1.0 { String::new() } else { format!("   ×{factor:.3}") };
        lines.push(format!("{}{scaled}\n{}", facts.name, COLUMNS.map(value).join("  ")));
    }
    lines.push("Click: show it, its worst pixel in the middle (↑ ↓)".to_owned());
    lines.join("\n")
}

/// Up and down walk through the rows while the list has the keyboard's attention.
pub fn keys(ui: &Ui, studio: &mut Studio) {
    if studio.sheet.is_some() || ui.ctx().egui_wants_keyboard_input() {
        return;
    }
    let step = ui.input_mut(|input| {
        let none = egui::Modifiers::NONE;
        let mut step = 0;
        for (key, by) in
            [(Keyboard::ArrowDown, 1), (Keyboard::ArrowUp, -1), (Keyboard::PageDown, 10), (Keyboard::PageUp, -10)]
        {
            if input.consume_key(none, key) {
                step += by;
            }
        }
        step
    });
    if step != 0 {
        walk::step(studio, step);
    }
}
