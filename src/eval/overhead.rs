//! What an evaluation costs beside its networks: decoding, projecting and scoring as a share of the network's own time,
//! in the layouts that researchers hold, on scenes made here and written to a folder that is gone afterwards.

use super::evaluation::{Arrived, Evaluation};
use super::journal::Command;
use super::network::Measured;
use super::protocol::{Protocol, Settings};
use super::times::Times;
use crate::data::dataset::loader::load;
use crate::data::dataset::{self, DataSpec, Dataset, OpenOptions};
use crate::data::synthetic::ROAD_SEED;
use crate::data::synthetic::layout::{Layout, write};
use crate::data::synthetic::sequence::{Kind, Sequence};
use crate::error::{Error, Result};
use crate::infer::model::Model;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Frames that are written in each layout: one of the road, with its second camera, takes a core ten seconds to render, and
/// to decode them all costs the same.
const FRAMES: usize = 1;
/// The share that an evaluation on the CPU is to stay below.
pub const LIMIT: f64 = 0.15;

/// One layout under one protocol, in milliseconds a frame.
#[derive(Debug, Clone, Serialize)]
pub struct Overhead {
    /// The layout as `--data` names it, and how its depth comes.
    pub data: &'static str,
    /// How it was measured.
    pub protocol: &'static str,
    /// The network.
    pub model: String,
    /// Frames that were measured.
    pub frames: usize,
    /// Reading, decoding and projecting.
    pub load_ms: f64,
    /// Cutting, resizing, scaling and scoring.
    pub score_ms: f64,
    /// The network with its preprocessing.
    pub network_ms: f64,
    /// Loading and scoring over the network's time.
    pub share: f64,
}

/// Layouts with the scene that is written in them and a protocol that is for them; the last one projects every scan anew.
const LAYOUTS: [(&str, Layout, Kind, Protocol, bool); 4] = [
    ("nyu", Layout::Nyu, Kind::Room, Protocol::HuNyu, true),
    ("kitti-depth", Layout::KittiRaw, Kind::Road, Protocol::BtsKitti, true),
    ("kitti-raw, cached", Layout::KittiRaw, Kind::Road, Protocol::MdEigen, true),
    ("kitti-raw, projected", Layout::KittiRaw, Kind::Road, Protocol::MdEigen, false),
];

/// Writes the scenes and evaluates `model` on them, each layout for about `budget` and at least once over its frames. All
/// is done on this thread, one thing after the other, so that no stage is charged with waiting for another.
///
/// # Errors
/// When the folder cannot be written, or a network fails.
pub fn measure(model: &Model, budget: Duration) -> Result<Vec<Overhead>> {
    let folder =
        tempfile::tempdir().map_err(|e| Error::Failed(format!("no folder for the scenes can be made ({e})")))?;
    let mut written: Vec<(Layout, PathBuf)> = Vec::new();
    let mut rows = Vec::new();
    for (data, layout, kind, protocol, kept) in LAYOUTS {
        let root = match written.iter().find(|(known, _)| *known == layout) {
            Some((_, root)) => root.clone(),
            None => {
                let root = folder.path().join(kind.name());
                write(&Sequence::new(kind, ROAD_SEED, kind.size())?, layout, FRAMES, &root, &mut |_, _| true)?;
                written.push((layout, root.clone()));
                root
            }
        };
        let spec = match data {
            "nyu" => DataSpec::Nyu(root),
            "kitti-depth" => DataSpec::KittiDepth(root),
            _ => DataSpec::KittiRaw(root),
        };
        let cache = kept.then(|| folder.path().join("cache"));
        let options = OpenOptions { cache, truth_only: true, limit: Some(FRAMES), ..OpenOptions::default() };
        let dataset: Arc<dyn Dataset> = dataset::open(&spec, &options)?.into();
        let times = timed(model, &dataset, &Settings::published(protocol), budget)?;
        let ms = |time: Duration| 1e3 * time.as_secs_f64() / times.frames.max(1) as f64;
        rows.push(Overhead {
            data,
            protocol: protocol.name(),
            model: model.info.name.clone(),
            frames: times.frames,
            load_ms: ms(times.load),
            score_ms: ms(times.score),
            network_ms: ms(times.network),
            share: times.overhead().unwrap_or(f64::NAN),
        });
    }
    Ok(rows)
}

/// Evaluates all frames again and again; the first time, which fills caches and tunes kernels, is not counted.
fn timed(model: &Model, dataset: &Arc<dyn Dataset>, settings: &Settings, budget: Duration) -> Result<Times> {
    let mut total = Times::default();
    let mut begun: Option<Instant> = None;
    loop {
        let networks = vec![Measured::new(model, settings)?];
        let mut all = Evaluation::begin(dataset.clone(), settings.clone(), networks, None, &Command::new())?;
        for index in all.todo() {
            let read = load(&**dataset, index, true);
            all.take(Arrived { index, frame: read.frame, truth: read.truth, took: read.took })?;
        }
        let times = all.times();
        if times.frames == 0 {
            let why = all.report().skipped.first().map_or_else(String::new, |skipped| format!(": {}", skipped.reason));
            return Err(Error::Failed(format!("{} gave no frame to measure{why}", dataset.spec())));
        }
        match begun {
            None => begun = Some(Instant::now()),
            Some(begun) => {
                total.load += times.load;
                total.network += times.network;
                total.score += times.score;
                total.frames += times.frames;
                if begun.elapsed() >= budget {
                    return Ok(total);
                }
            }
        }
    }
}
