//! Whole-program tests on what ships: networks against PyTorch's activations, the sample's accuracy, the command line.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "program/checkpoints.rs"]
mod checkpoints;
#[path = "program/common.rs"]
mod common;
#[path = "program/devices.rs"]
mod devices;
#[path = "program/eval_command.rs"]
mod eval_command;
#[path = "program/focal.rs"]
mod focal;
#[path = "program/hostile.rs"]
mod hostile;
#[path = "program/infer_command.rs"]
mod infer_command;
#[path = "program/parity.rs"]
mod parity;
#[path = "program/sample.rs"]
mod sample;
#[path = "program/snapshot.rs"]
mod snapshot;
#[path = "program/train_command.rs"]
mod train_command;
#[path = "program/train_killed.rs"]
mod train_killed;
#[path = "program/weights_command.rs"]
mod weights_command;
