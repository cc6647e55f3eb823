//! Pictures from files, in every format of the `image` crate, as 8-bit RGB by rules that do not depend on the format.
//!
//! The rules: EXIF orientation is applied; alpha is dropped and the stored colour kept; 16-bit values become
//! `round(v / 257)`; grey is repeated three times; linear floats (EXR, HDR) are clamped to 0…1 and encoded as sRGB; CMYK and
//! palettes come as the decoder converts them; of an animation, the first picture.

use crate::error::{Error, Result};
use crate::frame::Frame;
use ::image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use std::io::{Cursor, Read};
use std::path::Path;
use std::time::Instant;

/// Most pixels of a picture that is decoded: 16384².
pub const MAX_PIXELS: u64 = 1 << 28;
/// Most bytes of a file that is read.
pub const MAX_BYTES: u64 = 512 << 20;
/// Most bytes of a picture once decoded: [`MAX_PIXELS`] of 16-bit RGBA.
pub const MAX_DECODED: u64 = 1 << 31;

/// Extensions (lower case) that are taken for pictures when a folder is listed.
const EXTENSIONS: [&str; 25] = [
    "bmp", "dds", "dib", "exr", "ff", "gif", "hdr", "ico", "jfif", "jpe", "jpeg", "jpg", "pam", "pbm", "pgm", "png",
    "pnm", "ppm", "qoi", "tga", "tif", "tiff", "webp", "apng", "farbfeld",
];
/// Extensions (lower case) that are videos.
const VIDEO: [&str; 14] =
    ["mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "wmv", "flv", "ogv", "mts", "m2ts", "3gp"];

/// True when the extension says that the file is a picture that can be opened; the file is not looked at.
pub fn is_image(path: &Path) -> bool {
    has_extension(path, &EXTENSIONS)
}

/// True when the extension says that the file is a video.
pub fn is_video(path: &Path) -> bool {
    has_extension(path, &VIDEO)
}

fn has_extension(path: &Path, known: &[&str]) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|e| known.iter().any(|k| k.eq_ignore_ascii_case(e)))
}

/// Reads and decodes a picture. The frame's `name` is the file's stem and `decode` the time for reading and decoding.
///
/// # Errors
/// One sentence when the file is missing, a folder, a video, empty, larger than 512 MB, no picture, broken, or a
/// picture of more than 16384² pixels or larger than 2 GB when decoded. Nothing is allocated for a
/// picture that is refused.
pub fn decode_file(path: &Path) -> Result<Frame> {
    let start = Instant::now();
    if is_video(path) {
        return Err(Error::file(path, "is a video", "videos come in a later version; give pictures until then"));
    }
    let bytes = read_bounded(path)?;
    let (width, height, rgb) = decode(&bytes, path)?;
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut frame = Frame::new(name, width, height, rgb);
    frame.path = Some(path.to_owned());
    frame.decode = start.elapsed();
    Ok(frame)
}

/// Decodes a picture that is already in memory; `name` is what the person calls it, an extension in it helps with formats
/// that have no signature.
///
/// # Errors
/// As [`decode_file`], for what concerns the content.
pub fn decode_bytes(bytes: &[u8], name: &str) -> Result<Frame> {
    let start = Instant::now();
    let (width, height, rgb) = decode(bytes, Path::new(name))?;
    let mut frame = Frame::new(name, width, height, rgb);
    frame.decode = start.elapsed();
    Ok(frame)
}

/// The bytes of a regular file of at most 512 MB.
pub(super) fn read_bounded(path: &Path) -> Result<Vec<u8>> {
    let metadata = std::fs::metadata(path).map_err(|e| Error::reading(path, &e))?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "is a folder" } else { "is no regular file" };
        return Err(Error::file(path, what, "give the path of a file"));
    }
    let too_large = || Error::file(path, "is larger than 512 MB", "give a smaller file");
    if metadata.len() > MAX_BYTES {
        return Err(too_large());
    }
    let file = std::fs::File::open(path).map_err(|e| Error::reading(path, &e))?;
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    // The file may have grown since it was measured.
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| Error::reading(path, &e))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(too_large());
    }
    if bytes.is_empty() {
        return Err(Error::file(path, "is empty", "copy or save it again"));
    }
    Ok(bytes)
}

/// Width, height and RGB bytes. A decoder that panics counts as a broken file.
fn decode(bytes: &[u8], path: &Path) -> Result<(usize, usize, Vec<u8>)> {
    if bytes.is_empty() {
        return Err(Error::file(path, "is empty", "copy or save it again"));
    }
    std::panic::catch_unwind(|| decode_dynamic(bytes, path))
        .unwrap_or_else(|_| Err(Error::file(path, "made its decoder fail", "save it again in another format")))
        .map(|picture| (picture.width() as usize, picture.height() as usize, picture.into_raw()))
}

