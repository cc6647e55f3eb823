//! One error type: a sentence that names the thing, what was wrong with it and what to do.

use std::path::{Path, PathBuf};

/// Result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as one sentence for a person.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// A file or folder is missing, broken, or of the wrong kind.
    #[error("{}: {what}; {remedy}", .path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What was wrong with it.
        what: String,
        /// What the person can do about it.
        remedy: String,
    },
    /// Weights that cannot say what they are: the window asks, the command line names the flags.
    #[error("{}: does not say its {}; give {}", .path.display(), .missing.join(", "), flags(.missing))]
    NeedsAnswers {
        /// The weights file.
        path: PathBuf,
        /// What is missing: `gate`, `unit`, `train-size`.
        missing: Vec<String>,
    },
    /// The command or setting makes no sense as given; the command line exits with 2.
    #[error("{0}")]
    Usage(String),
    /// A device, camera or network could not do its work.
    #[error("{0}")]
    Failed(String),
    /// The person asked to stop; finished work is kept and the command line exits with 130.
    #[error("stopped; what was finished is kept")]
    Interrupted,
}

/// `--gate none|cbam_s|eda` and so on, for [`Error::NeedsAnswers`].
fn flags(missing: &[String]) -> String {
    let flag = |name: &String| match name.as_str() {
        "gate" => "--gate none|cbam_s|eda".to_owned(),
        "unit" => "--unit ten_over_metres|metres|disparity|relative".to_owned(),
        "train-size" => "--train-size WIDTHxHEIGHT".to_owned(),
        other => format!("--{other}"),
    };
    missing.iter().map(flag).collect::<Vec<_>>().join(" ")
}

impl Error {
    /// A [`Error::File`] from its three parts.
    pub fn file(path: impl AsRef<Path>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::File { path: path.as_ref().to_owned(), what: what.into(), remedy: remedy.into() }
    }

    /// A file that could not be read, from the operating system's reason.
    pub fn reading(path: impl AsRef<Path>, error: &std::io::Error) -> Self {
        let remedy = match error.kind() {
            std::io::ErrorKind::NotFound => "check the path",
            std::io::ErrorKind::PermissionDenied => "check its permissions",
            _ => "check the disk and the path",
        };
        Self::file(path, format!("cannot be read ({error})"), remedy)
    }

    /// A file that could not be written, from the operating system's reason.
    pub fn writing(path: impl AsRef<Path>, error: &std::io::Error) -> Self {
        let remedy = match error.kind() {
            std::io::ErrorKind::StorageFull => "free some space; the previous version is untouched",
            std::io::ErrorKind::FileTooLarge => {
                "choose a disk, or a limit, that takes larger files; the previous version is untouched"
            }
            std::io::ErrorKind::QuotaExceeded => "free some of your quota; the previous version is untouched",
            std::io::ErrorKind::PermissionDenied => "choose a folder you may write to",
            _ => "check the disk and the path",
        };
        Self::file(path, format!("cannot be written ({error})"), remedy)
    }

    /// The exit status a command ends with.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::NeedsAnswers { .. } => 2,
            Self::Interrupted => 130,
            Self::File { .. } | Self::Failed(_) => 1,
        }
    }
}
