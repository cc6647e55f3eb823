//! The camera's supervisor thread. The threads that it can do without are in `camera_reader`.
//!
//! A reader looks for the camera, opens it and reads frames; each of these may hang in the driver for ever. So
//! the supervisor never waits for one: it hears by channel what a reader did, and leaves a reader that hangs
//! to the driver. Every message of a reader carries its generation; one that was left is no longer heard.

use super::camera::{CameraEvent, CameraFormat, CameraInfo};
use super::camera_backend::CameraBackend;
use super::camera_reader::{self, Line, News};
use super::camera_state::{Input, Machine, Phase, Policy, Step};
use crate::frame::Frame;
use crate::latest::Latest;
use crate::outbox::Outbox;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What the handle and the supervisor share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub frames: Latest<Arc<Frame>>,
    pub frozen: AtomicBool,
    /// The handle was dropped.
    pub stop: AtomicBool,
    /// Bits of an f32.
    pub fps: AtomicU32,
    pub phase: Mutex<Phase>,
}

/// What the supervisor hears.
pub(super) enum Message {
    Refresh,
    Open(String, Option<CameraFormat>),
    Close,
    Stop,
    Listed(Result<Vec<CameraInfo>, String>),
    Reader(u64, News),
}

/// A reader as the supervisor sees it.
struct Reader {
    id: String,
    stop: Arc<AtomicBool>,
    slot: Latest<Frame>,
    thread: JoinHandle<()>,
}

/// The supervisor.
pub(super) struct Worker {
    backend: Arc<dyn CameraBackend>,
    policy: Policy,
    inbox: Receiver<Message>,
    sender: SyncSender<Message>,
    events: Outbox<CameraEvent>,
    shared: Arc<Shared>,
    machine: Machine,
    wanted: Option<(String, Option<CameraFormat>)>,
    reader: Option<Reader>,
    generation: u64,
    /// Readers that were told to end and have not yet.
    leaving: Vec<Reader>,
    open: Option<(CameraInfo, CameraFormat)>,
    arrivals: VecDeque<Instant>,
    listing: Option<Instant>,
    /// The system's cameras as last seen; `None` until someone asks for the list.
    seen: Option<String>,
    next_scan: Instant,
}

