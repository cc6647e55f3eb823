//! Tells a weights file from everything that gets saved under a weights file's name, by content.

use super::{AGAIN, CHOOSE, Format, Problem, RESAVE, pickle, pth_legacy};

/// How much of a file's beginning is looked at, in bytes.
pub(super) const HEAD: usize = 64 << 10;

/// How much of its end, in bytes.
pub(super) const TAIL: usize = 8;

/// The format of the file that begins with `head`, ends with `tail` and is `length` bytes long, or a sentence about what
/// it is instead.
pub(super) fn format(head: &[u8], tail: &[u8], length: u64) -> Result<Format, Problem> {
    if length == 0 || head.is_empty() {
        return Err(Problem::new("is empty (0 bytes)", AGAIN));
    }
    // First: a safetensors file begins with its header's length, which may look like any other signature
    // (a header of 896 bytes begins as a pickle does).
    if begins_as_safetensors(head) {
        return safetensors(head, length);
    }
    if head.starts_with(b"PK\x03\x04") {
        return Ok(Format::TorchZip);
    }
    if pth_legacy::magic(head).is_some() {
        return Ok(Format::TorchLegacy);
    }
    if tail == b"\x57\xfb\x80\x8b\x24\x75\x47\xdb" {
        return Err(Problem::new("is the index of a TensorFlow checkpoint", CHOOSE));
    }
    if let Some(what) = known(head) {
        return Err(Problem::new(what, CHOOSE));
    }
    if let Some(problem) = text(head) {
        return Err(problem);
    }
    if is_pickle(head) {
        return Err(plain_pickle(head));
    }
    safetensors(head, length)
}

/// Whether there is a header length of less than 4 GB and then JSON's opening brace.
fn begins_as_safetensors(head: &[u8]) -> bool {
    matches!(head, [_, _, _, _, 0, 0, 0, 0, b'{', ..])
}

/// Formats with a signature of their own.
fn known(head: &[u8]) -> Option<&'static str> {
    let starts = |signature: &[u8]| head.starts_with(signature);
    let at = |offset: usize, signature: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(signature));
    Some(match () {
        () if starts(b"\x89HDF\r\n\x1a\n") => "is an HDF5 file, such as Keras' .h5",
        () if starts(b"\x89PNG") || starts(b"\xff\xd8\xff") || starts(b"GIF8") => "is an image",
        () if starts(b"BM") && at(6, &[0; 4]) => "is an image",
        () if starts(b"II*\0") || starts(b"MM\0*") || (starts(b"RIFF") && at(8, b"WEBP")) => "is an image",
        () if starts(b"RIFF") || at(4, b"ftyp") => "is a video or sound file",
        () if starts(b"\x1f\x8b") || starts(b"BZh") || starts(b"7z\xbc\xaf") || starts(b"\xfd7zXZ") => {
            "is a compressed archive that has to be unpacked first"
        }
        () if starts(b"PK\x05\x06") => "is an empty zip archive",
        () if at(257, b"ustar") => {
            "is a tar archive, as PyTorch wrote before 2017 or a download that has to be unpacked"
        }
        () if starts(b"\x93NUMPY") => "is a NumPy array",
        () if starts(b"GGUF") => "is a GGUF language model",
        () if at(4, b"TFL3") => "is a TensorFlow Lite model",
        () if starts(b"MATLAB 5.0") => "is a MATLAB file",
        () if is_saved_model(head) => "is a TensorFlow SavedModel",
        () if is_tensorflow_graph(head) => "is a TensorFlow graph",
        () if starts(b"%PDF") => "is a PDF document",
        () if is_onnx(head) => "is an ONNX model",
        () => return None,
    })
}

/// ONNX has no signature; it begins with its version (field 1) and its producer or another early field of a message.
fn is_onnx(head: &[u8]) -> bool {
    matches!(head, [0x08, version, 0x12 | 0x1a | 0x22 | 0x2a | 0x32 | 0x3a | 0x42, ..] if (1..=32).contains(version))
}

/// A SavedModel begins as ONNX does: with its version, always 1. Then comes a graph of more than 127 bytes, which
/// begins with a message, where ONNX has the short name of its producer.
fn is_saved_model(head: &[u8]) -> bool {
    let Some(rest) = head.strip_prefix(b"\x08\x01\x12") else { return false };
    let long = rest.iter().take(9).take_while(|byte| **byte >= 0x80).count();
    long > 0 && rest.get(long + 1) == Some(&0x0a)
}

