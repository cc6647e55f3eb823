//! Watched pictures: which are rendered with which weights, and that the small maps hold what was predicted.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::depth::DepthUnit;
use crate::net::config::{ModelConfig, MsfnetConfig, OutputActivation};
use burn::tensor::Device;

fn model(seed: u64) -> Model {
    // Metres as they come: ten over metres of an untrained network is ten metres everywhere.
    let output = OutputActivation::Softplus;
    let network = MsfnetConfig { usf_width: 2, output, ..MsfnetConfig::default() };
    let config = ModelConfig::new(network, DepthUnit::Metres, [64, 48]);
    Model::untrained(config, seed, &Device::flex()).unwrap()
}

fn frame() -> Arc<Frame> {
    Arc::new(Frame::new("p", 64, 48, (0..64 * 48 * 3).map(|i| (i * 7 % 256) as u8).collect()))
}

fn pin(id: u64, picture: Picture) -> Pin {
    Pin { id, name: "p".into(), picture }
}

fn rendered(watcher: &mut Watcher, live: Option<&Arc<Frame>>) -> Vec<(u64, u64, Arc<Shot>)> {
    let mut told = Vec::new();
    watcher.render(live, &|| true, &mut |(pin, step, shot)| told.push((pin, step, shot.unwrap())));
    told
}

#[test]
fn each_picture_is_rendered_once_with_the_start_and_with_the_newest_weights() {
    let mut watcher = Watcher::default();
    watcher.set(vec![pin(1, Picture::Ready(frame(), None))]);
    assert!(rendered(&mut watcher, None).is_empty(), "there are no weights yet");
    watcher.weights(0, model(1));
    let first = rendered(&mut watcher, None);
    assert_eq!(first.iter().map(|t| (t.0, t.1)).collect::<Vec<_>>(), [(1, 0)]);
    assert!(rendered(&mut watcher, None).is_empty());
    // Run before it is handed over: a second one of the same seed may differ while other tests draw numbers too.
    let trained = model(2);
    let output = trained.run(&frame(), None).unwrap();
    watcher.weights(5, trained);
    watcher.set(vec![pin(1, Picture::Ready(frame(), None)), pin(2, Picture::Ready(frame(), None))]);
    let later = rendered(&mut watcher, None);
    assert_eq!(later.iter().map(|t| (t.0, t.1)).collect::<Vec<_>>(), [(1, 5), (2, 0), (2, 5)]);
    assert_eq!(first[0].2.depth.values, later[1].2.depth.values, "the same picture, the same weights");
    assert!(later[0].2.depth.values != later[1].2.depth.values, "other weights, another depth");
    assert_eq!(later[0].2.depth.range, first[0].2.depth.range, "colours mean the same at all steps");
    // What the network gives for the picture is what the map holds.
    assert_eq!(later[0].2.depth.values, output.raw.values());
    assert_eq!(later[0].2.gate.as_ref().unwrap().values, output.gate.unwrap().values);
}

#[test]
fn the_camera_is_shown_with_both_weights() {
    let mut watcher = Watcher::default();
    watcher.set(vec![pin(1, Picture::Live)]);
    watcher.weights(0, model(1));
    assert!(rendered(&mut watcher, None).is_empty(), "the camera shows nothing yet");
    let camera = frame();
    assert_eq!(rendered(&mut watcher, Some(&camera)).len(), 1);
    watcher.weights(3, model(2));
    let later = rendered(&mut watcher, Some(&camera));
    let start = later[0].2.start.as_ref().unwrap();
    assert!(later.len() == 1 && later[0].1 == 3 && start.depth.values != later[0].2.depth.values);
}

#[test]
fn a_picture_that_cannot_be_read_says_so_once() {
    let mut watcher = Watcher::default();
    let sample = Sample {
        name: "x".into(),
        image: "/nowhere.png".into(),
        truth: None,
        scale: None,
        label: String::new(),
        focal: None,
    };
    watcher.set(vec![pin(1, Picture::Shipped(Box::new(sample)))]);
    watcher.weights(0, model(1));
    let mut told = Vec::new();
    for _ in 0..2 {
        watcher.render(None, &|| true, &mut |t| told.push(t));
    }
    assert!(told.len() == 1 && told[0].2.as_ref().unwrap_err().to_string().contains("nowhere"));
}

#[test]
fn maps_are_made_small_by_taking_pixels() {
    assert_eq!([small([640, 480]), small([152, 114]), small([1242, 375])], [[160, 120], [152, 114], [160, 49]]);
    let values: Vec<f32> = (0..12).map(|i| i as f32).collect();
    assert_eq!(shrunk(&values, [4, 3], [2, 1]), [5.0, 7.0]);
}
