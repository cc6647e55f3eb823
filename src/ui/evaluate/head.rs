//! What runs now: progress, pause, cancel; and what can be done with results.

use super::state::{EvaluateState, Phase};
use crate::eval::messages::{End, Order};
use crate::ui::dialogs::DialogKind;
use crate::ui::state::{Action, Studio};
use crate::ui::theme::{SMALL, palette, regular};
use egui::{Button, Color32, Label, ProgressBar, RichText, Ui};
use std::path::PathBuf;

/// A time that is left, in few characters.
pub fn left(seconds: f64) -> String {
    let s = seconds.round() as u64;
    match s {
        0..60 => format!("{s} s"),
        60..3600 => format!("{}:{:02} min", s / 60, s % 60),
        _ => format!("{}:{:02} h", s / 3600, s / 60 % 60),
    }
}

/// What happens, in one line.
pub fn status(studio: &Studio) -> String {
    let state = &studio.evaluate;
    let p = state.progress;
    let pace = || {
        let left = p.left().map_or_else(String::new, |s| format!(" · {} left", left(s)));
        format!("{} of {} · {:.1} images/s{left}", p.done, p.of, p.per_second)
    };
    let resumed = if state.resumed > 0 { format!(" · {} from before", state.resumed) } else { String::new() };
    match &state.phase {
        Phase::Idle if state.reading => "reading the results…".to_owned(),
        Phase::Idle => String::new(),
        Phase::Opening(what) => format!("{what}…"),
        Phase::Running => pace() + &resumed,
        Phase::Paused => format!("paused at {} of {}", p.done, p.of),
        Phase::Ended(End::Finished) => format!("finished, {} of {}{resumed}", p.done, p.of),
        Phase::Ended(End::Cancelled) => format!("cancelled at {} of {}; what was finished is kept", p.done, p.of),
        Phase::Failed(why) => why.clone(),
    }
}

/// What happens, in a word or two, for the status bar; `None` when nothing does.
pub fn brief(state: &EvaluateState) -> Option<String> {
    let (done, of) = (state.progress.done, state.progress.of);
    match &state.phase {
        Phase::Opening(_) => Some("Opening the evaluation".to_owned()),
        Phase::Running => Some(format!("Evaluating {done}/{of}")),
        Phase::Paused => Some(format!("Evaluation paused {done}/{of}")),
        Phase::Idle | Phase::Ended(_) | Phase::Failed(_) => None,
    }
}

/// Progress and its buttons; nothing when nothing was started.
pub fn progress(ui: &mut Ui, studio: &mut Studio) {
    let p = palette(ui);
    let text = status(studio);
    if text.is_empty() {
        return;
    }
    ui.add_space(4.0);
    let phase = studio.evaluate.phase.clone();
    let progress = studio.evaluate.progress;
    if phase.is_busy() {
        let share = progress.done as f32 / progress.of.max(1) as f32;
        let share = if matches!(phase, Phase::Opening(_)) { 0.0 } else { share };
        let fill = if phase == Phase::Paused { p.warn } else { p.accent };
        ui.add(ProgressBar::new(share).desired_height(6.0).fill(fill));
    }
    let colour = if matches!(phase, Phase::Failed(_)) { p.bad } else { p.text };
    ui.add(Label::new(RichText::new(text).font(regular(SMALL + 0.5)).color(colour)).wrap());
    if !phase.is_busy() {
        return;
    }
    ui.horizontal(|ui| {
        let paused = phase == Phase::Paused;
        let (name, order, tip) = if paused {
            ("Resume", Order::Resume, "Go on with the next frame")
        } else {
            ("Pause", Order::Pause, "Wait after the frame at hand")
        };
        let can = !matches!(phase, Phase::Opening(_));
        let button = ui.add_enabled(can, Button::new(name));
        if button.on_hover_text(tip).on_disabled_hover_text("It is still opening data and models").clicked() {
            studio.evaluate.phase = if paused { Phase::Running } else { Phase::Paused };
            studio.push(Action::Evaluate(order));
        }
        let tip = "Stop after the frame at hand; results so far stay, and the same output folder goes on later";
        if ui.button("Cancel").on_hover_text(tip).clicked() {
            studio.push(Action::Evaluate(Order::Cancel));
        }
    });
    let shared = RichText::new("The live view shares the device, so both are slower.").font(regular(SMALL));
    ui.add(Label::new(shared.color(p.secondary)).wrap());
}

/// Writing, opening and enlarging results.
pub fn actions(ui: &mut Ui, studio: &mut Studio) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().button_padding.x = 7.0;
        let reading = studio.evaluate.reading || studio.evaluate.phase.is_busy();
        let tip = "Show an earlier run from its output folder";
        let open = ui.add_enabled(!reading, Button::new("Open results…")).on_hover_text(tip);
        if open.on_disabled_hover_text("An evaluation is running").clicked() {
            studio.push(Action::Dialog(DialogKind::EvaluateResults));
        }
        let Some(report) = studio.evaluate.results.as_ref().map(|results| results.report.clone()) else { return };
        let folder = studio.evaluate.folder.clone();
        let why = if report.rows.is_empty() {
            Some("There is no row yet")
        } else if studio.evaluate.writing {
            Some("It is being written")
        } else {
            None
        };
        let tip = folder.as_ref().map_or_else(
            || {
                "Choose a folder, then write CSV, JSON, Markdown, LaTeX, and figures of the worst and best images"
                    .to_owned()
            },
            |folder| {
                format!(
                    "CSV, JSON, Markdown, LaTeX, and figures of the worst and best images into {}",
                    folder.display()
                )
            },
        );
        let write = ui.add_enabled(why.is_none(), Button::new("Write report")).on_hover_text(tip);
        if write.on_disabled_hover_text(why.unwrap_or_default()).clicked() {
            write_into(studio, folder);
        }
        let (name, tip) = if studio.evaluate.expanded {
            ("Back to the views", "Show the pictures again (Shift+V)")
        } else {
            ("Expand", "Results over the whole area of the views (Shift+V)")
        };
        if ui.button(name).on_hover_text(tip).clicked() {
            studio.evaluate.expanded = !studio.evaluate.expanded;
        }
    });
}

/// Writes the report into the folder of the run, or asks for one.
pub fn write_into(studio: &mut Studio, folder: Option<PathBuf>) {
    let Some(report) = studio.evaluate.results.as_ref().map(|results| results.report.clone()) else { return };
    match folder {
        Some(folder) => {
            studio.evaluate.writing = true;
            studio.push(Action::Evaluate(Order::Write(report, folder)));
        }
        None => match studio.evaluate.setup.out.trim() {
            "" => studio.push(Action::Dialog(DialogKind::EvaluateReport)),
            // Typed behind the run, where no dialog opens.
            typed => write_into(studio, Some(PathBuf::from(typed))),
        },
    }
}

/// The colour of the first or second model wherever they stand side by side.
pub fn colour(ui: &Ui, second: bool) -> Color32 {
    let p = palette(ui);
    if second { p.eda } else { p.accent }
}
