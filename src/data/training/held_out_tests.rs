//! Tests of the two sides: no scene is on both.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::data::dataset::{DataKind, GroundTruth};
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;

struct Scenes {
    spec: &'static str,
    kind: DataKind,
    names: Vec<String>,
    scenes: Vec<Option<String>>,
}

impl Dataset for Scenes {
    fn spec(&self) -> &str {
        self.spec
    }
    fn kind(&self) -> DataKind {
        self.kind
    }
    fn names(&self) -> &[String] {
        &self.names
    }
    fn scene(&self, index: usize) -> Option<&str> {
        self.scenes[index].as_deref()
    }
    fn frame(&self, _: usize) -> Result<Frame> {
        Err(Error::Failed("not read".into()))
    }
    fn truth(&self, _: usize) -> Result<Option<GroundTruth>> {
        Ok(None)
    }
    fn intrinsics(&self, _: usize) -> Result<Option<Intrinsics>> {
        Ok(None)
    }
    fn listed(&self) -> bool {
        false
    }
    fn without_truth(&self) -> usize {
        0
    }
}

/// Frames of scenes `scene-0` … of different lengths, mixed; every tenth has none.
fn mixed(count: usize, scenes: usize) -> Scenes {
    let scene = |i: usize| (i % 10 != 9).then(|| format!("scene-{}", (i * i + i / 3) % scenes));
    Scenes {
        spec: "nyu:made-up",
        kind: DataKind::Nyu,
        names: (0..count).map(|i| format!("f{i}")).collect(),
        scenes: (0..count).map(scene).collect(),
    }
}

fn check(data: &Scenes, parts: &Parts) {
    let side = |part: &[usize]| part.iter().map(|i| group(data, *i).to_owned()).collect::<BTreeSet<String>>();
    assert!(side(&parts.train).is_disjoint(&side(&parts.validation)));
    assert_eq!(side(&parts.validation).into_iter().collect::<Vec<_>>(), parts.scenes);
    let mut all: Vec<usize> = parts.train.iter().chain(&parts.validation).copied().collect();
    all.sort_unstable();
    assert_eq!(all, (0..data.names.len()).collect::<Vec<_>>());
    assert!(!parts.train.is_empty() && !parts.validation.is_empty());
}

#[test]
fn no_scene_is_on_both_sides_of_a_fraction() {
    for (count, scenes) in [(200, 30), (57, 3), (10, 2)] {
        let data = mixed(count, scenes);
        for seed in 0..20 {
            for fraction in [0.01, 0.1, 0.5] {
                let parts = by_fraction(&data, fraction, seed).unwrap();
                check(&data, &parts);
                assert!(
                    parts.validation.len() as f64 <= (fraction * count as f64).max(1.0),
                    "{fraction} {}",
                    parts.validation.len()
                );
            }
        }
        assert_eq!(by_fraction(&data, 0.2, 1).unwrap(), by_fraction(&data, 0.2, 1).unwrap());
    }
    let data = mixed(200, 30);
    assert_ne!(by_fraction(&data, 0.2, 1).unwrap(), by_fraction(&data, 0.2, 2).unwrap());
    let near = by_fraction(&data, 0.2, 1).unwrap().validation.len();
    assert!((30..=40).contains(&near), "{near}");
}

#[test]
fn fractions_and_data_that_cannot_be_parted() {
    for fraction in [0.0, -0.1, 0.6, f64::NAN] {
        assert_eq!(by_fraction(&mixed(20, 4), fraction, 0).unwrap_err().exit_code(), 2);
    }
    let mut one = mixed(9, 1);
    assert!(by_fraction(&one, 0.1, 0).unwrap_err().to_string().contains("one scene"));
    // Without scenes every frame is its own.
    one.scenes.iter_mut().for_each(|s| *s = None);
    assert_eq!(by_fraction(&one, 0.25, 0).unwrap().validation.len(), 2);
    assert_eq!(none(&one).train.len(), 9);
}

