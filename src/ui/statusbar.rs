//! The status bar: device, input size, rate, latency by stage, age, dropped frames; work behind another tab; and the
//! probe's whole line.

use super::latency::ms_text;
use super::probe::{ProbeReading, depth_text, gate_text};
use super::state::{SourceKind, Studio};
use super::tabs::Tab;
use super::theme::{Palette, SMALL, palette, regular, semibold};
use super::view::reading;
use super::widgets::chip_button;
use super::{evaluate, train};
use crate::figure::error_mode::ErrorMode;
use egui::text::{LayoutJob, TextFormat};
use egui::{Align, Color32, Layout, Ui, vec2};
use std::time::Instant;

/// A line of labels and values, values heavier.
struct Text<'a> {
    job: LayoutJob,
    p: &'a Palette,
}

impl<'a> Text<'a> {
    fn new(p: &'a Palette) -> Self {
        Self { job: LayoutJob::default(), p }
    }

    fn put(&mut self, text: &str, font: egui::FontId, color: Color32) {
        self.job.append(text, 0.0, TextFormat { font_id: font, color, valign: Align::Center, ..Default::default() });
    }

    fn label(&mut self, text: &str) -> &mut Self {
        self.put(text, regular(SMALL + 0.5), self.p.secondary);
        self
    }

    fn value(&mut self, text: &str) -> &mut Self {
        self.put(text, semibold(SMALL + 0.5), self.p.strong);
        self
    }

    fn gap(&mut self) -> &mut Self {
        self.label("     ")
    }
}

/// Work that goes on behind another tab, or behind a panel that is closed: the tab, what to say, and its tip.
fn hidden_work(studio: &Studio) -> Vec<(Tab, String, &'static str)> {
    let all = [
        (Tab::Train, train::brief(&studio.train), "Bring up the training (W)"),
        (Tab::Evaluate, evaluate::brief(&studio.evaluate), "Bring up the evaluation (V)"),
    ];
    all.into_iter()
        .filter(|(tab, ..)| !tab.is_shown(studio))
        .filter_map(|(tab, text, tip)| Some((tab, text?, tip)))
        .collect()
}

/// Draws the bar.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    let p = palette(ui);
    let work = hidden_work(studio);
    let mut asked = None;
    let line = reading(studio).map(|r| probe_line(p, &r));
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let busy = studio.busy.is_some() || studio.main.loading.is_some();
        let (dot, _) = ui.allocate_exact_size(vec2(8.0, 8.0), egui::Sense::hover());
        let colour = match (&studio.devices.current, busy) {
            (_, true) => p.warn,
            (Some(_), false) => p.good,
            (None, false) => p.secondary,
        };
        ui.painter().circle_filled(dot.center(), 4.0, colour);
        let left = left_line(p, studio);
        let probe = line.map(|t| ui.painter().layout_job(t.job));
        let width = |text: &str| ui.painter().layout_no_wrap(text.to_owned(), regular(SMALL), p.text).size().x;
        let chips: f32 = work.iter().map(|(_, text, _)| width(text) + 2.0 * ui.spacing().button_padding.x + 8.0).sum();
        let room = ui.available_width() - chips - probe.as_ref().map_or(0.0, |g| g.size().x + 24.0);
        let mut job = left.job;
        job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(60.0));
        ui.label(ui.painter().layout_job(job));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for (tab, text, tip) in &work {
                if chip_button(ui, text, false, tip).clicked() {
                    asked = Some(*tab);
                }
            }
            if let Some(galley) = probe {
                ui.label(galley);
            } else if let Some(busy) = &studio.busy {
                let mut text = Text::new(p);
                text.label(busy);
                ui.label(text.job);
            }
        });
    });
    if let Some(tab) = asked {
        tab.bring_up(studio);
    }
}

