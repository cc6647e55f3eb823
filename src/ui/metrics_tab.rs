//! The Metrics tab: this picture's error under a stated protocol, the models' own accuracy, the paper's, and charts.

use super::charts::{Column, Line, bars, lines};
use super::metric_rows::{MetricRow, rows};
use super::protocol;
use super::state::{Action, SourceKind, Studio};
use super::theme::{BODY, SMALL, palette, regular, semibold};
use super::widgets::{empty_state, section};
use crate::eval::bins::{Bin, GateBin};
use crate::eval::protocol::{MeasureSettings, Scaling};
use crate::infer::prediction::ModelOutput;
use crate::net::config::GateKind;
use crate::render::analysis::Extent;
use egui::{Align2, Color32, Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use std::sync::Arc;

/// Draws the tab.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        protocol::chips(ui, studio);
        let rows =
            rows(studio.prediction().map(Arc::as_ref), [studio.main.info.as_ref(), studio.compare.info.as_ref()]);
        ui.add_space(8.0);
        table(ui, &rows);
        if studio.views.as_ref().is_some_and(|v| v.job.truth.is_none()) {
            let p = palette(ui);
            ui.add_space(6.0);
            let text = no_truth(studio);
            ui.label(egui::RichText::new(text).font(regular(SMALL + 0.5)).color(p.secondary));
        }
        scale_hint(ui, studio);
        let Some(views) = studio.views.clone() else { return };
        section(ui, "Error by distance");
        match views.analysis.error.as_ref().filter(|e| !e.by_distance.is_empty()) {
            Some(error) => bars(ui, &error_columns(&error.by_distance), |v| format!("{v:.2}")),
            None if studio.prediction().is_some_and(|p| p.truth.is_some() && scale_unknown(&p.main)) => {
                nothing(ui, "needs median scaling");
            }
            None => nothing(ui, "needs ground truth in metres"),
        }
        section(
            ui,
            if views.analysis.distance_is_true { "Mean gate by distance" } else { "Mean gate by predicted distance" },
        );
        let p = palette(ui);
        let eda = gate_columns("EDA", &views.analysis.eda_by_distance);
        let cbam = gate_columns("CBAM-S", &views.analysis.cbam_by_distance);
        let named = [("EDA", p.eda, &eda), ("CBAM-S", p.cbam, &cbam)];
        let drawn: Vec<Line<'_>> = named
            .into_iter()
            .filter(|(_, _, columns)| !columns.is_empty())
            .map(|(name, colour, columns)| Line { name, colour, columns })
            .collect();
        if drawn.is_empty() {
            nothing(ui, "needs a model with a gate and depth in metres");
        } else {
            lines(ui, &drawn, 1.0);
            gate_numbers(ui, views.analysis.eda, views.analysis.cbam);
        }
    });
}

/// Why there is nothing to measure by, and what helps.
fn no_truth(studio: &Studio) -> &'static str {
    match studio.source.kind {
        _ if studio.truth_failed.is_some() => {
            "The ground truth of this picture cannot be read, so it has no error; its view and the log say why."
        }
        SourceKind::Dataset => {
            "The data set has no ground truth for this frame, so it has no error. The filmstrip marks the frames that do."
        }
        SourceKind::Camera => "A camera brings no ground truth, so there is no error.",
        _ => "This picture has no ground truth, so it has no error. Open one beside it to measure.",
    }
}

/// Depth without a scale is measured only after median scaling: says so, and offers it.
fn scale_hint(ui: &mut Ui, studio: &mut Studio) {
    let Some(prediction) = studio.prediction().filter(|p| p.truth.is_some()) else { return };
    let outputs = [Some(&prediction.main), prediction.compare.as_ref()];
    let unknown = outputs.into_iter().flatten().find(|o| scale_unknown(o)).map(|o| o.info.name.clone());
    let Some(name) = unknown else { return };
    ui.add_space(6.0);
    let text = format!("The scale of {name} is unknown: choose median scaling to measure.");
    let label = egui::RichText::new(text).font(regular(SMALL + 0.5)).color(palette(ui).warn);
    ui.add(egui::Label::new(label).wrap());
    if ui.button("Use median scaling").clicked() {
        let scaling = Some(Scaling::Median);
        studio.push(Action::Measure(MeasureSettings { scaling, ..studio.measure }));
    }
}

/// True when an output could not be measured because its scale is unknown.
pub fn scale_unknown(output: &ModelOutput) -> bool {
    output.at_truth.is_none() && output.depth.unit().symbol().is_empty()
}

