//! Text on RGB images, in the font that the window uses too.
//!
//! Source Sans Pro: its digits have equal advance, so numbers stand under each other and live ones do not jump.
//! `assets/fonts/SOURCES.md` names its origin, its licence, and the signs that it has.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Glyph, GlyphId, Point, PxScale, ScaleFont, point};
use image::{Rgb, RgbImage};

/// The regular face, for [`draw`] and for the window's font set.
pub static REGULAR_TTF: &[u8] = include_bytes!("../../assets/fonts/SourceSansPro-Regular.ttf");
/// The semibold face.
pub static SEMIBOLD_TTF: &[u8] = include_bytes!("../../assets/fonts/SourceSansPro-Semibold.ttf");

static REGULAR: LazyLock<Option<FontRef<'static>>> = LazyLock::new(|| FontRef::try_from_slice(REGULAR_TTF).ok());
static SEMIBOLD: LazyLock<Option<FontRef<'static>>> = LazyLock::new(|| FontRef::try_from_slice(SEMIBOLD_TTF).ok());

/// The two faces of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weight {
    /// Running text, numbers.
    #[default]
    Regular,
    /// Headings.
    Semibold,
}

/// Which point of a line of text its `x` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// Its left end.
    #[default]
    Left,
    /// Its middle.
    Centre,
    /// Its right end.
    Right,
}

/// How a line of text looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Em size in pixels.
    pub size: f32,
    /// The face.
    pub weight: Weight,
    /// sRGB colour.
    pub colour: [u8; 3],
}

impl Style {
    /// Regular text.
    pub fn regular(size: f32, colour: [u8; 3]) -> Self {
        Self { size, weight: Weight::Regular, colour }
    }

    /// Semibold text.
    pub fn semibold(size: f32, colour: [u8; 3]) -> Self {
        Self { size, weight: Weight::Semibold, colour }
    }
}

fn font(weight: Weight) -> Option<&'static FontRef<'static>> {
    match weight {
        Weight::Regular => REGULAR.as_ref(),
        Weight::Semibold => SEMIBOLD.as_ref(),
    }
}

/// Glyphs of a line that begins at x = 0 on the baseline y = 0, and its width in pixels.
fn layout(text: &str, style: Style) -> (Vec<Glyph>, f32) {
    let Some(font) = font(style.weight) else { return (Vec::new(), 0.0) };
    // ab_glyph scales by ascent − descent; a type size is of the em.
    let per_em = font.units_per_em().map_or(1.0, |em| font.height_unscaled() / em);
    let scaled = font.as_scaled(PxScale::from(style.size * per_em));
    let mut x = 0.0;
    let mut glyphs = Vec::new();
    let mut before: Option<GlyphId> = None;
    for character in text.chars().filter(|c| !c.is_control()) {
        let id = font.glyph_id(character);
        if let Some(before) = before {
            x += scaled.kern(before, id);
        }
        glyphs.push(id.with_scale_and_position(scaled.scale(), point(x, 0.0)));
        x += scaled.h_advance(id);
        before = Some(id);
    }
    (glyphs, x)
}

/// Width of a line of text in pixels.
pub fn width(text: &str, style: Style) -> f32 {
    layout(text, style).1
}

/// Draws a line of text with its baseline at `y`, blended over what is there and cut off at the image's edges;
/// returns its width in pixels.
pub fn draw(image: &mut RgbImage, x: f32, y: f32, text: &str, style: Style, align: Align) -> f32 {
    let (glyphs, width) = layout(text, style);
    let Some(font) = font(style.weight) else { return 0.0 };
    let left = match align {
        Align::Left => x,
        Align::Centre => x - width / 2.0,
        Align::Right => x - width,
    };
    for mut glyph in glyphs {
        glyph.position += Point { x: left, y };
        let Some(outline) = font.outline_glyph(glyph) else { continue };
        let origin = outline.px_bounds().min;
        outline
            .draw(|dx, dy, coverage| blend(image, origin.x + dx as f32, origin.y + dy as f32, style.colour, coverage));
    }
    width
}

