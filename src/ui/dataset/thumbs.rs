//! [`Thumbs`]: the small pictures of the frames in sight, never more than a bound.

use egui::TextureHandle;
use std::collections::HashMap;

/// Small pictures that are kept: about 10 MB.
const BOUND: usize = 256;

/// Small pictures by the frame's number; those that were not drawn for longest go first.
#[derive(Default)]
pub struct Thumbs {
    kept: HashMap<usize, (TextureHandle, u64)>,
    /// Counts drawings.
    clock: u64,
    /// The frames that were asked for last.
    asked: Vec<usize>,
    aspect: Option<f32>,
}

impl Thumbs {
    /// The picture of a frame, marked as just drawn.
    pub fn get(&mut self, index: usize) -> Option<&TextureHandle> {
        let (texture, used) = self.kept.get_mut(&index)?;
        *used = self.clock;
        Some(texture)
    }

    /// Takes one in.
    pub fn put(&mut self, index: usize, texture: TextureHandle) {
        let [w, h] = texture.size();
        self.aspect = self.aspect.or(Some(w as f32 / h.max(1) as f32));
        self.kept.insert(index, (texture, self.clock));
        while self.kept.len() > BOUND {
            let oldest = self.kept.iter().min_by_key(|(_, (_, used))| *used).map(|(index, _)| *index);
            oldest.map(|index| self.kept.remove(&index));
        }
    }

    /// The frames in sight, of which some may be without a picture: what to ask for, if it is not what was asked for last.
    pub fn wanted(
        &mut self,
        in_sight: impl Iterator<Item = usize>,
        broken: impl Fn(usize) -> bool,
    ) -> Option<Vec<usize>> {
        self.clock += 1;
        let missing: Vec<usize> =
            in_sight.filter(|i| !self.kept.contains_key(i) && !broken(*i)).take(BOUND / 2).collect();
        // What was asked for comes one by one; only something new is news.
        let news = missing.iter().any(|index| !self.asked.contains(index));
        if !news {
            return None;
        }
        self.asked.clone_from(&missing);
        Some(missing)
    }

    /// True while a picture that was asked for has not come.
    pub fn awaited(&self, broken: impl Fn(usize) -> bool) -> bool {
        self.asked.iter().any(|index| !self.kept.contains_key(index) && !broken(*index))
    }

    /// Pictures held.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Width over height of the first picture that came.
    pub fn aspect(&self) -> Option<f32> {
        self.aspect
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{ColorImage, TextureOptions};

    #[test]
    fn only_so_many_are_kept_and_those_drawn_last_stay() {
        let ctx = egui::Context::default();
        let picture = |i: usize| ctx.load_texture(format!("{i}"), ColorImage::example(), TextureOptions::LINEAR);
        let mut thumbs = Thumbs::default();
        for i in 0..BOUND {
            assert!(thumbs.wanted(i..i + 1, |_| false).is_some());
            thumbs.put(i, picture(i));
        }
        assert!(thumbs.get(0).is_some());
        let _ = thumbs.wanted(0..4, |_| false);
        assert!(thumbs.get(0).is_some());
        thumbs.put(9999, picture(9999));
        assert_eq!(thumbs.len(), BOUND);
        assert!(thumbs.get(0).is_some() && thumbs.get(9999).is_some() && thumbs.get(1).is_none());
    }

    #[test]
    fn the_same_is_asked_for_once_and_broken_ones_never() {
        let mut thumbs = Thumbs::default();
        assert_eq!(thumbs.wanted(0..3, |i| i == 1), Some(vec![0, 2]));
        assert_eq!(thumbs.wanted(0..3, |i| i == 1), None);
        assert!(thumbs.awaited(|_| false) && !thumbs.awaited(|_| true));
        assert_eq!(thumbs.wanted(2..4, |_| false), Some(vec![2, 3]));
        // Scrolling back asks again: what was replaced meanwhile was perhaps never made.
        assert_eq!(thumbs.wanted(0..3, |i| i == 1), Some(vec![0, 2]));
    }
}
