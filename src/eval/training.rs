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

/// What weights write behind their data, with `; ` before it, when they started from other trained weights: then come the data
/// of those.
pub const STARTED: &str = "started from weights trained on:";

/// What stands there when those weights do not say.
pub const UNTOLD: &str = "data that their file does not tell";

/// What weights write behind their data when the official test frames of it (NYU's 654, Eigen's) were shown to them, or nobody
/// can tell. Without it they are taken not to have seen those.
pub const TESTS: &str = "official test frames may be among them";

/// What a table of such numbers must say.
pub const FIT: &str = "training images: fit, not accuracy";

/// What a network was trained on first and last, one text each: a frame was seen when one of them has it.
fn trainings(data: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = data.split(STARTED).map(|part| part.trim_end_matches([';', ' ']));
    parts.map(|part| part.split_once(WITHOUT).unwrap_or((part, "")))
}

/// Whether data, in small letters, are of that kind.
fn is_of(data: &str, kind: DataKind) -> bool {
    match kind {
        DataKind::Nyu => data.contains("nyu"),
        DataKind::Kitti => data.contains("kitti"),
        // Their numbers are never marked as fit: there is no telling one such set from another.
        DataKind::Other => false,
    }
}

/// Whether one of these names, which weights wrote behind [`WITHOUT`], is that of a scene, or of a frame without one.
fn names(out: &str, group: &str, scene: bool) -> bool {
    // In a training of several sources a frame's name has its source's word before it.
    out.split(',').map(str::trim).any(|held| held == group || (!scene && held.ends_with(&format!("/{group}"))))
}

/// Whether a network trained on `data` (its metadata key of that name) may have seen pictures of a scene, or a frame without
/// one, of that kind of data: a run that starts from it cannot say that it was held out.
pub fn may_have_seen(data: &str, kind: DataKind, scene: &str) -> bool {
    let (data, scene) = (data.to_lowercase(), scene.to_lowercase());
    trainings(&data).any(|(data, out)| {
        let held_out = kind == DataKind::Nyu && data.contains(HELD_OUT) && is_held_out(&scene);
        data.contains(UNTOLD) || is_of(data, kind) && !held_out && !names(out, &scene, true)
    })
}

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
        trainings(&data).any(|(data, out)| self.in_one(data, out, frame, scene))
    }

    /// Whether a frame is one of the official test frames.
    fn is_test(&self, frame: &str) -> bool {
        match self.kind {
            DataKind::Nyu => self.indexed && nyu_index(frame).is_some_and(is_nyu_test),
            DataKind::Kitti => {
                let drive = frame.split(['/', ' ']).find(|part| part.contains("_drive_"));
                let number = frame.rsplit(['/', ' ']).find_map(|part| part.parse().ok());
                drive.zip(number).is_some_and(|(drive, n)| self.eigen.contains(&(drive.to_owned(), n)))
            }
            DataKind::Other => false,
        }
    }

    /// Whether a frame is one of the official test frames as far as anybody can tell: weights that are trained on it have to say
    /// so, by [`TESTS`].
    pub fn may_be_test(&self, frame: &str) -> bool {
        self.is_test(frame) || self.kind == DataKind::Nyu && !self.indexed
    }

    /// The same of one training: its data, and the scenes it was without.
    fn in_one(&self, data: &str, out: &str, frame: &str, scene: Option<&str>) -> bool {
        let group = scene.unwrap_or(frame).to_lowercase();
        if names(out, &group, scene.is_some()) {
            return false;
        }
        let held_out = self.kind == DataKind::Nyu && data.contains(HELD_OUT) && scene.is_some_and(is_held_out);
        is_of(data, self.kind) && !held_out && (data.contains(TESTS) || !self.is_test(frame))
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
    fn what_the_first_weights_had_seen_counts_as_seen() {
        let (nyu, kitti) = (seen(DataKind::Nyu), seen(DataKind::Kitti));
        let out = crate::data::dataset::holdout::scenes().next();
        let shipped = "NYU Depth V2 labelled set, the 795 official training pairs";
        let later = format!("NYU Depth V2, 700 frames, {HELD_OUT}; {STARTED} {shipped}");
        assert!(nyu.by(Some(&later), "2", out), "the first training had all pairs");
        let streets = format!("KITTI, 6 frames, {WITHOUT} 2011_09_26_drive_0001_sync, a; {STARTED} {shipped}");
        let of = |drive: &str| kitti.by(Some(&streets), &format!("{drive}/image_02/0000000005"), Some(drive));
        assert!(!of("2011_09_26_drive_0001_sync") && of("2011_09_26_drive_0005_sync"));
        assert!(nyu.by(Some(&streets), "2", out) && !nyu.by(Some(&streets), "0", None));
        let both = format!("NYU Depth V2, {HELD_OUT}; {STARTED} NYU Depth V2, {HELD_OUT}");
        assert!(!nyu.by(Some(&both), "2", out));
        let scene = out.unwrap_or_default();
        assert!(may_have_seen(shipped, DataKind::Nyu, scene) && !may_have_seen(shipped, DataKind::Kitti, "a"));
        assert!(!may_have_seen(&both, DataKind::Nyu, scene) && may_have_seen(&both, DataKind::Nyu, "den_9"));
        assert!(!may_have_seen(&format!("NYU Depth V2, {WITHOUT} den_9, hall_1"), DataKind::Nyu, "den_9"));
        assert!(may_have_seen(&later, DataKind::Nyu, scene) && may_have_seen(UNTOLD, DataKind::Other, "x"));
    }

    #[test]
    fn test_frames_that_weights_say_to_have_been_shown_are_seen() {
        let (nyu, kitti) = (seen(DataKind::Nyu), seen(DataKind::Kitti));
        let eigen = "2011_09_26_drive_0002_sync/image_02/0000000069";
        let all = |what: &str| format!("{what}, 1449 frames, {TESTS}");
        assert!(nyu.by(Some(&all("NYU Depth V2")), "0", None) && !nyu.by(Some("NYU Depth V2"), "0", None));
        assert!(kitti.by(Some(&all("KITTI")), eigen, None) && !kitti.by(Some(&all("NYU Depth V2")), eigen, None));
        let later = format!("NYU Depth V2, 700 frames; {STARTED} {}", all("NYU Depth V2"));
        assert!(nyu.by(Some(&later), "0", None), "what the first weights had seen");
        assert!(nyu.may_be_test("0") && !nyu.may_be_test("2") && kitti.may_be_test(eigen));
        assert!(Seen { indexed: false, ..nyu }.may_be_test("2"), "a position says nothing");
        assert!(!seen(DataKind::Other).may_be_test("0"));
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
