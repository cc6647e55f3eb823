//! One chart of the Train tab: the curves of a group, of one run or of several, thinned to what the screen can show.

use super::lines::{all_steps, colour, lines, values};
use super::state::TrainState;
use crate::figure::curves::{marks, number};
use crate::train::curves::{CURVES, Group, Point, decimated};
use crate::ui::theme::palette;
use crate::ui::widgets::empty_state;
use egui::{PointerButton, Rangef, Sense, Stroke, Ui, pos2};
use egui_plot::{AxisHints, GridMark, Line, Plot, PlotPoint, PlotPoints, Points};
use std::collections::BTreeSet;

/// Which curves are drawn and how.
pub struct Charts {
    /// The group that the narrow panel shows.
    pub group: Group,
    /// Curves that are drawn, by their numbers.
    pub chosen: BTreeSet<usize>,
    /// Groups whose values stand on a logarithmic axis.
    pub log: BTreeSet<Group>,
    /// Share of the past in a smoothed value; 0 draws what was measured.
    pub smoothing: f64,
    /// The steps that are drawn; `None` for all.
    pub steps: Option<[f64; 2]>,
    /// Where a part began to be marked.
    pub drag: Option<f64>,
    /// The lines of each group as they were drawn last.
    drawn: Vec<(Key, Vec<Drawn>)>,
}

impl Default for Charts {
    fn default() -> Self {
        let chosen = CURVES.iter().enumerate().filter(|(_, curve)| curve.usual).map(|(i, _)| i).collect();
        Self {
            group: Group::Loss,
            chosen,
            log: BTreeSet::from([Group::Norm]),
            smoothing: 0.9,
            steps: None,
            drag: None,
            drawn: Vec::new(),
        }
    }
}

/// What a group's lines depend on.
#[derive(Clone, PartialEq)]
struct Key {
    group: Group,
    lines: Vec<(usize, usize)>,
    rows: Vec<usize>,
    steps: [f64; 2],
    columns: usize,
    smoothing: f64,
    log: bool,
    runs: Vec<String>,
    last: Vec<u64>,
}

/// A line that is drawn.
pub struct Drawn {
    /// Which run and curve.
    pub of: (usize, usize),
    /// Its name in the legend.
    pub name: String,
    raw: Vec<PlotPoint>,
    smooth: Vec<PlotPoint>,
}

#[cfg(test)]
impl Charts {
    /// Of each line of a group: its name, how many points are drawn, and the step of the last one.
    pub fn ends(&self, group: Group) -> Vec<(&str, usize, Option<f64>)> {
        let lines = self.drawn.iter().filter(|(key, _)| key.group == group).flat_map(|(_, lines)| lines);
        lines.map(|l| (&*l.name, l.raw.len() + l.smooth.len(), l.smooth.last().map(|point| point.x))).collect()
    }
}

/// Brings points and lines of a group up to date; only what changed is computed.
fn prepare(state: &mut TrainState, group: Group, steps: [f64; 2], columns: usize) {
    let smoothing = group.smoothing(state.charts.smoothing);
    for run in state.runs.iter_mut().filter(|run| run.shown) {
        for curve in group.curves().filter(|curve| state.charts.chosen.contains(curve)) {
            run.points[curve].update(&CURVES[curve], &run.rows, smoothing);
        }
    }
    let lines = lines(state, group);
    let log = state.charts.log.contains(&group);
    let key = Key {
        group,
        lines: lines.iter().map(|(run, curve, _)| (*run, *curve)).collect(),
        rows: state.runs.iter().map(|run| run.rows.len()).collect(),
        steps,
        columns,
        smoothing,
        log,
        runs: state.runs.iter().map(|run| run.name.clone()).collect(),
        last: lines.iter().map(|(run, curve, _)| state.runs[*run].points[*curve].raw.len() as u64).collect(),
    };
    if state.charts.drawn.iter().any(|(known, _)| *known == key) {
        return;
    }
    let several = state.runs.iter().filter(|run| run.shown).count() > 1;
    let few = |points: &[Point]| -> Vec<PlotPoint> {
        let scaled = |[step, value]: Point| PlotPoint::new(step, if log { value.log10() } else { value });
        decimated(points, steps, columns).into_iter().filter(|p| !log || p[1] > 0.0).map(scaled).collect()
    };
    let draw = |(run, curve, _): (usize, usize, usize)| {
        let points = &state.runs[run].points[curve];
        let raw = if smoothing > 0.0 { few(&points.raw) } else { Vec::new() };
        let title = CURVES[curve].title;
        let name = if several { format!("{}  {title}", state.runs[run].name) } else { title.to_owned() };
        Drawn { of: (run, curve), name, raw, smooth: few(&points.smooth) }
    };
    let drawn = lines.into_iter().map(draw).collect();
    state.charts.drawn.retain(|(known, _)| known.group != group);
    state.charts.drawn.push((key, drawn));
}

