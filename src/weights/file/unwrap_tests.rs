//! What a pickle may name beside tensors: harmless names stay names, others refuse the file, and none is ever run.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::checks::check;
use super::writer::{self, Pickler, float, floats};

/// A state dict of one tensor `a` whose pickle holds `extra` too.
fn beside(extra: Pickler) -> Vec<u8> {
    let pickle = Pickler::new(2).raw(b"}(").str("a").tensor(&float("a", "0", &[2], &[1])).str("x").raw(&extra.0[2..]);
    writer::zip(&pickle.raw(b"u").stop(), &[("0", floats(&[1.0, 2.0]))], false)
}

/// A call of a global without arguments.
fn call(name: &str) -> Pickler {
    Pickler::new(2).global(name).raw(b")R")
}

#[test]
fn harmless_names_stay_names() {
    for name in [
        "argparse Namespace",
        "numpy.core.multiarray scalar",
        "numpy dtype",
        "datetime datetime",
        "pathlib PosixPath",
        "easydict EasyDict",
        "types SimpleNamespace",
        "functools partial",
        "torch device",
        "torch.optim.adam Adam",
        "my.models.os_net OsNet",
        "project.evaluation Evaluator",
        "__builtin__ object",
        "builtins bytearray",
    ] {
        let file = check(&beside(call(name))).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(file.tensors.get("a").unwrap().to_f32(), [1.0, 2.0]);
        let class = name.replacen(' ', ".", 1);
        assert_eq!(file.notes, [format!("Left out, and nothing in them run: `x` ({class}).")]);
    }
}

#[test]
fn names_that_reach_the_system_refuse_the_file() {
    for name in [
        "os system",
        "posix system",
        "nt system",
        "subprocess Popen",
        "sys exit",
        "builtins eval",
        "__builtin__ exec",
        "builtins getattr",
        "builtins print",
        "importlib import_module",
        "torch os.system",
        "torch.serialization os.system",
        "numpy.os popen",
        "webbrowser open",
        "pickle loads",
        "operator methodcaller",
        "torch load",
        "torch.hub load",
        "collections sys.modules",
        "argparse __builtins__.eval",
        "x __globals__.y",
        "shutil rmtree",
        "ctypes CDLL",
        "urllib.request urlopen",
    ] {
        let stacked = {
            let (module, function) = name.split_once(' ').unwrap();
            Pickler::new(4).str(module).str(function).raw(b"\x93)R")
        };
        for extra in [Pickler::new(2).global(name), call(name), stacked] {
            let sentence = check(&beside(extra)).unwrap_err().to_string();
            let words = format!("asks to run `{}`", name.replacen(' ', ".", 1));
            assert!(sentence.contains(&words) && sentence.contains("never executes code"), "{sentence}");
        }
    }
}

/// Whatever is done with an object that is only a name, nothing comes of it.
#[test]
fn objects_have_no_content() {
    let object = || call("easydict EasyDict");
    for extra in [
        object().raw(b"(").str("k").raw(b"K\x01u"),
        object().str("k").raw(b"K\x01s"),
        object().raw(b"K\x01a(K\x01K\x02e"),
        object().raw(b"}b"),
        object().raw(b")R)\x81"),
        Pickler::new(2).global("easydict EasyDict").raw(b")}\x92"),
        Pickler::new(2)
            .global("copy_reg _reconstructor")
            .raw(b"(")
            .global("easydict EasyDict")
            .global("__builtin__ object")
            .raw(b"NtR"),
    ] {
        let file = check(&beside(extra)).unwrap();
        assert_eq!((file.tensors.len(), file.metadata.len()), (1, 1));
        assert!(file.notes[0].contains("`x` (easydict.EasyDict)"), "{:?}", file.notes);
    }
    // A default dictionary is a dictionary, whatever makes its defaults.
    let tensors = Pickler::new(2).global("collections defaultdict").global("__builtin__ dict").raw(b"\x85R(");
    let pickle = tensors.str("a").tensor(&float("a", "0", &[2], &[1])).raw(b"u").stop();
    assert_eq!(check(&writer::zip(&pickle, &[("0", floats(&[1.0, 2.0]))], false)).unwrap().tensors.len(), 1);
}

/// A call inside a call inside a call: no stack is spent on it.
#[test]
fn rebuilding_does_not_recurse() {
    let function = Pickler::new(2).global("torch._tensor _rebuild_from_type_v2").raw(b"q\0");
    let nested = function.raw(b")q\x01").raw(&b"0h\0Nh\x01\x87q\x01".repeat(100_000)).raw(b"0h\0h\x01R").stop();
    let sentence = check(&writer::zip(&nested, &[], true)).unwrap_err().to_string();
    assert!(sentence.contains("tensor of no kind") || sentence.contains("no function"), "{sentence}");
}
