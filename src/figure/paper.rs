//! The figure of one picture as one would put it into a paper: every panel there is, its colour bar, and the metrics.

use image::{Rgb, RgbImage};

use super::colorbar::draw_classes;
use super::colormap::Colormap;
use super::error_mode::ErrorMode;
use super::foot;
use super::marks;
use super::panel::{self, Key, Panel};
use super::range::Range;
use super::text::{self, Align, Style};
use crate::depth::DepthMap;
use crate::frame::Frame;

const PAPER: [u8; 3] = [255; 3];
pub(super) const INK: [u8; 3] = [0x16, 0x19, 0x1f];
pub(super) const SECONDARY: [u8; 3] = [0x5a, 0x61, 0x6e];
/// EDA's orange in curves and legends (design.md 1.2).
pub const EDA_COLOUR: [u8; 3] = [0xf0, 0x88, 0x3e];
/// CBAM-S's violet in curves and legends.
pub const CBAM_COLOUR: [u8; 3] = [0x89, 0x57, 0xe5];

/// A gate's attention on its native grid.
#[derive(Debug, Clone, Copy)]
pub struct GateInput<'a> {
    /// Columns of the grid.
    pub width: usize,
    /// Rows of the grid.
    pub height: usize,
    /// `width * height` values, row by row.
    pub values: &'a [f32],
    /// The model whose gate it is.
    pub model: &'a str,
}

/// One line of the table below the panels.
#[derive(Debug, Clone, Default)]
pub struct MetricsRow {
    /// The model's name.
    pub name: String,
    /// A square before the name: [`EDA_COLOUR`], [`CBAM_COLOUR`].
    pub colour: Option<[u8; 3]>,
    /// Column heading and printed value: (`REL`, `0.167`).
    pub values: Vec<(String, String)>,
}

/// Everything that a figure may show. Absent parts leave no hole.
#[derive(Debug, Clone)]
pub struct FigureInput<'a> {
    /// The picture.
    pub frame: &'a Frame,
    /// The model's name and what else identifies the run: network size, device.
    pub model: String,
    /// Predicted depth, any size and unit.
    pub depth: Option<&'a DepthMap>,
    /// Ground truth and what it is (`stereo`, `LiDAR`).
    pub truth: Option<(&'a DepthMap, &'a str)>,
    /// The prediction at the truth's size, scaled as the metrics had it: what the error is taken from.
    pub at_truth: Option<&'a DepthMap>,
    /// The truth that the error is taken against, where some of it does not count or its grid is another.
    pub counted: Option<&'a DepthMap>,
    /// Column and row on that grid of the pixel with the largest error, for a small ring.
    pub worst: Option<[usize; 2]>,
    /// Part of the picture that counts, in 0…1: left, top, right, bottom; framed on photograph, truth and error.
    pub crop: Option<[f32; 4]>,
    /// Points of sparse ground truth are drawn so many of its pixels wide, for the eye only; 1 as they are.
    pub points: u8,
    /// EDA attention.
    pub eda: Option<GateInput<'a>>,
    /// CBAM-S attention.
    pub cbam: Option<GateInput<'a>>,
    /// Colours of depth and truth.
    pub colormap: Colormap,
    /// Range of depth and truth: one for both where their units agree.
    pub range: Range,
    /// How the error counts.
    pub error_mode: ErrorMode,
    /// How the prediction was scaled for it: `no scaling`, `median scaling ×1.08`.
    pub error_note: String,
    /// Colours of the gates.
    pub gate_colormap: Colormap,
    /// Range of the gates.
    pub gate_range: Range,
    /// The table, one row a model; may be empty.
    pub metrics: Vec<MetricsRow>,
    /// Sentences below the table: a scale that is not to be trusted, the protocol.
    pub notes: Vec<String>,
}

