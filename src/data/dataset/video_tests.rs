//! Tests of videos: with files that ffmpeg itself makes where it is installed, and with programs that misbehave.
#![allow(clippy::unwrap_used)]

use super::super::frames::Frames;
use super::super::{Dataset, OpenOptions};
use super::*;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A video of `frames` frames, each a grey of its own; `None`, and a line that says so, without ffmpeg.
fn video(frames: usize, codec: &[&str], name: &str) -> Option<(TempDir, PathBuf)> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    // Frame N has the level 40 + 5 (N mod 40): neighbours are far enough apart to survive compression.
    let source =
        format!("color=size=96x64:rate=25:duration={},geq=lum='40+5*mod(N\\,40)':cb=128:cr=128", frames as f64 / 25.0);
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-f", "lavfi", "-i", &source]).args(codec).arg(&path);
    match command.status() {
        Ok(status) if status.success() => Some((dir, path)),
        _ => {
            println!("left out, ffmpeg is not here or lacks {codec:?}");
            None
        }
    }
}

const H264: [&str; 8] = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "3", "-g", "30"];

/// The number that a frame was made as, modulo 40.
fn number(frame: &Frame) -> usize {
    let middle = frame.pixel(48, 32).unwrap()[1];
    // Studio range 16…235 to 0…255.
    let luma = f64::from(middle) * 219.0 / 255.0 + 16.0;
    ((luma - 40.0) / 5.0).round() as usize
}

fn open(path: &Path) -> Result<Video> {
    Video::open(path, Tools::default())
}

#[test]
fn frames_come_in_order_and_by_number_from_any_place() {
    // An odd name, and B frames, whose packets are not in the order of showing.
    let Some((_dir, path)) = video(200, &H264, "-i concat:x %d.mp4") else { return };
    let video = open(&path).unwrap();
    assert_eq!(video.len(), 200);
    assert!((video.time(25).unwrap() - 1.0).abs() < 1e-3);
    for index in 0..30 {
        let frame = video.frame(index).unwrap();
        assert_eq!((frame.width, frame.height, number(&frame)), (96, 64, index));
    }
    for index in [150, 149, 0, 199, 31, 32, 30, 100, 197, 29] {
        assert_eq!(number(&video.frame(index).unwrap()), index % 40, "frame {index}");
    }
    assert!(video.frame(200).unwrap_err().to_string().contains("ends before frame 200"));
    assert_eq!(number(&video.frame(5).unwrap()), 5, "an error ends nothing");
}

#[test]
fn a_container_without_times_and_one_that_starts_late() {
    if let Some((_dir, path)) = video(50, &H264, "raw.h264") {
        let video = open(&path).unwrap();
        assert_eq!(video.len(), 50);
        for index in [3, 40, 7] {
            assert_eq!(number(&video.frame(index).unwrap()), index % 40);
        }
    }
    let late = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-output_ts_offset", "1234.5"];
    if let Some((_dir, path)) = video(120, &late, "late.mkv") {
        let video = open(&path).unwrap();
        for index in [0, 100, 20, 60, 119] {
            assert_eq!(number(&video.frame(index).unwrap()), index % 40, "frame {index}");
        }
    }
}

#[test]
fn a_broken_video_is_a_sentence_and_gives_what_it_has() {
    let Some((dir, path)) = video(200, &["-c:v", "mjpeg", "-q:v", "3"], "cut.avi") else { return };
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    if let Ok(video) = open(&path) {
        assert_eq!(number(&video.frame(10).unwrap()), 10);
        let last = (0..video.len() + 1).rev().find(|i| video.frame(*i).is_ok()).unwrap();
        assert!(last < 199, "{last}");
    }
    for (name, bytes, words) in [
        ("noise.mp4", b"this is no video at all".as_slice(), "is no video that ffmpeg can read"),
        ("empty.mp4", b"", "is empty"),
    ] {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error = open(&path).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains(name) && !error.contains('\n'), "{error}");
    }
    assert!(open(dir.path()).unwrap_err().to_string().contains("is no file"));
    assert!(open(&dir.path().join("none.mp4")).unwrap_err().to_string().contains("check the path"));
}

