//! MSFNet Studio: monocular depth that can be watched, inspected, measured and trained.
//!
//! The map of the crate, from the ground up; a file imports its own layer or a lower one (tested by `tests/layers.rs`):
//!
//! * 0 [`error`], [`depth`], [`frame`], [`latest`], [`outbox`], [`guard`], [`atomic`], [`state_dict`], [`geometry`], [`device`]
//! * 1 [`net`] (burn modules), [`loss`], [`data`] (pictures, ground truth, samples, synthetic scenes)
//! * 2 [`infer`] (the inference worker), [`eval`] (metrics, published tables), [`capture`] (files, cameras),
//!   [`figure`] (CPU drawing), [`weights`] (`.pth`, safetensors), [`train`] (the trainer)
//! * 3 [`render`] (GPU drawing of maps) · 4 [`ui`] (the window) · 5 [`cli`] (the command line)

pub mod atomic;
pub mod depth;
pub mod device;
pub mod error;
pub mod frame;
pub mod geometry;
pub mod guard;
pub mod latest;
pub mod outbox;
pub mod state_dict;

pub mod data;
pub mod loss;
pub mod net;

pub mod capture;
pub mod eval;
pub mod figure;
pub mod infer;
pub mod train;
pub mod weights;

pub mod cli;
pub mod render;
pub mod ui;
