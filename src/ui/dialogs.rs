//! System dialogs on their own thread: the window goes on while one is open. Where the system has no dialog, the
//! typed path and drag and drop remain.

use crate::error::{Error, Result};
use crate::latest::Latest;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialogKind {
    /// One or more pictures.
    Pictures,
    /// A folder of pictures.
    Folder,
    /// A ground truth file.
    Truth,
    /// A folder of ground truth.
    TruthFolder,
    /// A list of a data set's frames.
    FrameList,
    /// Weights of the main model.
    Weights,
    /// Weights of the compared model.
    CompareWeights,
    /// Where to export to.
    ExportFolder,
    /// Data to evaluate: a folder.
    EvaluateData,
    /// Data to evaluate that are one file: MATLAB's, a list, a video.
    EvaluateDataFile,
    /// Weights to evaluate.
    EvaluateWeights,
    /// Where an evaluation keeps its journal and report.
    EvaluateFolder,
    /// Where a report is written now.
    EvaluateReport,
    /// The folder of an earlier evaluation.
    EvaluateResults,
    /// Data to train on: a folder.
    TrainData,
    /// Weights that training starts from.
    TrainInit,
    /// The folder of a new run.
    TrainFolder,
    /// The folder of a run to show and go on with.
    TrainRun,
    /// The folder of a run whose curves are drawn too.
    TrainBeside,
}

impl DialogKind {
    /// What a person does where the system has no dialogs.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::EvaluateData | Self::EvaluateDataFile => "Type the data's path under Setup.",
            Self::EvaluateFolder => "Type the folder's path under Setup.",
            Self::EvaluateReport => "Type the output folder under Setup, then write the report again.",
            Self::EvaluateResults => "Start the program with --eval-out and the folder.",
            Self::TrainData | Self::TrainFolder => "Type the path under Setup.",
            Self::TrainRun | Self::TrainBeside => "Start the program with --train-out and the folder.",
            _ => "Type the path in the Open menu, or drop the file on the window.",
        }
    }
}

/// File endings that weights usually have; files without one are behind "All files".
const WEIGHTS: &[&str] = &["safetensors", "pth", "pt", "tar", "ckpt", "bin"];
const PICTURES: &[&str] = &[
    "png", "jpg", "jpeg", "bmp", "gif", "webp", "tif", "tiff", "pnm", "pgm", "ppm", "tga", "qoi", "hdr", "exr", "dds",
    "ico", "ff",
];

/// The answer to a dialog.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was asked for.
    pub kind: DialogKind,
    /// What was chosen; empty when it was cancelled, or when the system has no dialog.
    pub paths: Vec<PathBuf>,
    /// The dialog came back so quickly that nobody can have seen it: the system has none.
    pub absent: bool,
}

/// Asks for paths, one dialog at a time.
#[derive(Clone)]
pub struct Dialogs {
    answers: Latest<Answer>,
    open: Arc<AtomicBool>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Dialogs {
    /// `wake` is called when an answer can be taken.
    pub fn new(wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self { answers: Latest::new(), open: Arc::new(AtomicBool::new(false)), wake }
    }

    /// Opens a dialog unless one is open.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn ask(&self, kind: DialogKind, folder: Option<PathBuf>) -> Result<()> {
        if self.open.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let this = self.clone();
        // Not joined: a person may leave a dialog open for ever, and the program must still be able to end.
        let started = std::thread::Builder::new().name("dialog".to_owned()).spawn(move || {
            let began = std::time::Instant::now();
            let paths = run(kind, folder.as_deref());
            let absent = paths.is_empty() && began.elapsed() < std::time::Duration::from_millis(250);
            this.answers.put(Answer { kind, paths, absent });
            this.open.store(false, Ordering::Release);
            (this.wake)();
        });
        match started {
            Ok(_) => Ok(()),
            Err(e) => {
                self.open.store(false, Ordering::Release);
                Err(Error::Failed(format!("cannot open a dialog ({e}); type the path in the Open menu")))
            }
        }
    }

    /// The newest answer, once.
    pub fn take(&self) -> Option<Answer> {
        self.answers.take()
    }
}

fn run(kind: DialogKind, folder: Option<&Path>) -> Vec<PathBuf> {
    let mut dialog = rfd::FileDialog::new();
    if let Some(folder) = folder.filter(|f| f.is_dir()) {
        dialog = dialog.set_directory(folder);
    }
    let one = |path: Option<PathBuf>| path.into_iter().collect();
    match kind {
        DialogKind::Pictures => {
            let dialog =
                dialog.set_title("Open pictures").add_filter("Pictures", PICTURES).add_filter("All files", &["*"]);
            dialog.pick_files().unwrap_or_default()
        }
        DialogKind::Folder => one(dialog.set_title("Open a folder of pictures").pick_folder()),
        DialogKind::Truth => {
            let endings = ["png", "npy", "pfm"];
            one(dialog.set_title("Open ground truth").add_filter("Ground truth", &endings).pick_file())
        }
        DialogKind::TruthFolder => one(dialog.set_title("Open a folder of ground truth").pick_folder()),
        DialogKind::Weights | DialogKind::CompareWeights | DialogKind::EvaluateWeights | DialogKind::TrainInit => {
            one(dialog
                .set_title("Open weights")
                .add_filter("Weights", WEIGHTS)
                .add_filter("All files", &["*"])
                .pick_file())
        }
        DialogKind::FrameList => {
            one(dialog.set_title("Open a list of frames").add_filter("All files", &["*"]).pick_file())
        }
        DialogKind::ExportFolder => one(dialog.set_title("Export to a folder").pick_folder()),
        DialogKind::TrainData => one(dialog.set_title("Data to train on").pick_folder()),
        DialogKind::TrainFolder => one(dialog.set_title("Folder of the run").pick_folder()),
        DialogKind::TrainRun | DialogKind::TrainBeside => {
            one(dialog.set_title("Folder of a training run").pick_folder())
        }
        DialogKind::EvaluateData => one(dialog.set_title("Data to evaluate").pick_folder()),
        DialogKind::EvaluateDataFile => one(dialog
            .set_title("Data to evaluate")
            .add_filter("Labelled MATLAB file, list of pairs", &["mat", "h5", "csv"])
            .add_filter("All files", &["*"])
            .pick_file()),
        DialogKind::EvaluateFolder | DialogKind::EvaluateReport => {
            one(dialog.set_title("Output folder of the evaluation").pick_folder())
        }
        DialogKind::EvaluateResults => one(dialog.set_title("Folder of an earlier evaluation").pick_folder()),
    }
}
