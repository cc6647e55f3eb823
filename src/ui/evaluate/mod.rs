//! The Evaluate tab: models over a data set by a published protocol, the table growing while it runs, every image one
//! click from its error map. Narrow it is a panel of sections; wide it covers the views.

mod distance;
mod form;
mod frames;
mod head;
mod means;
mod news;
mod results;
mod scatter;
mod setup;
mod state;
mod walk;
mod wide;

#[cfg(test)]
mod chart_tests;
#[cfg(test)]
pub(in crate::ui) mod tests;

pub use head::brief;
pub use news::{answered, carry_out, poll};
pub use state::{EvaluateState, Phase};
pub use wide::show as show_wide;

use super::state::{Action, Studio};
use super::tabs::Tab;
use super::theme::palette;
use super::widgets::part;
use crate::eval::messages::Order;
use egui::{RichText, ScrollArea, Ui};
use std::path::PathBuf;

/// What the window begins with: a tab, and the results in a folder, over the views when `expand` is set.
pub fn begin(studio: &mut Studio, tab: Option<Tab>, results: Option<PathBuf>, expand: bool) {
    if let Some(tab) = tab {
        tab.bring_up(studio);
    }
    studio.evaluate.expanded = expand;
    if let Some(folder) = results {
        studio.push(Action::Evaluate(Order::Read(folder)));
    }
}

/// Room for the scroll bar.
const BAR: f32 = 6.0;

/// Draws the tab.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    frames::keys(ui, studio);
    ScrollArea::vertical().id_salt("evaluate").auto_shrink(false).show(ui, |ui| {
        // The bar floats: without room of its own it stands on the last column of numbers.
        ui.set_max_width(ui.available_width() - BAR);
        head::progress(ui, studio);
        ui.add_space(4.0);
        head::actions(ui, studio);
        let fresh = studio.evaluate.results.is_none();
        // A person who has results looks at them; one who has none sets something up.
        part(ui, "Setup", fresh && !studio.evaluate.phase.is_busy(), |ui| form::show(ui, studio));
        if studio.evaluate.results.is_none() {
            return;
        }
        if studio.evaluate.expanded {
            ui.add_space(8.0);
            let text = "The results are shown over the views.";
            ui.label(RichText::new(text).color(palette(ui).secondary));
            return;
        }
        part(ui, "Table", true, |ui| {
            if let Some(results) = &studio.evaluate.results {
                means::show(ui, results, 290.0);
            }
        });
        part(ui, "Images", true, |ui| frames::show(ui, studio, 264.0));
        part(ui, "Error by distance", true, |ui| {
            if let Some(results) = &studio.evaluate.results {
                distance::show(ui, results, studio.evaluate.pair, 120.0);
            }
        });
        part(ui, "Metric against metric", true, |ui| scatter::show(ui, studio, 230.0));
        ui.add_space(12.0);
    });
}
