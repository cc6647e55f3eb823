//! What runs now: progress, its numbers, pause, save, stop.

use super::order::TrainOrder;
use super::pace::{pace, time};
use super::state::{Phase, TrainState};
use crate::figure::curves::number;
use crate::ui::state::{Action, Studio};
use crate::ui::theme::{SMALL, palette, regular};
use egui::{Button, Label, ProgressBar, RichText, Ui};

/// What happens, in one line.
pub fn status(state: &TrainState) -> String {
    let step = state.main().map_or(0, super::state::Run::step);
    let steps = state.started.as_ref().map_or(0, |started| started.steps);
    let of = if steps > 0 { format!("step {step} of {steps}") } else { format!("step {step}") };
    match &state.phase {
        Phase::Idle if state.reading => "reading the run…".to_owned(),
        Phase::Idle if state.main().is_some() => format!("{step} steps so far"),
        Phase::Idle => String::new(),
        Phase::Checking => "checking: finds the data, makes two steps…".to_owned(),
        Phase::Opening => "opening data and weights…".to_owned(),
        Phase::Running => of,
        Phase::Paused(_) => format!("paused at {of}"),
        Phase::Stopping => format!("stopping behind {of}, with everything saved…"),
        Phase::Finished(summary) if summary.step >= summary.steps => format!("finished, {steps} steps"),
        Phase::Finished(_) => format!("stopped at {of}; the same folder goes on from there"),
        Phase::Failed(why) => why.clone(),
    }
}

/// How fast it goes and how long it takes; empty before the first step.
pub fn numbers(state: &TrainState) -> Vec<(String, &'static str)> {
    let Some(run) = state.main() else { return Vec::new() };
    let Some(last) = run.rows.last() else { return Vec::new() };
    let mut all = vec![
        (format!("epoch {:.2}", last[1]), "Epochs behind it"),
        (format!("loss {}", number(last[2])), "The loss of the step made last"),
    ];
    if let Some(pace) = pace(&run.rows) {
        all.push((format!("{:.2} images/s", pace.images), "Mean of the last 40 steps"));
        all.push((format!("waits {:.1} %", 100.0 * pace.wait), "Share of the time in which the device waits for data"));
        let steps = state.started.as_ref().map_or(0, |started| started.steps);
        if state.phase.is_training() && steps > run.step() {
            let left = time(pace.step * (steps - run.step()) as f64);
            all.push((format!("{left} left"), "At the pace of the last 40 steps, validations apart"));
        }
    }
    if let Some(row) = run.rows.iter().rev().find(|row| row[17].is_finite()) {
        all.push((format!("REL {:.4} at {}", row[17], row[0]), "The last validation and its step"));
    }
    if let Some(saved) = state.saved {
        all.push((format!("saved at {saved}"), "Step of the newest checkpoint"));
    }
    all
}

/// Progress and its buttons; nothing when nothing was started or opened.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    let p = palette(ui);
    let state = &studio.train;
    let text = status(state);
    if text.is_empty() {
        return;
    }
    ui.add_space(4.0);
    let phase = state.phase.clone();
    if phase.is_training() {
        let step = state.main().map_or(0, super::state::Run::step) as f32;
        let share = state.started.as_ref().map_or(0.0, |started| step / started.steps.max(1) as f32);
        let fill = if matches!(phase, Phase::Paused(_)) { p.warn } else { p.accent };
        ui.add(ProgressBar::new(if phase == Phase::Opening { 0.0 } else { share }).desired_height(6.0).fill(fill));
    }
    let colour = if matches!(phase, Phase::Failed(_)) { p.bad } else { p.strong };
    ui.add(Label::new(RichText::new(text).color(colour)).wrap());
    if let Phase::Paused(reason) = &phase {
        small(ui, reason, p.warn);
    }
    let numbers = numbers(state);
    if !numbers.is_empty() {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(12.0, 1.0);
            for (text, tip) in numbers {
                ui.label(RichText::new(text).font(regular(SMALL + 0.5)).color(p.text)).on_hover_text(tip);
            }
        });
    }
    faults(ui, state);
    if phase.is_training() {
        buttons(ui, studio, &phase);
    }
}

fn small(ui: &mut Ui, text: &str, colour: egui::Color32) {
    ui.add(Label::new(RichText::new(text).font(regular(SMALL)).color(colour)).wrap());
}

/// Steps that were left out and samples that could not be read.
fn faults(ui: &mut Ui, state: &TrainState) {
    let p = palette(ui);
    if let Some(last) = state.incidents.last() {
        let text = format!("step {}: `{}` was not finite; {}", last.step, last.tensor, last.action);
        let count = state.incidents.len();
        let text = if count > 1 { format!("{count} steps left out, the last: {text}") } else { text };
        small(ui, &text, p.warn);
    }
    if let Some((name, reason)) = &state.last_replaced {
        small(ui, &format!("{} samples left out, the last: {name}: {reason}", state.replaced), p.warn);
    }
}

fn buttons(ui: &mut Ui, studio: &mut Studio, phase: &Phase) {
    ui.horizontal(|ui| {
        let paused = matches!(phase, Phase::Paused(_));
        let can = matches!(phase, Phase::Running | Phase::Paused(_));
        let why = if *phase == Phase::Opening { "It is still opening data and weights" } else { "It is stopping" };
        let mut order = None;
        let (name, what, tip) = if paused {
            ("Resume", TrainOrder::Resume, "Go on with the next step")
        } else {
            ("Pause", TrainOrder::Pause, "Wait behind the step at hand")
        };
        if ui.add_enabled(can, Button::new(name)).on_hover_text(tip).on_disabled_hover_text(why).clicked() {
            order = Some(what);
        }
        let tip = "Write weights, history and a checkpoint behind the step at hand";
        let save = ui.add_enabled(can && !paused, Button::new("Save now")).on_hover_text(tip);
        let why_not_save = if paused { "It is paused: resume it, then save" } else { why };
        if save.on_disabled_hover_text(why_not_save).clicked() {
            order = Some(TrainOrder::Save);
        }
        let tip = "End behind the step at hand; all is saved, and the same folder goes on later";
        let stop = ui.add_enabled(*phase != Phase::Stopping, Button::new("Stop")).on_hover_text(tip);
        if stop.on_disabled_hover_text("It is stopping").clicked() {
            order = Some(TrainOrder::Stop);
        }
        if let Some(order) = order {
            studio.push(Action::Train(order));
        }
    });
}
