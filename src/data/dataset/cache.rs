//! [`DepthCache`]: depth that takes work to make (a projected scan), kept in one file a frame, so that a second run
//! starts at once.
//!
//! An entry holds the identity of what it was made from: the source's size and time of change, and every option. Another
//! identity, a damaged file or none at all means that the map is made again; an entry is never trusted halfway.
//!
//! The file: `MSFDEPTH`, then little-endian u32 version, SHA-256 of the identity, u32 width, height and number of valid
//! pixels, for each of them u32 index and f32 metres in order of the index, and SHA-256 of all that.

use crate::atomic::write_atomic_bytes;
use crate::depth::{DepthMap, DepthUnit};
use crate::error::Result;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

const MAGIC: &[u8; 8] = b"MSFDEPTH";
const VERSION: u32 = 1;
/// Bytes before the pixels, and of the check sum behind them.
const HEAD: usize = 8 + 4 + 32 + 12;
const TAIL: usize = 32;
/// Pixels of an entry that is still read.
const MAX_PIXELS: usize = 1 << 24;

/// A folder of depth maps in metres.
#[derive(Debug)]
pub struct DepthCache {
    folder: PathBuf,
    /// Whether it was said already that entries cannot be written.
    complained: AtomicBool,
}

impl DepthCache {
    /// The entries of the data set at `root` below `folder`, which need not be there yet. Data sets of other places have
    /// folders of their own, so that equal names of frames do not push each other out.
    pub fn new(folder: &Path, root: &Path) -> Self {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let place = hex(&Sha256::digest(root.as_os_str().as_encoded_bytes())[..8]);
        Self { folder: folder.join(place), complained: AtomicBool::new(false) }
    }

    /// The entry `name` when it was made from `identity`, or what `make` makes, which is kept. An entry that cannot be
    /// written is a warning in the log, once, and no error: the map is there.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn get_or_make(&self, name: &str, identity: &str, make: impl FnOnce() -> Result<DepthMap>) -> Result<DepthMap> {
        let path = self.path(name);
        let identity: [u8; 32] = Sha256::digest(identity).into();
        if let Some(map) = read(&path, &identity) {
            return Ok(map);
        }
        let map = make()?;
        if map.unit() == DepthUnit::Metres && map.values().len() <= MAX_PIXELS {
            let written = write_atomic_bytes(&path, &encode(&map, &identity));
            if let Err(error) = written
                && !self.complained.swap(true, Ordering::Relaxed)
            {
                log::warn!("projected depth is not kept: {error}");
            }
        }
        Ok(map)
    }

    /// The file of an entry. What a file system may not like in a name becomes `_`; names of frames differ elsewhere.
    fn path(&self, name: &str) -> PathBuf {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
        self.folder.join(format!("{}.depth", name.chars().map(plain).collect::<String>()))
    }
}

