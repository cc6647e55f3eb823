//! A report as files in a folder.

use super::Report;
use crate::atomic::write_atomic_bytes;
use crate::error::Result;
use std::path::{Path, PathBuf};

impl Report {
    /// Writes `report.json`, `images.csv`, `metrics.csv`, `table.csv`, `distances.csv`, `report.md` and `table.tex`, each
    /// whole or not at all, and gives their paths.
    ///
    /// # Errors
    /// When one cannot be written; those before it stay.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        let files = [
            ("report.json", format!("{:#}\n", self.json())),
            ("images.csv", self.csv_images()),
            ("metrics.csv", self.csv_metrics()),
            ("table.csv", self.csv_table()),
            ("distances.csv", self.csv_distances()),
            ("report.md", self.markdown()),
            ("table.tex", self.latex()),
        ];
        let write = |(name, text): (&str, String)| {
            let path = folder.join(name);
            write_atomic_bytes(&path, text.as_bytes()).map(|()| path)
        };
        files.into_iter().map(write).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::eval::report::tests::report;

    #[test]
    fn every_file_is_written_and_the_json_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let files = report().write(&folder.path().join("new")).unwrap();
        assert_eq!(files.len(), 7);
        assert!(files.iter().all(|file| std::fs::metadata(file).is_ok_and(|data| data.len() > 50)));
        let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&files[0]).unwrap()).unwrap();
        assert_eq!(json, serde_json::from_str::<serde_json::Value>(&report().json().to_string()).unwrap());
    }
}
