//! `history.csv` read back: by a window that shows a run which it did not train.

use super::history::{COLUMNS, History, Row};
use crate::error::{Error, Result};
use std::path::Path;

/// Rows that are read at most: more than the longest run has, and bounded for a file that is none.
const MOST: usize = 4_000_000;

impl History {
    /// What [`History::csv`] wrote. Columns are found by their names, so that a file of another version is read as far as
    /// it goes; what it has not is NaN.
    ///
    /// # Errors
    /// [`Error::File`] with the line when it has no column `step` or a row is no row of numbers.
    pub fn from_csv(text: &str, path: &Path) -> Result<Self> {
        let mut lines = text.lines();
        let names: Vec<&str> = lines.next().unwrap_or_default().split(',').map(str::trim).collect();
        let places: Vec<Option<usize>> =
            names.iter().map(|name| COLUMNS.iter().position(|column| column == name)).collect();
        let remedy = "choose the folder of a training run";
        if !places.contains(&Some(0)) {
            return Err(Error::file(path, "is no history of a training: it has no column `step`", remedy));
        }
        let mut history = Self::default();
        for (i, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()).take(MOST) {
            let row = row(line, &places);
            let wrong = || Error::file(path, format!("line {} is no row of numbers", i + 2), remedy);
            history.rows.push(row.ok_or_else(wrong)?);
        }
        Ok(history)
    }
}

fn row(line: &str, places: &[Option<usize>]) -> Option<Row> {
    let mut row = [f64::NAN; COLUMNS.len()];
    let mut count = 0;
    for (text, place) in line.split(',').zip(places) {
        count += 1;
        if let (Some(place), false) = (place, text.trim().is_empty()) {
            row[*place] = text.trim().parse().ok()?;
        }
    }
    (count == places.len() && row[0].is_finite()).then_some(row)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::history::{Scores, StepRow};
    use super::*;

    #[test]
    fn what_was_written_is_read_back_to_the_last_bit() {
        let mut history = History::default();
        for step in 1..=3 {
            history.step(&StepRow { step, loss: 1.0 / step as f64, normal: f64::NAN, ..StepRow::default() });
        }
        let scores = Scores { rel: 0.1 + 0.2, rmse: 0.7, log10: 0.08, d: [0.7, 0.9, 0.98], edge_f1: [f64::NAN; 3] };
        history.validation(&scores);
        let back = History::from_csv(&history.csv(), Path::new("history.csv")).unwrap();
        let bits = |history: &History| history.rows.iter().flatten().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back), bits(&history));
        assert_eq!(back.validations().next().unwrap().1.rel, 0.1 + 0.2);
    }

    #[test]
    fn other_columns_are_passed_over_and_other_files_refused() {
        let path = Path::new("h.csv");
        let rows = History::from_csv("mood,step,loss\ngood,4,0.5\n", path).unwrap();
        assert!((rows.rows[0][0], rows.rows[0][2]) == (4.0, 0.5) && rows.rows[0][3].is_nan());
        for (text, why) in [("", "column `step`"), ("a,b\n1,2\n", "column `step`"), ("step,loss\n1\n", "line 2")] {
            let error = History::from_csv(text, path).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("h.csv"), "{error}");
        }
        assert!(History::from_csv("step,loss\n1,2\nx,3\n", path).unwrap_err().to_string().contains("line 3"));
    }
}
