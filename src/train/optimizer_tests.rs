//! The optimizer, clipping and averaging against PyTorch's numbers, on a network of two tensors and one statistic.

use super::*;
use crate::train::average::Average;
use crate::train::gradients::{Gradients, clip_factor, norm, squares};

/// `encoder.a` [4], `b` [2, 2] and a running statistic.
struct Tiny {
    a: Param<Tensor<1>>,
    b: Param<Tensor<2>>,
    state: RunningState<Tensor<1>>,
}

impl Tiny {
    fn new(device: &Device) -> Self {
        Self {
            a: Param::from_tensor(Tensor::from_floats([0.5, -1.0, 2.0, 0.001], device)),
            b: Param::from_tensor(Tensor::from_floats([[1.0, -0.25], [3.0, 0.0]], device)),
            state: RunningState::new(Tensor::from_floats([1.0], device)),
        }
    }

    fn values(&self) -> Vec<f32> {
        [to_host(self.a.val()).unwrap(), to_host(self.b.val()).unwrap()].concat()
    }
}

impl Network for Tiny {
    fn walk<V: Visitor>(&mut self, v: &mut V) -> Result<()> {
        v.param("encoder.a", &mut self.a)?;
        v.param("b", &mut self.b)?;
        v.state("norm.running_mean", &mut self.state)
    }
}

fn gradient(t: usize, k: usize, device: &Device) -> Tensor<1> {
    let value = |i: usize| ((0.7 * t as f64 + i as f64 + 10.0 * k as f64).sin() * (1.0 + 0.1 * i as f64)) as f32;
    Tensor::from_floats([value(0), value(1), value(2), value(3)], device)
}

fn section(kind: OptimizerKind) -> OptimizerSection {
    let (weight_decay, encoder_rate) = (0.1, 0.25);
    OptimizerSection { optimizer: kind, weight_decay, encoder_rate, clip: 1.0, ..OptimizerSection::default() }
}

/// Steps `from..to` of the ten; the rate falls and β₁ moves, the norm is clipped to 1.
fn steps(network: &mut Tiny, optimizer: &mut Optimizer, from: usize, to: usize) {
    let device = Device::flex();
    for t in from..to {
        let gradients: BTreeMap<String, Tensor<1>> =
            [("encoder.a", 0), ("b", 1)].map(|(name, k)| (name.to_owned(), gradient(t, k, &device))).into();
        let square = to_host(squares(&gradients).unwrap()).unwrap();
        let norm = norm(gradients.keys(), &square).unwrap();
        let (rate, beta1) = (1e-2 * (1.0 - 0.05 * t as f64), 0.95 - 0.01 * t as f64);
        optimizer.step(network, gradients, Step { rate, beta1, factor: clip_factor(norm, 1.0) }).unwrap();
    }
}

#[test]
fn ten_steps_are_pytorchs() {
    for (kind, expected) in [(OptimizerKind::Adam, ADAM), (OptimizerKind::AdamW, ADAM_W)] {
        for (device, fused) in
            [(Device::flex(), true), (Device::flex().autodiff(), true), (Device::flex().autodiff(), false)]
        {
            let mut network = Tiny::new(&device);
            let mut optimizer = Optimizer { fused, ..Optimizer::new(&section(kind)) };
            steps(&mut network, &mut optimizer, 0, 10);
            for (ours, theirs) in network.values().iter().zip(expected) {
                assert!((ours - theirs).abs() <= 2e-6 * theirs.abs().max(0.1), "{kind:?}: {ours} for {theirs}");
            }
            assert_eq!(network.a.val().device().is_autodiff(), device.is_autodiff());
            assert!(network.a.val().is_require_grad() || !device.is_autodiff());
        }
    }
}

#[test]
fn a_saved_optimizer_goes_on_bit_for_bit() {
    let device = Device::flex();
    let section = section(OptimizerKind::AdamW);
    let (mut whole, mut optimizer) = (Tiny::new(&device), Optimizer::new(&section));
    steps(&mut whole, &mut optimizer, 0, 10);
    let (mut parts, mut optimizer) = (Tiny::new(&device), Optimizer::new(&section));
    steps(&mut parts, &mut optimizer, 0, 4);
    let mut saved = StateDict::new();
    optimizer.save(&mut saved).unwrap();
    assert_eq!(saved.names().collect::<Vec<_>>(), ["m/b", "m/encoder.a", "v/b", "v/encoder.a"]);
    let mut again = Optimizer::load(&section, optimizer.steps(), &mut saved, &device).unwrap();
    steps(&mut parts, &mut again, 4, 10);
    assert_eq!(parts.values(), whole.values());
    let mut torn = StateDict::new();
    torn.insert("v/b", HostTensor::from_f32([1], &[1.0]));
    assert!(Optimizer::load(&section, 1, &mut torn, &device).is_err());
}

#[test]
fn gradients_are_gathered_averaged_and_looked_over() {
    let device = Device::flex().autodiff();
    let mut network = Tiny::new(&device);
    let mut gradients = Gradients::default();
    for factor in [1.0, 3.0] {
        let loss = (network.a.val() * factor).sum() + (network.b.val() * network.b.val()).sum();
        gradients.gather(&mut network, loss.backward()).unwrap();
    }
    let mean = gradients.take();
    assert_eq!(mean.keys().collect::<Vec<_>>(), ["b", "encoder.a"]);
    assert_eq!(to_host(mean["encoder.a"].clone()).unwrap(), [2.0; 4]);
    assert_eq!(to_host(mean["b"].clone()).unwrap(), [2.0, -0.5, 6.0, 0.0]);
    let square = to_host(squares(&mean).unwrap()).unwrap();
    assert!((norm(mean.keys(), &square).unwrap() - (16.0f64 + 40.25).sqrt()).abs() < 1e-6);
    assert_eq!(norm(mean.keys(), &[1.0, f32::NAN]), Err("encoder.a".to_owned()));
    assert_eq!((clip_factor(4.0, 0.0), clip_factor(0.5, 1.0)), (1.0, 1.0));
    assert!((clip_factor(4.0, 1.0) - 0.25).abs() < 1e-6);
}

#[test]
fn the_average_forgets_its_start_and_is_read_back() {
    let device = Device::flex();
    let mut network = Tiny::new(&device);
    let mut average = Average::new(0.5, &mut network).unwrap();
    network.a = Param::from_tensor(Tensor::from_floats([1.0, 1.0, 1.0, 1.0], &device));
    average.update(&mut network, 0).unwrap();
    // (1+0)/(10+0) of the old, the rest of the new.
    let of = |average: &Average| average.to_weights().unwrap().get("encoder.a").unwrap().to_f32();
    assert!((of(&average)[0] - (0.1 * 0.5 + 0.9)).abs() < 1e-6);
    let before = of(&average);
    network.state = RunningState::new(Tensor::from_floats([5.0], &device));
    let again = Average::from_weights(0.5, &average.to_weights().unwrap(), &device);
    assert_eq!(of(&again), before);
    average.update(&mut network, 1000).unwrap();
    let weights = average.to_weights().unwrap();
    assert_eq!(weights.get("norm.running_mean").unwrap().to_f32(), [3.0]);
    assert_eq!(weights.get("b").unwrap().shape, [2, 2]);
}

const ADAM: [f32; 8] =
    [0.48981425, -1.0043057, 1.9915528, 0.004420303, 1.0215205, -0.22814551, 2.9665117, -0.033441022];
const ADAM_W: [f32; 8] =
    [0.49270865, -1.0048311, 1.9930534, 0.00442123, 1.0242795, -0.22885789, 2.9754543, -0.03345793];
