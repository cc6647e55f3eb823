//! Sources of frames: picture files and cameras.
//!
//! Each source is one named worker thread behind a handle (invariant 3). The handle never blocks its caller:
//! commands go in, events come out of a bounded queue, and a camera's newest frame lies in a
//! [`Latest`](crate::latest::Latest) slot. Dropping the handle stops the worker and joins it.
//!
//! * [`files`]: pictures, folders and samples with their ground truth. `listing` finds them, `cache` keeps the
//!   decoded ones within a bound, `file_worker` is the thread.
//! * [`dataset`]: frames of a data set by number. `dataset_desk` holds the newest orders, `dataset_worker` is the thread.
//! * [`camera`]: webcams. `camera_state` decides (no threads, no clock of its own), `camera_worker` acts,
//!   `camera_reader` waits for the driver, `camera_backend` talks to it, `pixels` turns its bytes into RGB.

mod cache;
pub mod camera;
pub mod camera_backend;
mod camera_nodes;
mod camera_reader;
pub mod camera_state;
mod camera_worker;
pub mod dataset;
mod dataset_desk;
mod dataset_worker;
mod file_item;
mod file_worker;
pub mod files;
pub mod listing;
pub mod pixels;

#[cfg(test)]
mod camera_state_tests;
#[cfg(test)]
mod camera_tests;
#[cfg(test)]
mod dataset_tests;
#[cfg(test)]
mod files_tests;
