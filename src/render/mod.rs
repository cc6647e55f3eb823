//! Layer 3: drawing on the GPU. Colour maps, error maps and overlays as one WGSL program; knows no tensor operation.
//!
//! A worker ([`Uploader`]) turns a prediction into textures ([`Plane`], [`Picture`]) and numbers for the panels
//! ([`Analysis`]); the UI thread only places a [`MapPainter`] where a picture belongs.

pub mod analysis;
mod gpu;
mod lut;
mod painter;
mod picture;
mod plane;
mod setup;
mod uploader;

#[cfg(test)]
mod tests;

pub use analysis::Analysis;
pub use gpu::Gpu;
pub use painter::{Look, MapMode, MapPainter, Place};
pub use picture::Picture;
pub use plane::Plane;
pub use setup::window_setup;
pub use uploader::{FrameViews, UploadJob, Uploader};
