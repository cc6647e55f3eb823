//! The training's thread on a small run: rows, pictures and orders, and that it ends when its handle goes.

use super::*;
use crate::data::truth::Truth;
use crate::depth::{DepthMap, DepthUnit};
use crate::train::fixtures;
use crate::train::history::History;
use crate::train::watch::{Picture, Pin};
use std::time::{Duration, Instant};

struct Stage {
    worker: TrainWorker,
    events: Vec<Event>,
    rows: Vec<Row>,
    shots: Vec<(u64, u64)>,
    hardest: Option<Arc<crate::train::hardest::Hardest>>,
    saved: Option<u64>,
    run: u64,
}

impl Stage {
    fn new() -> Self {
        let worker = TrainWorker::start(Arc::new(|| {})).unwrap();
        Self { worker, events: Vec::new(), rows: Vec::new(), shots: Vec::new(), hardest: None, saved: None, run: 0 }
    }

    fn look(&mut self) {
        let news = self.worker.take_news();
        while let Some(event) = self.worker.try_event() {
            if let Event::Begun { run, rows, .. } = &event {
                (self.run, self.rows) = (*run, rows.clone());
            }
            self.events.push(event);
        }
        let Some(news) = news else { return };
        for row in news.rows {
            match self.rows.last_mut().filter(|last| last[0] == row[0]) {
                Some(last) => *last = row,
                None => self.rows.push(row),
            }
        }
        self.shots.extend(news.shots.into_iter().map(|(pin, step, shot)| (pin, step, shot.unwrap())).map(
            |(pin, step, shot)| {
                assert!(shot.depth.values.iter().all(|v| v.is_finite()) && shot.error.is_some() && shot.rel.is_some());
                (pin, step)
            },
        ));
        self.hardest = news.hardest.or(self.hardest.take());
        self.saved = news.saved.or(self.saved);
    }

    fn until(&mut self, so: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while !so(self) {
            assert!(Instant::now() < deadline, "waited in vain: {:?}", self.events);
            self.look();
            std::thread::sleep(Duration::from_millis(1));
        }
        self.look();
    }

    fn has(&self, is: impl Fn(&Event) -> bool) -> bool {
        self.events.iter().any(is)
    }
}

fn pin(id: u64) -> Pin {
    let rgb = (0..64 * 48 * 3).map(|i| (i * 7 % 256) as u8).collect();
    let map = DepthMap::new(64, 48, DepthUnit::Metres, (0..64 * 48).map(|i| 1.0 + (i % 64) as f32 / 20.0).collect());
    let truth = Truth { map, path: None, label: "made".into(), source: None, half_resolution: false };
    let picture = Picture::Ready(Arc::new(Frame::new("p", 64, 48, rgb)), Some(Arc::new(truth)));
    Pin { id, name: "p".into(), picture }
}

#[test]
fn a_run_tells_rows_pictures_and_the_hardest_samples() {
    let folder = tempfile::tempdir().unwrap();
    let (config, out) = (fixtures::config(&folder.path().join("data"), 8), folder.path().join("run"));
    let mut stage = Stage::new();
    assert!(stage.worker.pins(vec![pin(7)]) && stage.worker.check(config.clone()));
    stage.until(|stage| stage.has(|event| matches!(event, Event::Checked(Ok(_)))));
    assert!(stage.worker.begin(config.clone(), out.clone()));
    stage.until(|stage| stage.has(|event| matches!(event, Event::Finished(_))));
    // What the window was told is what the file says, to the last bit.
    let text = std::fs::read_to_string(out.join("history.csv")).unwrap();
    let file = History::from_csv(&text, &out).unwrap();
    let bits = |rows: &[Row]| rows.iter().flatten().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&stage.rows), bits(file.rows()));
    let validations: Vec<u64> = file.validations().map(|(step, _)| step).collect();
    let steps: Vec<u64> = [0].into_iter().chain(validations).collect();
    assert_eq!(stage.shots, steps.iter().map(|step| (7, *step)).collect::<Vec<_>>());
    let hardest = stage.hardest.clone().unwrap();
    assert!(hardest.whole && hardest.epoch == 2 && hardest.seen == 6, "{hardest:?}");
    // Again: finished, with all rows of before, and another picture is rendered though nothing is left to do.
    stage.events.clear();
    assert!(stage.worker.begin(config, out));
    stage.until(|stage| stage.has(|event| matches!(event, Event::Finished(_))));
    assert_eq!(stage.run, 2);
    assert_eq!(bits(&stage.rows), bits(file.rows()));
    stage.shots.clear();
    stage.worker.pins(vec![pin(7), pin(8)]);
    // With the weights of the start, which the folder has kept, and with the newest.
    stage.until(|stage| stage.shots == [(8, 0), (8, 6)]);
}

