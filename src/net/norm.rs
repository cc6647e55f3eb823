//! Batch and instance normalisation with PyTorch's exact semantics (reference.md 2.2).

use super::kernel::{self, Act};
use super::visit::Visitor;
use super::{ops, recorded};
use crate::error::Result;
use burn::module::{Module, Param, RunningState};
use burn::tensor::activation::leaky_relu;
use burn::tensor::module::{batch_norm, batch_norm_train};
use burn::tensor::{Device, Tensor, TensorData};

/// Batch normalisation over N, H, W: batch statistics on an autodiff device, running ones elsewhere.
///
/// Unlike burn's own, the running variance is updated with the *unbiased* batch variance, as PyTorch does.
#[derive(Module, Debug)]
pub struct BatchNorm {
    /// γ, `[channels]`.
    pub gamma: Param<Tensor<1>>,
    /// β, `[channels]`.
    pub beta: Param<Tensor<1>>,
    /// Running mean, `[channels]`.
    pub running_mean: RunningState<Tensor<1>>,
    /// Running variance, `[channels]`.
    pub running_var: RunningState<Tensor<1>>,
    momentum: f64,
    epsilon: f64,
    frozen: bool,
}

impl BatchNorm {
    /// γ = 1, β = 0, mean 0, variance 1.
    pub fn new(channels: usize, epsilon: f64, momentum: f64, device: &Device) -> Self {
        Self {
            gamma: Param::from_tensor(Tensor::ones([channels], device)),
            beta: Param::from_tensor(Tensor::zeros([channels], device)),
            running_mean: RunningState::new(Tensor::zeros([channels], &device.clone().inner())),
            running_var: RunningState::new(Tensor::ones([channels], &device.clone().inner())),
            momentum,
            epsilon,
            frozen: false,
        }
    }

    /// Whether to normalise by the running statistics, which then stay, on an autodiff device too; γ and β can be
    /// trained all the same.
    pub fn set_frozen(&mut self, frozen: bool) {
        self.frozen = frozen;
    }

    /// Normalises N×C×H×W per channel.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let device = x.device();
        if !device.is_autodiff() || self.frozen {
            let mean = self.running_mean.value_sync().to_device(&device);
            let var = self.running_var.value_sync().to_device(&device);
            return batch_norm(x, self.gamma.val(), self.beta.val(), mean, var, self.epsilon);
        }
        let [n, _, h, w] = x.dims();
        let count = (n * h * w) as f64;
        let batch = batch_norm_train(x, self.gamma.val(), self.beta.val(), self.epsilon);
        self.update(batch.mean.detach(), batch.variance.detach(), count);
        batch.output
    }

    /// Takes a batch's mean and biased variance over `count` values a channel into the running statistics.
    pub(super) fn note(&self, mean: Vec<f32>, variance: Vec<f32>, count: usize) {
        let device = self.gamma.val().device();
        let tensor = |values: Vec<f32>| Tensor::from_data(TensorData::new(values.clone(), [values.len()]), &device);
        self.update(tensor(mean), tensor(variance), count as f64);
    }

    fn update(&self, mean: Tensor<1>, variance: Tensor<1>, count: f64) {
        let device = mean.device();
        let unbiased = variance * (count / (count - 1.0).max(1.0));
        let keep = 1.0 - self.momentum;
        let old_mean = self.running_mean.value_sync().to_device(&device);
        let old_var = self.running_var.value_sync().to_device(&device);
        self.running_mean.update((old_mean * keep + mean * self.momentum).detach());
        self.running_var.update((old_var * keep + unbiased * self.momentum).detach());
    }

    /// Whether it normalises by its running statistics while gradients are recorded too.
    pub(super) fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// ε under the root.
    pub(super) fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// Per-channel factor and offset of the inference form: y = scale·x + shift.
    pub(super) fn affine(&self) -> (Tensor<1>, Tensor<1>) {
        let device = self.gamma.val().device();
        let mean = self.running_mean.value_sync().to_device(&device);
        let var = self.running_var.value_sync().to_device(&device);
        let scale = self.gamma.val() / (var + self.epsilon).sqrt();
        let shift = self.beta.val() - mean * scale.clone();
        (scale, shift)
    }

    /// Walks over `key.weight`, `key.bias`, `key.running_mean`, `key.running_var`.
    pub(super) fn walk<V: Visitor>(&mut self, v: &mut V, key: &str) -> Result<()> {
        v.norm(key, self)?;
        v.param(&format!("{key}.weight"), &mut self.gamma)?;
        v.param(&format!("{key}.bias"), &mut self.beta)?;
        v.state(&format!("{key}.running_mean"), &mut self.running_mean)?;
        v.state(&format!("{key}.running_var"), &mut self.running_var)
    }
}

/// Instance normalisation: each sample and channel over its own H and W, biased variance.
#[derive(Module, Debug)]
pub struct InstanceNorm {
    gamma: Param<Tensor<1>>,
    beta: Param<Tensor<1>>,
    epsilon: f64,
}

impl InstanceNorm {
    /// γ = 1, β = 0.
    pub fn new(channels: usize, epsilon: f64, device: &Device) -> Self {
        Self {
            gamma: Param::from_tensor(Tensor::ones([channels], device)),
            beta: Param::from_tensor(Tensor::zeros([channels], device)),
            epsilon,
        }
    }

    /// Normalises N×C×H×W per sample and channel; behind it max(y, 0.2·y).
    pub fn forward_leaky(&self, x: Tensor<4>) -> Tensor<4> {
        if recorded::takes(&x.device()) {
            let (gamma, beta) = (self.gamma.val(), self.beta.val());
            return recorded::instance_norm(x, gamma, beta, self.epsilon, Act::LeakyRelu);
        }
        if ops::on_cpu(&x.device()) {
            let of_planes = |param: &Param<Tensor<1>>| param.val().into_data().iter::<f32>().collect::<Vec<_>>();
            let [gamma, beta] = [&self.gamma, &self.beta].map(of_planes);
            let [n, c, h, w] = x.dims();
            return ops::with_values(x, |values| {
                // As a batch norm of one image that has the planes of all.
                let statistics = kernel::statistics(values, n * c, h * w, self.epsilon);
                let (gamma, beta) = (gamma.repeat(n), beta.repeat(n));
                (kernel::normalise(values, h * w, &statistics, &gamma, &beta, Act::LeakyRelu), [n, c, h, w])
            });
        }
        leaky_relu(self.forward(x), 0.2)
    }

    /// Normalises N×C×H×W per sample and channel.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [n, c, h, w] = x.dims();
        let flat = x.reshape([n, c, h * w]);
        let centred = flat.clone() - flat.mean_dim(2);
        let variance = (centred.clone() * centred.clone()).mean_dim(2);
        let normal = centred / (variance + self.epsilon).sqrt();
        let y = normal * self.gamma.val().reshape([1, c, 1]) + self.beta.val().reshape([1, c, 1]);
        y.reshape([n, c, h, w])
    }

    /// Walks over `key.weight`, `key.bias`.
    pub(super) fn walk<V: Visitor>(&mut self, v: &mut V, key: &str) -> Result<()> {
        v.param(&format!("{key}.weight"), &mut self.gamma)?;
        v.param(&format!("{key}.bias"), &mut self.beta)
    }
}
