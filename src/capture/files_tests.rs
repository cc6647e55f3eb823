//! The file worker on real files in a temporary folder.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::files::{FileSource, SourceEvent};
use crate::data::samples::Sample;
use crate::data::truth::Truth;
use crate::error::Error;
use crate::frame::Frame;
use image::{Luma, Rgb, RgbImage};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn picture(folder: &Path, name: &str, colour: [u8; 3]) -> PathBuf {
    let path = folder.join(name);
    RgbImage::from_pixel(16, 8, Rgb(colour)).save(&path).unwrap();
    path
}

fn truth(folder: &Path, name: &str, millimetres: u16) -> PathBuf {
    let path = folder.join(name);
    image::ImageBuffer::from_pixel(16, 8, Luma([millimetres])).save(&path).unwrap();
    path
}

fn start() -> FileSource {
    FileSource::start(Arc::new(|| {}))
}

fn event(source: &FileSource) -> SourceEvent {
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        if let Some(event) = source.try_event() {
            return event;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("no event came");
}

/// The next event that is not a thumbnail.
fn news(source: &FileSource) -> SourceEvent {
    loop {
        match event(source) {
            SourceEvent::Thumb { .. } => {}
            other => return other,
        }
    }
}

fn listed(source: &FileSource) -> (Vec<(String, bool)>, Vec<Error>) {
    match news(source) {
        SourceEvent::List { entries, errors, .. } => {
            (entries.into_iter().map(|e| (e.name, e.has_truth)).collect(), errors)
        }
        other => panic!("expected List, got {other:?}"),
    }
}

fn loaded(source: &FileSource) -> (usize, Arc<Frame>, Option<Arc<Truth>>) {
    match news(source) {
        SourceEvent::Loaded { index, frame, truth, .. } => (index, frame, truth),
        other => panic!("expected Loaded, got {other:?}"),
    }
}

fn failed(source: &FileSource) -> (Option<usize>, String) {
    match news(source) {
        SourceEvent::Failed { index, error, .. } => (index, error.to_string()),
        other => panic!("expected Failed, got {other:?}"),
    }
}

#[test]
fn a_folder_opens_in_natural_order_with_its_first_picture_and_thumbnails() {
    let dir = tempfile::tempdir().unwrap();
    picture(dir.path(), "f10.png", [9, 9, 9]);
    picture(dir.path(), "f2.png", [200, 100, 50]);
    let source = start();
    source.open(vec![dir.path().to_owned()]);
    assert_eq!(listed(&source).0, [("f2.png".to_owned(), false), ("f10.png".to_owned(), false)]);
    let (index, frame, truth) = loaded(&source);
    assert_eq!((index, frame.width, frame.height, frame.pixel(3, 3)), (0, 16, 8, Some([200, 100, 50])));
    assert!(truth.is_none());
    let mut thumbs = Vec::new();
    while thumbs.len() < 2 {
        match event(&source) {
            SourceEvent::Thumb { index, width, height, rgb, .. } => {
                assert_eq!((width, height, rgb.len()), (112, 56, 3 * 112 * 56));
                thumbs.push((index, rgb[0]));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(thumbs, [(0, 200), (1, 9)]);
    // A picture from memory is the same picture.
    source.select(1);
    assert_eq!(loaded(&source).0, 1);
    source.select(0);
    assert_eq!(loaded(&source).1.id, frame.id);
}

#[test]
fn broken_files_empty_folders_and_missing_paths_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("empty");
    std::fs::create_dir(&folder).unwrap();
    let broken = dir.path().join("broken.png");
    std::fs::write(&broken, b"no picture at all").unwrap();
    let good = picture(dir.path(), "good.png", [1, 2, 3]);
    let source = start();
    source.open(vec![folder.clone(), dir.path().join("gone.png")]);
    assert!(matches!(news(&source), SourceEvent::Empty { path, .. } if path == folder));
    assert!(failed(&source).1.contains("gone.png"));
    source.open(vec![broken, dir.path().join("gone.png"), good]);
    let (entries, errors) = listed(&source);
    assert_eq!((entries.len(), errors.len()), (2, 1));
    let (index, error) = failed(&source);
    assert!(index == Some(0) && error.contains("broken.png"), "{error}");
    source.select(1);
    assert_eq!(loaded(&source).1.pixel(0, 0), Some([1, 2, 3]));
    // Opening nothing leaves the list as it is; a place beyond it changes nothing.
    source.open(vec![folder]);
    assert!(matches!(news(&source), SourceEvent::Empty { .. }));
    source.select(77);
    source.select(1);
    assert_eq!(loaded(&source).0, 1);
}

#[test]
fn ground_truth_is_paired_by_stem_or_goes_to_the_selected_picture() {
    let dir = tempfile::tempdir().unwrap();
    let gt = dir.path().join("gt");
    std::fs::create_dir(&gt).unwrap();
    let a = picture(dir.path(), "a.png", [1, 1, 1]);
    let b = picture(dir.path(), "b.png", [2, 2, 2]);
    truth(&gt, "b.png", 2500);
    let source = start();
    source.open(vec![a, b]);
    listed(&source);
    let (_, frame_a, _) = loaded(&source);
    source.open_truth(gt, Some(1000.0));
    assert_eq!(listed(&source).0, [("a.png".to_owned(), false), ("b.png".to_owned(), true)]);
    // The shown picture comes again, the very same, so that its metrics appear.
    let (index, again, none) = loaded(&source);
    assert!(index == 0 && again.id == frame_a.id && none.is_none());
    source.select(1);
    assert_eq!(loaded(&source).2.unwrap().map.at(0, 0), Some(2.5));
    // A file that is named like none of them is for the selected picture.
    let other = truth(dir.path(), "other.png", 4000);
    source.open_truth(other, Some(1000.0));
    listed(&source);
    assert_eq!(loaded(&source).2.unwrap().map.at(0, 0), Some(4.0));
}

#[test]
fn ground_truth_that_cannot_be_used_is_named_and_the_picture_stays() {
    let dir = tempfile::tempdir().unwrap();
    let a = picture(dir.path(), "a.png", [1, 1, 1]);
    let source = start();
    source.open_truth(dir.path().to_owned(), None);
    assert!(failed(&source).1.contains("open the picture first"));
    source.open(vec![a]);
    listed(&source);
    loaded(&source);
    source.open_truth(dir.path().join("nowhere"), None);
    assert!(failed(&source).1.contains("nowhere"));
    let empty = dir.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    source.open_truth(empty, None);
    assert!(failed(&source).1.contains("named like one of the open pictures"));
    let broken = dir.path().join("a.npy");
    std::fs::write(&broken, b"not an array").unwrap();
    source.open_truth(broken, None);
    listed(&source);
    assert!(loaded(&source).2.is_none());
    let (index, error) = failed(&source);
    assert!(index == Some(0) && error.contains("a.npy"), "{error}");
}

#[test]
fn a_sample_brings_its_truth_and_its_label() {
    let dir = tempfile::tempdir().unwrap();
    let sample = Sample {
        name: "Motorcycle".into(),
        image: picture(dir.path(), "im.png", [5, 6, 7]),
        truth: Some(truth(dir.path(), "depth.png", 512)),
        scale: Some(256.0),
        label: "stereo".into(),
        focal: Some(12.5),
    };
    let source = start();
    source.open_sample(sample);
    assert_eq!(listed(&source).0, [("Motorcycle".to_owned(), true)]);
    let (_, frame, truth) = loaded(&source);
    let truth = truth.unwrap();
    assert_eq!((truth.label.as_str(), truth.map.at(0, 0)), ("stereo", Some(2.0)));
    assert_eq!(frame.focal, Some(12.5), "the camera of a sample is known");
}

#[test]
fn the_newest_choice_wins_and_every_event_wakes() {
    let dir = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..40).map(|i| picture(dir.path(), &format!("{i}.png"), [i, 0, 0])).collect();
    let wakes = Arc::new(AtomicUsize::new(0));
    let seen = wakes.clone();
    let source = FileSource::start(Arc::new(move || {
        seen.fetch_add(1, Ordering::Relaxed);
    }));
    source.open(paths);
    for i in 0..40 {
        source.select(i);
    }
    listed(&source);
    let mut last = 0;
    let mut count = 0;
    while last != 39 {
        let (index, frame, _) = loaded(&source);
        assert_eq!(usize::from(frame.rgb[0]), index);
        assert!(index >= last);
        last = index;
        count += 1;
    }
    assert!(count < 40, "every one of the choices was loaded");
    assert!(wakes.load(Ordering::Relaxed) > count);
    // Opening another list in the middle of the thumbnails ends them.
    source.open(vec![dir.path().join("3.png")]);
    while !matches!(event(&source), SourceEvent::List { .. }) {}
    assert_eq!(loaded(&source).1.rgb[0], 3);
}

#[test]
fn events_carry_the_number_of_their_list() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (picture(dir.path(), "a.png", [1, 1, 1]), picture(dir.path(), "b.png", [2, 2, 2]));
    let source = start();
    let first = source.open(vec![a]);
    assert!(matches!(news(&source), SourceEvent::List { list, .. } if list == first));
    assert!(matches!(news(&source), SourceEvent::Loaded { list, .. } if list == first));
    assert!(matches!(event(&source), SourceEvent::Thumb { list, .. } if list == first));
    let second = source.open(vec![b]);
    assert_ne!(first, second);
    assert!(matches!(news(&source), SourceEvent::List { list, .. } if list == second));
    assert!(matches!(news(&source), SourceEvent::Loaded { list, .. } if list == second));
    // Where nothing could be opened the list before goes on, under the number that was given out last.
    let third = source.open(vec![dir.path().join("gone.png")]);
    assert!(matches!(news(&source), SourceEvent::Failed { list, index: None, .. } if list == third));
    source.select(0);
    assert!(matches!(news(&source), SourceEvent::Loaded { list, index: 0, .. } if list == third));
}

#[test]
fn a_picture_without_a_thumbnail_is_not_decoded_again_at_every_choice() {
    let dir = tempfile::tempdir().unwrap();
    let good = picture(dir.path(), "a.png", [1, 1, 1]);
    let broken = dir.path().join("b.png");
    let last = picture(dir.path(), "c.png", [3, 3, 3]);
    std::fs::write(&broken, b"no picture at all").unwrap();
    let source = start();
    source.open(vec![good, broken.clone(), last]);
    let mut thumbs = Vec::new();
    while thumbs.len() < 2 {
        if let SourceEvent::Thumb { index, .. } = event(&source) {
            thumbs.push(index);
        }
    }
    assert_eq!(thumbs, [0, 2]);
    // If it were tried again, it would succeed now.
    picture(dir.path(), "b.png", [2, 2, 2]);
    source.select(2);
    assert_eq!(loaded(&source).0, 2);
    let until = Instant::now() + Duration::from_millis(150);
    while Instant::now() < until {
        assert!(source.try_event().is_none());
        std::thread::sleep(Duration::from_millis(2));
    }
}
