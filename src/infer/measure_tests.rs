//! The window's numbers against `eval`'s rows, against hand-worked arrays, and without running the network again.

use super::*;
use crate::data::dataset::{self, Dataset, OpenOptions};
use crate::device::{self, DeviceChoice};
use crate::eval::evaluation::{Arrived, Evaluation};
use crate::eval::journal::Command;
use crate::eval::protocol::Protocol;
use crate::infer::predict::{RunOptions, predict, remeasure};
use crate::infer::prediction::{ModelInfo, Timing};
use crate::net::config::{ModelConfig, MsfnetConfig};
use std::sync::Arc;
use std::time::Duration;

/// An output of 2×2 pixels, 1 to 4 of a unit, not measured.
pub(crate) fn output(unit: DepthUnit) -> ModelOutput {
    let map = DepthMap::new(2, 2, unit, vec![1.0, 2.0, 3.0, 4.0]);
    let config = ModelConfig::new(MsfnetConfig::default(), unit, [304, 228]);
    let info = ModelInfo {
        name: "made up".into(),
        path: "made-up.pth".into(),
        sha256: String::new(),
        config,
        metadata: Default::default(),
        parameters: 0,
        random: Vec::new(),
        notes: Vec::new(),
    };
    ModelOutput {
        info: Arc::new(info),
        net_size: [32, 32],
        scale_trusted: true,
        focal: None,
        raw: map.clone(),
        depth: map,
        asked: None,
        at_truth: None,
        scale: 1.0,
        gate: None,
        metrics: None,
        measured: None,
        unmeasured: None,
        timing: Timing::default(),
    }
}

/// Ground truth of 2×2 pixels in metres.
pub(crate) fn truth(values: [f32; 4]) -> Truth {
    let map = DepthMap::new(2, 2, DepthUnit::Metres, values.to_vec());
    Truth { map, path: None, label: "made".into(), source: None, half_resolution: false }
}

fn by(output: &mut ModelOutput, truth: &Truth, by: MeasureSettings) {
    measure(output, None, &Frame::new("f", 2, 2, vec![0; 12]), truth, &by, None);
}

fn scaled(scaling: Scaling) -> MeasureSettings {
    MeasureSettings { scaling: Some(scaling), ..MeasureSettings::default() }
}

#[test]
fn relative_depth_is_measured_only_after_scaling() {
    let truth = truth([2.0, 4.0, 6.0, 8.0]);
    let mut plain = output(DepthUnit::Relative);
    by(&mut plain, &truth, MeasureSettings::default());
    assert!(plain.metrics.is_none() && plain.at_truth.is_none());
    assert!(plain.unmeasured.as_ref().unwrap().contains("median"));
    for scaling in [Scaling::Median, Scaling::LeastSquares] {
        let mut measured = plain.clone();
        by(&mut measured, &truth, scaled(scaling));
        assert_eq!((measured.scale, measured.unmeasured), (2.0, None));
        assert_eq!(measured.at_truth.unwrap().unit(), DepthUnit::Metres);
        assert!(measured.metrics.unwrap().rel < 1e-12);
    }
    let mut metric = output(DepthUnit::Metres);
    by(&mut metric, &truth, MeasureSettings::default());
    assert!((metric.metrics.unwrap().rel - 0.5).abs() < 1e-12);
    // What could be measured before says why it cannot be now, and nothing of the old numbers stays.
    by(&mut metric, &truth, scaled(Scaling::Stereo));
    assert!(metric.metrics.is_none() && metric.measured.is_none() && metric.scale == 1.0);
    assert!(metric.unmeasured.unwrap().contains("stereo"));
}

#[test]
fn crop_and_cap_leave_the_pixels_that_they_say() {
    // Predictions 1 2 3 4 at truths 1 4 2 8: errors 0, 1/2, 1/2, 1/2.
    let truth = truth([1.0, 4.0, 2.0, 8.0]);
    let mut all = output(DepthUnit::Metres);
    by(&mut all, &truth, MeasureSettings::default());
    assert_eq!((all.metrics.unwrap().valid, all.metrics.unwrap().rel), (4, 0.375));
    assert_eq!(all.counted(&truth.map), &truth.map, "nothing is left out of a full image");
    assert_eq!(all.measured.as_ref().unwrap().worst, [1, 1], "the last of equals");
    let capped = MeasureSettings { cap: Some(3.0), ..MeasureSettings::default() };
    by(&mut all, &truth, capped);
    // Truths below 3 m: 1 and 2; the prediction of 4 m is clamped to 3, and does not count.
    assert_eq!((all.metrics.unwrap().valid, all.metrics.unwrap().rel), (2, 0.25));
    assert_eq!(all.counted(&truth.map).valid(), [true, false, true, false]);
    assert_eq!(all.at_truth.as_ref().unwrap().values(), [1.0, 2.0, 3.0, 3.0]);
    let line = all.measured.as_ref().unwrap().badge.text();
    assert_eq!(line, "made · full image · 3 m · no scaling · 2 px");
    // Garg's crop of two rows is the second, of two columns both: ⌊0.408·2⌋ = 0 … ⌊0.99·2⌋ = 1.
    let garg = MeasureSettings { crop: Some(Crop::Garg), ..MeasureSettings::default() };
    by(&mut all, &truth, garg);
    let region = all.measured.as_ref().unwrap().region.clone();
    assert_eq!((region.rows, region.columns), (0..1, 0..1));
    assert_eq!(all.metrics.unwrap().valid, 1);
    let nothing = MeasureSettings { cap: Some(0.5), ..MeasureSettings::default() };
    by(&mut all, &truth, nothing);
    assert!(all.unmeasured.unwrap().contains("no pixel"));
}

