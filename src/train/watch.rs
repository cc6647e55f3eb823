//! Pictures that are watched while a network trains: each is rendered with the weights at the start and at every
//! validation, as small maps that can be looked through in time.

use crate::data::samples::Sample;
use crate::data::truth::Truth;
use crate::depth::DepthMap;
use crate::error::Result;
use crate::figure::colormap::{Colormap, colour_depth, colour_values, nearest};
use crate::figure::error_mode::{ErrorMode, error_map};
use crate::figure::range::{Range, nice_ceil};
use crate::frame::Frame;
use crate::infer::model::Model;
use crate::infer::predict::{RunOptions, predict};
use std::sync::Arc;

/// Largest width or height of the maps that are kept.
pub const SIDE: usize = 160;

/// Where the pixels of a watched picture come from.
#[derive(Debug, Clone)]
pub enum Picture {
    /// In memory, with its ground truth.
    Ready(Arc<Frame>, Option<Arc<Truth>>),
    /// A picture that ships.
    Shipped(Box<Sample>),
    /// Whatever the camera shows then.
    Live,
}

/// A watched picture.
#[derive(Debug, Clone)]
pub struct Pin {
    /// Its number, given once.
    pub id: u64,
    /// What it is called.
    pub name: String,
    /// Its pixels.
    pub picture: Picture,
}

/// A small map in colour with its values (NaN: none), row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Width and height.
    pub size: [usize; 2],
    /// Values: metres, attention in 0…1, or metres of signed error.
    pub values: Vec<f32>,
    /// Three bytes a value.
    pub rgb: Vec<u8>,
    /// Range of the colours.
    pub range: [f32; 2],
}

/// A watched picture as the weights behind some step see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shot {
    /// Depth on the network's own grid.
    pub depth: Layer,
    /// Attention.
    pub gate: Option<Layer>,
    /// Prediction − truth, where there is ground truth.
    pub error: Option<Layer>,
    /// Mean relative error over the whole picture, where there is ground truth.
    pub rel: Option<f64>,
    /// The same picture with the weights at the start, where it is another picture each time.
    pub start: Option<Arc<Shot>>,
}

/// Renders the watched pictures; lives on the training's thread.
#[derive(Default)]
pub struct Watcher {
    pins: Vec<Watched>,
    start: Option<(u64, Model)>,
    now: Option<(u64, Model)>,
}

struct Watched {
    pin: Pin,
    loaded: Option<(Arc<Frame>, Option<Arc<Truth>>)>,
    ranges: Option<[[f32; 2]; 2]>,
    /// Steps that were rendered first and last.
    done: Vec<u64>,
    failed: bool,
}

/// What is told of a rendering: number of the pin, step, and the maps or why there are none.
pub type Told = (u64, u64, Result<Arc<Shot>>);

impl Watcher {
    /// Forgets the weights of the run before; the pictures stay.
    pub fn begin(&mut self) {
        (self.start, self.now) = (None, None);
        for watched in &mut self.pins {
            (watched.ranges, watched.failed) = (None, false);
            watched.done.clear();
        }
    }

    /// Whether anything is watched.
    pub fn is_empty(&self) -> bool {
        self.pins.is_empty()
    }

    /// What is watched from now on.
    pub fn set(&mut self, pins: Vec<Pin>) {
        let mut before = std::mem::take(&mut self.pins);
        for pin in pins {
            let known = before.iter().position(|watched| watched.pin.id == pin.id);
            self.pins.push(match known {
                Some(place) => before.swap_remove(place),
                None => Watched { pin, loaded: None, ranges: None, done: Vec::new(), failed: false },
            });
        }
    }

    /// Takes weights: the first of a run are those at the start.
    pub fn weights(&mut self, step: u64, model: Model) {
        match self.start {
            None => self.start = Some((step, model)),
            Some(_) => self.now = Some((step, model)),
        }
    }

    /// Renders what was not rendered yet: each picture with the weights at the start and with the newest ones. `live` is
    /// the camera's newest frame; `go_on` is asked before each rendering.
    pub fn render(&mut self, live: Option<&Arc<Frame>>, go_on: &dyn Fn() -> bool, tell: &mut dyn FnMut(Told)) {
        let Some((first, start)) = &self.start else { return };
        for watched in self.pins.iter_mut().filter(|watched| !watched.failed) {
            let is_live = matches!(watched.pin.picture, Picture::Live);
            for (step, model) in
                [(first, start)].into_iter().chain(self.now.as_ref().map(|(step, model)| (step, model)))
            {
                if watched.done.contains(step) {
                    continue;
                }
                if !go_on() {
                    return;
                }
                let shot = match (is_live, live) {
                    (true, None) => continue,
                    (true, Some(frame)) => watched.live(frame, start, (step != first).then_some(model)),
                    (false, _) => watched.still(model),
                };
                watched.failed = shot.is_err();
                watched.done.retain(|done| done == first);
                watched.done.push(*step);
                tell((watched.pin.id, *step, shot));
                if watched.failed {
                    break;
                }
            }
        }
    }
}

