//! The overview of all keys.

use super::shortcuts::overview;
use super::state::Studio;
use super::theme::{palette, semibold};
use super::widgets::{close_button, key_cap, modal_frame};
use egui::{Align, Layout, RichText, vec2};

/// Columns of the overview.
const COLUMNS: usize = 2;

/// Draws the overview when it is open.
pub fn show(ctx: &egui::Context, studio: &mut Studio) {
    if !studio.help {
        return;
    }
    let modal = egui::Modal::new(egui::Id::unique("help")).frame(modal_frame(ctx));
    let response = modal.show(ctx, |ui| {
        ui.set_width(760.0_f32.min(ui.ctx().content_rect().width() - 60.0));
        let mut close = false;
        ui.horizontal(|ui| {
            ui.label(RichText::new("Keys").font(semibold(16.0)).color(palette(ui).strong));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| close = close_button(ui, "Close (Esc)").clicked());
        });
        ui.add_space(6.0);
        let rows: Vec<_> = overview().collect();
        let per_column = rows.len().div_ceil(COLUMNS);
        ui.columns(COLUMNS, |columns| {
            for (ui, part) in columns.iter_mut().zip(rows.chunks(per_column)) {
                for (key, words) in part {
                    ui.horizontal(|ui| {
                        ui.allocate_ui_with_layout(vec2(92.0, 22.0), Layout::right_to_left(Align::Center), |ui| {
                            ui.set_min_width(92.0);
                            key_cap(ui, key);
                        });
                        ui.label(*words);
                    });
                }
            }
        });
        ui.add_space(8.0);
        let text = "Drag a picture to move it, turn the wheel to zoom, click to hold the probe. Drag a view's head to move the view.";
        ui.label(RichText::new(text).color(palette(ui).secondary));
        close
    });
    if response.inner || response.should_close() {
        studio.help = false;
    }
}
