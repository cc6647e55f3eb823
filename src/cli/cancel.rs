//! Ctrl-C: finishes what is being written, keeps what is done, ends with 130.

use crate::error::{Error, Result};
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Listens for Ctrl-C from now on; a second one ends the program at once.
///
/// # Errors
/// When the system refuses the handler.
pub fn listen() -> Result<()> {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::SeqCst) {
            // Asked twice: the person does not want to wait for the file that is being written; files are atomic.
            #[allow(clippy::disallowed_methods)]
            std::process::exit(130);
        }
    })
    .map_err(|e| Error::Failed(format!("Ctrl-C cannot be listened for ({e})")))
}

/// Whether the person asked to stop.
pub fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}
