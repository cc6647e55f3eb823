//! The data set source in the window: made-up lists and news, real threads, no GPU.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::ask::{self, DataQuestion};
use super::news::take;
use super::order::DatasetOrder;
use super::panel::{counts, name, split_title};
use crate::capture::dataset::{DatasetEvent, Listing, Survey};
use crate::data::dataset::{DataKind, DataSpec, SceneKind, Split};
use crate::data::truth::Truth;
use crate::depth::{DepthMap, DepthUnit};
use crate::device::DeviceChoice;
use crate::error::Error;
use crate::frame::Frame;
use crate::ui::StudioApp;
use crate::ui::settings::Settings;
use crate::ui::sheets::Sheet;
use crate::ui::state::{Action, SourceKind, Studio};
use crate::ui::tests::window;
use crate::ui::workers::{Workers, wakes};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Number of the opening in these tests.
const TICKET: u64 = 5;

fn listing(count: usize) -> Arc<Listing> {
    let names = (0..count).map(|i| format!("frame-{i:06}")).collect();
    let scenes = (0..count).step_by(50).map(|i| (i, format!("scene {}", i / 50))).collect();
    let (spec, split) = (DataSpec::KittiRaw("/data/kitti".into()), "all".to_owned());
    Arc::new(Listing { spec, kind: DataKind::Kitti, split, names, scenes, listed: false })
}

/// A window with a data set of so many frames.
fn browsing(count: usize) -> Harness<'static, StudioApp> {
    let mut harness = window();
    let studio = &mut harness.state_mut().studio;
    studio.dataset.opened(listing(count));
    (studio.source.kind, studio.dataset.selected) = (SourceKind::Dataset, Some(0));
    harness.run_steps(3);
    harness
}

struct Bench {
    workers: Workers,
    studio: Studio,
    ctx: egui::Context,
}

impl Bench {
    /// A data set of ten frames is open and shown.
    fn new() -> Self {
        let settings = Settings::default();
        let ctx = egui::Context::default();
        let workers = Workers::start(None, DeviceChoice::Cpu, &settings, None, wakes(&ctx)).unwrap();
        let mut bench = Self { workers, studio: Studio::new(settings), ctx };
        bench.workers.data_ticket = TICKET;
        bench.studio.source.kind = SourceKind::Dataset;
        bench.news(DatasetEvent::Opened(TICKET, listing(10)));
        bench
    }

    fn news(&mut self, event: DatasetEvent) {
        take(&mut self.workers, &mut self.studio, &self.ctx, event);
    }

    fn load(&mut self, ticket: u64, index: usize, trouble: Option<Error>) -> Arc<Frame> {
        let frame = Arc::new(Frame::new(format!("frame-{index:06}"), 4, 2, vec![9; 24]));
        let truth = Truth {
            map: DepthMap::new(2, 1, DepthUnit::Metres, vec![1.0, 2.0]),
            path: None,
            label: "LiDAR, x".to_owned(),
            source: None,
            half_resolution: false,
        };
        let truth = trouble.is_none().then(|| Arc::new(truth));
        self.news(DatasetEvent::Loaded { ticket, index, frame: frame.clone(), truth, trouble, camera: None });
        frame
    }

    fn act(&mut self, action: Action) {
        self.studio.push(action);
        self.workers.act(&mut self.studio);
    }

    fn waiting(&self) -> Option<u64> {
        self.workers.waiting.as_ref().map(|job| job.frame.id)
    }
}

#[test]
fn a_frame_of_the_list_goes_to_the_network_with_its_truth_and_late_ones_do_not() {
    let mut bench = Bench::new();
    let first = bench.load(TICKET, 0, None);
    assert_eq!((bench.waiting(), bench.studio.dataset.selected), (Some(first.id), Some(0)));
    assert_eq!(bench.workers.waiting.as_ref().unwrap().truth.as_ref().unwrap().label, "LiDAR, x");
    bench.load(TICKET - 1, 1, None);
    assert_eq!(bench.waiting(), Some(first.id), "of a data set that was left");
    bench.act(Action::Step(1));
    bench.act(Action::Step(1));
    assert_eq!((bench.studio.dataset.selected, bench.waiting()), (Some(2), None), "nothing else may come");
    bench.load(TICKET, 1, None);
    assert_eq!(bench.waiting(), None, "the frame between is not wanted any more");
    let third = bench.load(TICKET, 2, None);
    assert_eq!(bench.waiting(), Some(third.id));
    bench.act(Action::Step(isize::MAX));
    assert_eq!(bench.studio.dataset.selected, Some(9), "End");
    bench.act(Action::Step(1));
    assert_eq!(bench.studio.dataset.selected, Some(9));
    bench.act(Action::Step(isize::MIN));
    assert_eq!(bench.studio.dataset.selected, Some(0), "Home");
    bench.act(Action::Dataset(DatasetOrder::Frame("frame-000007".to_owned())));
    assert_eq!(bench.studio.dataset.selected, Some(7));
    bench.act(Action::Dataset(DatasetOrder::Frame("11".to_owned())));
    assert_eq!(bench.studio.dataset.selected, Some(7));
    assert!(bench.studio.log.lines().iter().any(|l| l.text.contains("a number up to 10")));
}

