//! [`Dataset`]: an array of which single rows along the first axis are read, touching only the chunks that hold them.

use super::message::{self, Filter, Layout};
use super::{Fault, File, UNDEFINED, btree, object};
use crate::error::Result;
use std::sync::{Arc, Mutex, PoisonError};

pub use super::message::Element;

/// Largest row that is read, in bytes.
const MAX_ROW: u64 = 256 << 20;
/// Largest chunk, unpacked; also what of a chunk that spans several rows is kept for the next row.
const MAX_CHUNK: u64 = 64 << 20;
/// Largest slab of rows (all chunks of one place along the first axis) that is kept for the next row.
const MAX_SLAB: u64 = 128 << 20;
/// Most chunks that one row lies in.
const MAX_CHUNKS: u64 = 65_536;
/// Most bytes that are unpacked for one row.
const MAX_UNPACKED: u64 = 1 << 30;

const SHAPE: u16 = 0x01;
const TYPE: u16 = 0x03;
const LAYOUT: u16 = 0x08;
const FILTERS: u16 = 0x0b;

/// An array in an open file. Its file is given with every read.
#[derive(Debug)]
pub struct Dataset {
    name: String,
    shape: Vec<u64>,
    element: Element,
    layout: Layout,
    filters: Vec<Filter>,
    /// The slab read last: its first row and its bytes. MATLAB's chunks span many rows, read in order.
    slab: Mutex<Option<(u64, Arc<Vec<u8>>)>>,
}

impl Element {
    /// Bytes of one element.
    pub fn size(self) -> usize {
        match self {
            Self::Unsigned(size) | Self::Float(size) => size,
            Self::Reference => 8,
        }
    }
}

impl Dataset {
    /// The data set whose object header is at an address.
    pub(super) fn open(file: &File, address: u64, name: &str) -> std::result::Result<Self, Fault> {
        let messages = object::messages(file, address)?;
        let find = |kind| messages.iter().find(|m| m.kind == kind);
        let (Some(shape), Some(element), Some(layout)) = (find(SHAPE), find(TYPE), find(LAYOUT)) else {
            return Err(Fault::broken(format!("has no array under the name {name}")));
        };
        let shape = message::shape(file, shape)?;
        let element = message::element(file, element)?
            .ok_or_else(|| Fault::unknown(format!("has {name} in a type of number that is not read here")))?;
        let layout = message::layout(file, layout, shape.len())?;
        let filters = match find(FILTERS) {
            Some(filters) => message::filters(file, filters, element.size())?,
            None => Vec::new(),
        };
        if !filters.is_empty() && !matches!(layout, Layout::Chunked(..)) {
            return Err(Fault::broken(format!("has filters on {name}, which is in one piece")));
        }
        Ok(Self { name: name.to_owned(), shape, element, layout, filters, slab: Mutex::new(None) })
    }

    /// Length of every axis, the slowest first: MATLAB's sizes reversed.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// Type of one element.
    pub fn element(&self) -> Element {
        self.element
    }

    /// The bytes of row `index` along the first axis, little-endian elements in C order.
    ///
    /// # Errors
    /// One sentence when there is no such row, when it is larger than 256 MB, not stored, or damaged.
    pub fn row(&self, file: &File, index: u64) -> Result<Vec<u8>> {
        self.row_bytes(file, index).map_err(|fault| fault.at(&file.path))
    }

    fn row_bytes(&self, file: &File, index: u64) -> std::result::Result<Vec<u8>, Fault> {
        let count = *self.shape.first().unwrap_or(&0);
        if index >= count {
            return Err(Fault::broken(format!("has {count} rows in {}, not {}", self.name, index.saturating_add(1))));
        }
        let too_large = || Fault::broken(format!("declares rows of more than {} MB in {}", MAX_ROW >> 20, self.name));
        let size = self.row_size().filter(|size| *size <= MAX_ROW).ok_or_else(too_large)?;
        let offset = index.checked_mul(size).ok_or_else(too_large)?;
        match &self.layout {
            Layout::Compact(bytes) => {
                let (start, end) = (offset as usize, offset.saturating_add(size) as usize);
                let row = bytes.get(start..end).ok_or_else(|| self.missing(index))?;
                Ok(row.to_vec())
            }
            Layout::Contiguous(address, length) => {
                if *address == UNDEFINED || offset.saturating_add(size) > *length {
                    return Err(self.missing(index));
                }
                let start = address.checked_add(offset).ok_or_else(|| self.missing(index))?;
                file.bytes(start, size, &self.name)
            }
            Layout::Chunked(tree, sides) => self.row_of_chunks(file, *tree, sides, index, size as usize),
        }
    }

    /// Bytes of a row; `None` on overflow.
    fn row_size(&self) -> Option<u64> {
        let size = self.element.size() as u64;
        self.shape.iter().skip(1).try_fold(size, |size, side| size.checked_mul(*side))
    }

    fn missing(&self, index: u64) -> Fault {
        Fault::broken(format!("does not hold all of row {index} of {}", self.name))
    }

