//! Drag and drop: pictures, folders, weights and ground truth, with an overlay that says what will happen.

use super::dataset::ask;
use super::look::{self, Sorted};
use super::state::{Action, SourceKind, Studio};
use super::theme::{BODY, palette, regular, semibold};
use super::toasts::Level;
use super::view_kind::ViewKind;
use crate::infer::engine::Slot;
use egui::{Align2, Color32, Rect, Stroke, StrokeKind, Ui};
use std::path::PathBuf;

/// Asks for each of the paths to be opened as what it is: at once where the endings are clear, else after a look at the
/// contents. Over the ground truth view, pictures are ground truth.
pub fn open(studio: &mut Studio, paths: Vec<PathBuf>, over: Option<ViewKind>) {
    match look::sort_by_ending(&paths) {
        Some(sorted) => sorted_out(studio, sorted, over),
        None => studio.push(Action::Look(paths, over)),
    }
}

/// Asks for paths to be opened whose kinds are known.
pub fn sorted_out(studio: &mut Studio, sorted: Sorted, over: Option<ViewKind>) {
    for error in &sorted.failed {
        studio.fail(error);
    }
    for path in sorted.truth {
        studio.push(Action::AskTruth(path));
    }
    let mut weights = sorted.weights.into_iter();
    if let Some(path) = weights.next() {
        let slot = if over == Some(ViewKind::Cbam) { Slot::Compare } else { Slot::Main };
        studio.push(Action::Examine(slot, path));
    }
    for path in weights {
        let text = format!("{} was not opened: weights are opened one file at a time.", path.display());
        studio.say(Level::Warning, text);
    }
    let mut data = sorted.data.into_iter();
    if let Some((path, layouts)) = data.next() {
        ask::open(studio, path, layouts);
        let left = data.map(|(path, _)| path).chain(sorted.pictures);
        for path in left {
            studio.say(Level::Warning, format!("{} was not opened: a data set is opened alone.", path.display()));
        }
    } else if !sorted.pictures.is_empty() && over == Some(ViewKind::Truth) {
        for path in sorted.pictures {
            studio.push(Action::AskTruth(path));
        }
    } else if !sorted.pictures.is_empty() {
        studio.push(Action::Open(sorted.pictures));
    } else if studio.views.is_none() && studio.pending.is_none() && studio.source.kind != SourceKind::Camera {
        // The window was started with weights alone: they need something to look at.
        studio.first_sample = true;
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
    let line = "pictures, folders and data sets · weights of any kind · ground truth (.npy, .pfm)";
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

    fn asked(paths: &[&str], over: Option<ViewKind>) -> Vec<String> {
        let mut studio = Studio::default();
        open(&mut studio, paths.iter().map(PathBuf::from).collect(), over);
        studio.actions.iter().map(|a| format!("{a:?}")).collect()
    }

    #[test]
    fn clear_drops_are_opened_at_once_and_others_are_looked_at_together() {
        assert_eq!(asked(&["a.png", "b.jpg", "t.npy"], None), [r#"AskTruth("t.npy")"#, r#"Open(["a.png", "b.jpg"])"#]);
        assert_eq!(asked(&["a.png"], Some(ViewKind::Truth)), [r#"AskTruth("a.png")"#]);
        assert_eq!(asked(&["a.png", "dir"], Some(ViewKind::Rgb)), [r#"Look(["a.png", "dir"], Some(Rgb))"#]);
    }

    #[test]
    fn weights_are_examined_for_the_place_they_are_dropped_on_and_never_loaded_at_once() {
        for (over, slot) in [(None, "Main"), (Some(ViewKind::Truth), "Main"), (Some(ViewKind::Cbam), "Compare")] {
            let mut studio = Studio::default();
            let weights = ["w.pth", "v.pth"].map(PathBuf::from).to_vec();
            sorted_out(&mut studio, Sorted { weights, ..Sorted::default() }, over);
            assert_eq!(format!("{:?}", studio.actions), format!("[Examine({slot}, \"w.pth\")]"));
            assert!(studio.log.lines()[0].text.starts_with("v.pth was not opened"));
            assert!(studio.first_sample, "an empty window gets a picture to go with them");
        }
    }
}
