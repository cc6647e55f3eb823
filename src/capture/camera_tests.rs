//! The camera worker against a scripted camera that fails, stalls, changes its size, and is pulled out.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::camera::{CameraEvent, CameraFormat, CameraInfo, CameraSource, FourCc};
use super::camera_backend::{CameraBackend, CameraDevice, ReadError};
use super::camera_state::{Phase, Policy};
use crate::frame::Frame;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What the scripted driver does at present.
#[derive(Clone, PartialEq)]
enum Mode {
    Frames(usize, usize),
    Stall,
    Damaged,
    Unplugged,
    Refused(&'static str),
    Panics,
}

struct Fake {
    mode: Mutex<Mode>,
    /// Cameras by id and number, while one is plugged in.
    cameras: Mutex<Vec<(&'static str, u32)>>,
    opened: Mutex<Vec<String>>,
    reads: AtomicUsize,
}

struct FakeDevice(Arc<Fake>);

struct Backend(Arc<Fake>);

impl Fake {
    fn new(mode: Mode) -> Arc<Self> {
        Arc::new(Self {
            mode: Mutex::new(mode),
            cameras: Mutex::new(vec![("usb-a", 0), ("usb-b", 2)]),
            opened: Mutex::default(),
            reads: AtomicUsize::new(0),
        })
    }

    fn set(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    fn mode(&self) -> Mode {
        self.mode.lock().unwrap().clone()
    }
}

fn format(width: usize, height: usize) -> CameraFormat {
    CameraFormat { width, height, fps: 30, fourcc: FourCc::Yuyv }
}

impl CameraBackend for Backend {
    fn list(&self, _open: Option<&CameraInfo>) -> Result<Vec<CameraInfo>, String> {
        let cameras = self.0.cameras.lock().unwrap().clone();
        if cameras.is_empty() {
            return Err("no camera is connected".into());
        }
        let info = |(id, index): (&str, u32)| CameraInfo {
            id: id.into(),
            name: format!("Camera {id}"),
            index,
            formats: vec![format(8, 4)],
            problem: None,
        };
        Ok(cameras.into_iter().map(info).collect())
    }

    fn open(&self, camera: &CameraInfo, _format: Option<CameraFormat>) -> Result<Box<dyn CameraDevice>, String> {
        self.0.opened.lock().unwrap().push(camera.id.clone());
        match self.0.mode() {
            Mode::Refused(why) => Err(why.into()),
            _ => Ok(Box::new(FakeDevice(self.0.clone()))),
        }
    }

    fn fingerprint(&self) -> String {
        format!("{:?}", self.0.cameras.lock().unwrap())
    }
}

impl CameraDevice for FakeDevice {
    fn format(&self) -> CameraFormat {
        format(8, 4)
    }

