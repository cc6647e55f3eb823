//! A loaded model as an evaluation sees it.

use super::evaluation::Network;
use super::protocol::Settings;
use super::report::ModelFacts;
use crate::depth::{DepthMap, DepthUnit};
use crate::error::Result;
use crate::frame::Frame;
use crate::infer::engine::guarded;
use crate::infer::model::Model;
use crate::net::config::NetworkConfig;

/// A model with what a table says of it.
pub struct Measured {
    model: Model,
    facts: ModelFacts,
    /// Takes its own size even where the protocol sets one.
    own_size: bool,
}

impl Measured {
    /// The model under a protocol.
    ///
    /// # Errors
    /// When the protocol cannot measure it: depth without a scale, or a scaling that is not its own.
    pub fn new(model: Model, settings: &Settings) -> Result<Self> {
        let info = &model.info;
        let stereo = matches!(&info.config.network, NetworkConfig::Monodepth2 { monodepth2 } if monodepth2.stereo);
        let unit = match (&info.config.network, info.config.unit) {
            (NetworkConfig::Monodepth2 { .. }, _) if stereo => DepthUnit::Metres,
            (NetworkConfig::Monodepth2 { .. }, _) => DepthUnit::Relative,
            (_, unit) => unit,
        };
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

    /// The model itself.
    pub fn model(&self) -> &Model {
        &self.model
    }
}

impl Network for Measured {
    fn facts(&self) -> &ModelFacts {
        &self.facts
    }

    fn depth(&self, frame: &Frame, size: Option<[usize; 2]>) -> Result<DepthMap> {
        let size = size.filter(|_| !self.own_size);
        guarded(|| self.model.depth(frame, size))
    }
}
