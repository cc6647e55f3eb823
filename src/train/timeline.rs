//! [`Timeline`]: pictures over the steps of a run in bounded memory: when it is full the one goes whose neighbours are
//! nearest to each other, so that a run of any length is covered evenly, with its first and its last step.

/// Things by step, at most a certain number of them.
#[derive(Debug, Clone)]
pub struct Timeline<T> {
    most: usize,
    items: Vec<(u64, T)>,
}

impl<T> Timeline<T> {
    /// An empty one for at most `most` things, at least two.
    pub fn new(most: usize) -> Self {
        Self { most: most.max(2), items: Vec::new() }
    }

    /// Puts a thing in its place; one of the same step is replaced.
    pub fn put(&mut self, step: u64, item: T) {
        match self.items.binary_search_by_key(&step, |(at, _)| *at) {
            Ok(place) => self.items[place].1 = item,
            Err(place) => self.items.insert(place, (step, item)),
        }
        // The one whose absence leaves the smallest gap goes; both ends stay.
        let gap = |place: &usize| self.items[place + 1].0 - self.items[place - 1].0;
        if self.items.len() > self.most
            && let Some(place) = (1..self.items.len() - 1).min_by_key(gap)
        {
            self.items.remove(place);
        }
    }

    /// All of them, in order.
    pub fn items(&self) -> &[(u64, T)] {
        &self.items
    }

    /// The last one at or before a step, or the first.
    pub fn at(&self, step: u64) -> Option<&(u64, T)> {
        let after = self.items.partition_point(|(at, _)| *at <= step);
        self.items.get(after.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_small_and_keeps_both_ends() {
        let mut line = Timeline::new(8);
        for step in 0..1000 {
            line.put(step, step * 10);
            assert!(line.items().len() <= 8);
            assert_eq!((line.items()[0].0, line.items()[line.items().len() - 1].0), (0, step));
        }
        let gaps: Vec<u64> = line.items().windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        assert!(line.items().len() == 8 && gaps.iter().all(|gap| *gap <= 3 * 999 / 7), "{gaps:?}");
    }

    #[test]
    fn a_step_shows_what_was_there_then() {
        let mut line = Timeline::new(8);
        for step in [10, 0, 20] {
            line.put(step, step);
        }
        line.put(10, 11);
        let at = |step| line.at(step).map(|(at, item)| (*at, *item));
        assert_eq!([at(0), at(9), at(10), at(99)], [Some((0, 0)), Some((0, 0)), Some((10, 11)), Some((20, 20))]);
        assert!(Timeline::<u8>::new(4).at(3).is_none());
    }
}
