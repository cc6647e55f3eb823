//! Walking over a network's tensors by their state-dict names (reference.md 4.5): loading, saving, counting,
//! initialising. A network lists its names once, in its `walk`; every one of these uses that list.

use super::block::ConvBlock;
use super::norm::BatchNorm;
use crate::error::Result;
use crate::state_dict::{HostTensor, StateDict};
use burn::module::{Param, RunningState};
use burn::tensor::{Device, Distribution, Tensor, TensorData};
use std::collections::BTreeMap;

/// Something done to every tensor of a network.
pub trait Visitor {
    /// A trainable tensor.
    fn param<const D: usize>(&mut self, name: &str, param: &mut Param<Tensor<D>>) -> Result<()>;
    /// A running statistic, `[channels]`.
    fn state(&mut self, name: &str, state: &mut RunningState<Tensor<1>>) -> Result<()>;
    /// A convolution with what goes with it, before its tensors.
    ///
    /// # Errors
    /// The visitor's own.
    fn block(&mut self, _: &mut ConvBlock) -> Result<()> {
        Ok(())
    }
    /// A batch norm by the name that its tensors' names begin with, before its tensors.
    ///
    /// # Errors
    /// The visitor's own.
    fn norm(&mut self, _: &str, _: &mut BatchNorm) -> Result<()> {
        Ok(())
    }
}

/// Makes every block ready for inference: [`ConvBlock::fold`].
pub struct Fold;

impl Visitor for Fold {
    fn param<const D: usize>(&mut self, _: &str, _: &mut Param<Tensor<D>>) -> Result<()> {
        Ok(())
    }

    fn state(&mut self, _: &str, _: &mut RunningState<Tensor<1>>) -> Result<()> {
        Ok(())
    }

    fn block(&mut self, block: &mut ConvBlock) -> Result<()> {
        block.fold()
    }
}

/// A network that can be walked over.
pub trait Network {
    /// Visits every tensor in the order of `forward`.
    ///
    /// # Errors
    /// The first one the visitor gives.
    fn walk<V: Visitor>(&mut self, visitor: &mut V) -> Result<()>;

    /// Fills every tensor from `weights`, taking each out as it goes: a large network is never in memory twice. What
    /// stays in `weights` is what the network did not ask for.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape; the network is then filled in part.
    fn load_weights(&mut self, weights: &mut StateDict) -> Result<()> {
        self.walk(&mut Loader { weights })
    }

    /// Copies every tensor to the host.
    ///
    /// # Errors
    /// When the device cannot hand its data over.
    fn to_weights(&mut self) -> Result<StateDict> {
        let mut saver = Saver(StateDict::new());
        self.walk(&mut saver)?;
        Ok(saver.0)
    }

    /// [`Network::load_weights`] as far as `weights` go: tensors that are missing or have another shape stay as they are,
    /// and their names are returned. For a starting point.
    ///
    /// # Errors
    /// Never: what does not fit is left alone.
    fn load_start(&mut self, weights: &mut StateDict) -> Result<Vec<String>> {
        let mut loader = StartLoader { weights, left: Vec::new() };
        self.walk(&mut loader)?;
        Ok(loader.left)
    }

    /// Name and shape of every tensor.
    ///
    /// # Errors
    /// Never: listing cannot fail.
    fn shapes(&mut self) -> Result<BTreeMap<String, Vec<usize>>> {
        let mut shapes = Shapes(BTreeMap::new());
        self.walk(&mut shapes)?;
        Ok(shapes.0)
    }

    /// The same network for inference only: batch norms folded, weights packed for the CPU kernel.
    ///
    /// # Errors
    /// When the device cannot hand its weights over.
    fn fold(mut self) -> Result<Self>
    where
        Self: Sized,
    {
        self.walk(&mut Fold)?;
        Ok(self)
    }

    /// Number of trainable parameters.
    ///
    /// # Errors
    /// Never: counting cannot fail.
    fn parameter_count(&mut self) -> Result<usize> {
        let mut counter = Counter(0);
        self.walk(&mut counter)?;
        Ok(counter.0)
    }

    /// Xavier-uniform weights of gain 1, zero biases (reference.md 2.12, decision A17); norms stay at γ = 1, β = 0.
    /// The device's random state decides the draw: seed the device first.
    ///
    /// # Errors
    /// Never: drawing cannot fail.
    fn xavier(&mut self, device: &Device) -> Result<()> {
        self.walk(&mut Xavier(device.clone()))
    }
}

