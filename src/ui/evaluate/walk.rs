//! From a row to its picture: the frame is opened in the data set source, and once it is on the screen its worst pixel
//! stands in the middle of all views with the probe on it.

use crate::eval::protocol::{MeasureSettings, Protocol, Settings};
use crate::ui::dataset::DatasetOrder;
use crate::ui::link::Link;
use crate::ui::state::{Action, Studio};
use crate::ui::toasts::Level;

/// Screen pixels for a picture pixel around the worst one: near enough to see it, far enough to know where it is.
const CLOSE: f32 = 2.0;

/// Width and height of the grid on which `hu_nyu` measures, whatever the ground truth's size.
const HU_GRID: [usize; 2] = [320, 240];

/// Shows the frame of a row.
pub fn open(studio: &mut Studio, row: usize) {
    let Some(results) = &studio.evaluate.results else { return };
    let (Some(frame), Some(number)) = (results.report.rows.get(row), results.number(row)) else { return };
    let (name, data, split) = (frame.frame.clone(), results.report.data.clone(), results.report.split.clone());
    let worst = frame.results.get(studio.evaluate.pair[0]).map(|result| result.worst);
    let measure = measure(&results.report.settings);
    studio.evaluate.selected = Some(number);
    match data.parse() {
        Ok(spec) => {
            // The numbers and the error beside the picture are made as those of the table.
            if studio.measure != measure {
                studio.push(Action::Measure(measure));
            }
            studio.evaluate.worst = worst.map(|worst| (name.clone(), worst));
            studio.push(Action::Dataset(DatasetOrder::Open { spec, split, frame: Some(name) }));
        }
        Err(error) => studio.say(Level::Warning, error.to_string()),
    }
}

/// How the window measures one picture as an evaluation did.
pub fn measure(settings: &Settings) -> MeasureSettings {
    let changes = settings.overrides();
    let protocol = Some(settings.rules.protocol);
    MeasureSettings { protocol, crop: changes.crop, cap: changes.cap, scaling: changes.scaling }
}

/// A click on a row or a point: its frame in the views, which come back when results cover them.
pub fn click(studio: &mut Studio, row: usize) {
    if std::mem::take(&mut studio.evaluate.expanded) {
        studio.evaluate.reveal = true;
    }
    open(studio, row);
}

/// Shows the row that stands `by` places below the one that is shown.
pub fn step(studio: &mut Studio, by: isize) {
    let state = &mut studio.evaluate;
    let Some(results) = &state.results else { return };
    if let Some(row) = results.neighbour(state.selected, by) {
        state.reveal = true;
        open(studio, row);
    }
}

/// The worst pixel as a point of the picture in 0…1: its centre on the grid that the protocol measures on.
pub fn point(protocol: Protocol, truth: [usize; 2], worst: [usize; 2]) -> [f32; 2] {
    let [w, h] = if protocol == Protocol::HuNyu { HU_GRID } else { truth };
    let along = |at: usize, size: usize| ((at as f32 + 0.5) / size.max(1) as f32).min(1.0);
    [along(worst[0], w), along(worst[1], h)]
}

/// Puts the worst pixel of the frame that was asked for into the middle, as soon as that frame is on the screen.
pub fn centre(studio: &mut Studio) {
    let Some((name, worst)) = studio.evaluate.worst.clone() else { return };
    let Some(protocol) = studio.evaluate.results.as_ref().map(|results| results.report.settings.rules.protocol) else {
        return;
    };
    let Some(views) = studio.views.as_ref().filter(|views| views.job.frame.name == name) else { return };
    let Some(truth) = &views.job.truth else { return };
    let at = point(protocol, [truth.map.width(), truth.map.height()], worst);
    studio.evaluate.worst = None;
    studio.link = Link { scale: Some(CLOSE), centre: at };
    studio.pinned = Some(at);
}