    fn read(&mut self) -> Result<Frame, ReadError> {
        self.0.reads.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(2));
        loop {
            match self.0.mode() {
                Mode::Frames(w, h) => return Ok(Frame::new("fake", w, h, vec![7; 3 * w * h])),
                Mode::Damaged => return Err(ReadError::BadFrame("torn".into())),
                Mode::Unplugged | Mode::Refused(_) => return Err(ReadError::Lost("it was unplugged".into())),
                Mode::Panics => panic!("as a driver library does"),
                Mode::Stall => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}

fn start(fake: &Arc<Fake>) -> CameraSource {
    let policy = Policy {
        probe: Duration::from_secs(5),
        start: Duration::from_secs(5),
        silence: Duration::from_millis(300),
        backoff: Duration::from_millis(10),
        attempts: 3,
        settle: Duration::from_secs(60),
        bad_frames: 4,
        detach: Duration::from_millis(200),
        rescan: Duration::from_millis(20),
    };
    CameraSource::with_backend(Arc::new(Backend(fake.clone())), policy, Arc::new(|| {}))
}

/// The next event; fails the test when none comes.
fn event(source: &CameraSource) -> CameraEvent {
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        if let Some(event) = source.try_event() {
            return event;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("no event came; the camera is {:?}", source.phase());
}

fn streaming(source: &CameraSource) -> (CameraInfo, CameraFormat) {
    match event(source) {
        CameraEvent::Streaming { info, format } => (info, format),
        other => panic!("expected Streaming, got {other:?}"),
    }
}

fn frame(source: &CameraSource) -> Arc<Frame> {
    source.frames().wait(Duration::from_secs(20)).expect("a frame")
}

#[test]
fn frames_flow_and_closing_ends_them() {
    let fake = Fake::new(Mode::Frames(8, 4));
    let source = start(&fake);
    source.open("usb-b", None);
    let (info, got) = streaming(&source);
    assert_eq!((info.id.as_str(), got), ("usb-b", format(8, 4)));
    let first = frame(&source).id;
    assert!(frame(&source).id > first);
    assert_eq!(source.phase(), Phase::Streaming);
    let until = Instant::now() + Duration::from_secs(20);
    while source.fps() <= 0.0 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(source.fps() > 1.0);
    source.close();
    assert!(matches!(event(&source), CameraEvent::Closed));
    assert_eq!(source.fps(), 0.0);
    source.frames().take();
    assert!(source.frames().wait(Duration::from_millis(60)).is_none());
}

#[test]
fn a_frozen_camera_is_read_but_shows_nothing_new() {
    let fake = Fake::new(Mode::Frames(8, 4));
    let source = start(&fake);
    source.open("usb-a", None);
    frame(&source);
    source.set_frozen(true);
    // One frame may have been on its way when the flag was set.
    source.frames().wait(Duration::from_millis(60));
    let reads = fake.reads.load(Ordering::Relaxed);
    assert!(source.frames().wait(Duration::from_millis(150)).is_none());
    assert!(fake.reads.load(Ordering::Relaxed) > reads);
    // One that slipped in between the last look and the flag is gone when the camera goes on.
    source.frames().put(Arc::new(Frame::new("stale", 1, 1, vec![0; 3])));
    source.set_frozen(false);
    assert_eq!(frame(&source).name, "fake");
}

#[test]
fn a_new_size_in_mid_stream_is_announced() {
    let fake = Fake::new(Mode::Frames(8, 4));
    let source = start(&fake);
    source.open("usb-a", None);
    streaming(&source);
    fake.set(Mode::Frames(16, 2));
    let (_, now) = streaming(&source);
    assert_eq!((now.width, now.height), (16, 2));
}

#[test]
fn a_camera_that_refuses_fails_with_its_reason_and_without_retries() {
    let fake = Fake::new(Mode::Refused("another program is using it"));
    let source = start(&fake);
    source.open("usb-a", None);
    match event(&source) {
        CameraEvent::Failed { reason } => assert_eq!(reason, "another program is using it"),
        other => panic!("{other:?}"),
    }
    assert_eq!(fake.opened.lock().unwrap().len(), 1);
    source.open("usb-z", None);
    match event(&source) {
        CameraEvent::Failed { reason } => assert!(reason.contains("usb-z is not connected"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn pulled_out_and_put_back_it_is_the_same_camera_at_another_number() {
    let fake = Fake::new(Mode::Frames(8, 4));
    let source = start(&fake);
    // Opened by number 2, which is usb-b.
    source.open("2", None);
    assert_eq!(streaming(&source).0.id, "usb-b");
    // Now usb-a has number 2: it must not be taken for usb-b.
    *fake.cameras.lock().unwrap() = vec![("usb-a", 2)];
    fake.set(Mode::Unplugged);
    match event(&source) {
        CameraEvent::Recovering { attempt: 1, reason } => assert_eq!(reason, "it was unplugged"),
        other => panic!("{other:?}"),
    }
    *fake.cameras.lock().unwrap() = vec![("usb-a", 2), ("usb-b", 5)];
    fake.set(Mode::Frames(8, 4));
    loop {
        match event(&source) {
            CameraEvent::Recovering { .. } => {}
            CameraEvent::Streaming { info, .. } => {
                assert_eq!((info.id.as_str(), info.index), ("usb-b", 5));
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    frame(&source);
    assert!(fake.opened.lock().unwrap().iter().all(|id| id == "usb-b"));
}

#[test]
fn a_camera_that_stays_away_is_given_up_and_no_other_is_opened() {
    let fake = Fake::new(Mode::Frames(8, 4));
    let source = start(&fake);
    source.open("usb-b", None);
    streaming(&source);
    *fake.cameras.lock().unwrap() = vec![("usb-a", 0)];
    fake.set(Mode::Unplugged);
    for n in 1..=3 {
        assert!(matches!(event(&source), CameraEvent::Recovering { attempt, .. } if attempt == n));
    }
    match event(&source) {
        CameraEvent::Failed { reason } => assert!(reason.contains("given up after 3 attempts"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(source.phase(), Phase::Failed);
    assert_eq!(*fake.opened.lock().unwrap(), ["usb-b"]);
}

#[test]
fn a_stalled_driver_is_noticed_and_cannot_hold_the_program() {
    let fake = Fake::new(Mode::Frames(8, 4));
    let source = start(&fake);
    source.open("usb-a", None);
    streaming(&source);
    fake.set(Mode::Stall);
    match event(&source) {
        CameraEvent::Recovering { attempt: 1, reason } => assert_eq!(reason, "no frame for 0.3 s"),
        other => panic!("{other:?}"),
    }
    // The device is still held by the reader that hangs, so it is not opened a second time.
    match event(&source) {
        CameraEvent::Recovering { attempt: 2, reason } => assert!(reason.contains("hangs"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(fake.opened.lock().unwrap().len(), 1);
    let before = Instant::now();
    drop(source);
    assert!(before.elapsed() < Duration::from_secs(2), "{:?}", before.elapsed());
    fake.set(Mode::Unplugged);
}

#[test]
fn a_stall_that_ends_is_recovered_from() {
    let fake = Fake::new(Mode::Frames(8, 4));
    let source = start(&fake);
    source.open("usb-a", None);
    streaming(&source);
    fake.set(Mode::Stall);
    assert!(matches!(event(&source), CameraEvent::Recovering { attempt: 1, .. }));
    fake.set(Mode::Frames(8, 4));
    streaming(&source);
    source.frames().take();
    frame(&source);
}

#[test]
fn damaged_frames_and_a_panicking_library_are_recovered_from() {
    let fake = Fake::new(Mode::Frames(8, 4));
    let source = start(&fake);
    source.open("usb-a", None);
    streaming(&source);
    fake.set(Mode::Damaged);
    match event(&source) {
        CameraEvent::Recovering { reason, .. } => assert!(reason.contains("4 frames in a row"), "{reason}"),
        other => panic!("{other:?}"),
    }
    fake.set(Mode::Frames(8, 4));
    while !matches!(event(&source), CameraEvent::Streaming { .. }) {}
    fake.set(Mode::Panics);
    match event(&source) {
        CameraEvent::Recovering { reason, .. } => assert!(reason.contains("library failed"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_list_comes_on_request_and_follows_the_plugs() {
    let fake = Fake::new(Mode::Frames(8, 4));
    let source = start(&fake);
    source.refresh();
    match event(&source) {
        CameraEvent::Cameras(cameras) => assert_eq!(cameras.len(), 2),
        other => panic!("{other:?}"),
    }
    fake.cameras.lock().unwrap().clear();
    match event(&source) {
        CameraEvent::NoCameras { reason } => assert_eq!(reason, "no camera is connected"),
        other => panic!("{other:?}"),
    }
    fake.cameras.lock().unwrap().push(("usb-c", 1));
    match event(&source) {
        CameraEvent::Cameras(cameras) => assert_eq!(cameras[0].id, "usb-c"),
        other => panic!("{other:?}"),
    }
}
