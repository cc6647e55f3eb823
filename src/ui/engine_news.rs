//! What the inference worker tells, taken into the [`Studio`].

use super::questions::Questions;
use super::sheets::Sheet;
use super::state::{Action, ModelSlot, Studio};
use super::toasts::Level;
use super::workers::Workers;
use crate::infer::engine::{Event, Slot};
use crate::infer::prediction::ModelInfo;
use crate::render::UploadJob;
use crate::weights::catalog::known;

/// Takes in all events and the newest prediction.
pub fn poll(workers: &mut Workers, studio: &mut Studio) {
    while let Some(event) = workers.engine.try_event() {
        take(workers, studio, event);
    }
    studio.source.dropped = workers.engine.dropped();
    if let Some(inspection) = workers.engine.inspections().take() {
        studio.inspect.accept(inspection);
        if let Some(request) = studio.inspect.request() {
            studio.push(Action::InspectPage(request));
        }
    }
    let Some(prediction) = workers.engine.predictions().take() else { return };
    // It answers late: the person may have left that picture, and a broken one may stand in its place.
    if !workers.wanted.takes(&prediction.frame) {
        return;
    }
    // A frame that is held was predicted before; again only when something has changed.
    let shown = studio.prediction().is_some_and(|p| p.frame.id == prediction.frame.id);
    if studio.frozen && shown && !studio.recompute {
        return;
    }
    // A picture that waited too long must not be drawn over its own prediction.
    workers.shown_without = true;
    let job =
        UploadJob { frame: prediction.frame.clone(), truth: prediction.truth.clone(), prediction: Some(prediction) };
    workers.uploader.submit(job);
}

pub(super) fn take(workers: &mut Workers, studio: &mut Studio, event: Event) {
    match event {
        Event::ModelLoaded { slot, info } => {
            studio.note(format!("{} is loaded", info.name));
            let known = shipped(&info);
            let choice = known.map_or_else(|| info.path.display().to_string(), str::to_owned);
            match slot {
                Slot::Main => studio.settings.model = Some(choice),
                Slot::Compare => studio.settings.compare = Some(choice),
            }
            let state = studio.slot(slot);
            (state.info, state.loading, state.failed) = (Some(info), None, None);
            state.known = known;
            studio.inspect.outdated();
            studio.latency.clear();
        }
        Event::ModelFailed { slot, error } => {
            let state = studio.slot(slot);
            (state.loading, state.failed) = (None, Some(error.to_string()));
            studio.recompute = false;
            studio.fail(&error);
        }
        Event::NeedsAnswers { slot, path, missing } => {
            let state = studio.slot(slot);
            state.loading = None;
            let questions = Questions { start: state.starting, ..Questions::new(slot, path, missing) };
            studio.recompute = false;
            studio.sheet = Some(Sheet::Questions(questions));
        }
        Event::Unloaded => {
            studio.compare = ModelSlot::default();
            studio.inspect.outdated();
        }
        Event::Device(info) => {
            studio.note(format!("networks run on {}", info.label()));
            studio.devices.current = Some(info);
        }
        Event::DeviceFailed(error) => {
            studio.recompute = false;
            studio.fail(&error);
        }
        Event::FrameFailed { name, error } => {
            studio.inspect.waiting = false;
            if !workers.wanted.concerns(&name) {
                return studio.note(format!("{name}, which was left: {error}"));
            }
            studio.say(Level::Error, format!("{name}: {error}"));
            studio.frame_failed = Some(error.to_string());
            (studio.pending, studio.recompute) = (None, false);
            if let Some(job) = workers.waiting.take() {
                workers.uploader.submit(job);
            }
        }
        Event::Busy(what) => studio.busy = Some(what),
        Event::Idle => studio.busy = None,
    }
}

/// The name under which a model ships; only the file that ships bears it (`infer::model`).
pub(super) fn shipped(info: &ModelInfo) -> Option<&'static str> {
    known(&info.name).map(|known| known.name)
}
