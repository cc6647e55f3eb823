//! [`Strip`]: where the filmstrip stands, in frames and not in points, so that a list of any length scrolls evenly.

/// Where the filmstrip stands.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Strip {
    /// The frame at the left edge, with a fraction.
    first: f64,
    /// The choice that was brought into sight last.
    followed: Option<usize>,
}

impl Strip {
    /// The frame at the left edge, with a fraction.
    pub fn first(&self) -> f64 {
        self.first
    }

    /// Moves by a number of frames, within a list of `count` of which `fit` are in sight.
    pub fn scroll(&mut self, by: f64, count: usize, fit: f64) {
        self.go(self.first + by, count, fit);
    }

    /// Goes to a frame at the left edge; no further than the end of the list.
    pub fn go(&mut self, first: f64, count: usize, fit: f64) {
        let most = (count as f64 - fit).max(0.0);
        self.first = if first.is_finite() { first.clamp(0.0, most) } else { 0.0 };
    }

    /// Brings a new choice into sight: just so when it is near, into the middle when it is far. True when it moved.
    pub fn follow(&mut self, selected: Option<usize>, count: usize, fit: f64) -> bool {
        let before = self.first;
        if let Some(at) = selected.filter(|_| self.followed != selected) {
            let at = at as f64;
            let (low, high) = (self.first, self.first + fit - 1.0);
            let far = at < low - fit || at > high + fit;
            let first = match (far, at < low, at > high) {
                (true, ..) => at - (fit - 1.0) / 2.0,
                // The neighbour it may go on to is in sight too.
                (_, true, _) => at - 1.0_f64.min((fit - 1.0).max(0.0) / 2.0),
                (_, _, true) => at - fit + 1.0 + 1.0_f64.min((fit - 1.0).max(0.0) / 2.0),
                _ => self.first,
            };
            self.first = first;
        }
        self.followed = selected;
        self.go(self.first, count, fit);
        self.first != before
    }

    /// The frames in sight.
    pub fn in_sight(&self, count: usize, fit: f64) -> std::ops::Range<usize> {
        let first = (self.first.floor() as usize).min(count);
        first..((self.first + fit).ceil() as usize).clamp(first, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_within_the_list_and_follows_the_choice() {
        let mut strip = Strip::default();
        strip.scroll(-3.0, 20_000, 8.5);
        assert_eq!(strip.in_sight(20_000, 8.5), 0..9);
        strip.scroll(1e9, 20_000, 8.5);
        assert_eq!(strip.in_sight(20_000, 8.5), 19_991..20_000);
        assert!(strip.follow(Some(100), 20_000, 8.0), "far away: into the middle");
        assert_eq!(strip.first(), 96.5);
        assert!(!strip.follow(Some(101), 20_000, 8.0), "in sight: nothing moves");
        assert!(strip.follow(Some(105), 20_000, 8.0));
        assert_eq!(strip.first(), 99.0, "one more is in sight");
        strip.scroll(50.0, 20_000, 8.0);
        assert!(!strip.follow(Some(105), 20_000, 8.0), "scrolled away by hand: it stays away");
        assert!(!strip.follow(None, 0, 8.0) || strip.first() == 0.0);
        assert_eq!(strip.in_sight(0, 8.0), 0..0);
        strip.go(f64::NAN, 5, 8.0);
        assert_eq!(strip.in_sight(5, 8.0), 0..5);
    }
}
