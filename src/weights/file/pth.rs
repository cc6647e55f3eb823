//! What both kinds of `.pth` share: planning which storage feeds which tensor, and feeding it.

use super::pickle::{Element, Pickle, Tensor, printable};
use super::{Contents, Format, Problem, RESAVE, strided, unwrap};
use crate::state_dict::StateDict;
use std::collections::BTreeMap;

/// Longest pickle of a weights file; the tensors' elements stand outside it.
pub(super) const MAX_PICKLE_BYTES: u64 = 64 << 20;

/// All tensors that are windows of one storage.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub element: Element,
    pub count: u64,
    tensors: Vec<(String, Tensor<'a>)>,
}

impl Group<'_> {
    /// Bytes of the storage.
    pub fn bytes(&self) -> Option<u64> {
        self.count.checked_mul(self.element.size() as u64)
    }

    /// Makes the group's tensors from the storage's bytes. The last takes the bytes themselves where it can, so that
    /// a tensor with a storage of its own is never held twice.
    fn fill(mut self, storage: Vec<u8>, into: &mut StateDict) -> Result<(), Problem> {
        let last = self.tensors.pop();
        for (name, tensor) in self.tensors {
            let host = strided::gather(&name, &tensor, &storage)?;
            into.insert(name, host);
        }
        if let Some((name, tensor)) = last {
            let host = strided::take(&name, &tensor, storage)?;
            into.insert(name, host);
        }
        Ok(())
    }
}

/// What to read: storages by key, and the scalars beside the tensors.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub groups: BTreeMap<&'a str, Group<'a>>,
    pub metadata: BTreeMap<String, String>,
    pub notes: Vec<String>,
}

/// Finds the state dict and checks every tensor against its storage. Nothing is allocated for elements yet.
pub(super) fn plan<'a>(pickle: &Pickle<'a>) -> Result<Plan<'a>, Problem> {
    let found = unwrap::state_dict(pickle)?;
    let mut groups: BTreeMap<&'a str, Group<'a>> = BTreeMap::new();
    let mut host_bytes = 0_u64;
    for (name, tensor) in found.tensors {
        host_bytes = host_bytes.saturating_add(strided::check(&printable(&name), &tensor)?);
        let storage = &tensor.storage;
        let group = groups.entry(storage.key).or_insert_with(|| Group {
            element: storage.element,
            count: storage.count,
            tensors: Vec::new(),
        });
        if (group.element, group.count) != (storage.element, storage.count) {
            return Err(Problem::damaged(format!("describes storage `{}` in two ways", printable(storage.key))));
        }
        group.tensors.push((name, tensor));
    }
    // Shared and expanded tensors may take more than their storages, but not without limit: strides of 0 cost a file nothing.
    let stored = groups.values().try_fold(0_u64, |sum, group| sum.checked_add(group.bytes()?));
    match stored {
        Some(stored) if host_bytes <= stored.saturating_mul(4).saturating_add(1 << 20) => {
            Ok(Plan { groups, metadata: found.metadata, notes: found.notes })
        }
        _ => Err(Problem::new("describes tensors far larger than the numbers it holds", RESAVE)),
    }
}

/// Bytes of one element by storage key, over every storage the pickle names, used or not.
pub(super) fn element_sizes<'a>(pickle: &Pickle<'a>) -> BTreeMap<&'a str, usize> {
    pickle.storages().map(|storage| (storage.key, storage.element.size())).collect()
}

/// Fills the plan's tensors with `storage`, called once for each storage in key order.
pub(super) fn fill(
    plan: Plan<'_>,
    format: Format,
    mut storage: impl FnMut(&str, u64) -> Result<Vec<u8>, Problem>,
) -> Result<Contents, Problem> {
    let mut tensors = StateDict::new();
    for (key, group) in plan.groups {
        let bytes = group.bytes().ok_or_else(|| Problem::damaged("describes a storage of impossible size"))?;
        group.fill(storage(key, bytes)?, &mut tensors)?;
    }
    Ok(Contents { tensors, metadata: plan.metadata, format, notes: plan.notes })
}
