//! A table of any length of which only the rows in sight are drawn.

use super::super::theme::{SMALL, palette, regular};
use super::super::widgets::elided_front;
use egui::{Align2, Color32, Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};

/// Height of a row.
const ROW: f32 = 20.0;
/// Room between columns.
const GAP: f32 = 10.0;
/// Size of the text.
const TEXT: f32 = SMALL + 0.5;

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// Its share of the width beside those of the others.
    pub share: f32,
    /// What hovering over its heading says.
    pub tip: &'static str,
    /// Numbers stand at the right.
    pub right: bool,
}

/// A cell's text; `None` takes the usual colour.
pub type Cell = (String, Option<Color32>);

/// Draws the headings, and the rows of `count` that are in sight over the height that is left. `cells` makes a row's
/// cells, `words` what a screen reader and a tooltip say of it; a click copies its `name`.
pub fn show<const N: usize>(
    ui: &mut Ui,
    columns: &[Column; N],
    count: usize,
    cells: impl Fn(usize) -> [Cell; N],
    words: impl Fn(usize) -> String,
    name: impl Fn(usize) -> String,
) {
    let p = palette(ui);
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    for (column, part) in columns.iter().zip(parts(columns, head)) {
        let (at, align) = if column.right {
            (part.right_center(), Align2::RIGHT_CENTER)
        } else {
            (part.left_center(), Align2::LEFT_CENTER)
        };
        ui.painter().text(at, align, column.title, regular(SMALL), p.secondary);
        ui.interact(part, ui.scope_id().with(column.title), Sense::hover()).on_hover_text(column.tip);
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().id_salt("rows").auto_shrink(false).show_rows(ui, ROW, count, |ui, range| {
        for i in range {
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ListItem, true, words(i)));
            if response.hovered() {
                ui.painter().rect_filled(rect, 3.0, p.control);
            }
            ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, p.control));
            for ((text, colour), (column, part)) in cells(i).into_iter().zip(columns.iter().zip(parts(columns, rect))) {
                let colour = colour.unwrap_or(p.text);
                let galley = elided_front(ui, &text, regular(TEXT), colour, part.width());
                let x = if column.right { part.right() - galley.size().x } else { part.left() };
                ui.painter().galley(pos2(x, part.center().y - galley.size().y / 2.0), galley, colour);
            }
            if response.clicked() {
                ui.ctx().copy_text(name(i));
            }
            response.on_hover_ui_at_pointer(|ui| {
                ui.label(words(i));
                ui.label(egui::RichText::new("A click copies the name.").font(regular(SMALL)).color(p.secondary));
            });
        }
    });
}

/// Where each column stands in a row.
fn parts<const N: usize>(columns: &[Column; N], row: Rect) -> [Rect; N] {
    // The right end is left to the scroll bar.
    let inner = row.with_max_x(row.right() - 12.0).with_min_x(row.left() + 4.0);
    let shares: f32 = columns.iter().map(|c| c.share).sum();
    let mut x = inner.left();
    columns.map(|column| {
        let width = inner.width() * column.share / shares;
        let part = Rect::from_min_max(pos2(x, inner.top()), pos2(x + width - GAP, inner.bottom()));
        x += width;
        part
    })
}

/// A shape as people write it: `64×3×7×7`.
pub fn shape_text(shape: &[usize]) -> String {
    if shape.is_empty() {
        return "scalar".to_owned();
    }
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}
