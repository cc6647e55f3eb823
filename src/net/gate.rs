//! The spatial gates: the paper's EDA (equation 2, reference.md 4.4) and CBAM-S (reference.md 3.3).

use super::block::{ConvBlock, ConvSpec};
use super::config::GateKind;
use super::tap::Tap;
use super::visit::Visitor;
use crate::error::Result;
use burn::module::Module;
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor};

/// X ⊙ σ(BN(conv7×7(Z))), where Z is two pooled maps: `[avg − min, max − min]` for EDA, `[max, avg]` for CBAM-S.
#[derive(Module, Debug)]
pub struct SpatialGate {
    conv: ConvBlock,
    #[module(skip)]
    kind: GateKind,
}

impl SpatialGate {
    /// A gate of `kind`; 100 parameters.
    pub fn new(kind: GateKind, device: &Device) -> Self {
        Self { conv: ConvSpec::new(2, 1, 7).norm(1e-5, 0.01).init(device), kind }
    }

    /// N×C×H×W → the same, weighted by a N×1×H×W map in 0…1 that the tap sees as `gate.map`.
    pub fn forward<T: Tap>(&self, x: Tensor<4>, tap: &mut T) -> Tensor<4> {
        let avg = x.clone().mean_dim(1); // N×1×H×W, as are the others
        let max = x.clone().max_dim(1);
        let min = (T::ACTIVE || self.kind == GateKind::Eda).then(|| x.clone().min_dim(1));
        tap.see("gate.max", &max);
        if let Some(min) = &min {
            tap.see("gate.min", min);
        }
        tap.see("gate.avg", &avg);
        let z = match (self.kind, min) {
            (GateKind::Eda, Some(min)) => [avg - min.clone(), max - min],
            _ => [max, avg],
        };
        let logits = self.conv.forward(Tensor::cat(z.into(), 1));
        tap.see("gate.logits", &logits);
        let map = sigmoid(logits);
        tap.see("gate.map", &map);
        x * map
    }

    /// Walks over its tensors under the prefix `p`.
    ///
    /// # Errors
    /// The first one the visitor gives.
    pub fn walk<V: Visitor>(&mut self, v: &mut V, p: &str) -> Result<()> {
        self.conv.walk(v, &format!("{p}conv"), &format!("{p}bn"))
    }
}
