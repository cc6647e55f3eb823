//! What a command says about one input: a JSON object a line, or a few words for a person.

use crate::depth::DepthUnit;
use crate::error::Error;
use crate::eval::metrics::Metrics;
use crate::infer::prediction::{ModelOutput, Prediction};
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Prints one JSON object as one line; a closed pipe ends nothing but the printing.
pub fn print_line(value: &Value) {
    let _ = writeln!(std::io::stdout().lock(), "{value}");
}

/// Prints text for a person; a closed pipe ends nothing but the printing. What would steer a terminal is shown, not sent:
/// names and metadata come from files.
pub fn say(text: &str) {
    let safe: String = text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect();
    let _ = writeln!(std::io::stdout().lock(), "{safe}");
}

/// The object of a finished input.
pub fn prediction_json(input: &Path, prediction: &Prediction, device: &str, files: &[PathBuf]) -> Value {
    let main = &prediction.main;
    let [min, median, max] = main.depth.min_median_max().unwrap_or([f32::NAN; 3]);
    let ms = |d: std::time::Duration| d.as_secs_f64() * 1e3;
    let mut object = json!({
        "input": input.to_string_lossy(),
        "model": main.info.name,
        "compare": prediction.compare.as_ref().map(|c| c.info.name.clone()),
        "device": device,
        "size": [prediction.frame.width, prediction.frame.height],
        "net_size": main.net_size,
        "unit": main.depth.unit().json_name(),
        "scale_trusted": main.scale_trusted,
        "random_layers": main.info.random.len(),
        "depth": { "min": min, "median": median, "max": max },
        "latency_ms": {
            "decode": ms(main.timing.decode),
            "preprocess": ms(main.timing.preprocess),
            "forward": ms(main.timing.forward),
            "postprocess": ms(main.timing.postprocess),
        },
        "files": files.iter().map(|f| f.to_string_lossy()).collect::<Vec<_>>(),
    });
    if let Some(focal) = &main.focal {
        object["focal"] = focal.json();
    }
    if !main.scale_trusted {
        object["scale_warnings"] = json!(main.scale_warnings());
    }
    let metrics = |output: Option<&ModelOutput>| output.and_then(|o| o.metrics).map(|m| json!(m));
    if let Some(m) = metrics(Some(main)) {
        object["metrics"] = m;
    }
    if let Some(m) = metrics(prediction.compare.as_ref()) {
        object["compare_metrics"] = m;
    }
    let measured = |output: Option<&ModelOutput>| Some(output?.measured.as_ref()?.badge.json());
    let unmeasured = |output: Option<&ModelOutput>| output?.unmeasured.clone().map(Value::from);
    let compare = prediction.compare.as_ref();
    for (key, value) in [
        ("measured", measured(Some(main))),
        ("compare_measured", measured(compare)),
        ("unmeasured", unmeasured(Some(main))),
        ("compare_unmeasured", unmeasured(compare)),
    ] {
        if let Some(value) = value {
            object[key] = value;
        }
    }
    object
}

/// The object of an input that failed.
pub fn error_json(input: &Path, error: &Error) -> Value {
    json!({ "input": input.to_string_lossy(), "error": error.to_string() })
}

/// The same for a person.
pub fn prediction_text(input: &Path, prediction: &Prediction, files: &[PathBuf]) -> String {
    let main = &prediction.main;
    let t = main.timing;
    let ms = |d: std::time::Duration| d.as_secs_f64() * 1e3;
    let [w, h] = main.net_size;
    let mut text = format!("{} · {}x{}", input.display(), prediction.frame.width, prediction.frame.height);
    if let Some([min, median, max]) = main.depth.min_median_max() {
        let unit = if main.depth.unit() == DepthUnit::Metres { "m" } else { "relative" };
        text += &format!(" · depth {min:.2} … {median:.2} … {max:.2} {unit}");
    }
    text += &format!(
        "\n  {} at {w}x{h} · decode {:.1} ms, preprocess {:.1} ms, forward {:.1} ms, postprocess {:.1} ms",
        main.info.name,
        ms(t.decode),
        ms(t.preprocess),
        ms(t.forward),
        ms(t.postprocess)
    );
    for why in main.scale_warnings() {
        text += &format!("\n  do not trust the scale: {why}");
    }
    for output in [Some(main), prediction.compare.as_ref()].into_iter().flatten() {
        if !output.info.random.is_empty() {
            let (name, layers) = (&output.info.name, output.info.random.len());
            text += &format!("\n  {name} is a starting point: {layers} layers are random, its depth means nothing");
        }
        if let Some(m) = &output.metrics {
            let scaled = if output.scale == 1.0 { String::new() } else { format!(" (×{:.3})", output.scale) };
            text += &format!("\n  {}{scaled}: {}", output.info.name, metrics_text(m));
        }
        if let Some(why) = &output.unmeasured {
            text += &format!("\n  {} is not measured: {why}", output.info.name);
        }
    }
    if let Some(measured) = &main.measured {
        text += &format!("\n  measured by: {}", measured.badge.long());
    }
    let folder = files.first().and_then(|f| f.parent()).unwrap_or(Path::new(""));
    text + &format!("\n  {} files in {}", files.len(), folder.display())
}

fn metrics_text(m: &Metrics) -> String {
    format!(
        "REL {:.3}  SqRel {:.3}  RMSE {:.3}  RMSElog {:.3}  log10 {:.3}  SILog {:.2}  δ1 {:.3}  δ2 {:.3}  δ3 {:.3}  over {} pixels",
        m.rel, m.sq_rel, m.rmse, m.rmse_log, m.log10, m.silog, m.d1, m.d2, m.d3, m.valid
    )
}
