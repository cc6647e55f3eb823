//! [`FileSource`]: pictures, folders and samples from disk, with their ground truth.

use super::file_worker::{Command, Worker};
use crate::data::samples::Sample;
use crate::data::truth::Truth;
use crate::error::Error;
use crate::frame::Frame;
use crate::outbox::{Outbox, Wake};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Commands that may wait while a file is decoded: half a minute of a held-down arrow key.
const COMMANDS: usize = 1024;

/// One picture of the open list.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// File name, or a sample's title.
    pub name: String,
    /// The picture.
    pub path: PathBuf,
    /// Whether ground truth is known for it.
    pub has_truth: bool,
    /// Focal length along x in pixels of the picture, where it is known.
    pub focal: Option<f64>,
}

/// What the file worker tells the window. Each event carries the number that [`FileSource::open`] or
/// [`FileSource::open_sample`] gave out last when it was made, so that one from before can be told apart.
#[derive(Debug, Clone)]
pub enum SourceEvent {
    /// A list was opened (its first picture follows), or the open one got ground truth.
    List {
        /// Number of the list.
        list: u64,
        /// Its pictures; never empty.
        entries: Vec<Entry>,
        /// What could not be opened beside them.
        errors: Vec<Error>,
    },
    /// A small picture of an entry, made while nothing else is to be done.
    Thumb {
        /// Number of the list.
        list: u64,
        /// Place in the list.
        index: usize,
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// Three bytes a pixel.
        rgb: Vec<u8>,
    },
    /// The selected picture.
    Loaded {
        /// Number of the list.
        list: u64,
        /// Place in the list.
        index: usize,
        /// The picture. One that comes from memory keeps its id and its time.
        frame: Arc<Frame>,
        /// Its ground truth; absent too when it could not be read, which a `Failed` then says.
        truth: Option<Arc<Truth>>,
    },
    /// A picture or its ground truth (with the place in the list), or something that was opened, failed.
    Failed {
        /// Number of the list; 0 before the first.
        list: u64,
        /// Place in the list, if it is about a picture of it.
        index: Option<usize>,
        /// What and why.
        error: Error,
    },
    /// A folder without pictures was opened; the list stays as it was unless something else was opened too.
    Empty {
        /// Number that was given out for it.
        list: u64,
        /// The folder.
        path: PathBuf,
    },
}

/// The handle of the file worker. No method blocks; dropping it stops and joins the worker, which takes as
/// long as the file that is just being decoded.
pub struct FileSource {
    commands: Option<SyncSender<Command>>,
    /// The number given out last.
    lists: AtomicU64,
    events: Outbox<SourceEvent>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl FileSource {
    /// Starts the worker; `wake` is called after each event.
    pub fn start(wake: Wake) -> Self {
        let (commands, inbox) = sync_channel(COMMANDS);
        let events = Outbox::new(wake);
        let stop = Arc::new(AtomicBool::new(false));
        let worker = Worker::new(inbox, events.clone(), stop.clone());
        let thread = std::thread::Builder::new().name("source".into()).spawn(move || worker.run());
        let thread = thread.map_err(|error| {
            let error = Error::Failed(format!("the thread that opens files did not start: {error}"));
            events.push(SourceEvent::Failed { list: 0, index: None, error });
        });
        Self { commands: Some(commands), lists: AtomicU64::new(0), events, stop, thread: thread.ok() }
    }

    fn send(&self, command: Command) {
        // Fails when the thread never started, which an event has said, or when a thousand commands wait.
        if self.commands.as_ref().is_some_and(|commands| commands.try_send(command).is_err()) {
            log::warn!("the thread that opens files took no command");
        }
    }

    /// Opens files and folders as a new list and selects its first picture. A folder's pictures come in natural
    /// order, without those of its sub-folders. A shipped sample brings its ground truth along. Returns the number
    /// that the events carry from then on; where nothing can be opened, the list before goes on under it.
    pub fn open(&self, paths: Vec<PathBuf>) -> u64 {
        let list = self.next();
        self.send(Command::Open(list, paths));
        list
    }

    /// Opens a shipped sample with its ground truth as a list of one; returns its number.
    pub fn open_sample(&self, sample: Sample) -> u64 {
        let list = self.next();
        self.send(Command::Sample(list, sample));
        list
    }

    fn next(&self) -> u64 {
        self.lists.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Gives ground truth to the open list: a folder is paired by file stem; a file goes to the picture of its
    /// stem, else to the selected one. `png_scale` is the number of PNG values in a metre.
    pub fn open_truth(&self, path: PathBuf, png_scale: Option<f64>) {
        self.send(Command::Truth(path, png_scale));
    }

    /// Loads a picture of the list; the newest choice wins. A place beyond the list is ignored.
    pub fn select(&self, index: usize) {
        self.send(Command::Select(index));
    }

    /// Takes the oldest event that nobody took yet.
    pub fn try_event(&self) -> Option<SourceEvent> {
        self.events.pop()
    }
}

impl Drop for FileSource {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
