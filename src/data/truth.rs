//! Ground truth: depth in metres from PNG, NPY or PFM, and which file belongs to which picture.

use crate::data::assets::same_file;
use crate::data::dataset::{GroundTruth, TruthSource};
use crate::data::image::read_bounded;
use crate::data::{npy, pfm};
use crate::depth::{DepthMap, DepthUnit};
use crate::error::{Error, Result};
use image::{ColorType, DynamicImage, ImageDecoder, codecs::png::PngDecoder};
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// Extensions of ground-truth files, the one preferred when a folder has several of one stem first.
const EXTENSIONS: [&str; 6] = ["npy", "pfm", "png", "NPY", "PFM", "PNG"];

/// Depth that was measured, not predicted.
#[derive(Debug, Clone)]
pub struct Truth {
    /// Depth in metres; zero, negative, NaN and infinite pixels are invalid.
    pub map: DepthMap,
    /// Where it was read from.
    pub path: Option<PathBuf>,
    /// What a person calls it: "stereo", "LiDAR", or the file's name.
    pub label: String,
    /// How it was made, where a data set says so; `None` where only the label does.
    pub source: Option<TruthSource>,
    /// The map is every second pixel of the picture's size: NYU's crops are halved then, and their rows marked.
    pub half_resolution: bool,
}

impl Truth {
    /// What a data set says of one of its frames, under the name of its source.
    pub fn of_dataset(truth: GroundTruth) -> Self {
        let GroundTruth { map, source, half_resolution } = truth;
        Self { map, path: None, label: source.title().to_owned(), source: Some(source), half_resolution }
    }
}

/// Reads ground truth: a uint16 PNG, whose values divided by `png_scale` are metres (256 for KITTI, 1000 for millimetres), or
/// an `.npy` (two axes, f32 or f64) or one-channel `.pfm` in metres. The content decides, not the name.
///
/// # Errors
/// One sentence when the file is missing, of another kind, broken, too large, has no valid pixel, or is a PNG without a scale.
pub fn read(path: &Path, png_scale: Option<f64>) -> Result<Truth> {
    if let Some(scale) = png_scale.filter(|s| !(s.is_finite() && *s > 0.0)) {
        return Err(Error::Usage(format!(
            "--gt-scale {scale} is no positive number; give values per metre, such as 256"
        )));
    }
    let bytes = read_bounded(path)?;
    let (width, height, values) = if bytes.starts_with(b"\x89PNG") {
        read_png(&bytes, path, png_scale)?
    } else if bytes.starts_with(b"\x93NUMPY") {
        let array = npy::decode(&bytes, path)?;
        match array.shape[..] {
            [height, width] => (width, height, array.values),
            _ => {
                let what = format!("has the shape {:?}, not height and width", array.shape);
                return Err(Error::file(path, what, "save one two-dimensional array of metres"));
            }
        }
    } else if bytes.starts_with(b"Pf") || bytes.starts_with(b"PF") {
        let map = pfm::decode(&bytes, path)?;
        (map.width, map.height, map.values)
    } else {
        return Err(Error::file(path, "is no ground truth in a format known here", "give a uint16 PNG, .npy or .pfm"));
    };
    let map = DepthMap::new(width, height, DepthUnit::Metres, values);
    if map.valid_count() == 0 {
        return Err(Error::file(path, "has no pixel with a positive depth", "check that it holds depth in metres"));
    }
    let label = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(Truth { map, path: Some(path.to_owned()), label, source: None, half_resolution: false })
}

/// Width, height and metres of a uint16 PNG.
fn read_png(bytes: &[u8], path: &Path, scale: Option<f64>) -> Result<(usize, usize, Vec<f32>)> {
    let broken =
        |e: &dyn std::fmt::Display| Error::file(path, format!("is broken or cut short ({e})"), "copy or save it again");
    let decoder = PngDecoder::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    let (width, height) = decoder.dimensions();
    crate::data::image::check_size(path, width, height, decoder.total_bytes())?;
    if decoder.color_type() != ColorType::L16 {
        let what = format!("is a PNG of {}, not of one 16-bit channel", describe(decoder.color_type()));
        return Err(Error::file(path, what, "give depth as a uint16 PNG, .npy or .pfm"));
    }
    let Some(scale) = scale else {
        return Err(Error::file(
            path,
            "is a uint16 PNG, whose values per metre are not known",
            "say them with --gt-scale (256 for KITTI, 1000 for millimetres)",
        ));
    };
    let picture = DynamicImage::from_decoder(decoder).map_err(|e| broken(&e))?;
    let values = picture.into_luma16().into_raw().into_iter().map(|v| (f64::from(v) / scale) as f32).collect();
    Ok((width as usize, height as usize, values))
}

