//! What a pickle of weights can hold: plain values, storages, tensors, and the few globals that rebuild them.

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

/// The globals that may be named; nothing else can be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) enum Global {
    OrderedDict,
    Counter,
    Set,
    Size,
    RebuildTensor,
    RebuildTensorV2,
    RebuildTensorV3,
    RebuildParameter,
    Storage(Element),
    Dtype(Element),
}

impl Global {
    /// The global of that name, if it is one of the list.
    pub fn named(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("collections", "Counter") => Self::Counter,
            ("builtins" | "__builtin__", "set" | "frozenset") => Self::Set,
            ("torch", "Size") => Self::Size,
            ("torch._utils", "_rebuild_tensor") => Self::RebuildTensor,
            ("torch._utils", "_rebuild_tensor_v2") => Self::RebuildTensorV2,
            ("torch._utils", "_rebuild_tensor_v3") => Self::RebuildTensorV3,
            ("torch._utils", "_rebuild_parameter") | ("torch.nn.parameter", "Parameter") => Self::RebuildParameter,
            ("torch" | "torch.storage", "UntypedStorage") => Self::Storage(Element::Untyped),
            ("torch", "DoubleStorage") => Self::Storage(Element::F64),
            ("torch", "FloatStorage") => Self::Storage(Element::F32),
            ("torch", "HalfStorage") => Self::Storage(Element::F16),
            ("torch", "BFloat16Storage") => Self::Storage(Element::BF16),
            ("torch", "LongStorage") => Self::Storage(Element::I64),
            ("torch", "IntStorage") => Self::Storage(Element::I32),
            ("torch", "ShortStorage") => Self::Storage(Element::I16),
            ("torch", "CharStorage") => Self::Storage(Element::I8),
            ("torch", "ByteStorage") => Self::Storage(Element::U8),
            ("torch", "BoolStorage") => Self::Storage(Element::Bool),
            ("torch", "float64") => Self::Dtype(Element::F64),
            ("torch", "float32") => Self::Dtype(Element::F32),
            ("torch", "float16") => Self::Dtype(Element::F16),
            ("torch", "bfloat16") => Self::Dtype(Element::BF16),
            ("torch", "int64") => Self::Dtype(Element::I64),
            ("torch", "int32") => Self::Dtype(Element::I32),
            ("torch", "int16") => Self::Dtype(Element::I16),
            ("torch", "int8") => Self::Dtype(Element::I8),
            ("torch", "uint8") => Self::Dtype(Element::U8),
            ("torch", "bool") => Self::Dtype(Element::Bool),
            _ => return None,
        })
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
