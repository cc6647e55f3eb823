//! Files that are either the old one or the whole new one, never half of each.

use std::io::{BufWriter, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// Writes the file at `path` through `write` into a hidden temporary file in the same folder, flushes it to the
/// disk, renames it over `path`, and flushes the folder.
///
/// A folder that is not there yet is made. On any error (a full disk, an `Err` from `write`) the temporary file is
/// removed and what was at `path` before is untouched. A file that already exists keeps its permissions; a new one
/// gets those that the process's umask gives. The writer handed over is buffered and not seekable.
///
/// # Errors
/// [`Error::File`] naming `path` when the folder cannot be made, or the file not be written, synced or renamed.
pub fn write_atomic<F>(path: impl AsRef<Path>, write: F) -> Result<()>
where
    F: FnOnce(&mut dyn Write) -> std::io::Result<()>,
{
    let path = path.as_ref();
    if path.file_name().is_none() || path.is_dir() {
        return Err(Error::file(path, "is a folder, not a file", "give the path of a file to write"));
    }
    try_write(path, write).map_err(|error| Error::writing(path, &error))
}

/// [`write_atomic`] of bytes that are already in memory.
///
/// # Errors
/// As [`write_atomic`].
pub fn write_atomic_bytes(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    write_atomic(path, |file| file.write_all(bytes))
}

fn try_write<F>(path: &Path, write: F) -> std::io::Result<()>
where
    F: FnOnce(&mut dyn Write) -> std::io::Result<()>,
{
    // A link is followed, so that the file it names is replaced and not the link.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder)?;

    let mut builder = tempfile::Builder::new();
    builder.prefix(".writing-").suffix(".tmp");
    // tempfile's own default is private to the user; an output file should be as readable as any other.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut temporary = builder.tempfile_in(folder)?;
    {
        let mut buffered = BufWriter::with_capacity(1 << 16, temporary.as_file_mut());
        write(&mut buffered)?;
        buffered.flush()?;
    }
    if let Ok(before) = std::fs::metadata(&target) {
        // A file that only its owner may read stays so. Not every file system has permissions: best effort.
        let _ = temporary.as_file().set_permissions(before.permissions());
    }
    temporary.as_file().sync_all()?;
    temporary.persist(&target).map_err(|failed| failed.error)?;
    // The new name is on the disk once the folder is. Not every system lets a folder be synced: best effort, and the
    // file is the whole new one either way.
    #[cfg(unix)]
    if let Ok(folder) = std::fs::File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn entries(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn writes_a_new_file_and_its_folders() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/out.txt");
        write_atomic_bytes(&path, b"hello").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"hello");
        assert_eq!(entries(path.parent().unwrap()), 1, "no temporary file is left");
    }

    #[test]
    fn a_failed_write_keeps_the_old_file_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.bin");
        write_atomic_bytes(&path, b"old").unwrap();
        let error = write_atomic(&path, |file| {
            file.write_all(&[7; 200_000])?;
            Err(std::io::Error::from(std::io::ErrorKind::StorageFull))
        })
        .unwrap_err();
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(entries(folder.path()), 1);
        let sentence = error.to_string();
        assert!(sentence.contains("out.bin") && sentence.contains("free some space"), "{sentence}");
    }

    #[test]
    fn a_folder_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_atomic_bytes(folder.path(), b"x").is_err());
        assert!(write_atomic_bytes("", b"x").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn permissions_of_the_old_file_and_links_are_kept() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write_atomic_bytes(&path, b"1").unwrap();
        let fresh = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(fresh & 0o400, 0o400);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write_atomic_bytes(&link, b"2").unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().file_type().is_symlink());
        assert_eq!(std::fs::read(&path).unwrap(), b"2");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
