//! [`BatchPlan`]: which samples make which batch, and at which size: pure functions of (seed, epoch, number).

use super::rng::{Key, Purpose, Random};
use super::sample::output_size;
use super::sizes::SizePlan;
use crate::error::{Error, Result};
use std::sync::Arc;

/// The plan of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchPlan {
    /// The run's seed.
    pub seed: u64,
    /// Samples a batch.
    pub batch: usize,
    /// The network's sizes.
    pub sizes: SizePlan,
    /// Leave the remainder of an epoch out (reference.md 6.2: a batch of one would weigh double).
    pub drop_last: bool,
    /// The frames trained on, as numbers in the data set.
    pub indices: Arc<[usize]>,
    /// Batches of the whole run, by which sizes that grow know where they are; 0 for a run without an end, which begins
    /// with the sizes grown.
    pub length: usize,
}

/// One batch of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The epoch, from 0.
    pub epoch: usize,
    /// Its number in the epoch, from 0.
    pub number: usize,
    /// Numbers of its frames in the data set.
    pub indices: Vec<usize>,
    /// Its first sample's place in the epoch's order; the keys of its samples count from here.
    pub first: usize,
    /// The network's width and height.
    pub size: [usize; 2],
    /// The output's width and height, half of them rounded up.
    pub output: [usize; 2],
}

impl BatchPlan {
    /// A plan over these frames.
    ///
    /// # Errors
    /// [`Error::Usage`] when the batch is empty, larger than 1024 or, with `drop_last`, larger than the number of
    /// frames; when
    /// there is no frame; and when the sizes make no sense.
    pub fn new(indices: Vec<usize>, batch: usize, sizes: SizePlan, seed: u64, drop_last: bool) -> Result<Self> {
        sizes.check()?;
        let count = indices.len();
        if !(1..=1024).contains(&batch) {
            return Err(Error::Usage(format!("batch = {batch} is out of range; give a number from 1 to 1024")));
        }
        if count == 0 {
            return Err(Error::Usage("no frame is left to train on; hold fewer out, or give other data".into()));
        }
        if drop_last && count < batch {
            return Err(Error::Usage(format!(
                "batch = {batch} is more than the {count} frames to train on; give at most {count}"
            )));
        }
        Ok(Self { seed, batch, sizes, drop_last, indices: indices.into(), length: 0 })
    }

    /// Batches of one epoch, at least 1.
    pub fn batches_per_epoch(&self) -> usize {
        let count = self.indices.len();
        if self.drop_last { count / self.batch } else { count.div_ceil(self.batch) }.max(1)
    }

    /// The order of an epoch (Fisher–Yates by seed and epoch), as numbers in the data set.
    pub fn order(&self, epoch: usize) -> Vec<usize> {
        let mut order = self.indices.to_vec();
        Random::new(Key { seed: self.seed, epoch, number: 0 }, Purpose::Order).shuffle(&mut order);
        order
    }

    /// A batch; numbers beyond the epoch's last go on in the next epoch.
    pub fn batch(&self, epoch: usize, number: usize) -> Planned {
        let (epoch, number) = self.position(epoch, number);
        self.batch_of(&self.order(epoch), epoch, number)
    }

    /// The same with the epoch's order at hand.
    pub(super) fn batch_of(&self, order: &[usize], epoch: usize, number: usize) -> Planned {
        let first = (number * self.batch).min(order.len());
        let indices = order[first..(first + self.batch).min(order.len())].to_vec();
        let behind = epoch.saturating_mul(self.batches_per_epoch()).saturating_add(number);
        let done = if self.length > 0 { behind as f64 / self.length as f64 } else { 1.0 };
        let size = self.sizes.draw(Key { seed: self.seed, epoch, number }, done);
        Planned { epoch, number, indices, first, size, output: output_size(size) }
    }

