//! From what a training script saved to the state dict in it: wrappers and prefixes are taken off, and what was done or
//! left out is said in notes.

use super::notes::{self, Entries};
use super::pickle::{Item, Pickle, Tensor, Value, class_name, printable};
use super::{MAX_NAME_BYTES, MAX_TENSORS, Problem, RESAVE};
use std::collections::{BTreeMap, HashSet};

/// Names under which training scripts keep the state dict, the likeliest first. Those from [`AVERAGED`] on hold a
/// running average (EMA) of the weights and are taken when there is nothing else.
const WRAPPERS: [&str; 16] = [
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "net",
    "network",
    "module",
    "params",
    "state_dict_ema",
    "model_ema",
    "ema_state_dict",
    "model_ema_state_dict",
    "ema_model",
    "ema",
    "params_ema",
    "shadow",
];
const AVERAGED: usize = 8;

/// How many wrappers may stand around each other, and prefixes before a name; more than anyone writes.
const MAX_WRAPPERS: usize = 4;
/// Most notes on what was left out.
const MAX_LEFT_OUT: usize = 32;
/// Longest string that is kept as metadata, in bytes.
const MAX_TEXT: usize = 4096;
/// Most entries of metadata.
const MAX_METADATA: usize = 1000;

/// A state dict before its elements are read.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    /// Tensors by name, in the file's order, each name once.
    pub tensors: Vec<(String, Tensor<'a>)>,
    /// Numbers and strings beside them.
    pub metadata: BTreeMap<String, String>,
    /// What was taken off and left out, a sentence each.
    pub notes: Vec<String>,
    /// Names of entries that are neither.
    left_out: Vec<String>,
    /// Those of them without a tensor, with their classes.
    others: Vec<String>,
    seen: HashSet<String>,
}

/// Whether training scripts keep a state dict under this name.
pub(super) fn is_wrapper(name: &str) -> bool {
    WRAPPERS.contains(&name)
}

/// Whether it would be a running average of the weights.
pub(super) fn is_averaged(name: &str) -> bool {
    WRAPPERS[AVERAGED..].contains(&name)
}

/// Finds the state dict in an unpickled object.
pub(super) fn state_dict<'a>(pickle: &Pickle<'a>) -> Result<Found<'a>, Problem> {
    let mut found = Found::default();
    let mut path: Vec<&str> = Vec::new();
    let mut entries = dictionary(pickle, pickle.root, "")?;
    while path.len() < MAX_WRAPPERS
        && let Some((wrapper, inner)) = wrapped(pickle, entries)
    {
        for (key, value) in entries {
            // Beside a wrapped state dict, a tensor is the trainer's (an epoch's loss), not the network's.
            if pickle.str(*key).is_some_and(|key| key != wrapper) {
                found.beside(pickle, *key, *value);
            }
        }
        if is_averaged(wrapper) {
            found.notes.push(format!("The tensors are the averaged (EMA) weights `{wrapper}`; there are no others."));
        }
        path.push(wrapper);
        entries = dictionary(pickle, inner, wrapper)?;
    }
    if !path.is_empty() {
        found.notes.insert(0, format!("The tensors were taken from `{}` inside the file.", path.join("/")));
    }

    let parts = notes::parts(pickle, entries);
    for (key, value) in entries {
        let name = pickle.str(*key);
        match (name, pickle.item(*value)) {
            (Some(name), Some(Item::Tensor(tensor))) => found.add(name.to_owned(), tensor)?,
            (Some(part), Some(Item::Dict(inner))) if parts.contains(&(part, *value)) => {
                for (key, value) in inner {
                    if let (Some(key), Some(Item::Tensor(tensor))) = (pickle.str(*key), pickle.item(*value)) {
                        found.add(format!("{part}.{key}"), tensor)?;
                    }
                }
            }
            (Some(name), _) if pickle.class(*value).is_some_and(notes::is_foreign_tensor) => {
                let form = pickle.class(*value).map(class_name).unwrap_or_default();
                let what = format!("stores tensor `{}` in a form that is not read, `{form}`", printable(name));
                return Err(Problem::new(what, RESAVE));
            }
            _ => found.beside(pickle, *key, *value),
        }
    }
    if found.tensors.is_empty() {
        return Err(notes::why_none(pickle, entries, &found.left_out));
    }
    if !parts.is_empty() {
        let names: Vec<_> = parts.iter().map(|(part, _)| format!("`{}`", printable(part))).collect();
        found
            .notes
            .push(format!("The names of the parts {} were put before those of their tensors.", names.join(", ")));
    }
    if !found.left_out.is_empty() {
        found.metadata.entry("left_out".to_owned()).or_insert_with(|| found.left_out.join(", "));
    }
    if !found.others.is_empty() {
        found.notes.push(format!("Left out, and nothing in them run: {}.", found.others.join(", ")));
    }
    found.strip_prefixes();
    Ok(found)
}

