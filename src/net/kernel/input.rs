//! The input of a convolution as it lies in memory: channels in several parts, each at full size or at half of it.

use super::resample::nearest_double;

/// Some of the channels of a convolution's input, for all images: `n` × channels × height × width values.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The values.
    pub values: &'a [f32],
    /// How many channels they are.
    pub channels: usize,
    /// Whether the planes have half the input's height and width, and each pixel stands for 2×2 (nearest neighbour).
    pub doubled: bool,
}

impl Part<'_> {
    /// Values of one plane where the input has `h`×`w`.
    fn plane(&self, h: usize, w: usize) -> usize {
        if self.doubled { h / 2 * (w / 2) } else { h * w }
    }

    /// # Panics
    /// If its length is not that of `n` images of `h`×`w`, or it is doubled and they are odd.
    pub(super) fn check(&self, n: usize, h: usize, w: usize) {
        assert!(!self.doubled || (h.is_multiple_of(2) && w.is_multiple_of(2)), "a doubled part of {h}×{w}");
        assert_eq!(self.values.len(), n * self.channels * self.plane(h, w), "a part of {n}×{h}×{w}");
    }

    /// Its values at the full size `h`×`w`.
    pub(super) fn whole(&self, h: usize, w: usize) -> std::borrow::Cow<'_, [f32]> {
        if self.doubled { nearest_double(self.values, h / 2, w / 2).into() } else { self.values.into() }
    }
}

/// The channels of one group of one image.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    pub parts: &'a [Part<'a>],
    pub image: usize,
    /// First channel, and how many.
    pub first: usize,
    pub channels: usize,
}

impl<'a> Input<'a> {
    /// Its planes in order, `h`×`w` or half of it; whether half.
    #[inline(always)]
    pub(super) fn planes(self, h: usize, w: usize) -> impl Iterator<Item = (&'a [f32], bool)> {
        let mut skipped = 0;
        let image = self.image;
        let part = move |part: &'a Part<'a>| {
            let from = self.first.saturating_sub(skipped).min(part.channels);
            let to = (self.first + self.channels).saturating_sub(skipped).min(part.channels);
            skipped += part.channels;
            let plane = part.plane(h, w);
            let start = image * part.channels;
            let planes = part.values[(start + from) * plane..(start + to) * plane].chunks_exact(plane.max(1));
            planes.map(|values| (values, part.doubled))
        };
        self.parts.iter().flat_map(part)
    }
}
