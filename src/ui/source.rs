//! [`Source`]: the source panel's state: samples, files, cameras.

use crate::capture::camera::{CameraFormat, CameraInfo};
use crate::data::samples::Sample;
use std::path::PathBuf;
use std::time::Instant;

/// Where pictures come from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SourceKind {
    /// A bundled sample.
    #[default]
    Samples,
    /// Opened files.
    Files,
    /// A camera.
    Camera,
    /// A data set.
    Dataset,
}

/// A file of the list.
#[derive(Clone)]
pub struct FileEntry {
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// It has ground truth beside it.
    pub has_truth: bool,
    /// Focal length in pixels of the picture, where it is known.
    pub focal: Option<f64>,
    /// Its picture, small.
    pub thumb: Option<egui::TextureHandle>,
    /// Why it cannot be shown.
    pub failed: Option<String>,
}

/// What a camera is doing.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum CameraStatus {
    /// None is open.
    #[default]
    Closed,
    /// Being opened.
    Opening(String),
    /// Frames arrive.
    Streaming(CameraInfo, CameraFormat),
    /// Frames stopped; the same camera is tried again.
    Recovering(u32, String),
    /// Given up, or there is none.
    Failed(String),
}

/// The source panel's state.
#[derive(Default)]
pub struct Source {
    /// Which kind is shown.
    pub kind: SourceKind,
    /// The bundled samples.
    pub samples: Vec<Sample>,
    /// Small pictures of the samples, in their order.
    pub sample_thumbs: Vec<Option<egui::TextureHandle>>,
    /// The chosen sample.
    pub sample: usize,
    /// The opened files.
    pub files: Vec<FileEntry>,
    /// The chosen file.
    pub selected: Option<usize>,
    /// When the list was opened.
    pub listed: Option<Instant>,
    /// The one thing that the files were opened from, when that was a folder.
    pub folder: Option<PathBuf>,
    /// An opened folder held no picture.
    pub empty: Option<PathBuf>,
    /// Cameras of this machine.
    pub cameras: Vec<CameraInfo>,
    /// Why there is none.
    pub no_camera: Option<String>,
    /// The camera.
    pub camera: CameraStatus,
    /// Frames a second that the camera delivers.
    pub camera_fps: f32,
    /// Frames that were replaced before they were predicted.
    pub dropped: u64,
    /// The ground truth the person opened beside the files.
    pub truth_path: Option<PathBuf>,
}

impl Source {
    /// True while what is shown is a file or a sample: what the file worker says is about it.
    pub fn of_files(&self) -> bool {
        matches!(self.kind, SourceKind::Files | SourceKind::Samples)
    }
}
