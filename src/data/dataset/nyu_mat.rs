//! `nyu-mat:FILE`: NYU-Depth-v2's labelled MATLAB 7.3 file, read frame by frame (reference.md 7.1).

use super::nyu::COLOUR_CAMERA;
use super::splits::{ListedFrame, NYU_FRAMES};
use super::{DataKind, Dataset, GroundTruth, NyuDepth, OpenOptions, Split, TruthSource, no_such_frame};
use crate::data::hdf5::{self, Element, File};
use crate::depth::{DepthMap, DepthUnit};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;
use std::path::Path;
use std::time::Instant;

/// Longest side of a picture.
const MAX_SIDE: u64 = 8192;
/// Most frames; the real file has 1449.
const MAX_FRAMES: u64 = 100_000;
/// Longest name of a scene in UTF-16 units.
const MAX_SCENE: usize = 256;

/// An open file and the frames asked for.
struct NyuMat {
    spec: String,
    file: File,
    images: hdf5::Dataset,
    depths: hdf5::Dataset,
    depth: NyuDepth,
    width: usize,
    height: usize,
    /// Positions in the file.
    frames: Vec<usize>,
    names: Vec<String>,
    /// Scenes by position; empty when the file has none.
    scenes: Vec<String>,
    listed: bool,
}

/// Opens the file and reads its tables and scene names, no frame.
///
/// Frames are named by position. Without a split a file of 1449 frames is taken as its 654 official test frames, a smaller
/// one whole; the official splits are refused for any other number of frames. The lines of a list are positions.
///
/// # Errors
/// When the file is no MATLAB 7.3 file, lacks an array, has one of another shape, or the split does not fit.
pub(super) fn open(path: &Path, depth: NyuDepth, spec: String, options: &OpenOptions) -> Result<Box<dyn Dataset>> {
    let file = File::open(path)?;
    open_file(file, depth, spec, options).map(|dataset| Box::new(dataset) as Box<dyn Dataset>)
}

fn open_file(file: File, depth: NyuDepth, spec: String, options: &OpenOptions) -> Result<NyuMat> {
    let wrong = |what: String| Error::file(file.path(), what, "give NYU's nyu_depth_v2_labeled.mat");
    let array = |name: &str| file.dataset(name)?.ok_or_else(|| wrong(format!("has no array {name}")));
    let images = array("images")?;
    let depths = array(match depth {
        NyuDepth::Filled => "depths",
        NyuDepth::Raw => "rawDepths",
    })?;
    // MATLAB's height × width × 3 × frames, reversed.
    let [count, 3, width, height] = *images.shape() else {
        return Err(wrong(format!("has images of shape {:?}, not of frames, 3, width and height", images.shape())));
    };
    let sides = 1..=MAX_SIDE;
    if !sides.contains(&width) || !sides.contains(&height) || !(1..=MAX_FRAMES).contains(&count) {
        return Err(wrong(format!("declares {count} images of {width}x{height} pixels")));
    }
    if depths.shape() != [count, width, height] {
        return Err(wrong(format!("has depth of shape {:?} beside images of {:?}", depths.shape(), images.shape())));
    }
    if images.element() != Element::Unsigned(1) || !matches!(depths.element(), Element::Float(_)) {
        return Err(wrong("has images that are not 8-bit or depth that is not floats".into()));
    }
    let (width, height, count) = (width as usize, height as usize, count as usize);
    let (mut frames, listed) = chosen(count, options.split.as_ref(), file.path())?;
    let scenes = scenes(&file, count)?;
    if let Some(split) = options.split.as_ref().filter(|split| split.needs_scenes()) {
        frames.retain(|frame| split.takes(scenes.get(*frame).map(String::as_str)));
        if frames.is_empty() {
            return Err(wrong(format!("names no scene of {split}")));
        }
    }
    frames.truncate(options.limit.unwrap_or(usize::MAX));
    let names = frames.iter().map(usize::to_string).collect();
    Ok(NyuMat { spec, file, images, depths, depth, width, height, frames, names, scenes, listed })
}

