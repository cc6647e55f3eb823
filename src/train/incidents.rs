//! Steps that were left out because their loss or gradient was not finite: `incidents.csv`.

use crate::atomic::write_atomic_bytes;
use crate::error::{Error, Result};
use std::path::Path;

/// Name of the file in the run's folder.
pub const FILE: &str = "incidents.csv";

/// Steps in a row that may be left out before the run ends.
pub const MOST: usize = 5;

/// One such step.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// Its number, from 1.
    pub step: u64,
    /// The first tensor whose gradient was not finite, or `loss`.
    pub tensor: String,
    /// What the loss was.
    pub loss: f64,
    /// The samples of the step.
    pub samples: Vec<String>,
    /// What was done.
    pub action: String,
}

impl Incident {
    /// Adds it to the file of a folder, which is replaced whole.
    ///
    /// # Errors
    /// [`Error::File`] when the file cannot be read or written.
    pub fn append(&self, folder: &Path) -> Result<()> {
        let path = folder.join(FILE);
        let mut text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                "step,tensor,loss,samples,action\n".to_owned()
            }
            Err(error) => return Err(Error::reading(&path, &error)),
        };
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let (samples, action) = (quoted(&self.samples.join(" ")), quoted(&self.action));
        text += &format!("{},{},{},{samples},{action}\n", self.step, quoted(&self.tensor), self.loss);
        write_atomic_bytes(&path, text.as_bytes())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn incidents_add_up() {
        let folder = tempfile::tempdir().unwrap();
        let samples = vec!["a,1".to_owned(), "b \"x\"".to_owned()];
        let incident = Incident { step: 7, tensor: "loss".into(), loss: f64::NAN, samples, action: "halved".into() };
        incident.append(folder.path()).unwrap();
        incident.append(folder.path()).unwrap();
        let text = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert_eq!(text.lines().count(), 3);
        assert_eq!(text.lines().last(), Some("7,\"loss\",NaN,\"a,1 b \"\"x\"\"\",\"halved\""));
    }
}
