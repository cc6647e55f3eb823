//! `.pth` as PyTorch writes it since 1.6: a zip of one pickle and one entry a storage (reference.md A.2).

use super::pickle;
use super::pth::{self, MAX_PICKLE_BYTES};
use super::{AGAIN, CHOOSE, Contents, MAX_FILE_BYTES, MAX_TENSORS, Problem, RESAVE};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config};
use zip::result::ZipError;

/// How many times its own size an archive may unpack to. Weights hardly compress; a bomb does a thousandfold.
const MAX_RATIO: u64 = 100;

pub(super) fn read(file: &mut File, length: u64) -> Result<Contents, Problem> {
    refuse_long_directory(file, length)?;
    // PyTorch puts nothing before its archives. Looking for such a beginning takes chance bytes of a tensor for a table.
    let start = Config { archive_offset: ArchiveOffset::Known(0) };
    let mut archive = ZipArchive::with_config(start, file).map_err(zip_problem)?;
    let prefix = prefix(&archive)?;

    if let Ok(order) = entry(&mut archive, &format!("{prefix}byteorder"), 64)
        && order == b"big"
    {
        return Err(Problem::new("was written on a big-endian machine", RESAVE));
    }
    let bytes = entry(&mut archive, &format!("{prefix}data.pkl"), MAX_PICKLE_BYTES)?;
    let object = pickle::parse(&bytes)?;
    let plan = pth::plan(&object)?;

    // Everything is added up before the first element is unpacked.
    let total = plan.groups.values().try_fold(0_u64, |sum, group| sum.checked_add(group.bytes()?));
    if total.is_none_or(|total| total > MAX_FILE_BYTES || total > length.saturating_mul(MAX_RATIO)) {
        return Err(Problem::new("would unpack to far more than its own size", RESAVE));
    }
    pth::fill(plan, |key, needed| {
        let storage = entry(&mut archive, &format!("{prefix}data/{key}"), needed)?;
        if storage.len() as u64 == needed {
            Ok(storage)
        } else {
            Err(Problem::damaged("stores another number of elements than it describes"))
        }
    })
}

/// The folder of `data.pkl`, or a sentence about what the archive is instead.
fn prefix(archive: &ZipArchive<&mut File>) -> Result<String, Problem> {
    let (mut found, mut script, mut keras, mut arrays) = (None, false, false, false);
    for name in archive.file_names().filter_map(Result::ok) {
        if let Some(prefix) = name.strip_suffix("data.pkl")
            && (prefix.is_empty() || (prefix.ends_with('/') && prefix.matches('/').count() == 1))
        {
            found = Some(prefix.to_owned());
        }
        script |= name.ends_with("/constants.pkl") || name.contains("/code/");
        keras |= name == "model.weights.h5";
        arrays |= name.ends_with(".npy");
    }
    match found {
        Some(_) if script => Err(Problem::new("is a TorchScript archive, a program and not just weights", RESAVE)),
        Some(prefix) => Ok(prefix),
        None if keras => Err(Problem::new("is a Keras model", CHOOSE)),
        None if arrays => Err(Problem::new("is a NumPy archive (.npz)", CHOOSE)),
        None => Err(Problem::new("is a zip archive without PyTorch weights", CHOOSE)),
    }
}

/// The bytes of an entry of at most `limit` bytes; no more is allocated than the entry really holds, within that limit.
fn entry(archive: &mut ZipArchive<&mut File>, name: &str, limit: u64) -> Result<Vec<u8>, Problem> {
    let entry = archive.by_name(name).map_err(zip_problem)?;
    if entry.size() > limit {
        return Err(Problem::damaged("has an entry larger than what it describes"));
    }
    // The declared size is only a hint: a deflated entry grows as it is unpacked, and stops one byte past the limit.
    let mut bytes = Vec::with_capacity(entry.size().min(entry.compressed_size().saturating_mul(4)) as usize);
    entry.take(limit + 1).read_to_end(&mut bytes).map_err(|_| Problem::damaged("has a damaged entry"))?;
    if bytes.len() as u64 > limit {
        return Err(Problem::damaged("has an entry larger than what it describes"));
    }
    Ok(bytes)
}

fn zip_problem(error: ZipError) -> Problem {
    match error {
        ZipError::FileNotFound => Problem::damaged("lacks an entry that its tensors need"),
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            Problem::new("is packed in a way PyTorch does not use", RESAVE)
        }
        // The table stands at the end, so a file that was cut off has none.
        _ => Problem::new(
            "is a PyTorch or zip file whose table of contents is missing or damaged: it was cut short",
            AGAIN,
        ),
    }
}

/// Refuses a table of contents with more entries than any weights need, before the table is read.
///
/// Without a zip64 record a table has at most 65535 entries; with one, the record stands just before the end.
fn refuse_long_directory(file: &mut File, length: u64) -> Result<(), Problem> {
    const TAIL: u64 = 65_535 + 22 + 20 + 56;
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    file.by_ref().take(TAIL).read_to_end(&mut tail)?;
    for (at, _) in tail.windows(4).enumerate().filter(|(_, window)| window == b"PK\x06\x07") {
        let Some(offset) = tail.get(at + 8..at + 16).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes) else {
            continue;
        };
        let mut record = [0; 40];
        if offset > length.saturating_sub(40) {
            continue;
        }
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut record)?;
        let entries = record[32..40].iter().rev().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
        if record.starts_with(b"PK\x06\x06") && entries > MAX_TENSORS as u64 {
            return Err(Problem::new(format!("lists {entries} entries, more than any weights need"), RESAVE));
        }
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(())
}
