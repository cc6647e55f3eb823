//! A line of text below a picture: what a file of a map alone says of how it was made.

use super::paper::INK;
use super::text::{self, Align, Style};
use image::{Rgb, RgbImage};

/// The picture with `caption` below it, broken between its parts (` · `) where one line is too short. The picture itself
/// keeps every pixel in its place.
pub fn captioned(picture: &RgbImage, caption: &str) -> RgbImage {
    if caption.is_empty() || picture.width() == 0 || picture.height() == 0 {
        return picture.clone();
    }
    let size = (picture.width() as f32 / 46.0).clamp(11.0, 26.0).round();
    let style = Style::regular(size, INK);
    let margin = (size * 0.5) as u32;
    let room = (picture.width().saturating_sub(2 * margin)) as f32;
    let lines = broken(caption, style, room);
    let step = size * 1.35;
    let height = (lines.len() as f32 * step + size * 0.5).ceil() as u32;
    let mut image = RgbImage::from_pixel(picture.width(), picture.height() + height, Rgb([255; 3]));
    image::imageops::replace(&mut image, picture, 0, 0);
    for (i, line) in lines.iter().enumerate() {
        let y = picture.height() as f32 + (i + 1) as f32 * step;
        text::draw(&mut image, margin as f32, y, &text::fit(line, style, room), style, Align::Left);
    }
    image
}

fn broken(caption: &str, style: Style, room: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in caption.split(" · ") {
        match lines.last_mut() {
            Some(line) if text::width(&format!("{line} · {part}"), style) <= room => {
                line.push_str(" · ");
                line.push_str(part);
            }
            _ => lines.push(part.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_keeps_its_pixels_and_the_words_stand_below() {
        let picture = RgbImage::from_fn(300, 40, |x, y| Rgb([x as u8, y as u8, 7]));
        let caption = "md_eigen · LiDAR, camera z · garg crop · 80 m · median ×5.41 · 4,512 px";
        let image = captioned(&picture, caption);
        assert_eq!(image.width(), 300);
        assert!(image.height() > 40 + 2 * 11, "two lines at least");
        assert!(picture.enumerate_pixels().all(|(x, y, pixel)| image.get_pixel(x, y) == pixel));
        let dark = image.enumerate_pixels().filter(|(_, y, pixel)| *y >= 40 && pixel.0[0] < 128).count();
        assert!(dark > 100, "{dark}");
        assert_eq!(captioned(&picture, ""), picture);
        let style = Style::regular(11.0, INK);
        let lines = broken(caption, style, 150.0);
        assert_eq!(lines.join(" · "), caption, "nothing is lost");
        assert!(lines.iter().all(|line| text::width(line, style) <= 150.0), "{lines:?}");
    }
}
