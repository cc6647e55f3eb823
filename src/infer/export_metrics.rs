//! The numbers of one prediction as files: JSON for machines, CSV for tables; each with the rule that they were made by.

use super::prediction::{ModelOutput, Prediction};
use crate::atomic::write_atomic_bytes;
use crate::error::Result;
use crate::eval::metrics::Metrics;
use serde_json::{Value, json};
use std::path::Path;

/// Columns of the CSV file behind the model's name, the metrics first.
const COLUMNS: [&str; 19] = [
    "rel",
    "sq_rel",
    "rmse",
    "rmse_log",
    "log10",
    "silog",
    "d1",
    "d2",
    "d3",
    "pixels",
    "truth_source",
    "protocol",
    "changes",
    "crop",
    "cap",
    "scaling",
    "factor",
    "badge",
    "unmeasured",
];

fn outputs(prediction: &Prediction) -> impl Iterator<Item = &ModelOutput> {
    [Some(&prediction.main), prediction.compare.as_ref()].into_iter().flatten()
}

/// One model's numbers and rule; what could not be measured says why.
fn object(output: &ModelOutput) -> Value {
    let mut object = output.measured.as_ref().map_or_else(|| json!({}), |measured| measured.badge.json());
    object["model"] = json!(output.info.name);
    object["scale_trusted"] = json!(output.scale_trusted);
    let warnings = output.scale_warnings();
    if !warnings.is_empty() {
        object["scale_warnings"] = json!(warnings);
    }
    if let Some(focal) = &output.focal {
        object["focal"] = focal.json();
    }
    if let Some(Metrics { rel, sq_rel, rmse, rmse_log, log10, silog, d1, d2, d3, .. }) = output.metrics {
        let numbers = [rel, sq_rel, rmse, rmse_log, log10, silog, d1, d2, d3];
        for (name, value) in COLUMNS.into_iter().zip(numbers) {
            object[name] = json!(value);
        }
    }
    if let Some(measured) = &output.measured {
        object["worst"] = json!(measured.worst);
    }
    if let Some(why) = &output.unmeasured {
        object["unmeasured"] = json!(why);
    }
    object
}

/// Writes `{"frame", "models": [{"model", metrics…, "truth_source", "protocol", "crop", "cap", "scaling", "factor",
/// "pixels", "badge", "worst"}]}`, atomically.
///
/// # Errors
/// When the file cannot be written.
pub fn write_json(path: &Path, prediction: &Prediction) -> Result<()> {
    let models: Vec<Value> = outputs(prediction).map(object).collect();
    let text = format!("{:#}\n", json!({ "frame": prediction.frame.name, "models": models }));
    write_atomic_bytes(path, text.as_bytes())
}

/// Writes one line a model, the metrics and the rule as columns, atomically.
///
/// # Errors
/// When the file cannot be written.
pub fn write_csv(path: &Path, prediction: &Prediction) -> Result<()> {
    let mut text = format!("frame,model,{}\n", COLUMNS.join(","));
    for output in outputs(prediction) {
        let object = object(output);
        let named = [json!(prediction.frame.name), object["model"].clone()];
        let cells = named.iter().chain(COLUMNS.iter().map(|column| &object[*column])).map(cell);
        text += &(cells.collect::<Vec<_>>().join(",") + "\n");
    }
    write_atomic_bytes(path, text.as_bytes())
}

/// A value as a cell: text in quotes where it needs them, nothing for what is missing.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::depth::DepthUnit;
    use crate::eval::protocol::{MeasureSettings, Scaling};
    use crate::frame::Frame;
    use crate::infer::measure;
    use crate::infer::measure::tests::{output, truth};
    use std::sync::Arc;

    #[test]
    fn files_carry_the_numbers_and_their_rule() {
        let frame = Arc::new(Frame::new("example", 2, 2, vec![0; 12]));
        let truth = Arc::new(truth([1.0, 4.0, 2.0, 8.0]));
        let (main, compare) = (output(DepthUnit::Metres), Some(output(DepthUnit::Metres)));
        let mut p = Prediction { frame, truth: Some(truth.clone()), main, compare };
        let by = MeasureSettings { scaling: Some(Scaling::Median), cap: Some(3.5), ..MeasureSettings::default() };
        measure::measure(&mut p.main, None, &p.frame, &truth, &by, None);
        p.compare.as_mut().unwrap().unmeasured = Some("a reason, with a comma".into());
        let dir = tempfile::tempdir().unwrap();
        let (json, csv) = (dir.path().join("m.json"), dir.path().join("m.csv"));
        write_json(&json, &p).unwrap();
        write_csv(&csv, &p).unwrap();
        let read: Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
        let (m, badge) = (p.main.metrics.unwrap(), &p.main.measured.as_ref().unwrap().badge);
        let model = &read["models"][0];
        assert_eq!((model["rel"].as_f64(), model["pixels"].as_u64()), (Some(m.rel), Some(m.valid as u64)));
        assert_eq!((model["scaling"].as_str(), model["cap"].as_f64()), (Some("median"), Some(3.5)));
        assert_eq!(model["badge"], json!(badge.text()));
        assert!(model["factor"].as_f64().is_some_and(|f| (f - f64::from(p.main.scale)).abs() < 1e-6));
        let text = std::fs::read_to_string(csv).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0].split(',').count(), 21);
        assert!(lines[1].starts_with(&format!("example,made up,{}", m.rel)), "{}", lines[1]);
        assert!(lines[1].contains(&badge.text()) && lines[2].ends_with("\"a reason, with a comma\""), "{text}");
    }
}
