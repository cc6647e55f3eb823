//! What training is fed: pictures and depth, augmented, in batches of one size, decoded ahead of the trainer.
//!
//! ```text
//! Dataset ─▶ held_out: which frames train, which validate
//!    BatchPlan: (seed, epoch, number) ─▶ indices, network size        pure: a resumed run sees the same
//!        Loader (threads): decode or cache ─▶ make_sample ─▶ Batch    in the plan's order, ahead
//!            make_sample: Placement (crop, zoom, flip, rotation) ─▶ resample, target (once each) ─▶ colour
//! ```
//! Plain arrays; no tensor is made here.

pub mod augment;
mod cache;
mod colour;
mod crop;
pub mod held_out;
pub mod loader;
mod placement;
pub mod plan;
mod resample;
pub mod rng;
pub mod sample;
mod size_text;
pub mod sizes;
mod target;

pub use augment::{AugmentConfig, KittiGt, Place};
pub use crop::Crop;
pub use loader::{Batch, Loader, LoaderOptions, Replaced};
pub use plan::{BatchPlan, Planned};
pub use rng::Key;
pub use sample::{Sample, make_sample};
pub use sizes::{Extra, Growth, Others, SizePlan};
