//! How good a prediction is: metrics, protocols, tables, and the published numbers to hold them against.
//!
//! Layer 2: plain arrays in, plain numbers out; only [`network`] knows that a prediction comes from a network. No window.

pub mod accumulate;
pub mod badge;
pub mod bins;
pub mod distance;
pub mod earlier;
pub mod edges;
pub mod evaluation;
mod exact;
pub mod figures;
pub mod job;
pub mod journal;
mod lanes;
pub mod messages;
pub mod metrics;
pub mod network;
pub mod overhead;
pub mod protocol;
pub mod published;
pub mod report;
pub mod rows;
pub mod scores;
pub mod sizes;
pub mod sums;
mod times;
pub mod training;
pub mod worker;
