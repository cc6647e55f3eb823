//! The weights doctor: what a file is, what it fits, what is missing, and what to do about it.

pub mod report;

pub use report::{Check, Fit, KeyFault, KeyRow, Report, TensorInfo, Verdict};
