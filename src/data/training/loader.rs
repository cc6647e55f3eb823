//! [`Loader`]: batches made ahead of the trainer by other threads, in the plan's order.

use super::augment::AugmentConfig;
use super::cache::Cache;
use super::plan::{BatchPlan, Planned};
use super::rng::Key;
use super::sample::{Sample, make_sample};
use crate::data::dataset::Dataset;
use crate::data::dataset::read_ahead::ReadAhead;
use crate::error::{Error, Result};
use crate::guard::guard;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Samples in a row that may fail before the data set counts as gone.
const PATIENCE: usize = 16;
/// Frames that could be read before and are looked at again beside one that cannot be read.
const PROBES: usize = 3;
/// One of so many samples may be broken.
const BROKEN: usize = 10;

/// One batch as the trainer takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The epoch, from 0.
    pub epoch: usize,
    /// Its number in the epoch, from 0.
    pub number: usize,
    /// The network's width and height.
    pub size: [usize; 2],
    /// N×3×H×W, RGB in 0…1.
    pub images: Vec<f32>,
    /// N×1×h×w in metres at the output's size; 0 where there is none.
    pub depth: Vec<f32>,
    /// True when every pixel of `depth` has a value: no mask is needed.
    pub dense: bool,
    /// The output's width and height.
    pub output: [usize; 2],
    /// The samples' names in the data set.
    pub names: Vec<String>,
    /// Samples that could not be read, and what stands in their place.
    pub replaced: Vec<Replaced>,
    /// How long the trainer waited for it.
    pub waited: Duration,
}

/// A broken sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Its number in the data set.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// What was wrong with it, one sentence.
    pub reason: String,
}

/// How much is done ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoaderOptions {
    /// Threads that decode and augment, each a batch at a time.
    pub threads: usize,
    /// Batches that are begun and not yet taken, at most.
    pub ahead: usize,
    /// Bytes of decoded pictures and depth that are kept from epoch to epoch; NYU's 795 pairs take 1.1 GB; 0 keeps
    /// none.
    pub cache_bytes: u64,
}

impl Default for LoaderOptions {
    /// One thread, three batches, no cache: a batch takes a thirtieth of the time of a step on the same processor.
    fn default() -> Self {
        Self { threads: 1, ahead: 3, cache_bytes: 0 }
    }
}

/// Makes the batches of a plan from a place on, without end. Dropping it stops and joins its threads,
/// `training-loader-0` ….
///
/// A sample that cannot be read is replaced by the next good one of the epoch's order that is not in the batch yet,
/// and reported in
/// [`Batch::replaced`]; the batches do not depend on the number of threads. But where frames of the same source that could be
/// read before cannot be read either, the data are gone, and what a cache still holds of them is no replacement.
pub struct Loader {
    spec: String,
    samples: usize,
    broken: BTreeSet<usize>,
    first: Option<Replaced>,
    waited: Duration,
    reader: ReadAhead<Result<Batch>>,
}

impl Loader {
    /// Starts with the batch `number` of an epoch; a number beyond its last one is in the next.
    ///
    /// # Errors
    /// [`Error::Usage`] when the augmentation makes no sense or the plan names a frame that the data set does not
    /// have, and
    /// when the system gives no thread.
    pub fn start(
        dataset: Arc<dyn Dataset>,
        plan: BatchPlan,
        augment: AugmentConfig,
        options: LoaderOptions,
        epoch: usize,
        number: usize,
    ) -> Result<Self> {
        augment.check()?;
        let (spec, samples) = (dataset.spec().to_owned(), plan.indices.len());
        let count = dataset.names().len();
        if let Some(index) = plan.indices.iter().find(|index| **index >= count) {
            return Err(crate::data::dataset::no_such_frame(&spec, *index, count));
        }
        let maker = Maker { cache: Cache::new(dataset, options.cache_bytes), plan, augment, good: Mutex::default() };
        let work = move |ahead: usize| {
            let (epoch, number) = maker.plan.position(epoch, number.saturating_add(ahead));
            maker.batch(epoch, number)
        };
        let reader = ReadAhead::start("training-loader", options.threads, options.ahead, usize::MAX, work)?;
        Ok(Self { spec, samples, broken: BTreeSet::new(), first: None, waited: Duration::ZERO, reader })
    }

    /// The next batch of the plan; waits for it and says how long in [`Batch::waited`].
    ///
    /// # Errors
    /// One sentence when more than a tenth of the samples turned out to be broken, when nothing of the data set can be
    /// read any
    /// more, and when the memory for a batch is not there. The plan goes on behind a failed batch; a trainer that
    /// wants it
    /// starts a new loader at its place.
    pub fn next_batch(&mut self) -> Result<Batch> {
        let start = Instant::now();
        let next = self.reader.next();
        let waited = start.elapsed();
        self.waited += waited;
        let mut batch =
            next.unwrap_or_else(|| Err(Error::Failed(format!("{}: all batches were made", self.spec))))??;
        batch.waited = waited;
        for replaced in &batch.replaced {
            self.broken.insert(replaced.index);
            self.first.get_or_insert_with(|| replaced.clone());
        }
        let few = self.samples.div_ceil(BROKEN);
        if let Some(first) = self.first.as_ref().filter(|_| self.broken.len() > few) {
            let (broken, all) = (self.broken.len(), self.samples);
            let what = format!("{broken} of {all} samples cannot be read, the first because: {}", first.reason);
            return Err(Error::Failed(format!("{}: {what}; repair the data and resume", self.spec)));
        }
        Ok(batch)
    }

