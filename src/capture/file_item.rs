//! The pictures of the open list and what is read of them.

use super::files::Entry;
use crate::data::image;
use crate::data::resize;
use crate::data::samples::Sample;
use crate::data::truth::{self, Truth};
use crate::error::{Error, Result};
use crate::frame::Frame;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Width of a thumbnail in pixels, and the largest height that a very tall one may have.
const THUMB: [usize; 2] = [112, 448];

/// A picture's ground truth, not read yet.
pub(super) struct TruthFile {
    pub path: PathBuf,
    /// PNG values in a metre.
    pub scale: Option<f64>,
    /// What measured it; the file's own name without.
    pub label: Option<String>,
}

impl TruthFile {
    /// The ground truth of a shipped sample, if it has one.
    pub fn of(sample: &Sample) -> Option<Self> {
        let path = sample.truth.clone()?;
        let label = (!sample.label.is_empty()).then(|| sample.label.clone());
        Some(Self { path, scale: sample.scale, label })
    }

    /// Reads it under its label.
    pub fn read(&self) -> Result<Truth> {
        let mut truth = guarded(&self.path, || truth::read(&self.path, self.scale))?;
        if let Some(label) = &self.label {
            truth.label.clone_from(label);
        }
        Ok(truth)
    }
}

/// A picture of the open list.
pub(super) struct Item {
    pub name: String,
    pub path: PathBuf,
    pub truth: Option<TruthFile>,
    /// Focal length along x in pixels of the picture, where it is known.
    pub focal: Option<f64>,
}

impl Item {
    /// A shipped sample under its title.
    pub fn of_sample(sample: Sample) -> Self {
        let truth = TruthFile::of(&sample);
        Self { name: sample.name, path: sample.image, truth, focal: sample.focal }
    }

    /// A file under its own name, with what is known of it where it is the picture of a sample.
    pub fn at(path: PathBuf, shipped: &[Sample]) -> Self {
        let sample = shipped.iter().find(|sample| sample.is_at(&path));
        let (truth, focal) = (sample.and_then(TruthFile::of), sample.and_then(|sample| sample.focal));
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Self { name, path, truth, focal }
    }

    /// What the window is told of it.
    pub fn entry(&self) -> Entry {
        let (name, path) = (self.name.clone(), self.path.clone());
        Entry { name, path, has_truth: self.truth.is_some(), focal: self.focal }
    }

    /// Decodes its picture.
    pub fn decode(&self) -> Result<Frame> {
        Ok(Frame { focal: self.focal, ..decode(&self.path)? })
    }
}

/// Decodes a picture.
pub(super) fn decode(path: &Path) -> Result<Frame> {
    guarded(path, || image::decode_file(path))
}

/// Width, height and RGB of a small picture of it.
pub(super) fn thumbnail(frame: &Frame) -> (usize, usize, Vec<u8>) {
    let [width, tallest] = THUMB;
    let height = (frame.height * width / frame.width.max(1)).clamp(1, tallest);
    (width, height, resize::pillow_bilinear(&frame.rgb, frame.width, frame.height, 3, width, height))
}

/// Width and height as the file's header says, before anything is decoded; `None` where it does not.
pub(super) fn header_size(path: &Path) -> Option<[usize; 2]> {
    let read = || ::image::ImageReader::open(path).ok()?.with_guessed_format().ok()?.into_dimensions().ok();
    let (width, height) = catch_unwind(AssertUnwindSafe(read)).ok()??;
    Some([width as usize, height as usize])
}

/// A decoder that panics on a broken file has found a broken file.
fn guarded<T>(path: &Path, read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(Error::file(path, "made its decoder fail", "save it anew with another program")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_size_is_read_from_the_header_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.png");
        ::image::RgbImage::new(40, 30).save(&path).unwrap();
        // Cut off behind the header: it cannot be decoded any more.
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 20]).unwrap();
        assert!(decode(&path).is_err());
        assert_eq!(header_size(&path), Some([40, 30]));
        std::fs::write(&path, b"text").unwrap();
        assert_eq!(header_size(&path), None);
        assert_eq!(header_size(&dir.path().join("gone.png")), None);
    }
}
