//! A report as Markdown: the table, error by distance, edges, and the worst and best images.

use super::Report;
use super::table::{COLUMNS, printed};
use crate::eval::edges::THRESHOLDS;
use crate::eval::sums::Metric;
use std::fmt::Write;

/// Images that the lists of the worst and the best name.
const LISTED: usize = 8;

impl Report {
    /// The whole report.
    pub fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n", cell(&self.title()));
        for note in self.notes() {
            let _ = writeln!(text, "* {}", cell(&note));
        }
        text += "\n";
        text += &self.markdown_table();
        text += &self.markdown_distances();
        text += &self.markdown_edges();
        text += &self.markdown_extremes();
        text
    }

    /// The table alone: our rows in bold, then each publication under its own heading.
    pub fn markdown_table(&self) -> String {
        let mut text = String::from("| |");
        for metric in COLUMNS {
            let _ = write!(text, " {} |", metric.title());
        }
        text += "\n|---|";
        text += &"---:|".repeat(COLUMNS.len());
        text.push('\n');
        for group in self.groups() {
            let _ =
                writeln!(text, "| *{}: {}* |{}", cell(&group.title), cell(&group.protocol), " |".repeat(COLUMNS.len()));
            for line in &group.lines {
                let note = if line.note.is_empty() { String::new() } else { format!(" ({})", cell(&line.note)) };
                let name = cell(&line.name);
                let _ =
                    if group.ours { write!(text, "| **{name}**{note} |") } else { write!(text, "| {name}{note} |") };
                for (metric, value) in COLUMNS.into_iter().zip(line.values) {
                    let _ = write!(text, " {} |", printed(metric, value));
                }
                text.push('\n');
            }
        }
        text
    }

    fn markdown_distances(&self) -> String {
        let ends = self.settings.rules.distances;
        let mut text = String::from("\n## Error by distance\n\n| true distance (m) | pixels |");
        for model in &self.models {
            let name = cell(&model.name);
            let _ = write!(text, " {name} mean abs (m) | {name} bias (m) | {name} REL |");
        }
        text += "\n|---|---:|";
        text += &"---:|".repeat(3 * self.models.len());
        text.push('\n');
        let sums: Vec<_> = (0..self.models.len()).map(|i| self.by_distance(i).intervals).collect();
        for (n, pair) in ends.windows(2).enumerate() {
            let last = n + 2 == ends.len();
            let to = if last { " and beyond".to_owned() } else { format!("–{}", pair[1]) };
            let pixels = sums.first().map_or(0, |intervals| intervals[n].pixels);
            let _ = write!(text, "| {}{to} | {pixels} |", pair[0]);
            for intervals in &sums {
                match intervals[n].means() {
                    Some([abs, signed, rel]) => {
                        let _ = write!(text, " {abs:.3} | {signed:+.3} | {rel:.3} |");
                    }
                    None => text += " – | – | – |",
                }
            }
            text.push('\n');
        }
        text
    }

    fn markdown_edges(&self) -> String {
        let edges: Vec<_> = (0..self.models.len()).filter_map(|i| Some((i, self.edges(i)?))).collect();
        if edges.is_empty() {
            return String::new();
        }
        let mut text = String::from("\n## Depth edges (Sobel magnitude above a threshold, at 304×228)\n\n");
        text += "| model | threshold (m) | precision | recall | F1 |\n|---|---:|---:|---:|---:|\n";
        for (i, scores) in edges {
            for (threshold, score) in THRESHOLDS.into_iter().zip(scores) {
                let name = cell(&self.models[i].name);
                let (p, r, f) = (score.precision, score.recall, score.f1);
                let _ = writeln!(text, "| {name} | {threshold} | {p:.3} | {r:.3} | {f:.3} |");
            }
        }
        text
    }

    fn markdown_extremes(&self) -> String {
        let mut text = String::new();
        for (i, model) in self.models.iter().enumerate() {
            let order = self.worst_first(i, Metric::Rel);
            let name = |row: &usize| {
                let row = &self.rows[*row];
                let rel = row.results.get(i).and_then(|r| r.sums.scores()).map(|s| s.rel);
                format!("{} ({})", cell(&row.frame), printed(Metric::Rel, rel))
            };
            let list =
                |rows: &mut dyn Iterator<Item = &usize>| rows.take(LISTED).map(name).collect::<Vec<_>>().join(", ");
            let _ = write!(text, "\n## Worst and best images of {} by REL\n\n", cell(&model.name));
            let _ = writeln!(text, "* worst: {}", list(&mut order.iter()));
            let _ = writeln!(text, "* best: {}", list(&mut order.iter().rev()));
        }
        text
    }
}

/// A text that may stand in a cell of a table.
pub(in crate::eval) fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ").replace('_', "\\_").replace('*', "\\*")
}

#[cfg(test)]
mod tests {
    use crate::eval::report::tests::report;

    #[test]
    fn every_row_of_the_table_has_its_cells() {
        let report = report();
        let table = report.markdown_table();
        assert!(table.lines().all(|line| line.matches('|').count() == 11), "{table}");
        assert!(table.contains("| **first\\_eda** | 0.2000 |"), "{table}");
        assert!(table.contains("| MSFNet | 0.1180 | – | 0.5310 |"), "{table}");
        let text = report.markdown();
        assert!(text.starts_with("# hu\\_nyu · nyu:d · 2 frames\n"));
        assert!(
            text.contains("| 2–3 | 8 | 0.400 | +0.400 | 0.200 |") && text.contains("| 9 and beyond | 0 | – |"),
            "{text}"
        );
        assert!(text.contains("| 0.25 | 0.500 | 0.250 | 0.333 |"));
        assert!(text.contains("* worst: b & c (0.3000), a (0.1000)"), "{text}");
    }
}
