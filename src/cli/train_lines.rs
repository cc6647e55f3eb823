//! What `train` says of its steps where no bar can be drawn: in a log, in a pipe. A line for the first step and then about one
//! every half minute or fifty steps, whichever comes first.

use super::train_output::duration;
use crate::train::history::StepRow;
use std::time::{Duration, Instant};

/// Time between two lines.
const TIME: Duration = Duration::from_secs(30);
/// Steps between two lines.
const STEPS: u64 = 50;

/// When the last line was printed, and what has been since.
pub struct Lines {
    steps: u64,
    /// Step and time at which this process's first step was done.
    begun: Option<(u64, Instant)>,
    last: Option<(u64, Instant)>,
    images: usize,
}

impl Lines {
    /// Of a run of so many steps.
    pub fn new(steps: u64) -> Self {
        Self { steps, begun: None, last: None, images: 0 }
    }

    /// Takes a step that was done at `now`; gives the line, if one is due: step, loss, images a second since the last line, and
    /// time left.
    pub fn step(&mut self, row: &StepRow, now: Instant) -> Option<String> {
        let begun = *self.begun.get_or_insert((row.step, now));
        self.images += row.images;
        let rate = match self.last {
            None => row.images_per_second(),
            Some((step, at)) if row.step >= step + STEPS || now.duration_since(at) >= TIME => {
                self.images as f64 / now.duration_since(at).as_secs_f64().max(1e-9)
            }
            Some(_) => return None,
        };
        self.last = Some((row.step, now));
        self.images = 0;
        // Until there are two steps, the first one says how long they take.
        let each = match row.step.saturating_sub(begun.0) {
            0 => row.step_ms / 1e3,
            made => now.duration_since(begun.1).as_secs_f64() / made as f64,
        };
        let left = each * self.steps.saturating_sub(row.step) as f64;
        let left = Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX);
        let [w, h] = row.size;
        Some(format!(
            "step {} of {}: loss {:.4}  {rate:.2} images/s  epoch {:.2}  {w}x{h}  {} left",
            row.step,
            self.steps,
            row.loss,
            row.epoch,
            duration(left)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_then_every_fiftieth_or_after_half_a_minute() {
        let start = Instant::now();
        let row = |step| StepRow { step, loss: 0.5, images: 8, step_ms: 2000.0, size: [64, 32], ..StepRow::default() };
        let mut lines = Lines::new(1000);
        let mut at = |step, seconds: f64| lines.step(&row(step), start + Duration::from_secs_f64(seconds));
        let first = at(101, 0.0);
        let expected = "step 101 of 1000: loss 0.5000  4.00 images/s  epoch 0.00  64x32  30 min left";
        assert_eq!(first.as_deref(), Some(expected));
        // 2.5 s a step: half a minute is over behind the twelfth.
        let said: Vec<u64> = (102..=140).filter(|step| at(*step, 2.5 * (*step - 101) as f64).is_some()).collect();
        assert_eq!(said, [113, 125, 137]);
        // 0.1 s a step: fifty of them. The rate is that of the time between the lines.
        let base = 2.5 * 39.0;
        let said: Vec<(u64, String)> =
            (141..=240).filter_map(|step| Some((step, at(step, base + 0.1 * (step - 140) as f64)?))).collect();
        assert_eq!(said.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [187, 237]);
        assert!(said[1].1.contains("80.00 images/s") && said[1].1.ends_with("10 min left"), "{}", said[1].1);
    }
}
