//! The moving average (EMA) of weights and running statistics, which is what is validated and written where it is on.

use crate::device::to_host;
use crate::error::Result;
use crate::net::visit::{Network, Visitor};
use crate::state_dict::{HostTensor, StateDict};
use burn::module::{Param, RunningState};
use burn::tensor::{Device, Tensor, TensorData};
use std::collections::BTreeMap;

/// Averages by state-dict name, flat, with their shapes.
#[derive(Debug, Clone)]
pub struct Average {
    decay: f64,
    tensors: BTreeMap<String, (Vec<usize>, Tensor<1>)>,
}

impl Average {
    /// The average of one: the network as it is.
    ///
    /// # Errors
    /// Never: copying handles cannot fail.
    pub fn new(decay: f64, network: &mut impl Network) -> Result<Self> {
        let mut all = Self { decay, tensors: BTreeMap::new() };
        network.walk(&mut Blend { average: &mut all, keep: 0.0 })?;
        Ok(all)
    }

    /// Takes in the network behind step number `step`, from 0. The decay grows to its value as (1+t)/(10+t), so that the
    /// random start is soon forgotten.
    ///
    /// # Errors
    /// Never: blending cannot fail.
    pub fn update(&mut self, network: &mut impl Network, step: u64) -> Result<()> {
        let t = step as f64;
        let keep = self.decay.min((1.0 + t) / (10.0 + t));
        network.walk(&mut Blend { average: self, keep })
    }

    /// The averages on the host.
    ///
    /// # Errors
    /// When the device cannot hand them over.
    pub fn to_weights(&self) -> Result<StateDict> {
        let mut weights = StateDict::new();
        for (name, (shape, tensor)) in &self.tensors {
            weights.insert(name.clone(), HostTensor::from_f32(shape.clone(), &to_host(tensor.clone())?));
        }
        Ok(weights)
    }

    /// The averages that [`Average::to_weights`] gave.
    pub fn from_weights(decay: f64, weights: &StateDict, device: &Device) -> Self {
        let tensor = |host: &HostTensor| {
            let data = TensorData::new(host.to_f32(), [host.len()]);
            (host.shape.clone(), Tensor::from_data(data, device))
        };
        Self { decay, tensors: weights.iter().map(|(name, host)| (name.to_owned(), tensor(host))).collect() }
    }
}

struct Blend<'a> {
    average: &'a mut Average,
    keep: f64,
}

impl Blend<'_> {
    fn take(&mut self, name: &str, shape: Vec<usize>, now: Tensor<1>) {
        let all = &mut self.average.tensors;
        let new = match all.remove(name) {
            Some((_, before)) if self.keep > 0.0 => before * self.keep + now * (1.0 - self.keep),
            _ => now,
        };
        all.insert(name.to_owned(), (shape, new));
    }
}

impl Visitor for Blend<'_> {
    fn param<const D: usize>(&mut self, name: &str, param: &mut Param<Tensor<D>>) -> Result<()> {
        let now = param.val().inner();
        let shape = now.dims();
        self.take(name, shape.to_vec(), now.reshape([shape.iter().product::<usize>()]));
        Ok(())
    }

    fn state(&mut self, name: &str, state: &mut RunningState<Tensor<1>>) -> Result<()> {
        let now = state.value_sync().inner();
        let shape = now.dims();
        self.take(name, shape.to_vec(), now);
        Ok(())
    }
}
