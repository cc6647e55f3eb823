//! [`Cache`]: the last decoded pictures, never more than a bound of bytes.

use crate::data::truth::Truth;
use crate::frame::Frame;
use std::sync::Arc;

/// A decoded picture with its ground truth.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub frame: Arc<Frame>,
    pub truth: Option<Arc<Truth>>,
    /// False while the ground truth (if there is any) is still to be read.
    pub truth_known: bool,
}

impl Loaded {
    fn bytes(&self) -> usize {
        // Four bytes of value and one of mask for a pixel of ground truth.
        self.frame.rgb.len() + self.truth.as_ref().map_or(0, |t| 5 * t.map.width() * t.map.height())
    }
}

/// Decoded pictures by their place in the list; the least recently used go first.
#[derive(Debug)]
pub(super) struct Cache {
    bound: usize,
    /// Oldest use first. A few dozen at most, so a scan is as good as a map.
    entries: Vec<(usize, Loaded)>,
}

impl Cache {
    /// A cache of at most `bound` bytes.
    pub fn new(bound: usize) -> Self {
        Self { bound, entries: Vec::new() }
    }

    /// The picture at a place in the list, marked as just used.
    pub fn get(&mut self, index: usize) -> Option<Loaded> {
        let at = self.entries.iter().position(|(i, _)| *i == index)?;
        let entry = self.entries.remove(at);
        let loaded = entry.1.clone();
        self.entries.push(entry);
        Some(loaded)
    }

    /// The picture at a place in the list, if it is held; its age stays as it is.
    pub fn peek(&self, index: usize) -> Option<&Loaded> {
        self.entries.iter().find(|(i, _)| *i == index).map(|(_, loaded)| loaded)
    }

    /// Keeps a picture; one that is larger than the whole bound is not kept.
    pub fn put(&mut self, index: usize, loaded: Loaded) {
        self.entries.retain(|(i, _)| *i != index);
        if loaded.bytes() > self.bound {
            return;
        }
        self.entries.push((index, loaded));
        while self.bytes() > self.bound {
            self.entries.remove(0);
        }
    }

    /// Forgets the ground truths but not the pictures: others were opened.
    pub fn forget_truths(&mut self) {
        for (_, loaded) in &mut self.entries {
            loaded.truth = None;
            loaded.truth_known = false;
        }
    }

    /// Whether a picture of that width and height could be kept at all.
    pub fn fits(&self, [width, height]: [usize; 2]) -> bool {
        3_usize.saturating_mul(width).saturating_mul(height) <= self.bound
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.entries.iter().map(|(_, loaded)| loaded.bytes()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(side: usize) -> Loaded {
        Loaded {
            frame: Arc::new(Frame::new("x", side, side, vec![0; 3 * side * side])),
            truth: None,
            truth_known: true,
        }
    }

    #[test]
    fn the_least_recently_used_go_first_and_the_bound_holds() {
        let mut cache = Cache::new(1000);
        for i in 0..3 {
            cache.put(i, picture(10));
        }
        assert_eq!(cache.bytes(), 900);
        assert!(cache.get(0).is_some());
        cache.put(3, picture(10));
        assert!(cache.peek(1).is_none());
        assert!(cache.peek(0).is_some() && cache.peek(2).is_some() && cache.peek(3).is_some());
        assert!(cache.fits([10, 33]) && !cache.fits([10, 34]) && !cache.fits([usize::MAX, 2]));
        // Too large for the cache: not kept, and nothing else is thrown out for it.
        cache.put(9, picture(100));
        assert!(cache.peek(9).is_none());
        assert_eq!(cache.bytes(), 900);
        // The same place again replaces.
        cache.put(3, picture(5));
        assert_eq!(cache.bytes(), 675);
        cache.clear();
        assert_eq!(cache.bytes(), 0);
    }
}
