//! The door to camera drivers: [`CameraBackend`], and its implementation by nokhwa.
//!
//! nokhwa's own threaded helper is not used: it spins on errors and cannot be stopped while a driver hangs.

use super::camera::{CameraFormat, CameraInfo, FourCc};
use super::camera_nodes::{stable_id, video_nodes};
use super::pixels::to_rgb;
use crate::frame::Frame;
use nokhwa::utils::{ApiBackend, CameraFormat as NokhwaFormat, CameraIndex, FrameFormat};
use nokhwa::utils::{RequestedFormat, RequestedFormatType, Resolution, frame_formats};
use nokhwa::{Camera, NokhwaError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// Why a frame did not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// This frame is damaged; the next may be whole.
    BadFrame(String),
    /// The device cannot go on.
    Lost(String),
}

/// A kind of camera. Every call may block; the worker calls each from a thread that it can do without.
pub trait CameraBackend: Send + Sync + 'static {
    /// The cameras that are there. The one that is `open` is taken as known: asking it may disturb its stream.
    ///
    /// # Errors
    /// Why no camera can be used and what to do, as one sentence.
    fn list(&self, open: Option<&CameraInfo>) -> Result<Vec<CameraInfo>, String>;

    /// Opens a camera and starts its stream.
    ///
    /// # Errors
    /// Why it cannot be used, as one sentence.
    fn open(&self, camera: &CameraInfo, format: Option<CameraFormat>) -> Result<Box<dyn CameraDevice>, String>;

    /// Changes when a camera comes or goes; cheap, never opens a device.
    fn fingerprint(&self) -> String {
        String::new()
    }
}

/// An open camera; lives and dies in the thread that opened it.
pub trait CameraDevice {
    /// The format that was negotiated.
    fn format(&self) -> CameraFormat;

    /// Waits for the next frame.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn read(&mut self) -> Result<Frame, ReadError>;
}

/// The format that suits a network of 0.07 megapixels best: smooth, near 640×480 in area, not compressed.
pub fn best_format(formats: &[CameraFormat]) -> Option<CameraFormat> {
    let cost = |f: &CameraFormat| {
        let area = ((f.width * f.height).max(1) as f32 / (640.0 * 480.0)).ln().abs();
        let slow = (25.0 - f.fps as f32).max(0.0) / 10.0;
        let decoding = if f.fourcc == FourCc::Mjpg { 0.1 } else { 0.0 };
        let colourless = if f.fourcc == FourCc::Grey { 4.0 } else { 0.0 };
        // More than 30 a second is only heat.
        area + slow + decoding + colourless + (f.fps as f32 - 30.0).max(0.0) / 1000.0
    };
    formats.iter().copied().min_by(|a, b| cost(a).total_cmp(&cost(b)))
}

/// The cameras of this system by nokhwa.
#[derive(Debug, Clone, Copy, Default)]
pub struct NokhwaBackend;

impl CameraBackend for NokhwaBackend {
    fn list(&self, open: Option<&CameraInfo>) -> Result<Vec<CameraInfo>, String> {
        let nodes = guarded(|| nokhwa::query(ApiBackend::Auto))?;
        let mut found = Vec::new();
        for node in nodes {
            let Ok(index) = node.index().as_index() else { continue };
            if let Some(open) = open.filter(|open| open.index == index) {
                found.push(open.clone());
                continue;
            }
            let name = node.human_name();
            let id = stable_id(index).unwrap_or_else(|| format!("{index}:{name}"));
            match guarded(|| formats_of(index)) {
                // A node without any readable format is the metadata half of a webcam, or an encoder.
                Ok(formats) if formats.is_empty() => {}
                Ok(formats) => found.push(CameraInfo { id, name, index, formats, problem: None }),
                Err(problem) => found.push(CameraInfo { id, name, index, formats: Vec::new(), problem: Some(problem) }),
            }
        }
        found.sort_by_key(|camera| camera.index);
        if found.iter().any(|camera| camera.problem.is_none()) {
            return Ok(found);
        }
        Err(match found.iter().find_map(|camera| camera.problem.clone().map(|why| (camera, why))) {
            Some((camera, why)) => format!("the camera {} cannot be used: {why}", camera.name),
            None if cfg!(target_os = "linux") && video_nodes().is_empty() => {
                "no camera is connected (there is no /dev/video*); plug one in".to_owned()
            }
            None => "no camera that delivers pictures is connected; plug one in".to_owned(),
        })
    }

    fn open(&self, camera: &CameraInfo, format: Option<CameraFormat>) -> Result<Box<dyn CameraDevice>, String> {
        if let Some(problem) = &camera.problem {
            return Err(format!("the camera {} cannot be used: {problem}", camera.name));
        }
        let format = format.or_else(|| best_format(&camera.formats));
        let format = format.ok_or_else(|| format!("the camera {} offers no readable format", camera.name))?;
        let exact = RequestedFormatType::Exact(to_nokhwa(format));
        let device = guarded(|| {
            let request = RequestedFormat::with_formats(exact, frame_formats());
            let mut device = Camera::new(CameraIndex::Index(camera.index), request)?;
            device.open_stream()?;
            Ok(device)
        });
        let device = device.map_err(|why| format!("the camera {} did not start at {format}: {why}", camera.name))?;
        Ok(Box::new(NokhwaDevice { name: camera.name.clone(), device, format }))
    }

    fn fingerprint(&self) -> String {
        video_nodes().join(" ")
    }
}

struct NokhwaDevice {
    name: String,
    device: Camera,
    format: CameraFormat,
}

impl CameraDevice for NokhwaDevice {
    fn format(&self) -> CameraFormat {
        self.format
    }

