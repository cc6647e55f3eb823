//! What `infer` works on: images, folders and globs become a list of files with unique output names.

use crate::data::image::is_image;
use crate::data::natural::natural;
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
    /// Its sub-folder below the folder that was given; empty for a file that was given itself.
    pub folder: PathBuf,
}

/// Something that leads to no input, and why.
pub type Lost = (PathBuf, Error);

/// Expands the arguments, folders with their sub-folders, in natural order, each file once; what lies in `out` is left
/// out of a folder that holds it. A path that leads nowhere is lost by itself; the others are worked on.
///
/// # Errors
/// When an argument is no pattern.
pub fn collect(arguments: &[String], out: &Path) -> Result<Vec<Result<Input, Lost>>> {
    let mut files = Vec::new();
    let mut lost = Vec::new();
    let out = out.canonicalize().ok();
    for argument in arguments {
        let path = Path::new(argument);
        if path.is_dir() {
            let mut walk = Walk { top: path, skip: out.as_deref(), files: Vec::new(), lost: Vec::new() };
            walk.enter(path, 0);
            if walk.files.is_empty() && walk.lost.is_empty() {
                let error = Error::file(path, "holds no image", "give a folder with PNG, JPEG or other image files");
                walk.lost.push((path.to_owned(), error));
            }
            files.extend(walk.files);
            lost.extend(walk.lost);
        } else if path.exists() || !argument.contains(['*', '?', '[']) {
            // A file whose own name has brackets is a file first, a pattern second.
            files.push((path.to_owned(), PathBuf::new()));
        } else {
            let found = matching(argument)?;
            if found.is_empty() {
                lost.push((path.to_owned(), Error::file(path, "matches no file", "check the pattern")));
            }
            files.extend(found.into_iter().map(|f| (f, PathBuf::new())));
        }
    }
    let mut seen = BTreeSet::new();
    files.retain(|(f, _)| seen.insert(f.canonicalize().unwrap_or_else(|_| f.clone())));
    let names = names(&files.iter().map(|(f, _)| f.clone()).collect::<Vec<_>>());
    let inputs = files.into_iter().zip(names).map(|((path, folder), name)| Ok(Input { path, name, folder }));
    Ok(inputs.chain(lost.into_iter().map(Err)).collect())
}

fn matching(pattern: &str) -> Result<Vec<PathBuf>> {
    let wrong = |e| Error::Usage(format!("`{pattern}` is no pattern ({e}); use *, ? and [a-z]"));
    let paths = glob::glob(pattern).map_err(wrong)?;
    let mut found: Vec<PathBuf> = paths.filter_map(std::result::Result::ok).filter(|p| p.is_file()).collect();
    sort(&mut found);
    Ok(found)
}

/// Image files below a folder, its own before those of its sub-folders; hidden ones and links to folders left out.
struct Walk<'a> {
    top: &'a Path,
    skip: Option<&'a Path>,
    files: Vec<(PathBuf, PathBuf)>,
    lost: Vec<Lost>,
}

impl Walk<'_> {
    fn enter(&mut self, folder: &Path, depth: usize) {
        const DEEPEST: usize = 32;
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.lost.push((folder.to_owned(), Error::reading(folder, &error)));
                return;
            }
        };
        let mut paths: Vec<PathBuf> = entries.filter_map(std::result::Result::ok).map(|e| e.path()).collect();
        paths.retain(|p| p.file_name().is_some_and(|n| !n.to_string_lossy().starts_with('.')));
        sort(&mut paths);
        let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|p| p.is_dir());
        let below = folder.strip_prefix(self.top).unwrap_or(Path::new("")).to_owned();
        self.files.extend(files.into_iter().filter(|f| is_image(f)).map(|f| (f, below.clone())));
        for sub in folders {
            let skipped = self.skip.is_some_and(|skip| sub.canonicalize().is_ok_and(|s| s == skip));
            if depth < DEEPEST && !sub.is_symlink() && !skipped {
                self.enter(&sub, depth + 1);
            }
        }
    }
}

/// Sorts `frame2` before `frame10`, as the window lists them.
fn sort(paths: &mut [PathBuf]) {
    paths.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()));
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
    // `a.png` and `a.jpg` became `a_png` and `a_jpg`, which may be another file's own stem.
    let mut used = BTreeSet::new();
    for name in &mut names {
        let mut count = 2;
        let plain = name.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        while !used.insert(name.to_string_lossy().to_lowercase()) {
            name.set_file_name(format!("{plain}_{count}"));
            count += 1;
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

    fn names_of(arguments: &[String]) -> Vec<String> {
        let list = collect(arguments, Path::new("nowhere")).unwrap();
        list.into_iter().map(|i| i.unwrap().name.to_string_lossy().replace('\\', "/")).collect()
    }

    #[test]
    fn equal_stems_keep_their_folder_and_numbers_sort_as_numbers() {
        let dir = tempfile::tempdir().unwrap();
        touch(dir.path(), &["a/1.png", "b/1.png", "b/10.png", "b/2.png", "b/notes.txt", "b/.hidden.png"]);
        let found = names_of(&[dir.path().to_string_lossy().into_owned()]);
        assert_eq!(found, ["a/1", "b/1", "2", "10"]);
    }

    #[test]
    fn no_two_names_are_equal() {
        let dir = tempfile::tempdir().unwrap();
        touch(dir.path(), &["a.png", "a.jpg", "a_png.bmp"]);
        let folder = dir.path().to_string_lossy().into_owned();
        // Repeats of one file are dropped.
        let found = names_of(&[folder.clone(), format!("{folder}/*.png")]);
        assert_eq!(found, ["a_jpg", "a_png", "a_png_2"]);
    }

    #[test]
    fn what_leads_nowhere_is_lost_by_itself() {
        let dir = tempfile::tempdir().unwrap();
        touch(dir.path(), &["a.png", "out/a_depth.png"]);
        let folder = dir.path().to_string_lossy().into_owned();
        std::fs::create_dir(dir.path().join("empty")).unwrap();
        let arguments = [format!("{folder}/empty"), format!("{folder}/*.xyz"), folder.clone()];
        let list = collect(&arguments, &dir.path().join("out")).unwrap();
        assert_eq!(list.iter().filter(|i| i.is_ok()).count(), 1, "results are no inputs: {list:?}");
        assert!(matches!(&list[1], Err((_, e)) if e.to_string().contains("holds no image")));
        assert!(matches!(&list[2], Err((_, e)) if e.to_string().contains("matches no file")));
        assert_eq!(collect(&["in/[".into()], Path::new("x")).unwrap_err().exit_code(), 2);
    }
}
