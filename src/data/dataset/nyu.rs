//! `nyu:DIR`: the labelled frames as pairs, `rgb/N.jpg` and `depth/N.png`, where N is the 0-based index in the labelled
//! file; `splits.csv` (`index0,split,scene`) names the scenes. A folder with CSV lists instead is DenseDepth's archive.

use super::csv::{parse_scenes, read_csv};
use super::files::{DepthFiles, FilePair, FilePairs, pictures, select};
use super::{DataKind, OpenOptions, Split, dense_depth};
use crate::data::truth;
use crate::error::{Error, Result};
use crate::geometry::intrinsics::Intrinsics;
use std::collections::HashMap;
use std::path::Path;

/// The colour camera of NYU-Depth-v2 at 640×480 (reference.md 7.1), pixels counted from 0.
pub const COLOUR_CAMERA: Intrinsics = Intrinsics {
    fx: 518.857_901_174_501_9,
    fy: 519.469_611_121_274_9,
    cx: 325.582_449_409_311_04,
    cy: 253.736_166_334_004_65,
};

/// Opens a folder of pairs, or hands over to DenseDepth's layout.
///
/// Without a split every picture is a frame. `nyu-test` and `nyu-train` take the official indices, `nyu-holdout` and
/// `nyu-train-rest` those of the latter by scene; the lines of a list are names (indices without leading zeros).
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
    let split = options.split.as_ref().unwrap_or(&Split::All);
    if split.needs_scenes() && scenes.is_empty() {
        let what = format!("is missing or empty, and {split} goes by scenes");
        return Err(Error::file(
            dir.join("splits.csv"),
            what,
            "write rows index0,split,scene, or give a list of frames",
        ));
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
    let pairs = pairs.filter(|pair| split.takes(pair.scene.as_deref()));
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
