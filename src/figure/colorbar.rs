//! The bar under a map: its colours, its ticks, its unit, and what its two ends mean in words.

use image::{Rgb, RgbImage};

use super::colormap::Colormap;
use super::range::{Tick, decimal, ticks};
use super::text::{self, Align, Style};
use crate::depth::DepthUnit;

/// A horizontal colour bar, the low end at the left.
#[derive(Debug, Clone, PartialEq)]
pub struct ColorBar {
    /// The table of colours.
    pub map: Colormap,
    /// True when values run through it backwards.
    pub reversed: bool,
    /// The values at its two ends.
    pub range: [f32; 2],
    /// What a value is multiplied by before it is printed (100 for %).
    pub factor: f32,
    /// Unit behind the two ends; may be empty.
    pub unit: String,
    /// What the ends mean: near and far, too near and too far; may be empty.
    pub words: [String; 2],
    /// True for an end that some values lie beyond: it gets a ≤ or ≥.
    pub clipped: [bool; 2],
    /// True where a positive number gets its plus sign.
    pub signed: bool,
}

impl ColorBar {
    /// A bar for depth in `unit`: near is the warm or bright end, whichever side it stands on.
    pub fn depth(map: Colormap, unit: DepthUnit, range: [f32; 2]) -> Self {
        let words = if unit.larger_is_nearer() { ["far", "near"] } else { ["near", "far"] };
        Self {
            reversed: map.reversed_for(unit),
            unit: unit.symbol().to_owned(),
            words: words.map(str::to_owned),
            ..Self::plain(map, range)
        }
    }

    /// A bar for signed error in `unit`: blue too near, red too far.
    pub fn signed(unit: &str, range: [f32; 2]) -> Self {
        let words = ["too near", "too far"].map(str::to_owned);
        Self { unit: unit.to_owned(), words, signed: true, ..Self::plain(Colormap::Diverging, range) }
    }

    /// A bar without unit and words (attention).
    pub fn plain(map: Colormap, range: [f32; 2]) -> Self {
        Self {
            map,
            reversed: false,
            range,
            factor: 1.0,
            unit: String::new(),
            words: [String::new(), String::new()],
            clipped: [false; 2],
            signed: false,
        }
    }

    /// The texts of the two ends (`≤ 1.8 m near`, `far ≥ 5.2 m`) and the ticks between them.
    pub fn labels(&self, interior: usize) -> ([String; 2], Vec<Tick>) {
        let mut marks = ticks(self.range.map(|v| v * self.factor), interior);
        if self.signed {
            for tick in marks.iter_mut().filter(|t| t.value > 0.0) {
                tick.label.insert(0, '+');
            }
        }
        let high = marks.pop().map_or_else(|| decimal(f64::from(self.range[1]), 2), |t| t.label);
        let low = if marks.is_empty() { String::new() } else { marks.remove(0).label };
        let join = |parts: [&str; 3]| parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ");
        let low = format!("{}{low}", if self.clipped[0] { "≤ " } else { "" });
        let high = format!("{}{high}", if self.clipped[1] { "≥ " } else { "" });
        ([join([&low, &self.unit, &self.words[0]]), join([&self.words[1], &high, &self.unit])], marks)
    }

