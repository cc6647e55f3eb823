//! A range for live frames that neither flickers nor lags.

use super::range::usable;

/// Keeps the range of live frames from flickering without letting it lag.
///
/// Each end follows its percentile by an exponential mean: quickly (attack 0.25 a frame at 30 frames a second) where
/// the picture would otherwise be clipped, slowly (release 0.03) where the range could shrink, and not at all inside a
/// dead band. Rates count in time, so that 5 frames a second behave as 30 do. A cut to another scene is followed at
/// once. Idea: the adaptive ruler of librealsense #15664.
#[derive(Debug, Clone, Default)]
pub struct RangeSmoother {
    shown: Option<[f32; 2]>,
}

impl RangeSmoother {
    /// Share of the way that a growing end goes in 1/30 s.
    pub const ATTACK: f32 = 0.25;
    /// Share of the way that a shrinking end goes in 1/30 s.
    pub const RELEASE: f32 = 0.03;
    /// Part of the span that an end may be off without moving.
    pub const DEAD_BAND: f32 = 0.03;

    /// A smoother that takes over the first range it sees.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets what it showed: the next range is taken over as it is (another source, another map, a still picture).
    pub fn reset(&mut self) {
        self.shown = None;
    }

    /// The range to show for a frame whose own is `target`, `seconds` after the one before.
    pub fn update(&mut self, target: [f32; 2], seconds: f32) -> [f32; 2] {
        let target = usable(target);
        let next = match self.shown {
            Some(shown) if !is_cut(shown, target) => follow(shown, target, seconds),
            _ => target,
        };
        self.shown = Some(next);
        next
    }
}

fn follow(shown: [f32; 2], target: [f32; 2], seconds: f32) -> [f32; 2] {
    let frames = if seconds.is_finite() { (seconds * 30.0).clamp(0.0, 300.0) } else { 1.0 };
    let band = RangeSmoother::DEAD_BAND * (shown[1] - shown[0]);
    let end = |i: usize, grows: bool| {
        let delta = target[i] - shown[i];
        if delta.abs() <= band {
            return shown[i];
        }
        let rate = if grows { RangeSmoother::ATTACK } else { RangeSmoother::RELEASE };
        // The end comes to rest at the edge of the band, not with a jump to its middle.
        shown[i] + (1.0 - (1.0 - rate).powf(frames)) * (delta - band * delta.signum())
    };
    usable([end(0, target[0] < shown[0]), end(1, target[1] > shown[1])])
}

/// Ranges that do not overlap, or of which one is several times wider, are of different scenes.
fn is_cut(a: [f32; 2], b: [f32; 2]) -> bool {
    let (wide, narrow) = ((a[1] - a[0]).max(b[1] - b[0]), (a[1] - a[0]).min(b[1] - b[0]));
    a[1] < b[0] || b[1] < a[0] || wide > 4.0 * narrow
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn a_live_range_ignores_noise() {
        let mut smoother = RangeSmoother::new();
        let start = smoother.update([1.0, 5.0], 0.0);
        for i in 0..100 {
            let noise = 0.1 * ((i % 3) as f32 - 1.0);
            assert_eq!(smoother.update([1.0 + noise, 5.0 - noise], 1.0 / 30.0), start);
        }
    }

    #[test]
    fn a_live_range_grows_quickly_and_shrinks_slowly() {
        let frame = 1.0 / 30.0;
        let mut grow = RangeSmoother::new();
        grow.update([1.0, 5.0], frame);
        let first = grow.update([1.0, 7.0], frame);
        assert!((first[1] - (5.0 + 0.25 * (2.0 - 0.12))).abs() < 1e-5 && first[0] == 1.0, "{first:?}");
        let mut shrink = RangeSmoother::new();
        shrink.update([1.0, 5.0], frame);
        let slow = shrink.update([1.0, 3.0], frame);
        assert!((slow[1] - (5.0 - 0.03 * (2.0 - 0.12))).abs() < 1e-5, "{slow:?}");
        let settled = (0..300).map(|_| shrink.update([1.0, 3.0], frame)).last().unwrap();
        assert!((settled[1] - 3.0).abs() < 0.15, "{settled:?}");
    }

    #[test]
    fn rates_count_in_time_and_cuts_are_followed_at_once() {
        let mut fast = RangeSmoother::new();
        let mut slow = RangeSmoother::new();
        fast.update([1.0, 5.0], 0.0);
        slow.update([1.0, 5.0], 0.0);
        let six = (0..6).map(|_| fast.update([1.0, 7.0], 1.0 / 30.0)).last().unwrap();
        let one = slow.update([1.0, 7.0], 0.2);
        assert!((six[1] - one[1]).abs() < 0.05, "{six:?} {one:?}");
        assert_eq!(fast.update([20.0, 80.0], 1.0 / 30.0), [20.0, 80.0]);
        fast.reset();
        assert_eq!(fast.update([21.0, 81.0], 1.0 / 30.0), [21.0, 81.0]);
    }
}
