//! A camera's bytes to RGB: packed and planar YUV, RGB, grey, motion JPEG.

use super::camera::FourCc;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Largest width and height that a camera frame may claim; what a broken header claims is never allocated.
const MAX_SIDE: usize = 8192;

/// Turns one frame's bytes into RGB; returns width, height and `3 * width * height` bytes.
///
/// The size is the negotiated one, except in motion JPEG, whose header knows better. Bytes beyond the
/// frame's own (drivers hand over whole buffers) are ignored. The error says what is wrong with the bytes.
pub fn to_rgb(fourcc: FourCc, width: usize, height: usize, bytes: &[u8]) -> Result<(usize, usize, Vec<u8>), String> {
    let (width, height) = match fourcc {
        FourCc::Mjpg => jpeg_size(bytes).ok_or("a frame is not a JPEG picture")?,
        _ => (width, height),
    };
    if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE {
        return Err(format!("a frame of {width}x{height} pixels is not possible"));
    }
    let pixels = width * height;
    let needed = match fourcc {
        FourCc::Mjpg => 0,
        FourCc::Yuyv => 2 * width.next_multiple_of(2) * height,
        FourCc::Nv12 => pixels + width.next_multiple_of(2) * height.div_ceil(2),
        FourCc::Grey => pixels,
        FourCc::Rgb3 | FourCc::Bgr3 => 3 * pixels,
    };
    let Some(bytes) = bytes.get(..if needed == 0 { bytes.len() } else { needed }) else {
        return Err(format!("a frame has {} bytes where {needed} belong", bytes.len()));
    };
    let rgb = match fourcc {
        FourCc::Mjpg => return jpeg(bytes).and_then(|rgb| whole(width, height, rgb)),
        FourCc::Yuyv => yuyv(bytes, width),
        FourCc::Nv12 => nv12(bytes, width, height),
        FourCc::Grey => bytes.iter().flat_map(|v| [*v; 3]).collect(),
        FourCc::Rgb3 => bytes.to_vec(),
        FourCc::Bgr3 => bytes.chunks_exact(3).flat_map(|p| [p[2], p[1], p[0]]).collect(),
    };
    whole(width, height, rgb)
}

fn whole(width: usize, height: usize, rgb: Vec<u8>) -> Result<(usize, usize, Vec<u8>), String> {
    if rgb.len() == 3 * width * height {
        Ok((width, height, rgb))
    } else {
        Err(format!("a frame of {width}x{height} pixels decoded to {} bytes", rgb.len()))
    }
}

/// Y'CbCr (BT.601, Y in 16…235) to RGB in 8-bit fixed point; what cameras mean when they say nothing.
fn rgb_of(y: u8, u: u8, v: u8) -> [u8; 3] {
    let (c, d, e) = (298 * (i32::from(y) - 16), i32::from(u) - 128, i32::from(v) - 128);
    let byte = |x: i32| ((x + 128) >> 8).clamp(0, 255) as u8;
    [byte(c + 409 * e), byte(c - 100 * d - 208 * e), byte(c + 516 * d)]
}

/// Packed 4:2:2, two pixels in four bytes Y0 U Y1 V.
fn yuyv(bytes: &[u8], width: usize) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(bytes.len() / 2 * 3);
    for row in bytes.chunks_exact(2 * width.next_multiple_of(2)) {
        for (x, p) in row.chunks_exact(4).enumerate() {
            rgb.extend(rgb_of(p[0], p[1], p[3]));
            if 2 * x + 1 < width {
                rgb.extend(rgb_of(p[2], p[1], p[3]));
            }
        }
    }
    rgb
}

/// Planar 4:2:0: all Y, then U and V interleaved at half the size.
fn nv12(bytes: &[u8], width: usize, height: usize) -> Vec<u8> {
    let (luma, chroma) = bytes.split_at(width * height);
    let stride = width.next_multiple_of(2);
    let mut rgb = Vec::with_capacity(3 * luma.len());
    for (y, row) in luma.chunks_exact(width).enumerate() {
        let uv = &chroma[y / 2 * stride..][..stride];
        for (x, value) in row.iter().enumerate() {
            rgb.extend(rgb_of(*value, uv[x & !1], uv[x | 1]));
        }
    }
    rgb
}

/// Decodes a JPEG; the decoder's panics (it unwinds on fatal errors) become errors.
fn jpeg(bytes: &[u8]) -> Result<Vec<u8>, String> {
    catch_unwind(AssertUnwindSafe(|| nokhwa::utils::mjpeg_to_rgb(bytes, false)))
        .map_err(|_| "a JPEG frame is damaged".to_owned())?
        .map_err(|error| format!("a JPEG frame is damaged ({error})"))
}

