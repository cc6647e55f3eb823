//! The portable float map `.pfm`: one channel of 32-bit floats, rows from the bottom up.

use crate::atomic::write_atomic;
use crate::data::image::read_bounded;
use crate::error::{Error, Result};
use std::io::Write;
use std::path::Path;

const REMEDY: &str = "save it as a one-channel .pfm (header Pf)";

/// A map of floats, row by row from the top left.
#[derive(Debug, Clone, PartialEq)]
pub struct FloatMap {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// `width * height` values.
    pub values: Vec<f32>,
}

/// Reads a one-channel map. The sign of the header's scale gives the byte order; its size is not applied to the values,
/// as with Middlebury's files.
///
/// # Errors
/// One sentence when the file cannot be read, is larger than 512 MB, has three channels, is broken or cut short.
pub fn read(path: &Path) -> Result<FloatMap> {
    decode(&read_bounded(path)?, path)
}

/// Decodes the content of such a file; `path` is for messages.
///
/// # Errors
/// As [`read`]. Memory is asked for only after the bytes were seen to be there.
pub fn decode(bytes: &[u8], path: &Path) -> Result<FloatMap> {
    let wrong = |what: &str| Error::file(path, what, REMEDY);
    if bytes.starts_with(b"PF") {
        return Err(wrong("has three channels"));
    }
    let rest = bytes.strip_prefix(b"Pf").ok_or_else(|| wrong("is no .pfm map"))?;
    let broken = || wrong("has a broken header");
    let mut rest = rest;
    let mut word = || -> Option<&str> {
        // Words are separated by white space; exactly one such byte ends the last.
        let start = rest.iter().position(|b| !b.is_ascii_whitespace())?;
        let length = rest[start..].iter().take(32).position(u8::is_ascii_whitespace)?;
        let text = std::str::from_utf8(&rest[start..start + length]).ok()?;
        rest = &rest[start + length + 1..];
        Some(text)
    };
    let width: usize = word().and_then(|w| w.parse().ok()).ok_or_else(broken)?;
    let height: usize = word().and_then(|w| w.parse().ok()).ok_or_else(broken)?;
    let scale: f32 = word().and_then(|w| w.parse().ok()).ok_or_else(broken)?;
    if width == 0 || height == 0 || !scale.is_finite() || scale == 0.0 {
        return Err(broken());
    }
    let size = width.checked_mul(height).and_then(|n| n.checked_mul(4));
    let content = size
        .and_then(|n| rest.get(..n))
        .ok_or_else(|| wrong(&format!("declares {width}x{height} values but is cut short")))?;
    let float = if scale < 0.0 { f32::from_le_bytes } else { f32::from_be_bytes };
    let rows = content.chunks_exact(4 * width).rev();
    let values = rows.flat_map(|row| row.as_chunks::<4>().0.iter().map(|b| float(*b))).collect();
    Ok(FloatMap { width, height, values })
}

/// Writes a map little-endian and atomically.
///
/// # Errors
/// When the file cannot be written; what was there before is untouched.
///
/// # Panics
/// When `values` does not have `width * height` elements or a side is zero: the caller made the array.
pub fn write(path: &Path, width: usize, height: usize, values: &[f32]) -> Result<()> {
    assert_eq!(values.len(), width * height, "a {width}x{height} map needs that many values");
    assert!(width > 0 && height > 0, "a map has at least one pixel");
    write_atomic(path, |file: &mut dyn Write| {
        write!(file, "Pf\n{width} {height}\n-1.0\n")?;
        let mut row_bytes = Vec::with_capacity(4 * width);
        for row in values.chunks_exact(width).rev() {
            row_bytes.clear();
            row.iter().for_each(|v| row_bytes.extend_from_slice(&v.to_le_bytes()));
            file.write_all(&row_bytes)?;
        }
        Ok(())
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn message(bytes: &[u8]) -> String {
        decode(bytes, Path::new("a.pfm")).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.pfm");
        let values = [1.0f32, 2.0, 3.0, 4.0, f32::INFINITY, -0.5];
        write(&path, 3, 2, &values).unwrap();
        assert_eq!(read(&path).unwrap(), FloatMap { width: 3, height: 2, values: values.to_vec() });
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes.starts_with(b"Pf\n3 2\n-1.0\n"));
        // The bottom row comes first.
        assert_eq!(bytes[12..16], 4.0f32.to_le_bytes());
    }

    #[test]
    fn big_endian_files_and_their_scale() {
        let mut bytes = b"Pf 2 1 0.5\n".to_vec();
        bytes.extend([1.0f32, 2.0].iter().flat_map(|v| v.to_be_bytes()));
        assert_eq!(decode(&bytes, Path::new("a")).unwrap().values, [1.0, 2.0]);
    }

    #[test]
    fn hostile_maps_end_in_one_sentence() {
        assert!(message(b"").contains("no .pfm"));
        assert!(message(b"PF\n1 1\n-1\n").contains("three channels"));
        assert!(message(b"Pf\n100000 100000\n-1.0\n....").contains("cut short"));
        assert!(message(b"Pf\n18446744073709551615 9\n-1.0\n....").contains("cut short"));
        for header in
            ["Pf\n", "Pf\n2", "Pf\n0 1\n-1\n", "Pf\n2 2\nnan\n", "Pf\n2 2\n0\n", "Pf\n-2 2\n1\n", "Pf\na b c\n"]
        {
            assert!(message(header.as_bytes()).contains("broken header"), "{header}");
        }
        assert!(message(&[b"Pf\n".as_slice(), &[b'1'; 4000]].concat()).contains("broken header"));
    }
}
