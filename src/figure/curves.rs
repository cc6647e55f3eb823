//! A chart of curves over steps as a picture, for papers and notes: what the window shows, without a window.

use super::range::decimal;
use super::text::{self, Align, Style, draw};
use image::{Rgb, RgbImage};

/// A line of the chart.
#[derive(Debug, Clone)]
pub struct Series {
    /// What it is.
    pub name: String,
    /// Its colour.
    pub colour: [u8; 3],
    /// Step and value, in order.
    pub points: Vec<[f64; 2]>,
    /// As measured, drawn faintly behind a smoothed line; empty for none.
    pub raw: Vec<[f64; 2]>,
}

/// A chart.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Its heading.
    pub title: String,
    /// Steps at its left and right end.
    pub steps: [f64; 2],
    /// Values at its lower and upper end.
    pub values: [f64; 2],
    /// The values' axis is logarithmic; then both ends are positive.
    pub log: bool,
    /// Its lines.
    pub series: Vec<Series>,
}

const INK: [u8; 3] = [39, 44, 52];
const GREY: [u8; 3] = [95, 104, 117];
const GRID: [u8; 3] = [226, 229, 234];
/// Room for labels: left, top, right, bottom.
const MARGIN: [f32; 4] = [86.0, 56.0, 28.0, 86.0];

/// The marks of an axis: round values in order, at most about `count`; decades and their halves where it is logarithmic.
pub fn marks([low, high]: [f64; 2], count: usize, log: bool) -> Vec<(f64, String)> {
    if low.partial_cmp(&high) != Some(std::cmp::Ordering::Less) {
        return Vec::new();
    }
    if log && low > 0.0 && high / low > 8.0 {
        let decades = (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
        let factors: &[f64] = if high / low > 2000.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let all = decades.flat_map(|power| factors.iter().map(move |factor| factor * 10f64.powi(power)));
        return all.filter(|v| (low..=high).contains(v)).map(|v| (v, number(v))).collect();
    }
    let rough = (high - low) / count.max(1) as f64;
    let power = 10f64.powi(rough.log10().floor() as i32);
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|f| f * power).find(|s| *s >= rough * 0.999).unwrap_or(rough);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last).take(4 * count + 4).map(|i| (i as f64 * step, number(i as f64 * step))).collect()
}

/// A number in few characters, exact enough for an axis or a tip: 0.0005, 1.25, 60000, 3.2e−7.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return "–".to_owned();
    }
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e7).contains(&size) {
        return format!("{value:.3e}").replace(".000e", "e").replace("00e", "e").replace('-', "−");
    }
    let digits = (4 - size.log10().floor() as i32).clamp(0, 8) as usize;
    let text = decimal(value, digits.min(6));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Draws a chart on white.
pub fn chart(chart: &Chart, [width, height]: [u32; 2]) -> RgbImage {
    let mut image = RgbImage::from_pixel(width, height, Rgb([255; 3]));
    let [left, top, right, bottom] = MARGIN;
    let (x0, x1, y0, y1) = (left, width as f32 - right, top, height as f32 - bottom);
    if x1 <= x0 || y1 <= y0 {
        return image;
    }
    let scale = |v: f64| if chart.log { v.max(f64::MIN_POSITIVE).log10() } else { v };
    let ends = chart.values.map(scale);
    let x = |step: f64| x0 + (x1 - x0) * share(step, chart.steps) as f32;
    let y = |value: f64| y1 - (y1 - y0) * share(scale(value), ends) as f32;
    draw(&mut image, x0, 32.0, &chart.title, Style::semibold(22.0, INK), Align::Left);
    for (value, label) in marks(chart.values, 6, chart.log) {
        text::fill(&mut image, x0 as u32, y(value).round() as u32, (x1 - x0) as u32, 1, GRID);
        draw(&mut image, x0 - 10.0, y(value) + 5.0, &label, Style::regular(16.0, GREY), Align::Right);
    }
    for (step, label) in marks(chart.steps, 8, false) {
        text::fill(&mut image, x(step).round() as u32, y0 as u32, 1, (y1 - y0) as u32, GRID);
        draw(&mut image, x(step), y1 + 22.0, &label, Style::regular(16.0, GREY), Align::Centre);
    }
    draw(&mut image, x1, y1 + 44.0, "step", Style::regular(16.0, GREY), Align::Right);
    let area = [x0, y0, x1, y1];
    let visible = |points: &[[f64; 2]]| -> Vec<[f32; 2]> {
        let shown = points.iter().filter(|[_, v]| !chart.log || *v > 0.0);
        shown.map(|[step, value]| [x(*step), y(*value)]).collect()
    };
    for series in &chart.series {
        line(&mut image, &visible(&series.raw), area, 1.2, series.colour, 0.3);
    }
    for series in &chart.series {
        line(&mut image, &visible(&series.points), area, 2.2, series.colour, 1.0);
    }
    let mut at = x0;
    for series in &chart.series {
        let style = Style::regular(16.0, INK);
        text::fill(&mut image, at as u32, height - 22, 22, 3, series.colour);
        at += 28.0 + draw(&mut image, at + 28.0, height as f32 - 15.0, &series.name, style, Align::Left) + 22.0;
    }
    image
}

