//! [`CameraSource`]: live frames from a webcam; the newest one wins and trouble is said in words.

use super::camera_backend::{CameraBackend, NokhwaBackend};
use super::camera_state::{Phase, Policy};
use super::camera_worker::{Message, Shared, Worker};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::latest::Latest;
use crate::outbox::{Outbox, Wake};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Messages that may wait for the worker: far more than a person can cause while it waits for a driver.
const MESSAGES: usize = 256;

/// How a camera packs its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum FourCc {
    /// Packed YUV 4:2:2.
    Yuyv,
    /// Planar YUV 4:2:0.
    Nv12,
    /// Red, green, blue, a byte each.
    Rgb3,
    /// Blue, green, red, a byte each.
    Bgr3,
    /// Brightness only.
    Grey,
    /// Motion JPEG.
    Mjpg,
}

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yuyv => "YUYV",
            Self::Nv12 => "NV12",
            Self::Rgb3 => "RGB3",
            Self::Bgr3 => "BGR3",
            Self::Grey => "GREY",
            Self::Mjpg => "MJPG",
        })
    }
}

/// A size, rate and packing that a camera offers or delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CameraFormat {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Frames a second.
    pub fps: u32,
    /// Packing of the pixels.
    pub fourcc: FourCc,
}

impl fmt::Display for CameraFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{} · {} fps · {}", self.width, self.height, self.fps, self.fourcc)
    }
}

/// A camera that the system knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CameraInfo {
    /// Stays the same when cameras come and go: the link under `/dev/v4l`, else `N:name`.
    pub id: String,
    /// What the maker calls it.
    pub name: String,
    /// The system's number of it; may change when cameras come and go.
    pub index: u32,
    /// What it offers, largest first; empty when `problem` says why.
    pub formats: Vec<CameraFormat>,
    /// Why it cannot be used, for the picker's disabled entry.
    pub problem: Option<String>,
}

/// What a camera's worker tells the window.
#[derive(Debug, Clone)]
pub enum CameraEvent {
    /// The cameras that are there, after a refresh or when one came or went.
    Cameras(Vec<CameraInfo>),
    /// No camera can be used.
    NoCameras {
        /// Why, and what to do.
        reason: String,
    },
    /// Frames arrive; again when their size changes.
    Streaming {
        /// The camera.
        info: CameraInfo,
        /// What it really delivers.
        format: CameraFormat,
    },
    /// Frames stopped; the same camera, and no other, is tried again.
    Recovering {
        /// Which attempt comes next, from 1.
        attempt: u32,
        /// Why they stopped.
        reason: String,
    },
    /// The camera was given up.
    Failed {
        /// Why, as one sentence.
        reason: String,
    },
    /// The camera was closed as asked.
    Closed,
}

/// The handle of the camera worker. No method blocks; dropping it stops and joins the worker within about a
/// second, even when the driver hangs.
pub struct CameraSource {
    commands: SyncSender<Message>,
    events: Outbox<CameraEvent>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl CameraSource {
    /// Starts the worker on this system's cameras; `wake` is called after each event and each frame.
    pub fn start(wake: Wake) -> Self {
        Self::with_backend(Arc::new(NokhwaBackend), Policy::default(), wake)
    }

    /// Starts the worker on another kind of camera.
    pub fn with_backend(backend: Arc<dyn CameraBackend>, policy: Policy, wake: Wake) -> Self {
        let (commands, inbox) = sync_channel(MESSAGES);
        let events = Outbox::new(wake);
        let shared = Arc::new(Shared::default());
        let worker = Worker::new(backend, policy, inbox, commands.clone(), events.clone(), shared.clone());
        let thread = std::thread::Builder::new().name("camera".into()).spawn(move || worker.run());
        let thread = thread.map_err(|error| {
            events.push(CameraEvent::Failed { reason: format!("the camera thread did not start: {error}") });
        });
        Self { commands, events, shared, thread: thread.ok() }
    }

    fn send(&self, message: Message) {
        // Fails when the thread never started, which an event has said, or under hundreds of commands a second.
        if self.commands.try_send(message).is_err() {
            log::warn!("the camera thread took no command");
        }
    }

    /// Looks for cameras; [`CameraEvent::Cameras`] or [`CameraEvent::NoCameras`] follows, and again whenever
    /// one is plugged in or out.
    pub fn refresh(&self) {
        self.send(Message::Refresh);
    }

    /// Opens a camera by its id (or, for the command line, its number or its name) in the given format, or in the one that
    /// suits the network best. A camera that is open is closed first.
    pub fn open(&self, id: impl Into<String>, format: Option<CameraFormat>) {
        self.send(Message::Open(id.into(), format));
    }

    /// Closes the camera.
    pub fn close(&self) {
        self.send(Message::Close);
    }

    /// While frozen, frames are read (so that the picture is fresh afterwards) and thrown away.
    pub fn set_frozen(&self, frozen: bool) {
        if !frozen {
            // One that slipped in while the flag was being set is old by now.
            drop(self.shared.frames.take());
        }
        self.shared.frozen.store(frozen, Ordering::Relaxed);
        if frozen {
            // One that nobody took yet is newer than what the person froze.
            drop(self.shared.frames.take());
        }
    }

    /// Whether frames are thrown away.
    pub fn frozen(&self) -> bool {
        self.shared.frozen.load(Ordering::Relaxed)
    }

    /// The slot with the newest frame.
    pub fn frames(&self) -> &Latest<Arc<Frame>> {
        &self.shared.frames
    }

    /// Frames a second as measured over the last two seconds; 0 when none arrive.
    pub fn fps(&self) -> f32 {
        f32::from_bits(self.shared.fps.load(Ordering::Relaxed))
    }

    /// Where the camera stands.
    pub fn phase(&self) -> Phase {
        *self.shared.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the oldest event that nobody took yet.
    pub fn try_event(&self) -> Option<CameraEvent> {
        self.events.pop()
    }
}

impl Drop for CameraSource {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        // Wakes it; when the queue is full it is awake anyway.
        let _ = self.commands.try_send(Message::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The cameras of this system, for the command line.
///
/// # Errors
/// One sentence when there is none, with the reason, or when the driver does not answer within ten seconds.
pub fn list() -> Result<Vec<CameraInfo>> {
    let (answer, result) = sync_channel(1);
    // A thread of its own: a driver that hangs must not hang the command with it.
    let spawned = std::thread::Builder::new().name("camera list".into()).spawn(move || {
        let _ = answer.send(NokhwaBackend.list(None));
    });
    spawned.map_err(|error| Error::Failed(format!("the camera thread did not start: {error}")))?;
    match result.recv_timeout(Duration::from_secs(10)) {
        Ok(Ok(cameras)) => Ok(cameras),
        Ok(Err(reason)) => Err(Error::Failed(reason)),
        Err(_) => {
            Err(Error::Failed("the camera driver did not answer for 10 s; unplug the camera and try again".into()))
        }
    }
}
