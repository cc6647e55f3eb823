//! Weights files on the disk: PyTorch `.pth` (legacy and zip) and safetensors, read without ever running code.
//!
//! [`read`] looks at a file's content, never at its name. What comes back is a [`StateDict`] with the names the file
//! uses. Opening a file allocates no more than a small multiple of what the file holds. Everything here needs only
//! `error`, `state_dict` and `atomic`, so that the fuzz targets build these very sources without the networks.

#[cfg(test)]
mod hostile_tests;
mod pickle;
mod pth;
mod pth_legacy;
mod pth_zip;
mod safetensors;
mod sniff;
mod strided;
#[cfg(test)]
mod tests;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod writer;

use crate::error::{Error, Result};
use crate::state_dict::StateDict;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

pub use self::safetensors::write_safetensors;

/// Largest weights file that is opened, in bytes.
pub const MAX_FILE_BYTES: u64 = 8 << 30;

/// Largest number of tensors in one file.
pub const MAX_TENSORS: usize = 100_000;

/// How a weights file is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Header of JSON, then the tensors.
    Safetensors,
    /// What `torch.save` writes since PyTorch 1.6 (reference.md A.2).
    TorchZip,
    /// What `torch.save` wrote before (reference.md A.1).
    TorchLegacy,
}

impl Format {
    /// The name people use for it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::TorchZip => "PyTorch zip",
            Self::TorchLegacy => "PyTorch legacy pickle",
        }
    }
}

/// A weights file as it was read.
#[derive(Debug, Clone)]
pub struct WeightsFile {
    /// Tensors under the file's own names; wrappers such as `state_dict` and a common `module.` are taken off.
    pub tensors: StateDict,
    /// String metadata of a safetensors file; of a `.pth` the numbers and strings beside the tensors.
    pub metadata: BTreeMap<String, String>,
    /// How it was stored.
    pub format: Format,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
}

/// What is wrong inside a file and what to do; [`Problem::at`] makes the sentence.
#[derive(Debug, PartialEq)]
struct Problem {
    what: String,
    remedy: String,
}

/// What helps against a file that was cut or damaged.
const AGAIN: &str = "download or copy it again";
/// What helps against a file that holds more than tensors.
const RESAVE: &str = "save just the tensors in Python with torch.save(model.state_dict(), ...), or as safetensors";
/// What helps against a file that is something else.
const CHOOSE: &str = "choose a .safetensors or PyTorch .pth file";

impl Problem {
    fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }

    /// The file is damaged.
    fn damaged(what: impl Into<String>) -> Self {
        Self::new(what, AGAIN)
    }

    fn at(self, path: &Path) -> Error {
        Error::file(path, self.what, self.remedy)
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::damaged("ends too early"),
            _ => Self::new(format!("cannot be read ({error})"), "check the disk and the path"),
        }
    }
}

/// Tensors and metadata, before the file's hash is added.
type Contents = (StateDict, BTreeMap<String, String>);

/// Reads a weights file, whatever its name ends with.
///
/// # Errors
/// [`Error::File`] with one sentence when it is missing, empty, cut short, too large, damaged, asks to run code, or is
/// something else (a web page, a Git LFS pointer, TorchScript, HDF5, ONNX, an image, …).
pub fn read(path: &Path) -> Result<WeightsFile> {
    // Asked before opening: opening a pipe would wait for a writer.
    let info = std::fs::metadata(path).map_err(|e| Error::reading(path, &e))?;
    if info.is_dir() {
        return Err(Problem::new("is a folder", CHOOSE).at(path));
    }
    if !info.is_file() {
        return Err(Problem::new("is not a regular file", CHOOSE).at(path));
    }
    let mut file = File::open(path).map_err(|e| Error::reading(path, &e))?;
    let length = info.len();
    if length > MAX_FILE_BYTES {
        let what = format!(
            "holds {:.1} GB, more than the {} GB a weights file may have",
            length as f64 / 1e9,
            MAX_FILE_BYTES >> 30
        );
        return Err(Problem::new(what, "save a smaller file, in half precision and without the optimiser").at(path));
    }
    let (format, (tensors, metadata)) = read_contents(&mut file, length).map_err(|problem| problem.at(path))?;
    let sha256 = hash(&mut file).map_err(|e| Error::reading(path, &e))?;
    Ok(WeightsFile { tensors, metadata, format, sha256 })
}

fn read_contents(file: &mut File, length: u64) -> Result<(Format, Contents), Problem> {
    let mut head = Vec::new();
    file.by_ref().take(sniff::HEAD as u64).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    let format = sniff::format(&head, length)?;
    let contents = match format {
        Format::Safetensors => safetensors::read(file, length)?,
        Format::TorchZip => pth_zip::read(file, length)?,
        Format::TorchLegacy => pth_legacy::read(file, length)?,
    };
    if contents.0.is_empty() {
        return Err(Problem::new("holds no tensor", CHOOSE));
    }
    Ok((format, contents))
}

/// SHA-256 of a whole file in lower-case hexadecimal, read in blocks.
///
/// # Errors
/// [`Error::File`] when it cannot be read.
pub fn sha256(path: &Path) -> Result<String> {
    File::open(path).and_then(|mut file| hash(&mut file)).map_err(|e| Error::reading(path, &e))
}

fn hash(file: &mut File) -> std::io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    let mut state = Sha256::new();
    let mut block = vec![0; 1 << 20];
    loop {
        match file.read(&mut block)? {
            0 => break,
            n => state.update(&block[..n]),
        }
    }
    Ok(state.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
