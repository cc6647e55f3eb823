//! Which frames train and which validate. A room that was trained on says nothing about rooms: whole scenes are held
//! out.

use super::rng::{Key, Purpose, Random};
use crate::data::dataset::{DataKind, DataSpec, Dataset, holdout};
use crate::error::{Error, Result};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The name of NYU's list that ships, for `--val-scenes`.
pub const NYU_HOLDOUT: &str = "nyu_holdout";
/// Bytes of a list that is still read.
const MAX_LIST: u64 = 16 << 20;

/// The two parts of a data set, as numbers of frames in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Frames to train on.
    pub train: Vec<usize>,
    /// Frames to validate on; of the other data set with [`by_data`].
    pub validation: Vec<usize>,
    /// The scenes of the frames held out, or the frames' names where there are no scenes.
    pub scenes: Vec<String>,
}

/// What a frame must not share with one of the other part: its scene, or its name where it has none.
fn group(data: &dyn Dataset, index: usize) -> &str {
    data.scene(index).or_else(|| data.names().get(index).map(String::as_str)).unwrap_or_default()
}

/// All frames to train on, none held out.
pub fn none(data: &dyn Dataset) -> Parts {
    Parts { train: (0..data.names().len()).collect(), validation: Vec::new(), scenes: Vec::new() }
}

/// Reads a list of scenes for `--val-scenes`: [`NYU_HOLDOUT`], or a text file with one scene a line; lines that begin
/// with `#` are comments.
///
/// # Errors
/// When the file cannot be read, is larger than 16 MB, no text, or names no scene.
pub fn read_scenes(list: &Path) -> Result<BTreeSet<String>> {
    if list.as_os_str() == NYU_HOLDOUT {
        return Ok(holdout::scenes().map(str::to_owned).collect());
    }
    let file = std::fs::File::open(list).map_err(|e| Error::reading(list, &e))?;
    let mut bytes = Vec::new();
    file.take(MAX_LIST + 1).read_to_end(&mut bytes).map_err(|e| Error::reading(list, &e))?;
    let remedy = "write one scene a line";
    if bytes.len() as u64 > MAX_LIST {
        return Err(Error::file(list, "is larger than 16 MB, so it is no list of scenes", remedy));
    }
    let text = String::from_utf8(bytes).map_err(|_| Error::file(list, "is no text", "save it as UTF-8"))?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let scenes: BTreeSet<String> = lines.filter(|l| !l.is_empty() && !l.starts_with('#')).map(str::to_owned).collect();
    if scenes.is_empty() {
        return Err(Error::file(list, "names no scene", remedy));
    }
    Ok(scenes)
}

/// Holds out the frames of these scenes (or of these names, where a frame has no scene). A line with `*` or `?` is a
/// pattern of scenes and names, such as `road/*CAMERA_06*`; whatever it matches, whole scenes are held out.
///
/// # Errors
/// When none of them is in the data set, a pattern is none or matches nothing, or all of its frames would be held out.
pub fn by_scenes(data: &dyn Dataset, scenes: &BTreeSet<String>) -> Result<Parts> {
    let all = || 0..data.names().len();
    let (patterns, exact): (Vec<&String>, Vec<&String>) = scenes.iter().partition(|line| line.contains(['*', '?']));
    let mut groups: BTreeSet<String> = exact.into_iter().cloned().collect();
    for line in patterns {
        let wrong = |why: &dyn std::fmt::Display| {
            Error::Usage(format!("{}: `{line}` {why}; correct it in --val-scenes", data.spec()))
        };
        let pattern = glob::Pattern::new(line).map_err(|error| wrong(&format!("is no pattern ({error})")))?;
        let matches = |index: &usize| {
            let name = data.names().get(*index).map_or("", String::as_str);
            pattern.matches(group(data, *index)) || pattern.matches(name)
        };
        let found: BTreeSet<String> = all().filter(matches).map(|index| group(data, index).to_owned()).collect();
        if found.is_empty() {
            // A misspelt camera would be trained on.
            return Err(wrong(&"matches no scene and no frame"));
        }
        groups.extend(found);
    }
    by_groups(data, &groups)
}

