//! The native window.

use super::app::StudioApp;
use super::options::StudioOptions;
use crate::error::{Error, Result};
use crate::render::window_setup;
use eframe::NativeOptions;
use egui::ViewportBuilder;

/// Opens the window and runs it until it is closed.
///
/// # Errors
/// When there is no display, or no graphics driver that can draw to it.
pub fn run(options: StudioOptions) -> Result<()> {
    let mut viewport = ViewportBuilder::default()
        .with_title("MSFNet Studio")
        .with_app_id("msfnet-studio")
        .with_inner_size([1600.0, 900.0])
        .with_min_inner_size([900.0, 560.0])
        .with_drag_and_drop(true);
    if let Some(icon) = icon() {
        viewport = viewport.with_icon(icon);
    }
    let mut native = NativeOptions { viewport, dithering: false, persist_window: false, ..Default::default() };
    native.wgpu_options.wgpu_setup = window_setup(false);
    let app = move |cc: &eframe::CreationContext<'_>| -> std::result::Result<Box<dyn eframe::App>, _> {
        Ok(Box::new(StudioApp::new(cc, options)))
    };
    eframe::run_native("MSFNet Studio", native, Box::new(app)).map_err(|e| unopened(&e.to_string()))
}

/// Why there is no window, and what there is instead.
fn unopened(why: &str) -> Error {
    let set = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    let headless = cfg!(target_os = "linux") && !["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(set);
    let why = if headless { "there is no display" } else { why };
    Error::Failed(format!(
        "the window cannot be opened ({why}); run it on a desktop, or use `msfnet-studio screenshot --out PNG` and `msfnet-studio infer`"
    ))
}

fn icon() -> Option<egui::IconData> {
    let image = image::load_from_memory(include_bytes!("../../assets/icon.png")).ok()?.to_rgba8();
    let (width, height) = image.dimensions();
    Some(egui::IconData { rgba: image.into_raw(), width, height })
}
