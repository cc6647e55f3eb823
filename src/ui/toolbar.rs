//! The tool bar: open, camera, models, device, views, freeze, export, theme, help.

use super::dataset::ask;
use super::dialogs::DialogKind;
use super::options::ThemeChoice;
use super::sheets::Sheet;
use super::split::Split;
use super::state::{Action, CameraStatus, Studio};
use super::theme::{SMALL, palette, regular};
use super::view_kind::ViewKind;
use super::{camera_menu, device_menu, model_menu};
use crate::data::dataset::{DataSpec, SceneKind};
use crate::infer::engine::Slot;
use egui::{Align, Button, Key, Layout, RichText, Ui, vec2};
use std::path::PathBuf;

/// Draws the bar.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        open_menu(ui, studio);
        camera_menu::show(ui, studio);
        divider(ui);
        model_menu::show(ui, studio, Slot::Main);
        model_menu::show(ui, studio, Slot::Compare);
        device_menu::show(ui, studio);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            right(ui, studio);
        });
    });
}

fn divider(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(9.0, 20.0), egui::Sense::hover());
    ui.painter().vline(rect.center().x, rect.y_range(), egui::Stroke::new(1.0, palette(ui).control));
}

/// A toolbar button that opens a menu, with a chevron.
pub fn menu<R>(ui: &mut Ui, name: &str, text: &str, tip: &str, add: impl FnOnce(&mut Ui) -> R) -> Option<R> {
    let p = palette(ui);
    let text = super::widgets::elided(ui, text, regular(super::theme::BODY), p.text, 210.0);
    let size = vec2(text.size().x + 32.0, 26.0);
    let (rect, response) = ui.allocate_exact_size(size, egui::Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
    let open = egui::Popup::is_id_open(ui.ctx(), egui::Popup::default_response_id(&response));
    let fill = if response.hovered() || open { p.hover } else { p.control };
    ui.painter().rect_filled(rect, 5.0, fill);
    if response.has_focus() {
        ui.painter().rect_stroke(rect, 5.0, egui::Stroke::new(1.0, p.accent), egui::StrokeKind::Inside);
    }
    ui.painter().galley(rect.left_center() + vec2(10.0, -text.size().y / 2.0), text, p.text);
    super::widgets::chevron(ui.painter(), rect.right_center() - vec2(12.0, 0.0), p.secondary);
    let response = response.on_hover_text(tip);
    egui::Popup::menu(&response)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            ui.set_max_width(380.0);
            add(ui)
        })
        .map(|r| r.inner)
}

fn open_menu(ui: &mut Ui, studio: &mut Studio) {
    menu(ui, "Open", "Open", "Pictures, folders, ground truth, weights (Ctrl+O)", |ui| {
        let rows = [
            ("Pictures…", "Ctrl+O", DialogKind::Pictures),
            ("Folder…", "Ctrl+Shift+O", DialogKind::Folder),
            ("Ground truth…", "Ctrl+G", DialogKind::Truth),
            ("Ground truth folder…", "", DialogKind::TruthFolder),
            ("Weights…", "Ctrl+M", DialogKind::Weights),
        ];
        for (text, key, kind) in rows {
            let button = Button::new(text).shortcut_text(key).min_size(vec2(240.0, 0.0)).frame_when_inactive(false);
            if ui.add(button).clicked() {
                studio.push(Action::Dialog(kind));
                ui.close();
            }
        }
        for (text, kind) in [("Procedural room", SceneKind::Room), ("Procedural road", SceneKind::Road)] {
            let button = Button::new(text).min_size(vec2(240.0, 0.0)).frame_when_inactive(false);
            let tip = "A scene made here, frame by frame, with its exact depth: nothing to download";
            if ui.add(button).on_hover_text(tip).clicked() {
                ask::begin(studio, DataSpec::Synthetic(kind));
                ui.close();
            }
        }
        recent(ui, studio);
        ui.separator();
        ui.label(
            RichText::new("or type a path or data, such as nyu:DIR: a picture, a folder, weights")
                .font(regular(SMALL))
                .color(palette(ui).secondary),
        );
        ui.horizontal(|ui| {
            let field = egui::TextEdit::singleline(&mut studio.typed_path)
                .desired_width(260.0)
                .hint_text("/path/to/picture.png");
            let response = ui.add(field);
            let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
            let clicked = ui.button("Open it").clicked();
            if (entered || clicked) && !studio.typed_path.trim().is_empty() {
                let path = PathBuf::from(studio.typed_path.trim());
                studio.push(Action::OpenAny(vec![path]));
                studio.typed_path.clear();
                ui.close();
            }
        });
    });
}

