//! Questions that cover the window: what weights cannot say, the scale of a ground truth PNG, where to export to.

use super::dialogs::DialogKind;
use super::state::{Action, Studio};
use super::theme::{SMALL, palette, regular, semibold};
use super::widgets::modal_frame;
use crate::depth::DepthUnit;
use crate::infer::engine::Slot;
use crate::infer::model::ModelRequest;
use crate::net::config::GateKind;
use egui::{Button, Color32, DragValue, Key, RichText, TextEdit, Ui, vec2};
use std::path::{Path, PathBuf};

/// A question.
#[derive(Debug, Clone)]
pub enum Sheet {
    /// Weights that cannot say what they are.
    Questions(Questions),
    /// A uint16 PNG as ground truth.
    TruthScale {
        /// The file.
        path: PathBuf,
        /// Values per metre.
        scale: f64,
    },
    /// Where to export to.
    Export {
        /// The folder as typed.
        folder: String,
    },
}

/// What a bare state dict cannot say, with the answers so far.
#[derive(Debug, Clone)]
pub struct Questions {
    /// For which place.
    pub slot: Slot,
    /// The file.
    pub path: PathBuf,
    /// What is missing: `gate`, `unit`, `train-size`.
    pub missing: Vec<String>,
    /// Answer to `gate`.
    pub gate: Option<GateKind>,
    /// Answer to `unit`.
    pub unit: Option<DepthUnit>,
    /// Answer to `train-size`.
    pub size: [usize; 2],
}

impl Questions {
    /// Nothing answered yet. The training size begins with that of the NYU recipe and must be confirmed like the rest.
    pub fn new(slot: Slot, path: PathBuf, missing: Vec<String>) -> Self {
        Self { slot, path, missing, gate: None, unit: None, size: [304, 228] }
    }

    fn asks(&self, what: &str) -> bool {
        self.missing.iter().any(|m| m == what)
    }

    /// The request with the answers; `None` while one is missing: nothing is guessed.
    pub fn request(&self) -> Option<ModelRequest> {
        if self.asks("gate") && self.gate.is_none() || self.asks("unit") && self.unit.is_none() {
            return None;
        }
        Some(ModelRequest {
            path_or_name: self.path.display().to_string(),
            gate: self.gate,
            unit: self.unit,
            train_size: self.asks("train-size").then_some(self.size),
            start: false,
        })
    }
}

impl Sheet {
    /// The export question, with the folder used last.
    pub fn export(studio: &Studio) -> Self {
        let folder = studio.settings.export.clone().or_else(|| studio.export_default.clone()).unwrap_or_default();
        Self::Export { folder: folder.display().to_string() }
    }
}

/// Draws the question that is open.
pub fn show(ctx: &egui::Context, studio: &mut Studio) {
    let Some(mut sheet) = studio.sheet.take() else { return };
    let mut done = false;
    let modal = egui::Modal::new(egui::Id::unique("sheet")).frame(modal_frame(ctx));
    let response = modal.show(ctx, |ui| {
        ui.set_width(440.0);
        done = match &mut sheet {
            Sheet::Questions(questions) => show_questions(ui, studio, questions),
            Sheet::TruthScale { path, scale } => show_scale(ui, studio, path, scale),
            Sheet::Export { folder } => show_export(ui, studio, folder),
        };
    });
    if !done && !response.should_close() {
        studio.sheet.get_or_insert(sheet);
    }
}

fn title(ui: &mut Ui, title: &str, text: &str) {
    let p = palette(ui);
    ui.label(RichText::new(title).font(semibold(16.0)).color(p.strong));
    ui.add(egui::Label::new(RichText::new(text).color(p.secondary)).wrap());
    ui.add_space(8.0);
}

/// Cancel and the one thing to do; true when either was chosen, with `go` set when it was the latter.
fn buttons(ui: &mut Ui, text: &str, enabled: bool, go: &mut bool) -> bool {
    let p = palette(ui);
    ui.add_space(12.0);
    let mut done = false;
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let button = Button::new(RichText::new(text).color(Color32::WHITE)).fill(p.accent).min_size(vec2(88.0, 28.0));
        let entered = enabled && ui.input(|i| i.key_pressed(Key::Enter));
        if ui.add_enabled(enabled, button).clicked() || entered {
            *go = true;
            done = true;
        }
        done |= ui.add(Button::new("Cancel").min_size(vec2(72.0, 28.0))).clicked();
    });
    done
}

fn choice<T: PartialEq + Copy>(ui: &mut Ui, label: &str, value: &mut Option<T>, all: &[(T, &str)]) {
    ui.label(RichText::new(label).font(semibold(SMALL + 1.0)).color(palette(ui).text));
    for (option, text) in all {
        if ui.radio(*value == Some(*option), *text).clicked() {
            *value = Some(*option);
        }
    }
    ui.add_space(8.0);
}

fn show_questions(ui: &mut Ui, studio: &mut Studio, q: &mut Questions) -> bool {
    let name = q.path.file_name().map_or_else(|| q.path.display().to_string(), |n| n.to_string_lossy().into_owned());
    title(
        ui,
        "What are these weights?",
        &format!("{name} does not say it itself, and it is never guessed from a file's name."),
    );
    if q.asks("gate") {
        let all = [
            (GateKind::Eda, "EDA: maximum and average, minus the minimum"),
            (GateKind::CbamS, "CBAM-S: maximum and average"),
            (GateKind::None, "no gate"),
        ];
        choice(ui, "The gate behind stage 3", &mut q.gate, &all);
    }
    if q.asks("unit") {
        let all = [
            (DepthUnit::TenOverMetres, "10 / metres (NYU networks)"),
            (DepthUnit::Metres, "metres (KITTI networks)"),
            (DepthUnit::Disparity, "disparity without a scale"),
            (DepthUnit::Relative, "depth without a scale"),
        ];
        choice(ui, "What the output means", &mut q.unit, &all);
    }
    if q.asks("train-size") {
        ui.label(RichText::new("Width and height it was trained at").font(semibold(SMALL + 1.0)));
        ui.horizontal(|ui| {
            let [w, h] = &mut q.size;
            ui.add(DragValue::new(w).range(32..=4096)).accessible_name("Training width");
            ui.label("×");
            ui.add(DragValue::new(h).range(32..=4096)).accessible_name("Training height");
        });
    }
    let how = "Pictures are normalised as its encoder expects them: (255x − 127)/128 for EfficientNet-Lite0.";
    ui.add(egui::Label::new(RichText::new(how).font(regular(SMALL)).color(palette(ui).secondary)).wrap());
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn weights_are_loaded_only_with_every_answer() {
        let missing = ["gate", "unit", "train-size"].map(str::to_owned).to_vec();
        let mut q = Questions::new(Slot::Compare, PathBuf::from("a-eda.pth"), missing);
        assert!(q.request().is_none(), "the name of the file answers nothing");
        q.gate = Some(GateKind::CbamS);
        assert!(q.request().is_none());
        q.unit = Some(DepthUnit::TenOverMetres);
        let request = q.request().unwrap();
        assert_eq!(request.gate, Some(GateKind::CbamS));
        assert_eq!(request.train_size, Some([304, 228]));

        let mut q = Questions::new(Slot::Main, PathBuf::from("b.pth"), vec!["unit".to_owned()]);
        assert!(q.request().is_none());
        q.unit = Some(DepthUnit::Metres);
        assert_eq!(q.request().unwrap().train_size, None);
    }
}
