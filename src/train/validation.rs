//! Measuring the weights in training on the held-out frames, as `eval` would.

use super::config::TrainConfig;
use super::feed::Frames;
use super::history::Scores;
use crate::data::dataset::DataKind;
use crate::data::dataset::loader::{LoadOptions, Loader};
use crate::depth::DepthMap;
use crate::error::{Error, Result};
use crate::eval::accumulate::Accumulator;
use crate::eval::edges::EdgeScore;
use crate::eval::protocol::mirror::{merged, mirrored};
use crate::eval::protocol::{Protocol, Scaling, Settings};
use crate::frame::Frame;
use crate::infer::model::Model;

/// What a validation measured.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// The numbers.
    Scores {
        /// Over the frames.
        scores: Scores,
        /// How many they are.
        frames: usize,
    },
    /// The network's depth of a frame is not finite: there is nothing to compare.
    NotFinite {
        /// Name of the frame.
        frame: String,
    },
}

/// The held-out frames and the way of measuring.
pub struct Validation {
    frames: Frames,
    settings: Settings,
}

impl Validation {
    /// `None` without a frame held out. All of these frames have a ground truth, since data are opened without those that have
    /// none: what has gone since is a fault.
    ///
    /// # Errors
    /// For a protocol that is not known.
    pub fn new(config: &TrainConfig, frames: &Frames) -> Result<Option<Self>> {
        if frames.indices.is_empty() {
            return Ok(None);
        }
        let protocol = match (config.data.val_protocol.as_str(), frames.dataset.kind()) {
            ("auto", DataKind::Nyu) => Protocol::HuNyu,
            ("auto", DataKind::Kitti | DataKind::Other) => Protocol::MsfKitti,
            (name, _) => name.parse().map_err(Error::Usage)?,
        };
        Ok(Some(Self { frames: frames.clone(), settings: Settings::published(protocol) }))
    }

    /// The protocol's name, for the weights' metadata.
    pub fn protocol(&self) -> &'static str {
        self.settings.rules.name
    }

    /// Number of frames.
    pub fn len(&self) -> usize {
        self.frames.indices.len()
    }

    /// Never: without a frame there is no validation.
    pub fn is_empty(&self) -> bool {
        self.frames.indices.is_empty()
    }

    /// Measures a model on all frames, which are read ahead; `go_on` is asked before each. A frame of which no pixel counts
    /// under the protocol is left out, by every validation alike.
    ///
    /// # Errors
    /// When a frame cannot be read: numbers of the others are no match for those of earlier validations. When the device fails
    /// or no frame can be measured; and [`Error::Interrupted`] when it is not to go on.
    pub fn measure(&self, model: &Model, go_on: &dyn Fn() -> bool) -> Result<Measured> {
        let mut frames = 0;
        let mut all = Accumulator::new(self.settings.rules.aggregation);
        let mut edges: Vec<[EdgeScore; 3]> = Vec::new();
        let mut why = None;
        let options = LoadOptions { threads: 1, ahead: 3, truth: true };
        for loaded in Loader::start(self.frames.dataset.clone(), self.frames.indices.clone(), options)? {
            if !go_on() {
                return Err(Error::Interrupted);
            }
            let name = || self.frames.dataset.names().get(loaded.index).cloned().unwrap_or_default();
            let frame = loaded.frame?;
            let Some(truth) = loaded.truth? else {
                let spec = self.frames.dataset.spec();
                return Err(Error::Failed(format!(
                    "{spec}: the depth of the held-out frame {} is gone; put it back",
                    name()
                )));
            };
            let shown = match self.settings.prepare(&frame) {
                Ok(shown) => shown,
                Err(error) => {
                    why = Some(error);
                    continue;
                }
            };
            let depth = self.depth(model, &shown)?;
            // Pixels that are not finite would be left out, and the rest could look better than before.
            if depth.values().iter().any(|value| !value.is_finite()) {
                return Ok(Measured::NotFinite { frame: name() });
            }
            match self.settings.score(&depth, &truth, Scaling::None) {
                Ok(scored) => {
                    frames += 1;
                    all.add(&scored.sums);
                    edges.extend(scored.edges);
                }
                Err(error) => why = Some(error),
            }
        }
        let Some(scores) = all.scores() else {
            let why = why.map_or_else(|| "no frame has ground truth".to_owned(), |error| error.to_string());
            return Err(Error::Failed(format!(
                "no held-out frame could be measured ({why}); check the validation data"
            )));
        };
        let f1 = |i: usize| EdgeScore::mean(edges.iter().map(|of_frame| &of_frame[i])).map_or(f64::NAN, |mean| mean.f1);
        let scores = Scores {
            rel: scores.rel,
            rmse: scores.rmse,
            log10: scores.log10,
            d: [scores.d1, scores.d2, scores.d3],
            edge_f1: [f1(0), f1(1), f1(2)],
        };
        Ok(Measured::Scores { scores, frames })
    }

    fn depth(&self, model: &Model, shown: &Frame) -> Result<DepthMap> {
        let size = self.settings.network_size();
        let depth = model.depth(shown, size)?;
        if !self.settings.rules.flip {
            return Ok(depth);
        }
        Ok(merged(&self.settings.rules, &depth, &model.depth(&mirrored(shown), size)?))
    }
}