impl Worker {
    pub fn new(
        backend: Arc<dyn CameraBackend>,
        policy: Policy,
        inbox: Receiver<Message>,
        sender: SyncSender<Message>,
        events: Outbox<CameraEvent>,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            backend,
            policy,
            inbox,
            sender,
            events,
            shared,
            machine: Machine::new(policy),
            wanted: None,
            reader: None,
            generation: 0,
            leaving: Vec::new(),
            open: None,
            arrivals: VecDeque::new(),
            listing: None,
            seen: None,
            next_scan: Instant::now() + policy.rescan,
        }
    }

    /// Runs until it is told to stop.
    pub fn run(mut self) {
        while !self.shared.stop.load(Ordering::Relaxed) {
            let now = Instant::now();
            let next = self.machine.deadline().map_or(self.next_scan, |d| d.min(self.next_scan));
            let message = self.inbox.recv_timeout(next.saturating_duration_since(now));
            match message {
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(message) => self.hear(message),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = Instant::now();
            if let Some(step) = self.machine.tick(now) {
                self.act(step);
            }
            if now >= self.next_scan {
                self.scan(now);
            }
            *self.shared.phase.lock().unwrap_or_else(PoisonError::into_inner) = self.machine.phase();
        }
        self.leave();
        self.wait_for_leaving(|_| true);
        if !self.leaving.is_empty() {
            log::warn!("the camera driver hangs; its thread was left to it");
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Refresh => self.list(),
            Message::Listed(result) => {
                // An answer after the time-out is still the truth.
                self.listing = None;
                self.events.push(match result {
                    Ok(cameras) => CameraEvent::Cameras(cameras),
                    Err(reason) => CameraEvent::NoCameras { reason },
                });
            }
            Message::Open(id, format) => {
                self.leave();
                self.wanted = Some((id, format));
                let step = self.machine.open(Instant::now());
                self.act(step);
            }
            Message::Close => {
                self.leave();
                self.wanted = None;
                self.machine.close();
                self.events.push(CameraEvent::Closed);
            }
            Message::Reader(generation, news) if generation == self.generation && self.reader.is_some() => {
                if let Some(step) = self.news(news) {
                    self.act(step);
                }
            }
            Message::Reader(..) | Message::Stop => {}
        }
    }

    fn news(&mut self, news: News) -> Option<Step> {
        let now = Instant::now();
        match news {
            News::Found(info) => {
                let unknown = CameraFormat { width: 0, height: 0, fps: 0, fourcc: super::camera::FourCc::Yuyv };
                // From here on it is this camera and no other, even if it was chosen by number.
                if let Some(wanted) = &mut self.wanted {
                    wanted.0.clone_from(&info.id);
                }
                if let Some(reader) = &mut self.reader {
                    reader.id.clone_from(&info.id);
                }
                self.open = Some((info, unknown));
                self.machine.input(Input::Found, now)
            }
            News::Opened(format) => {
                if let Some(open) = &mut self.open {
                    open.1 = format;
                }
                self.machine.input(Input::Opened, now)
            }
            News::Bad(reason) => self.machine.input(Input::BadFrame(reason), now),
            News::Lost(reason) => self.machine.input(Input::Lost(reason), now),
            News::Frame => {
                let frame = self.reader.as_ref()?.slot.take()?;
                let step = self.machine.input(Input::Frame, now);
                self.measure(now);
                self.follow_size(&frame, step.is_some());
                if !self.shared.frozen.load(Ordering::Relaxed) {
                    drop(self.shared.frames.put(Arc::new(frame)));
                    self.events.wake();
                }
                step
            }
        }
    }

    fn act(&mut self, step: Step) {
        match step {
            Step::Start => self.start_reader(),
            Step::Streaming => {
                if let Some((info, format)) = self.open.clone() {
                    self.events.push(CameraEvent::Streaming { info, format });
                }
            }
            Step::Recover { attempt, reason } => {
                self.leave();
                self.events.push(CameraEvent::Recovering { attempt, reason });
            }
            Step::Fail(reason) => {
                self.leave();
                self.events.push(CameraEvent::Failed { reason });
            }
        }
    }

    /// A driver may change the picture's size in mid-stream; the window must hear of it.
    fn follow_size(&mut self, frame: &Frame, said_anyway: bool) {
        let Some((info, format)) = &mut self.open else { return };
        if (format.width, format.height) == (frame.width, frame.height) {
            return;
        }
        (format.width, format.height) = (frame.width, frame.height);
        if !said_anyway {
            let event = CameraEvent::Streaming { info: info.clone(), format: *format };
            self.events.push(event);
        }
    }

    fn measure(&mut self, now: Instant) {
        self.arrivals.push_back(now);
        while self.arrivals.len() > 600 || self.arrivals.front().is_some_and(|t| now - *t > Duration::from_secs(2)) {
            self.arrivals.pop_front();
        }
        let span = self.arrivals.front().map_or(0.0, |t| (now - *t).as_secs_f32());
        let fps = if span > 0.0 { (self.arrivals.len() - 1) as f32 / span } else { 0.0 };
        self.shared.fps.store(fps.to_bits(), Ordering::Relaxed);
    }

    /// Tells the reader to end, and forgets what belonged to it.
    fn leave(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.stop.store(true, Ordering::Relaxed);
            self.leaving.push(reader);
        }
        self.open = None;
        self.arrivals.clear();
        self.shared.fps.store(0, Ordering::Relaxed);
    }

    /// Waits, no longer than the policy says, for those leaving readers that `which` picks.
    fn wait_for_leaving(&mut self, which: impl Fn(&Reader) -> bool) {
        let until = Instant::now() + self.policy.detach;
        loop {
            self.leaving.retain(|reader| !reader.thread.is_finished());
            if !self.leaving.iter().any(&which) || Instant::now() >= until {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn start_reader(&mut self) {
        let Some((id, format)) = self.wanted.clone() else { return };
        // A device is not opened twice, and hanging threads do not pile up.
        self.wait_for_leaving(|reader| reader.id == id);
        if self.leaving.iter().any(|reader| reader.id == id) || self.leaving.len() >= 4 {
            self.refuse("the driver still hangs in the last read; unplug the camera".into());
            return;
        }
        self.generation += 1;
        let stop = Arc::new(AtomicBool::new(false));
        let slot = Latest::new();
        let line = Line { generation: self.generation, sender: self.sender.clone(), stop: stop.clone() };
        let thread = camera_reader::spawn(self.backend.clone(), id.clone(), format, slot.clone(), line);
        match thread {
            Ok(thread) => self.reader = Some(Reader { id, stop, slot, thread }),
            Err(error) => self.refuse(format!("the camera's thread did not start: {error}")),
        }
    }

    /// The reader could not even be started.
    fn refuse(&mut self, reason: String) {
        match self.machine.input(Input::Lost(reason), Instant::now()) {
            Some(Step::Start) | None => {}
            Some(step) => self.act(step),
        }
    }

    /// Lists the cameras on a thread of its own; one at a time.
    fn list(&mut self) {
        self.seen = Some(self.backend.fingerprint());
        if self.listing.is_some() {
            return;
        }
        self.listing = Some(Instant::now());
        let open = self.open.as_ref().map(|(info, _)| info.clone());
        let (backend, sender) = (self.backend.clone(), self.sender.clone());
        let thread = std::thread::Builder::new().name("camera list".into()).spawn(move || {
            let list = || backend.list(open.as_ref());
            let result = catch_unwind(AssertUnwindSafe(list))
                .unwrap_or_else(|_| Err("the camera library failed while it looked for cameras".to_owned()));
            let _ = sender.send(Message::Listed(result));
        });
        if let Err(error) = thread {
            let reason = format!("the camera's thread did not start: {error}");
            self.hear(Message::Listed(Err(reason)));
        }
    }

    /// Notices cameras that came or went, and a list that does not come.
    fn scan(&mut self, now: Instant) {
        self.next_scan = now + self.policy.rescan;
        self.leaving.retain(|reader| !reader.thread.is_finished());
        if let Some(started) = self.listing {
            // Said once: the thread stays counted as listing, so that a hanging driver gets no second one.
            let waited = now - started;
            if waited >= self.policy.probe && waited < self.policy.probe + self.policy.rescan {
                let reason = "the camera driver does not answer; unplug the camera".to_owned();
                self.events.push(CameraEvent::NoCameras { reason });
            }
            return;
        }
        if self.seen.as_ref().is_some_and(|seen| *seen != self.backend.fingerprint()) {
            self.list();
        }
    }
}
