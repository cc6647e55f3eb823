//! The tree that finds chunks: a version 1 B-tree whose keys are the chunks' places in the data set.

use super::{Fault, File};
use std::collections::HashMap;

/// Deepest tree; with two children a node it would hold 2^16 chunks, real ones have dozens of children.
const MAX_LEVEL: u8 = 16;
/// Entries looked at beyond what the chunks themselves need.
const SPARE_ENTRIES: u64 = 65_536;

/// Where one chunk lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunk {
    /// Its first element's place along every axis.
    pub(super) place: Vec<u64>,
    /// Address of its bytes.
    pub(super) address: u64,
    /// Bytes as stored.
    pub(super) stored: u64,
    /// Bit `i`: filter `i` was not applied.
    pub(super) skipped: u32,
}

/// A node's children with their first keys; the key behind the last child is its end.
struct Node {
    level: u8,
    keys: Vec<(u32, u32, Vec<u64>)>,
    children: Vec<u64>,
}

/// All chunks whose place along the first axis is `first`; `most` is how many there can be. Only the nodes on the way
/// to them are read.
pub(super) fn chunks(file: &File, tree: u64, rank: usize, first: u64, most: u64) -> Result<Vec<Chunk>, Fault> {
    let mut found: HashMap<Vec<u64>, Chunk> = HashMap::new();
    let mut budget = most.saturating_mul(16).saturating_add(SPARE_ENTRIES);
    let mut open = vec![(tree, None)];
    while let Some((address, expected)) = open.pop() {
        let node = read(file, address, rank, expected)?;
        // Levels fall on the way down, so a circle is not possible; children that are shared are, and cost budget.
        budget = budget.checked_sub(1 + node.children.len() as u64).ok_or_else(too_many)?;
        for (i, child) in node.children.iter().enumerate() {
            let ((stored, skipped, place), (_, _, end)) = (&node.keys[i], &node.keys[i + 1]);
            if node.level > 0 {
                if place[0] <= first && first <= end[0] {
                    open.push((*child, Some(node.level - 1)));
                }
            } else if place[0] == first {
                let (stored, skipped) = (u64::from(*stored), *skipped);
                let chunk = Chunk { place: place.clone(), address: *child, stored, skipped };
                if found.insert(place.clone(), chunk).is_some() || found.len() as u64 > most {
                    return Err(too_many());
                }
            }
        }
    }
    Ok(found.into_values().collect())
}

fn too_many() -> Fault {
    Fault::broken("has a damaged chunk tree: it holds more than its data set")
}

/// One node; its level must be the expected one.
fn read(file: &File, address: u64, rank: usize, expected: Option<u8>) -> Result<Node, Fault> {
    let head = 8 + 2 * file.offset_size as u64;
    let bytes = file.table(address, head, "chunk tree")?;
    let mut c = file.cursor(&bytes, "chunk tree");
    c.signature(b"TREE")?;
    let (kind, level, used) = (c.u8()?, c.u8()?, c.u16()?);
    if kind != 1 || level > MAX_LEVEL || expected.is_some_and(|expected| expected != level) {
        return Err(Fault::broken("has a damaged chunk tree"));
    }
    // Key: stored bytes, filters left out, a place per axis and one for the bytes of an element.
    let key = 8 + 8 * (rank as u64 + 1);
    let body = u64::from(used) * (key + file.offset_size as u64) + key;
    let bytes = file.table(address, head + body, "chunk tree")?;
    let mut c = file.cursor(&bytes, "chunk tree");
    c.skip(head as usize)?;
    let (mut keys, mut children) = (Vec::new(), Vec::new());
    for i in 0..=used {
        let (stored, skipped) = (c.u32()?, c.u32()?);
        let place = (0..rank).map(|_| c.number(8)).collect::<Result<Vec<_>, _>>()?;
        c.skip(8)?;
        keys.push((stored, skipped, place));
        if i < used {
            children.push(c.address()?);
        }
    }
    Ok(Node { level, keys, children })
}