/// The entries of a dictionary, or a sentence about what stands in its place.
fn dictionary<'p>(pickle: &'p Pickle<'_>, value: Value, at: &str) -> Result<&'p Entries, Problem> {
    match pickle.item(value) {
        Some(Item::Dict(entries)) => Ok(entries),
        Some(Item::Tensor(_)) => Err(Problem::new("holds a single tensor without a name, not a network's", RESAVE)),
        _ => Err(match pickle.class(value) {
            Some(class) => notes::whole_object(class, at),
            None => Problem::new("holds no dictionary of tensors", RESAVE),
        }),
    }
}

/// The likeliest wrapper of a dictionary that has tensors somewhere inside, and what it wraps.
fn wrapped<'a>(pickle: &Pickle<'a>, entries: &Entries) -> Option<(&'static str, Value)> {
    // As in Python, the last entry of a name counts.
    let mut inner = [None; WRAPPERS.len()];
    for (key, value) in entries {
        if let Some(key) = pickle.str(*key)
            && let Some(rank) = WRAPPERS.iter().position(|wrapper| *wrapper == key)
        {
            inner[rank] = matches!(pickle.item(*value), Some(Item::Dict(_))).then_some(*value);
        }
    }
    let candidates = WRAPPERS.iter().zip(inner).filter_map(|(wrapper, value)| Some((*wrapper, value?)));
    candidates.into_iter().find(|(_, value)| notes::tensors_below(pickle, [*value]) > 0)
}

impl<'a> Found<'a> {
    fn add(&mut self, name: String, tensor: &Tensor<'a>) -> Result<(), Problem> {
        if self.tensors.len() >= MAX_TENSORS {
            return Err(Problem::new(format!("holds more than {MAX_TENSORS} tensors"), RESAVE));
        }
        if name.len() > MAX_NAME_BYTES {
            return Err(Problem::new(format!("names a tensor with {} bytes", name.len()), RESAVE));
        }
        if !self.seen.insert(name.clone()) {
            return Err(Problem::damaged(format!("names tensor `{}` twice", printable(&name))));
        }
        self.tensors.push((name, tensor.clone()));
        Ok(())
    }

    /// Keeps a number or string as metadata, and notes the rest.
    fn beside(&mut self, pickle: &Pickle<'a>, key: Value, value: Value) {
        let Some(key) = pickle.str(key) else { return };
        let text = match (value, pickle.item(value)) {
            (Value::None, _) => return,
            (Value::Bool(flag), _) => flag.to_string(),
            (Value::Int(number), _) => number.to_string(),
            (Value::Float(number), _) => number.to_string(),
            (_, Some(Item::Str(text))) if text.len() <= MAX_TEXT => (*text).to_owned(),
            _ => {
                if self.left_out.len() < MAX_LEFT_OUT {
                    self.left_out.push(printable(key));
                    match notes::left_out(pickle, key, value) {
                        Ok(note) => self.notes.push(note),
                        Err(entry) => self.others.push(entry),
                    }
                }
                return;
            }
        };
        if key.len() <= MAX_TEXT && self.metadata.len() < MAX_METADATA {
            self.metadata.insert(key.to_owned(), text);
        }
    }

    /// Takes off what `DataParallel` and `torch.compile` put before every name, and the counter of `AveragedModel`.
    fn strip_prefixes(&mut self) {
        let is_counter = |name: &str| name == "n_averaged";
        for _ in 0..MAX_WRAPPERS {
            let Some((prefix, who)) =
                [("module.", "DataParallel"), ("_orig_mod.", "torch.compile")].into_iter().find(|(prefix, _)| {
                    let mut names = self.tensors.iter().map(|(name, _)| name).filter(|name| !is_counter(name));
                    let longer = |name: &String| name.len() > prefix.len() && name.starts_with(prefix);
                    names.next().is_some_and(longer) && names.all(longer)
                })
            else {
                return;
            };
            let before = self.tensors.len();
            self.tensors.retain(|(name, _)| !is_counter(name));
            let who = if self.tensors.len() < before { "AveragedModel, with its counter" } else { who };
            for (name, _) in &mut self.tensors {
                name.drain(..prefix.len());
            }
            self.notes.push(format!("The prefix `{prefix}` was taken off every name ({who})."));
        }
    }
}
