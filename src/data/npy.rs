//! NumPy's `.npy` arrays (reference.md A.3): floats of any shape in, 32-bit floats out.

use crate::atomic::write_atomic;
use crate::data::image::read_bounded;
use crate::error::{Error, Result};
use std::io::Write;
use std::path::Path;

const MAGIC: &[u8; 6] = b"\x93NUMPY";
const REMEDY: &str = "save it with numpy.save as a float32 or float64 array";

/// An array as 32-bit floats in C order (the last axis runs fastest).
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Length of every axis, the slowest first; empty for a scalar.
    pub shape: Vec<usize>,
    /// As many values as the product of the shape.
    pub values: Vec<f32>,
}

/// Reads a file of `f4` or `f8` in either byte order and either memory order (format versions 1 to 3).
///
/// # Errors
/// One sentence when the file cannot be read, is larger than 512 MB, is no `.npy`, holds another type, or is cut short.
pub fn read(path: &Path) -> Result<Array> {
    decode(&read_bounded(path)?, path)
}

/// Decodes the content of such a file; `path` is for messages.
///
/// # Errors
/// As [`read`]. Memory is asked for only after the bytes were seen to be there.
pub fn decode(bytes: &[u8], path: &Path) -> Result<Array> {
    let wrong = |what: &str| Error::file(path, what, REMEDY);
    let cut = || wrong("is cut short");
    if !bytes.starts_with(MAGIC) {
        return Err(wrong("is no .npy array"));
    }
    let major = *bytes.get(6).ok_or_else(cut)?;
    let (start, length) = match (major, bytes.get(8..12)) {
        (1, Some(b)) => (10, usize::from(u16::from_le_bytes([b[0], b[1]]))),
        (2 | 3, Some(b)) => (12, u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize),
        (1..=3, None) => return Err(cut()),
        _ => return Err(wrong("is a .npy of an unknown version")),
    };
    let data = start + length;
    let header = bytes.get(start..data).ok_or_else(cut)?;
    let header = std::str::from_utf8(header).map_err(|_| wrong("has a broken header"))?;
    let header = Header::parse(header).ok_or_else(|| wrong("has a broken header"))?;

    let count = header.shape.iter().try_fold(1usize, |n, side| n.checked_mul(*side));
    let (big_endian, width) = match header.descr.as_str() {
        "<f4" => (false, 4),
        ">f4" => (true, 4),
        "<f8" => (false, 8),
        ">f8" => (true, 8),
        other => return Err(wrong(&format!("holds values of type {other:?}, not floats"))),
    };
    let content = count.and_then(|n| n.checked_mul(width)).and_then(|n| n.checked_add(data));
    let content = content
        .and_then(|end| bytes.get(data..end))
        .ok_or_else(|| wrong(&format!("declares an array of shape {:?} but is cut short", header.shape)))?;
    let mut values: Vec<f32> = if width == 4 {
        let read = if big_endian { f32::from_be_bytes } else { f32::from_le_bytes };
        content.as_chunks::<4>().0.iter().map(|b| read(*b)).collect()
    } else {
        let read = if big_endian { f64::from_be_bytes } else { f64::from_le_bytes };
        content.as_chunks::<8>().0.iter().map(|b| read(*b) as f32).collect()
    };
    if header.fortran && header.shape.len() > 1 {
        values = to_c_order(&values, &header.shape);
    }
    Ok(Array { shape: header.shape, values })
}

/// The same array with its last axis running fastest instead of its first.
fn to_c_order(values: &[f32], shape: &[usize]) -> Vec<f32> {
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for side in shape {
        strides.push(stride);
        stride *= side;
    }
    let mut index = vec![0usize; shape.len()];
    let mut at = 0;
    let mut out = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        out.push(values[at]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            at += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            at -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    out
}

/// The dictionary in front of the data.
#[derive(Debug, PartialEq)]
struct Header {
    descr: String,
    fortran: bool,
    shape: Vec<usize>,
}

impl Header {
    /// Parses `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, a Python literal, in any order and spacing.
    fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim_start();
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        while !rest.is_empty() {
            let (key, after) = string(rest)?;
            let value = after.trim_start().strip_prefix(':')?.trim_start();
            let after = match key {
                "descr" => {
                    // A structured type is a list here: no quote, so no array of plain floats.
                    let (text, after) = string(value)?;
                    descr = Some(text.to_owned());
                    after
                }
                "fortran_order" => {
                    let end = value.find(|c: char| !c.is_ascii_alphabetic())?;
                    fortran = Some(match &value[..end] {
                        "True" => true,
                        "False" => false,
                        _ => return None,
                    });
                    &value[end..]
                }
                "shape" => {
                    let (inside, after) = value.strip_prefix('(')?.split_once(')')?;
                    let sides = inside.split(',').map(str::trim).filter(|s| !s.is_empty());
                    let sides: Vec<usize> =
                        sides.map(|s| s.trim_end_matches('L').parse().ok()).collect::<Option<_>>()?;
                    shape = (sides.len() <= 32).then_some(sides);
                    after
                }
                _ => return None,
            };
            let after = after.trim_start();
            rest = after.strip_prefix(',').unwrap_or(after).trim_start();
            if rest == after && !rest.is_empty() {
                return None; // two entries without a comma
            }
        }
        Some(Self { descr: descr?, fortran: fortran?, shape: shape? })
    }
}

/// A quoted string at the start of `text`, and what follows it.
fn string(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text[1..].split_once(quote)
}