    /// Draws the bar into the box at (`x`, `y`) with its labels below it; `height` is the bar's own. An
    /// interior tick whose label would touch another one keeps its mark alone.
    pub fn draw(&self, image: &mut RgbImage, [x, y]: [u32; 2], [width, height]: [u32; 2], style: Style) {
        for column in 0..width {
            let colour = Rgb(self.map.at((column as f32 + 0.5) / width as f32, self.reversed));
            for row in y..y + height {
                if let Some(pixel) = image.get_pixel_mut_checked(x + column, row) {
                    *pixel = colour;
                }
            }
        }
        let baseline = (y + height) as f32 + style.size * 1.12;
        let ([low, high], interior) = self.labels(3);
        let mut taken = text::draw(image, x as f32, baseline, &low, style, Align::Left);
        let right = width as f32 - text::draw(image, (x + width) as f32, baseline, &high, style, Align::Right);
        for tick in interior {
            let centre = tick.at * width as f32;
            let half = text::width(&tick.label, style) / 2.0;
            let thick = (style.size / 14.0).round().max(1.0) as u32;
            let at = x + (centre.round() as u32).saturating_sub(thick / 2);
            text::fill(image, at, y + height, thick, (style.size * 0.22) as u32, style.colour);
            if centre - half < taken + style.size * 0.6 || centre + half > right - style.size * 0.6 {
                continue;
            }
            text::draw(image, x as f32 + centre, baseline, &tick.label, style, Align::Centre);
            taken = centre + half;
        }
    }
}

/// A row of coloured squares with words, for maps with two answers instead of a scale (δ1 failure).
pub fn draw_classes(image: &mut RgbImage, [x, y]: [u32; 2], size: u32, classes: &[([u8; 3], &str)], style: Style) {
    let mut at = x as f32;
    for (colour, name) in classes {
        text::fill(image, at as u32, y, size, size, [0x9a, 0xa0, 0xab]);
        text::fill(image, at as u32 + 1, y + 1, size.saturating_sub(2), size.saturating_sub(2), *colour);
        at += size as f32 + style.size * 0.4;
        let baseline = y as f32 + size as f32 / 2.0 + style.size * 0.33;
        at += text::draw(image, at, baseline, name, style, Align::Left) + style.size * 1.2;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn ends_say_unit_direction_and_clipping() {
        let mut bar = ColorBar::depth(Colormap::Turbo, DepthUnit::Metres, [1.83, 5.17]);
        bar.clipped = [true, false];
        let (ends, inside) = bar.labels(3);
        assert_eq!(ends, ["≤ 1.8 m near", "far 5.2 m"]);
        assert_eq!(inside.iter().map(|t| t.label.as_str()).collect::<Vec<_>>(), ["3", "4"]);
        let (ends, inside) = ColorBar::signed("m", [-1.5, 1.5]).labels(3);
        assert_eq!(ends, ["−1.5 m too near", "too far +1.5 m"]);
        assert_eq!(inside.iter().map(|t| t.label.as_str()).collect::<Vec<_>>(), ["−1", "0", "+1"]);
        let (ends, _) = ColorBar::depth(Colormap::Turbo, DepthUnit::Disparity, [0.0, 2.0]).labels(0);
        assert_eq!(ends, ["0 far", "near 2"]);
    }

    #[test]
    fn the_bar_shows_near_in_the_colour_of_near() {
        for unit in [DepthUnit::Metres, DepthUnit::Disparity] {
            for map in Colormap::ALL {
                let mut image = RgbImage::from_pixel(512, 60, Rgb([255; 3]));
                ColorBar::depth(map, unit, [0.0, 2.0]).draw(
                    &mut image,
                    [0, 0],
                    [512, 10],
                    Style::regular(14.0, [0; 3]),
                );
                let near_x = if unit.larger_is_nearer() { 511 } else { 0 };
                assert_eq!(image.get_pixel(near_x, 5).0, super::super::colormap::depth_colour(map, 0.0), "{map}");
            }
        }
    }

    #[test]
    fn narrow_bars_drop_ticks_and_do_not_panic() {
        let style = Style::regular(14.0, [0; 3]);
        let mut image = RgbImage::from_pixel(40, 40, Rgb([255; 3]));
        for width in [0, 1, 3, 40, 4000] {
            ColorBar::signed("m", [-1.5, 1.5]).draw(&mut image, [0, 0], [width, 10], style);
        }
        draw_classes(&mut image, [30, 30], 50, &[([1, 2, 3], "within"), ([4, 5, 6], "outside")], style);
    }
}
