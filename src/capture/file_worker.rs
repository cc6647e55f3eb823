//! The thread behind `FileSource`: commands first, then the selected picture, then the next one, then thumbnails.

use super::cache::{Cache, Loaded};
use super::file_item::{Item, TruthFile, decode, header_size, thumbnail};
use super::files::SourceEvent;
use super::listing;
use crate::data::samples::{self, Sample};
use crate::data::truth;
use crate::error::{Error, Result};
use crate::outbox::Outbox;
use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Duration;

/// Bytes of decoded pictures that are kept for stepping back and forth.
const CACHE_BYTES: usize = 256 << 20;
/// Thumbnails made around the selected picture.
const THUMBS: usize = 200;
/// Files above this size are not decoded for a thumbnail: the person's next choice would wait for them.
const THUMB_BYTES: u64 = 64 << 20;
/// Lists up to this length are looked through for shipped samples.
const SAMPLE_CHECK: usize = 64;

/// What the handle asks for.
pub(super) enum Command {
    Open(u64, Vec<PathBuf>),
    Sample(u64, Sample),
    Truth(PathBuf, Option<f64>),
    Select(usize),
}

/// The worker.
pub(super) struct Worker {
    inbox: Receiver<Command>,
    events: Outbox<SourceEvent>,
    stop: Arc<AtomicBool>,
    items: Vec<Item>,
    /// Counts the opened lists: a picture decoded for an older one is thrown away.
    opened: u64,
    /// The number that the handle gave out last, also for a list that could not be opened; events carry it.
    list: u64,
    selected: Option<usize>,
    /// To be loaded and shown.
    pending: Option<usize>,
    /// To be loaded because it comes next.
    ahead: Option<usize>,
    backwards: bool,
    thumbs: VecDeque<usize>,
    made: HashSet<usize>,
    cache: Cache,
}

impl Worker {
    pub fn new(inbox: Receiver<Command>, events: Outbox<SourceEvent>, stop: Arc<AtomicBool>) -> Self {
        Self {
            inbox,
            events,
            stop,
            items: Vec::new(),
            opened: 0,
            list: 0,
            selected: None,
            pending: None,
            ahead: None,
            backwards: false,
            thumbs: VecDeque::new(),
            made: HashSet::new(),
            cache: Cache::new(CACHE_BYTES),
        }
    }

