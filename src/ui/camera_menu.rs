//! The camera picker: by name, resolution and format; what cannot be used says why.

use super::state::{Action, CameraStatus, SourceKind, Studio};
use super::theme::{SMALL, palette, regular};
use super::toolbar::menu;
use super::widgets::menu_row;
use crate::capture::camera::CameraInfo;
use egui::{RichText, ScrollArea, Ui};
use std::cmp::Reverse;

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
    let mut formats = camera.formats.clone();
    // One line for each size, the largest first; a camera of many sizes scrolls.
    formats.sort_by_key(|f| Reverse((f.width * f.height, f.width, f.fps)));
    ui.indent(("formats", &camera.id), |ui| {
        for group in formats.chunk_by(|a, b| (a.width, a.height) == (b.width, b.height)) {
            ui.horizontal_wrapped(|ui| {
                let size = format!("{}×{}", group[0].width, group[0].height);
                ui.label(RichText::new(size).font(regular(SMALL + 0.5)).color(palette(ui).secondary));
                for format in group {
                    let text = format!("{} fps {}", format.fps, format.fourcc);
                    let text = RichText::new(text).font(regular(SMALL + 0.5));
                    let entry = ui.selectable_label(running == Some(*format), text);
                    let entry = entry.accessible_name(format.to_string());
                    if entry.on_hover_text("Open the camera in this format").clicked() {
                        studio.push(Action::OpenCamera(camera.id.clone(), Some(*format)));
                        ui.close();
                    }
                }
            });
        }
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::capture::camera::{CameraFormat, FourCc};
    use crate::ui::settings::Settings;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    #[test]
    fn every_format_can_be_chosen() {
        let formats: Vec<CameraFormat> = (1..=20_usize)
            .flat_map(|i| [30, 15].map(|fps| CameraFormat { width: 32 * i, height: 24 * i, fps, fourcc: FourCc::Yuyv }))
            .collect();
        let camera = CameraInfo {
            id: "usb-a".to_owned(),
            name: "Webcam".to_owned(),
            index: 0,
            formats: formats.clone(),
            problem: None,
        };
        let mut studio = Studio::new(Settings::default());
        studio.source.cameras = vec![camera];
        let mut fonts = false;
        let mut harness = Harness::builder().with_size(egui::vec2(360.0, 900.0)).build_ui_state(
            move |ui, studio: &mut Studio| {
                if !std::mem::replace(&mut fonts, true) {
                    // They are there from the next frame on.
                    return crate::ui::theme::install(ui.ctx());
                }
                // Without a menu around it nothing is cut off.
                let camera = studio.source.cameras[0].clone();
                entry(ui, studio, &camera);
            },
            studio,
        );
        harness.run_steps(3);
        for format in &formats {
            harness.get_by_label(&format.to_string()).click();
            harness.run_steps(2);
            let Some(Action::OpenCamera(id, Some(chosen))) = harness.state_mut().actions.pop() else {
                panic!("{format} was not chosen");
            };
            assert_eq!((id.as_str(), chosen), ("usb-a", *format));
        }
    }
}
