//! A loaded model as an evaluation sees it.

use super::evaluation::Network;
use super::protocol::{Scaling, Settings};
use super::report::ModelFacts;
use crate::depth::{DepthMap, DepthUnit};
use crate::error::Result;
use crate::frame::Frame;
use crate::infer::engine::guarded;
use crate::infer::model::Model;
use crate::infer::prediction::ModelInfo;
use crate::net::config::NetworkConfig;
use std::borrow::Borrow;

/// A model, owned or borrowed, with what a table says of it.
pub struct Measured<M = Model> {
    model: M,
    facts: ModelFacts,
    /// Takes its own size even where the protocol sets one.
    own_size: bool,
}

impl<M: Borrow<Model>> Measured<M> {
    /// The model under a protocol.
    ///
    /// # Errors
    /// When the protocol cannot measure it: depth without a scale, or a scaling that is not its own.
    pub fn new(model: M, settings: &Settings) -> Result<Self> {
        let info = &model.borrow().info;
        let (unit, stereo) = scale_of(info);
        let facts = ModelFacts {
            name: info.name.clone(),
            sha256: info.sha256.clone(),
            title: info.config.network.title(),
            scaling: settings.scaling_of(&info.name, unit, stereo)?,
            relative: matches!(unit, DepthUnit::Relative | DepthUnit::Disparity),
            data: info.metadata.get("data").cloned(),
            random_layers: info.random.len(),
        };
        // Monodepth2 runs at multiples of 32 only: what a protocol sets for other networks, 304×228, is not for it.
        let own_size = settings.size.is_none() && matches!(&info.config.network, NetworkConfig::Monodepth2 { .. });
        Ok(Self { model, facts, own_size })
    }

    /// Whether its numbers are right only where the focal length is known: nothing else brings them to metres.
    pub fn needs_focal(&self) -> bool {
        self.facts.scaling == Scaling::None && self.model().info.config.asks_for_focal()
    }

    /// The model itself.
    pub fn model(&self) -> &Model {
        self.model.borrow()
    }
}

impl<M: Borrow<Model>> Network for Measured<M> {
    fn facts(&self) -> &ModelFacts {
        &self.facts
    }

    fn depth(&self, frame: &Frame, size: Option<[usize; 2]>) -> Result<DepthMap> {
        let size = size.filter(|_| !self.own_size);
        guarded(|| self.model.borrow().depth(frame, size))
    }
}

/// What a network's numbers mean, and whether they are metres by Monodepth2's stereo baseline.
pub fn scale_of(info: &ModelInfo) -> (DepthUnit, bool) {
    match &info.config.network {
        NetworkConfig::Monodepth2 { monodepth2 } if monodepth2.stereo => (DepthUnit::Metres, true),
        NetworkConfig::Monodepth2 { .. } => (DepthUnit::Relative, false),
        _ => (info.config.unit, false),
    }
}
