//! The thread behind `DatasetSource`: orders first, then the selected frame, then its neighbours, then the look through the
//! list, then small pictures of the frames in sight.

use super::cache::{Cache, Loaded};
use super::dataset::{DatasetEvent, Listing, OpenDataset, Opener, Survey};
use super::dataset_desk::{Desk, Orders};
use crate::data::dataset::{self, DataSpec, Dataset, OpenOptions, Split};
use crate::data::resize::pillow_bilinear;
use crate::data::truth::Truth;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;
use crate::guard::guard;
use crate::outbox::Outbox;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// Bytes of decoded frames that are kept for stepping back and forth: 130 of KITTI with their depth.
const CACHE_BYTES: usize = 256 << 20;
/// Frames read ahead in the direction of travel, and behind.
const AHEAD: [usize; 2] = [3, 1];
/// How long small pictures wait until the window has taken those that are there.
const REST: Duration = Duration::from_millis(50);
/// Most width and height of a small picture: all of a strip, so KITTI's are sharp too.
const SMALL: [usize; 2] = [384, 96];
const REMEDY: &str = "leave it out, or copy its files again";

/// Opens a data set as the window does: `truth_only` leaves frames without ground truth out.
pub(super) fn open(what: &OpenDataset, truth_only: bool) -> Result<Arc<dyn Dataset>> {
    let (split, cache) = (what.split.clone(), what.cache.clone());
    let options = OpenOptions { split, cache, truth_only, ..OpenOptions::default() };
    dataset::open(&what.spec, &options).map(Arc::from)
}

/// What is open.
struct Open {
    ticket: u64,
    what: OpenDataset,
    dataset: Arc<dyn Dataset>,
    count: usize,
}

/// The worker.
pub(super) struct Worker {
    desk: Arc<Desk>,
    events: Outbox<DatasetEvent>,
    opener: Opener,
    open: Option<Open>,
    /// To be read and shown.
    pending: Option<usize>,
    /// The frame that was shown last.
    shown: usize,
    /// To be read because they come next.
    ahead: VecDeque<usize>,
    thumbs: VecDeque<usize>,
    /// Frames whose failure was said already by their small picture.
    broken: HashSet<usize>,
    survey: bool,
    cache: Cache,
}

impl Worker {
    pub fn new(desk: Arc<Desk>, events: Outbox<DatasetEvent>, opener: Opener) -> Self {
        Self {
            desk,
            events,
            opener,
            open: None,
            pending: None,
            shown: 0,
            ahead: VecDeque::new(),
            thumbs: VecDeque::new(),
            broken: HashSet::new(),
            survey: false,
            cache: Cache::new(CACHE_BYTES),
        }
    }

    /// Runs until the handle is dropped.
    pub fn run(mut self) {
        loop {
            let orders = self.desk.take(self.patience());
            if orders.stop {
                return;
            }
            self.obey(orders);
            self.work();
        }
    }

    /// How long to wait for orders before working on.
    fn patience(&self) -> Option<Duration> {
        let urgent = self.pending.is_some() || !self.ahead.is_empty();
        match (urgent || self.survey, self.thumbs.is_empty()) {
            (true, _) => Some(Duration::ZERO),
            (false, false) if self.events.has_room() => Some(Duration::ZERO),
            (false, false) => Some(REST),
            (false, true) => None,
        }
    }

    fn obey(&mut self, orders: Orders) {
        if orders.close {
            self.close();
        }
        if let Some((ticket, what)) = orders.open {
            self.close();
            self.begin(ticket, *what);
        }
        let count = self.open.as_ref().map_or(0, |open| open.count);
        if let Some(index) = orders.select.filter(|index| *index < count) {
            self.pending = Some(index);
            self.ahead.clear();
        }
        if let Some(wanted) = orders.thumbs {
            self.thumbs = wanted.into_iter().filter(|index| *index < count).collect();
        }
    }

