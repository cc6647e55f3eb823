//! `.pth` as PyTorch writes it since 1.6: a zip of one pickle and one entry a storage (reference.md A.2).

use super::pickle;
use super::pth::{self, MAX_PICKLE_BYTES};
use super::{CHOOSE, Contents, Format, MAX_FILE_BYTES, MAX_TENSORS, Problem, RESAVE, Source};
use std::io::{Read, SeekFrom};
use zip::CompressionMethod;
use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config};
use zip::result::ZipError;

/// How many times its own size an archive may unpack to. Weights hardly compress; a bomb does a thousandfold.
const MAX_RATIO: u64 = 32;

/// Where the last record of an archive can begin, counted from the end: behind it stands at most a comment.
const TAIL: u64 = 65_535 + 22 + 20 + 56;

type Archive<'f> = ZipArchive<&'f mut dyn Source>;

pub(super) fn read(file: &mut dyn Source, length: u64) -> Result<Contents, Problem> {
    refuse_long_directory(file, length)?;
    // PyTorch puts nothing before its archives. Looking for such a beginning takes chance bytes of a tensor for a table.
    let start = Config { archive_offset: ArchiveOffset::Known(0) };
    let mut archive = match Archive::with_config(start, &mut *file) {
        Ok(archive) => archive,
        Err(error) => return Err(if has_end(file, length)? { zip_problem(error) } else { truncated(file)? }),
    };
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
    let mut packed = 0_u64;
    pth::fill(plan, Format::TorchZip, |key, needed| {
        storage(&mut archive, &format!("{prefix}data/{key}"), needed, length, &mut packed)
    })
}

/// The folder of `data.pkl`, or a sentence about what the archive is instead.
fn prefix(archive: &Archive<'_>) -> Result<String, Problem> {
    let (mut found, mut other) = (None, None);
    for name in archive.file_names().filter_map(Result::ok) {
        if let Some(prefix) = name.strip_suffix("data.pkl")
            && (prefix.is_empty() || (prefix.ends_with('/') && prefix.matches('/').count() == 1))
        {
            found = Some(prefix.to_owned());
        }
        let last = name.rsplit('/').next().unwrap_or_default();
        let is = match last {
            "constants.pkl" | "model.json" if name.contains('/') => Some(SCRIPT),
            _ if name.starts_with("code/") || name.contains("/code/") => Some(SCRIPT),
            "serialized_exported_program.json" | "model.pt2" => Some("is an exported PyTorch program (.pt2)"),
            "model.weights.h5" => Some("is a Keras model"),
            "saved_model.pb" => Some("is a zipped TensorFlow SavedModel"),
            "MANIFEST.json" if name == "MAR-INF/MANIFEST.json" => Some("is a TorchServe archive (.mar) to be unpacked"),
            _ if last.ends_with(".npy") => Some("is a NumPy archive (.npz)"),
            _ if [".pth", ".pt", ".safetensors"].iter().any(|end| last.ends_with(end)) => {
                Some("is a zip archive with weights files in it, to be unpacked first")
            }
            _ => None,
        };
        // What runs counts most: a program has a `data.pkl` too.
        if is == Some(SCRIPT) || other.is_none() {
            other = is.or(other);
        }
    }
    match (found, other) {
        (_, Some(SCRIPT)) => Err(Problem::new(SCRIPT, RESAVE)),
        (Some(prefix), _) => Ok(prefix),
        (None, Some(what)) => Err(Problem::new(what, CHOOSE)),
        (None, None) => Err(Problem::new("is a zip archive without PyTorch weights", CHOOSE)),
    }
}

const SCRIPT: &str = "is a TorchScript archive, a program and not just weights";

/// The bytes of an entry of at most `limit` bytes; no more is allocated than the entry really holds, within that limit.
fn entry(archive: &mut Archive<'_>, name: &str, limit: u64) -> Result<Vec<u8>, Problem> {
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

/// The bytes of a tensor's storage: stored entries go straight into their place, at most the file's length in all.
fn storage(
    archive: &mut Archive<'_>,
    name: &str,
    needed: u64,
    length: u64,
    packed: &mut u64,
) -> Result<Vec<u8>, Problem> {
    let other = || Problem::damaged("stores another number of elements than it describes");
    let mut stored = archive.by_name(name).map_err(zip_problem)?;
    // Entries that lie over each other would unpack one part of the file many times.
    *packed = packed.saturating_add(stored.compressed_size());
    if *packed > length {
        return Err(Problem::damaged("has entries that overlap or reach beyond its end"));
    }
    if stored.compression() != CompressionMethod::Stored || stored.compressed_size() != stored.size() {
        drop(stored);
        let bytes = entry(archive, name, needed)?;
        return if bytes.len() as u64 == needed { Ok(bytes) } else { Err(other()) };
    }
    if stored.size() != needed {
        return Err(other());
    }
    let mut bytes = vec![0; needed as usize]; // at most `length`
    let damaged = |_| Problem::damaged("has a damaged entry");
    stored.read_exact(&mut bytes).map_err(damaged)?;
    // Its checksum is compared when there is no more to read.
    match stored.read(&mut [0]).map_err(damaged)? {
        0 => Ok(bytes),
        _ => Err(other()),
    }
}

/// Whether the archive's last record, which closes the table of contents, is there.
fn has_end(file: &mut dyn Source, length: u64) -> Result<bool, Problem> {
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    file.take(TAIL).read_to_end(&mut tail)?;
    Ok(tail.windows(4).any(|window| window == b"PK\x05\x06"))
}

/// A zip without its end. PyTorch's own begin with the pickle.
fn truncated(file: &mut dyn Source) -> Result<Problem, Problem> {
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(512).read_to_end(&mut head)?;
    let is_torch = head.windows(8).any(|window| window == b"data.pkl");
    let kind = if is_torch { "PyTorch zip file" } else { "zip archive" };
    Ok(Problem::damaged(format!("is a truncated {kind}: it was cut short before its table of contents")))
}

fn zip_problem(error: ZipError) -> Problem {
    match error {
        ZipError::FileNotFound => Problem::damaged("lacks an entry that its tensors need"),
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            Problem::new("is packed in a way PyTorch does not use", RESAVE)
        }
        ZipError::Io(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => error.into(),
        _ => Problem::damaged("is a PyTorch or zip file with a damaged table of contents: it was cut short or changed"),
    }
}

/// Refuses a table of contents with more entries than any weights need, before the table is read.
///
/// Without a zip64 record a table has at most 65535 entries; with one, the record stands just before the end.
fn refuse_long_directory(file: &mut dyn Source, length: u64) -> Result<(), Problem> {
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    (&mut *file).take(TAIL).read_to_end(&mut tail)?;
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