impl Watched {
    fn still(&mut self, model: &Model) -> Result<Arc<Shot>> {
        let (frame, truth) = match &self.loaded {
            Some(loaded) => loaded.clone(),
            None => {
                let loaded = match &self.pin.picture {
                    Picture::Ready(frame, truth) => (frame.clone(), truth.clone()),
                    Picture::Shipped(sample) => (Arc::new(sample.decode()?), sample.read_truth()?.map(Arc::new)),
                    // Has no pixels of its own: [`Watched::live`] renders it.
                    Picture::Live => return Err(crate::error::Error::Interrupted),
                };
                self.loaded.insert(loaded).clone()
            }
        };
        Ok(Arc::new(shot(frame, truth, model, &mut self.ranges)?))
    }

    /// The camera's frame with the weights at the start, and with later ones beside them.
    fn live(&mut self, frame: &Arc<Frame>, start: &Model, now: Option<&Model>) -> Result<Arc<Shot>> {
        let first = Arc::new(shot(frame.clone(), None, start, &mut self.ranges)?);
        let Some(now) = now else { return Ok(first) };
        let later = shot(frame.clone(), None, now, &mut self.ranges)?;
        Ok(Arc::new(Shot { start: Some(first), ..later }))
    }
}

/// One picture through one network. The ranges of depth and error are those of the first call, so that colours mean the
/// same at all steps.
fn shot(
    frame: Arc<Frame>,
    truth: Option<Arc<Truth>>,
    model: &Model,
    ranges: &mut Option<[[f32; 2]; 2]>,
) -> Result<Shot> {
    let prediction = predict(frame, truth, model, None, RunOptions::default())?;
    let output = &prediction.main;
    let truth = prediction.truth.as_ref().map(|truth| &truth.map);
    let errors = truth
        .zip(output.at_truth.as_ref())
        .and_then(|(truth, at)| Some((error_map(at, truth, ErrorMode::Signed)?, [truth.width(), truth.height()])));
    let [depth_range, error_range] = *ranges.get_or_insert_with(|| {
        // The truth's own range where there is one: a network that has learnt nothing would stretch it.
        let depth = Range::PERCENTILE.resolve(truth.filter(|t| t.unit() == output.raw.unit()).unwrap_or(&output.raw));
        let end = nice_ceil(0.3 * depth[1].abs());
        [depth, [-end, end]]
    });
    let depth = {
        let size = small([output.raw.width(), output.raw.height()]);
        let values = shrunk(output.raw.values(), [output.raw.width(), output.raw.height()], size);
        let map = DepthMap::new(size[0], size[1], output.raw.unit(), values);
        let rgb = colour_depth(&map, depth_range, Colormap::Turbo).into_raw();
        Layer { size, rgb, values: map.values().to_vec(), range: depth_range }
    };
    let layer = |values: &[f32], from: [usize; 2], range: [f32; 2], map: Colormap| {
        let size = small(from);
        let values = shrunk(values, from, size);
        let rgb = colour_values(&values, size[0], size[1], range, map).into_raw();
        Layer { size, values, rgb, range }
    };
    let gate = output.gate.as_ref().map(|g| layer(&g.values, [g.width, g.height], [0.0, 1.0], Colormap::Inferno));
    let error = errors.map(|(values, from)| layer(&values, from, error_range, ErrorMode::Signed.colormap()));
    Ok(Shot { depth, gate, error, rel: output.metrics.map(|metrics| metrics.rel), start: None })
}

/// The size at which a map is kept.
fn small([w, h]: [usize; 2]) -> [usize; 2] {
    let longest = w.max(h).max(1);
    if longest <= SIDE { [w, h] } else { [w, h].map(|side| (side * SIDE).div_ceil(longest).max(1)) }
}

/// Every pixel takes the value under its centre: a value on the screen is one that was predicted.
fn shrunk(values: &[f32], from: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    let at = |x: usize, y: usize| {
        let place = nearest(y, to[1], from[1]) * from[0] + nearest(x, to[0], from[0]);
        values.get(place).copied().unwrap_or(f32::NAN)
    };
    (0..to[1]).flat_map(|y| (0..to[0]).map(move |x| (x, y))).map(|(x, y)| at(x, y)).collect()
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