    fn close(&mut self) {
        (self.open, self.pending, self.survey, self.shown) = (None, None, false, 0);
        self.ahead.clear();
        self.thumbs.clear();
        self.broken.clear();
        self.cache.clear();
    }

    fn begin(&mut self, ticket: u64, what: OpenDataset) {
        let opened = guard("the data set could not be opened", "check the folder", || (self.opener)(&what, false));
        let dataset = match opened.and_then(|opened| opened) {
            Ok(dataset) => dataset,
            Err(error) => return self.events.push(DatasetEvent::NotOpened(ticket, error)),
        };
        let listing = Listing::of(&*dataset, what.spec.clone(), what.split.as_ref());
        if listing.names.is_empty() {
            let text = format!("{} has no frame; give a folder that has some", what.spec);
            return self.events.push(DatasetEvent::NotOpened(ticket, Error::Failed(text)));
        }
        let first = what.frame.as_deref().map_or(Some(0), |text| listing.find(text));
        let count = listing.names.len();
        self.events.push(DatasetEvent::Opened(ticket, Arc::new(listing)));
        if first.is_none() {
            let asked = what.frame.as_deref().unwrap_or_default();
            let text = format!("{} has no frame {asked}; give a name of its list or a number up to {count}", what.spec);
            // It is open none the less, at its first frame.
            self.events.push(DatasetEvent::Failed(ticket, usize::MAX, Error::Failed(text)));
        }
        self.open = Some(Open { ticket, what, dataset, count });
        (self.pending, self.survey) = (Some(first.unwrap_or(0)), true);
    }

    fn work(&mut self) {
        let Some(open) = &self.open else { return };
        let ticket = open.ticket;
        if let Some(index) = self.pending.take() {
            self.show(index);
        } else if std::mem::take(&mut self.survey) {
            let survey = survey(open, &self.opener);
            self.events.push(DatasetEvent::Surveyed(ticket, Arc::new(survey)));
        } else if self.events.has_room()
            // Small pictures wait until the window has taken those that are there.
            && let Some(index) = self.thumbs.pop_front()
        {
            if self.broken.contains(&index) {
                return;
            }
            match self.thumb(index) {
                Ok((width, height, rgb)) => {
                    self.events.push(DatasetEvent::Thumb { ticket, index, width, height, rgb });
                }
                Err(error) => {
                    self.broken.insert(index);
                    self.events.push(DatasetEvent::Failed(ticket, index, error));
                }
            }
        } else if let Some(index) = self.ahead.pop_front() {
            // What is wrong with it will be said when it is chosen.
            let _ = self.load(index);
        }
    }

    fn show(&mut self, index: usize) {
        let Some(ticket) = self.open.as_ref().map(|open| open.ticket) else { return };
        let result = self.load(index);
        // The person may have gone on while it was read.
        if self.desk.outdated() {
            return;
        }
        match result {
            Ok((Loaded { frame, truth, .. }, trouble)) => {
                let (camera, no_camera) = self.camera(index);
                self.broken.remove(&index);
                let trouble = trouble.or(no_camera);
                self.events.push(DatasetEvent::Loaded { ticket, index, frame, truth, trouble, camera });
            }
            Err(error) => self.events.push(DatasetEvent::Failed(ticket, index, error)),
        }
        self.plan(index);
    }

    /// The frames to read ahead: some in the direction of travel, fewer behind.
    fn plan(&mut self, index: usize) {
        let backwards = index < self.shown;
        self.shown = index;
        let count = self.open.as_ref().map_or(0, |open| open.count);
        let [far, near] = AHEAD;
        let (after, before) = if backwards { (near, far) } else { (far, near) };
        let after = (1..=after).map(|d| index.checked_add(d));
        let before = (1..=before).map(|d| index.checked_sub(d));
        let (first, second): (Vec<_>, Vec<_>) =
            if backwards { (before.collect(), after.collect()) } else { (after.collect(), before.collect()) };
        let next = first.into_iter().chain(second).flatten();
        self.ahead = next.filter(|i| *i < count && self.cache.peek(*i).is_none()).collect();
    }

