//! Tests of [`super`]: what every format becomes, and what hostile files end in.
#![allow(clippy::unwrap_used)]

use super::*;
use ::image::{ExtendedColorType, ImageEncoder, Luma, LumaA, Rgb, Rgba, codecs};

/// The picture encoded in memory.
fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn rgb_of(bytes: &[u8], name: &str) -> Vec<u8> {
    decode_bytes(bytes, name).unwrap().rgb
}

fn message(bytes: &[u8], name: &str) -> String {
    let text = decode_bytes(bytes, name).unwrap_err().to_string();
    assert!(!text.contains('\n') && text.starts_with(name) && text.contains("; "), "one sentence: {text}");
    text
}

fn drawn() -> ::image::RgbImage {
    ::image::RgbImage::from_fn(7, 5, |x, y| Rgb([30 * x as u8, 50 * y as u8, (x * y) as u8]))
}

#[test]
fn lossless_formats_come_back_unchanged_whatever_their_name() {
    use ImageFormat::{Bmp, Farbfeld, Ico, Png, Pnm, Qoi, Tga, Tiff, WebP};
    for format in [Png, Bmp, Tiff, Qoi, Pnm, WebP] {
        let bytes = encoded(drawn(), format);
        assert_eq!(rgb_of(&bytes, "picture.jpg"), drawn().into_raw(), "{format:?}");
    }
    assert_eq!(rgb_of(&encoded(drawn(), Tga), "picture.tga"), drawn().into_raw());
    let rgba = DynamicImage::ImageRgb8(drawn()).into_rgba8();
    assert_eq!(rgb_of(&encoded(rgba, Ico), "icon"), drawn().into_raw());
    let deep = DynamicImage::ImageRgb8(drawn()).into_rgba16();
    assert_eq!(rgb_of(&encoded(deep, Farbfeld), "x.ff"), drawn().into_raw());
}

#[test]
fn alpha_is_dropped_grey_repeated_sixteen_bits_rounded() {
    let clear = ::image::RgbaImage::from_pixel(2, 1, Rgba([200, 100, 50, 0]));
    assert_eq!(rgb_of(&encoded(clear, ImageFormat::Png), "a"), [200, 100, 50, 200, 100, 50]);
    let grey = ::image::ImageBuffer::from_pixel(1, 1, LumaA([77u8, 9]));
    assert_eq!(rgb_of(&encoded(grey, ImageFormat::Png), "a"), [77; 3]);
    // 128/257 rounds to 0, 129/257 to 1; 65535 is 255.
    let deep = ::image::ImageBuffer::from_fn(3, 1, |x, _| Luma([[128u16, 129, 65535][x as usize]]));
    assert_eq!(rgb_of(&encoded(deep, ImageFormat::Png), "a"), [0, 0, 0, 1, 1, 1, 255, 255, 255]);
    let deep = ::image::ImageBuffer::from_pixel(1, 1, Rgba([257u16, 2570, 65535, 3]));
    assert_eq!(rgb_of(&encoded(deep, ImageFormat::Png), "a"), [1, 10, 255]);
}

#[test]
fn linear_light_is_clamped_and_encoded() {
    let light = [[0.0f32, 1.0, 7.5], [0.214_041_14, -1.0, f32::NAN]];
    let picture = ::image::Rgb32FImage::from_fn(2, 1, |x, _| Rgb(light[x as usize]));
    assert_eq!(rgb_of(&encoded(picture, ImageFormat::OpenExr), "a.exr"), [0, 255, 255, 128, 0, 0]);
    let picture = ::image::Rgb32FImage::from_pixel(1, 1, Rgb([0.25, 0.5, 1.0]));
    let got = rgb_of(&encoded(picture, ImageFormat::Hdr), "a.hdr");
    for (g, want) in got.iter().zip([137i32, 188, 255]) {
        assert!((i32::from(*g) - want).abs() <= 2, "{got:?}");
    }
}