/// What was opened last.
fn recent(ui: &mut Ui, studio: &mut Studio) {
    if studio.settings.recent.is_empty() {
        return;
    }
    ui.separator();
    ui.label(RichText::new("opened last").font(regular(SMALL)).color(palette(ui).secondary));
    for path in studio.settings.recent.clone() {
        let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
        let button = Button::new(name).truncate().min_size(vec2(240.0, 0.0)).frame_when_inactive(false);
        if ui.add(button).on_hover_text(path.display().to_string()).clicked() {
            studio.push(Action::OpenAny(vec![path]));
            ui.close();
        }
    }
}

fn right(ui: &mut Ui, studio: &mut Studio) {
    let p = palette(ui);
    if ui.add(Button::new("?").min_size(vec2(26.0, 26.0))).on_hover_text("All keys (?)").clicked() {
        studio.help = !studio.help;
    }
    let light = studio.settings.theme == ThemeChoice::Light;
    let tip = if light { "Dark colours (T)" } else { "Light colours (T)" };
    let response = ui.add(Button::new("").min_size(vec2(26.0, 26.0))).on_hover_text(tip);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, tip));
    let centre = response.rect.center();
    ui.painter().circle_stroke(centre, 5.5, egui::Stroke::new(1.3, p.text));
    let half = ui.painter_at(response.rect.with_max_x(centre.x));
    half.circle_filled(centre, 5.5, p.text);
    if response.clicked() {
        studio.settings.theme = if light { ThemeChoice::Dark } else { ThemeChoice::Light };
    }
    views_menu(ui, studio);
    let ready = studio.prediction().is_some() && !studio.exporting;
    let text = RichText::new(if studio.exporting { "Exporting…" } else { "Export" }).color(egui::Color32::WHITE);
    let button = Button::new(text).fill(p.accent).min_size(vec2(64.0, 26.0));
    let response = ui.add_enabled(ready, button);
    let response = response.on_hover_text("Write depth, attention, error and a figure of this frame (Ctrl+E)");
    if response.on_disabled_hover_text("There is no prediction to export yet").clicked() {
        studio.sheet = Some(Sheet::export(studio));
    }
    if matches!(studio.source.camera, CameraStatus::Streaming(..)) {
        let frozen = studio.frozen;
        let text = if frozen { "Go on" } else { "Freeze" };
        let button = Button::new(text).selected(frozen).shortcut_text("Space").min_size(vec2(0.0, 26.0));
        if ui.add(button).on_hover_text("Hold the live picture, or go on (Space)").clicked() {
            studio.push(Action::Freeze(!frozen));
        }
    }
}

fn views_menu(ui: &mut Ui, studio: &mut Studio) {
    menu(ui, "Views", "Views", "Which views are shown and how", |ui| {
        for kind in ViewKind::ALL {
            let mut on = !studio.settings.closed.contains(&kind);
            ui.horizontal(|ui| {
                ui.set_min_width(240.0);
                if ui.checkbox(&mut on, kind.title()).changed() {
                    studio.settings.closed.retain(|k| *k != kind);
                    if !on {
                        studio.settings.closed.push(kind);
                    }
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let solo = studio.solo == Some(kind);
                    let button = Button::selectable(solo, format!("alone  {}", kind.key()));
                    if ui.add(button).on_hover_text("This view alone").clicked() {
                        studio.solo = (!solo).then_some(kind);
                        studio.split = None;
                    }
                });
            });
        }
        ui.separator();
        let mut split = studio.split.is_some();
        if ui.checkbox(&mut split, "Split: two views in one picture  (S)").changed() {
            studio.split = split.then(Split::default);
        }
        ui.checkbox(&mut studio.settings.sidebar, "Left panel  (B)");
        ui.checkbox(&mut studio.settings.panel, "Right panel  (P)");
        ui.separator();
        if ui.add(Button::new("Fit the picture").shortcut_text("F").frame_when_inactive(false)).clicked() {
            studio.link = Default::default();
        }
        if ui.add(Button::new("Arrange the views anew").frame_when_inactive(false)).clicked() {
            studio.reset_layout = true;
            studio.solo = None;
            studio.split = None;
        }
    });
}
