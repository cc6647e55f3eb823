//! `kitti-raw:DIR`: KITTI's raw drives (reference.md 7.3) with ground truth projected from the LiDAR scans (7.4).
//!
//! The folder given may be the one with the dates, one date, or one drive. Without a split every colour picture of every
//! drive is listed, left camera before right; frames are named `<drive>/image_02/0000000069`.

use super::cache::{DepthCache, file_identity};
use super::kitti_layout::{self as layout, CAMERAS, FrameId, date_of, is_date, is_drive, name_of};
use super::{DataKind, Dataset, GroundTruth, OpenOptions, TruthSource, no_such_frame};
use crate::data::image;
use crate::depth::DepthMap;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::geometry::calibration::Calibration;
use crate::geometry::intrinsics::Intrinsics;
use crate::geometry::velodyne::{self, ProjectOptions};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Most pixels of a map that a scan is projected to; KITTI's have half a million.
const MAX_PIXELS: usize = 1 << 24;
const REMEDY: &str = "give the folder that holds KITTI's dates, such as DIR/2011_09_26/2011_09_26_drive_0002_sync";

/// KITTI's raw drives; see the head of this file.
#[derive(Debug)]
pub struct KittiRaw {
    spec: String,
    drives: Vec<Drive>,
    frames: Vec<FrameId>,
    names: Vec<String>,
    listed: bool,
    without_truth: usize,
    options: ProjectOptions,
    cache: Option<DepthCache>,
}

#[derive(Debug)]
struct Drive {
    name: String,
    folder: PathBuf,
    date: Arc<Date>,
}

/// The calibration of a day, read when it is first needed.
#[derive(Debug)]
pub(super) struct Date {
    folder: PathBuf,
    cameras: OnceLock<Result<Calibration>>,
    scanner: OnceLock<Result<Calibration>>,
}

impl Date {
    /// The day whose calibration files lie in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, cameras: OnceLock::new(), scanner: OnceLock::new() }
    }

    /// `calib_cam_to_cam.txt`.
    pub fn cameras(&self) -> Result<&Calibration> {
        read_once(&self.cameras, &self.folder, "calib_cam_to_cam.txt")
    }

    /// Whether there is a `calib_cam_to_cam.txt` at all.
    pub fn has_cameras(&self) -> bool {
        self.folder.join("calib_cam_to_cam.txt").exists()
    }

    fn scanner(&self) -> Result<&Calibration> {
        read_once(&self.scanner, &self.folder, "calib_velo_to_cam.txt")
    }
}

fn read_once<'a>(once: &'a OnceLock<Result<Calibration>>, folder: &Path, name: &str) -> Result<&'a Calibration> {
    let read = || {
        let path = folder.join(name);
        if !path.exists() {
            let remedy = "put the calibration of that day beside its drives (KITTI offers it as a download of its own)";
            return Err(Error::file(path, "is missing", remedy));
        }
        Calibration::read(&path)
    };
    once.get_or_init(read).as_ref().map_err(Clone::clone)
}

impl KittiRaw {
    /// Lists the frames below `root`; decodes nothing.
    ///
    /// # Errors
    /// One sentence when the folder is missing or holds no drives, when the split names no frame of KITTI or none of its
    /// drives is here, and when no frame is left.
    pub fn open(root: &Path, options: &OpenOptions) -> Result<Self> {
        let folder = layout::folder(root)?;
        let asked = layout::asked(options.split.as_ref())?;
        let listed = asked.is_some();
        let (drives, mut frames) = match asked {
            Some(asked) => {
                let drives = places(&folder, asked.drives);
                if !drives.iter().any(|drive| drive.folder.is_dir()) {
                    let first = drives.first().map(|d| d.name.as_str()).unwrap_or_default();
                    let what = format!("holds none of the {} drives of the split, such as {first}", drives.len());
                    return Err(Error::file(root, what, REMEDY));
                }
                (drives, asked.frames)
            }
            None => all(&folder, root)?,
        };
        let mut without_truth = 0;
        if options.truth_only && !listed {
            let scans: Vec<_> = drives.iter().map(|d| layout::numbers_in(&d.folder.join(SCANS), is_scan)).collect();
            let before = frames.len();
            frames.retain(|id| scans[id.drive].contains(&id.number));
            without_truth = before - frames.len();
            if frames.is_empty() {
                return Err(Error::file(
                    root,
                    "holds pictures and no LiDAR scan of any of them",
                    "add velodyne_points",
                ));
            }
        }
        frames.truncate(options.limit.unwrap_or(usize::MAX));
        Ok(Self {
            spec: format!("kitti-raw:{}", root.display()),
            names: frames.iter().map(|id| id.name(&drives[id.drive].name)).collect(),
            drives,
            frames,
            listed,
            without_truth,
            options: ProjectOptions { vel_depth: options.vel_depth, strict: options.strict },
            cache: options.cache.as_ref().map(|cache| DepthCache::new(cache, &folder)),
        })
    }

    fn find(&self, index: usize) -> Result<(&Drive, FrameId)> {
        let id = self.frames.get(index).ok_or_else(|| no_such_frame(&self.spec, index, self.frames.len()))?;
        Ok((&self.drives[id.drive], *id))
    }

