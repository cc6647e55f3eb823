//! Whether a network was trained on the pictures that it is measured on: its numbers are then fit, not accuracy.

use crate::data::dataset::holdout::is_held_out;
use crate::data::dataset::splits::{Split, is_nyu_test};
use crate::data::dataset::{DataKind, Dataset};
use std::collections::HashSet;

/// What weights write behind their data, in the metadata key `data`, when they were not shown the held-out scenes.
pub const HELD_OUT: &str = "without the held-out scenes";

/// What weights write behind their data before the scenes (or frames without one) that were held out, with commas between
/// them, where they are few.
pub const WITHOUT: &str = "without the scenes";

/// What a table of such numbers must say.
pub const FIT: &str = "training images: fit, not accuracy";

/// Which frames of a data set networks may have been trained on.
#[derive(Debug, Clone)]
pub struct Seen {
    kind: DataKind,
    /// Drive and frame of the Eigen test frames.
    eigen: HashSet<(String, u64)>,
    /// The numbers in names are indices into NYU's labelled file.
    indexed: bool,
}

impl Seen {
    /// What a data set's names tell.
    pub fn new(dataset: &dyn Dataset) -> Self {
        let kind = dataset.kind();
        let mut eigen = HashSet::new();
        if kind == DataKind::Kitti
            && let Ok(Some(list)) = Split::Eigen.list()
        {
            for line in list.frames.iter().filter_map(|frame| frame.kitti()) {
                let drive = line.folder.rsplit('/').next().unwrap_or(line.folder);
                eigen.insert((drive.to_owned(), line.frame));
            }
        }
        // Frames of a part of the labelled file are named by their position in the part, which says nothing.
        let indexed = !dataset.spec().starts_with("nyu-mat") || dataset.listed();
        Self { kind, eigen, indexed }
    }

    /// Whether a network trained on `data` (its metadata key of that name) has seen a frame. What cannot be told counts as
    /// seen: a table that says less than it could is better than one that boasts.
    pub fn by(&self, data: Option<&str>, frame: &str, scene: Option<&str>) -> bool {
        let Some(data) = data.map(str::to_lowercase) else { return false };
        let (data, out) = data.split_once(&format!(", {WITHOUT} ")).unwrap_or((&data, ""));
        let group = scene.unwrap_or(frame).to_lowercase();
        // In a training of several sources a frame's name has its source's word before it.
        if out.split(", ").any(|held| held == group || (scene.is_none() && held.ends_with(&format!("/{group}")))) {
            return false;
        }
        match self.kind {
            DataKind::Nyu if data.contains("nyu") => {
                let held_out = data.contains(HELD_OUT) && scene.is_some_and(is_held_out);
                let test = self.indexed && nyu_index(frame).is_some_and(is_nyu_test);
                !held_out && !test
            }
            DataKind::Kitti if data.contains("kitti") => {
                let drive = frame.split(['/', ' ']).find(|part| part.contains("_drive_"));
                let number = frame.rsplit(['/', ' ']).find_map(|part| part.parse().ok());
                let test = drive.zip(number).is_some_and(|(drive, n)| self.eigen.contains(&(drive.to_owned(), n)));
                !test
            }
            _ => false,
        }
    }
}

/// The index into NYU's labelled file, counted from 0, that a name tells: all of it, or the number at the head of a file
/// of a test folder (`nyu2_test/00008_colors`).
fn nyu_index(name: &str) -> Option<usize> {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    let end = file.find(|c: char| !c.is_ascii_digit()).unwrap_or(file.len());
    let whole = folder.is_empty() && end == file.len();
    if whole || folder.contains("test") { file[..end].parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(kind: DataKind) -> Seen {
        let eigen = [("2011_09_26_drive_0002_sync".to_owned(), 69)].into();
        Seen { kind, eigen, indexed: true }
    }

    #[test]
    fn official_test_frames_and_held_out_scenes_are_not_seen() {
        let nyu = seen(DataKind::Nyu);
        let shipped = Some("NYU Depth V2 labelled set, the 795 official training pairs");
        assert!(nyu.by(shipped, "2", Some("office_0003")));
        assert!(!nyu.by(shipped, "0", None) && !nyu.by(shipped, "nyu2_test/00008_colors", None));
        assert!(nyu.by(shipped, "basement_0001a_out/8", None), "a frame of a training scene");
        assert!(!Seen { indexed: true, ..nyu.clone() }.by(shipped, "1", None));
        assert!(Seen { indexed: false, ..nyu.clone() }.by(shipped, "1", None), "a position, not an index");
        assert!(!nyu.by(Some("KITTI"), "2", None) && !nyu.by(None, "2", None));
        let careful = format!("NYU Depth V2, {HELD_OUT}");
        let out = crate::data::dataset::holdout::scenes().next();
        assert!(out.is_some() && !nyu.by(Some(&careful), "2", out) && nyu.by(shipped, "2", out));
        assert!(nyu.by(Some(&careful), "2", Some("no such scene")));
    }

    #[test]
    fn scenes_that_weights_name_as_held_out_are_not_seen() {
        let kitti = seen(DataKind::Kitti);
        let data = Some("pairs kitti_pairs, 6 frames, without the scenes 2011_09_26_drive_0001_sync, road/cam_1");
        let of = |drive: &str| kitti.by(data, &format!("{drive}/image_02/0000000005"), Some(drive));
        assert!(!of("2011_09_26_drive_0001_sync") && of("2011_09_26_drive_0005_sync"));
        assert!(!kitti.by(data, "cam_1", None) && kitti.by(data, "am_1", None));
    }

    #[test]
    fn eigen_frames_are_kittis_test() {
        let kitti = seen(DataKind::Kitti);
        let of = |frame: &str| kitti.by(Some("KITTI raw"), frame, None);
        assert!(!of("2011_09_26_drive_0002_sync/image_02/0000000069"));
        assert!(!of("2011_09_26/2011_09_26_drive_0002_sync 69 l"));
        assert!(of("2011_09_26_drive_0002_sync/image_02/0000000070"));
        assert!(of("2011_09_26_drive_0001_sync/image_02/0000000069"));
        assert!(!seen(DataKind::Other).by(Some("KITTI raw"), "x", None));
    }
}
