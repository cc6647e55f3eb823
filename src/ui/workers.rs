//! [`Workers`]: the threads behind the window. Each frame their news goes into the [`Studio`]; what the panels ask
//! of them is in `orders`. Nothing here blocks.

use super::dialogs::Dialogs;
use super::errands::{Errand, Errands};
use super::inspect_worker::InspectWorker;
use super::rank::behind;
use super::settings::{Settings, SettingsWriter};
use super::state::Studio;
use super::wanted::Wanted;
use super::{dataset, engine_news, errand_news, evaluate, source_news, train};
use crate::capture::camera::CameraSource;
use crate::capture::dataset::DatasetSource;
use crate::capture::files::FileSource;
use crate::device::DeviceChoice;
use crate::error::Result;
use crate::eval::worker::Evaluator;
use crate::infer::engine::Engine;
use crate::outbox::Wake;
use crate::render::{Gpu, UploadJob, Uploader};
use crate::train::desk::RunDesk;
use crate::train::worker::TrainWorker;
use egui::TextureOptions;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

/// A picture waits this long for its prediction before it is shown without.
const PATIENCE: Duration = Duration::from_millis(250);

/// What comes many times a second, such as the steps of a training, is drawn so long after it came: where the processor
/// draws the window too, its time is the work's.
const SOON: Duration = Duration::from_millis(100);

/// What has the window drawn: at once, and soon.
pub fn wakes(ctx: &egui::Context) -> [Wake; 2] {
    let (now, soon) = (ctx.clone(), ctx.clone());
    [Arc::new(move || now.request_repaint()), Arc::new(move || soon.request_repaint_after(SOON))]
}

/// The handles of all threads.
pub struct Workers {
    pub(super) engine: Engine,
    pub(super) files: FileSource,
    pub(super) cameras: CameraSource,
    pub(super) data: DatasetSource,
    pub(super) evaluator: Evaluator,
    pub(super) trainer: TrainWorker,
    pub(super) runs: RunDesk,
    pub(super) uploader: Uploader,
    pub(super) inspector: InspectWorker,
    pub(super) dialogs: Dialogs,
    pub(super) errands: Errands,
    /// A thread of its own: large weights take seconds.
    pub(super) doctor: Errands,
    /// Number of the weights that were given to the doctor last; others are no longer waited for.
    pub(super) newest: Arc<AtomicU64>,
    pub(super) settings: Option<SettingsWriter>,
    pub(super) saved: Settings,
    pub(super) saved_at: Instant,
    /// What may come to the screen.
    pub(super) wanted: Wanted,
    /// The picture that waits for its prediction.
    pub(super) waiting: Option<UploadJob>,
    /// It was already shown without, or its prediction is on the way to the screen.
    pub(super) shown_without: bool,
    /// The place in the list of the picture that was loaded last, until another is asked for.
    pub(super) loaded: Option<usize>,
    /// The place in the list that was chosen last; `None` when any picture of the list will do.
    pub(super) awaited: Option<usize>,
    /// Number of the list that was opened last; events of another one are too late.
    pub(super) list: u64,
    /// That list is a sample's.
    pub(super) sample_list: bool,
    /// Number of the data set that was opened last; events of another one are too late.
    pub(super) data_ticket: u64,
    /// The frame of it that was chosen last; `None` while the first is to come.
    pub(super) data_awaited: Option<usize>,
    /// What the file list was opened from, to open it again after a sample or a camera.
    pub(super) opened: Vec<PathBuf>,
}

