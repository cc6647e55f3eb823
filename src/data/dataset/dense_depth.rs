//! DenseDepth's archive: `data/nyu2_train.csv` and `data/nyu2_test.csv`, rows `rgb,depth` with paths from the archive's
//! root, JPEG pictures, 8-bit depth (255 is 10 m) for training and uint16 millimetres for the test (reference.md 7.1).

use super::files::{DepthFiles, FilePair, FilePairs, MAX_FRAMES, select};
use super::nyu::{COLOUR_CAMERA, read_csv};
use super::{DataKind, OpenOptions, Split};
use crate::error::{Error, Result};
use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

const TRAIN: &str = "nyu2_train.csv";
const TEST: &str = "nyu2_test.csv";

/// One row: picture and depth, as paths from the archive's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The picture.
    pub rgb: String,
    /// Its depth.
    pub depth: String,
}

/// Opens a folder with such lists, or one list by its path.
///
/// `nyu-train` and `nyu-test` take one list each, no split takes all that are there, the lines of a list in a file are
/// names: the picture's path without `data/` in front and without its extension.
///
/// # Errors
/// When there is no list, a list is broken, or its files are not where it says.
pub(super) fn open(path: &Path, spec: String, options: &OpenOptions) -> Result<FilePairs> {
    let lists = lists(path, options.split.as_ref())?;
    let mut frames = Vec::new();
    for list in &lists {
        let rows = parse(&read_csv(list)?, list)?;
        let root = root(path, list, &rows)?;
        frames.extend(rows.into_iter().map(|row| pair(&root, row)));
    }
    let mut seen = HashSet::new();
    if let Some(twice) = frames.iter().find(|frame: &&FilePair| !seen.insert(frame.name.as_str())) {
        let what = format!("names {} twice", twice.name);
        return Err(Error::file(&lists[0], what, "take one of the two rows away"));
    }
    if let Some(split @ Split::File(_)) = &options.split
        && let Some(list) = split.list()?
    {
        let found = frames.iter().map(|frame| (frame.name.clone(), frame.picture.clone())).collect();
        let chosen = select(found, Some(&list), str::to_owned, |name| path.join(format!("{name}.jpg")));
        let mut by_name: HashMap<String, FilePair> = frames.into_iter().map(|f| (f.name.clone(), f)).collect();
        let missing = |(name, picture)| FilePair { name, picture, depth: None, scene: None, intrinsics: None };
        frames = chosen.into_iter().map(|c| by_name.remove(&c.0).unwrap_or_else(|| missing(c))).collect();
    }
    // The rows themselves ask for their frames.
    FilePairs::new(spec, DataKind::Nyu, DepthFiles::DenseDepth, frames, true, options)
}

/// The CSV files to read.
fn lists(path: &Path, split: Option<&Split>) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let wanted: &[&str] = match split {
        None | Some(Split::All | Split::File(_)) => &[TRAIN, TEST],
        Some(Split::NyuTrain) => &[TRAIN],
        Some(Split::NyuTest) => &[TEST],
        Some(other) => {
            let what = format!("the split {other} is of other data");
            return Err(Error::Usage(format!("{}: {what}; give nyu-train or nyu-test", path.display())));
        }
    };
    if !path.is_dir() {
        return Err(Error::file(path, "is no folder", "check the path"));
    }
    let places = wanted.iter().flat_map(|name| [path.join("data").join(name), path.join(name)]);
    let found: Vec<_> = places.filter(|place| place.is_file()).collect();
    if found.is_empty() {
        let what = format!("has neither the folders rgb and depth nor {}", wanted.join(" or "));
        return Err(Error::file(path, what, "give the folder of the pairs, or DenseDepth's unpacked archive"));
    }
    Ok(found)
}

/// Where the rows' paths count from: the given folder, the list's, or the one above it.
fn root(given: &Path, list: &Path, rows: &[Row]) -> Result<PathBuf> {
    let above = list.ancestors().skip(1).take(2).map(Path::to_owned);
    let mut places = std::iter::once(given.to_owned()).chain(above);
    // One row may be of a file that is lost; that all of the first hundred are says that the place is wrong.
    let holds = |place: &PathBuf| rows.iter().take(100).any(|row| place.join(&row.rgb).is_file());
    places.find(holds).ok_or_else(|| {
        let what = format!("names pictures that are not there, the first of them {}", rows[0].rgb);
        Error::file(list, what, "unpack the pictures beside it")
    })
}

fn pair(root: &Path, row: Row) -> FilePair {
    let name = row.rgb.strip_prefix("data/").unwrap_or(&row.rgb);
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
    // data/nyu2_train/living_room_0038_out/37.jpg; the test frames lie in one folder.
    let folder = Path::new(&row.rgb).parent().and_then(Path::file_name).map(|f| f.to_string_lossy());
    let scene = folder.as_deref().and_then(|f| f.strip_suffix("_out")).map(str::to_owned);
    let (picture, depth) = (root.join(&row.rgb), Some(root.join(&row.depth)));
    FilePair { name, picture, depth, scene, intrinsics: Some(COLOUR_CAMERA) }
}

/// Parses rows `rgb,depth`.
///
/// # Errors
/// When there is no row, more than a million, one without two columns, or a path that leads out of the archive.
pub fn parse(text: &str, path: &Path) -> Result<Vec<Row>> {
    let wrong = |what: String| Error::file(path, what, "write rows of two paths, picture,depth");
    let mut rows = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        if rows.len() == MAX_FRAMES {
            return Err(wrong(format!("has more than {MAX_FRAMES} rows")));
        }
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let [rgb, depth] = fields[..] else {
            return Err(wrong(format!("has {} columns in line {}", fields.len(), i + 1)));
        };
        if !inside(rgb) || !inside(depth) {
            return Err(wrong(format!("names a file outside the archive in line {}", i + 1)));
        }
        rows.push(Row { rgb: rgb.to_owned(), depth: depth.to_owned() });
    }
    if rows.is_empty() {
        return Err(wrong("names no frame".into()));
    }
    Ok(rows)
}

/// A path downwards and nothing else.
fn inside(path: &str) -> bool {
    !path.is_empty() && !path.contains('\\') && Path::new(path).components().all(|c| matches!(c, Component::Normal(_)))
}