struct Loader<'a> {
    weights: &'a mut StateDict,
}

impl Loader<'_> {
    fn tensor<const D: usize>(&mut self, name: &str, shape: [usize; D], device: &Device) -> Result<Tensor<D>> {
        let values = self.weights.take(name, &shape)?;
        Ok(Tensor::from_data(TensorData::new(values, shape), device))
    }
}

impl Visitor for Loader<'_> {
    fn param<const D: usize>(&mut self, name: &str, param: &mut Param<Tensor<D>>) -> Result<()> {
        let old = param.val();
        *param = Param::from_tensor(self.tensor(name, old.dims(), &old.device())?);
        Ok(())
    }

    fn state(&mut self, name: &str, state: &mut RunningState<Tensor<1>>) -> Result<()> {
        let old = state.value();
        *state = RunningState::new(self.tensor(name, old.dims(), &old.device())?);
        Ok(())
    }
}

struct StartLoader<'a> {
    weights: &'a mut StateDict,
    left: Vec<String>,
}

impl StartLoader<'_> {
    fn values(&mut self, name: &str, shape: &[usize]) -> Option<Vec<f32>> {
        let values = self.weights.take(name, shape).ok();
        if values.is_none() {
            self.left.push(name.to_owned());
        }
        values
    }
}

impl Visitor for StartLoader<'_> {
    fn param<const D: usize>(&mut self, name: &str, param: &mut Param<Tensor<D>>) -> Result<()> {
        let old = param.val();
        if let Some(values) = self.values(name, &old.dims()) {
            *param = Param::from_tensor(Tensor::from_data(TensorData::new(values, old.dims()), &old.device()));
        }
        Ok(())
    }

    fn state(&mut self, name: &str, state: &mut RunningState<Tensor<1>>) -> Result<()> {
        let old = state.value();
        if let Some(values) = self.values(name, &old.dims()) {
            *state = RunningState::new(Tensor::from_data(TensorData::new(values, old.dims()), &old.device()));
        }
        Ok(())
    }
}

struct Saver(StateDict);

impl Saver {
    fn put<const D: usize>(&mut self, name: &str, tensor: Tensor<D>) -> Result<()> {
        let shape = tensor.dims().to_vec();
        self.0.insert(name, HostTensor::from_f32(shape, &crate::device::to_host(tensor)?));
        Ok(())
    }
}

impl Visitor for Saver {
    fn param<const D: usize>(&mut self, name: &str, param: &mut Param<Tensor<D>>) -> Result<()> {
        self.put(name, param.val())
    }

    fn state(&mut self, name: &str, state: &mut RunningState<Tensor<1>>) -> Result<()> {
        self.put(name, state.value_sync())
    }
}

struct Shapes(BTreeMap<String, Vec<usize>>);

impl Visitor for Shapes {
    fn param<const D: usize>(&mut self, name: &str, param: &mut Param<Tensor<D>>) -> Result<()> {
        self.0.insert(name.to_owned(), param.val().dims().to_vec());
        Ok(())
    }

    fn state(&mut self, name: &str, state: &mut RunningState<Tensor<1>>) -> Result<()> {
        self.0.insert(name.to_owned(), state.value().dims().to_vec());
        Ok(())
    }
}

struct Counter(usize);

impl Visitor for Counter {
    fn param<const D: usize>(&mut self, _: &str, param: &mut Param<Tensor<D>>) -> Result<()> {
        self.0 += param.val().dims().iter().product::<usize>();
        Ok(())
    }

    fn state(&mut self, _: &str, _: &mut RunningState<Tensor<1>>) -> Result<()> {
        Ok(())
    }
}

struct Xavier(Device);

impl Visitor for Xavier {
    fn param<const D: usize>(&mut self, _: &str, param: &mut Param<Tensor<D>>) -> Result<()> {
        let shape = param.val().dims();
        if D < 2 {
            return Ok(()); // biases are zero and norms one from their construction
        }
        let kernel: usize = shape[2..].iter().product();
        let (fan_in, fan_out) = (shape[1] * kernel, shape[0] * kernel);
        let a = (6.0 / (fan_in + fan_out) as f64).sqrt();
        *param = Param::from_tensor(Tensor::random(shape, Distribution::Uniform(-a, a), &self.0));
        Ok(())
    }

    fn state(&mut self, _: &str, _: &mut RunningState<Tensor<1>>) -> Result<()> {
        Ok(())
    }
}
