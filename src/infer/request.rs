//! [`ModelRequest`]: which model somebody wants, with what the weights cannot say themselves.

use crate::depth::DepthUnit;
use crate::net::config::GateKind;

/// A request for a model: its file or known name, and answers to what a bare state dict cannot say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelRequest {
    /// A file, or a name of the catalog.
    pub path_or_name: String,
    /// Which gate the weights have.
    pub gate: Option<GateKind>,
    /// What their output means.
    pub unit: Option<DepthUnit>,
    /// Width and height they were trained at.
    pub train_size: Option<[usize; 2]>,
    /// Whether part of a network will do, such as an encoder: what is missing is then random.
    pub start: bool,
    /// What was looked at before: other weights under the same path are refused.
    pub sha256: Option<String>,
}

impl ModelRequest {
    /// A request without answers.
    pub fn named(path_or_name: impl Into<String>) -> Self {
        Self { path_or_name: path_or_name.into(), ..Self::default() }
    }
}
