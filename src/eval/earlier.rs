//! Results of an earlier run, read back from the journal in its output folder: the table and its rows, without the data
//! and without the networks.

use super::journal::{self, FILE};
use super::protocol::{Overrides, Protocol, Settings};
use super::report::{ModelFacts, Report};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What a journal says about its run besides the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The data as specified.
    pub data: String,
    /// The split, as given.
    pub split: Option<String>,
    /// The protocol's name.
    pub protocol: String,
    /// What was changed about it.
    pub overrides: Overrides,
    /// Frames asked for.
    pub asked: usize,
    /// Frames that were left out because they have no ground truth.
    pub without_truth: usize,
    /// The models, in the order of the results.
    pub models: Vec<ModelFacts>,
}

impl About {
    /// What a report says besides its rows.
    pub fn of(report: &Report) -> Self {
        Self {
            data: report.data.clone(),
            split: report.split.clone(),
            protocol: report.settings.rules.name.to_owned(),
            overrides: report.settings.overrides(),
            asked: report.asked,
            without_truth: report.without_truth,
            models: report.models.clone(),
        }
    }
}

/// The report of the run that wrote into `folder`, as far as it came; rows in the order in which they were done. A journal
/// that is being written now is read as far as it is whole.
///
/// # Errors
/// [`Error::File`] when there is no journal, when it is damaged or of an earlier version, or names a protocol that is not
/// known.
pub fn results(folder: &Path) -> Result<Report> {
    let path = folder.join(FILE);
    let (about, mut rows) = journal::read_back(&path)?;
    let again = "run the evaluation once more with the same --out, or give another folder";
    let about = about.ok_or_else(|| Error::file(&path, "does not say what was measured", again))?;
    let protocol = about.protocol.parse::<Protocol>().map_err(|error| Error::file(&path, error, again))?;
    let intervals = protocol.rules().distances.len().saturating_sub(1);
    let whole = |r: &super::report::ModelRow| r.sums.scores().is_some() && r.by_distance.intervals.len() == intervals;
    rows.retain(|row| row.results.len() == about.models.len() && row.results.iter().all(whole));
    Ok(Report {
        data: about.data,
        split: about.split,
        settings: Settings::new(protocol, &about.overrides)?,
        models: about.models,
        // A later run over the same folder may have found frames that the first one missed.
        asked: about.asked.max(rows.len()),
        rows,
        skipped: Vec::new(),
        without_truth: about.without_truth,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::eval::journal::{Command, Journal};
    use crate::eval::protocol::{Crop, Scaling};
    use crate::eval::report::tests::report;

    #[test]
    fn a_report_comes_back_from_its_journal() {
        let folder = tempfile::tempdir().unwrap();
        let asked = Overrides {
            crop: Some(Crop::NyuBts),
            cap: Some(8.0),
            scaling: Some(Scaling::Median),
            ..Default::default()
        };
        let mut report = report();
        report.settings = Settings::new(Protocol::HuNyu, &asked).unwrap();
        report.models[0].scaling = Scaling::Median;
        report.split = Some("nyu-train".into());
        report.asked = 5;
        let (mut journal, _) = Journal::open(folder.path(), &Command::new(), Some(&About::of(&report))).unwrap();
        report.rows.iter().for_each(|row| journal.append(row).unwrap());
        // It may still be written.
        let back = results(folder.path()).unwrap();
        assert_eq!(back.json(), report.json());
        assert_eq!((back.settings, back.models, back.asked), (report.settings, report.models, 5));
    }

    #[test]
    fn what_cannot_be_read_back_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let error = |folder: &Path| results(folder).unwrap_err().to_string();
        assert!(error(folder.path()).contains("journal.jsonl"));
        drop(Journal::open(folder.path(), &Command::new(), None).unwrap());
        assert!(error(folder.path()).contains("does not say what was measured"));
        std::fs::write(folder.path().join(FILE), "notes\n").unwrap();
        assert!(error(folder.path()).contains("no journal"));
    }
}
