//! The Metrics tab: this picture's error under a stated protocol, the models' own accuracy, the paper's, and charts.

use super::charts::{Column, Line, bars, lines};
use super::state::{Action, Studio};
use super::theme::{BODY, SMALL, palette, regular, semibold};
use super::widgets::{chip, chip_button, empty_state, section};
use crate::eval::bins::{Bin, GateBin};
use crate::eval::metrics::Metrics;
use crate::eval::published::TABLE_III;
use crate::infer::predict::Scaling;
use crate::infer::prediction::{ModelInfo, ModelOutput, Prediction};
use crate::net::config::GateKind;
use crate::render::analysis::Extent;
use egui::{Align2, Color32, Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use std::sync::Arc;

/// A line of the table: REL, RMSE, log10, δ1, each of which may be missing.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricRow {
    /// Under which heading: this picture, the model's own accuracy, the paper.
    pub group: &'static str,
    /// Whose numbers.
    pub name: String,
    /// The four numbers.
    pub values: [Option<f64>; 4],
    /// EDA or CBAM-S, which have their colours.
    pub gate: Option<GateKind>,
    /// This picture's own numbers stand out.
    pub own: bool,
    /// What hovering says.
    pub tip: String,
}

/// A model in few words: its gate.
fn short(info: &ModelInfo) -> String {
    match info.config.network.gate() {
        GateKind::None => info.name.clone(),
        gate => gate.title().to_owned(),
    }
}

fn of_picture(output: &ModelOutput) -> Option<MetricRow> {
    let Metrics { rel, sq_rel, rmse, rmse_log, log10, silog, d1, d2, d3, valid } = output.metrics?;
    let tip = format!(
        "{}\nREL {rel:.4}   SqRel {sq_rel:.4}   RMSE {rmse:.4} m   RMSElog {rmse_log:.4}\nlog10 {log10:.4}   SILog {silog:.3}\nδ1 {d1:.4}   δ2 {d2:.4}   δ3 {d3:.4}   over {valid} pixels",
        output.info.name
    );
    Some(MetricRow {
        group: "this picture",
        name: short(&output.info),
        values: [Some(rel), Some(rmse), Some(log10), Some(d1)],
        gate: Some(output.info.config.network.gate()),
        own: true,
        tip,
    })
}

/// A model's accuracy as its weights file states it.
pub fn stated(info: &ModelInfo) -> Option<MetricRow> {
    let json: serde_json::Value = serde_json::from_str(info.metadata.get("accuracy")?).ok()?;
    let number = |key: &str| json.get(key).and_then(serde_json::Value::as_f64);
    let text = |key: &str| json.get(key).and_then(serde_json::Value::as_str).unwrap_or("not stated");
    Some(MetricRow {
        group: "NYU 654, stated by the weights",
        name: short(info),
        values: ["rel", "rmse", "log10", "d1"].map(number),
        gate: Some(info.config.network.gate()),
        own: false,
        tip: format!(
            "{}, as its weights file states it: {}; protocol {}; measured in {}",
            info.name,
            text("data"),
            text("protocol"),
            text("measured_in")
        ),
    })
}

/// All lines of the table for the loaded models and the present prediction.
pub fn rows(prediction: Option<&Prediction>, models: [Option<&Arc<ModelInfo>>; 2]) -> Vec<MetricRow> {
    let outputs = prediction.map(|p| [Some(&p.main), p.compare.as_ref()]).unwrap_or_default();
    let mut rows: Vec<MetricRow> = outputs.into_iter().flatten().filter_map(of_picture).collect();
    rows.extend(models.into_iter().flatten().filter_map(|info| stated(info)));
    for (method, name, gate) in [("+USF+EDA", "EDA", GateKind::Eda), ("+USF+CBAM-S", "CBAM-S", GateKind::CbamS)] {
        if let Some(row) = TABLE_III.row(method) {
            rows.push(MetricRow {
                group: "NYU 654, the paper's Table III",
                name: name.to_owned(),
                values: [row.rel, row.rmse, row.log10, Some(row.d1)],
                gate: Some(gate),
                own: false,
                tip: format!(
                    "{}, line {method}: {}; a larger encoder (SENet-154)",
                    TABLE_III.title, TABLE_III.protocol
                ),
            });
        }
    }
    rows
}

/// Draws the tab.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        badges(ui, studio);
        let rows =
            rows(studio.prediction().map(Arc::as_ref), [studio.main.info.as_ref(), studio.compare.info.as_ref()]);
        ui.add_space(8.0);
        table(ui, &rows);
        if studio.views.as_ref().is_some_and(|v| v.job.truth.is_none()) {
            let p = palette(ui);
            ui.add_space(6.0);
            let text = "This picture has no ground truth, so it has no error. Open one beside it to measure.";
            ui.label(egui::RichText::new(text).font(regular(SMALL + 0.5)).color(p.secondary));
        }
        let Some(views) = studio.views.clone() else { return };
        section(ui, "Error by distance");
        match views.analysis.error.as_ref().filter(|e| !e.by_distance.is_empty()) {
            Some(error) => bars(ui, &error_columns(&error.by_distance), |v| format!("{v:.2}")),
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

/// The rule under which the numbers were made; scaling can be switched here.
fn badges(ui: &mut Ui, studio: &mut Studio) {
    let prediction = studio.prediction().cloned();
    let valid = prediction.as_ref().and_then(|p| p.main.metrics).map(|m| m.valid);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        chip(ui, "full image", "No crop: every pixel with ground truth counts");
        chip(ui, "cap none", "No distance is left out");
        let scale = prediction.as_ref().map_or(1.0, |p| p.main.scale);
        let (on, text) = match studio.scaling {
            Scaling::None => (false, "scaling none".to_owned()),
            Scaling::Median => (true, format!("median ×{scale:.3}")),
        };
        let tip = "Click: multiply the prediction by median(truth) / median(prediction) before measuring, or not";
        if chip_button(ui, &text, on, tip).clicked() {
            studio.scaling = if on { Scaling::None } else { Scaling::Median };
            studio.push(Action::Scaling(studio.scaling));
        }
        if let Some(valid) = valid {
            let count = if valid >= 10_000 { format!("{} k px", valid / 1000) } else { format!("{valid} px") };
            chip(ui, &count, &format!("{valid} pixels have ground truth"));
        }
    });
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
            group = row.group;
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
