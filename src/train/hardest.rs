//! The hardest samples of an epoch: those that the batch loss weighed most.

use super::control::SampleLoss;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Samples that a list names.
pub const MOST: usize = 100;

/// The hardest samples of one epoch, heaviest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hardest {
    /// Which epoch, from 1.
    pub epoch: u64,
    /// It is behind the run; else these are the samples so far.
    pub whole: bool,
    /// Samples that were seen in it.
    pub seen: usize,
    /// The heaviest of them.
    pub samples: Vec<SampleLoss>,
}

/// Collects the samples of the epoch that runs.
#[derive(Debug, Default)]
pub struct Collector {
    epoch: u64,
    samples: BTreeMap<String, (f32, f32)>,
    /// One epoch was told whole: from here on only whole ones are.
    told: bool,
}

impl Collector {
    /// Takes in the samples of a step that brought the run to `epoch` (in parts). The list of an epoch comes with its last
    /// step; that of the first one grows while it runs.
    pub fn step(&mut self, epoch: f64, samples: &[SampleLoss]) -> Option<Arc<Hardest>> {
        // A step that ends at 2.0 exactly belongs to the second epoch.
        let number = (epoch - 1e-9).floor().max(0.0) as u64 + 1;
        let before = (number != self.epoch && !self.samples.is_empty()).then(|| self.list(true));
        if number != self.epoch {
            self.epoch = number;
            self.samples.clear();
        }
        for sample in samples {
            self.samples.insert(sample.name.clone(), (sample.loss, sample.weight));
        }
        let ends = (epoch + 1e-9).floor() as u64 == number;
        if ends {
            let list = self.list(true);
            self.samples.clear();
            return Some(list);
        }
        match before {
            Some(list) => Some(list),
            None => (!self.told).then(|| self.list(false)),
        }
    }

    fn list(&mut self, whole: bool) -> Arc<Hardest> {
        self.told |= whole;
        let seen = self.samples.len();
        let mut all: Vec<(&String, &(f32, f32))> = self.samples.iter().collect();
        let by_weight = |a: &(&String, &(f32, f32)), b: &(&String, &(f32, f32))| {
            b.1.1.total_cmp(&a.1.1).then(b.1.0.total_cmp(&a.1.0))
        };
        if all.len() > MOST {
            all.select_nth_unstable_by(MOST - 1, by_weight);
            all.truncate(MOST);
        }
        all.sort_by(by_weight);
        let sample = |(name, (loss, weight)): (&String, &(f32, f32))| SampleLoss {
            name: name.clone(),
            loss: *loss,
            weight: *weight,
        };
        Arc::new(Hardest { epoch: self.epoch, whole, seen, samples: all.into_iter().map(sample).collect() })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn sample(name: &str, loss: f32, weight: f32) -> SampleLoss {
        SampleLoss { name: name.into(), loss, weight }
    }

    #[test]
    fn the_list_is_that_of_a_whole_epoch_heaviest_first() {
        let mut all = Collector::default();
        let first = all.step(0.5, &[sample("a", 1.0, 0.4), sample("b", 2.0, 0.6)]).unwrap();
        assert!(!first.whole && first.samples[0].name == "b");
        let ended = all.step(1.0, &[sample("c", 3.0, 0.9), sample("d", 0.1, 0.1)]).unwrap();
        let names: Vec<&str> = ended.samples.iter().map(|s| s.name.as_str()).collect();
        assert_eq!((ended.epoch, ended.whole, ended.seen, names), (1, true, 4, vec!["c", "b", "a", "d"]));
        assert_eq!((ended.samples[0].loss, ended.samples[0].weight), (3.0, 0.9));
        // The second epoch says nothing before its end.
        assert_eq!(all.step(1.5, &[sample("a", 9.0, 0.9)]), None);
        let second = all.step(2.0, &[sample("b", 1.0, 0.2)]).unwrap();
        assert_eq!((second.epoch, second.seen, second.samples[0].name.as_str()), (2, 2, "a"));
    }

    #[test]
    fn an_epoch_that_ends_within_a_step_is_told_with_the_next() {
        let mut all = Collector::default();
        all.step(0.75, &[sample("a", 1.0, 0.5)]);
        let told = all.step(1.5, &[sample("b", 1.0, 0.5)]).unwrap();
        assert_eq!((told.epoch, told.whole, told.samples.len()), (1, true, 1));
        let many: Vec<SampleLoss> = (0..300).map(|i| sample(&format!("{i:03}"), 1.0, i as f32)).collect();
        let list = all.step(2.0, &many).unwrap();
        assert_eq!((list.samples.len(), list.seen, list.samples[0].weight), (MOST, 301, 299.0));
    }
}
