//! [`DatasetState`]: what the window knows of the data set that is open, as plain data.

use super::jump::Jump;
use super::strip::Strip;
use super::thumbs::Thumbs;
use crate::capture::dataset::{Listing, Survey};
use crate::data::dataset::DataSpec;
use crate::geometry::intrinsics::Intrinsics;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Frames whose faults are remembered; a folder that vanished has one for every frame that was looked at.
const FAULTS: usize = 4096;

/// How long what waits for the window to come to rest waits for small pictures.
const THUMBS_WAIT: Duration = Duration::from_secs(30);

/// The data set source's state.
#[derive(Default)]
pub struct DatasetState {
    /// What is being opened: its specification.
    pub opening: Option<String>,
    /// Why the last one could not be opened.
    pub failed: Option<String>,
    /// What is open.
    pub open: Option<Arc<Listing>>,
    /// Where and in which layout the last one asked for is.
    pub spec: Option<DataSpec>,
    /// The split that was asked for.
    pub split: Option<String>,
    /// When it was opened.
    pub listed: Option<Instant>,
    /// Which frames have no ground truth and which splits fit, once the list was looked through.
    pub survey: Option<Arc<Survey>>,
    /// The frame that is chosen, from 0.
    pub selected: Option<usize>,
    /// The camera of the frame on the screen.
    pub camera: Option<Intrinsics>,
    /// Frames that cannot be read, and why.
    faults: BTreeMap<usize, String>,
    /// Small pictures.
    pub thumbs: Thumbs,
    /// Where the filmstrip stands.
    pub strip: Strip,
    /// What is typed into the jump field.
    pub jump: Jump,
    /// The path that is typed as a list of frames.
    pub list_path: String,
    /// It was shown last, before a camera.
    pub last: bool,
}

impl DatasetState {
    /// Takes over a list that was opened.
    pub fn opened(&mut self, listing: Arc<Listing>) {
        (self.opening, self.failed, self.survey) = (None, None, None);
        (self.selected, self.camera) = (None, None);
        self.faults.clear();
        self.thumbs.clear();
        self.strip = Strip::default();
        self.jump = Jump::default();
        (self.open, self.listed) = (Some(listing), Some(Instant::now()));
    }

    /// Nothing is open, and why; where it was looked for is kept, so that other frames of it can be asked for.
    pub fn failed_to_open(&mut self, why: String) {
        let (spec, split) = (self.spec.take(), self.split.take());
        *self = Self { spec, split, failed: Some(why), ..Self::default() };
    }

    /// Forgets what was open.
    pub fn close(&mut self) {
        *self = Self::default();
    }

    /// Why a frame cannot be read.
    pub fn fault(&self, index: usize) -> Option<&str> {
        self.faults.get(&index).map(String::as_str)
    }

    /// Remembers or forgets why a frame cannot be read.
    pub fn set_fault(&mut self, index: usize, why: Option<String>) {
        match why {
            None => {
                self.faults.remove(&index);
            }
            Some(_) if self.faults.len() >= FAULTS && !self.faults.contains_key(&index) => {}
            Some(why) => {
                self.faults.insert(index, why);
            }
        }
    }

    /// The frames that cannot be read, with the small pictures to be changed.
    pub fn for_thumbs(&mut self) -> (&BTreeMap<usize, String>, &mut Thumbs) {
        (&self.faults, &mut self.thumbs)
    }

    /// What is still to come that would change the picture; `strip` says that the filmstrip is drawn.
    pub fn unsettled(&self, strip: bool) -> Option<&'static str> {
        if self.opening.is_some() {
            return Some("a data set");
        }
        self.open.as_ref()?;
        if self.survey.is_none() {
            return Some("a look through the list");
        }
        // Some data are slow to read or to render: a picture of the window does not wait for all of them.
        let fresh = self.listed.is_some_and(|at| at.elapsed() < THUMBS_WAIT);
        let awaited = strip && fresh && self.thumbs.awaited(|index| self.faults.contains_key(&index));
        awaited.then_some("small pictures")
    }

    /// True when the look through the list found no ground truth for a frame.
    pub fn without_truth(&self, index: usize) -> bool {
        self.survey.as_ref().is_some_and(|survey| survey.without_truth.get(index) == Some(&true))
    }

    /// Width over height of the small pictures, all of one shape: that of the frames seen so far.
    pub fn aspect(&self) -> f32 {
        self.thumbs.aspect().unwrap_or(4.0 / 3.0).clamp(0.4, 4.0)
    }
}
