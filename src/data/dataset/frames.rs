//! `frames:DIR` and `frames:VIDEO`: a sequence without ground truth, from a folder of pictures or a video file.
//!
//! A folder's pictures come in natural order under their stems (the whole file name where two share a stem); a video's
//! frames are `<stem>/000000` and so on.

use super::video::{Tools, Video};
use super::{DataKind, Dataset, GroundTruth, OpenOptions, Split, no_such_frame};
use crate::data::image::{self, is_image, is_video};
use crate::data::natural::natural;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Pictures of a folder that are listed.
const MAX_FRAMES: usize = 1_000_000;

/// A sequence of pictures; see the head of this file.
#[derive(Debug)]
pub struct Frames {
    spec: String,
    names: Vec<String>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// The files, in the order of the names.
    Folder(Vec<PathBuf>),
    Video(Box<Video>),
}

impl Frames {
    /// Lists a folder's pictures, or counts a video's frames; decodes nothing.
    ///
    /// # Errors
    /// One sentence when there is no such file or folder, no picture in it, when `ffmpeg` is needed and not there, or a
    /// split is asked for.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self> {
        Self::open_with(path, options, Tools::default())
    }

    /// [`Frames::open`] with other programs for videos.
    ///
    /// # Errors
    /// As [`Frames::open`].
    pub fn open_with(path: &Path, options: &OpenOptions, tools: Tools) -> Result<Self> {
        if options.split.as_ref().is_some_and(|split| *split != Split::All) {
            let text = "a split asks for frames of NYU or KITTI, and frames: has neither; leave --split out";
            return Err(Error::Usage(text.into()));
        }
        let metadata = std::fs::metadata(path).map_err(|error| Error::reading(path, &error))?;
        let (mut names, source) = if metadata.is_dir() {
            let files = pictures_in(path)?;
            (names_of(&files), Source::Folder(files))
        } else if is_image(path) {
            return Err(Error::file(
                path,
                "is a single picture",
                "give the folder that holds the sequence, or a video",
            ));
        } else {
            let video = Video::open(path, tools)?;
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            ((0..video.len()).map(|i| format!("{stem}/{i:06}")).collect(), Source::Video(Box::new(video)))
        };
        names.truncate(options.limit.unwrap_or(usize::MAX));
        Ok(Self { spec: format!("frames:{}", path.display()), names, source })
    }
}

impl Dataset for Frames {
    fn spec(&self) -> &str {
        &self.spec
    }

    fn kind(&self) -> DataKind {
        DataKind::Other
    }

    fn names(&self) -> &[String] {
        &self.names
    }

    fn scene(&self, _: usize) -> Option<&str> {
        None
    }

    fn frame(&self, index: usize) -> Result<Frame> {
        let name = self.names.get(index).ok_or_else(|| no_such_frame(&self.spec, index, self.names.len()))?;
        let frame = match &self.source {
            Source::Folder(files) => image::decode_file(&files[index])?,
            Source::Video(video) => video.frame(index)?,
        };
        Ok(Frame { name: name.clone(), ..frame })
    }

    fn truth(&self, index: usize) -> Result<Option<GroundTruth>> {
        self.names.get(index).map(|_| None).ok_or_else(|| no_such_frame(&self.spec, index, self.names.len()))
    }

    fn intrinsics(&self, _: usize) -> Result<Option<Intrinsics>> {
        Ok(None)
    }

    fn listed(&self) -> bool {
        false
    }

    fn without_truth(&self) -> usize {
        0
    }
}

/// The pictures that lie directly in a folder, in natural order; hidden files are passed over.
fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::reading(folder, &error))?;
    let mut video = None;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Error::reading(folder, &error))?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden || !path.is_file() {
            continue;
        }
        if is_video(&path) {
            video = Some(path);
        } else if is_image(&path) {
            if files.len() == MAX_FRAMES {
                return Err(Error::file(folder, "holds more than a million pictures", "give a part of them"));
            }
            files.push(path);
        }
    }
    if files.is_empty() {
        let remedy = match video {
            Some(video) => format!("give the video itself, such as frames:{}", video.display()),
            None => "give a folder with PNG, JPEG or other pictures, or a video file".to_owned(),
        };
        return Err(Error::file(folder, "holds no picture", remedy));
    }
    files.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(files)
}

/// Stems, and whole file names where a stem is not alone.
fn names_of(files: &[PathBuf]) -> Vec<String> {
    let text = |name: Option<&std::ffi::OsStr>| name.unwrap_or_default().to_string_lossy().into_owned();
    let mut count: HashMap<String, usize> = HashMap::new();
    for file in files {
        *count.entry(text(file.file_stem())).or_default() += 1;
        *count.entry(text(file.file_name())).or_default() += 1;
    }
    let alone = |stem: &String| count.get(stem) == Some(&1);
    files.iter().map(|f| Some(text(f.file_stem())).filter(alone).unwrap_or_else(|| text(f.file_name()))).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn picture(path: &Path, level: u8) {
        ::image::RgbImage::from_pixel(3, 2, ::image::Rgb([level; 3])).save(path).unwrap();
    }

    #[test]
    fn a_folder_in_natural_order_with_names_of_their_own() {
        let dir = tempfile::tempdir().unwrap();
        for (name, level) in [("f10.png", 10), ("f2.png", 2), ("f2.bmp", 3), ("._f1.png", 1)] {
            picture(&dir.path().join(name), level);
        }
        std::fs::write(dir.path().join("notes.txt"), "x").unwrap();
        let frames = Frames::open(dir.path(), &OpenOptions::default()).unwrap();
        assert_eq!(frames.names(), ["f2.bmp", "f2.png", "f10"]);
        let frame = frames.frame(2).unwrap();
        assert_eq!((frame.name.as_str(), frame.rgb[0]), ("f10", 10));
        assert!(frames.truth(0).unwrap().is_none() && frames.intrinsics(0).unwrap().is_none());
        assert!(frames.frame(3).is_err() && frames.truth(3).is_err());
        assert_eq!(frames.kind(), DataKind::Other);
        let two = Frames::open(dir.path(), &OpenOptions { limit: Some(2), ..OpenOptions::default() }).unwrap();
        assert_eq!(two.names().len(), 2);
        std::fs::write(dir.path().join("f10.png"), "no picture").unwrap();
        assert!(frames.frame(2).unwrap_err().to_string().contains("f10.png"));
    }

    #[test]
    fn what_is_no_sequence_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let open = |path: &Path| Frames::open(path, &OpenOptions::default()).map(|_| ()).unwrap_err().to_string();
        assert!(open(dir.path()).contains("holds no picture"));
        assert!(open(&dir.path().join("none")).contains("check the path"));
        std::fs::write(dir.path().join("a.mp4"), "x").unwrap();
        assert!(open(dir.path()).contains("a.mp4"));
        picture(&dir.path().join("a.png"), 1);
        assert!(open(&dir.path().join("a.png")).contains("single picture"));
        let split = OpenOptions { split: Some(Split::Eigen), ..OpenOptions::default() };
        assert_eq!(Frames::open(dir.path(), &split).unwrap_err().exit_code(), 2);
    }
}