#[test]
fn faults_stand_in_the_views_and_in_their_frame() {
    let mut bench = Bench::new();
    bench.load(TICKET, 0, None);
    bench.news(DatasetEvent::Failed(TICKET, 4, Error::Failed("four is broken".into())));
    assert_eq!(bench.studio.dataset.fault(4), Some("four is broken"));
    assert!(bench.studio.frame_failed.is_none() && bench.waiting().is_some(), "it is not the chosen one");
    bench.act(Action::Dataset(DatasetOrder::Select(4)));
    bench.news(DatasetEvent::Failed(TICKET, 4, Error::Failed("four is broken".into())));
    assert_eq!(bench.studio.frame_failed.as_deref(), Some("four is broken"));
    assert!(bench.waiting().is_none() && bench.studio.views.is_none());
    bench.load(TICKET, 4, Some(Error::Failed("its depth is broken".into())));
    assert!(bench.studio.dataset.fault(4).is_none() && bench.waiting().is_some(), "it was put back");
    assert_eq!(bench.studio.truth_failed.as_deref(), Some("its depth is broken"));
    // A folder that vanished brings a fault for every frame: they stay bounded.
    for i in 0..10_000 {
        bench.studio.dataset.set_fault(i, Some("gone".to_owned()));
    }
    assert!(bench.studio.dataset.fault(3).is_some() && bench.studio.dataset.fault(9_999).is_none());
    bench.news(DatasetEvent::NotOpened(TICKET, Error::Failed("it is gone".into())));
    assert!(bench.studio.dataset.open.is_none() && bench.studio.frame_failed.as_deref() == Some("it is gone"));
}

#[test]
fn a_camera_or_a_file_takes_the_place_and_the_data_set_can_come_back() {
    let mut bench = Bench::new();
    bench.load(TICKET, 0, None);
    bench.act(Action::Dataset(DatasetOrder::Select(3)));
    bench.load(TICKET, 3, None);
    bench.act(Action::OpenCamera("0".to_owned(), None));
    assert_eq!(bench.studio.source.kind, SourceKind::Camera);
    bench.load(TICKET, 3, None);
    assert!(bench.waiting().is_none(), "a late frame must not come over the camera");
    bench.act(Action::CloseCamera);
    assert_eq!((bench.studio.source.kind, bench.studio.dataset.selected), (SourceKind::Dataset, Some(3)));
    bench.act(Action::Open(vec![PathBuf::from("/nowhere/a.png")]));
    assert!(bench.studio.source.of_files() && bench.studio.dataset.open.is_some());
    bench.act(Action::Dataset(DatasetOrder::Select(3)));
    assert_eq!(bench.studio.source.kind, SourceKind::Dataset);
    bench.act(Action::AskTruth(PathBuf::from("t.npy")));
    assert!(bench.studio.log.lines().iter().any(|l| l.text.contains("brings its own ground truth")));
    bench.act(Action::Dataset(DatasetOrder::Close));
    assert!(bench.studio.dataset.open.is_none() && bench.studio.source.of_files());
}

#[test]
fn a_long_list_draws_what_is_in_sight_and_nothing_else() {
    let mut harness = browsing(23_488);
    harness.check_accessibility();
    let shown = |harness: &Harness<'_, StudioApp>| harness.query_all_by_label_contains("frame-0").count();
    assert!((3..40).contains(&shown(&harness)), "{}", shown(&harness));
    harness.get_by_label("frame-000003").click();
    harness.run_steps(3);
    assert_eq!(harness.state().studio.dataset.selected, Some(3));
    harness.key_press(egui::Key::ArrowRight);
    harness.run_steps(3);
    assert_eq!(harness.state().studio.dataset.selected, Some(4));
    harness.key_press(egui::Key::End);
    harness.run_steps(3);
    assert_eq!(harness.state().studio.dataset.selected, Some(23_487));
    assert!(harness.query_all_by_label("frame-023487").count() >= 1, "the strip follows");
    let start = Instant::now();
    for i in 0..60 {
        harness.state_mut().studio.dataset.selected = Some(i * 391);
        harness.step();
    }
    let each = start.elapsed().as_secs_f64() * 1e3 / 60.0;
    // Software painting and other work on the machine included; going through 23 488 cells would take hundreds.
    assert!(each < 80.0, "{each:.1} ms a frame");
    assert!(harness.state().studio.dataset.thumbs.len() <= 192);
}

#[test]
fn the_jump_field_finds_frames_and_keys_typed_there_are_text() {
    let mut harness = browsing(5000);
    let field = harness.get_by_role(egui::accesskit::Role::TextInput);
    field.focus();
    harness.run_steps(2);
    harness.get_by_role(egui::accesskit::Role::TextInput).type_text("004321");
    harness.run_steps(3);
    assert!(harness.query_all_by_label("frame-004321").count() == 1, "a match is listed");
    assert_eq!(harness.state().studio.dataset.selected, Some(0), "nothing moves while one types");
    harness.key_press(egui::Key::Enter);
    harness.run_steps(3);
    assert_eq!(harness.state().studio.dataset.selected, Some(4321));
}

