//! [`Tap`]: sees named intermediates of `forward`, and costs nothing when it is `()`.

use burn::tensor::Tensor;

/// Receives the intermediates of a `forward` in the order in which they are computed.
pub trait Tap {
    /// Whether anyone looks; `forward` may skip work that only a tap would see.
    const ACTIVE: bool = true;

    /// One intermediate, N×C×H×W.
    fn see(&mut self, name: &'static str, tensor: &Tensor<4>);
}

impl Tap for () {
    const ACTIVE: bool = false;

    #[inline(always)]
    fn see(&mut self, _name: &'static str, _tensor: &Tensor<4>) {}
}

/// Keeps every intermediate (cheap: tensors are reference counted).
#[derive(Default)]
pub struct Recorder {
    /// Names and tensors in the order of `forward`.
    pub seen: Vec<(&'static str, Tensor<4>)>,
}

impl Recorder {
    /// The first intermediate of that name.
    pub fn get(&self, name: &str) -> Option<&Tensor<4>> {
        self.seen.iter().find(|(n, _)| *n == name).map(|(_, t)| t)
    }
}

impl Tap for Recorder {
    fn see(&mut self, name: &'static str, tensor: &Tensor<4>) {
        self.seen.push((name, tensor.clone()));
    }
}

/// Keeps one intermediate by name: what the inference worker needs of the gate.
pub struct Pick {
    name: &'static str,
    /// The intermediate, once `forward` came by.
    pub found: Option<Tensor<4>>,
}

impl Pick {
    /// Looks for `name`.
    pub fn new(name: &'static str) -> Self {
        Self { name, found: None }
    }
}

impl Tap for Pick {
    fn see(&mut self, name: &'static str, tensor: &Tensor<4>) {
        if name == self.name {
            self.found = Some(tensor.clone());
        }
    }
}
