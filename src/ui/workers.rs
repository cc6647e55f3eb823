//! [`Workers`]: the threads behind the window. Each frame their news goes into the [`Studio`], and the
//! [`Action`]s of the panels go to them. Nothing here blocks.

use super::dialogs::Dialogs;
use super::drop;
use super::errands::{Errand, Errands};
use super::inspect_worker::InspectWorker;
use super::settings::{RangeKind, Settings, SettingsWriter};
use super::sheets::Sheet;
use super::state::{Action, CameraStatus, SourceKind, Studio};
use super::toasts::Level;
use super::{engine_news, errand_news, source_news};
use crate::capture::camera::CameraSource;
use crate::capture::files::FileSource;
use crate::device::DeviceChoice;
use crate::error::Result;
use crate::figure::range::Range;
use crate::infer::engine::{Command, Engine, Slot};
use crate::infer::export::ExportOptions;
use crate::infer::model::ModelRequest;
use crate::render::{Gpu, UploadJob, Uploader};
use egui::TextureOptions;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A picture waits this long for its prediction before it is shown without.
const PATIENCE: Duration = Duration::from_millis(250);

/// The handles of all threads.
pub struct Workers {
    pub(super) engine: Engine,
    pub(super) files: FileSource,
    pub(super) cameras: CameraSource,
    pub(super) uploader: Uploader,
    inspector: InspectWorker,
    dialogs: Dialogs,
    errands: Errands,
    settings: Option<SettingsWriter>,
    saved: Settings,
    saved_at: Instant,
    /// The picture that waits for its prediction.
    pub(super) waiting: Option<UploadJob>,
    /// It was already shown without, or its prediction is on the way to the screen.
    pub(super) shown_without: bool,
    /// The place in the list of the picture that was loaded last, until another is asked for.
    pub(super) loaded: Option<usize>,
    /// The next list is a sample's.
    pub(super) sample_list: bool,
    /// What the file list was opened from, to open it again after a sample or a camera.
    pub(super) opened: Vec<PathBuf>,
}

impl Workers {
    /// Starts all threads; `wake` draws a new frame.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        gpu: Option<Gpu>,
        device: DeviceChoice,
        settings: &Settings,
        settings_path: Option<PathBuf>,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Result<Self> {
        Ok(Self {
            engine: Engine::start(device, wake.clone())?,
            files: FileSource::start(wake.clone()),
            cameras: CameraSource::start(wake.clone()),
            uploader: Uploader::start(gpu.clone(), wake.clone())?,
            inspector: InspectWorker::start(gpu, wake.clone())?,
            dialogs: Dialogs::new(wake.clone()),
            errands: Errands::start(wake)?,
            settings: settings_path.map(SettingsWriter::start).transpose()?,
            saved: settings.clone(),
            saved_at: Instant::now(),
            waiting: None,
            shown_without: false,
            loaded: None,
            sample_list: false,
            opened: Vec::new(),
        })
    }

    /// Runs an errand.
    pub fn errand(&self, errand: Errand) {
        self.errands.ask(errand);
    }

    /// True when no errand runs and nothing is on its way to the screen.
    pub fn idle(&self) -> bool {
        self.errands.idle() && self.uploader.idle()
    }

