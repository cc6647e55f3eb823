//! The evaluation's thread with a scripted data set and a network that answers when it is told to.

use super::*;
use crate::depth::{DepthMap, DepthUnit};
use crate::eval::evaluation::Network;
use crate::eval::evaluation::tests::Scripted;
use crate::eval::job::usual_options;
use crate::eval::protocol::{Overrides, Protocol, Settings};
use crate::eval::report::ModelFacts;
use crate::eval::report::tests::model;
use crate::frame::Frame;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::SyncSender;

/// What the network does with its next frame.
enum Answer {
    Depth(f32),
    Fail,
    Panic,
}

/// Waits for an answer for each frame.
struct Told {
    facts: ModelFacts,
    answers: Arc<Mutex<Receiver<Answer>>>,
}

impl Network for Told {
    fn facts(&self) -> &ModelFacts {
        &self.facts
    }

    fn depth(&self, _: &Frame, _: Option<[usize; 2]>) -> Result<DepthMap> {
        // Who tells nothing any more has ended the test.
        match self.answers.lock().unwrap().recv().unwrap_or(Answer::Depth(2.0)) {
            Answer::Depth(depth) => Ok(DepthMap::new(152, 114, DepthUnit::Metres, vec![depth; 152 * 114])),
            Answer::Fail => Err(Error::Failed("the device is lost; restart".into())),
            Answer::Panic => panic!("out of memory"),
        }
    }
}

fn job(out: Option<&Path>) -> Order {
    Order::Start(Box::new(Job {
        data: "synthetic:room".parse().unwrap(),
        open: usual_options(),
        protocol: Protocol::HuNyu,
        overrides: Overrides::default(),
        models: Vec::new(),
        baselines: Vec::new(),
        device: Default::default(),
        out: out.map(Path::to_owned),
    }))
}

struct Stage {
    evaluator: Evaluator,
    answers: Option<SyncSender<Answer>>,
    rows: Vec<String>,
    last: Batch,
    events: Vec<Event>,
}

