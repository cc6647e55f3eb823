//! RDR: the refinement inside USF with an instance-norm and a batch-norm half (reference.md 4.1, decision A10).

use super::block::{Activation, ConvBlock, ConvSpec, Part};
use super::config::RdrIntegrate;
use super::norm::InstanceNorm;
use super::visit::Visitor;
use crate::error::Result;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Squeeze 1×1, split, factorised 3×3 with IN and with BN, merge 3×3, join with the input, 1×1.
#[derive(Module, Debug)]
pub struct Rdr {
    squeeze: ConvBlock,
    in_conv1: ConvBlock,
    in_conv2: ConvBlock,
    in_norm: InstanceNorm,
    bn_conv1: ConvBlock,
    bn_conv2: ConvBlock,
    merge: ConvBlock,
    out: ConvBlock,
    #[module(skip)]
    integrate: RdrIntegrate,
}

impl Rdr {
    /// For `c` channels (64): squeeze to c/2, two branches of c/4.
    pub fn new(c: usize, integrate: RdrIntegrate, device: &Device) -> Self {
        let q = c / 4;
        let tall = ConvSpec::rect(q, q, [3, 1]).no_bias();
        let flat = ConvSpec::rect(q, q, [1, 3]).no_bias();
        let joined = if integrate == RdrIntegrate::Concat { 2 * c } else { c };
        Self {
            squeeze: ConvSpec::new(c, c / 2, 1).no_bias().init(device),
            in_conv1: tall.clone().init(device),
            in_conv2: flat.clone().init(device),
            in_norm: InstanceNorm::new(q, 1e-5, device),
            bn_conv1: tall.init(device),
            bn_conv2: flat.norm(1e-5, 0.1).activation(Activation::LeakyRelu).init(device),
            merge: ConvSpec::new(c / 2, c, 3).activation(Activation::LeakyRelu).init(device),
            out: ConvSpec::new(joined, c, 1).init(device),
            integrate,
        }
    }

    /// N×C×H×W → N×C×H×W.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let squeezed = self.squeeze.forward(x.clone()); // N×C/2×H×W
        let half = squeezed.dims()[1] / 2;
        let a = squeezed.clone().narrow(1, 0, half);
        let b = squeezed.narrow(1, half, half);
        let a = self.in_norm.forward_leaky(self.in_conv2.forward(self.in_conv1.forward(a)));
        let b = self.bn_conv2.forward(self.bn_conv1.forward(b));
        let improved = self.merge.forward_joined(vec![Part::Whole(a), Part::Whole(b)]); // N×C×H×W
        self.out.forward_joined(match self.integrate {
            RdrIntegrate::Concat => vec![Part::Whole(improved), Part::Whole(x)],
            RdrIntegrate::Add => vec![Part::Whole(improved + x)],
        })
    }

    pub(super) fn walk<V: Visitor>(&mut self, v: &mut V, p: &str) -> Result<()> {
        self.squeeze.walk(v, &format!("{p}squeeze"), "")?;
        self.in_conv1.walk(v, &format!("{p}in_conv1"), "")?;
        self.in_conv2.walk(v, &format!("{p}in_conv2"), "")?;
        self.in_norm.walk(v, &format!("{p}in_norm"))?;
        self.bn_conv1.walk(v, &format!("{p}bn_conv1"), "")?;
        self.bn_conv2.walk(v, &format!("{p}bn_conv2"), &format!("{p}bn_norm"))?;
        self.merge.walk(v, &format!("{p}merge"), "")?;
        self.out.walk(v, &format!("{p}out"), "")
    }
}
