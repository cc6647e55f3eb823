//! [`Stream`]: one running `ffmpeg` that writes pictures into a pipe, and the last few of them.

use super::video::{Tools, cannot_start, input, reason};
use crate::data::image::check_size;
use crate::error::{Error, Result};
use crate::frame::Frame;
use std::collections::VecDeque;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

/// Bytes of recent frames that are kept for threads that ask a little late; two frames are kept whatever their size.
const RECENT_BYTES: usize = 64 << 20;
/// Bytes kept of what the child complains about.
const SAID: usize = 4096;

/// A child process that decodes from some frame on.
#[derive(Debug)]
pub(super) struct Stream {
    path: PathBuf,
    child: Child,
    out: BufReader<ChildStdout>,
    complaints: Option<Complaints>,
    /// Number of the frame that comes out next.
    next: usize,
    recent: VecDeque<(usize, Frame)>,
}

impl Stream {
    /// Starts a child whose first picture is frame `first`: the first at or after `seek` seconds of the file's own clock.
    pub fn start(path: &Path, tools: &Tools, first: usize, seek: Option<f64>) -> Result<Self> {
        let mut command = Command::new(&tools.ffmpeg);
        command.args(["-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe"]);
        if let Some(seconds) = seek {
            command.args(["-seek_timestamp", "1", "-ss", &format!("{seconds:.6}")]);
        }
        command.arg("-i").arg(input(path)).args(["-map", "0:V:0", "-an", "-sn", "-dn"]);
        // One picture for each frame of the file: none repeated or dropped for the sake of an even rate.
        command.args(frame_for_frame(tools));
        command.args(["-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24", "pipe:1"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| cannot_start(path, &tools.ffmpeg, &error))?;
        let complaints = Complaints::drain(child.stderr.take());
        let out = child.stdout.take();
        let (Ok(complaints), Some(out)) = (complaints, out) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Error::Failed("no thread could be started to read a video; close other programs".into()));
        };
        let (path, recent) = (path.to_owned(), VecDeque::new());
        let out = BufReader::with_capacity(1 << 18, out);
        Ok(Self { path, child, out, complaints: Some(complaints), next: first, recent })
    }

    /// Number of the frame that comes out next.
    pub fn next_index(&self) -> usize {
        self.next
    }

    /// A frame that came out a moment ago.
    pub fn recent(&self, index: usize) -> Option<Frame> {
        self.recent.iter().find(|(i, _)| *i == index).map(|(_, frame)| frame.clone())
    }

    /// Reads up to a frame that is still to come, and returns it.
    pub fn read_to(&mut self, index: usize) -> Result<Frame> {
        loop {
            let start = Instant::now();
            let number = self.next;
            let Some((width, height, rgb)) = self.read_picture()? else { return Err(self.ended()) };
            let mut frame = Frame::new(number.to_string(), width, height, rgb);
            frame.path = Some(self.path.clone());
            frame.decode = start.elapsed();
            self.next += 1;
            while self.recent.len() > 1
                && self.recent.iter().map(|(_, f)| f.rgb.len()).sum::<usize>() + frame.rgb.len() > RECENT_BYTES
            {
                self.recent.pop_front();
            }
            self.recent.push_back((number, frame.clone()));
            if number == index {
                return Ok(frame);
            }
        }
    }

    /// Width, height and bytes of the next picture; `None` when the child has written its last.
    fn read_picture(&mut self) -> Result<Option<(usize, usize, Vec<u8>)>> {
        let Some([width, height]) = self.read_head()? else { return Ok(None) };
        check_size(&self.path, width, height, 3 * u64::from(width) * u64::from(height))?;
        let (width, height) = (width as usize, height as usize);
        let mut rgb = vec![0; 3 * width * height];
        Ok(self.out.read_exact(&mut rgb).is_ok().then_some((width, height, rgb)))
    }

    /// `P6\n960 540\n255\n`, as ffmpeg writes it.
    fn read_head(&mut self) -> Result<Option<[u32; 2]>> {
        let mut words: Vec<String> = vec![String::new()];
        while words.len() < 5 {
            let mut byte = [0];
            if self.out.read_exact(&mut byte).is_err() {
                return Ok(None);
            }
            let word = words.last_mut().filter(|word| word.len() < 8);
            match (byte[0], word) {
                (b' ' | b'\n', Some(word)) if !word.is_empty() => words.push(String::new()),
                (b'P' | b'0'..=b'9', Some(word)) => word.push(char::from(byte[0])),
                _ => return Err(self.broken("sent something that is no picture")),
            }
        }
        match [words[1].parse(), words[2].parse()] {
            [Ok(width), Ok(height)] if words[0] == "P6" && words[3] == "255" => Ok(Some([width, height])),
            _ => Err(self.broken("sent a picture of an unknown kind")),
        }
    }

    fn broken(&self, what: &str) -> Error {
        Error::file(&self.path, format!("cannot be decoded: ffmpeg {what}"), "install another version of ffmpeg")
    }

    /// Why there is no further picture.
    fn ended(&mut self) -> Error {
        let _ = self.child.kill();
        let said = self.complaints.take().map(Complaints::finish).unwrap_or_default();
        let why = if said.is_empty() { String::new() } else { format!(" ({})", reason(&said, &self.path)) };
        let what = format!("ends before frame {}, or is broken there{why}", self.next);
        Error::file(&self.path, what, "leave the rest out, or copy the file again")
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(complaints) = self.complaints.take() {
            complaints.finish();
        }
    }
}

