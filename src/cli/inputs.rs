//! What `infer` works on: images, folders and globs become a list of files with unique output names.

use crate::data::image::is_image;
use crate::error::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// One file to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The image.
    pub path: PathBuf,
    /// Its output name below `--out`: the stem, with its sub-folder where stems are equal.
    pub name: PathBuf,
}

/// Expands the arguments, folders with their sub-folders, in natural order, each file once.
/// An argument that leads nowhere becomes an error of its own; the others are worked on.
pub fn collect(arguments: &[String]) -> Vec<Result<Input, (PathBuf, Error)>> {
    let mut files = Vec::new();
    let mut failed = Vec::new();
    for argument in arguments {
        match expand(argument) {
            Ok(found) => files.extend(found),
            Err(error) => failed.push(Err((PathBuf::from(argument), error))),
        }
    }
    let mut seen = BTreeSet::new();
    files.retain(|f| seen.insert(f.canonicalize().unwrap_or_else(|_| f.clone())));
    let names = names(&files);
    let inputs = files.into_iter().zip(names).map(|(path, name)| Ok(Input { path, name }));
    inputs.chain(failed).collect()
}

fn expand(argument: &str) -> Result<Vec<PathBuf>> {
    let path = Path::new(argument);
    if path.is_dir() {
        let mut found = Vec::new();
        walk(path, &mut found, 0)?;
        if found.is_empty() {
            return Err(Error::file(path, "holds no image", "give a folder with PNG, JPEG or other image files"));
        }
        return Ok(found);
    }
    // A file whose own name has brackets is a file first, a pattern second.
    if path.exists() || !argument.contains(['*', '?', '[']) {
        return Ok(vec![path.to_owned()]);
    }
    let paths = glob::glob(argument).map_err(|e| Error::Usage(format!("`{argument}` is no pattern: {e}")))?;
    let mut found: Vec<PathBuf> = paths.filter_map(std::result::Result::ok).filter(|p| p.is_file()).collect();
    if found.is_empty() {
        return Err(Error::file(path, "matches no file", "check the pattern"));
    }
    found.sort_by_key(|p| natural(p));
    Ok(found)
}

/// Image files below a folder, its own before those of its sub-folders; hidden ones and link loops left out.
fn walk(folder: &Path, found: &mut Vec<PathBuf>, depth: usize) -> Result<()> {
    const DEEPEST: usize = 32;
    let entries = std::fs::read_dir(folder).map_err(|e| Error::reading(folder, &e))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(std::result::Result::ok).map(|e| e.path()).collect();
    paths.retain(|p| p.file_name().is_some_and(|n| !n.to_string_lossy().starts_with('.')));
    paths.sort_by_key(|p| natural(p));
    let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|p| p.is_dir());
    found.extend(files.into_iter().filter(|f| is_image(f)));
    for sub in folders {
        if depth < DEEPEST && !sub.is_symlink() {
            walk(&sub, found, depth + 1)?;
        }
    }
    Ok(())
}

/// Sorts `frame2` before `frame10`: runs of digits count as numbers.
fn natural(path: &Path) -> Vec<(u128, String)> {
    let text = path.to_string_lossy();
    let mut key = vec![(0, String::new())];
    let mut number = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_digit() && number.len() < 38 {
            number.push(c);
            continue;
        }
        if !number.is_empty() {
            key.push((number.parse().unwrap_or(0), String::new()));
            number.clear();
        }
        if let Some((_, tail)) = key.last_mut() {
            tail.push(c);
        }
    }
    key
}

/// Output names: the stem; where several inputs share it, with the folders that tell them apart;
/// and where those are equal too (a.png and a.jpg), with the extension.
fn names(files: &[PathBuf]) -> Vec<PathBuf> {
    let stem = |f: &PathBuf| f.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, file) in files.iter().enumerate() {
        // Folders that ignore case would let A.png and a.png overwrite each other.
        groups.entry(stem(file).to_lowercase()).or_default().push(i);
    }
    let mut names: Vec<PathBuf> = files.iter().map(|f| PathBuf::from(stem(f))).collect();
    for group in groups.values().filter(|g| g.len() > 1) {
        let folders: Vec<Vec<String>> = group.iter().map(|&i| folders_of(&files[i])).collect();
        let common = common_prefix(&folders);
        for (&i, folder) in group.iter().zip(&folders) {
            names[i] = folder[common..].iter().collect::<PathBuf>().join(stem(&files[i]));
        }
        let mut taken: BTreeMap<String, usize> = BTreeMap::new();
        for &i in group {
            *taken.entry(names[i].to_string_lossy().to_lowercase()).or_default() += 1;
        }
        for &i in group {
            if taken[&names[i].to_string_lossy().to_lowercase()] > 1 {
                let full = files[i].file_name().map(|n| n.to_string_lossy().replace('.', "_")).unwrap_or_default();
                names[i].set_file_name(full);
            }
        }
    }
    names
}

fn folders_of(file: &Path) -> Vec<String> {
    let full = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let parent = full.parent().unwrap_or(Path::new(""));
    let normal = parent.components().filter_map(|c| match c {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    normal.collect()
}

fn common_prefix(folders: &[Vec<String>]) -> usize {
    let Some(first) = folders.first() else { return 0 };
    (0..first.len()).take_while(|&n| folders.iter().all(|f| f.get(n) == first.get(n))).count()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn touch(folder: &Path, names: &[&str]) {
        for name in names {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"x").unwrap();
        }
    }

    fn names_of(list: Vec<Result<Input, (PathBuf, Error)>>) -> Vec<String> {
        list.into_iter().map(|i| i.unwrap().name.to_string_lossy().replace('\\', "/")).collect()
    }

    #[test]
    fn equal_stems_keep_their_folder_and_numbers_sort_as_numbers() {
        let dir = tempfile::tempdir().unwrap();
        touch(dir.path(), &["a/1.png", "b/1.png", "b/10.png", "b/2.png", "b/notes.txt", "b/.hidden.png"]);
        let found = names_of(collect(&[dir.path().to_string_lossy().into_owned()]));
        assert_eq!(found, ["a/1", "b/1", "2", "10"]);
    }

    #[test]
    fn one_folder_s_twins_keep_their_extension_and_repeats_are_dropped() {
        let dir = tempfile::tempdir().unwrap();
        touch(dir.path(), &["a.png", "a.jpg"]);
        let folder = dir.path().to_string_lossy().into_owned();
        let found = names_of(collect(&[folder.clone(), format!("{folder}/*.png")]));
        assert_eq!(found, ["a_jpg", "a_png"]);
    }

    #[test]
    fn what_leads_nowhere_is_an_error_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        touch(dir.path(), &["a.png"]);
        let folder = dir.path().to_string_lossy().into_owned();
        std::fs::create_dir(dir.path().join("empty")).unwrap();
        let list = collect(&[format!("{folder}/empty"), format!("{folder}/*.xyz"), format!("{folder}/a.png")]);
        assert!(list[0].is_ok());
        assert!(matches!(&list[1], Err((_, e)) if e.to_string().contains("holds no image")));
        assert!(matches!(&list[2], Err((_, e)) if e.to_string().contains("matches no file")));
    }
}
