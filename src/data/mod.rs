//! What comes from files: pictures, ground truth, samples, and scenes made here. Knows no network (layer 1).

pub mod assets;
pub mod dataset;
pub mod hdf5;
pub mod image;
pub mod natural;
pub mod npy;
pub mod pfm;
pub mod resize;
pub mod samples;
pub mod synthetic;
pub mod training;
pub mod truth;
