//! [`StudioApp`]: the window as eframe runs it: news in, panels drawn, actions out.

use super::dataset::{self, DatasetOrder};
use super::errands::Errand;
use super::grid::Grid;
use super::options::{CompareChoice, StudioOptions, ThemeChoice};
use super::settings;
use super::state::{Action, SourceKind, Studio};
use super::timing::FrameTimes;
use super::workers::{Workers, wakes};
use super::{drop, evaluate, help, reading, sheets, shortcuts, sidebar, statusbar, tabs, theme, toolbar, train};
use crate::data::dataset::DataSpec;
use crate::device::DeviceChoice;
use crate::infer::engine::Slot;
use crate::infer::model::ModelRequest;
use crate::infer::prediction::Prediction;
use crate::render::{FrameViews, Gpu, UploadJob};
use crate::weights::catalog::{DEFAULT_COMPARE, DEFAULT_MODEL};
use egui::{CentralPanel, Frame, Margin, Panel};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The window.
pub struct StudioApp {
    /// Everything it shows.
    pub studio: Studio,
    gpu: Option<Gpu>,
    workers: Option<Workers>,
    grid: Grid,
    times: FrameTimes,
    theme: Option<ThemeChoice>,
}

impl StudioApp {
    /// Builds the window and starts its workers. A worker that cannot start is reported in the window.
    pub fn new(cc: &eframe::CreationContext<'_>, options: StudioOptions) -> Self {
        theme::install(&cc.egui_ctx);
        let gpu = cc.wgpu_render_state.as_ref().map(Gpu::new);
        let path = options.settings_path.clone().or_else(settings::default_path).filter(|_| !options.ephemeral);
        // Read once, before the first frame; from here on a thread of its own touches the file.
        let (mut kept, broken) = path.as_deref().map(settings::load).unwrap_or_default();
        if let Some(theme) = options.theme {
            kept.theme = theme;
        }
        let device = options.device.or_else(|| kept.device.as_deref()?.parse().ok()).unwrap_or(DeviceChoice::Auto);
        let grid = Grid::restore(kept.layout.as_deref());
        let workers = Workers::start(gpu.clone(), device, &kept, path, wakes(&cc.egui_ctx));
        let mut studio = Studio::new(kept);
        studio.devices.choice = device;
        studio.pinned = options.probe;
        if let Some(error) = broken {
            studio.fail(&error);
        }
        let workers = workers.map_err(|error| studio.fail(&error)).ok();
        let mut app = Self { studio, gpu, workers, grid, times: FrameTimes::default(), theme: None };
        app.begin(options);
        app
    }

    /// Asks for what the command line and the settings say: models, pictures, camera.
    fn begin(&mut self, options: StudioOptions) {
        let studio = &mut self.studio;
        if let Some(workers) = &self.workers {
            for errand in [Errand::Samples, Errand::Devices, Errand::ExportFolder] {
                workers.errand(errand);
            }
        }
        if !options.no_model {
            let main = options.model.unwrap_or_else(|| {
                ModelRequest::named(studio.settings.model.clone().unwrap_or_else(|| DEFAULT_MODEL.to_owned()))
            });
            studio.push(Action::Load(Slot::Main, main));
            let compare = match options.compare {
                CompareChoice::None => None,
                CompareChoice::Model(request) => Some(request),
                CompareChoice::Default => {
                    let name = studio.settings.compare.clone().unwrap_or_else(|| DEFAULT_COMPARE.to_owned());
                    (name != "none").then(|| ModelRequest::named(name))
                }
            };
            if let Some(request) = compare {
                studio.push(Action::Load(Slot::Compare, request));
            }
        }
        let asked = [options.size.map(|size| Action::Size(Some(size))), options.focal.map(|f| Action::Focal(Some(f)))];
        asked.into_iter().flatten().for_each(|action| studio.push(action));
        studio.settings.display.points = options.points.unwrap_or(studio.settings.display.points);
        if options.measure != studio.measure {
            studio.push(Action::Measure(options.measure));
        }
        if let Some(camera) = options.camera {
            studio.push(Action::FindCameras);
            studio.push(Action::OpenCamera(camera, None));
        } else if let Some(spec) = options.data {
            match spec {
                // A picture of the window alone has nobody to ask.
                DataSpec::Pairs(_, None, _) if !options.ephemeral => dataset::ask::begin(studio, spec),
                spec => {
                    let (split, frame) = (options.split, options.frame);
                    studio.push(Action::Dataset(DatasetOrder::Open { spec, split, frame }));
                }
            }
        } else if options.paths.is_empty() {
            studio.first_sample = true;
            studio.pending = Some(Instant::now());
        } else {
            studio.source.kind = SourceKind::Files;
            drop::open(studio, options.paths, None);
        }
        evaluate::begin(studio, options.tab, options.results, options.expand);
        train::begin(studio, options.train, options.expand);
        if let Some(gt) = options.gt {
            // A picture of the window alone has nobody to ask for a scale that is missing.
            studio.push(match options.gt_scale {
                None if !options.ephemeral => Action::AskTruth(gt),
                scale => Action::OpenTruth(gt, scale),
            });
        }
        self.act();
    }

    fn act(&mut self) {
        if let Some(workers) = &mut self.workers {
            workers.act(&mut self.studio);
        } else {
            self.studio.actions.clear();
        }
    }

    /// Shows a prediction that did not come from the workers: tests, and what replays results.
    pub fn show(&mut self, prediction: Arc<Prediction>) {
        let job = UploadJob {
            frame: prediction.frame.clone(),
            truth: prediction.truth.clone(),
            prediction: Some(prediction),
        };
        self.studio.accept(Arc::new(FrameViews::new(self.gpu.as_ref(), job)), Instant::now());
    }

