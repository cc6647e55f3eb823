//! KITTI's calibration files (reference.md 7.3): `key: numbers` or `key: text`, one a line.

use crate::error::{Error, Result};
use crate::geometry::intrinsics::Intrinsics;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Real files have 2 KB; a longer one is something else.
const MAX_BYTES: u64 = 1 << 20;

/// What stands behind a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Numbers, when every character could belong to one.
    Numbers(Vec<f64>),
    /// Anything else, such as `calib_time`.
    Text(String),
}

/// One parsed calibration file.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    path: PathBuf,
    values: BTreeMap<String, Value>,
}

impl Calibration {
    /// Reads `calib_cam_to_cam.txt`, `calib_velo_to_cam.txt` or `calib_imu_to_velo.txt`.
    ///
    /// # Errors
    /// When the file cannot be read, is longer than 1 MB, is no text, or has a line without a colon.
    pub fn read(path: &Path) -> Result<Self> {
        Self::parse(&read_text(path)?, path)
    }

    /// Parses the text of such a file; `path` is for messages.
    ///
    /// # Errors
    /// When a line has no colon.
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        let mut values = BTreeMap::new();
        for (i, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let Some((key, value)) = line.split_once(':') else {
                let what = format!("has no colon in line {}", i + 1);
                return Err(Error::file(path, what, "give one of KITTI's calib_*.txt files"));
            };
            let value = value.trim();
            let numeric = !value.is_empty() && value.chars().all(|c| "0123456789.e+- ".contains(c));
            let numbers = numeric.then(|| value.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>());
            let value = match numbers {
                Some(Ok(v)) => Value::Numbers(v),
                // Numeric characters that spell no number stay text, as in the reference's reader.
                _ => Value::Text(value.to_owned()),
            };
            values.insert(key.trim().to_owned(), value);
        }
        Ok(Self { path: path.to_owned(), values })
    }

    /// The value behind a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    /// The `N` numbers behind a key.
    ///
    /// # Errors
    /// When the key is missing or has another count of numbers.
    pub fn numbers<const N: usize>(&self, key: &str) -> Result<[f64; N]> {
        let remedy = "give the calibration file that belongs to the drive";
        match self.values.get(key) {
            Some(Value::Numbers(v)) => {
                let wrong =
                    |_| Error::file(&self.path, format!("has {} numbers behind {key}, not {N}", v.len()), remedy);
                let numbers: [f64; N] = v.as_slice().try_into().map_err(wrong)?;
                // `1e999` is written in the right characters and is no number to compute with.
                if numbers.iter().all(|n| n.is_finite()) {
                    return Ok(numbers);
                }
                Err(Error::file(&self.path, format!("has a number behind {key} that is too large"), remedy))
            }
            Some(Value::Text(_)) => Err(Error::file(&self.path, format!("has no numbers behind {key}"), remedy)),
            None => Err(Error::file(&self.path, format!("has no {key}"), remedy)),
        }
    }

    /// The 3×4 projection `P_rect_0{camera}` of a rectified camera.
    ///
    /// # Errors
    /// When the file does not have it.
    pub fn projection(&self, camera: u8) -> Result<[[f64; 4]; 3]> {
        let p = self.numbers::<12>(&format!("P_rect_{camera:02}"))?;
        Ok([[p[0], p[1], p[2], p[3]], [p[4], p[5], p[6], p[7]], [p[8], p[9], p[10], p[11]]])
    }

    /// Intrinsics of a rectified camera with pixels counted from 0, where the file counts from 1.
    ///
    /// # Errors
    /// When the file does not have `P_rect_0{camera}`, or its focal lengths are not positive.
    pub fn intrinsics(&self, camera: u8) -> Result<Intrinsics> {
        let p = self.projection(camera)?;
        if p[0][0] > 0.0 && p[1][1] > 0.0 {
            return Ok(Intrinsics::from_one_based(p[0][0], p[1][1], p[0][2], p[1][2]));
        }
        let what = format!("has no positive focal lengths in P_rect_{camera:02}");
        Err(Error::file(&self.path, what, "give the calibration file that belongs to the drive"))
    }

    /// How far rectified camera `right` lies to the right of `left`, in metres (reference.md 7.3).
    ///
    /// # Errors
    /// When the file lacks one of the projections, or a focal length is not positive.
    pub fn baseline(&self, left: u8, right: u8) -> Result<f64> {
        let offset = |camera| -> Result<f64> {
            let focal = self.intrinsics(camera)?.fx;
            Ok(self.projection(camera)?[0][3] / -focal)
        };
        Ok(offset(right)? - offset(left)?)
    }

    /// Width and height in pixels of a rectified camera's pictures (`S_rect_0{camera}`).
    ///
    /// # Errors
    /// When the file does not have it or it is no picture's size.
    pub fn size(&self, camera: u8) -> Result<[usize; 2]> {
        let key = format!("S_rect_{camera:02}");
        let s = self.numbers::<2>(&key)?;
        if s.iter().all(|v| (1.0..=16384.0).contains(v)) {
            return Ok(s.map(|v| v as usize));
        }
        Err(Error::file(&self.path, format!("has no picture's size behind {key}"), "check that line"))
    }
}

