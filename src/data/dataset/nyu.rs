//! `nyu:DIR`: the labelled frames as pairs, `rgb/N.jpg` and `depth/N.png`, where N is the 0-based index in the labelled
//! file; `splits.csv` (`index0,split,scene`) names the scenes. A folder with CSV lists instead is DenseDepth's archive.

use super::files::{DepthFiles, FilePair, FilePairs, pictures, select};
use super::{DataKind, OpenOptions, Split, dense_depth};
use crate::data::truth;
use crate::error::{Error, Result};
use crate::geometry::intrinsics::Intrinsics;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

/// The colour camera of NYU-Depth-v2 at 640×480 (reference.md 7.1), pixels counted from 0.
pub const COLOUR_CAMERA: Intrinsics = Intrinsics {
    fx: 518.857_901_174_501_88,
    fy: 519.469_611_121_274_85,
    cx: 325.582_449_409_311_04,
    cy: 253.736_166_334_004_65,
};

/// Bytes of a CSV file that are still read; DenseDepth's list of 50 688 rows has 6 MB.
const MAX_CSV: u64 = 64 << 20;

/// Opens a folder of pairs, or hands over to DenseDepth's layout.
///
/// Without a split every picture is a frame. `nyu-test` and `nyu-train` take the official indices; the lines of a list are
/// names (indices without leading zeros).
///
/// # Errors
/// When the folder has neither layout, `splits.csv` is broken, the split is of other data, or no frame is left.
pub(super) fn open(dir: &Path, spec: String, options: &OpenOptions) -> Result<FilePairs> {
    let (rgb, depth) = (dir.join("rgb"), dir.join("depth"));
    if !rgb.is_dir() {
        return dense_depth::open(dir, spec, options);
    }
    if !depth.is_dir() {
        return Err(Error::file(&depth, "is missing beside rgb", "give the folder that holds both"));
    }
    let scenes = scenes(&dir.join("splits.csv"))?;
    let list = match &options.split {
        None => None,
        Some(split) => split.list()?,
    };
    if let (Some(list), Some(Split::Eigen | Split::EigenBenchmark)) = (&list, &options.split) {
        return Err(list.refuse(&list.frames[0], "0"));
    }
    // A list may write an index with zeros in front; the files do not.
    let plain = |line: &str| if line.parse::<u64>().is_ok() { strip_zeros(line).to_owned() } else { line.to_owned() };
    let chosen = select(pictures(&rgb)?, list.as_ref(), plain, |name| rgb.join(format!("{name}.jpg")));
    let pairs = chosen.into_iter().map(|(name, picture)| FilePair {
        depth: truth::pair(&picture, &depth),
        scene: name.parse().ok().and_then(|index: usize| scenes.get(&index).cloned()),
        intrinsics: Some(COLOUR_CAMERA),
        name,
        picture,
    });
    FilePairs::new(spec, DataKind::Nyu, DepthFiles::Nyu, pairs.collect(), list.is_some(), options)
}

fn strip_zeros(digits: &str) -> &str {
    let stripped = digits.trim_start_matches('0');
    if stripped.is_empty() { "0" } else { stripped }
}

/// Scenes by index; empty when there is no such file.
fn scenes(path: &Path) -> Result<HashMap<usize, String>> {
    if !path.exists() {
        return Ok(HashMap::new());
    }
    parse_scenes(&read_csv(path)?, path)
}

/// Parses `splits.csv`: a head that names at least `index0` and `scene`, then one line a frame.
///
/// # Errors
/// When a column is missing, a line is too short, an index is no number or stands there twice.
pub fn parse_scenes(text: &str, path: &Path) -> Result<HashMap<usize, String>> {
    let wrong = |what: String| Error::file(path, what, "write it with the columns index0,split,scene");
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let head: Vec<&str> = lines.next().map(|(_, line)| line.split(',').map(str::trim).collect()).unwrap_or_default();
    let column =
        |name: &str| head.iter().position(|c| *c == name).ok_or_else(|| wrong(format!("has no column {name}")));
    let (index, scene) = (column("index0")?, column("scene")?);
    let mut scenes = HashMap::new();
    for (i, line) in lines {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let (Some(index), Some(scene)) = (fields.get(index), fields.get(scene)) else {
            return Err(wrong(format!("has too few columns in line {}", i + 1)));
        };
        let index = index.parse().map_err(|_| wrong(format!("has no index in line {}", i + 1)))?;
        if scenes.insert(index, (*scene).to_owned()).is_some() {
            return Err(wrong(format!("has frame {index} twice, the second time in line {}", i + 1)));
        }
    }
    Ok(scenes)
}

/// The text of a CSV file, bounded; a byte-order mark at its start is dropped.
pub(super) fn read_csv(path: &Path) -> Result<String> {
    let file = std::fs::File::open(path).map_err(|e| Error::reading(path, &e))?;
    let mut bytes = Vec::new();
    file.take(MAX_CSV + 1).read_to_end(&mut bytes).map_err(|e| Error::reading(path, &e))?;
    if bytes.len() as u64 > MAX_CSV {
        return Err(Error::file(path, "is larger than 64 MB, so it is no list of frames", "give the list itself"));
    }
    let text = String::from_utf8(bytes).map_err(|_| Error::file(path, "is no text", "save it as UTF-8"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
