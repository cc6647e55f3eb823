//! [`Times`]: where the time of an evaluation went.

use std::time::Duration;

/// Where the time went.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Times {
    /// Decoding and projecting: processor time, for it is done on other threads that the networks keep waiting.
    pub load: Duration,
    /// The networks, their preprocessing included.
    pub network: Duration,
    /// Cutting, resizing, scaling and scoring.
    pub score: Duration,
    /// Frames that these are of.
    pub frames: usize,
}

impl Times {
    /// Decoding, projecting and scoring as a share of the network's own time; `None` before a frame.
    pub fn overhead(&self) -> Option<f64> {
        let network = self.network.as_secs_f64();
        (network > 0.0).then(|| (self.load + self.score).as_secs_f64() / network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_that_of_the_networks_time() {
        let ms = Duration::from_millis;
        let times = Times { load: ms(5), network: ms(100), score: ms(10), frames: 2 };
        assert_eq!(times.overhead(), Some(0.15));
        assert_eq!(Times::default().overhead(), None);
    }
}
