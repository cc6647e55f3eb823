//! The two model pickers: the main model and the one it is compared with.

use super::dialogs::DialogKind;
use super::state::{Action, Studio};
use super::toolbar::menu;
use super::widgets::menu_row;
use crate::infer::engine::Slot;
use crate::infer::model::ModelRequest;
use crate::weights::catalog::KNOWN;
use egui::Ui;

/// Draws the button and, when open, the menu.
pub fn show(ui: &mut Ui, studio: &mut Studio, slot: Slot) {
    let state = if slot == Slot::Main { studio.main.clone() } else { studio.compare.clone() };
    let name = match (&state.loading, &state.info) {
        (Some(loading), _) => format!("{loading}…"),
        (None, Some(info)) => info.name.clone(),
        (None, None) => "none".to_owned(),
    };
    let (label, text, tip) = match slot {
        Slot::Main if state.info.is_none() && state.loading.is_none() => {
            ("Model", "Model".to_owned(), "The network whose depth is shown")
        }
        Slot::Main => ("Model", name, "The network whose depth is shown"),
        Slot::Compare => {
            ("Compared model", format!("vs {name}"), "A second network: its gate and its metrics beside the first's")
        }
    };
    menu(ui, label, &text, tip, |ui| {
        ui.set_min_width(330.0);
        for known in KNOWN {
            let why_not = (!known.runnable).then_some("An encoder alone: training starts from it, it makes no depth");
            let on = state.known == Some(known.name);
            if menu_row(ui, on, known.name, known.about, why_not).clicked() {
                studio.push(Action::Load(slot, ModelRequest::named(known.name)));
            }
        }
        // A file that was loaded from elsewhere stays in the list while it is in use.
        if let Some(info) = state.info.as_ref().filter(|_| state.known.is_none()) {
            menu_row(ui, true, &info.name, &info.path.display().to_string(), None);
        }
        if slot == Slot::Compare && menu_row(ui, state.info.is_none(), "none", "Compare with nothing", None).clicked() {
            studio.push(Action::Unload);
        }
        if let Some(why) = &state.failed {
            menu_row(ui, false, "The last one could not be loaded", "", Some(why));
        }
        ui.separator();
        if ui.button("Weights…").on_hover_text("Open a .pth or .safetensors file; opening never runs code").clicked()
        {
            studio.push(Action::Dialog(if slot == Slot::Main {
                DialogKind::Weights
            } else {
                DialogKind::CompareWeights
            }));
            ui.close();
        }
    });
}
