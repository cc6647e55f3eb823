//! [`guard`]: a worker outlives what it works on. Out of memory, a lost device or a broken array become a sentence.

use crate::error::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does the work; a panic becomes an error that says what could not be done, why, and the remedy.
///
/// # Errors
/// When the work panics.
pub fn guard<T>(what: &str, remedy: &str, work: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
        let why = text.lines().next().unwrap_or(text);
        Error::Failed(format!("{what} ({why}); {remedy}"))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_panic_is_one_sentence_and_work_is_handed_through() {
        assert_eq!(guard("x", "y", || 7).unwrap(), 7);
        let error = guard("it was not drawn", "try a smaller one", || panic!("out of memory\nand more")).unwrap_err();
        assert_eq!(error.to_string(), "it was not drawn (out of memory); try a smaller one");
    }
}
