//! Evaluations of a scripted data set by networks that are constants.

use super::*;
use crate::data::dataset::{DataKind, TruthSource};
use crate::depth::DepthUnit;
use crate::eval::protocol::{Protocol, Scaling};
use crate::geometry::intrinsics::Intrinsics;
use std::cell::Cell;

/// Frames of 320×240 at 2 m; what is wrong with some of them stands in their names.
pub(in crate::eval) struct Scripted {
    names: Vec<String>,
    listed: bool,
    kind: DataKind,
    size: [usize; 2],
}

impl Scripted {
    pub(in crate::eval) fn new(names: &[&str]) -> Self {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Self { names, listed: false, kind: DataKind::Nyu, size: [320, 240] }
    }
}

impl Dataset for Scripted {
    fn spec(&self) -> &str {
        "nyu:scripted"
    }
    fn kind(&self) -> DataKind {
        self.kind
    }
    fn names(&self) -> &[String] {
        &self.names
    }
    fn scene(&self, _: usize) -> Option<&str> {
        Some("office_0003")
    }
    fn frame(&self, index: usize) -> Result<Frame> {
        let [w, h] = self.size;
        match self.names[index].as_str() {
            "broken" => Err(Error::file("rgb/broken.jpg", "is cut short", "copy it again")),
            "odd" => Ok(Frame::new("odd", 5, 4, vec![0; 60])),
            name => Ok(Frame::new(name, w, h, vec![index as u8; 3 * w * h])),
        }
    }
    fn truth(&self, index: usize) -> Result<Option<GroundTruth>> {
        let name = self.names[index].as_str();
        let [w, h] = if name == "odd truth" { [7, 5] } else { self.size };
        let depth = if name == "empty" { 0.0 } else { 2.0 };
        let map = DepthMap::new(w, h, DepthUnit::Metres, vec![depth; w * h]);
        let truth = GroundTruth { map, source: TruthSource::Filled, half_resolution: true };
        Ok((name != "no truth").then_some(truth))
    }
    fn intrinsics(&self, _: usize) -> Result<Option<Intrinsics>> {
        Ok(None)
    }
    fn listed(&self) -> bool {
        self.listed
    }
    fn without_truth(&self) -> usize {
        0
    }
}

/// Says the same depth everywhere and counts how often it was asked.
struct Constant {
    facts: ModelFacts,
    depth: f32,
    asked: Cell<usize>,
}

impl Constant {
    fn new(name: &str, depth: f32) -> Self {
        let facts = ModelFacts { data: Some("NYU Depth V2, 795".into()), ..crate::eval::report::tests::model(name) };
        Self { facts, depth, asked: Cell::new(0) }
    }
}

impl Network for Constant {
    fn facts(&self) -> &ModelFacts {
        &self.facts
    }
    fn depth(&self, frame: &Frame, size: Option<[usize; 2]>) -> Result<DepthMap> {
        self.asked.set(self.asked.get() + 1);
        if self.depth.is_nan() {
            return Err(Error::Failed("the device is lost; restart".into()));
        }
        assert_eq!((size, [frame.width, frame.height]), (Some([304, 228]), [304, 228]));
        Ok(DepthMap::new(152, 114, DepthUnit::Metres, vec![self.depth; 152 * 114]))
    }
}

fn begin(data: Scripted, networks: Vec<Constant>, out: Option<&Path>) -> Result<Evaluation<Constant>> {
    Evaluation::begin(Arc::new(data), Settings::published(Protocol::HuNyu), networks, out, &Command::new())
}

fn arrived(data: &dyn Dataset, index: usize) -> Arrived {
    Arrived { index, frame: data.frame(index), truth: data.truth(index), took: Duration::ZERO }
}

/// Takes what is to be done, at most `limit` frames.
fn run(evaluation: &mut Evaluation<Constant>, limit: usize) -> Result<Vec<Outcome>> {
    let data = evaluation.dataset().clone();
    evaluation.todo().into_iter().take(limit).map(|index| evaluation.take(arrived(&*data, index))).collect()
}

#[test]
fn every_frame_has_a_row_or_a_reason() {
    use Outcome::{Done, Skipped, WithoutTruth};
    let names = ["2", "broken", "0", "no truth", "odd", "empty", "odd truth"];
    let mut all =
        begin(Scripted::new(&names), vec![Constant::new("near", 1.0), Constant::new("right", 2.0)], None).unwrap();
    assert_eq!(run(&mut all, 99).unwrap(), [Done, Skipped, Done, WithoutTruth, Skipped, Skipped, Skipped]);
    let report = all.report();
    assert_eq!((report.asked, report.rows.len(), report.without_truth, report.exit_code()), (6, 2, 1, 1));
    let skipped: Vec<&str> = report.skipped.iter().map(|s| s.frame.as_str()).collect();
    assert_eq!(skipped, ["broken", "odd", "empty", "odd truth"]);
    assert!(report.skipped[0].reason.contains("is cut short") && report.skipped[2].reason.contains("no pixel"));
    let rel = |model| report.mean(model).unwrap().rel;
    assert!((rel(0) - 0.5).abs() < 1e-6 && rel(1).abs() < 1e-6);
    // Frame 0 is an official test frame, frame 2 is not.
    assert_eq!(report.rows.iter().map(|row| row.results[0].seen).collect::<Vec<_>>(), [true, false]);
    assert!(report.title().contains("only 2 of 6 frames · training images: fit, not accuracy"), "{}", report.title());
    assert!(all.times().frames == 2 && all.times().overhead().is_some());
}

