//! The training over the whole area of the views: all charts at the left, watched pictures and hard samples at the right.

use super::{chart, curves, hardest, head, lines, watch};
use crate::train::curves::Group;
use crate::ui::state::Studio;
use crate::ui::tabs::Tab;
use crate::ui::theme::{BODY, palette, semibold};
use egui::{RichText, ScrollArea, Ui, UiBuilder, vec2};

/// True when the training covers the views now.
pub fn covers(studio: &Studio) -> bool {
    let on = studio.settings.panel && studio.settings.tab == Tab::Train;
    on && studio.train.expanded && studio.train.main().is_some()
}

/// Draws the training instead of the views; false when the views are to be drawn.
pub fn show(ui: &mut Ui, studio: &mut Studio) -> bool {
    if !covers(studio) {
        return false;
    }
    let p = palette(ui);
    ui.painter().rect_filled(ui.max_rect(), 0.0, p.panel);
    let area = ui.max_rect().shrink2(vec2(18.0, 12.0));
    let right = (area.width() * 0.34).clamp(240.0, 460.0);
    let (left, side) = area.split_left_right_at_x(area.right() - right);
    let mut ui_left =
        ui.new_child(UiBuilder::new().max_rect(left.with_max_x(left.right() - 20.0)).id_salt("train left"));
    ui_left.label(RichText::new(head::status(&studio.train)).color(p.secondary));
    curves::controls(&mut ui_left, studio, None);
    curves::runs(&mut ui_left, studio);
    curves::exports(&mut ui_left, studio);
    ScrollArea::vertical().id_salt("train charts").auto_shrink(false).show(&mut ui_left, |ui| {
        let height = ((left.height() - 460.0) / 2.0).clamp(110.0, 280.0);
        for pair in [&[Group::Loss][..], &[Group::Validation], &[Group::Rate, Group::Norm, Group::Speed]] {
            ui.columns(pair.len(), |columns| {
                for (ui, group) in columns.iter_mut().zip(pair) {
                    ui.horizontal(|ui| {
                        let heading = RichText::new(group.title()).font(semibold(BODY)).color(p.strong);
                        let on = studio.train.charts.group == *group;
                        let response = ui.selectable_label(on, heading);
                        if response.on_hover_text("Export writes the chart that is chosen").clicked() {
                            studio.train.charts.group = *group;
                        }
                        curves::log(ui, &mut studio.train.charts.log, *group);
                    });
                    curves::choice(ui, studio, *group);
                    let height = if pair.len() > 1 { 130.0 } else { height };
                    chart::show(ui, &mut studio.train, *group, height);
                    lines::legend(ui, &studio.train, *group);
                }
            });
            ui.add_space(8.0);
        }
    });
    let mut ui_right = ui.new_child(UiBuilder::new().max_rect(side).id_salt("train right"));
    ScrollArea::vertical().id_salt("train side").auto_shrink(false).show(&mut ui_right, |ui| {
        let heading = |ui: &mut Ui, text: &str| {
            ui.label(RichText::new(text).font(semibold(BODY)).color(p.strong));
        };
        heading(ui, "Pictures");
        watch::show(ui, studio);
        ui.add_space(14.0);
        heading(ui, "Hardest samples");
        hardest::show(ui, studio, 320.0);
    });
    true
}
