//! Writes a [`Sequence`] as data sets are handed out: NYU's pairs and KITTI's raw drives, for the readers to read back.

use super::sequence::{Kind, Sequence};
use crate::atomic::{write_atomic, write_atomic_bytes};
use crate::depth::DepthMap;
use crate::error::{Error, Result};
use crate::frame::Frame;
use image::codecs::{jpeg, png};
use image::{ExtendedColorType, ImageEncoder};
use std::path::{Path, PathBuf};

/// Date under which a drive made here is filed: no recording of KITTI's is of that day.
pub const DATE: &str = "2026_01_01";
/// Values per metre of KITTI's depth (reference.md 7.5) and of NYU's.
const KITTI_SCALE: f64 = 256.0;
const NYU_SCALE: f64 = 1000.0;
/// Quality of NYU's JPEGs.
const QUALITY: u8 = 95;

/// How hard a PNG is compressed: `Most` takes ten times as long for a tenth fewer bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// For what is made often.
    Usual,
    /// For what ships.
    Most,
}

/// A layout that a sequence can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `rgb/N.jpg`, `depth/N.png` (uint16 millimetres, every second pixel), `splits.csv`.
    Nyu,
    /// `<date>/<date>_drive_0001_sync` with both colour cameras, scans, calibration, the annotated depth of the
    /// benchmark in the same tree, and poses.
    KittiRaw,
}

/// What is written after each frame: how many are done, of how many. False stops.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize) -> bool;

/// Writes the first `frames` frames below `root`; files that are there already are replaced one by one.
///
/// # Errors
/// When a file cannot be written, there are more frames than the sequence has, or `progress` stops it.
pub fn write(sequence: &Sequence, layout: Layout, frames: usize, root: &Path, progress: Progress<'_>) -> Result<()> {
    let most = super::sequence::MAX_FRAMES;
    if !(1..=most).contains(&frames) {
        return Err(Error::Usage(format!("a scene has 1 to {most} frames, not {frames}; give --frames 30")));
    }
    for index in 0..frames {
        let files = match layout {
            Layout::Nyu => nyu_frame(sequence, index)?,
            Layout::KittiRaw => kitti_frame(sequence, index)?,
        };
        for (path, bytes) in files {
            write_atomic_bytes(root.join(path), &bytes)?;
        }
        if !progress(index + 1, frames) && index + 1 < frames {
            return Err(Error::Interrupted);
        }
    }
    // Last, so that a list names no frame that is not there.
    match layout {
        Layout::Nyu => write_atomic_bytes(root.join("splits.csv"), nyu_list(sequence, frames).as_bytes()),
        Layout::KittiRaw => kitti_frame_lists(sequence, frames, root),
    }
}

/// One frame of NYU's pairs.
fn nyu_frame(sequence: &Sequence, index: usize) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let half = every_second(&sequence.depth(index, false));
    Ok(vec![
        (format!("rgb/{index}.jpg").into(), jpeg(&sequence.picture(index, false))?),
        (format!("depth/{index}.png").into(), depth_png(&half, NYU_SCALE, Effort::Usual)?),
    ])
}

fn nyu_list(sequence: &Sequence, frames: usize) -> String {
    let mut text = "index0,split,scene\n".to_owned();
    for index in 0..frames {
        text += &format!("{index},train,synthetic_{}_0001\n", sequence.kind().name());
    }
    text
}

/// Pixels 0, 2, 4 … of rows 0, 2, 4 ….
fn every_second(map: &DepthMap) -> DepthMap {
    let (w, h) = (map.width(), map.height());
    let values = (0..h).step_by(2).flat_map(|y| (0..w).step_by(2).map(move |x| map.at(x, y).unwrap_or(0.0)));
    DepthMap::new(w.div_ceil(2), h.div_ceil(2), map.unit(), values.collect())
}

fn drive() -> PathBuf {
    Path::new(DATE).join(format!("{DATE}_drive_0001_sync"))
}