fn share(value: f64, [low, high]: [f64; 2]) -> f64 {
    if high > low { (value - low) / (high - low) } else { 0.5 }
}

/// A line through points, cut off at the area; one point is a dot.
fn line(image: &mut RgbImage, points: &[[f32; 2]], area: [f32; 4], width: f32, colour: [u8; 3], strength: f32) {
    if let [only] = points {
        segment(image, [*only, *only], area, 3.0 * width, colour, strength);
    }
    for pair in points.windows(2) {
        segment(image, [pair[0], pair[1]], area, width, colour, strength);
    }
}

/// Every pixel near the segment takes as much of the colour as the segment covers of it.
fn segment(image: &mut RgbImage, [a, b]: [[f32; 2]; 2], area: [f32; 4], width: f32, colour: [u8; 3], strength: f32) {
    let reach = width / 2.0 + 1.0;
    let from = |i: usize| (a[i].min(b[i]) - reach).max(area[i]).floor().max(0.0) as u32;
    let to = |i: usize| (a[i].max(b[i]) + reach).min(area[i + 2]).ceil().max(0.0) as u32;
    let d = [b[0] - a[0], b[1] - a[1]];
    let length = d[0] * d[0] + d[1] * d[1];
    for y in from(1)..to(1).min(image.height()) {
        for x in from(0)..to(0).min(image.width()) {
            let p = [x as f32 + 0.5 - a[0], y as f32 + 0.5 - a[1]];
            let t = if length > 0.0 { ((p[0] * d[0] + p[1] * d[1]) / length).clamp(0.0, 1.0) } else { 0.0 };
            let distance = (p[0] - t * d[0]).hypot(p[1] - t * d[1]);
            let cover = strength * (width / 2.0 + 0.5 - distance).clamp(0.0, 1.0);
            if cover > 0.0 {
                let Rgb(pixel) = image.get_pixel_mut(x, y);
                for (below, above) in pixel.iter_mut().zip(colour) {
                    let mixed = f32::from(*below) + (f32::from(above) - f32::from(*below)) * cover;
                    *below = mixed.round() as u8;
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_inside() {
        let values = |range, log| marks(range, 6, log).into_iter().map(|(_, label)| label).collect::<Vec<_>>();
        assert_eq!(values([0.0, 3.0], false), ["0", "0.5", "1", "1.5", "2", "2.5", "3"]);
        assert_eq!(values([0.0003, 0.02], true), ["0.0005", "0.001", "0.002", "0.005", "0.01", "0.02"]);
        assert_eq!(values([1.0, 1.0], false), Vec::<String>::new());
        assert_eq!(
            [0.0, 60_000.0, 1.25, -0.5, 3.2e-7, f64::NAN].map(number),
            ["0", "60000", "1.25", "−0.5", "3.2e−7", "–"]
        );
    }

    #[test]
    fn the_line_runs_through_its_points() {
        let series =
            Series { name: "loss".into(), colour: [200, 0, 0], points: vec![[0.0, 1.0], [10.0, 3.0]], raw: Vec::new() };
        let picture = chart(
            &Chart { title: "t".into(), steps: [0.0, 10.0], values: [0.0, 4.0], log: false, series: vec![series] },
            [800, 480],
        );
        let [left, top, right, bottom] = MARGIN;
        let (w, h) = (800.0 - left - right, 480.0 - top - bottom);
        // Half-way in steps the value is 2: the middle of the area.
        let red = |x: f32, y: f32| {
            let Rgb([r, g, _]) = *picture.get_pixel(x as u32, y as u32);
            i32::from(r) - i32::from(g)
        };
        assert!(red(left + w / 2.0, top + h / 2.0) > 100);
        assert!(red(left + w / 2.0, top + h / 4.0) < 20);
    }

    #[test]
    fn a_small_picture_and_odd_numbers_do_no_harm() {
        let series = Series {
            name: "x".into(),
            colour: [0; 3],
            points: vec![[1.0, -1.0], [f64::NAN, f64::INFINITY]],
            raw: vec![[1.0, 0.0]],
        };
        let odd =
            Chart { title: String::new(), steps: [1.0, 1.0], values: [1e-9, 1e9], log: true, series: vec![series] };
        assert_eq!(chart(&odd, [20, 20]).dimensions(), (20, 20));
        assert_eq!(chart(&odd, [400, 300]).dimensions(), (400, 300));
    }
}
