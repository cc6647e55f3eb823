//! [`Split`]: which frames of a data set are asked for; built-in lists and lists in files (reference.md 7.6, Appendix C).

use super::holdout::is_held_out;
use super::split_tables::{EIGEN, EIGEN_UNANNOTATED, NYU_TEST};
use crate::error::{Error, Result};
use std::collections::HashSet;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Frames in NYU's labelled file.
pub const NYU_FRAMES: usize = 1449;
/// Names of the built-in splits, for messages.
pub const SPLITS: &str = "all, nyu-test, nyu-train, nyu-holdout, nyu-train-rest, eigen, eigen-benchmark";

/// Bytes of a list that is still read; the longest known has 5 MB.
const MAX_BYTES: u64 = 64 << 20;
/// Lines of a list that is still read.
const MAX_LINES: usize = 1_000_000;

/// Which frames are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Split {
    /// Every frame there is, even where a reader would take an official split by itself.
    All,
    /// The 654 official test frames of NYU's labelled file.
    NyuTest,
    /// The other 795.
    NyuTrain,
    /// The 78 of them whose scenes training holds out ([`super::holdout`]); needs data that name their scenes.
    NyuHoldout,
    /// The other 717.
    NyuTrainRest,
    /// Eigen's 697 frames of KITTI.
    Eigen,
    /// The 652 of them that have annotated depth.
    EigenBenchmark,
    /// The frames that a text file names, one a line.
    File(PathBuf),
}

/// The camera that a line of a KITTI list names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// `l`: image_02.
    Left,
    /// `r`: image_03.
    Right,
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFrame {
    /// The line without the white space around it.
    pub line: String,
    /// Its number in the file, from 1.
    pub number: usize,
}

/// A line of a KITTI list: `<date>/<drive> <frame> l|r`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KittiLine<'a> {
    /// What stands before the frame, such as `2011_09_26/2011_09_26_drive_0002_sync`.
    pub folder: &'a str,
    /// The frame's number, however many zeros it is written with.
    pub frame: u64,
    /// The camera; `None` where the line ends with the frame.
    pub side: Option<Side>,
}

impl ListedFrame {
    /// The line as one of a KITTI list; `None` when it is not.
    pub fn kitti(&self) -> Option<KittiLine<'_>> {
        let mut words = self.line.split_whitespace();
        let (folder, frame) = (words.next()?, words.next()?);
        let side = match words.next() {
            None => None,
            Some("l") => Some(Side::Left),
            Some("r") => Some(Side::Right),
            Some(_) => return None,
        };
        let frame = digits(frame)?;
        // A list from elsewhere must not lead out of the data's folder.
        let inside = folder.split(['/', '\\']).all(|part| !part.is_empty() && part != "." && part != "..");
        (inside && words.next().is_none()).then_some(KittiLine { folder, frame, side })
    }

    /// The line as an index into NYU's labelled file, counted from 0; `None` when it is not.
    pub fn index(&self) -> Option<usize> {
        usize::try_from(digits(&self.line)?).ok()
    }
}

/// Digits and nothing else as a number.
fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// The frames a split asks for, in order, none twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitList {
    /// Its lines.
    pub frames: Vec<ListedFrame>,
    /// The file it was read from; `None` for a built-in one.
    pub path: Option<PathBuf>,
}

impl SplitList {
    /// The error of a line that a reader cannot use; `wanted` is an example of what it could.
    pub fn refuse(&self, frame: &ListedFrame, wanted: &str) -> Error {
        // What a stranger's file says is shown short.
        let shown: String = frame.line.chars().take(60).collect();
        match &self.path {
            Some(path) => {
                let what = format!("does not name a frame of these data in line {} ({shown:?})", frame.number);
                Error::file(path, what, format!("write lines such as {wanted:?}"))
            }
            None => {
                Error::Usage(format!("the split is of other data ({shown:?} is no frame here); give one of {SPLITS}"))
            }
        }
    }
}

