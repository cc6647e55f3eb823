//! Colour maps: 256-entry tables, and the rule that turns a value into one of their colours.

use std::fmt;
use std::str::FromStr;

use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::depth::{DepthMap, DepthUnit};
use crate::error::Error;

/// One table: 256 sRGB colours from the low to the high end.
pub type Lut = [[u8; 3]; 256];

/// The colour of a pixel that has no value, in every map: a dark slate that none of the tables contains.
pub const INVALID: [u8; 3] = [0x36, 0x3c, 0x50];

/// The tables as matplotlib defines them; `assets/SOURCES-colormaps.md` names each one's origin and licence.
static LUTS: [Lut; 8] = split(include_bytes!("../../assets/colormaps.bin"));

const fn split(bytes: &[u8; 8 * 768]) -> [Lut; 8] {
    let mut luts = [[[0; 3]; 256]; 8];
    let mut i = 0;
    while i < bytes.len() {
        luts[i / 768][(i % 768) / 3][i % 3] = bytes[i];
        i += 1;
    }
    luts
}

/// A named colour map. `Display`, `FromStr` and serde use the same lower-case names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colormap {
    /// Google's rainbow with even lightness steps: the usual one for depth.
    #[default]
    Turbo,
    /// Black, violet, orange, white.
    Magma,
    /// Black, violet, orange, yellow.
    Inferno,
    /// Violet, green, yellow.
    Viridis,
    /// ColorBrewer's red, yellow, blue.
    Spectral,
    /// The rainbow of older papers.
    Jet,
    /// Black to white.
    #[serde(alias = "gray")]
    Grey,
    /// Blue, a light neutral at the middle, red: for signed errors, blue = negative = too near (RdBu reversed).
    Diverging,
}

impl Colormap {
    /// The maps a person chooses from for depth and attention; [`Colormap::Diverging`] belongs to signed error alone.
    pub const ALL: [Self; 7] =
        [Self::Turbo, Self::Magma, Self::Inferno, Self::Viridis, Self::Spectral, Self::Jet, Self::Grey];

    /// The table, low end first.
    pub fn lut(self) -> &'static Lut {
        &LUTS[self as usize]
    }

    /// The name people type and files hold.
    pub fn name(self) -> &'static str {
        match self {
            Self::Turbo => "turbo",
            Self::Magma => "magma",
            Self::Inferno => "inferno",
            Self::Viridis => "viridis",
            Self::Spectral => "spectral",
            Self::Jet => "jet",
            Self::Grey => "grey",
            Self::Diverging => "diverging",
        }
    }

    /// True for maps whose warm or bright end is the high one, so that depth in metres runs through them backwards and
    /// near things are warm or bright (design.md 1.1): all but [`Colormap::Spectral`], whose low end is the warm one.
    pub fn near_is_high(self) -> bool {
        self != Self::Spectral
    }

    /// Whether values in `unit` run through this map backwards: farther-is-larger units do where
    /// [`near_is_high`](Self::near_is_high), nearer-is-larger ones (10/metres, disparity) where not.
    pub fn reversed_for(self, unit: DepthUnit) -> bool {
        self.near_is_high() != unit.larger_is_nearer()
    }

    /// The colour at fraction `t` of the table, clamped to 0…1; [`INVALID`] for NaN.
    /// Entry `⌊256 t⌋`, as matplotlib does; reversed means the table read from its other end.
    pub fn at(self, t: f32, reversed: bool) -> [u8; 3] {
        if t.is_nan() {
            return INVALID;
        }
        let index = ((t.clamp(0.0, 1.0) * 256.0) as usize).min(255);
        self.lut()[if reversed { 255 - index } else { index }]
    }
}

impl fmt::Display for Colormap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Colormap {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wanted = text.trim().to_ascii_lowercase();
        let wanted = if wanted == "gray" { "grey" } else { &wanted };
        Self::ALL.into_iter().chain([Self::Diverging]).find(|m| m.name() == wanted).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|m| m.name()).collect();
            Error::Usage(format!("there is no colour map \"{}\"; choose one of {}", text.trim(), known.join(", ")))
        })
    }
}

/// The colour of a depth: `t` is 0 at the near and 1 at the far end of the range. Near is the warm or bright end.
pub fn depth_colour(map: Colormap, t: f32) -> [u8; 3] {
    map.at(t, map.near_is_high())
}

/// Where `value` lies in `range`, clamped to 0…1: NaN for a value that is not finite, ½ in a range without extent.
pub fn fraction(value: f32, range: [f32; 2]) -> f32 {
    let [low, high] = range.map(f64::from);
    if !value.is_finite() {
        return f32::NAN;
    }
    if high > low && (high - low).is_finite() {
        ((f64::from(value) - low) / (high - low)).clamp(0.0, 1.0) as f32
    } else {
        0.5
    }
}

