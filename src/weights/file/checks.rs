//! What holds for any bytes that are read as weights; the fuzz target and the tests of its corpus call it.

use super::{Contents, made, read_bytes, read_from, safetensors_bytes};
use crate::error::Result;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

/// Tensors may take this many times the input: a storage may be packed 32-fold, and its tensors repeat it 4 times.
const GROWTH: usize = 4 * 32;
/// What even the smallest input may be answered with, in bytes.
const FREE: usize = 1 << 20;
/// How often each byte of the input may be read.
const TIMES: usize = 8;

/// Bytes that count how many of them are read.
struct Counted<'a> {
    bytes: Cursor<&'a [u8]>,
    read: usize,
}

impl Read for Counted<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.bytes.read(into)?;
        self.read += count;
        Ok(count)
    }
}

impl Seek for Counted<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.bytes.seek(to)
    }
}

/// [`check`] of an input of the fuzz target: a file, or the description of one.
///
/// # Errors
/// As [`check`].
pub fn check_input(input: &[u8]) -> Result<Contents> {
    match made::file(input) {
        Some(file) => check(&file),
        None => check(input),
    }
}

/// Reads `input` and hands back what came of it.
///
/// # Errors
/// As [`read_from`].
///
/// # Panics
/// When a promise is broken: reading takes more than its bounds; a tensor's bytes do not fit its shape; an error is not
/// one short printable line; or what was read is another after it was written as safetensors and read again.
pub fn check(input: &[u8]) -> Result<Contents> {
    let name = Path::new("input");
    let mut source = Counted { bytes: Cursor::new(input), read: 0 };
    let result = read_from(&mut source, input.len() as u64, name);
    assert!(source.read <= TIMES * input.len() + FREE, "{} bytes read of {}", source.read, input.len());
    let contents = result.inspect_err(|error| {
        let sentence = error.to_string();
        assert!(sentence.chars().count() < 600 && !sentence.chars().any(char::is_control), "{sentence:?}");
        assert!(sentence.starts_with("input: ") && sentence.contains("; "), "{sentence:?}");
    })?;

    let mut total = 0;
    for (name, tensor) in contents.tensors.iter() {
        assert_eq!(tensor.bytes.len(), tensor.len() * tensor.dtype.size(), "{name:?} {:?}", tensor.shape);
        total += tensor.bytes.len();
    }
    assert!(total <= GROWTH * input.len() + FREE, "{total} bytes of tensors from {}", input.len());
    assert!(!contents.tensors.is_empty(), "a file without tensors is refused");
    assert!(contents.notes.iter().all(|note| !note.chars().any(char::is_control)), "{:?}", contents.notes);

    // The one name that safetensors keeps for itself.
    if contents.tensors.get("__metadata__").is_none() {
        let written = safetensors_bytes(&contents.tensors, &contents.metadata);
        let again = written.and_then(|written| read_bytes(&written, name));
        let same = again
            .as_ref()
            .is_ok_and(|again| (&again.tensors, &again.metadata) == (&contents.tensors, &contents.metadata));
        assert!(same, "{again:?} after writing {contents:?}");
    }
    Ok(contents)
}
