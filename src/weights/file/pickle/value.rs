//! What a pickle of weights can hold: plain values, storages, tensors, and names of what is never run.

use super::Global;

/// Element type of a PyTorch storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Element {
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U8,
    Bool,
    /// Bytes whose meaning the tensor gives.
    Untyped,
}

impl Element {
    /// Bytes of one element.
    pub fn size(self) -> usize {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::I32 => 4,
            Self::F16 | Self::BF16 | Self::I16 => 2,
            Self::I8 | Self::U8 | Self::Bool | Self::Untyped => 1,
        }
    }
}

/// A Python value: small ones by themselves, larger ones by their index in the arena.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Global(Global),
    Item(u32),
}

/// A storage that tensors are windows of; its elements stand elsewhere in the file.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Storage<'a> {
    pub element: Element,
    pub key: &'a str,
    /// Elements of the whole storage.
    pub count: u64,
    /// First element and number of elements of a view.
    pub view: Option<(u64, u64)>,
}

/// A tensor before its elements are read; offset and strides in elements.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Tensor<'a> {
    pub storage: Storage<'a>,
    pub element: Element,
    pub offset: u64,
    pub shape: Vec<u64>,
    pub stride: Vec<u64>,
}

/// A value of the arena; strings borrow from the pickle.
#[derive(Debug)]
pub(in super::super) enum Item<'a> {
    Str(&'a str),
    /// Bytes, long numbers and strings of no known encoding: nothing that weights need.
    Opaque,
    List(Vec<Value>),
    Tuple(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    Storage(Box<Storage<'a>>),
    Tensor(Box<Tensor<'a>>),
    /// A class or function by its name. It is never looked up.
    Class {
        module: &'a str,
        name: &'a str,
    },
    /// What a call of such a class would have made, by the class's index in the arena. It has no content.
    Object(u32),
}

/// One pickle that was read.
#[derive(Debug)]
pub(in super::super) struct Pickle<'a> {
    items: Vec<Item<'a>>,
    /// The value it holds.
    pub root: Value,
    /// Bytes up to and with its last operation.
    pub consumed: usize,
}

impl<'a> Pickle<'a> {
    /// A pickle that was read.
    pub fn new(items: Vec<Item<'a>>, root: Value, consumed: usize) -> Self {
        Self { items, root, consumed }
    }

    /// The arena's item behind a value.
    pub fn item(&self, value: Value) -> Option<&Item<'a>> {
        item(&self.items, value)
    }

    /// Every storage that is named, used or not.
    pub fn storages(&self) -> impl Iterator<Item = &Storage<'a>> {
        self.items.iter().filter_map(|item| match item {
            Item::Storage(storage) => Some(&**storage),
            _ => None,
        })
    }

    /// Number of items in the arena; every [`Value::Item`] is below it.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Module and name of the class that a value would be an object of, or that it is.
    pub fn class(&self, value: Value) -> Option<(&'a str, &'a str)> {
        class_of(&self.items, value)
    }

    /// A string.
    pub fn str(&self, value: Value) -> Option<&'a str> {
        str_of(&self.items, value)
    }
}

/// The item of the arena behind a value.
pub(super) fn item<'i, 'a>(items: &'i [Item<'a>], value: Value) -> Option<&'i Item<'a>> {
    match value {
        Value::Item(index) => items.get(index as usize),
        _ => None,
    }
}

/// The string of the arena behind a value.
pub(super) fn str_of<'a>(items: &[Item<'a>], value: Value) -> Option<&'a str> {
    match item(items, value) {
        Some(Item::Str(text)) => Some(text),
        _ => None,
    }
}

/// The class behind an object or a name.
pub(super) fn class_of<'a>(items: &[Item<'a>], value: Value) -> Option<(&'a str, &'a str)> {
    match item(items, value)? {
        Item::Class { module, name } => Some((module, name)),
        Item::Object(class) => match items.get(*class as usize)? {
            Item::Class { module, name } => Some((module, name)),
            _ => None,
        },
        _ => None,
    }
}
