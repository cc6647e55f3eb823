//! Tests of the loader on made-up data.

#![allow(clippy::unwrap_used)]

use super::super::sizes::SizePlan;
use super::*;
use crate::data::dataset::{DataKind, GroundTruth, TruthSource};
use crate::depth::{DepthMap, DepthUnit};
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

/// Frame `i` is a gradient of its own; what is in `broken` cannot be read, 13 breaks the reader, `gone` takes all away.
#[derive(Default)]
struct MadeUp {
    names: Vec<String>,
    broken: Vec<usize>,
    gone: AtomicBool,
    decoded: AtomicUsize,
    threads: Mutex<BTreeSet<String>>,
}

fn made_up(count: usize, broken: &[usize]) -> Arc<MadeUp> {
    let names = (0..count).map(|i| format!("frame-{i}")).collect();
    Arc::new(MadeUp { names, broken: broken.to_vec(), ..Default::default() })
}

impl Dataset for MadeUp {
    fn spec(&self) -> &str {
        "pairs:made-up"
    }
    fn kind(&self) -> DataKind {
        DataKind::Other
    }
    fn names(&self) -> &[String] {
        &self.names
    }
    fn scene(&self, _: usize) -> Option<&str> {
        None
    }
    fn frame(&self, index: usize) -> Result<Frame> {
        self.decoded.fetch_add(1, SeqCst);
        self.threads.lock().unwrap().insert(std::thread::current().name().unwrap_or_default().to_owned());
        if self.gone.load(SeqCst) || self.broken.contains(&index) {
            if index == 13 {
                panic!("thirteen");
            }
            return Err(Error::Failed(format!("frame-{index} is broken; leave it out")));
        }
        let rgb = (0..3 * 40 * 30).map(|i| (i * (index + 3)) as u8).collect();
        Ok(Frame::new(self.names[index].clone(), 40, 30, rgb))
    }
    fn truth(&self, index: usize) -> Result<Option<GroundTruth>> {
        let map =
            DepthMap::new(40, 30, DepthUnit::Metres, (0..1200).map(|i| 1.0 + (i + index) as f32 / 100.0).collect());
        Ok((index != 777).then_some(GroundTruth { map, source: TruthSource::Filled, half_resolution: false }))
    }
    fn intrinsics(&self, _: usize) -> Result<Option<Intrinsics>> {
        Ok(None)
    }
    fn listed(&self) -> bool {
        false
    }
    fn without_truth(&self) -> usize {
        0
    }
}

fn plan(count: usize, batch: usize) -> BatchPlan {
    let sizes: SizePlan = "range 512..2048 aspect 1.0..1.6 multiple 8".parse().unwrap();
    BatchPlan::new((0..count).collect(), batch, sizes, 4, true).unwrap()
}

fn augment() -> AugmentConfig {
    let text = "flip = 0.5\nchannel_permutation = 0.25\nzoom = [1.0, 1.3]\nrotation = 20.0\nbrightness = 0.2";
    toml::from_str(text).unwrap()
}

fn start(data: &Arc<MadeUp>, batch: usize, options: LoaderOptions, epoch: usize, number: usize) -> Loader {
    Loader::start(data.clone(), plan(data.names.len(), batch), augment(), options, epoch, number).unwrap()
}

/// Batches without the time that they took.
fn take(loader: &mut Loader, count: usize) -> Vec<Batch> {
    (0..count).map(|_| Batch { waited: Duration::ZERO, ..loader.next_batch().unwrap() }).collect()
}

