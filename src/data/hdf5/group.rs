//! Groups: the address behind a name, by symbol table (B-tree and local heap) or by compact links.

use super::object::{self, Message};
use super::{Fault, File, UNDEFINED};

/// Nodes and leaves of a group's tree that are looked at; a root group of ten thousand names needs a few hundred.
const MAX_NODES: usize = 4096;
/// Deepest tree of a group.
const MAX_LEVEL: u8 = 16;

const LINK_INFO: u16 = 0x02;
const LINK: u16 = 0x06;
const SYMBOL_TABLE: u16 = 0x11;

/// Address of the object header behind a name in the group at an address.
pub(super) fn find(file: &File, group: u64, name: &str) -> Result<Option<u64>, Fault> {
    let messages = object::messages(file, group)?;
    if let Some(table) = messages.iter().find(|m| m.kind == SYMBOL_TABLE) {
        return by_symbol_table(file, table, name);
    }
    for link in messages.iter().filter(|m| m.kind == LINK) {
        if let Some(address) = compact_link(file, link, name)? {
            return Ok(Some(address));
        }
    }
    match messages.iter().find(|m| m.kind == LINK_INFO) {
        Some(info) if has_dense_links(file, info)? => {
            Err(Fault::unknown("keeps its names in a fractal heap, which is not read here"))
        }
        Some(_) => Ok(None),
        None => Err(Fault::broken("has a root that is no group")),
    }
}

fn by_symbol_table(file: &File, message: &Message, name: &str) -> Result<Option<u64>, Fault> {
    let mut c = file.cursor(&message.data, "symbol table");
    let (tree, heap) = (c.address()?, c.address()?);
    let heap = local_heap(file, heap)?;
    // Names in a tree are sorted, but a walk over all of them needs no trust in that.
    let mut nodes = vec![(tree, None)];
    let mut leaves = 0;
    while let Some((address, level)) = nodes.pop() {
        let (children, own) = tree_node(file, address, level)?;
        if leaves + nodes.len() + children.len() > MAX_NODES {
            return Err(Fault::broken(format!("has a group of more than {MAX_NODES} tables")));
        }
        if own > 0 {
            nodes.extend(children.into_iter().map(|child| (child, Some(own - 1))));
            continue;
        }
        for child in children {
            leaves += 1;
            if let Some(found) = symbol_node(file, child, &heap, name)? {
                return Ok(Some(found));
            }
        }
    }
    Ok(None)
}

/// Children and level of a group tree's node; the level must be the expected one, so that a walk ends.
fn tree_node(file: &File, address: u64, expected: Option<u8>) -> Result<(Vec<u64>, u8), Fault> {
    let widths = file.offset_size as u64 + file.length_size as u64;
    let head = 8 + 2 * file.offset_size as u64;
    let bytes = file.table(address, head, "group tree")?;
    let mut c = file.cursor(&bytes, "group tree");
    c.signature(b"TREE")?;
    let (kind, level, used) = (c.u8()?, c.u8()?, c.u16()?);
    if kind != 0 || level > MAX_LEVEL || expected.is_some_and(|expected| expected != level) {
        return Err(Fault::broken("has a damaged group tree"));
    }
    let bytes = file.table(address, head + u64::from(used) * widths, "group tree")?;
    let mut c = file.cursor(&bytes, "group tree");
    c.skip(head as usize)?;
    let mut children = Vec::with_capacity(usize::from(used));
    for _ in 0..used {
        c.length()?; // key: where in the heap the smallest name lies
        children.push(c.address()?);
    }
    Ok((children, level))
}

/// The names of a group, one after the other, each ended by a zero.
fn local_heap(file: &File, address: u64) -> Result<Vec<u8>, Fault> {
    let head = file.table(address, 8 + 2 * file.length_size as u64 + file.offset_size as u64, "local heap")?;
    let mut c = file.cursor(&head, "local heap");
    c.signature(b"HEAP")?;
    c.version(0)?;
    c.skip(3)?;
    let size = c.length()?;
    c.length()?; // free space
    let data = c.address()?;
    file.table(data, size, "local heap")
}

/// The entry of a name among the symbols of one leaf.
fn symbol_node(file: &File, address: u64, heap: &[u8], name: &str) -> Result<Option<u64>, Fault> {
    let head = file.table(address, 8, "symbol node")?;
    let mut c = file.cursor(&head, "symbol node");
    c.signature(b"SNOD")?;
    c.version(1)?;
    c.skip(1)?;
    let count = c.u16()?;
    let entry = 2 * file.offset_size as u64 + 24;
    let bytes = file.table(address, 8 + u64::from(count) * entry, "symbol node")?;
    let mut c = file.cursor(&bytes, "symbol node");
    c.skip(8)?;
    for _ in 0..count {
        let (at, header) = (c.address()?, c.address()?);
        c.skip(24)?; // what the entry caches
        let stored = usize::try_from(at).ok().and_then(|at| heap.get(at..)).unwrap_or_default();
        if stored.split(|byte| *byte == 0).next() == Some(name.as_bytes()) {
            return Ok(Some(header));
        }
    }
    Ok(None)
}

/// Where a link message of the name leads to.
fn compact_link(file: &File, message: &Message, name: &str) -> Result<Option<u64>, Fault> {
    let mut c = file.cursor(&message.data, "link");
    c.version(1)?;
    let flags = c.u8()?;
    let kind = if flags & 8 != 0 { c.u8()? } else { 0 };
    c.skip(if flags & 4 != 0 { 8 } else { 0 })?; // order of making
    c.skip(if flags & 0x10 != 0 { 1 } else { 0 })?; // character set
    let length = c.number(1 << (flags & 3))?;
    let stored = c.take(usize::try_from(length).unwrap_or(usize::MAX))?;
    // Only hard links lead to an object of this file.
    if kind != 0 || stored != name.as_bytes() {
        return Ok(None);
    }
    c.address().map(Some)
}

fn has_dense_links(file: &File, info: &Message) -> Result<bool, Fault> {
    let mut c = file.cursor(&info.data, "link information");
    c.version(0)?;
    let flags = c.u8()?;
    c.skip(if flags & 1 != 0 { 8 } else { 0 })?;
    Ok(c.address()? != UNDEFINED)
}
