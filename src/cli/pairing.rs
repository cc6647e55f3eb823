//! Which ground truth belongs to which input of `infer`: by stem, in the sub-folder of the same name or beside it, and
//! never one file for two pictures.

use super::inputs::Input;
use crate::data::truth;
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The ground truth of each input, in their order; `None` where there is none of its name.
///
/// # Errors
/// When `gt` is missing; when it is one file and there are several inputs; when no input has one; when one file would
/// serve several inputs; when a PNG is given without its scale.
pub fn pair(inputs: &[&Input], gt: &Path, scale: Option<f64>) -> Result<Vec<Option<PathBuf>>> {
    if !gt.exists() {
        return Err(Error::file(gt, "does not exist", "give a ground truth file, or a folder of them"));
    }
    if gt.is_file() && inputs.len() > 1 {
        let n = inputs.len();
        return Err(Error::Usage(format!(
            "{}: is one ground truth for {n} inputs; give a folder of files paired by stem",
            gt.display()
        )));
    }
    let of = |input: &&Input| {
        let below = gt.join(&input.folder);
        let nested = (!input.folder.as_os_str().is_empty() && below.is_dir()).then(|| truth::pair(&input.path, &below));
        nested.flatten().or_else(|| truth::pair(&input.path, gt))
    };
    let found: Vec<Option<PathBuf>> = inputs.iter().map(of).collect();
    let mut users: BTreeMap<&Path, &Path> = BTreeMap::new();
    for (input, file) in inputs.iter().zip(&found) {
        let Some(file) = file else { continue };
        if let Some(other) = users.insert(file, &input.path) {
            let (a, b) = (other.display(), input.path.display());
            let what = format!("would be the ground truth of both {a} and {b}");
            return Err(Error::file(file, what, "give a folder that has the inputs' sub-folders"));
        }
        if scale.is_none() && file.extension().is_some_and(|e| e.eq_ignore_ascii_case("png")) {
            return Err(Error::Usage(format!(
                "{}: is a PNG, whose values per metre are not known; say them with --gt-scale (256 for KITTI, 1000 for millimetres)",
                file.display()
            )));
        }
    }
    if users.is_empty() && !inputs.is_empty() {
        return Err(Error::file(gt, "holds no ground truth named like an input", "pair the files by their stem"));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn input(path: &Path, folder: &str) -> Input {
        Input { path: path.to_owned(), name: path.into(), folder: folder.into() }
    }

    #[test]
    fn truths_are_paired_by_stem_and_sub_folder_and_never_shared() {
        let dir = tempfile::tempdir().unwrap();
        let at = |p: &str| dir.path().join(p);
        for file in ["s/a/1.png", "s/b/1.png", "g/a/1.npy", "g/b/1.npy", "flat/1.npy", "flat/2.png"] {
            std::fs::create_dir_all(at(file).parent().unwrap()).unwrap();
            std::fs::write(at(file), b"x").unwrap();
        }
        let (a, b) = (input(&at("s/a/1.png"), "a"), input(&at("s/b/1.png"), "b"));
        let nested = pair(&[&a, &b], &at("g"), None).unwrap();
        assert_eq!(nested, [Some(at("g/a/1.npy")), Some(at("g/b/1.npy"))]);
        let shared = pair(&[&a, &b], &at("flat"), None).unwrap_err();
        assert!(shared.to_string().contains("both"), "{shared}");
        assert_eq!(pair(&[&a], &at("flat"), None).unwrap(), [Some(at("flat/1.npy"))]);
        assert_eq!(pair(&[&a, &b], &at("flat/1.npy"), None).unwrap_err().exit_code(), 2);
        let two = input(&at("s/2.png"), "");
        assert_eq!(pair(&[&two], &at("flat"), None).unwrap_err().exit_code(), 2, "a PNG needs its scale");
        assert!(pair(&[&two], &at("flat"), Some(256.0)).unwrap()[0].is_some());
        let three = input(&at("s/3.png"), "");
        assert!(pair(&[&three], &at("flat"), None).is_err());
        assert_eq!(pair(&[&three, &a], &at("flat"), None).unwrap()[0], None);
        assert!(pair(&[&a], &at("nowhere"), None).is_err());
    }
}