#[test]
fn a_list_of_scenes_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("scenes.txt");
    std::fs::write(&list, "\u{feff}# mine\n\n scene-2 \r\nscene-0\nelsewhere\n").unwrap();
    let data = mixed(60, 5);
    let scenes = read_scenes(&list).unwrap();
    assert_eq!(scenes.len(), 3);
    let parts = by_scenes(&data, &scenes).unwrap();
    check(&data, &parts);
    assert_eq!(parts.scenes, ["scene-0", "scene-2"]);
    let missing = by_scenes(&data, &["x".to_owned()].into()).unwrap_err();
    assert!(missing.to_string().contains("such as x") && missing.exit_code() == 2);
    let all: BTreeSet<String> = (0..60).map(|i| group(&data, i).to_owned()).collect();
    assert!(by_scenes(&data, &all).unwrap_err().to_string().contains("all of its frames"));
    std::fs::write(&list, "# nothing\n").unwrap();
    assert!(read_scenes(&list).unwrap_err().to_string().contains("names no scene"));
    std::fs::write(&list, [0xff, 0xfe]).unwrap();
    assert!(read_scenes(&list).unwrap_err().to_string().contains("is no text"));
    assert!(read_scenes(&dir.path().join("none")).is_err());
    assert_eq!(read_scenes(Path::new(NYU_HOLDOUT)).unwrap().len(), holdout::scenes().count());
}

#[test]
fn other_data_takes_its_scenes_from_training() {
    let data = mixed(60, 5);
    let mut other = mixed(9, 3);
    let parts = by_data(&data, &other).unwrap();
    assert_eq!(parts.validation, (0..9).collect::<Vec<_>>());
    let held: BTreeSet<&str> = (0..9).map(|i| group(&other, i)).collect();
    assert!(parts.train.len() < 60 && parts.train.iter().all(|i| !held.contains(group(&data, *i))));
    // Rooms and roads of one name are different places.
    other.kind = DataKind::Kitti;
    other.spec = "kitti-raw:made-up";
    assert_eq!(by_data(&data, &other).unwrap().train.len(), 60);
    assert!(by_data(&data, &data).unwrap_err().to_string().contains("every frame"));
}

#[test]
fn nyus_own_list_parts_the_training_pairs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/nyu");
    if !folder.is_dir() {
        println!("left out: {} is not there", folder.display());
        return;
    }
    let spec = DataSpec::Nyu(folder);
    let data = crate::data::dataset::open(&spec, &Default::default()).unwrap();
    let parts = by_scenes(&*data, &read_scenes(Path::new(NYU_HOLDOUT)).unwrap()).unwrap();
    assert_eq!((parts.train.len(), parts.validation.len()), (717, 78));
    let scenes = |part: &[usize]| part.iter().map(|i| data.scene(*i).unwrap().to_owned()).collect::<BTreeSet<_>>();
    assert!(scenes(&parts.train).is_disjoint(&scenes(&parts.validation)));
}

#[test]
fn a_pattern_holds_out_whole_scenes_and_must_match() {
    let name = |i: usize| format!("road/scene_01_CAMERA_0{}_{i:02}", [1, 5, 6][i % 3]);
    let mut data = Scenes {
        spec: "pairs:made-up",
        kind: DataKind::Other,
        names: (0..9).map(name).collect(),
        scenes: vec![None; 9],
    };
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<BTreeSet<String>>();
    let parts = by_scenes(&data, &lines(&["road/*CAMERA_06*"])).unwrap();
    check(&data, &parts);
    assert_eq!(parts.validation, [2, 5, 8]);
    let error = by_scenes(&data, &lines(&["road/*CAMERA_06*", "road/*CAMERA_07*"])).unwrap_err().to_string();
    assert!(error.contains("`road/*CAMERA_07*` matches no scene"), "{error}");
    assert!(by_scenes(&data, &lines(&["***"])).unwrap_err().exit_code() == 2);
    // One frame of a drive takes all of the drive with it.
    data.scenes = (0..9).map(|i| Some(format!("drive_{}", i / 4))).collect();
    let parts = by_scenes(&data, &lines(&["*CAMERA_05_04"])).unwrap();
    assert_eq!((parts.validation, parts.scenes), (vec![4, 5, 6, 7], vec!["drive_1".to_owned()]));
}
