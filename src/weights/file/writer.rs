//! Writes the pickles, zips and legacy files that the tests read: what `torch.save` makes, and what nobody should.

use std::io::Write;
use zip::write::SimpleFileOptions;

/// One tensor of a test file.
#[derive(Clone)]
pub struct Spec<'a> {
    pub name: &'a str,
    /// Global of the storage's type, such as `torch FloatStorage`.
    pub kind: &'a str,
    pub key: &'a str,
    /// Elements of the storage.
    pub count: i64,
    pub offset: i64,
    pub shape: &'a [i64],
    pub stride: &'a [i64],
    /// Start and size of a legacy view.
    pub view: Option<(i64, i64)>,
}

/// A contiguous float tensor with a storage of its own.
pub fn float<'a>(name: &'a str, key: &'a str, shape: &'a [i64], stride: &'a [i64]) -> Spec<'a> {
    let count = shape.iter().product();
    Spec { name, kind: "torch FloatStorage", key, count, offset: 0, shape, stride, view: None }
}

/// Operations of a pickle, one after another.
#[derive(Default)]
pub struct Pickler(pub Vec<u8>);

impl Pickler {
    pub fn new(protocol: u8) -> Self {
        Self(vec![0x80, protocol])
    }

    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn str(self, text: &str) -> Self {
        self.raw(b"X").raw(&(text.len() as u32).to_le_bytes()).raw(text.as_bytes())
    }

    pub fn int(self, number: i64) -> Self {
        match i32::try_from(number) {
            Ok(small) => self.raw(b"J").raw(&small.to_le_bytes()),
            Err(_) => self.raw(&[0x8a, 8]).raw(&number.to_le_bytes()),
        }
    }

    pub fn global(self, module_and_name: &str) -> Self {
        let line = module_and_name.replacen(' ', "\n", 1);
        self.raw(b"c").raw(line.as_bytes()).raw(b"\n")
    }

    fn ints(self, numbers: &[i64]) -> Self {
        numbers.iter().fold(self.raw(b"("), |p, n| p.int(*n)).raw(b"t")
    }

    pub fn storage(self, spec: &Spec<'_>) -> Self {
        let p = self.raw(b"(").str("storage").global(spec.kind).str(spec.key).str("cpu").int(spec.count);
        let p = match spec.view {
            Some((start, size)) => p.raw(b"(").str("view").int(start).int(size).raw(b"t"),
            None => p.raw(b"N"),
        };
        p.raw(b"tQ")
    }

    pub fn tensor(self, spec: &Spec<'_>) -> Self {
        self.global("torch._utils _rebuild_tensor_v2")
            .raw(b"(")
            .storage(spec)
            .int(spec.offset)
            .ints(spec.shape)
            .ints(spec.stride)
            .raw(b"\x89")
            .global("collections OrderedDict")
            .raw(b")Rt")
            .raw(b"R")
    }

    pub fn stop(self) -> Vec<u8> {
        self.raw(b".").0
    }
}

/// The pickle of a dictionary of tensors, as `torch.save(model.state_dict())` makes it.
pub fn state_dict(specs: &[Spec<'_>]) -> Vec<u8> {
    let start = Pickler::new(2).global("collections OrderedDict").raw(b")R(");
    let filled = specs.iter().fold(start, |p, spec| p.str(spec.name).tensor(spec)).raw(b"u");
    filled.raw(b"}").str("_metadata").raw(b"}sb").stop()
}

/// A zip as PyTorch makes it, around a pickle and its storages.
pub fn zip(pickle: &[u8], storages: &[(&str, Vec<u8>)], deflate: bool) -> Vec<u8> {
    let method = if deflate { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
    let options = SimpleFileOptions::default().compression_method(method);
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8]| {
        archive.start_file(name, options).unwrap();
        archive.write_all(bytes).unwrap();
    };
    add("net/data.pkl", pickle);
    add("net/byteorder", b"little");
    for (key, bytes) in storages {
        add(&format!("net/data/{key}"), bytes);
    }
    add("net/version", b"3\n");
    archive.finish().unwrap().into_inner()
}

/// A legacy file around a pickle; each storage with its number of elements.
pub fn legacy(pickle: &[u8], storages: &[(&str, i64, Vec<u8>)]) -> Vec<u8> {
    let mut file = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.".to_vec();
    file.extend(Pickler::new(2).int(1001).stop());
    file.extend(Pickler::new(2).raw(b"}").str("little_endian").raw(b"\x88s").stop());
    file.extend_from_slice(pickle);
    let keys = storages.iter().fold(Pickler::new(2).raw(b"]("), |p, (key, ..)| p.str(key));
    file.extend(keys.raw(b"e").stop());
    for (_, count, bytes) in storages {
        file.extend_from_slice(&count.to_le_bytes());
        file.extend_from_slice(bytes);
    }
    file
}

/// Little-endian bytes of floats.
pub fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
