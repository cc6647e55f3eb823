//! `kitti-depth:DIR`: KITTI's annotated depth (reference.md 7.5) with its pictures from the raw drives.
//!
//! Depth is looked for as it is handed out, `DIR/{train,val}/<drive>/proj_depth/groundtruth/image_02/0000000069.png` (also
//! below `DIR/data_depth_annotated`), and as evaluation codes merge it into the raw drives, `DIR/<date>/<drive>/proj_depth/…`.
//! Pictures are looked for in the drive's own folder, and as `<date>/<drive>/image_02/data` below DIR, the folder that
//! holds DIR, and `raw`, `raw_data`, `kitti_raw` or `kitti_data` in one of them. Values divided by 256 are metres.

use super::kitti_layout::{self as layout, CAMERAS, FrameId, date_of, is_date, is_drive};
use super::kitti_raw::Date;
use super::{DataKind, Dataset, GroundTruth, OpenOptions, TruthSource, no_such_frame};
use crate::data::{image, truth};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Values per metre of the PNGs.
const SCALE: f64 = 256.0;
/// Folders that may hold the raw drives.
const RAW: [&str; 5] = ["", "raw", "raw_data", "kitti_raw", "kitti_data"];
/// Where the depth of a drive is, below its folder.
const ANNOTATED: &str = "proj_depth/groundtruth";
const REMEDY: &str =
    "give the folder that holds train and val, such as data_depth_annotated, with the raw drives beside it";

/// KITTI's annotated depth; see the head of this file.
#[derive(Debug)]
pub struct KittiDepth {
    spec: String,
    drives: Vec<Drive>,
    frames: Vec<FrameId>,
    names: Vec<String>,
    listed: bool,
    without_truth: usize,
}

#[derive(Debug)]
struct Drive {
    name: String,
    /// Folder with `image_02/0000000069.png` of depth.
    depth: PathBuf,
    /// Folder with `image_02/data/0000000069.png` of pictures; `None` when no place holds them.
    pictures: Option<PathBuf>,
    date: Date,
}

impl Drive {
    fn depth_of(&self, id: FrameId) -> PathBuf {
        self.depth.join(format!("image_{:02}/{}.png", id.camera, id.stem()))
    }
}

impl KittiDepth {
    /// Lists the frames below `root`; decodes nothing. Without a split they are the pictures of the drives that have
    /// annotated depth; the first and last five of each drive have none.
    ///
    /// # Errors
    /// One sentence when the folder is missing, holds no annotated depth, when the pictures are nowhere, when the split
    /// names no frame of KITTI or none of its drives is here, and when no frame is left.
    pub fn open(root: &Path, options: &OpenOptions) -> Result<Self> {
        let folder = layout::folder(root)?;
        let annotated = annotated(&folder);
        if annotated.is_empty() {
            return Err(Error::file(root, "holds no annotated depth of KITTI", REMEDY));
        }
        let asked = layout::asked(options.split.as_ref())?;
        let listed = asked.is_some();
        let (names, frames) = match asked {
            Some(asked) => (asked.drives, Some(asked.frames)),
            None => (annotated.keys().cloned().collect(), None),
        };
        if !names.iter().any(|name| annotated.contains_key(name)) {
            let first = names.first().map(String::as_str).unwrap_or_default();
            let what = format!("holds none of the {} drives of the split, such as {first}", names.len());
            return Err(Error::file(root, what, REMEDY));
        }
        let drives: Vec<Drive> = names.into_iter().map(|name| place(&folder, name, &annotated)).collect();
        if drives.iter().all(|drive| drive.pictures.is_none()) {
            let what = "holds annotated depth, and its pictures are neither in it nor beside it";
            return Err(Error::file(
                root,
                what,
                "put the raw drives beside it, as 2011_09_26/2011_09_26_drive_0002_sync",
            ));
        }
        let mut frames = frames.unwrap_or_else(|| pictured(&drives));
        let mut without_truth = 0;
        if options.truth_only && !listed {
            let before = frames.len();
            frames.retain(|id| drives[id.drive].depth_of(*id).is_file());
            without_truth = before - frames.len();
        }
        if frames.is_empty() {
            return Err(Error::file(root, "holds no picture with annotated depth", REMEDY));
        }
        frames.truncate(options.limit.unwrap_or(usize::MAX));
        Ok(Self {
            spec: format!("kitti-depth:{}", root.display()),
            names: frames.iter().map(|id| id.name(&drives[id.drive].name)).collect(),
            drives,
            frames,
            listed,
            without_truth,
        })
    }