impl Split {
    /// What it is, in one line.
    pub fn about(&self) -> &'static str {
        match self {
            Self::All => "Every frame there is",
            Self::NyuTest => "The 654 official test frames",
            Self::NyuTrain => "The 795 official training frames",
            Self::NyuHoldout => "78 of the training frames, whole scenes held out",
            Self::NyuTrainRest => "The other 717 training frames",
            Self::Eigen => "Eigen's 697 test frames",
            Self::EigenBenchmark => "The 652 of Eigen's that have annotated depth",
            Self::File(_) => "A text file that names one frame a line",
        }
    }

    /// True when which frames it takes depends on their scenes: [`Split::list`] then has more than [`Split::takes`] leaves.
    pub fn needs_scenes(&self) -> bool {
        matches!(self, Self::NyuHoldout | Self::NyuTrainRest)
    }

    /// Whether a listed frame of a scene is asked for; one of an unknown scene is on neither side.
    pub fn takes(&self, scene: Option<&str>) -> bool {
        match self {
            Self::NyuHoldout => scene.is_some_and(is_held_out),
            Self::NyuTrainRest => scene.is_some_and(|scene| !is_held_out(scene)),
            _ => true,
        }
    }

    /// The frames asked for; `None` for [`Split::All`], which asks for none in particular.
    ///
    /// # Errors
    /// When the file is missing, no text, larger than 64 MB, longer than a million lines, empty, or names a frame twice.
    pub fn list(&self) -> Result<Option<SplitList>> {
        let built_in = |lines: Vec<String>| {
            let frames = lines.into_iter().enumerate().map(|(i, line)| ListedFrame { line, number: i + 1 }).collect();
            Ok(Some(SplitList { frames, path: None }))
        };
        match self {
            Self::All => Ok(None),
            Self::NyuTest => built_in((0..NYU_FRAMES).filter(|i| is_nyu_test(*i)).map(|i| i.to_string()).collect()),
            Self::NyuTrain | Self::NyuHoldout | Self::NyuTrainRest => {
                built_in((0..NYU_FRAMES).filter(|i| !is_nyu_test(*i)).map(|i| i.to_string()).collect())
            }
            Self::Eigen => built_in(eigen(|_, _| true)),
            Self::EigenBenchmark => built_in(eigen(is_annotated)),
            Self::File(path) => parse(&read(path)?, path).map(Some),
        }
    }
}

impl FromStr for Split {
    type Err = std::convert::Infallible;

    /// A built-in name; anything else is the path of a list.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "all" => Self::All,
            "nyu-test" => Self::NyuTest,
            "nyu-train" => Self::NyuTrain,
            "nyu-holdout" => Self::NyuHoldout,
            "nyu-train-rest" => Self::NyuTrainRest,
            "eigen" => Self::Eigen,
            "eigen-benchmark" => Self::EigenBenchmark,
            path => Self::File(path.into()),
        })
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::NyuTest => f.write_str("nyu-test"),
            Self::NyuTrain => f.write_str("nyu-train"),
            Self::NyuHoldout => f.write_str("nyu-holdout"),
            Self::NyuTrainRest => f.write_str("nyu-train-rest"),
            Self::Eigen => f.write_str("eigen"),
            Self::EigenBenchmark => f.write_str("eigen-benchmark"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// Whether a frame of NYU's labelled file, counted from 0, is one of the 654 test frames.
pub fn is_nyu_test(index: usize) -> bool {
    NYU_TEST.iter().any(|(first, last)| (usize::from(*first)..=usize::from(*last)).contains(&index))
}

/// Whether a frame of Eigen's list has annotated depth.
fn is_annotated(drive: &str, frame: u16) -> bool {
    !EIGEN_UNANNOTATED.iter().any(|(d, frames)| *d == drive && frames.contains(&frame))
}

/// The lines of Eigen's list for which `take` holds.
fn eigen(take: impl Fn(&str, u16) -> bool) -> Vec<String> {
    let all = EIGEN.iter().flat_map(|(drive, frames)| frames.iter().map(move |frame| (*drive, *frame)));
    let line = |(drive, frame): (&str, u16)| format!("{}/{drive} {frame:010} l", &drive[..10]);
    all.filter(|(drive, frame)| take(drive, *frame)).map(line).collect()
}

/// The bytes of a list, bounded.
fn read(path: &Path) -> Result<Vec<u8>> {
    let file = std::fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            let what = "is neither a built-in split nor a file";
            Error::file(path, what, format!("give one of {SPLITS}, or the path of a list"))
        }
        _ => Error::reading(path, &error),
    })?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| Error::reading(path, &error))?;
    Ok(bytes)
}

/// The lines of a list; empty ones and those that begin with `#` are passed over.
///
/// # Errors
/// As [`Split::list`].
pub fn parse(bytes: &[u8], path: &Path) -> Result<SplitList> {
    let wrong = |what: String| Error::file(path, what, "give a text file with one frame a line");
    if bytes.len() as u64 > MAX_BYTES {
        return Err(wrong("is larger than 64 MB, so it is no list of frames".into()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("is no text".into()))?;
    let mut seen = HashSet::new();
    let mut frames = Vec::new();
    for (i, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let (line, number) = (line.trim(), i + 1);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if frames.len() == MAX_LINES {
            return Err(wrong(format!("names more than {MAX_LINES} frames")));
        }
        if !seen.insert(line) {
            return Err(wrong(format!("names a frame twice, the second time in line {number}")));
        }
        frames.push(ListedFrame { line: line.to_owned(), number });
    }
    if frames.is_empty() {
        return Err(wrong("names no frame".into()));
    }
    Ok(SplitList { frames, path: Some(path.to_owned()) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "splits_tests.rs"]
mod tests;