/// What a source file is known by without reading it: its size and when it was changed. A file that is not there has an
/// identity too.
pub fn file_identity(path: &Path) -> String {
    let Ok(metadata) = std::fs::metadata(path) else { return "none".to_owned() };
    let changed = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    format!("{} bytes of {}", metadata.len(), changed.unwrap_or_default().as_nanos())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn encode(map: &DepthMap, identity: &[u8; 32]) -> Vec<u8> {
    let count = map.valid_count();
    let mut bytes = Vec::with_capacity(HEAD + 8 * count + TAIL);
    bytes.extend_from_slice(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend_from_slice(identity);
    for number in [map.width(), map.height(), count] {
        bytes.extend((number as u32).to_le_bytes());
    }
    for (i, value) in map.values().iter().enumerate().filter(|(i, _)| map.valid()[*i]) {
        bytes.extend((i as u32).to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    let sum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&sum);
    bytes
}

/// An entry that is whole and of this identity.
fn read(path: &Path, identity: &[u8; 32]) -> Option<DepthMap> {
    let length = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?.len();
    let most = (HEAD + 8 * MAX_PIXELS + TAIL) as u64;
    let mut bytes = Vec::with_capacity(usize::try_from(length.min(most)).ok()?);
    std::fs::File::open(path).ok()?.take(most).read_to_end(&mut bytes).ok()?;
    decode(&bytes, identity)
}

fn decode(bytes: &[u8], identity: &[u8; 32]) -> Option<DepthMap> {
    let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(TAIL)?)?;
    let (head, pixels) = body.split_at_checked(HEAD)?;
    let number = |from: usize| Some(u32::from_le_bytes(head.get(from..from + 4)?.try_into().ok()?));
    let fits = head.starts_with(MAGIC) && number(8) == Some(VERSION) && head.get(12..44) == Some(identity.as_slice());
    let [width, height, count] = [number(44)?, number(48)?, number(52)?].map(|n| n as usize);
    let area = width.checked_mul(height).filter(|area| *area <= MAX_PIXELS)?;
    if !fits || pixels.len() != count.checked_mul(8)? || Sha256::digest(body).as_slice() != sum {
        return None;
    }
    let mut values = vec![0.0f32; area];
    for pixel in pixels.as_chunks::<8>().0 {
        let [a, b, c, d, e, f, g, h] = *pixel;
        *values.get_mut(u32::from_le_bytes([a, b, c, d]) as usize)? = f32::from_le_bytes([e, f, g, h]);
    }
    Some(DepthMap::new(width, height, DepthUnit::Metres, values))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::error::Error;
    use std::cell::Cell;

    fn map() -> DepthMap {
        DepthMap::new(3, 2, DepthUnit::Metres, vec![0.0, 1.5, 0.1 + 0.2, 0.0, 80.0, f32::MIN_POSITIVE])
    }

    /// A cache, the number of times something was made, and its only entry's path.
    fn used(folder: &Path, made: &Cell<u32>, identity: &str) -> DepthMap {
        let cache = DepthCache::new(folder, folder);
        let make = || {
            made.set(made.get() + 1);
            Ok(map())
        };
        cache.get_or_make("2011_09_26/image_02/0000000005", identity, make).unwrap()
    }

    fn entry(folder: &Path) -> PathBuf {
        let place = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
        let files: Vec<_> = std::fs::read_dir(place).unwrap().map(|e| e.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }

    #[test]
    fn the_second_time_nothing_is_made_and_the_map_is_the_same_to_the_bit() {
        let (dir, made) = (tempfile::tempdir().unwrap(), Cell::new(0));
        let first = used(dir.path(), &made, "a");
        let second = used(dir.path(), &made, "a");
        assert_eq!(made.get(), 1);
        assert_eq!((&first, &second), (&map(), &map()));
        used(dir.path(), &made, "b");
        assert_eq!(made.get(), 2, "of another source");
        used(dir.path(), &made, "b");
        assert_eq!(made.get(), 2);
        assert_eq!(entry(dir.path()).file_name().unwrap(), "2011_09_26_image_02_0000000005.depth");
    }

    #[test]
    fn a_damaged_entry_is_made_again_wherever_the_damage_is() {
        let (dir, made) = (tempfile::tempdir().unwrap(), Cell::new(0));
        used(dir.path(), &made, "a");
        let path = entry(dir.path());
        let whole = std::fs::read(&path).unwrap();
        let mut damaged: Vec<Vec<u8>> = (0..whole.len()).map(|n| whole[..n].to_vec()).collect();
        damaged.extend((0..whole.len()).map(|i| {
            let mut bytes = whole.clone();
            bytes[i] ^= 0x40;
            bytes
        }));
        damaged.push([whole.as_slice(), b"x"].concat());
        let identity: [u8; 32] = Sha256::digest("a").into();
        assert_eq!(decode(&whole, &identity), Some(map()));
        assert!(damaged.iter().all(|bytes| decode(bytes, &identity).is_none()));
        std::fs::write(&path, &damaged[20]).unwrap();
        assert_eq!(used(dir.path(), &made, "a"), map());
        assert_eq!(made.get(), 2);
        assert_eq!(std::fs::read(&path).unwrap(), whole, "and kept again");
    }

    #[test]
    fn lies_with_a_right_check_sum_are_refused() {
        let identity: [u8; 32] = Sha256::digest("a").into();
        let signed = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = encode(&map(), &identity);
            bytes.truncate(bytes.len() - TAIL);
            change(&mut bytes);
            let sum = Sha256::digest(&bytes);
            bytes.extend_from_slice(&sum);
            decode(&bytes, &identity)
        };
        assert!(signed(&|_| ()).is_some());
        let put =
            |at: usize, value: u32| move |bytes: &mut Vec<u8>| bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        assert!(signed(&put(44, u32::MAX)).is_none(), "a huge map");
        assert!(signed(&put(52, u32::MAX)).is_none(), "more pixels than the file has");
        assert!(signed(&put(HEAD, 6)).is_none(), "a pixel outside");
    }

    #[test]
    fn a_folder_that_cannot_be_written_costs_the_cache_and_nothing_else() {
        let (dir, made) = (tempfile::tempdir().unwrap(), Cell::new(0));
        let file = dir.path().join("file");
        std::fs::write(&file, "x").unwrap();
        assert_eq!(used(&file, &made, "a"), map());
        assert_eq!(used(&file, &made, "a"), map());
        assert_eq!(made.get(), 2);
        let cache = DepthCache::new(dir.path(), dir.path());
        let failing = cache.get_or_make("x", "a", || Err(Error::Failed("no".into())));
        assert_eq!(failing.unwrap_err().to_string(), "no");
    }

    #[test]
    fn a_changed_file_has_another_identity() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        assert_eq!(file_identity(&path), "none");
        std::fs::write(&path, "1").unwrap();
        let first = file_identity(&path);
        std::fs::write(&path, "12").unwrap();
        assert_ne!(first, file_identity(&path));
    }
}
