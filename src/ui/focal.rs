//! The focal length in the left panel, for networks whose scale depends on it.

use super::state::{Action, SourceKind, Studio};
use super::theme::{SMALL, palette, regular};
use super::widgets::row;
use crate::infer::focal::UNKNOWN;
use egui::{DragValue, Label, RichText, Ui};

/// Longest focal length that can be typed, in pixels.
const MOST: f64 = 100_000.0;
const UNKNOWN_WORD: &str = "unknown";

/// Draws the row where the metres of one of the networks depend on the camera: what the data set says of it, or a field to
/// type its focal length in. Without either it says that the scale is not to be trusted.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    let infos = [&studio.main.info, &studio.compare.info];
    if !infos.into_iter().flatten().any(|info| info.config.asks_for_focal()) {
        return;
    }
    if let Some((focal, whose, tip)) = own(studio) {
        row(ui, "Focal length", |ui| {
            let text = RichText::new(format!("{focal:.1} px, of {whose}"));
            ui.label(text.font(regular(SMALL + 0.5))).on_hover_text(tip);
        });
        return;
    }
    let mut focal = studio.focal.unwrap_or(0.0);
    row(ui, "Focal length", |ui| {
        let field = DragValue::new(&mut focal)
            .range(0.0..=MOST)
            .speed(1.0)
            .max_decimals(1)
            .custom_formatter(|value, _| if value > 0.0 { format!("{value:.1} px") } else { UNKNOWN_WORD.to_owned() })
            .custom_parser(typed);
        let field = ui.add(field).on_hover_text(
            "Focal length of the camera in pixels of the picture: metres depend on it. 0 when nobody knows it",
        );
        let changed = field.changed();
        field.accessible_name("Focal length in pixels");
        if changed {
            studio.push(Action::Focal((focal > 0.0).then_some(focal)));
        }
    });
    if studio.focal.is_none() {
        let text = RichText::new(UNKNOWN).font(regular(SMALL + 0.5)).color(palette(ui).warn);
        ui.add(Label::new(text).wrap());
    }
}

/// The focal length that the source itself knows for what it shows, in pixels of the picture: whose it is, and how.
fn own(studio: &Studio) -> Option<(f64, &'static str, &'static str)> {
    let source = &studio.source;
    match source.kind {
        SourceKind::Dataset => {
            let focal = studio.views.as_ref()?.job.frame.focal?;
            Some((focal, "the data", "The data set knows the camera of this picture"))
        }
        SourceKind::Files | SourceKind::Samples => {
            let focal = source.files.get(source.selected?)?.focal?;
            Some((focal, "the sample", "The calibration of this picture ships beside it"))
        }
        SourceKind::Camera => None,
    }
}

/// What was typed into the field as pixels; 0 when it is unknown.
fn typed(text: &str) -> Option<f64> {
    match text.trim().trim_end_matches("px").trim() {
        "" | UNKNOWN_WORD => Some(0.0),
        number => number.parse().ok().filter(|value: &f64| value.is_finite()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::state::FileEntry;
    use super::super::tests::{example, studio_of};
    use super::super::theme;
    use super::super::view_kind::ViewKind;
    use super::super::view_state::shown;
    use super::*;
    use crate::infer::focal::FocalScale;
    use crate::infer::prediction::ModelInfo;
    use crate::net::config::ModelConfig;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;
    use std::sync::Arc;

    /// A window whose network was trained for a canonical focal length, on a picture that does not know its own.
    fn studio() -> Studio {
        let mut prediction = example();
        let info = &prediction.main.info;
        let config = ModelConfig { canonical_focal: Some(25.0), ..info.config.clone() };
        prediction.main.info = Arc::new(ModelInfo { config, ..(**info).clone() });
        prediction.main.focal = FocalScale::of(&prediction.main.info.config, &prediction.frame, 320);
        prediction.main.scale_trusted = false;
        let info = prediction.main.info.clone();
        let mut studio = studio_of(prediction);
        studio.main.info = Some(info);
        studio
    }

    fn open(studio: Studio) -> Harness<'static, Studio> {
        let mut harness = Harness::builder()
            .with_size(egui::vec2(280.0, 120.0))
            .with_context_setup(theme::install)
            .build_ui_state(show, studio);
        harness.run_steps(3);
        harness.check_accessibility();
        harness
    }

    #[test]
    fn a_network_that_needs_it_gets_a_field_and_says_what_is_missing() {
        let mut harness = open(studio());
        assert!(harness.query_by_label("scale untrusted: focal length unknown").is_some());
        assert!(harness.query_by_label("Focal length in pixels").is_some());
        harness.state_mut().focal = Some(721.5);
        harness.run_steps(2);
        assert!(harness.query_by_label("scale untrusted: focal length unknown").is_none());
    }

    #[test]
    fn a_network_of_one_camera_asks_for_none() {
        let mut studio = studio();
        let road = studio.main.info.clone().unwrap();
        let config = ModelConfig { own_focal: Some(0.8), ..road.config.clone() };
        studio.main.info = Some(Arc::new(ModelInfo { config, ..(*road).clone() }));
        let mut harness = open(studio);
        assert!(harness.query_by_label("Focal length in pixels").is_none());
        harness.state_mut().compare.info = Some(road);
        harness.run_steps(2);
        assert!(harness.query_by_label("Focal length in pixels").is_some(), "the compared one asks");
    }

    #[test]
    fn a_sample_that_knows_its_camera_asks_nobody() {
        let mut studio = studio();
        let file = FileEntry {
            name: "Road".into(),
            path: "road.png".into(),
            has_truth: true,
            focal: Some(721.54),
            thumb: None,
            failed: None,
        };
        (studio.source.files, studio.source.selected) = (vec![file], Some(0));
        let mut harness = open(studio);
        assert!(harness.query_by_label("721.5 px, of the sample").is_some());
        assert!(harness.query_by_label("Focal length in pixels").is_none());
        harness.state_mut().source.kind = SourceKind::Camera;
        harness.run_steps(2);
        assert!(harness.query_by_label("Focal length in pixels").is_some(), "a camera is another thing");
    }

    #[test]
    fn other_networks_have_none() {
        let harness = open(studio_of(example()));
        assert!(harness.query_by_label("Focal length in pixels").is_none());
    }

    #[test]
    fn pixels_are_typed_with_or_without_their_unit() {
        assert_eq!(["721.5", " 721.5 px", "", "unknown"].map(typed), [Some(721.5), Some(721.5), Some(0.0), Some(0.0)]);
        assert_eq!(["inf", "wide", "nan px"].map(typed), [None; 3]);
    }

    #[test]
    fn the_depth_view_says_that_its_scale_is_not_to_be_trusted() {
        let studio = studio();
        let warnings = shown(&studio, ViewKind::Depth, None).warnings;
        let (short, long) = warnings.first().unwrap();
        assert_eq!(*short, "scale untrusted: focal length unknown");
        assert!(long.contains("were taken"), "{long}");
    }
}