fn left_line<'a>(p: &'a Palette, studio: &Studio) -> Text<'a> {
    let mut text = Text::new(p);
    match &studio.devices.current {
        Some(device) => text.value(&device.label()),
        None => text.label("no device yet"),
    };
    if let Some(prediction) = studio.prediction() {
        let [w, h] = prediction.main.net_size;
        text.gap().label("input ").value(&format!("{w}×{h}"));
    }
    if let Some(stage) = studio.latency.stage(|t| t.forward) {
        text.gap().label("forward ").value(&format!("{} ms", ms_text(stage.p50)));
        if studio.latency.count() > 4 {
            text.label(&format!(" p95 {}", ms_text(stage.p95)));
        }
    }
    let stages = [
        ("decode ", studio.latency.stage(|t| t.decode)),
        ("pre ", studio.latency.stage(|t| t.preprocess)),
        ("post ", studio.latency.stage(|t| t.postprocess)),
    ];
    for (name, stage) in stages {
        if let Some(stage) = stage {
            text.gap().label(name).value(&format!("{} ms", ms_text(stage.p50)));
        }
    }
    if studio.source.kind == SourceKind::Camera {
        let now = Instant::now();
        if let Some(rate) = studio.latency.rate(now) {
            text.gap().value(&format!("{rate:.1} fps"));
        }
        if let Some(views) = &studio.views {
            let age = now.saturating_duration_since(views.job.frame.captured).as_secs_f64() * 1e3;
            text.gap().label("age ").value(&format!("{age:.0} ms"));
        }
        text.gap().label("dropped ").value(&studio.source.dropped.to_string());
    }
    text
}

fn probe_line<'a>(p: &'a Palette, r: &ProbeReading) -> Text<'a> {
    let mut text = Text::new(p);
    text.label("x ").value(&r.x.to_string()).label(" y ").value(&r.y.to_string());
    text.label("  ·  rgb ").value(&format!("{} {} {}", r.rgb[0], r.rgb[1], r.rgb[2]));
    if r.depth.is_some() {
        text.label("  ·  depth ").value(&depth_text(r.depth, r.unit));
    }
    if r.has_truth {
        text.label("  ·  truth ").value(&r.truth_text());
    }
    if let (Some(error), Some(truth)) = (r.error(ErrorMode::Signed), r.counted) {
        let percent = format!("{:+.0} %", 100.0 * error / truth).replace('-', "−");
        text.label("  ·  error ")
            .value(&format!("{} ({percent})", ErrorMode::Signed.format(error, r.truth_unit.symbol())));
        // Truth and error add up to this, and not always to the depth before them.
        if let Some(measured) = r.measured_text() {
            text.label(" of measured ").value(&measured);
        }
    }
    if r.eda.is_some() {
        text.label("  ·  EDA ").value(&gate_text(r.eda));
    }
    if r.cbam.is_some() {
        text.label("  ·  CBAM-S ").value(&gate_text(r.cbam));
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::eval::messages::Progress;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    #[test]
    fn work_behind_another_tab_is_said_and_one_click_away() {
        let mut studio = train::tests::running();
        studio.settings.tab = Tab::Log;
        studio.evaluate.phase = evaluate::Phase::Running;
        studio.evaluate.progress = Progress { done: 14, of: 78, ..Progress::default() };
        let builder = Harness::builder().with_size(vec2(1000.0, 28.0)).with_context_setup(crate::ui::theme::install);
        let mut harness = builder.build_ui_state(show, studio);
        harness.run_steps(2);
        harness.check_accessibility();
        harness.get_by_label("Evaluating 14/78");
        harness.get_by_label("Training 40/200").click();
        harness.run_steps(2);
        assert!(Tab::Train.is_shown(harness.state()));
        assert!(harness.query_by_label("Training 40/200").is_none(), "its own tab says it");
        harness.get_by_label("Evaluating 14/78").click();
        harness.run_steps(2);
        assert!(Tab::Evaluate.is_shown(harness.state()));
        // A panel that is closed shows nothing of it either, and a click opens it.
        harness.state_mut().settings.panel = false;
        harness.state_mut().train.phase = train::Phase::Paused("asked for".into());
        harness.run_steps(2);
        harness.get_by_label("Evaluating 14/78");
        harness.get_by_label("Training paused 40/200").click();
        harness.run_steps(2);
        assert!(Tab::Train.is_shown(harness.state()));
        harness.state_mut().settings.tab = Tab::Log;
        harness.state_mut().train.phase = train::Phase::Idle;
        harness.state_mut().evaluate.phase = evaluate::Phase::Idle;
        harness.run_steps(2);
        assert!(harness.query_by_label_contains("Training").is_none());
    }
}
