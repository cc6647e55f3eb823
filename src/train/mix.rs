//! Several data sets in one run: opened as one, each as often as asked, counted one by one; and whether their cameras are
//! known where depth goes by the focal length.

use super::feed::Frames;
use crate::data::dataset::{DataKind, Dataset, OpenOptions, Sources, Split};
use crate::error::{Error, Result};
use std::sync::Arc;

/// How many frames of a run are of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCount {
    /// The source's word, as in the names of its frames.
    pub label: String,
    /// Its frames that are trained on.
    pub frames: usize,
    /// How often each of them stands in an epoch.
    pub times: usize,
    /// Its frames that are held out.
    pub held_out: usize,
}

/// Opens one or several data sets, frames with ground truth only.
///
/// # Errors
/// When the text is no list of sources, a split is given for several at once, or one cannot be opened.
pub fn open(text: &str, split: &str, limit: usize) -> Result<(Sources, Arc<dyn Dataset>)> {
    let sources: Sources = text.parse()?;
    let no_split = |_| {
        Error::Usage(format!(
            "`{split}` is no split; give all, nyu-train, nyu-test, eigen, or a file with one frame a line"
        ))
    };
    let split = if split.is_empty() { None } else { Some(split.parse::<Split>().map_err(no_split)?) };
    if let (Some(split), true) = (&split, sources.0.len() > 1) {
        return Err(Error::Usage(format!(
            "the split {split} cannot be of several sources at once; give it to one of them, as SPEC,split={split}"
        )));
    }
    let limit = (limit > 0).then_some(limit);
    let options = OpenOptions { split, limit, truth_only: true, ..OpenOptions::default() };
    let dataset = sources.open(&options)?;
    Ok((sources, dataset))
}

/// The frames trained on, each as often as its source says.
pub fn repeated(sources: &Sources, dataset: &dyn Dataset, indices: &[usize]) -> Vec<usize> {
    let times = |index: usize| source(dataset, index).and_then(|i| sources.0.get(i)).map_or(1, |source| source.times);
    indices.iter().flat_map(|index| std::iter::repeat_n(*index, times(*index))).collect()
}

/// Number of the source that a frame is of.
fn source(dataset: &dyn Dataset, index: usize) -> Option<usize> {
    Some(dataset.part(index).map_or(0, |(part, ..)| part))
}

/// What each source gives; `held_out` are frames of the same data set, or of another one that is not counted here.
pub fn counts(sources: &Sources, dataset: &dyn Dataset, indices: &[usize], held_out: &[usize]) -> Vec<SourceCount> {
    let mut counts: Vec<SourceCount> = sources
        .labels()
        .into_iter()
        .zip(&sources.0)
        .map(|(label, source)| SourceCount { label, frames: 0, times: source.times, held_out: 0 })
        .collect();
    for (indices, held) in [(indices, false), (held_out, true)] {
        for count in indices.iter().filter_map(|index| source(dataset, *index)) {
            if let Some(count) = counts.get_mut(count) {
                *if held { &mut count.held_out } else { &mut count.frames } += 1;
            }
        }
    }
    counts
}

/// Whether the focal length of every frame is known; asks no picture.
///
/// # Errors
/// [`Error::Usage`] naming the source, its first frame without one, and the remedy.
pub fn focal_is_known(frames: &Frames, canonical_focal: f64) -> Result<()> {
    for index in &frames.indices {
        let (_, data, own) = part(frames, *index);
        if data.intrinsics(own)?.is_some() {
            continue;
        }
        let remedy = match (data.kind(), data.spec().starts_with("pairs:")) {
            (_, true) => "write intrinsics.json beside the pictures, or `,f=PIXELS` behind the specification",
            (DataKind::Kitti, _) => "put calib_cam_to_cam.txt into the folder of the date",
            _ => "leave these data out, give --own-focal SHARE of the width, or --canonical-focal 0",
        };
        let name = data.names().get(own).map_or("a frame", String::as_str);
        return Err(Error::Usage(format!(
            "{}: the focal length of {name} is not known, which a canonical one of {canonical_focal} pixels asks for; \
             {remedy}",
            data.spec()
        )));
    }
    Ok(())
}

/// The source of a frame, its number, and the frame's index in it.
fn part(frames: &Frames, index: usize) -> (usize, &dyn Dataset, usize) {
    frames.dataset.part(index).unwrap_or((0, &*frames.dataset, index))
}

/// How far a known focal length may be from that of the one camera that all frames are said to come from.
const SAME_CAMERA: f64 = 0.03;

