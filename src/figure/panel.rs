//! One panel of a figure: a map in colour at a given size, what it is called, and the key that explains its colours.

use image::imageops::{self, FilterType};
use image::{ImageBuffer, Rgb, RgbImage};

use super::colorbar::ColorBar;
use super::colormap::{Colormap, INVALID, colour_grid, from_bytes, map_scalar, nearest};
use super::error_mode::{ErrorMode, error_map};
use super::points::SPARSE;
use super::range::{Range, clipped};
use crate::depth::DepthMap;
use crate::frame::Frame;

/// What explains a panel's colours.
#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    /// Nothing: it is a photograph.
    None,
    /// A scale.
    Bar(ColorBar),
    /// Squares with words.
    Classes(Vec<([u8; 3], &'static str)>),
}

/// A panel ready to be placed.
#[derive(Debug, Clone)]
pub struct Panel {
    /// What it shows.
    pub title: String,
    /// What that was made of.
    pub note: String,
    /// The map, at the size asked for.
    pub picture: RgbImage,
    /// The key to its colours.
    pub key: Key,
}

/// The photograph: averaged where it shrinks, interpolated where it grows.
pub fn photograph(frame: &Frame, size: [u32; 2]) -> Panel {
    let [width, height] = size;
    let source: Option<ImageBuffer<Rgb<u8>, &[u8]>> =
        ImageBuffer::from_raw(frame.width as u32, frame.height as u32, frame.rgb.as_slice());
    let picture = match source {
        Some(s) if s.dimensions() == (width, height) => from_bytes(frame.width, frame.height, frame.rgb.clone()),
        Some(s) if s.width() >= width => imageops::thumbnail(&s, width, height),
        Some(s) if s.width() > 0 && s.height() > 0 => imageops::resize(&s, width, height, FilterType::CatmullRom),
        _ => RgbImage::from_pixel(width, height, Rgb(INVALID)),
    };
    let note = format!("{}×{}", frame.width, frame.height);
    Panel { title: "Input".to_owned(), note, picture, key: Key::None }
}

/// Depth or ground truth in `range` (of its own unit), sparse points at least `points` of the map's pixels wide.
pub fn depth(
    [title, note]: [&str; 2],
    map: &DepthMap,
    range: [f32; 2],
    colours: Colormap,
    points: u8,
    size: [u32; 2],
) -> Panel {
    let reversed = colours.reversed_for(map.unit());
    let colour = |i: usize| map.valid()[i].then(|| map_scalar(map.values()[i], range, colours, reversed));
    let (picture, enlarged) = draw([map.width(), map.height()], map.valid_count(), points, size, colour);
    let mut bar = ColorBar::depth(colours, map.unit(), range);
    bar.clipped = clipped(map.iter_valid(), range);
    Panel { title: title.to_owned(), note: with_points(note, enlarged), picture, key: Key::Bar(bar) }
}

/// The error of `prediction` (already at the truth's size) against `truth`, sparse points as in [`depth`]; `None` when they
/// cannot be compared.
pub fn error(
    [prediction, truth]: [&DepthMap; 2],
    mode: ErrorMode,
    note: &str,
    points: u8,
    size: [u32; 2],
) -> Option<Panel> {
    let errors = error_map(prediction, truth, mode)?;
    let range = mode.range(&errors);
    let map = mode.colormap();
    let valid = errors.iter().filter(|v| v.is_finite()).count();
    let colour = |i: usize| errors[i].is_finite().then(|| map_scalar(errors[i], range, map, false));
    let (picture, enlarged) = draw([truth.width(), truth.height()], valid, points, size, colour);
    let unit = mode.unit(truth.unit().symbol());
    let end = |v: f32| map_scalar(v, range, map, false);
    let key = match mode {
        ErrorMode::Delta1 => {
            Key::Classes(vec![(end(0.0), "within 1.25×"), (end(1.0), "outside"), (INVALID, "no truth")])
        }
        ErrorMode::Signed => {
            Key::Bar(ColorBar { clipped: clipped(errors.iter().copied(), range), ..ColorBar::signed(unit, range) })
        }
        ErrorMode::Absolute | ErrorMode::Relative => Key::Bar(ColorBar {
            unit: unit.to_owned(),
            factor: mode.display_factor(),
            clipped: clipped(errors.iter().copied(), range),
            ..ColorBar::plain(map, range)
        }),
    };
    let note = [mode.title(), note].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" · ");
    Some(Panel { title: "Error".to_owned(), note: with_points(&note, enlarged), picture, key })
}

