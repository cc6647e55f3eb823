//! The rows of a table: ours above, the published ones of the same protocol below.

use super::Report;
use crate::eval::published;
use crate::eval::sums::Metric;
use crate::eval::training::FIT;

/// The metrics that tables print; the files with one row an image have all.
pub const COLUMNS: [Metric; 9] = [
    Metric::Rel,
    Metric::SqRel,
    Metric::Rmse,
    Metric::RmseLog,
    Metric::Log10,
    Metric::Silog,
    Metric::D1,
    Metric::D2,
    Metric::D3,
];

/// A group of lines measured in one way.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Whose: `measured here`, or the publication.
    pub title: String,
    /// How they were measured.
    pub protocol: String,
    /// True for our own.
    pub ours: bool,
    /// The lines.
    pub lines: Vec<Line>,
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The method or model.
    pub name: String,
    /// What must stand beside its numbers.
    pub note: String,
    /// One value a column; `None` where none is known.
    pub values: [Option<f64>; COLUMNS.len()],
}

impl Report {
    /// Our rows and the published ones of the same protocol.
    pub fn groups(&self) -> Vec<Group> {
        let lines = self.models.iter().enumerate().map(|(i, model)| {
            let mut notes = Vec::new();
            if model.scaling.to_string() != "none" {
                notes.push(match self.factors(i) {
                    Some([median, deviation]) => {
                        format!("scaled by {} (×{median:.3}, spread {deviation:.3})", model.scaling)
                    }
                    None => format!("scaled by {}", model.scaling),
                });
            }
            if self.saw(i) {
                notes.push(FIT.to_owned());
            }
            if model.random_layers > 0 {
                notes.push(format!("{} layers are random: these numbers mean nothing", model.random_layers));
            }
            let mean = self.mean(i);
            let values = COLUMNS.map(|metric| mean.as_ref().map(|scores| metric.of(scores)));
            Line { name: model.name.clone(), note: notes.join("; "), values }
        });
        let rules = &self.settings.rules;
        let mut protocol = vec![self.settings.title(), rules.aggregation.title().to_owned()];
        protocol.extend(self.marks());
        let ours =
            Group {
                title: "measured here".into(), protocol: protocol.join(" · "), ours: true, lines: lines.collect()
            };
        let published = published::tables(rules.protocol).iter().map(|table| Group {
            title: table.title.to_owned(),
            protocol: table.protocol.to_owned(),
            ours: false,
            lines: table.rows.iter().map(line).collect(),
        });
        std::iter::once(ours).chain(published).collect()
    }

    /// What a reader must know besides the title, one sentence each.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let rules = &self.settings.rules;
        let cap = rules.cap().map_or_else(|| "none".to_owned(), |cap| format!("{cap} m"));
        notes.push(format!(
            "Crop {}, cap {cap}, scaling {}, {}{}; δ counts ratios {} 1.25ᵏ, REL divides by the {}.",
            rules.crop,
            self.scaling(),
            rules.aggregation.title(),
            if rules.flip { ", mean with the mirror image" } else { "" },
            if rules.convention.closed { "up to" } else { "below" },
            if rules.convention.over_prediction { "prediction" } else { "ground truth" },
        ));
        if self.without_truth > 0 {
            notes.push(format!("{} frames have no ground truth.", self.without_truth));
        }
        for skipped in self.skipped.iter().take(20) {
            notes.push(format!("Skipped {}: {}.", skipped.frame, skipped.reason));
        }
        if self.skipped.len() > 20 {
            notes.push(format!("{} more were skipped.", self.skipped.len() - 20));
        }
        let unchecked = published::tables(rules.protocol).iter().flat_map(|t| t.rows).any(|row| !row.checked);
        if unchecked {
            notes.push("† as commonly quoted, not compared with the publication.".into());
        }
        notes
    }
}

fn line(row: &published::Row) -> Line {
    let name = if row.checked { row.method.to_owned() } else { format!("{} †", row.method) };
    Line { name, note: String::new(), values: COLUMNS.map(|metric| row.value(metric)) }
}

/// A value as a table prints it, a dash where there is none.
pub fn printed(metric: Metric, value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if metric == Metric::Silog => format!("{value:.2}"),
        Some(value) => format!("{value:.4}"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::eval::protocol::{Protocol, Scaling, Settings};
    use crate::eval::report::tests::report;

    #[test]
    fn our_rows_stand_above_the_published_ones_of_the_protocol() {
        let mut report = report();
        let groups = report.groups();
        let titles: Vec<&str> = groups.iter().map(|g| g.title.as_str()).collect();
        assert_eq!(titles[0], "measured here");
        assert!(titles[1].starts_with("Table I ·") && titles[2].starts_with("Table III"));
        assert!((groups[0].lines[0].values[0].unwrap() - 0.2).abs() < 1e-6);
        let msfnet = groups[1].lines.iter().find(|line| line.name == "MSFNet").unwrap();
        assert_eq!(msfnet.values[0], Some(0.118));
        assert!(groups[3].lines[0].name.ends_with('†') && report.notes().last().unwrap().starts_with('†'));
        report.settings = Settings::published(Protocol::BtsNyu);
        assert_eq!(report.groups().len(), 1);
    }

    #[test]
    fn lines_say_how_they_came_about() {
        let mut report = report();
        report.models[0].scaling = Scaling::Median;
        report.models[0].random_layers = 3;
        report.rows[0].results[0].seen = true;
        let note = report.groups()[0].lines[0].note.clone();
        assert_eq!(
            note,
            "scaled by median (×1.000, spread 0.000); training images: fit, not accuracy; 3 layers are random: these \
             numbers mean nothing"
        );
        report.without_truth = 2;
        let notes = report.notes();
        assert!(notes[0].contains("centre 304x228, cap none") && notes[0].contains("up to 1.25ᵏ"), "{notes:?}");
        assert_eq!(notes[1], "2 frames have no ground truth.");
        assert_eq!(printed(Metric::Rel, Some(0.12346)), "0.1235");
        assert_eq!(printed(Metric::Silog, Some(12.346)), "12.35");
        assert_eq!(printed(Metric::Rel, None), "–");
    }
}