    /// True when nothing is being loaded, computed or drawn that would still change the picture.
    pub fn is_settled(&self) -> bool {
        self.unsettled().is_none()
    }

    /// What the window still waits for.
    pub fn unsettled(&self) -> Option<&'static str> {
        let studio = &self.studio;
        let Some(workers) = &self.workers else { return None };
        if studio.main.loading.is_some() || studio.compare.loading.is_some() {
            return Some("a model");
        }
        if studio.first_sample || studio.pending.is_some() || workers.waiting.is_some() || studio.busy.is_some() {
            return Some("a picture");
        }
        if studio.evaluate.reading || studio.train.reading {
            return Some("the results");
        }
        let strip = studio.source.kind == SourceKind::Dataset && studio.settings.filmstrip;
        if let Some(what) = studio.dataset.unsettled(strip) {
            return Some(what);
        }
        if studio.recompute {
            return Some("a new prediction");
        }
        if studio.reading.is_some() {
            return Some("the doctor");
        }
        if !workers.idle() || studio.exporting {
            return Some("the disk");
        }
        let Some(views) = &studio.views else { return None };
        if studio.main.info.is_some() && studio.frame_failed.is_none() {
            match &views.job.prediction {
                None => return Some("a prediction"),
                Some(p) if p.compare.is_some() != studio.compare.info.is_some() => return Some("the comparison"),
                Some(_) => {}
            }
        }
        let inspecting = studio.settings.panel && studio.settings.tab == tabs::Tab::Inspect;
        if inspecting && views.job.prediction.is_some() && studio.inspect.unsettled(views.job.frame.id) {
            return Some("the taps");
        }
        // A file that cannot be read never gets a small picture, and says so only when it is chosen.
        let fresh = studio.source.listed.is_some_and(|t| t.elapsed() < Duration::from_secs(3));
        let missing = studio.source.files.iter().take(8).any(|f| f.thumb.is_none() && f.failed.is_none());
        (fresh && missing).then_some("small pictures")
    }

    /// The UI thread's time for each frame, for `bench`.
    pub fn frame_times(&mut self) -> &mut FrameTimes {
        &mut self.times
    }

    /// Has the frame on the screen predicted once more, for measuring under load.
    pub fn predict_again(&mut self) {
        if let (Some(workers), Some(views)) = (&self.workers, &self.studio.views) {
            workers.engine.submit(views.job.frame.clone(), views.job.truth.clone());
        }
    }

    fn open_first_sample(&mut self) {
        let Some(workers) = &self.workers else { return };
        if !self.studio.source.samples.is_empty() {
            self.studio.first_sample = false;
            self.studio.push(Action::Sample(0));
        } else if workers.idle() {
            // The program was installed without its samples.
            self.studio.first_sample = false;
            self.studio.pending = None;
        }
    }

    fn panels(&mut self, ui: &mut egui::Ui) {
        let studio = &mut self.studio;
        let p = theme::palette(ui);
        let bar = |margin: Margin| Frame::new().fill(p.panel).inner_margin(margin);
        Panel::top("toolbar")
            .exact_size(theme::TOOLBAR)
            .resizable(false)
            .frame(bar(Margin::symmetric(10, 0)))
            .show(ui, |ui| toolbar::show(ui, studio));
        Panel::bottom("status")
            .exact_size(theme::STATUS)
            .resizable(false)
            .frame(bar(Margin::symmetric(12, 0)))
            .show(ui, |ui| statusbar::show(ui, studio));
        if studio.settings.sidebar {
            Panel::left("sidebar")
                .default_size(224.0)
                .size_range(190.0..=360.0)
                .frame(bar(Margin::symmetric(10, 0)))
                .show(ui, |ui| sidebar::show(ui, studio));
        }
        if studio.settings.panel {
            Panel::right("panel")
                .default_size(316.0)
                .size_range(270.0..=560.0)
                .frame(bar(Margin::ZERO))
                .show(ui, |ui| tabs::show(ui, studio));
        }
        dataset::filmstrip(ui, studio);
        let grid = &mut self.grid;
        let shown = CentralPanel::no_frame().show(ui, |ui| {
            ui.painter().rect_filled(ui.max_rect(), 0.0, p.ground);
            if !evaluate::show_wide(ui, studio) && !train::show_wide(ui, studio) {
                grid.show(ui, studio);
            }
        });
        drop::show(ui, studio);
        reading::show(ui.ctx(), studio, shown.response.rect);
        studio.toasts.show(ui.ctx(), shown.response.rect);
        sheets::show(ui.ctx(), studio);
        help::show(ui.ctx(), studio);
    }
}

impl eframe::App for StudioApp {
    fn logic(&mut self, ctx: &egui::Context, _: &mut eframe::Frame) {
        self.times.begin();
        if let Some(workers) = &mut self.workers {
            workers.poll(&mut self.studio, ctx);
        }
        if self.studio.first_sample {
            self.open_first_sample();
        }
        shortcuts::handle(ctx, &mut self.studio);
        // Also while the window is hidden: models load and frames arrive without it.
        self.act();
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        if self.theme != Some(self.studio.settings.theme) {
            self.theme = Some(self.studio.settings.theme);
            theme::choose(ui.ctx(), self.studio.settings.theme);
            ui.ctx().request_repaint();
        }
        self.panels(ui);
        if let Some(layout) = self.grid.changed() {
            self.studio.settings.layout = Some(layout);
        }
        self.act();
        self.times.end();
    }

    fn on_exit(&mut self) {
        if let Some(workers) = &self.workers {
            workers.save(&self.studio);
        }
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }
}
