//! Everything that is written for one prediction: the same files from `infer` and from the window's Export.

use super::export_metrics;
use super::prediction::{GateMap, ModelOutput, Prediction};
use crate::data::npy;
use crate::depth::DepthUnit;
use crate::error::{Error, Result};
use crate::eval::badge::Badge;
use crate::eval::metrics::Metrics;
use crate::figure::caption::captioned;
use crate::figure::colormap::{Colormap, INVALID, colour_depth, colour_grid, map_scalar};
use crate::figure::error_mode::{ErrorMode, error_map};
use crate::figure::paper::{CBAM_COLOUR, EDA_COLOUR, FigureInput, GateInput, MetricsRow, paper_figure};
use crate::figure::png;
use crate::figure::points::{enlarged, is_sparse};
use crate::figure::range::Range;
use crate::net::config::GateKind;
use image::RgbImage;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How the coloured files look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExportOptions {
    /// Colours of depth and ground truth.
    pub depth_map: Colormap,
    /// Their range.
    pub range: Range,
    /// Colours of the gates, on a fixed 0…1.
    pub attention: Colormap,
    /// How the error counts.
    pub error: ErrorMode,
    /// Points of sparse ground truth are drawn so many pixels wide, for the eye only; 1 as they are.
    pub points: u8,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self {
            depth_map: Colormap::Turbo,
            range: Range::PERCENTILE,
            attention: Colormap::Inferno,
            error: ErrorMode::Signed,
            points: 1,
        }
    }
}

type Write<'a> = Box<dyn Fn(&Path) -> Result<()> + Send + Sync + 'a>;

/// Writes `STEM_depth.png`, `_depth16.png` (metric networks), `_depth.npy`, per gate `_eda.png` and `_eda.npy`,
/// `_cbam.png` and `_cbam.npy`, with ground truth `_error.png`, `_metrics.json` and `_metrics.csv`, and `_figure.png` into
/// `dir`; each atomically.
/// Returns the files in that order.
///
/// # Errors
/// When one cannot be written; those before it stay.
pub fn export_all(prediction: &Prediction, dir: &Path, stem: &str, options: &ExportOptions) -> Result<Vec<PathBuf>> {
    export_beside(prediction, dir, stem, options, &BTreeSet::new())
}

/// [`export_all`], which refuses to replace the prediction's own picture or ground truth, or any file of `keep`
/// (canonical paths): a folder may well hold a person's own `x.png` and `x_depth.png`.
///
/// # Errors
/// As [`export_all`]; nothing is written when a file would be lost.
pub fn export_beside(
    prediction: &Prediction,
    dir: &Path,
    stem: &str,
    options: &ExportOptions,
    keep: &BTreeSet<PathBuf>,
) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(dir).map_err(|e| Error::writing(dir, &e))?;
    let main = &prediction.main;
    let depth = &main.depth;
    let mut jobs: Vec<(String, Write<'_>)> = Vec::new();
    jobs.push((
        "depth.png".into(),
        Box::new(|path| png::write_rgb(path, &colour_depth(depth, options.range.resolve(depth), options.depth_map))),
    ));
    if depth.unit() == DepthUnit::Metres {
        jobs.push(("depth16.png".into(), Box::new(|path| png::write_depth16(path, depth))));
    }
    jobs.push((
        "depth.npy".into(),
        Box::new(|path| npy::write(path, &[depth.height(), depth.width()], depth.values())),
    ));
    let size = [prediction.frame.width, prediction.frame.height];
    for (kind, name) in [(GateKind::Eda, "eda"), (GateKind::CbamS, "cbam")] {
        let Some(gate) = prediction.gate(kind) else { continue };
        let picture = move |path: &Path| {
            let grid = [gate.width, gate.height];
            png::write_rgb(path, &colour_grid(&gate.values, grid, [0.0, 1.0], options.attention, size))
        };
        jobs.push((format!("{name}.png"), Box::new(picture)));
        let grid = move |path: &Path| npy::write(path, &[gate.height, gate.width], &gate.values);
        jobs.push((format!("{name}.npy"), Box::new(grid)));
    }
    if main.at_truth.is_some() {
        let error = |path: &Path| png::write_rgb(path, &error_picture(prediction, options)?);
        jobs.push(("error.png".into(), Box::new(error)));
    }
    if prediction.truth.is_some() {
        jobs.push(("metrics.json".into(), Box::new(|path| export_metrics::write_json(path, prediction))));
        jobs.push(("metrics.csv".into(), Box::new(|path| export_metrics::write_csv(path, prediction))));
    }
    jobs.push((
        "figure.png".into(),
        Box::new(|path| png::write_rgb(path, &paper_figure(&figure(prediction, options)))),
    ));
    let own = [prediction.frame.path.as_deref(), prediction.truth.as_ref().and_then(|t| t.path.as_deref())];
    let own: Vec<PathBuf> = own.into_iter().flatten().filter_map(|p| p.canonicalize().ok()).collect();
    for (suffix, _) in &jobs {
        let path = dir.join(format!("{stem}_{suffix}"));
        if path.canonicalize().is_ok_and(|p| keep.contains(&p) || own.contains(&p)) {
            return Err(Error::file(path, "is an input and would be replaced by a result", "choose another folder"));
        }
    }
    let write = |(suffix, write): &(String, Write<'_>)| {
        let path = dir.join(format!("{stem}_{suffix}"));
        write(&path).map(|()| path)
    };
    jobs.par_iter().map(write).collect()
}

