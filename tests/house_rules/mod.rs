//! What `tests/layers.rs` checks the sources with: a scanner for Rust's tokens, the paths that a file names, and the
//! rules of the house.

pub mod paths;
pub mod rules;
pub mod scan;

use std::path::{Path, PathBuf};

/// A Rust source by its path below the repository's root, with `/` between folders.
pub struct Source {
    /// For example `src/net/config.rs`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every `.rs` file below a folder of the repository, in path order; nothing when there is no such folder.
pub fn sources(folder: &str) -> Vec<Source> {
    files(&root().join(folder), "rs")
        .into_iter()
        .map(|file| {
            let below = file.strip_prefix(root()).expect("found below the root");
            let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            let text = std::fs::read_to_string(&file).expect("a source is readable UTF-8");
            Source { path: parts.join("/"), text }
        })
        .collect()
}

/// Every file with an extension below a folder, in path order; what a build put into a `target` is not looked at.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                if path.file_name().is_none_or(|name| name != "target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
