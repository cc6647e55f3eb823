//! The architectures that weights can be checked against, by name, and the tensors each of them has.

use crate::error::{Error, Result};
use crate::net::config::{EncoderKind, MsfnetConfig, NetworkConfig};
use crate::net::depth_network::DepthNetwork;
use crate::net::encoder::Encoder;
use crate::net::visit::Network;
use burn::tensor::Device;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Shape of each tensor by its name.
pub type Shapes = BTreeMap<String, Vec<usize>>;

/// Something that weights may be the weights of.
#[derive(Debug, Clone, PartialEq)]
pub enum Arch {
    /// A depth network.
    Network(NetworkConfig),
    /// An encoder without a decoder: where training starts from.
    Encoder(EncoderKind),
}

/// Layers of the ResNets under Monodepth2.
const MONODEPTH2: [usize; 3] = [18, 34, 50];
/// Encoders of Hu et al.
const HU: [EncoderKind; 2] = [EncoderKind::Senet154, EncoderKind::Resnet50];

impl Arch {
    /// MSFNet with all its parts on that encoder. Which gate it has changes no tensor.
    pub fn msfnet(encoder: EncoderKind) -> Self {
        Self::Network(MsfnetConfig { encoder, ..MsfnetConfig::default() }.into())
    }

    /// All that are listed, depth networks first.
    pub fn all() -> Vec<Self> {
        let msfnets = EncoderKind::ALL.map(Self::msfnet);
        let monodepth2 = MONODEPTH2.map(|layers| Self::Network(NetworkConfig::monodepth2(layers, false)));
        let hu = HU.map(|encoder| Self::Network(NetworkConfig::hu(encoder)));
        let encoders = EncoderKind::ALL.map(Self::Encoder);
        msfnets.into_iter().chain(monodepth2).chain(hu).chain(encoders).collect()
    }

    /// The architecture of that name.
    ///
    /// # Errors
    /// [`Error::Usage`] that lists the names when there is none.
    pub fn named(name: &str) -> Result<Self> {
        let all = Self::all();
        all.iter().find(|arch| arch.name() == name).cloned().ok_or_else(|| {
            let names: Vec<String> = all.iter().map(Self::name).collect();
            Error::Usage(format!("`{name}` is no architecture; give one of: {}", names.join(", ")))
        })
    }

    /// Its name for `--arch`.
    pub fn name(&self) -> String {
        match self {
            Self::Network(NetworkConfig::Msfnet(config)) => format!("msfnet-{}", config.encoder.name()),
            Self::Network(NetworkConfig::Monodepth2 { monodepth2 }) => format!("monodepth2-r{}", monodepth2.layers),
            Self::Network(NetworkConfig::Hu { hu }) => format!("hu-{}", hu.encoder.name()),
            Self::Encoder(kind) => format!("encoder-{}", kind.name()),
        }
    }

    /// What it is, in words.
    pub fn title(&self) -> String {
        match self {
            Self::Network(config) => config.title(),
            Self::Encoder(kind) => format!("{} encoder", kind.title()),
        }
    }

    /// Name and shape of each of its tensors: parameters and running statistics. Encoders' names have no prefix.
    ///
    /// # Errors
    /// When its parts do not fit together.
    pub fn shapes(&self) -> Result<Shapes> {
        // Weights of a new network are zeros that no one has touched: building one takes milliseconds and no memory.
        match self {
            Self::Network(config) => DepthNetwork::new(config, &Device::flex())?.shapes(),
            Self::Encoder(kind) => encoder_shapes(*kind),
        }
    }
}

/// Name and shape of an encoder's tensors, without a prefix.
///
/// # Errors
/// Never: every encoder can be built.
pub fn encoder_shapes(kind: EncoderKind) -> Result<Shapes> {
    static KNOWN: Mutex<BTreeMap<EncoderKind, Shapes>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(shapes) = known.get(&kind) {
        return Ok(shapes.clone());
    }
    let shapes = Encoder::new(kind, &Device::flex()).shapes()?;
    known.insert(kind, shapes.clone());
    Ok(shapes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_are_one_of_a_kind_and_found_again() {
        let all = Arch::all();
        for arch in &all {
            assert_eq!(&Arch::named(&arch.name()).unwrap(), arch);
        }
        let names: std::collections::BTreeSet<String> = all.iter().map(Arch::name).collect();
        assert_eq!(names.len(), all.len());
        for name in ["msfnet-lite0", "msfnet-senet154", "monodepth2-r18", "hu-resnet50", "encoder-resnet18"] {
            assert!(names.contains(name), "{name}");
        }
        let error = Arch::named("msfnet-lite9").unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("msfnet-lite0"), "{error}");
    }
}
