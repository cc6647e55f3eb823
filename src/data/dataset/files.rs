//! [`FilePairs`]: pictures and depth maps that lie in files of their own, one pair a frame, however the list was made.

use super::{DataKind, Dataset, GroundTruth, SplitList, TruthSource, no_such_frame};
use crate::data::image::{check_size, decode_file, is_image, read_bounded};
use crate::data::natural::natural;
use crate::data::truth;
use crate::depth::{DepthMap, DepthUnit};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;
use image::{ColorType, DynamicImage, ImageDecoder, codecs::png::PngDecoder};
use std::collections::HashMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// Most frames of one data set.
const MAX_FRAMES: usize = 1_000_000;

/// One frame's files.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FilePair {
    /// The frame's name.
    pub name: String,
    /// The picture; it may be missing when a list asked for it.
    pub picture: PathBuf,
    /// The depth map; `None` when there is none.
    pub depth: Option<PathBuf>,
    /// The scene.
    pub scene: Option<String>,
    /// The camera.
    pub intrinsics: Option<Intrinsics>,
}

/// What the numbers of the depth files are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum DepthFiles {
    /// uint16 PNG in millimetres, filled, 320×240 of 640×480.
    Nyu,
    /// DenseDepth's: 8-bit PNG, 255 is 10 m; or uint16 PNG in millimetres. Filled.
    DenseDepth,
    /// uint16 PNG in values a metre, or metres in `.npy` and `.pfm`.
    Plain(Option<f64>),
}

/// A data set of such pairs.
pub(super) struct FilePairs {
    pub spec: String,
    pub kind: DataKind,
    pub files: DepthFiles,
    pub listed: bool,
    pub without_truth: usize,
    /// Focal length in pixels of the pictures whose camera is not known otherwise.
    pub focal: Option<f64>,
    names: Vec<String>,
    pairs: Vec<FilePair>,
}

impl FilePairs {
    /// A data set of the pairs; `limit` is the number of frames taken at most. Without a list (`listed` false) and with
    /// `truth_only`, pairs without depth are counted and left out.
    ///
    /// # Errors
    /// When no frame is left, or none of a list's is there.
    pub fn new(
        spec: String,
        kind: DataKind,
        files: DepthFiles,
        mut pairs: Vec<FilePair>,
        listed: bool,
        options: &super::OpenOptions,
    ) -> Result<Self> {
        let found = pairs.len();
        if options.truth_only && !listed {
            pairs.retain(|pair| pair.depth.is_some());
        }
        let without_truth = found - pairs.len();
        if pairs.is_empty() {
            let what = if found > 0 { "has pictures but no depth map that belongs to one" } else { "has no picture" };
            return Err(Error::Failed(format!("{spec}: {what}; check the folder and its layout")));
        }
        if listed && !pairs.iter().any(|pair| pair.picture.is_file()) {
            let (count, first) = (pairs.len(), &pairs[0].name);
            let what = format!("holds none of the {count} frames asked for, the first of them {first}");
            return Err(Error::Failed(format!("{spec}: {what}; check the folder and the split")));
        }
        pairs.truncate(options.limit.unwrap_or(usize::MAX));
        let names = pairs.iter().map(|pair| pair.name.clone()).collect();
        Ok(Self { spec, kind, files, listed, without_truth, focal: None, names, pairs })
    }

    fn pair(&self, index: usize) -> Result<&FilePair> {
        self.pairs.get(index).ok_or_else(|| no_such_frame(&self.spec, index, self.pairs.len()))
    }
}

impl Dataset for FilePairs {
    fn spec(&self) -> &str {
        &self.spec
    }

    fn kind(&self) -> DataKind {
        self.kind
    }

    fn names(&self) -> &[String] {
        &self.names
    }

    fn scene(&self, index: usize) -> Option<&str> {
        self.pairs.get(index)?.scene.as_deref()
    }

    fn frame(&self, index: usize) -> Result<Frame> {
        let pair = self.pair(index)?;
        let mut frame = decode_file(&pair.picture)?;
        frame.name.clone_from(&pair.name);
        frame.focal = pair.intrinsics.map(|camera| camera.fx).or(self.focal);
        Ok(frame)
    }