impl<'a> FigureInput<'a> {
    /// A figure of the picture alone, with the usual colours and ranges: turbo between the 2nd and 98th percentile,
    /// signed error, gates in inferno on 0…1.
    pub fn new(frame: &'a Frame, model: impl Into<String>) -> Self {
        Self {
            frame,
            model: model.into(),
            depth: None,
            truth: None,
            at_truth: None,
            counted: None,
            worst: None,
            crop: None,
            points: 1,
            eda: None,
            cbam: None,
            colormap: Colormap::Turbo,
            range: Range::PERCENTILE,
            error_mode: ErrorMode::Signed,
            error_note: String::new(),
            gate_colormap: Colormap::Inferno,
            gate_range: Range::UNIT,
            metrics: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// Sizes in pixels that everything is placed by.
pub(super) struct Layout {
    columns: usize,
    picture: [u32; 2],
    /// Width of a column.
    cell: u32,
    pub(super) margin: u32,
    gap: u32,
    /// Width of the figure.
    pub(super) width: u32,
    /// Em of titles and numbers.
    pub(super) size: f32,
}

/// Draws the figure on white. Pictures of 480…1300 pixels' width are shown pixel for pixel, smaller ones enlarged by a
/// whole factor, larger ones reduced. The type is a sixtieth of the figure's width: 8 points across two columns.
pub fn paper_figure(input: &FigureInput<'_>) -> RgbImage {
    let picture = picture_size(input.frame.width, input.frame.height);
    let panels = panels(input, picture);
    let layout = layout(panels.len(), picture);
    let row_height = row_height(&layout, &panels);
    let rows = panels.len().div_ceil(layout.columns) as u32;
    let foot = foot::height(&layout, input);
    let height = layout.margin + rows * (row_height + layout.gap) + foot + layout.margin / 2;
    let mut image = RgbImage::from_pixel(layout.width, height, Rgb(PAPER));
    for (i, panel) in panels.iter().enumerate() {
        let x = layout.margin + (i % layout.columns) as u32 * (layout.cell + layout.gap);
        let y = layout.margin + (i / layout.columns) as u32 * (row_height + layout.gap);
        draw_panel(&mut image, &layout, panel, (b'a' + i as u8) as char, [x, y]);
    }
    foot::draw(&mut image, &layout, input, layout.margin + rows * (row_height + layout.gap));
    image
}

fn picture_size(width: usize, height: usize) -> [u32; 2] {
    let (w, h) = (width.max(1) as f64, height.max(1) as f64);
    let factor = if w > 1300.0 || h > 1000.0 {
        (1300.0 / w).min(1000.0 / h)
    } else if w < 480.0 {
        (480.0 / w).ceil().min((1000.0 / h).floor()).max(1.0)
    } else {
        1.0
    };
    [w, h].map(|v| (v * factor).round().max(1.0) as u32)
}

/// The panels there are, in reading order: in three columns each column is a pair to compare.
fn panels(input: &FigureInput<'_>, size: [u32; 2]) -> Vec<Panel> {
    let depth_range = |map: &DepthMap| match (input.depth, input.truth) {
        (Some(depth), Some((truth, _))) if depth.unit() == truth.unit() => input.range.resolve_all(&[depth, truth]),
        _ => input.range.resolve(map),
    };
    let framed = |mut panel: Panel| {
        marks::frame(&mut panel.picture, input.crop);
        panel
    };
    let photograph = Some(framed(panel::photograph(input.frame, size)));
    let depth = input.depth.map(|map| {
        let note = if map.unit().json_name() == "metres" { "predicted" } else { "predicted · relative, no unit" };
        panel::depth(["Depth", note], map, depth_range(map), input.colormap, 1, size)
    });
    let truth = input.truth.map(|(map, label)| {
        let share = 100.0 * map.valid_count() as f64 / (map.width() * map.height()).max(1) as f64;
        let valid = format!("{share:.1} % valid");
        let note = if label.is_empty() { valid } else { format!("{label} · {valid}") };
        panel::depth(["Ground truth", &note], map, depth_range(map), input.colormap, input.points, size)
    });
    let truth = truth.map(framed);
    let error = match (input.at_truth, input.truth) {
        (Some(prediction), Some((truth, _))) => {
            let against = [prediction, input.counted.unwrap_or(truth)];
            let panel = panel::error(against, input.error_mode, &input.error_note, input.points, size);
            panel.map(framed).map(|mut panel| {
                marks::ring(&mut panel.picture, input.worst, [against[1].width(), against[1].height()]);
                panel
            })
        }
        _ => None,
    };
    let gate = |title: &str, gate: Option<GateInput<'_>>| {
        let gate = gate?;
        let grid = [gate.width, gate.height];
        Some(panel::gate(title, gate.model, grid, gate.values, input.gate_range, input.gate_colormap, size))
    };
    let eda = gate("EDA attention", input.eda);
    let cbam = gate("CBAM-S attention", input.cbam);
    let all = [&photograph, &depth, &truth, &error, &eda, &cbam].iter().all(|p| p.is_some());
    let order = if all && columns(6, size) == 3 {
        [photograph, depth, eda, truth, error, cbam]
    } else {
        [photograph, depth, truth, error, eda, cbam]
    };
    order.into_iter().flatten().collect()
}

/// Columns for so many panels: wide pictures (a KITTI frame) stand two abreast, others three.
fn columns(panels: usize, [width, height]: [u32; 2]) -> usize {
    let wide = f64::from(width) >= 2.2 * f64::from(height);
    match panels {
        0..=1 => 1,
        2..=3 if wide => 1,
        2 | 4 => 2,
        _ if wide => 2,
        _ => 3,
    }
}

fn layout(panels: usize, picture: [u32; 2]) -> Layout {
    let columns = columns(panels, picture);
    let cell = picture[0].max(360);
    let gap = (cell / 24).max(14);
    let margin = gap;
    let width = 2 * margin + columns as u32 * cell + (columns as u32 - 1) * gap;
    let size = (width as f32 / 60.0).max(cell as f32 / 26.0).clamp(14.0, 44.0).round();
    Layout { columns, picture, cell, margin, gap, width, size }
}

fn head_height(layout: &Layout) -> u32 {
    (layout.size * 2.45) as u32
}

fn bar_height(layout: &Layout) -> u32 {
    (layout.size * 0.55) as u32
}

fn row_height(layout: &Layout, panels: &[Panel]) -> u32 {
    let keyed = panels.iter().any(|p| p.key != Key::None);
    let key = if keyed { layout.size * 0.45 + bar_height(layout) as f32 + layout.size * 1.35 } else { 0.0 };
    head_height(layout) + layout.picture[1] + key as u32
}

fn draw_panel(image: &mut RgbImage, layout: &Layout, panel: &Panel, letter: char, [x, y]: [u32; 2]) {
    let (size, cell) = (layout.size, layout.cell);
    let title = Style::semibold(size, INK);
    let note = Style::regular(size * 0.86, SECONDARY);
    let letter = format!("({letter}) ");
    let indent =
        text::draw(image, x as f32, y as f32 + size * 0.8, &letter, Style::regular(size, SECONDARY), Align::Left);
    let room = cell as f32 - indent;
    text::draw(
        image,
        x as f32 + indent,
        y as f32 + size * 0.8,
        &text::fit(&panel.title, title, room),
        title,
        Align::Left,
    );
    let shown = text::fit(&panel.note, note, cell as f32);
    text::draw(image, x as f32, y as f32 + size * 1.95, &shown, note, Align::Left);

    let top = y + head_height(layout);
    image::imageops::replace(image, &panel.picture, i64::from(x + (cell - layout.picture[0]) / 2), i64::from(top));
    let bar_top = top + layout.picture[1] + (size * 0.45) as u32;
    let labels = Style::regular(size * 0.9, INK);
    match &panel.key {
        Key::None => {}
        Key::Bar(bar) => bar.draw(image, [x, bar_top], [cell, bar_height(layout)], labels),
        Key::Classes(classes) => draw_classes(image, [x, bar_top], (size * 0.9) as u32, classes, labels),
    }
}

#[cfg(test)]
#[path = "paper_tests.rs"]
mod tests;
