//! The left panel: source, model card, display.

use super::dataset;
use super::dialogs::DialogKind;
use super::display;
use super::focal;
use super::model_card::{card_lines, untrained};
use super::sheets::Sheet;
use super::spinner::spinner;
use super::state::{Action, CameraStatus, SourceKind, Studio};
use super::theme::{BODY, SMALL, palette, regular, semibold};
use super::widgets::{elided, section};
use crate::infer::engine::Slot;
use crate::infer::prediction::ModelInfo;
use egui::{Align, Align2, Button, Color32, Layout, Rect, RichText, ScrollArea, Sense, TextureHandle, Ui, pos2, vec2};

/// Height of a row of the file list.
const ROW: f32 = 38.0;

/// Draws the panel.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        source(ui, studio);
        model_card(ui, studio, Slot::Main);
        if studio.compare.info.is_some() || studio.compare.loading.is_some() || studio.compare.failed.is_some() {
            model_card(ui, studio, Slot::Compare);
        }
        focal::show(ui, studio);
        display::show(ui, studio);
        ui.add_space(12.0);
    });
}

fn source(ui: &mut Ui, studio: &mut Studio) {
    if studio.source.kind == SourceKind::Camera || studio.source.camera != CameraStatus::Closed {
        section(ui, "Source · camera");
        camera(ui, studio);
    }
    dataset::panel(ui, studio);
    if !studio.source.files.is_empty() {
        let n = studio.source.files.len();
        section(ui, &format!("Source · {n} file{}", if n == 1 { "" } else { "s" }));
        files(ui, studio);
        open_as(ui, studio);
    }
    if let Some(folder) = studio.source.empty.clone() {
        section(ui, "Source · folder");
        secondary(ui, &format!("{} holds no picture that can be opened.", folder.display()));
    }
    section(ui, "Source · samples");
    if studio.source.samples.is_empty() {
        secondary(ui, "The bundled samples were not found beside the program.");
    }
    for i in 0..studio.source.samples.len() {
        let sample = &studio.source.samples[i];
        let (name, truth) = (sample.name.clone(), sample.truth.is_some());
        let on = studio.source.kind == SourceKind::Samples && studio.source.sample == i;
        let thumb = studio.source.sample_thumbs.get(i).cloned().flatten();
        if file_row(ui, on, &name, truth, thumb.as_ref(), None) {
            studio.push(Action::Sample(i));
        }
    }
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().button_padding = vec2(7.0, 1.0);
        for (text, tip, kind) in [
            ("Open…", "Open pictures (Ctrl+O)", DialogKind::Pictures),
            ("Ground truth…", "Open ground truth beside the picture (Ctrl+G)", DialogKind::Truth),
        ] {
            let text = RichText::new(text).font(regular(SMALL + 0.5));
            if ui.button(text).on_hover_text(tip).clicked() {
                studio.push(Action::Dialog(kind));
            }
        }
    });
}

/// A folder that was taken for pictures may be a data set after all.
fn open_as(ui: &mut Ui, studio: &mut Studio) {
    let Some(folder) = studio.source.folder.clone() else { return };
    ui.add_space(4.0);
    let text = RichText::new("Open as a data set…").font(regular(SMALL + 0.5));
    let tip = "Read this folder as NYU, KITTI or pairs, with its ground truth";
    if ui
        .scope(|ui| {
            ui.spacing_mut().button_padding = vec2(7.0, 1.0);
            ui.button(text).on_hover_text(tip).clicked()
        })
        .inner
    {
        dataset::ask::open_as(studio, folder);
    }
}

fn camera(ui: &mut Ui, studio: &mut Studio) {
    let p = palette(ui);
    let (dot, title, below) = match &studio.source.camera {
        CameraStatus::Closed => (p.secondary, "closed".to_owned(), String::new()),
        CameraStatus::Opening(name) => (p.warn, name.clone(), "opening…".to_owned()),
        CameraStatus::Streaming(info, format) => {
            let frozen = if studio.frozen { " · frozen" } else { "" };
            (p.good, info.name.clone(), format!("{format}, measured {:.0} fps{frozen}", studio.source.camera_fps))
        }
        CameraStatus::Recovering(attempt, why) => {
            (p.warn, "no frames".to_owned(), format!("{why}; attempt {attempt} to get it back"))
        }
        CameraStatus::Failed(why) => (p.bad, "no camera".to_owned(), why.clone()),
    };
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(10.0, 18.0), Sense::hover());
        ui.painter().circle_filled(rect.center(), 3.5, dot);
        ui.label(RichText::new(title).font(semibold(BODY)).color(p.strong));
    });
    secondary(ui, &below);
    if matches!(studio.source.camera, CameraStatus::Failed(_)) && ui.small_button("Close").clicked() {
        studio.push(Action::CloseCamera);
    }
}

fn secondary(ui: &mut Ui, text: &str) {
    if !text.is_empty() {
        let text = RichText::new(text).font(regular(SMALL + 0.5)).color(palette(ui).secondary);
        ui.add(egui::Label::new(text).wrap());
    }
}

