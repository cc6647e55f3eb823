//! The inference worker (layer 2): frames in, newest wins, predictions out; the same code for window and command line.

mod bare;
pub mod bench;
pub mod engine;
pub mod export;
mod export_metrics;
pub mod focal;
pub mod measure;
pub mod messages;
pub mod model;
pub mod predict;
pub mod prediction;
pub mod request;
pub mod scale;
pub mod size;
pub mod start;
