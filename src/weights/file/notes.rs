//! What is said about the parts of a file that are no tensors of a network: left out, or standing where those should be.

use super::pickle::{Item, Pickle, Value, class_name, printable};
use super::unwrap::{is_averaged, is_wrapper};
use super::{Problem, RESAVE};

/// Entries of a dictionary in the file's order.
pub(super) type Entries = [(Value, Value)];

/// Most entries of a dictionary that are looked into for a reason, so that looking stays linear.
const MAX_LOOKS: usize = 64;

/// An object stands where the tensors should: its class would have to be run to get at them.
pub(super) fn whole_object(class: (&str, &str), at: &str) -> Problem {
    let place = if at.is_empty() { String::new() } else { format!(" under `{}`", printable(at)) };
    if class.0.starts_with("numpy") {
        return Problem::new(format!("holds NumPy arrays{place}, not PyTorch's tensors"), RESAVE);
    }
    let name = class_name(class);
    Problem::new(
        format!("holds{place} a whole Python object of class `{name}`, whose code would have to be run to open it"),
        RESAVE,
    )
}

/// Number of tensors in some values, at any depth; each container is looked into once, so that knots end.
pub(super) fn tensors_below(pickle: &Pickle<'_>, values: impl IntoIterator<Item = Value>) -> usize {
    let mut seen = vec![false; pickle.len()];
    let (mut open, mut count): (Vec<Value>, _) = (values.into_iter().collect(), 0);
    while let Some(value) = open.pop() {
        let Value::Item(index) = value else { continue };
        match seen.get_mut(index as usize) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        match pickle.item(value) {
            Some(Item::Tensor(_)) => count += 1,
            Some(Item::Dict(entries)) => open.extend(entries.iter().map(|(_, value)| *value)),
            Some(Item::List(values) | Item::Tuple(values)) => open.extend_from_slice(values),
            _ => {}
        }
    }
    count
}

/// Whether a dictionary is what `Optimizer.state_dict` makes.
pub(super) fn is_optimizer(pickle: &Pickle<'_>, value: Value) -> bool {
    let Some(Item::Dict(entries)) = pickle.item(value) else { return false };
    let has = |name: &str| entries.iter().any(|(key, _)| pickle.str(*key) == Some(name));
    has("param_groups") && has("state")
}

/// What is said of an entry that is not read: a sentence where it has tensors, else its name and class for a list.
pub(super) fn left_out(pickle: &Pickle<'_>, key: &str, value: Value) -> Result<String, String> {
    let name = printable(key);
    let tensors = match tensors_below(pickle, [value]) {
        0 => {
            let class = pickle.class(value).map(|class| format!(" ({})", class_name(class)));
            return Err(format!("`{name}`{}", class.unwrap_or_default()));
        }
        1 => "1 tensor".to_owned(),
        n => format!("{n} tensors"),
    };
    let what = match () {
        () if is_averaged(key) => ": averaged (EMA) weights beside the plain ones",
        () if is_optimizer(pickle, value) => ": the state of an optimizer",
        () => "",
    };
    Ok(format!("`{name}` with {tensors} was left out{what}."))
}

/// A class of PyTorch's that stands for a tensor in a form that is not read: quantised, sparse, complex.
pub(super) fn is_foreign_tensor((module, name): (&str, &str)) -> bool {
    module.starts_with("torch") && (name.starts_with("_rebuild") || name.ends_with("Storage"))
}

/// Why there is no tensor in a dictionary, of which `others` are entries that are neither tensors nor plain values.
pub(super) fn why_none(pickle: &Pickle<'_>, entries: &Entries, others: &[String]) -> Problem {
    const TRAIN: &str = "choose the file with the network that its training saved beside it";
    let has = |name: &str| entries.iter().any(|(key, _)| pickle.str(*key) == Some(name));
    if has("param_groups") && has("state") {
        let count = tensors_below(pickle, entries.iter().map(|(_, value)| *value));
        return Problem::new(format!("is the state of an optimizer ({count} tensors), not a network"), TRAIN);
    }
    let objects = || entries.iter().filter_map(|(key, value)| Some((pickle.str(*key)?, pickle.class(*value)?)));
    let whole = objects().find(|(key, _)| is_wrapper(key)).or_else(|| {
        let telling = ["numpy", "torch"];
        objects().find(|(_, class)| telling.contains(&class.0.split('.').next().unwrap_or_default()))
    });
    if let Some((key, class)) = whole {
        return whole_object(class, key);
    }
    let dictionaries = entries.iter().filter(|(_, value)| matches!(pickle.item(*value), Some(Item::Dict(_))));
    if let Some((key, value)) = dictionaries.take(MAX_LOOKS).find(|(_, value)| is_optimizer(pickle, *value)) {
        let key = pickle.str(*key).map_or_else(|| "?".to_owned(), printable);
        let count = tensors_below(pickle, [*value]);
        let what = format!("holds the state of an optimizer (`{key}`, {count} tensors) and no network");
        return Problem::new(what, TRAIN);
    }
    let what = match others {
        [] => "holds a dictionary without a single tensor".to_owned(),
        names => {
            let names = &names[..names.len().min(8)];
            format!("holds no tensors where a state dict has them, only {}", names.join(", "))
        }
    };
    Problem::new(what, RESAVE)
}

/// The parts of `{"encoder": {…}, "decoder": {…}}`, a network whose parts were saved each as a state dict of its own.
pub(super) fn parts<'a>(pickle: &Pickle<'a>, entries: &Entries) -> Vec<(&'a str, Value)> {
    let is_tensor = |value: Value| matches!(pickle.item(value), Some(Item::Tensor(_)));
    if entries.iter().any(|(_, value)| is_tensor(*value)) {
        return Vec::new();
    }
    let dictionaries = || entries.iter().filter(|(_, value)| matches!(pickle.item(*value), Some(Item::Dict(_))));
    if dictionaries().nth(MAX_LOOKS).is_some() {
        return Vec::new();
    }
    let named = dictionaries().filter_map(|(key, value)| Some((pickle.str(*key)?, *value)));
    let is_part = |(key, value): &(&str, Value)| {
        let Some(Item::Dict(inner)) = pickle.item(*value) else { return false };
        !is_averaged(key) && !is_optimizer(pickle, *value) && inner.iter().any(|(_, value)| is_tensor(*value))
    };
    named.filter(is_part).collect()
}
