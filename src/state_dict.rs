//! [`StateDict`]: named tensors on the host, between weights files and networks.

use crate::error::{Error, Result};
use half::{bf16, f16};
use std::collections::BTreeMap;

/// Element type of a stored tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DType {
    /// IEEE half precision.
    F16,
    /// bfloat16.
    BF16,
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
    /// Signed 64-bit integer.
    I64,
    /// Signed 32-bit integer.
    I32,
    /// Unsigned byte.
    U8,
}

impl DType {
    /// Its name as PyTorch and safetensors abbreviate it: `f16`, `bf16`, `f32`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::F16 => "f16",
            Self::BF16 => "bf16",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::I64 => "i64",
            Self::I32 => "i32",
            Self::U8 => "u8",
        }
    }

    /// Bytes of one element.
    pub fn size(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::F16 | Self::BF16 => 2,
            Self::F32 | Self::I32 => 4,
            Self::F64 | Self::I64 => 8,
        }
    }
}

/// One tensor as it was stored: row-major, contiguous, little-endian.
#[derive(Debug, Clone, PartialEq)]
pub struct HostTensor {
    /// Element type.
    pub dtype: DType,
    /// Sizes, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
    /// `product(shape) * dtype.size()` bytes.
    pub bytes: Vec<u8>,
}

impl HostTensor {
    /// A single-precision tensor.
    pub fn from_f32(shape: impl Into<Vec<usize>>, values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self { dtype: DType::F32, shape: shape.into(), bytes }
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// True when it has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All elements as single precision (exact for half, bfloat16 and small integers).
    pub fn to_f32(&self) -> Vec<f32> {
        fn each<const N: usize>(bytes: &[u8], f: impl Fn([u8; N]) -> f32) -> Vec<f32> {
            bytes.as_chunks::<N>().0.iter().map(|c| f(*c)).collect()
        }
        match self.dtype {
            DType::F16 => each(&self.bytes, |c| f16::from_le_bytes(c).to_f32()),
            DType::BF16 => each(&self.bytes, |c| bf16::from_le_bytes(c).to_f32()),
            DType::F32 => each(&self.bytes, f32::from_le_bytes),
            DType::F64 => each(&self.bytes, |c| f64::from_le_bytes(c) as f32),
            DType::I64 => each(&self.bytes, |c| i64::from_le_bytes(c) as f32),
            DType::I32 => each(&self.bytes, |c| i32::from_le_bytes(c) as f32),
            DType::U8 => self.bytes.iter().map(|b| f32::from(*b)).collect(),
        }
    }
}

/// Tensors by name, in name order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StateDict {
    tensors: BTreeMap<String, HostTensor>,
}

impl StateDict {
    /// An empty dictionary.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a tensor.
    pub fn insert(&mut self, name: impl Into<String>, tensor: HostTensor) {
        self.tensors.insert(name.into(), tensor);
    }

    /// The tensor of that name.
    pub fn get(&self, name: &str) -> Option<&HostTensor> {
        self.tensors.get(name)
    }

    /// Takes the values of that name out, checked against the shape a network expects.
    ///
    /// # Errors
    /// When the tensor is missing or has another shape; the sentence names it, and the tensor stays.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let tensor = self.get(name).ok_or_else(|| {
            Error::Failed(format!(
                "the weights have no tensor `{name}`; they belong to another network or are incomplete"
            ))
        })?;
        if tensor.shape != shape {
            return Err(Error::Failed(format!(
                "tensor `{name}` has shape {:?} where the network needs {shape:?}; choose weights of the same architecture",
                tensor.shape
            )));
        }
        let values = tensor.to_f32();
        self.tensors.remove(name);
        Ok(values)
    }

    /// Names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.tensors.keys().map(String::as_str)
    }

    /// Names and tensors in name order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &HostTensor)> {
        self.tensors.iter().map(|(k, v)| (k.as_str(), v))
    }

    /// Leaves out the tensors for whose names `keep` is false.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.tensors.retain(|name, _| keep(name));
    }

    /// Number of tensors.
    pub fn len(&self) -> usize {
        self.tensors.len()
    }

    /// True when there is no tensor.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// The same tensors under new names; those for which `rename` gives `None` are left out.
    pub fn renamed(self, rename: impl Fn(&str) -> Option<String>) -> Self {
        let tensors = self.tensors.into_iter().filter_map(|(k, v)| Some((rename(&k)?, v))).collect();
        Self { tensors }
    }
}

impl IntoIterator for StateDict {
    type Item = (String, HostTensor);
    type IntoIter = std::collections::btree_map::IntoIter<String, HostTensor>;

    fn into_iter(self) -> Self::IntoIter {
        self.tensors.into_iter()
    }
}