/// Width and height from the start-of-frame segment of a JPEG; `None` when there is none.
pub fn jpeg_size(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8])?;
    loop {
        let marker = match rest {
            // Any number of fill bytes may stand before a marker.
            [0xFF, 0xFF, ..] => {
                rest = &rest[1..];
                continue;
            }
            [0xFF, marker, ..] => *marker,
            _ => return None,
        };
        rest = &rest[2..];
        // Markers without a segment: temporary, restart.
        if marker == 0x01 || (0xD0..=0xD7).contains(&marker) {
            continue;
        }
        let length = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?]));
        // C4, C8 and CC lie among the start-of-frame markers but are tables.
        if (0xC0..=0xCF).contains(&marker) && !matches!(marker, 0xC4 | 0xC8 | 0xCC) {
            let field = |i: usize| Some(usize::from(u16::from_be_bytes([*rest.get(i)?, *rest.get(i + 1)?])));
            return Some((field(5)?, field(3)?));
        }
        if length < 2 || matches!(marker, 0xD9 | 0xDA) {
            return None;
        }
        rest = rest.get(length..)?;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn black_white_and_red_come_out_as_themselves() {
        // Two pixels of YUYV: black and white of the 16…235 range.
        assert_eq!(to_rgb(FourCc::Yuyv, 2, 1, &[16, 128, 235, 128]).unwrap().2, [0, 0, 0, 255, 255, 255]);
        // Red in BT.601 is Y 81, U 90, V 240; one step of rounding is allowed.
        let (w, h, rgb) = to_rgb(FourCc::Nv12, 2, 2, &[81, 81, 81, 81, 90, 240]).unwrap();
        assert_eq!((w, h), (2, 2));
        assert!(rgb.chunks(3).all(|p| p[0] >= 254 && p[1] <= 1 && p[2] <= 1), "{rgb:?}");
    }

    #[test]
    fn orders_and_odd_widths_are_kept() {
        assert_eq!(to_rgb(FourCc::Bgr3, 1, 1, &[1, 2, 3]).unwrap().2, [3, 2, 1]);
        assert_eq!(to_rgb(FourCc::Rgb3, 1, 1, &[1, 2, 3, 99]).unwrap().2, [1, 2, 3]);
        assert_eq!(to_rgb(FourCc::Grey, 2, 1, &[7, 9]).unwrap().2, [7, 7, 7, 9, 9, 9]);
        let odd = to_rgb(FourCc::Yuyv, 1, 2, &[16, 128, 0, 128, 235, 128, 0, 128]).unwrap();
        assert_eq!(odd, (1, 2, vec![0, 0, 0, 255, 255, 255]));
    }

    #[test]
    fn short_and_impossible_frames_are_refused() {
        let error = to_rgb(FourCc::Yuyv, 4, 4, &[0; 10]).unwrap_err();
        assert!(error.contains("10 bytes where 32"), "{error}");
        assert!(to_rgb(FourCc::Grey, 0, 4, &[]).is_err());
        assert!(to_rgb(FourCc::Mjpg, 4, 4, b"not a picture").is_err());
        assert!(to_rgb(FourCc::Mjpg, 4, 4, &[]).is_err());
    }

    #[test]
    fn a_jpeg_knows_its_own_size_and_a_lying_one_is_not_allocated() {
        let mut bytes = Vec::new();
        let picture = image::RgbImage::from_pixel(24, 16, image::Rgb([200, 30, 40]));
        picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Jpeg).unwrap();
        assert_eq!(jpeg_size(&bytes), Some((24, 16)));
        let (w, h, rgb) = to_rgb(FourCc::Mjpg, 640, 480, &bytes).unwrap();
        assert_eq!((w, h), (24, 16));
        assert!(rgb[0].abs_diff(200) < 6 && rgb[1].abs_diff(30) < 6 && rgb[2].abs_diff(40) < 6, "{:?}", &rgb[..3]);
        // The same header claiming 65535 rows.
        let at = bytes.windows(2).position(|w| w[0] == 0xFF && (0xC0..=0xC2).contains(&w[1])).unwrap();
        bytes[at + 5] = 0xFF;
        bytes[at + 6] = 0xFF;
        assert!(to_rgb(FourCc::Mjpg, 24, 16, &bytes).unwrap_err().contains("not possible"));
        // Every truncation is an error or a picture of the right size, never a panic.
        bytes[at + 5] = 0;
        bytes[at + 6] = 16;
        for n in 0..bytes.len() {
            if let Ok((w, h, rgb)) = to_rgb(FourCc::Mjpg, 24, 16, &bytes[..n]) {
                assert_eq!(rgb.len(), 3 * w * h);
            }
        }
    }
}