#[test]
fn batches_are_the_same_for_every_number_of_threads_and_from_every_start() {
    let data = made_up(22, &[13]);
    let with = |threads, ahead, cache_bytes| LoaderOptions { threads, ahead, cache_bytes };
    let one = take(&mut start(&data, 4, with(1, 1, 0), 0, 0), 18);
    assert_eq!(one.iter().map(|b| (b.epoch, b.number)).collect::<Vec<_>>()[4..7], [(0, 4), (1, 0), (1, 1)]);
    assert_eq!(one, take(&mut start(&data, 4, with(4, 6, 1 << 30), 0, 0), 18));
    for skip in [1, 5, 12] {
        let mut resumed = start(&data, 4, with(2, 3, 10_000), skip / 5, skip % 5);
        assert_eq!(one[skip..], take(&mut resumed, 18 - skip), "started at {skip}");
    }
    for batch in &one {
        let ([w, h], [x, y]) = (batch.size, batch.output);
        assert_eq!((batch.images.len(), batch.depth.len(), batch.names.len()), (4 * 3 * w * h, 4 * x * y, 4));
        assert!(batch.images.iter().all(|v| (0.0..=1.0).contains(v)) && [x, y] == [w / 2, h / 2]);
        let unique: BTreeSet<&String> = batch.names.iter().collect();
        assert_eq!(unique.len(), 4);
    }
    assert!(one.iter().any(|b| !b.dense) && one.iter().map(|b| b.size).collect::<BTreeSet<_>>().len() > 2);
    let threads = data.threads.lock().unwrap().clone();
    assert!(threads.iter().all(|name| name.starts_with("training-loader-")) && threads.len() > 1, "{threads:?}");
}

#[test]
fn a_batch_is_what_make_sample_makes_of_the_plan() {
    let data = made_up(9, &[]);
    let plan = plan(9, 3);
    let batch = start(&data, 3, LoaderOptions::default(), 2, 1).next_batch().unwrap();
    let planned = plan.batch(2, 1);
    for (place, index) in planned.indices.iter().enumerate() {
        let key = Key { seed: 4, epoch: 2, number: 3 + place };
        let truth = data.truth(*index).unwrap().unwrap();
        let frame = data.frame(*index).unwrap();
        let sample = make_sample(&frame, &truth, None, planned.size, planned.output, &augment(), key).unwrap();
        let (pixels, depth) = (sample.image.len(), sample.depth.len());
        assert_eq!(batch.images[place * pixels..][..pixels], sample.image);
        assert_eq!(batch.depth[place * depth..][..depth], sample.depth);
        assert_eq!(batch.names[place], data.names[*index]);
    }
}

#[test]
fn a_broken_sample_is_replaced_by_the_next_good_one_and_reported() {
    let data = made_up(40, &[13, 20]);
    let mut loader = start(&data, 4, LoaderOptions::default(), 0, 0);
    let batches = take(&mut loader, 10);
    let replaced: Vec<&Replaced> = batches.iter().flat_map(|b| &b.replaced).collect();
    assert!(
        replaced.iter().any(|r| r.index == 13 && r.name == "frame-13" && r.reason.contains("thirteen")),
        "{replaced:?}"
    );
    assert!(replaced.iter().any(|r| r.index == 20 && r.reason.contains("frame-20 is broken")));
    assert_eq!(loader.broken().iter().copied().collect::<Vec<_>>(), [13, 20]);
    assert!(batches.iter().flat_map(|b| &b.names).all(|n| n != "frame-13" && n != "frame-20"));
    let plan = plan(40, 4);
    for batch in batches.iter().filter(|b| b.replaced.len() == 1) {
        let planned = plan.batch(batch.epoch, batch.number);
        let order = plan.order(batch.epoch);
        let next = order[(planned.first + 4) % 40];
        let place = planned.indices.iter().position(|i| *i == batch.replaced[0].index).unwrap();
        assert!(next == 13 || next == 20 || batch.names[place] == data.names[next]);
    }
    // When every other frame is in the batch already one of them stands in.
    let small = made_up(4, &[2]);
    let batch = start(&small, 4, LoaderOptions::default(), 0, 0).next_batch().unwrap();
    assert_eq!((batch.names.len(), batch.replaced.len()), (4, 1));
}

#[test]
fn more_than_a_tenth_broken_ends_it_and_so_does_a_set_that_is_gone() {
    let data = made_up(40, &[1, 2, 3, 4, 5]);
    let mut loader = start(&data, 4, LoaderOptions::default(), 0, 0);
    let error = (0..10).find_map(|_| loader.next_batch().err()).unwrap().to_string();
    assert!(error.contains("pairs:made-up: 5 of 40 samples cannot be read") && error.contains("is broken"), "{error}");
    let mut loader = start(&made_up(40, &[1, 2, 3, 4]), 4, LoaderOptions::default(), 0, 0);
    assert_eq!(take(&mut loader, 20).len(), 20, "a tenth is borne");

    let data = made_up(40, &[]);
    let mut loader = start(&data, 4, LoaderOptions { ahead: 1, ..Default::default() }, 0, 0);
    take(&mut loader, 2);
    data.gone.store(true, SeqCst);
    let error = (0..4).find_map(|_| loader.next_batch().err()).unwrap().to_string();
    assert!(error.starts_with("pairs:made-up: nothing can be read any more (frame-"), "{error}");
    // Put back, a new loader goes on where the plan was.
    data.gone.store(false, SeqCst);
    let got = take(&mut start(&data, 4, LoaderOptions::default(), 0, 3), 1);
    assert_eq!((got[0].epoch, got[0].number), (0, 3));
}

