//! `.pth` as PyTorch wrote it before 1.6: five pickles one after another, then the storages (reference.md A.1).

use super::pickle::{self, ENDS, Item, Pickle, Value};
use super::pth::{self, MAX_PICKLE_BYTES};
use super::{Contents, Format, Problem, RESAVE, Source};
use std::collections::BTreeMap;
use std::io::{Read, SeekFrom};

/// The magic number 0x1950a86a20f9469cfc6c as a pickle, behind its protocol.
const MAGIC: [u8; 13] = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.'];

/// Length of the pickled magic number with which the file begins: of protocol 2, or a later one that was asked for,
/// which may put a frame around it.
pub(super) fn magic(head: &[u8]) -> Option<usize> {
    let rest = match head {
        [0x80, 2..=5, 0x95, _, _, _, _, _, _, _, _, rest @ ..] | [0x80, 2..=5, rest @ ..] => rest,
        _ => return None,
    };
    rest.starts_with(&MAGIC).then_some(head.len() - rest.len() + MAGIC.len())
}

const VERSION: i64 = 1001;

/// How much of the beginning is read for the pickles, one try after another; most need the first only.
const HEADS: [u64; 3] = [1 << 20, 8 << 20, MAX_PICKLE_BYTES];

pub(super) fn read(file: &mut dyn Source, length: u64) -> Result<Contents, Problem> {
    let mut head = Vec::new();
    for size in HEADS {
        (&mut *file).take(size - head.len() as u64).read_to_end(&mut head)?;
        match pickles(&head) {
            Err(problem) if problem.what == ENDS && (head.len() as u64) < length.min(MAX_PICKLE_BYTES) => {}
            Err(problem) if problem.what == ENDS => break,
            Err(problem) => return Err(problem),
            Ok((object, keys, data)) => return tensors(file, length, &object, &keys, data),
        }
    }
    Err(truncated(ENDS))
}

fn truncated(how: &str) -> Problem {
    Problem::damaged(format!("is a truncated PyTorch file: it {how}"))
}

/// The object, the keys of its storages, and where their elements begin.
fn pickles(head: &[u8]) -> Result<(Pickle<'_>, Pickle<'_>, u64), Problem> {
    let mut at = magic(head).ok_or_else(|| Problem::damaged("does not begin as a PyTorch file"))?;
    let mut next = || {
        let parsed = pickle::parse(head.get(at..).unwrap_or_default())?;
        at += parsed.consumed;
        Ok::<_, Problem>(parsed)
    };
    if next()?.root != Value::Int(VERSION) {
        return Err(Problem::new("is a PyTorch file of an unknown version", RESAVE));
    }
    let system = next()?;
    if let Some(Item::Dict(entries)) = system.item(system.root)
        && entries.iter().any(|(key, value)| system.str(*key) == Some("little_endian") && *value == Value::Bool(false))
    {
        return Err(Problem::new("was written on a big-endian machine", RESAVE));
    }
    let (object, keys) = (next()?, next()?);
    Ok((object, keys, at as u64))
}

fn tensors(
    file: &mut dyn Source,
    length: u64,
    object: &Pickle<'_>,
    keys: &Pickle<'_>,
    data: u64,
) -> Result<Contents, Problem> {
    let plan = pth::plan(object)?;

    // Where each storage stands. Those that no tensor of the state dict needs are stepped over, so their element type
    // has to be known too: it is in the pickle, but an optimiser's storages are no part of the plan.
    let Some(Item::List(order)) = keys.item(keys.root) else {
        return Err(Problem::damaged("has no list of storages"));
    };
    let sizes = pth::element_sizes(object);
    let unknown = || Problem::new("lists a storage of a kind that is not read", RESAVE);
    let mut places = BTreeMap::new();
    let mut position = data;
    for key in order {
        let key = keys.str(*key).ok_or_else(|| Problem::damaged("has a storage without a name"))?;
        let size = *sizes.get(key).ok_or_else(unknown)? as u64;
        let mut count = [0; 8];
        file.seek(SeekFrom::Start(position))?;
        file.read_exact(&mut count).map_err(|_| truncated("ends before its last tensor"))?;
        let bytes = u64::try_from(i64::from_le_bytes(count)).ok().and_then(|count| count.checked_mul(size));
        let end = bytes.and_then(|bytes| (position + 8).checked_add(bytes)).filter(|end| *end <= length);
        let (Some(bytes), Some(end)) = (bytes, end) else {
            return Err(truncated("ends before its last tensor"));
        };
        if places.insert(key, (position + 8, bytes)).is_some() {
            return Err(Problem::damaged("lists a storage twice"));
        }
        position = end;
    }

    pth::fill(plan, Format::TorchLegacy, |key, needed| {
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
