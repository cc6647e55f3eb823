//! Unpacking a chunk: zlib and shuffle, into exactly the bytes that a chunk has.

use super::Fault;
use super::message::Filter;
use std::io::Read;

/// Undoes the filters from the last to the first; bit `i` of `skipped` says that filter `i` was not applied to this chunk.
/// `size` is what a chunk has unpacked.
pub(super) fn unpack(mut bytes: Vec<u8>, filters: &[Filter], skipped: u32, size: usize) -> Result<Vec<u8>, Fault> {
    for (i, filter) in filters.iter().enumerate().rev() {
        if skipped >> i & 1 == 1 {
            continue;
        }
        bytes = match filter {
            Filter::Deflate => inflate(&bytes, size)?,
            Filter::Shuffle(width) => unshuffle(&bytes, *width),
        };
    }
    if bytes.len() != size {
        return Err(damaged());
    }
    Ok(bytes)
}

fn damaged() -> Fault {
    Fault::broken("has a damaged chunk of data")
}

/// A zlib stream that holds exactly `size` bytes.
fn inflate(bytes: &[u8], size: usize) -> Result<Vec<u8>, Fault> {
    // Two bytes of head: method 8, no dictionary, a multiple of 31. Four bytes of checksum at the end.
    let [head, flags, body @ ..] = bytes else { return Err(damaged()) };
    let is_zlib = head & 0x0f == 8 && flags & 0x20 == 0 && (u16::from(*head) << 8 | u16::from(*flags)) % 31 == 0;
    let (body, sum) = body.split_last_chunk::<4>().filter(|_| is_zlib).ok_or_else(damaged)?;
    let mut out = vec![0; size];
    read_deflated(body, &mut out)?;
    if adler32(&out) != u32::from_be_bytes(*sum) {
        return Err(damaged());
    }
    Ok(out)
}

/// Fills `out` from a deflate stream. The decoder is the one inside the `zip` crate, reached as the one entry of an archive
/// that is made up around the stream; its checksum is asked for behind the last byte only, which nobody reads.
fn read_deflated(body: &[u8], out: &mut [u8]) -> Result<(), Fault> {
    let packed = u32::try_from(body.len()).map_err(|_| damaged())?;
    let unpacked = u32::try_from(out.len()).map_err(|_| damaged())?;
    let mut head = Vec::with_capacity(31);
    head.extend_from_slice(b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0"); // version 2.0, method 8, no time, no checksum
    head.extend_from_slice(&packed.to_le_bytes());
    head.extend_from_slice(&unpacked.to_le_bytes());
    head.extend_from_slice(b"\x01\0\0\0c"); // a name of one letter
    let mut archive = head.chain(body);
    let entry = zip::read::read_zipfile_from_stream(&mut archive).ok().flatten();
    entry.ok_or_else(damaged)?.read_exact(out).map_err(|_| damaged())
}

/// The checksum at the end of a zlib stream.
pub(super) fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    // As many bytes as 32 bits hold the sums of before they are reduced.
    for block in bytes.chunks(5552) {
        for byte in block {
            a += u32::from(*byte);
            b += a;
        }
        (a, b) = (a % 65_521, b % 65_521);
    }
    b << 16 | a
}

/// Puts the bytes of every element together again; what does not fill a whole element stays at the end.
fn unshuffle(bytes: &[u8], width: usize) -> Vec<u8> {
    let count = bytes.len() / width;
    let mut out = vec![0; bytes.len()];
    for (plane, source) in bytes[..count * width].chunks_exact(count.max(1)).enumerate() {
        out[plane..].iter_mut().step_by(width).zip(source).for_each(|(to, from)| *to = *from);
    }
    out[count * width..].copy_from_slice(&bytes[count * width..]);
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// `zlib.compress(b"hello hello hello hello", 9)` of Python.
    const HELLO: &[u8] = b"\x78\xda\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\x01\x68\x03\x08\xb1";

    #[test]
    fn zlib_streams_are_read_and_damaged_ones_refused() {
        assert_eq!(inflate(HELLO, 23).unwrap(), b"hello hello hello hello");
        for size in [22, 24, 1 << 20] {
            assert!(inflate(HELLO, size).is_err(), "{size}");
        }
        for keep in 0..HELLO.len() {
            assert!(inflate(&HELLO[..keep], 23).is_err(), "{keep}");
        }
        for i in 0..HELLO.len() {
            let mut bytes = HELLO.to_vec();
            bytes[i] ^= 0x10;
            // A copy from farther back is the same copy here, where the text repeats; other data never come out.
            assert!(inflate(&bytes, 23).is_ok_and(|text| text == b"hello hello hello hello") == (i == 11), "{i}");
        }
    }

    #[test]
    fn adler32_is_that_of_rfc_1950() {
        assert_eq!(adler32(b""), 1);
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
        assert_eq!(adler32(&[0xff; 100_000]), 0x149A_302C);
    }

    #[test]
    fn bytes_come_together_again() {
        assert_eq!(unshuffle(&[1, 2, 3, 11, 12, 13], 2), [1, 11, 2, 12, 3, 13]);
        assert_eq!(unshuffle(&[1, 2, 11, 12, 9], 2), [1, 11, 2, 12, 9]);
        assert_eq!(unshuffle(&[7], 4), [7]);
        assert!(unshuffle(&[], 4).is_empty());
        // A filter that was not applied to a chunk is not undone.
        let filters = [Filter::Shuffle(2), Filter::Deflate];
        assert_eq!(unpack(vec![1, 2, 11, 12], &filters, 0b10, 4).unwrap(), [1, 11, 2, 12]);
        assert_eq!(unpack(vec![1, 2], &filters, 0b11, 2).unwrap(), [1, 2]);
        assert!(unpack(vec![1, 2], &filters, 0b11, 3).is_err());
    }
}
