//! Files made from a few bytes: what the fuzz target mutates is then a description of a pickle and its storages, not
//! the file, so that most of what it tries gets past checksums and counts to the tensors.

use super::writer::{self, Pickler, Spec};

const KINDS: [&str; 12] = [
    "torch FloatStorage",
    "torch DoubleStorage",
    "torch HalfStorage",
    "torch BFloat16Storage",
    "torch LongStorage",
    "torch IntStorage",
    "torch ShortStorage",
    "torch CharStorage",
    "torch ByteStorage",
    "torch BoolStorage",
    "torch UntypedStorage",
    "torch QInt8Storage",
];
const KEYS: [&str; 4] = ["0", "1", "2", "3"];
const NAMES: [&str; 20] = [
    "a.weight",
    "b.bias",
    "module.a",
    "module.b",
    "_orig_mod.a",
    "n_averaged",
    "state_dict",
    "model",
    "net",
    "model_ema",
    "ema",
    "optimizer",
    "state",
    "param_groups",
    "encoder",
    "decoder",
    "epoch",
    "__metadata__",
    "\u{202e}\u{1}\n",
    "",
];
const GLOBALS: [&str; 11] = [
    "argparse Namespace",
    "numpy.core.multiarray _reconstruct",
    "collections OrderedDict",
    "collections defaultdict",
    "collections Counter",
    "torch Size",
    "torch._utils _rebuild_parameter",
    "torch._tensor _rebuild_from_type_v2",
    "copy_reg _reconstructor",
    "builtins set",
    "os system",
];
const NUMBERS: [i64; 16] = [0, 1, 2, 3, 4, 5, 6, 8, 16, 24, 64, -1, 1 << 20, 1 << 40, 1 << 62, i64::MAX];

/// Bytes one after another, and zeros behind the last.
struct Bytes<'a>(std::slice::Iter<'a, u8>);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[usize::from(self.next()) % list.len()]
    }

    fn numbers(&mut self) -> Vec<i64> {
        let count = self.next() % 5;
        (0..count).map(|_| self.of(&NUMBERS)).collect()
    }
}

/// The file that `input` describes; `None` for an input that is meant as a file itself.
pub fn file(input: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Bytes(input.strip_prefix(b"make")?.iter());
    let container = bytes.next();
    let storages: Vec<(&str, &str, i64, u8)> = KEYS
        .iter()
        .take(usize::from(bytes.next() % 4))
        .map(|key| (*key, bytes.of(&KINDS), i64::from(bytes.next() % 64), bytes.next()))
        .collect();
    let pickle = pickle(&mut bytes, &storages);
    let contents = storages.iter().map(|(key, kind, count, fill)| {
        let size = match *kind {
            "torch DoubleStorage" | "torch LongStorage" => 8,
            "torch FloatStorage" | "torch IntStorage" => 4,
            "torch HalfStorage" | "torch BFloat16Storage" | "torch ShortStorage" => 2,
            _ => 1,
        };
        (*key, *count, vec![*fill; *count as usize * size])
    });
    let contents: Vec<_> = contents.collect();
    if container % 3 == 0 {
        return Some(writer::legacy(&pickle, &contents));
    }
    let entries: Vec<_> = contents.into_iter().map(|(key, _, bytes)| (key, bytes)).collect();
    Some(writer::zip(&pickle, &entries, container % 3 == 1))
}

/// A dictionary filled with what the bytes ask for. The tensors' storages are mostly those of the file.
fn pickle(bytes: &mut Bytes<'_>, storages: &[(&str, &str, i64, u8)]) -> Vec<u8> {
    let mut p = Pickler::new(2).raw(b"}(");
    while !bytes.0.as_slice().is_empty() {
        p = match bytes.next() % 16 {
            0..=3 => {
                let name = bytes.of(&NAMES);
                tensor(p.str(name), bytes, storages)
            }
            4 => tensor(p, bytes, storages),
            5 | 6 => p.str(bytes.of(&NAMES)),
            7 => p.raw(b"}("),
            8 => p.raw(b"u"),
            9 => p.raw(b"q").raw(&[bytes.next() % 8]),
            10 => p.raw(b"h").raw(&[bytes.next() % 8]),
            11 => p.global(bytes.of(&GLOBALS)),
            12 => p.raw(bytes.of(&[&b")R"[..], b"\x85R", b"\x86R", b"(tR", b"}b", b"\x81", b")}\x92"])),
            13 => p.raw(bytes.of(&[&b"N"[..], b"\x88", b"]", b"](e", b"(l", b"0", b"1", b"2", b"s", b"a", b"("])),
            14 => p.int(bytes.of(&NUMBERS)),
            _ => p.raw(&[bytes.next()]),
        };
    }
    p.raw(b"u").stop()
}

fn tensor(p: Pickler, bytes: &mut Bytes<'_>, storages: &[(&str, &str, i64, u8)]) -> Pickler {
    let Some((key, kind, count, _)) = storages.get(usize::from(bytes.next()) % storages.len().max(1)) else { return p };
    let flags = bytes.next();
    let shape = bytes.numbers();
    let contiguous =
        (0..shape.len()).map(|axis| shape[axis + 1..].iter().fold(1, |n: i64, size| n.wrapping_mul(*size)));
    let stride = if flags & 1 == 0 { contiguous.collect() } else { bytes.numbers() };
    let count = if flags & 14 == 14 { bytes.of(&NUMBERS) } else { *count };
    let offset = if flags & 16 == 0 { 0 } else { bytes.of(&NUMBERS) };
    let view = (flags & 96 == 96).then(|| (bytes.of(&NUMBERS), bytes.of(&NUMBERS)));
    p.tensor(&Spec { name: "", kind, key, count, offset, shape: &shape, stride: &stride, view })
}