fn nothing(ui: &mut Ui, why: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 56.0), Sense::hover());
    empty_state(ui, rect, "–", why);
}

fn gate_numbers(ui: &mut Ui, eda: Option<Extent>, cbam: Option<Extent>) {
    let p = palette(ui);
    ui.add_space(4.0);
    for (name, extent) in [("EDA", eda), ("CBAM-S", cbam)] {
        if let Some(e) = extent {
            let text = format!("{name}  {:.2} to {:.2}, mean {:.3}", e.min, e.max, e.mean);
            ui.label(egui::RichText::new(text).font(regular(SMALL)).color(p.secondary));
        }
    }
}

fn table(ui: &mut Ui, rows: &[MetricRow]) {
    ui.scope(|ui| table_rows(ui, rows));
}

fn table_rows(ui: &mut Ui, rows: &[MetricRow]) {
    let p = palette(ui);
    const HEADS: [&str; 4] = ["REL", "RMSE", "log10", "δ1"];
    const TIPS: [&str; 4] = [
        "Mean of |error| / truth; less is better",
        "Root of the mean squared error in metres; less is better",
        "Mean of |log10 prediction − log10 truth|; less is better",
        "Share of pixels within 25 % of the truth; more is better",
    ];
    let width = ui.available_width();
    let column = 46.0_f32.min(width * 0.15);
    let right = |i: usize, rect: Rect| rect.right() - (3 - i) as f32 * column;
    // The heads stand on the line of the first group's heading.
    let (head, _) = ui.allocate_exact_size(vec2(width, 16.0), Sense::hover());
    ui.spacing_mut().item_spacing.y = 2.0;
    for (i, (name, tip)) in HEADS.into_iter().zip(TIPS).enumerate() {
        let at = pos2(right(i, head), head.center().y);
        let place = ui.painter().text(at, Align2::RIGHT_CENTER, name, regular(SMALL), p.secondary);
        ui.interact(place.expand(4.0), ui.scope_id().with(("metric", i)), Sense::hover()).on_hover_text(tip);
    }
    let mut group = "";
    for row in rows {
        if row.group != group {
            group = &row.group;
            ui.add_space(if row.own { 0.0 } else { 3.0 });
            let (line, _) = ui.allocate_exact_size(vec2(width, 18.0), Sense::hover());
            ui.painter().text(line.left_center(), Align2::LEFT_CENTER, group, regular(SMALL), p.secondary);
        }
        let (rect, response) = ui.allocate_exact_size(vec2(width, 22.0), Sense::hover());
        ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, p.control));
        let font = if row.own { semibold(BODY) } else { regular(BODY) };
        let colour = if row.own { p.strong } else { p.text };
        let dot: Option<Color32> = match row.gate {
            Some(GateKind::Eda) => Some(p.eda),
            Some(GateKind::CbamS) => Some(p.cbam),
            _ => None,
        };
        let mut x = rect.left();
        if let Some(dot) = dot {
            ui.painter().circle_filled(pos2(x + 3.5, rect.center().y), 3.0, dot);
            x += 12.0;
        }
        let room = right(0, rect) - 40.0 - x;
        let name = super::widgets::elided(ui, &row.name, font.clone(), colour, room);
        ui.painter().galley(pos2(x, rect.center().y - name.size().y / 2.0), name, colour);
        for (i, value) in row.values.into_iter().enumerate() {
            let text = value.map_or_else(|| "–".to_owned(), |v| format!("{v:.3}"));
            ui.painter().text(pos2(right(i, rect), rect.center().y), Align2::RIGHT_CENTER, text, font.clone(), colour);
        }
        response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{}, {}", row.name, row.group)));
        response.on_hover_text(&row.tip);
    }
}

fn error_columns(bins: &[Bin]) -> Vec<Column> {
    bins.iter()
        .map(|b| Column {
            from: b.from,
            to: b.to,
            value: (b.count > 0).then_some(b.mean_abs as f32),
            tip: format!(
                "{:.2} to {:.2} m: {:.3} m mean absolute error, {:.1} % relative, over {} pixels",
                b.from,
                b.to,
                b.mean_abs,
                b.mean_rel * 100.0,
                b.count
            ),
        })
        .collect()
}

fn gate_columns(name: &str, bins: &[GateBin]) -> Vec<Column> {
    bins.iter()
        .map(|b| Column {
            from: b.from,
            to: b.to,
            value: (b.count > 0).then_some(b.mean as f32),
            tip: format!("{name}, {:.2} to {:.2} m: {:.3} over {} pixels", b.from, b.to, b.mean, b.count),
        })
        .collect()
}
