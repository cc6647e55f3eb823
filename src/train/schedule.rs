//! Learning rate and β₁ of each step. All are functions of the step's number: a resumed run needs no state of them.

use super::config::{ScheduleKind, ScheduleSection};
use std::f64::consts::PI;

/// PyTorch's `div_factor` and `final_div_factor`: the cycle begins at rate/25 and ends at that/10,000.
const DIVISORS: [f64; 2] = [25.0, 1e4];
/// PyTorch's `base_momentum` and `max_momentum`.
const MOMENTUM: [f64; 2] = [0.85, 0.95];

/// A schedule over epochs of a known length; a run may be stopped before their end (`max_steps`).
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    section: ScheduleSection,
    beta1: f64,
    /// Steps of all epochs and of one, each at least 1.
    total: u64,
    epoch: f64,
}

impl Schedule {
    /// The schedule over `total` steps, those of all epochs; `epoch` is the number of steps in an epoch, which need not be whole.
    pub fn new(section: &ScheduleSection, beta1: f64, total: u64, epoch: f64) -> Self {
        Self { section: section.clone(), beta1, total: total.max(1), epoch: epoch.max(1e-9) }
    }

    /// Rate of the step with that number, from 0.
    pub fn rate(&self, step: u64) -> f64 {
        let Self { section, .. } = self;
        let warm = section.warmup * self.total as f64;
        let rising = if (step as f64) < warm { (step + 1) as f64 / warm.max(1.0) } else { 1.0 };
        match section.schedule {
            ScheduleKind::Constant => section.rate * rising.min(1.0),
            ScheduleKind::Step => {
                let steps = (step as f64 / self.epoch / section.step_epochs.max(1) as f64 + 1e-9).floor();
                section.rate * section.step_factor.powf(steps) * rising.min(1.0)
            }
            ScheduleKind::OneCycle => {
                let [first, last] = DIVISORS;
                let low = section.rate / first;
                self.cycle(step, [low, section.rate, low / last])
            }
        }
    }

    /// β₁ of that step.
    pub fn beta1(&self, step: u64) -> f64 {
        if self.section.schedule == ScheduleKind::OneCycle && self.section.cycle_momentum {
            let [low, high] = MOMENTUM;
            self.cycle(step, [high, low, high])
        } else {
            self.beta1
        }
    }

    /// Cosines from the first value to the second and on to the third; the peak is at `warmup`·total − 1.
    fn cycle(&self, step: u64, [first, top, last]: [f64; 3]) -> f64 {
        let end = (self.total - 1) as f64;
        let peak = (self.section.warmup * self.total as f64 - 1.0).clamp(0.0, end);
        let step = (step as f64).min(end);
        let between = |from: f64, to: f64, part: f64| to + (from - to) / 2.0 * (1.0 + (PI * part).cos());
        if step <= peak {
            // A cycle without a rise begins at its top.
            if peak > 0.0 { between(first, top, step / peak) } else { top }
        } else {
            between(top, last, (step - peak) / (end - peak))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(ours: f64, theirs: f64) {
        assert!((ours - theirs).abs() <= 1e-9 * theirs.abs().max(1e-12), "{ours} for {theirs}");
    }

    #[test]
    fn one_cycle_is_pytorchs() {
        // torch.optim.lr_scheduler.OneCycleLR(AdamW(lr=5e-4), max_lr=5e-4, total_steps=20, pct_start=0.2).
        let section = ScheduleSection { rate: 5e-4, warmup: 0.2, ..ScheduleSection::default() };
        let schedule = Schedule::new(&section, 0.9, 20, 4.0);
        for (step, rate, beta1) in ONE_CYCLE {
            near(schedule.rate(step), rate);
            near(schedule.beta1(step), beta1);
        }
        let still = ScheduleSection { cycle_momentum: false, ..section };
        near(Schedule::new(&still, 0.9, 20, 4.0).beta1(7), 0.9);
    }

    #[test]
    fn steps_constants_and_warm_up() {
        let section = ScheduleSection {
            rate: 1e-4,
            schedule: ScheduleKind::Step,
            step_factor: 0.05,
            step_epochs: 5,
            warmup: 0.0,
            ..ScheduleSection::default()
        };
        // Reference.md 6.2: 1e-4, 5e-6, 2.5e-7, 1.25e-8 for twenty epochs.
        let schedule = Schedule::new(&section, 0.9, 20 * 7, 7.0);
        for (step, rate) in [(0, 1e-4), (34, 1e-4), (35, 5e-6), (70, 2.5e-7), (105, 1.25e-8), (139, 1.25e-8)] {
            near(schedule.rate(step), rate);
        }
        near(schedule.beta1(3), 0.9);
        let warm = ScheduleSection { schedule: ScheduleKind::Constant, warmup: 0.1, ..section };
        let schedule = Schedule::new(&warm, 0.9, 100, 10.0);
        for (step, rate) in [(0, 1e-5), (4, 5e-5), (9, 1e-4), (10, 1e-4), (99, 1e-4)] {
            near(schedule.rate(step), rate);
        }
    }

    #[test]
    fn short_runs_have_finite_rates() {
        for total in 1..6 {
            for warmup in [0.0, 0.2, 0.99] {
                let section = ScheduleSection { warmup, ..ScheduleSection::default() };
                let schedule = Schedule::new(&section, 0.9, total, 1.0);
                for step in 0..total + 2 {
                    let (rate, beta1) = (schedule.rate(step), schedule.beta1(step));
                    assert!((0.0..=5e-4).contains(&rate) && (0.85..=0.95).contains(&beta1), "{rate} {beta1}");
                }
            }
        }
    }

    /// Step, rate and β₁ as PyTorch gives them.
    const ONE_CYCLE: [(u64, f64, f64); 7] = [
        (0, 1.9999999999999998e-05, 0.95),
        (1, 0.00014, 0.9249999999999999),
        (2, 0.00037999999999999997, 0.875),
        (3, 0.0005, 0.85),
        (4, 0.0004951963393155272, 0.8509607359798385),
        (10, 0.00029877338541371007, 0.8902454838991936),
        (19, 2e-09, 0.95),
    ];
}
