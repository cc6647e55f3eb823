//! The data set source: its state, its panel, the filmstrip below the views, and the questions that opening one asks.

mod news;
mod order;
mod state;
mod strip;
mod thumbs;

pub use news::{carry_out, poll, select, shown_before};
pub use order::DatasetOrder;
pub use state::DatasetState;