/// The error of the pixels that count, at the size that is measured on; the others in the mask colour. The rule stands
/// below it.
fn error_picture(prediction: &Prediction, options: &ExportOptions) -> Result<RgbImage> {
    let mode = options.error;
    let missing = || Error::Failed("there is no ground truth to take an error from".into());
    let truth = &prediction.truth.as_ref().ok_or_else(missing)?.map;
    let at_truth = prediction.main.at_truth.as_ref().ok_or_else(missing)?;
    let truth = prediction.main.counted(truth);
    let errors = error_map(at_truth, truth, mode).ok_or_else(missing)?;
    let range = mode.range(&errors);
    let colour = |e: &f32| if e.is_finite() { map_scalar(*e, range, mode.colormap(), false) } else { INVALID };
    let points = drawn_points(prediction, options);
    let pixels = enlarged(&errors, truth.width(), points).iter().flat_map(colour).collect();
    let picture = RgbImage::from_raw(truth.width() as u32, truth.height() as u32, pixels).ok_or_else(missing)?;
    Ok(captioned(&picture, &badge(&prediction.main, points).map(|badge| badge.long()).unwrap_or_default()))
}

fn figure<'a>(prediction: &'a Prediction, options: &ExportOptions) -> FigureInput<'a> {
    let main = &prediction.main;
    let [w, h] = main.net_size;
    let mut input = FigureInput::new(&prediction.frame, format!("{} · {w}×{h}", main.info.name));
    input.depth = Some(&main.depth);
    input.truth = prediction.truth.as_ref().map(|t| (&t.map, t.label.as_str()));
    input.at_truth = main.at_truth.as_ref();
    input.eda = prediction.gate(GateKind::Eda).map(gate_input);
    input.cbam = prediction.gate(GateKind::CbamS).map(gate_input);
    input.colormap = options.depth_map;
    input.range = options.range;
    input.error_mode = options.error;
    input.gate_colormap = options.attention;
    input.points = drawn_points(prediction, options);
    if let Some(measured) = &main.measured {
        input.counted = Some(&measured.truth);
        (input.worst, input.crop) = (Some(measured.worst), measured.part());
        input.error_note = format!("{}, the ring marks the worst pixel", measured.badge.scaling_text());
    }
    let outputs = [Some(main), prediction.compare.as_ref()];
    input.metrics = outputs.into_iter().flatten().filter_map(metrics_row).collect();
    let rule = badge(main, input.points).map(|badge| format!("measured by: {}", badge.long()));
    let none = main.unmeasured.as_ref().map(|why| format!("not measured: {why}"));
    let other = prediction.compare.as_ref().and_then(|other| other.measured.as_ref());
    let other = other.filter(|m| m.badge.factor != main.scale).map(|m| format!("compared: {}", m.badge.scaling_text()));
    input.notes = [rule, none, other].into_iter().flatten().chain(main.scale_warnings()).collect();
    input
}

fn badge(output: &ModelOutput, points: u8) -> Option<Badge> {
    output.measured.as_ref().map(|measured| measured.badge.clone().with_points(points))
}

/// Dense ground truth has no points to enlarge.
fn drawn_points(prediction: &Prediction, options: &ExportOptions) -> u8 {
    let sparse = prediction.truth.as_ref().is_some_and(|truth| is_sparse(&truth.map));
    if sparse { options.points.max(1) } else { 1 }
}

fn gate_input(gate: &GateMap) -> GateInput<'_> {
    GateInput { width: gate.width, height: gate.height, values: &gate.values, model: &gate.model }
}

fn metrics_row(output: &ModelOutput) -> Option<MetricsRow> {
    let Metrics { rel, sq_rel, rmse, rmse_log, log10, silog, d1, d2, d3, valid } = output.metrics?;
    let colour = match output.info.config.network.gate() {
        GateKind::Eda => Some(EDA_COLOUR),
        GateKind::CbamS => Some(CBAM_COLOUR),
        GateKind::None => None,
    };
    let columns = [
        ("REL", rel),
        ("SqRel", sq_rel),
        ("RMSE", rmse),
        ("RMSElog", rmse_log),
        ("log10", log10),
        ("SILog", silog),
        ("δ1", d1),
        ("δ2", d2),
        ("δ3", d3),
    ];
    let mut values: Vec<_> = columns.iter().map(|(name, v)| ((*name).to_owned(), format!("{v:.3}"))).collect();
    values.push(("pixels".to_owned(), valid.to_string()));
    Some(MetricsRow { name: output.info.name.clone(), colour, values })
}
