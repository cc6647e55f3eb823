//! The first table of a file: widths of addresses and lengths, and where the root group is.

use super::{Fault, File, UNDEFINED};

const SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";
/// Bytes of the longest superblock.
const LONGEST: u64 = 128;

/// Finds the superblock behind a user block of 0, 512, 1024, 2048 … bytes and fills in `file`'s fields.
pub(super) fn read(file: &mut File) -> Result<(), Fault> {
    let mut base = 0;
    let found = loop {
        if base + 8 > file.length {
            break false;
        }
        if file.bytes(base, 8, "signature")? == SIGNATURE {
            break true;
        }
        base = if base == 0 { 512 } else { base * 2 };
    };
    if !found {
        return Err(not_hdf5(file));
    }
    let bytes = file.bytes(base, LONGEST.min(file.length - base), "superblock")?;
    file.base = base;
    let mut c = file.cursor(&bytes, "superblock");
    c.skip(8)?;
    let version = c.u8()?;
    match version {
        0 | 1 => {
            c.skip(4)?; // versions of parts that have had one version only, reserved
            (file.offset_size, file.length_size) = widths(c.u8()?, c.u8()?)?;
            c.skip(1 + 2 + 2 + 4)?; // reserved, ranks of group trees, flags
            c.skip(if version == 1 { 4 } else { 0 })?; // rank of chunk trees
        }
        2 | 3 => {
            (file.offset_size, file.length_size) = widths(c.u8()?, c.u8()?)?;
            c.skip(1)?; // flags
        }
        _ => return Err(Fault::unknown(format!("is HDF5 with a superblock of version {version}"))),
    }
    // From here on addresses have their own width.
    let rest = c.take(c.left())?.to_vec();
    let mut c = file.cursor(&rest, "superblock");
    c.address()?; // base address: the library too takes the place of the superblock instead
    c.address()?; // free space, or the extension
    let end = c.address()?;
    if end != UNDEFINED && end > file.length {
        return Err(Fault::broken(format!("is cut short: it has {} of {end} bytes", file.length)));
    }
    let root = if version < 2 {
        c.address()?; // driver information
        c.address()?; // name of the root's own entry
        c.address()?
    } else {
        c.address()?
    };
    file.root = root;
    Ok(())
}

/// Widths of addresses and lengths in bytes.
fn widths(offset: u8, length: u8) -> Result<(usize, usize), Fault> {
    let fits = |width: u8| matches!(width, 2 | 4 | 8);
    if fits(offset) && fits(length) {
        return Ok((usize::from(offset), usize::from(length)));
    }
    Err(Fault::broken(format!("has a damaged superblock: addresses of {offset} bytes, lengths of {length}")))
}

/// The sentence for a file without a signature; older `.mat` files begin like newer ones.
fn not_hdf5(file: &File) -> Fault {
    let start = file.bytes(0, file.length.min(20), "beginning").unwrap_or_default();
    if start.starts_with(b"MATLAB 5.0") {
        let remedy = "load it in MATLAB and save it again with -v7.3";
        return Fault { what: "is a MATLAB file of version 7 or older".into(), remedy };
    }
    let remedy = "give nyu_depth_v2_labeled.mat or another HDF5 file";
    Fault { what: "is no HDF5 file (MATLAB 7.3 is HDF5)".into(), remedy }
}
