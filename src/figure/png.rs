//! PNG files: RGB pictures, and depth as 16-bit millimetres.

use std::io::Write;
use std::path::Path;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageError, RgbImage};

use crate::atomic::write_atomic;
use crate::depth::{DepthMap, DepthUnit};
use crate::error::{Error, Result};

/// In a depth PNG: no value here.
pub const DEPTH16_INVALID: u16 = 0;
/// In a depth PNG: farther than 65.534 m.
pub const DEPTH16_BEYOND: u16 = 65_535;

/// Writes an 8-bit RGB PNG, atomically.
///
/// # Errors
/// [`Error::File`] when the image is empty or the file cannot be written.
pub fn write_rgb(path: impl AsRef<Path>, image: &RgbImage) -> Result<()> {
    write(path.as_ref(), image.as_raw(), image.width(), image.height(), ExtendedColorType::Rgb8)
}

/// Writes depth as a 16-bit grey PNG in millimetres, atomically: [`depth16`] says how values become numbers.
///
/// # Errors
/// [`Error::File`] when the depth has no metres, is empty, or the file cannot be written.
pub fn write_depth16(path: impl AsRef<Path>, depth: &DepthMap) -> Result<()> {
    let path = path.as_ref();
    let millimetres = depth16(depth).ok_or_else(|| {
        Error::file(path, "cannot hold depth of unknown scale in millimetres", "use the .npy file or a metric network")
    })?;
    let bytes: Vec<u8> = millimetres.iter().flat_map(|v| v.to_ne_bytes()).collect();
    write(path, &bytes, depth.width() as u32, depth.height() as u32, ExtendedColorType::L16)
}

/// Depth in whole millimetres, row by row: 0 where there is no value, 65535 beyond 65.534 m, and at least 1 elsewhere
/// so that nothing valid reads as invalid. `None` for disparity and relative depth, which have no metres.
pub fn depth16(depth: &DepthMap) -> Option<Vec<u16>> {
    let metres: fn(f32) -> f64 = match depth.unit() {
        DepthUnit::Metres => |v| f64::from(v),
        DepthUnit::TenOverMetres => |v| 10.0 / f64::from(v),
        DepthUnit::Disparity | DepthUnit::Relative => return None,
    };
    let code = |(v, ok): (&f32, &bool)| {
        if !*ok {
            return DEPTH16_INVALID;
        }
        (metres(*v) * 1000.0).round().clamp(1.0, f64::from(DEPTH16_BEYOND)) as u16
    };
    Some(depth.values().iter().zip(depth.valid()).map(code).collect())
}

fn write(path: &Path, bytes: &[u8], width: u32, height: u32, colour: ExtendedColorType) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::file(path, "would be an empty picture", "check the input it is made from"));
    }
    write_atomic(path, |file: &mut dyn Write| {
        PngEncoder::new(file).write_image(bytes, width, height, colour).map_err(|error| match error {
            ImageError::IoError(error) => error,
            other => std::io::Error::other(other),
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn rgb_survives_the_round_trip() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let picture = RgbImage::from_fn(7, 5, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8]));
        write_rgb(&path, &picture).unwrap();
        assert_eq!(image::open(&path).unwrap().into_rgb8(), picture);
        assert!(write_rgb(&path, &RgbImage::new(0, 5)).is_err());
        assert_eq!(image::open(&path).unwrap().into_rgb8(), picture, "the old file is untouched");
    }

    #[test]
    fn depth_is_in_millimetres_with_its_two_special_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("d.png");
        let values = vec![0.0, f32::NAN, 1.2344, 0.0001, 65.534, 65.5355, 300.0, 2.0006];
        let depth = DepthMap::new(4, 2, DepthUnit::Metres, values);
        write_depth16(&path, &depth).unwrap();
        let read = image::open(&path).unwrap();
        assert_eq!(read.color(), image::ColorType::L16);
        assert_eq!(read.into_luma16().into_raw(), [0, 0, 1234, 1, 65_534, 65_535, 65_535, 2001]);
    }

    #[test]
    fn units_are_converted_or_refused() {
        let of = |unit| depth16(&DepthMap::new(2, 1, unit, vec![4.0, 0.0]));
        assert_eq!(of(DepthUnit::TenOverMetres), Some(vec![2500, 0]));
        assert_eq!(of(DepthUnit::Disparity), None);
        let relative = DepthMap::new(1, 1, DepthUnit::Relative, vec![1.0]);
        let folder = tempfile::tempdir().unwrap();
        let error = write_depth16(folder.path().join("r.png"), &relative).unwrap_err().to_string();
        assert!(error.contains("r.png") && error.contains(".npy"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
