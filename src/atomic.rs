//! Files that are either the old one or the whole new one, never half of each.

use std::io::{BufWriter, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// The calls of a writing at which a disk can fail, in their order. Tests let each of them fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The temporary file is made.
    Create,
    /// Bytes are handed over.
    Write,
    /// The last of them leave the buffer.
    Flush,
    /// The file is on the disk.
    Sync,
    /// It takes its name.
    Rename,
    /// A folder's list of names is on the disk.
    Folder,
}

/// Writes the file at `path` through `write` into a hidden temporary file in the same folder, flushes it to the
/// disk, renames it over `path`, and flushes the folder.
///
/// A folder that is not there yet is made. On any error (a full disk, an `Err` from `write`) the temporary file is
/// removed and what was at `path` before is untouched; only when the folder cannot be flushed, which is behind the
/// renaming, the whole new file is there already. A file that already exists keeps its permissions; a new one
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

/// Makes a folder and those above it that are missing, each flushed into the one that names it: what is written below
/// them is not lost with them.
///
/// # Errors
/// [`Error::File`] naming the folder when it cannot be made or flushed.
pub fn make_folder(path: &Path) -> Result<()> {
    make_folders(path).map_err(|error| Error::writing(path, &error))
}

fn make_folders(path: &Path) -> std::io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let above = folder_of(path);
    make_folders(above)?;
    match std::fs::create_dir(path) {
        // Another process may have been quicker.
        Err(_) if path.is_dir() => {}
        made => made?,
    }
    sync_folder(above)
}

/// The folder that a path lies in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Flushes a folder's list of names: a new name is on the disk once its folder is. What fails here is the disk, and is
/// said: a caller must not count on a file that the next loss of power may take back.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    reach(Stage::Folder)?;
    #[cfg(unix)]
    {
        use std::io::ErrorKind;
        // A folder that may be written to and not be read cannot be opened for this: nothing is left to do.
        let Ok(folder) = std::fs::File::open(folder) else { return Ok(()) };
        match folder.sync_all() {
            // Some network file systems have no such call and keep names in order by themselves.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {}
            synced => synced?,
        }
    }
    // Other systems cannot flush a folder.
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Between two calls: fails where a test wants it.
fn reach(stage: Stage) -> std::io::Result<()> {
    #[cfg(test)]
    failing::check(stage)?;
    let _ = stage;
    Ok(())
}

fn try_write<F>(path: &Path, write: F) -> std::io::Result<()>
where
    F: FnOnce(&mut dyn Write) -> std::io::Result<()>,
{
    // A link is followed, so that the file it names is replaced and not the link.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = folder_of(&target);
    make_folders(folder)?;

    let mut builder = tempfile::Builder::new();
    builder.prefix(".writing-").suffix(".tmp");
    // tempfile's own default is private to the user; an output file should be as readable as any other.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    reach(Stage::Create)?;
    let mut temporary = builder.tempfile_in(folder)?;
    {
        let mut buffered = BufWriter::with_capacity(1 << 16, temporary.as_file_mut());
        reach(Stage::Write)?;
        write(&mut buffered)?;
        reach(Stage::Flush)?;
        buffered.flush()?;
    }
    if let Ok(before) = std::fs::metadata(&target) {
        // A file that only its owner may read stays so. Not every file system has permissions: best effort.
        let _ = temporary.as_file().set_permissions(before.permissions());
    }
    reach(Stage::Sync)?;
    temporary.as_file().sync_all()?;
    reach(Stage::Rename)?;
    temporary.persist(&target).map_err(|failed| failed.error)?;
    sync_folder(folder)
}

/// What lets the writings of a test's thread fail.
#[cfg(test)]
pub(crate) mod failing {
    use super::Stage;
    use std::cell::Cell;

    /// All stages.
    pub const STAGES: [Stage; 6] =
        [Stage::Create, Stage::Write, Stage::Flush, Stage::Sync, Stage::Rename, Stage::Folder];

    thread_local! {
        static AT: Cell<Option<Stage>> = const { Cell::new(None) };
    }

    /// From here on writings of this thread fail at that stage.
    pub fn at(stage: Option<Stage>) {
        AT.set(stage);
    }

    pub(super) fn check(stage: Stage) -> std::io::Result<()> {
        if AT.get() == Some(stage) { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
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
    fn a_new_folder_and_a_new_name_are_flushed_into_what_names_them_and_a_failure_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.bin");
        write_atomic_bytes(&path, b"old").unwrap();
        for stage in failing::STAGES {
            failing::at(Some(stage));
            let error = write_atomic_bytes(&path, b"new").unwrap_err().to_string();
            assert!(error.contains("out.bin"), "{error}");
            let whole: &[u8] = if stage == Stage::Folder { b"new" } else { b"old" };
            assert_eq!((std::fs::read(&path).unwrap().as_slice(), entries(folder.path())), (whole, 1), "{stage:?}");
        }
        let run = folder.path().join("runs/a");
        let error = make_folder(&run).unwrap_err().to_string();
        assert!(error.contains("runs") && error.contains("cannot be written"), "{error}");
        failing::at(None);
        make_folder(&run).unwrap();
        make_folder(&run).unwrap();
        assert!(run.is_dir());
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
