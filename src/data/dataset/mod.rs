//! Data sets as their owners hand them out: [`open`] makes a [`Dataset`] of a [`DataSpec`]; evaluation, training and the
//! window read frames and ground truth through it and know no format.
//!
//! A data set is a list of names and random access to what stands behind each: opening one lists, reading a frame
//! decodes that frame only, so memory does not grow with the length of the list. Every method takes `&self` and may be
//! called from several threads at once.

pub mod cache;
mod csv;
mod dense_depth;
mod files;
pub mod frames;
pub mod holdout;
pub mod joined;
pub mod kitti_depth;
mod kitti_layout;
pub mod kitti_raw;
pub mod loader;
pub mod nyu;
mod nyu_mat;
mod pairs;
pub mod read_ahead;
pub mod recognise;
pub mod sources;
pub mod spec;
mod split_tables;
pub mod splits;
pub mod synthetic;
pub mod video;
mod video_stream;

#[cfg(test)]
mod tests;

use crate::depth::DepthMap;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;
use std::path::PathBuf;

pub use sources::{Source, Sources};
pub use spec::{DataKind, DataSpec, NyuDepth, SceneKind};
pub use splits::{Split, SplitList};

/// Where a ground truth comes from; stands on the protocol badge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TruthSource {
    /// A depth camera's map with its holes filled in (NYU's `depths`).
    Filled,
    /// A depth camera's map as it was measured (NYU's `rawDepths`).
    Raw,
    /// LiDAR points at their pixels, the stored number being the scanner's forward coordinate (reference.md 8.4).
    LidarX,
    /// LiDAR points at their pixels, the stored number being the camera's z.
    LidarZ,
    /// KITTI's annotated depth, several scans accumulated and cleaned (reference.md 7.5).
    Annotated,
    /// A depth file of unknown making.
    File,
    /// The exact depth of a scene made here.
    Synthetic,
}

impl TruthSource {
    /// What the badge says.
    pub fn title(self) -> &'static str {
        match self {
            Self::Filled => "Kinect, filled",
            Self::Raw => "Kinect, raw",
            Self::LidarX => "LiDAR, x",
            Self::LidarZ => "LiDAR, camera z",
            Self::Annotated => "annotated LiDAR",
            Self::File => "depth file",
            Self::Synthetic => "synthetic, exact",
        }
    }

    /// True where only some pixels were measured and the rest are no value.
    pub fn is_sparse(self) -> bool {
        matches!(self, Self::LidarX | Self::LidarZ | Self::Annotated)
    }
}

/// What was measured for one frame.
#[derive(Debug, Clone)]
pub struct GroundTruth {
    /// Depth in metres with its mask, at the resolution in which it is stored.
    pub map: DepthMap,
    /// Where it comes from.
    pub source: TruthSource,
    /// True when the map is every second pixel of the picture's size (rows and columns 0, 2, 4 …): the NYU crops
    /// are halved then and the rows marked.
    pub half_resolution: bool,
}

/// A list of frames with ground truth.
///
/// `index` counts from 0 and must be below `names().len()`; a larger one is an error, not a panic.
pub trait Dataset: Send + Sync {
    /// The specification as given, such as `nyu:DIR`.
    fn spec(&self) -> &str;

    /// What it is of: decides which protocols fit.
    fn kind(&self) -> DataKind;

    /// Names of the frames asked for, in order. Unique and the same at every opening: keys of caches and journals.
    fn names(&self) -> &[String];

    /// NYU's scene, KITTI's drive; `None` where there is no such thing.
    fn scene(&self, index: usize) -> Option<&str>;

    /// Of several data sets in one ([`joined::Joined`]): the number of the one that a frame is of, that data set, and the
    /// frame's number there. `None` where the data set is one by itself.
    fn part(&self, _index: usize) -> Option<(usize, &dyn Dataset, usize)> {
        None
    }

    /// The decoded picture, with its focal length where the camera is known; its `name` is that of [`Dataset::names`].
    ///
    /// # Errors
    /// One sentence naming the file when it is missing or broken.
    fn frame(&self, index: usize) -> Result<Frame>;

    /// A picture to recognise the frame by, small where that is quicker to make; by itself the frame.
    ///
    /// # Errors
    /// As [`Dataset::frame`].
    fn preview(&self, index: usize) -> Result<Frame> {
        self.frame(index)
    }

    /// The ground truth; `Ok(None)` when there is none for this frame, which cannot happen in a [`Dataset::listed`] set.
    ///
    /// # Errors
    /// One sentence naming the file when it is broken, or missing although a split asked for it.
    fn truth(&self, index: usize) -> Result<Option<GroundTruth>>;

    /// The camera of the picture at its stored size; `None` where it is not known.
    ///
    /// # Errors
    /// One sentence when a calibration file is broken, or missing although a split asked for the frame.
    fn intrinsics(&self, index: usize) -> Result<Option<Intrinsics>>;

    /// True when a split or a list asked for exactly these frames: a missing one is skipped, named and counted, and a
    /// table without it is of fewer frames than asked for.
    fn listed(&self) -> bool;

    /// Frames that were left out at opening because they have no ground truth ([`OpenOptions::truth_only`]).
    fn without_truth(&self) -> usize;
}

/// How a data set is opened.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// The frames to take; `None` takes what the reader's own documentation says, mostly all.
    pub split: Option<Split>,
    /// At most this many frames, the first ones.
    pub limit: Option<usize>,
    /// Folder for depth that is projected once and kept.
    pub cache: Option<PathBuf>,
    /// LiDAR depth is the scanner's x instead of the camera's z (reference.md 8.4).
    pub vel_depth: bool,
    /// LiDAR points that share a pixel are settled by the reference's colliding key (reference.md 7.4).
    pub strict: bool,
    /// Without a split: take the frames that have ground truth only, and count the others.
    pub truth_only: bool,
}

impl Default for OpenOptions {
    /// Everything, as the Eigen protocols project it.
    fn default() -> Self {
        Self { split: None, limit: None, cache: None, vel_depth: true, strict: true, truth_only: false }
    }
}

/// Opens a data set: finds its files and makes the list; decodes nothing.
///
/// # Errors
/// One sentence when the folder or file is missing or of another layout, when the split does not belong to this kind of
/// data, and when no frame is left.
pub fn open(spec: &DataSpec, options: &OpenOptions) -> Result<Box<dyn Dataset>> {
    let given = spec.to_string();
    Ok(match spec {
        DataSpec::NyuMat(path, depth) => nyu_mat::open(path, *depth, given, options)?,
        DataSpec::Nyu(dir) => Box::new(nyu::open(dir, given, options)?),
        DataSpec::Pairs(dir, scale, focal) => Box::new(pairs::open(dir, *scale, *focal, given, options)?),
        DataSpec::KittiRaw(dir) => Box::new(kitti_raw::KittiRaw::open(dir, options)?),
        DataSpec::KittiDepth(dir) => Box::new(kitti_depth::KittiDepth::open(dir, options)?),
        DataSpec::Frames(path) => Box::new(frames::Frames::open(path, options)?),
        DataSpec::Synthetic(kind) => Box::new(synthetic::Synthetic::open(*kind, options)?),
    })
}

/// The error of an index beyond the list; for the readers.
pub(crate) fn no_such_frame(spec: &str, index: usize, count: usize) -> Error {
    Error::Failed(format!("{spec}: there is no frame {index}, the list has {count}; ask for one below that"))
}
