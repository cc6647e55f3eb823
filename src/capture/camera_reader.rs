//! The thread that reads a camera, and may hang in its driver for ever.

use super::camera::{CameraFormat, CameraInfo};
use super::camera_backend::{CameraBackend, ReadError};
use super::camera_worker::Message;
use crate::frame::Frame;
use crate::latest::Latest;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::thread::JoinHandle;
use std::time::Duration;

/// What a reader says. `Frame` only says that the reader's slot is no longer empty, so that at most one
/// waits in the channel.
pub(super) enum News {
    Found(CameraInfo),
    Opened(CameraFormat),
    Frame,
    Bad(String),
    Lost(String),
}

/// A reader's way to the supervisor.
pub(super) struct Line {
    pub generation: u64,
    pub sender: SyncSender<Message>,
    pub stop: Arc<AtomicBool>,
}

impl Line {
    /// Never waits for a supervisor that waits for this reader to end.
    fn say(&self, news: News) {
        let mut message = Message::Reader(self.generation, news);
        while let Err(TrySendError::Full(back)) = self.sender.try_send(message) {
            if self.stopped() {
                return;
            }
            message = back;
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Starts a reader. Frames go into `slot`, and what happens is said on `line`; whatever panics in a driver's
/// library becomes a [`News::Lost`].
pub(super) fn spawn(
    backend: Arc<dyn CameraBackend>,
    id: String,
    format: Option<CameraFormat>,
    slot: Latest<Frame>,
    line: Line,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("camera read".into()).spawn(move || {
        let work = || read(&*backend, &id, format, &slot, &line);
        let reason = match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok(())) => return,
            Ok(Err(reason)) => reason,
            Err(_) => "the camera library failed; unplug the camera and open it again".to_owned(),
        };
        line.say(News::Lost(reason));
    })
}

/// The reader's life: find the camera by its identity, open it, read until told to stop or until it is lost.
fn read(
    backend: &dyn CameraBackend,
    id: &str,
    format: Option<CameraFormat>,
    slot: &Latest<Frame>,
    line: &Line,
) -> Result<(), String> {
    let cameras = backend.list(None)?;
    // The command line may give the system's number; the index of a camera that came back may be another.
    let number = id.parse().ok();
    let found = cameras.iter().find(|c| c.id == id).or_else(|| cameras.iter().find(|c| Some(c.index) == number));
    let Some(info) = found.cloned() else {
        let names: Vec<&str> = cameras.iter().map(|c| c.name.as_str()).collect();
        return Err(format!("the camera {id} is not connected; there is {}", names.join(", ")));
    };
    line.say(News::Found(info.clone()));
    if line.stopped() {
        return Ok(());
    }
    let mut device = backend.open(&info, format)?;
    line.say(News::Opened(device.format()));
    while !line.stopped() {
        match device.read() {
            Ok(frame) => {
                if slot.put(frame).is_none() {
                    line.say(News::Frame);
                }
            }
            Err(ReadError::BadFrame(reason)) => {
                line.say(News::Bad(reason));
                // A driver that fails without waiting must not take a processor.
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(ReadError::Lost(reason)) => return Err(reason),
        }
    }
    Ok(())
}
