//! What the views of the ground truth and of the error show.

use super::colorbar::Bar;
use super::metrics_tab::scale_unknown;
use super::probe::ProbeReading;
use super::range_kind::RangeKind;
use super::state::{SourceKind, Studio};
use super::view_kind::ViewKind;
use super::view_state::{Layer, Shown, depth_bar, empty, look, no_prediction, pair, untrained_mark};
use crate::depth::DepthUnit;
use crate::figure::error_mode::ErrorMode;
use crate::render::{FrameViews, MapMode};

/// The view of the ground truth.
pub fn truth(studio: &Studio, views: &FrameViews, at: Option<&ProbeReading>) -> Shown {
    let Some(truth) = &views.job.truth else {
        if let Some(why) = &studio.truth_failed {
            return empty(ViewKind::Truth, ("Ground truth cannot be read".to_owned(), why.clone()));
        }
        let how = if studio.source.kind == SourceKind::Dataset {
            "The data set has none for this frame."
        } else {
            "Open one beside the picture (Open, Ground truth…), or drop a .png, .npy or .pfm here."
        };
        return empty(ViewKind::Truth, pair("No ground truth", how));
    };
    let map = studio.settings.display.depth_map;
    let unit = truth.map.unit();
    let same = views.job.prediction.as_ref().is_none_or(|p| p.main.depth.unit() == unit);
    let fixed = studio.settings.display.range == RangeKind::Fixed && unit == DepthUnit::Metres;
    let range = match (same, fixed) {
        (true, _) => studio.depth_range,
        (false, true) => [0.0, 10.0],
        (false, false) => views.analysis.truth_percentiles.unwrap_or([0.0, 1.0]),
    };
    let extent = if same { views.analysis.depth_extent } else { views.analysis.truth_extent };
    let valid = views.analysis.truth_valid.unwrap_or(0.0) * 100.0;
    let points = super::protocol::points(studio);
    let enlarged = if points > 1 { format!(", drawn {points} px wide") } else { String::new() };
    let layer = Layer {
        mode: MapMode::Value,
        look: look(map, range, map.reversed_for(unit)),
        picture: None,
        a: views.truth.clone(),
        b: None,
    };
    Shown {
        subtitle: format!("{}, {valid:.1} % valid{enlarged}", truth.label),
        bar: Some(depth_bar(map, range, unit, extent)),
        value: at.map(ProbeReading::truth_text),
        ..Shown::layer(ViewKind::Truth, layer)
    }
}

/// The view of the main model's error, or of the compared one's.
pub fn error(studio: &Studio, views: &FrameViews, at: Option<&ProbeReading>) -> Shown {
    let mode = studio.settings.display.error;
    if views.job.truth.is_none() {
        return empty(ViewKind::Error, pair("No ground truth", "The error needs ground truth of this picture."));
    }
    let Some(prediction) = &views.job.prediction else {
        return empty(ViewKind::Error, no_prediction(studio));
    };
    // Without a compared model there is only one error to show.
    let other = prediction.compare.as_ref().filter(|_| studio.settings.display.error_compared);
    let (model, analysis) = match other {
        Some(other) => (other, &views.analysis.compare_error),
        None => (&prediction.main, &views.analysis.error),
    };
    if scale_unknown(model) && studio.measure.protocol.is_none() {
        let how = format!(
            "The scale of {}'s depth is unknown: choose median scaling in the Metrics tab to measure.",
            model.info.name
        );
        return empty(ViewKind::Error, ("Scale unknown".to_owned(), how));
    }
    if let Some(why) = &model.unmeasured {
        return empty(ViewKind::Error, ("Not measured".to_owned(), why.clone()));
    }
    let (Some(_), Some(range)) = (analysis, views.analysis.error_range(mode)) else {
        let why = "The prediction has no value where the ground truth has one.";
        return empty(ViewKind::Error, pair("No error", why));
    };
    let map = mode.colormap();
    // Of what was measured: depth without a scale is in metres once it was scaled.
    let symbol = model.at_truth.as_ref().map_or("", |map| map.unit().symbol());
    let unit = mode.unit(symbol);
    let words = if mode == ErrorMode::Signed { ["too near", "too far"] } else { ["", ""] };
    let classes = (mode == ErrorMode::Delta1).then_some(["within 25 %", "off by 25 % or more"]);
    let factor = mode.display_factor();
    let bar = Bar { map, range, reversed: false, unit, factor, words, clipped: [false; 2], classes };
    let layer = Layer {
        mode: MapMode::Error(mode),
        look: look(map, range, false),
        picture: None,
        a: if other.is_some() { views.compare_at_truth.clone() } else { views.at_truth.clone() },
        b: if other.is_some() { views.compare_counted.clone() } else { views.counted.clone() },
    };
    let whose = if prediction.compare.is_some() { model.info.name.clone() } else { String::new() };
    // What was measured is not what the depth view shows then.
    let protocol = studio.measure.protocol.filter(|_| model.asked.is_some());
    let anew = protocol.map_or_else(String::new, |protocol| format!(", by {protocol}'s own input"));
    let value = at.map(|r| {
        let (error, measured) = match other {
            Some(_) => (r.compare_error(mode), r.compare_measured_text()),
            None => (r.error(mode), r.measured_text()),
        };
        let of = measured.map_or_else(String::new, |measured| format!("\nmeasured {measured}"));
        error.map_or_else(|| r.no_error_text().to_owned(), |e| mode.format(e, symbol) + &of)
    });
    Shown {
        subtitle: format!("{}{anew}", mode.title()),
        network: whose,
        warnings: untrained_mark(&model.info),
        bar: Some(bar),
        value,
        ..Shown::layer(ViewKind::Error, layer)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::render::UploadJob;
    use crate::ui::probe::probe;
    use crate::ui::settings::Settings;
    use crate::ui::tests::example;
    use crate::ui::view_state::{Content, shown};
    use std::sync::Arc;

    #[test]
    fn the_error_of_either_model_is_shown_with_its_name_in_the_same_colours() {
        let p = Arc::new(example());
        let mut studio = Studio::new(Settings::default());
        let job = UploadJob { frame: p.frame.clone(), truth: p.truth.clone(), prediction: Some(p.clone()) };
        studio.views = Some(Arc::new(FrameViews::new(None, job)));
        let at = probe(&p, 0.4, 0.6);
        let main = shown(&studio, ViewKind::Error, at.as_ref());
        studio.settings.display.error_compared = true;
        let other = shown(&studio, ViewKind::Error, at.as_ref());
        assert!(main.network == "made-up-EDA" && other.network == "made-up-CBAM-S");
        assert_eq!(main.bar.unwrap().range, other.bar.unwrap().range);
        let truth = p.truth.as_ref().unwrap().map.at(2, 2).unwrap();
        let compared = p.compare.as_ref().unwrap().at_truth.as_ref().unwrap().at(2, 2).unwrap();
        let error = format!("{:+.2} m", compared - truth).replace('-', "−");
        let measured =
            at.unwrap().compare_measured_text().map_or_else(String::new, |text| format!("\nmeasured {text}"));
        assert_eq!(other.value.unwrap(), error + &measured);
        assert_ne!(main.value, None);
        // Without a compared model the switch has no effect.
        let alone = Arc::new(crate::infer::prediction::Prediction { compare: None, ..(*p).clone() });
        let job = UploadJob { frame: p.frame.clone(), truth: p.truth.clone(), prediction: Some(alone) };
        studio.views = Some(Arc::new(FrameViews::new(None, job)));
        assert!(matches!(shown(&studio, ViewKind::Error, None).content, Content::Layer(_)));
    }
}
