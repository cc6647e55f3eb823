//! [`Cursor`]: little-endian numbers out of a table, none of them beyond its end.

use super::{Fault, UNDEFINED};

type Result<T> = std::result::Result<T, Fault>;

/// A position in a table that was read.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// What the table is, for messages.
    what: &'static str,
    offset_size: usize,
    length_size: usize,
}

impl<'a> Cursor<'a> {
    /// `offset_size` and `length_size` are at most 8.
    pub(super) fn new(bytes: &'a [u8], what: &'static str, offset_size: usize, length_size: usize) -> Self {
        Self { bytes, at: 0, what, offset_size, length_size }
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| Fault::broken(format!("has a damaged {}: it ends too early", self.what)))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    /// Passes over `count` bytes.
    pub(super) fn skip(&mut self, count: usize) -> Result<()> {
        self.take(count).map(|_| ())
    }

    /// A number of `size` ≤ 8 bytes.
    pub(super) fn number(&mut self, size: usize) -> Result<u64> {
        let bytes = self.take(size)?;
        Ok(bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    /// One byte.
    pub(super) fn u8(&mut self) -> Result<u8> {
        self.number(1).map(|v| v as u8)
    }

    /// Two bytes.
    pub(super) fn u16(&mut self) -> Result<u16> {
        self.number(2).map(|v| v as u16)
    }

    /// Four bytes.
    pub(super) fn u32(&mut self) -> Result<u32> {
        self.number(4).map(|v| v as u32)
    }

    /// An address; all ones are [`UNDEFINED`] in every width.
    pub(super) fn address(&mut self) -> Result<u64> {
        let value = self.number(self.offset_size)?;
        let ones = u64::MAX >> (64 - 8 * self.offset_size);
        Ok(if value == ones { UNDEFINED } else { value })
    }

    /// A length.
    pub(super) fn length(&mut self) -> Result<u64> {
        self.number(self.length_size)
    }

    /// Bytes that are left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Fails unless the signature comes next.
    pub(super) fn signature(&mut self, expected: &[u8; 4]) -> Result<()> {
        if self.take(4)? == expected {
            return Ok(());
        }
        Err(Fault::broken(format!("has a damaged {}: its signature is missing", self.what)))
    }

    /// Fails unless the version that comes next is the expected one.
    pub(super) fn version(&mut self, expected: u8) -> Result<()> {
        let version = self.u8()?;
        if version == expected {
            return Ok(());
        }
        Err(Fault::unknown(format!("has a {} of version {version}, which is not read here", self.what)))
    }
}
