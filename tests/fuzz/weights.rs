//! Fuzz target: any bytes as a weights file. It builds the program's own sources, and what it checks is
//! `weights::file::checks`, which the program's tests run over the seeds and the corpus too.
#![no_main]
#![allow(dead_code)]

#[path = "../../src/atomic.rs"]
mod atomic;
#[path = "../../src/weights/file/checks.rs"]
mod checks;
#[path = "../../src/error.rs"]
mod error;
#[path = "../../src/weights/file/mod.rs"]
mod file;
#[path = "../../src/weights/file/made.rs"]
mod made;
#[path = "../../src/state_dict.rs"]
mod state_dict;
#[path = "../../src/weights/file/writer.rs"]
mod writer;

// What `checks` takes from beside it.
use file::{Contents, read_bytes, read_from, safetensors_bytes};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let _ = checks::check_input(input);
});
