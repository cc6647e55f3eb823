//! Safetensors files: read with the format's own crate checking the header, written atomically and the same for the same content.

use super::pickle::{MAX_RANK, printable};
use super::{Contents, Format, MAX_NAME_BYTES, MAX_TENSORS, Problem, RESAVE, Source};
use crate::atomic::write_atomic;
use crate::error::{Error, Result};
use crate::state_dict::{DType, HostTensor, StateDict};
use ::safetensors::Dtype;
use ::safetensors::tensor::Metadata;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;

/// Longest header that is read, in bytes; 370 tensors take 40 kB.
const MAX_HEADER_BYTES: u64 = 16 << 20;

/// Most values in a header; a tensor has about six.
const MAX_VALUES: usize = 20 * MAX_TENSORS;

pub(super) fn read(file: &mut dyn Source, length: u64) -> Result<Contents, Problem> {
    let mut start = [0; 8];
    file.read_exact(&mut start)?;
    let size = u64::from_le_bytes(start);
    if size > MAX_HEADER_BYTES {
        let what = format!("has a header of {:.0} MB, more than any weights need", size as f64 / 1e6);
        return Err(Problem::new(what, RESAVE));
    }
    let mut header = Vec::new();
    (&mut *file).take(size).read_to_end(&mut header)?;
    // Every tensor has its own `data_offsets`: counting them bounds the table before it is built.
    let too_many = || Problem::new(format!("lists more than {MAX_TENSORS} tensors"), RESAVE);
    if count(&header, b"data_offsets") > MAX_TENSORS {
        return Err(too_many());
    }
    // Values of any kind, before each becomes an object in memory.
    if header.iter().filter(|byte| **byte == b',').count() > MAX_VALUES {
        return Err(Problem::new("has a header with more values than any weights need", RESAVE));
    }
    // The crate checks that tensors follow each other without gap or overlap and that their sizes fit their shapes.
    let header: Metadata = serde_json::from_slice(&header).map_err(|e| broken_header(&e))?;
    let end = (header.data_len() as u64).checked_add(8 + size);
    if end != Some(length) {
        let what = if end.is_none_or(|end| end > length) {
            "is a truncated safetensors file: it ends before its last tensor"
        } else {
            "goes on behind its last tensor"
        };
        return Err(Problem::damaged(what));
    }

    if header.offset_keys().len() > MAX_TENSORS {
        return Err(too_many()); // escaped letters hid them from the count
    }

    // Now that every size is known to be there, tensors are read one by one: no second copy of the file.
    let mut tensors = StateDict::new();
    for name in header.offset_keys() {
        if name.len() > MAX_NAME_BYTES {
            return Err(Problem::new(format!("has a tensor whose name is longer than {MAX_NAME_BYTES} bytes"), RESAVE));
        }
        let Some(info) = header.info(&name) else { continue };
        // Sizes beside a 0 are not bounded by the data; no product of some of them may overflow.
        let sizes = info.shape.iter().try_fold(1_usize, |n, size| n.checked_mul((*size).max(1)));
        if info.shape.len() > MAX_RANK || sizes.is_none_or(|sizes| sizes > isize::MAX as usize) {
            let what =
                format!("has tensor `{}` with more dimensions or larger ones than weights have", printable(&name));
            return Err(Problem::new(what, RESAVE));
        }
        let mut bytes = vec![0; info.data_offsets.1 - info.data_offsets.0];
        file.read_exact(&mut bytes)?;
        let (dtype, bytes) = host(&name, info.dtype, bytes)?;
        tensors.insert(name, HostTensor { dtype, shape: info.shape.clone(), bytes });
    }
    let metadata = header.metadata().iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect();
    Ok(Contents { tensors, metadata, format: Format::Safetensors, notes: Vec::new() })
}

fn count(bytes: &[u8], word: &[u8]) -> usize {
    bytes.windows(word.len()).filter(|window| *window == word).count()
}

fn broken_header(error: &serde_json::Error) -> Problem {
    let reason = printable(&error.to_string());
    Problem::damaged(format!("has a damaged safetensors header ({reason})"))
}

