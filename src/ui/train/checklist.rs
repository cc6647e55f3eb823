//! What the dry check found, as a list with ticks.

use super::order::TrainOrder;
use super::pace::time;
use super::state::Checking;
use crate::train::dry_run::DryRun;
use crate::ui::spinner::spinner;
use crate::ui::state::{Action, Studio};
use crate::ui::theme::{SMALL, palette, regular};
use crate::ui::widgets::{elided, tick};
use egui::{Button, Label, RichText, Sense, Ui, vec2};

/// A line: whether it is fine, what it says.
pub type Line = (bool, String);

/// What was found, line by line.
pub fn lines(dry: &DryRun, device: &str) -> Vec<Line> {
    let s = &dry.started;
    let steps = format!("{} steps, {:.1} an epoch", s.steps, s.steps_per_epoch);
    let mut all = vec![(s.frames > 0, format!("{} frames to train on; {steps}", s.frames))];
    all.push(match s.held_out {
        0 => (false, "no frame is held out: nothing says which weights are best".to_owned()),
        count => (true, format!("{count} frames held out, measured {} times", dry.validations)),
    });
    let random = match s.random_layers {
        0 => "none at random".to_owned(),
        count => format!("{count} layers at random"),
    };
    all.push((true, format!("{:.2} M parameters to train, {random}", s.parameters as f64 / 1e6)));
    let peak = dry.peak_bytes.map_or_else(String::new, |bytes| format!("; the program's peak {}", memory(bytes)));
    all.push((true, format!("{} of weights, gradients and moments{peak}", memory(dry.state_bytes))));
    let [w, h] = dry.size;
    let p = &dry.phases;
    let [load, forward, backward, update] = [p.load, p.forward, p.backward, p.update].map(|t| time(t.as_secs_f64()));
    let parts = format!("data {load}, forward {forward}, backward {backward}, update {update}");
    all.push((true, format!("a step at {w}×{h}: {}, loss {:.4} ({parts})", time(dry.step.as_secs_f64()), dry.loss)));
    if let Some(validation) = dry.validation {
        all.push((true, format!("a validation: {}", time(validation.as_secs_f64()))));
    }
    all.push((true, format!("the whole run: {} on {device}", time(dry.total().as_secs_f64()))));
    all
}

fn memory(bytes: u64) -> String {
    if bytes >= 1_000_000_000 {
        format!("{:.2} GB", bytes as f64 / 1e9)
    } else {
        format!("{:.0} MB", bytes as f64 / 1e6)
    }
}

/// The check that runs, with a way out; true when it is to be given up.
fn running(ui: &mut Ui, checking: &Checking) -> bool {
    let (font, colour) = (regular(SMALL + 0.5), palette(ui).secondary);
    let text = if checking.given_up { "Stopping behind this step…" } else { "Reading data, making two steps…" };
    ui.horizontal(|ui| {
        spinner(ui);
        let text = elided(ui, text, font, colour, (ui.available_width() - 70.0).max(40.0));
        ui.label(text);
        let button = ui.add_enabled(!checking.given_up, Button::new("Cancel"));
        let button = button.on_hover_text("Give the check up; settings and the last check's answer stay");
        button.on_disabled_hover_text("It stops behind the frame or step at hand").clicked()
    })
    .inner
}

/// Draws the list; nothing before the first check.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    if let Some(checking) = &studio.train.checking {
        ui.add_space(6.0);
        if running(ui, checking) {
            studio.push(Action::Train(TrainOrder::GiveUp));
        }
        return;
    }
    let state = &studio.train;
    let Some(check) = &state.check else { return };
    let p = palette(ui);
    ui.add_space(6.0);
    let small = |ui: &mut Ui, text: &str, colour| {
        ui.add(Label::new(RichText::new(text).font(regular(SMALL + 0.5)).color(colour)).wrap());
    };
    match &check.found {
        Ok((dry, device)) => {
            for (fine, text) in lines(dry, device) {
                ui.horizontal_top(|ui| {
                    let (mark, _) = ui.allocate_exact_size(vec2(14.0, 18.0), Sense::hover());
                    if fine {
                        tick(ui.painter(), mark.center(), p.good);
                    } else {
                        ui.painter().circle_filled(mark.center(), 3.0, p.warn);
                    }
                    small(ui, &text, p.text);
                });
            }
            if check.config != state.setup.config && !state.phase.is_training() {
                small(ui, "Settings changed since: check again.", p.warn);
            }
        }
        Err(why) => small(ui, why, p.bad),
    }
}
