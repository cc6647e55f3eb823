//! The data set worker on made-up data sets, and on a folder that vanishes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::dataset::{DatasetEvent, DatasetSource, Listing, OpenDataset, Opener, Survey};
use crate::data::dataset::{DataKind, DataSpec, Dataset, GroundTruth, SceneKind, Split, TruthSource};
use crate::data::truth::Truth;
use crate::depth::{DepthMap, DepthUnit};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Frame `i` is `i` grey and as deep as its number from 1. 2 is broken, 4 breaks its reader, the truth of 5 is broken,
/// of 3 there is none.
struct Scripted {
    names: Vec<String>,
    /// Frames that were decoded, in this order.
    read: Arc<Mutex<Vec<usize>>>,
}

impl Dataset for Scripted {
    fn spec(&self) -> &str {
        "pairs:scripted"
    }
    fn kind(&self) -> DataKind {
        DataKind::Nyu
    }
    fn names(&self) -> &[String] {
        &self.names
    }
    fn scene(&self, index: usize) -> Option<&str> {
        Some(["bath", "kitchen"][usize::from(index >= 4)])
    }
    fn frame(&self, index: usize) -> Result<Frame> {
        self.read.lock().unwrap().push(index);
        match index {
            2 => Err(Error::Failed("two is broken; copy it again".into())),
            4 => panic!("four"),
            _ => Ok(Frame::new(self.names[index].clone(), 8, 4, vec![index as u8; 96])),
        }
    }
    fn truth(&self, index: usize) -> Result<Option<GroundTruth>> {
        if index == 5 {
            return Err(Error::Failed("the depth of five is broken; copy it again".into()));
        }
        let map = DepthMap::new(4, 2, DepthUnit::Metres, vec![1.0 + index as f32; 8]);
        let truth = GroundTruth { map, source: TruthSource::Filled, half_resolution: true };
        Ok((index != 3).then_some(truth))
    }
    fn intrinsics(&self, _: usize) -> Result<Option<Intrinsics>> {
        Ok(Some(Intrinsics { fx: 5.0, fy: 5.0, cx: 4.0, cy: 2.0 }))
    }
    fn listed(&self) -> bool {
        false
    }
    fn without_truth(&self) -> usize {
        0
    }
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("frame-{i}")).collect()
}

/// A worker on a data set of `count` frames, and what it reads.
fn scripted(count: usize) -> (DatasetSource, Arc<Mutex<Vec<usize>>>) {
    let read = Arc::<Mutex<Vec<usize>>>::default();
    let seen = read.clone();
    let opener: Opener = Arc::new(move |what, truth_only| {
        if what.split == Some(Split::NyuTrain) {
            return Err(Error::Usage("that split is of other data; leave it out".into()));
        }
        let mut names = names(count);
        names.retain(|name| !(truth_only && name == "frame-3"));
        Ok(Arc::new(Scripted { names, read: seen.clone() }))
    });
    (DatasetSource::start_with(Arc::new(|| {}), opener).unwrap(), read)
}

fn what(frame: Option<&str>) -> OpenDataset {
    let spec = DataSpec::Pairs("scripted".into(), None, None);
    OpenDataset { spec, split: None, frame: frame.map(str::to_owned), cache: None }
}

