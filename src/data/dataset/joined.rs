//! [`Joined`]: several data sets as one, one behind the other.

use super::{DataKind, Dataset, GroundTruth, no_such_frame};
use crate::error::Result;
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;
use std::sync::Arc;

/// Several data sets as one. A frame's name is the label of its data set, a slash and its name there.
pub struct Joined {
    spec: String,
    parts: Vec<Arc<dyn Dataset>>,
    names: Vec<String>,
    /// Number of the part that each frame is of, and its number there.
    places: Vec<(usize, usize)>,
}

impl Joined {
    /// The data sets with their labels, which differ from each other.
    pub fn new(spec: String, parts: Vec<(String, Arc<dyn Dataset>)>) -> Self {
        let (mut names, mut places) = (Vec::new(), Vec::new());
        for (number, (label, part)) in parts.iter().enumerate() {
            names.extend(part.names().iter().map(|name| format!("{label}/{name}")));
            places.extend((0..part.names().len()).map(|index| (number, index)));
        }
        Self { spec, parts: parts.into_iter().map(|(_, part)| part).collect(), names, places }
    }

    fn find(&self, index: usize) -> Result<(&dyn Dataset, usize)> {
        let place = self.part(index).map(|(_, part, own)| (part, own));
        place.ok_or_else(|| no_such_frame(&self.spec, index, self.names.len()))
    }

    fn named(&self, index: usize, frame: Frame) -> Frame {
        Frame { name: self.names[index].clone(), ..frame }
    }
}

impl Dataset for Joined {
    fn spec(&self) -> &str {
        &self.spec
    }

    fn kind(&self) -> DataKind {
        let mut kinds = self.parts.iter().map(|part| part.kind());
        let first = kinds.next().unwrap_or(DataKind::Other);
        if kinds.all(|kind| kind == first) { first } else { DataKind::Other }
    }

    fn names(&self) -> &[String] {
        &self.names
    }

    fn scene(&self, index: usize) -> Option<&str> {
        self.part(index).and_then(|(_, part, own)| part.scene(own))
    }

    fn part(&self, index: usize) -> Option<(usize, &dyn Dataset, usize)> {
        let (number, own) = *self.places.get(index)?;
        Some((number, &**self.parts.get(number)?, own))
    }

    fn frame(&self, index: usize) -> Result<Frame> {
        let (part, own) = self.find(index)?;
        part.frame(own).map(|frame| self.named(index, frame))
    }

    fn preview(&self, index: usize) -> Result<Frame> {
        let (part, own) = self.find(index)?;
        part.preview(own).map(|frame| self.named(index, frame))
    }

    fn truth(&self, index: usize) -> Result<Option<GroundTruth>> {
        let (part, own) = self.find(index)?;
        part.truth(own)
    }

    fn intrinsics(&self, index: usize) -> Result<Option<Intrinsics>> {
        let (part, own) = self.find(index)?;
        part.intrinsics(own)
    }

    fn listed(&self) -> bool {
        self.parts.iter().any(|part| part.listed())
    }

    fn without_truth(&self) -> usize {
        self.parts.iter().map(|part| part.without_truth()).sum()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::OpenOptions;
    use super::super::synthetic::Synthetic;
    use super::*;
    use crate::data::synthetic::sequence::Kind;

    fn part(kind: Kind, limit: usize) -> Arc<dyn Dataset> {
        let options = OpenOptions { limit: Some(limit), ..OpenOptions::default() };
        Arc::new(Synthetic::with_size(kind, &options, [32, 24]).unwrap())
    }

    #[test]
    fn every_frame_is_that_of_its_own_data_set() {
        let parts = [("a", Kind::Room, 2), ("b", Kind::Road, 3)];
        let parts = parts.map(|(label, kind, limit)| (label.to_owned(), part(kind, limit)));
        let (room, road) = (parts[0].1.clone(), parts[1].1.clone());
        let all = Joined::new("both".into(), parts.into());
        assert_eq!(all.names(), ["a/room/000", "a/room/001", "b/road/000", "b/road/001", "b/road/002"]);
        for (index, own, part, number) in [(1, 1, &room, 0), (2, 0, &road, 1), (4, 2, &road, 1)] {
            let (frame, expected) = (all.frame(index).unwrap(), part.frame(own).unwrap());
            assert_eq!((frame.name.as_str(), frame.rgb), (all.names()[index].as_str(), expected.rgb));
            assert_eq!(all.truth(index).unwrap().unwrap().map, part.truth(own).unwrap().unwrap().map);
            assert_eq!(all.intrinsics(index).unwrap(), part.intrinsics(own).unwrap());
            assert_eq!(frame.focal, part.intrinsics(own).unwrap().map(|camera| camera.fx), "a frame knows its camera");
            assert_eq!(all.scene(index), part.scene(own));
            assert_eq!(all.part(index).map(|(part, _, index)| (part, index)), Some((number, own)));
        }
        assert!(all.frame(5).is_err() && all.truth(5).is_err() && all.part(5).is_none() && all.scene(5).is_none());
        assert!(room.part(0).is_none(), "a data set by itself has no parts");
    }
}