    /// Runs until the handle is dropped.
    pub fn run(mut self) {
        while !self.stop.load(Ordering::Relaxed) {
            let urgent = self.pending.is_some() || self.ahead.is_some();
            let command = if urgent || (!self.thumbs.is_empty() && self.events.has_room()) {
                match self.inbox.try_recv() {
                    Ok(command) => Some(command),
                    Err(TryRecvError::Empty) => None,
                    Err(TryRecvError::Disconnected) => return,
                }
            } else if self.thumbs.is_empty() {
                let Ok(command) = self.inbox.recv() else { return };
                Some(command)
            } else {
                // Thumbnails wait until the window has taken those that are there.
                match self.inbox.recv_timeout(Duration::from_millis(50)) {
                    Ok(command) => Some(command),
                    Err(RecvTimeoutError::Timeout) => continue,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            };
            match command {
                Some(command) => self.obey(command),
                None => self.work(),
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Open(list, paths) => {
                self.number(list);
                self.open(&paths);
            }
            Command::Sample(list, sample) => {
                self.number(list);
                self.replace(vec![Item::of_sample(sample)], Vec::new());
            }
            Command::Truth(path, scale) => {
                if let Err(error) = self.pair(&path, scale) {
                    self.events.push(SourceEvent::Failed { list: self.list, index: None, error });
                }
            }
            Command::Select(index) if index < self.items.len() => {
                self.backwards = self.selected.is_some_and(|old| index < old);
                self.choose(index);
            }
            Command::Select(index) => log::debug!("picture {index} is beyond the list"),
        }
    }

    /// Thumbnails under an older number are thrown away by the window, so they are made again when they are wanted.
    fn number(&mut self, list: u64) {
        self.list = list;
        self.made.clear();
    }

    fn choose(&mut self, index: usize) {
        self.selected = Some(index);
        self.pending = Some(index);
        self.ahead = None;
    }

    fn open(&mut self, paths: &[PathBuf]) {
        let found = listing::list(paths);
        for path in found.empty {
            self.events.push(SourceEvent::Empty { list: self.list, path });
        }
        if found.files.is_empty() {
            for error in found.errors {
                self.events.push(SourceEvent::Failed { list: self.list, index: None, error });
            }
            return;
        }
        let shipped = if found.files.len() <= SAMPLE_CHECK { samples::all() } else { Vec::new() };
        let items = found.files.into_iter().map(|path| Item::at(path, &shipped)).collect();
        self.replace(items, found.errors);
    }

    fn replace(&mut self, items: Vec<Item>, errors: Vec<Error>) {
        self.items = items;
        self.opened += 1;
        self.cache.clear();
        self.thumbs.clear();
        self.backwards = false;
        self.say_list(errors);
        self.choose(0);
    }

    fn say_list(&self, errors: Vec<Error>) {
        let entries = self.items.iter().map(Item::entry).collect();
        self.events.push(SourceEvent::List { list: self.list, entries, errors });
    }

    /// Gives ground truth to the pictures of the list.
    fn pair(&mut self, path: &Path, scale: Option<f64>) -> Result<()> {
        let meta = std::fs::metadata(path).map_err(|error| Error::reading(path, &error))?;
        let Some(selected) = self.selected else {
            return Err(Error::file(path, "is ground truth for no picture", "open the picture first"));
        };
        let mut paired = 0;
        let mut give = |item: &mut Item, path: PathBuf| {
            item.truth = Some(TruthFile { path, scale, label: None });
            paired += 1;
        };
        if meta.is_dir() {
            for item in &mut self.items {
                if let Some(file) = truth::pair(&item.path, path) {
                    give(item, file);
                }
            }
        } else {
            let stem = path.file_stem();
            let named = self.items.iter().position(|item| item.path.file_stem() == stem);
            give(&mut self.items[named.unwrap_or(selected)], path.to_owned());
        }
        if paired == 0 {
            let what = "holds no .npy, .pfm or .png that is named like one of the open pictures";
            return Err(Error::file(path, what, "give each the name of its picture"));
        }
        self.cache.forget_truths();
        self.say_list(Vec::new());
        self.pending = Some(selected);
        Ok(())
    }

    fn work(&mut self) {
        if let Some(index) = self.pending.take() {
            self.show(index);
        } else if let Some(index) = self.ahead.take() {
            // What is wrong with it will be said when it is chosen.
            if self.fits(index)
                && let Ok((loaded, _)) = self.load(index)
            {
                self.cache.put(index, loaded);
            }
        } else if let Some(index) = self.thumbs.pop_front() {
            // One that fails would fail again: it is not tried at every choice.
            self.made.insert(index);
            if let Some(event) = self.thumb(index) {
                self.events.push(event);
            }
        }
    }

    /// Whether a picture, by what its header says, can be kept until it is chosen; decoding it ahead would else be
    /// in vain. One whose header says nothing is tried.
    fn fits(&self, index: usize) -> bool {
        let size = self.items.get(index).and_then(|item| header_size(&item.path));
        size.is_none_or(|size| self.cache.fits(size))
    }

    fn show(&mut self, index: usize) {
        let opened = self.opened;
        let result = self.load(index);
        if let Ok((loaded, _)) = &result {
            self.cache.put(index, loaded.clone());
        }
        // The person may have gone on while it was decoded.
        while let Ok(command) = self.inbox.try_recv() {
            self.obey(command);
        }
        if self.opened != opened || self.pending.is_some() {
            return;
        }
        match result {
            Ok((Loaded { frame, truth, .. }, error)) => {
                self.events.push(SourceEvent::Loaded { list: self.list, index, frame, truth });
                if let Some(error) = error {
                    self.events.push(SourceEvent::Failed { list: self.list, index: Some(index), error });
                }
            }
            Err(error) => self.events.push(SourceEvent::Failed { list: self.list, index: Some(index), error }),
        }
        self.plan(index);
    }

    /// What to do while nothing is asked for: the next picture in the direction of travel, thumbnails outwards.
    fn plan(&mut self, index: usize) {
        let next = if self.backwards { index.checked_sub(1) } else { Some(index + 1) };
        self.ahead = next.filter(|i| *i < self.items.len() && self.cache.peek(*i).is_none());
        let last = self.items.len();
        let around = (0..last.min(THUMBS)).flat_map(|d| [index.checked_add(d), index.checked_sub(d).filter(|_| d > 0)]);
        let around = around.flatten().filter(|i| *i < last && !self.made.contains(i));
        self.thumbs = around.take(THUMBS).collect();
    }

    /// A picture with its ground truth; the error is that of the ground truth, without which the picture is good.
    fn load(&mut self, index: usize) -> Result<(Loaded, Option<Error>)> {
        let kept = self.cache.get(index);
        if let Some(loaded) = kept.clone().filter(|loaded| loaded.truth_known) {
            return Ok((loaded, None));
        }
        let item = &self.items[index];
        let frame = match kept {
            Some(loaded) => loaded.frame,
            None => Arc::new(item.decode()?),
        };
        Ok(match item.truth.as_ref().map(TruthFile::read) {
            None => (Loaded { frame, truth: None, truth_known: true }, None),
            Some(Ok(truth)) => (Loaded { frame, truth: Some(Arc::new(truth)), truth_known: true }, None),
            // Not known: the next choice reads it again and says again what is wrong.
            Some(Err(error)) => (Loaded { frame, truth: None, truth_known: false }, Some(error)),
        })
    }

    fn thumb(&self, index: usize) -> Option<SourceEvent> {
        let path = &self.items.get(index)?.path;
        let frame = match self.cache.peek(index) {
            Some(loaded) => loaded.frame.clone(),
            None if std::fs::metadata(path).is_ok_and(|meta| meta.len() <= THUMB_BYTES) => Arc::new(decode(path).ok()?),
            None => return None,
        };
        let (width, height, rgb) = thumbnail(&frame);
        Some(SourceEvent::Thumb { list: self.list, index, width, height, rgb })
    }
}