fn event(source: &DatasetSource) -> DatasetEvent {
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        if let Some(event) = source.try_event() {
            return event;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("no event came");
}

/// The next event that a selection brings.
fn answer(source: &DatasetSource) -> DatasetEvent {
    loop {
        match event(source) {
            DatasetEvent::Surveyed(..) | DatasetEvent::Thumb { .. } => {}
            other => return other,
        }
    }
}

fn opened(source: &DatasetSource) -> Arc<Listing> {
    match answer(source) {
        DatasetEvent::Opened(_, listing) => listing,
        other => panic!("expected Opened, got {other:?}"),
    }
}

type Shown = (usize, Arc<Frame>, Option<Arc<Truth>>, Option<Error>);

fn loaded(source: &DatasetSource) -> Shown {
    match answer(source) {
        DatasetEvent::Loaded { index, frame, truth, trouble, camera, .. } => {
            assert_eq!(camera.unwrap().fx, 5.0);
            (index, frame, truth, trouble)
        }
        other => panic!("expected Loaded, got {other:?}"),
    }
}

fn surveyed(source: &DatasetSource) -> Arc<Survey> {
    loop {
        if let DatasetEvent::Surveyed(_, survey) = event(source) {
            return survey;
        }
    }
}

#[test]
fn a_data_set_opens_at_the_frame_asked_for_with_its_truth_and_where_that_comes_from() {
    let (source, _) = scripted(8);
    source.open(what(Some("frame-1")));
    let listing = opened(&source);
    assert_eq!(listing.names, names(8));
    assert_eq!(listing.scenes, [(0, "bath".to_owned()), (4, "kitchen".to_owned())]);
    assert_eq!((listing.scene(3), listing.scene(7)), (Some("bath"), Some("kitchen")));
    let (index, frame, truth, trouble) = loaded(&source);
    assert_eq!((index, frame.pixel(0, 0), frame.name.as_str()), (1, Some([1; 3]), "frame-1"));
    let truth = truth.unwrap();
    assert_eq!((truth.map.at(0, 0), truth.source), (Some(2.0), Some(TruthSource::Filled)));
    assert!(truth.half_resolution && truth.label == "Kinect, filled" && trouble.is_none());
    let survey = surveyed(&source);
    assert_eq!(survey.without_truth, [false, false, false, true, false, false, false, false]);
    assert_eq!(survey.missing(), 1);
    assert_eq!(survey.splits[0], (Split::NyuTest, None));
    assert!(survey.splits[1].1.as_ref().unwrap().contains("other data"), "it says why it does not fit");
}

#[test]
fn every_fault_is_one_sentence_about_its_own_frame() {
    let (source, _) = scripted(8);
    source.open(what(None));
    opened(&source);
    assert_eq!(loaded(&source).0, 0);
    for (index, says) in [(2, "two is broken"), (4, "the frame could not be read (four)")] {
        source.select(index);
        match answer(&source) {
            DatasetEvent::Failed(_, at, error) => {
                assert!(at == index && error.to_string().starts_with(says), "{error}");
            }
            other => panic!("{other:?}"),
        }
    }
    source.select(5);
    let (index, _, truth, trouble) = loaded(&source);
    assert!(index == 5 && truth.is_none(), "a broken truth does not hide the picture");
    assert!(trouble.unwrap().to_string().contains("depth of five"));
    source.select(3);
    let (_, _, truth, trouble) = loaded(&source);
    assert!(truth.is_none() && trouble.is_none());
    // Beyond the list: nothing happens, and the worker goes on.
    source.select(8);
    source.select(0);
    assert_eq!(loaded(&source).0, 0);
}

#[test]
fn a_frame_that_is_not_there_is_said_and_the_first_is_shown() {
    let (source, _) = scripted(3);
    source.open(what(Some("attic")));
    opened(&source);
    match answer(&source) {
        DatasetEvent::Failed(_, usize::MAX, error) => assert!(error.to_string().contains("no frame attic"), "{error}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(loaded(&source).0, 0);
    let (source, _) = scripted(0);
    source.open(what(None));
    match answer(&source) {
        DatasetEvent::NotOpened(_, error) => assert!(error.to_string().contains("has no frame"), "{error}"),
        other => panic!("{other:?}"),
    }
}

/// Waits until so many frames were read.
fn until_read(read: &Mutex<Vec<usize>>, count: usize) {
    let until = Instant::now() + Duration::from_secs(10);
    while read.lock().unwrap().len() < count && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn neighbours_are_there_before_they_are_asked_for_and_the_newest_choice_wins() {
    let (source, read) = scripted(20_000);
    source.open(what(Some("frame-1000")));
    assert_eq!(opened(&source).names.len(), 20_000);
    assert_eq!(loaded(&source).0, 1000);
    surveyed(&source);
    until_read(&read, 5);
    assert_eq!(*read.lock().unwrap(), [1000, 1001, 1002, 1003, 999], "ahead, further than behind");
    source.select(1001);
    assert_eq!(loaded(&source).0, 1001);
    let until = Instant::now() + Duration::from_secs(10);
    while read.lock().unwrap().last() != Some(&1004) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(read.lock().unwrap()[5..], [1004], "the frame itself was in memory");
    // A held-down key: the frames between need not be read, the last one is shown.
    let before = read.lock().unwrap().len();
    for i in 5000..9000 {
        source.select(i);
    }
    let last = loop {
        let (index, ..) = loaded(&source);
        if index == 8999 {
            break index;
        }
    };
    let read = read.lock().unwrap();
    assert!(last == 8999 && read.len() - before < 4000, "{}", read.len() - before);
}

#[test]
fn small_pictures_are_made_of_what_is_in_sight_alone_and_faults_said_once() {
    let (source, read) = scripted(20_000);
    source.open(what(None));
    opened(&source);
    loaded(&source);
    surveyed(&source);
    until_read(&read, 4);
    let before = read.lock().unwrap().len();
    source.thumbs(vec![9000, 2, 9001, 30_000]);
    let (mut made, mut broken) = (Vec::new(), 0);
    while made.len() < 2 || broken < 1 {
        match event(&source) {
            DatasetEvent::Thumb { index, width, height, rgb, .. } => {
                assert_eq!((width, height), (8, 4), "small already");
                assert!(rgb.iter().all(|v| *v == index as u8) && rgb.len() == 96);
                made.push(index);
            }
            DatasetEvent::Failed(_, 2, _) => broken += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(made, [9000, 9001]);
    assert_eq!(read.lock().unwrap().len() - before, 3);
    source.thumbs(vec![2]);
    std::thread::sleep(Duration::from_millis(50));
    assert!(source.try_event().is_none());
}

#[test]
fn another_data_set_takes_the_place_and_closing_forgets() {
    let (source, _) = scripted(6);
    let first = source.open(what(None));
    let second = source.open(what(Some("2")));
    assert_eq!(second, first + 1);
    loop {
        if let DatasetEvent::Loaded { ticket, index, .. } = event(&source)
            && ticket == second
        {
            assert_eq!(index, 1, "a number counts from 1");
            break;
        }
    }
    surveyed(&source);
    source.close();
    source.select(0);
    std::thread::sleep(Duration::from_millis(50));
    assert!(source.try_event().is_none());
}

#[test]
fn dropping_ends_the_thread_after_the_frame_it_reads() {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    let source = DatasetSource::start(Arc::new(move || {
        seen.fetch_add(1, Ordering::SeqCst);
    }))
    .unwrap();
    source.open(OpenDataset { spec: DataSpec::Synthetic(SceneKind::Road), split: None, frame: None, cache: None });
    drop(source); // joins
    let after = count.load(Ordering::SeqCst);
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(count.load(Ordering::SeqCst), after);
}

#[test]
fn a_folder_that_vanishes_is_said_frame_by_frame() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("set");
    for folder in ["image", "depth"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    for i in 0..12 {
        let colour = image::Rgb([i as u8; 3]);
        image::RgbImage::from_pixel(8, 4, colour).save(root.join(format!("image/{i}.png"))).unwrap();
        let metres = image::Luma([512u16]);
        image::ImageBuffer::from_pixel(8, 4, metres).save(root.join(format!("depth/{i}.png"))).unwrap();
    }
    let source = DatasetSource::start(Arc::new(|| {})).unwrap();
    let spec = DataSpec::Pairs(root.clone(), Some(256.0), None);
    source.open(OpenDataset { spec: spec.clone(), split: None, frame: None, cache: None });
    assert_eq!(opened(&source).names.len(), 12);
    match answer(&source) {
        DatasetEvent::Loaded { truth, .. } => assert_eq!(truth.unwrap().map.at(0, 0), Some(2.0)),
        other => panic!("{other:?}"),
    }
    assert_eq!(surveyed(&source).missing(), 0);
    std::fs::remove_dir_all(&root).unwrap();
    source.select(11);
    match answer(&source) {
        DatasetEvent::Failed(_, 11, error) => assert!(error.to_string().contains("11.png"), "{error}"),
        other => panic!("{other:?}"),
    }
    source.open(OpenDataset { spec, split: None, frame: None, cache: None });
    match answer(&source) {
        DatasetEvent::NotOpened(_, error) => assert!(error.to_string().contains("set"), "{error}"),
        other => panic!("{other:?}"),
    }
}
