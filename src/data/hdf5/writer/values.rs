//! What the arrays of a written file hold, and how it is packed.

/// The type of the elements and their bytes.
#[derive(Clone)]
pub(crate) enum Values {
    U8(Vec<u8>),
    U16(Vec<u16>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    References(Vec<u64>),
}

impl Values {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::U8(v) => v.clone(),
            Self::U16(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Self::F32(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Self::F64(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
            Self::References(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
        }
    }

    /// Class with version, bit field, size and properties of the datatype message.
    pub(super) fn datatype(&self) -> Vec<u8> {
        let float = |size: u32, fields: [u8; 4], bias: u32| {
            let mut out = vec![0x11, 0x20, size as u8 * 8 - 1, 0];
            out.extend(size.to_le_bytes());
            out.extend([0, 0, size as u8 * 8, 0]);
            out.extend(fields);
            out.extend(bias.to_le_bytes());
            out
        };
        match self {
            Self::U8(_) => vec![0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0],
            Self::U16(_) => vec![0x10, 0, 0, 0, 2, 0, 0, 0, 0, 0, 16, 0],
            Self::F32(_) => float(4, [23, 8, 0, 23], 127),
            Self::F64(_) => float(8, [52, 11, 0, 52], 1023),
            Self::References(_) => vec![0x17, 0, 0, 0, 8, 0, 0, 0],
        }
    }

    pub(super) fn size(&self) -> usize {
        match self {
            Self::U8(_) => 1,
            Self::U16(_) => 2,
            Self::F32(_) => 4,
            Self::F64(_) | Self::References(_) => 8,
        }
    }
}

/// A zlib stream of stored blocks.
pub(crate) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let blocks: Vec<&[u8]> = if bytes.is_empty() { vec![&[]] } else { bytes.chunks(65_535).collect() };
    for (i, block) in blocks.iter().enumerate() {
        out.push(u8::from(i + 1 == blocks.len()));
        out.extend((block.len() as u16).to_le_bytes());
        out.extend((!(block.len() as u16)).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend(crate::data::hdf5::filter::adler32(bytes).to_be_bytes());
    out
}
