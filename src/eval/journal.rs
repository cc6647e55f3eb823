//! What of an evaluation is done, in one line a frame: a run that was killed goes on where it stopped.
//!
//! A journal grows while the run lasts and so is no file that is replaced as a whole; a line that was not finished when the
//! process died is dropped on reading, and its frame is done again.

use super::earlier::About;
use super::report::FrameRow;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes of a line that is still read: one of a frame with many models has some thousand.
const MAX_LINE: u64 = 1 << 22;

/// Name of the file in the output folder.
pub const FILE: &str = "journal.jsonl";

/// What a run was asked to do, by flag: two runs with equal entries do the same work.
pub type Command = BTreeMap<String, String>;

/// A journal that is open for writing; nobody else writes it meanwhile.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Head {
    msfnet_studio_evaluation: u32,
    command: Command,
    /// What the results are of; absent in the journals of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    about: Option<About>,
}

/// What a journal holds: its command, what it is about, its rows, and the end of its last whole line.
type Contents = (Command, Option<About>, Vec<FrameRow>, u64);

const VERSION: u32 = 1;

impl Journal {
    /// Opens the journal of a folder, or begins one that says what it is `about`; and the rows that it has, the newer of
    /// two for one frame.
    ///
    /// # Errors
    /// [`Error::Usage`] with the difference when it belongs to another command; [`Error::File`] when another process writes
    /// it, when it is something else or damaged elsewhere than in its last line, or cannot be read or written.
    pub fn open(folder: &Path, command: &Command, about: Option<&About>) -> Result<(Self, Vec<FrameRow>)> {
        std::fs::create_dir_all(folder).map_err(|error| Error::writing(folder, &error))?;
        let path = folder.join(FILE);
        let writing = |error: std::io::Error| Error::writing(&path, &error);
        let mut file = File::options().read(true).append(true).create(true).open(&path).map_err(writing)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::file(
                    &path,
                    "is being written by another evaluation",
                    "wait for it, or give another --out",
                ));
            }
            // Not every file system has locks; one process is the rule.
            Err(TryLockError::Error(_)) => {}
        }
        let read = read(&mut file, &path)?;
        let rows = match read {
            Some((theirs, _, rows, end)) => {
                same(&path, &theirs, command)?;
                file.set_len(end).map_err(writing)?;
                rows
            }
            None => {
                file.set_len(0).map_err(writing)?;
                Vec::new()
            }
        };
        let mut journal = Self { file, path };
        if journal.file.metadata().is_ok_and(|data| data.len() == 0) {
            let about = about.cloned();
            journal.line(&Head { msfnet_studio_evaluation: VERSION, command: command.clone(), about })?;
        }
        Ok((journal, rows))
    }

    /// Adds a finished frame.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be written; what is there already stays.
    pub fn append(&mut self, row: &FrameRow) -> Result<()> {
        self.line(row)
    }

    /// One value as one line in one write: a killed process leaves at most the last one torn.
    fn line(&mut self, value: &impl Serialize) -> Result<()> {
        let writing = |error: std::io::Error| Error::writing(&self.path, &error);
        let mut bytes = serde_json::to_vec(value).map_err(|error| writing(error.into()))?;
        bytes.push(b'\n');
        self.file.write_all(&bytes).map_err(writing)
    }
}

/// What a journal is about and its rows, without writing to it.
///
/// # Errors
/// [`Error::File`] when it is missing, empty, something else or damaged.
pub fn read_back(path: &Path) -> Result<(Option<About>, Vec<FrameRow>)> {
    let mut file = File::open(path).map_err(|error| Error::reading(path, &error))?;
    let empty = || Error::file(path, "is empty", "give the folder of another evaluation");
    let (_, about, rows, _) = read(&mut file, path)?.ok_or_else(empty)?;
    Ok((about, rows))
}

/// What a journal holds; `None` for a file without a whole first line.
fn read(file: &mut File, path: &Path) -> Result<Option<Contents>> {
    let reading = |error: std::io::Error| Error::reading(path, &error);
    file.seek(SeekFrom::Start(0)).map_err(reading)?;
    let mut reader = BufReader::new(&*file);
    let mut line = Vec::new();
    let mut next = |line: &mut Vec<u8>| -> Result<bool> {
        line.clear();
        match (&mut reader).take(MAX_LINE).read_until(b'\n', line) {
            Ok(_) => Ok(line.last() == Some(&b'\n')),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(false),
            Err(error) => Err(reading(error)),
        }
    };
    let other = || Error::file(path, "is no journal of an evaluation by this version", "give another --out");
    if !next(&mut line)? {
        // Cut off in its first line; anything long or readable else is not ours to overwrite.
        return if line.is_empty() || line.starts_with(b"{\"msfnet_studio_evaluation\"") {
            Ok(None)
        } else {
            Err(other())
        };
    }
    let head: Head = serde_json::from_slice(&line).map_err(|_| other())?;
    if head.msfnet_studio_evaluation != VERSION {
        return Err(other());
    }
    let (mut rows, mut end, mut number) = (Vec::new(), line.len() as u64, 1);
    loop {
        let whole = next(&mut line)?;
        number += 1;
        if line.is_empty() {
            break;
        }
        match serde_json::from_slice::<FrameRow>(&line) {
            Ok(row) if whole => {
                end += line.len() as u64;
                rows.push(row);
            }
            _ if !whole && (line.len() as u64) < MAX_LINE => break,
            _ => {
                let what = format!("is damaged in line {number}");
                return Err(Error::file(path, what, "delete it to begin anew, or give another --out"));
            }
        }
    }
    Ok(Some((head.command, head.about, newest(rows), end)))
}

