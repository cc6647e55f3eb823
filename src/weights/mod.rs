//! Weights: files as they are read and written, the names of their tensors, what network they are, which ones ship.
//!
//! [`read`] looks at a file's content, never at its name. [`open`] gives its tensors the names of reference.md and says
//! what they are; [`metadata::model_config`] says how to run them; [`doctor`] says what is wrong with them.

pub mod arch;
pub mod catalog;
pub mod convert;
pub mod doctor;
pub mod file;
pub mod identity;
pub mod keys;
pub mod metadata;
mod open;
#[cfg(test)]
mod shipped_tests;

pub use self::file::{
    Contents, Format, MAX_FILE_BYTES, MAX_TENSORS, WeightsFile, read, read_bytes, read_from, safetensors_bytes,
    safetensors_to, sha256, write_safetensors,
};
pub use self::identity::Identity;
pub use self::open::{Opened, is_monodepth2, is_part, open};
