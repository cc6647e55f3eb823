//! [`StudioOptions`]: what the command line gives the window.

use super::tabs::Tab;
use crate::data::dataset::DataSpec;
use crate::device::DeviceChoice;
use crate::eval::protocol::MeasureSettings;
use crate::infer::model::ModelRequest;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The colours of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// Dark grounds, light text.
    #[default]
    Dark,
    /// Light grounds, dark text.
    Light,
}

/// Which model the main one is compared with.
#[derive(Debug, Clone, Default)]
pub enum CompareChoice {
    /// The one of the settings, or the one that ships.
    #[default]
    Default,
    /// None.
    None,
    /// This one.
    Model(ModelRequest),
}

/// How the window starts.
#[derive(Debug, Clone, Default)]
pub struct StudioOptions {
    /// Images and folders to open; none opens the bundled sample.
    pub paths: Vec<PathBuf>,
    /// A data set to open instead.
    pub data: Option<DataSpec>,
    /// Its split: a built-in name or the path of a list.
    pub split: Option<String>,
    /// Its frame to begin with: a name, or a number from 1.
    pub frame: Option<String>,
    /// Ground truth: a file, or a folder paired by file stem.
    pub gt: Option<PathBuf>,
    /// What a value of a uint16 ground truth is divided by to give metres.
    pub gt_scale: Option<f64>,
    /// Number or name of the camera to open.
    pub camera: Option<String>,
    /// Main model; `None` takes that of the settings, or the one that ships.
    pub model: Option<ModelRequest>,
    /// Compared model.
    pub compare: CompareChoice,
    /// Network width and height; `None` chooses by the picture's shape.
    pub size: Option<[usize; 2]>,
    /// Focal length along x in pixels of the pictures; `None` where it is not known.
    pub focal: Option<f64>,
    /// How the error is measured.
    pub measure: MeasureSettings,
    /// Width of a point of sparse ground truth; `None` takes that of the settings.
    pub points: Option<u8>,
    /// Where networks run; `None` takes that of the settings, or `auto`.
    pub device: Option<DeviceChoice>,
    /// Colours; `None` takes those of the settings.
    pub theme: Option<ThemeChoice>,
    /// The settings file; `None` is the usual place of the system.
    pub settings_path: Option<PathBuf>,
    /// Read and write no settings: screenshots and tests.
    pub ephemeral: bool,
    /// Load no model at all: tests that hand predictions over themselves.
    pub no_model: bool,
    /// The tab of the right panel; `None` takes that of the settings.
    pub tab: Option<Tab>,
    /// Show the results of an earlier evaluation from its output folder.
    pub results: Option<PathBuf>,
    /// Show a training run from its folder.
    pub train: Option<PathBuf>,
    /// Show results over the whole area of the views.
    pub expand: bool,
    /// Where the probe stands at the start, both coordinates in 0…1.
    pub probe: Option<[f32; 2]>,
}
