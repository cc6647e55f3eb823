//! Decoded pictures that are kept in memory from epoch to epoch, up to a limit.

use crate::data::dataset::{Dataset, GroundTruth};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A picture with its depth and camera.
#[derive(Debug)]
pub(super) struct Decoded {
    pub frame: Frame,
    pub truth: GroundTruth,
    pub camera: Option<Intrinsics>,
}

impl Decoded {
    /// Bytes in memory: three a pixel of the picture, four and a mark a pixel of the depth, and a little more.
    fn bytes(&self) -> u64 {
        (self.frame.rgb.len() + 5 * self.truth.map.values().len() + 512) as u64
    }
}

/// Reads samples of a data set and keeps as many as fit. Every epoch reads all in a new order, so what came first
/// stays:
/// throwing out the oldest would throw out what comes next.
pub(super) struct Cache {
    dataset: Arc<dyn Dataset>,
    limit: u64,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    bytes: u64,
    samples: HashMap<usize, Arc<Decoded>>,
}

impl Cache {
    /// A cache of at most `limit` bytes; 0 keeps nothing.
    pub fn new(dataset: Arc<dyn Dataset>, limit: u64) -> Self {
        Self { dataset, limit, kept: Mutex::default() }
    }

    /// The data set.
    pub fn dataset(&self) -> &dyn Dataset {
        &*self.dataset
    }

    /// A sample, from memory or decoded on this thread.
    ///
    /// # Errors
    /// As the data set's; and when there is no depth.
    pub fn get(&self, index: usize) -> Result<Arc<Decoded>> {
        if let Some(kept) = self.kept().samples.get(&index) {
            return Ok(kept.clone());
        }
        let frame = self.dataset.frame(index)?;
        let Some(truth) = self.dataset.truth(index)? else {
            return Err(Error::Failed(format!("{}: there is no depth of it; give data that have it", frame.name)));
        };
        let decoded = Arc::new(Decoded { frame, truth, camera: self.dataset.intrinsics(index)? });
        let (bytes, mut kept) = (decoded.bytes(), self.kept());
        if kept.bytes.saturating_add(bytes) <= self.limit && kept.samples.insert(index, decoded.clone()).is_none() {
            kept.bytes += bytes;
        }
        Ok(decoded)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        // A panic between the two lines that change it could only count too few bytes of one sample.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Samples and bytes in memory.
    #[cfg(test)]
    pub fn size(&self) -> (usize, u64) {
        let kept = self.kept();
        (kept.samples.len(), kept.bytes)
    }
}