fn decode_dynamic(bytes: &[u8], path: &Path) -> Result<::image::RgbImage> {
    let broken = |error: &ImageError| describe(path, error);
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| Error::reading(path, &error))?;
    // TGA alone has no signature: there, and only there, the name decides.
    if reader.format().is_none() {
        match ImageFormat::from_path(path) {
            Ok(ImageFormat::Tga) => reader.set_format(ImageFormat::Tga),
            _ => return Err(Error::file(path, "is no picture in a format known here", REMEDY)),
        }
    }
    // The decoder would fill what is missing with grey and say nothing.
    if reader.format() == Some(ImageFormat::Jpeg) && !jpeg_ends(bytes) {
        return Err(Error::file(path, "is cut short: it has no end-of-image mark", "copy or save it again"));
    }
    // The sides are judged below, in our words; the decoder's own working memory is bounded here.
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODED + MAX_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| broken(&error))?;
    let (width, height) = decoder.dimensions();
    check_size(path, width, height, decoder.total_bytes())?;
    let orientation = decoder.orientation().unwrap_or(::image::metadata::Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| broken(&error))?;
    let mut picture = DynamicImage::ImageRgb8(to_rgb8(picture));
    picture.apply_orientation(orientation);
    Ok(picture.into_rgb8())
}

/// Whether an end-of-image mark follows the last start of a scan. Within a scan the mark's first byte is always
/// followed by zero or a restart mark, and a thumbnail's mark comes before the picture's scans.
fn jpeg_ends(bytes: &[u8]) -> bool {
    let last = |mark: [u8; 2]| bytes.windows(2).rposition(|w| w == mark);
    last([0xff, 0xd9]).is_some_and(|end| last([0xff, 0xda]).is_none_or(|scan| end > scan))
}

const REMEDY: &str = "give a PNG, JPEG, WebP, TIFF, BMP, GIF, EXR or HDR picture";

/// Refuses what would not fit, from the header alone.
pub(super) fn check_size(path: &Path, width: u32, height: u32, decoded: u64) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::file(path, "has no pixels", "save it again"));
    }
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        let what = format!("claims to be {width}x{height} pixels, more than 16384x16384 have");
        return Err(Error::file(path, what, "make it smaller first"));
    }
    if decoded > MAX_DECODED {
        let what = format!("takes {} MB when decoded, more than {}", decoded >> 20, MAX_DECODED >> 20);
        return Err(Error::file(path, what, "make it smaller first"));
    }
    Ok(())
}

/// The decoder's reason as our sentence: on one line, without the format's name twice.
fn describe(path: &Path, error: &ImageError) -> Error {
    let reason = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    match error {
        ImageError::Unsupported(_) => {
            Error::file(path, format!("is of a kind that cannot be decoded ({reason})"), REMEDY)
        }
        ImageError::Limits(_) => {
            Error::file(path, format!("is too large to decode ({reason})"), "make it smaller first")
        }
        _ => Error::file(path, format!("is broken or cut short ({reason})"), "copy or save it again"),
    }
}

/// Any picture as 8-bit RGB by the rules at the top of this file.
fn to_rgb8(picture: DynamicImage) -> ::image::RgbImage {
    let (w, h) = (picture.width(), picture.height());
    match picture {
        DynamicImage::ImageRgb8(p) => p,
        DynamicImage::ImageLuma8(p) => collect(w, h, p.pixels().map(|p| [p.0[0]; 3])),
        DynamicImage::ImageLumaA8(p) => collect(w, h, p.pixels().map(|p| [p.0[0]; 3])),
        DynamicImage::ImageRgba8(p) => collect(w, h, p.pixels().map(|p| [p.0[0], p.0[1], p.0[2]])),
        DynamicImage::ImageLuma16(p) => collect(w, h, p.pixels().map(|p| [narrow(p.0[0]); 3])),
        DynamicImage::ImageLumaA16(p) => collect(w, h, p.pixels().map(|p| [narrow(p.0[0]); 3])),
        DynamicImage::ImageRgb16(p) => collect(w, h, p.pixels().map(|p| p.0.map(narrow))),
        DynamicImage::ImageRgba16(p) => {
            collect(w, h, p.pixels().map(|p| [narrow(p.0[0]), narrow(p.0[1]), narrow(p.0[2])]))
        }
        DynamicImage::ImageRgb32F(p) => collect(w, h, p.pixels().map(|p| p.0.map(encode_srgb))),
        DynamicImage::ImageRgba32F(p) => {
            collect(w, h, p.pixels().map(|p| [encode_srgb(p.0[0]), encode_srgb(p.0[1]), encode_srgb(p.0[2])]))
        }
        // The crate may learn further kinds; its own conversion is better than none.
        other => other.into_rgb8(),
    }
}

fn collect(width: u32, height: u32, pixels: impl Iterator<Item = [u8; 3]>) -> ::image::RgbImage {
    let mut rgb = Vec::with_capacity(3 * width as usize * height as usize);
    pixels.for_each(|p| rgb.extend_from_slice(&p));
    ::image::RgbImage::from_raw(width, height, rgb).unwrap_or_else(|| ::image::RgbImage::new(width, height))
}

/// `round(v / 257)`: 0 and 65535 are 0 and 255.
fn narrow(v: u16) -> u8 {
    ((u32::from(v) + 128) / 257) as u8
}

/// Linear light 0…1 (clamped; NaN is black) to the sRGB curve, 0…255.
pub fn encode_srgb(linear: f32) -> u8 {
    let v = if linear > 0.0 { linear.min(1.0) } else { 0.0 };
    let v = if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
    (255.0 * v).round() as u8
}

#[cfg(test)]
#[path = "image_tests.rs"]
mod tests;
