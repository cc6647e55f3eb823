//! Error by true distance: the two compared models side by side in each interval.

use super::head::colour;
use super::results::Results;
use crate::eval::distance::Interval;
use crate::ui::theme::{SMALL, palette, regular};
use egui::{Align2, Rect, RichText, Sense, Ui, pos2, vec2};

/// Which model's bars, and their intervals.
pub type Bars<'a> = (usize, &'a [Interval]);

/// The bars of the pair; one model once.
pub fn bars<'a>(results: &'a Results, pair: [usize; 2]) -> Vec<Bars<'a>> {
    let mut models = vec![pair[0]];
    models.extend((pair[0] != pair[1]).then_some(pair[1]));
    models.into_iter().filter_map(|m| Some((m, results.distances.get(m)?.intervals.as_slice()))).collect()
}

/// What an interval says: everything that is summed in it.
pub fn tip(results: &Results, pair: [usize; 2], i: usize) -> String {
    let ends = results.report.settings.rules.distances;
    let (Some(from), Some(to)) = (ends.get(i), ends.get(i + 1)) else { return String::new() };
    let open = i + 2 == ends.len();
    let mut lines = vec![if open { format!("{from} m and farther") } else { format!("{from} to {to} m") }];
    for (model, intervals) in bars(results, pair) {
        let name = &results.report.models[model].name;
        lines.push(match intervals[i].means() {
            Some([abs, signed, rel]) => {
                let signed = format!("{signed:+.3}").replace('-', "−");
                let pixels = intervals[i].pixels;
                format!("{name}\nmean |error| {abs:.3} m   mean error {signed} m   REL {rel:.4}   {pixels} pixels")
            }
            None => format!("{name}\nno pixel"),
        });
    }
    lines.join("\n")
}

/// Draws the chart.
pub fn show(ui: &mut Ui, results: &Results, pair: [usize; 2], height: f32) {
    let p = palette(ui);
    let all = bars(results, pair);
    let ends = results.report.settings.rules.distances;
    let count = ends.len().saturating_sub(1);
    let mean = |interval: &Interval| interval.means().map(|[abs, ..]| abs as f32);
    let most = all.iter().flat_map(|(_, i)| i.iter()).filter_map(mean).fold(0.0_f32, f32::max);
    if count == 0 || most <= 0.0 {
        ui.label(RichText::new("No image is done yet.").font(regular(SMALL + 0.5)).color(p.secondary));
        return;
    }
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let plot = Rect::from_min_max(rect.min + vec2(0.0, 16.0), rect.max - vec2(0.0, 18.0));
    let step = plot.width() / count as f32;
    let hovered = response.hover_pos().map(|at| ((at.x - plot.left()) / step) as usize).filter(|i| *i < count);
    if let Some(i) = hovered {
        let area = Rect::from_min_size(pos2(plot.left() + i as f32 * step, plot.top()), vec2(step, plot.height()));
        ui.painter().rect_filled(area, 3.0, p.control);
    }
    let width = (step - 5.0) / all.len() as f32;
    for i in 0..count {
        for (place, (_, intervals)) in all.iter().enumerate() {
            let Some(value) = intervals.get(i).and_then(mean) else { continue };
            let top = plot.bottom() - (plot.height() * value / most).max(1.0);
            let left = plot.left() + i as f32 * step + 2.5 + place as f32 * width;
            let bar = Rect::from_min_max(pos2(left, top), pos2(left + width - 1.0, plot.bottom()));
            ui.painter().rect_filled(bar, 1.5, colour(ui, place == 1));
            if all.len() == 1 || (width > 26.0) {
                let at = pos2(bar.center().x, top - 1.0);
                ui.painter().text(at, Align2::CENTER_BOTTOM, format!("{value:.2}"), regular(SMALL - 1.5), p.text);
            }
        }
    }
    ui.painter().hline(plot.x_range(), plot.bottom(), egui::Stroke::new(1.0, p.secondary));
    for (i, end) in ends.iter().enumerate() {
        let at = pos2(plot.left() + i as f32 * step, plot.bottom() + 3.0);
        let (align, text) = match i {
            0 => (Align2::LEFT_TOP, format!("{end}")),
            _ if i == count => (Align2::RIGHT_TOP, format!("{end} m")),
            // The unit at the end needs the room of the label before it.
            _ if i + 1 == count && step < 34.0 => continue,
            _ => (Align2::CENTER_TOP, format!("{end}")),
        };
        ui.painter().text(at, align, text, regular(SMALL - 0.5), p.secondary);
    }
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Mean absolute error by distance"));
    if let Some(i) = hovered {
        response.on_hover_text_at_pointer(tip(results, pair, i));
    }
    let caption = format!("mean |error| in metres, highest {most:.2} m");
    ui.label(RichText::new(caption).font(regular(SMALL)).color(p.secondary));
}
