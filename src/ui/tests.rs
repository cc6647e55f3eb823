//! Panel tests without a GPU and without a network.
#![allow(clippy::unwrap_used, clippy::expect_used)]
