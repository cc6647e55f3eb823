//! A network's output against ground truth: by a published protocol with `eval`'s own code, or over the full image.

use super::model::Model;
use super::prediction::{Asked, Measured, ModelOutput};
use super::scale::resized;
use crate::data::dataset::{DataKind, GroundTruth, TruthSource};
use crate::data::truth::Truth;
use crate::depth::{DepthMap, DepthUnit};
use crate::error::{Error, Result};
use crate::eval::badge::{Badge, source_text};
use crate::eval::evaluation;
use crate::eval::metrics::{Metrics, median_scale, metrics};
use crate::eval::network::{self, scale_of};
use crate::eval::protocol::fit::{self, TruthFacts};
use crate::eval::protocol::measure::NEAREST;
use crate::eval::protocol::rules::{Mirrored, Shown, ValidTruth};
use crate::eval::protocol::{Crop, MeasureSettings, Scaling, Settings};
use crate::eval::sums::Scores;
use crate::frame::Frame;
use std::sync::Arc;

/// What a protocol shows a network, as far as its answer depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProtocolInput {
    shown: Shown,
    mirrored: Option<Mirrored>,
    size: Option<[usize; 2]>,
}

impl ProtocolInput {
    /// The input of a protocol; `None` when it is the frame as it is.
    pub fn of(settings: &Settings) -> Option<Self> {
        let rules = &settings.rules;
        let plain = rules.shown == Shown::Whole && !rules.flip;
        let mirrored = rules.flip.then_some(rules.mirrored);
        (!plain).then(|| Self { shown: rules.shown, mirrored, size: settings.network_size() })
    }

    /// In words, for a tooltip.
    pub fn words(&self) -> String {
        let shown = match self.shown {
            Shown::Whole => "the whole picture",
            Shown::HuCentre | Shown::FcrnCentre => "the 304×228 centre of the picture at 320×240",
            Shown::Kb => "the lower 1216×352 of the picture",
        };
        let mirror = if self.mirrored.is_some() { ", averaged with its mirror image" } else { "" };
        format!("{shown}{mirror}")
    }
}

/// What is known of a ground truth for choosing a protocol.
pub fn facts(truth: &Truth) -> TruthFacts {
    let kind = match truth.source {
        Some(TruthSource::Filled | TruthSource::Raw) => DataKind::Nyu,
        Some(TruthSource::LidarX | TruthSource::LidarZ | TruthSource::Annotated) => DataKind::Kitti,
        Some(TruthSource::File | TruthSource::Synthetic) | None => DataKind::Other,
    };
    TruthFacts { kind, source: truth.source, size: Some([truth.map.width(), truth.map.height()]) }
}

/// Measures an output that the network has made; runs the network (`model`) only where the protocol shows it something
/// else than the frame, and only when that was not done before. Never fails: what cannot be measured says why.
pub fn measure(
    output: &mut ModelOutput,
    model: Option<&Model>,
    frame: &Frame,
    truth: &Truth,
    by: &MeasureSettings,
    size: Option<[usize; 2]>,
) {
    let result = match by.settings(size) {
        Ok(Some(settings)) => under_protocol(output, model, frame, truth, &settings),
        Ok(None) => full_image(output, truth, by),
        Err(error) => Err(error),
    };
    match result {
        Ok(Done { at_truth, metrics, measured }) => {
            output.scale = measured.badge.factor;
            (output.at_truth, output.metrics) = (Some(at_truth), Some(metrics));
            (output.measured, output.unmeasured) = (Some(Arc::new(measured)), None);
        }
        Err(error) => {
            output.scale = 1.0;
            (output.at_truth, output.metrics, output.measured) = (None, None, None);
            output.unmeasured = Some(error.to_string());
        }
    }
}

struct Done {
    at_truth: DepthMap,
    metrics: Metrics,
    measured: Measured,
}

/// By a published protocol: the numbers are those of `eval`'s row for this frame.
fn under_protocol(
    output: &mut ModelOutput,
    model: Option<&Model>,
    frame: &Frame,
    truth: &Truth,
    settings: &Settings,
) -> Result<Done> {
    fit::check(settings.rules.protocol, "this picture", &facts(truth))?;
    let (unit, stereo) = scale_of(&output.info);
    let scaling = settings.scaling_of(&output.info.name, unit, stereo)?;
    ask(output, model, frame, settings)?;
    let depth = output.asked.as_ref().map_or(&output.raw, |asked| &asked.depth);
    let source = truth.source.unwrap_or(TruthSource::File);
    let ground = GroundTruth { map: truth.map.clone(), source, half_resolution: truth.half_resolution };
    let scored = settings.score(depth, &ground, scaling)?;
    let badge = Badge::of_scored(&scored, settings, scaling, &source_text(truth));
    let Scores { rel, sq_rel, rmse, rmse_log, log10, silog, d1, d2, d3, .. } = scored.scores;
    let metrics = Metrics { rel, sq_rel, rmse, rmse_log, log10, silog, d1, d2, d3, valid: badge.pixels };
    let counted = only(&scored.truth, |i, _| scored.mask[i]);
    let measured = Measured { badge, truth: counted, region: scored.region, worst: scored.worst };
    Ok(Done { at_truth: scored.prediction, metrics, measured })
}