#[test]
fn the_strip_closes_and_its_height_is_kept() {
    let mut harness = browsing(100);
    let height = harness.state().studio.settings.filmstrip_height;
    assert_eq!(height, 112.0, "drawing it does not change it");
    harness.get_by_label("Close the filmstrip").click();
    harness.run_steps(3);
    assert!(!harness.state().studio.settings.filmstrip);
    assert_eq!(harness.query_all_by_label("frame-000003").count(), 0);
    harness.get_by_label("Open the filmstrip").click();
    harness.run_steps(3);
    assert_eq!(harness.query_all_by_label("frame-000003").count(), 1);
    assert_eq!(harness.state().studio.settings.filmstrip_height, 112.0);
}

#[test]
fn the_panel_counts_what_the_survey_counted() {
    let list = listing(5);
    assert_eq!(counts(&list, None), "5 frames");
    let survey = |without: [bool; 5]| Survey { without_truth: without.to_vec(), splits: Vec::new() };
    assert_eq!(counts(&list, Some(&survey([false; 5]))), "5 frames, all with ground truth");
    assert_eq!(counts(&list, Some(&survey([true; 5]))), "5 frames, without ground truth");
    let some = survey([true, false, true, false, false]);
    assert_eq!(counts(&list, Some(&some)), "5 frames\n3 with ground truth, 2 without");
    assert_eq!(counts(&listing(1), None), "1 frame");
    assert_eq!(name(&DataSpec::Nyu("/a/b c/".into())), "b c");
    assert_eq!(name(&DataSpec::Synthetic(SceneKind::Room)), "Procedural room");
    assert_eq!(split_title("/lists/mine.txt"), "mine.txt");

    let mut harness = browsing(5);
    let mut survey = some;
    survey.splits = vec![(Split::Eigen, Some("holds none of the drives".to_owned())), (Split::EigenBenchmark, None)];
    harness.state_mut().studio.dataset.survey = Some(Arc::new(survey));
    harness.run_steps(2);
    harness.get_by_label_contains("3 with ground truth, 2 without");
    harness.get_by_label("Frames: all").click();
    harness.run_steps(2);
    assert!(harness.get_by_label("Eigen").accesskit_node().is_disabled(), "and says why");
    harness.get_by_label("Eigen, improved").click();
    harness.run_steps(2);
    assert_eq!(harness.state().studio.dataset.split.as_deref(), Some("eigen-benchmark"));
}

#[test]
fn what_a_path_cannot_say_is_asked() {
    let mut studio = Studio::default();
    let pairs = DataSpec::Pairs("d".into(), None, Some(9.0));
    ask::open(&mut studio, "d".into(), vec![pairs.clone(), DataSpec::Nyu("d".into())]);
    assert!(studio.actions.is_empty());
    assert!(matches!(&studio.sheet, Some(Sheet::Data(DataQuestion::Layout { choices, .. })) if choices.len() == 2));
    ask::begin(&mut studio, pairs);
    assert!(matches!(studio.sheet, Some(Sheet::Data(DataQuestion::Scale { .. }))) && studio.actions.is_empty());
    ask::begin(&mut studio, DataSpec::Pairs("d".into(), Some(2.0), None));
    assert!(matches!(&studio.actions[..], [Action::Dataset(DatasetOrder::Open { split: None, .. })]));

    let mut harness = browsing(5);
    let question = DataQuestion::Scale { dir: "/nowhere/d".into(), focal: Some(9.0), scale: 256.0, metres: false };
    harness.state_mut().studio.sheet = Some(Sheet::Data(question));
    harness.run_steps(2);
    harness.get_by_label_contains("1000: millimetres").click();
    harness.run_steps(2);
    harness.query_all_by_label("Open").last().unwrap().click();
    harness.run_steps(2);
    assert_eq!(
        harness.state().studio.dataset.spec,
        Some(DataSpec::Pairs("/nowhere/d".into(), Some(1000.0), Some(9.0)))
    );
}

#[test]
fn after_a_failed_opening_other_frames_of_it_can_be_asked_for() {
    let mut harness = browsing(5);
    let dataset = &mut harness.state_mut().studio.dataset;
    dataset.close();
    (dataset.spec, dataset.split) = (Some(DataSpec::KittiRaw("/nowhere/k".into())), Some("nyu-test".to_owned()));
    dataset.failed_to_open("the split is of other data".to_owned());
    harness.run_steps(2);
    harness.get_by_label("the split is of other data");
    harness.get_by_label("Frames: NYU, test").click();
    harness.run_steps(2);
    assert!(!harness.get_by_label("Eigen").accesskit_node().is_disabled(), "nobody knows yet whether it fits");
    harness.get_by_label("All frames").click();
    harness.run_steps(2);
    let dataset = &harness.state().studio.dataset;
    assert_eq!(
        (dataset.split.as_deref(), &dataset.spec),
        (Some("all"), &Some(DataSpec::KittiRaw("/nowhere/k".into())))
    );
}
