//! Where KITTI keeps things (reference.md 7.3, 7.5): drives, cameras and frames, and the lists that name them.

use super::splits::{Side, Split, SplitList};
use crate::data::image::is_image;
use crate::error::{Error, Result};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// The colour cameras: left, right.
pub(super) const CAMERAS: [u8; 2] = [2, 3];
/// Extensions of pictures, the one that is taken where there are several first.
const PICTURES: [&str; 5] = ["png", "jpg", "jpeg", "PNG", "JPG"];
/// Frames of all drives together that are still listed; KITTI has 96 000 colour pictures.
pub(super) const MAX_FRAMES: usize = 2_000_000;
/// What a line of a list looks like.
const LINE: &str = "2011_09_26/2011_09_26_drive_0002_sync 69 l";

/// One frame of one camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct FrameId {
    /// Number of the drive in the reader's list.
    pub drive: usize,
    /// 2 or 3.
    pub camera: u8,
    /// The number that is its files' name.
    pub number: u64,
}

impl FrameId {
    /// `<drive>/image_02/0000000069`.
    pub fn name(&self, drive: &str) -> String {
        format!("{drive}/image_{:02}/{}", self.camera, self.stem())
    }

    /// `0000000069`.
    pub fn stem(&self) -> String {
        format!("{:010}", self.number)
    }
}

/// True for `2011_09_26`.
pub(super) fn is_date(name: &str) -> bool {
    name.len() == 10
        && name.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'_' } else { b.is_ascii_digit() })
}

/// True for `2011_09_26_drive_0002_sync`: rectified and synchronised recordings; the raw `_extract` ones are neither.
pub(super) fn is_drive(name: &str) -> bool {
    let Some((date, rest)) = name.split_at_checked(10) else { return false };
    let number = rest.strip_prefix("_drive_").and_then(|rest| rest.strip_suffix("_sync"));
    is_date(date) && number.is_some_and(|n| !n.is_empty() && n.len() <= 8 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// The date of a drive that [`is_drive`].
pub(super) fn date_of(drive: &str) -> &str {
    drive.get(..10).unwrap_or(drive)
}

/// The folder that a person gave, without `.` and links, so that its own name can be looked at.
///
/// # Errors
/// When it is missing or no folder.
pub(super) fn folder(path: &Path) -> Result<PathBuf> {
    let full = path.canonicalize().map_err(|error| Error::reading(path, &error))?;
    if full.is_dir() {
        return Ok(full);
    }
    Err(Error::file(path, "is no folder", "give the folder that holds KITTI's drives"))
}

/// Name of a path's last part.
pub(super) fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// Names of the folders inside one, sorted; those that cannot be read or are no text are passed over.
pub(super) fn folders_in(path: &Path, take: impl Fn(&str) -> bool) -> Vec<String> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let names = entries.filter(|e| e.path().is_dir()).filter_map(|e| e.file_name().into_string().ok());
    names.filter(|name| take(name)).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Numbers of the frames in a folder of `0000000069.png` and such: files whose name is ten digits and whose extension is
/// taken. Nothing when there is no such folder.
pub(super) fn numbers_in(path: &Path, take: impl Fn(&Path) -> bool) -> BTreeSet<u64> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let number = |path: PathBuf| {
        let stem = path.file_stem()?.to_str()?;
        let digits = stem.len() == 10 && stem.bytes().all(|b| b.is_ascii_digit());
        (digits && take(&path)).then(|| stem.parse().ok()).flatten()
    };
    entries.filter_map(|e| number(e.path())).take(MAX_FRAMES).collect()
}

/// True for a picture's extension.
pub(super) fn is_picture(path: &Path) -> bool {
    is_image(path) && path.extension().and_then(|e| e.to_str()).is_some_and(|e| PICTURES.contains(&e))
}

/// True for the extension, in small letters or capitals.
pub(super) fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case(wanted))
}

/// The picture of a frame in `<drive folder>/image_0X/data`: the file that is there, or the PNG that is missing.
pub(super) fn picture(drive: &Path, id: FrameId) -> PathBuf {
    let folder = drive.join(format!("image_{:02}/data", id.camera));
    let path = |extension: &&str| folder.join(format!("{}.{extension}", id.stem()));
    PICTURES.iter().map(path).find(|p| p.is_file()).unwrap_or_else(|| path(&PICTURES[0]))
}

