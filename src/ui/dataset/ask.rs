//! What opening a data set asks: which layout a folder has when it does not say, and the scale of its depth.

use super::order::DatasetOrder;
use crate::data::dataset::{DataSpec, NyuDepth};
use crate::ui::sheets::{self, Sheet};
use crate::ui::state::{Action, Studio};
use egui::{DragValue, Ui};
use std::path::{Path, PathBuf};

/// A question; `Sheet::Data` holds it.
#[derive(Debug, Clone, PartialEq)]
pub enum DataQuestion {
    /// Which of several layouts a folder has.
    Layout {
        /// The folder.
        path: PathBuf,
        /// The layouts to choose from.
        choices: Vec<DataSpec>,
        /// The chosen one; beyond the last means its pictures alone.
        chosen: usize,
    },
    /// How many PNG values make a metre, for a folder of pairs.
    Scale {
        /// The folder.
        dir: PathBuf,
        /// Focal length of its pictures, where somebody said it.
        focal: Option<f64>,
        /// Values per metre.
        scale: f64,
        /// Its depth is in metres already.
        metres: bool,
    },
}

/// Opens a path by what was recognised in it; asks where that does not decide.
pub fn open(studio: &mut Studio, path: PathBuf, mut choices: Vec<DataSpec>) {
    match choices.len() {
        0 => studio.push(Action::Open(vec![path])),
        1 => begin(studio, choices.remove(0)),
        _ => studio.sheet = Some(Sheet::Data(DataQuestion::Layout { path, choices, chosen: 0 })),
    }
}

/// Asks which layout a folder has that was opened for its pictures.
pub fn open_as(studio: &mut Studio, path: PathBuf) {
    let choices = vec![
        DataSpec::Pairs(path.clone(), None, None),
        DataSpec::Nyu(path.clone()),
        DataSpec::KittiRaw(path.clone()),
        DataSpec::KittiDepth(path.clone()),
        DataSpec::Frames(path.clone()),
    ];
    studio.sheet = Some(Sheet::Data(DataQuestion::Layout { path, choices, chosen: 0 }));
}

/// Opens a data set, asking for the scale of pairs first.
pub fn begin(studio: &mut Studio, spec: DataSpec) {
    match spec {
        DataSpec::Pairs(dir, None, focal) => {
            studio.sheet = Some(Sheet::Data(DataQuestion::Scale { dir, focal, scale: 256.0, metres: false }));
        }
        spec => studio.push(Action::Dataset(DatasetOrder::Open { spec, split: None, frame: None })),
    }
}

/// A layout in words.
pub fn layout(spec: &DataSpec) -> &'static str {
    match spec {
        DataSpec::NyuMat(_, NyuDepth::Filled) => "NYU Depth V2, labelled file, filled depth",
        DataSpec::NyuMat(_, NyuDepth::Raw) => "NYU Depth V2, labelled file, raw depth",
        DataSpec::Nyu(_) => "NYU Depth V2, pairs of files",
        DataSpec::KittiRaw(_) => "KITTI raw drives, depth from LiDAR",
        DataSpec::KittiDepth(_) => "KITTI annotated depth",
        DataSpec::Pairs(..) => "pictures and depth of equal names",
        DataSpec::Frames(_) => "a sequence without ground truth",
        DataSpec::Synthetic(_) => "procedural scene, exact depth",
    }
}

/// Draws the question; true when it was answered or given up.
pub fn show(ui: &mut Ui, studio: &mut Studio, question: &mut DataQuestion) -> bool {
    match question {
        DataQuestion::Layout { path, choices, chosen } => show_layout(ui, studio, path, choices, chosen),
        DataQuestion::Scale { dir, focal, scale, metres } => show_scale(ui, studio, (dir, *focal), scale, metres),
    }
}

fn show_layout(ui: &mut Ui, studio: &mut Studio, path: &Path, choices: &[DataSpec], chosen: &mut usize) -> bool {
    let text = format!("{} may be opened in more than one way.", path.display());
    sheets::title(ui, "What is this folder?", &text);
    for (i, spec) in choices.iter().enumerate() {
        if ui.radio(*chosen == i, layout(spec)).on_hover_text(spec.to_string()).clicked() {
            *chosen = i;
        }
    }
    if ui.radio(*chosen >= choices.len(), "its pictures alone, as files").clicked() {
        *chosen = choices.len();
    }
    let mut go = false;
    let done = sheets::buttons(ui, "Open", true, &mut go);
    if go {
        match choices.get(*chosen) {
            Some(spec) => begin(studio, spec.clone()),
            None => studio.push(Action::Open(vec![path.to_owned()])),
        }
    }
    done
}

fn show_scale(
    ui: &mut Ui,
    studio: &mut Studio,
    (dir, focal): (&Path, Option<f64>),
    scale: &mut f64,
    metres: &mut bool,
) -> bool {
    let text = format!("{}: where PNG files hold whole numbers, how many of them make a metre?", dir.display());
    sheets::title(ui, "The scale of this depth", &text);
    for (value, text) in [(256.0, "256: KITTI"), (1000.0, "1000: millimetres, as NYU Depth V2")] {
        if ui.radio(!*metres && *scale == value, text).clicked() {
            (*scale, *metres) = (value, false);
        }
    }
    if ui.radio(*metres, "none: it is .npy or .pfm, in metres").clicked() {
        *metres = true;
    }
    ui.horizontal(|ui| {
        ui.label("another:");
        let value = ui.add(DragValue::new(scale).range(0.001..=1e6).speed(1.0));
        let changed = value.changed();
        value.accessible_name("Values in a metre");
        *metres &= !changed;
    });
    let mut go = false;
    let done = sheets::buttons(ui, "Open", *metres || *scale > 0.0, &mut go);
    if go {
        let spec = DataSpec::Pairs(dir.to_owned(), (!*metres).then_some(*scale), focal);
        studio.push(Action::Dataset(DatasetOrder::Open { spec, split: None, frame: None }));
    }
    done
}