    /// Epoch and number with the number below [`BatchPlan::batches_per_epoch`].
    pub(super) fn position(&self, epoch: usize, number: usize) -> (usize, usize) {
        let count = self.batches_per_epoch();
        (epoch.saturating_add(number / count), number % count)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn plan(count: usize, batch: usize, drop_last: bool) -> BatchPlan {
        let sizes = "range 35840..143360 aspect 1.2..1.6".parse().unwrap();
        BatchPlan::new((100..100 + count).collect(), batch, sizes, 9, drop_last).unwrap()
    }

    #[test]
    fn an_epoch_has_every_frame_once_in_an_order_of_its_own() {
        let whole = plan(23, 4, false);
        assert_eq!(whole.batches_per_epoch(), 6);
        let epoch = |e: usize| (0..6).flat_map(|n| whole.batch(e, n).indices).collect::<Vec<_>>();
        for e in 0..3 {
            let mut all = epoch(e);
            assert_eq!(all, whole.order(e));
            all.sort_unstable();
            assert_eq!(all, (100..123).collect::<Vec<_>>());
        }
        assert_ne!(epoch(0), epoch(1));
        assert_eq!(whole.batch(1, 5).indices.len(), 3);
        let dropped = plan(23, 4, true);
        assert_eq!(dropped.batches_per_epoch(), 5);
        assert!((0..5).all(|n| dropped.batch(0, n).indices.len() == 4));
        assert_eq!(dropped.batch(0, 7), dropped.batch(1, 2), "the next epoch goes on");
    }

    #[test]
    fn a_batch_depends_on_seed_epoch_and_number_only() {
        let (a, b) = (plan(40, 8, true), plan(40, 8, true));
        assert_eq!(a.batch(3, 2), b.batch(3, 2));
        let other = BatchPlan { seed: 10, ..a.clone() };
        assert_ne!(a.batch(3, 2).indices, other.batch(3, 2).indices);
        let sizes: std::collections::BTreeSet<_> =
            (0..5).flat_map(|e| (0..5).map(move |n| (e, n))).map(|(e, n)| a.batch(e, n).size).collect();
        assert!(sizes.len() > 5, "{sizes:?}");
        let planned = a.batch(0, 3);
        assert_eq!((planned.first, planned.output), (24, planned.size.map(|v| v / 2)));
    }

    #[test]
    fn sizes_grow_over_the_length_of_the_run() {
        let mut plan = plan(40, 8, true);
        plan.sizes = "range 35840..143360 aspect 1.2..1.6 grow 0.25 until 0.5".parse().unwrap();
        let area = |plan: &BatchPlan, epochs: std::ops::Range<usize>| -> usize {
            epochs
                .flat_map(|e| (0..5).map(move |n| (e, n)))
                .map(|(e, n)| plan.batch(e, n).size)
                .map(|[w, h]| w * h)
                .sum()
        };
        let endless = plan.clone();
        plan.length = 100;
        assert!(area(&plan, 0..5) * 2 < area(&endless, 0..5));
        assert_eq!(area(&plan, 10..20), area(&endless, 10..20));
    }

    #[test]
    fn over_many_epochs_a_frame_stands_everywhere_equally_often() {
        let plan = plan(10, 5, true);
        let places = (0..5000).map(|epoch| plan.order(epoch).iter().position(|i| *i == 103).unwrap());
        let mut counts = [0usize; 10];
        places.for_each(|p| counts[p] += 1);
        assert!(counts.iter().all(|c| (420..580).contains(c)), "{counts:?}");
    }

    #[test]
    fn plans_that_cannot_be_are_refused() {
        let new = |count: usize, batch: usize, drop_last| {
            BatchPlan::new((0..count).collect(), batch, SizePlan::Fixed([64, 64]), 0, drop_last)
        };
        for (count, batch) in [(0, 1), (5, 0), (5, 6), (5000, 2000)] {
            assert_eq!(new(count, batch, true).unwrap_err().exit_code(), 2);
        }
        assert_eq!(new(5, 6, false).unwrap().batches_per_epoch(), 1);
        assert!(BatchPlan::new(vec![0], 1, SizePlan::Fixed([8, 8]), 0, true).is_err());
    }
}
