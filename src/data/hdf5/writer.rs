//! A writer of small HDF5 files for tests: a user block, one group of arrays in every layout that is read here.

mod values;

pub(crate) use values::{Values, zlib};

/// How an array is stored.
#[derive(Clone)]
pub(crate) enum Store {
    Compact,
    Contiguous,
    /// Sides of a chunk, and children that one node of the tree has at most.
    Chunks {
        sides: Vec<u64>,
        fan: usize,
        shuffle: bool,
        deflate: bool,
    },
}

/// A file in the making. Addresses count from behind the user block.
pub(crate) struct Writer {
    user_block: usize,
    bytes: Vec<u8>,
    names: Vec<(String, u64)>,
    /// Superblock 2, headers 2 and compact links instead of what MATLAB writes.
    new_style: bool,
}

impl Writer {
    /// As MATLAB writes: a user block of 512 bytes and the oldest tables.
    pub(crate) fn matlab() -> Self {
        Self { user_block: 512, bytes: vec![0; 96], names: Vec::new(), new_style: false }
    }

    pub(crate) fn new_style() -> Self {
        Self { user_block: 0, bytes: vec![0; 96], names: Vec::new(), new_style: true }
    }

    fn add(&mut self, bytes: &[u8]) -> u64 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let at = self.bytes.len() as u64;
        self.bytes.extend_from_slice(bytes);
        at
    }

    /// Adds an array to the root group and gives the address of its header.
    pub(crate) fn array(&mut self, name: &str, shape: &[u64], values: &Values, store: &Store) -> u64 {
        let address = self.hidden(shape, values, store);
        self.names.push((name.to_owned(), address));
        address
    }

    /// An array that only a reference leads to.
    pub(crate) fn hidden(&mut self, shape: &[u64], values: &Values, store: &Store) -> u64 {
        let bytes = values.bytes();
        let mut space = vec![1, shape.len() as u8, 0, 0, 0, 0, 0, 0];
        shape.iter().for_each(|side| space.extend(side.to_le_bytes()));
        let mut messages = vec![(1u16, space), (3, values.datatype())];
        let mut layout = vec![3];
        match store {
            Store::Compact => {
                layout.push(0);
                layout.extend((bytes.len() as u16).to_le_bytes());
                layout.extend(&bytes);
            }
            Store::Contiguous => {
                layout.push(1);
                layout.extend(self.add(&bytes).to_le_bytes());
                layout.extend((bytes.len() as u64).to_le_bytes());
            }
            Store::Chunks { sides, fan, shuffle, deflate } => {
                let tree = self.chunks(shape, sides, &bytes, values.size(), *fan, *shuffle, *deflate);
                layout.extend([2, shape.len() as u8 + 1]);
                layout.extend(tree.to_le_bytes());
                sides.iter().for_each(|side| layout.extend((*side as u32).to_le_bytes()));
                layout.extend((values.size() as u32).to_le_bytes());
                let mut filters = vec![1, u8::from(*shuffle) + u8::from(*deflate), 0, 0, 0, 0, 0, 0];
                if *shuffle {
                    filters.extend([2, 0, 8, 0, 1, 0, 1, 0]);
                    filters.extend(b"shuffle\0");
                    filters.extend([values.size() as u8, 0, 0, 0, 0, 0, 0, 0]);
                }
                if *deflate {
                    filters.extend([1, 0, 8, 0, 1, 0, 1, 0]);
                    filters.extend(b"deflate\0");
                    filters.extend([3, 0, 0, 0, 0, 0, 0, 0]);
                }
                messages.push((0x0b, filters));
            }
        }
        messages.push((8, layout));
        self.header(&messages)
    }

    fn header(&mut self, messages: &[(u16, Vec<u8>)]) -> u64 {
        let mut body = Vec::new();
        if self.new_style {
            for (kind, data) in messages {
                body.push(*kind as u8);
                body.extend((data.len() as u16).to_le_bytes());
                body.push(0);
                body.extend(data);
            }
            let mut header = b"OHDR\x02\x02".to_vec();
            header.extend((body.len() as u32).to_le_bytes());
            header.extend(body);
            header.extend([0; 4]); // the checksum, which is not looked at
            return self.add(&header);
        }
        for (kind, data) in messages {
            let padded = data.len().next_multiple_of(8);
            body.extend(kind.to_le_bytes());
            body.extend((padded as u16).to_le_bytes());
            body.extend([0; 4]);
            body.extend(data);
            body.resize(body.len() + padded - data.len(), 0);
        }
        // All but the first message lie in a second block, as in files that grew.
        let first = 8 + messages[0].1.len().next_multiple_of(8);
        let rest = self.add(&body[first..]);
        let mut block = body[..first].to_vec();
        block.extend([0x10, 0, 16, 0, 0, 0, 0, 0]);
        block.extend(rest.to_le_bytes());
        block.extend(((body.len() - first) as u64).to_le_bytes());
        let mut header = vec![1, 0];
        header.extend((messages.len() as u16 + 1).to_le_bytes());
        header.extend([1, 0, 0, 0]);
        header.extend((block.len() as u32).to_le_bytes());
        header.extend([0; 4]);
        header.extend(block);
        self.add(&header)
    }

    #[allow(clippy::too_many_arguments)]
    fn chunks(
        &mut self,
        shape: &[u64],
        sides: &[u64],
        bytes: &[u8],
        size: usize,
        fan: usize,
        shuffle: bool,
        deflate: bool,
    ) -> u64 {
        let counts: Vec<u64> = shape.iter().zip(sides).map(|(n, s)| n.div_ceil(*s)).collect();
        let mut level = Vec::new();
        for number in 0..counts.iter().product::<u64>() {
            let mut rest = number;
            let mut place = vec![0; shape.len()];
            for axis in (0..shape.len()).rev() {
                place[axis] = rest % counts[axis] * sides[axis];
                rest /= counts[axis];
            }
            let mut chunk = vec![0; sides.iter().product::<u64>() as usize * size];
            for i in 0..chunk.len() / size {
                let (mut inside, mut at, mut stride) = (i as u64, 0, 1);
                let mut exists = true;
                for axis in (0..shape.len()).rev() {
                    let x = place[axis] + inside % sides[axis];
                    inside /= sides[axis];
                    exists &= x < shape[axis];
                    at += x * stride;
                    stride *= shape[axis];
                }
                if exists {
                    chunk[i * size..(i + 1) * size].copy_from_slice(&bytes[at as usize * size..][..size]);
                }
            }
            if shuffle {
                let count = chunk.len() / size;
                chunk = (0..chunk.len()).map(|i| chunk[i % count * size + i / count]).collect();
            }
            let stored = if deflate { zlib(&chunk) } else { chunk };
            let end: Vec<u64> = place.iter().zip(sides).map(|(p, s)| p + s).collect();
            level.push((stored.len() as u32, place, self.add(&stored), end));
        }
        let mut height = 0u8;
        loop {
            let mut next = Vec::new();
            for children in level.chunks(fan) {
                let mut node = b"TREE\x01".to_vec();
                node.push(height);
                node.extend((children.len() as u16).to_le_bytes());
                node.extend([0xff; 16]);
                let key = |stored: u32, place: &[u64]| {
                    let mut key = stored.to_le_bytes().to_vec();
                    key.extend([0; 4]);
                    place.iter().for_each(|p| key.extend(p.to_le_bytes()));
                    key.extend([0; 8]);
                    key
                };
                for (stored, place, address, _) in children {
                    node.extend(key(*stored, place));
                    node.extend(address.to_le_bytes());
                }
                // The last key is behind everything, as the library writes it.
                let end = &children[children.len() - 1].3;
                node.extend(key(0, end));
                next.push((children[0].0, children[0].1.clone(), self.add(&node), end.clone()));
            }
            if next.len() == 1 {
                return next[0].2;
            }
            (level, height) = (next, height + 1);
        }
    }

    /// The whole file.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let mut names = std::mem::take(&mut self.names);
        names.sort();
        let mut superblock = b"\x89HDF\r\n\x1a\n".to_vec();
        if self.new_style {
            let links = names.iter().map(|(name, address)| {
                let mut link = vec![1, 0, name.len() as u8];
                link.extend(name.as_bytes());
                link.extend(address.to_le_bytes());
                (6u16, link)
            });
            let mut info = vec![0, 0];
            info.extend([0xff; 16]);
            let messages: Vec<_> = std::iter::once((2, info)).chain(links).collect();
            let root = self.header(&messages);
            superblock.extend([2, 8, 8, 0]);
            let end = (self.user_block + self.bytes.len()) as u64;
            [0, u64::MAX, end, root].iter().for_each(|v| superblock.extend(v.to_le_bytes()));
        } else {
            let root = self.symbol_table(&names);
            superblock.extend([0, 0, 0, 0, 0, 8, 8, 0, 4, 0, 16, 0, 0, 0, 0, 0]);
            let end = (self.user_block + self.bytes.len()) as u64;
            [self.user_block as u64, u64::MAX, end, u64::MAX, 0, root]
                .iter()
                .for_each(|v| superblock.extend(v.to_le_bytes()));
        }
        self.bytes[..superblock.len()].copy_from_slice(&superblock);
        let mut file = vec![b' '; self.user_block];
        file.iter_mut().zip(b"MATLAB 7.3 MAT-file").for_each(|(to, from)| *to = *from);
        file.extend(self.bytes);
        file
    }

    fn symbol_table(&mut self, names: &[(String, u64)]) -> u64 {
        let mut heap = vec![0; 8];
        let mut entries = Vec::new();
        for (name, address) in names {
            let at = heap.len() as u64;
            heap.extend(name.as_bytes());
            heap.resize((heap.len() + 1).next_multiple_of(8), 0);
            let mut entry = at.to_le_bytes().to_vec();
            entry.extend(address.to_le_bytes());
            entry.extend([0; 24]);
            entries.push(entry);
        }
        let data = self.add(&heap);
        let mut head = b"HEAP\0\0\0\0".to_vec();
        [heap.len() as u64, u64::MAX, data].iter().for_each(|v| head.extend(v.to_le_bytes()));
        let heap = self.add(&head);
        let mut leaves = Vec::new();
        for entries in entries.chunks(2) {
            let mut leaf = b"SNOD\x01\0".to_vec();
            leaf.extend((entries.len() as u16).to_le_bytes());
            leaf.extend(entries.concat());
            leaves.push(self.add(&leaf));
        }
        let mut tree = b"TREE\0\0".to_vec();
        tree.extend((leaves.len() as u16).to_le_bytes());
        tree.extend([0xff; 16]);
        leaves.iter().for_each(|leaf| [0, *leaf].iter().for_each(|v| tree.extend(v.to_le_bytes())));
        tree.extend([0; 8]);
        let tree = self.add(&tree);
        let mut message = tree.to_le_bytes().to_vec();
        message.extend(heap.to_le_bytes());
        self.header(&[(0x11, message)])
    }
}
