//! The errand thread: small jobs that touch the disk or the system, so that the UI thread never does.

use super::look::{self, Sorted};
use super::view_kind::ViewKind;
use crate::data::image::decode_file;
use crate::data::resize::pillow_bilinear;
use crate::data::samples::{self, Sample};
use crate::device::{self, DeviceInfo};
use crate::error::{Error, Result};
use crate::guard::guard;
use crate::infer::export::{ExportOptions, export_all};
use crate::infer::prediction::Prediction;
use crate::weights::doctor::{self, Report};
use egui::ColorImage;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Errands that may wait.
const WAITING: usize = 32;
/// Width of a small picture.
pub const THUMB: usize = 112;

/// A job.
pub enum Errand {
    /// Find the bundled samples and make small pictures of them.
    Samples,
    /// Find the devices of this machine.
    Devices,
    /// Find where exports usually go.
    ExportFolder,
    /// Write everything of a prediction into a folder.
    Export(Arc<Prediction>, PathBuf, ExportOptions),
    /// Look at what paths are that came over a view, or from anywhere.
    Look(Vec<PathBuf>, Option<ViewKind>),
    /// Have the doctor look at weights, unless another ticket is the newest by then.
    Examine {
        /// Its number.
        ticket: u64,
        /// The file or folder.
        path: PathBuf,
        /// The number that is still waited for.
        newest: Arc<AtomicU64>,
    },
}

/// What came of it.
pub enum Done {
    /// The bundled samples.
    Samples(Vec<Sample>),
    /// A small picture of the sample with that number.
    SampleThumb(usize, ColorImage),
    /// The devices.
    Devices(Vec<DeviceInfo>),
    /// Where exports usually go.
    ExportFolder(PathBuf),
    /// The folder and the files that were written.
    Exported(PathBuf, Result<Vec<PathBuf>>),
    /// What the paths are, and over which view they came.
    Looked(Sorted, Option<ViewKind>),
    /// The doctor's report with its ticket; an error only when the doctor gave up.
    Examined(u64, Result<Box<Report>>),
    /// Another errand could not be done.
    Failed(Error),
}

/// A handle on the thread; dropping it lets the present errand end and joins the thread.
pub struct Errands {
    jobs: Option<SyncSender<Errand>>,
    done: Receiver<Done>,
    open: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Errands {
    /// Starts the thread under a name; `wake` is called after each result.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(name: &str, wake: Arc<dyn Fn() + Send + Sync>) -> Result<Self> {
        let (jobs, inbox) = sync_channel(WAITING);
        let (outbox, done) = sync_channel(256);
        let open = Arc::new(AtomicUsize::new(0));
        let count = open.clone();
        let work = move || {
            for job in inbox {
                answer(job, run, &|result| {
                    // A window that is gone needs no answer.
                    let _ = outbox.send(result);
                    wake();
                });
                count.fetch_sub(1, Ordering::AcqRel);
                wake();
            }
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
        let thread = thread.map_err(|e| Error::Failed(format!("cannot start the thread for {name} ({e})")))?;
        Ok(Self { jobs: Some(jobs), done, open, thread: Some(thread) })
    }

    /// Asks for an errand; false when too many wait.
    pub fn ask(&self, job: Errand) -> bool {
        self.open.fetch_add(1, Ordering::AcqRel);
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok());
        if !sent {
            self.open.fetch_sub(1, Ordering::AcqRel);
        }
        sent
    }

    /// The next result.
    pub fn take(&self) -> Option<Done> {
        self.done.try_recv().ok()
    }

    /// True when nothing waits or runs.
    pub fn idle(&self) -> bool {
        self.open.load(Ordering::Acquire) == 0
    }
}