/// The colour of `value` in `range` (low, high); [`INVALID`] when it is not finite.
pub fn map_scalar(value: f32, range: [f32; 2], map: Colormap, reversed: bool) -> [u8; 3] {
    map.at(fraction(value, range), reversed)
}

/// A depth map in colour, in `range` of its own unit; pixels without a value are [`INVALID`].
pub fn colour_depth(depth: &DepthMap, range: [f32; 2], map: Colormap) -> RgbImage {
    let reversed = map.reversed_for(depth.unit());
    let values = depth.values().iter().zip(depth.valid());
    let colours = values.flat_map(|(v, ok)| if *ok { map_scalar(*v, range, map, reversed) } else { INVALID });
    from_bytes(depth.width(), depth.height(), colours.collect())
}

/// `width * height` plain values in colour (error, attention, a tap's channel), NaN = [`INVALID`].
/// Missing values are [`INVALID`], surplus ones are left out.
pub fn colour_values(values: &[f32], width: usize, height: usize, range: [f32; 2], map: Colormap) -> RgbImage {
    colour_grid(values, [width, height], range, map, [width, height])
}

/// A small grid (a gate on its native cells) in colour at `size`, each pixel taking the cell under its centre.
pub fn colour_grid(values: &[f32], grid: [usize; 2], range: [f32; 2], map: Colormap, size: [usize; 2]) -> RgbImage {
    let [width, height] = size;
    let mut bytes = Vec::with_capacity(3 * width * height);
    let colour = |i: usize| map_scalar(values.get(i).copied().unwrap_or(f32::NAN), range, map, false);
    for y in 0..height {
        let row = nearest(y, height, grid[1]) * grid[0];
        bytes.extend((0..width).flat_map(|x| colour(row + nearest(x, width, grid[0]))));
    }
    from_bytes(width, height, bytes)
}

/// Index of the source cell that holds the centre of target pixel `i`, for `source` cells on `target` pixels.
pub fn nearest(i: usize, target: usize, source: usize) -> usize {
    ((2 * i + 1) * source / (2 * target.max(1))).min(source.saturating_sub(1))
}

