//! Weights: files as they are read and written, the names of their tensors, what network they are, which ones ship.
//!
//! [`read`] looks at a file's content, never at its name. What comes back is a [`StateDict`] with the names the file
//! uses; [`keys::canonical`] gives it the names of reference.md 4.5 and [`metadata::model_config`] says what network
//! it is.
//!
//! [`StateDict`]: crate::state_dict::StateDict

pub mod catalog;
pub mod convert;
pub mod file;
pub mod keys;
pub mod metadata;
#[cfg(test)]
mod shipped_tests;

pub use self::file::{
    Contents, Format, MAX_FILE_BYTES, MAX_TENSORS, WeightsFile, read, read_bytes, read_from, safetensors_bytes, sha256,
    write_safetensors,
};
