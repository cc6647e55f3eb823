//! Table III of the paper: five runs that differ in one part each, one after the other, with the same seed and data; and their
//! accuracy beside the printed one (reference.md 6.3). Its last three rows, which the two claims compare, may be run
//! with several seeds.

use super::TrainConfig;
use super::history::Scores;
use crate::error::{Error, Result};
use crate::eval::published::{Row, TABLE_III};
use crate::loss::BatchLoss;
use crate::net::config::GateKind;
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// A row: what it changes about the common configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its name in the paper's table.
    pub name: &'static str,
    usf: bool,
    gate: GateKind,
    batch_loss: BatchLoss,
}

/// The five rows in order. L_aux is there for each module that is; the last one has the batch loss in the place of L1.
pub const PARTS: [Part; 5] = [
    Part { name: "baseline", usf: false, gate: GateKind::None, batch_loss: BatchLoss::L1 },
    Part { name: "+USF", usf: true, gate: GateKind::None, batch_loss: BatchLoss::L1 },
    Part { name: "+USF+CBAM-S", usf: true, gate: GateKind::CbamS, batch_loss: BatchLoss::L1 },
    Part { name: "+USF+EDA", usf: true, gate: GateKind::Eda, batch_loss: BatchLoss::L1 },
    Part { name: "+USF+EDA+batch-loss", usf: true, gate: GateKind::Eda, batch_loss: BatchLoss::Sample },
];

impl Part {
    /// The row's configuration.
    pub fn config(&self, common: &TrainConfig) -> TrainConfig {
        let mut config = common.clone();
        config.network.usf = self.usf;
        config.network.gate = self.gate;
        config.loss.batch_loss = self.batch_loss;
        config
    }

    /// The row as the paper prints it.
    pub fn published(&self) -> Option<&'static Row> {
        TABLE_III.row(self.name)
    }
}

/// Rows from this one on, from 0, are those that further seeds are for: the last three, for a claim is one of differences, and a
/// row with one seed has no spread to compare with.
const SEEDED: usize = PARTS.len() - 3;

/// One of the runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its row, from 0.
    pub row: usize,
    /// Its folder below that of the table.
    pub folder: String,
    /// Its configuration.
    pub config: TrainConfig,
}

/// All runs, in order: each row with the common seed, then the last three rows with the `seeds` − 1 seeds that follow it. What an
/// earlier call with fewer seeds has trained stays where it is.
pub fn runs(common: &TrainConfig, seeds: usize) -> Vec<Run> {
    let run = |row: usize, more: u64| {
        let mut config = PARTS[row].config(common);
        config.run.seed = common.run.seed.wrapping_add(more);
        let seed = if more > 0 { format!("-seed{}", config.run.seed) } else { String::new() };
        Run { row, folder: format!("row{}{seed}", row + 1), config }
    };
    let first = (0..PARTS.len()).map(|row| run(row, 0));
    let further = (1..seeds as u64).flat_map(|more| (SEEDED..PARTS.len()).map(move |row| run(row, more)));
    first.chain(further).collect()
}

/// Whether there will be something to fill the table with.
///
/// # Errors
/// [`Error::Usage`] when no frame is held out to measure the rows on.
pub fn check(common: &TrainConfig) -> Result<()> {
    let data = &common.data;
    if data.val.is_empty() && data.val_scenes.is_empty() && data.val_fraction <= 0.0 {
        return Err(Error::Usage(
            "table3 has no frames to measure its rows on; give --val nyu:DIR --val-split nyu-test, or --val-scenes FILE \
             with the scenes to hold out"
                .into(),
        ));
    }
    Ok(())
}

/// The table: what each row's runs measured, in the order of the seeds; nothing for a row that is not done.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measured([Vec<Scores>; PARTS.len()]);

/// The columns.
const COLUMNS: [&str; 6] = ["REL", "RMSE", "log10", "δ1", "δ2", "δ3"];

impl Measured {
    /// Takes the scores of a run of that row.
    pub fn add(&mut self, row: usize, scores: Scores) {
        if let Some(row) = self.0.get_mut(row) {
            row.push(scores);
        }
    }

