//! From a strided window of a storage to a contiguous array, with every index checked before anything is allocated.

use super::Problem;
use super::pickle::{Element, Tensor};
use crate::state_dict::{DType, HostTensor};

/// Elements of a tensor, or `None` when the number does not fit, or would not if a size of 0 were left out: no product
/// of some of the sizes may overflow either.
fn elements(shape: &[u64]) -> Option<u64> {
    let without_zeros = shape.iter().try_fold(1_u64, |n, size| n.checked_mul((*size).max(1)))?;
    if without_zeros > isize::MAX as u64 { None } else { Some(if shape.contains(&0) { 0 } else { without_zeros }) }
}

/// Checks that a tensor lies inside its storage and gives the bytes it will take on the host.
pub(super) fn check(name: &str, tensor: &Tensor<'_>) -> Result<u64, Problem> {
    let outside = || Problem::damaged(format!("has tensor `{name}` that reaches beyond its storage"));
    let (start, count) = match tensor.storage.view {
        Some((start, count)) => (start, count),
        None => (0, tensor.storage.count),
    };
    let view_end = start.checked_add(count).ok_or_else(outside)?;
    if view_end > tensor.storage.count {
        return Err(outside());
    }
    let elements = elements(&tensor.shape).ok_or_else(outside)?;
    if elements > 0 {
        let mut last = tensor.offset;
        for (size, stride) in tensor.shape.iter().zip(&tensor.stride) {
            last = (size - 1).checked_mul(*stride).and_then(|reach| last.checked_add(reach)).ok_or_else(outside)?;
        }
        // Counts of an untyped storage are bytes.
        let per_element = if tensor.storage.element == Element::Untyped { tensor.element.size() as u64 } else { 1 };
        let end = last.checked_add(1).and_then(|n| n.checked_mul(per_element)).ok_or_else(outside)?;
        if end > count {
            return Err(outside());
        }
    }
    elements.checked_mul(host_type(tensor.element).size() as u64).ok_or_else(outside)
}

/// As [`gather`], for a storage that nothing else needs: a tensor that fills at least half of it keeps its bytes.
pub(super) fn take(name: &str, tensor: &Tensor<'_>, mut storage: Vec<u8>) -> Result<HostTensor, Problem> {
    let window = window(name, tensor)?;
    let whole = window.bytes > 0 && is_contiguous(&tensor.shape, &tensor.stride);
    if !whole || window.end > storage.len() || window.bytes < storage.len() / 2 {
        return gather(name, tensor, &storage);
    }
    storage.truncate(window.end);
    storage.drain(..window.base);
    storage.shrink_to_fit();
    Ok(HostTensor { dtype: host_type(tensor.element), shape: window.shape, bytes: widen(tensor.element, storage) })
}

/// Where a contiguous tensor lies in its storage, in bytes.
struct Window {
    shape: Vec<usize>,
    base: usize,
    bytes: usize,
    end: usize,
}

fn window(name: &str, tensor: &Tensor<'_>) -> Result<Window, Problem> {
    let outside = || Problem::damaged(format!("has tensor `{name}` that reaches beyond its storage"));
    let size = tensor.element.size();
    let view_start = tensor.storage.view.map_or(0, |(start, _)| start);
    // A view's start counts in the storage's elements, the offset in the tensor's.
    let base = (view_start as usize)
        .checked_mul(tensor.storage.element.size())
        .and_then(|start| start.checked_add((tensor.offset as usize).checked_mul(size)?))
        .ok_or_else(outside)?;
    let total = elements(&tensor.shape).and_then(|n| usize::try_from(n).ok()).ok_or_else(outside)?;
    let bytes = total.checked_mul(size).ok_or_else(outside)?;
    let end = base.checked_add(bytes).ok_or_else(outside)?;
    Ok(Window { shape: tensor.shape.iter().map(|n| *n as usize).collect(), base, bytes, end })
}

/// The tensor's elements in row-major order. [`check`] has passed and `storage` holds the whole storage.
pub(super) fn gather(name: &str, tensor: &Tensor<'_>, storage: &[u8]) -> Result<HostTensor, Problem> {
    let outside = || Problem::damaged(format!("has tensor `{name}` that reaches beyond its storage"));
    let size = tensor.element.size();
    let Window { shape, base, bytes: total, end } = window(name, tensor)?;

    let mut bytes = Vec::with_capacity(total);
    if total == 0 {
        // Nothing to copy, wherever it would lie.
    } else if is_contiguous(&tensor.shape, &tensor.stride) {
        bytes.extend_from_slice(storage.get(base..end).ok_or_else(outside)?);
    } else {
        let mut index = vec![0_usize; shape.len()];
        let mut at = base; // stays in range: `check` bounds every index
        for _ in 0..total / size {
            bytes.extend_from_slice(storage.get(at..at + size).ok_or_else(outside)?);
            for axis in (0..shape.len()).rev() {
                let step = tensor.stride[axis] as usize * size;
                index[axis] += 1;
                if index[axis] < shape[axis] {
                    at += step;
                    break;
                }
                at -= step * (shape[axis] - 1);
                index[axis] = 0;
            }
        }
    }
    Ok(HostTensor { dtype: host_type(tensor.element), shape, bytes: widen(tensor.element, bytes) })
}

fn is_contiguous(shape: &[u64], stride: &[u64]) -> bool {
    let mut expected = 1_u64;
    for (size, stride) in shape.iter().zip(stride).rev() {
        if *size != 1 && *stride != expected {
            return false;
        }
        expected = expected.saturating_mul(*size);
    }
    true
}

/// The host's element type; the small integers that it lacks become 32-bit ones.
fn host_type(element: Element) -> DType {
    match element {
        Element::F64 => DType::F64,
        Element::F32 => DType::F32,
        Element::F16 => DType::F16,
        Element::BF16 => DType::BF16,
        Element::I64 => DType::I64,
        Element::I32 | Element::I16 | Element::I8 => DType::I32,
        Element::U8 | Element::Bool | Element::Untyped => DType::U8,
    }
}

fn widen(element: Element, bytes: Vec<u8>) -> Vec<u8> {
    match element {
        Element::I16 => {
            bytes.as_chunks::<2>().0.iter().flat_map(|b| i32::from(i16::from_le_bytes(*b)).to_le_bytes()).collect()
        }
        Element::I8 => bytes.iter().flat_map(|b| i32::from(b.cast_signed()).to_le_bytes()).collect(),
        _ => bytes,
    }
}
