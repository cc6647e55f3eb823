//! [`Loader`]: frames and ground truth of a data set, decoded ahead by other threads, in order.

use super::read_ahead::ReadAhead;
use super::{Dataset, GroundTruth};
use crate::error::Result;
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is read and how far ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadOptions {
    /// Threads that decode.
    pub threads: usize,
    /// Frames that are read and not yet taken, at most: 3 to 4 MB each for KITTI with its ground truth.
    pub ahead: usize,
    /// Read ground truth and intrinsics too.
    pub truth: bool,
}

impl Default for LoadOptions {
    /// Two threads, six frames, with ground truth: decoding takes a tenth of a network's time on the same processor.
    fn default() -> Self {
        Self { threads: 2, ahead: 6, truth: true }
    }
}

/// One frame with what belongs to it. Each part has its own error: a broken ground truth does not hide the picture.
#[derive(Debug)]
pub struct Loaded {
    /// Its number in [`Dataset::names`].
    pub index: usize,
    /// The picture.
    pub frame: Result<Frame>,
    /// The ground truth; `Ok(None)` where there is none, or none was asked for.
    pub truth: Result<Option<GroundTruth>>,
    /// The camera; `Ok(None)` where it is not known, or not asked for.
    pub intrinsics: Result<Option<Intrinsics>>,
    /// Processor time that reading, decoding and projecting took on its thread, which others may have kept waiting; time on
    /// the clock where the system does not tell it.
    pub took: Duration,
}

/// Reads the frames `indices` of a data set ahead; an iterator that ends after the last. Dropping it cancels.
#[derive(Debug)]
pub struct Loader {
    indices: Arc<[usize]>,
    taken: usize,
    reader: ReadAhead<Loaded>,
}

impl Loader {
    /// Starts reading on threads named `loader-0`, `loader-1` ….
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(dataset: Arc<dyn Dataset>, indices: Vec<usize>, options: LoadOptions) -> Result<Self> {
        let indices: Arc<[usize]> = indices.into();
        let list = indices.clone();
        let work = move |place: usize| {
            let index = list.get(place).copied().unwrap_or(usize::MAX);
            load(&*dataset, index, options.truth)
        };
        let reader = ReadAhead::start("loader", options.threads, options.ahead, indices.len(), work)?;
        Ok(Self { indices, taken: 0, reader })
    }

    /// The next frame if it is there by now; `None` also after the last ([`Loader::is_over`]).
    pub fn try_next(&mut self) -> Option<Loaded> {
        let result = self.reader.try_next()?;
        Some(self.hand_out(result))
    }

    /// True when every frame was taken.
    pub fn is_over(&self) -> bool {
        self.reader.is_over()
    }

    /// A reader's panic becomes the error of that frame.
    fn hand_out(&mut self, result: Result<Loaded>) -> Loaded {
        let index = self.indices.get(self.taken).copied().unwrap_or(usize::MAX);
        self.taken += 1;
        result.unwrap_or_else(|error| Loaded {
            index,
            frame: Err(error.clone()),
            truth: Err(error.clone()),
            intrinsics: Err(error),
            took: Duration::ZERO,
        })
    }
}

impl Iterator for Loader {
    type Item = Loaded;

    fn next(&mut self) -> Option<Loaded> {
        let result = self.reader.next()?;
        Some(self.hand_out(result))
    }
}

/// Reads one frame on this thread.
pub fn load(dataset: &dyn Dataset, index: usize, truth: bool) -> Loaded {
    let (start, worked) = (Instant::now(), processor_time());
    let frame = dataset.frame(index);
    let (truth, intrinsics) =
        if truth { (dataset.truth(index), dataset.intrinsics(index)) } else { (Ok(None), Ok(None)) };
    let worked = processor_time().zip(worked).and_then(|(end, start)| end.checked_sub(start));
    Loaded { index, frame, truth, intrinsics, took: worked.unwrap_or_else(|| start.elapsed()) }
}

/// Time that this thread has run on a processor, where the system tells (Linux).
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{DataKind, TruthSource};
    use super::*;
    use crate::depth::{DepthMap, DepthUnit};
    use crate::error::Error;

    /// Frame `i` is `i` grey; 2 is broken, 3 has no ground truth, 4 breaks the reader.
    struct Scripted(Vec<String>);

    impl Dataset for Scripted {
        fn spec(&self) -> &str {
            "frames:scripted"
        }
        fn kind(&self) -> DataKind {
            DataKind::Other
        }
        fn names(&self) -> &[String] {
            &self.0
        }
        fn scene(&self, _: usize) -> Option<&str> {
            None
        }
        fn frame(&self, index: usize) -> Result<Frame> {
            match index {
                2 => Err(Error::Failed("two is broken".into())),
                4 => panic!("four"),
                _ => Ok(Frame::new(self.0[index].clone(), 1, 1, vec![index as u8; 3])),
            }
        }
        fn truth(&self, index: usize) -> Result<Option<GroundTruth>> {
            let map = DepthMap::new(1, 1, DepthUnit::Metres, vec![1.0 + index as f32]);
            let truth = GroundTruth { map, source: TruthSource::File, half_resolution: false };
            Ok((index != 3).then_some(truth))
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

    #[test]
    fn waiting_is_no_work() {
        let (Some(start), clock) = (processor_time(), Instant::now()) else { return };
        std::thread::sleep(Duration::from_millis(60));
        let slept = processor_time().unwrap() - start;
        assert!(slept < Duration::from_millis(30) && clock.elapsed() >= Duration::from_millis(60), "{slept:?}");
        let mut sum = 0u64;
        while processor_time().unwrap() - start < slept + Duration::from_millis(5) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
    }

    #[test]
    fn frames_come_in_the_order_asked_for_each_with_its_own_troubles() {
        let names = (0..6).map(|i| i.to_string()).collect();
        let dataset: Arc<dyn Dataset> = Arc::new(Scripted(names));
        let loader = Loader::start(dataset.clone(), vec![5, 0, 2, 4, 3], LoadOptions::default()).unwrap();
        let got: Vec<Loaded> = loader.collect();
        assert_eq!(got.iter().map(|l| l.index).collect::<Vec<_>>(), [5, 0, 2, 4, 3]);
        assert_eq!(got[0].frame.as_ref().unwrap().rgb, [5; 3]);
        assert!(got[2].frame.is_err() && got[2].truth.as_ref().unwrap().is_some());
        assert!(got[3].frame.as_ref().unwrap_err().to_string().contains("four"));
        assert!(got[4].frame.is_ok() && got[4].truth.as_ref().unwrap().is_none());
        let pictures = LoadOptions { truth: false, ..LoadOptions::default() };
        let mut loader = Loader::start(dataset, vec![1], pictures).unwrap();
        let first = std::iter::from_fn(|| (!loader.is_over()).then(|| loader.try_next())).flatten().next().unwrap();
        assert!(first.frame.is_ok() && first.truth.unwrap().is_none());
        assert!(loader.is_over());
    }
}
