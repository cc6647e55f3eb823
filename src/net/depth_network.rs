//! [`DepthNetwork`]: one of the depth networks, whichever the weights belong to. All take RGB in 0…1 and give one map.

use super::config::NetworkConfig;
use super::hu::Hu;
use super::monodepth2::{self, Monodepth2};
use super::msfnet::Msfnet;
use super::tap::Tap;
use super::visit::{Network, Visitor};
use crate::error::Result;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// A depth network.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)] // there are one or two of them in a program
pub enum DepthNetwork {
    /// The paper's.
    Msfnet(Msfnet),
    /// Monodepth2's depth network.
    Monodepth2(Monodepth2),
    /// Hu et al. 2019.
    Hu(Hu),
}

impl DepthNetwork {
    /// The network with weights still to be filled.
    ///
    /// # Errors
    /// When its parts do not fit together.
    pub fn new(config: &NetworkConfig, device: &Device) -> Result<Self> {
        match config {
            NetworkConfig::Msfnet(config) => Ok(Self::Msfnet(Msfnet::new(config, device)?)),
            NetworkConfig::Monodepth2 { monodepth2 } => Ok(Self::Monodepth2(Monodepth2::new(monodepth2, device)?)),
            NetworkConfig::Hu { hu } => Ok(Self::Hu(Hu::new(hu, device)?)),
        }
    }

    /// A width and height that this network can run at, where memory allows it.
    ///
    /// # Errors
    /// For any other, with the rule that it breaks.
    pub fn checked(&self, size: [usize; 2]) -> Result<[usize; 2]> {
        match self {
            Self::Msfnet(_) | Self::Hu(_) => Ok(size),
            Self::Monodepth2(_) => monodepth2::checked(size),
        }
    }

    /// N×3×H×W with RGB in 0…1 → N×1×H'×W' in the network's unit: half the input's size, or of Monodepth2 the finest
    /// disparity, in 0…1 and of the input's size.
    ///
    /// # Errors
    /// For a size that [`DepthNetwork::checked`] refuses.
    pub fn forward<T: Tap>(&self, x: Tensor<4>, tap: &mut T) -> Result<Tensor<4>> {
        match self {
            Self::Msfnet(net) => Ok(net.forward(x, tap).y),
            Self::Monodepth2(net) => {
                let [finest, ..] = net.forward(x, tap)?.disparities;
                Ok(finest)
            }
            Self::Hu(net) => Ok(net.forward(x, tap)),
        }
    }

    /// The network if it is an MSFNet.
    pub fn msfnet(&self) -> Option<&Msfnet> {
        match self {
            Self::Msfnet(net) => Some(net),
            Self::Monodepth2(_) | Self::Hu(_) => None,
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
            Self::Monodepth2(net) => net.walk(v),
            Self::Hu(net) => net.walk(v),
        }
    }
}
