//! [`Video`]: frames of a video file, decoded by `ffmpeg` in a child process and streamed through a pipe.
//!
//! The child writes one PPM picture after another and waits when nobody reads, so memory is that of a few frames however
//! long the video is. Frames are asked for by number: the next ones are read from the running child, a jump starts
//! another at the time that `ffprobe` told for that frame. Dropping the video kills the child.

use super::video_stream::{Complaints, Stream};
use crate::error::{Error, Result};
use crate::frame::Frame;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Frames of a video that can be counted: 23 hours at 60 a second.
const MAX_FRAMES: usize = 5_000_000;
/// A jump forward by at most this many frames is read through instead of starting another child.
const READ_THROUGH: usize = 48;

/// The two programs.
#[derive(Debug, Clone)]
pub struct Tools {
    /// Decodes.
    pub ffmpeg: PathBuf,
    /// Tells what is in a file.
    pub ffprobe: PathBuf,
}

impl Default for Tools {
    /// Those on the search path.
    fn default() -> Self {
        Self { ffmpeg: "ffmpeg".into(), ffprobe: "ffprobe".into() }
    }
}

/// A video file whose frames are known by number.
#[derive(Debug)]
pub struct Video {
    path: PathBuf,
    tools: Tools,
    /// Presentation times in seconds, in order; empty when the container tells none, and frames are only counted.
    times: Vec<f64>,
    count: usize,
    stream: Mutex<Option<Stream>>,
}

impl Video {
    /// Counts the frames of a video; decodes none.
    ///
    /// # Errors
    /// One sentence when the file is missing or empty, `ffmpeg` is not there, or it finds no video in the file.
    pub fn open(path: &Path, tools: Tools) -> Result<Self> {
        let metadata = std::fs::metadata(path).map_err(|error| Error::reading(path, &error))?;
        if !metadata.is_file() || metadata.len() == 0 {
            let what = if metadata.is_file() { "is empty" } else { "is no file" };
            return Err(Error::file(path, what, "give a video file"));
        }
        let path = path.canonicalize().map_err(|error| Error::reading(path, &error))?;
        let packets = probe(&path, &tools)?;
        let mut times: Vec<f64> = packets.iter().copied().filter(|t| t.is_finite()).collect();
        if times.len() != packets.len() {
            times.clear();
        }
        // Packets come in the order of decoding.
        times.sort_by(f64::total_cmp);
        Ok(Self { path, tools, times, count: packets.len(), stream: Mutex::new(None) })
    }

    /// Number of frames, as the container tells it.
    pub fn len(&self) -> usize {
        self.count
    }

    /// True for a video without frames; [`Video::open`] refuses such.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Seconds since the first frame; `None` beyond the last, or when the container tells no times.
    pub fn time(&self, index: usize) -> Option<f64> {
        Some(self.times.get(index)? - self.times.first()?)
    }

    /// The frame of a number, from 0. Asking in order is fast; a jump costs the start of a process. Frames that several
    /// threads ask for at once in nearly this order are decoded once.
    ///
    /// # Errors
    /// One sentence when the child cannot be started, or stops before this frame.
    pub fn frame(&self, index: usize) -> Result<Frame> {
        let mut slot = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(frame) = slot.as_ref().and_then(|stream| stream.recent(index)) {
            return Ok(frame);
        }
        let near = |s: &&mut Stream| s.next_index() <= index && index - s.next_index() <= READ_THROUGH;
        if slot.as_mut().filter(near).is_none() {
            *slot = None; // the old child ends before the new one begins
            let (first, seek) = self.seek(index);
            *slot = Some(Stream::start(&self.path, &self.tools, first, seek)?);
        }
        let Some(stream) = slot.as_mut() else { return Err(Error::Failed("no decoder was started".into())) };
        let frame = stream.read_to(index);
        if frame.is_err() {
            // What is left of this child is of no use; the next call begins afresh.
            *slot = None;
        }
        frame
    }

    /// Which frame a child that is to show `index` begins with, and the time it is sent to: half-way between the frame
    /// before and this one, so that rounding of times does not matter. Without times it begins at the start.
    fn seek(&self, index: usize) -> (usize, Option<f64>) {
        let before = index.checked_sub(1).and_then(|i| self.times.get(i));
        match (before, self.times.get(index)) {
            (Some(a), Some(b)) if b > a => (index, Some((a + b) / 2.0)),
            _ => (0, None),
        }
    }
}

/// `file:` keeps a name such as `concat:x` or `-i` from meaning something else to ffmpeg.
pub(super) fn input(path: &Path) -> std::ffi::OsString {
    let mut name = std::ffi::OsString::from("file:");
    name.push(path);
    name
}

/// The error of a program that cannot be started.
pub(super) fn cannot_start(path: &Path, program: &Path, error: &std::io::Error) -> Error {
    let name = program.display();
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            let remedy =
                "install ffmpeg (ffmpeg.org, or the system's package of that name), or give a folder of pictures";
            Error::file(path, format!("is a video, and {name}, which decodes videos, is not installed"), remedy)
        }
        _ => Error::file(path, format!("needs {name}, which cannot be started ({error})"), "install ffmpeg again"),
    }
}

/// What ffmpeg said, as the reason in a sentence: its last line without the name of the file.
pub(super) fn reason(said: &[u8], path: &Path) -> String {
    let text = String::from_utf8_lossy(said);
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("no reason given");
    let name = path.to_string_lossy();
    last.replace(&format!("file:{name}: "), "").replace(&*name, "the file").chars().take(200).collect()
}

/// The presentation time of every packet of the first video stream, in the file's order; NaN where it has none.
fn probe(path: &Path, tools: &Tools) -> Result<Vec<f64>> {
    let mut child = Command::new(&tools.ffprobe)
        .args(["-v", "error", "-protocol_whitelist", "file", "-select_streams", "V:0"])
        .args(["-show_entries", "packet=pts_time,flags", "-of", "csv=p=0"])
        .arg(input(path))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| cannot_start(path, &tools.ffprobe, &error))?;
    let errors = Complaints::drain(child.stderr.take());
    let mut times = Vec::new();
    if let Some(out) = child.stdout.take() {
        // A line is a time and a few letters; a longer one is not ffprobe's.
        let mut lines = BufReader::new(out).take(64 * MAX_FRAMES as u64);
        let mut line = Vec::new();
        while times.len() <= MAX_FRAMES && lines.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            let text = String::from_utf8_lossy(&line);
            let mut fields = text.trim().split(',');
            let (time, flags) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
            // `D` marks what is decoded and not shown.
            if !time.is_empty() && !flags.contains('D') {
                times.push(time.parse().unwrap_or(f64::NAN));
            }
            line.clear();
        }
    }
    // It has ended by itself, or is told to.
    let _ = child.kill();
    let _ = child.wait();
    let said = errors?.finish();
    if times.len() > MAX_FRAMES {
        return Err(Error::file(path, "has more than five million frames", "cut it into parts"));
    }
    if times.is_empty() {
        let what = if said.is_empty() {
            "holds no video".to_owned()
        } else {
            format!("is no video that ffmpeg can read ({})", reason(&said, path))
        };
        return Err(Error::file(path, what, "play it in another program, copy it again, or give a folder of pictures"));
    }
    Ok(times)
}

#[cfg(test)]
#[path = "video_tests.rs"]
mod tests;
