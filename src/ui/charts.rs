//! The two small charts of the Metrics tab, drawn plainly: bars by distance, lines by distance.

use super::theme::{SMALL, palette, regular};
use egui::{Align2, Color32, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

/// A column of a chart: from and to in metres, its value (none where nothing lies there), and its tooltip.
#[derive(Debug, Clone)]
pub struct Column {
    /// Lower end of the distances.
    pub from: f32,
    /// Upper end.
    pub to: f32,
    /// Its value.
    pub value: Option<f32>,
    /// What hovering says.
    pub tip: String,
}

/// A named line through columns.
pub struct Line<'a> {
    /// What it is.
    pub name: &'a str,
    /// Its colour everywhere.
    pub colour: Color32,
    /// Its values.
    pub columns: &'a [Column],
}

fn frame(ui: &mut Ui, height: f32) -> (Rect, egui::Response) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    (rect, response)
}

/// Labels of the distances under a chart: the first, the last, and those between that fit.
fn distances(ui: &Ui, plot: Rect, columns: &[Column]) {
    let p = palette(ui);
    let (Some(first), Some(last)) = (columns.first(), columns.last()) else { return };
    let y = plot.bottom() + 4.0;
    let step = plot.width() / columns.len() as f32;
    let decimals = usize::from(last.to - first.from < 20.0);
    let painter = ui.painter();
    let end = painter.text(
        plot.right_bottom() + vec2(0.0, 4.0),
        Align2::RIGHT_TOP,
        format!("{:.decimals$} m", last.to),
        regular(SMALL),
        p.secondary,
    );
    let mut free = plot.left() - 1.0;
    for (i, column) in columns.iter().enumerate() {
        let galley = painter.layout_no_wrap(format!("{:.decimals$}", column.from), regular(SMALL), p.secondary);
        let x = plot.left() + i as f32 * step - if i == 0 { 0.0 } else { galley.size().x / 2.0 };
        if x > free && x + galley.size().x < end.left() - 6.0 {
            free = x + galley.size().x + 8.0;
            painter.galley(pos2(x, y), galley, p.secondary);
        }
    }
}

fn hovered_column<'a>(plot: Rect, columns: &'a [Column], response: &egui::Response) -> Option<(usize, &'a Column)> {
    let at = response.hover_pos().filter(|at| plot.x_range().contains(at.x))?;
    let index = ((at.x - plot.left()) / plot.width() * columns.len() as f32) as usize;
    columns.get(index).map(|c| (index, c))
}

/// Bars from zero.
pub fn bars(ui: &mut Ui, columns: &[Column], format: impl Fn(f32) -> String) {
    let p = palette(ui);
    let (rect, response) = frame(ui, 116.0);
    let plot = Rect::from_min_max(rect.min + vec2(0.0, 14.0), rect.max - vec2(0.0, 20.0));
    let most = columns.iter().filter_map(|c| c.value).fold(0.0_f32, f32::max).max(f32::MIN_POSITIVE);
    let step = plot.width() / columns.len().max(1) as f32;
    let hovered = hovered_column(plot, columns, &response).map(|(i, _)| i);
    for (i, column) in columns.iter().enumerate() {
        let Some(value) = column.value else { continue };
        let top = plot.bottom() - (plot.height() * value / most).max(1.0);
        let left = plot.left() + i as f32 * step;
        let bar = Rect::from_min_max(pos2(left + 2.0, top), pos2(left + step - 2.0, plot.bottom()));
        let fill = if hovered == Some(i) { p.accent.gamma_multiply(0.8) } else { p.accent };
        ui.painter().rect_filled(bar, egui::CornerRadius { nw: 2, ne: 2, sw: 0, se: 0 }, fill);
        ui.painter().text(
            bar.center_top() - vec2(0.0, 1.0),
            Align2::CENTER_BOTTOM,
            format(value),
            regular(SMALL - 0.5),
            p.secondary,
        );
    }
    ui.painter().hline(plot.x_range(), plot.bottom(), Stroke::new(1.0, p.control));
    distances(ui, plot, columns);
    tooltip(response, plot, columns);
}

/// Lines on a scale that begins at zero and is the same for all.
pub fn lines(ui: &mut Ui, lines: &[Line<'_>], top: f32) {
    let p = palette(ui);
    let (rect, response) = frame(ui, 124.0);
    let plot = Rect::from_min_max(rect.min + vec2(22.0, 8.0), rect.max - vec2(0.0, 20.0));
    for mark in [0.0, 0.5, 1.0] {
        let y = plot.bottom() - plot.height() * mark;
        ui.painter().hline(plot.x_range(), y, Stroke::new(1.0, p.control));
        let text = crate::figure::range::decimal(f64::from(top * mark), usize::from(mark > 0.0) * 2);
        ui.painter().text(pos2(plot.left() - 4.0, y), Align2::RIGHT_CENTER, text, regular(SMALL - 1.0), p.secondary);
    }
    for line in lines {
        let step = plot.width() / line.columns.len().max(1) as f32;
        let at = |i: usize, v: f32| {
            pos2(plot.left() + (i as f32 + 0.5) * step, plot.bottom() - plot.height() * (v / top).clamp(0.0, 1.0))
        };
        let mut run = Vec::new();
        for (i, column) in line.columns.iter().enumerate() {
            match column.value {
                Some(v) => run.push(at(i, v)),
                None => draw_run(ui, &mut run, line.colour),
            }
        }
        draw_run(ui, &mut run, line.colour);
    }
    if let Some(line) = lines.first() {
        distances(ui, plot, line.columns);
        tooltip(response, plot, line.columns);
    }
    ui.horizontal(|ui| {
        for line in lines {
            let (swatch, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
            ui.painter().hline(swatch.x_range(), swatch.center().y, Stroke::new(2.5, line.colour));
            ui.label(egui::RichText::new(line.name).font(regular(SMALL)).color(p.text));
            ui.add_space(8.0);
        }
    });
}

fn draw_run(ui: &Ui, run: &mut Vec<egui::Pos2>, colour: Color32) {
    for at in run.iter() {
        ui.painter().circle_filled(*at, 2.2, colour);
    }
    if run.len() > 1 {
        ui.painter().add(Shape::line(std::mem::take(run), Stroke::new(2.0, colour)));
    }
    run.clear();
}

fn tooltip(response: egui::Response, plot: Rect, columns: &[Column]) {
    let tip = hovered_column(plot, columns, &response).map(|(_, c)| c.tip.clone());
    if let Some(tip) = tip {
        response.on_hover_text_at_pointer(tip);
    }
}
