//! `synthetic:room` and `synthetic:road`: the procedural scenes as a data set, rendered when they are asked for.
//!
//! Nothing to download: what a person without any data tries the program on. The ground truth is the exact depth at
//! each pixel's centre. Frames are named `room/000` and so on; the same every time.

use super::spec::SceneKind;
use super::{DataKind, Dataset, GroundTruth, OpenOptions, Split, TruthSource, no_such_frame};
use crate::data::synthetic::ROAD_SEED;
use crate::data::synthetic::sequence::{Kind, MAX_FRAMES, Sequence};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;

/// A procedural scene seen along its path; see the head of this file.
#[derive(Debug)]
pub struct Synthetic {
    spec: &'static str,
    names: Vec<String>,
    sequence: Sequence,
    /// The same with small pictures.
    small: Sequence,
}

/// How much smaller previews are to each side: rendering them takes a sixteenth of the time.
const SMALLER: usize = 4;

impl Synthetic {
    /// Lays the scene out at its full size; renders nothing.
    ///
    /// # Errors
    /// When a split is asked for.
    pub fn open(kind: SceneKind, options: &OpenOptions) -> Result<Self> {
        let kind = match kind {
            SceneKind::Room => Kind::Room,
            SceneKind::Road => Kind::Road,
        };
        Self::with_size(kind, options, kind.size())
    }

    /// The same with smaller pictures, which are quick to render.
    ///
    /// # Errors
    /// When a split is asked for, or the size is none that can be rendered.
    pub fn with_size(kind: Kind, options: &OpenOptions, size: [usize; 2]) -> Result<Self> {
        let (spec, name) = match kind {
            Kind::Room => ("synthetic:room", "room"),
            Kind::Road => ("synthetic:road", "road"),
        };
        if options.split.as_ref().is_some_and(|split| *split != Split::All) {
            return Err(Error::Usage(format!(
                "a split asks for frames of NYU or KITTI, and {spec} is neither; leave --split out"
            )));
        }
        let count = MAX_FRAMES.min(options.limit.unwrap_or(MAX_FRAMES));
        let names = (0..count).map(|i| format!("{name}/{i:03}")).collect();
        let small = Sequence::new(kind, ROAD_SEED, size.map(|side| (side / SMALLER).max(8)))?;
        Ok(Self { spec, names, sequence: Sequence::new(kind, ROAD_SEED, size)?, small })
    }

    fn check(&self, index: usize) -> Result<&str> {
        let name = self.names.get(index).map(String::as_str);
        name.ok_or_else(|| no_such_frame(self.spec, index, self.names.len()))
    }
}

impl Dataset for Synthetic {
    fn spec(&self) -> &str {
        self.spec
    }

    fn kind(&self) -> DataKind {
        DataKind::Other
    }

    fn names(&self) -> &[String] {
        &self.names
    }

    fn scene(&self, _: usize) -> Option<&str> {
        Some(self.sequence.kind().name())
    }

    fn frame(&self, index: usize) -> Result<Frame> {
        let name = self.check(index)?;
        let focal = Some(self.sequence.rig().intrinsics.fx);
        Ok(Frame { name: name.to_owned(), focal, ..self.sequence.picture(index, false) })
    }

    fn preview(&self, index: usize) -> Result<Frame> {
        let name = self.check(index)?;
        Ok(Frame { name: name.to_owned(), ..self.small.picture(index, false) })
    }

    fn truth(&self, index: usize) -> Result<Option<GroundTruth>> {
        self.check(index)?;
        let map = self.sequence.depth(index, false);
        Ok(Some(GroundTruth { map, source: TruthSource::Synthetic, half_resolution: false }))
    }

    fn intrinsics(&self, index: usize) -> Result<Option<Intrinsics>> {
        self.check(index)?;
        Ok(Some(self.sequence.rig().intrinsics))
    }

    fn listed(&self) -> bool {
        false
    }

    fn without_truth(&self) -> usize {
        0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::DataSpec;
    use super::*;
    use crate::data::synthetic::layout;

    #[test]
    fn frames_and_truth_belong_together_and_are_the_same_every_time() {
        for kind in [Kind::Room, Kind::Road] {
            let options = OpenOptions { limit: Some(3), ..OpenOptions::default() };
            let size = kind.size().map(|v| v / 10);
            let [a, b] = [(); 2].map(|()| Synthetic::with_size(kind, &options, size).unwrap());
            assert_eq!(a.names().len(), 3);
            let (frame, truth) = (a.frame(2).unwrap(), a.truth(2).unwrap().unwrap());
            assert_eq!([frame.width, frame.height], size);
            assert_eq!([truth.map.width(), truth.map.height()], size);
            assert_eq!(frame.name, a.names()[2]);
            assert_eq!(frame.rgb, b.frame(2).unwrap().rgb);
            assert_eq!(truth.map, b.truth(2).unwrap().unwrap().map);
            assert_ne!(frame.rgb, a.frame(0).unwrap().rgb, "the camera moves");
            let preview = a.preview(2).unwrap();
            assert_eq!([preview.width, preview.height], size.map(|side| (side / SMALLER).max(8)));
            let mean = |frame: &Frame| frame.rgb.iter().map(|v| f64::from(*v)).sum::<f64>() / frame.rgb.len() as f64;
            assert!((mean(&preview) - mean(&frame)).abs() < 12.0, "it is the same picture, smaller");
            assert!(a.preview(3).is_err());
            let k = a.intrinsics(0).unwrap().unwrap();
            assert!((0.0..size[0] as f64).contains(&k.cx));
            assert!(a.frame(3).is_err() && a.truth(3).is_err() && a.intrinsics(3).is_err());
        }
    }

    #[test]
    fn what_is_written_as_nyus_pairs_is_read_as_such() {
        let dir = tempfile::tempdir().unwrap();
        let sequence = Sequence::new(Kind::Room, 5, [64, 48]).unwrap();
        layout::write(&sequence, layout::Layout::Nyu, 2, dir.path(), &mut |_, _| true).unwrap();
        let data = super::super::open(&DataSpec::Nyu(dir.path().to_owned()), &OpenOptions::default()).unwrap();
        assert_eq!(data.names(), ["0", "1"]);
        assert_eq!(data.scene(1), Some("synthetic_room_0001"));
        let (frame, picture) = (data.frame(1).unwrap(), sequence.picture(1, false));
        let off: u32 = frame.rgb.iter().zip(&picture.rgb).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        assert!(f64::from(off) < 6.0 * picture.rgb.len() as f64, "JPEG is near: {off}");
        let (truth, exact) = (data.truth(1).unwrap().unwrap(), sequence.depth(1, false));
        assert!((truth.map.at(7, 9).unwrap() - exact.at(14, 18).unwrap()).abs() < 0.001);
    }

    #[test]
    fn splits_are_of_other_data() {
        let options = OpenOptions { split: Some(Split::NyuTest), ..OpenOptions::default() };
        assert_eq!(Synthetic::open(SceneKind::Room, &options).unwrap_err().exit_code(), 2);
    }
}
