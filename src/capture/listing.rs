//! What a person opened, as a list of pictures: files as given, folders in natural order.

use crate::data::image::is_image;
use crate::data::natural::natural;
use crate::error::Error;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Pictures in one list; more are named as left out, so that the window's list stays bounded.
pub const MAX_ENTRIES: usize = 100_000;

/// The pictures found, and what was wrong with the rest.
#[derive(Debug, Default)]
pub struct Listing {
    /// Paths of pictures, in the order given; each folder's in natural order; none twice.
    pub files: Vec<PathBuf>,
    /// Folders without any picture.
    pub empty: Vec<PathBuf>,
    /// Paths that could not be read.
    pub errors: Vec<Error>,
}

/// Lists files and folders (not what lies in their sub-folders). A file is taken as it is: whether it
/// is a picture, its decoder will say; a folder's other files are passed over.
pub fn list(paths: &[PathBuf]) -> Listing {
    let mut listing = Listing::default();
    let mut seen = HashSet::new();
    for path in paths {
        let found = match std::fs::metadata(path) {
            Ok(meta) if meta.is_dir() => match images_in(path) {
                Ok(files) => {
                    if files.is_empty() {
                        listing.empty.push(path.clone());
                    }
                    files
                }
                Err(error) => {
                    listing.errors.push(Error::reading(path, &error));
                    continue;
                }
            },
            Ok(_) => vec![path.clone()],
            Err(error) => {
                listing.errors.push(Error::reading(path, &error));
                continue;
            }
        };
        for file in found {
            if listing.files.len() == MAX_ENTRIES {
                let what = format!("holds more than the {MAX_ENTRIES} pictures that one list can");
                listing.errors.push(Error::file(path, what, "open the rest by itself"));
                return listing;
            }
            if seen.insert(file.clone()) {
                listing.files.push(file);
            }
        }
    }
    listing
}

/// The pictures that lie directly in a folder, in natural order; hidden files are passed over.
fn images_in(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && is_image(&path) && path.is_file() {
            files.push(path);
        }
    }
    files.sort_by(|a, b| natural(&a.to_string_lossy(), &b.to_string_lossy()));
    Ok(files)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn files_folders_and_what_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("folder");
        let nothing = dir.path().join("nothing");
        std::fs::create_dir_all(folder.join("deeper.png")).unwrap();
        std::fs::create_dir(&nothing).unwrap();
        for name in ["f10.png", "f2.png", "notes.txt", "._f3.png"] {
            std::fs::write(folder.join(name), b"x").unwrap();
        }
        let text = folder.join("notes.txt");
        let missing = dir.path().join("missing.png");
        let again = folder.join("f2.png");
        let listing = list(&[folder.clone(), nothing.clone(), text.clone(), missing.clone(), again]);
        assert_eq!(listing.files, [folder.join("f2.png"), folder.join("f10.png"), text]);
        assert_eq!(listing.empty, [nothing]);
        assert_eq!(listing.errors.len(), 1);
        assert!(listing.errors[0].to_string().contains("missing.png"));
    }
}