/// The longest beginning of `text` that fits into `most` pixels, with an ellipsis when something is left out.
pub fn fit(text: &str, style: Style, most: f32) -> String {
    if width(text, style) <= most {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while kept.pop().is_some() {
        let shorter: String = kept.iter().collect::<String>().trim_end().to_owned() + "…";
        if width(&shorter, style) <= most {
            return shorter;
        }
    }
    String::new()
}

fn blend(image: &mut RgbImage, x: f32, y: f32, colour: [u8; 3], coverage: f32) {
    if x < 0.0 || y < 0.0 {
        return;
    }
    if let Some(Rgb(pixel)) = image.get_pixel_mut_checked(x as u32, y as u32) {
        let coverage = coverage.clamp(0.0, 1.0);
        for (below, above) in pixel.iter_mut().zip(colour) {
            *below = (f32::from(*below) + (f32::from(above) - f32::from(*below)) * coverage).round() as u8;
        }
    }
}

/// Fills a rectangle, cut off at the image's edges.
pub fn fill(image: &mut RgbImage, x: u32, y: u32, width: u32, height: u32, colour: [u8; 3]) {
    for row in y..y.saturating_add(height).min(image.height()) {
        for column in x..x.saturating_add(width).min(image.width()) {
            image.put_pixel(column, row, Rgb(colour));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    const NEEDED: &str = "0123456789δΔσµ√∞×·−±≤≥≈°…–—‖²³₁←→↑↓▴▾◂▸●■✓⌘äöüßéČş";

    #[test]
    fn digits_and_signs_have_equal_advance() {
        for weight in [Weight::Regular, Weight::Semibold] {
            let font = font(weight).expect("the shipped font loads");
            let advance = |c: char| font.h_advance_unscaled(font.glyph_id(c));
            for c in "0123456789+−±×".chars() {
                assert_eq!(advance(c), advance('0'), "{c}");
            }
            let style = Style { size: 13.0, weight, colour: [0; 3] };
            for digit in '0'..='9' {
                let same: String = std::iter::repeat_n(digit, 7).collect();
                assert!((width(&same, style) - width("0000000", style)).abs() < 1e-4, "no kerning between digits");
            }
        }
    }

    #[test]
    fn the_signs_that_the_program_writes_exist() {
        for weight in [Weight::Regular, Weight::Semibold] {
            let font = font(weight).unwrap();
            let missing: String = NEEDED.chars().filter(|c| font.glyph_id(*c).0 == 0).collect();
            assert_eq!(missing, "");
        }
        assert_eq!(font(Weight::Regular).unwrap().glyph_id('✗').0, 0, "SOURCES.md says it is missing");
    }

    #[test]
    fn the_size_is_that_of_the_em() {
        // The capital H of Source Sans is 660 of 1000 units high.
        let mut image = RgbImage::from_pixel(200, 200, Rgb([255; 3]));
        draw(&mut image, 20.0, 150.0, "H", Style::regular(100.0, [0; 3]), Align::Left);
        let dark: Vec<u32> = (0..200).filter(|y| (0..200).any(|x| image.get_pixel(x, *y).0[0] < 128)).collect();
        assert_eq!((dark[0], dark[dark.len() - 1]), (84, 149));
    }

    #[test]
    fn text_is_cut_off_and_never_panics() {
        let mut image = RgbImage::new(10, 10);
        let style = Style::regular(40.0, [255; 3]);
        for (x, y) in [(-30.0, 5.0), (5.0, -80.0), (9.0, 9.0), (1e9, 1e9), (f32::NAN, 3.0)] {
            draw(&mut image, x, y, "δ1 ×\n\u{0} 深", style, Align::Centre);
        }
        fill(&mut image, 8, 8, u32::MAX, 50, [1, 2, 3]);
        assert_eq!(image.get_pixel(9, 9).0, [1, 2, 3]);
    }

    #[test]
    fn long_names_get_an_ellipsis() {
        let style = Style::regular(20.0, [0; 3]);
        assert_eq!(fit("short", style, 200.0), "short");
        let fitted = fit("a name that is far too long", style, 100.0);
        assert!(fitted.ends_with('…') && width(&fitted, style) <= 100.0, "{fitted}");
        assert_eq!(fit("x", style, 0.0), "");
    }
}