    fn read(&mut self) -> Result<Frame, ReadError> {
        let buffer = guarded(|| self.device.frame()).map_err(ReadError::Lost)?;
        let captured = Instant::now();
        let fourcc = from_nokhwa(buffer.source_frame_format());
        let size = buffer.resolution();
        let (width, height, rgb) = to_rgb(fourcc, size.width() as usize, size.height() as usize, buffer.buffer())
            .map_err(ReadError::BadFrame)?;
        let mut frame = Frame::new(self.name.clone(), width, height, rgb);
        frame.captured = captured;
        frame.decode = captured.elapsed();
        Ok(frame)
    }
}

/// Calls nokhwa, whose unwraps become errors, and says the commonest reasons in words.
fn guarded<T>(call: impl FnOnce() -> Result<T, NokhwaError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(in_words(&error.to_string())),
        Err(_) => Err("the camera library failed on what the driver said; unplug the camera and try again".to_owned()),
    }
}

/// What the driver's error means for the person; anything unknown is passed on as it is.
fn in_words(error: &str) -> String {
    let known = [
        ("Permission denied", "it may not be opened; add your user to the group that owns /dev/video* (often `video`)"),
        ("os error 16", "another program is using it; close that program"),
        ("os error 19", "it was unplugged"),
        ("os error 2)", "it was unplugged"),
        ("No space left", "the USB bus has no bandwidth left; choose a smaller size or another port"),
    ];
    match known.iter().find(|(part, _)| error.contains(part)) {
        Some((_, words)) => (*words).to_owned(),
        None => error.trim_end_matches('.').to_owned(),
    }
}

/// Everything that a camera offers, largest first; empty for a node that is no camera.
fn formats_of(index: u32) -> Result<Vec<CameraFormat>, NokhwaError> {
    let any = RequestedFormat::with_formats(RequestedFormatType::None, frame_formats());
    let mut camera = match Camera::new(CameraIndex::Index(index), any) {
        Ok(camera) => camera,
        // How nokhwa says that the node enumerates nothing, or nothing that it can decode.
        Err(NokhwaError::GetPropertyError { property, .. })
            if property == "FrameFormat" || property == "CameraFormat" =>
        {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let mut formats: Vec<CameraFormat> = camera
        .compatible_camera_formats()?
        .iter()
        .map(|f| CameraFormat {
            width: f.width() as usize,
            height: f.height() as usize,
            fps: f.frame_rate(),
            fourcc: from_nokhwa(f.format()),
        })
        .filter(|f| f.width > 0 && f.height > 0 && f.fps > 0)
        .collect();
    formats.sort_by_key(|f| (std::cmp::Reverse((f.width * f.height, f.fps)), f.fourcc as u8));
    formats.dedup();
    Ok(formats)
}

fn to_nokhwa(f: CameraFormat) -> NokhwaFormat {
    let fourcc = match f.fourcc {
        FourCc::Yuyv => FrameFormat::YUYV,
        FourCc::Nv12 => FrameFormat::NV12,
        FourCc::Rgb3 => FrameFormat::RAWRGB,
        FourCc::Bgr3 => FrameFormat::RAWBGR,
        FourCc::Grey => FrameFormat::GRAY,
        FourCc::Mjpg => FrameFormat::MJPEG,
    };
    NokhwaFormat::new(Resolution::new(f.width as u32, f.height as u32), fourcc, f.fps)
}

fn from_nokhwa(fourcc: FrameFormat) -> FourCc {
    match fourcc {
        FrameFormat::YUYV => FourCc::Yuyv,
        FrameFormat::NV12 => FourCc::Nv12,
        FrameFormat::RAWRGB => FourCc::Rgb3,
        FrameFormat::RAWBGR => FourCc::Bgr3,
        FrameFormat::GRAY => FourCc::Grey,
        FrameFormat::MJPEG => FourCc::Mjpg,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn format(width: usize, height: usize, fps: u32, fourcc: FourCc) -> CameraFormat {
        CameraFormat { width, height, fps, fourcc }
    }

    #[test]
    fn the_best_format_is_smooth_and_of_middle_size() {
        let vga = format(640, 480, 30, FourCc::Yuyv);
        let offered = [
            format(1920, 1080, 30, FourCc::Mjpg),
            format(1280, 720, 10, FourCc::Yuyv),
            format(640, 480, 30, FourCc::Mjpg),
            vga,
            format(640, 480, 30, FourCc::Grey),
            format(160, 120, 60, FourCc::Yuyv),
        ];
        assert_eq!(best_format(&offered), Some(vga));
        assert_eq!(best_format(&offered[..2]), Some(offered[0]));
        assert_eq!(best_format(&[]), None);
    }

    #[test]
    fn driver_errors_are_said_in_words() {
        assert!(in_words("Could not open: Permission denied (os error 13)").contains("group"));
        assert!(in_words("V4L2: Device or resource busy (os error 16)").contains("another program"));
        assert_eq!(in_words("No such device (os error 19)"), "it was unplugged");
        assert_eq!(in_words("V4L2 Error: No such file or directory (os error 2)"), "it was unplugged");
        assert_eq!(in_words("something new."), "something new");
    }

    #[test]
    fn a_panic_of_the_library_is_an_error() {
        assert!(guarded::<()>(|| panic!("as its unwraps do")).is_err());
    }

    #[test]
    fn a_system_without_cameras_gets_a_reason_and_one_with_cameras_gets_them() {
        match NokhwaBackend.list(None) {
            Ok(cameras) => assert!(cameras.iter().any(|c| c.problem.is_none() && !c.formats.is_empty())),
            Err(reason) => assert!(reason.contains("camera"), "{reason}"),
        }
    }
}
