//! The training over the whole area of the views: all charts at the left, watched pictures and hard samples at the right.

use super::{BAR, chart, curves, hardest, head, watch};
use crate::train::curves::Group;
use crate::ui::state::Studio;
use crate::ui::tabs::Tab;
use crate::ui::theme::palette;
use crate::ui::wide::{self, halves, heading};
use egui::{RichText, ScrollArea, Ui};

/// True when the training covers the views now.
pub fn covers(studio: &Studio) -> bool {
    wide::covers(studio, Tab::Train, studio.train.expanded, studio.train.main().is_some())
}

/// Height of each of the three small charts, and of what stands beside the charts' own heights.
const SMALL_CHART: f32 = 130.0;
const REST: f32 = 214.0;

/// Width of the buttons that write a chart's files.
const FILES: f32 = 92.0;

/// A chart with its name, its axis, its files and its curves.
fn one(ui: &mut Ui, studio: &mut Studio, group: Group, height: f32) {
    ui.horizontal(|ui| {
        heading(ui, group.title());
        curves::log(ui, &mut studio.train.charts.log, group);
        ui.add_space((ui.available_width() - FILES).max(0.0));
        curves::files(ui, studio, group);
    });
    curves::choice(ui, studio, group);
    chart::show(ui, &mut studio.train, group, height);
}

/// Draws the training instead of the views; false when the views are to be drawn.
pub fn show(ui: &mut Ui, studio: &mut Studio) -> bool {
    if !covers(studio) {
        return false;
    }
    let p = palette(ui);
    let [mut left, mut right] = halves(ui, 0.34, 460.0);
    left.label(RichText::new(head::status(&studio.train)).color(p.secondary));
    left.horizontal_wrapped(|ui| {
        curves::controls(ui, studio, None);
        curves::add_run(ui, studio);
    });
    curves::runs(&mut left, studio);
    // The three small charts below the two large ones are to be seen without scrolling where there is room.
    let height = ((left.available_height() - SMALL_CHART - REST) / 2.0).clamp(110.0, 280.0);
    ScrollArea::vertical().id_salt("train charts").auto_shrink(false).show(&mut left, |ui| {
        ui.set_max_width(ui.available_width() - BAR);
        for line in [&[Group::Loss][..], &[Group::Validation], &[Group::Rate, Group::Norm, Group::Speed]] {
            ui.columns(line.len(), |columns| {
                for (ui, group) in columns.iter_mut().zip(line) {
                    one(ui, studio, *group, if line.len() > 1 { SMALL_CHART } else { height });
                }
            });
            ui.add_space(8.0);
        }
    });
    ScrollArea::vertical().id_salt("train side").auto_shrink(false).show(&mut right, |ui| {
        ui.set_max_width(ui.available_width() - BAR);
        heading(ui, "Pictures");
        watch::show(ui, studio);
        ui.add_space(14.0);
        heading(ui, "Hardest samples");
        hardest::show(ui, studio, 320.0);
    });
    true
}
