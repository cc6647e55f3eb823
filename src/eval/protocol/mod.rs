//! The protocols of reference.md 8.2: what a network is shown, which pixels count, how the two maps are brought together
//! and averaged. Data and pure functions; no network, no file.
//!
//! [`Rules`] says what a protocol is, [`Settings`] what a person changed about it, [`Settings::prepare`] what the network
//! sees and [`Settings::score`] what its answer is worth.

pub mod crop;
pub mod fit;
pub mod input;
pub mod measure;
pub mod mirror;
pub mod rules;
pub mod scaling;
pub mod score;
pub mod settings;

pub use crop::{Crop, Region};
pub use measure::MeasureSettings;
pub use rules::{Protocol, Rules};
pub use scaling::Scaling;
pub use score::Scored;
pub use settings::{Overrides, Settings};

#[cfg(test)]
mod protocol_tests;