#[test]
fn a_sound_file_holds_no_video() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sound.wav");
    let made =
        Command::new("ffmpeg").args(["-v", "error", "-f", "lavfi", "-i", "sine=duration=0.2"]).arg(&path).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("left out, ffmpeg is not here");
        return;
    }
    assert!(open(&path).unwrap_err().to_string().contains("holds no video"));
}

#[test]
fn without_ffmpeg_the_sentence_says_what_to_install() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.mp4");
    std::fs::write(&path, "x").unwrap();
    let tools = Tools { ffmpeg: "no-such-ffmpeg".into(), ffprobe: "no-such-ffprobe".into() };
    let error = Frames::open_with(&path, &OpenOptions::default(), tools).unwrap_err().to_string();
    assert!(error.contains("no-such-ffprobe") && error.contains("install ffmpeg"), "{error}");
}

#[test]
fn many_threads_may_ask_at_once() {
    let Some((_dir, path)) = video(120, &H264, "a.mp4") else { return };
    let data = Frames::open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(data.names()[7], "a/000007");
    let data: std::sync::Arc<dyn Dataset> = std::sync::Arc::new(data);
    let loader = super::super::loader::Loader::start(data, (0..120).collect(), Default::default()).unwrap();
    let got: Vec<usize> = loader.map(|l| number(&l.frame.unwrap())).collect();
    assert_eq!(got, (0..120).map(|i| i % 40).collect::<Vec<_>>());
}

#[test]
fn dropping_the_video_ends_the_child_that_waits_for_a_reader() {
    let Some((_dir, path)) = video(200, &H264, "a.mp4") else { return };
    let video = open(&path).unwrap();
    video.frame(0).unwrap();
    let start = Instant::now();
    drop(video); // waits for the child, which would wait for us for ever
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[cfg(unix)]
#[test]
fn programs_that_misbehave_are_told_from_videos() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.mp4");
    std::fs::write(&path, "x").unwrap();
    let program = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    };
    let probe = program("probe", "echo 0.0,K__; echo 0.04,___");
    // What is sent, and the words of the error of frame 0.
    for (number, (text, words)) in [
        ("printf 'P6\\n99999999 99999999\\n255\\n'", "more than 16384x16384"),
        ("printf 'P6\\n999999999 1\\n255\\n'", "no picture"),
        ("printf 'P5\\n2 2\\n255\\nabcd'", "unknown kind"),
        ("printf 'hello'", "no picture"),
        ("printf 'P6\\n2 2\\n255\\nabc'", "ends before frame 0"),
        ("yes complaint | head -n 100000 >&2; exit 3", "(complaint)"),
        ("true", "ends before frame 0"),
    ]
    .into_iter()
    .enumerate()
    {
        let ffmpeg = program(&format!("ffmpeg{number}"), text);
        let video = Video::open(&path, Tools { ffmpeg, ffprobe: probe.clone() }).unwrap();
        assert_eq!(video.len(), 2);
        let error = video.frame(0).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
    let silent = Tools { ffmpeg: "x".into(), ffprobe: program("silent", "exit 1") };
    assert!(Video::open(&path, silent).unwrap_err().to_string().contains("holds no video"));
    let refused = dir.path().join("a.mp4");
    let tools = Tools { ffmpeg: refused.clone(), ffprobe: refused };
    assert!(Video::open(&path, tools).unwrap_err().to_string().contains("cannot be started"));
}

#[test]
fn a_real_clip() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/clips/solidWhiteRight.mp4");
    if !path.is_file() {
        println!("left out, ../shared is not here: a dashcam's clip");
        return;
    }
    let Ok(video) = open(&path) else {
        println!("left out, ffmpeg is not here");
        return;
    };
    assert_eq!(video.len(), 221);
    let in_order: Vec<Frame> = (0..=60).map(|i| video.frame(i).unwrap()).collect();
    assert_eq!((in_order[0].width, in_order[0].height), (960, 540));
    for index in [60, 13, 59] {
        let fresh = open(&path).unwrap().frame(index).unwrap();
        assert!(fresh.rgb == in_order[index].rgb, "frame {index} by a jump is another than in order");
    }
    assert!(video.frame(220).is_ok());
}
