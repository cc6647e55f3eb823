//! Time that the UI thread spends on a frame, for `bench`: logic and layout (tessellation is the caller's).

use std::time::{Duration, Instant};

/// Frames that are remembered.
const KEPT: usize = 8192;

/// The time of the last frames, each from the start of `logic` to the end of `ui`.
#[derive(Debug, Clone, Default)]
pub struct FrameTimes {
    started: Option<Instant>,
    times: Vec<Duration>,
    next: usize,
}

impl FrameTimes {
    /// A frame begins.
    pub fn begin(&mut self) {
        self.started = Some(Instant::now());
    }

    /// It ends; without a beginning nothing is noted.
    pub fn end(&mut self) {
        if let Some(started) = self.started.take() {
            self.note(started.elapsed());
        }
    }

    fn note(&mut self, time: Duration) {
        if self.times.len() < KEPT {
            self.times.push(time);
        } else {
            self.times[self.next] = time;
            self.next = (self.next + 1) % KEPT;
        }
    }

    /// Forgets everything: after a warm-up.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The remembered times, in no particular order.
    pub fn times(&self) -> &[Duration] {
        &self.times
    }
}

/// The `q`-quantile (0…1) of some times: the smallest one that at least that share does not exceed.
/// `None` without any.
pub fn quantile(times: &[Duration], q: f64) -> Option<Duration> {
    let mut sorted = times.to_vec();
    let index = ((q * sorted.len() as f64).ceil() as usize).saturating_sub(1).min(sorted.len().checked_sub(1)?);
    let (_, value, _) = sorted.select_nth_unstable(index);
    Some(*value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_by_hand_and_memory_is_bounded() {
        let ms = |n: u64| Duration::from_millis(n);
        let times: Vec<Duration> = (1..=100).rev().map(ms).collect();
        assert_eq!(quantile(&times, 0.5), Some(ms(50)));
        assert_eq!(quantile(&times, 0.99), Some(ms(99)));
        assert_eq!(quantile(&times, 1.0), Some(ms(100)));
        assert_eq!(quantile(&[], 0.5), None);

        let mut frames = FrameTimes::default();
        frames.end();
        assert!(frames.times().is_empty());
        for i in 0..(KEPT as u64 + 5) {
            frames.note(ms(i));
        }
        assert_eq!(frames.times().len(), KEPT);
        assert!(frames.times().contains(&ms(KEPT as u64 + 4)) && !frames.times().contains(&ms(4)));
    }
}
