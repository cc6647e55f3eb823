//! Depth on real pictures within stated error of their ground truth.

use super::common::{CBAM, EDA, model, motorcycle, pytorch_error, shared};
use burn::tensor::Device;
use msfnet_studio::data::image::decode_file;
use msfnet_studio::data::{samples, truth};
use msfnet_studio::eval::protocol::{MeasureSettings, Scaling};
use msfnet_studio::infer::model::Model;
use msfnet_studio::infer::predict::{RunOptions, predict};
use std::sync::Arc;

fn near(what: &str, ours: f64, expected: f64, within: f64) {
    assert!((ours - expected).abs() <= within, "{what}: {ours}, expected {expected} ± {within}");
}

#[test]
fn motorcycle_has_the_error_that_pytorch_has() {
    let device = Device::flex();
    let frame = Arc::new(decode_file(&motorcycle()).unwrap());
    let sample = samples::of_image(&motorcycle()).unwrap();
    let truth = Arc::new(sample.read_truth().unwrap().unwrap());
    let (eda, cbam) = (model(EDA, &device), model(CBAM, &device));
    let options = RunOptions { size: Some([320, 224]), ..RunOptions::default() };
    let p = predict(frame, Some(truth.clone()), &eda, Some(&cbam), options).unwrap();
    let (e, c) = (p.main.metrics.unwrap(), p.compare.as_ref().unwrap().metrics.unwrap());
    for (name, metrics) in [("eda", e), ("cbam", c)] {
        let [rel, d1] = pytorch_error(name);
        near(&format!("REL, {name}"), metrics.rel, rel, 0.001);
        near(&format!("δ1, {name}"), metrics.d1, d1, 0.003);
    }
    assert_eq!(e.valid, truth.map.valid_count());
    assert!(p.main.scale_trusted);
    let gate = p.main.gate.as_ref().unwrap();
    assert_eq!([gate.width, gate.height], [20, 14]);
    assert_eq!(gate.values.len(), 280);
    assert!(gate.values.iter().all(|v| (0.0..=1.0).contains(v)));
}

#[test]
fn the_default_size_is_that_one_and_others_are_not_trusted() {
    let device = Device::flex();
    let frame = decode_file(&motorcycle()).unwrap();
    let eda = model(EDA, &device);
    assert_eq!(eda.run(&frame, None).unwrap().net_size, [320, 224]);
    let odd = eda.run(&frame, Some([339, 229])).unwrap();
    assert!(!odd.scale_trusted);
    assert_eq!([odd.depth.width(), odd.depth.height()], [741, 500]);
    assert!(eda.run(&frame, Some([16, 16])).is_err());
}

#[test]
fn median_scaling_brings_the_median_to_the_truth_s() {
    let device = Device::flex();
    let frame = Arc::new(decode_file(&motorcycle()).unwrap());
    let truth = Arc::new(samples::of_image(&motorcycle()).unwrap().read_truth().unwrap().unwrap());
    let options = RunOptions {
        measure: MeasureSettings { scaling: Some(Scaling::Median), ..Default::default() },
        ..RunOptions::default()
    };
    let p = predict(frame, Some(truth.clone()), &model(CBAM, &device), None, options).unwrap();
    let at = p.main.at_truth.as_ref().unwrap();
    let mut ours: Vec<f32> =
        at.values().iter().zip(truth.map.valid()).filter(|(_, ok)| **ok).map(|(v, _)| *v).collect();
    let ours = msfnet_studio::depth::median(&mut ours).unwrap();
    near("median", f64::from(ours), f64::from(truth.map.min_median_max().unwrap()[1]), 1e-3);
    assert!(p.main.scale != 1.0);
}

/// The networks were trained on these pairs: an error far above that of training says that the way of a picture is wrong.
#[test]
fn nyu_training_pairs_are_near_their_ground_truth() {
    let Some(shared) = shared("depth on NYU training pairs") else { return };
    let device = Device::flex();
    let eda: Model = model(EDA, &device);
    let mut rel = Vec::new();
    for index in [2, 339, 690, 1030] {
        let image = shared.join(format!("data/nyu/rgb/{index}.jpg"));
        let frame = Arc::new(decode_file(&image).unwrap());
        let gt = truth::read(&shared.join(format!("data/nyu/depth/{index}.png")), Some(1000.0)).unwrap();
        let p = predict(frame, Some(Arc::new(gt)), &eda, None, RunOptions::default()).unwrap();
        let m = p.main.metrics.unwrap();
        println!("NYU {index}: REL {:.3} δ1 {:.3}", m.rel, m.d1);
        rel.push(m.rel);
    }
    let mean = rel.iter().sum::<f64>() / rel.len() as f64;
    assert!(mean < 0.16, "mean REL {mean}");
}
