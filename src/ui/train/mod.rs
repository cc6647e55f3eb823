//! The Train tab: set a training up, check it, watch its curves and pictures while it runs; narrow a panel of sections,
//! wide over the views.

mod captions;
mod chart;
mod checklist;
mod curves;
mod form;
mod hardest;
mod head;
mod lines;
mod news;
mod order;
mod pace;
mod settings_list;
mod setup;
mod state;
mod watch;
mod wide;

#[cfg(test)]
mod beside_tests;
#[cfg(test)]
mod chart_tests;
#[cfg(test)]
pub(in crate::ui) mod tests;

pub use head::brief;
pub use news::{answered, carry_out, poll};
pub use order::TrainOrder;
pub use state::{Phase, TrainState};
pub use wide::show as show_wide;

use super::dialogs::DialogKind;
use super::state::{Action, Studio};
use super::theme::palette;
use super::widgets::part;
use egui::{Button, Rect, RichText, ScrollArea, Sense, Ui};
use std::path::PathBuf;

/// What the window begins with: the run in a folder.
pub fn begin(studio: &mut Studio, run: Option<PathBuf>, expand: bool) {
    if let Some(folder) = run {
        studio.train.expanded = expand;
        studio.push(Action::Train(TrainOrder::Open(folder)));
    }
}

/// Room for the scroll bar.
const BAR: f32 = 6.0;

/// Draws the tab.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    ScrollArea::vertical().id_salt("train").auto_shrink(false).show(ui, |ui| {
        // The bar floats: without room of its own it stands on the last column of numbers.
        ui.set_max_width(ui.available_width() - BAR);
        head::show(ui, studio);
        ui.add_space(4.0);
        actions(ui, studio);
        let fresh = studio.train.main().is_none();
        part(ui, "Setup", fresh && !studio.train.phase.is_training(), |ui| form::show(ui, studio));
        if fresh {
            part(ui, "Pictures", false, |ui| watch::show(ui, studio));
            return;
        }
        if studio.train.expanded {
            ui.add_space(8.0);
            ui.label(RichText::new("Curves and pictures are shown over the views.").color(palette(ui).secondary));
            return;
        }
        part(ui, "Curves", true, |ui| curves::show(ui, studio, 190.0));
        part(ui, "Pictures", true, |ui| watch::show(ui, studio));
        part(ui, "Hardest samples", true, |ui| hardest::show(ui, studio, 220.0));
        ui.add_space(12.0);
    });
}

/// Opening a run and enlarging what is shown of it.
fn actions(ui: &mut Ui, studio: &mut Studio) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().button_padding.x = 7.0;
        let why = match (studio.train.reading, studio.train.phase.is_busy()) {
            (true, _) => Some("A run is being read"),
            (_, true) => Some("A training is running; stop it before another run is opened"),
            _ => None,
        };
        let tip = "Show a run from its folder, finished or killed, and go on with it";
        let open = ui.add_enabled(why.is_none(), Button::new("Open run…")).on_hover_text(tip);
        if open.on_disabled_hover_text(why.unwrap_or_default()).clicked() {
            studio.push(Action::Dialog(DialogKind::TrainRun));
        }
        if studio.train.main().is_none() {
            return;
        }
        let (name, tip) = if studio.train.expanded {
            ("Back to the views", "Show the pictures again (Shift+W)")
        } else {
            ("Expand", "Curves and pictures over the whole area of the views (Shift+W)")
        };
        if ui.button(name).on_hover_text(tip).clicked() {
            studio.train.expanded = !studio.train.expanded;
        }
    });
}

/// Names a text that was painted, for screen readers.
fn label(ui: &Ui, rect: Rect, text: &str) {
    let response = ui.interact(rect, ui.scope_id().with(("label", text)), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, text));
}