    fn truth(&self, index: usize) -> Result<Option<GroundTruth>> {
        let pair = self.pair(index)?;
        let Some(depth) = &pair.depth else {
            if self.listed {
                return Err(Error::file(&pair.picture, "has no depth map", "put it back, or take it off the list"));
            }
            return Ok(None);
        };
        let (map, source) = match self.files {
            DepthFiles::Nyu => (truth::read(depth, Some(1000.0))?.map, TruthSource::Filled),
            DepthFiles::DenseDepth => (read_dense_depth(depth)?, TruthSource::Filled),
            DepthFiles::Plain(scale) => (plain(depth, scale)?, TruthSource::File),
        };
        let half_resolution = self.kind == DataKind::Nyu && (map.width(), map.height()) == (320, 240);
        Ok(Some(GroundTruth { map, source, half_resolution }))
    }

    fn intrinsics(&self, index: usize) -> Result<Option<Intrinsics>> {
        let pair = self.pair(index)?;
        let (None, Some(focal)) = (pair.intrinsics, self.focal) else { return Ok(pair.intrinsics) };
        // Only the head of the file is read.
        let size = image::image_dimensions(&pair.picture).map_err(|error| {
            Error::file(&pair.picture, format!("is no picture that can be read ({error})"), "check the file")
        })?;
        let middle = |side: u32| (f64::from(side) - 1.0) / 2.0;
        Ok(Some(Intrinsics { fx: focal, fy: focal, cx: middle(size.0), cy: middle(size.1) }))
    }

    fn listed(&self) -> bool {
        self.listed
    }

    fn without_truth(&self) -> usize {
        self.without_truth
    }
}

/// A depth map of any making; a PNG without a scale gets the remedy that fits here.
fn plain(path: &Path, scale: Option<f64>) -> Result<DepthMap> {
    truth::read(path, scale).map(|truth| truth.map).map_err(|error| match error {
        Error::File { path, what, .. } if scale.is_none() && what.contains("per metre are not known") => {
            Error::file(path, what, "say them with pairs:DIR@SCALE (256 for KITTI, 1000 for millimetres)")
        }
        error => error,
    })
}

/// DenseDepth's maps: the PNG's own depth says which of the two kinds it is (reference.md 7.1, 12.21).
fn read_dense_depth(path: &Path) -> Result<DepthMap> {
    let broken = |e: &dyn std::fmt::Display| {
        Error::file(path, format!("is no PNG, broken or cut short ({e})"), "unpack the archive again")
    };
    let bytes = read_bounded(path)?;
    let decoder = PngDecoder::new(Cursor::new(&bytes)).map_err(|e| broken(&e))?;
    let (width, height) = decoder.dimensions();
    check_size(path, width, height, decoder.total_bytes())?;
    if decoder.color_type() != ColorType::L8 {
        return Ok(truth::read(path, Some(1000.0))?.map);
    }
    let picture = DynamicImage::from_decoder(decoder).map_err(|e| broken(&e))?;
    let values = picture.into_luma8().into_raw().into_iter().map(|v| f32::from(v) / 255.0 * 10.0).collect();
    let map = DepthMap::new(width as usize, height as usize, DepthUnit::Metres, values);
    if map.valid_count() == 0 {
        return Err(Error::file(path, "has no pixel with a positive depth", "unpack the archive again"));
    }
    Ok(map)
}

/// The pictures that lie directly in a folder by stem, in natural order; hidden files are passed over, and of equal stems
/// the first is taken.
///
/// # Errors
/// When the folder cannot be read or holds more than a million pictures.
pub(super) fn pictures(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| Error::reading(folder, &e))? {
        let path = entry.map_err(|e| Error::reading(folder, &e))?.path();
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if stem.starts_with('.') || !is_image(&path) {
            continue;
        }
        if found.len() == MAX_FRAMES {
            return Err(Error::file(folder, format!("holds more than {MAX_FRAMES} pictures"), "open a part of it"));
        }
        found.push((stem, path));
    }
    found.sort_by(|(a, p), (b, q)| natural(a, b).then_with(|| p.cmp(q)));
    found.dedup_by(|(a, _), (b, _)| a == b);
    Ok(found)
}

/// The pictures of a list, in its order; a listed name without a picture stays, with the path where it should be.
pub(super) fn select(
    found: Vec<(String, PathBuf)>,
    list: Option<&SplitList>,
    name: impl Fn(&str) -> String,
    expected: impl Fn(&str) -> PathBuf,
) -> Vec<(String, PathBuf)> {
    let Some(list) = list else { return found };
    let mut by_name: HashMap<String, PathBuf> = found.into_iter().collect();
    let wanted = list.frames.iter().map(|frame| name(&frame.line));
    wanted.map(|name| by_name.remove_entry(&name).unwrap_or_else(|| (name.clone(), expected(&name)))).collect()
}