    /// Mean and standard deviation over a row's seeds, by column; `None` for a row that is not done.
    fn row(&self, row: usize) -> Option<[[f64; 2]; COLUMNS.len()]> {
        let runs: Vec<_> = self.0[row].iter().map(|s| [s.rel, s.rmse, s.log10, s.d[0], s.d[1], s.d[2]]).collect();
        let n = runs.len() as f64;
        (n > 0.0).then(|| {
            std::array::from_fn(|column| {
                let mean = runs.iter().map(|run| run[column]).sum::<f64>() / n;
                let squares = runs.iter().map(|run| (run[column] - mean).powi(2)).sum::<f64>();
                // Of a sample: the mean is that of the same runs.
                [mean, if n > 1.0 { (squares / (n - 1.0)).sqrt() } else { 0.0 }]
            })
        })
    }

    /// As Markdown: each row as measured here and, under it, as printed; mean ± standard deviation where there are several
    /// seeds; and what it says of the two parts that the paper is about.
    pub fn table(&self) -> String {
        let mut text = format!("| row | {} |\n|---|{}\n", COLUMNS.join(" | "), "---|".repeat(COLUMNS.len()));
        for (i, part) in PARTS.iter().enumerate() {
            let seeds = self.0[i].len();
            let here = if seeds > 1 { format!("here, {seeds} seeds") } else { "here".to_owned() };
            let _ = write!(text, "| {}, {here} |", part.name);
            for column in 0..COLUMNS.len() {
                let _ = match self.row(i).map(|row| row[column]) {
                    Some([mean, deviation]) if seeds > 1 => write!(text, " {mean:.3} ± {deviation:.3} |"),
                    Some([mean, _]) => write!(text, " {mean:.3} |"),
                    None => write!(text, " – |"),
                };
            }
            let _ = write!(text, "\n| {}, paper |", part.name);
            let paper = part.published().map(numbers).unwrap_or_default();
            for number in paper {
                let _ = match number {
                    Some(number) => write!(text, " {number:.3} |"),
                    None => write!(text, " – |"),
                };
            }
            text.push('\n');
        }
        let claims = self.claims();
        if !claims.is_empty() {
            let _ = write!(text, "\n{}\n", claims.join("\n"));
        }
        text
    }

    /// Whether EDA beats CBAM-S and the batch loss L1 here, by REL over the seeds that both rows have: one sentence each, as
    /// soon as both rows are done.
    fn claims(&self) -> Vec<String> {
        let pairs = [(3, 2, "EDA against CBAM-S"), (4, 3, "Batch loss against L1")];
        let claim = |(new, old, what): (usize, usize, &str)| {
            let ([_, new_spread], [_, old_spread]) = (self.row(new)?[0], self.row(old)?[0]);
            let seeds = self.0[new].len().min(self.0[old].len());
            let mean = |row: usize| self.0[row].iter().take(seeds).map(|run| run.rel).sum::<f64>() / seeds as f64;
            let (new_rel, old_rel) = (mean(new), mean(old));
            let better = if new_rel < old_rel { "lower" } else { "not lower" };
            let by = (new_rel - old_rel).abs();
            let within = by <= new_spread.max(old_spread);
            let within = if within { "; that is within the spread of the seeds" } else { "" };
            Some(format!("{what}: REL {new_rel:.4} and {old_rel:.4}, {better} (difference {by:.4}){within}."))
        };
        pairs.into_iter().filter_map(claim).collect()
    }

    /// `{"event": "table3", "rows": [{"row", "seeds", "here": {"rel", …}, "deviation": {…}, "paper": {…}}], "claims": […]}`.
    pub fn json(&self) -> Value {
        const KEYS: [&str; COLUMNS.len()] = ["rel", "rmse", "log10", "d1", "d2", "d3"];
        let object = |values: [Option<f64>; COLUMNS.len()]| -> Value {
            KEYS.into_iter()
                .zip(values)
                .map(|(key, value)| (key.to_owned(), json!(value)))
                .collect::<Map<_, _>>()
                .into()
        };
        let row = |i: usize| {
            let here = self.row(i);
            json!({
                "row": PARTS[i].name,
                "seeds": self.0[i].len(),
                "here": here.map(|row| object(row.map(|[mean, _]| Some(mean)))),
                "deviation": here.map(|row| object(row.map(|[_, deviation]| Some(deviation)))),
                "paper": PARTS[i].published().map(|row| object(numbers(row))),
            })
        };
        json!({ "event": "table3", "rows": (0..PARTS.len()).map(row).collect::<Vec<_>>(), "claims": self.claims() })
    }
}

