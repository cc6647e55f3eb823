//! Weights files on the disk: PyTorch `.pth` (legacy and zip) and safetensors, read without ever running code.
//!
//! [`read`] looks at a file's content, never at its name. What comes back is a [`StateDict`] with the names the file
//! uses. Opening a file allocates no more than a small multiple of what the file holds. Everything here needs only
//! `error`, `state_dict` and `atomic`, so that the fuzz targets build these very sources without the networks.

#[cfg(test)]
mod bounds_tests;
#[cfg(test)]
mod checks;
#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod made;
mod notes;
mod pickle;
mod pth;
mod pth_legacy;
mod pth_zip;
mod safetensors;
mod sniff;
mod strided;
#[cfg(test)]
mod tests;
mod unwrap;
#[cfg(test)]
mod unwrap_tests;
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
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ScopedJoinHandle;

pub use self::safetensors::{safetensors_bytes, safetensors_to, write_safetensors};

/// Largest weights file that is opened, in bytes.
pub const MAX_FILE_BYTES: u64 = 8 << 30;

/// Largest number of tensors in one file.
pub const MAX_TENSORS: usize = 100_000;

/// Longest name of a tensor in a `.pth`, in bytes.
const MAX_NAME_BYTES: usize = 1024;

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
    /// What was taken off or left out on the way to the tensors, one sentence each; empty when there was nothing.
    pub notes: Vec<String>,
}

/// What stands in a weights file; a [`WeightsFile`] before the file's hash is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    /// As [`WeightsFile::tensors`].
    pub tensors: StateDict,
    /// As [`WeightsFile::metadata`].
    pub metadata: BTreeMap<String, String>,
    /// How it was stored.
    pub format: Format,
    /// As [`WeightsFile::notes`].
    pub notes: Vec<String>,
}

/// What weights are read from.
trait Source: Read + Seek {}

impl<R: Read + Seek> Source for R {}

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
    let (contents, sha256) = read_and_hash(&mut file, length, path);
    let Contents { tensors, metadata, format, notes } = contents.map_err(|problem| problem.at(path))?;
    let sha256 = sha256.map_err(|e| Error::reading(path, &e))?;
    Ok(WeightsFile { tensors, metadata, format, sha256, notes })
}

/// Reads weights from anything of `length` bytes; `name` is what errors call it.
///
/// # Errors
/// As [`read`].
pub fn read_from(mut source: impl Read + Seek, length: u64, name: &Path) -> Result<Contents> {
    contents(&mut source, length).map_err(|problem| problem.at(name))
}

/// Reads weights from bytes in memory; `name` is what errors call them.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(bytes: &[u8], name: &Path) -> Result<Contents> {
    read_from(std::io::Cursor::new(bytes), bytes.len() as u64, name)
}

fn contents(file: &mut dyn Source, length: u64) -> Result<Contents, Problem> {
    let mut head = Vec::new();
    (&mut *file).take(sniff::HEAD as u64).read_to_end(&mut head)?;
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(sniff::TAIL as u64)))?;
    (&mut *file).take(sniff::TAIL as u64).read_to_end(&mut tail)?;
    file.seek(SeekFrom::Start(0))?;
    let contents = match sniff::format(&head, &tail, length)? {
        Format::Safetensors => safetensors::read(file, length)?,
        Format::TorchZip => pth_zip::read(file, length)?,
        Format::TorchLegacy => pth_legacy::read(file, length)?,
    };
    if contents.tensors.is_empty() {
        return Err(Problem::new("holds no tensor", CHOOSE));
    }
    Ok(contents)
}

/// From this size on the hash is taken beside the reading, in bytes.
const BESIDE: u64 = 4 << 20;

/// Reads and hashes a file at the same time: tensors are not read in the file's order, so one pass cannot do both, but
/// the second finds the file's pages in memory. 540 MB take 0.3 s of SHA-256 with the processor's own instructions.
fn read_and_hash(file: &mut File, length: u64, path: &Path) -> (Result<Contents, Problem>, std::io::Result<String>) {
    let stop = AtomicBool::new(false);
    let hash = || File::open(path).and_then(|mut file| hash(&mut file, &stop));
    if length < BESIDE {
        let contents = contents(file, length);
        stop.store(contents.is_err(), Ordering::Relaxed);
        return (contents, hash());
    }
    std::thread::scope(|scope| {
        let beside = std::thread::Builder::new().name("weights-hash".to_owned()).spawn_scoped(scope, hash);
        let contents = contents(file, length);
        stop.store(contents.is_err(), Ordering::Relaxed);
        let sha256 = match beside.map(ScopedJoinHandle::join) {
            Ok(Ok(sha256)) => sha256,
            // No thread to be had, or it died: the hash is taken here.
            _ => hash(),
        };
        (contents, sha256)
    })
}

/// SHA-256 of a whole file in lower-case hexadecimal, read in blocks.
///
/// # Errors
/// [`Error::File`] when it cannot be read.
pub fn sha256(path: &Path) -> Result<String> {
    let never = AtomicBool::new(false);
    File::open(path).and_then(|mut file| hash(&mut file, &never)).map_err(|e| Error::reading(path, &e))
}

/// Ends early, with a hash of no use, once `stop` is set.
fn hash(file: &mut File, stop: &AtomicBool) -> std::io::Result<String> {
    let mut state = Sha256::new();
    let mut block = vec![0; 1 << 20];
    while !stop.load(Ordering::Relaxed) {
        match file.read(&mut block)? {
            0 => break,
            n => state.update(&block[..n]),
        }
    }
    Ok(state.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
