//! The table of means: our rows above the published ones of the same protocol.

use super::results::Results;
use crate::eval::report::table::{COLUMNS, Group, Line, printed};
use crate::ui::theme::{BODY, SMALL, palette, regular, semibold};
use crate::ui::widgets::{elided, elided_front};
use egui::{Align2, Label, RichText, ScrollArea, Sense, Ui, pos2, vec2};

/// Columns that a narrow panel has room for, as places in [`COLUMNS`]: REL, RMSE, log10, δ1.
const NARROW: [usize; 4] = [0, 2, 4, 6];
const WIDE: [usize; 9] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const LINE: f32 = 19.0;

/// The columns that fit into a width.
pub fn columns(width: f32) -> &'static [usize] {
    if width < 540.0 { &NARROW } else { &WIDE }
}

/// Draws title, table and notes; the lines of the table are at most `most` high and scroll.
pub fn show(ui: &mut Ui, results: &Results, most: f32) {
    let p = palette(ui);
    ui.add(Label::new(RichText::new(&results.title).font(semibold(BODY)).color(p.strong)).wrap());
    if let Some(fit) = &results.fit {
        let tip = "A model was trained on some of these images: its numbers say how well it fits them";
        ui.add(Label::new(RichText::new(fit).font(regular(SMALL + 0.5)).color(p.warn)).wrap()).on_hover_text(tip);
    }
    let shown = columns(ui.available_width());
    let number = if shown.len() == NARROW.len() { 46.0 } else { (ui.available_width() / 12.0).clamp(46.0, 62.0) };
    let name = ui.available_width() - number * shown.len() as f32;
    head(ui, shown, number);
    ScrollArea::vertical().id_salt("means").max_height(most).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for group in &results.groups {
            group_head(ui, group);
            for line in &group.lines {
                draw(ui, group, line, shown, [name, number]);
            }
        }
        ui.add_space(6.0);
        for note in &results.notes {
            ui.add(Label::new(RichText::new(note).font(regular(SMALL)).color(p.secondary)).wrap());
        }
    });
}

fn head(ui: &mut Ui, shown: &[usize], number: f32) {
    let p = palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
    for (i, column) in shown.iter().rev().enumerate() {
        let at = pos2(rect.right() - i as f32 * number, rect.center().y);
        ui.painter().text(at, Align2::RIGHT_CENTER, COLUMNS[*column].title(), regular(SMALL), p.secondary);
    }
    ui.painter().hline(rect.x_range(), rect.bottom(), egui::Stroke::new(1.0, p.hairline));
}

fn group_head(ui: &mut Ui, group: &Group) {
    let p = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE + 2.0), Sense::hover());
    let galley = elided(ui, &group.title, regular(SMALL), p.secondary, rect.width());
    ui.painter().galley(pos2(rect.left(), rect.bottom() - galley.size().y - 2.0), galley, p.secondary);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &group.title));
    response.on_hover_text(&group.protocol);
}

fn draw(ui: &mut Ui, group: &Group, line: &Line, shown: &[usize], [name, number]: [f32; 2]) {
    let p = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
    let (colour, font) = if group.ours { (p.strong, semibold(SMALL + 0.5)) } else { (p.text, regular(SMALL + 0.5)) };
    if response.hovered() {
        ui.painter().rect_filled(rect, 3.0, p.control);
    }
    let cut = if group.ours { elided_front } else { elided };
    let galley = cut(ui, &line.name, font.clone(), colour, (name - 8.0).max(20.0));
    ui.painter().galley(pos2(rect.left(), rect.center().y - galley.size().y / 2.0), galley, colour);
    let value = |column: usize| printed(COLUMNS[column], line.values[column]);
    for (i, column) in shown.iter().rev().enumerate() {
        let at = pos2(rect.right() - i as f32 * number, rect.center().y);
        ui.painter().text(at, Align2::RIGHT_CENTER, value(*column), font.clone(), colour);
    }
    let said: Vec<String> = (0..COLUMNS.len()).map(|i| format!("{} {}", COLUMNS[i].title(), value(i))).collect();
    let label = format!("{}: {}", line.name, said.join("  "));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &label));
    let note = if line.note.is_empty() { String::new() } else { format!("\n{}", line.note) };
    response.on_hover_text(format!("{label}{note}"));
}
