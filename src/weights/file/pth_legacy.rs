//! `.pth` as PyTorch wrote it before 1.6: five pickles one after another, then the storages (reference.md A.1).

use super::pickle::{self, Item, Value};
use super::pth::{self, MAX_PICKLE_BYTES};
use super::{Contents, Problem, RESAVE};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// The magic number 0x1950a86a20f9469cfc6c, as a pickle of protocol 2 begins with it.
pub(super) const MAGIC: [u8; 15] =
    [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.'];

const VERSION: i64 = 1001;

pub(super) fn read(file: &mut File, length: u64) -> Result<Contents, Problem> {
    let mut head = Vec::new();
    file.by_ref().take(MAX_PICKLE_BYTES).read_to_end(&mut head)?;
    let mut at = MAGIC.len();
    let mut next = || {
        let parsed = pickle::parse(head.get(at..).unwrap_or_default())?;
        at += parsed.consumed;
        Ok::<_, Problem>((parsed, at as u64))
    };

    let (version, _) = next()?;
    if version.root != Value::Int(VERSION) {
        return Err(Problem::new("is a PyTorch file of an unknown version", RESAVE));
    }
    let (system, _) = next()?;
    if let Some(Item::Dict(entries)) = system.item(system.root)
        && entries.iter().any(|(key, value)| system.str(*key) == Some("little_endian") && *value == Value::Bool(false))
    {
        return Err(Problem::new("was written on a big-endian machine", RESAVE));
    }
    let (object, _) = next()?;
    let plan = pth::plan(&object)?;
    let (keys, data) = next()?;

    // Where each storage stands. Those that no tensor of the state dict needs are stepped over, so their element type
    // has to be known too: it is in the pickle, but an optimiser's storages are no part of the plan.
    let Some(Item::List(order)) = keys.item(keys.root) else {
        return Err(Problem::damaged("has no list of storages"));
    };
    let sizes = pth::element_sizes(&object);
    let mut places = BTreeMap::new();
    let mut position = data;
    for key in order {
        let key = keys.str(*key).ok_or_else(|| Problem::damaged("has a storage without a name"))?;
        let size = *sizes.get(key).ok_or_else(|| Problem::damaged("lists a storage that nothing describes"))? as u64;
        let mut count = [0; 8];
        file.seek(SeekFrom::Start(position))?;
        file.read_exact(&mut count)?;
        let bytes = u64::try_from(i64::from_le_bytes(count)).ok().and_then(|count| count.checked_mul(size));
        let end = bytes.and_then(|bytes| (position + 8).checked_add(bytes)).filter(|end| *end <= length);
        let (Some(bytes), Some(end)) = (bytes, end) else {
            return Err(Problem::damaged("ends before its last tensor"));
        };
        if places.insert(key, (position + 8, bytes)).is_some() {
            return Err(Problem::damaged("lists a storage twice"));
        }
        position = end;
    }

    pth::fill(plan, |key, needed| {
        let (start, bytes) = *places.get(key).ok_or_else(|| Problem::damaged("lacks a storage that a tensor needs"))?;
        if bytes != needed {
            return Err(Problem::damaged("stores another number of elements than it describes"));
        }
        let mut storage = vec![0; bytes as usize]; // inside the file: checked above
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut storage)?;
        Ok(storage)
    })
}