/// Room at the right end, so that half of the last step's number has some.
const EDGE: f32 = 14.0;
/// Distances of marks in points between which egui_plot fades labels in: all are to be read that [`marks`] gives.
const LABELS: Rangef = Rangef { min: 8.0, max: 12.0 };

/// What an empty chart says; `None` for one that has lines.
fn nothing(state: &TrainState, group: Group, empty: bool) -> Option<[&'static str; 2]> {
    if !empty {
        return None;
    }
    let chosen = group.curves().any(|curve| state.charts.chosen.contains(&curve));
    Some(match (state.runs.iter().any(|run| run.shown), chosen, group) {
        (false, ..) => ["No run is drawn", "Tick one of the list."],
        (_, false, _) => ["No curve is chosen", "Choose one above."],
        (.., Group::Validation) => {
            ["Nothing was measured yet", "With frames held out, every validation is a point here."]
        }
        _ => ["Nothing was measured yet", "Steps are drawn here as they are made."],
    })
}

/// Draws the chart of a group.
pub fn show(ui: &mut Ui, state: &mut TrainState, group: Group, height: f32) {
    let p = palette(ui);
    let dark = ui.visuals().dark_mode;
    let steps = state.charts.steps.unwrap_or_else(|| all_steps(&state.runs));
    let columns = (ui.available_width() / 2.0).max(20.0) as usize;
    prepare(state, group, steps, columns);
    let all = lines(state, group);
    let log = state.charts.log.contains(&group);
    let range = values(state, &all, steps, log);
    let scaled = if log { range.map(f64::log10) } else { range };
    let (faint, grid) = (p.secondary, p.control);
    let whole = |(step, _): &(f64, String)| step.fract() == 0.0;
    let (y_marks, x_marks) = (marks(range, 4, log), marks(steps, 4, false).into_iter().filter(whole).collect());
    // The words of an empty chart are easier to read without a grid that means nothing.
    let nothing = nothing(state, group, all.is_empty());
    let place = move |value: f64| if log { value.log10() } else { value };
    let spacer = |marks: Vec<(f64, String)>, log: bool, span: f64| {
        move |_: egui_plot::GridInput| {
            let mark =
                |(v, _): &(f64, String)| GridMark { value: if log { v.log10() } else { *v }, step_size: span / 4.0 };
            marks.iter().map(mark).collect::<Vec<_>>()
        }
    };
    let label = move |mark: GridMark, _: &std::ops::RangeInclusive<f64>| {
        number(if log { 10f64.powf(mark.value) } else { mark.value })
    };
    let plot = Plot::new(("train chart", group.title()))
        .height(height)
        .width((ui.available_width() - EDGE).max(40.0))
        .show_axes(nothing.is_none())
        .show_grid(nothing.is_none())
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .sense(Sense::click_and_drag())
        .show_background(false)
        .show_crosshair(false)
        .grid_color(grid)
        .label_formatter(|_| None)
        .x_grid_spacer(spacer(x_marks, false, steps[1] - steps[0]))
        .y_grid_spacer(spacer(y_marks, log, scaled[1] - scaled[0]))
        .custom_x_axes(vec![
            AxisHints::new_x().formatter(|mark, _| number(mark.value)).tick_label_color(faint).label_spacing(LABELS),
        ])
        .custom_y_axes(vec![
            AxisHints::new_y().formatter(label).min_thickness(40.0).tick_label_color(faint).label_spacing(LABELS),
        ]);
    let empty: Vec<Drawn> = Vec::new();
    let drawn = state.charts.drawn.iter().find(|(key, _)| key.group == group).map_or(&empty, |(_, drawn)| drawn);
    let tone = |of: (usize, usize)| {
        let place = all.iter().find(|(run, curve, _)| (*run, *curve) == of).map_or(0, |(_, _, place)| *place);
        colour(place, dark)
    };
    let shown = plot.show(ui, |plot| {
        plot.set_plot_bounds_x(steps[0]..=steps[1].max(steps[0] + 1e-9));
        plot.set_plot_bounds_y(scaled[0]..=scaled[1]);
        // The first line comes last: the run that trains lies over those that it is compared with.
        for line in drawn.iter().rev() {
            let raw = Line::new(&line.name, PlotPoints::Borrowed(&line.raw));
            plot.line(raw.color(tone(line.of).gamma_multiply(0.28)).width(1.0).allow_hover(false));
        }
        for line in drawn.iter().rev() {
            let whole = Line::new(&line.name, PlotPoints::Borrowed(&line.smooth));
            plot.line(whole.color(tone(line.of)).width(1.6).allow_hover(false));
            // Validations are points, and a first step alone is nothing else.
            if line.smooth.len() <= if group == Group::Validation { 40 } else { 4 } {
                let dots = Points::new(&line.name, PlotPoints::Borrowed(&line.smooth));
                plot.points(dots.color(tone(line.of)).radius(2.2).allow_hover(false));
            }
        }
    });
    let response = shown.response;
    let name = format!("Chart: {}", group.title());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &name));
    let transform = shown.transform;
    if let Some([title, text]) = nothing {
        empty_state(ui, *transform.frame(), title, text);
        return;
    }
    let at = response.hover_pos().map(|at| transform.value_from_position(at).x);
    if let Some(at) = at {
        let x = transform.position_from_point(&PlotPoint::new(at, 0.0)).x;
        ui.painter().vline(x, transform.frame().y_range(), Stroke::new(1.0, p.secondary.gamma_multiply(0.6)));
        for line in &all {
            let points = &state.runs[line.0].points[line.1];
            let Some(point) = points.nearest(at).and_then(|i| points.smooth.get(i)) else { continue };
            let spot = transform.position_from_point(&PlotPoint::new(point[0], place(point[1])));
            if transform.frame().contains(spot) {
                ui.painter().circle(spot, 3.0, tone((line.0, line.1)), Stroke::new(1.0, p.panel));
            }
        }
    }
    // A part is marked by dragging across it; a double click shows all again.
    let pressed = response.interact_pointer_pos().map(|at| transform.value_from_position(at).x);
    if response.drag_started_by(PointerButton::Primary) {
        // A drag is known as one some pixels behind its beginning.
        let origin = response.ctx.input(|input| input.pointer.press_origin());
        state.charts.drag = origin.map(|at| transform.value_from_position(at).x).or(pressed);
    }
    if let (Some(from), Some(to)) = (state.charts.drag, pressed) {
        let [a, b] = [from, to].map(|step| transform.position_from_point(&PlotPoint::new(step, 0.0)).x);
        let frame = transform.frame();
        let marked = egui::Rect::from_min_max(pos2(a.min(b), frame.top()), pos2(a.max(b), frame.bottom()));
        ui.painter().rect_filled(marked.intersect(*frame), 0.0, p.accent.gamma_multiply(0.25));
    }
    if response.drag_stopped() {
        if let (Some(from), Some(to)) = (state.charts.drag.take(), pressed) {
            let [low, high] = [from.min(to).max(steps[0]), from.max(to).min(steps[1])];
            state.charts.steps = if high - low >= 2.0 { Some([low, high]) } else { state.charts.steps };
        }
    } else if response.double_clicked() {
        state.charts.steps = None;
    }
    match at {
        Some(at) if state.charts.drag.is_none() && !all.is_empty() => {
            response.on_hover_text_at_pointer(tip(state, &all, at));
        }
        _ => {}
    }
}

