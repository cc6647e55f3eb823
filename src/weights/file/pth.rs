//! What both kinds of `.pth` share: finding the state dict in the unpickled object and planning which storage feeds which tensor.

use super::pickle::{Element, Item, Pickle, Tensor, Value, printable};
use super::{Contents, MAX_TENSORS, Problem, RESAVE, strided};
use crate::state_dict::StateDict;
use std::collections::{BTreeMap, HashSet};

/// Longest pickle of a weights file; the tensors' elements stand outside it.
pub(super) const MAX_PICKLE_BYTES: u64 = 64 << 20;

/// Names under which training scripts keep the state dict, in the order they are tried.
const WRAPPERS: [&str; 5] = ["state_dict", "model_state_dict", "model", "net", "module"];

/// Longest string that is kept as metadata, in bytes.
const MAX_TEXT: usize = 4096;

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

    /// Makes the group's tensors from the storage's bytes.
    pub fn fill(&self, storage: &[u8], into: &mut StateDict) -> Result<(), Problem> {
        for (name, tensor) in &self.tensors {
            into.insert(name.as_str(), strided::gather(name, tensor, storage)?);
        }
        Ok(())
    }
}

/// What to read: storages by key, and the scalars beside the tensors.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub groups: BTreeMap<&'a str, Group<'a>>,
    pub metadata: BTreeMap<String, String>,
}

/// Finds the state dict and checks every tensor against its storage. Nothing is allocated for elements yet.
pub(super) fn plan<'a>(pickle: &Pickle<'a>) -> Result<Plan<'a>, Problem> {
    let mut metadata = BTreeMap::new();
    let mut tensors = Vec::new();
    let mut left_out = Vec::new();
    collect(pickle, &mut tensors, &mut metadata, &mut left_out)?;
    if !left_out.is_empty() {
        left_out.truncate(32);
        metadata.entry("left_out".to_owned()).or_insert_with(|| left_out.join(", "));
    }
    strip_module(&mut tensors);

    let mut groups: BTreeMap<&'a str, Group<'a>> = BTreeMap::new();
    let (mut host_bytes, mut seen) = (0_u64, HashSet::new());
    for (name, tensor) in tensors {
        if !seen.insert(name.clone()) {
            return Err(Problem::damaged(format!("names tensor `{}` twice", printable(&name))));
        }
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
        Some(stored) if host_bytes <= stored.saturating_mul(4).saturating_add(1 << 20) => Ok(Plan { groups, metadata }),
        _ => Err(Problem::new("describes tensors far larger than the numbers it holds", RESAVE)),
    }
}

fn collect<'a>(
    pickle: &Pickle<'a>,
    tensors: &mut Vec<(String, Tensor<'a>)>,
    metadata: &mut BTreeMap<String, String>,
    left_out: &mut Vec<String>,
) -> Result<(), Problem> {
    let mut value = pickle.root;
    // A wrapper may hold a wrapper; four levels are more than anyone writes.
    for _ in 0..4 {
        let Some(Item::Dict(entries)) = pickle.item(value) else {
            return Err(Problem::new("holds no dictionary of tensors", RESAVE));
        };
        let wrapped = WRAPPERS.iter().find_map(|wrapper| {
            let (_, inner) = entries.iter().find(|(key, _)| pickle.str(*key) == Some(wrapper))?;
            matches!(pickle.item(*inner), Some(Item::Dict(_))).then_some(*inner)
        });
        for (key, entry) in entries {
            let Some(key) = pickle.str(*key) else { continue };
            match (*entry, pickle.item(*entry)) {
                (entry, _) if Some(entry) == wrapped => {}
                // Beside a wrapped state dict, a tensor is the trainer's (an epoch's loss), not the network's.
                (_, Some(Item::Tensor(tensor))) if wrapped.is_none() => {
                    if tensors.len() >= MAX_TENSORS {
                        return Err(Problem::new(format!("holds more than {MAX_TENSORS} tensors"), RESAVE));
                    }
                    tensors.push((key.to_owned(), (**tensor).clone()));
                }
                (Value::Bool(flag), _) => insert(metadata, key, flag.to_string()),
                (Value::Int(number), _) => insert(metadata, key, number.to_string()),
                (Value::Float(number), _) => insert(metadata, key, number.to_string()),
                (_, Some(Item::Str(text))) if text.len() <= MAX_TEXT => insert(metadata, key, (*text).to_owned()),
                (Value::None, _) => {}
                _ => left_out.push(printable(key)),
            }
        }
        match wrapped {
            Some(inner) => value = inner,
            None => break,
        }
    }
    if tensors.is_empty() {
        left_out.truncate(8);
        let what = match left_out.as_slice() {
            [] => "holds a dictionary without a single tensor".to_owned(),
            names => format!("holds no tensors where a state dict has them, only {}", names.join(", ")),
        };
        return Err(Problem::new(what, RESAVE));
    }
    Ok(())
}

fn insert(metadata: &mut BTreeMap<String, String>, key: &str, value: String) {
    if key.len() <= MAX_TEXT && metadata.len() < 1000 {
        metadata.insert(key.to_owned(), value);
    }
}

/// Takes off the prefix that `DataParallel` puts before every name.
fn strip_module(tensors: &mut [(String, Tensor<'_>)]) {
    while tensors.iter().all(|(name, _)| name.len() > 7 && name.starts_with("module.")) && !tensors.is_empty() {
        for (name, _) in tensors.iter_mut() {
            name.drain(..7);
        }
    }
}

/// Bytes of one element by storage key, over every storage the pickle names, used or not.
pub(super) fn element_sizes<'a>(pickle: &Pickle<'a>) -> BTreeMap<&'a str, usize> {
    pickle.storages().map(|storage| (storage.key, storage.element.size())).collect()
}

/// Fills the plan's tensors with `storage`, called once for each storage in key order.
pub(super) fn fill(
    plan: Plan<'_>,
    mut storage: impl FnMut(&str, u64) -> Result<Vec<u8>, Problem>,
) -> Result<Contents, Problem> {
    let mut tensors = StateDict::new();
    for (key, group) in &plan.groups {
        let bytes = group.bytes().ok_or_else(|| Problem::damaged("describes a storage of impossible size"))?;
        group.fill(&storage(key, bytes)?, &mut tensors)?;
    }
    Ok((tensors, plan.metadata))
}
