//! The protocol badge: under which rule the error is measured, where it can be changed, and the crop on the pictures.

mod crop;
mod picker;

pub use crop::draw as draw_crop;

use super::metrics_tab::scale_unknown;
use super::model_card::untrained;
use super::state::{Action, Studio};
use super::theme::{SMALL, palette, regular};
use super::widgets::{chevron, chip, chip_button, elided};
use crate::eval::badge::{Badge, cap_text, crop_text, grouped, source_text};
use crate::eval::protocol::{MeasureSettings, Scaling};
use crate::infer::measure::ProtocolInput;
use crate::infer::prediction::ModelOutput;
use egui::{Align2, Color32, Popup, PopupCloseBehavior, Rect, Response, Sense, Ui, pos2, vec2};

/// Height of the badge over a picture's lower edge.
pub const STRIP: f32 = 20.0;

/// The badge as words: the line, and what hovering over it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The line.
    pub text: String,
    /// All of it, and what else there is to know.
    pub tip: String,
}

/// The output whose error the error view shows.
pub fn shown_output(studio: &Studio) -> Option<&ModelOutput> {
    let prediction = studio.prediction()?;
    let other = prediction.compare.as_ref().filter(|_| studio.settings.display.error_compared);
    Some(other.unwrap_or(&prediction.main))
}

/// The badge of what is shown; `None` without ground truth.
pub fn badge(studio: &Studio) -> Option<Badge> {
    let measured = shown_output(studio)?.measured.as_ref()?;
    Some(measured.badge.clone().with_points(points(studio)))
}

/// How many pixels wide sparse points are drawn; 1 where the truth is dense.
pub fn points(studio: &Studio) -> u8 {
    let sparse = studio.views.as_ref().is_some_and(|views| views.analysis.truth_sparse());
    if sparse { studio.settings.display.points.clamp(1, 9) } else { 1 }
}

/// What the badge says; `None` without ground truth, of which there is nothing to say.
pub fn line(studio: &Studio) -> Option<Line> {
    let truth = studio.views.as_ref()?.job.truth.as_ref()?;
    let by = &studio.measure;
    let text = match badge(studio) {
        Some(badge) => badge.text(),
        None => {
            let name = by.protocol.map(|protocol| format!("{protocol} · ")).unwrap_or_default();
            let (crop, cap) = (crop_text(by.crop_in_force()), cap_text(by.cap_in_force()));
            let state = if studio.prediction().is_some() { "not measured" } else { "no prediction yet" };
            format!("{name}{} · {crop} · {cap} · {state}", source_text(truth))
        }
    };
    let mut tip = badge(studio).map_or_else(|| text.clone(), |badge| badge.long());
    if let Some(why) = shown_output(studio).and_then(|output| output.unmeasured.as_ref()) {
        tip += &format!("\nNot measured: {why}");
    }
    if let Some(note) = input_note(by, studio.net_size) {
        tip += &format!("\n{note}");
    }
    tip += "\nClick: choose protocol, crop, cap and scaling";
    Some(Line { text, tip })
}

/// Says so where a protocol shows the network something else than the depth view has.
pub fn input_note(by: &MeasureSettings, size: Option<[usize; 2]>) -> Option<String> {
    let settings = by.settings(size).ok()??;
    let input = ProtocolInput::of(&settings)?;
    Some(format!(
        "{} shows the network {}: the error is that of a second prediction made from it, and Depth and attention stay \
         those of the picture as it is.",
        settings.rules.name,
        input.words()
    ))
}

/// The badge over the lower edge of the error's picture; a click opens the picker.
pub fn strip(ui: &mut Ui, studio: &mut Studio, picture: Rect) {
    let Some(line) = line(studio) else { return };
    if picture.width() < 60.0 || picture.height() < 2.0 * STRIP {
        return;
    }
    let text = elided(ui, &line.text, regular(SMALL), Color32::WHITE, picture.width() - 30.0);
    let size = vec2((text.size().x + 30.0).min(picture.width()), STRIP);
    let rect = Rect::from_min_size(pos2(picture.left(), picture.bottom() - STRIP), size);
    let response = ui.interact(rect, ui.scope_id().with("protocol badge"), Sense::click());
    let label = format!("Measured by: {}", line.text);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
    let open = Popup::is_id_open(ui.ctx(), Popup::default_response_id(&response));
    let alpha = if response.hovered() || response.has_focus() || open { 245 } else { 205 };
    ui.painter().rect_filled(rect, 4.0, Color32::from_rgba_unmultiplied(14, 16, 20, alpha));
    ui.painter().galley(pos2(rect.left() + 8.0, rect.center().y - text.size().y / 2.0), text, Color32::WHITE);
    chevron(ui.painter(), pos2(rect.right() - 11.0, rect.center().y), Color32::from_white_alpha(190));
    let response = response.on_hover_text(&line.tip);
    menu(&response, studio);
}