/// A graph begins with a node: its name (field 1), then its operation (field 2), such as `Const`.
fn is_tensorflow_graph(head: &[u8]) -> bool {
    let start = &head[..head.len().min(512)];
    let has = |operation: &[u8]| start.windows(operation.len()).any(|window| window == operation);
    start.first() == Some(&0x0a) && (has(b"\x12\x05Const") || has(b"\x12\x0bPlaceholder"))
}

/// Text of any kind, by its beginning.
fn text(head: &[u8]) -> Option<Problem> {
    let readable = head.iter().filter(|b| b.is_ascii_graphic() || b" \t\r\n".contains(b) || **b >= 0x80).count();
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character may be cut in two at the end of what was read.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    if readable != head.len() {
        return None;
    }
    let start: String =
        valid.trim_start_matches('\u{feff}').trim_start().chars().take(64).collect::<String>().to_lowercase();
    let begins = |what: &[&str]| what.iter().any(|what| start.starts_with(what));
    let has = |what: &str| valid.contains(what);
    Some(
        if begins(&["<!doctype html", "<html", "<head", "<!--"]) || (begins(&["<?xml", "<!doctype"]) && has("<html")) {
            Problem::new("is a web page, not weights", "download the file itself, not the page that links to it")
        } else if begins(&["<?xml", "<error"]) {
            Problem::new("is an XML message, such as a server's refusal", AGAIN)
        } else if begins(&["version https://git-lfs"]) {
            Problem::new("is a Git LFS pointer, not the weights it stands for", "run `git lfs pull` in its repository")
        } else if begins(&["{"]) && has("\"weight_map\"") {
            Problem::new("lists the files of a model in several files", "choose one of those files")
        } else if begins(&["{", "["]) {
            Problem::new("is JSON text, such as a server's error message", AGAIN)
        } else if begins(&["model_checkpoint_path:"]) {
            Problem::new("is TensorFlow's list of checkpoints", CHOOSE)
        } else if is_text_pickle(head) {
            plain_pickle(head)
        } else {
            Problem::new("is a text file", CHOOSE)
        },
    )
}

fn is_pickle(head: &[u8]) -> bool {
    matches!(head, [0x80, 2..=5, ..])
}

/// A pickle of protocol 0 or 1 that names a global at once, as one made to run something does.
fn is_text_pickle(head: &[u8]) -> bool {
    let start = head.strip_prefix(b"(").unwrap_or(head);
    let mut lines = start.split(|b| *b == b'\n');
    let is_name = |line: &[u8]| !line.is_empty() && line.iter().all(|b| b.is_ascii_alphanumeric() || b"_.".contains(b));
    start.first() == Some(&b'c')
        && lines.next().is_some_and(|line| is_name(&line[1..]))
        && lines.next().is_some_and(is_name)
        && lines.next().is_some()
}

/// A pickle without PyTorch's header: says what it asks to run or what it is made of, as far as its beginning tells.
fn plain_pickle(head: &[u8]) -> Problem {
    let (classes, problem) = pickle::survey(head);
    if let Some(problem) = problem.filter(|problem| problem.what.starts_with("asks to run")) {
        return problem;
    }
    let what = match classes.first() {
        _ if classes.iter().any(|(module, _)| module.starts_with("torch")) => {
            "is a Python pickle of tensors that torch.save did not write".to_owned()
        }
        _ if classes.iter().any(|(module, _)| module.starts_with("numpy")) => {
            "is a Python pickle of NumPy arrays, not of PyTorch's tensors".to_owned()
        }
        Some(class) => {
            format!("is a Python pickle that PyTorch did not write, with objects of `{}`", pickle::class_name(*class))
        }
        None => "is a Python pickle that PyTorch did not write".to_owned(),
    };
    Problem::new(what, RESAVE)
}

fn safetensors(head: &[u8], length: u64) -> Result<Format, Problem> {
    let unknown = || Problem::new("is no weights file that this program knows", CHOOSE);
    let (size, rest) = head.split_first_chunk::<8>().ok_or_else(unknown)?;
    let header = u64::from_le_bytes(*size);
    if rest.first() != Some(&b'{') {
        return Err(unknown());
    }
    if header.checked_add(8).is_none_or(|end| end > length) {
        return Err(Problem::damaged("is a safetensors file that ends inside its header"));
    }
    Ok(Format::Safetensors)
}
