//! How fast a run is and how long it takes, from its last rows; and times in few characters.

use crate::train::history::Row;

/// Rows that a pace is measured over.
const OVER: usize = 40;

/// How fast a run is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pace {
    /// Pictures a second.
    pub images: f64,
    /// Seconds of a step.
    pub step: f64,
    /// Share of the time in which the device waited for data.
    pub wait: f64,
}

/// The pace of the last rows; `None` before the first step.
pub fn pace(rows: &[Row]) -> Option<Pace> {
    let last = &rows[rows.len().saturating_sub(OVER)..];
    let sum = |column: usize| last.iter().map(|row| row[column]).filter(|v| v.is_finite()).sum::<f64>();
    let (images, ms, wait) = (sum(14), sum(15), sum(16));
    (ms > 0.0).then(|| Pace { images: 1e3 * images / ms, step: ms / 1e3 / last.len() as f64, wait: wait / ms })
}

/// A time in few characters.
pub fn time(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "–".to_owned();
    }
    let s = seconds.round() as u64;
    match s {
        _ if seconds < 1.0 => format!("{:.0} ms", 1e3 * seconds),
        _ if seconds < 10.0 => format!("{seconds:.1} s"),
        10..60 => format!("{s} s"),
        60..3600 => format!("{}:{:02} min", s / 60, s % 60),
        3600..172_800 => format!("{}:{:02} h", s / 3600, s / 60 % 60),
        _ => format!("{:.1} days", seconds / 86_400.0),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_the_last_rows() {
        let mut rows = vec![[0.0; 26]; 100];
        for (i, row) in rows.iter_mut().enumerate() {
            (row[14], row[15], row[16]) = (8.0, if i < 60 { 1.0 } else { 4000.0 }, if i < 60 { 0.0 } else { 1000.0 });
        }
        assert_eq!(pace(&rows).unwrap(), Pace { images: 2.0, step: 4.0, wait: 0.25 });
        assert_eq!(pace(&[]), None);
        let times = [0.0123, 4.56, 61.0, 3725.0, 400_000.0, f64::NAN].map(time);
        assert_eq!(times, ["12 ms", "4.6 s", "1:01 min", "1:02 h", "4.6 days", "–"]);
    }
}