#[test]
fn what_the_cache_still_has_stands_in_for_no_data_that_are_gone() {
    let data = made_up(24, &[]);
    // Half of the samples fit: of every batch of the second epoch some are in memory and some are not.
    let mut loader = start(&data, 4, LoaderOptions { threads: 1, ahead: 1, cache_bytes: 12 * 10_112 }, 0, 0);
    take(&mut loader, 6);
    data.gone.store(true, SeqCst);
    let mut batches = Vec::new();
    let error = loop {
        match loader.next_batch() {
            Ok(batch) => batches.push(batch),
            Err(error) => break error.to_string(),
        }
        assert!(batches.len() < 6, "an epoch was made of what is in memory");
    };
    assert!(batches.iter().all(|batch| batch.replaced.is_empty()), "{batches:?}");
    assert!(error.starts_with("pairs:made-up: nothing can be read any more (frame-"), "{error}");
    assert!(error.ends_with("put the data back and resume"), "{error}");
}

#[test]
fn the_cache_keeps_what_fits_and_every_picture_is_decoded_once() {
    let data = made_up(12, &[]);
    let options = |cache_bytes| LoaderOptions { cache_bytes, ..Default::default() };
    let mut loader = start(&data, 3, options(1 << 30), 0, 0);
    let kept = take(&mut loader, 20);
    drop(loader);
    assert_eq!(data.decoded.swap(0, SeqCst), 12);
    let none = take(&mut start(&data, 3, options(0), 0, 0), 20);
    assert!(data.decoded.load(SeqCst) >= 60);
    assert_eq!(kept, none);
    let cache = Cache::new(data, 40_000);
    (0..12).chain(0..12).for_each(|i| assert!(cache.get(i).is_ok()));
    // 3600 bytes of picture, 6000 of depth and 512: three samples fit.
    assert_eq!(cache.size(), (3, 3 * 10_112));
}

#[test]
fn it_works_ahead_within_bounds_and_says_how_long_was_waited() {
    let data = made_up(30, &[]);
    let mut loader = start(&data, 3, LoaderOptions { threads: 2, ahead: 3, cache_bytes: 0 }, 0, 0);
    let first = loader.next_batch().unwrap();
    assert_eq!(loader.waited(), first.waited);
    let deadline = Instant::now() + Duration::from_secs(20);
    while data.decoded.load(SeqCst) < 12 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(30));
    assert_eq!(data.decoded.load(SeqCst), 12, "one taken and three ahead, three frames each");
    assert!(loader.next_batch().unwrap().waited < Duration::from_millis(20));
    drop(loader);
    let after = data.decoded.load(SeqCst);
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(data.decoded.load(SeqCst), after, "dropping joins the threads");
}

#[test]
fn starts_that_cannot_be_are_refused() {
    let data = made_up(5, &[]);
    let new = |count: usize, augment: AugmentConfig| {
        Loader::start(data.clone(), plan(count, 2), augment, LoaderOptions::default(), 0, 0).err()
    };
    assert!(new(6, augment()).unwrap().to_string().contains("there is no frame 5"));
    assert_eq!(new(5, AugmentConfig { flip: 2.0, ..augment() }).unwrap().exit_code(), 2);
    // A picture smaller than its crop is a broken sample with its reason.
    let small = AugmentConfig { crop: "center 50x20".parse().unwrap(), ..augment() };
    let error =
        Loader::start(data, plan(5, 2), small, LoaderOptions::default(), 0, 0).unwrap().next_batch().unwrap_err();
    assert!(error.to_string().contains("40x30"), "{error}");
}