#[test]
fn it_pauses_goes_on_saves_and_stops_between_steps() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = fixtures::config(&folder.path().join("data"), 8);
    (config.schedule.epochs, config.run.checkpoint_every) = (100_000, 0);
    let mut stage = Stage::new();
    stage.worker.begin(config.clone(), folder.path().join("run"));
    stage.until(|stage| stage.rows.len() > 2);
    stage.worker.control().unwrap().pause();
    stage.until(|stage| stage.has(|event| matches!(event, Event::Paused(_))));
    let rows = stage.rows.len();
    std::thread::sleep(Duration::from_millis(200));
    stage.look();
    assert_eq!(stage.rows.len(), rows);
    // Paused, it still saves and renders.
    stage.worker.control().unwrap().save_now();
    stage.until(|stage| stage.saved == Some(rows as u64));
    assert!(stage.worker.pins(vec![pin(3)]));
    stage.until(|stage| stage.shots.contains(&(3, 0)));
    stage.worker.control().unwrap().resume();
    stage.until(|stage| stage.rows.len() > rows);
    // A second run is not begun under the first.
    stage.worker.check(config);
    stage.until(|stage| stage.has(|event| matches!(event, Event::Checked(Err(_)))));
    stage.worker.control().unwrap().stop();
    stage.until(|stage| stage.has(|event| matches!(event, Event::Finished(s) if s.step < s.steps)));
    let last = stage.rows.last().unwrap()[0] as u64;
    assert_eq!(stage.saved, Some(last), "all of it is kept");
}

#[test]
fn dropping_the_handle_ends_a_run_within_a_step_with_all_saved() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = fixtures::config(&folder.path().join("data"), 8);
    (config.schedule.epochs, config.run.checkpoint_every) = (100_000, 1_000_000);
    let out = folder.path().join("run");
    for paused in [false, true] {
        let mut stage = Stage::new();
        stage.worker.begin(config.clone(), out.clone());
        stage.until(|stage| stage.rows.len() > 4);
        if paused {
            stage.worker.control().unwrap().pause();
            stage.until(|stage| stage.has(|event| matches!(event, Event::Paused(_))));
        }
        let rows = stage.rows.len();
        let began = Instant::now();
        drop(stage);
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        let text = std::fs::read_to_string(out.join("history.csv")).unwrap();
        let kept = History::from_csv(&text, &out).unwrap().rows().len();
        assert!(kept >= rows, "{kept} rows are kept of {rows}");
    }
}

#[test]
fn a_check_is_given_up_between_frames_and_with_the_handle() {
    // A batch of a hundred rendered pictures takes minutes.
    let mut config = TrainConfig::default();
    fixtures::small(&mut config);
    (config.data.data, config.data.batch) = ("synthetic:room".into(), 100);
    for dropped in [false, true] {
        let mut stage = Stage::new();
        assert!(!stage.worker.give_up() && stage.worker.check(config.clone()));
        std::thread::sleep(Duration::from_millis(500));
        stage.look();
        assert!(stage.events.is_empty(), "{:?}", stage.events);
        let began = Instant::now();
        if dropped {
            drop(stage);
        } else {
            assert!(stage.worker.give_up());
            stage.until(|stage| stage.has(|event| matches!(event, Event::Checked(Err(Error::Interrupted)))));
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    }
}

#[test]
fn what_fails_is_a_sentence_and_the_thread_lives_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = TrainConfig::default();
    config.data.data = "nyu:/nowhere".into();
    let mut stage = Stage::new();
    for _ in 0..2 {
        stage.events.clear();
        stage.worker.begin(config.clone(), folder.path().join("run"));
        stage.until(|stage| stage.has(|event| matches!(event, Event::Failed(e) if e.to_string().contains("nowhere"))));
    }
    config.run.device = "mine".into();
    stage.worker.check(config);
    stage.until(|stage| stage.has(|event| matches!(event, Event::Checked(Err(_)))));
}
