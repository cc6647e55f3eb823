//! The lines of the Metrics tab's table: this picture's numbers, those that weights state, and the paper's.

use crate::eval::metrics::Metrics;
use crate::eval::published::TABLE_III;
use crate::infer::prediction::{ModelInfo, ModelOutput, Prediction};
use crate::net::config::{GateKind, ModelConfig};
use std::sync::Arc;

/// The test set of the paper.
const NYU: &str = "NYU 654";

/// A line of the table: REL, RMSE, log10, δ1, each of which may be missing.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricRow {
    /// Under which heading: this picture, the model's own accuracy, the paper.
    pub group: String,
    /// What they were measured on, in few words.
    pub data: &'static str,
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
        group: "this picture".to_owned(),
        data: "this picture",
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
    let optional = |before: &str, key: &str| match json.get(key).and_then(serde_json::Value::as_str) {
        Some(said) => format!("{before}{said}"),
        None => String::new(),
    };
    // What is stated of other data is no neighbour of the paper's lines, which are all of NYU's test set.
    let of_test_set = text("data").contains("NYU") && text("data").contains("654");
    let (data, measured_on) = if of_test_set { (NYU, NYU) } else { ("stated accuracy", text("data")) };
    let whose = if json.get("of").is_some() { " of another run" } else { "" };
    Some(MetricRow {
        group: format!("{measured_on}{whose}, stated by the weights"),
        data,
        name: short(info),
        values: ["rel", "rmse", "log10", "d1"].map(number),
        gate: Some(info.config.network.gate()),
        own: false,
        tip: format!(
            "{}, as its weights file states it: {}{}; protocol {}{}",
            info.name,
            text("data"),
            optional(" of ", "of"),
            text("protocol"),
            optional("; measured in ", "measured_in")
        ),
    })
}

/// All lines of the table for the loaded models and the present prediction.
pub fn rows(prediction: Option<&Prediction>, models: [Option<&Arc<ModelInfo>>; 2]) -> Vec<MetricRow> {
    let outputs = prediction.map(|p| [Some(&p.main), p.compare.as_ref()]).unwrap_or_default();
    let mut rows: Vec<MetricRow> = outputs.into_iter().flatten().filter_map(of_picture).collect();
    rows.extend(models.into_iter().flatten().filter_map(|info| stated(info)));
    rows.extend(paper_rows(models));
    rows
}

/// The paper's lines, which are about MSFNet in rooms: where only other networks are loaded, or those of several cameras, as
/// streets are seen by, they would compare what cannot be compared, and beside another network they say whose they are.
fn paper_rows(models: [Option<&Arc<ModelInfo>>; 2]) -> Vec<MetricRow> {
    let loaded: Vec<&ModelConfig> = models.into_iter().flatten().map(|info| &info.config).collect();
    let of_paper = loaded.iter().filter(|model| model.network.msfnet().is_some() && !model.asks_for_focal()).count();
    if of_paper == 0 && !loaded.is_empty() {
        return Vec::new();
    }
    let whose = if of_paper < loaded.len() { "MSFNet " } else { "" };
    let lines = [("+USF+EDA", GateKind::Eda), ("+USF+CBAM-S", GateKind::CbamS)];
    let row = |(method, gate): (&str, GateKind)| {
        let row = TABLE_III.row(method)?;
        Some(MetricRow {
            group: format!("{NYU}, the paper's Table III"),
            data: NYU,
            name: format!("{whose}{}", gate.title()),
            values: [row.rel, row.rmse, row.log10, Some(row.d1)],
            gate: Some(gate),
            own: false,
            tip: format!("{}, line {method}: {}; a larger encoder (SENet-154)", TABLE_III.title, TABLE_III.protocol),
        })
    };
    lines.into_iter().filter_map(row).collect()
}
