//! The real window, rendered off-screen.

use super::app::StudioApp;
use super::options::StudioOptions;
use crate::error::{Error, Result};
use crate::guard::guard;
use crate::render::window_setup;
use egui_kittest::Harness;
use image::RgbaImage;
use std::time::{Duration, Instant};

/// Frames that must be still before the picture is taken: layouts settle a frame after their contents.
const STILL: usize = 4;

/// Draws the window with its workers until nothing changes any more, and gives its picture.
///
/// `size` is in pixels of the picture; `pixels_per_point` 2 gives what a HiDPI screen shows.
///
/// # Errors
/// When no graphics driver is there, or the window does not come to rest within `timeout`.
pub fn render(options: StudioOptions, size: [u32; 2], pixels_per_point: f32, timeout: Duration) -> Result<RgbaImage> {
    if !(64..=8192).contains(&size[0]) || !(64..=8192).contains(&size[1]) || !(0.5..=4.0).contains(&pixels_per_point) {
        return Err(Error::Usage("a screenshot is 64 to 8192 pixels wide and high, at 0.5 to 4 pixels a point".into()));
    }
    // The test harness says by panics what a driver refuses.
    let remedy = "install a Vulkan driver, for example mesa-vulkan-drivers";
    guard("the window cannot be drawn off-screen", remedy, || draw(options, size, pixels_per_point, timeout))?
}

fn draw(options: StudioOptions, size: [u32; 2], pixels_per_point: f32, timeout: Duration) -> Result<RgbaImage> {
    let light = options.theme == Some(super::ThemeChoice::Light);
    let points = egui::vec2(size[0] as f32, size[1] as f32) / pixels_per_point;
    let mut harness = Harness::builder()
        .with_size(points)
        .with_pixels_per_point(pixels_per_point)
        .with_theme(if light { egui::Theme::Light } else { egui::Theme::Dark })
        .with_accessibility_check(false)
        .with_render_cursor(false)
        .allow_missing_glyphs()
        .wgpu_setup(window_setup(true))
        .build_eframe(move |cc| StudioApp::new(cc, options));
    let deadline = Instant::now() + timeout;
    let mut still = 0;
    while still < STILL {
        harness.step();
        match harness.state().unsettled() {
            None => still += 1,
            Some(what) => {
                still = 0;
                if Instant::now() > deadline {
                    return Err(Error::Failed(format!(
                        "the window still waited for {what} after {:.0} s; give it more time or open a smaller picture",
                        timeout.as_secs_f32()
                    )));
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }
    harness.render().map_err(|e| Error::Failed(format!("the window cannot be drawn off-screen ({e})")))
}