    /// The scan of a frame at the pixels of its camera.
    fn project(&self, drive: &Drive, id: FrameId, scan: &Path) -> Result<DepthMap> {
        let (cameras, scanner) = (drive.date.cameras()?, drive.date.scanner()?);
        let projection = velodyne::velo_to_image(cameras, scanner, id.camera)?;
        let [width, height] = cameras.size(id.camera)?;
        if width * height > MAX_PIXELS {
            let what = format!("says that the camera's pictures have {width}x{height} pixels");
            return Err(Error::file(
                drive.date.folder.join("calib_cam_to_cam.txt"),
                what,
                "check S_rect_02 and S_rect_03",
            ));
        }
        let map = velodyne::project(&velodyne::read_points(scan)?, &projection, width, height, self.options);
        if map.valid_count() == 0 {
            let remedy = "check that the scan and the calibration belong together";
            return Err(Error::file(scan, "has no point that lands in the picture", remedy));
        }
        Ok(map)
    }

    /// Everything that a projected map depends on.
    fn identity(&self, drive: &Drive, id: FrameId, scan: &Path) -> String {
        let files = ["calib_cam_to_cam.txt", "calib_velo_to_cam.txt"].map(|name| drive.date.folder.join(name));
        let [a, b, c] = [&files[0], &files[1], scan].map(file_identity);
        format!("1 · {a} · {b} · {c} · camera {} · {:?}", id.camera, self.options)
    }
}

impl Dataset for KittiRaw {
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
        let frame = image::decode_file(&layout::picture(&drive.folder, id))?;
        // Whoever needs the camera asks for it and hears what is wrong with its file.
        let focal = self.intrinsics(index).ok().flatten().map(|camera| camera.fx);
        Ok(Frame { name: self.names[index].clone(), focal, ..frame })
    }

    fn truth(&self, index: usize) -> Result<Option<GroundTruth>> {
        let (drive, id) = self.find(index)?;
        let scan = drive.folder.join(SCANS).join(format!("{}.bin", id.stem()));
        if !scan.exists() {
            let missing =
                Error::file(scan, "is missing, so there is no ground truth", "add the drive's velodyne_points");
            return if self.listed { Err(missing) } else { Ok(None) };
        }
        let source = if self.options.vel_depth { TruthSource::LidarX } else { TruthSource::LidarZ };
        let make = || self.project(drive, id, &scan);
        let map = match &self.cache {
            None => make()?,
            Some(cache) => {
                let key = if self.options.strict { "strict" } else { "plain" };
                let axis = if self.options.vel_depth { 'x' } else { 'z' };
                let name = format!("{}-{axis}-{key}", self.names[index]);
                cache.get_or_make(&name, &self.identity(drive, id, &scan), make)?
            }
        };
        Ok(Some(GroundTruth { map, source, half_resolution: false }))
    }

    fn intrinsics(&self, index: usize) -> Result<Option<Intrinsics>> {
        let (drive, id) = self.find(index)?;
        // Pictures alone are enough to look at; what measures needs the camera.
        if !self.listed && !drive.date.has_cameras() {
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

/// Where a drive keeps its scans.
const SCANS: &str = "velodyne_points/data";

fn is_scan(path: &Path) -> bool {
    layout::has_extension(path, "bin")
}

/// The drives of these names as they would lie below `folder`, whether they are there or not. The folder may be the one
/// with the dates, a date or a drive.
fn places(folder: &Path, names: Vec<String>) -> Vec<Drive> {
    let root = match name_of(folder) {
        name if is_drive(name) => folder.parent().and_then(Path::parent),
        name if is_date(name) => folder.parent(),
        _ => None,
    };
    let root = root.unwrap_or(folder);
    let mut dates: HashMap<String, Arc<Date>> = HashMap::new();
    let mut place = |name: String| {
        let day = root.join(date_of(&name));
        let date = dates.entry(date_of(&name).to_owned()).or_insert_with(|| Arc::new(Date::new(day.clone()))).clone();
        Drive { folder: day.join(&name), name, date }
    };
    names.into_iter().map(&mut place).collect()
}

/// Names of the drives that are below a folder, which may be the one with the dates, a date or a drive.
pub(super) fn drives_below(folder: &Path) -> Vec<String> {
    match name_of(folder) {
        name if is_drive(name) => vec![name.to_owned()],
        name if is_date(name) => layout::folders_in(folder, is_drive),
        _ => {
            let dates = layout::folders_in(folder, is_date);
            dates.iter().flat_map(|date| layout::folders_in(&folder.join(date), is_drive)).collect()
        }
    }
}

/// Every drive and every picture.
fn all(folder: &Path, given: &Path) -> Result<(Vec<Drive>, Vec<FrameId>)> {
    let drives = places(folder, drives_below(folder));
    if drives.is_empty() {
        return Err(Error::file(given, "holds no drive of KITTI", REMEDY));
    }
    let mut frames = Vec::new();
    for (number, drive) in drives.iter().enumerate() {
        for camera in CAMERAS {
            let pictures =
                layout::numbers_in(&drive.folder.join(format!("image_{camera:02}/data")), layout::is_picture);
            frames.extend(pictures.into_iter().map(|frame| FrameId { drive: number, camera, number: frame }));
        }
    }
    if frames.is_empty() {
        let what = format!("holds {} drives and no colour picture", drives.len());
        return Err(Error::file(given, what, "add image_02/data or image_03/data to the drives"));
    }
    if frames.len() > layout::MAX_FRAMES {
        return Err(Error::file(given, "holds more than two million pictures", "give one date or one drive"));
    }
    Ok((drives, frames))
}

#[cfg(test)]
#[path = "kitti_raw_tests.rs"]
mod tests;
