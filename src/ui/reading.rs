//! [`Reading`]: weights that the doctor reads, with a way to stop waiting; then its report opens as a sheet.

use super::report::ReportSheet;
use super::sheets::Sheet;
use super::spinner;
use super::state::{Action, Studio};
use super::theme::{BODY, palette, regular};
use crate::infer::engine::Slot;
use crate::weights::doctor::Report;
use egui::{Align2, RichText};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Small files are read before this has passed and need no message.
const QUIET: Duration = Duration::from_millis(150);

/// Weights on their way through the doctor.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Its number; the answer to another one is too late.
    pub ticket: u64,
    /// For which place.
    pub slot: Slot,
    /// The file or folder.
    pub path: PathBuf,
    /// Since when.
    pub since: Instant,
    /// The report, while another sheet covers the window.
    pub report: Option<Arc<Report>>,
}

/// Opens the report as soon as nothing else covers the window; a report of before gives way.
pub fn open_report(studio: &mut Studio) {
    let free = matches!(studio.sheet, None | Some(Sheet::Report(_)));
    if let Some((report, slot)) =
        studio.reading.as_ref().filter(|_| free).and_then(|r| Some((r.report.clone()?, r.slot)))
    {
        studio.reading = None;
        studio.sheet = Some(Sheet::Report(Box::new(ReportSheet::new(report, slot))));
    }
}

/// Says what is being read, at the top of `within`, and offers to stop.
pub fn show(ctx: &egui::Context, studio: &mut Studio, within: egui::Rect) {
    let Some(reading) = studio.reading.as_ref().filter(|r| r.report.is_none()) else { return };
    let quiet = QUIET.saturating_sub(reading.since.elapsed());
    if !quiet.is_zero() {
        return ctx.request_repaint_after(quiet);
    }
    let name = file_name(&reading.path);
    let area = egui::Area::new(egui::Id::unique("reading"))
        .order(egui::Order::Foreground)
        .pivot(Align2::CENTER_TOP)
        .fixed_pos(within.center_top() + egui::vec2(0.0, 12.0));
    let stop = area.show(ctx, |ui| {
        let frame = egui::Frame::popup(ui.style()).inner_margin(egui::Margin::symmetric(14, 8));
        let row = frame.show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.set_max_width((within.width() - 60.0).clamp(120.0, 460.0));
                spinner::sized(ui, 16.0);
                let text = RichText::new(format!("reading {name}…")).font(regular(BODY)).color(palette(ui).text);
                ui.add(egui::Label::new(text).truncate());
                ui.button("Cancel").on_hover_text("Stop waiting; the model that runs stays (Esc)").clicked()
            })
        });
        row.inner.inner
    });
    if stop.inner {
        studio.push(Action::CancelExamine);
    }
}

/// The last part of a path, or all of it where it has none.
pub fn file_name(path: &std::path::Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}