impl Stage {
    fn new(names: &'static [&'static str]) -> Self {
        let (answers, inbox) = sync_channel(16);
        let inbox = Arc::new(Mutex::new(inbox));
        let open = move |job: &Job, say: Say<'_>| {
            say("opening it")?;
            let network = Told { facts: model("told"), answers: inbox.clone() };
            let (data, settings) = (Arc::new(Scripted::new(names)), Settings::published(job.protocol));
            let networks: Vec<AnyNetwork> = vec![Box::new(network)];
            Evaluation::begin(data, settings, networks, job.out.as_deref(), &job.command())
        };
        let evaluator = Evaluator::with(Arc::new(|| {}), Box::new(open)).unwrap();
        Self { evaluator, answers: Some(answers), rows: Vec::new(), last: Batch::default(), events: Vec::new() }
    }

    fn tell(&self, answer: Answer) {
        self.answers.as_ref().unwrap().send(answer).unwrap();
    }

    fn look(&mut self) {
        if let Some(batch) = self.evaluator.take_batch() {
            self.rows.extend(batch.rows.iter().map(|(_, row)| row.frame.clone()));
            self.last = batch;
        }
        self.events.extend(std::iter::from_fn(|| self.evaluator.try_event()));
    }

    /// Waits until something is so.
    fn until(&mut self, so: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !so(self) {
            assert!(Instant::now() < deadline, "waited in vain: {:?} {:?}", self.rows, self.events);
            self.look();
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn ended(&mut self) -> String {
        let over = |event: &Event| matches!(event, Event::Ended(_) | Event::Failed(_));
        self.until(|stage| stage.events.iter().any(over));
        let event = self.events.drain(..).find(over).unwrap();
        self.look();
        match event {
            Event::Ended(end) => format!("{end:?}"),
            Event::Failed(error) => error.to_string(),
            _ => unreachable!(),
        }
    }
}

#[test]
fn rows_come_as_they_are_made_and_broken_frames_are_named() {
    let mut stage = Stage::new(&["a", "broken", "c"]);
    assert!(stage.evaluator.send(job(None)));
    stage.tell(Answer::Depth(3.0));
    stage.until(|stage| stage.rows == ["a"] && stage.last.skipped.len() == 1);
    assert_eq!((stage.last.progress.done, stage.last.progress.of), (2, 3));
    let opened = stage.events.iter().any(|event| matches!(event, Event::Opening(what) if what == "opening it"));
    let begun = stage.events.iter().find_map(|event| match event {
        Event::Begun { report, .. } => Some(report.clone()),
        _ => None,
    });
    assert!(opened && begun.is_some_and(|report| report.rows.is_empty() && report.models[0].name == "told"));
    stage.tell(Answer::Depth(2.0));
    assert_eq!(stage.ended(), "Finished");
    assert_eq!(stage.rows, ["a", "c"]);
    assert_eq!(stage.last.progress.left(), Some(0.0));
}

#[test]
fn it_waits_goes_on_and_stops_when_told() {
    let mut stage = Stage::new(&["a", "b", "c", "d"]);
    stage.evaluator.send(job(None));
    stage.until(|stage| stage.events.iter().any(|event| matches!(event, Event::Begun { .. })));
    stage.evaluator.send(Order::Pause);
    for _ in 0..4 {
        stage.tell(Answer::Depth(2.0));
    }
    // The frame at hand may be finished, or two when it was between frames; then nothing moves.
    std::thread::sleep(Duration::from_millis(300));
    stage.look();
    let before = stage.rows.len();
    assert!(before < 4, "{:?}", stage.rows);
    // What is asked meanwhile is answered.
    let folder = tempfile::tempdir().unwrap();
    stage.evaluator.send(Order::Read(folder.path().to_owned()));
    stage.evaluator.send(job(None));
    stage.until(|stage| stage.events.iter().filter(|event| matches!(event, Event::Refused(_))).count() == 2);
    assert_eq!(stage.rows.len(), before);
    stage.evaluator.send(Order::Resume);
    assert_eq!(stage.ended(), "Finished");
    assert_eq!(stage.rows, ["a", "b", "c", "d"]);
}

#[test]
fn a_cancelled_run_keeps_its_rows_and_goes_on_with_the_same_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::new(&["a", "b", "c"]);
    stage.evaluator.send(job(Some(folder.path())));
    stage.tell(Answer::Depth(2.5));
    stage.until(|stage| stage.rows == ["a"]);
    stage.evaluator.send(Order::Cancel);
    stage.tell(Answer::Depth(2.5));
    assert_eq!(stage.ended(), "Cancelled");
    assert!(stage.rows.len() <= 2, "at most the frame at hand was finished: {:?}", stage.rows);
    stage.rows.clear();
    stage.evaluator.send(job(Some(folder.path())));
    stage.tell(Answer::Depth(2.5));
    stage.tell(Answer::Depth(2.5));
    assert_eq!(stage.ended(), "Finished");
    let mut rows = stage.rows.clone();
    rows.sort();
    assert_eq!(rows, ["a", "b", "c"], "rows of the journal come too");
    stage.evaluator.send(Order::Read(folder.path().to_owned()));
    stage.until(|stage| {
        stage.events.iter().any(|event| matches!(event, Event::Read { report, .. } if report.rows.len() == 3))
    });
    let report = stage.events.iter().find_map(|event| match event {
        Event::Read { report, .. } => Some(report.clone()),
        _ => None,
    });
    // These weights are of no file that ships, so the figures cannot be made, which is said.
    let (report, more) = (Arc::new(*report.unwrap()), folder.path().join("more"));
    stage.evaluator.send(Order::Write(report.clone(), more.clone()));
    stage.until(|stage| {
        stage.events.iter().any(
            |event| matches!(event, Event::Wrote { files: 7, without_figures: Some(why), .. } if why.contains("told")),
        )
    });
    // Under a name that ships they are made of what is opened again, frame by frame, and only if it is the same.
    let mut named = (*report).clone();
    named.models[0].name = crate::weights::catalog::DEFAULT_MODEL.to_owned();
    for depth in [2.5, 2.0] {
        stage.events.clear();
        (0..6).for_each(|_| stage.tell(Answer::Depth(depth)));
        stage.evaluator.send(Order::Write(Arc::new(named.clone()), more.clone()));
        stage.until(|stage| stage.events.iter().any(|event| matches!(event, Event::Wrote { .. })));
        let figures = walk(&more.join("figures"));
        let wrote = stage.events.pop().unwrap();
        match wrote {
            Event::Wrote { files, without_figures: None, .. } => assert_eq!((depth, files, figures), (2.5, 13, 6)),
            Event::Wrote { without_figures: Some(why), .. } => {
                assert!(depth == 2.0 && why.contains("otherwise"), "{why}")
            }
            event => panic!("{event:?}"),
        }
    }
}

/// Files two folders deep.
fn walk(folder: &Path) -> usize {
    let inside =
        |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect::<Vec<_>>();
    inside(folder).iter().flat_map(|model| inside(model)).count()
}

#[test]
fn what_fails_is_a_sentence_and_the_thread_lives_on() {
    let mut stage = Stage::new(&["a", "b"]);
    for (answer, why) in [(Answer::Fail, "device is lost"), (Answer::Panic, "out of memory")] {
        stage.evaluator.send(job(None));
        stage.tell(Answer::Depth(2.0));
        stage.tell(answer);
        let said = stage.ended();
        assert!(said.contains(why), "{said}");
        assert_eq!(stage.rows, ["a"], "what was finished is on the screen");
        stage.rows.clear();
    }
}

#[test]
fn dropping_the_handle_ends_it_within_a_frame() {
    let mut stage = Stage::new(&["a", "b", "c", "d", "e", "f"]);
    stage.evaluator.send(job(None));
    stage.tell(Answer::Depth(2.0));
    stage.until(|stage| stage.rows == ["a"]);
    stage.evaluator.send(Order::Pause);
    stage.tell(Answer::Depth(2.0));
    let began = Instant::now();
    drop(stage);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
