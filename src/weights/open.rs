//! Opening weights to be used: a file, or a Monodepth2 folder, under our names and with what it is.

use super::file::{self, Format, WeightsFile};
use super::identity::{Identity, identify, shapes_of};
use super::keys;
use crate::data::assets::same_file;
use crate::error::{Error, Result};
use crate::net::config::NetworkConfig;
use crate::state_dict::StateDict;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Weights under our names.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The file or folder.
    pub path: PathBuf,
    /// The files that were read: one, or the parts of a folder.
    pub files: Vec<PathBuf>,
    /// Its tensors under our names, those without a use for depth included ([`keys::is_unneeded`]).
    pub tensors: StateDict,
    /// Metadata of the file, or of a folder's `encoder.pth`.
    pub metadata: BTreeMap<String, String>,
    /// How it is stored.
    pub format: Format,
    /// SHA-256 of the file; of a folder over the hashes of its files.
    pub sha256: String,
    /// Bytes on the disk.
    pub bytes: u64,
    /// File's name and our name of each tensor that was renamed.
    pub renamed: Vec<(String, String)>,
    /// What was taken off or left out, one sentence each.
    pub notes: Vec<String>,
    /// What it is by its tensors.
    pub identity: Identity,
}

/// File endings under which the parts of a Monodepth2 folder are found.
const ENDINGS: [&str; 4] = ["pth", "pt", "safetensors", "bin"];

/// The parts of a Monodepth2 folder, and what their names begin with where they stand together (reference.md 9.10).
const PARTS: [(&str, &str, &str); 4] =
    [("encoder", "", ""), ("depth", "", ""), ("pose_encoder", "encoder.", "pose_encoder."), ("pose", "", "pose.")];

/// Reads weights and finds out what they are. A folder with `encoder.pth` and `depth.pth`, or either of the two, is one
/// Monodepth2 model.
///
/// # Errors
/// [`Error::File`] when it cannot be read, or is a folder without these.
pub fn open(path: &Path) -> Result<Opened> {
    if path.is_dir() {
        return folder(path);
    }
    let opened = one(path)?;
    // Half of a Monodepth2 model: the other half lies beside it, if this is the file that the folder's name stands for.
    let stem = match opened.identity {
        Identity::DepthDecoder => "depth",
        Identity::Encoder { prefix: "encoder.", .. } if opened.metadata.contains_key("use_stereo") => "encoder",
        _ => return Ok(opened),
    };
    let parent = path.parent().filter(|parent| is_monodepth2(parent));
    match parent.filter(|parent| part(parent, stem).is_some_and(|file| same_file(&file, path))) {
        Some(parent) => folder(parent),
        None => Ok(opened),
    }
}

/// Whether a folder holds a Monodepth2 model.
pub fn is_monodepth2(folder: &Path) -> bool {
    part(folder, "encoder").is_some() && part(folder, "depth").is_some()
}

/// Whether a file of that name in a folder would be taken for a part of a Monodepth2 model.
pub fn is_part(path: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default();
    let ending = path.extension().unwrap_or_default();
    PARTS.iter().any(|(name, ..)| stem == *name) && ENDINGS.iter().any(|known| ending == *known)
}

fn part(folder: &Path, stem: &str) -> Option<PathBuf> {
    ENDINGS.iter().map(|ending| folder.join(format!("{stem}.{ending}"))).find(|file| file.is_file())
}

fn one(path: &Path) -> Result<Opened> {
    let bytes = std::fs::metadata(path).map_or(0, |info| info.len());
    let opened = Opened::new(path, file::read(path)?)?;
    Ok(Opened { bytes, ..opened })
}

impl Opened {
    /// Weights that were read already, under our names.
    ///
    /// # Errors
    /// When two tensors would end under one name.
    pub fn new(path: &Path, file: WeightsFile) -> Result<Self> {
        let WeightsFile { tensors, metadata, format, sha256, mut notes } = file;
        let renames = keys::to_ours(tensors.names()).map_err(|e| at(path, &e))?;
        if !renames.prefix.is_empty() {
            notes.push(format!("The prefix `{}` was taken off every name.", renames.prefix));
        }
        let renamed = renames.changed();
        let tensors = tensors.renamed(|name| renames.ours.get(name).cloned());
        let identity = identify(&shapes_of(&tensors));
        let files = vec![path.to_owned()];
        Ok(Self { path: path.to_owned(), files, tensors, metadata, format, sha256, bytes: 0, renamed, notes, identity })
    }
}

fn at(path: &Path, error: &Error) -> Error {
    Error::file(path, error.to_string(), "choose weights of one network")
}

fn folder(path: &Path) -> Result<Opened> {
    if !is_monodepth2(path) {
        return Err(Error::file(
            path,
            "is a folder without `encoder.pth` and `depth.pth`, which a Monodepth2 model consists of",
            "choose a weights file, or the folder that holds both",
        ));
    }
    let mut whole: Option<Opened> = None;
    let mut hash = Sha256::new();
    for (stem, old, new) in PARTS {
        let Some(file) = part(path, stem) else { continue };
        let opened = one(&file)?;
        hash.update(&opened.sha256);
        let tensors = opened.tensors.renamed(|name| Some(format!("{new}{}", name.strip_prefix(old).unwrap_or(name))));
        let Some(sum) = &mut whole else {
            whole = Some(Opened { path: path.to_owned(), tensors, ..opened });
            continue;
        };
        sum.bytes += opened.bytes;
        sum.files.push(file);
        sum.notes.extend(opened.notes);
        for (name, tensor) in tensors.into_iter() {
            sum.tensors.insert(name, tensor);
        }
        if stem == "pose" {
            sum.notes.push("Its pose networks are there; depth does not need them.".to_owned());
        }
    }
    let Some(mut whole) = whole else { return Err(Error::file(path, "holds no weights", "choose another folder")) };
    whole.sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    whole.identity = identify(&shapes_of(&whole.tensors));
    match whole.identity {
        Identity::Network(NetworkConfig::Monodepth2 { .. }) => Ok(whole),
        _ => Err(Error::file(
            path,
            "holds `encoder` and `depth` files that are not the two halves of one Monodepth2 model",
            "choose the folder as it was downloaded or written",
        )),
    }
}
