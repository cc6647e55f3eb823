//! What runs now: progress, its numbers, pause, save, stop.

use super::order::TrainOrder;
use super::pace::{pace, time};
use super::state::{Phase, TrainState};
use crate::figure::curves::number;
use crate::ui::state::{Action, Studio};
use crate::ui::theme::{SMALL, palette, regular};
use egui::{Align, Button, Label, Layout, ProgressBar, RichText, Ui, vec2};

/// Width of a number of the head, in points.
const CELL: f32 = 128.0;

/// What became of the run that is shown, whatever check goes on below it.
fn phase(state: &TrainState) -> &Phase {
    state.checking.as_ref().map_or(&state.phase, |checking| &checking.before)
}

/// What happens, in one line.
pub fn status(state: &TrainState) -> String {
    let step = state.main().map_or(0, super::state::Run::step);
    let steps = state.started.as_ref().map_or(0, |started| started.steps);
    let of = if steps > 0 { format!("step {step} of {steps}") } else { format!("step {step}") };
    match phase(state) {
        Phase::Idle if state.reading => "reading the run…".to_owned(),
        Phase::Idle if state.main().is_some() => format!("{step} steps so far"),
        Phase::Idle | Phase::Checking => String::new(),
        Phase::Opening => "opening data and weights…".to_owned(),
        Phase::Running => of,
        Phase::Paused(_) => format!("paused at {of}"),
        Phase::Stopping => format!("stopping behind {of}, with everything saved…"),
        Phase::Finished(summary) if summary.step >= summary.steps => format!("finished, {steps} steps"),
        Phase::Finished(_) => format!("stopped at {of}; the same folder goes on from there"),
        Phase::Failed(why) => why.clone(),
    }
}

/// What happens, in a word or two, for the status bar; `None` when nothing does.
pub fn brief(state: &TrainState) -> Option<String> {
    let step = state.main().map_or(0, super::state::Run::step);
    let steps = state.started.as_ref().map_or(0, |started| started.steps);
    match &state.phase {
        Phase::Checking => Some("Checking the training".to_owned()),
        Phase::Opening => Some("Opening the training".to_owned()),
        Phase::Running => Some(format!("Training {step}/{steps}")),
        Phase::Paused(_) => Some(format!("Training paused {step}/{steps}")),
        Phase::Stopping => Some(format!("Training stops {step}/{steps}")),
        Phase::Idle | Phase::Finished(_) | Phase::Failed(_) => None,
    }
}

/// How fast it goes and how long it takes: while it trains all of them from the first on, a dash for what is not known yet.
pub fn numbers(state: &TrainState) -> Vec<(String, &'static str)> {
    let Some(run) = state.main() else { return Vec::new() };
    let training = phase(state).is_training();
    let last = run.rows.last();
    if last.is_none() && !training {
        return Vec::new();
    }
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let pace = pace(&run.rows);
    let mut all = vec![
        (format!("epoch {}", or_dash(last.map(|row| format!("{:.2}", row[1])))), "Epochs behind it"),
        (format!("loss {}", or_dash(last.map(|row| number(row[2])))), "The loss of the step made last"),
        (format!("{} images/s", or_dash(pace.map(|pace| format!("{:.2}", pace.images)))), "Mean of the last 40 steps"),
        (
            format!("waits {}", or_dash(pace.map(|pace| format!("{:.1} %", 100.0 * pace.wait)))),
            "Share of the time in which the device waits for data",
        ),
    ];
    if training {
        let steps = state.started.as_ref().map_or(0, |started| started.steps).saturating_sub(run.step());
        let left = pace.filter(|_| steps > 0).map(|pace| time(pace.step * steps as f64));
        all.push((format!("{} left", or_dash(left)), "At the pace of the last 40 steps, validations apart"));
    }
    let saved = state.saved.map(|saved| format!("saved at {saved}"));
    all.extend(saved.map(|text| (text, "Step of the newest checkpoint")));
    if let Some(row) = run.rows.iter().rev().find(|row| row[17].is_finite()) {
        all.push((format!("REL {:.4} at {}", row[17], row[0]), "The last validation and its step"));
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
    let phase = phase(state).clone();
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
    table(ui, &numbers(state));
    faults(ui, state);
    if phase.is_training() {
        buttons(ui, studio, &phase);
    }
}

/// The numbers in columns of one width, so that none moves when another grows.
fn table(ui: &mut Ui, numbers: &[(String, &str)]) {
    let colour = palette(ui).text;
    let columns = ((ui.available_width() / CELL) as usize).clamp(1, numbers.len().max(1));
    let cell = vec2(ui.available_width() / columns as f32, 17.0);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, 1.0);
        for line in numbers.chunks(columns) {
            ui.horizontal(|ui| {
                for (text, tip) in line {
                    ui.allocate_ui_with_layout(cell, Layout::left_to_right(Align::Center), |ui| {
                        ui.set_min_size(cell);
                        ui.label(RichText::new(text).font(regular(SMALL + 0.5)).color(colour)).on_hover_text(*tip);
                    });
                }
            });
        }
    });
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
        let save = ui.add_enabled(can, Button::new("Save now")).on_hover_text(tip);
        if save.on_disabled_hover_text(why).clicked() {
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
