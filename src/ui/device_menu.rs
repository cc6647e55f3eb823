//! The device picker: every device of the machine, and why one is not chosen by itself.

use super::state::{Action, Studio};
use super::toolbar::menu;
use super::widgets::menu_row;
use crate::device::{DeviceChoice, DeviceKind};
use egui::Ui;

/// Draws the button and, when open, the menu.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    let devices = studio.devices.clone();
    let text = devices.current.as_ref().map_or_else(|| "Device".to_owned(), |d| d.label());
    let opened = menu(ui, "Device", &text, "Where networks are computed", |ui| {
        ui.set_min_width(320.0);
        let has_gpu = devices.list.iter().any(|d| d.kind == DeviceKind::Gpu);
        let automatic = if has_gpu { "the GPU" } else { "the CPU: there is no GPU that can be used" };
        let auto = devices.choice == DeviceChoice::Auto;
        if menu_row(ui, auto, "Automatic", &format!("Now {automatic}"), None).clicked() {
            studio.push(Action::Device(DeviceChoice::Auto));
        }
        if !has_gpu && !devices.list.is_empty() {
            let why = "This machine has none, or its driver offers no Vulkan, Metal or DirectX 12";
            menu_row(ui, false, "GPU", "", Some(why));
        }
        for device in &devices.list {
            let detail = match device.kind {
                DeviceKind::Cpu => format!("{} · {} threads", device.name, device.threads),
                DeviceKind::Gpu => device.backend.clone(),
                DeviceKind::SoftwareGpu => {
                    format!(
                        "A driver that computes on the CPU ({}): for tests, many times slower; never chosen by itself",
                        device.backend
                    )
                }
            };
            let title = if device.kind == DeviceKind::Cpu { "CPU" } else { device.name.as_str() };
            let on = !auto && devices.current.as_ref().is_some_and(|d| d.index == device.index);
            if menu_row(ui, on, title, &detail, None).clicked() {
                let choice =
                    if device.kind == DeviceKind::Cpu { DeviceChoice::Cpu } else { DeviceChoice::Index(device.index) };
                studio.push(Action::Device(choice));
            }
        }
    });
    let id = ui.scope_id().with("device menu was open");
    let open = opened.is_some();
    let before = ui.data_mut(|d| std::mem::replace(d.get_temp_mut_or_default::<bool>(id), open));
    if open && !before {
        studio.push(Action::FindDevices);
    }
}
