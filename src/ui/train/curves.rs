//! The Curves section: which group, which curves, how smooth; runs beside each other; export.

use super::lines::colour;
use super::order::TrainOrder;
use super::{chart, lines};
use crate::train::curves::{CURVES, Group};
use crate::ui::dialogs::DialogKind;
use crate::ui::state::{Action, Studio};
use crate::ui::tabs::tab_bar;
use crate::ui::theme::{SMALL, palette, regular};
use crate::ui::widgets::{chip_button, close_button, elided};
use egui::{Button, Checkbox, Color32, Response, RichText, Sense, Slider, Ui, vec2};

/// Draws the section in the narrow panel: one group at a time.
pub fn show(ui: &mut Ui, studio: &mut Studio, height: f32) {
    let groups = Group::ALL.map(|(group, title)| (group, title, ""));
    if let Some(group) = tab_bar(ui, &groups, studio.train.charts.group, 0.0) {
        studio.train.charts.group = group;
    }
    ui.add_space(4.0);
    let group = studio.train.charts.group;
    choice(ui, studio, group);
    chart::show(ui, &mut studio.train, group, height);
    controls(ui, studio, Some(group));
    runs(ui, studio);
    ui.horizontal_wrapped(|ui| {
        add_run(ui, studio);
        files(ui, studio, group);
    });
}

/// A curve that can be chosen, with the colour that it is drawn in: the chips are the chart's legend.
fn chip(ui: &mut Ui, curve: usize, on: bool, tone: Color32) -> Response {
    let response = chip_button(ui, CURVES[curve].title, on, CURVES[curve].about);
    ui.painter().circle_filled(response.rect.left_center() + vec2(7.5, 0.0), 3.0, tone);
    response
}

/// The curves of a group: chosen by a click; with several runs one curve is drawn.
pub fn choice(ui: &mut Ui, studio: &mut Studio, group: Group) {
    let several = studio.train.runs.iter().filter(|run| run.shown).count() > 1;
    let first = group.curves().find(|curve| studio.train.charts.chosen.contains(curve));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        // Room for a dot before each name.
        ui.spacing_mut().button_padding.x = 13.0;
        for (place, curve) in group.curves().enumerate() {
            let chosen = &mut studio.train.charts.chosen;
            let on = if several { first == Some(curve) } else { chosen.contains(&curve) };
            let tone = match (on, several) {
                (_, true) => Color32::TRANSPARENT,
                (true, false) => colour(place, ui.visuals().dark_mode),
                (false, false) => palette(ui).secondary.gamma_multiply(0.4),
            };
            if chip(ui, curve, on, tone).clicked() {
                if several {
                    chosen.retain(|other| CURVES[*other].group != group);
                    chosen.insert(curve);
                } else if !chosen.remove(&curve) {
                    chosen.insert(curve);
                }
            }
        }
    });
}

/// Smoothing, logarithmic axis, and the way back from an enlarged part.
pub fn controls(ui: &mut Ui, studio: &mut Studio, group: Option<Group>) {
    let charts = &mut studio.train.charts;
    ui.horizontal(|ui| {
        ui.spacing_mut().slider_width = 84.0;
        let slider = Slider::new(&mut charts.smoothing, 0.0..=0.995).show_value(false);
        ui.label(RichText::new("Smooth").font(regular(SMALL)));
        ui.add(slider)
            .on_hover_text(format!(
                "Loss, gradient and speed as an exponential mean: {:.1} % of the past in each value; what was measured stays behind it, faintly",
                100.0 * charts.smoothing
            ))
            .accessible_name("Smoothing");
        if let Some(group) = group {
            log(ui, &mut charts.log, group);
        }
        let whole = charts.steps.is_none();
        let all = ui.add_enabled(!whole, Button::new(RichText::new("All steps").font(regular(SMALL))));
        if all.on_hover_text("Leave the enlarged part").on_disabled_hover_text("All steps are shown").clicked() {
            charts.steps = None;
        }
    });
}

/// The switch of a group's axis.
pub fn log(ui: &mut Ui, chosen: &mut std::collections::BTreeSet<Group>, group: Group) {
    let mut on = chosen.contains(&group);
    let text = RichText::new("log").font(regular(SMALL));
    if ui.add(Checkbox::new(&mut on, text)).on_hover_text("Values on a logarithmic axis").changed() {
        if on {
            chosen.insert(group);
        } else {
            chosen.remove(&group);
        }
    }
}

/// The runs that are drawn: with more than one, each has its colour. One alone is always drawn.
pub fn runs(ui: &mut Ui, studio: &mut Studio) {
    if let [run] = &mut studio.train.runs[..] {
        run.shown = true;
        let name = elided(ui, &run.name, regular(SMALL + 0.5), palette(ui).secondary, ui.available_width());
        ui.label(name).on_hover_text(run.folder.display().to_string());
        return;
    }
    let dark = ui.visuals().dark_mode;
    let p = palette(ui);
    let several = studio.train.runs.iter().filter(|run| run.shown).count() > 1;
    let mut gone = None;
    for (i, run) in studio.train.runs.iter_mut().enumerate() {
        ui.horizontal(|ui| {
            let text = elided(ui, &run.name, regular(SMALL + 0.5), p.text, ui.available_width() - 92.0);
            let tip = format!("{}\n{} steps", run.folder.display(), run.step());
            ui.checkbox(&mut run.shown, "")
                .on_hover_text("Draw this run")
                .accessible_name(format!("Draw {}", run.name));
            if several && run.shown {
                let (rect, _) = ui.allocate_exact_size(vec2(9.0, 12.0), Sense::hover());
                ui.painter().circle_filled(rect.center(), 3.5, colour(i, dark));
            }
            ui.label(text).on_hover_text(tip);
            if i > 0 {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if close_button(ui, &format!("Take {} away", run.name)).clicked() {
                        gone = Some(i);
                    }
                });
            }
        });
    }
    if let Some(i) = gone {
        studio.train.runs.remove(i);
    }
}

/// A small button of the charts.
fn small(text: &str) -> Button<'static> {
    Button::new(RichText::new(text).font(regular(SMALL)))
}

/// Drawing another run beside this one.
pub fn add_run(ui: &mut Ui, studio: &mut Studio) {
    let full = studio.train.runs.len() >= super::state::MOST_RUNS;
    let add = ui.add_enabled(!studio.train.reading && !full, small("Add run…"));
    let why = if full { "Eight runs are drawn; take one away" } else { "A run is being read" };
    if add.on_hover_text("Draw the curves of another run's folder too").on_disabled_hover_text(why).clicked() {
        studio.push(Action::Dialog(DialogKind::TrainBeside));
    }
}

/// Writing what a chart shows.
pub fn files(ui: &mut Ui, studio: &mut Studio, group: Group) {
    let to = studio.train.main().map(|run| run.folder.display().to_string()).unwrap_or_default();
    for (name, end, what, order) in [
        ("CSV", "csv", "The chosen curves of the drawn runs as a table", TrainOrder::Csv),
        ("PNG", "png", "This chart as a picture", TrainOrder::Png),
    ] {
        let tip = format!("{what}: {} in {to}", lines::file(group, end));
        if ui.add(small(name)).on_hover_text(tip).clicked() {
            studio.train.charts.group = group;
            studio.push(Action::Train(order));
        }
    }
}
