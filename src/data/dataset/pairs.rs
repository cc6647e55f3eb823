//! `pairs:DIR`: a folder of pictures and one of depth maps whose files have equal stems.

use super::files::{DepthFiles, FilePair, FilePairs, pictures, select};
use super::{DataKind, OpenOptions, Split};
use crate::data::truth;
use crate::error::{Error, Result};
use crate::geometry::intrinsics::Intrinsics;
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Names of the folder of pictures, the one preferred first.
const PICTURES: [&str; 7] = ["image", "images", "rgb", "color", "colour", "img", "left"];
/// Names of the folder of depth maps.
const DEPTHS: [&str; 6] = ["depth", "depths", "gt", "groundtruth", "ground_truth", "ground-truth"];
/// Bytes of an `intrinsics.json` that are still read.
const MAX_JSON: u64 = 64 << 20;

/// Opens `DIR/image` and `DIR/depth` (or other names for them). `intrinsics.json` beside them, if there is one, gives `fx`,
/// `fy`, `cx` and `cy` in pixels of the pictures, for all of them or for each stem; `focal` is that of the pictures that it
/// does not name, whose principal point is then the middle. The lines of a list are stems.
///
/// # Errors
/// When one of the folders is missing, the split is a built-in one, `intrinsics.json` is broken, or no frame is left.
pub(super) fn open(
    dir: &Path,
    scale: Option<f64>,
    focal: Option<f64>,
    spec: String,
    options: &OpenOptions,
) -> Result<FilePairs> {
    let rgb = folder(dir, &PICTURES, "pictures")?;
    let depth = folder(dir, &DEPTHS, "depth maps")?;
    let list = match &options.split {
        None | Some(Split::All) => None,
        Some(split @ Split::File(_)) => split.list()?,
        Some(other) => {
            let what = format!("the split {other} is of other data");
            return Err(Error::Usage(format!("{spec}: {what}; give a list of stems, or none")));
        }
    };
    let cameras = Cameras::read(&dir.join("intrinsics.json"))?;
    let chosen = select(pictures(&rgb)?, list.as_ref(), str::to_owned, |name| rgb.join(format!("{name}.png")));
    let pairs = chosen.into_iter().map(|(name, picture)| FilePair {
        depth: truth::pair(&picture, &depth),
        scene: None,
        intrinsics: cameras.of(&name),
        name,
        picture,
    });
    let mut all =
        FilePairs::new(spec, DataKind::Other, DepthFiles::Plain(scale), pairs.collect(), list.is_some(), options)?;
    all.focal = focal;
    Ok(all)
}

/// Whether a folder holds one of pictures and one of depth maps.
pub(super) fn is_layout(dir: &Path) -> bool {
    let any = |names: &[&str]| names.iter().any(|name| dir.join(name).is_dir());
    any(&PICTURES) && any(&DEPTHS)
}

fn folder(dir: &Path, names: &[&str], what: &str) -> Result<PathBuf> {
    let found = names.iter().map(|name| dir.join(name)).find(|path| path.is_dir());
    found.ok_or_else(|| {
        let remedy = format!("put them into a folder named {}", names.join(", "));
        Error::file(dir, format!("has no folder of {what}"), remedy)
    })
}

/// What `intrinsics.json` says.
#[derive(Debug, Default)]
struct Cameras {
    all: Option<Intrinsics>,
    each: HashMap<String, Intrinsics>,
}

impl Cameras {
    fn read(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let file = std::fs::File::open(path).map_err(|e| Error::reading(path, &e))?;
        let mut bytes = Vec::new();
        file.take(MAX_JSON).read_to_end(&mut bytes).map_err(|e| Error::reading(path, &e))?;
        Self::parse(&bytes, path)
    }

    /// `{"fx": …, "fy": …, "cx": …, "cy": …}` for all, or one such object behind each stem; further fields are passed over.
    fn parse(bytes: &[u8], path: &Path) -> Result<Self> {
        let remedy = "write fx, fy, cx and cy, for all pictures or behind each stem";
        let wrong = |what: String| Error::file(path, what, remedy);
        let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|e| wrong(format!("is no JSON ({e})")))?;
        let object = value.as_object().ok_or_else(|| wrong("is no JSON object".into()))?;
        if object.contains_key("fx") {
            let all = camera(&value).ok_or_else(|| wrong("has no camera in it".into()))?;
            return Ok(Self { all: Some(all), each: HashMap::new() });
        }
        let mut each = HashMap::new();
        for (stem, value) in object {
            let found = camera(value).ok_or_else(|| wrong(format!("has no camera behind {stem}")))?;
            each.insert(stem.clone(), found);
        }
        Ok(Self { all: None, each })
    }

    fn of(&self, stem: &str) -> Option<Intrinsics> {
        self.each.get(stem).copied().or(self.all)
    }
}

fn camera(value: &serde_json::Value) -> Option<Intrinsics> {
    let number = |key: &str| value.get(key)?.as_f64().filter(|v| v.is_finite());
    let focal = |key: &str| number(key).filter(|v| *v > 0.0);
    Some(Intrinsics { fx: focal("fx")?, fy: focal("fy")?, cx: number("cx")?, cy: number("cy")? })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn cameras_for_all_or_for_each() {
        let parse = |text: &str| Cameras::parse(text.as_bytes(), Path::new("intrinsics.json"));
        let want = Intrinsics { fx: 2.0, fy: 3.0, cx: 0.0, cy: -1.5 };
        let one = r#"{"fx": 2, "fy": 3.0, "cx": 0, "cy": -1.5, "width": 7}"#;
        assert_eq!(parse(one).unwrap().of("any"), Some(want));
        let each = parse(&format!("{{\"a b\": {one}}}")).unwrap();
        assert_eq!((each.of("a b"), each.of("c")), (Some(want), None));
        for bad in [
            "",
            "[]",
            "{",
            r#"{"fx": 0, "fy": 1, "cx": 1, "cy": 1}"#,
            r#"{"fx": 1}"#,
            r#"{"a": 3}"#,
            &"[".repeat(100_000),
        ] {
            assert!(parse(bad).unwrap_err().to_string().contains("fx, fy, cx and cy"), "{bad}");
        }
    }
}
