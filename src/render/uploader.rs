//! [`Uploader`]: the thread that turns predictions into textures and numbers; the newest one wins.

use super::{Analysis, Gpu, Picture, Plane};
use crate::depth::DepthMap;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::guard::guard;
use crate::infer::prediction::{ModelOutput, Prediction};
use crate::latest::Latest;
use crate::net::config::GateKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// What helps when a frame is too much for the memory or the graphics driver.
const REMEDY: &str = "open a smaller picture, or start the program again if none is shown";

/// What is to be shown: a frame with what is known of it so far.
#[derive(Debug, Clone)]
pub struct UploadJob {
    /// The picture.
    pub frame: Arc<Frame>,
    /// Its ground truth.
    pub truth: Option<Arc<crate::data::truth::Truth>>,
    /// The models' outputs; `None` while they are computing or when no model is loaded.
    pub prediction: Option<Arc<Prediction>>,
}

/// Everything that the six views draw of one frame. Planes are `None` without a GPU (panel tests) or without data.
#[derive(Debug, Clone)]
pub struct FrameViews {
    /// What it was made from; the probe reads these arrays.
    pub job: UploadJob,
    /// Numbers for panels and ranges.
    pub analysis: Analysis,
    /// The RGB frame.
    pub picture: Option<Picture>,
    /// Main model's depth at the frame's size.
    pub depth: Option<Plane>,
    /// Compared model's depth at the frame's size.
    pub compare_depth: Option<Plane>,
    /// Ground truth.
    pub truth: Option<Plane>,
    /// The pixels of the ground truth that count for the main model.
    pub counted: Option<Plane>,
    /// Those that count for the compared model.
    pub compare_counted: Option<Plane>,
    /// Main model's depth at the truth's size.
    pub at_truth: Option<Plane>,
    /// Compared model's depth at the truth's size.
    pub compare_at_truth: Option<Plane>,
    /// EDA's attention on its native grid.
    pub eda: Option<Plane>,
    /// CBAM-S's attention on its native grid.
    pub cbam: Option<Plane>,
    /// EDA minus CBAM-S.
    pub difference: Option<Plane>,
}

impl FrameViews {
    /// Uploads everything and computes the analysis; takes milliseconds, so not for the UI thread.
    pub fn new(gpu: Option<&Gpu>, job: UploadJob) -> Self {
        let prediction = job.prediction.as_deref();
        let compare = prediction.and_then(|p| p.compare.as_ref());
        let truth = job.truth.as_deref().map(|t| &t.map);
        let analysis = Analysis::of(truth, prediction);
        let gate = |kind| {
            let map = prediction?.gate(kind)?;
            Some(Plane::of_values(gpu?, map.width, map.height, &map.values))
        };
        let depth = |map: Option<&DepthMap>| Some(Plane::of_depth(gpu?, map?));
        let difference = analysis.difference.as_ref();
        let truth_plane = depth(truth);
        let counted = |output: Option<&ModelOutput>| {
            let (truth, output) = (truth?, output?);
            let counted = output.counted(truth);
            // The same pixels are the same plane; a crop alone makes no truth sparse.
            let whole = counted.width() == truth.width() && counted.valid_count() == truth.valid_count();
            if whole { truth_plane.clone() } else { depth(Some(counted)).map(|p| p.drawn_as(truth_plane.as_ref())) }
        };
        Self {
            picture: gpu.map(|gpu| Picture::of_frame(gpu, &job.frame)),
            depth: depth(prediction.map(|p| &p.main.depth)),
            compare_depth: depth(compare.map(|c| &c.depth)),
            counted: counted(prediction.map(|p| &p.main)),
            compare_counted: counted(compare),
            truth: truth_plane.clone(),
            at_truth: depth(prediction.and_then(|p| p.main.at_truth.as_ref())),
            compare_at_truth: depth(compare.and_then(|c| c.at_truth.as_ref())),
            eda: gate(GateKind::Eda),
            cbam: gate(GateKind::CbamS),
            difference: difference.and_then(|d| Some(Plane::of_values(gpu?, d.width, d.height, &d.values))),
            analysis,
            job,
        }
    }
}

/// A handle on the upload thread; dropping it stops and joins the thread.
#[derive(Debug)]
pub struct Uploader {
    jobs: Latest<UploadJob>,
    done: Latest<Arc<FrameViews>>,
    failed: Latest<(Arc<Frame>, Error)>,
    open: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Uploader {
    /// Starts the thread; `wake` is called when something new can be taken.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub fn start(gpu: Option<Gpu>, wake: Arc<dyn Fn() + Send + Sync>) -> Result<Self> {
        let (jobs, done, failed) = (Latest::<UploadJob>::new(), Latest::new(), Latest::new());
        let (open, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let worker = {
            let (jobs, done, failed) = (jobs.clone(), done.clone(), failed.clone());
            let (open, stop) = (open.clone(), stop.clone());
            move || {
                while !stop.load(Ordering::Acquire) {
                    let Some(job) = jobs.wait(Duration::from_secs(1)) else { continue };
                    let frame = job.frame.clone();
                    let what = format!("{}: could not be made ready for the screen", frame.name);
                    let finished = match guard(&what, REMEDY, || FrameViews::new(gpu.as_ref(), job)) {
                        Ok(views) => done.put(Arc::new(views)).is_some(),
                        Err(error) => {
                            failed.put((frame, error));
                            true
                        }
                    };
                    open.fetch_sub(usize::from(finished), Ordering::AcqRel);
                    wake();
                }
            }
        };
        let thread = std::thread::Builder::new().name("upload".to_owned()).spawn(worker);
        let thread = thread.map_err(|e| Error::Failed(format!("cannot start the upload thread ({e})")))?;
        Ok(Self { jobs, done, failed, open, stop, thread: Some(thread) })
    }

    /// Asks for a frame to be made ready; never blocks, a newer one replaces one that was not begun.
    pub fn submit(&self, job: UploadJob) {
        self.open.fetch_add(1, Ordering::AcqRel);
        let replaced = self.jobs.put(job);
        self.open.fetch_sub(usize::from(replaced.is_some()), Ordering::AcqRel);
    }

    /// The newest frame that is ready, once.
    pub fn take(&self) -> Option<Arc<FrameViews>> {
        let views = self.done.take();
        self.open.fetch_sub(usize::from(views.is_some()), Ordering::AcqRel);
        views
    }

    /// The newest frame that could not be made ready and why, once; the thread goes on.
    pub fn failure(&self) -> Option<(Arc<Frame>, Error)> {
        self.failed.take()
    }

    /// True when everything that was submitted was taken or failed.
    pub fn idle(&self) -> bool {
        self.open.load(Ordering::Acquire) == 0
    }
}

impl Drop for Uploader {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.jobs.close();
        if let Some(thread) = self.thread.take() {
            // A panic in the worker has already been reported by its own thread.
            let _ = thread.join();
        }
    }
}