    /// A frame with its ground truth; the error is that of the ground truth, without which the picture is good.
    fn load(&mut self, index: usize) -> Result<(Loaded, Option<Error>)> {
        if let Some(loaded) = self.cache.get(index).filter(|loaded| loaded.truth_known) {
            return Ok((loaded, None));
        }
        let Some(open) = &self.open else { return Err(Error::Failed("no data set is open; open one".into())) };
        let dataset = open.dataset.clone();
        let frame = match self.cache.peek(index) {
            Some(loaded) => loaded.frame.clone(),
            None => Arc::new(guard("the frame could not be read", REMEDY, || dataset.frame(index))??),
        };
        let truth = guard("its ground truth could not be read", REMEDY, || dataset.truth(index));
        let (loaded, trouble) = match truth.and_then(|truth| truth) {
            Ok(truth) => {
                let truth = truth.map(|truth| Arc::new(Truth::of_dataset(truth)));
                (Loaded { frame, truth, truth_known: true }, None)
            }
            // Not known: the next choice reads it again and says again what is wrong.
            Err(error) => (Loaded { frame, truth: None, truth_known: false }, Some(error)),
        };
        self.cache.put(index, loaded.clone());
        Ok((loaded, trouble))
    }

    fn camera(&self, index: usize) -> (Option<Intrinsics>, Option<Error>) {
        let Some(open) = &self.open else { return (None, None) };
        let camera = guard("its camera could not be read", REMEDY, || open.dataset.intrinsics(index));
        camera.and_then(|camera| camera).map_or_else(|error| (None, Some(error)), |camera| (camera, None))
    }

    fn thumb(&self, index: usize) -> Result<(usize, usize, Vec<u8>)> {
        if let Some(loaded) = self.cache.peek(index) {
            return Ok(small(&loaded.frame));
        }
        let Some(open) = &self.open else { return Err(Error::Failed("no data set is open; open one".into())) };
        let frame = guard("the frame could not be read", REMEDY, || open.dataset.preview(index))??;
        Ok(small(&frame))
    }
}

/// Width, height and RGB of a small picture; one that is small already stays.
fn small(frame: &Frame) -> (usize, usize, Vec<u8>) {
    let [widest, tallest] = SMALL;
    let (w, h) = (frame.width.max(1), frame.height.max(1));
    let height = tallest.min(h).min((widest * h).div_ceil(w)).max(1);
    let width = (w * height / h).clamp(1, widest);
    (width, height, pillow_bilinear(&frame.rgb, frame.width, frame.height, 3, width, height))
}

/// Which frames have no ground truth, and which built-in splits fit: both by opening the data set anew, which lists and
/// decodes nothing.
fn survey(open: &Open, opener: &Opener) -> Survey {
    let names = open.dataset.names();
    let again = |what: &OpenDataset, truth_only| {
        guard("the list could not be looked through", REMEDY, || opener(what, truth_only)).and_then(|opened| opened)
    };
    let without_truth = match again(&open.what, true) {
        // A sequence has none at all, and a split asks for all of them.
        _ if matches!(open.what.spec, DataSpec::Frames(_)) => vec![true; names.len()],
        _ if open.dataset.listed() => vec![false; names.len()],
        Ok(with) => {
            let with: HashSet<&String> = with.names().iter().collect();
            names.iter().map(|name| !with.contains(name)).collect()
        }
        // None is left: there is none.
        Err(_) => vec![true; names.len()],
    };
    let candidates = open.dataset.kind().splits();
    let fits = |split: &Split| {
        let what = OpenDataset { split: Some(split.clone()), ..open.what.clone() };
        (split.clone(), again(&what, false).err().map(|error| error.to_string()))
    };
    Survey { without_truth, splits: candidates.iter().map(fits).collect() }
}
