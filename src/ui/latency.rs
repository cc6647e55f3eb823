//! [`Latency`]: what the status bar says of the last predictions, p50 and p95 by stage, and their rate.

use super::timing::quantile;
use crate::infer::prediction::Timing;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Predictions that are remembered.
const KEPT: usize = 120;

/// A rolling record of predictions.
#[derive(Debug, Clone, Default)]
pub struct Latency {
    timings: VecDeque<Timing>,
    arrivals: VecDeque<Instant>,
}

/// Median and 95th percentile of one stage, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
}

impl Latency {
    /// Notes a prediction that arrived now.
    pub fn note(&mut self, timing: Timing, now: Instant) {
        self.timings.push_back(timing);
        self.arrivals.push_back(now);
        if self.timings.len() > KEPT {
            self.timings.pop_front();
            self.arrivals.pop_front();
        }
    }

    /// Forgets everything: another model, device or source.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Number of predictions in the record.
    pub fn count(&self) -> usize {
        self.timings.len()
    }

    /// One stage of the record; `None` when it is empty.
    pub fn stage(&self, of: impl Fn(&Timing) -> Duration) -> Option<Stage> {
        let times: Vec<Duration> = self.timings.iter().map(of).collect();
        let ms = |q| quantile(&times, q).map(|t| t.as_secs_f64() * 1e3);
        Some(Stage { p50: ms(0.5)?, p95: ms(0.95)? })
    }

    /// Predictions a second over the last two seconds; `None` when fewer than two arrived.
    pub fn rate(&self, now: Instant) -> Option<f64> {
        let recent: Vec<&Instant> =
            self.arrivals.iter().filter(|t| now.saturating_duration_since(**t) < Duration::from_secs(2)).collect();
        let (first, last) = (recent.first()?, recent.last()?);
        let seconds = last.saturating_duration_since(**first).as_secs_f64();
        (recent.len() > 1 && seconds > 0.0).then(|| (recent.len() - 1) as f64 / seconds)
    }
}

/// Milliseconds in as many digits as mean something: `0.8`, `47`.
pub fn ms_text(ms: f64) -> String {
    if ms < 9.95 { format!("{ms:.1}") } else { format!("{ms:.0}") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn stages_and_rate_by_hand() {
        let mut record = Latency::default();
        let start = Instant::now();
        assert!(record.stage(|t| t.forward).is_none() && record.rate(start).is_none());
        for i in 1..=20_u64 {
            let timing = Timing { forward: Duration::from_millis(i), ..Timing::default() };
            record.note(timing, start + Duration::from_millis(50 * i));
        }
        assert_eq!(record.stage(|t| t.forward).unwrap(), Stage { p50: 10.0, p95: 19.0 });
        let rate = record.rate(start + Duration::from_secs(1)).unwrap();
        assert!((rate - 20.0).abs() < 1e-9, "{rate}");
        assert!(record.rate(start + Duration::from_secs(60)).is_none(), "nothing arrived lately");
        for _ in 0..500 {
            record.note(Timing::default(), start);
        }
        assert_eq!(record.count(), KEPT);
    }

    #[test]
    fn milliseconds_read_well() {
        assert_eq!([0.84, 9.94, 9.96, 47.3].map(ms_text), ["0.8", "9.9", "10", "47"]);
    }
}
