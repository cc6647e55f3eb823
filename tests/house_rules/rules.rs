//! The rules of the house as tables: which layer each module is in, which crate may be named where, which files may
//! be long. A rule that must bend bends here, with its reason.

use super::Source;
use super::paths::{self, Named};
use super::scan::{self, Kind, Token};

/// A place where a rule is broken.
#[derive(Debug, PartialEq, Eq)]
pub struct Break {
    /// File below the repository's root.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// The rule and what broke it.
    pub what: String,
}

impl std::fmt::Display for Break {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Modules of the crate's root by layer: a file imports its own layer or a lower one.
pub const LAYERS: &[(u8, &[&str])] = &[
    (
        0,
        &[
            "atomic",
            "config",
            "depth",
            "device",
            "error",
            "frame",
            "geometry",
            "guard",
            "latest",
            "outbox",
            "state_dict",
        ],
    ),
    (1, &["data", "loss", "net"]),
    (2, &["capture", "eval", "figure", "infer", "train", "weights"]),
    (3, &["render"]),
    (4, &["ui"]),
    (5, &["cli"]),
];

/// Neighbours in one layer that may not know each other: who, whom, why.
const APART: &[(&str, &str, &str)] = &[
    ("net", "loss", "a network does not know what it is trained with"),
    ("net", "data", "a network does not know where its pictures come from"),
    ("loss", "net", "a loss takes plain tensors"),
    ("loss", "data", "a loss takes plain tensors"),
];

/// A crate, or a family of them, that only some folders and files may name.
struct Home {
    /// What is named: given the segments of a path, whether it is meant.
    is: fn(&[String]) -> bool,
    name: &'static str,
    /// Folders (ending in `/`) and files below `src/` that may name it.
    only: &'static [&'static str],
    why: &'static str,
}

const HOMES: &[Home] = &[
    Home {
        is: |path| path[0].starts_with("egui") || path[0] == "eframe",
        name: "egui",
        only: &["render/", "ui/", "cli/"],
        why: "there is no egui below layer 3 (invariant 2)",
    },
    Home {
        is: names_wgpu,
        name: "wgpu",
        // The last two make eframe's device, the one set-up type that design.md lets live in `ui/`.
        only: &["device/", "render/", "ui/window.rs", "ui/screenshot.rs"],
        why: "wgpu stays in device/ and render/ (invariant 2)",
    },
    Home {
        is: |path| path[0].starts_with("cubecl") || path[0].starts_with("cubek"),
        name: "cubecl",
        only: &["device/"],
        why: "cubecl stays in device/ (invariant 2)",
    },
    Home {
        is: |path| path[0] == "burn" || path[0].starts_with("burn_"),
        name: "burn",
        only: &["data/", "device/", "geometry/", "infer/", "loss/", "net/", "train/", "weights/"],
        why: "who draws, reports or captures takes plain arrays (invariants 1 and 7)",
    },
    Home {
        is: |path| path[0].starts_with("nokhwa"),
        name: "nokhwa",
        only: &["capture/"],
        why: "cameras are behind capture/",
    },
    Home { is: |path| path[0] == "rfd", name: "rfd", only: &["ui/"], why: "dialogs belong to the window" },
];

/// Files that write to the disk themselves, with the reason why not through `atomic`.
const WRITERS: &[(&str, &str)] = &[
    ("src/atomic.rs", "it is the one that others write through"),
    ("src/eval/journal.rs", "a journal grows by a line a frame, and its reader drops a torn last one"),
    ("src/train/lock.rs", "a lock is held open and says nothing that half of it could not"),
];

/// Longest file without a reason.
pub const LINES: usize = 300;

/// Files longer than [`LINES`], with the reason.
pub const LONG: &[(&str, &str)] = &[
    ("src/capture/camera_tests.rs", "a scripted camera and the stories told with it"),
    ("src/capture/camera_worker.rs", "one loop and its state, read from top to bottom"),
    ("src/capture/dataset_tests.rs", "a scripted data set and the stories told with it"),
    ("src/weights/file/pickle.rs", "one table of opcodes"),
];

/// A path through a module of the name, of wgpu itself or of a crate that hands it on; `Device::wgpu()` is a function.
fn names_wgpu(path: &[String]) -> bool {
    let is_type = |segment: &String| segment.starts_with(char::is_uppercase);
    path.iter().enumerate().any(|(i, segment)| segment == "wgpu" && !(i > 0 && is_type(&path[i - 1])))
}

/// Layer of a module of the crate's root.
fn layer(module: &str) -> Option<u8> {
    LAYERS.iter().find(|(_, modules)| modules.contains(&module)).map(|(layer, _)| *layer)
}

