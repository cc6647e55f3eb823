//! The head of the report sheet: name, verdict, the one sentence, and the facts.

use super::super::reading::file_name;
use super::super::theme::{Palette, SMALL, palette, regular, semibold};
use super::super::widgets::elided;
use crate::weights::doctor::{Report, Verdict};
use egui::{Align, Color32, Label, Layout, RichText, Sense, Ui, vec2};

/// The verdict in a word or two, and its colour.
pub fn verdict(verdict: Verdict, p: &Palette) -> (&'static str, Color32) {
    match verdict {
        Verdict::Runs => ("runs", p.good),
        Verdict::Asks => ("asks", p.warn),
        Verdict::Starts => ("starting point", p.warn),
        Verdict::Foreign => ("other network", p.bad),
        Verdict::Refused => ("refused", p.bad),
    }
}

/// Draws it.
pub fn show(ui: &mut Ui, report: &Report) {
    let p = palette(ui);
    let (word, colour) = verdict(report.verdict, p);
    let name = file_name(&report.path);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            badge(ui, word, colour);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let galley = elided(ui, &name, semibold(16.0), p.strong, ui.available_width() - 8.0);
                ui.label(galley).on_hover_text(report.path.display().to_string());
            });
        });
    });
    ui.add_space(2.0);
    ui.add(Label::new(RichText::new(sentence(report)).color(p.text)).wrap());
    facts(ui, report);
}

/// The sentence, which errors begin with a path: the heading names the file.
pub fn sentence(report: &Report) -> String {
    let path = format!("{}: ", report.path.display());
    let rest = report.sentence.strip_prefix(&path).unwrap_or(&report.sentence);
    if rest.starts_with(char::is_lowercase) { format!("This {rest}") } else { rest.to_owned() }
}

/// A word on a tinted ground with a dot in its colour.
fn badge(ui: &mut Ui, word: &str, colour: Color32) {
    let galley = ui.painter().layout_no_wrap(word.to_owned(), semibold(SMALL + 0.5), colour);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(28.0, 6.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, word));
    ui.painter().rect_filled(rect, 5.0, colour.gamma_multiply(0.14));
    ui.painter().circle_filled(rect.left_center() + vec2(11.0, 0.0), 3.5, colour);
    ui.painter().galley(rect.min + vec2(20.0, 3.0), galley, colour);
}

fn facts(ui: &mut Ui, report: &Report) {
    let p = palette(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let text = fact_line(report);
        if !text.is_empty() {
            ui.label(RichText::new(text).font(regular(SMALL + 0.5)).color(p.secondary));
        }
        if !report.sha256.is_empty() {
            let button = egui::Button::new(RichText::new("Copy SHA-256").font(regular(SMALL))).small();
            if ui.add(button).on_hover_text(&report.sha256).clicked() {
                ui.ctx().copy_text(report.sha256.clone());
            }
        }
    });
}

/// Format, size, parameters and the beginning of the hash, as far as they are known.
pub fn fact_line(report: &Report) -> String {
    let mut parts = Vec::new();
    parts.extend(report.format.map(|f| f.title().to_owned()));
    if report.bytes > 0 {
        parts.push(bytes_text(report.bytes));
    }
    if report.parameters > 0 {
        parts.push(parameters_text(report.parameters));
    }
    if let Some(short) = report.sha256.get(..12) {
        parts.push(format!("SHA-256 {short}…"));
    }
    parts.join("  ·  ")
}

/// A number of bytes in the unit people use.
pub fn bytes_text(bytes: u64) -> String {
    let value = bytes as f64;
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{:.1} kB", value / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", value / 1e6),
        _ => format!("{:.2} GB", value / 1e9),
    }
}

/// A number of parameters: `5.86 M parameters`.
pub fn parameters_text(parameters: usize) -> String {
    match parameters {
        0..100_000 => format!("{parameters} parameters"),
        _ => format!("{:.2} M parameters", parameters as f64 / 1e6),
    }
}