/// Positions of the frames asked for in a file of `count`, and whether a split asked for them.
fn chosen(count: usize, split: Option<&Split>, path: &Path) -> Result<(Vec<usize>, bool)> {
    let split = match split {
        None if count == NYU_FRAMES => &Split::NyuTest,
        None => &Split::All,
        Some(split) => split,
    };
    let Some(list) = split.list()? else { return Ok(((0..count).collect(), false)) };
    if DataKind::Nyu.splits().contains(split) && count != NYU_FRAMES {
        let what = format!("has {count} frames, and the official split is of {NYU_FRAMES}");
        return Err(Error::file(path, what, "take it whole, without --split, or give a list of positions"));
    }
    let position = |frame: &ListedFrame| match frame.index() {
        Some(index) if index < count => Ok(index),
        _ => Err(list.refuse(frame, &(count - 1).to_string())),
    };
    Ok((list.frames.iter().map(position).collect::<Result<_>>()?, true))
}

/// The scene of every frame; none when the file does not have them.
fn scenes(file: &File, count: usize) -> Result<Vec<String>> {
    let Some(scenes) = file.dataset("scenes")? else { return Ok(Vec::new()) };
    if scenes.element() != Element::Reference || scenes.shape() != [1, count as u64] {
        return Ok(Vec::new());
    }
    let references = scenes.row(file, 0)?;
    let text = |bytes: &[u8; 8]| file.text(u64::from_le_bytes(*bytes), MAX_SCENE);
    references.as_chunks::<8>().0.iter().map(text).collect()
}

impl NyuMat {
    fn position(&self, index: usize) -> Result<u64> {
        let position = self.frames.get(index).ok_or_else(|| no_such_frame(&self.spec, index, self.frames.len()))?;
        Ok(*position as u64)
    }
}

impl Dataset for NyuMat {
    fn spec(&self) -> &str {
        &self.spec
    }

    fn kind(&self) -> DataKind {
        DataKind::Nyu
    }

    fn names(&self) -> &[String] {
        &self.names
    }

    fn scene(&self, index: usize) -> Option<&str> {
        self.scenes.get(*self.frames.get(index)?).map(String::as_str)
    }

    fn frame(&self, index: usize) -> Result<Frame> {
        let start = Instant::now();
        let planes = self.images.row(&self.file, self.position(index)?)?;
        let rgb = picture(&planes, self.width, self.height);
        let mut frame = Frame::new(self.names[index].clone(), self.width, self.height, rgb);
        frame.path = Some(self.file.path().to_owned());
        frame.decode = start.elapsed();
        frame.focal = self.intrinsics(index)?.map(|camera| camera.fx);
        Ok(frame)
    }

    fn truth(&self, index: usize) -> Result<Option<GroundTruth>> {
        let bytes = self.depths.row(&self.file, self.position(index)?)?;
        let stored: Vec<f32> = match self.depths.element() {
            Element::Float(8) => bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b) as f32).collect(),
            _ => bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        };
        let map =
            DepthMap::new(self.width, self.height, DepthUnit::Metres, transposed(&stored, self.width, self.height));
        let source = match self.depth {
            NyuDepth::Filled => TruthSource::Filled,
            NyuDepth::Raw => TruthSource::Raw,
        };
        Ok(Some(GroundTruth { map, source, half_resolution: false }))
    }

    fn intrinsics(&self, index: usize) -> Result<Option<Intrinsics>> {
        self.position(index)?;
        Ok(((self.width, self.height) == (640, 480)).then_some(COLOUR_CAMERA))
    }

    fn listed(&self) -> bool {
        self.listed
    }

    fn without_truth(&self) -> usize {
        0
    }
}

/// Rows of pixels from three planes of columns.
fn picture(planes: &[u8], width: usize, height: usize) -> Vec<u8> {
    let mut rgb = vec![0; 3 * width * height];
    for (channel, plane) in planes.chunks_exact(width * height).enumerate() {
        for (x, column) in plane.chunks_exact(height).enumerate() {
            for (y, value) in column.iter().enumerate() {
                rgb[3 * (y * width + x) + channel] = *value;
            }
        }
    }
    rgb
}

/// Rows from columns.
fn transposed(columns: &[f32], width: usize, height: usize) -> Vec<f32> {
    let mut rows = vec![0.0; width * height];
    for (x, column) in columns.chunks_exact(height).enumerate() {
        for (y, value) in column.iter().enumerate() {
            rows[y * width + x] = *value;
        }
    }
    rows
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "nyu_mat_tests.rs"]
mod tests;
