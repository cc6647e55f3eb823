//! What the workers tell, and what may no longer come to the screen: real threads, made-up news.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::engine_news::{self, shipped};
use super::settings::Settings;
use super::sheets::Sheet;
use super::source_news::{camera_event, file_event};
use super::state::{Action, CameraStatus, SourceKind, Studio};
use super::tests::example;
use super::wanted::Wanted;
use super::workers::{Workers, wakes};
use crate::capture::camera::CameraEvent;
use crate::capture::files::{Entry, SourceEvent};
use crate::device::DeviceChoice;
use crate::error::Error;
use crate::infer::engine::{Event, Slot};
use crate::infer::prediction::{ModelInfo, Prediction};
use crate::render::{FrameViews, UploadJob};
use crate::weights::catalog::{DEFAULT_MODEL, resolve};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Number of the list that is open in these tests.
const LIST: u64 = 7;

struct Bench {
    workers: Workers,
    studio: Studio,
    ctx: egui::Context,
}

impl Bench {
    /// Threads without a model, so that only made-up predictions come; two files are open.
    fn new() -> Self {
        let settings = Settings::default();
        let ctx = egui::Context::default();
        let workers = Workers::start(None, DeviceChoice::Cpu, &settings, None, wakes(&ctx)).unwrap();
        let mut bench = Self { workers, studio: Studio::new(settings), ctx };
        bench.studio.main.info = Some(example().main.info);
        bench.workers.list = LIST;
        bench.file(bench.list());
        bench
    }

    fn list(&self) -> SourceEvent {
        let entry =
            |name: &str| Entry { name: name.to_owned(), path: PathBuf::from(name), has_truth: false, focal: None };
        SourceEvent::List { list: LIST, entries: vec![entry("a.png"), entry("b.png")], errors: Vec::new() }
    }

    fn file(&mut self, event: SourceEvent) {
        file_event(&mut self.workers, &mut self.studio, &self.ctx, event);
    }

    fn load(&mut self, list: u64, index: usize, p: &Prediction) {
        self.file(SourceEvent::Loaded { list, index, frame: p.frame.clone(), truth: p.truth.clone() });
    }

    fn act(&mut self, action: Action) {
        self.studio.push(action);
        self.workers.act(&mut self.studio);
    }

    /// A prediction comes from the network, and the upload of its picture alone ends, whatever was asked for since.
    fn comes(&mut self, p: &Arc<Prediction>) {
        self.workers.engine.predictions().put(p.clone());
        self.settle();
        self.workers.uploader.submit(UploadJob { frame: p.frame.clone(), truth: None, prediction: None });
        self.settle();
    }

