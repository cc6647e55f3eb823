//! What the tests share.

use burn::tensor::{Device, Tensor, TensorData};
use msfnet_studio::data::samples;
use msfnet_studio::infer::model::{Model, ModelRequest};
use msfnet_studio::state_dict::StateDict;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub const EDA: &str = "msfnet-lite0-nyu-eda";
pub const CBAM: &str = "msfnet-lite0-nyu-cbam";

pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of real data beside a developer's checkout, if there is one; says so when there is not.
pub fn shared(what: &str) -> Option<PathBuf> {
    let path = repository().join("../shared");
    if path.is_dir() {
        return Some(path);
    }
    println!("left out, ../shared is not here: {what}");
    None
}

/// The bundled sample's picture, where the program itself finds it.
pub fn motorcycle() -> PathBuf {
    samples::all().into_iter().find(|s| s.name == "Motorcycle").expect("the sample ships").image
}

pub fn model(name: &str, device: &Device) -> Model {
    Model::load(&ModelRequest::named(name), device).unwrap()
}

pub fn fixture(name: &str) -> StateDict {
    msfnet_studio::weights::read(&repository().join("tests/data").join(name)).unwrap().tensors
}

/// REL and δ1 of the bundled sample at 320×224 as PyTorch has them for a shipped network: `eda` or `cbam`.
pub fn pytorch_error(network: &str) -> [f64; 2] {
    let file = format!("tests/data/parity_msfnet_lite0_nyu_{network}.safetensors");
    let metadata = msfnet_studio::weights::read(&repository().join(file)).unwrap().metadata;
    ["rel", "d1"].map(|key| metadata[key].parse().unwrap())
}

pub fn tensor(dict: &StateDict, name: &str, device: &Device) -> Tensor<4> {
    let host = dict.get(name).unwrap_or_else(|| panic!("{name} is in the fixture"));
    let shape: [usize; 4] = host.shape.clone().try_into().unwrap();
    Tensor::from_data(TensorData::new(host.to_f32(), shape), device)
}

/// Largest difference as a share of the expected tensor's largest magnitude.
pub fn difference(ours: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(ours.len(), expected.len());
    let top = expected.iter().fold(0f32, |m, v| m.max(v.abs()));
    ours.iter().zip(expected).fold(0f32, |m, (a, b)| m.max((a - b).abs())) / top
}

/// Runs the program from a foreign working directory.
pub fn program(args: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_msfnet-studio"));
    // Without it a graphics driver's own library may print a line of its own on a machine with no session.
    command.env("XDG_RUNTIME_DIR", folder);
    command.args(args).current_dir(folder).output().unwrap()
}
