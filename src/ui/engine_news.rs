//! What the inference worker tells, taken into the [`Studio`].

use super::sheets::{Questions, Sheet};
use super::state::{Action, SourceKind, Studio};
use super::toasts::Level;
use super::workers::Workers;
use crate::infer::engine::{Event, Slot};
use crate::render::UploadJob;

/// Takes in all events and the newest prediction.
pub fn poll(workers: &mut Workers, studio: &mut Studio) {
    while let Some(event) = workers.engine.try_event() {
        take(workers, studio, event);
    }
    studio.source.dropped = workers.engine.dropped();
    let Some(prediction) = workers.engine.predictions().take() else { return };
    // With files, a prediction of a picture that was left already is not worth showing.
    let other = workers.waiting.as_ref().is_some_and(|w| w.frame.id != prediction.frame.id);
    if other && studio.source.kind != SourceKind::Camera {
        return;
    }
    // A picture that waited too long must not be drawn over its own prediction.
    workers.shown_without = true;
    let job =
        UploadJob { frame: prediction.frame.clone(), truth: prediction.truth.clone(), prediction: Some(prediction) };
    workers.uploader.submit(job);
}

fn take(workers: &mut Workers, studio: &mut Studio, event: Event) {
    match event {
        Event::ModelLoaded { slot, info } => {
            studio.note(format!("{} is loaded", info.name));
            let known = crate::weights::catalog::known(&info.name).is_some();
            let choice = if known { info.name.clone() } else { info.path.display().to_string() };
            match slot {
                Slot::Main => studio.settings.model = Some(choice),
                Slot::Compare => studio.settings.compare = Some(choice),
            }
            let state = studio.slot(slot);
            (state.info, state.loading, state.failed) = (Some(info), None, None);
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
            studio.slot(slot).loading = None;
            studio.recompute = false;
            studio.sheet = Some(Sheet::Questions(Questions::new(slot, path, missing)));
        }
        Event::Unloaded => {
            (studio.compare.info, studio.compare.loading) = (None, None);
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
            studio.say(Level::Error, format!("{name}: {error}"));
            studio.frame_failed = Some(error.to_string());
            studio.inspect.waiting = false;
            (studio.pending, studio.recompute) = (None, false);
            if let Some(job) = workers.waiting.take() {
                workers.uploader.submit(job);
            }
        }
        Event::Inspection(inspection) => {
            studio.inspect.accept(inspection);
            if let Some(request) = studio.inspect.request() {
                studio.push(Action::InspectPage(request));
            }
        }
        Event::Busy(what) => studio.busy = Some(what),
        Event::Idle => studio.busy = None,
    }
}