#[test]
fn a_frame_of_a_split_without_ground_truth_is_missing() {
    let mut data = Scripted::new(&["2", "no truth"]);
    data.listed = true;
    let mut all = begin(data, vec![Constant::new("a", 2.0)], None).unwrap();
    assert_eq!(run(&mut all, 9).unwrap(), [Outcome::Done, Outcome::Skipped]);
    assert_eq!((all.report().asked, all.report().exit_code()), (2, 1));
}

#[test]
fn a_run_that_was_stopped_goes_on_and_gives_the_same_report() {
    let names = ["a", "b", "c", "d", "e"];
    let new = || Scripted::new(&names);
    let mut whole = begin(new(), vec![Constant::new("m", 1.3)], None).unwrap();
    run(&mut whole, 9).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for asked in [2, 2, 1] {
        let mut part = begin(new(), vec![Constant::new("m", 1.3)], Some(folder.path())).unwrap();
        run(&mut part, 2).unwrap();
        assert_eq!(part.networks()[0].asked.get(), asked, "what is done is not done again");
    }
    // A process that was killed while it wrote.
    let journal = folder.path().join(crate::eval::journal::FILE);
    let bytes = std::fs::read(&journal).unwrap();
    std::fs::write(&journal, &bytes[..bytes.len() - 9]).unwrap();
    let mut last = begin(new(), vec![Constant::new("m", 1.3)], Some(folder.path())).unwrap();
    assert_eq!((last.resumed(), last.todo()), (4, vec![4]));
    run(&mut last, 9).unwrap();
    assert_eq!(last.report().json(), whole.report().json());
    let other = begin(new(), vec![Constant::new("another", 1.3)], Some(folder.path()));
    drop(last);
    assert!(other.is_err_and(|e| e.to_string().contains("another")));
    let other = begin(new(), vec![Constant::new("another", 1.3)], Some(folder.path()));
    assert!(other.is_err_and(|e| e.to_string().contains("--model 1 was m (") && e.exit_code() == 2));
}

#[test]
fn rows_stand_in_the_data_sets_order_however_they_come() {
    let data: Arc<dyn Dataset> = Arc::new(Scripted::new(&["a", "b", "c"]));
    let mut all = begin(Scripted::new(&["a", "b", "c"]), vec![Constant::new("m", 2.0)], None).unwrap();
    for index in [2, 0, 1] {
        all.take(arrived(&*data, index)).unwrap();
    }
    let names: Vec<&str> = all.report().rows.iter().map(|row| row.frame.as_str()).collect();
    assert_eq!((names, all.todo()), (vec!["a", "b", "c"], vec![]));
}

#[test]
fn what_would_fail_for_all_ends_the_run() {
    let mut lost = begin(Scripted::new(&["a"]), vec![Constant::new("m", f32::NAN)], None).unwrap();
    assert!(run(&mut lost, 1).unwrap_err().to_string().contains("device is lost"));
    // Data of another kind are refused before anything is read, data of another size by the first frame.
    let kitti = Scripted { kind: DataKind::Kitti, ..Scripted::new(&["a"]) };
    let error = begin(kitti, vec![Constant::new("m", 2.0)], None).err().unwrap();
    assert!(error.exit_code() == 2 && error.to_string().contains("md_eigen, md_benchmark, bts_kitti, msf_kitti"));
    let road = Scripted { kind: DataKind::Other, size: [1242, 375], ..Scripted::new(&["a"]) };
    let mut road = begin(road, vec![Constant::new("m", 2.0)], None).unwrap();
    let error = run(&mut road, 1).unwrap_err();
    assert!(error.exit_code() == 2 && error.to_string().ends_with("are md_eigen, msf_kitti"), "{error}");
}

#[test]
fn scaling_is_the_models_own() {
    let mut model = Constant::new("m", 7.0);
    model.facts.scaling = Scaling::Median;
    let mut all = begin(Scripted::new(&["a"]), vec![model], None).unwrap();
    run(&mut all, 1).unwrap();
    let result = &all.report().rows[0].results[0];
    assert!((result.factor - 2.0 / 7.0).abs() < 1e-6 && result.sums.scores().unwrap().rel < 1e-6);
}