#[test]
fn a_protocol_that_is_not_for_the_picture_says_so() {
    let mut made = output(DepthUnit::Metres);
    by(&mut made, &truth([1.0; 4]), MeasureSettings::of(Some(Protocol::HuNyu)));
    assert!(made.unmeasured.unwrap().contains("640x480"));
}

/// One frame of the synthetic room, as large as NYU's.
fn room() -> Arc<dyn Dataset> {
    let spec = "synthetic:room".parse().unwrap();
    dataset::open(&spec, &OpenOptions { limit: Some(1), ..OpenOptions::default() }).unwrap().into()
}

/// Every protocol that fits, and two that are changed, on one frame: the numbers of the window are those of `eval`.
#[test]
fn the_numbers_are_those_of_evals_row_and_the_network_runs_only_where_it_must() {
    let data = room();
    let (device, _) = device::open(DeviceChoice::Cpu).unwrap();
    let config = ModelConfig::new(MsfnetConfig::default(), DepthUnit::TenOverMetres, [304, 228]);
    let model = Model::untrained(config, 7, &device).unwrap();
    let frame = Arc::new(data.frame(0).unwrap());
    let truth = Arc::new(Truth::of_dataset(data.truth(0).unwrap().unwrap()));
    // As small as will do, but for Hu et al., whose protocol prescribes the size.
    let small = Some([96, 96]);
    let options = RunOptions { size: small, ..RunOptions::default() };
    let (picture, ground) = (frame.clone(), data.truth(0).unwrap());
    let first = predict(frame, Some(truth.clone()), &model, None, options).unwrap();
    let right = fit::right_ones(&facts(&truth));
    assert!(right.len() >= 4, "{right:?}");
    let mut asked: Vec<MeasureSettings> = right.into_iter().map(|p| MeasureSettings::of(Some(p))).collect();
    let (cap, scaling) = (Some(3.5), Some(Scaling::LeastSquares));
    asked.push(MeasureSettings { cap, scaling, crop: Some(Crop::Garg), protocol: Some(Protocol::BtsNyu) });
    asked.push(MeasureSettings { cap, scaling: Some(Scaling::Median), ..MeasureSettings::of(Some(Protocol::HuNyu)) });
    for measure in asked {
        let size = small.filter(|_| measure.protocol != Some(Protocol::HuNyu));
        let settings = measure.settings(size).unwrap().unwrap();
        let network = network::Measured::new(&model, &settings).unwrap();
        let mut all = Evaluation::begin(data.clone(), settings.clone(), vec![network], None, &Command::new()).unwrap();
        let arrived =
            Arrived { index: 0, frame: Ok((*picture).clone()), truth: Ok(ground.clone()), took: Duration::ZERO };
        all.take(arrived).unwrap();
        let row = &all.report().rows[0].results[0];
        let scores = row.sums.scores().unwrap();

        let options = RunOptions { measure, size, ..RunOptions::default() };
        let needs = ProtocolInput::of(&settings).is_some();
        // Without a model at hand a protocol that shows the frame as it is is measured all the same.
        let models = [needs.then_some(&model), None];
        let again = remeasure(&first, models, options);
        let (m, measured) = (again.main.metrics.unwrap(), again.main.measured.clone().unwrap());
        let ours = [m.rel, m.sq_rel, m.rmse, m.rmse_log, m.log10, m.silog, m.d1, m.d2, m.d3];
        let s = scores;
        assert_eq!(ours, [s.rel, s.sq_rel, s.rmse, s.rmse_log, s.log10, s.silog, s.d1, s.d2, s.d3], "{measure:?}");
        assert_eq!((m.valid as u64, again.main.scale, measured.worst), (row.sums.pixels, row.factor, row.worst));
        assert_eq!((measured.badge.crop, measured.badge.cap), (settings.rules.crop, settings.rules.cap()));
        assert_eq!(measured.badge.source, "synthetic, exact");
        // What counts is what the error is drawn of.
        let at_truth = again.main.at_truth.as_ref().unwrap();
        let counted = at_truth.valid().iter().zip(measured.truth.valid()).filter(|(p, t)| **p && **t).count();
        assert_eq!(counted, m.valid, "{measure:?}");
        // Once it was asked, another rule over the same input needs no network.
        let other =
            RunOptions { measure: MeasureSettings { cap: Some(3.0), ..measure }, size, ..RunOptions::default() };
        assert!(remeasure(&again, [None, None], other).main.unmeasured.is_none());
        assert_eq!(remeasure(&first, [None, None], options).main.metrics.is_none(), needs);
        // And back: the full image's numbers are those of the first run.
        let back = remeasure(&again, [None, None], RunOptions::default());
        assert_eq!((back.main.metrics, back.main.scale), (first.main.metrics, 1.0));
    }
}
