//! The Setup section: data, recipe, start, what to freeze, batch, epochs, rate, folder; check and start.

use super::order::TrainOrder;
use super::setup::Setup;
use super::{checklist, settings_list};
use crate::ui::dialogs::DialogKind;
use crate::ui::state::{Action, Studio};
use crate::ui::theme::{SMALL, palette, regular};
use crate::ui::widgets::{accent_button, menu_row, picker, row};
use crate::weights::catalog::KNOWN;
use egui::{Button, Checkbox, CollapsingHeader, DragValue, Label, RichText, TextEdit, Ui};
use std::path::PathBuf;

/// Layouts that can be trained on, for the picker before the path.
const LAYOUTS: [(&str, &str, &str); 7] = [
    ("nyu:", "NYU folder", "rgb and depth with splits.csv, or DenseDepth's archive"),
    ("nyu-mat:", "NYU labelled .mat", "filled depth of the MATLAB file"),
    ("kitti-raw:", "KITTI raw drives", "ground truth projected from LiDAR"),
    ("kitti-depth:", "KITTI annotated depth", "improved ground truth in PNG"),
    ("pairs:", "Pairs", "pictures and depth of equal names; add @256 for KITTI's PNG"),
    ("synthetic:room", "Synthetic room", "made here, exact depth in metres"),
    ("synthetic:road", "Synthetic road", "made here, with LiDAR"),
];

/// What is held out for validation: value of `val_scenes`, of `val_fraction`, title, explanation.
const HELD_OUT: [(&str, &str, &str, &str); 4] = [
    ("", "0", "nothing", "no validation: the last weights are the only ones"),
    ("", "0.1", "a tenth of the scenes", "whole scenes, drawn by the seed"),
    ("", "0.2", "a fifth of the scenes", "whole scenes, drawn by the seed"),
    ("nyu_holdout", "0", "NYU's list that ships", "scenes of NYU's training split"),
];

/// Draws the section.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    let busy = studio.train.phase.is_busy();
    ui.add_enabled_ui(!busy, |ui| {
        if studio.train.setup.resumes.is_some() {
            resumed(ui, &mut studio.train.setup);
        }
        let held = studio.train.setup.resumes.is_some();
        ui.add_enabled_ui(!held, |ui| {
            data(ui, studio);
            recipe(ui, studio);
        });
        numbers(ui, &mut studio.train.setup, held);
        folder(ui, studio);
        let changes = studio.train.setup.changes();
        let title = if changes > 0 { format!("All settings, {changes} changed") } else { "All settings".to_owned() };
        let text = RichText::new(title).font(regular(SMALL + 0.5));
        CollapsingHeader::new(text).id_salt("all settings").show_unindented(ui, |ui| {
            settings_list::show(ui, &mut studio.train.setup);
        });
    });
    ui.add_space(6.0);
    buttons(ui, studio, busy);
    checklist::show(ui, studio);
}

fn small(ui: &mut Ui, text: &str) {
    ui.add(Label::new(RichText::new(text).font(regular(SMALL)).color(palette(ui).secondary)).wrap());
}

fn resumed(ui: &mut Ui, setup: &mut Setup) {
    small(ui, "This folder's run is gone on with: what decides it is held, the rest may change.");
    let new = ui.add(Button::new(RichText::new("New run with these settings").font(regular(SMALL))));
    if new.on_hover_text("Keep the settings and choose another folder").clicked() {
        setup.release();
    }
}