/// The printed numbers in the order of the columns.
fn numbers(row: &Row) -> [Option<f64>; COLUMNS.len()] {
    [row.rel, row.rmse, row.log10, Some(row.d1), Some(row.d2), Some(row.d3)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_rows_that_differ_in_one_part_each() {
        let common = TrainConfig::default();
        let rows = PARTS.map(|part| part.config(&common));
        assert!(PARTS.iter().all(|part| part.published().is_some()));
        assert!(rows.iter().all(|row| row.validate().is_ok()));
        for pair in rows.windows(2) {
            let differences = super::super::keys::differences(&pair[0], &pair[1]).unwrap_or_default();
            assert_eq!(differences.len(), 1, "{differences:?}");
        }
        assert_eq!((rows[0].network.usf, rows[4].loss.batch_loss), (false, BatchLoss::Sample));
    }

    #[test]
    fn without_frames_to_measure_on_there_is_no_table() {
        let mut config = TrainConfig::default();
        let error = check(&config).map_err(|error| (error.exit_code(), error.to_string()));
        assert!(
            error.as_ref().is_err_and(|(code, text)| *code == 2 && text.contains("--val-split nyu-test")),
            "{error:?}"
        );
        config.data.val_fraction = 0.1;
        assert!(check(&config).is_ok());
        (config.data.val_fraction, config.data.val_scenes) = (0.0, "nyu_holdout".into());
        assert!(check(&config).is_ok());
        (config.data.val_scenes, config.data.val) = (String::new(), "nyu:d".into());
        assert!(check(&config).is_ok());
    }

    #[test]
    fn further_seeds_are_for_the_last_three_rows() {
        let mut common = TrainConfig::default();
        common.run.seed = 7;
        let runs = runs(&common, 3);
        let folders: Vec<_> = runs.iter().map(|run| run.folder.as_str()).collect();
        let further = ["row3-seed8", "row4-seed8", "row5-seed8", "row3-seed9", "row4-seed9", "row5-seed9"];
        assert_eq!(folders[..5], ["row1", "row2", "row3", "row4", "row5"]);
        assert_eq!(folders[5..], further);
        assert_eq!(runs[10].config.run.seed, 9);
        assert_eq!(super::runs(&common, 1), runs[..5], "what was trained stays where it is");
    }

    #[test]
    fn the_table_stands_beside_the_papers() {
        let scores = |rel| Scores { rel, rmse: 0.8, log10: 0.09, d: [0.6, 0.88, 0.96], edge_f1: [0.3; 3] };
        let mut measured = Measured::default();
        measured.add(0, scores(0.25));
        let text = measured.table();
        assert!(text.contains("| baseline, here | 0.250 | 0.800 | 0.090 | 0.600 | 0.880 | 0.960 |"), "{text}");
        assert!(text.contains("| baseline, paper | 0.210 | 0.717 | 0.081 | 0.693 | 0.918 | 0.977 |"), "{text}");
        assert!(text.contains("| +USF, here | – |") && text.lines().count() == 12, "{text}");
        for (row, rel) in [(2, 0.2), (3, 0.18), (3, 0.2), (4, 0.17)] {
            measured.add(row, scores(rel));
        }
        let text = measured.table();
        assert!(text.contains("| +USF+EDA, here, 2 seeds | 0.190 ± 0.014 | 0.800 ± 0.000 |"), "{text}");
        let (eda, loss) = (
            "0.1800 and 0.2000, lower (difference 0.0200).",
            "0.1700 and 0.1800, lower (difference 0.0100); that is within",
        );
        assert!(text.contains(&format!("EDA against CBAM-S: REL {eda}")), "{text}");
        assert!(text.contains(&format!("Batch loss against L1: REL {loss}")), "{text}");
        let json = measured.json();
        assert_eq!((&json["rows"][3]["seeds"], &json["rows"][1]["here"]), (&json!(2), &Value::Null));
        assert_eq!((&json["rows"][0]["here"]["rel"], &json["rows"][0]["paper"]["d1"]), (&json!(0.25), &json!(0.693)));
    }
}
