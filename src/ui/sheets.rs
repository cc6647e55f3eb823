//! What covers the window: the doctor's report, the model card, and questions: what weights cannot say, the scale of a
//! ground truth PNG, where to export to.

use super::dataset::ask::{self, DataQuestion};
use super::dialogs::DialogKind;
use super::model_card;
use super::questions::{Questions, normalisation_note};
use super::reading::{file_name, open_report};
use super::report::ReportSheet;
use super::state::{Action, Studio};
use super::theme::{SMALL, palette, regular, semibold};
use super::widgets::{accent_button, modal_frame, plain_button};
use crate::infer::engine::Slot;
use egui::{DragValue, Key, RichText, TextEdit, Ui};
use std::path::{Path, PathBuf};

/// A sheet.
#[derive(Debug, Clone)]
pub enum Sheet {
    /// What the doctor found in weights.
    Report(Box<ReportSheet>),
    /// Everything about a loaded model.
    Card(Slot),
    /// Weights that cannot say what they are.
    Questions(Questions),
    /// A uint16 PNG as ground truth.
    TruthScale {
        /// The file.
        path: PathBuf,
        /// Values per metre.
        scale: f64,
    },
    /// What opening a data set asks.
    Data(DataQuestion),
    /// Where to export to.
    Export {
        /// The folder as typed.
        folder: String,
    },
}

impl Sheet {
    /// The export question, with the folder used last.
    pub fn export(studio: &Studio) -> Self {
        let folder = studio.settings.export.clone().or_else(|| studio.export_default.clone()).unwrap_or_default();
        Self::Export { folder: folder.display().to_string() }
    }
}

/// Draws the sheet that is open.
pub fn show(ctx: &egui::Context, studio: &mut Studio) {
    open_report(studio);
    let Some(mut sheet) = studio.sheet.take() else { return };
    let mut done = false;
    let modal = egui::Modal::new(egui::Id::unique("sheet")).frame(modal_frame(ctx));
    let response = modal.show(ctx, |ui| {
        let window = ui.ctx().content_rect().size();
        ui.set_width(match sheet {
            Sheet::Report(_) => (window.x - 92.0).min(780.0),
            Sheet::Card(_) => (window.x - 92.0).min(620.0),
            _ => 440.0,
        });
        done = match &mut sheet {
            Sheet::Report(report) => report.show(ui, studio),
            Sheet::Card(slot) => model_card::show(ui, studio, *slot),
            Sheet::Questions(questions) => show_questions(ui, studio, questions),
            Sheet::Data(question) => ask::show(ui, studio, question),
            Sheet::TruthScale { path, scale } => show_scale(ui, studio, path, scale),
            Sheet::Export { folder } => show_export(ui, studio, folder),
        };
    });
    if !response.should_close() && !done {
        studio.sheet.get_or_insert(sheet);
    }
}

/// The heading of a sheet with a sentence below.
pub(super) fn title(ui: &mut Ui, title: &str, text: &str) {
    let p = palette(ui);
    ui.label(RichText::new(title).font(semibold(16.0)).color(p.strong));
    ui.add(egui::Label::new(RichText::new(text).color(p.secondary)).wrap());
    ui.add_space(8.0);
}

/// Cancel and the one thing to do; true when either was chosen, with `go` set when it was the latter.
pub(super) fn buttons(ui: &mut Ui, text: &str, enabled: bool, go: &mut bool) -> bool {
    ui.add_space(12.0);
    let mut done = false;
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let entered = enabled && ui.input(|i| i.key_pressed(Key::Enter));
        if ui.add_enabled(enabled, accent_button(ui, text)).clicked() || entered {
            *go = true;
            done = true;
        }
        done |= ui.add(plain_button("Cancel")).clicked();
    });
    done
}

fn show_questions(ui: &mut Ui, studio: &mut Studio, q: &mut Questions) -> bool {
    let name = file_name(&q.path);
    title(
        ui,
        "What are these weights?",
        &format!("{name} does not say it itself, and it is never guessed from a file's name."),
    );
    q.show(ui);
    normalisation_note(ui);
    let request = q.request();
    let mut go = false;
    let done = buttons(ui, "Load", request.is_some(), &mut go);
    if let Some(request) = request.filter(|_| go) {
        studio.push(Action::Load(q.slot, request));
    }
    done
}

fn show_scale(ui: &mut Ui, studio: &mut Studio, path: &Path, scale: &mut f64) -> bool {
    let text = format!("{}: where PNG files hold whole numbers, how many of them make a metre?", path.display());
    title(ui, "The scale of this ground truth", &text);
    for (value, text) in [(256.0, "256: KITTI"), (1000.0, "1000: millimetres, as NYU Depth V2")] {
        if ui.radio(*scale == value, text).clicked() {
            *scale = value;
        }
    }
    ui.horizontal(|ui| {
        ui.label("another:");
        ui.add(DragValue::new(scale).range(0.001..=1e6).speed(1.0)).accessible_name("Values in a metre");
    });
    let mut go = false;
    let done = buttons(ui, "Open", *scale > 0.0, &mut go);
    if go {
        studio.push(Action::OpenTruth(path.to_owned(), Some(*scale)));
    }
    done
}

fn show_export(ui: &mut Ui, studio: &mut Studio, folder: &mut String) -> bool {
    let text = "Depth (colour, 16-bit millimetres, float), attention of each gate, error, and a figure with all panels; files of the same name are replaced.";
    title(ui, "Export this frame", text);
    let mut browse = false;
    ui.horizontal(|ui| {
        ui.add(TextEdit::singleline(folder).desired_width(320.0).hint_text("folder")).accessible_name("Folder");
        browse = ui.button("Choose…").clicked();
    });
    if browse {
        studio.push(Action::Dialog(DialogKind::ExportFolder));
    }
    ui.label(RichText::new("The folder is made if it is not there.").font(regular(SMALL)).color(palette(ui).secondary));
    let mut go = false;
    let done = buttons(ui, "Export", !folder.trim().is_empty(), &mut go);
    if go {
        let folder = PathBuf::from(folder.trim());
        studio.settings.export = Some(folder.clone());
        studio.push(Action::Export(folder));
    }
    done
}
