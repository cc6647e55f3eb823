//! The rules of `camera_state`, each with a made-up clock.
#![allow(clippy::unwrap_used)]

use super::camera_state::{Input, Machine, Phase, Policy, Step};
use std::time::{Duration, Instant};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A machine that streams since `now`.
fn streaming(now: Instant) -> Machine {
    let mut m = Machine::new(Policy::default());
    assert_eq!(m.open(now), Step::Start);
    assert_eq!(m.phase(), Phase::Probing);
    assert_eq!(m.input(Input::Found, now), None);
    assert_eq!(m.phase(), Phase::Starting);
    assert_eq!(m.input(Input::Opened, now), None);
    assert_eq!(m.input(Input::Frame, now), Some(Step::Streaming));
    assert_eq!(m.phase(), Phase::Streaming);
    assert_eq!(m.input(Input::Frame, now), None);
    m
}

#[test]
fn a_camera_that_never_streamed_fails_at_once_with_its_reason() {
    let now = Instant::now();
    let mut m = Machine::new(Policy::default());
    m.open(now);
    assert_eq!(m.input(Input::Lost("in use".into()), now), Some(Step::Fail("in use".into())));
    assert_eq!(m.phase(), Phase::Failed);
    assert_eq!(m.tick(now + ms(60_000)), None);
    // Opening again starts afresh.
    assert_eq!(m.open(now), Step::Start);
}

#[test]
fn silence_is_noticed_and_the_pauses_double() {
    let mut now = Instant::now();
    let mut m = streaming(now);
    assert_eq!(m.tick(now + ms(1999)), None);
    now += ms(2000);
    assert_eq!(m.tick(now), Some(Step::Recover { attempt: 1, reason: "no frame for 2 s".into() }));
    let mut pauses = Vec::new();
    for attempt in 1..=5 {
        assert_eq!(m.phase(), Phase::Recovering { attempt });
        let wait = m.deadline().unwrap() - now;
        pauses.push(wait.as_millis());
        now += wait;
        assert_eq!(m.tick(now), Some(Step::Start));
        let step = m.input(Input::Lost("unplugged".into()), now).unwrap();
        if attempt == 5 {
            assert_eq!(step, Step::Fail("unplugged; given up after 5 attempts".into()));
        }
    }
    assert_eq!(pauses, [250, 500, 1000, 2000, 4000]);
    assert_eq!(m.phase(), Phase::Failed);
}

#[test]
fn attempts_are_forgotten_only_after_a_settled_stream() {
    let mut now = Instant::now();
    let mut m = streaming(now);
    for attempt in 1..=2 {
        // One second of frames is not settled.
        now += ms(1000);
        m.input(Input::Frame, now);
        let step = m.input(Input::Lost("x".into()), now);
        assert_eq!(step, Some(Step::Recover { attempt, reason: "x".into() }));
        now = m.deadline().unwrap();
        assert_eq!(m.tick(now), Some(Step::Start));
        assert_eq!(m.input(Input::Frame, now), Some(Step::Streaming));
    }
    for _ in 0..6 {
        now += ms(1000);
        m.input(Input::Frame, now);
    }
    assert_eq!(m.input(Input::Lost("y".into()), now), Some(Step::Recover { attempt: 1, reason: "y".into() }));
}

#[test]
fn a_few_damaged_frames_are_borne_and_many_are_not() {
    let now = Instant::now();
    let mut m = streaming(now);
    for _ in 0..9 {
        assert_eq!(m.input(Input::BadFrame("torn".into()), now), None);
    }
    m.input(Input::Frame, now);
    for _ in 0..9 {
        assert_eq!(m.input(Input::BadFrame("torn".into()), now), None);
    }
    let step = m.input(Input::BadFrame("torn".into()), now).unwrap();
    assert_eq!(step, Step::Recover { attempt: 1, reason: "10 frames in a row are damaged (torn)".into() });
    // Silence names the last damaged frame too.
    let mut m = streaming(now);
    m.input(Input::BadFrame("torn".into()), now);
    let step = m.tick(now + ms(2000)).unwrap();
    assert_eq!(step, Step::Recover { attempt: 1, reason: "no frame for 2 s (torn)".into() });
}

#[test]
fn what_an_old_reader_says_is_not_heard() {
    let now = Instant::now();
    let mut m = streaming(now);
    m.input(Input::Lost("x".into()), now);
    assert_eq!(m.input(Input::Frame, now), None);
    assert_eq!(m.phase(), Phase::Recovering { attempt: 1 });
    m.close();
    assert_eq!(m.phase(), Phase::Idle);
    assert_eq!(m.input(Input::Frame, now), None);
    assert_eq!(m.tick(now + ms(60_000)), None);
}

#[test]
fn a_driver_that_does_not_answer_is_named() {
    let now = Instant::now();
    let mut m = Machine::new(Policy::default());
    m.open(now);
    assert_eq!(m.tick(now + ms(5000)), Some(Step::Fail("the driver did not answer for 5 s".into())));
    m.open(now);
    m.input(Input::Opened, now);
    assert_eq!(m.tick(now + ms(5000)), Some(Step::Fail("no first frame within 5 s".into())));
}