    /// Takes in news until the upload thread has nothing left.
    fn settle(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            self.workers.poll(&mut self.studio, &self.ctx);
            if self.workers.uploader.idle() {
                break;
            }
            assert!(Instant::now() < deadline, "the upload thread does not end");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The id of the frame on the screen.
    fn shown(&self) -> Option<u64> {
        self.studio.views.as_ref().map(|v| v.job.frame.id)
    }
}

fn prediction() -> Arc<Prediction> {
    // Apart in time as frames of a camera are.
    std::thread::sleep(Duration::from_millis(1));
    Arc::new(example())
}

#[test]
fn a_late_prediction_is_not_drawn_over_a_broken_file() {
    let mut bench = Bench::new();
    let a = prediction();
    bench.load(LIST, 0, &a);
    bench.comes(&a);
    assert_eq!(bench.shown(), Some(a.frame.id), "the chosen picture is shown");

    let b = prediction();
    bench.load(LIST, 0, &b);
    bench.act(Action::Select(1));
    let error = Error::file("b.png", "is damaged", "open another");
    bench.file(SourceEvent::Failed { list: LIST, index: Some(1), error });
    bench.comes(&b);
    assert_eq!(bench.shown(), None);
    assert!(bench.studio.frame_failed.as_ref().is_some_and(|why| why.contains("is damaged")));
    assert!(bench.studio.source.files[1].failed.is_some() && bench.studio.source.files[0].failed.is_none());
    // A choice that was overtaken does not come back either, whole or broken.
    bench.load(LIST, 0, &b);
    bench.comes(&b);
    assert_eq!((bench.shown(), bench.studio.source.selected), (None, Some(1)));
}

#[test]
fn what_could_not_be_opened_leaves_the_picture_and_its_model() {
    let mut bench = Bench::new();
    let a = prediction();
    bench.load(LIST, 0, &a);
    bench.comes(&a);
    bench.act(Action::Open(vec![PathBuf::from("/nowhere/at-all.png")]));
    assert_eq!(bench.workers.wanted, Wanted::Nothing);
    let list = bench.workers.list;
    let error = Error::file("/nowhere/at-all.png", "is not there", "check the path");
    bench.file(SourceEvent::Failed { list, index: None, error });
    let again = Arc::new(Prediction { compare: None, ..(*a).clone() });
    bench.comes(&again);
    assert_eq!(bench.shown(), Some(a.frame.id), "a new prediction of it is still welcome");
}

#[test]
fn camera_and_files_do_not_show_each_others_late_frames() {
    let mut bench = Bench::new();
    let file = prediction();
    bench.load(LIST, 0, &file);
    bench.studio.source.kind = SourceKind::Camera;
    bench.workers.leave(&mut bench.studio);
    bench.workers.wanted = Wanted::Live(Instant::now());
    bench.comes(&file);
    assert_eq!(bench.shown(), None);
    let (first, second) = (prediction(), prediction());
    bench.comes(&first);
    assert_eq!(bench.shown(), Some(first.frame.id));
    bench.act(Action::Select(0));
    bench.comes(&second);
    assert_eq!(bench.shown(), Some(first.frame.id), "until the file comes");
    let file = prediction();
    bench.load(LIST, 0, &file);
    bench.comes(&second);
    assert_ne!(bench.shown(), Some(second.frame.id));
    bench.comes(&file);
    assert_eq!(bench.shown(), Some(file.frame.id));
}

#[test]
fn a_frozen_frame_is_the_one_on_the_screen() {
    let mut bench = Bench::new();
    bench.studio.source.kind = SourceKind::Camera;
    bench.workers.wanted = Wanted::Live(Instant::now());
    bench.act(Action::Freeze(true));
    assert!(!bench.studio.frozen, "there is nothing to hold yet");
    let (held, late) = (prediction(), prediction());
    bench.comes(&held);
    bench.act(Action::Freeze(true));
    assert!(bench.studio.frozen && bench.workers.cameras.frozen());
    bench.comes(&late);
    assert_eq!(bench.shown(), Some(held.frame.id));
    // Another model computes it anew.
    bench.studio.recompute = true;
    bench.comes(&Arc::new(Prediction { compare: None, ..(*held).clone() }));
    assert!(!bench.studio.recompute);
    bench.act(Action::Freeze(false));
    bench.comes(&late);
    assert_eq!(bench.shown(), Some(held.frame.id), "captured before the camera went on");
    let fresh = prediction();
    bench.comes(&fresh);
    assert_eq!(bench.shown(), Some(fresh.frame.id));
    // When the camera is given up, its last frame stays and no waiting one takes its place.
    bench.studio.source.camera = CameraStatus::Opening("camera".to_owned());
    camera_event(&mut bench.workers, &mut bench.studio, CameraEvent::Failed { reason: "it was unplugged".to_owned() });
    assert_eq!(bench.workers.wanted, Wanted::picture(&fresh.frame));
}

#[test]
fn ground_truth_waits_until_the_camera_is_closed() {
    let mut bench = Bench::new();
    bench.studio.source.kind = SourceKind::Camera;
    for action in [Action::AskTruth("t.png".into()), Action::OpenTruth("t.npy".into(), None)] {
        bench.act(action);
        assert!(bench.studio.sheet.is_none() && bench.studio.source.truth_path.is_none());
        assert!(bench.studio.log.lines().back().unwrap().text.contains("close the camera"));
    }
    bench.file(bench.list());
    assert_eq!(bench.studio.source.kind, SourceKind::Camera, "a list of before does not end it");
}

#[test]
fn every_path_that_may_lead_to_png_is_asked_for_its_scale() {
    for (path, asked) in [("gt.v2", true), ("folder", true), ("a.PNG", true), ("a.npy", false), ("a.PFM", false)] {
        let mut bench = Bench::new();
        bench.act(Action::AskTruth(PathBuf::from(path)));
        assert_eq!(matches!(bench.studio.sheet, Some(Sheet::TruthScale { .. })), asked, "{path}");
        assert_eq!(bench.studio.source.truth_path.is_none(), asked, "{path}");
    }
}

#[test]
fn news_of_an_older_list_are_not_taken() {
    let mut bench = Bench::new();
    let thumb = |list| SourceEvent::Thumb { list, index: 0, width: 1, height: 1, rgb: vec![0; 3] };
    bench.file(thumb(LIST - 1));
    bench.load(LIST - 1, 0, &prediction());
    bench.file(SourceEvent::Failed { list: LIST - 1, index: Some(0), error: Error::Failed("old".to_owned()) });
    assert!(bench.workers.waiting.is_none() && bench.studio.frame_failed.is_none());
    assert!(bench.studio.source.files[0].thumb.is_none() && bench.studio.source.files[0].failed.is_none());
    bench.file(thumb(LIST));
    bench.load(LIST, 0, &prediction());
    assert!(bench.studio.source.files[0].thumb.is_some() && bench.workers.waiting.is_some());
    // The same list again begins with its first picture, whichever was chosen before.
    bench.act(Action::Select(1));
    bench.act(Action::Open(vec![PathBuf::from("/nowhere/folder")]));
    bench.load(bench.workers.list, 0, &prediction());
    assert_eq!(bench.studio.source.selected, Some(0));
}

#[test]
fn an_upload_that_panics_is_a_sentence_and_the_next_one_is_shown() {
    let mut bench = Bench::new();
    let mut broken = example();
    // It claims six cells and has none.
    broken.main.gate.as_mut().unwrap().values.clear();
    let broken = Arc::new(broken);
    bench.load(LIST, 0, &broken);
    bench.workers.shown_without = true;
    bench.workers.engine.predictions().put(broken.clone());
    bench.settle();
    let why = bench.studio.frame_failed.clone().expect("it failed");
    assert!(why.contains("could not be made ready"), "{why}");
    assert!(bench.workers.waiting.is_none() && bench.studio.pending.is_none());
    let good = prediction();
    bench.load(LIST, 0, &good);
    bench.comes(&good);
    assert_eq!(bench.shown(), Some(good.frame.id));
}

#[test]
fn weights_that_ship_are_kept_by_name_and_others_by_path() {
    let info = |name: &str, path: PathBuf| ModelInfo { name: name.to_owned(), path, ..(*example().main.info).clone() };
    let path = resolve(DEFAULT_MODEL).unwrap();
    assert_eq!(shipped(&info(DEFAULT_MODEL, path.clone())), Some(DEFAULT_MODEL));
    let mut bench = Bench::new();
    let other = PathBuf::from("/elsewhere").join(DEFAULT_MODEL).with_extension("pth");
    let name = format!("{DEFAULT_MODEL}.pth");
    for (name, path, kept, known) in [
        (name.as_str(), other.clone(), other.display().to_string(), None),
        (DEFAULT_MODEL, path, DEFAULT_MODEL.to_owned(), Some(DEFAULT_MODEL)),
    ] {
        let event = Event::ModelLoaded { slot: Slot::Main, info: Arc::new(info(name, path)) };
        engine_news::take(&mut bench.workers, &mut bench.studio, event);
        assert_eq!((bench.studio.settings.model.as_deref(), bench.studio.main.known), (Some(kept.as_str()), known));
    }
}

#[test]
fn trouble_with_a_picture_that_was_left_is_not_about_the_present_one() {
    let mut bench = Bench::new();
    let a = prediction();
    bench.load(LIST, 0, &a);
    let failed =
        |name: &str| Event::FrameFailed { name: name.to_owned(), error: Error::Failed("no memory".to_owned()) };
    engine_news::take(&mut bench.workers, &mut bench.studio, failed("another"));
    assert!(bench.studio.frame_failed.is_none() && bench.workers.waiting.is_some());
    engine_news::take(&mut bench.workers, &mut bench.studio, failed(&a.frame.name));
    assert!(bench.studio.frame_failed.is_some() && bench.workers.waiting.is_none());
}

#[test]
fn taps_that_do_not_come_are_asked_for_again_after_the_next_prediction() {
    let mut studio = Studio::new(Settings::default());
    studio.inspect.waiting = true;
    let p = prediction();
    let id = p.frame.id;
    let job = UploadJob { frame: p.frame.clone(), truth: None, prediction: Some(p) };
    studio.accept(Arc::new(FrameViews::new(None, job)), Instant::now());
    assert!(!studio.inspect.waiting && studio.inspect.unsettled(id));
}