impl Workers {
    /// Starts all threads, which wake the window by [`wakes`]; all but the cameras' step back behind its own.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        gpu: Option<Gpu>,
        device: DeviceChoice,
        settings: &Settings,
        settings_path: Option<PathBuf>,
        [wake, soon]: [Wake; 2],
    ) -> Result<Self> {
        // A camera that is read late loses frames, and is read in little time.
        let cameras = CameraSource::start(wake.clone());
        behind(|| {
            Ok(Self {
                engine: Engine::start(device, wake.clone())?,
                files: FileSource::start(wake.clone()),
                cameras,
                data: DatasetSource::start(wake.clone())?,
                evaluator: Evaluator::start(soon.clone())?,
                trainer: TrainWorker::start(soon)?,
                runs: RunDesk::start(wake.clone())?,
                uploader: Uploader::start(gpu.clone(), wake.clone())?,
                inspector: InspectWorker::start(gpu, wake.clone())?,
                dialogs: Dialogs::new(wake.clone()),
                errands: Errands::start("errands", wake.clone())?,
                doctor: Errands::start("doctor", wake)?,
                newest: Arc::default(),
                settings: settings_path.map(SettingsWriter::start).transpose()?,
                saved: settings.clone(),
                saved_at: Instant::now(),
                wanted: Wanted::Nothing,
                waiting: None,
                shown_without: false,
                loaded: None,
                awaited: None,
                list: 0,
                sample_list: false,
                data_ticket: 0,
                data_awaited: None,
                opened: Vec::new(),
            })
        })
    }

    /// Runs an errand.
    pub fn errand(&self, errand: Errand) {
        self.errands.ask(errand);
    }

    /// True when no errand runs and nothing is on its way to the screen.
    pub fn idle(&self) -> bool {
        self.errands.idle() && self.doctor.idle() && self.uploader.idle()
    }

    /// Takes in all news.
    pub fn poll(&mut self, studio: &mut Studio, ctx: &egui::Context) {
        source_news::poll(self, studio, ctx);
        dataset::poll(self, studio, ctx);
        engine_news::poll(self, studio);
        let now = Instant::now();
        self.take_views(studio, now);
        self.show_without(studio, ctx, now);
        evaluate::poll(&self.evaluator, studio, ctx, now);
        train::poll(&self.trainer, &self.runs, studio, ctx);
        match self.inspector.take() {
            Some(Ok(page)) => {
                let texture = ctx.load_texture("taps", page.atlas.clone(), TextureOptions::NEAREST);
                studio.inspect.page = Some((page, texture));
                studio.inspect.failed = None;
            }
            Some(Err(error)) => {
                studio.inspect.failed = Some(error.to_string());
                studio.fail(&error);
            }
            None => {}
        }
        if let Some(answer) = self.dialogs.take() {
            errand_news::answered(studio, answer);
        }
        while let Some(done) = self.errands.take().or_else(|| self.doctor.take()) {
            errand_news::done(studio, ctx, done);
        }
        if let Some(error) = self.settings.as_ref().and_then(SettingsWriter::failure) {
            studio.fail(&error);
        }
    }

    /// Takes what was made ready for the screen, unless the person has gone on to something else.
    fn take_views(&mut self, studio: &mut Studio, now: Instant) {
        if let Some(views) = self.uploader.take().filter(|v| self.wanted.takes(&v.job.frame)) {
            let done = views.job.prediction.is_some();
            if done && self.waiting.as_ref().is_some_and(|w| w.frame.id == views.job.frame.id) {
                self.waiting = None;
            }
            studio.accept(views, now);
            // `accept` clears the mark; another picture may be waiting already.
            if self.waiting.is_some() {
                studio.pending = studio.pending.or(Some(now));
            }
        }
        if let Some((frame, error)) = self.uploader.failure() {
            studio.fail(&error);
            if self.wanted.takes(&frame) {
                (self.waiting, studio.pending, studio.recompute) = (None, None, false);
                studio.frame_failed = Some(error.to_string());
            }
        }
    }

    /// Shows a picture that waited too long, or that no model will ever predict.
    fn show_without(&mut self, studio: &mut Studio, ctx: &egui::Context, now: Instant) {
        let Some(job) = &self.waiting else { return };
        let since = studio.pending.get_or_insert(now);
        let no_model = studio.main.info.is_none();
        let first = studio.views.is_none();
        if !self.shown_without && (no_model || first || now.saturating_duration_since(*since) >= PATIENCE) {
            self.shown_without = true;
            self.uploader.submit(job.clone());
        }
        if no_model && studio.main.loading.is_none() {
            self.waiting = None;
            studio.pending = None;
        } else {
            ctx.request_repaint_after(Duration::from_millis(60));
        }
    }

    /// A new picture: it goes to the network, and to the screen when that takes long.
    pub(super) fn submit(&mut self, studio: &mut Studio, job: UploadJob) {
        self.engine.submit(job.frame.clone(), job.truth.clone());
        self.wanted = Wanted::picture(&job.frame);
        studio.frame_failed = None;
        studio.pending = Some(Instant::now());
        self.shown_without = false;
        self.waiting = Some(job);
    }

    /// What is on the screen gives way to something that is still to come, and nothing else may take its place.
    pub(super) fn leave(&mut self, studio: &mut Studio) {
        (self.wanted, self.waiting) = (Wanted::Nothing, None);
        (self.loaded, self.awaited) = (None, None);
        studio.recompute = false;
    }

    /// What is on the screen stays: a camera's frame is held, or nothing came to replace it.
    pub(super) fn hold(&mut self, studio: &Studio) {
        if let Some(views) = &studio.views {
            let job = &views.job;
            self.wanted = Wanted::picture(&job.frame);
            // The network may have gone on, and what it saw last is what another model or the taps are computed of.
            self.engine.submit(job.frame.clone(), job.truth.clone());
        }
    }
}
