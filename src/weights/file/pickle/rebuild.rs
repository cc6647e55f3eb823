//! What the allowed globals make of their arguments: storages, tensors, dictionaries. Data in, data out.

use super::value::{item, str_of};
use super::{Element, Global, Item, MAX_COPIES, MAX_RANK, Reader, Step, Storage, Tensor, Value, broken, too_much};

impl Reader<'_> {
    /// `function(*arguments)` for a global of the list.
    pub(super) fn call(&mut self, function: Value, arguments: Value) -> Step {
        let Value::Global(global) = function else { return self.object(function, arguments) };
        let arguments = match item(&self.items, arguments) {
            Some(Item::Tuple(values)) if values.len() <= MAX_RANK => values.clone(),
            _ => return Err(broken("a call without its arguments")),
        };
        let first = arguments.first().copied();
        match global {
            Global::OrderedDict => self.ordered_dict(first),
            // Schedulers count epochs in a counter, which nobody reads; a default's maker is not asked for anything.
            Global::Counter | Global::DefaultDict => self.make(Item::Dict(Vec::new())),
            Global::Set | Global::Size => {
                let values = match first.and_then(|value| item(&self.items, value)) {
                    None | Some(Item::Object(_)) => Vec::new(),
                    Some(Item::List(values) | Item::Tuple(values)) => {
                        let count = values.len();
                        let copy = if count <= MAX_COPIES { values.clone() } else { Vec::new() };
                        self.charge(count)?;
                        copy
                    }
                    Some(_) => return Err(broken("a set of no list")),
                };
                self.make(if global == Global::Set { Item::List(values) } else { Item::Tuple(values) })
            }
            Global::RebuildTensor => self.tensor(&arguments, 4, None),
            Global::RebuildTensorV2 => self.tensor(&arguments, 5, None),
            Global::RebuildTensorV3 => match arguments.get(6) {
                Some(Value::Global(Global::Dtype(element))) => self.tensor(&arguments, 7, Some(*element)),
                _ => Err(broken("a tensor without its type")),
            },
            // A parameter is its tensor; whether it asks for a gradient does not matter here.
            Global::RebuildParameter => match first {
                Some(value) if matches!(item(&self.items, value), Some(Item::Tensor(_) | Item::Object(_))) => {
                    self.push(value)
                }
                _ => Err(broken("a parameter without its tensor")),
            },
            // A tensor of a class of its own, or with attributes: (how to rebuild it, its class, arguments, attributes).
            Global::RebuildFromType => match (first, arguments.get(2)) {
                (Some(Value::Global(Global::RebuildFromType)), _) => Err(broken("a tensor of no kind")),
                (Some(how), Some(inner)) => self.call(how, *inner),
                _ => Err(broken("a tensor without its arguments")),
            },
            Global::Storage(_) | Global::Dtype(_) => Err(broken("a call of what is no function")),
        }
    }

    /// What a call of a class that is only a name makes: an object without content, whatever the arguments.
    fn object(&mut self, function: Value, arguments: Value) -> Step {
        let class = match (function, item(&self.items, function)) {
            (Value::Item(class), Some(Item::Class { module: "copyreg" | "copy_reg", name: "_reconstructor" })) => {
                // Python 2 gave the class to a helper.
                let first = match item(&self.items, arguments) {
                    Some(Item::Tuple(values)) => values.first().copied(),
                    _ => None,
                };
                match (first, first.and_then(|first| item(&self.items, first))) {
                    (Some(Value::Item(class)), Some(Item::Class { .. })) => class,
                    _ => class,
                }
            }
            (Value::Item(class), Some(Item::Class { .. })) => class,
            (_, Some(Item::Object(class))) => *class,
            _ => return Err(broken("a call of what is no function")),
        };
        self.make(Item::Object(class))
    }

    /// `OrderedDict()` or, as Python 2 wrote it, `OrderedDict([[key, value], …])`.
    fn ordered_dict(&mut self, pairs: Option<Value>) -> Step {
        let mut dict = Vec::new();
        if let Some(value) = pairs {
            let Some(Item::List(list)) = item(&self.items, value) else {
                return Err(broken("a dictionary of no list"));
            };
            let count = list.len();
            for pair in list.iter().take(MAX_COPIES) {
                match item(&self.items, *pair) {
                    Some(Item::List(pair) | Item::Tuple(pair)) if pair.len() == 2 => dict.push((pair[0], pair[1])),
                    _ => return Err(broken("a dictionary of no pairs")),
                }
            }
            self.charge(count)?;
        }
        self.make(Item::Dict(dict))
    }

    fn tensor(&mut self, arguments: &[Value], least: usize, element: Option<Element>) -> Step {
        if arguments.len() < least {
            return Err(broken("a tensor without its arguments"));
        }
        let storage = match item(&self.items, arguments[0]) {
            Some(Item::Storage(storage)) => (**storage).clone(),
            // A storage of a kind that is not read makes a tensor that is not.
            Some(Item::Object(class)) => {
                let class = *class;
                return self.make(Item::Object(class));
            }
            _ => return Err(broken("a tensor without its storage")),
        };
        let offset = whole(arguments[1]).ok_or_else(|| broken("a tensor's offset"))?;
        let shape = self.sizes(arguments[2])?;
        let stride = self.sizes(arguments[3])?;
        if shape.len() != stride.len() {
            return Err(broken("a tensor with other strides than sizes"));
        }
        let element = element.unwrap_or(storage.element);
        // Counts of an untyped storage are bytes, so its tensors must say their type.
        if element == Element::Untyped {
            return Err(broken("a tensor without its type"));
        }
        self.charge(2 * shape.len())?;
        self.make(Item::Tensor(Box::new(Tensor { storage, element, offset, shape, stride })))
    }

    fn sizes(&self, value: Value) -> Step<Vec<u64>> {
        match item(&self.items, value) {
            Some(Item::Tuple(values) | Item::List(values)) if values.len() <= MAX_RANK => {
                values.iter().map(|value| whole(*value).ok_or_else(|| broken("a tensor's sizes"))).collect()
            }
            Some(Item::Tuple(_) | Item::List(_)) => Err(too_much("more dimensions")),
            _ => Err(broken("a tensor's sizes")),
        }
    }

    /// The tuple `('storage', type, key, location, count[, view])` that stands for a storage.
    pub(super) fn persistent(&mut self, id: Value) -> Step {
        let Some(Item::Tuple(parts)) = item(&self.items, id) else { return Err(broken("a storage without its tuple")) };
        let named = match parts.get(1) {
            Some(Value::Item(class)) if matches!(item(&self.items, Value::Item(*class)), Some(Item::Class { .. })) => {
                Some(*class)
            }
            _ => None,
        };
        match (parts.first().and_then(|value| str_of(&self.items, *value)), named) {
            // An element type that is not read, such as a quantised one.
            (Some("storage"), Some(class)) => return self.make(Item::Object(class)),
            // The class of a whole model, with its source text.
            (Some("module"), Some(class)) => return self.push(Value::Item(class)),
            (Some("storage"), None) => {}
            _ => return Err(broken("an unknown kind of storage")),
        }
        let (Some(Value::Global(Global::Storage(element))), Some(key), Some(count)) = (
            parts.get(1),
            parts.get(2).and_then(|value| str_of(&self.items, *value)),
            parts.get(4).and_then(|value| whole(*value)),
        ) else {
            return Err(broken("a storage without type, key or size"));
        };
        let view = match parts.get(5) {
            None | Some(Value::None) => None,
            Some(view) => match item(&self.items, *view) {
                Some(Item::Tuple(view)) if view.len() == 3 => match (whole(view[1]), whole(view[2])) {
                    (Some(offset), Some(size)) => Some((offset, size)),
                    _ => return Err(broken("a storage's view")),
                },
                _ => return Err(broken("a storage's view")),
            },
        };
        self.make(Item::Storage(Box::new(Storage { element: *element, key, count, view })))
    }
}

/// A whole number from zero up.
fn whole(value: Value) -> Option<u64> {
    match value {
        Value::Int(n) => u64::try_from(n).ok(),
        _ => None,
    }
}
