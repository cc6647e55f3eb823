//! Object headers, versions 1 and 2: the list of messages that says what a group or a data set is.

use super::{Fault, File, UNDEFINED};

/// Blocks that one header may be continued in.
const MAX_BLOCKS: usize = 64;
/// Messages that one header may have.
const MAX_MESSAGES: usize = 4096;
/// Message that leads to another block.
const CONTINUATION: u16 = 0x10;

/// One message, its content not yet looked at.
#[derive(Debug, Clone)]
pub(super) struct Message {
    /// What it is about.
    pub(super) kind: u16,
    /// True when the content is elsewhere and shared by several objects.
    pub(super) shared: bool,
    /// The content.
    pub(super) data: Vec<u8>,
}

/// Layout of the messages of a header.
#[derive(Clone, Copy)]
struct Style {
    /// Version 2: short message heads, a signature and a checksum about every block.
    new: bool,
    /// Messages carry the order of their making.
    ordered: bool,
}

/// All messages of the header at an address.
pub(super) fn messages(file: &File, address: u64) -> Result<Vec<Message>, Fault> {
    let head = file.table(address, 16, "object header")?;
    let (first, style) =
        if head.starts_with(b"OHDR") { new_head(file, address, &head)? } else { old_head(address, &head)? };
    let mut blocks = vec![first];
    let mut found = Vec::new();
    let mut next = 0;
    while let Some(&(start, length)) = blocks.get(next) {
        // A header that is continued in a circle ends here too.
        if next == MAX_BLOCKS {
            return Err(Fault::broken(format!("has an object header in more than {MAX_BLOCKS} parts")));
        }
        let bytes = file.table(start, length, "object header")?;
        let skip = if style.new && next > 0 { continuation_head(&bytes)? } else { 0 };
        block(file, &bytes[skip..], style, &mut found, &mut blocks)?;
        next += 1;
    }
    Ok(found)
}

/// Start and length of the first block's messages, version 1: they begin 16 bytes behind the header's start.
fn old_head(address: u64, head: &[u8]) -> Result<((u64, u64), Style), Fault> {
    if head[0] != 1 {
        return Err(Fault::broken("has a damaged object header: neither of its two signatures is there"));
    }
    let length = u32::from_le_bytes([head[8], head[9], head[10], head[11]]);
    let start = address.checked_add(16).filter(|start| *start != UNDEFINED);
    let start = start.ok_or_else(|| Fault::broken("has an object header outside the file"))?;
    Ok(((start, u64::from(length)), Style { new: false, ordered: false }))
}

/// The same for version 2, whose head is of varying length.
fn new_head(file: &File, address: u64, head: &[u8]) -> Result<((u64, u64), Style), Fault> {
    let mut c = file.cursor(head, "object header");
    c.signature(b"OHDR")?;
    c.version(2)?;
    let flags = c.u8()?;
    let mut skipped = 6;
    skipped += if flags & 0x20 != 0 { 16 } else { 0 }; // four times
    skipped += if flags & 0x10 != 0 { 4 } else { 0 }; // limits of attributes
    let width = 1usize << (flags & 3);
    let head = file.table(address, skipped + width as u64, "object header")?;
    let mut c = file.cursor(&head, "object header");
    c.skip(skipped as usize)?;
    let length = c.number(width)?;
    // The sum cannot overflow: the bytes up to there were just read.
    let start = address + skipped + width as u64;
    Ok(((start, length), Style { new: true, ordered: flags & 4 != 0 }))
}

/// Bytes before the messages of a version 2 continuation.
fn continuation_head(bytes: &[u8]) -> Result<usize, Fault> {
    if bytes.starts_with(b"OCHK") {
        return Ok(4);
    }
    Err(Fault::broken("has a damaged object header: a part of it is missing"))
}

/// Messages of one block; what continues elsewhere is added to `blocks`.
fn block(
    file: &File,
    bytes: &[u8],
    style: Style,
    found: &mut Vec<Message>,
    blocks: &mut Vec<(u64, u64)>,
) -> Result<(), Fault> {
    let head = match style {
        Style { new: false, .. } => 8,
        Style { ordered: false, .. } => 4,
        Style { .. } => 6,
    };
    let mut c = file.cursor(bytes, "object header");
    // What is left at the end is a gap or a checksum.
    while c.left() >= head {
        let (kind, size, flags);
        if style.new {
            (kind, size, flags) = (u16::from(c.u8()?), c.u16()?, c.u8()?);
            c.skip(if style.ordered { 2 } else { 0 })?;
        } else {
            (kind, size, flags) = (c.u16()?, c.u16()?, c.u8()?);
            c.skip(3)?;
        }
        if style.new && usize::from(size) > c.left() {
            break; // a continuation's checksum looks like the head of a message
        }
        let data = c.take(usize::from(size))?.to_vec();
        if found.len() == MAX_MESSAGES {
            return Err(Fault::broken(format!("has an object header of more than {MAX_MESSAGES} messages")));
        }
        if kind == CONTINUATION {
            let mut c = file.cursor(&data, "object header");
            blocks.push((c.address()?, c.length()?));
        } else {
            found.push(Message { kind, shared: flags & 2 != 0, data });
        }
    }
    Ok(())
}
