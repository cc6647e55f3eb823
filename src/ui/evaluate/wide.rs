//! The results over the whole area of the views: table and images at the left, charts at the right.

use super::{distance, frames, head, means, scatter};
use crate::ui::state::Studio;
use crate::ui::theme::{BODY, palette, semibold};
use egui::{RichText, ScrollArea, Ui, UiBuilder, vec2};

/// Room between the two halves.
const GAP: f32 = 20.0;

/// Height of the pickers above the images with the heads of their columns.
const PICKERS: f32 = 62.0;

/// Height of the title above the table of means, with the heads of its columns.
const HEAD: f32 = 64.0;

/// True when the results cover the views now.
pub fn covers(studio: &Studio) -> bool {
    let on = studio.settings.panel && studio.settings.tab == crate::ui::tabs::Tab::Evaluate;
    on && studio.evaluate.expanded && studio.evaluate.results.is_some()
}

/// Draws the results instead of the views; false when the views are to be drawn.
pub fn show(ui: &mut Ui, studio: &mut Studio) -> bool {
    if !covers(studio) {
        return false;
    }
    let p = palette(ui);
    ui.painter().rect_filled(ui.max_rect(), 0.0, p.panel);
    let area = ui.max_rect().shrink2(vec2(18.0, 12.0));
    let right = (area.width() * 0.4).clamp(240.0, 620.0);
    let (left, charts) = area.split_left_right_at_x(area.right() - right);
    let mut ui_left = ui.new_child(UiBuilder::new().max_rect(left.with_max_x(left.right() - GAP)).id_salt("left"));
    let status = head::status(studio);
    if !status.is_empty() {
        ui_left.label(RichText::new(status).color(p.secondary));
    }
    if let Some(results) = &studio.evaluate.results {
        // The images are what one works with: they get half of the height or more, pickers and heads apart.
        let spent = ui_left.cursor().top() - left.top() + PICKERS + HEAD;
        means::show(&mut ui_left, results, (left.height() * 0.5 - spent).max(96.0));
    }
    ui_left.add_space(8.0);
    let rows = (ui_left.available_height() - PICKERS).max(110.0);
    frames::show(&mut ui_left, studio, rows);
    let mut ui_right = ui.new_child(UiBuilder::new().max_rect(charts).id_salt("right"));
    ScrollArea::vertical().id_salt("charts").auto_shrink(false).show(&mut ui_right, |ui| {
        let heading = |ui: &mut Ui, text: &str| {
            ui.label(RichText::new(text).font(semibold(BODY)).color(p.strong));
        };
        heading(ui, "Error by distance");
        if let Some(results) = &studio.evaluate.results {
            distance::show(ui, results, studio.evaluate.pair, 190.0);
        }
        ui.add_space(14.0);
        heading(ui, "Metric against metric");
        let height = (charts.height() - 380.0).clamp(220.0, 560.0);
        scatter::show(ui, studio, height);
    });
    true
}