fn data(ui: &mut Ui, studio: &mut Studio) {
    let mut known: Vec<String> = studio.dataset.open.iter().map(|listing| listing.spec.to_string()).collect();
    for path in &studio.settings.recent {
        let text = path.display().to_string();
        if !known.contains(&text) && text.parse::<crate::data::dataset::DataSpec>().is_ok() {
            known.push(text);
        }
    }
    let setup = &mut studio.train.setup;
    if let Some(listing) = &studio.dataset.open {
        setup.offer(&listing.spec.to_string());
    }
    let now = setup.text("data").to_owned();
    let layout = LAYOUTS.iter().rev().find(|(form, ..)| now.starts_with(form));
    row(ui, "Data", |ui| {
        let value = layout.map_or("choose…", |(_, title, _)| title);
        picker(ui, "Training data", value, "What is trained on: one of these layouts, or what was opened last", |ui| {
            for spec in &known {
                if menu_row(ui, now == *spec, spec, "open now, or opened last", None).clicked() {
                    setup.set("data", spec);
                }
            }
            for (form, title, about) in LAYOUTS {
                if menu_row(ui, now.starts_with(form), title, &format!("{form}  {about}"), None).clicked() {
                    let path = now.split_once(':').map_or("", |(_, path)| path);
                    let keeps = form.ends_with(':') && !now.starts_with("synthetic:");
                    setup.set("data", &if keeps { format!("{form}{path}") } else { form.to_owned() });
                }
            }
        });
    });
    let mut browse = false;
    ui.horizontal(|ui| {
        let mut text = now.clone();
        let width = (ui.available_width() - 84.0).max(80.0);
        let field = TextEdit::singleline(&mut text).desired_width(width).hint_text("nyu:/path/to/data");
        let field = ui.add(field).on_hover_text("Where the data are, as --data takes it");
        if field.accessible_name("Training data specification").changed() {
            setup.set("data", &text);
        }
        browse = ui.button("Browse…").on_hover_text("Ask the system for the folder").clicked();
    });
    held_out(ui, setup);
    if browse {
        studio.push(Action::Dialog(DialogKind::TrainData));
    }
}

fn held_out(ui: &mut Ui, setup: &mut Setup) {
    let now = (setup.text("val_scenes").to_owned(), setup.config.data.val_fraction, setup.text("val").to_owned());
    let is = |scenes: &str, share: &str| now.2.is_empty() && now.0 == scenes && share.parse() == Ok(now.1);
    row(ui, "Held out", |ui| {
        let title = HELD_OUT.iter().find(|(scenes, share, ..)| is(scenes, share)).map(|(_, _, title, _)| *title);
        let value = title.unwrap_or("as in all settings");
        picker(ui, "Held out", value, "What the weights are measured on at each validation", |ui| {
            for (scenes, share, title, about) in HELD_OUT {
                if menu_row(ui, is(scenes, share), title, about, None).clicked() {
                    for (key, text) in [("val", ""), ("val_scenes", scenes), ("val_fraction", share)] {
                        setup.set(key, text);
                    }
                }
            }
        });
    });
}

fn recipe(ui: &mut Ui, studio: &mut Studio) {
    let setup = &mut studio.train.setup;
    row(ui, "Recipe", |ui| {
        let value = if setup.preset.is_empty() { "the run's own".to_owned() } else { setup.preset.clone() };
        picker(
            ui,
            "Recipe",
            &value,
            "A preset of loss, optimizer, schedule and augmentation; data and seed stay",
            |ui| {
                for (name, about) in Setup::presets() {
                    if menu_row(ui, setup.preset == name, name, about, Setup::why_not_preset(name)).clicked() {
                        setup.choose(name);
                    }
                }
            },
        );
    });
    let mut browse = false;
    row(ui, "Start from", |ui| {
        let now = setup.text("init").to_owned();
        let file = PathBuf::from(&now).file_name().map_or(now.clone(), |name| name.to_string_lossy().into_owned());
        picker(ui, "Start from", &file, "Weights to begin with: an encoder or a whole network", |ui| {
            for known in KNOWN {
                if menu_row(ui, now == known.name, known.name, known.about, None).clicked() {
                    setup.set("init", known.name);
                }
            }
            if menu_row(ui, now == "none", "none", "everything at random, by the seed", None).clicked() {
                setup.set("init", "none");
            }
            browse =
                menu_row(ui, false, "a file…", "weights of the same encoder, or of the whole network", None).clicked();
        });
    });
    let start = &mut setup.config.start;
    let mut changed = false;
    ui.horizontal_wrapped(|ui| {
        let tip = "The encoder stays as it is: no gradients, half the time of a step and less memory";
        changed |= ui.checkbox(&mut start.freeze_encoder, "Freeze encoder").on_hover_text(tip).changed();
        let mut frozen = start.batch_norm == crate::train::config::NormMode::Frozen;
        let tip = "Batch norms use their running statistics and leave them as they are: for small batches";
        if ui.add(Checkbox::new(&mut frozen, "Freeze norms")).on_hover_text(tip).changed() {
            use crate::train::config::NormMode::{Frozen, Train};
            start.batch_norm = if frozen { Frozen } else { Train };
            changed = true;
        }
    });
    if changed {
        setup.changed();
    }
    if browse {
        studio.push(Action::Dialog(DialogKind::TrainInit));
    }
}

