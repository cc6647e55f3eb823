//! What the panels ask for, carried out by the [`Workers`].

use super::drop;
use super::errands::Errand;
use super::reading::Reading;
use super::settings::RangeKind;
use super::sheets::Sheet;
use super::source_news;
use super::state::{Action, CameraStatus, SourceKind, Studio};
use super::toasts::Level;
use super::wanted::Wanted;
use super::workers::Workers;
use super::{dataset, evaluate, train};
use crate::figure::range::Range;
use crate::infer::engine::{Command, Slot};
use crate::infer::export::ExportOptions;
use crate::infer::model::ModelRequest;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

impl Workers {
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
            Action::Dataset(order) => dataset::carry_out(self, studio, order),
            Action::Evaluate(order) => evaluate::carry_out(&self.evaluator, studio, order),
            Action::Train(order) => train::carry_out(&mut self.trainer, &self.runs, studio, order),
            Action::Open(paths) => source_news::open(self, studio, paths),
            Action::OpenAny(paths) => drop::open(studio, paths, None),
            Action::Look(paths, over) => {
                if !self.errands.ask(Errand::Look(paths, over)) {
                    studio.say(Level::Warning, "Too much is being opened already; try again in a moment.");
                }
            }
            Action::Examine(slot, path) => self.examine(studio, slot, path),
            Action::CancelExamine => {
                self.newest.fetch_add(1, Ordering::AcqRel);
                studio.reading = None;
            }
            Action::AskTruth(_) | Action::OpenTruth(..) if studio.source.kind == SourceKind::Camera => {
                let text = "Ground truth belongs to a picture, and a camera is open: close the camera, then open it.";
                studio.say(Level::Warning, text);
            }
            Action::AskTruth(_) | Action::OpenTruth(..) if studio.source.kind == SourceKind::Dataset => {
                let text = "A data set brings its own ground truth: open the picture by itself, then its ground truth.";
                studio.say(Level::Warning, text);
            }
            Action::AskTruth(path) if in_metres(&path) => self.one(studio, Action::OpenTruth(path, None)),
            Action::AskTruth(path) => studio.sheet = Some(Sheet::TruthScale { path, scale: 256.0 }),
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
                (studio.pending, studio.frame_failed) = (None, None);
                self.leave(studio);
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
            Action::Measure(by) => {
                studio.measure = by;
                self.tell(studio, Command::Measure(by));
            }
            Action::Size(size) => {
                studio.net_size = size;
                self.tell(studio, Command::Size(size));
            }
            Action::Focal(focal) => {
                studio.focal = focal;
                self.tell(studio, Command::Focal(focal));
            }
            Action::Inspect(slot) => self.tell(studio, Command::Inspect(slot)),
            Action::InspectPage(request) => self.inspector.request(request),
            Action::Export(folder) => self.export(studio, folder),
        }
    }

    /// Holds the camera's frame that is on the screen, or goes on with those that come.
    fn freeze(&mut self, studio: &mut Studio, frozen: bool) {
        if !frozen {
            self.wanted = Wanted::Live(Instant::now());
        } else if studio.views.as_ref().is_some_and(|v| self.wanted.takes(&v.job.frame)) {
            // Newer ones may be in the network; they must not come after the person froze this one.
            self.hold(studio);
        } else {
            return studio.say(Level::Info, "There is no frame of the camera to hold yet.");
        }
        studio.frozen = frozen;
        self.cameras.set_frozen(frozen);
    }

    fn tell(&mut self, studio: &mut Studio, command: Command) {
        // All but taps change the prediction of the frame on the screen.
        let shown = studio.prediction().is_some_and(|p| self.wanted.takes(&p.frame));
        studio.recompute |= shown && !matches!(command, Command::Inspect(_));
        if !self.engine.send(command) {
            studio.inspect.waiting = false;
            studio.say(Level::Warning, "The network is busy and took no more orders; try again in a moment.");
        }
    }

    /// Has the doctor look at weights; what it read before is no longer waited for.
    fn examine(&self, studio: &mut Studio, slot: Slot, path: PathBuf) {
        let ticket = self.newest.fetch_add(1, Ordering::AcqRel) + 1;
        let job = Errand::Examine { ticket, path: path.clone(), newest: self.newest.clone() };
        studio.reading = None;
        if self.doctor.ask(job) {
            studio.note(format!("reading {}", path.display()));
            studio.reading = Some(Reading { ticket, slot, path, since: Instant::now(), report: None });
        } else {
            studio.say(Level::Warning, "Too many weights are being read already; try again in a moment.");
        }
    }

    /// Loads a model; its choice is kept once it is loaded.
    pub fn load(&mut self, studio: &mut Studio, slot: Slot, request: ModelRequest) {
        let state = studio.slot(slot);
        let path = PathBuf::from(&request.path_or_name);
        let name = path.file_stem().map_or(request.path_or_name.clone(), |s| s.to_string_lossy().into_owned());
        (state.loading, state.failed, state.starting) = (Some(name), None, request.start);
        studio.latency.clear();
        self.tell(studio, Command::LoadModel { slot, request });
    }

    fn export(&mut self, studio: &mut Studio, folder: PathBuf) {
        let Some(prediction) = studio.prediction().cloned() else { return };
        let display = &studio.settings.display;
        let options = ExportOptions {
            depth_map: display.depth_map,
            range: match display.range.usable_for(prediction.main.depth.unit()) {
                RangeKind::Percentile => Range::PERCENTILE,
                RangeKind::Fixed => Range::FIXED_METRES,
                RangeKind::Manual => Range::Manual(display.manual),
            },
            attention: display.gate_map,
            error: display.error,
            points: super::protocol::points(studio),
        };
        studio.exporting = self.errands.ask(Errand::Export(prediction, folder, options));
        if !studio.exporting {
            studio.say(Level::Warning, "Too much is being written already; export again in a moment.");
        }
    }
}

/// Files that hold metres by themselves; any other path, a folder too, may lead to PNG, whose scale must be asked for.
fn in_metres(path: &Path) -> bool {
    path.extension().is_some_and(|e| ["npy", "pfm"].iter().any(|known| e.eq_ignore_ascii_case(known)))
}
