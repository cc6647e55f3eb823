//! The messages that describe a data set: its shape, the type of its elements, where they lie and how they are packed.

use super::object::Message;
use super::{Fault, File};

/// Most axes of a data set; HDF5 allows 32, the data sets read here have four at most.
const MAX_RANK: usize = 8;
/// Filters in a row.
const MAX_FILTERS: usize = 8;

/// The type of one element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// Unsigned, of this many bytes.
    Unsigned(usize),
    /// IEEE float, of 4 or 8 bytes.
    Float(usize),
    /// Address of another object.
    Reference,
}

/// Where the elements lie.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Layout {
    /// In the header itself.
    Compact(Vec<u8>),
    /// In one piece: address and bytes.
    Contiguous(u64, u64),
    /// In chunks: address of their tree, and their shape.
    Chunked(u64, Vec<u64>),
}

/// One step of packing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    /// zlib.
    Deflate,
    /// First bytes of all elements, then all second bytes, and so on; the element's width.
    Shuffle(usize),
}

fn unshared(message: &Message) -> Result<&[u8], Fault> {
    if message.shared {
        return Err(Fault::unknown("has a data set that shares its description with others"));
    }
    Ok(&message.data)
}

/// The length of every axis.
pub(super) fn shape(file: &File, message: &Message) -> Result<Vec<u64>, Fault> {
    let mut c = file.cursor(unshared(message)?, "shape");
    let (version, rank, _flags) = (c.u8()?, usize::from(c.u8()?), c.u8()?);
    c.skip(match version {
        1 => 5,
        2 => 1,
        _ => return Err(Fault::unknown(format!("has a data set with a shape of version {version}"))),
    })?;
    if rank > MAX_RANK {
        return Err(Fault::unknown(format!("has a data set of {rank} axes")));
    }
    (0..rank).map(|_| c.length()).collect()
}

/// The type of the elements; `None` for one that is not read here.
pub(super) fn element(file: &File, message: &Message) -> Result<Option<Element>, Fault> {
    let mut c = file.cursor(unshared(message)?, "element type");
    let class = c.u8()? & 0x0f;
    let bits = c.number(3)?;
    let size = c.u32()? as usize;
    // Bit 0 is the byte order; for floats bit 6 belongs to it.
    Ok(match (class, size) {
        (0, 1 | 2 | 4 | 8) if bits & 0b1001 == 0 => {
            let (offset, precision) = (c.u16()?, c.u16()?);
            (offset == 0 && usize::from(precision) == 8 * size).then_some(Element::Unsigned(size))
        }
        (1, 4 | 8) if bits & 0x41 == 0 => {
            let (offset, precision) = (c.u16()?, c.u16()?);
            let (exponent, exponent_bits, mantissa, mantissa_bits) = (c.u8()?, c.u8()?, c.u8()?, c.u8()?);
            let ieee = if size == 4 { (23, 8, 0, 23) } else { (52, 11, 0, 52) };
            let is = (exponent, exponent_bits, mantissa, mantissa_bits) == ieee;
            (offset == 0 && usize::from(precision) == 8 * size && is).then_some(Element::Float(size))
        }
        (7, 8) if bits & 0x0f == 0 => Some(Element::Reference),
        _ => None,
    })
}

/// Where the elements lie.
pub(super) fn layout(file: &File, message: &Message, rank: usize) -> Result<Layout, Fault> {
    let mut c = file.cursor(unshared(message)?, "layout");
    let (version, class) = (c.u8()?, c.u8()?);
    if !matches!(version, 3 | 4) {
        return Err(Fault::unknown(format!("has a data set with a layout of version {version}")));
    }
    match (version, class) {
        (_, 0) => {
            let size = c.u16()?;
            Ok(Layout::Compact(c.take(usize::from(size))?.to_vec()))
        }
        (_, 1) => Ok(Layout::Contiguous(c.address()?, c.length()?)),
        (3, 2) => {
            // The size of an element stands behind the axes like a further one.
            let axes = usize::from(c.u8()?);
            let tree = c.address()?;
            if axes != rank + 1 {
                return Err(Fault::broken(format!("has a data set of {rank} axes in chunks of {axes}")));
            }
            let sides = (0..rank).map(|_| c.u32().map(u64::from)).collect::<Result<Vec<_>, _>>()?;
            if sides.contains(&0) {
                return Err(Fault::broken("has a data set in chunks without elements"));
            }
            Ok(Layout::Chunked(tree, sides))
        }
        (_, 2) => Err(Fault::unknown("has a data set in chunks with an index of HDF5 1.10, which is not read here")),
        _ => Err(Fault::unknown(format!("has a data set with a layout of class {class}"))),
    }
}

/// The steps of packing in the order in which they were applied.
pub(super) fn filters(file: &File, message: &Message, element_size: usize) -> Result<Vec<Filter>, Fault> {
    let mut c = file.cursor(unshared(message)?, "filter list");
    let (version, count) = (c.u8()?, usize::from(c.u8()?));
    if !matches!(version, 1 | 2) {
        return Err(Fault::unknown(format!("has a filter list of version {version}")));
    }
    if count > MAX_FILTERS {
        return Err(Fault::broken(format!("has a data set behind {count} filters")));
    }
    c.skip(if version == 1 { 6 } else { 0 })?;
    let mut filters = Vec::with_capacity(count);
    for _ in 0..count {
        let id = c.u16()?;
        let name = if version == 1 || id >= 256 { usize::from(c.u16()?) } else { 0 };
        c.skip(2)?; // flags
        let values = usize::from(c.u16()?);
        c.skip(if version == 1 { name.next_multiple_of(8) } else { name })?;
        c.skip(4 * values)?;
        c.skip(if version == 1 && values % 2 == 1 { 4 } else { 0 })?;
        filters.push(match id {
            1 => Filter::Deflate,
            2 => Filter::Shuffle(element_size),
            3 => return Err(Fault::unknown("has a data set with Fletcher checksums, which are not read here")),
            4 => return Err(Fault::unknown("has a data set packed with szip, which is not read here")),
            _ => return Err(Fault::unknown(format!("has a data set behind filter {id}, which is not read here"))),
        });
    }
    Ok(filters)
}
