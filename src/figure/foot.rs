//! The foot of a figure: the metrics as a printed table, the model's line, and notes.

use image::RgbImage;

use super::paper::{FigureInput, INK, Layout, MetricsRow, SECONDARY};
use super::text::{self, Align, Style};

/// Height of a table row in ems.
const LINE: f32 = 1.5;

/// Height of the foot in pixels.
pub(super) fn height(layout: &Layout, input: &FigureInput<'_>) -> u32 {
    let table = if input.metrics.is_empty() { 0.0 } else { input.metrics.len() as f32 + 1.6 };
    let lines = 1.0 + input.notes.len() as f32;
    ((table * LINE + lines * 1.3 + 0.3) * layout.size) as u32
}

/// The table with three rules, as printers set one, then the model's line and the notes.
pub(super) fn draw(image: &mut RgbImage, layout: &Layout, input: &FigureInput<'_>, top: u32) {
    let size = layout.size;
    let left = layout.margin;
    let across = layout.width - 2 * layout.margin;
    let mut y = top as f32;
    let thick = (size / 14.0).round().max(1.0) as u32;
    let rule = |image: &mut RgbImage, y: f32, thick: u32| text::fill(image, left, y as u32, across, thick, INK);
    if !input.metrics.is_empty() {
        let heads = headings(&input.metrics);
        // Numbers share what the names leave, in columns of equal width whose last ends at the margin.
        let name_width = names_width(&input.metrics, size).min(across as f32 * 0.45);
        let step = (across as f32 - name_width) / heads.len().max(1) as f32;
        let right = |i: usize| left as f32 + name_width + (i + 1) as f32 * step;
        let small = (step / (4.6 * size)).clamp(0.45, 1.0) * size;
        rule(image, y, 2 * thick);
        y += size * LINE;
        for (i, head) in heads.iter().enumerate() {
            text::draw(image, right(i), y - size * 0.35, head, Style::regular(small * 0.9, SECONDARY), Align::Right);
        }
        rule(image, y, thick);
        y += size * 0.15;
        for row in &input.metrics {
            y += size * LINE;
            let base = y - size * 0.4;
            let mut x = left as f32;
            if let Some(colour) = row.colour {
                let square = (size * 0.55) as u32;
                text::fill(image, x as u32, (base - size * 0.58) as u32, square, square, colour);
                x += size * 0.9;
            }
            let style = Style::regular(small.max(size * 0.8), INK);
            text::draw(image, x, base, &text::fit(&row.name, style, left as f32 + name_width - x), style, Align::Left);
            for (i, head) in heads.iter().enumerate() {
                let value = row.values.iter().find(|(name, _)| name == head).map_or("–", |(_, value)| value);
                text::draw(image, right(i), base, value, Style::regular(small, INK), Align::Right);
            }
        }
        y += size * 0.1;
        rule(image, y, 2 * thick);
        y += size * 0.6;
    }
    let lines = std::iter::once(&input.model).chain(&input.notes);
    for (i, line) in lines.enumerate() {
        y += size * 1.3;
        let style = Style::regular(size * 0.86, if i == 0 { INK } else { SECONDARY });
        text::draw(image, left as f32, y - size * 0.4, &text::fit(line, style, across as f32), style, Align::Left);
    }
}

/// Column headings of all rows, in the order of their first appearance.
fn headings(rows: &[MetricsRow]) -> Vec<&str> {
    let mut heads: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flat_map(|r| &r.values) {
        if !heads.contains(&name.as_str()) {
            heads.push(name);
        }
    }
    heads
}

fn names_width(rows: &[MetricsRow], size: f32) -> f32 {
    let widths = rows.iter().map(|r| text::width(&r.name, Style::regular(size, INK)) + size * 0.9);
    widths.fold(0.0, f32::max)
}
