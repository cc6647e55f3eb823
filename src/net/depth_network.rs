//! [`DepthNetwork`]: one of the depth networks, whichever the weights belong to. All take RGB in 0…1 and give one map.

use super::config::NetworkConfig;
use super::msfnet::Msfnet;
use super::tap::Tap;
use super::visit::{Network, Visitor};
use crate::error::{Error, Result};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// A depth network.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)] // there are one or two of them in a program
pub enum DepthNetwork {
    /// The paper's.
    Msfnet(Msfnet),
}

impl DepthNetwork {
    /// The network with weights still to be filled.
    ///
    /// # Errors
    /// When its parts do not fit together.
    pub fn new(config: &NetworkConfig, device: &Device) -> Result<Self> {
        match config {
            NetworkConfig::Msfnet(config) => Ok(Self::Msfnet(Msfnet::new(config, device)?)),
            _ => Err(Error::Usage(format!("{} cannot be built yet", config.title()))),
        }
    }

    /// N×3×H×W with RGB in 0…1 → N×1×H'×W' in the network's unit.
    pub fn forward<T: Tap>(&self, x: Tensor<4>, tap: &mut T) -> Tensor<4> {
        match self {
            Self::Msfnet(net) => net.forward(x, tap).y,
        }
    }

    /// The network if it is an MSFNet.
    pub fn msfnet(&self) -> Option<&Msfnet> {
        match self {
            Self::Msfnet(net) => Some(net),
        }
    }
}

impl From<Msfnet> for DepthNetwork {
    fn from(net: Msfnet) -> Self {
        Self::Msfnet(net)
    }
}

impl Network for DepthNetwork {
    fn walk<V: Visitor>(&mut self, v: &mut V) -> Result<()> {
        match self {
            Self::Msfnet(net) => net.walk(v),
        }
    }
}