/// What the chart says at a step: the nearest value of every line, as measured, and smoothed beside it.
pub fn tip(state: &TrainState, lines: &[(usize, usize, usize)], at: f64) -> String {
    let several = state.runs.iter().filter(|run| run.shown).count() > 1;
    let mut text = Vec::new();
    let mut step = None;
    for (run, curve, _) in lines {
        let points = &state.runs[*run].points[*curve];
        let Some(i) = points.nearest(at) else { continue };
        let [here, value] = points.raw[i];
        step = step.or(Some(here));
        let of = if several { format!("{}  ", state.runs[*run].name) } else { String::new() };
        let mean = match points.smooth.get(i) {
            Some([_, mean]) if CURVES[*curve].group.smoothing(state.charts.smoothing) > 0.0 => {
                format!("   mean {}", number(*mean))
            }
            _ => String::new(),
        };
        let away = if Some(here) == step { String::new() } else { format!("   at {here}") };
        text.push(format!("{of}{} {}{mean}{away}", CURVES[*curve].title, number(value)));
    }
    let epoch = state.main().and_then(|run| {
        let step = step?;
        let place = run.rows.partition_point(|row| row[0] < step);
        run.rows.get(place).filter(|row| row[0] == step).map(|row| format!("   epoch {:.2}", row[1]))
    });
    let head = step.map_or_else(String::new, |step| format!("step {step}{}", epoch.unwrap_or_default()));
    format!("{head}\n{}\nDrag: enlarge a part.  Double click: all of it.", text.join("\n"))
}
