//! The report as plain text, for mails and issues.

use super::head::fact_line;
use super::{keys, tensors};
use crate::weights::doctor::Report;

/// All of it, one fact a line.
pub fn of(report: &Report) -> String {
    let mut lines = vec![report.path.display().to_string(), report.sentence.clone(), fact_line(report)];
    if !report.sha256.is_empty() {
        lines.push(format!("SHA-256 {}", report.sha256));
    }
    if !report.missing.is_empty() {
        lines.push(format!("does not say: {}", report.missing.join(", ")));
    }
    for fit in &report.fits {
        lines.push(format!(
            "{}: {} of {} tensors, {} in another shape, {} unexpected ({})",
            fit.arch, fit.matched, fit.expected, fit.misshaped, fit.unexpected, fit.title
        ));
    }
    lines.extend(report.notes.iter().cloned());
    lines.retain(|line| !line.is_empty());
    let mut block = |title: &str, entries: Vec<String>| {
        if !entries.is_empty() {
            lines.push(String::new());
            lines.push(title.to_owned());
            lines.extend(entries.into_iter().map(|entry| format!("  {entry}")));
        }
    };
    if let Some(check) = &report.check {
        block(&format!("Differences from {}", check.fit.title), check.rows.iter().map(keys::words).collect());
        block("At their random start", check.random.clone());
    }
    block("Metadata", report.metadata.iter().map(|(key, value)| format!("{key}: {value}")).collect());
    block("Tensors", report.tensors.iter().map(tensors::words).collect());
    lines.join("\n") + "\n"
}
