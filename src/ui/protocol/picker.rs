//! The picker behind the badge: protocol, crop, cap, scaling, and how large sparse points are drawn.

use super::super::state::{Action, Studio};
use super::super::theme::{SMALL, palette, regular};
use super::super::widgets::{choice_row, section};
use super::{badge, input_note};
use crate::data::truth::Truth;
use crate::eval::badge::{cap_text, crop_text};
use crate::eval::protocol::{Crop, MeasureSettings, Protocol, Scaling, fit};
use crate::infer::measure::facts;
use egui::{Button, DragValue, RichText, ScrollArea, Stroke, Ui, vec2};

/// Width of the menu.
pub const WIDTH: f32 = 330.0;

/// Caps that papers use, in metres.
const CAPS: [f32; 3] = [10.0, 50.0, 80.0];

/// Sizes of a sparse point in pixels of the ground truth.
const POINTS: [u8; 4] = [1, 3, 5, 9];

/// Draws the menu and pushes what is chosen.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    let room = (ui.ctx().content_rect().height() - 96.0).max(200.0);
    ScrollArea::vertical().max_height(room).show(ui, |ui| {
        ui.set_width(WIDTH);
        let truth = studio.views.as_ref().and_then(|views| views.job.truth.clone());
        let before = studio.measure;
        let mut by = before;
        protocols(ui, truth.as_deref(), &mut by);
        crops(ui, truth.as_deref(), &mut by);
        caps(ui, &mut by);
        scalings(ui, studio, &mut by);
        if let Some(note) = input_note(&by, studio.net_size) {
            ui.add_space(6.0);
            let text = RichText::new(note).font(regular(SMALL)).color(palette(ui).secondary);
            ui.add(egui::Label::new(text).wrap());
        }
        points(ui, studio);
        if by != MeasureSettings::of(by.protocol) {
            ui.add_space(8.0);
            let text = if by.protocol.is_some() { "As published" } else { "Full image, nothing scaled" };
            if ui.button(text).on_hover_text("Takes back what was changed about crop, cap and scaling").clicked() {
                by = MeasureSettings::of(by.protocol);
            }
        }
        if by != before {
            // At once, so that the next frame draws what was chosen; the numbers follow from the worker.
            studio.measure = by;
            studio.push(Action::Measure(by));
        }
    });
}

/// Why a protocol cannot be used for a ground truth.
pub fn why_not(protocol: Protocol, truth: Option<&Truth>) -> Option<String> {
    let Some(truth) = truth else { return Some("needs ground truth".to_owned()) };
    fit::why_not(protocol, &facts(truth))
}

fn protocols(ui: &mut Ui, truth: Option<&Truth>, by: &mut MeasureSettings) {
    section(ui, "Measured by");
    let about = "every pixel with ground truth counts; nothing is capped or scaled by itself";
    if choice_row(ui, by.protocol.is_none(), "full image", about, None).clicked() {
        *by = MeasureSettings::default();
    }
    for protocol in Protocol::ALL {
        let reason = why_not(protocol, truth);
        let on = by.protocol == Some(protocol);
        let rules = protocol.rules();
        let about = format!("{}: {}, {}", rules.title, crop_text(rules.crop), cap_text(rules.cap()));
        let row = choice_row(ui, on, rules.name, &about, reason.as_deref());
        if row.clicked() && reason.is_none() {
            *by = MeasureSettings::of(Some(protocol));
        }
    }
}

fn crops(ui: &mut Ui, truth: Option<&Truth>, by: &mut MeasureSettings) {
    section(ui, "Crop");
    let own = MeasureSettings::of(by.protocol).crop_in_force();
    let size = truth.map(|truth| [truth.map.width(), truth.map.height()]);
    let now = by.crop_in_force();
    let choices = [Some(own).filter(|own| *own == Crop::Centre)].into_iter().flatten();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        for crop in choices.chain(Crop::ALL) {
            // Around the centre that Hu et al. show there is nothing that could count.
            if own == Crop::Centre && crop == Crop::None {
                continue;
            }
            let reason = size.and_then(|size| crop.region(size).err()).map(|error| error.to_string());
            let tip = if crop == own { "What the protocol says" } else { "Ground truth counts inside this crop alone" };
            if choice_chip(ui, &crop_text(crop), now == crop, tip, reason.as_deref()) {
                by.crop = (crop != own).then_some(crop);
            }
        }
    });
}

