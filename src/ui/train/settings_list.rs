//! Every key of the configuration, by section: searched, changed, and what the recipe had.

use super::setup::{Setup, WORDS};
use crate::train::keys::{KEYS, Key};
use crate::ui::theme::{SMALL, palette, regular};
use crate::ui::widgets::{menu_row, picker, section};
use egui::{Align, Layout, RichText, Sense, TextEdit, Ui, vec2};

/// The keys that are listed: those whose name, section or explanation has the word that is searched for.
pub fn listed(find: &str) -> impl Iterator<Item = &'static Key> {
    let find = find.trim().to_lowercase();
    KEYS.iter().filter(move |key| {
        find.is_empty() || [key.section, key.name, key.help].iter().any(|text| text.to_lowercase().contains(&find))
    })
}

/// Draws the list.
pub fn show(ui: &mut Ui, setup: &mut Setup) {
    let field = TextEdit::singleline(&mut setup.find).hint_text("find a setting").desired_width(ui.available_width());
    ui.add(field).on_hover_text("Name or explanation of a setting").accessible_name("Find a setting");
    let mut before = "";
    for key in listed(&setup.find.clone()) {
        if key.section != before {
            before = key.section;
            section(ui, key.section);
        }
        line(ui, setup, key);
    }
}

fn line(ui: &mut Ui, setup: &mut Setup, key: &'static Key) {
    let p = palette(ui);
    let held = setup.held(key);
    let fault = setup.fault(key.name).map(str::to_owned);
    let was = setup.before(key.name).map(str::to_owned);
    let mut tip = format!("{}\n{}", key.help, key.flag());
    for more in [held.map(str::to_owned), fault.clone()].into_iter().flatten() {
        tip += &format!("\n{more}");
    }
    if let Some(was) = &was {
        tip += &format!("\nwas {}; click the dot to go back", if was.is_empty() { "empty" } else { was });
    }
    ui.horizontal(|ui| {
        ui.set_min_height(24.0);
        let (dot, response) = ui.allocate_exact_size(vec2(8.0, 16.0), Sense::click());
        if let Some(was) = &was {
            response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Back to before: {}", key.name))
            });
            ui.painter().circle_filled(dot.center(), 3.0, p.accent);
            if held.is_none() && response.on_hover_text(&tip).clicked() {
                setup.set(key.name, was);
            }
        }
        let colour = if fault.is_some() { p.bad } else { p.text };
        ui.label(RichText::new(key.name).font(regular(SMALL + 0.5)).color(colour)).on_hover_text(&tip);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_enabled_ui(held.is_none(), |ui| value(ui, setup, key, &tip));
        });
    });
}

fn value(ui: &mut Ui, setup: &mut Setup, key: &'static Key, tip: &str) {
    let text = setup.text(key.name).to_owned();
    if text == "on" || text == "off" {
        let mut on = text == "on";
        if ui.checkbox(&mut on, "").on_hover_text(tip).accessible_name(key.name).changed() {
            setup.set(key.name, if on { "on" } else { "off" });
        }
    } else if let Some((_, words)) = WORDS.iter().find(|(name, _)| *name == key.name) {
        picker(ui, key.name, &text, tip, |ui| {
            for word in *words {
                if menu_row(ui, text == *word, word, "", None).clicked() {
                    setup.set(key.name, word);
                }
            }
        });
    } else {
        let mut typed = text;
        let width = (ui.available_width() - 4.0).clamp(60.0, 190.0);
        let field = TextEdit::singleline(&mut typed).desired_width(width).font(regular(SMALL + 0.5));
        if ui.add(field).on_hover_text(tip).accessible_name(key.name).changed() {
            setup.set(key.name, &typed);
        }
    }
}