    /// Time spent waiting in [`Loader::next_batch`] so far.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// Samples that turned out to be broken so far, as numbers in the data set.
    pub fn broken(&self) -> &BTreeSet<usize> {
        &self.broken
    }
}

/// What the threads share.
struct Maker {
    cache: Cache,
    plan: BatchPlan,
    augment: AugmentConfig,
    /// Frames that could be read.
    good: Mutex<BTreeSet<usize>>,
}

impl Maker {
    fn batch(&self, epoch: usize, number: usize) -> Result<Batch> {
        let order = self.plan.order(epoch);
        let Planned { size, output, indices, first, .. } = self.plan.batch_of(&order, epoch, number);
        let mut batch = Batch {
            epoch,
            number,
            size,
            images: Vec::with_capacity(indices.len() * 3 * size[0] * size[1]),
            depth: Vec::with_capacity(indices.len() * output[0] * output[1]),
            dense: false,
            output,
            names: Vec::with_capacity(indices.len()),
            replaced: Vec::new(),
            waited: Duration::ZERO,
        };
        // What is in the batch, or was tried for it.
        let mut used: BTreeSet<usize> = indices.iter().copied().collect();
        let mut spare = first + indices.len();
        for (place, index) in indices.iter().enumerate() {
            let key = Key { seed: self.plan.seed, epoch, number: first + place };
            let sample = self.sample(*index, key, &mut batch, &mut used, &order, &mut spare)?;
            batch.images.extend_from_slice(&sample.image);
            batch.depth.extend_from_slice(&sample.depth);
        }
        batch.dense = batch.depth.iter().all(|v| *v > 0.0);
        Ok(batch)
    }

    /// The sample of a place of the batch, or that of the next good frame.
    fn sample(
        &self,
        index: usize,
        key: Key,
        batch: &mut Batch,
        used: &mut BTreeSet<usize>,
        order: &[usize],
        spare: &mut usize,
    ) -> Result<Sample> {
        let dataset = self.cache.dataset();
        let name = |index: usize| dataset.names().get(index).cloned().unwrap_or_default();
        let mut index = index;
        let mut last = String::new();
        for _ in 0..PATIENCE {
            match self.make(index, batch.size, batch.output, key) {
                Ok(sample) => {
                    self.good().insert(index);
                    batch.names.push(name(index));
                    return Ok(sample);
                }
                Err(error) => {
                    last = error.to_string();
                    if self.is_gone(index) {
                        break;
                    }
                    batch.replaced.push(Replaced { index, name: name(index), reason: last.clone() });
                }
            }
            // Once round the epoch at most; a frame is twice in a batch only when there is no other.
            let from = *spare;
            let rest = || (0..order.len()).map(|step| (from + step + 1, order[(from + step) % order.len()]));
            let is_broken = |index: usize| batch.replaced.iter().any(|r| r.index == index);
            let next =
                rest().find(|(_, next)| !used.contains(next)).or_else(|| rest().find(|(_, next)| !is_broken(*next)));
            let Some((after, next)) = next else { break };
            *spare = after;
            used.insert(next);
            index = next;
        }
        let what = format!("nothing can be read any more ({last})");
        Err(Error::Failed(format!("{}: {what}; put the data back and resume", dataset.spec())))
    }

    /// Whether no frame of the same source that could be read before can be read any more, the cache apart; without such a
    /// frame the next ones of the order show it.
    fn is_gone(&self, index: usize) -> bool {
        let dataset = self.cache.dataset();
        let source = |index: usize| dataset.part(index).map(|(number, ..)| number);
        let same = |other: &&usize| **other != index && source(**other) == source(index);
        let probes: Vec<usize> = self.good().iter().rev().filter(same).take(PROBES).copied().collect();
        let reads = |index: &usize| {
            let read = || Ok(dataset.frame(*index).is_ok() && dataset.truth(*index)?.is_some());
            guard("a picture could not be read", "leave it out", read).and_then(|read| read).unwrap_or(false)
        };
        !probes.is_empty() && !probes.iter().any(reads)
    }

    fn good(&self) -> MutexGuard<'_, BTreeSet<usize>> {
        // A panic while a number is put in leaves the others.
        self.good.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make(&self, index: usize, size: [usize; 2], output: [usize; 2], key: Key) -> Result<Sample> {
        guard("a picture could not be read", "leave it out", || {
            let decoded = self.cache.get(index)?;
            make_sample(&decoded.frame, &decoded.truth, decoded.camera.as_ref(), size, output, &self.augment, key)
        })?
    }
}

#[cfg(test)]
#[path = "loader_tests.rs"]
mod tests;
