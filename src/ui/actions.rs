//! [`Action`]: what a panel asks for. Panels only push these; [`super::workers::Workers`] carries them out.

use super::dataset::DatasetOrder;
use super::dialogs::DialogKind;
use super::inspect_worker::InspectRequest;
use super::train::TrainOrder;
use super::view_kind::ViewKind;
use crate::capture::camera::CameraFormat;
use crate::device::DeviceChoice;
use crate::eval::messages::Order;
use crate::eval::protocol::MeasureSettings;
use crate::infer::engine::Slot;
use crate::infer::model::ModelRequest;
use std::path::PathBuf;

/// Something the person wants done.
#[derive(Debug, Clone)]
pub enum Action {
    /// Open images and folders.
    Open(Vec<PathBuf>),
    /// Open ground truth after asking for the scale where whole numbers may be in it.
    AskTruth(PathBuf),
    /// Open ground truth beside the picture: file or folder, and the scale of a uint16 PNG.
    OpenTruth(PathBuf, Option<f64>),
    /// Ask the system for a path.
    Dialog(DialogKind),
    /// Show a bundled sample by its number in the list.
    Sample(usize),
    /// Show an opened file by its number in the list.
    Select(usize),
    /// Show the file that many places further.
    Step(isize),
    /// Look for cameras.
    FindCameras,
    /// Open a camera by its id.
    OpenCamera(String, Option<CameraFormat>),
    /// Close the camera.
    CloseCamera,
    /// Stop or go on taking frames from the camera.
    Freeze(bool),
    /// Load a model.
    Load(Slot, ModelRequest),
    /// Compare with nothing.
    Unload,
    /// Compute on another device.
    Device(DeviceChoice),
    /// Look for devices.
    FindDevices,
    /// Measure by another rule: protocol or none, crop, cap, scaling. The present prediction is measured anew at once,
    /// and the network runs again only if the protocol shows it something else.
    Measure(MeasureSettings),
    /// Network size; `None` chooses by the picture's shape.
    Size(Option<[usize; 2]>),
    /// Focal length along x in pixels of the picture, for pictures that do not know their own; `None` when it is unknown.
    Focal(Option<f64>),
    /// Copy every tap of a model on the present frame.
    Inspect(Slot),
    /// Draw a page of channels.
    InspectPage(InspectRequest),
    /// Write everything that `infer` writes into a folder.
    Export(PathBuf),
    /// Open paths of unknown kind: dropped or typed.
    OpenAny(Vec<PathBuf>),
    /// Look at what paths are that were dropped over a view, or anywhere.
    Look(Vec<PathBuf>, Option<ViewKind>),
    /// Have the doctor look at weights; nothing is loaded before the person has seen the report.
    Examine(Slot, PathBuf),
    /// Forget the weights that the doctor reads.
    CancelExamine,
    /// Something with data sets.
    Dataset(DatasetOrder),
    /// Something with evaluations.
    Evaluate(Order),
    /// Something with trainings.
    Train(TrainOrder),
}
