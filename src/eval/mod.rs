//! How good a prediction is: metrics, error by distance, and the published numbers to hold it against.
//!
//! Layer 2: plain arrays in, plain numbers out; no network, no window.

pub mod bins;
pub mod metrics;
pub mod published;
