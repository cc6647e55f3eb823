//! The GPU path against the CPU, on a small network and input: a software driver is enough to prove it.

use super::common::difference;
use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor};
use msfnet_studio::device::{self, DeviceChoice, DeviceKind, to_host};
use msfnet_studio::net::block::{Activation, ConvBlock, ConvSpec, Padding};
use msfnet_studio::net::config::GateKind;
use msfnet_studio::net::gate::SpatialGate;
use msfnet_studio::net::ops;
use msfnet_studio::net::visit::{Network, Visitor};

/// Every operator of MSFNet once, at a size that a software driver finishes: strided SAME and depthwise convolution,
/// gate, shuffle, pooling, resize, concatenation.
#[derive(Module, Debug)]
struct Small {
    stem: ConvBlock,
    depthwise: ConvBlock,
    gate: SpatialGate,
    up: ConvBlock,
    out: ConvBlock,
}

impl Small {
    fn new(device: &Device) -> Self {
        let relu6 = |spec: ConvSpec| spec.activation(Activation::Relu6);
        Self {
            stem: relu6(ConvSpec::new(3, 8, 3).stride(2).padding(Padding::TfSame).norm(1e-3, 0.01)).init(device),
            depthwise: relu6(ConvSpec::new(8, 8, 5).stride(2).groups(8).padding(Padding::TfSame)).init(device),
            gate: SpatialGate::new(GateKind::Eda, device),
            up: ConvSpec::new(8, 16, 3).activation(Activation::LeakyRelu).init(device),
            out: ConvSpec::new(12, 1, 3).init(device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let stem = self.stem.forward(x);
        let [_, _, h, w] = stem.dims();
        let deep = self.gate.forward(self.depthwise.forward(stem.clone()), &mut ());
        let up = ops::adaptive_average(ops::pixel_shuffle(self.up.forward(deep), 2), [h, w]);
        let y = self.out.forward(Tensor::cat(vec![up, stem], 1));
        ops::resize(y, [2 * h, 2 * w], true)
    }
}

impl Network for Small {
    fn walk<V: Visitor>(&mut self, v: &mut V) -> msfnet_studio::error::Result<()> {
        self.stem.walk(v, "stem", "stem_bn")?;
        self.depthwise.walk(v, "depthwise", "")?;
        self.gate.walk(v, "gate.")?;
        self.up.walk(v, "up", "")?;
        self.out.walk(v, "out", "")
    }
}

#[test]
fn gpu_and_cpu_agree_on_a_small_network() {
    let gpu = device::list().into_iter().find(|d| d.kind != DeviceKind::Cpu);
    let Some(gpu) = gpu else {
        // script/bootstrap installs a software driver: a machine set up by it never comes here.
        println!("left out: this machine has no GPU and no software GPU driver");
        return;
    };
    println!("on {}", gpu.label());
    let cpu = Device::flex();
    cpu.seed(7);
    let mut ours = Small::new(&cpu);
    ours.xavier(&cpu).unwrap();
    let mut weights = ours.to_weights().unwrap();
    let x = Tensor::<4>::random([1, 3, 32, 48], Distribution::Uniform(0.0, 1.0), &cpu);
    let expected = to_host(ours.forward(x.clone())).unwrap();
    assert!(expected.iter().any(|v| v.abs() > 1e-3), "the network says something");

    let (device, _) = device::open(DeviceChoice::Index(gpu.index)).unwrap();
    let mut theirs = Small::new(&device);
    theirs.load_weights(&mut weights).unwrap();
    let x = Tensor::from_data(x.into_data(), &device);
    let worst = difference(&to_host(theirs.forward(x)).unwrap(), &expected);
    println!("largest difference {worst:.2e} of the largest value");
    assert!(worst < 1e-3, "{worst}");
}
