//! The Log tab: all messages with the time since the window opened.

use super::state::Studio;
use super::theme::{SMALL, palette, regular};
use super::toasts::Level;
use egui::{RichText, ScrollArea, Ui};

/// Draws the tab.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    let p = palette(ui);
    ui.horizontal(|ui| {
        ui.label(
            RichText::new(format!("{} messages", studio.log.lines().len())).font(regular(SMALL)).color(p.secondary),
        );
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.small_button("Clear").on_hover_text("Forget all messages").clicked() {
                studio.log.clear();
            }
            if ui.small_button("Copy").on_hover_text("Copy all messages as text").clicked() {
                let lines = studio.log.lines().iter();
                let text: Vec<String> = lines.map(|l| format!("{:.1} s  {}", l.at.as_secs_f32(), l.text)).collect();
                ui.ctx().copy_text(text.join("\n"));
            }
        });
    });
    ui.add_space(4.0);
    ScrollArea::vertical().auto_shrink(false).stick_to_bottom(true).show(ui, |ui| {
        if studio.log.lines().is_empty() {
            ui.label(RichText::new("Nothing was said yet.").color(p.secondary));
        }
        for line in studio.log.lines() {
            let colour = match line.level {
                Level::Info => p.text,
                Level::Warning => p.warn,
                Level::Error => p.bad,
            };
            let times = if line.times > 1 { format!("  ×{}", line.times) } else { String::new() };
            ui.label(
                RichText::new(format!("{:.1} s{times}", line.at.as_secs_f32()))
                    .font(regular(SMALL - 1.0))
                    .color(p.secondary),
            );
            ui.add(
                egui::Label::new(RichText::new(&line.text).font(regular(SMALL + 0.5)).color(colour))
                    .wrap()
                    .selectable(true),
            );
            ui.add_space(5.0);
        }
    });
}
