//! The globals that a pickle names, sorted into three: those that rebuild tensors are known and acted on; those that
//! reach the system refuse the whole file; all others stay names, so that what "calls" them is an object of no use.

use super::Element;

/// The globals that are acted on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) enum Global {
    OrderedDict,
    DefaultDict,
    Counter,
    Set,
    Size,
    RebuildTensor,
    RebuildTensorV2,
    RebuildTensorV3,
    RebuildParameter,
    RebuildFromType,
    Storage(Element),
    Dtype(Element),
}

impl Global {
    /// The global of that name, if it is one of the list.
    pub fn named(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("collections", "defaultdict") => Self::DefaultDict,
            ("collections", "Counter") => Self::Counter,
            ("builtins" | "__builtin__", "set" | "frozenset") => Self::Set,
            ("torch", "Size") => Self::Size,
            ("torch._utils", "_rebuild_tensor") => Self::RebuildTensor,
            ("torch._utils", "_rebuild_tensor_v2") => Self::RebuildTensorV2,
            ("torch._utils", "_rebuild_tensor_v3") => Self::RebuildTensorV3,
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state")
            | ("torch.nn.parameter", "Parameter") => Self::RebuildParameter,
            ("torch._tensor", "_rebuild_from_type" | "_rebuild_from_type_v2") => Self::RebuildFromType,
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

/// Modules through which a pickle reaches the system, wherever in a dotted path they stand (`torch` has an `os` too).
const SYSTEM: [&str; 14] = [
    "os",
    "posix",
    "nt",
    "sys",
    "subprocess",
    "_posixsubprocess",
    "importlib",
    "ctypes",
    "_ctypes",
    "shutil",
    "socket",
    "pty",
    "runpy",
    "commands",
];

/// Packages that run, fetch or unpickle something when called.
const PACKAGES: [&str; 24] = [
    "pickle",
    "_pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "marshal",
    "webbrowser",
    "asyncio",
    "http",
    "urllib",
    "urllib2",
    "requests",
    "httpx",
    "ssl",
    "smtplib",
    "ftplib",
    "pdb",
    "bdb",
    "timeit",
    "cProfile",
    "profile",
    "pip",
    "pkgutil",
    "operator",
];

/// Functions that run what they are given, whatever module they are taken from.
const FUNCTIONS: [&str; 15] = [
    "eval",
    "exec",
    "execfile",
    "compile",
    "getattr",
    "setattr",
    "delattr",
    "__import__",
    "import_module",
    "open",
    "system",
    "popen",
    "FunctionType",
    "LambdaType",
    "CodeType",
];

/// Python's own types, which hold data and do nothing; anything else of `builtins` is a function.
const TYPES: [&str; 17] = [
    "object",
    "type",
    "list",
    "dict",
    "tuple",
    "int",
    "long",
    "float",
    "complex",
    "bool",
    "str",
    "unicode",
    "bytes",
    "bytearray",
    "slice",
    "range",
    "xrange",
];

/// Whether a file that names this global is out to run something. Nothing is ever run, so a miss here is no hole; a
/// hit keeps a file made to attack other programs from being opened as if nothing were wrong with it.
pub(super) fn is_dangerous(module: &str, name: &str) -> bool {
    if matches!(module, "builtins" | "__builtin__") {
        return !TYPES.contains(&name);
    }
    let part_of = |list: &[&str], path: &str| path.split('.').any(|part| list.contains(&part));
    part_of(&SYSTEM, module)
        || part_of(&SYSTEM, name)
        || part_of(&["builtins", "__builtin__", "__globals__", "__subclasses__"], module)
        || part_of(&["builtins", "__builtins__", "__globals__", "__subclasses__"], name)
        || part_of(&FUNCTIONS, name)
        || module.split('.').next().is_some_and(|package| PACKAGES.contains(&package))
        || matches!((module, name), ("torch" | "torch.serialization" | "torch.jit", "load") | ("torch.hub", _))
}
