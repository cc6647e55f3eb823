//! What of a network is not trained: a frozen encoder, frozen batch norms.

use super::config::{NormMode, StartSection};
use crate::error::Result;
use crate::net::norm::BatchNorm;
use crate::net::visit::{Network, Visitor};
use burn::module::{Param, RunningState};
use burn::tensor::Tensor;

/// What the names of an encoder's tensors begin with in an MSFNet.
pub const ENCODER: &str = "encoder.";

/// Sets what is trained; to be applied after the network is filled, since filling makes every tensor trainable.
///
/// # Errors
/// Never: setting cannot fail.
pub fn apply(network: &mut impl Network, start: &StartSection) -> Result<()> {
    network.walk(&mut Mode { encoder: start.freeze_encoder, norms: start.batch_norm == NormMode::Frozen })
}

struct Mode {
    encoder: bool,
    norms: bool,
}

impl Visitor for Mode {
    fn param<const D: usize>(&mut self, name: &str, param: &mut Param<Tensor<D>>) -> Result<()> {
        let trained = !(self.encoder && name.starts_with(ENCODER));
        *param = Param::from_tensor(param.val()).set_require_grad(trained);
        Ok(())
    }

    fn state(&mut self, _: &str, _: &mut RunningState<Tensor<1>>) -> Result<()> {
        Ok(())
    }

    fn norm(&mut self, name: &str, norm: &mut BatchNorm) -> Result<()> {
        norm.set_frozen(self.norms || self.encoder && name.starts_with(ENCODER));
        Ok(())
    }
}