/// Whether no frame is known to come from another camera than one whose focal length is `own` times the longer side; of each
/// source the first frame is looked at, and frames whose camera nobody knows are taken to be its.
///
/// # Errors
/// [`Error::Usage`] naming the source and the remedy; [`Error::File`] when that frame cannot be read.
pub fn is_of_one_camera(frames: &Frames, own: f64) -> Result<()> {
    let mut looked_at = std::collections::BTreeSet::new();
    for index in &frames.indices {
        let (number, data, frame) = part(frames, *index);
        if !looked_at.insert(number) {
            continue;
        }
        let Some(camera) = data.intrinsics(frame)? else { continue };
        let share = camera.fx / data.frame(frame)?.longer_side();
        if (share / own - 1.0).abs() > SAME_CAMERA {
            return Err(Error::Usage(format!(
                "{}: its camera's focal length is {share:.4} of the picture's longer side, and own_focal says {own}; give \
                 --own-focal {share:.4} where all pictures are of that camera, or 0 where there are several",
                data.spec()
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::feed::Feed;
    use super::super::fixtures;
    use super::*;
    use crate::data::synthetic::layout::{Layout, write};
    use crate::data::synthetic::sequence::{Kind, Sequence};
    use std::path::Path;

    /// Pictures and depth of the same names in millimetres, nothing known of the camera.
    fn pairs(dir: &Path, count: usize) {
        let sequence = Sequence::new(Kind::Room, 9, [64, 48]).unwrap();
        write(&sequence, Layout::Nyu, count, dir, &mut |_, _| true).unwrap();
        std::fs::rename(dir.join("rgb"), dir.join("image")).unwrap();
        std::fs::remove_file(dir.join("splits.csv")).unwrap();
    }

    #[test]
    fn two_sources_are_mixed_repeated_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = fixtures::config(&folder.path().join("rooms"), 6);
        pairs(&folder.path().join("streets"), 4);
        config.data.data += &format!(",limit=4 + pairs:{}@1000,times=3", folder.path().join("streets").display());
        config.data.val_fraction = 0.0;
        let list = folder.path().join("held.txt");
        std::fs::write(&list, "# one room, one street\nroom_0001\nstreets/*3\n").unwrap();
        config.data.val_scenes = list.display().to_string();
        let mut feed = Feed::open(&config).unwrap();
        let count = |label: &str, frames, times, held_out| SourceCount { label: label.into(), frames, times, held_out };
        assert_eq!(feed.sources(), [count("rooms", 2, 1, 2), count("streets", 3, 3, 1)]);
        assert_eq!((feed.frames.indices.len(), feed.batches_per_epoch()), (5, 11 / 2));
        let names: Vec<String> = (0..5).flat_map(|number| feed.batch(number).unwrap().names).collect();
        assert!(names.iter().any(|n| n.starts_with("rooms/")) && names.iter().any(|n| n.starts_with("streets/")));
        assert!(names.iter().all(|name| !name.ends_with("/3")), "{names:?}");
        let mut again = Feed::open(&config).unwrap();
        assert_eq!(again.batch(1).unwrap().names, names[2..4], "the same order by the seed");
        let told = feed.describe(None);
        assert!(told.contains("; pairs streets, 3 frames, without the scenes"), "{told}");
        // Weights that had seen the rooms leave the street alone held out.
        let told = feed.describe(Some("NYU Depth V2"));
        assert!(
            told.contains("3 frames, without the scenes streets/3; started from weights trained on: NYU"),
            "{told}"
        );
        assert!(feed.is_known_to("NYU Depth V2") && !feed.is_known_to("KITTI"));
        config.data.split = "all".into();
        assert!(Feed::open(&config).err().unwrap().to_string().contains("SPEC,split=all"));
    }

    #[test]
    fn without_a_focal_length_a_source_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        pairs(folder.path(), 3);
        let mut config = fixtures::config(&folder.path().join("rooms"), 4);
        fixtures::small(&mut config);
        config.augment.canonical_focal = 25.0;
        let spec = format!("pairs:{}@1000", folder.path().display());
        let rooms = std::mem::replace(&mut config.data.data, format!("synthetic:road,limit=2 + {spec}"));
        config.data.val_fraction = 0.0;
        let error = Feed::open(&config).err().unwrap();
        let text = error.to_string();
        assert!(
            error.exit_code() == 2 && text.starts_with(&format!("{spec}: ")) && text.contains(",f=PIXELS"),
            "{text}"
        );
        config.data.val = std::mem::replace(&mut config.data.data, rooms);
        assert!(Feed::open(&config).err().unwrap().to_string().contains(",f=PIXELS"), "validation needs it too");
        config.data.val.clear();
        config.data.data = format!("{spec},f=40");
        let batch = Feed::open(&config).unwrap().batch(0).unwrap();
        config.data.data = spec;
        config.augment.own_focal = 0.625;
        let own = Feed::open(&config).unwrap().batch(0).unwrap();
        assert_eq!(own.depth, batch.depth, "0.625 of 64 columns, whatever is known");
        config.data.data += ",f=48";
        let error = Feed::open(&config).err().unwrap();
        assert!(error.exit_code() == 2 && error.to_string().contains("--own-focal 0.7500"), "{error}");
        config.data.data = format!("{},f=40", &config.data.data[..config.data.data.len() - 5]);
        assert_eq!(Feed::open(&config).unwrap().batch(0).unwrap().depth, batch.depth);
        // 40 pixels of 64 at an input as wide: depth × 25 / 40.
        (config.augment.canonical_focal, config.augment.own_focal) = (0.0, 0.0);
        let plain = Feed::open(&config).unwrap().batch(0).unwrap();
        assert!(batch.depth.iter().zip(&plain.depth).all(|(a, b)| (a - b * 0.625).abs() < 1e-5));
        assert!(plain.depth.iter().any(|depth| *depth > 1.0));
    }
}
