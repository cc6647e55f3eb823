//! The scenes of NYU's labelled set that training holds out, for validation on pictures of rooms that were never seen.

const LIST: &str = include_str!("../../../assets/splits/nyu_holdout.txt");

/// The scenes held out, in alphabetical order; `assets/splits/nyu_holdout.txt` says how they were chosen.
pub fn scenes() -> impl Iterator<Item = &'static str> {
    LIST.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Whether a scene is held out.
pub fn is_held_out(scene: &str) -> bool {
    scenes().any(|held_out| held_out == scene)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    /// A scene without its number: `living_room_0012` is a living room.
    fn room(scene: &str) -> &str {
        scene.rsplit_once('_').unwrap().0
    }

    #[test]
    fn the_list_is_sorted_and_of_many_kinds_of_rooms() {
        let list: Vec<&str> = scenes().collect();
        assert!(list.is_sorted_by(|a, b| a < b));
        let rooms: BTreeSet<&str> = list.iter().map(|scene| room(scene)).collect();
        assert!(
            rooms.len() >= 10 && ["bathroom", "bedroom", "kitchen", "living_room"].iter().all(|r| rooms.contains(r))
        );
        assert!(is_held_out(list[0]) && !is_held_out("bedroom") && !is_held_out("# Scenes"));
    }

    #[test]
    fn it_is_a_tenth_of_the_training_pictures() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/nyu/splits.csv");
        let Ok(text) = std::fs::read_to_string(&path) else {
            println!("left out: {} is not there", path.display());
            return;
        };
        let mut pictures: BTreeMap<&str, usize> = BTreeMap::new();
        for line in text.lines().skip(1).filter(|line| !line.is_empty()) {
            *pictures.entry(line.rsplit(',').next().unwrap()).or_default() += 1;
        }
        let all: usize = pictures.values().sum();
        let held_out: usize = scenes().map(|scene| pictures[scene]).sum();
        assert_eq!((all, held_out), (795, 78));
        // No kind of room is lost to training, and no common one is missing in validation.
        for kind in pictures.keys().map(|scene| room(scene)).collect::<BTreeSet<_>>() {
            let of_kind = |scenes: &mut dyn Iterator<Item = &str>| -> usize {
                scenes.filter(|scene| room(scene) == kind).map(|scene| pictures[scene]).sum()
            };
            let (there, out) = (of_kind(&mut pictures.keys().copied()), of_kind(&mut scenes()));
            assert!(there - out >= there / 2 || there <= 5, "{kind}: {out} of {there}");
            assert!(there < 40 || (out * 12 >= there && out * 8 <= there), "{kind}: {out} of {there}");
        }
    }
}
