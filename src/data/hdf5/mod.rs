//! HDF5 as MATLAB 7.3 and h5py write it, read part by part: enough to take single frames out of a large file.
//!
//! What is read: superblocks 0 to 3 behind a user block, object headers 1 and 2, groups with a symbol table or compact
//! links, data sets stored compact, contiguous or in chunks found by a version 1 B-tree, deflate and shuffle, numbers
//! and object references. What newer writers can do beyond that is refused with a sentence. Every offset and size is
//! checked against the file before anything is allocated, trees are walked downwards only and within a budget. Needs
//! `error` only, so that the fuzz target builds these very sources.

mod btree;
#[cfg(test)]
pub(crate) mod checks;
mod cursor;
mod dataset;
mod filter;
mod group;
mod message;
mod object;
mod superblock;
#[cfg(test)]
mod tests;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod writer;

use crate::error::{Error, Result};
use cursor::Cursor;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

pub use dataset::{Dataset, Element};

/// Largest block of the file's own tables that is read at once, in bytes.
const MAX_TABLE: u64 = 16 << 20;
/// An address that leads nowhere.
const UNDEFINED: u64 = u64::MAX;

/// What is wrong inside a file and what to do; [`Fault::at`] makes the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    what: String,
    remedy: &'static str,
}

/// What helps against a file that was cut or damaged.
const AGAIN: &str = "download or copy it again";
/// What helps against a file in a dialect that is not read here.
const RESAVE: &str = "save it again with MATLAB's -v7.3 or with h5py's libver='earliest'";

impl Fault {
    /// Something that only damage explains.
    fn broken(what: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: AGAIN }
    }

    /// Something that newer or other writers do.
    fn unknown(what: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: RESAVE }
    }

    fn at(self, path: &Path) -> Error {
        Error::file(path, self.what, self.remedy)
    }
}

/// What a file is read from.
trait Source: Read + Seek + Send {}

impl<T: Read + Seek + Send> Source for T {}

/// An open file. Data sets are found by name; several threads may read at once.
pub struct File {
    path: PathBuf,
    source: Mutex<Box<dyn Source>>,
    length: u64,
    /// Where addresses count from: behind the user block.
    base: u64,
    /// Bytes of an address.
    offset_size: usize,
    /// Bytes of a length.
    length_size: usize,
    /// Address of the root group's object header.
    root: u64,
}

impl File {
    /// Opens a file and reads its first table.
    ///
    /// # Errors
    /// One sentence when the file is missing, no HDF5, or shorter than it says.
    pub fn open(path: &Path) -> Result<Self> {
        let metadata = std::fs::metadata(path).map_err(|e| Error::reading(path, &e))?;
        if !metadata.is_file() {
            return Err(Error::file(path, "is no regular file", "give the path of a .mat file"));
        }
        let file = std::fs::File::open(path).map_err(|e| Error::reading(path, &e))?;
        Self::from_source(Box::new(file), metadata.len(), path)
    }

    /// A file that is in memory; `path` is for messages.
    ///
    /// # Errors
    /// As [`File::open`], for what concerns the content.
    pub fn from_bytes(bytes: Vec<u8>, path: &Path) -> Result<Self> {
        let length = bytes.len() as u64;
        Self::from_source(Box::new(std::io::Cursor::new(bytes)), length, path)
    }

    fn from_source(source: Box<dyn Source>, length: u64, path: &Path) -> Result<Self> {
        let mut file = Self {
            path: path.to_owned(),
            source: Mutex::new(source),
            length,
            base: 0,
            offset_size: 8,
            length_size: 8,
            root: UNDEFINED,
        };
        superblock::read(&mut file).map_err(|fault| fault.at(path))?;
        Ok(file)
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A data set of the root group; `Ok(None)` when there is no such name.
    ///
    /// # Errors
    /// One sentence when the tables on the way are damaged or of a kind that is not read here, or the name is a group.
    pub fn dataset(&self, name: &str) -> Result<Option<Dataset>> {
        let found = group::find(self, self.root, name).and_then(|address| match address {
            Some(address) => Dataset::open(self, address, name).map(Some),
            None => Ok(None),
        });
        found.map_err(|fault| fault.at(&self.path))
    }

    /// The text that an object reference leads to: MATLAB's `char` array of UTF-16 units, of at most `longest` units.
    ///
    /// # Errors
    /// One sentence when the reference leads to anything else.
    pub fn text(&self, reference: u64, longest: usize) -> Result<String> {
        dataset::text(self, reference, longest).map_err(|fault| fault.at(&self.path))
    }

    /// `length` bytes of a table at an address.
    fn table(&self, address: u64, length: u64, what: &str) -> std::result::Result<Vec<u8>, Fault> {
        if length > MAX_TABLE {
            return Err(Fault::broken(format!("declares {what} of {length} bytes")));
        }
        self.bytes(address, length, what)
    }

    /// `length` bytes at an address; nothing is allocated for bytes that are not there.
    fn bytes(&self, address: u64, length: u64, what: &str) -> std::result::Result<Vec<u8>, Fault> {
        let outside = || Fault::broken(format!("is cut short or damaged: {what} lies outside the file"));
        if address == UNDEFINED {
            return Err(Fault::broken(format!("has no {what}")));
        }
        let start = self.base.checked_add(address).ok_or_else(outside)?;
        let end = start.checked_add(length).ok_or_else(outside)?;
        if end > self.length {
            return Err(outside());
        }
        let size = usize::try_from(length).map_err(|_| outside())?;
        let mut bytes = vec![0; size];
        let unreadable = |e: std::io::Error| Fault::broken(format!("cannot be read ({e})"));
        // A reader that panicked left the source as usable as before: every read seeks first.
        let mut source = self.source.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        source.seek(SeekFrom::Start(start)).map_err(unreadable)?;
        source.read_exact(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }

    /// A cursor over a table that was read, with the file's widths of addresses and lengths.
    fn cursor<'a>(&self, bytes: &'a [u8], what: &'static str) -> Cursor<'a> {
        Cursor::new(bytes, what, self.offset_size, self.length_size)
    }
}
