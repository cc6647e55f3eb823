//! The window's own time per frame while networks run without a pause: what `bench` reports of the UI thread.

use super::app::StudioApp;
use super::options::StudioOptions;
use super::state::Action;
use super::tabs::Tab;
use super::timing::quantile;
use super::train::TrainOrder;
use crate::device::{self, DeviceKind};
use crate::error::{Error, Result};
use crate::render::window_setup;
use crate::train::TrainConfig;
use egui_kittest::Harness;
use serde::Serialize;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Width and height of the window in points.
const SIZE: [f32; 2] = [1600.0, 900.0];
/// Time between frames: a 60 Hz screen.
const PERIOD: Duration = Duration::from_micros(16_667);
/// How long the first prediction may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Quantiles of one part of a frame, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantiles {
    /// Half of the frames took less.
    pub p50: f64,
    /// 95 of 100 took less.
    pub p95: f64,
    /// 99 of 100 took less.
    pub p99: f64,
}

impl Quantiles {
    fn of(times: &[Duration]) -> Self {
        let at = |q| quantile(times, q).unwrap_or_default().as_secs_f64() * 1e3;
        Self { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
    }
}

/// The UI thread's time per frame during continuous inference, apart from rasterisation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WindowTime {
    /// Frames drawn.
    pub frames: usize,
    /// Predictions that arrived meanwhile.
    pub predictions: usize,
    /// Steps that a training made meanwhile; none without one.
    pub steps: Option<u64>,
    /// Logic and layout.
    pub logic_and_layout_ms: Quantiles,
    /// Shapes to triangles.
    pub tessellation_ms: Quantiles,
    /// Both.
    pub total_ms: Quantiles,
}

impl fmt::Display for WindowTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [w, h] = SIZE;
        let (frames, predictions) = (self.frames, self.predictions);
        let training = self.steps.map_or_else(String::new, |steps| format!(" and {steps} training steps"));
        writeln!(
            f,
            "window {w}x{h}, {frames} frames at 60 Hz while {predictions} predictions{training} ran, ms a frame:"
        )?;
        let parts = [
            ("logic and layout", self.logic_and_layout_ms),
            ("tessellation", self.tessellation_ms),
            ("total", self.total_ms),
        ];
        for (i, (name, q)) in parts.iter().enumerate() {
            let end = if i + 1 < parts.len() { "\n" } else { "" };
            write!(f, "  {name:<17} p50 {:.2}  p95 {:.2}  p99 {:.2}{end}", q.p50, q.p95, q.p99)?;
        }
        Ok(())
    }
}

/// Runs the window on the bundled sample and networks for about `duration`, at 60 frames a second and with a new
/// prediction begun whenever one ends; nothing is rasterised. With a training, that runs beside it in its folder and its
/// curves are on the screen.
///
/// # Errors
/// When the sample is not predicted in two minutes, or the training makes no step in that time.
pub fn window_time(duration: Duration, training: Option<(&TrainConfig, &Path)>) -> Result<WindowTime> {
    let options = StudioOptions { ephemeral: true, ..StudioOptions::default() };
    // With the graphics driver there is, so that the maps are uploaded and their draw calls laid out; none is executed.
    let builder = Harness::builder().with_size(egui::vec2(SIZE[0], SIZE[1]));
    let drawn = device::list().iter().any(|d| d.kind != DeviceKind::Cpu);
    let builder = if drawn { builder.wgpu_setup(window_setup(true)) } else { builder };
    let mut harness = builder.build_eframe(move |cc| StudioApp::new(cc, options));
    let began = Instant::now();
    while let Some(what) = harness.state().unsettled() {
        if began.elapsed() > PATIENCE {
            return Err(Error::Failed(format!("the window still waits for {what} after two minutes; check its log")));
        }
        harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
    let step = |harness: &Harness<'_, StudioApp>| harness.state().studio.train.main().map_or(0, |run| run.step());
    if let Some((config, out)) = training {
        let studio = &mut harness.state_mut().studio;
        (studio.settings.tab, studio.settings.panel) = (Tab::Train, true);
        studio.push(Action::Train(TrainOrder::Start(Box::new(config.clone()), out.to_owned())));
        let began = Instant::now();
        while step(&harness) == 0 {
            let failed = harness.state().studio.train.failure();
            if failed.is_some() || began.elapsed() > PATIENCE {
                let why = failed.unwrap_or_else(|| "no step in two minutes".to_owned());
                return Err(Error::Failed(format!(
                    "the training beside the window did not begin ({why}); check its data"
                )));
            }
            harness.step();
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    let first = step(&harness);
    harness.state_mut().frame_times().clear();
    let (mut tessellation, mut predictions) = (Vec::new(), 0);
    let mut shown = harness.state().studio.prediction().map(std::ptr::from_ref);
    harness.state_mut().predict_again();
    let began = Instant::now();
    while began.elapsed() < duration {
        let frame = Instant::now();
        harness.step();
        let output = harness.output();
        let shapes = output.shapes.clone(); // the copy is the harness's, and not counted
        let start = Instant::now();
        let triangles = harness.ctx.tessellate(shapes, output.pixels_per_point);
        tessellation.push(start.elapsed());
        drop(triangles);
        let now = harness.state().studio.prediction().map(std::ptr::from_ref);
        if now != shown {
            (shown, predictions) = (now, predictions + 1);
            harness.state_mut().predict_again();
        }
        std::thread::sleep(PERIOD.saturating_sub(frame.elapsed()));
    }
    let layout = harness.state_mut().frame_times().times().to_vec();
    let total: Vec<Duration> = layout.iter().zip(&tessellation).map(|(a, b)| *a + *b).collect();
    Ok(WindowTime {
        frames: layout.len(),
        predictions,
        steps: training.map(|_| step(&harness) - first),
        logic_and_layout_ms: Quantiles::of(&layout),
        tessellation_ms: Quantiles::of(&tessellation),
        total_ms: Quantiles::of(&total),
    })
}
