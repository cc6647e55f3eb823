//! MSFNet (reference.md 4): encoder, gate behind stage 3, USF with RDR, skip decoder, refinement, auxiliary heads.

use super::block::{Activation, ConvBlock, ConvSpec, Part};
use super::config::{EdaSource, GateKind, MsfnetConfig, OutputActivation};
use super::decoder::Decoder;
use super::encoder::{Encoder, Lower, decoder_width, stage_channels};
use super::gate::SpatialGate;
use super::tap::Tap;
use super::usf::Usf;
use super::visit::{Network, Visitor};
use crate::error::{Error, Result};
use burn::module::Module;
use burn::tensor::activation::{relu, softplus};
use burn::tensor::{Device, Tensor};
use std::collections::BTreeSet;

/// The network; which parts it has is its [`MsfnetConfig`].
#[derive(Module, Debug)]
pub struct Msfnet {
    encoder: Encoder,
    gate: Option<SpatialGate>,
    usf: Option<Usf>,
    decoder: Decoder,
    refine1: ConvBlock,
    refine2: ConvBlock,
    aux2: Option<ConvBlock>,
    aux3: Option<ConvBlock>,
    #[module(skip)]
    config: MsfnetConfig,
}

/// The state-dict names of a network's tensors.
///
/// # Errors
/// When its parts do not fit together.
pub fn tensor_names(config: &MsfnetConfig) -> Result<BTreeSet<String>> {
    Ok(Msfnet::new(config, &Device::flex())?.shapes()?.into_keys().collect())
}

/// What `forward` gives.
pub struct Output {
    /// N×1×H/2×W/2 in the network's unit.
    pub y: Tensor<4>,
    /// The gated stage 3, which `aux2` reads.
    gated: Option<Tensor<4>>,
    /// USF's output, which `aux3` reads.
    fused: Option<Tensor<4>>,
}

impl Msfnet {
    /// The network with weights still to be filled.
    ///
    /// # Errors
    /// When the parts do not fit together: a gate without USF has nowhere to send its output.
    pub fn new(config: &MsfnetConfig, device: &Device) -> Result<Self> {
        let with_gate = config.gate != GateKind::None;
        if with_gate && !config.usf && !config.eda_inline {
            return Err(Error::Usage(
                "a gate without USF reaches nothing; turn USF on, or set eda_inline, or choose gate none".into(),
            ));
        }
        if !matches!(config.usf_width, 1..=64) {
            return Err(Error::Usage(format!("usf_width must be 1 to 64, not {}", config.usf_width)));
        }
        let channels = stage_channels(config.encoder);
        let c = decoder_width(config.encoder);
        let refine_in = c / 16 + if config.usf { 64 } else { 0 };
        let refine = if c < 1024 { 32 } else { 64 };
        Ok(Self {
            encoder: Encoder::new(config.encoder, device),
            gate: with_gate.then(|| SpatialGate::new(config.gate, device)),
            usf: config.usf.then(|| Usf::new(channels, config, device)),
            decoder: Decoder::new(channels, c, config.align_corners, device),
            refine1: ConvSpec::new(refine_in, refine, 3).activation(Activation::LeakyRelu).init(device),
            refine2: ConvSpec::new(refine, 1, 3).init(device),
            aux2: with_gate.then(|| ConvSpec::new(channels[3], 1, 1).init(device)),
            aux3: config.usf.then(|| ConvSpec::new(64, 1, 1).init(device)),
            config: config.clone(),
        })
    }

    /// Its architecture.
    pub fn config(&self) -> &MsfnetConfig {
        &self.config
    }

    /// N×3×H×W with RGB in 0…1 → y at half that size.
    pub fn forward<T: Tap>(&self, x: Tensor<4>, tap: &mut T) -> Output {
        self.forward_normalised(self.encoder.normalise(x), tap)
    }

    /// [`Msfnet::forward`] of an input that is already normalised as the encoder expects it.
    pub fn forward_normalised<T: Tap>(&self, x: Tensor<4>, tap: &mut T) -> Output {
        let want_sum = self.gate.is_some() && self.config.eda_source == EdaSource::PreRelu;
        let Lower { mut stages, sum } = self.encoder.lower(x, want_sum, tap);
        let rectified = sum.is_some();
        let gated = self.gate.as_ref().map(|gate| gate.forward(sum.unwrap_or_else(|| stages[3].clone()), tap));
        if let Some(gated) = &gated {
            tap.see("gate.out", gated);
            if self.config.eda_inline {
                // The gate before the ReLU does not take the ReLU away from what follows.
                stages[3] = if rectified { relu(gated.clone()) } else { gated.clone() };
            }
        }
        let stage4 = self.encoder.upper(stages[3].clone(), tap);
        let [s0, s1, s2, s3] = stages;
        let mut stages = [s0, s1, s2, s3, stage4];
        let d4 = self.decoder.forward(&stages, tap); // N×C/16×H/2×W/2
        let fused = self.usf.as_ref().map(|usf| {
            if let Some(gated) = &gated {
                stages[3] = gated.clone();
            }
            usf.forward(stages, tap) // N×64×H/2×W/2
        });
        let joined = [Some(d4), fused.clone()].into_iter().flatten().map(Part::Whole).collect();
        let refined = self.refine1.forward_joined(joined);
        tap.see("refine1", &refined);
        let y = self.refine2.forward(refined);
        let y = match self.config.output {
            OutputActivation::Linear => y,
            OutputActivation::Softplus => softplus(y, 1.0),
        };
        tap.see("y", &y);
        Output { y, gated, fused }
    }

    /// The auxiliary predictions y₂ (on the gate's output, 1/16) and y₃ (on USF's, 1/2), before any resize (A16).
    pub fn auxiliary(&self, output: &Output) -> [Option<Tensor<4>>; 2] {
        let head = |conv: &Option<ConvBlock>, x: &Option<Tensor<4>>| {
            conv.as_ref().zip(x.clone()).map(|(conv, x)| conv.forward(x))
        };
        [head(&self.aux2, &output.gated), head(&self.aux3, &output.fused)]
    }
}

impl Network for Msfnet {
    fn walk<V: Visitor>(&mut self, v: &mut V) -> Result<()> {
        self.encoder.walk(v, "encoder.")?;
        if let Some(gate) = &mut self.gate {
            gate.walk(v, "eda.")?;
        }
        if let Some(usf) = &mut self.usf {
            usf.walk(v, "usf.")?;
        }
        self.decoder.walk(v)?;
        self.refine1.walk(v, "refine1", "")?;
        self.refine2.walk(v, "refine2", "")?;
        if let Some(aux2) = &mut self.aux2 {
            aux2.walk(v, "aux2", "")?;
        }
        match &mut self.aux3 {
            Some(aux3) => aux3.walk(v, "aux3", ""),
            None => Ok(()),
        }
    }
}
