//! Pictures for people without a window: colour maps, ranges and ticks, colour bars, text, paper figures, PNG files.
//!
//! No wgpu and no egui here: the command line, the tests and the window share it (design.md section 2). The window draws
//! its maps on the GPU from the same tables ([`colormap::Colormap::lut`]), ranges ([`range`]) and ticks.
//!
//! * [`colormap`] the tables and the one rule from a value to a colour; [`error_mode`] how an error is counted
//! * [`range`] where a map begins and ends, live smoothing, ticks
//! * [`text`] the shipped font; [`colorbar`] the bar under a panel; [`panel`] one panel; [`paper`] the whole figure
//! * [`png`] RGB and 16-bit millimetre PNG files, written through [`crate::atomic`]

pub mod caption;
pub mod colorbar;
pub mod colormap;
pub mod curves;
pub mod error_mode;
mod foot;
pub mod marks;
pub mod panel;
pub mod paper;
pub mod png;
pub mod points;
pub mod range;
mod smooth;
pub mod text;

pub use crate::atomic;