#[test]
fn all_eight_exif_orientations_turn_the_picture_upright() {
    // A 2×1 picture: red, blue. Where they end up for orientations 1…8.
    let (r, b) = ([255u8, 0, 0], [0u8, 0, 255]);
    let wide = [[r, b], [b, r], [b, r], [r, b]];
    let tall = [[r, b], [r, b], [b, r], [b, r]];
    for orientation in 1..=8u8 {
        let exif =
            vec![b'M', b'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
        let mut bytes = Vec::new();
        let mut encoder = codecs::png::PngEncoder::new(&mut bytes);
        encoder.set_exif_metadata(exif).unwrap();
        encoder.write_image(&[r, b].concat(), 2, 1, ExtendedColorType::Rgb8).unwrap();
        let frame = decode_bytes(&bytes, "a.png").unwrap();
        let (size, want) = if orientation < 5 {
            ((2, 1), wide[usize::from(orientation) - 1])
        } else {
            ((1, 2), tall[usize::from(orientation) - 5])
        };
        assert_eq!((frame.width, frame.height), size, "orientation {orientation}");
        assert_eq!(frame.rgb, want.concat(), "orientation {orientation}");
    }
}

/// An 8×8 CMYK JPEG, all pixels cyan 0, magenta 255, yellow 255, black 0: red.
#[rustfmt::skip]
const CMYK: [u8; 177] = [
    255, 216, 255, 238, 0, 14, 65, 100, 111, 98, 101, 0, 100, 0, 0, 0, 0, 0, 255, 219, 0, 67, 0, 3,
    2, 2, 3, 2, 2, 3, 3, 3, 3, 4, 3, 3, 4, 5, 8, 5, 5, 4, 4, 5, 10, 7, 7, 6,
    8, 12, 10, 12, 12, 11, 10, 11, 11, 13, 14, 18, 16, 13, 14, 17, 14, 11, 11, 16, 22, 16, 17, 19,
    20, 21, 21, 21, 12, 15, 23, 24, 22, 20, 24, 18, 20, 21, 20, 255, 192, 0, 20, 8, 0, 8, 0, 8,
    4, 67, 17, 0, 77, 17, 0, 89, 17, 0, 75, 17, 0, 255, 196, 0, 20, 0, 1, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 255, 196, 0, 20, 16, 1, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 218, 0, 14, 4, 67, 0, 77, 0, 89, 0, 75, 0, 0, 63,
    0, 84, 197, 80, 170, 42, 111, 255, 217,
];

#[test]
fn four_ink_jpegs_are_decoded() {
    let frame = decode_bytes(&CMYK, "cmyk.jpg").unwrap();
    assert_eq!((frame.width, frame.height), (8, 8));
    for p in frame.rgb.as_chunks::<3>().0 {
        assert!(p[0] > 245 && p[1] < 10 && p[2] < 10, "{p:?} is not red");
    }
}

/// A PNG whose header claims a size; there is nothing behind the header.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut chunk = b"IHDR".to_vec();
    chunk.extend(width.to_be_bytes());
    chunk.extend(height.to_be_bytes());
    chunk.extend([8, 2, 0, 0, 0]);
    let mut crc = !0u32;
    for byte in &chunk {
        crc ^= u32::from(*byte);
        (0..8).for_each(|_| crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 });
    }
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    png.extend(chunk);
    png.extend((!crc).to_be_bytes());
    // The header of a data chunk, so that the decoder stops reading here.
    png.extend(b"\0\0\0\x08IDAT");
    png
}

#[test]
fn hostile_pictures_end_in_one_sentence() {
    assert!(message(&[], "empty.png").contains("is empty"));
    assert!(message(b"hello, this is text\n", "text.png").contains("no picture"));
    assert!(message(b"hello, this is text\n", "text.tga").contains("text.tga"));
    assert!(message(&png_header(100_000, 100_000), "huge.png").contains("100000x100000"));
    assert!(message(&png_header(16384, 16385), "big.png").contains("more than 16384x16384"));
    // A long strip has few pixels: it fails only for having no data.
    assert!(message(&png_header(20_000, 1), "wide.png").contains("cut short"));
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Tiff, ImageFormat::WebP, ImageFormat::Qoi] {
        let picture = ::image::RgbImage::from_fn(64, 64, |x, y| Rgb([(x * y) as u8, (x * 7) as u8, (y * 5) as u8]));
        let bytes = encoded(picture, format);
        for keep in [1, 9, 20, bytes.len() / 4] {
            // A cut JPEG may still decode to a partly grey picture, which is what viewers do too.
            if format != ImageFormat::Jpeg || keep <= 20 {
                message(&bytes[..keep], "cut.bin");
            }
        }
    }
}

#[test]
fn flipped_bytes_never_panic() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::WebP] {
        let bytes = encoded(drawn(), format);
        for i in 0..bytes.len().min(400) {
            let mut hurt = bytes.clone();
            hurt[i] ^= 0xff;
            if let Ok(frame) = decode_bytes(&hurt, "hurt") {
                assert_eq!(frame.rgb.len(), 3 * frame.width * frame.height);
            }
        }
    }
}

#[test]
fn files_folders_and_videos() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("my picture.v2.png");
    std::fs::write(&path, encoded(drawn(), ImageFormat::Png)).unwrap();
    let frame = decode_file(&path).unwrap();
    assert_eq!((frame.name.as_str(), frame.width, frame.height), ("my picture.v2", 7, 5));
    assert_eq!(frame.path.as_deref(), Some(path.as_path()));
    assert!(frame.decode.as_nanos() > 0);

    assert!(decode_file(dir.path()).unwrap_err().to_string().contains("is a folder"));
    assert!(decode_file(&dir.path().join("none.png")).unwrap_err().to_string().contains("check the path"));
    assert!(decode_file(&dir.path().join("clip.MP4")).unwrap_err().to_string().contains("later version"));

    // Sparse, so that it takes no disk: refused by its length before a byte is read.
    let huge = dir.path().join("huge.png");
    std::fs::File::create(&huge).unwrap().set_len(MAX_BYTES + 1).unwrap();
    assert!(decode_file(&huge).unwrap_err().to_string().contains("larger than 512 MB"));
    #[cfg(unix)]
    assert!(decode_file(Path::new("/dev/zero")).unwrap_err().to_string().contains("no regular file"));

    assert!(is_image(Path::new("a/B.JPEG")) && is_image(Path::new("x.exr")));
    assert!(!is_image(Path::new("x.txt")) && !is_image(Path::new("png")) && !is_image(Path::new("x.mp4")));
}
