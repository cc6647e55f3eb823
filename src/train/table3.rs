//! Table III of the paper: five runs that differ in one part each, one after the other, with the same seed and data; and their
//! accuracy beside the printed one (reference.md 6.3).

use super::TrainConfig;
use super::history::Scores;
use crate::eval::published::{Row, TABLE_III};
use crate::loss::BatchLoss;
use crate::net::config::GateKind;
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

/// Name of the folder of row `index`, from 0.
pub fn folder(index: usize) -> String {
    format!("row{}", index + 1)
}

/// The table as Markdown: each row as measured here and, under it, as printed. A row that is not done has no numbers.
pub fn table(measured: &[Option<Scores>]) -> String {
    let mut text = "| row | REL | RMSE | log10 | δ1 | δ2 | δ3 |\n|---|---|---|---|---|---|---|\n".to_owned();
    for (i, part) in PARTS.iter().enumerate() {
        let ours = measured.get(i).copied().flatten();
        let ours = ours.map(|s| [s.rel, s.rmse, s.log10, s.d[0], s.d[1], s.d[2]].map(Some)).unwrap_or_default();
        let theirs =
            part.published().map(|row| [row.rel, row.rmse, row.log10, Some(row.d1), Some(row.d2), Some(row.d3)]);
        for (whose, numbers) in [("here", Some(ours)), ("paper", theirs)] {
            let _ = write!(text, "| {}, {whose} |", part.name);
            for number in numbers.unwrap_or_default() {
                let _ = match number {
                    Some(number) => write!(text, " {number:.3} |"),
                    None => write!(text, " – |"),
                };
            }
            text.push('\n');
        }
    }
    text
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
    fn the_table_stands_beside_the_papers() {
        let scores = Scores { rel: 0.25, rmse: 0.8, log10: 0.09, d: [0.6, 0.88, 0.96], edge_f1: [0.3; 3] };
        let text = table(&[Some(scores)]);
        assert!(text.contains("| baseline, here | 0.250 | 0.800 | 0.090 | 0.600 | 0.880 | 0.960 |"), "{text}");
        assert!(text.contains("| baseline, paper | 0.210 | 0.717 | 0.081 | 0.693 | 0.918 | 0.977 |"), "{text}");
        assert!(text.contains("| +USF, here | – |") && text.lines().count() == 12, "{text}");
    }
}