/// What a split asks for: names of drives in the order of their first frame, and the frames.
pub(super) struct Asked {
    /// Drives' names.
    pub drives: Vec<String>,
    /// Frames, in the order of the list; `drive` counts in `drives`.
    pub frames: Vec<FrameId>,
}

/// The frames a split asks for; `None` when it asks for none in particular.
///
/// # Errors
/// When the list cannot be read, or one of its lines names no frame of KITTI, or one frame in two ways.
pub(super) fn asked(split: Option<&Split>) -> Result<Option<Asked>> {
    let Some(list) = split.map(Split::list).transpose()?.flatten() else { return Ok(None) };
    parse(&list).map(Some)
}

fn parse(list: &SplitList) -> Result<Asked> {
    let mut asked = Asked { drives: Vec::new(), frames: Vec::with_capacity(list.frames.len()) };
    let (mut number_of, mut seen) = (HashMap::new(), HashSet::new());
    for line in &list.frames {
        let refuse = || list.refuse(line, LINE);
        let kitti = line.kitti().ok_or_else(refuse)?;
        let name = kitti.folder.rsplit(['/', '\\']).next().unwrap_or_default();
        if !is_drive(name) || kitti.frame > 9_999_999_999 {
            return Err(refuse());
        }
        let drive = *number_of.entry(name).or_insert_with(|| {
            asked.drives.push(name.to_owned());
            asked.drives.len() - 1
        });
        let camera = if kitti.side == Some(Side::Right) { CAMERAS[1] } else { CAMERAS[0] };
        let id = FrameId { drive, camera, number: kitti.frame };
        if !seen.insert(id) {
            // `69` and `0000000069` are two lines and one frame.
            return Err(refuse());
        }
        asked.frames.push(id);
    }
    Ok(asked)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn asked_in(text: &str) -> Result<Asked> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("list.txt");
        std::fs::write(&path, text).unwrap();
        asked(Some(&Split::File(path))).map(Option::unwrap)
    }

    #[test]
    fn names_of_dates_and_drives() {
        for name in ["2011_09_26_drive_0002_sync", "2026_01_01_drive_1_sync"] {
            assert!(is_drive(name) && is_date(date_of(name)), "{name}");
        }
        for name in [
            "2011_09_26",
            "2011_09_26_drive_0002_extract",
            "2011_09_26_drive__sync",
            "2011-09-26_drive_0002_sync",
            "2011_09_26_drive_00x2_sync",
            "é011_09_26_drive_0002_sync",
            "",
        ] {
            assert!(!is_drive(name), "{name}");
        }
        let id = FrameId { drive: 0, camera: 3, number: 69 };
        assert_eq!(id.name("2011_09_26_drive_0002_sync"), "2011_09_26_drive_0002_sync/image_03/0000000069");
    }

    #[test]
    fn lists_of_the_two_ways_of_writing() {
        let text = "2011_09_26/2011_09_26_drive_0002_sync 0000000069 l\n2011_09_26/2011_09_26_drive_0009_sync 7 r\n\
                    2011_09_26_drive_0002_sync 5\n";
        let asked = asked_in(text).unwrap();
        assert_eq!(asked.drives, ["2011_09_26_drive_0002_sync", "2011_09_26_drive_0009_sync"]);
        let id = |drive, camera, number| FrameId { drive, camera, number };
        assert_eq!(asked.frames, [id(0, 2, 69), id(1, 3, 7), id(0, 2, 5)]);
        assert_eq!(super::asked(Some(&Split::Eigen)).unwrap().unwrap().frames.len(), 697);
        assert!(super::asked(None).unwrap().is_none() && super::asked(Some(&Split::All)).unwrap().is_none());
    }

    #[test]
    fn hostile_lists_name_their_line() {
        for text in [
            "../../etc 1 l",
            "2011_09_26/.. 1 l",
            "2011_09_26/2011_09_26_drive_0002_sync x l",
            "2011_09_26/2011_09_26_drive_0002_sync 99999999999 l",
            "2011_09_26/2011_09_26_drive_0002_sync 1 m",
            "17",
            "2011_09_26/2011_09_26_drive_0002_sync 1 l\n2011_09_26/2011_09_26_drive_0002_sync 01 l",
        ] {
            let error = asked_in(text).map(|_| ()).unwrap_err().to_string();
            assert!(error.contains("list.txt") && error.contains("in line "), "{error}");
        }
        assert!(asked(Some(&Split::NyuTest)).is_err());
    }
}
