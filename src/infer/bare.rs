//! A model's answer and nothing around it: for comparisons with other implementations and for evaluation.

use super::focal::{FocalScale, scaled};
use super::model::Model;
use super::scale::to_depth;
use crate::depth::DepthMap;
use crate::device::to_host;
use crate::error::Result;
use crate::frame::Frame;
use crate::state_dict::{HostTensor, StateDict};

impl Model {
    /// The network's input for a frame and its raw output, `input` 1×3×H×W and `y`: what another implementation is
    /// compared with.
    ///
    /// # Errors
    /// As [`Model::run`].
    pub fn raw(&self, frame: &Frame, size: Option<[usize; 2]>) -> Result<StateDict> {
        let input = self.input(frame, self.net_size(frame, size)?);
        let y = self.forward(input.clone(), &mut ())?;
        let mut tensors = StateDict::new();
        for (name, tensor) in [("input", input), ("y", y)] {
            tensors.insert(name, HostTensor::from_f32(tensor.dims(), &to_host(tensor)?));
        }
        Ok(tensors)
    }

    /// Depth of a frame on the network's own grid and nothing else: what an evaluation needs.
    ///
    /// # Errors
    /// As [`Model::run`].
    pub fn depth(&self, frame: &Frame, size: Option<[usize; 2]>) -> Result<DepthMap> {
        let net_size = self.net_size(frame, size)?;
        let y = self.forward(self.input(frame, net_size), &mut ())?;
        let [_, _, h, w] = y.dims();
        let focal = FocalScale::of(&self.info.config, frame, net_size[0]);
        let depth = to_depth(&to_host(y)?, w, h, &self.info.config.network, self.info.config.unit);
        Ok(scaled(depth, focal.as_ref()))
    }
}
