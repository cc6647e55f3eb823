//! [`DatasetSource`]: a data set's frames with their ground truth, by number, and small pictures of those in sight.

use super::dataset_desk::{Desk, Order};
use super::dataset_worker::Worker;
use crate::data::dataset::{DataKind, DataSpec, Dataset, Split};
use crate::data::truth::Truth;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;
use crate::outbox::{Outbox, Wake};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

/// A data set to open.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenDataset {
    /// Where it is and in which layout.
    pub spec: DataSpec,
    /// The frames; `None` takes what the layout's reader takes by itself, mostly all.
    pub split: Option<Split>,
    /// The frame to begin with: a name, or a number from 1; `None` begins with the first.
    pub frame: Option<String>,
    /// Folder for depth that is projected once and kept.
    pub cache: Option<PathBuf>,
}

/// What is known of a data set once it is open; all of it is in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// What was opened.
    pub spec: DataSpec,
    /// What it is of.
    pub kind: DataKind,
    /// Which frames they are: a split's name or path, or `all`.
    pub split: String,
    /// Names of the frames, unique, in order; never empty.
    pub names: Vec<String>,
    /// Where each scene begins and what it is called, in order; empty where the data have no scenes.
    pub scenes: Vec<(usize, String)>,
    /// A split or a list asked for exactly these frames.
    pub listed: bool,
}

impl Listing {
    /// The listing of a data set that is open.
    pub fn of(dataset: &dyn Dataset, spec: DataSpec, split: Option<&Split>) -> Self {
        let names = dataset.names().to_vec();
        let mut scenes: Vec<(usize, String)> = Vec::new();
        for index in 0..names.len() {
            if let Some(scene) = dataset.scene(index)
                && scenes.last().is_none_or(|(_, last)| last != scene)
            {
                scenes.push((index, scene.to_owned()));
            }
        }
        let split = match split {
            Some(split) => split.to_string(),
            // The labelled file is the one kind whose reader takes a split by itself.
            None if dataset.listed() && matches!(spec, DataSpec::NyuMat(..)) => Split::NyuTest.to_string(),
            None => Split::All.to_string(),
        };
        Self { kind: dataset.kind(), spec, split, names, scenes, listed: dataset.listed() }
    }

    /// The scene of a frame.
    pub fn scene(&self, index: usize) -> Option<&str> {
        let after = self.scenes.partition_point(|(first, _)| *first <= index);
        self.scenes.get(after.checked_sub(1)?).map(|(_, name)| name.as_str())
    }

    /// The frame that a person means: its name, else its number from 1 (also written `#12`).
    pub fn find(&self, text: &str) -> Option<usize> {
        let text = text.trim();
        if let Some(index) = self.names.iter().position(|name| name == text) {
            return Some(index);
        }
        let number: usize = text.strip_prefix('#').unwrap_or(text).parse().ok()?;
        (1..=self.names.len()).contains(&number).then(|| number - 1)
    }

    /// The first `most` frames whose names hold a text, in small letters or capitals, and those whose number it is before
    /// them.
    pub fn matches(&self, text: &str, most: usize) -> Vec<usize> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<usize> = self.find(&text).into_iter().collect();
        let named = self.names.iter().enumerate().filter(|(_, name)| name.to_lowercase().contains(&text));
        let first = found.first().copied();
        found.extend(named.map(|(index, _)| index).filter(|index| Some(*index) != first).take(most));
        found.truncate(most);
        found
    }
}

/// What a look through the whole list found, after it was opened.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Survey {
    /// For each frame whether there is no ground truth for it.
    pub without_truth: Vec<bool>,
    /// The built-in splits that are worth offering, each with why it does not fit these data (`None` where it does).
    pub splits: Vec<(Split, Option<String>)>,
}

impl Survey {
    /// Frames without ground truth.
    pub fn missing(&self) -> usize {
        self.without_truth.iter().filter(|without| **without).count()
    }
}

/// What the worker tells the window. Each event carries the number that [`DatasetSource::open`] gave out when the data set
/// it is about was opened.
#[derive(Debug, Clone)]
pub enum DatasetEvent {
    /// A data set is open; the frame asked for follows.
    Opened(u64, Arc<Listing>),
    /// It could not be opened; nothing is open now.
    NotOpened(u64, Error),
    /// The look through the list is done.
    Surveyed(u64, Arc<Survey>),
    /// The selected frame.
    Loaded {
        /// Number of the opening.
        ticket: u64,
        /// Number of the frame from 0.
        index: usize,
        /// The picture; one that comes from memory keeps its id.
        frame: Arc<Frame>,
        /// Its ground truth.
        truth: Option<Arc<Truth>>,
        /// Why the ground truth or the camera could not be read, which the picture does without.
        trouble: Option<Error>,
        /// The camera, where it is known.
        camera: Option<Intrinsics>,
    },
    /// A frame cannot be read: the selected one, or one of those in sight.
    Failed(u64, usize, Error),
    /// A small picture of a frame in sight.
    Thumb {
        /// Number of the opening.
        ticket: u64,
        /// Number of the frame from 0.
        index: usize,
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// Three bytes a pixel.
        rgb: Vec<u8>,
    },
}

/// How data sets are opened; tests put one of their own in.
pub(super) type Opener = Arc<dyn Fn(&OpenDataset, bool) -> Result<Arc<dyn Dataset>> + Send + Sync>;

/// The handle of the worker. No method blocks, and of everything that waits the newest wins; dropping it stops the worker
/// and joins it, which takes as long as the frame that is just being read.
pub struct DatasetSource {
    desk: Arc<Desk>,
    tickets: AtomicU64,
    events: Outbox<DatasetEvent>,
    thread: Option<JoinHandle<()>>,
}

impl DatasetSource {
    /// Starts the worker; `wake` is called after each event.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(wake: Wake) -> Result<Self> {
        Self::start_with(wake, Arc::new(super::dataset_worker::open))
    }

    /// [`DatasetSource::start`] with another way of opening.
    pub(super) fn start_with(wake: Wake, opener: Opener) -> Result<Self> {
        let (desk, events) = (Arc::<Desk>::default(), Outbox::new(wake));
        let worker = Worker::new(desk.clone(), events.clone(), opener);
        let thread = std::thread::Builder::new().name("dataset".into()).spawn(move || worker.run());
        let thread = thread.map_err(|e| Error::Failed(format!("cannot start the thread for data sets ({e})")))?;
        Ok(Self { desk, tickets: AtomicU64::new(0), events, thread: Some(thread) })
    }

    /// Opens a data set in place of the one before; returns the number that its events carry.
    pub fn open(&self, what: OpenDataset) -> u64 {
        let ticket = self.tickets.fetch_add(1, Ordering::Relaxed) + 1;
        self.desk.put(Order::Open(ticket, Box::new(what)));
        ticket
    }

    /// Reads a frame of the open data set; a number beyond the list is ignored.
    pub fn select(&self, index: usize) {
        self.desk.put(Order::Select(index));
    }

    /// The frames whose small pictures are wanted now, those that matter most first; others are no longer made.
    pub fn thumbs(&self, wanted: Vec<usize>) {
        self.desk.put(Order::Thumbs(wanted));
    }

    /// Closes the data set and forgets its frames.
    pub fn close(&self) {
        self.desk.put(Order::Close);
    }

    /// Takes the oldest event that nobody took yet.
    pub fn try_event(&self) -> Option<DatasetEvent> {
        self.events.pop()
    }
}

impl Drop for DatasetSource {
    fn drop(&mut self) {
        self.desk.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