/// A gate's attention on its own grid, each cell a block of pixels.
pub fn gate(
    title: &str,
    note: &str,
    grid: [usize; 2],
    values: &[f32],
    range: Range,
    map: Colormap,
    size: [u32; 2],
) -> Panel {
    let ends = range.resolve_values(values);
    let picture = colour_grid(values, grid, ends, map, size.map(|v| v as usize));
    let mut bar = ColorBar::plain(map, ends);
    bar.clipped = clipped(values.iter().copied(), ends);
    let grid = format!("{}×{} cells", grid[0], grid[1]);
    let note = [grid.as_str(), note].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" · ");
    Panel { title: title.to_owned(), note, picture, key: Key::Bar(bar) }
}

fn with_points(note: &str, enlarged: Option<String>) -> String {
    match (note.is_empty(), enlarged) {
        (_, None) => note.to_owned(),
        (true, Some(words)) => words,
        (false, Some(words)) => format!("{note} · {words}"),
    }
}

/// A map of `grid` pixels at `size`, and what is to be said where its points are drawn larger than they are.
///
/// A dense map takes the nearest pixel, so that every colour shown is one of the data. Of a sparse one every point is
/// drawn, at least as large as an eye can find in print and `points` of the map's pixels wide; the nearest one wins.
fn draw(
    grid: [usize; 2],
    valid: usize,
    points: u8,
    size: [u32; 2],
    colour: impl Fn(usize) -> Option<[u8; 3]>,
) -> (RgbImage, Option<String>) {
    let [width, height] = size.map(|v| v as usize);
    if valid as f32 >= SPARSE * (grid[0] * grid[1]) as f32 || valid == 0 {
        let mut bytes = Vec::with_capacity(3 * width * height);
        for y in 0..height {
            let row = nearest(y, height, grid[1]) * grid[0];
            bytes.extend((0..width).flat_map(|x| match grid {
                [0, _] | [_, 0] => INVALID,
                _ => colour(row + nearest(x, width, grid[0])).unwrap_or(INVALID),
            }));
        }
        return (from_bytes(width, height, bytes), None);
    }
    let scale = width as f32 / grid[0] as f32;
    let least = (width as f32 / 400.0).round().max(2.0);
    let asked = (f32::from(points.max(1)) * scale).round();
    let dot = asked.max(least) as i64;
    let mut nearest = vec![i64::MAX; width * height];
    let mut image = RgbImage::from_pixel(size[0], size[1], Rgb(INVALID));
    for i in 0..grid[0] * grid[1] {
        let Some(colour) = colour(i) else { continue };
        // The pixel of the target that holds the centre of the source pixel.
        let x = ((2 * (i % grid[0]) + 1) * width / (2 * grid[0])) as i64;
        let y = ((2 * (i / grid[0]) + 1) * height / (2 * grid[1])) as i64;
        for (dx, dy) in (0..dot * dot).map(|k| (k % dot - dot / 2, k / dot - dot / 2)) {
            let (Ok(px), Ok(py)) = (u32::try_from(x + dx), u32::try_from(y + dy)) else { continue };
            let Some(pixel) = image.get_pixel_mut_checked(px, py) else { continue };
            let (at, distance) = (py as usize * width + px as usize, dx * dx + dy * dy);
            if distance < nearest[at] {
                nearest[at] = distance;
                *pixel = Rgb(colour);
            }
        }
    }
    let words = match points {
        0 | 1 => (dot as f32 > scale.ceil()).then(|| "points drawn larger".to_owned()),
        points => Some(format!("points drawn {points} px wide, for the eye only")),
    };
    (image, words)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::depth::DepthUnit;

    #[test]
    fn dense_maps_are_exact_at_their_own_size() {
        let map = DepthMap::new(3, 2, DepthUnit::Metres, vec![1.0, 2.0, 0.0, 4.0, 5.0, 6.0]);
        let panel = depth(["Depth", ""], &map, [1.0, 6.0], Colormap::Magma, 1, [3, 2]);
        let expected = super::super::colormap::colour_depth(&map, [1.0, 6.0], Colormap::Magma);
        assert_eq!(panel.picture, expected);
        let Key::Bar(bar) = panel.key else { panic!("a depth panel has a bar") };
        assert_eq!((bar.clipped, bar.unit.as_str()), ([false, false], "m"));
    }

    #[test]
    fn no_point_of_a_sparse_map_is_lost_when_it_shrinks() {
        let mut values = vec![0.0; 400 * 100];
        for i in (7..40_000).step_by(997) {
            values[i] = 5.0;
        }
        let map = DepthMap::new(400, 100, DepthUnit::Metres, values);
        let panel = depth(["Truth", "LiDAR"], &map, [1.0, 9.0], Colormap::Turbo, 1, [100, 25]);
        for i in (7..40_000).step_by(997) {
            let (x, y) = ((i % 400) / 4, (i / 400) / 4);
            assert_ne!(panel.picture.get_pixel(x as u32, y as u32).0, INVALID, "{i}");
        }
        assert_eq!(panel.note, "LiDAR · points drawn larger");
    }

    #[test]
    fn enlarged_points_are_the_windows_and_change_no_range() {
        let mut values = vec![0.0; 40 * 30];
        for (i, at) in [3 * 40 + 5, 3 * 40 + 8, 20 * 40 + 39, 29 * 40].into_iter().enumerate() {
            values[at] = 2.0 + i as f32;
        }
        let map = DepthMap::new(40, 30, DepthUnit::Metres, values);
        for points in [3, 5, 9] {
            let panel = depth(["Truth", ""], &map, [1.0, 6.0], Colormap::Turbo, points, [40, 30]);
            let gaps: Vec<f32> = map.values().iter().map(|v| if *v > 0.0 { *v } else { f32::NAN }).collect();
            let large = super::super::points::enlarged(&gaps, 40, points);
            let large = large.into_iter().map(|v| if v.is_finite() { v } else { 0.0 }).collect();
            let large = DepthMap::new(40, 30, DepthUnit::Metres, large);
            let expected = super::super::colormap::colour_depth(&large, [1.0, 6.0], Colormap::Turbo);
            assert_eq!(panel.picture, expected, "{points}");
            assert_eq!(panel.note, format!("points drawn {points} px wide, for the eye only"));
        }
    }

    #[test]
    fn errors_are_coloured_by_mode() {
        let truth = DepthMap::new(4, 1, DepthUnit::Metres, vec![2.0, 2.0, 2.0, 0.0]);
        let prediction = DepthMap::new(4, 1, DepthUnit::Metres, vec![2.0, 3.0, 1.0, 2.0]);
        let of = |mode| error([&prediction, &truth], mode, "", 1, [4, 1]).unwrap();
        let signed = of(ErrorMode::Signed).picture;
        let red = |x| i32::from(signed.get_pixel(x, 0).0[0]) - i32::from(signed.get_pixel(x, 0).0[2]);
        assert!(red(1) > 50 && red(2) < -50 && red(0).abs() <= 2);
        assert_eq!(signed.get_pixel(3, 0).0, INVALID);
        let delta = of(ErrorMode::Delta1);
        assert!(matches!(delta.key, Key::Classes(_)));
        assert_eq!(delta.picture.get_pixel(1, 0), delta.picture.get_pixel(2, 0), "both ratios are outside");
        assert_ne!(delta.picture.get_pixel(0, 0), delta.picture.get_pixel(1, 0));
        let Key::Bar(bar) = of(ErrorMode::Relative).key else { panic!("a bar") };
        assert_eq!((bar.factor, bar.unit.as_str()), (100.0, "%"));
        let small = DepthMap::new(1, 1, DepthUnit::Metres, vec![1.0]);
        assert!(error([&small, &truth], ErrorMode::Signed, "", 1, [4, 1]).is_none());
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        let empty = DepthMap::new(0, 0, DepthUnit::Metres, vec![]);
        let panel = depth(["Depth", ""], &empty, [0.0, 1.0], Colormap::Turbo, 1, [3, 2]);
        assert!(panel.picture.pixels().all(|p| p.0 == INVALID));
        let mut frame = Frame::new("x", 2, 1, vec![9; 6]);
        assert_eq!(photograph(&frame, [4, 2]).picture.get_pixel(3, 1).0, [9, 9, 9]);
        frame.rgb.clear();
        assert_eq!(photograph(&frame, [4, 2]).picture.get_pixel(0, 0).0, INVALID);
    }
}