/// One frame of a raw drive.
fn kitti_frame(sequence: &Sequence, index: usize) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let drive = drive();
    let mut files = Vec::new();
    for (camera, right) in [("image_02", false), ("image_03", true)] {
        let picture = png(&sequence.picture(index, right), Effort::Usual)?;
        let depth = depth_png(&sequence.depth(index, right), KITTI_SCALE, Effort::Usual)?;
        files.push((drive.join(format!("{camera}/data/{index:010}.png")), picture));
        files.push((drive.join(format!("proj_depth/groundtruth/{camera}/{index:010}.png")), depth));
    }
    files.push((drive.join(format!("velodyne_points/data/{index:010}.bin")), bin(&sequence.points(index))));
    Ok(files)
}

/// What a drive has once: calibration, and the poses of camera 2 as the odometry benchmark writes them, one a line.
fn kitti_frame_lists(sequence: &Sequence, frames: usize, root: &Path) -> Result<()> {
    let rig = sequence.rig();
    let day = root.join(DATE);
    write_atomic_bytes(day.join("calib_cam_to_cam.txt"), rig.cam_to_cam.as_bytes())?;
    write_atomic_bytes(day.join("calib_velo_to_cam.txt"), rig.velo_to_cam.as_bytes())?;
    let origin = sequence.pose(0);
    write_atomic(root.join(drive()).join("poses.txt"), |file| {
        for index in 0..frames {
            let numbers = sequence.pose(index).relative_to(&origin).map(|v| format!("{v:e}"));
            writeln!(file, "{}", numbers.join(" "))?;
        }
        Ok(())
    })
}

fn failed(error: image::ImageError) -> Error {
    Error::Failed(format!("a generated picture could not be encoded ({error})"))
}

/// A picture as PNG.
///
/// # Errors
/// When the encoder fails.
pub fn png(frame: &Frame, effort: Effort) -> Result<Vec<u8>> {
    encode(&frame.rgb, frame.width, frame.height, ExtendedColorType::Rgb8, effort)
}

fn encode(bytes: &[u8], width: usize, height: usize, color: ExtendedColorType, effort: Effort) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let compression = match effort {
        Effort::Usual => png::CompressionType::Default,
        Effort::Most => png::CompressionType::Best,
    };
    png::PngEncoder::new_with_quality(&mut out, compression, png::FilterType::Adaptive)
        .write_image(bytes, width as u32, height as u32, color)
        .map_err(failed)?;
    Ok(out)
}

fn jpeg(frame: &Frame) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    jpeg::JpegEncoder::new_with_quality(&mut out, QUALITY)
        .write_image(&frame.rgb, frame.width as u32, frame.height as u32, ExtendedColorType::Rgb8)
        .map_err(failed)?;
    Ok(out)
}

/// A depth map as uint16 PNG of `scale` values a metre; 0 is no value, and so is what 16 bits cannot hold.
///
/// # Errors
/// When the encoder fails.
pub fn depth_png(map: &DepthMap, scale: f64, effort: Effort) -> Result<Vec<u8>> {
    let word = |(d, ok): (&f32, &bool)| {
        let value = (f64::from(*d) * scale).round();
        if *ok && value <= f64::from(u16::MAX) { value as u16 } else { 0 }
    };
    // PNG stores the high byte first, but the encoder takes native words.
    let words: Vec<u8> = map.values().iter().zip(map.valid()).flat_map(|pixel| word(pixel).to_ne_bytes()).collect();
    encode(&words, map.width(), map.height(), ExtendedColorType::L16, effort)
}

/// A scan as KITTI's `.bin`.
pub fn bin(points: &[[f32; 4]]) -> Vec<u8> {
    points.iter().flatten().flat_map(|v| v.to_le_bytes()).collect()
}

/// The layout that a scene is written in when none is asked for.
pub fn usual(kind: Kind) -> Layout {
    match kind {
        Kind::Room => Layout::Nyu,
        Kind::Road => Layout::KittiRaw,
    }
}