/// The option under which ffmpeg neither repeats nor drops frames: it was renamed in 5.1.
fn frame_for_frame(tools: &Tools) -> [&'static str; 2] {
    let version = Command::new(&tools.ffmpeg).arg("-version").stdin(Stdio::null()).output();
    let text = version.map(|out| String::from_utf8_lossy(&out.stdout).into_owned()).unwrap_or_default();
    if is_before_5_1(&text) { ["-vsync", "passthrough"] } else { ["-fps_mode", "passthrough"] }
}

/// Whether `ffmpeg version 4.4.2-0ubuntu0 …` is older than 5.1. Builds without a number are new.
fn is_before_5_1(text: &str) -> bool {
    let version = text.split_whitespace().nth(2).unwrap_or_default();
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(|n| n.parse::<u32>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), minor) => (major, minor.unwrap_or(0)) < (5, 1),
        (None, _) => false,
    }
}

/// Reads what a child complains about on a thread of its own, so that it never waits for us, and keeps the end of it.
#[derive(Debug)]
pub(super) struct Complaints {
    said: Arc<Mutex<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
}

impl Complaints {
    /// Starts reading.
    pub fn drain(pipe: Option<ChildStderr>) -> Result<Self> {
        let said = Arc::new(Mutex::new(Vec::new()));
        let Some(mut pipe) = pipe else { return Ok(Self { said, thread: None }) };
        let keep = said.clone();
        let read = move || {
            let mut bytes = [0; 1024];
            while let Ok(n @ 1..) = pipe.read(&mut bytes) {
                let mut said = keep.lock().unwrap_or_else(PoisonError::into_inner);
                said.extend_from_slice(&bytes[..n]);
                let surplus = said.len().saturating_sub(SAID);
                said.drain(..surplus);
            }
        };
        let spawned = std::thread::Builder::new().name("video-complaints".into()).spawn(read);
        let thread = spawned.map_err(|error| {
            Error::Failed(format!("no thread could be started to read a video ({error}); close other programs"))
        })?;
        Ok(Self { said, thread: Some(thread) })
    }

    /// What was said last, once the child has ended.
    pub fn finish(mut self) -> Vec<u8> {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        std::mem::take(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for (text, old) in [
            ("ffmpeg version 5.1.9-0+deb12u1 Copyright", false),
            ("ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright", true),
            ("ffmpeg version 5.0 Copyright", true),
            ("ffmpeg version 6 Copyright", false),
            ("ffmpeg version 7.1.1 Copyright", false),
            ("ffmpeg version N-109542-gd1f2b1c Copyright", false),
            ("", false),
        ] {
            assert_eq!(is_before_5_1(text), old, "{text}");
        }
    }
}