fn describe(color: ColorType) -> String {
    let bits = 8 * u32::from(color.bytes_per_pixel()) / u32::from(color.channel_count());
    match color.channel_count() {
        1 => format!("one {bits}-bit channel"),
        n => format!("{n} {bits}-bit channels"),
    }
}

/// The ground truth of a picture: `gt` itself when it is a file; in a folder, the file with the picture's stem (`.npy` before
/// `.pfm` before `.png`; never the picture itself); else `None`.
pub fn pair(image: &Path, gt: &Path) -> Option<PathBuf> {
    if gt.is_file() {
        return Some(gt.to_owned());
    }
    let stem = image.file_stem()?;
    EXTENSIONS.iter().find_map(|extension| {
        // Not `with_extension`: a stem may have dots of its own.
        let mut name = stem.to_owned();
        name.push(".");
        name.push(extension);
        let path = gt.join(name);
        (path.is_file() && !same_file(&path, image)).then_some(path)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use image::{ImageBuffer, Luma, Rgb};

    #[test]
    fn a_sixteen_bit_png_needs_its_scale() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("d.png");
        ImageBuffer::from_fn(3, 1, |x, _| Luma([[0u16, 256, 65535][x as usize]])).save(&path).unwrap();
        let truth = read(&path, Some(256.0)).unwrap();
        assert_eq!(truth.label, "d.png");
        assert_eq!((truth.map.at(0, 0), truth.map.at(1, 0)), (None, Some(1.0)));
        assert_eq!(truth.map.at(2, 0), Some(65535.0 / 256.0));
        assert_eq!(read(&path, Some(1000.0)).unwrap().map.at(1, 0), Some(0.256));
        assert!(read(&path, None).unwrap_err().to_string().contains("--gt-scale"));
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(read(&path, Some(bad)).unwrap_err().exit_code(), 2);
        }
    }

    #[test]
    fn other_pngs_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("d.png");
        ImageBuffer::from_pixel(2, 2, Luma([9u8])).save(&path).unwrap();
        assert!(read(&path, Some(256.0)).unwrap_err().to_string().contains("one 8-bit channel"));
        ImageBuffer::from_pixel(2, 2, Rgb([9u16, 9, 9])).save(&path).unwrap();
        assert!(read(&path, Some(256.0)).unwrap_err().to_string().contains("3 16-bit channels"));
    }

    #[test]
    fn arrays_and_maps_are_metres_and_the_content_decides() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("any.name");
        let values = [1.0, 0.0, f32::NAN, f32::INFINITY, -2.0, 2.5];
        let check = |truth: Truth| {
            assert_eq!((truth.map.width(), truth.map.height()), (3, 2));
            assert_eq!(truth.map.valid(), [true, false, false, false, false, true]);
            assert_eq!(truth.map.at(2, 1), Some(2.5));
        };
        npy::write(&path, &[2, 3], &values).unwrap();
        check(read(&path, None).unwrap());
        pfm::write(&path, 3, 2, &values).unwrap();
        check(read(&path, Some(256.0)).unwrap());
        npy::write(&path, &[1, 2, 3], &values).unwrap();
        assert!(read(&path, None).unwrap_err().to_string().contains("[1, 2, 3]"));
        npy::write(&path, &[0, 3], &[]).unwrap();
        assert!(read(&path, None).unwrap_err().to_string().contains("no pixel with a positive depth"));
        std::fs::write(&path, "text").unwrap();
        assert!(read(&path, None).unwrap_err().to_string().contains("no ground truth"));
        assert!(read(dir.path(), None).unwrap_err().to_string().contains("is a folder"));
        std::fs::write(&path, b"\x89PNG\r\n\x1a\n123").unwrap();
        assert!(read(&path, Some(1.0)).unwrap_err().to_string().contains("cut short"));
    }

    #[test]
    fn pairs_by_stem() {
        let dir = tempfile::tempdir().unwrap();
        let (pictures, depth) = (dir.path().join("image"), dir.path().join("depth"));
        for folder in [&pictures, &depth] {
            std::fs::create_dir(folder).unwrap();
        }
        let image = pictures.join("a.b.png");
        for path in [&image, &depth.join("a.b.png"), &depth.join("a.png")] {
            std::fs::write(path, "x").unwrap();
        }
        assert_eq!(pair(&image, &depth), Some(depth.join("a.b.png")));
        std::fs::write(depth.join("a.b.npy"), "x").unwrap();
        assert_eq!(pair(&image, &depth), Some(depth.join("a.b.npy")));
        assert_eq!(pair(&image, &depth.join("a.png")), Some(depth.join("a.png")));
        assert_eq!(pair(&image, &pictures), None, "a picture is not its own ground truth");
        assert_eq!(pair(&pictures.join("c.png"), &depth), None);
        assert_eq!(pair(&image, &dir.path().join("none")), None);
    }
}
