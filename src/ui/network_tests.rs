//! Networks other than MSFNet: no gate, depth without a scale, layers that were never trained.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::metric_rows::rows;
use super::model_card::{self, card_lines};
use super::probe::{depth_text, probe};
use super::settings::RangeKind;
use super::sheet_tests::texts_of;
use super::state::Studio;
use super::tests::{example, studio_of, title};
use super::view_kind::ViewKind;
use super::view_state::{Content, shown};
use crate::depth::{DepthMap, DepthUnit};
use crate::eval::protocol::{MeasureSettings, Scaling};
use crate::figure::error_mode::ErrorMode;
use crate::infer::measure::measure;
use crate::infer::prediction::{ModelInfo, ModelOutput, Prediction};
use crate::net::config::{EncoderKind, GateKind, ModelConfig, NetworkConfig, TrainedSizes};
use std::sync::Arc;
use std::time::Instant;

/// The output of a network without a gate whose depth has no scale, not measured.
fn relative(network: NetworkConfig, of: &ModelOutput) -> ModelOutput {
    let unit = DepthUnit::Disparity;
    let config = ModelConfig::new(network, unit, [640, 192]);
    let metadata = [("accuracy".to_owned(), r#"{"rel":0.115,"data":"KITTI Eigen, 697 pictures"}"#.to_owned())];
    let info = ModelInfo { name: "mono".to_owned(), config, metadata: metadata.into(), ..(*of.info).clone() };
    let map = |m: &DepthMap| {
        let values = m.values().iter().map(|v| v / 40.0).collect();
        DepthMap::new(m.width(), m.height(), DepthUnit::Relative, values)
    };
    let (raw, depth) = (map(&of.raw), map(&of.depth));
    ModelOutput { info: Arc::new(info), raw, depth, at_truth: None, gate: None, metrics: None, ..of.clone() }
}

fn monodepth2() -> Prediction {
    let p = example();
    Prediction { main: relative(NetworkConfig::monodepth2(18, false), &p.main), compare: None, ..p }
}

fn explanation(studio: &Studio, kind: ViewKind) -> String {
    match shown(studio, kind, None).content {
        Content::Empty { explanation, .. } => explanation,
        Content::Layer(_) => panic!("{kind:?} shows a picture"),
    }
}

#[test]
fn gate_views_name_the_network_that_has_none_and_what_to_open() {
    let mut studio = studio_of(monodepth2());
    assert_eq!(title(&studio, ViewKind::Eda), "No EDA gate");
    let said = explanation(&studio, ViewKind::Cbam);
    assert!(said.starts_with("Monodepth2 has no gate: open an MSFNet with the CBAM-S gate"), "{said}");
    studio.settings.display.gate_difference = true;
    assert_eq!(title(&studio, ViewKind::Cbam), "No gate");

    let p = example();
    let hu = relative(NetworkConfig::hu(EncoderKind::Resnet50), &p.main);
    let studio = studio_of(Prediction { main: hu, compare: None, ..p.clone() });
    assert!(explanation(&studio, ViewKind::Eda).starts_with("The network of Hu et al. has no gate:"));
    // Beside an MSFNet its gate is there to be seen.
    let beside = Prediction { main: monodepth2().main, ..p };
    assert_eq!(title(&studio_of(beside), ViewKind::Cbam), "picture");
}

#[test]
fn depth_without_a_scale_shows_no_metres() {
    let mut studio = studio_of(monodepth2());
    let p = studio.prediction().unwrap().clone();
    let bar = shown(&studio, ViewKind::Depth, None).bar.unwrap();
    assert_eq!((bar.unit, bar.words), ("", ["near", "relative, far"]));
    assert!(shown(&studio, ViewKind::Depth, None).subtitle.starts_with("relative, at "));
    let percentiles = studio.views.as_ref().unwrap().analysis.depth_percentiles.unwrap();
    assert_eq!(bar.range, percentiles);
    // Nought to ten metres is for metres: here percentiles stay, and the truth alone is drawn from 0 to 10 m.
    studio.settings.display.range = RangeKind::Fixed;
    studio.update_range(Instant::now());
    assert_eq!(shown(&studio, ViewKind::Depth, None).bar.unwrap().range, percentiles);
    let truth = shown(&studio, ViewKind::Truth, None).bar.unwrap();
    assert_eq!((truth.unit, truth.range, truth.clipped), ("m", [0.0, 10.0], [false; 2]));
    let r = probe(&p, 0.4, 0.6).unwrap();
    let depth = p.main.depth.at(4, 4);
    assert_eq!(shown(&studio, ViewKind::Depth, Some(&r)).value.unwrap(), format!("{:.3} relative", depth.unwrap()));
    assert_eq!(depth_text(r.truth, r.truth_unit), format!("{:.2} m", r.truth.unwrap()));
    assert_eq!(r.error(ErrorMode::Signed), None, "metres and no metres have no difference");
    assert_eq!(title(&studio, ViewKind::Error), "Scale unknown");
    assert!(explanation(&studio, ViewKind::Error).contains("median scaling"));
    let said = texts_of(p.as_ref());
    assert!(said.iter().any(|t| t.contains("The scale of mono is unknown: choose median scaling")), "{said:?}");
    assert!(said.iter().any(|t| t.contains(" relative  ·  truth ")), "the status bar: {said:?}");
}

#[test]
fn scaled_by_the_median_it_is_measured_in_metres() {
    let mut p = monodepth2();
    let truth = p.truth.clone().unwrap();
    let by = MeasureSettings { scaling: Some(Scaling::Median), ..MeasureSettings::default() };
    measure(&mut p.main, None, &p.frame.clone(), &truth, &by, None);
    let r = probe(&p, 0.4, 0.6).unwrap();
    let error = p.main.at_truth.as_ref().unwrap().at(2, 2).unwrap() - truth.map.at(2, 2).unwrap();
    assert_eq!(r.error(ErrorMode::Signed), Some(error));
    let studio = studio_of(p.clone());
    let view = shown(&studio, ViewKind::Error, Some(&r));
    let measured = p.main.at_truth.as_ref().unwrap().at(2, 2).unwrap();
    let error = format!("{error:+.2} m").replace('-', "−");
    assert_eq!(view.value.unwrap(), format!("{error}\nmeasured {measured:.2} m"), "the depth view has no metres");
    assert_eq!(view.bar.unwrap().unit, "m");
    let badge = super::protocol::line(&studio).unwrap().text;
    assert!(badge.contains(&format!("median ×{:.2}", p.main.scale)) && p.main.scale > 10.0, "{badge}");
    assert!(!texts_of(&p).iter().any(|t| t.contains("is unknown")));
}

#[test]
fn the_paper_is_not_compared_with_another_network() {
    let (p, ours) = (monodepth2(), example());
    let mono = Some(&p.main.info);
    let groups = |models| rows(Some(&p), models).into_iter().map(|r| (r.group, r.name)).collect::<Vec<_>>();
    let alone = groups([mono, None]);
    assert!(!alone.iter().any(|(group, _)| group.contains("Table III") || group.contains("NYU")), "{alone:?}");
    assert!(alone.iter().any(|(group, _)| group == "KITTI Eigen, 697 pictures, stated by the weights"));
    let beside = groups([mono, Some(&ours.main.info)]);
    assert!(beside.iter().any(|(group, name)| group.contains("Table III") && name == "MSFNet EDA"), "{beside:?}");
    let before = groups([Some(&ours.main.info), None]);
    assert!(before.iter().any(|(group, name)| group.contains("Table III") && name == "EDA"));
    // Nor with a network of streets, whose metres depend on the camera.
    let info = &*ours.main.info;
    let config = ModelConfig { canonical_focal: Some(20.0), ..info.config.clone() };
    let road = Arc::new(ModelInfo { config, ..info.clone() });
    assert!(!groups([Some(&road), None]).iter().any(|(group, _)| group.contains("Table III")));
}

#[test]
fn accuracy_of_another_run_is_said_to_be_that() {
    let info = &*example().main.info;
    let stated = |accuracy: &str| {
        let metadata = [("accuracy".to_owned(), accuracy.to_owned())].into();
        super::metric_rows::stated(&ModelInfo { metadata, ..info.clone() })
    };
    let row = stated(r#"{"rel":0.158,"rmse":0.64,"data":"78 frames","of":"another run: x, step 5","protocol":"hu"}"#);
    let row = row.unwrap();
    assert_eq!((row.group.as_str(), row.data), ("78 frames of another run, stated by the weights", "stated accuracy"));
    assert_eq!(row.values, [Some(0.158), Some(0.64), None, None]);
    assert!(row.tip.contains("78 frames of another run: x, step 5; protocol hu"), "{}", row.tip);
    let own = stated(r#"{"rel":0.1758,"data":"NYU Depth V2, 654 test pairs"}"#).unwrap();
    assert_eq!((own.group.as_str(), own.data), ("NYU 654, stated by the weights", "NYU 654"));
    assert_eq!((stated("{"), stated("[1]").map(|row| row.values)), (None, Some([None; 4])));
}

#[test]
fn cards_say_which_sizes_and_which_camera_a_network_knows() {
    let info = &*example().main.info;
    let trained_sizes = Some(TrainedSizes { area: [21_600, 240_000], multiple: 2 });
    let config =
        ModelConfig { trained_sizes, canonical_focal: Some(180.0), own_focal: Some(0.81), ..info.config.clone() };
    let rows = model_card::rows(&ModelInfo { config, ..info.clone() });
    let value = |label: &str| rows.iter().find(|(said, _)| *said == label).map(|(_, value)| value.as_str());
    assert_eq!(value("Sizes drawn"), Some("multiples of 2, 21600 to 240000 pixels"));
    assert_eq!(value("Depth for"), Some("a focal length of 180 px at its input"));
    assert!(value("Its camera").unwrap().starts_with("a focal length of 0.81 times the picture's longer side"));
    let plain = ModelConfig { trained_sizes: None, canonical_focal: None, own_focal: None, ..info.config.clone() };
    let rows = model_card::rows(&ModelInfo { config: plain, ..info.clone() });
    assert!(!rows.iter().any(|(label, _)| ["Sizes drawn", "Depth for", "Its camera"].contains(label)));
}

#[test]
fn cards_name_network_gate_and_unit() {
    let lines = card_lines(&monodepth2().main.info);
    assert_eq!(lines[0], "Monodepth2 on ResNet-18");
    assert_eq!(lines[1], "no gate · 5.86 M parameters");
    assert_eq!(lines[2], "output disparity, no scale · trained at 640×192");
    let lines = card_lines(&example().main.info);
    assert_eq!(lines[..2], ["MSFNet on EfficientNet-Lite0", "EDA gate · 5.86 M parameters"]);
    assert_eq!(lines[3], "NYU 654: REL 0.176 · δ1 0.735");
}

#[test]
fn views_of_an_untrained_model_are_marked() {
    let mut p = example();
    let random = vec!["decoder.d1".to_owned(), "usf".to_owned()];
    let info = ModelInfo { random, ..(*p.compare.as_ref().unwrap().info).clone() };
    p.compare.as_mut().unwrap().info = Arc::new(info);
    let marks = |studio: &Studio, kind| -> Vec<&str> {
        shown(studio, kind, None).warnings.into_iter().map(|(mark, _)| mark).collect()
    };
    let mut studio = studio_of(p.clone());
    assert_eq!(marks(&studio, ViewKind::Cbam), ["untrained layers"], "the compared model's gate");
    for kind in [ViewKind::Depth, ViewKind::Eda, ViewKind::Error, ViewKind::Rgb, ViewKind::Truth] {
        assert!(marks(&studio, kind).is_empty(), "{kind:?} is not of that model");
    }
    studio.settings.display.error_compared = true;
    assert_eq!(marks(&studio, ViewKind::Error), ["untrained layers"]);
    let (_, why) = shown(&studio, ViewKind::Error, None).warnings.remove(0);
    assert!(why.contains("made-up-CBAM-S") && why.contains("decoder.d1, usf"), "{why}");

    let main = ModelOutput { info: p.compare.as_ref().unwrap().info.clone(), ..p.main.clone() };
    let studio = studio_of(Prediction { main, ..p });
    assert_eq!(marks(&studio, ViewKind::Depth), ["untrained layers"]);
    assert_eq!(studio.prediction().unwrap().main.gate.as_ref().unwrap().kind, GateKind::Eda);
    assert_eq!(marks(&studio, ViewKind::Eda), ["untrained layers"]);
}

#[test]
fn taps_of_another_network_are_found_again_by_name() {
    let tap = |name: &str, channels| crate::infer::prediction::TapMap {
        name: name.to_owned(),
        channels,
        height: 1,
        width: 1,
        values: vec![0.0; channels],
    };
    let taps = |names: &[(&str, usize)]| {
        let taps = names.iter().map(|(name, channels)| tap(name, *channels)).collect();
        Arc::new(crate::infer::prediction::Inspection { frame_id: 1, model: "m".to_owned(), taps })
    };
    let mut state = super::inspect_tab::InspectState::default();
    state.accept(taps(&[("stage0", 4), ("stage1", 8), ("gate.map", 1), ("y", 1)]));
    (state.tap, state.channel) = (1, 7);
    state.accept(taps(&[("input", 3), ("stage0", 4), ("decoder.d1", 16), ("stage1", 2)]));
    assert_eq!((state.tap, state.channel), (3, 1), "the same step, in the channels that it has");
    state.accept(taps(&[("disp0", 1)]));
    assert_eq!((state.tap, state.channel), (0, 0));
    assert_eq!(state.request().map(|r| r.inspection.taps[r.tap].name.clone()).as_deref(), Some("disp0"));
}
