//! The CSV lists of the NYU layouts: scenes by index, and DenseDepth's rows of two paths. Needs `error` only, so that the
//! fuzz target builds it.

use crate::error::{Error, Result};
use std::collections::HashMap;
use std::io::Read;
use std::path::{Component, Path};

/// Bytes of a CSV file that are still read; DenseDepth's list of 50 688 rows has 6 MB.
const MAX_CSV: u64 = 64 << 20;
/// Rows of a list that are still read.
const MAX_ROWS: usize = 1_000_000;

/// One row: picture and depth, as paths from the archive's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The picture.
    pub rgb: String,
    /// Its depth.
    pub depth: String,
}

/// The text of a CSV file; a byte-order mark at its start is dropped.
///
/// # Errors
/// When it cannot be read, is larger than 64 MB, or no text.
pub fn read_csv(path: &Path) -> Result<String> {
    let file = std::fs::File::open(path).map_err(|e| Error::reading(path, &e))?;
    let mut bytes = Vec::new();
    file.take(MAX_CSV + 1).read_to_end(&mut bytes).map_err(|e| Error::reading(path, &e))?;
    if bytes.len() as u64 > MAX_CSV {
        return Err(Error::file(path, "is larger than 64 MB, so it is no list of frames", "give the list itself"));
    }
    let text = String::from_utf8(bytes).map_err(|_| Error::file(path, "is no text", "save it as UTF-8"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
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

/// Parses rows `rgb,depth`.
///
/// # Errors
/// When there is no row, more than a million, one without two columns, or a path that leads out of the archive.
pub fn parse_rows(text: &str, path: &Path) -> Result<Vec<Row>> {
    let wrong = |what: String| Error::file(path, what, "write rows of two paths, picture,depth");
    let mut rows = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        if rows.len() == MAX_ROWS {
            return Err(wrong(format!("has more than {MAX_ROWS} rows")));
        }
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let [rgb, depth] = fields[..] else {
            return Err(wrong(format!("has {} columns in line {}", fields.len(), i + 1)));
        };
        if !inside(rgb) || !inside(depth) {
            return Err(wrong(format!("names a file outside the archive in line {}", i + 1)));
        }
        rows.push(Row { rgb: rgb.to_owned(), depth: depth.to_owned() });
    }
    if rows.is_empty() {
        return Err(wrong("names no frame".into()));
    }
    Ok(rows)
}

/// A path downwards and nothing else.
fn inside(path: &str) -> bool {
    !path.is_empty() && !path.contains('\\') && Path::new(path).components().all(|c| matches!(c, Component::Normal(_)))
}
