//! The Display section of the left panel: colour maps, ranges, error and attention readings.

use super::settings::{Display, RangeKind};
use super::state::{Action, Studio};
use super::theme::{SMALL, palette, regular};
use super::widgets::{menu_row, picker, row, section};
use crate::depth::DepthUnit;
use crate::figure::colormap::Colormap;
use crate::figure::error_mode::ErrorMode;
use crate::net::config::NetworkConfig;
use egui::{Color32, DragValue, Rect, Sense, Slider, Ui, pos2, vec2};
use std::time::Instant;

/// Draws the section; a change of the range is applied at once.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    section(ui, "Display");
    let before = studio.settings.display.clone();
    let unit = studio.depth_unit();
    let display = &mut studio.settings.display;
    row(ui, "Depth", |ui| map_picker(ui, "Depth colours", &mut display.depth_map));
    range(ui, display, studio.depth_range, unit);
    row(ui, "Error", |ui| {
        let tip = "How error counts: prediction − truth (E steps through)";
        picker(ui, "Error", display.error.title(), tip, |ui| {
            for mode in ErrorMode::ALL {
                let about = match mode {
                    ErrorMode::Signed => "prediction − truth: blue too near, red too far",
                    ErrorMode::Absolute => "its size in metres",
                    ErrorMode::Relative => "its size as a share of the truth",
                    ErrorMode::Delta1 => "pixels that are 25 % or more off",
                };
                if menu_row(ui, display.error == mode, mode.title(), about, None).clicked() {
                    display.error = mode;
                }
            }
        });
    });
    if studio.compare.info.is_some() {
        let tip = "Whose error the error view shows (C)";
        toggle(ui, &mut display.error_compared, ["main's error", "compared's"], tip);
    }
    attention(ui, display);
    network_size(ui, studio);
    if before != studio.settings.display {
        studio.update_range(Instant::now());
    }
}

/// A picker that shows each map as the strip that it is; near is the right end of the strip.
fn map_picker(ui: &mut Ui, name: &str, chosen: &mut Colormap) {
    picker(ui, name, chosen.name(), "The colour map; the near end is the warm or bright one", |ui| {
        for map in Colormap::ALL {
            let response = menu_row(ui, *chosen == map, map.name(), "", None);
            strip(ui, response.rect, map);
            if response.clicked() {
                *chosen = map;
            }
        }
    });
}

fn strip(ui: &Ui, row: Rect, map: Colormap) {
    let place = Rect::from_min_max(
        pos2(row.right() - 108.0, row.center().y - 5.0),
        pos2(row.right() - 8.0, row.center().y + 5.0),
    );
    let mut mesh = egui::Mesh::default();
    const STEPS: usize = 50;
    for i in 0..=STEPS {
        let at = i as f32 / STEPS as f32;
        let [r, g, b] = crate::figure::colormap::depth_colour(map, 1.0 - at);
        let x = place.left() + at * place.width();
        for y in [place.top(), place.bottom()] {
            mesh.colored_vertex(pos2(x, y), Color32::from_rgb(r, g, b));
        }
        if i > 0 {
            let n = 2 * i as u32;
            mesh.add_triangle(n - 2, n - 1, n);
            mesh.add_triangle(n - 1, n, n + 1);
        }
    }
    ui.painter().add(mesh);
}

fn range(ui: &mut Ui, display: &mut Display, shown: [f32; 2], unit: DepthUnit) {
    let now = display.range.usable_for(unit);
    row(ui, "Range", |ui| {
        picker(ui, "Range", now.title(), "Where the depth colours begin and end (R steps through)", |ui| {
            for kind in [RangeKind::Percentile, RangeKind::Fixed, RangeKind::Manual] {
                let why_not = (kind.usable_for(unit) != kind).then_some("this depth has no scale and so no metres");
                if menu_row(ui, now == kind, kind.title(), kind.about(), why_not).clicked() && why_not.is_none() {
                    if kind == RangeKind::Manual && now != kind {
                        // Begin with what is on the screen.
                        display.manual = shown.map(|v| (v * 100.0).round() / 100.0);
                    }
                    display.range = kind;
                }
            }
        });
    });
    if now == RangeKind::Manual {
        row(ui, "", |ui| {
            let [low, high] = &mut display.manual;
            for (value, name) in [(high, "Far end"), (low, "Near end")] {
                let field = DragValue::new(value).speed(0.02).range(0.0..=1000.0).max_decimals(2);
                let field = if unit.symbol().is_empty() { field } else { field.suffix(" m") };
                ui.add(field).on_hover_text(name).accessible_name(name);
            }
        });
    }
}