/// Element type and bytes on the host; integers that it lacks are widened, never cut.
fn host(name: &str, dtype: Dtype, data: Vec<u8>) -> Result<(DType, Vec<u8>), Problem> {
    fn each<const N: usize, const M: usize>(data: &[u8], f: impl Fn([u8; N]) -> [u8; M]) -> Vec<u8> {
        data.as_chunks::<N>().0.iter().flat_map(|chunk| f(*chunk)).collect()
    }
    Ok(match dtype {
        Dtype::F64 => (DType::F64, data),
        Dtype::F32 => (DType::F32, data),
        Dtype::F16 => (DType::F16, data),
        Dtype::BF16 => (DType::BF16, data),
        Dtype::I64 => (DType::I64, data),
        Dtype::I32 => (DType::I32, data),
        Dtype::U8 | Dtype::BOOL => (DType::U8, data),
        Dtype::I8 => (DType::I32, each::<1, 4>(&data, |b| i32::from(i8::from_le_bytes(b)).to_le_bytes())),
        Dtype::I16 => (DType::I32, each::<2, 4>(&data, |b| i32::from(i16::from_le_bytes(b)).to_le_bytes())),
        Dtype::U16 => (DType::I32, each::<2, 4>(&data, |b| i32::from(u16::from_le_bytes(b)).to_le_bytes())),
        Dtype::U32 => (DType::I64, each::<4, 8>(&data, |b| i64::from(u32::from_le_bytes(b)).to_le_bytes())),
        other => {
            let what = format!("stores tensor `{}` as {other:?}, which is not supported", printable(name));
            return Err(Problem::new(what, "save it as F32 or F16"));
        }
    })
}

fn dtype_name(dtype: DType) -> &'static str {
    match dtype {
        DType::F16 => "F16",
        DType::BF16 => "BF16",
        DType::F32 => "F32",
        DType::F64 => "F64",
        DType::I64 => "I64",
        DType::I32 => "I32",
        DType::U8 => "U8",
    }
}

/// Writes a safetensors file: whole or not at all, and byte for byte the same for the same tensors and metadata.
///
/// # Errors
/// [`Error::File`] when a tensor's bytes do not fit its shape, or the file cannot be written.
pub fn write_safetensors(path: &Path, tensors: &StateDict, metadata: &BTreeMap<String, String>) -> Result<()> {
    let order = order(tensors);
    let header = header(&order, metadata).map_err(|problem| problem.at(path))?;
    write_atomic(path, |file| write_parts(file, &header, &order))
}

/// Writes what a safetensors file holds to anything that takes bytes, as [`write_safetensors`] does to a file.
///
/// # Errors
/// The writer's; [`std::io::ErrorKind::InvalidData`] when a tensor's bytes do not fit its shape.
pub fn safetensors_to(
    writer: &mut dyn Write,
    tensors: &StateDict,
    metadata: &BTreeMap<String, String>,
) -> std::io::Result<()> {
    let order = order(tensors);
    let invalid = |problem: Problem| std::io::Error::new(std::io::ErrorKind::InvalidData, problem.what);
    let header = header(&order, metadata).map_err(invalid)?;
    write_parts(writer, &header, &order)
}

/// The bytes of a safetensors file, as [`write_safetensors`] writes them.
///
/// # Errors
/// [`Error::Failed`] when a tensor's bytes do not fit its shape or the header gets too long.
pub fn safetensors_bytes(tensors: &StateDict, metadata: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let order = order(tensors);
    let failed = |what: String| Error::Failed(format!("a safetensors file {what}"));
    let header = header(&order, metadata).map_err(|problem| failed(problem.what))?;
    let mut bytes = Vec::new();
    write_parts(&mut bytes, &header, &order).map_err(|error| failed(error.to_string()))?;
    Ok(bytes)
}

/// The format wants larger elements first, so that each tensor lies on a multiple of its element's size.
fn order(tensors: &StateDict) -> Vec<(&str, &HostTensor)> {
    let mut order: Vec<_> = tensors.iter().collect();
    order.sort_by_key(|(name, tensor)| (std::cmp::Reverse(tensor.dtype.size()), *name));
    order
}

fn header(order: &[(&str, &HostTensor)], metadata: &BTreeMap<String, String>) -> Result<Vec<u8>, Problem> {
    let mut header = serde_json::Map::new();
    if !metadata.is_empty() {
        header.insert("__metadata__".to_owned(), serde_json::json!(metadata));
    }
    let mut end = 0;
    for (name, tensor) in order {
        let begin = end;
        end += tensor.bytes.len();
        if *name == "__metadata__" || tensor.bytes.len() != tensor.len() * tensor.dtype.size() {
            let what = format!("cannot hold tensor `{name}`: its bytes do not fit its shape");
            return Err(Problem::new(what, "report this as a fault"));
        }
        let entry = serde_json::json!({
            "dtype": dtype_name(tensor.dtype), "shape": tensor.shape, "data_offsets": [begin, end],
        });
        header.insert((*name).to_owned(), entry);
    }
    let mut header = serde_json::Value::Object(header).to_string().into_bytes();
    header.resize(header.len().next_multiple_of(8), b' ');
    if header.len() as u64 > MAX_HEADER_BYTES {
        return Err(Problem::new("would need too long a header", "store less metadata in it"));
    }
    Ok(header)
}

fn write_parts(file: &mut dyn Write, header: &[u8], order: &[(&str, &HostTensor)]) -> std::io::Result<()> {
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(header)?;
    order.iter().try_for_each(|(_, tensor)| file.write_all(&tensor.bytes))
}
