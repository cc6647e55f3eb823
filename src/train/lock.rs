//! One process trains into a folder. The lock is the system's own: it ends with the process that holds it, however that ends.

use crate::error::{Error, Result};
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Name of the file in the run's folder.
pub const FILE: &str = "lock";

/// Held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a folder, which must be there. One that a dead process left is taken over.
    ///
    /// # Errors
    /// [`Error::File`] when another process holds it, with its number; or when the file cannot be made.
    pub fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let writing = |error: std::io::Error| Error::writing(&path, &error);
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(writing)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = (&mut file).take(64).read_to_string(&mut holder);
                let holder =
                    holder.trim().parse::<u32>().map_or_else(|_| String::new(), |id| format!(" (process {id})"));
                return Err(Error::file(
                    folder,
                    format!("is being trained into by another process{holder}"),
                    "wait for it, stop it, or give another --out",
                ));
            }
            // Not every file system has locks; one process is the rule.
            Err(TryLockError::Error(_)) => {}
        }
        // Only for the sentence above: what counts is the lock.
        let _ = file.set_len(0);
        let _ = file.seek(SeekFrom::Start(0));
        let _ = writeln!(file, "{}", std::process::id());
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_a_dead_ones_lock_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path()).unwrap();
        let error = Lock::take(folder.path()).unwrap_err().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        drop(lock);
        std::fs::write(folder.path().join(FILE), "4194304\n").unwrap();
        drop(Lock::take(folder.path()).unwrap());
        assert!(Lock::take(&folder.path().join("nowhere")).is_err());
    }
}
