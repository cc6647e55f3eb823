//! What must hold for any bytes taken for an HDF5 file; the tests and the fuzz target run it.

use super::{Dataset, Element, File};
use std::path::Path;

/// Opens the bytes, reads first and last rows of the arrays of NYU's labelled file and follows references. Whatever the
/// bytes are, it ends, and a row has the size that its shape says. True when everything that is there could be read.
pub fn check(input: &[u8]) -> bool {
    let Ok(file) = File::from_bytes(input.to_vec(), Path::new("input.mat")) else { return false };
    let read = ["images", "depths", "rawDepths", "scenes"].map(|name| match file.dataset(name) {
        Ok(Some(dataset)) => rows(&file, &dataset),
        Ok(None) => true,
        Err(error) => {
            // One line, short, with a remedy.
            let text = error.to_string();
            assert!(text.len() < 500 && !text.contains('\n') && text.contains("; "), "{text}");
            false
        }
    });
    read == [true; 4]
}

fn rows(file: &File, dataset: &Dataset) -> bool {
    let Some((count, rest)) = dataset.shape().split_first() else { return true };
    let mut read = true;
    for row in [0, count.saturating_sub(1)] {
        let Ok(bytes) = dataset.row(file, row) else {
            read = false;
            continue;
        };
        let size = rest.iter().product::<u64>() * dataset.element().size() as u64;
        assert_eq!(bytes.len() as u64, size, "a row is as long as its shape says");
        if dataset.element() == Element::Reference {
            for reference in bytes.as_chunks::<8>().0.iter().take(8) {
                let text = file.text(u64::from_le_bytes(*reference), 256);
                assert!(text.as_ref().map_or(0, |text| text.chars().count()) <= 256);
                read &= text.is_ok();
            }
        }
    }
    read
}
