//! Tables of sizes, of an untrained network and of made numbers.

#![allow(clippy::unwrap_used)]

use super::run::{begin, picture};
use super::*;
use crate::data::dataset::{self, OpenOptions};
use crate::data::truth::Truth;
use crate::device::{self, DeviceChoice};
use crate::eval::job::{Job, drive, usual_options};
use crate::eval::protocol::{MeasureSettings, Overrides, Protocol, Scaling};
use crate::infer::model::{Model, ModelRequest};
use crate::infer::predict::{RunOptions, predict};
use std::sync::Arc;

const NAME: &str = "msfnet-lite0-nyu-eda";

fn numbers(rel: f64) -> Numbers {
    Numbers { rel, rmse: 2.0 * rel, d1: 1.0 - rel }
}

fn made() -> SizeTable {
    let found =
        |size, raw, median| SizeRow { size, found: Ok(Found { raw: Some(numbers(raw)), median: numbers(median) }) };
    let refused = SizeRow { size: [340, 230], found: Err("it runs at multiples of 32 only".into()) };
    let rows = vec![found([160, 96], 0.5, 0.3), found([320, 224], 0.2, 0.1), refused];
    let model = ModelSizes { name: "a_b".into(), train_size: [320, 224], seen: true, rows };
    let skipped = vec![Skipped { frame: "x|y".into(), reason: "is broken".into() }];
    let (data, rule) = ("nyu:d".into(), "hu_nyu".into());
    SizeTable { data, rule, asked: 3, frames: 2, skipped, models: vec![model] }
}

#[test]
fn the_training_size_is_among_the_sizes_and_each_stands_once() {
    let all = with_training(&[[640, 480], [64, 32], [32, 64], [64, 32]], [304, 228]);
    assert_eq!(all, [[32, 64], [64, 32], [304, 228], [640, 480]]);
    assert_eq!(with_training(&USUAL, [304, 228]), USUAL);
}

#[test]
fn every_row_has_its_cells_and_a_refused_size_its_sentence() {
    let table = made();
    let text = table.text();
    assert!(text.contains("only 2 of 3 frames · training images: fit, not accuracy for a_b"), "{text}");
    let line = |start: &str| text.lines().find(|line| line.trim_start().starts_with(start)).unwrap().to_owned();
    let cells = line("160x96").split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(cells, ["160x96", "0.21", "0.500", "1.000", "0.500", "0.300", "0.600", "0.700", "3.00"]);
    assert!(line("340x230").ends_with("multiples of 32 only") && text.contains("skipped x|y: is broken"), "{text}");
    let markdown = table.markdown();
    let rows: Vec<_> = markdown.lines().filter(|line| line.starts_with('|')).collect();
    assert_eq!(rows.len(), 5);
    assert!(rows.iter().all(|row| row.matches('|').count() == 11), "{markdown}");
    assert!(rows[3].starts_with("| a\\_b | 320×224 (training) | 1.00 | 0.200 |") && rows[3].ends_with("| 1.00 |"));
    let json = table.json();
    let rows = &json["models"][0]["rows"];
    assert_eq!((rows[0]["ratio"].as_f64().unwrap() * 10.0).round(), 30.0);
    assert_eq!((&rows[2]["refused"], &rows[2]["median"]), (&"it runs at multiples of 32 only".into(), &().into()));
    assert_eq!((table.exit_code(), json["skipped"][0]["frame"].as_str()), (1, Some("x|y")));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(table.write(folder.path()).unwrap().len(), 2);
}

/// The numbers of a size are those of `eval --size` and of `infer --size`.
#[test]
fn a_data_set_and_a_picture_give_the_numbers_of_that_size_alone() {
    let folder = tempfile::tempdir().unwrap();
    let job = |overrides, out| Job {
        data: "synthetic:room".parse().unwrap(),
        open: OpenOptions { limit: Some(2), ..usual_options() },
        protocol: Protocol::FcrnNyu,
        overrides,
        baselines: Vec::new(),
        models: vec![ModelRequest::named(NAME)],
        device: DeviceChoice::Cpu,
        out,
    };
    let sizes = [[16, 64], [64, 64], [96, 64]];
    let mut frames = 0;
    let mut table = |out| {
        let (mut all, places, _) = begin(&job(Overrides::default(), out), &sizes, &mut |_| Ok(())).unwrap();
        frames = all.resumed();
        assert!(drive(&mut all, &mut |_| true).unwrap());
        places.table(all.report()).unwrap()
    };
    let first = table(Some(folder.path().to_owned()));
    let rows = &first.models[0].rows;
    assert_eq!(rows.iter().map(|row| row.size).collect::<Vec<_>>(), [[16, 64], [64, 64], [96, 64], [320, 224]]);
    assert!(rows[0].found.as_ref().unwrap_err().contains("16x64"), "a refused size is named");
    assert_eq!(first.models[0].ratio(&rows[3]), Some(1.0));
    for scaling in [Scaling::None, Scaling::Median] {
        let overrides = Overrides { size: Some([96, 64]), scaling: Some(scaling), ..Overrides::default() };
        let (mut alone, _) = job(overrides, None).begin(&mut |_| Ok(())).unwrap();
        assert!(drive(&mut alone, &mut |_| true).unwrap());
        let found = rows[2].found.as_ref().unwrap();
        let ours = if scaling == Scaling::None { found.raw } else { Some(found.median) };
        assert_eq!(ours, alone.report().mean(0).map(Numbers::from), "{scaling}");
    }
    assert_eq!(table(Some(folder.path().to_owned())), first);
    assert_eq!(frames, 2, "the journal had them all");

    let data = dataset::open(&job(Overrides::default(), None).data, &usual_options()).unwrap();
    let (frame, truth) = (data.frame(0).unwrap(), Truth::of_dataset(data.truth(0).unwrap().unwrap()));
    let (device, _) = device::open(DeviceChoice::Cpu).unwrap();
    let models = [Model::load(&ModelRequest::named(NAME), &device).unwrap()];
    let by = MeasureSettings::default();
    let shown = picture((&frame, &truth), &by, &models, &sizes, &|| true).unwrap();
    let found = *shown.models[0].rows[1].found.as_ref().unwrap();
    let (frame, truth) = (Arc::new(frame), Some(Arc::new(truth)));
    let scaled = MeasureSettings { scaling: Some(Scaling::Median), ..by };
    for (measure, ours) in [(by, found.raw.unwrap()), (scaled, found.median)] {
        let options = RunOptions { size: Some([64, 64]), measure, focal: None };
        let infer = predict(frame.clone(), truth.clone(), &models[0], None, options).unwrap().main.metrics.unwrap();
        assert_eq!((ours.rel, ours.rmse, ours.d1), (infer.rel, infer.rmse, infer.d1));
    }
    let stopped = picture((&frame, truth.as_ref().unwrap()), &by, &models, &sizes, &|| false);
    assert!(matches!(stopped, Err(crate::error::Error::Interrupted)));
}
