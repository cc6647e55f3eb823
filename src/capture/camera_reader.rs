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
    let info = find(&backend.list(None)?, id)?;
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

/// The camera that is meant: by its identity, else by the system's number or by its name, as the command line may
/// give them. The number of a camera that came back may be another, so the identity comes first.
fn find(cameras: &[CameraInfo], wanted: &str) -> Result<CameraInfo, String> {
    let number = wanted.parse().ok();
    let by_id = cameras.iter().find(|c| c.id == wanted).or_else(|| cameras.iter().find(|c| Some(c.index) == number));
    if let Some(info) = by_id {
        return Ok(info.clone());
    }
    let name = wanted.trim().to_lowercase();
    let named: Vec<&CameraInfo> = cameras.iter().filter(|c| c.name.trim().to_lowercase() == name).collect();
    match named[..] {
        [one] => Ok(one.clone()),
        [] => {
            let names: Vec<&str> = cameras.iter().map(|c| c.name.as_str()).collect();
            Err(format!("the camera {wanted} is not connected; there is {}", names.join(", ")))
        }
        _ => {
            let numbers: Vec<String> = named.iter().map(|c| c.index.to_string()).collect();
            Err(format!("several cameras are called {wanted}; give the number of one: {}", numbers.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_camera_is_found_by_identity_number_or_unique_name() {
        let camera = |id: &str, name: &str, index| CameraInfo {
            id: id.to_owned(),
            name: name.to_owned(),
            index,
            formats: Vec::new(),
            problem: None,
        };
        // The second one's name is the number of the first.
        let cameras = [camera("usb-a", "HD Webcam", 4), camera("usb-b", "4", 2), camera("usb-c", "Twin", 6)];
        let id = |wanted| find(&cameras, wanted).map(|c| c.id);
        assert_eq!(id("usb-b").unwrap(), "usb-b");
        assert_eq!(id("4").unwrap(), "usb-a");
        assert_eq!(id("hd webcam").unwrap(), "usb-a");
        assert_eq!(id("TWIN").unwrap(), "usb-c");
        let error = id("webcam").unwrap_err();
        assert!(error.contains("not connected") && error.contains("HD Webcam"), "{error}");
        let twins = [camera("a", "Twin", 0), camera("b", "twin", 2)];
        let error = find(&twins, "Twin").unwrap_err();
        assert!(error.contains("0, 2"), "{error}");
    }
}
