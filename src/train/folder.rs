//! The folder of a run: locked while it is trained into, every file in it replaced whole.

use super::TrainConfig;
use super::checkpoint::{self, Checkpoint};
use super::history::History;
use super::lock::Lock;
use super::publish::{BEST, LAST};
use crate::atomic::{make_folder, write_atomic_bytes};
use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// The rows for people.
pub const HISTORY: &str = "history.csv";
/// The configuration for people.
pub const CONFIG: &str = "config.toml";

/// A run's folder, held until it is dropped.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    _lock: Lock,
}

impl RunFolder {
    /// Opens or makes the folder; and the checkpoint in it, if there is one.
    ///
    /// # Errors
    /// When another process trains into it, when its checkpoint is damaged, and when it holds weights or tables of something
    /// else, which would be overwritten.
    pub fn open(path: &Path) -> Result<(Self, Option<Checkpoint>)> {
        make_folder(path)?;
        let folder = Self { path: path.to_owned(), _lock: Lock::take(path)? };
        folder.sweep();
        let checkpoint = Checkpoint::read(&folder.checkpoint())?;
        if checkpoint.is_none()
            && let Some(name) = [BEST, LAST, HISTORY].iter().find(|name| path.join(name).exists())
        {
            let what = format!("has `{name}` and no checkpoint to go on from");
            return Err(Error::file(path, what, "give another --out, or move the file away"));
        }
        Ok((folder, checkpoint))
    }

    /// The configuration of the run in a folder; `None` where there is no run.
    ///
    /// # Errors
    /// When its checkpoint is damaged or of a newer version.
    pub fn stored(path: &Path) -> Result<Option<TrainConfig>> {
        Ok(Checkpoint::read(&path.join(checkpoint::FILE))?.map(|checkpoint| checkpoint.config))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Path of its checkpoint.
    pub fn checkpoint(&self) -> PathBuf {
        self.path.join(checkpoint::FILE)
    }

    /// Writes the configuration and the rows for people.
    ///
    /// # Errors
    /// [`Error::File`] when one cannot be written.
    pub fn tell(&self, config: &TrainConfig, history: &History) -> Result<()> {
        write_atomic_bytes(self.path.join(CONFIG), config.to_toml()?.as_bytes())?;
        write_atomic_bytes(self.path.join(HISTORY), history.csv().as_bytes())
    }

    /// Takes away what killed processes were writing: nobody else writes here while the lock is held.
    fn sweep(&self) {
        for entry in std::fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(".writing-") && name.ends_with(".tmp") {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_are_swept_and_others_results_left_alone() {
        let out = tempfile::tempdir().unwrap();
        std::fs::write(out.path().join(".writing-abc.tmp"), "half").unwrap();
        let (folder, checkpoint) = RunFolder::open(out.path()).unwrap();
        assert!(checkpoint.is_none() && !out.path().join(".writing-abc.tmp").exists());
        assert!(RunFolder::open(out.path()).unwrap_err().to_string().contains("another process"));
        drop(folder);
        std::fs::write(out.path().join(BEST), "weights").unwrap();
        assert!(RunFolder::open(out.path()).unwrap_err().to_string().contains("no checkpoint"));
        assert!(RunFolder::stored(out.path()).unwrap().is_none());
    }
}
