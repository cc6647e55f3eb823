//! Training: one configuration, one trainer, one folder that nothing is lost from (layer 2; knows no window).
//!
//! ```text
//! TrainConfig ─▶ Trainer::begin ─▶ run(&Control, &mut on_event)
//!   (config)      (trainer)          feed ─▶ network ─▶ loss ─▶ gradients: finite? ─▶ optimizer ─▶ average ─▶ history
//!                                    every N: validation · checkpoint.safetensors · best, last · history.csv
//! ```

pub mod average;
pub mod bench;
pub mod checkpoint;
pub mod config;
pub mod control;
pub mod curves;
pub mod desk;
pub mod dry_run;
pub mod feed;
pub mod folder;
pub mod gradients;
pub mod hardest;
pub mod history;
mod history_csv;
pub mod incidents;
mod keep;
mod key_table;
pub mod keys;
pub mod lock;
pub mod messages;
pub mod mix;
pub mod mode;
mod numbers;
pub mod optimizer;
pub mod origin;
mod pass;
pub mod presets;
pub mod publish;
mod recover;
pub mod run;
pub mod schedule;
pub mod start;
pub mod states;
pub mod table3;
pub mod target;
pub mod timeline;
pub mod trainer;
mod validate;
pub mod validation;
pub mod watch;
pub mod worker;

#[cfg(test)]
mod faults_tests;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod resume_tests;
#[cfg(test)]
mod trainer_tests;

pub use config::TrainConfig;
pub use control::{Control, TrainEvent};
pub use trainer::Trainer;