/// The picker as a menu of a button; it stays open until something else is clicked.
fn menu(response: &Response, studio: &mut Studio) {
    Popup::menu(response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(picker::WIDTH)
        .show(|ui| picker::show(ui, studio));
}

/// The rule as chips at the top of the Metrics tab; the first opens the picker, scaling can be switched at once.
pub fn chips(ui: &mut Ui, studio: &mut Studio) {
    let prediction = studio.prediction().cloned();
    let badge = badge(studio);
    let by = studio.measure;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        let models = prediction.iter().flat_map(|p| [Some(&p.main), p.compare.as_ref()]).flatten();
        for warning in models.filter_map(|output| untrained(&output.info)) {
            chip(ui, "untrained layers", &warning);
        }
        let name = by.protocol.map_or("no protocol", |protocol| protocol.name());
        let tip = "How the error is measured. Click: choose protocol, crop, cap and scaling";
        let response = button(ui, name, tip);
        menu(&response, studio);
        if let Some(badge) = &badge {
            chip(ui, &badge.source, "What the ground truth is");
        }
        let crop = badge.as_ref().map_or_else(|| by.crop_in_force(), |badge| badge.crop);
        chip(ui, &crop_text(crop), "Where ground truth counts");
        let cap = badge.as_ref().map_or_else(|| by.cap_in_force(), |badge| badge.cap);
        chip(ui, &cap_text(cap), "The largest depth that counts, and that a prediction may have");
        scaling_chip(ui, studio, badge.as_ref());
        if let Some(badge) = &badge {
            chip(ui, &format!("{} px", grouped(badge.pixels)), "Pixels that count");
            if let Some(text) = badge.points_text() {
                chip(ui, &text, "Every number is of the measured pixels alone");
            }
        }
    });
    let unmeasured = shown_output(studio).filter(|output| !scale_unknown(output) || by.protocol.is_some());
    if let Some(why) = unmeasured.and_then(|output| output.unmeasured.clone()) {
        ui.add_space(6.0);
        let text = egui::RichText::new(format!("Not measured: {why}")).font(regular(SMALL + 0.5));
        ui.add(egui::Label::new(text.color(palette(ui).warn)).wrap());
    }
}

fn scaling_chip(ui: &mut Ui, studio: &mut Studio, badge: Option<&Badge>) {
    let by = studio.measure;
    let on = badge.map_or(by.scaling.is_some_and(|s| s != Scaling::None), |badge| badge.scaling != Scaling::None);
    let text = match (badge, by.scaling) {
        (Some(badge), _) => badge.scaling_text(),
        (None, Some(scaling)) => format!("scaling {scaling}"),
        (None, None) => "no scaling".to_owned(),
    };
    let tip = "Click: multiply the prediction by median(truth) / median(prediction) before measuring, or not";
    if chip_button(ui, &text, on, tip).clicked() {
        let own = by.protocol.is_none();
        let scaling = match on {
            true if own => None,
            true => Some(Scaling::None),
            false => Some(Scaling::Median),
        };
        studio.push(Action::Measure(MeasureSettings { scaling, ..by }));
    }
}

/// A chip with a chevron that opens a menu.
fn button(ui: &mut Ui, text: &str, tip: &str) -> Response {
    let p = palette(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), regular(SMALL), p.text);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 30.0, 20.0), Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Protocol: {text}")));
    let open = Popup::is_id_open(ui.ctx(), Popup::default_response_id(&response));
    let fill = if response.hovered() || response.has_focus() || open { p.hover } else { p.control };
    ui.painter().rect_filled(rect, 4.0, fill);
    ui.painter().text(pos2(rect.left() + 7.0, rect.center().y), Align2::LEFT_CENTER, text, regular(SMALL), p.text);
    chevron(ui.painter(), pos2(rect.right() - 11.0, rect.center().y), p.secondary);
    response.on_hover_text(tip)
}

#[cfg(test)]
mod tests;