fn numbers(ui: &mut Ui, setup: &mut Setup, held: bool) {
    ui.horizontal(|ui| {
        let mut changed = false;
        ui.add_enabled_ui(!held, |ui| {
            ui.label("Batch");
            let field = DragValue::new(&mut setup.config.data.batch).range(1..=4096).speed(0.1);
            changed |= ui.add(field).on_hover_text("Samples in a batch").accessible_name("Batch").changed();
        });
        ui.label("Epochs");
        let field = DragValue::new(&mut setup.config.schedule.epochs).range(1..=100_000).speed(0.2);
        changed |= ui.add(field).on_hover_text("How often every frame is seen").accessible_name("Epochs").changed();
        if changed {
            setup.changed();
        }
        ui.add_enabled_ui(!held, |ui| {
            ui.label("Rate");
            let mut text = setup.text("rate").to_owned();
            let field = TextEdit::singleline(&mut text).desired_width(54.0);
            let tip = "Learning rate, the highest of a one-cycle schedule";
            if ui.add(field).on_hover_text(tip).accessible_name("Rate").changed() {
                setup.set("rate", &text);
            }
        });
    });
}

fn folder(ui: &mut Ui, studio: &mut Studio) {
    let setup = &mut studio.train.setup;
    let held = setup.resumes.is_some();
    ui.label("Run's folder").on_hover_text("Weights, history and checkpoint of this run");
    let mut browse = false;
    ui.add_enabled_ui(!held, |ui| {
        ui.horizontal(|ui| {
            let width = (ui.available_width() - 84.0).max(80.0);
            let field = TextEdit::singleline(&mut setup.out).desired_width(width).hint_text("runs/mine");
            let tip = "Where the run is kept; a folder that has this run already goes on with it";
            ui.add(field).on_hover_text(tip).accessible_name("Folder of the run");
            browse = ui.button("Browse…").on_hover_text("Ask the system for the run's folder").clicked();
        });
    });
    if browse {
        studio.push(Action::Dialog(DialogKind::TrainFolder));
    }
}

fn buttons(ui: &mut Ui, studio: &mut Studio, busy: bool) {
    let setup = &studio.train.setup;
    let running = || busy.then(|| "the training's thread is at work".to_owned());
    let (no_check, no_start) =
        (running().or_else(|| setup.why_not_check()), running().or_else(|| setup.why_not_start()));
    let (check_tip, resumes) =
        ("Find the data, make two steps, predict memory and time; nothing is kept", setup.resumes.is_some());
    let mut order = None;
    ui.horizontal(|ui| {
        let check = ui.add_enabled(no_check.is_none(), Button::new("Check").min_size(egui::vec2(72.0, 28.0)));
        let why = no_check.clone().unwrap_or_default();
        if check.on_hover_text(check_tip).on_disabled_hover_text(why).clicked() {
            order = Some(TrainOrder::Check(Box::new(setup.config.clone())));
        }
        let (name, tip) = if resumes {
            ("Go on", "Go on with this folder's run behind its last checkpoint")
        } else {
            ("Start", "Train; a folder that has this run already is gone on with")
        };
        let start = ui.add_enabled(no_start.is_none(), accent_button(ui, name));
        if start.on_hover_text(tip).on_disabled_hover_text(no_start.clone().unwrap_or_default()).clicked() {
            let out = PathBuf::from(setup.out.trim());
            order = Some(TrainOrder::Start(Box::new(setup.config.clone()), out));
        }
    });
    if let Some(order) = order {
        studio.push(Action::Train(order));
    } else if let Some(why) = no_start.filter(|_| !busy) {
        small(ui, &why);
    }
}
