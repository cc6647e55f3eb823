//! [`Frame`]: one RGB picture on its way from a source to the network and the screen.

use std::path::PathBuf;
use std::time::{Duration, Instant};

/// An 8-bit RGB picture, three bytes a pixel, row by row from the top left.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Increases with every frame that a process makes; equal ids are the same picture.
    pub id: u64,
    /// What the person calls it: a file's stem, a camera's name.
    pub name: String,
    /// The file it came from, if it came from one.
    pub path: Option<PathBuf>,
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// `3 * width * height` bytes.
    pub rgb: Vec<u8>,
    /// When it was captured or opened; its age on the screen is counted from here.
    pub captured: Instant,
    /// Time spent decoding it.
    pub decode: Duration,
    /// Focal length along x in pixels of this picture, where whoever made the frame knows it.
    pub focal: Option<f64>,
    /// Where it was cut from a larger picture: width and height of that, in pixels of this one.
    pub whole: Option<[f64; 2]>,
}

impl Frame {
    /// A frame from its pixels, with a fresh id and the present time.
    ///
    /// # Panics
    /// When `rgb` does not have `3 * width * height` bytes: the caller made the array.
    pub fn new(name: impl Into<String>, width: usize, height: usize, rgb: Vec<u8>) -> Self {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(1);
        assert_eq!(rgb.len(), 3 * width * height, "a {width}x{height} frame needs three bytes a pixel");
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            name: name.into(),
            path: None,
            width,
            height,
            rgb,
            captured: Instant::now(),
            decode: Duration::ZERO,
            focal: None,
            whole: None,
        }
    }

    /// Width and height, in pixels of this picture, of what the camera took.
    pub fn uncut(&self) -> [f64; 2] {
        self.whole.unwrap_or([self.width as f64, self.height as f64])
    }

    /// The longer of them, which a camera that is turned keeps.
    pub fn longer_side(&self) -> f64 {
        self.uncut().into_iter().fold(1.0, f64::max)
    }

    /// Focal length, in pixels of this picture, of a camera with `share` of the longer side.
    pub fn focal_of(&self, share: f64) -> f64 {
        share * self.longer_side()
    }

    /// The three bytes of a pixel, or `None` outside the picture.
    pub fn pixel(&self, x: usize, y: usize) -> Option<[u8; 3]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let i = 3 * (y * self.width + x);
        Some([self.rgb[i], self.rgb[i + 1], self.rgb[i + 2]])
    }
}
