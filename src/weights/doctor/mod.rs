//! The weights doctor: what a file is, what it fits, what is missing, and what to do about it.

pub mod check;
pub mod convert;
#[cfg(test)]
mod convert_tests;
mod inspect;
pub mod report;
#[cfg(test)]
mod tests;

pub use check::check;
pub use convert::{ConvertOptions, Converted, convert};
pub use inspect::{examine, inspect};
pub use report::{Check, Fit, KeyFault, KeyRow, Report, TensorInfo, Verdict};

use crate::net::config::NetworkConfig;

/// What the names of a network's encoder begin with: `E.` at Hu et al., `encoder.` at all others.
pub fn start_prefix(network: &NetworkConfig) -> &'static str {
    match network {
        NetworkConfig::Hu { .. } => "E.",
        NetworkConfig::Msfnet(_) | NetworkConfig::Monodepth2 { .. } => "encoder.",
    }
}