/// Has the network see what the protocol shows it, unless that is the frame or was seen before.
fn ask(output: &mut ModelOutput, model: Option<&Model>, frame: &Frame, settings: &Settings) -> Result<()> {
    let Some(input) = ProtocolInput::of(settings) else {
        output.asked = None;
        return Ok(());
    };
    if output.asked.as_ref().is_some_and(|asked| asked.input == input) {
        return Ok(());
    }
    output.asked = None;
    let gone = || Error::Failed(format!("{} is no longer loaded; load it again to measure", output.info.name));
    let network = network::Measured::new(model.ok_or_else(gone)?, settings)?;
    let depth = evaluation::predict(&network, settings, &*settings.prepare(frame)?)?;
    output.asked = Some(Arc::new(Asked { input, depth }));
    Ok(())
}

/// Every pixel with ground truth, or those that a crop and a cap leave. Depth of unknown scale is metres only after
/// scaling: without it nothing is measured.
fn full_image(output: &ModelOutput, truth: &Truth, by: &MeasureSettings) -> Result<Done> {
    let (raw, map) = (&output.raw, &truth.map);
    let (width, height) = (map.width(), map.height());
    let scaling = by.scaling_of(&output.info.name, raw.unit(), scale_of(&output.info).1)?;
    let crop = by.crop_in_force();
    let region = crop.region([width, height])?;
    let valid = by.valid_truth()?;
    let counts = |i: usize, g: f32| {
        let within = match valid {
            ValidTruth::Measured => true,
            ValidTruth::Between(low, high) => low < g && g < high,
        };
        within && region.contains(i % width, i / width)
    };
    let all = crop == Crop::None && valid == ValidTruth::Measured;
    let counted = if all { map.clone() } else { only(map, counts) };
    let values = resized(raw, &output.info.config.network, width, height);
    let mut at_truth = DepthMap::new(width, height, DepthUnit::Metres, values);
    let factor = match scaling {
        Scaling::None => 1.0,
        Scaling::Median => median_scale(&at_truth, &counted),
        scaling => {
            let pixels: Vec<(f32, f32)> = pairs(&at_truth, &counted).map(|(_, p, g)| (p, g)).collect();
            let none = || Error::Failed(format!("its prediction has no {scaling} factor to the ground truth"));
            scaling.factor(&pixels).ok_or_else(none)?
        }
    };
    if factor != 1.0 {
        at_truth = at_truth.scaled(factor);
    }
    if let Some(cap) = by.cap_in_force() {
        let clamp = |(v, ok): (&f32, &bool)| if *ok { v.clamp(NEAREST, cap) } else { 0.0 };
        let values = at_truth.values().iter().zip(at_truth.valid()).map(clamp).collect();
        at_truth = DepthMap::new(width, height, DepthUnit::Metres, values);
    }
    let none = || Error::Failed("no pixel with ground truth counts: choose a wider crop or a larger cap".into());
    let metrics = metrics(&at_truth, &counted).ok_or_else(none)?;
    let share = |(_, p, g): (usize, f32, f32)| (p - g).abs() / g;
    let worst = pairs(&at_truth, &counted).max_by(|a, b| share(*a).total_cmp(&share(*b)));
    let worst = worst.map_or([0, 0], |(i, ..)| [i % width, i / width]);
    let badge = Badge {
        source: source_text(truth),
        protocol: None,
        changes: Vec::new(),
        crop,
        cap: by.cap_in_force(),
        scaling,
        factor,
        pixels: metrics.valid,
        points: 1,
    };
    Ok(Done { at_truth, metrics, measured: Measured { badge, truth: counted, region, worst } })
}

/// The map with no value where a pixel does not count.
fn only(map: &DepthMap, counts: impl Fn(usize, f32) -> bool) -> DepthMap {
    let value = |(i, g): (usize, &f32)| if counts(i, *g) { *g } else { 0.0 };
    let values = map.values().iter().enumerate().map(value).collect();
    DepthMap::new(map.width(), map.height(), map.unit(), values)
}

/// Number, prediction and truth of each pixel that has both.
fn pairs<'a>(prediction: &'a DepthMap, truth: &'a DepthMap) -> impl Iterator<Item = (usize, f32, f32)> + 'a {
    let both = |i: &usize| prediction.valid()[*i] && truth.valid()[*i];
    (0..truth.values().len()).filter(both).map(|i| (i, prediction.values()[i], truth.values()[i]))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "measure_tests.rs"]
mod tests;
