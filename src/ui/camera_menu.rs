//! The camera picker: by name, resolution and format; what cannot be used says why.

use super::state::{Action, CameraStatus, SourceKind, Studio};
use super::theme::{SMALL, palette, regular};
use super::toolbar::menu;
use super::widgets::menu_row;
use crate::capture::camera::{CameraFormat, CameraInfo};
use egui::{RichText, ScrollArea, Ui};

/// Formats offered for one camera; the rest is more of the same.
const FORMATS: usize = 12;

/// Draws the button and, when open, the menu.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    let name = match &studio.source.camera {
        CameraStatus::Streaming(info, format) => format!("{} {}×{}", info.name, format.width, format.height),
        CameraStatus::Opening(name) => format!("{name}…"),
        _ => "Camera".to_owned(),
    };
    let opened = menu(ui, "Camera", &name, "Live pictures from a webcam", |ui| entries(ui, studio)).is_some();
    let id = ui.scope_id().with("camera menu was open");
    let before = ui.data_mut(|d| std::mem::replace(d.get_temp_mut_or_default::<bool>(id), opened));
    if opened && !before {
        studio.push(Action::FindCameras);
    }
}

fn entries(ui: &mut Ui, studio: &mut Studio) {
    ui.set_min_width(300.0);
    if studio.source.cameras.is_empty() {
        let why = studio.source.no_camera.clone().unwrap_or_else(|| "Looking for cameras…".to_owned());
        menu_row(ui, false, "No camera", "", Some(&why));
    }
    let cameras = studio.source.cameras.clone();
    ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
        for camera in &cameras {
            entry(ui, studio, camera);
        }
    });
    ui.separator();
    if ui.button("Look again").on_hover_text("Ask the system for its cameras").clicked() {
        studio.push(Action::FindCameras);
    }
    if studio.source.kind == SourceKind::Camera && ui.button("Close the camera").clicked() {
        studio.push(Action::CloseCamera);
        ui.close();
    }
}

fn entry(ui: &mut Ui, studio: &mut Studio, camera: &CameraInfo) {
    let running = match &studio.source.camera {
        CameraStatus::Streaming(info, format) if info.id == camera.id => Some(*format),
        _ => None,
    };
    let mut best = camera.formats.first().map_or_else(String::new, |f| format!("up to {f}"));
    if studio.settings.camera.as_deref() == Some(camera.id.as_str()) {
        best.push_str(" · used last");
    }
    if menu_row(ui, running.is_some(), &camera.name, &best, camera.problem.as_deref()).clicked() {
        studio.push(Action::OpenCamera(camera.id.clone(), None));
    }
    if camera.problem.is_some() {
        return;
    }
    ui.indent(("formats", &camera.id), |ui| {
        for format in camera.formats.iter().take(FORMATS) {
            let same = running.is_some_and(|f: CameraFormat| f == *format);
            let text = RichText::new(format.to_string()).font(regular(SMALL + 0.5));
            if ui.selectable_label(same, text).on_hover_text("Open the camera in this format").clicked() {
                studio.push(Action::OpenCamera(camera.id.clone(), Some(*format)));
                ui.close();
            }
        }
        if camera.formats.len() > FORMATS {
            let more = format!("{} more formats", camera.formats.len() - FORMATS);
            ui.label(RichText::new(more).font(regular(SMALL)).color(palette(ui).secondary));
        }
    });
}