/// The size that the network sees; another one than the usual can cost it its scale, which the depth view says.
fn network_size(ui: &mut Ui, studio: &mut Studio) {
    let Some(info) = studio.main.info.clone() else { return };
    let name = studio.net_size.map_or("automatic".to_owned(), |[w, h]| format!("{w}×{h}"));
    row(ui, "Network input", |ui| {
        picker(ui, "Network input", &name, "The size at which the network sees the picture", |ui| {
            let [tw, th] = info.config.train_size;
            let by = match info.config.network {
                NetworkConfig::Monodepth2 { .. } => "the size it was trained at, which is the one it knows",
                _ => "by the picture's shape, at the area it was trained at",
            };
            let rows = [
                (None, "automatic".to_owned(), by),
                (Some([tw, th]), format!("{tw}×{th}"), "the size it was trained at"),
                (Some([640, 480]), "640×480".to_owned(), "finer, and its scale can be wrong"),
            ];
            for (size, name, about) in rows {
                if menu_row(ui, studio.net_size == size, &name, about, None).clicked() {
                    studio.push(Action::Size(size));
                }
            }
        });
    });
}

/// Two choices side by side; `on` is the second one.
fn toggle(ui: &mut Ui, on: &mut bool, names: [&str; 2], tip: &str) {
    let p = palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    let width = rect.width() / 2.0;
    ui.painter().rect_filled(rect.shrink2(vec2(0.0, 1.0)), 5.0, p.ground);
    for (i, name) in names.into_iter().enumerate() {
        let part = Rect::from_min_size(rect.min + vec2(i as f32 * width, 0.0), vec2(width, rect.height()));
        let response = ui.interact(part, ui.scope_id().with(name), Sense::click());
        let chosen = *on == (i == 1);
        response.widget_info(|| egui::WidgetInfo::selected(egui::Role::RadioButton, true, chosen, name));
        if chosen {
            ui.painter().rect_filled(part.shrink(2.0), 4.0, p.hover);
        }
        let colour = if chosen || response.hovered() { p.strong } else { p.secondary };
        ui.painter().text(part.center(), egui::Align2::CENTER_CENTER, name, regular(SMALL + 0.5), colour);
        if response.on_hover_text(tip).clicked() {
            *on = i == 1;
        }
    }
}

fn attention(ui: &mut Ui, display: &mut Display) {
    row(ui, "Attention", |ui| map_picker(ui, "Attention colours", &mut display.gate_map));
    toggle(
        ui,
        &mut display.gate_smooth,
        ["native grid", "smooth"],
        "The gate's own cells, or bilinear between them (N)",
    );
    toggle(
        ui,
        &mut display.gate_stretch,
        ["fixed 0–1", "stretched"],
        "The same scale always, or each map's own range (X)",
    );
    toggle(ui, &mut display.gate_overlay, ["map", "overlay"], "Alone, or over the picture (O)");
    toggle(ui, &mut display.gate_difference, ["CBAM-S", "EDA − CBAM-S"], "What the sixth view shows (D)");
    if display.gate_overlay {
        row(ui, "Opacity", |ui| {
            ui.spacing_mut().slider_width = 96.0;
            let slider = Slider::new(&mut display.overlay_opacity, 0.0..=1.0).show_value(false);
            ui.add(slider).on_hover_text("Opacity of the attention over the picture").accessible_name("Opacity");
        });
    }
}
