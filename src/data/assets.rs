//! Finds what ships with the program from any working directory, and tells whether two paths lead to one file.

use std::path::{Path, PathBuf};

/// Names the folder that holds `assets/` and `models/`, before every other place.
pub const HOME_VARIABLE: &str = "MSFNET_STUDIO_HOME";

/// The shipped file or folder `relative`, such as `models/x.safetensors` or `assets/samples`.
///
/// Looks below `$MSFNET_STUDIO_HOME`, then beside the executable and in each folder above it (an installed program, or one
/// in `target/`), then in the source tree it was built from; `None` when it is in none of them.
pub fn find(relative: &str) -> Option<PathBuf> {
    roots().into_iter().map(|root| root.join(relative)).find(|path| path.exists())
}

/// Whether two paths lead to one file; not where one of them leads nowhere.
pub fn same_file(a: &Path, b: &Path) -> bool {
    a.canonicalize().ok().zip(b.canonicalize().ok()).is_some_and(|(a, b)| a == b)
}

/// The folders that [`find`] looks below, in its order.
fn roots() -> Vec<PathBuf> {
    let mut roots = Vec::new();
    if let Some(home) = std::env::var_os(HOME_VARIABLE).filter(|h| !h.is_empty()) {
        roots.push(PathBuf::from(home));
    }
    if let Ok(executable) = std::env::current_exe() {
        roots.extend(executable.ancestors().skip(1).map(|p| p.to_owned()));
    }
    roots.push(PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ships_is_found_and_what_does_not_is_none() {
        assert!(find("assets/samples").is_some_and(|p| p.is_absolute() && p.is_dir()));
        assert!(find("assets/samples/no-such-sample").is_none());
    }
}