    fn find(&self, index: usize) -> Result<(&Drive, FrameId)> {
        let id = self.frames.get(index).ok_or_else(|| no_such_frame(&self.spec, index, self.frames.len()))?;
        Ok((&self.drives[id.drive], *id))
    }
}

impl Dataset for KittiDepth {
    fn spec(&self) -> &str {
        &self.spec
    }

    fn kind(&self) -> DataKind {
        DataKind::Kitti
    }

    fn names(&self) -> &[String] {
        &self.names
    }

    fn scene(&self, index: usize) -> Option<&str> {
        self.frames.get(index).map(|id| self.drives[id.drive].name.as_str())
    }

    fn frame(&self, index: usize) -> Result<Frame> {
        let (drive, id) = self.find(index)?;
        let Some(folder) = &drive.pictures else {
            let remedy = "put the raw drive beside the annotated depth";
            return Err(Error::file(&drive.depth, "belongs to pictures that were not found", remedy));
        };
        let frame = image::decode_file(&layout::picture(folder, id))?;
        // Whoever needs the camera asks for it and hears what is wrong with its file.
        let focal = self.intrinsics(index).ok().flatten().map(|camera| camera.fx);
        Ok(Frame { name: self.names[index].clone(), focal, ..frame })
    }

    fn truth(&self, index: usize) -> Result<Option<GroundTruth>> {
        let (drive, id) = self.find(index)?;
        let path = drive.depth_of(id);
        if !self.listed && !path.exists() {
            return Ok(None);
        }
        let map = truth::read(&path, Some(SCALE))?.map;
        Ok(Some(GroundTruth { map, source: TruthSource::Annotated, half_resolution: false }))
    }

    fn intrinsics(&self, index: usize) -> Result<Option<Intrinsics>> {
        let (drive, id) = self.find(index)?;
        // The protocols of annotated depth need no camera, so a missing calibration is none.
        if !drive.date.has_cameras() {
            return Ok(None);
        }
        drive.date.cameras()?.intrinsics(id.camera).map(Some)
    }

    fn listed(&self) -> bool {
        self.listed
    }

    fn without_truth(&self) -> usize {
        self.without_truth
    }
}

/// The drives that have annotated depth, by name, with the folder that holds it.
fn annotated(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut parents = vec![folder.to_owned()];
    for base in [folder.to_owned(), folder.join("data_depth_annotated")] {
        parents.extend(["train", "val"].map(|part| base.join(part)));
    }
    parents.extend(layout::folders_in(folder, is_date).iter().map(|date| folder.join(date)));
    let mut found = BTreeMap::new();
    for parent in parents {
        for name in layout::folders_in(&parent, is_drive) {
            let depth = parent.join(&name).join(ANNOTATED);
            if depth.is_dir() {
                found.entry(name).or_insert(depth);
            }
        }
    }
    found
}

/// A drive's places; those of one that has no depth here are where it would be.
fn place(folder: &Path, name: String, annotated: &BTreeMap<String, PathBuf>) -> Drive {
    let depth = annotated.get(&name).cloned().unwrap_or_else(|| folder.join("val").join(&name).join(ANNOTATED));
    let own = depth.ancestors().nth(2).map(Path::to_owned);
    let bases = [Some(folder), folder.parent(), folder.parent().and_then(Path::parent)];
    let raw = bases.into_iter().flatten().flat_map(|base| RAW.map(|part| base.join(part)));
    let places = own.into_iter().chain(raw.map(|raw| raw.join(date_of(&name)).join(&name)));
    let holds = |place: &PathBuf| CAMERAS.iter().any(|camera| place.join(format!("image_{camera:02}/data")).is_dir());
    let pictures = places.into_iter().find(holds);
    let day = pictures.as_deref().and_then(Path::parent).unwrap_or(folder).to_owned();
    Drive { name, depth, pictures, date: Date::new(day) }
}

/// Every picture of the drives, left camera before right, where that camera has annotated depth.
fn pictured(drives: &[Drive]) -> Vec<FrameId> {
    let mut frames = Vec::new();
    for (number, drive) in drives.iter().enumerate() {
        let Some(folder) = &drive.pictures else { continue };
        for camera in CAMERAS.into_iter().filter(|camera| drive.depth.join(format!("image_{camera:02}")).is_dir()) {
            let pictures = layout::numbers_in(&folder.join(format!("image_{camera:02}/data")), layout::is_picture);
            frames.extend(pictures.into_iter().map(|frame| FrameId { drive: number, camera, number: frame }));
        }
    }
    frames
}

#[cfg(test)]
#[path = "kitti_depth_tests.rs"]
mod tests;