impl Drop for Errands {
    fn drop(&mut self) {
        self.jobs = None;
        // Results that nobody takes must not block the thread's last send.
        while self.thread.as_ref().is_some_and(|t| !t.is_finished()) {
            while self.done.try_recv().is_ok() {}
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Does the work, whose panic is an answer too: what is waited for always ends.
fn answer(job: Errand, work: impl FnOnce(Errand, &dyn Fn(Done)), say: &dyn Fn(Done)) {
    type Answer = Box<dyn FnOnce(Error) -> Done>;
    let (what, failed): (_, Answer) = match &job {
        Errand::Samples => ("the samples could not be shown", Box::new(Done::Failed)),
        Errand::Devices => ("the devices could not be listed", Box::new(Done::Failed)),
        Errand::ExportFolder => ("the folder for exports was not found", Box::new(Done::Failed)),
        Errand::Look(..) => ("the paths could not be looked at", Box::new(Done::Failed)),
        Errand::Export(_, folder, _) => {
            let folder = folder.clone();
            ("the export was not finished", Box::new(move |error| Done::Exported(folder, Err(error))))
        }
        Errand::Examine { ticket, .. } => {
            let ticket = *ticket;
            ("the weights could not be examined", Box::new(move |error| Done::Examined(ticket, Err(error))))
        }
    };
    let remedy = "try again, and start the program anew if it fails once more";
    if let Err(error) = guard(what, remedy, || work(job, say)) {
        say(failed(error));
    }
}

fn run(job: Errand, say: &dyn Fn(Done)) {
    match job {
        Errand::Samples => {
            let all = samples::all();
            say(Done::Samples(all.clone()));
            for (i, sample) in all.iter().enumerate() {
                // A sample that cannot be read says so when it is opened.
                if let Ok(frame) = decode_file(&sample.image) {
                    let height = (THUMB * frame.height).div_ceil(frame.width.max(1)).max(1);
                    let rgb = pillow_bilinear(&frame.rgb, frame.width, frame.height, 3, THUMB, height);
                    say(Done::SampleThumb(i, ColorImage::from_rgb([THUMB, height], &rgb)));
                }
            }
        }
        Errand::Devices => say(Done::Devices(device::list())),
        Errand::ExportFolder => {
            let dirs = directories::UserDirs::new();
            let base = dirs.map(|d| d.picture_dir().unwrap_or(d.home_dir()).to_owned());
            if let Some(base) = base {
                say(Done::ExportFolder(base.join("msfnet-studio")));
            }
        }
        Errand::Export(prediction, folder, options) => {
            // A data set's frames are named by their place in it.
            let stem = prediction.frame.name.replace(['/', '\\'], "_");
            let written = export_all(&prediction, &folder, &stem, &options);
            say(Done::Exported(folder, written));
        }
        Errand::Look(paths, over) => say(Done::Looked(look::sort(paths), over)),
        Errand::Examine { ticket, path, newest } => {
            if newest.load(Ordering::Acquire) == ticket {
                say(Done::Examined(ticket, Ok(Box::new(doctor::inspect(&path)))));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn every_errand_that_panics_ends_with_a_sentence() {
        let folder = PathBuf::from("some/folder");
        let export = Errand::Export(Arc::new(crate::ui::tests::example()), folder.clone(), ExportOptions::default());
        let examine = Errand::Examine { ticket: 7, path: folder.clone(), newest: Arc::new(AtomicU64::new(7)) };
        let look = Errand::Look(vec![folder.clone()], None);
        for job in [export, examine, look, Errand::Devices, Errand::Samples, Errand::ExportFolder] {
            let (exporting, examining) = (matches!(job, Errand::Export(..)), matches!(job, Errand::Examine { .. }));
            let said = RefCell::new(Vec::new());
            answer(job, |_, _| panic!("out of memory"), &|done| said.borrow_mut().push(done));
            let error = match &said.into_inner()[..] {
                [Done::Exported(to, Err(error))] if exporting && *to == folder => error.to_string(),
                [Done::Examined(7, Err(error))] if examining => error.to_string(),
                [Done::Failed(error)] if !exporting && !examining => error.to_string(),
                _ => panic!("one answer of the right kind is expected"),
            };
            assert!(error.contains("(out of memory); try again"), "{error}");
        }
    }

    #[test]
    fn weights_that_nobody_waits_for_are_not_read() {
        let said = RefCell::new(Vec::new());
        for (ticket, newest) in [(1, 2), (2, 2)] {
            let path = PathBuf::from("/nowhere/at-all.pth");
            let job = Errand::Examine { ticket, path, newest: Arc::new(AtomicU64::new(newest)) };
            run(job, &|done| said.borrow_mut().push(done));
        }
        match &said.into_inner()[..] {
            [Done::Examined(2, Ok(report))] => assert_eq!(report.verdict, doctor::Verdict::Refused),
            _ => panic!("one report is expected"),
        }
    }
}