/// Every break of the rules on imports and on crates in a file of `src/`.
pub fn imports(source: &Source) -> Vec<Break> {
    let broken = |line, what| Break { path: source.path.clone(), line, what };
    let module = paths::module_of(&source.path);
    // lib.rs and main.rs stand above all layers.
    let Some(own) = module.get(1) else { return Vec::new() };
    let Some(own_layer) = layer(own) else {
        return vec![broken(1, format!("`{own}` is in no layer; add it to LAYERS in tests/house_rules/rules.rs"))];
    };

    let tokens = scan::tokens(&source.text);
    let mut breaks = Vec::new();
    for line in hidden_modules(&tokens) {
        breaks.push(broken(
            line,
            "`include!` and `#[path]` into another folder hide imports from this test; use plain modules".to_owned(),
        ));
    }
    for named in paths::named(&tokens, &module) {
        let what =
            if named.segments[0] == "crate" { inside(own, own_layer, &named) } else { foreign(&source.path, &named) };
        breaks.extend(what.map(|what| broken(named.line, what)));
    }
    breaks
}

/// What is wrong with a path inside the crate.
fn inside(own: &str, own_layer: u8, named: &Named) -> Option<String> {
    let path = named.segments.join("::");
    let target = match named.segments.get(1).map(String::as_str) {
        None | Some("*") => return Some(format!("`{path}` names the whole crate; name the module that is meant")),
        Some(_) if named.is_macro && named.segments.len() == 2 => return None,
        Some(target) => target,
    };
    let Some(layer) = layer(target) else {
        return Some(format!("`{path}`: `{target}` is in no layer; name its module, or add it to LAYERS"));
    };
    if layer > own_layer {
        return Some(format!("`{own}` (layer {own_layer}) may not import `{path}` (layer {layer})"));
    }
    let apart = APART.iter().find(|(who, whom, _)| *who == own && *whom == target);
    apart.map(|(_, _, why)| format!("`{own}` may not import `{path}`: {why}"))
}

/// What is wrong with a path into another crate.
fn foreign(file: &str, named: &Named) -> Option<String> {
    let path = named.segments.join("::");
    let below = file.strip_prefix("src/").unwrap_or(file);
    let may = |home: &Home| home.only.iter().any(|p| below == *p || (p.ends_with('/') && below.starts_with(p)));
    if let Some(home) = HOMES.iter().find(|home| (home.is)(&named.segments) && !may(home)) {
        return Some(format!("`{path}` names {} here: {}", home.name, home.why));
    }
    let writes = match named.segments.as_slice() {
        [.., a, b] => matches!(
            (a.as_str(), b.as_str()),
            ("File", "create" | "create_new" | "options") | ("fs", "write" | "copy") | ("OpenOptions", "new")
        ),
        _ => false,
    };
    let allowed = named.in_tests || WRITERS.iter().any(|(path, _)| *path == file);
    (writes && !allowed).then(|| format!("`{path}` can leave half a file behind; write through crate::atomic"))
}

/// Lines of `#[path = …]` that leads to another folder and of `include!`: a file's own folder no longer says its layer
/// there. Tests that lie beside their file (`#[path = "x_tests.rs"] mod tests;`) stay in it.
fn hidden_modules(tokens: &[Token]) -> Vec<usize> {
    let hides = |window: &&[Token]| match [0, 1, 2, 3, 4].map(|i| &window[i].kind) {
        [Kind::Word(word), Kind::Mark('!'), ..] => word == "include",
        [Kind::Mark('#'), Kind::Mark('['), Kind::Word(word), Kind::Mark('='), Kind::Text(path)] => {
            word == "path" && path.contains(['/', '\\'])
        }
        _ => false,
    };
    tokens.windows(5).filter(hides).map(|window| window[0].line).collect()
}

/// Breaks of the rules on a file's shape: it begins with what it is, and it is not too long.
pub fn shape(source: &Source, long: &[(&str, &str)]) -> Vec<Break> {
    let broken = |line, what| Break { path: source.path.clone(), line, what };
    let mut breaks = Vec::new();
    if !source.text.starts_with("//!") {
        breaks.push(broken(1, "does not begin with `//!` and what the file is".to_owned()));
    }
    let lines = source.text.lines().count();
    let reason = long.iter().any(|(path, reason)| *path == source.path && !reason.is_empty());
    if lines > LINES && !reason {
        breaks.push(broken(LINES + 1, format!("has {lines} lines, over {LINES}; split it, or give LONG its reason")));
    }
    if lines <= LINES && reason {
        breaks.push(broken(1, format!("has {lines} lines and needs no row in LONG any more; remove the row")));
    }
    breaks
}