fn caps(ui: &mut Ui, by: &mut MeasureSettings) {
    section(ui, "Cap");
    let own = MeasureSettings::of(by.protocol).cap_in_force();
    let now = by.cap_in_force();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        let others = CAPS.into_iter().map(Some).filter(|cap| *cap != own);
        for cap in [own].into_iter().chain(others) {
            let tip = if cap == own { "What the protocol says" } else { "Farther ground truth does not count" };
            if choice_chip(ui, &cap_text(cap), now == cap, tip, None) {
                by.cap = cap.filter(|_| cap != own);
            }
        }
        let mut typed = now.unwrap_or(80.0);
        let field = DragValue::new(&mut typed).speed(0.25).range(0.5..=655.0).max_decimals(2).suffix(" m");
        let field = ui.add(field).on_hover_text("Any other cap: drag, or click and type").accessible_name("Cap");
        if field.changed() {
            by.cap = Some(typed).filter(|cap| Some(*cap) != own);
        }
    });
}

fn scalings(ui: &mut Ui, studio: &Studio, by: &mut MeasureSettings) {
    section(ui, "Scaling");
    let in_force = badge(studio).map(|badge| badge.scaling);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        for scaling in Scaling::ALL {
            let (text, tip) = match scaling {
                Scaling::None => ("none", "The prediction as it is"),
                Scaling::Median => ("median", "By median(truth) / median(prediction) of the pixels that count"),
                Scaling::LeastSquares => ("least squares", "By the factor that makes the squared error least"),
                Scaling::Stereo => ("stereo ×5.4", "By Monodepth2's stereo baseline: for its models without a scale"),
            };
            let on = by.scaling.or(in_force).unwrap_or(Scaling::None) == scaling;
            if choice_chip(ui, text, on, tip, None) {
                // What nobody asks for is the protocol's own, which depends on the model.
                let plain = scaling == Scaling::None && by.protocol.is_none();
                by.scaling = (!plain).then_some(scaling);
            }
        }
    });
}

/// The display switch of sparse ground truth.
fn points(ui: &mut Ui, studio: &mut Studio) {
    if !studio.views.as_ref().is_some_and(|views| views.analysis.truth_sparse()) {
        return;
    }
    section(ui, "Enlarge points");
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        for points in POINTS {
            let text = if points == 1 { "as measured".to_owned() } else { format!("{points} px") };
            let tip = "How wide a measured pixel is drawn, for the eye only: no number changes";
            if choice_chip(ui, &text, studio.settings.display.points == points, tip, None) {
                studio.settings.display.points = points;
            }
        }
    });
}

/// A chip that can be chosen, or says why it cannot; true when it was.
fn choice_chip(ui: &mut Ui, text: &str, on: bool, tip: &str, why_not: Option<&str>) -> bool {
    let p = palette(ui);
    let fill = if on { p.selection } else { p.control };
    let colour = match (why_not, on) {
        (Some(_), _) => p.secondary,
        (None, true) => p.strong,
        (None, false) => p.text,
    };
    let text = RichText::new(text).font(regular(SMALL)).color(colour);
    let stroke = if on { Stroke::new(1.0, p.accent) } else { Stroke::NONE };
    let button = Button::new(text).fill(fill).stroke(stroke).corner_radius(4.0).min_size(vec2(0.0, 22.0)).selected(on);
    let response = ui.add_enabled(why_not.is_none(), button);
    response.on_hover_text(tip).on_disabled_hover_text(why_not.unwrap_or(tip)).clicked()
}
