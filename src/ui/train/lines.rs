//! Which lines a chart has: their colours, their extent and their legend.

use super::state::{Run, TrainState};
use crate::train::curves::{CURVES, Group, extent};
use egui::Color32;

/// Colours of lines, in this order.
const COLOURS: [(Color32, Color32); 8] = [
    (Color32::from_rgb(0x58, 0x9c, 0xff), Color32::from_rgb(0x1f, 0x5f, 0xd8)),
    (Color32::from_rgb(0xf0, 0x88, 0x3e), Color32::from_rgb(0xc8, 0x5f, 0x12)),
    (Color32::from_rgb(0x3f, 0xb9, 0x50), Color32::from_rgb(0x1d, 0x80, 0x35)),
    (Color32::from_rgb(0xb0, 0x83, 0xf0), Color32::from_rgb(0x7b, 0x45, 0xd0)),
    (Color32::from_rgb(0xf7, 0x78, 0xa0), Color32::from_rgb(0xc2, 0x2f, 0x68)),
    (Color32::from_rgb(0xd9, 0xa3, 0x2b), Color32::from_rgb(0x96, 0x68, 0x00)),
    (Color32::from_rgb(0x39, 0xc5, 0xcf), Color32::from_rgb(0x0b, 0x7a, 0x85)),
    (Color32::from_rgb(0xa8, 0xb1, 0xbd), Color32::from_rgb(0x5a, 0x65, 0x72)),
];

/// The file that a group's chart is written to, in the folder of the first run.
pub fn file(group: Group, end: &str) -> String {
    format!("curves_{}.{end}", group.title().to_lowercase())
}

/// A colour of the lines; on paper it is that of the light theme.
pub fn colour(place: usize, dark: bool) -> Color32 {
    let (on_dark, on_light) = COLOURS[place % COLOURS.len()];
    if dark { on_dark } else { on_light }
}

/// The lines of a group: run and curve. One run: each of its curves that is chosen has a colour. Several runs: each has a
/// colour, and the first chosen curve alone is drawn, so that one colour never means two things.
pub fn lines(state: &TrainState, group: Group) -> Vec<(usize, usize, usize)> {
    let runs: Vec<usize> = state.runs.iter().enumerate().filter(|(_, run)| run.shown).map(|(i, _)| i).collect();
    let has = |run: usize, curve: usize| !state.runs[run].points[curve].raw.is_empty();
    let chosen = || group.curves().enumerate().filter(|(_, curve)| state.charts.chosen.contains(curve));
    match runs[..] {
        [] => Vec::new(),
        [run] => chosen().filter(|(_, c)| has(run, *c)).map(|(place, curve)| (run, curve, place)).collect(),
        _ => {
            let Some((_, curve)) = chosen().next() else { return Vec::new() };
            runs.into_iter().filter(|run| has(*run, curve)).map(|run| (run, curve, run)).collect()
        }
    }
}

/// The steps that all runs on the screen have.
pub fn all_steps(runs: &[Run]) -> [f64; 2] {
    let last = runs.iter().filter(|run| run.shown).map(|run| run.step() as f64).fold(1.0, f64::max);
    [0.0, last]
}

/// The values' axis for these lines: both ends, with some room; positive on a logarithmic one.
pub fn values(state: &TrainState, lines: &[(usize, usize, usize)], steps: [f64; 2], log: bool) -> [f64; 2] {
    let ends = lines.iter().filter_map(|(run, curve, _)| {
        let points = &state.runs[*run].points[*curve];
        // Single peaks of what was measured would press a smoothed line flat: they may leave the chart.
        let smooth = CURVES[*curve].group.smoothing(state.charts.smoothing) > 0.0;
        let drawn = if smooth && points.smooth.len() > 8 { &points.smooth } else { &points.raw };
        extent(drawn, steps, log)
    });
    let joined = ends.reduce(|[a, b], [c, d]| [a.min(c), b.max(d)]);
    let Some([low, high]) = joined else { return if log { [0.1, 1.0] } else { [0.0, 1.0] } };
    if log {
        let room = (high / low).powf(0.06).max(1.05);
        return [low / room, high * room];
    }
    let room = (0.06 * (high - low)).max(1e-3 * high.abs()).max(1e-12);
    [low - room, high + room]
}
