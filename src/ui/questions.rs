//! [`Questions`]: what weights cannot say of themselves, asked before they are loaded and never guessed.

use super::theme::{SMALL, palette, regular, semibold};
use crate::depth::DepthUnit;
use crate::infer::engine::Slot;
use crate::infer::model::ModelRequest;
use crate::net::config::GateKind;
use egui::{DragValue, RichText, Ui};
use std::path::PathBuf;

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
    /// A starting point is loaded: what is missing of the network may be random.
    pub start: bool,
    /// The weights are known to be Monodepth2's, whose output can mean two things only.
    pub monodepth2: bool,
}

impl Questions {
    /// Nothing answered yet. The training size begins with that of the NYU recipe and must be confirmed like the rest.
    pub fn new(slot: Slot, path: PathBuf, missing: Vec<String>) -> Self {
        Self { slot, path, missing, gate: None, unit: None, size: [304, 228], start: false, monodepth2: false }
    }

    /// The same for a Monodepth2 model, whose usual size is another.
    pub fn of_monodepth2(self) -> Self {
        Self { monodepth2: true, size: [640, 192], ..self }
    }

    fn asks(&self, what: &str) -> bool {
        self.missing.iter().any(|m| m == what)
    }

    /// What is still to be answered, in words.
    pub fn open(&self) -> Vec<&'static str> {
        let asked = [
            ("which gate it has", self.asks("gate") && self.gate.is_none()),
            ("what its output means", self.asks("unit") && self.unit.is_none()),
        ];
        asked.into_iter().filter(|(_, open)| *open).map(|(words, _)| words).collect()
    }

    /// The request with the answers; `None` while one is missing: nothing is guessed.
    pub fn request(&self) -> Option<ModelRequest> {
        self.open().is_empty().then(|| ModelRequest {
            path_or_name: self.path.display().to_string(),
            gate: self.gate,
            unit: self.unit,
            train_size: self.asks("train-size").then_some(self.size),
            start: self.start,
        })
    }

    /// Draws all that is asked, one question under the other.
    pub fn show(&mut self, ui: &mut Ui) {
        self.show_gate(ui);
        self.show_unit(ui);
        self.show_size(ui);
    }

    /// Draws all that is asked side by side, where there is room for it.
    pub fn show_wide(&mut self, ui: &mut Ui) {
        let (left, right) = (self.asks("gate") || self.asks("train-size"), self.asks("unit"));
        if !(left && right) {
            return self.show(ui);
        }
        ui.columns_const(|[left, right]| {
            self.show_gate(left);
            self.show_size(left);
            self.show_unit(right);
        });
    }

    fn show_gate(&mut self, ui: &mut Ui) {
        if self.asks("gate") {
            let all = [
                (GateKind::Eda, "EDA: maximum and average, minus the minimum"),
                (GateKind::CbamS, "CBAM-S: maximum and average"),
                (GateKind::None, "no gate"),
            ];
            choice(ui, "The gate behind stage 3", &mut self.gate, &all);
        }
    }

    fn show_unit(&mut self, ui: &mut Ui) {
        if self.asks("unit") {
            let monodepth2 = [
                (DepthUnit::Metres, "metres: trained with stereo pairs"),
                (DepthUnit::Relative, "depth without a scale: trained on video alone"),
            ];
            let all = [
                (DepthUnit::TenOverMetres, "10 / metres (NYU networks)"),
                (DepthUnit::Metres, "metres (KITTI networks)"),
                (DepthUnit::Disparity, "disparity without a scale"),
                (DepthUnit::Relative, "depth without a scale"),
            ];
            let all = if self.monodepth2 { &monodepth2[..] } else { &all[..] };
            choice(ui, "What the output means", &mut self.unit, all);
        }
    }

    fn show_size(&mut self, ui: &mut Ui) {
        if self.asks("train-size") {
            ui.label(RichText::new("Width and height it was trained at").font(semibold(SMALL + 1.0)));
            ui.horizontal(|ui| {
                let [w, h] = &mut self.size;
                ui.add(DragValue::new(w).range(32..=4096)).accessible_name("Training width");
                ui.label("×");
                ui.add(DragValue::new(h).range(32..=4096)).accessible_name("Training height");
            });
        }
    }
}

/// How pictures come to the network, which no answer changes.
pub fn normalisation_note(ui: &mut Ui) {
    let how = "Pictures are normalised as its encoder expects them: (255x − 127)/128 for EfficientNet-Lite of TensorFlow, ImageNet's mean and deviation for the others.";
    ui.add(egui::Label::new(RichText::new(how).font(regular(SMALL)).color(palette(ui).secondary)).wrap());
}

fn choice<T: PartialEq + Copy>(ui: &mut Ui, label: &str, value: &mut Option<T>, all: &[(T, &str)]) {
    ui.label(RichText::new(label).font(semibold(SMALL + 1.0)).color(palette(ui).text));
    ui.scope(|ui| {
        // Rings that are seen: what is not answered yet must look as if it could be.
        let ring = egui::Stroke::new(1.0, palette(ui).secondary);
        let widgets = &mut ui.visuals_mut().widgets;
        (widgets.inactive.bg_stroke, widgets.hovered.bg_stroke) = (ring, ring);
        for (option, text) in all {
            if ui.radio(*value == Some(*option), *text).clicked() {
                *value = Some(*option);
            }
        }
    });
    ui.add_space(8.0);
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
        assert_eq!(q.open(), ["what its output means"]);
        q.unit = Some(DepthUnit::TenOverMetres);
        let request = q.request().unwrap();
        assert_eq!(request.gate, Some(GateKind::CbamS));
        assert_eq!(request.train_size, Some([304, 228]));

        let mut q = Questions::new(Slot::Main, PathBuf::from("b.pth"), vec!["unit".to_owned()]);
        assert!(q.request().is_none());
        q.unit = Some(DepthUnit::Metres);
        assert_eq!(q.request().unwrap().train_size, None);
        assert!(!q.request().unwrap().start);
        q.start = true;
        assert!(q.request().unwrap().start, "what was asked for as a starting point stays one");
    }
}