    fn row_of_chunks(
        &self,
        file: &File,
        tree: u64,
        sides: &[u64],
        index: u64,
        size: usize,
    ) -> std::result::Result<Vec<u8>, Fault> {
        let first = index / sides[0] * sides[0];
        let rows = sides[0].min(self.shape[0] - first);
        let slab_size = rows.saturating_mul(size as u64);
        if rows == 1 || slab_size > MAX_SLAB {
            return self.slab(file, tree, sides, first, index..index + 1, size);
        }
        // Whoever comes second waits here and finds the slab unpacked.
        let mut kept = self.slab.lock().unwrap_or_else(PoisonError::into_inner);
        let slab = match &*kept {
            Some((row, slab)) if *row == first => Arc::clone(slab),
            _ => {
                *kept = None;
                let slab = Arc::new(self.slab(file, tree, sides, first, first..first + rows, size)?);
                *kept = Some((first, Arc::clone(&slab)));
                slab
            }
        };
        drop(kept);
        let start = (index - first) as usize * size;
        Ok(slab[start..start + size].to_vec())
    }

    /// The rows of a range, which lie in the chunks that begin at row `first`.
    fn slab(
        &self,
        file: &File,
        tree: u64,
        sides: &[u64],
        first: u64,
        rows: std::ops::Range<u64>,
        row_size: usize,
    ) -> std::result::Result<Vec<u8>, Fault> {
        let odd = || Fault::unknown(format!("has {} in chunks of an unusual size", self.name));
        let width = self.element.size();
        let chunk_size = sides.iter().try_fold(width as u64, |size, side| size.checked_mul(*side));
        let chunk_size = chunk_size.filter(|size| *size <= MAX_CHUNK).ok_or_else(odd)?;
        let mut axes = self.shape.iter().zip(sides).skip(1);
        let most = axes.try_fold(1u64, |n, (length, side)| n.checked_mul(length.div_ceil(*side)));
        let most = most.filter(|n| *n <= MAX_CHUNKS && n * chunk_size <= MAX_UNPACKED).ok_or_else(odd)?;
        let chunks = btree::chunks(file, tree, sides.len(), first, most)?;
        if (chunks.len() as u64) < most {
            return Err(self.missing(rows.start));
        }
        let mut out = vec![0; (rows.end - rows.start) as usize * row_size];
        for chunk in chunks {
            let inside = chunk.place.iter().zip(sides).zip(&self.shape).all(|((p, s), n)| p % s == 0 && p < n);
            // What does not shrink still grows by less than this.
            if !inside || chunk.stored > chunk_size + chunk_size / 64 + 1024 {
                return Err(Fault::broken(format!("has a damaged chunk in {}", self.name)));
            }
            let bytes = file.bytes(chunk.address, chunk.stored, &self.name)?;
            let bytes = super::filter::unpack(bytes, &self.filters, chunk.skipped, chunk_size as usize)?;
            for row in rows.clone() {
                let from = (row - first) as usize * (chunk_size / sides[0]) as usize;
                let to = (row - rows.start) as usize * row_size;
                copy(
                    &bytes[from..],
                    &mut out[to..to + row_size],
                    &self.shape[1..],
                    &sides[1..],
                    &chunk.place[1..],
                    width,
                );
            }
        }
        Ok(out)
    }
}

/// Copies the part of a chunk that lies inside the array, axis by axis; the arguments belong to the axes that are left.
fn copy(chunk: &[u8], out: &mut [u8], shape: &[u64], sides: &[u64], place: &[u64], width: usize) {
    let ([length, shape @ ..], [side, sides @ ..], [start, place @ ..]) = (shape, sides, place) else {
        out[..width].copy_from_slice(&chunk[..width]);
        return;
    };
    let count = (*side).min(length - start) as usize;
    let chunk_step = sides.iter().product::<u64>() as usize * width;
    let out_step = shape.iter().product::<u64>() as usize * width;
    let start = *start as usize;
    if shape.is_empty() {
        out[start * width..(start + count) * width].copy_from_slice(&chunk[..count * width]);
        return;
    }
    for i in 0..count {
        copy(&chunk[i * chunk_step..], &mut out[(start + i) * out_step..], shape, sides, place, width);
    }
}

/// The text behind an object reference, see [`File::text`].
pub(super) fn text(file: &File, reference: u64, longest: usize) -> std::result::Result<String, Fault> {
    let data = Dataset::open(file, reference, "a text")?;
    let length = data.shape.iter().try_fold(1u64, |n, side| n.checked_mul(*side)).unwrap_or(u64::MAX);
    if data.element != Element::Unsigned(2) || length > longest as u64 {
        return Err(Fault::broken("has a name that is no short text"));
    }
    let rows = *data.shape.first().unwrap_or(&0);
    let mut units = Vec::new();
    for row in 0..if length == 0 { 0 } else { rows } {
        units.extend(data.row_bytes(file, row)?.as_chunks::<2>().0.iter().map(|b| u16::from_le_bytes(*b)));
    }
    Ok(String::from_utf16_lossy(&units))
}