/// Of two rows of a frame the later one.
fn newest(rows: Vec<FrameRow>) -> Vec<FrameRow> {
    let mut by_name = BTreeMap::new();
    for (number, row) in rows.into_iter().enumerate() {
        by_name.insert(row.frame.clone(), (number, row));
    }
    let mut rows: Vec<_> = by_name.into_values().collect();
    rows.sort_by_key(|(number, _)| *number);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Refuses a journal of another command, naming what differs.
fn same(path: &Path, theirs: &Command, ours: &Command) -> Result<()> {
    let flags: std::collections::BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
    let value = |command: &Command, flag: &str| command.get(flag).cloned().unwrap_or_else(|| "absent".to_owned());
    let differ = |flag: &&&String| theirs.get(**flag) != ours.get(**flag);
    let differences: Vec<String> = flags
        .iter()
        .filter(differ)
        .map(|flag| format!("{flag} was {} and is now {}", value(theirs, flag), value(ours, flag)))
        .collect();
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "{} is of another evaluation: {}; give another --out, or the same command to go on",
        path.display(),
        differences.join(", ")
    )))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::eval::report::tests::row;

    fn command(protocol: &str) -> Command {
        [("--data".to_owned(), "nyu:d".to_owned()), ("--protocol".to_owned(), protocol.to_owned())].into()
    }

    fn names(rows: &[FrameRow]) -> Vec<&str> {
        rows.iter().map(|row| row.frame.as_str()).collect()
    }

    #[test]
    fn rows_come_back_as_they_were_and_a_torn_line_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let (mut journal, rows) = Journal::open(folder.path(), &command("hu_nyu"), None).unwrap();
        assert!(rows.is_empty());
        journal.append(&row("a", 1.0 / 3.0)).unwrap();
        journal.append(&row("b", 0.1)).unwrap();
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        let (_, rows) = Journal::open(folder.path(), &command("hu_nyu"), None).unwrap();
        assert_eq!(rows, [row("a", 1.0 / 3.0), row("b", 0.1)]);
        // Cut at every byte of the last line.
        let last = whole[..whole.len() - 1].iter().rposition(|b| *b == b'\n').unwrap() + 1;
        for end in last..whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            let (mut journal, rows) = Journal::open(folder.path(), &command("hu_nyu"), None).unwrap();
            assert_eq!(names(&rows), ["a"]);
            journal.append(&row("b", 0.1)).unwrap();
            drop(journal);
            assert_eq!(std::fs::read(&path).unwrap(), whole, "cut at {end}");
        }
        // Cut in the first line: it begins anew.
        for end in [0, 1, 30] {
            std::fs::write(&path, &whole[..end]).unwrap();
            let opened = Journal::open(folder.path(), &command("dd_nyu"), None);
            assert_eq!(opened.is_ok(), end != 1, "one brace may be anyone's");
            std::fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn another_command_is_refused_with_the_difference() {
        let folder = tempfile::tempdir().unwrap();
        drop(Journal::open(folder.path(), &command("hu_nyu"), None).unwrap());
        let error = Journal::open(folder.path(), &command("dd_nyu"), None).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("--protocol was hu_nyu and is now dd_nyu"), "{error}");
        let mut more = command("hu_nyu");
        more.insert("--cap".into(), "50".into());
        let error = Journal::open(folder.path(), &more, None).unwrap_err();
        assert!(error.to_string().contains("--cap was absent and is now 50"), "{error}");
    }

    #[test]
    fn one_writes_at_a_time_and_a_frame_done_twice_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(folder.path(), &command("hu_nyu"), None).unwrap();
        let error = Journal::open(folder.path(), &command("hu_nyu"), None).unwrap_err();
        assert!(error.to_string().contains("another evaluation"), "{error}");
        for (name, error) in [("a", 0.1), ("b", 0.2), ("a", 0.3)] {
            journal.append(&row(name, error)).unwrap();
        }
        drop(journal);
        let (_, rows) = Journal::open(folder.path(), &command("hu_nyu"), None).unwrap();
        assert_eq!(rows, [row("b", 0.2), row("a", 0.3)]);
    }

    #[test]
    fn what_is_no_journal_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let (mut journal, _) = Journal::open(folder.path(), &command("hu_nyu"), None).unwrap();
        journal.append(&row("a", 0.1)).unwrap();
        drop(journal);
        let good = std::fs::read_to_string(&path).unwrap();
        let damaged = good.replace("\"a\"", "a") + "{}\n";
        for (text, why) in [
            ("my notes\n".to_owned(), "no journal"),
            ("my notes without an end".to_owned(), "no journal"),
            (good.replace("evaluation\":1", "evaluation\":2"), "no journal"),
            (damaged, "line 2"),
            (good.clone() + &"x".repeat(MAX_LINE as usize + 5), "line 3"),
        ] {
            std::fs::write(&path, &text).unwrap();
            let error = Journal::open(folder.path(), &command("hu_nyu"), None).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
