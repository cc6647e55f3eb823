//! The UI thread's time per frame during continuous inference, for the `bench` command.

use super::app::StudioApp;
use super::options::StudioOptions;
use super::timing::quantile;
use crate::error::{Error, Result};
use crate::render::window_setup;
use egui_kittest::Harness;
use serde::Serialize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Frames a second that the window is driven at.
const RATE: f64 = 60.0;

/// Logic, layout and tessellation of the window's frames; rasterisation is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct UiTimes {
    /// Frames that were measured.
    pub frames: usize,
    /// Predictions that arrived meanwhile.
    pub predictions: usize,
    /// Median in milliseconds.
    pub p50_ms: f64,
    /// 95th percentile.
    pub p95_ms: f64,
    /// 99th percentile.
    pub p99_ms: f64,
    /// Slowest frame.
    pub max_ms: f64,
}

impl UiTimes {
    fn of(times: &[Duration], predictions: usize) -> Option<Self> {
        let ms = |q| quantile(times, q).map(|t| t.as_secs_f64() * 1e3);
        Some(Self {
            frames: times.len(),
            predictions,
            p50_ms: ms(0.5)?,
            p95_ms: ms(0.95)?,
            p99_ms: ms(0.99)?,
            max_ms: ms(1.0)?,
        })
    }
}

/// Runs the window of 1600×900 for `length` with the pointer moving over the views and the network never at rest.
///
/// # Errors
/// When no graphics driver is there, or the window does not come to rest before the measurement.
pub fn measure(options: StudioOptions, length: Duration) -> Result<UiTimes> {
    let run = || {
        let mut harness = Harness::builder()
            .with_size(egui::vec2(1600.0, 900.0))
            .with_accessibility_check(false)
            .allow_missing_glyphs()
            .wgpu_setup(window_setup(true))
            .build_eframe(move |cc| StudioApp::new(cc, options));
        let deadline = Instant::now() + Duration::from_secs(120);
        while let Some(what) = harness.state().unsettled() {
            if Instant::now() > deadline {
                return Err(Error::Failed(format!("the window still waited for {what} after two minutes")));
            }
            harness.step();
            std::thread::sleep(Duration::from_millis(5));
        }
        harness.run_steps(30);
        Ok(drive(&mut harness, length))
    };
    // The test harness says by panics what a driver refuses.
    let times = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        Err(Error::Failed("no graphics driver can draw the window; install mesa-vulkan-drivers".to_owned()))
    })?;
    times.ok_or_else(|| Error::Failed("no frame was drawn in the time given; measure longer".to_owned()))
}

fn drive(harness: &mut Harness<'_, StudioApp>, length: Duration) -> Option<UiTimes> {
    let mut times = Vec::new();
    let mut predictions = 0;
    harness.state_mut().studio.latency.clear();
    harness.state_mut().predict_again();
    let start = Instant::now();
    while start.elapsed() < length {
        let due = start + Duration::from_secs_f64(times.len() as f64 / RATE);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let phase = times.len() as f32 * 0.02;
        harness.hover_at(egui::pos2(700.0 + 450.0 * phase.sin(), 450.0 + 300.0 * (0.7 * phase).cos()));
        harness.state_mut().frame_times().clear();
        harness.step();
        let frame: Duration = harness.state_mut().frame_times().times().iter().sum();
        let shapes = harness.output().shapes.clone();
        let began = Instant::now();
        let drawn = harness.ctx.tessellate(shapes, harness.ctx.pixels_per_point());
        times.push(frame + began.elapsed());
        drop(drawn);
        if harness.state().predictions_shown() > 0 {
            predictions += harness.state().predictions_shown();
            harness.state_mut().studio.latency.clear();
            harness.state_mut().predict_again();
        }
    }
    UiTimes::of(&times, predictions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_frames_by_hand() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        let got = UiTimes::of(&times, 7);
        let want = UiTimes { frames: 200, predictions: 7, p50_ms: 100.0, p95_ms: 190.0, p99_ms: 198.0, max_ms: 200.0 };
        assert_eq!(got, Some(want));
        assert_eq!(UiTimes::of(&[], 0), None);
    }
}
