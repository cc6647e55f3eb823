//! The data set source: its state, its panel, the filmstrip below the views, and the questions that opening one asks.

pub mod ask;
mod cell;
mod filmstrip;
mod jump;
mod news;
mod order;
mod panel;
mod state;
mod strip;
mod thumbs;

pub use filmstrip::show as filmstrip;
pub use news::{carry_out, poll, select, shown_before};
pub use order::DatasetOrder;
pub use panel::show as panel;
pub use state::DatasetState;
