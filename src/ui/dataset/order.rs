//! [`DatasetOrder`]: what a panel asks of the data set source.

use crate::data::dataset::DataSpec;

/// Something to be done with data sets; goes into an [`Action::Dataset`](super::super::actions::Action::Dataset).
#[derive(Debug, Clone, PartialEq)]
pub enum DatasetOrder {
    /// Open a data set and show a frame of it. When the same one with the same split is open, only the frame changes.
    Open {
        /// Where it is and in which layout.
        spec: DataSpec,
        /// A built-in split's name or the path of a list; `None` takes what the reader takes by itself.
        split: Option<String>,
        /// A frame's name, or its number from 1; `None` begins with the first.
        frame: Option<String>,
    },
    /// Show the frame at a place of the list, counted from 0.
    Select(usize),
    /// Show a frame by its name, or by its number from 1.
    Frame(String),
    /// Close the data set; a sample takes its place.
    Close,
    /// Make small pictures of these frames, counted from 0; no others are wanted any more.
    Thumbs(Vec<usize>),
}