/// An RGB image from its bytes; empty when the count does not fit, which no caller here lets happen.
pub(crate) fn from_bytes(width: usize, height: usize, bytes: Vec<u8>) -> RgbImage {
    RgbImage::from_raw(width as u32, height as u32, bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn tables_have_the_published_ends() {
        let ends = |m: Colormap| (m.lut()[0], m.lut()[255]);
        assert_eq!(ends(Colormap::Turbo), ([48, 18, 59], [122, 4, 3]));
        assert_eq!(ends(Colormap::Magma), ([0, 0, 4], [252, 253, 191]));
        assert_eq!(ends(Colormap::Inferno), ([0, 0, 4], [252, 255, 164]));
        assert_eq!(ends(Colormap::Viridis), ([0x44, 0x01, 0x54], [0xfd, 0xe7, 0x25]));
        assert_eq!(ends(Colormap::Spectral), ([158, 1, 66], [94, 79, 162]));
        assert_eq!(ends(Colormap::Jet), ([0, 0, 128], [128, 0, 0]));
        assert_eq!(ends(Colormap::Diverging), ([5, 48, 97], [103, 0, 31]));
        assert_eq!(Colormap::Viridis.lut()[128], [33, 145, 140]);
        for (i, colour) in Colormap::Grey.lut().iter().enumerate() {
            assert_eq!(*colour, [i as u8; 3]);
        }
    }

    #[test]
    fn near_is_the_warm_or_bright_end() {
        let ends = |m: Colormap| (depth_colour(m, 0.0), depth_colour(m, 1.0));
        assert_eq!(ends(Colormap::Turbo), ([122, 4, 3], [48, 18, 59]));
        assert_eq!(ends(Colormap::Magma), ([252, 253, 191], [0, 0, 4]));
        assert_eq!(ends(Colormap::Inferno), ([252, 255, 164], [0, 0, 4]));
        assert_eq!(ends(Colormap::Viridis), ([253, 231, 37], [68, 1, 84]));
        assert_eq!(ends(Colormap::Spectral), ([158, 1, 66], [94, 79, 162]));
        assert_eq!(ends(Colormap::Jet), ([128, 0, 0], [0, 0, 128]));
        assert_eq!(ends(Colormap::Grey), ([255; 3], [0; 3]));
        for map in Colormap::ALL {
            let ([r0, _, b0], [r1, _, b1]) = ends(map);
            let sum = |c: [u8; 3]| c.iter().map(|v| u32::from(*v)).sum::<u32>();
            let warmer = i32::from(r0) - i32::from(b0) > i32::from(r1) - i32::from(b1);
            assert!(warmer || sum(ends(map).0) > sum(ends(map).1), "{map}");
        }
    }

    #[test]
    fn signed_error_is_blue_below_neutral_at_and_red_above_zero() {
        let colour = |v| map_scalar(v, [-1.0, 1.0], Colormap::Diverging, false);
        assert_eq!(colour(-1.0), [5, 48, 97]);
        assert_eq!(colour(1.0), [103, 0, 31]);
        let zero = colour(0.0);
        assert!(zero.iter().all(|v| *v >= 240), "light: {zero:?}");
        assert!(zero.iter().max().unwrap() - zero.iter().min().unwrap() <= 2, "neutral: {zero:?}");
    }

    #[test]
    fn values_outside_the_range_clamp_and_missing_ones_are_masked() {
        let map = Colormap::Turbo;
        assert_eq!(map_scalar(-5.0, [0.0, 1.0], map, false), map.lut()[0]);
        assert_eq!(map_scalar(5.0, [0.0, 1.0], map, false), map.lut()[255]);
        assert_eq!(map_scalar(5.0, [0.0, 1.0], map, true), map.lut()[0]);
        assert_eq!(map_scalar(0.5, [0.0, 1.0], map, false), map.lut()[128]);
        assert_eq!(map_scalar(f32::NAN, [0.0, 1.0], map, false), INVALID);
        assert_eq!(map_scalar(f32::INFINITY, [0.0, 1.0], map, false), INVALID);
        assert_eq!(map_scalar(3.0, [3.0, 3.0], map, false), map.lut()[128]);
        assert_eq!(map_scalar(3.0, [f32::NAN, 1.0], map, false), map.lut()[128]);
        assert_eq!(map_scalar(0.0, [f32::MIN, f32::MAX], map, false), map.lut()[128]);
    }

    #[test]
    fn the_mask_colour_is_in_no_table() {
        for map in Colormap::ALL.into_iter().chain([Colormap::Diverging]) {
            for colour in map.lut() {
                let apart: i32 = (0..3).map(|c| (i32::from(colour[c]) - i32::from(INVALID[c])).pow(2)).sum();
                assert!(apart >= 19 * 19, "{map} {colour:?}");
            }
        }
    }

    #[test]
    fn a_depth_map_is_coloured_by_its_unit_and_mask() {
        let metres = DepthMap::new(3, 1, DepthUnit::Metres, vec![1.0, 5.0, 0.0]);
        let image = colour_depth(&metres, [1.0, 5.0], Colormap::Turbo);
        assert_eq!(image.dimensions(), (3, 1));
        assert_eq!(image.get_pixel(0, 0).0, [122, 4, 3]);
        assert_eq!(image.get_pixel(1, 0).0, [48, 18, 59]);
        assert_eq!(image.get_pixel(2, 0).0, INVALID);
        let disparity = DepthMap::new(2, 1, DepthUnit::Disparity, vec![1.0, 5.0]);
        for map in Colormap::ALL {
            let image = colour_depth(&disparity, [1.0, 5.0], map);
            assert_eq!(image.get_pixel(1, 0).0, depth_colour(map, 0.0), "{map}: large disparity is near");
            assert_eq!(image.get_pixel(0, 0).0, depth_colour(map, 1.0), "{map}");
        }
    }

    #[test]
    fn grids_grow_by_whole_cells() {
        let image = colour_grid(&[0.0, 1.0], [2, 1], [0.0, 1.0], Colormap::Grey, [5, 2]);
        let row: Vec<u8> = (0..5).map(|x| image.get_pixel(x, 1).0[0]).collect();
        assert_eq!(row, [0, 0, 255, 255, 255]);
        let short = colour_values(&[1.0], 2, 1, [0.0, 1.0], Colormap::Grey);
        assert_eq!(short.get_pixel(1, 0).0, INVALID);
        assert_eq!(colour_grid(&[], [0, 0], [0.0, 1.0], Colormap::Grey, [0, 0]).dimensions(), (0, 0));
    }

    #[test]
    fn names_round_trip() {
        for map in Colormap::ALL.into_iter().chain([Colormap::Diverging]) {
            assert_eq!(map.name().parse::<Colormap>().unwrap(), map);
            let json = serde_json::to_string(&map).unwrap();
            assert_eq!(json, format!("\"{map}\""));
            assert_eq!(serde_json::from_str::<Colormap>(&json).unwrap(), map);
        }
        assert_eq!("Gray".parse::<Colormap>().unwrap(), Colormap::Grey);
        assert!("plasma".parse::<Colormap>().unwrap_err().to_string().contains("turbo, magma"));
    }
}
