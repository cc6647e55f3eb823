//! Layer 4: the window. It draws what workers hand over and tells them what the person wants; it computes nothing.
//!
//! [`app::StudioApp`] owns the state ([`state::Studio`], plain data that every panel draws) and the workers
//! ([`workers::Workers`]). Panels push [`state::Action`]s; the app carries them out after each frame. So every panel
//! can be tested without a GPU, a network or a file.

pub mod actions;
pub mod app;
pub mod bench;
mod camera_menu;
mod charts;
mod colorbar;
pub mod dataset;
mod device_menu;
pub mod dialogs;
mod display;
mod drop;
mod engine_news;
mod errand_news;
pub mod errands;
pub mod evaluate;
mod focal;
mod gate_state;
mod grid;
mod help;
mod inspect_tab;
pub mod inspect_worker;
pub mod latency;
pub mod link;
mod log_tab;
mod look;
mod metric_rows;
mod metrics_tab;
mod model_card;
mod model_menu;
pub mod options;
mod orders;
pub mod probe;
mod protocol;
mod questions;
mod range_kind;
mod rank;
mod reading;
mod report;
pub mod screenshot;
pub mod settings;
mod sheets;
mod shortcuts;
mod sidebar;
pub mod source;
mod source_news;
mod spinner;
mod split;
pub mod state;
mod statusbar;
pub mod tabs;
pub mod theme;
pub mod timing;
mod toasts;
mod toolbar;
pub mod train;
mod truth_state;
mod view;
mod view_head;
pub mod view_kind;
mod view_state;
mod wanted;
mod wide;
mod widgets;
pub mod window;
pub mod workers;

#[cfg(test)]
mod network_tests;
#[cfg(test)]
mod news_tests;
#[cfg(test)]
mod sheet_tests;
#[cfg(test)]
pub(crate) mod tests;

pub use app::StudioApp;
pub use options::{CompareChoice, StudioOptions, ThemeChoice};
pub use window::run;
