//! Running statistics as they were before a step, and whether everything in a network is finite.

use crate::device::to_host;
use crate::error::Result;
use crate::net::visit::{Network, Visitor};
use burn::module::{Param, RunningState};
use burn::tensor::Tensor;

/// The running statistics of a network, in the order of its walk; handles, not copies.
#[derive(Debug, Clone)]
pub struct States(Vec<Tensor<1>>);

impl States {
    /// As they are now.
    ///
    /// # Errors
    /// Never: taking handles cannot fail.
    pub fn of(network: &mut impl Network) -> Result<Self> {
        let mut take = Take(Vec::new());
        network.walk(&mut take)?;
        Ok(Self(take.0))
    }

    /// Makes them what they were.
    ///
    /// # Errors
    /// Never: putting handles back cannot fail.
    pub fn put_back(self, network: &mut impl Network) -> Result<()> {
        network.walk(&mut Put(self.0.into_iter()))
    }
}

struct Take(Vec<Tensor<1>>);

impl Visitor for Take {
    fn param<const D: usize>(&mut self, _: &str, _: &mut Param<Tensor<D>>) -> Result<()> {
        Ok(())
    }

    fn state(&mut self, _: &str, state: &mut RunningState<Tensor<1>>) -> Result<()> {
        self.0.push(state.value_sync());
        Ok(())
    }
}

struct Put(std::vec::IntoIter<Tensor<1>>);

impl Visitor for Put {
    fn param<const D: usize>(&mut self, _: &str, _: &mut Param<Tensor<D>>) -> Result<()> {
        Ok(())
    }

    fn state(&mut self, _: &str, state: &mut RunningState<Tensor<1>>) -> Result<()> {
        if let Some(before) = self.0.next() {
            *state = RunningState::new(before);
        }
        Ok(())
    }
}

/// The first tensor of a network that holds a number that is not finite.
///
/// # Errors
/// When the device cannot hand its numbers over.
pub fn first_not_finite(network: &mut impl Network) -> Result<Option<String>> {
    let mut sums = Sums(Vec::new(), Vec::new());
    network.walk(&mut sums)?;
    let Sums(names, sums) = sums;
    if sums.is_empty() {
        return Ok(None);
    }
    // A number minus itself is zero, or NaN when it is not finite.
    let sums = to_host(Tensor::cat(sums, 0))?;
    Ok(names.into_iter().zip(sums).find(|(_, sum)| !sum.is_finite()).map(|(name, _)| name))
}

struct Sums(Vec<String>, Vec<Tensor<1>>);

impl Sums {
    fn add<const D: usize>(&mut self, name: &str, tensor: Tensor<D>) {
        self.0.push(name.to_owned());
        self.1.push((tensor.clone() - tensor).sum());
    }
}

impl Visitor for Sums {
    fn param<const D: usize>(&mut self, name: &str, param: &mut Param<Tensor<D>>) -> Result<()> {
        self.add(name, param.val().inner());
        Ok(())
    }

    fn state(&mut self, name: &str, state: &mut RunningState<Tensor<1>>) -> Result<()> {
        self.add(name, state.value_sync().inner());
        Ok(())
    }
}