fn by_groups(data: &dyn Dataset, scenes: &BTreeSet<String>) -> Result<Parts> {
    let (validation, train): (Vec<usize>, Vec<usize>) =
        (0..data.names().len()).partition(|index| scenes.contains(group(data, *index)));
    let spec = data.spec();
    if validation.is_empty() {
        let first = scenes.first().map(String::as_str).unwrap_or("none");
        let what = format!("has none of the {} scenes to hold out, such as {first}", scenes.len());
        return Err(Error::Usage(format!("{spec}: {what}; give scenes of these data, or --val-fraction")));
    }
    if train.is_empty() {
        return Err(Error::Usage(format!("{spec}: all of its frames would be held out; name fewer scenes")));
    }
    let held: BTreeSet<&str> = validation.iter().map(|index| group(data, *index)).collect();
    Ok(Parts { train, scenes: held.into_iter().map(str::to_owned).collect(), validation })
}

/// Holds out whole scenes, drawn by the seed, of at most this fraction of the frames: scenes in a random order, each
/// taken
/// when it still fits; when none fits, the smallest one. Where frames have no scenes each is its own.
///
/// # Errors
/// [`Error::Usage`] when the fraction is not above 0 and at most ½, or there is only one scene.
pub fn by_fraction(data: &dyn Dataset, fraction: f64, seed: u64) -> Result<Parts> {
    if !(fraction > 0.0 && fraction <= 0.5) {
        return Err(Error::Usage(format!(
            "--val-fraction {fraction} is out of range; give a number above 0 and at most 0.5"
        )));
    }
    let count = data.names().len();
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    (0..count).for_each(|index| *sizes.entry(group(data, index)).or_default() += 1);
    if sizes.len() < 2 {
        let what = "is of one scene, which cannot be on both sides";
        return Err(Error::Usage(format!("{}: {what}; give --val with other data", data.spec())));
    }
    // Sorted by name before they are shuffled: the order of the files must not matter.
    let mut scenes: Vec<(&str, usize)> = sizes.into_iter().collect();
    Random::new(Key { seed, epoch: 0, number: 0 }, Purpose::HeldOut).shuffle(&mut scenes);
    let room = (fraction * count as f64).floor() as usize;
    let mut taken = 0;
    let mut held = BTreeSet::new();
    for (scene, frames) in &scenes {
        if taken + frames <= room {
            taken += frames;
            held.insert((*scene).to_owned());
        }
    }
    if held.is_empty() {
        held.extend(scenes.iter().min_by_key(|(_, frames)| *frames).map(|(scene, _)| (*scene).to_owned()));
    }
    by_groups(data, &held)
}

/// What tells a frame's scene, or the frame where it has none, from those of other data. Scenes of different kinds of
/// data, and names in different folders, may be equal by chance.
#[derive(PartialEq, Eq, Hash)]
enum Identity {
    Scene(DataKind, String),
    Frame(PathBuf, String),
}

fn identity(data: &dyn Dataset, index: usize) -> Identity {
    if let Some((_, part, own)) = data.part(index) {
        return identity(part, own);
    }
    match data.scene(index) {
        Some(scene) => Identity::Scene(data.kind(), scene.to_owned()),
        None => {
            // Scale and focal length make no other pictures of it.
            let spec: Option<DataSpec> = data.spec().parse().ok();
            let path = spec.as_ref().and_then(DataSpec::path).unwrap_or(Path::new(data.spec()));
            let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
            Identity::Frame(path, group(data, index).to_owned())
        }
    }
}

/// Validates on another data set: all of its frames. Frames of `data` whose scene is in it are not trained on; those
/// without a
/// scene when the specification is the same and the name is in it.
///
/// # Errors
/// When nothing is left to train on.
pub fn by_data(data: &dyn Dataset, validation: &dyn Dataset) -> Result<Parts> {
    let all: Vec<usize> = (0..validation.names().len()).collect();
    let scenes: BTreeSet<&str> = all.iter().map(|index| group(validation, *index)).collect();
    let held: HashSet<Identity> = all.iter().map(|index| identity(validation, *index)).collect();
    let train: Vec<usize> = (0..data.names().len()).filter(|index| !held.contains(&identity(data, *index))).collect();
    if train.is_empty() {
        let what = format!("every frame is of a scene that {} has too", validation.spec());
        return Err(Error::Usage(format!("{}: {what}; give other data to one of them", data.spec())));
    }
    Ok(Parts { train, validation: all, scenes: scenes.into_iter().map(str::to_owned).collect() })
}

#[cfg(test)]
#[path = "held_out_tests.rs"]
mod tests;