/// The text of a file of at most 1 MB.
pub(super) fn read_text(path: &Path) -> Result<String> {
    let remedy = "give one of KITTI's calib_*.txt files";
    let metadata = std::fs::metadata(path).map_err(|e| Error::reading(path, &e))?;
    if !metadata.is_file() {
        // A pipe would be waited on for ever.
        return Err(Error::file(path, "is no file", remedy));
    }
    let file = std::fs::File::open(path).map_err(|e| Error::reading(path, &e))?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| Error::reading(path, &e))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::file(path, "is too long for a calibration file", remedy));
    }
    String::from_utf8(bytes).map_err(|_| Error::file(path, "is not text, so it is no calibration file", remedy))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Calibration> {
        Calibration::parse(text, Path::new("calib.txt"))
    }

    #[test]
    fn numbers_text_and_colons_in_values() {
        let c =
            parse("calib_time: 09-Jan-2012 13:57:47\nS_rect_02: 1.242000e+03 3.750000e+02\n\nodd: 1-2 .\n").unwrap();
        assert_eq!(c.get("calib_time"), Some(&Value::Text("09-Jan-2012 13:57:47".into())));
        assert_eq!(c.get("odd"), Some(&Value::Text("1-2 .".into())));
        assert_eq!(c.size(2).unwrap(), [1242, 375]);
        assert_eq!(c.numbers::<2>("S_rect_02").unwrap(), [1242.0, 375.0]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let c = parse("P_rect_02: 1 2 3\nS_rect_02: 1e9 1\n").unwrap();
        assert_eq!(
            c.projection(2).unwrap_err().to_string(),
            "calib.txt: has 3 numbers behind P_rect_02, not 12; give the calibration file that belongs to the drive"
        );
        assert!(c.projection(3).unwrap_err().to_string().contains("has no P_rect_03"));
        assert!(c.size(2).is_err());
        assert!(parse("hello\n").unwrap_err().to_string().contains("no colon in line 1"));
    }

    #[test]
    fn numbers_that_cannot_be_computed_with_are_refused() {
        let c =
            parse("T: 1e999 0 0\nP_rect_02: 0 0 0 0 0 0 0 0 0 0 0 0\nP_rect_03: -7 0 0 0 0 7 0 0 0 0 1 0\n").unwrap();
        assert!(c.numbers::<3>("T").unwrap_err().to_string().contains("behind T that is too large"));
        assert!(c.projection(2).is_ok());
        for camera in [2, 3] {
            assert!(c.intrinsics(camera).unwrap_err().to_string().contains("no positive focal lengths"));
        }
    }

    #[test]
    fn the_baseline_of_the_colour_cameras() {
        // reference.md 7.3 and B.4: about 0.54 m on the drives of 2011_09_26.
        let text = "P_rect_02: 7.215377e+02 0 6.095593e+02 4.485728e+01 0 7.215377e+02 1.728540e+02 2.163791e-01 0 0 1 0\n\
                    P_rect_03: 7.215377e+02 0 6.095593e+02 -3.395242e+02 0 7.215377e+02 1.728540e+02 2.199936e+00 0 0 1 0\n";
        let c = parse(text).unwrap();
        assert!((c.baseline(2, 3).unwrap() - 0.532_725).abs() < 1e-5);
        assert!((c.baseline(3, 2).unwrap() + 0.532_725).abs() < 1e-5);
    }

    #[test]
    fn intrinsics_count_pixels_from_zero() {
        let c = parse("P_rect_02: 7e2 0 6.1e2 4.4e1 0 7.1e2 1.7e2 .2 0 0 1 2e-3\n").unwrap();
        assert_eq!(c.intrinsics(2).unwrap(), Intrinsics { fx: 700.0, fy: 710.0, cx: 609.0, cy: 169.0 });
    }

    #[test]
    fn hostile_files_end_in_a_sentence() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("calib.txt");
        std::fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
        assert!(Calibration::read(&path).unwrap_err().to_string().contains("is not text"));
        std::fs::write(&path, vec![b' '; (MAX_BYTES + 1) as usize]).unwrap();
        assert!(Calibration::read(&path).unwrap_err().to_string().contains("too long"));
        assert!(Calibration::read(dir.path()).is_err());
    }
}
