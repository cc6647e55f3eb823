//! The hardest samples of the last epoch: a click shows one in the views.

use crate::data::dataset::{Sources, Split};
use crate::figure::curves::number;
use crate::ui::dataset::DatasetOrder;
use crate::ui::state::{Action, Studio};
use crate::ui::theme::{SMALL, palette, regular};
use crate::ui::toasts::Level;
use crate::ui::widgets::elided;
use egui::{Label, Rect, RichText, ScrollArea, Sense, Ui, pos2, vec2};

const ROW: f32 = 20.0;

/// Draws the list.
pub fn show(ui: &mut Ui, studio: &mut Studio, height: f32) {
    let p = palette(ui);
    let small = |ui: &mut Ui, text: String| {
        ui.add(Label::new(RichText::new(text).font(regular(SMALL)).color(p.secondary)).wrap());
    };
    let Some(hardest) = studio.train.hardest.clone() else {
        return small(ui, "Named here as training sees them: samples by their weight in the batch loss.".to_owned());
    };
    let so_far = if hardest.whole { "" } else { " so far" };
    small(
        ui,
        format!(
            "Epoch {}{so_far}: {} of {} samples, heaviest first",
            hardest.epoch,
            hardest.samples.len(),
            hardest.seen
        ),
    );
    let width = ui.available_width();
    heads(ui, width);
    let mut clicked = None;
    ScrollArea::vertical().id_salt("hardest").max_height(height).auto_shrink([false, true]).show_rows(
        ui,
        ROW,
        hardest.samples.len(),
        |ui, rows| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for sample in &hardest.samples[rows] {
                let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
                let chosen = studio.train.selected.as_deref() == Some(&sample.name);
                response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, chosen, &sample.name));
                if chosen || response.hovered() {
                    ui.painter().rect_filled(rect, 3.0, if chosen { p.selection } else { p.control });
                }
                let [loss, weight] = columns(rect);
                let name = elided(ui, &sample.name, regular(SMALL + 0.5), p.text, loss - 58.0 - rect.left());
                ui.painter().galley(pos2(rect.left() + 4.0, rect.center().y - name.size().y / 2.0), name, p.text);
                for (x, value) in [(loss, sample.loss), (weight, sample.weight)] {
                    let text = number(f64::from((value * 1e4).round() / 1e4));
                    let at = pos2(x, rect.center().y);
                    ui.painter().text(at, egui::Align2::RIGHT_CENTER, text, regular(SMALL + 0.5), p.text);
                }
                let tip = format!("{}\nL_b {}   w_b {}\nClick: show it", sample.name, sample.loss, sample.weight);
                if response.on_hover_text(tip).clicked() {
                    clicked = Some(sample.name.clone());
                }
            }
        },
    );
    if let Some(name) = clicked {
        open(studio, name);
    }
}

/// Right ends of the two columns of numbers.
fn columns(row: Rect) -> [f32; 2] {
    [row.right() - 62.0, row.right() - 4.0]
}

fn heads(ui: &mut Ui, width: f32) {
    let p = palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, 16.0), Sense::hover());
    let [loss, weight] = columns(rect);
    for (x, text) in [(loss, "L_b"), (weight, "w_b")] {
        ui.painter().text(pos2(x, rect.center().y), egui::Align2::RIGHT_CENTER, text, regular(SMALL), p.secondary);
    }
}

/// Shows a sample in the views.
fn open(studio: &mut Studio, name: String) {
    let Some(data) = studio.train.config.as_ref().map(|config| config.data.clone()) else { return };
    studio.train.selected = Some(name.clone());
    match data.data.trim().parse::<Sources>() {
        Ok(sources) => {
            let Some((source, own)) = sources.of(&name) else { return };
            let whole = Some(data.split).filter(|split| !split.is_empty());
            let split = source.split.as_ref().map(Split::to_string).or(whole);
            let (spec, frame) = (source.spec.clone(), Some(own.to_owned()));
            // Results over the views would hide it.
            studio.train.expanded = false;
            studio.push(Action::Dataset(DatasetOrder::Open { spec, split, frame }));
        }
        Err(error) => studio.say(Level::Warning, error.to_string()),
    }
}
