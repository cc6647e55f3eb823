//! Drag and drop: pictures, folders, weights and ground truth, with an overlay that says what will happen.

use super::dialogs::{PathKind, kind_of};
use super::state::{Action, Studio};
use super::theme::{BODY, palette, regular, semibold};
use super::view_kind::ViewKind;
use crate::infer::engine::Slot;
use crate::infer::model::ModelRequest;
use egui::{Align2, Color32, Rect, Stroke, StrokeKind, Ui};
use std::path::PathBuf;

/// Sorts paths and asks for each kind to be opened. Over the ground truth view, pictures are ground truth.
pub fn open(studio: &mut Studio, paths: Vec<PathBuf>, over: Option<ViewKind>) {
    let mut pictures = Vec::new();
    for path in paths {
        match kind_of(&path) {
            PathKind::Weights => {
                let slot = if over == Some(ViewKind::Cbam) { Slot::Compare } else { Slot::Main };
                let request = ModelRequest::named(path.display().to_string());
                studio.push(Action::Load(slot, request));
            }
            PathKind::Truth => studio.push(Action::AskTruth(path)),
            PathKind::Picture if over == Some(ViewKind::Truth) => studio.push(Action::AskTruth(path)),
            PathKind::Picture => pictures.push(path),
        }
    }
    if !pictures.is_empty() {
        studio.push(Action::Open(pictures));
    }
}

/// Takes dropped files, and draws the overlay while files hover over the window.
pub fn show(ui: &Ui, studio: &mut Studio) {
    let dropped: Vec<PathBuf> = ui.input(|i| i.raw.dropped_files.iter().map(|f| f.path().to_owned()).collect());
    let hovering = ui.input(|i| !i.raw.hovered_files.is_empty());
    if dropped.is_empty() && !hovering {
        return;
    }
    let pointer = ui.ctx().pointer_latest_pos();
    let over = |at: egui::Pos2| studio.view_rects.iter().find(|(_, rect)| rect.contains(at)).map(|(kind, _)| *kind);
    let over = pointer.and_then(over);
    if !dropped.is_empty() {
        open(studio, dropped, over);
        return;
    }
    let p = palette(ui);
    let painter = ui.ctx().layer_painter(egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop")));
    let all = ui.ctx().content_rect();
    painter.rect_filled(all, 0.0, Color32::from_black_alpha(130));
    let rects: Vec<Rect> = studio.view_rects.iter().filter(|(k, _)| *k == ViewKind::Truth).map(|(_, r)| *r).collect();
    for rect in rects {
        let chosen = over == Some(ViewKind::Truth);
        let colour = if chosen { p.accent } else { Color32::from_white_alpha(120) };
        painter.rect_stroke(rect.shrink(4.0), 6.0, Stroke::new(2.0, colour), StrokeKind::Inside);
        painter.text(rect.center(), Align2::CENTER_CENTER, "Drop here: as ground truth", regular(BODY), Color32::WHITE);
    }
    let at = all.center_top() + egui::vec2(0.0, 70.0);
    painter.text(at, Align2::CENTER_CENTER, "Drop to open", semibold(20.0), Color32::WHITE);
    let line = "pictures and folders · weights (.pth, .safetensors) · ground truth (.npy, .pfm)";
    painter.text(
        at + egui::vec2(0.0, 26.0),
        Align2::CENTER_CENTER,
        line,
        regular(BODY),
        Color32::from_white_alpha(210),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_are_sorted_by_kind_and_place() {
        let paths =
            || vec![PathBuf::from("a.png"), PathBuf::from("w.pth"), PathBuf::from("t.npy"), PathBuf::from("dir")];
        let mut studio = Studio::default();
        open(&mut studio, paths(), None);
        let kinds: Vec<String> = studio.actions.iter().map(|a| format!("{a:?}")).collect();
        assert!(kinds[0].starts_with("Load(Main") && kinds[1].starts_with("AskTruth(\"t.npy\""), "{kinds:?}");
        assert_eq!(kinds[2], "Open([\"a.png\", \"dir\"])");

        let mut studio = Studio::default();
        open(&mut studio, vec![PathBuf::from("a.png"), PathBuf::from("w.pth")], Some(ViewKind::Truth));
        let kinds: Vec<String> = studio.actions.iter().map(|a| format!("{a:?}")).collect();
        assert!(kinds[0].starts_with("AskTruth(\"a.png\"") && kinds[1].starts_with("Load(Main"), "{kinds:?}");
    }
}
