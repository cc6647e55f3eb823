//! Metric A against metric B, one point an image: of one model, or of two with the diagonal on which they are equal.

use super::head::colour;
use super::results::{Key, Results};
use super::walk;
use crate::eval::report::table::printed;
use crate::eval::sums::Metric;
use crate::ui::state::Studio;
use crate::ui::theme::{SMALL, palette, regular};
use crate::ui::widgets::{menu_row, picker};
use egui::{Pos2, RichText, Ui};
use egui_plot::{AxisHints, GridInput, GridMark, Line, Plot, PlotPoint, PlotPoints, Points};

/// A point is chosen from this far, in points of the screen.
const REACH: f32 = 9.0;

/// The points of the rows that pass the filter: which row, across, upwards.
pub fn points(results: &Results, x: (usize, Metric), y: (usize, Metric)) -> Vec<(usize, [f64; 2])> {
    let of = |row, (model, metric): (usize, Metric)| {
        results.value(row, Key::Value(model, metric)).filter(|value| value.is_finite())
    };
    results.order.iter().filter_map(|row| Some((*row, [of(*row, x)?, of(*row, y)?]))).collect()
}

/// The nearest point within reach.
pub fn nearest(spots: &[(Pos2, usize)], at: Pos2) -> Option<usize> {
    let distance = |spot: &(Pos2, usize)| spot.0.distance(at);
    let best = spots.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    (distance(best) <= REACH).then_some(best.1)
}

/// About so many marks on an axis, at multiples of 1, 2 or 5 times a power of ten.
pub(super) fn ticks(input: GridInput, about: f64) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let least = ((high - low) / about).max(input.base_step_size).max(1e-9);
    let power = 10f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= least);
    let step = step.unwrap_or(10.0 * power);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    // What is not finite has no marks; an axis never has more than a few.
    (first..=last.min(first.saturating_add(40))).map(|i| GridMark { value: i as f64 * step, step_size: step }).collect()
}

/// A mark's number with the digits that its step has.
pub(super) fn tick_text(mark: GridMark) -> String {
    let digits = (-mark.step_size.log10()).ceil().clamp(0.0, 6.0) as usize;
    format!("{:.digits$}", mark.value)
}

/// Draws pickers and chart.
pub fn show(ui: &mut Ui, studio: &mut Studio, height: f32) {
    axes(ui, studio);
    let p = palette(ui);
    let state = &mut studio.evaluate;
    let Some(results) = &state.results else { return };
    let (x, y) = (state.scatter.x, state.scatter.y);
    let points = points(results, x, y);
    if points.is_empty() {
        ui.label(RichText::new("No image is done yet.").font(regular(SMALL + 0.5)).color(p.secondary));
        return;
    }
    let radius = if points.len() > 3000 { 1.3 } else { 2.4 };
    let selected = state.selected.and_then(|number| results.row_of(number));
    let cloud: Vec<[f64; 2]> = points.iter().map(|(_, at)| *at).collect();
    let marked: Vec<[f64; 2]> = points.iter().filter(|(row, _)| Some(*row) == selected).map(|(_, at)| *at).collect();
    let least = cloud.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let most = cloud.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    let (diagonal, faint, strong, dots) = (x.1 == y.1 && x.0 != y.0, p.secondary, p.strong, colour(ui, false));
    let label = |axis: (usize, Metric)| {
        let name = results.report.models.get(axis.0).map(|m| m.name.clone()).unwrap_or_default();
        RichText::new(format!("{}  {name}", axis.1.title())).font(regular(SMALL)).color(faint)
    };
    let plot = Plot::new("scatter")
        .height(height)
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_drag(false)
        .show_background(false)
        .show_crosshair(false)
        .grid_color(p.control)
        .label_formatter(|_| None)
        .x_grid_spacer(|input| ticks(input, 4.0))
        .y_grid_spacer(|input| ticks(input, 6.0))
        .custom_x_axes(vec![AxisHints::new_x().label(label(x)).formatter(|mark, _| tick_text(mark))])
        .custom_y_axes(vec![AxisHints::new_y().label(label(y)).formatter(|mark, _| tick_text(mark))]);
    let shown = plot.show(ui, |plot| {
        if diagonal {
            let line = Line::new("equal", PlotPoints::from(vec![[least, least], [most, most]]));
            plot.line(line.color(faint).width(1.0).allow_hover(false));
        }
        plot.points(Points::new("images", PlotPoints::from(cloud)).radius(radius).color(dots).allow_hover(false));
        plot.points(Points::new("chosen", PlotPoints::from(marked)).radius(5.0).color(strong).allow_hover(false));
    });
    let tip = "Click a point: show its image. Drag with the right button: enlarge a part; double click: all of it";
    shown.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Scatter of two metrics"));
    let Some(at) = shown.response.hover_pos() else { return };
    state.scatter.spots = points
        .iter()
        .map(|(row, [x, y])| (shown.transform.position_from_point(&PlotPoint::new(*x, *y)), *row))
        .collect();
    let Some(row) = nearest(&state.scatter.spots, at) else {
        shown.response.on_hover_text(tip);
        return;
    };
    let name = results.report.rows[row].frame.clone();
    let value = |axis: (usize, Metric)| printed(axis.1, results.value(row, Key::Value(axis.0, axis.1)));
    let text = format!("{name}\n{} {}   {} {}", x.1.title(), value(x), y.1.title(), value(y));
    if let Some((spot, _)) = state.scatter.spots.iter().find(|(_, other)| *other == row) {
        ui.painter().circle_stroke(*spot, 5.0, egui::Stroke::new(1.5, strong));
    }
    let clicked = shown.response.clicked();
    shown.response.on_hover_text_at_pointer(text);
    if clicked {
        walk::click(studio, row);
    }
}

fn axes(ui: &mut Ui, studio: &mut Studio) {
    let state = &mut studio.evaluate;
    let Some(results) = &state.results else { return };
    let names: Vec<String> = results.report.models.iter().map(|model| model.name.clone()).collect();
    let scatter = &mut state.scatter;
    for (letter, axis) in [("Across", &mut scatter.x), ("Upwards", &mut scatter.y)] {
        ui.horizontal(|ui| {
            ui.label(RichText::new(letter).font(regular(SMALL)).color(palette(ui).secondary));
            picker(ui, &format!("{letter}: metric"), axis.1.title(), "The metric of this axis", |ui| {
                for metric in Metric::ALL {
                    if menu_row(ui, metric == axis.1, metric.title(), "", None).clicked() {
                        axis.1 = metric;
                    }
                }
            });
            let name = names.get(axis.0).cloned().unwrap_or_default();
            picker(ui, &format!("{letter}: model"), &name, "The model of this axis", |ui| {
                for (i, name) in names.iter().enumerate() {
                    if menu_row(ui, i == axis.0, name, "", None).clicked() {
                        axis.0 = i;
                    }
                }
            });
        });
    }
}
