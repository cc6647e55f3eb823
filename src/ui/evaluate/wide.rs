//! The results over the whole area of the views: table and images at the left, charts at the right.

use super::{distance, frames, head, means, scatter};
use crate::ui::state::Studio;
use crate::ui::tabs::Tab;
use crate::ui::theme::palette;
use crate::ui::wide::{self, halves, heading};
use egui::{RichText, ScrollArea, Ui};

/// Height of the pickers above the images with the heads of their columns.
const PICKERS: f32 = 62.0;

/// Height of the title above the table of means, with the heads of its columns.
const HEAD: f32 = 64.0;

/// True when the results cover the views now.
pub fn covers(studio: &Studio) -> bool {
    wide::covers(studio, Tab::Evaluate, studio.evaluate.expanded, studio.evaluate.results.is_some())
}

/// Draws the results instead of the views; false when the views are to be drawn.
pub fn show(ui: &mut Ui, studio: &mut Studio) -> bool {
    if !covers(studio) {
        return false;
    }
    let [mut left, mut right] = halves(ui, 0.4, 620.0);
    let status = head::status(studio);
    if !status.is_empty() {
        left.label(RichText::new(status).color(palette(ui).secondary));
    }
    if let Some(results) = &studio.evaluate.results {
        // The images are what one works with: they get half of the height or more, pickers and heads apart.
        let area = left.max_rect();
        let spent = left.cursor().top() - area.top() + PICKERS + HEAD;
        means::show(&mut left, results, (area.height() * 0.5 - spent).max(96.0));
    }
    left.add_space(8.0);
    let rows = (left.available_height() - PICKERS).max(110.0);
    frames::show(&mut left, studio, rows);
    let height = right.max_rect().height();
    ScrollArea::vertical().id_salt("charts").auto_shrink(false).show(&mut right, |ui| {
        heading(ui, "Error by distance");
        if let Some(results) = &studio.evaluate.results {
            distance::show(ui, results, studio.evaluate.pair, 190.0);
        }
        ui.add_space(14.0);
        heading(ui, "Metric against metric");
        scatter::show(ui, studio, (height - 380.0).clamp(220.0, 560.0));
    });
    true
}