fn files(ui: &mut Ui, studio: &mut Studio) {
    let count = studio.source.files.len();
    let height = (count.min(7) as f32) * (ROW + 2.0);
    let mut chosen = None;
    ui.spacing_mut().item_spacing.y = 2.0;
    ScrollArea::vertical().id_salt("files").max_height(height).auto_shrink([false, true]).show_rows(
        ui,
        ROW,
        count,
        |ui, range| {
            for i in range {
                let entry = &studio.source.files[i];
                let on = studio.source.kind == SourceKind::Files && studio.source.selected == Some(i);
                let why = entry.failed.as_deref();
                if file_row(ui, on, &entry.name, entry.has_truth, entry.thumb.as_ref(), why) {
                    chosen = Some(i);
                }
            }
        },
    );
    ui.spacing_mut().item_spacing.y = 4.0;
    if let Some(i) = chosen {
        studio.push(Action::Select(i));
    }
}

/// One picture of a list; true when it was clicked.
fn file_row(
    ui: &mut Ui,
    on: bool,
    name: &str,
    truth: bool,
    thumb: Option<&TextureHandle>,
    failed: Option<&str>,
) -> bool {
    let p = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, on, name));
    if on || response.hovered() {
        ui.painter().rect_filled(rect, 5.0, if on { p.selection } else { p.control });
    }
    let slot = Rect::from_min_size(rect.min + vec2(5.0, 5.0), vec2(42.0, ROW - 10.0));
    match thumb {
        Some(texture) => {
            let size = texture.size_vec2();
            let scale = (slot.width() / size.x).max(slot.height() / size.y);
            let part = slot.size() / (size * scale);
            let uv = Rect::from_center_size(pos2(0.5, 0.5), part);
            ui.painter().image(texture.id(), slot, uv, Color32::WHITE);
        }
        None => {
            ui.painter().rect_filled(slot, 2.0, p.ground);
        }
    }
    let right = rect.right() - 7.0;
    let mut room = right - slot.right() - 9.0;
    if truth {
        let mark =
            ui.painter().text(pos2(right, rect.center().y), Align2::RIGHT_CENTER, "gt", regular(SMALL), p.secondary);
        room -= mark.width() + 6.0;
    }
    let colour = if failed.is_some() {
        p.bad
    } else if on {
        p.strong
    } else {
        p.text
    };
    let galley = elided(ui, name, regular(BODY), colour, room);
    ui.painter().galley(pos2(slot.right() + 9.0, rect.center().y - galley.size().y / 2.0), galley, colour);
    let tip = match failed {
        Some(why) => why.to_owned(),
        None if truth => format!("{name}, with ground truth"),
        None => name.to_owned(),
    };
    response.on_hover_text(tip).clicked()
}

fn model_card(ui: &mut Ui, studio: &mut Studio, slot: Slot) {
    let p = palette(ui);
    let title = if slot == Slot::Main { "Model" } else { "Compared with" };
    section(ui, title);
    let state = studio.slot(slot).clone();
    if let Some(loading) = &state.loading {
        ui.horizontal(|ui| {
            spinner(ui);
            ui.label(RichText::new(format!("loading {loading}")).color(p.secondary));
        });
    }
    if let Some(info) = &state.info {
        card_head(ui, studio, slot, info);
        for line in card_lines(info) {
            secondary(ui, &line);
        }
        if untrained(info).is_some() {
            let layers = if info.random.len() == 1 { "layer" } else { "layers" };
            let text = RichText::new(format!("{} untrained {layers}", info.random.len()));
            ui.label(text.font(regular(SMALL + 0.5)).color(p.warn));
        }
    } else if state.loading.is_none() && state.failed.is_none() {
        secondary(ui, "No model is loaded.");
    }
    if let Some(why) = &state.failed {
        ui.add(egui::Label::new(RichText::new(why).font(regular(SMALL + 0.5)).color(p.bad)).wrap());
    }
}

/// The model's name, and the way to everything else that is known of it.
fn card_head(ui: &mut Ui, studio: &mut Studio, slot: Slot, info: &ModelInfo) {
    let p = palette(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().button_padding = vec2(7.0, 1.0);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let response = ui.add(Button::new(RichText::new("Details…").font(regular(SMALL + 0.5))));
            let of = if slot == Slot::Main { "Details of the model" } else { "Details of the compared model" };
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, of));
            if response.on_hover_text("Everything that is known of this model").clicked() {
                studio.sheet = Some(Sheet::Card(slot));
            }
            let name = elided(ui, &info.name, semibold(BODY), p.strong, ui.available_width());
            let size = vec2(ui.available_width(), name.size().y);
            let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
            ui.painter().galley(rect.min, name, p.strong);
            response.on_hover_text(format!("{}\nSHA-256 {}", info.path.display(), info.sha256));
        });
    });
}