    /// Takes in all news.
    pub fn poll(&mut self, studio: &mut Studio, ctx: &egui::Context) {
        source_news::poll(self, studio, ctx);
        engine_news::poll(self, studio);
        let now = Instant::now();
        if let Some(views) = self.uploader.take() {
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
        self.show_without(studio, ctx, now);
        if let Some(page) = self.inspector.take() {
            let texture = ctx.load_texture("taps", page.atlas.clone(), TextureOptions::NEAREST);
            studio.inspect.page = Some((page, texture));
        }
        if let Some(answer) = self.dialogs.take() {
            errand_news::answered(studio, answer);
        }
        while let Some(done) = self.errands.take() {
            errand_news::done(studio, ctx, done);
        }
        if let Some(error) = self.settings.as_ref().and_then(SettingsWriter::failure) {
            studio.fail(&error);
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
        studio.frame_failed = None;
        studio.pending = Some(Instant::now());
        self.shown_without = false;
        self.waiting = Some(job);
    }

    /// Carries out what the panels asked for, and saves settings that changed.
    pub fn act(&mut self, studio: &mut Studio) {
        for action in std::mem::take(&mut studio.actions) {
            self.one(studio, action);
        }
        if let Some(writer) = &self.settings
            && self.saved_at.elapsed() > Duration::from_millis(500)
            && self.saved != studio.settings
        {
            self.saved = studio.settings.clone();
            self.saved_at = Instant::now();
            writer.put(self.saved.clone());
        }
    }

    /// Writes the settings now: the window closes.
    pub fn save(&self, studio: &Studio) {
        if let Some(writer) = &self.settings {
            writer.put(studio.settings.clone());
        }
    }

    fn one(&mut self, studio: &mut Studio, action: Action) {
        match action {
            Action::Open(paths) => source_news::open(self, studio, paths),
            Action::OpenAny(paths) => drop::open(studio, paths, None),
            // A folder has no ending, and its files may be PNG.
            Action::AskTruth(path) if path.extension().is_none_or(|e| e.eq_ignore_ascii_case("png")) => {
                studio.sheet = Some(Sheet::TruthScale { path, scale: 256.0 });
            }
            Action::AskTruth(path) => self.one(studio, Action::OpenTruth(path, None)),
            Action::OpenTruth(path, scale) => {
                studio.note(format!("opening ground truth {}", path.display()));
                studio.source.truth_path = Some(path.clone());
                self.files.open_truth(path, scale);
            }
            Action::Dialog(kind) => {
                if let Err(error) = self.dialogs.ask(kind, studio.settings.folder.clone()) {
                    studio.fail(&error);
                }
            }
            Action::Sample(index) => source_news::sample(self, studio, index),
            Action::Select(index) => source_news::select(self, studio, index),
            Action::Step(by) => source_news::step(self, studio, by),
            Action::FindCameras => self.cameras.refresh(),
            Action::OpenCamera(id, format) => {
                let name = studio.source.cameras.iter().find(|c| c.id == id).map_or(id.clone(), |c| c.name.clone());
                studio.source.kind = SourceKind::Camera;
                studio.source.camera = CameraStatus::Opening(name);
                studio.settings.camera = Some(id.clone());
                studio.latency.clear();
                self.waiting = None;
                self.freeze(studio, false);
                self.cameras.open(id, format);
            }
            Action::CloseCamera => {
                self.cameras.close();
                studio.source.camera = CameraStatus::Closed;
                self.freeze(studio, false);
                source_news::back_from_camera(self, studio);
            }
            Action::Freeze(frozen) => self.freeze(studio, frozen),
            Action::Load(slot, request) => self.load(studio, slot, request),
            Action::Unload => {
                studio.settings.compare = Some("none".to_owned());
                (studio.compare.failed, studio.compare.loading) = (None, Some("nothing".to_owned()));
                self.tell(studio, Command::UnloadCompare);
            }
            Action::Device(choice) => {
                studio.devices.choice = choice;
                studio.settings.device = Some(choice.to_string());
                studio.latency.clear();
                self.tell(studio, Command::Device(choice));
            }
            Action::FindDevices => self.errand(Errand::Devices),
            Action::Scaling(scaling) => self.tell(studio, Command::Scaling(scaling)),
            Action::Size(size) => {
                studio.net_size = size;
                self.tell(studio, Command::Size(size));
            }
            Action::Inspect(slot) => self.tell(studio, Command::Inspect(slot)),
            Action::InspectPage(request) => self.inspector.request(request),
            Action::Export(folder) => self.export(studio, folder),
        }
    }

    fn freeze(&mut self, studio: &mut Studio, frozen: bool) {
        studio.frozen = frozen;
        self.cameras.set_frozen(frozen);
    }

    fn tell(&mut self, studio: &mut Studio, command: Command) {
        // All but taps change the prediction of the frame on the screen.
        studio.recompute |= studio.prediction().is_some() && !matches!(command, Command::Inspect(_));
        if !self.engine.send(command) {
            studio.say(Level::Warning, "The network is busy and took no more orders; try again in a moment.");
        }
    }

    /// Loads a model; its choice is kept once it is loaded.
    pub fn load(&mut self, studio: &mut Studio, slot: Slot, request: ModelRequest) {
        let state = studio.slot(slot);
        let path = PathBuf::from(&request.path_or_name);
        let name = path.file_stem().map_or(request.path_or_name.clone(), |s| s.to_string_lossy().into_owned());
        (state.loading, state.failed) = (Some(name), None);
        studio.latency.clear();
        self.tell(studio, Command::LoadModel { slot, request });
    }

    fn export(&mut self, studio: &mut Studio, folder: PathBuf) {
        let Some(prediction) = studio.prediction().cloned() else { return };
        let display = &studio.settings.display;
        let options = ExportOptions {
            scaling: studio.scaling,
            depth_map: display.depth_map,
            range: match display.range {
                RangeKind::Percentile => Range::PERCENTILE,
                RangeKind::Fixed => Range::FIXED_METRES,
                RangeKind::Manual => Range::Manual(display.manual),
            },
            attention: display.gate_map,
            error: display.error,
        };
        studio.exporting = self.errands.ask(Errand::Export(prediction, folder, options));
    }
}