/// The bytes of a version 1 file of little-endian 32-bit floats in C order.
///
/// # Panics
/// When `values` does not have as many elements as the shape says: the caller made the array.
pub fn encode(shape: &[usize], values: &[f32]) -> Vec<u8> {
    assert_eq!(values.len(), shape.iter().product::<usize>(), "an array of shape {shape:?} needs that many values");
    let sides: String = shape.iter().map(|s| format!("{s}, ")).collect();
    // Python writes (3,) and (3, 4): only a single side keeps its comma.
    let sides = if shape.len() == 1 { sides.trim_end() } else { sides.trim_end_matches(", ") };
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({sides}), }}");
    // Spaces and a newline, so that the data begin at a multiple of 64.
    let padded = (10 + header.len() + 1).next_multiple_of(64) - 10;
    header.push_str(&" ".repeat(padded - 1 - header.len()));
    header.push('\n');
    let mut bytes = Vec::with_capacity(10 + header.len() + 4 * values.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[1, 0]);
    bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    values.iter().for_each(|v| bytes.extend_from_slice(&v.to_le_bytes()));
    bytes
}

/// Writes 32-bit floats as `.npy`, atomically.
///
/// # Errors
/// When the file cannot be written; what was there before is untouched.
///
/// # Panics
/// When `values` does not have as many elements as the shape says.
pub fn write(path: &Path, shape: &[usize], values: &[f32]) -> Result<()> {
    let bytes = encode(shape, values);
    write_atomic(path, |file: &mut dyn Write| file.write_all(&bytes))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn raw(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([version, 0]);
        if version == 1 {
            bytes.extend((header.len() as u16).to_le_bytes());
        } else {
            bytes.extend((header.len() as u32).to_le_bytes());
        }
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    fn message(bytes: &[u8]) -> String {
        let text = decode(bytes, Path::new("a.npy")).unwrap_err().to_string();
        assert!(text.starts_with("a.npy: ") && text.contains("numpy.save"), "{text}");
        text
    }

    #[test]
    fn what_is_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npy");
        let values = [1.5f32, -0.0, f32::INFINITY, f32::MIN_POSITIVE, 5.0, 6.0];
        for shape in [vec![6], vec![2, 3], vec![3, 2, 1], vec![1; 0]] {
            let n = shape.iter().product::<usize>();
            write(&path, &shape, &values[..n]).unwrap();
            let bytes = std::fs::read(&path).unwrap();
            assert_eq!((bytes.len() - 4 * n) % 64, 0, "the data are aligned");
            assert_eq!(read(&path).unwrap(), Array { shape, values: values[..n].to_vec() });
        }
        write(&path, &[1], &[f32::NAN]).unwrap();
        assert!(read(&path).unwrap().values[0].is_nan());
    }

    #[test]
    fn the_header_is_numpys_byte_for_byte() {
        let bytes = encode(&[2, 3], &[0.0; 6]);
        let header = format!("{:<117}\n", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
        assert_eq!(&bytes[..10], b"\x93NUMPY\x01\x00\x76\x00");
        assert_eq!(&bytes[10..128], header.as_bytes());
        assert!(String::from_utf8_lossy(&encode(&[2], &[0.0; 2])).contains("'shape': (2,), }"));
    }

    #[test]
    fn both_byte_orders_widths_and_memory_orders() {
        let f8: Vec<u8> = [1.0f64, 2.0, 3.0, 4.0, 5.0, 6.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let a = decode(&raw(1, "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }\n", &f8), Path::new("a"));
        assert_eq!(a.unwrap(), Array { shape: vec![2, 3], values: vec![1.0, 3.0, 5.0, 2.0, 4.0, 6.0] });
        let f4: Vec<u8> = [1.0f32, 2.0].iter().flat_map(|v| v.to_be_bytes()).collect();
        let header = "{ \"shape\":(2,), 'fortran_order' : True,\"descr\" : '>f4'}";
        for version in [1, 2, 3] {
            let a = decode(&raw(version, header, &f4), Path::new("a")).unwrap();
            assert_eq!(a, Array { shape: vec![2], values: vec![1.0, 2.0] });
        }
    }

    #[test]
    fn hostile_arrays_end_in_one_sentence_and_take_no_memory() {
        let header =
            |descr: &str, shape: &str| format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}");
        assert!(message(b"text").contains("no .npy"));
        assert!(message(b"").contains("no .npy"));
        assert!(message(MAGIC).contains("cut short"));
        assert!(message(&raw(9, "", &[0; 8])).contains("unknown version"));
        assert!(message(&raw(1, "{'descr'", &[])).contains("broken header"));
        assert!(message(&raw(1, &header("'|O'", "(1,)"), &[0; 8])).contains("\"|O\""));
        assert!(message(&raw(1, &header("'<u2'", "(1,)"), &[0; 8])).contains("\"<u2\""));
        assert!(message(&raw(1, &header("[('x', '<f4')]", "(1,)"), &[0; 8])).contains("broken header"));
        for shape in ["(100000, 100000)", "(18446744073709551615, 18446744073709551615)", "(3,)"] {
            assert!(message(&raw(1, &header("'<f4'", shape), &[0; 8])).contains("cut short"), "{shape}");
        }
        for shape in ["(-1,)", "(a,)", "(1,", "3", "(99999999999999999999,)"] {
            assert!(message(&raw(1, &header("'<f4'", shape), &[0; 8])).contains("broken header"), "{shape}");
        }
        let good = encode(&[2, 3], &[1.0; 6]);
        for keep in 0..good.len() {
            message(&good[..keep]);
        }
        // An empty axis with an enormous one beside it is an empty array, not an overflow.
        let empty = decode(&raw(1, &header("'<f4'", "(0, 9999999)"), &[]), Path::new("a")).unwrap();
        assert!(empty.values.is_empty());
    }
}
