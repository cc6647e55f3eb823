//! What the doctor found: plain data, shown by the command line and by the window.

use crate::state_dict::DType;
use crate::weights::Format;
use crate::weights::keys::is_optional;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What can be done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A whole depth network that says everything about itself.
    Runs,
    /// A whole depth network; some questions have to be answered first ([`Report::missing`]).
    Asks,
    /// Part of a network, such as an encoder: a starting point whose other layers are random.
    Starts,
    /// Weights of something this program has no network for, or of a part that makes no depth (pose).
    Foreign,
    /// No weights, or weights that cannot be read.
    Refused,
}

/// How well a file fits one architecture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fit {
    /// Name for `--arch`.
    pub arch: String,
    /// What it is, in words.
    pub title: String,
    /// Tensors of the architecture.
    pub expected: usize,
    /// Those that the file has in the right shape.
    pub matched: usize,
    /// Those that the file has in another shape.
    pub misshaped: usize,
    /// Tensors of the file that the architecture has no use for.
    pub unexpected: usize,
}

/// What is the matter with one tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyFault {
    /// The architecture has it, the file does not.
    Missing,
    /// Both have it, in different shapes.
    Misshaped,
    /// The file has it, the architecture does not.
    Unexpected,
    /// It is known and not needed: a classifier, a batch norm's counter, the pose network.
    Unneeded,
}

impl KeyFault {
    /// The word that stands in the table.
    pub fn title(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Misshaped => "other shape",
            Self::Unexpected => "unexpected",
            Self::Unneeded => "not needed",
        }
    }
}

/// One line of the difference between a file and an architecture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeyRow {
    /// What is the matter.
    pub fault: KeyFault,
    /// The tensor under our name.
    pub name: String,
    /// The shape the architecture wants.
    pub expected: Option<Vec<usize>>,
    /// The shape the file has.
    pub found: Option<Vec<usize>>,
    /// The tensor of the other side that it most likely is.
    pub likeliest: Option<String>,
}

/// A file against one architecture, tensor by tensor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// The counts.
    #[serde(flatten)]
    pub fit: Fit,
    /// Every tensor that does not simply match, faults first.
    pub rows: Vec<KeyRow>,
    /// Layers that would stay at their random start.
    pub random: Vec<String>,
    /// File's name and our name of each tensor that is read under another name.
    pub renamed: Vec<(String, String)>,
}

impl Check {
    /// Whether every tensor that depth depends on is there.
    pub fn complete(&self) -> bool {
        let fine = |row: &KeyRow| match row.fault {
            KeyFault::Unneeded | KeyFault::Unexpected => true,
            KeyFault::Missing => is_optional(&row.name),
            KeyFault::Misshaped => false,
        };
        self.rows.iter().all(fine)
    }

    /// Whether besides none is left over.
    pub fn exact(&self) -> bool {
        self.complete() && self.fit.unexpected == 0
    }
}

/// One tensor of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TensorInfo {
    /// Its name in the file.
    pub name: String,
    /// Element type: `f16`, `bf16`, `f32`, …
    #[serde(serialize_with = "dtype_name")]
    pub dtype: DType,
    /// Sizes, outermost first.
    pub shape: Vec<usize>,
    /// Smallest finite value; 0 where there is none.
    pub min: f32,
    /// Largest finite value; 0 where there is none.
    pub max: f32,
    /// Values that are not a number.
    pub nan: usize,
    /// Infinite values.
    pub infinite: usize,
}

/// Everything about one file or folder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The file, or a Monodepth2 folder.
    pub path: PathBuf,
    /// What can be done with it.
    pub verdict: Verdict,
    /// The same in one sentence.
    pub sentence: String,
    /// How it is stored; `None` when it is no weights file.
    #[serde(serialize_with = "format_title")]
    pub format: Option<Format>,
    /// Its size on the disk, in bytes.
    pub bytes: u64,
    /// SHA-256, lower-case hexadecimal; of a folder over its files' hashes.
    pub sha256: String,
    /// Elements of all floating-point tensors that are no running statistics: what training would move.
    pub parameters: usize,
    /// What has to be answered before it runs: `gate`, `unit`, `train-size`.
    pub missing: Vec<String>,
    /// Architectures it resembles, the best first.
    pub fits: Vec<Fit>,
    /// Against the best of them.
    pub check: Option<Check>,
    /// What was taken off, left out, or looks wrong (values that are not finite), one sentence each.
    pub notes: Vec<String>,
    /// Metadata as it stands in the file.
    pub metadata: BTreeMap<String, String>,
    /// Every tensor, by name.
    pub tensors: Vec<TensorInfo>,
}

fn format_title<S: serde::Serializer>(format: &Option<Format>, s: S) -> Result<S::Ok, S::Error> {
    format.map(Format::title).serialize(s)
}

fn dtype_name<S: serde::Serializer>(dtype: &DType, s: S) -> Result<S::Ok, S::Error> {
    dtype.name().serialize(s)
}
