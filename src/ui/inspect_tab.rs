//! The Inspect tab: every tap of `forward`, channel by channel.

use super::colorbar::{self, Bar};
use super::inspect_worker::{COLUMNS, InspectPage, InspectRequest, PAGE};
use super::state::{Action, Studio};
use super::theme::{BODY, SMALL, palette, regular};
use super::widgets::{chip_button, elided, empty_state, picker};
use crate::figure::colormap::{Colormap, INVALID};
use crate::infer::engine::Slot;
use crate::infer::prediction::Inspection;
use crate::render::{Look, MapMode, MapPainter, Place};
use egui::{Color32, Key, Rect, RichText, ScrollArea, Sense, Stroke, StrokeKind, Ui, pos2, vec2};
use std::sync::Arc;

/// What the tab shows.
#[derive(Default)]
pub struct InspectState {
    /// Whose taps.
    pub slot: Option<Slot>,
    /// The taps that were copied last.
    pub inspection: Option<Arc<Inspection>>,
    /// The chosen tap.
    pub tap: usize,
    /// The chosen channel.
    pub channel: usize,
    /// The page that was drawn last, with its small pictures on the GPU.
    pub page: Option<(InspectPage, egui::TextureHandle)>,
    /// Taps were asked for and have not come.
    pub waiting: bool,
    /// Why the last page could not be drawn.
    pub failed: Option<String>,
    /// The frame that they were asked for.
    asked_for: Option<u64>,
}

impl InspectState {
    /// Takes over taps; the choice of tap and channel stays where it can. Another network has its steps at other places,
    /// so the tap is found again by its name.
    pub fn accept(&mut self, inspection: Arc<Inspection>) {
        self.waiting = false;
        let name = self.inspection.as_ref().and_then(|old| old.taps.get(self.tap)).map(|tap| tap.name.as_str());
        let again = name.and_then(|name| inspection.taps.iter().position(|tap| tap.name == name));
        self.tap = again.unwrap_or(self.tap).min(inspection.taps.len().saturating_sub(1));
        let channels = inspection.taps.get(self.tap).map_or(1, |t| t.channels);
        self.channel = self.channel.min(channels.saturating_sub(1));
        self.inspection = Some(inspection);
    }

    /// Another model came or one went: taps are asked for anew, and the ones that are shown stay until they come.
    pub fn outdated(&mut self) {
        (self.asked_for, self.waiting, self.slot) = (None, false, None);
    }

    /// A prediction came, before which the taps that were asked for should have come: they are asked for anew.
    pub fn predicted(&mut self) {
        if std::mem::take(&mut self.waiting) {
            self.asked_for = None;
        }
    }

    /// True while a page for the frame on the screen is still to come.
    pub fn unsettled(&self, frame: u64) -> bool {
        let asking = self.waiting || self.asked_for != Some(frame) || self.inspection.is_some();
        self.page.is_none() && self.failed.is_none() && asking
    }

    /// What is to be drawn for the present choice.
    pub fn request(&self) -> Option<InspectRequest> {
        let inspection = self.inspection.clone()?;
        Some(InspectRequest { inspection, tap: self.tap, channel: self.channel })
    }

    fn choose(&mut self, tap: usize, channel: usize) -> Option<Action> {
        (self.tap, self.channel) = (tap, channel);
        self.request().map(Action::InspectPage)
    }

    /// The next or the previous channel, if there is one.
    pub fn step(&mut self, by: isize) -> Option<Action> {
        let channels = self.inspection.as_ref()?.taps.get(self.tap)?.channels;
        let channel = self.channel.checked_add_signed(by).filter(|c| *c < channels)?;
        self.choose(self.tap, channel)
    }
}

/// Draws the tab; taps are asked for when it is open and the frame on the screen is another one.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    let Some(prediction) = studio.prediction().cloned() else {
        let area = ui.max_rect();
        empty_state(ui, area, "Nothing to inspect", "The taps of the network are shown once it has seen a picture.");
        return;
    };
    let there = |slot: &Slot| *slot == Slot::Main || prediction.compare.is_some();
    let slot = studio.inspect.slot.filter(there).unwrap_or(Slot::Main);
    if !studio.live() && studio.inspect.asked_for != Some(prediction.frame.id) && !studio.inspect.waiting {
        ask(studio, slot, prediction.frame.id);
    }
    head(ui, studio, slot, prediction.frame.id, prediction.compare.is_some());
    let Some(inspection) = studio.inspect.inspection.clone() else {
        ui.add_space(24.0);
        let text = if studio.inspect.waiting { "Copying the taps…" } else { "Press Refresh to copy the taps." };
        ui.vertical_centered(|ui| ui.label(RichText::new(text).color(palette(ui).secondary)));
        return;
    };
    let Some(tap) = inspection.taps.get(studio.inspect.tap) else { return };
    let stats = format!("{} channels of {}×{}", tap.channels, tap.width, tap.height);
    ui.label(RichText::new(stats).font(regular(SMALL + 0.5)).color(palette(ui).secondary));
    let stale = inspection.frame_id != prediction.frame.id;
    if stale {
        let text = "of an earlier frame; press Refresh";
        ui.label(RichText::new(text).font(regular(SMALL + 0.5)).color(palette(ui).warn));
    }
    stepper(ui, studio, tap.channels);
    if let Some(why) = &studio.inspect.failed {
        ui.label(RichText::new(why).font(regular(SMALL + 0.5)).color(palette(ui).warn));
    }
    let Some((page, atlas)) = studio.inspect.page.take() else { return };
    if page.tap == studio.inspect.tap {
        large(ui, &page);
        ui.add_space(8.0);
        thumbnails(ui, studio, &page, &atlas);
    }
    studio.inspect.page.get_or_insert((page, atlas));
}

fn ask(studio: &mut Studio, slot: Slot, frame: u64) {
    studio.inspect.slot = Some(slot);
    studio.inspect.waiting = true;
    studio.inspect.asked_for = Some(frame);
    studio.push(Action::Inspect(slot));
}

fn head(ui: &mut Ui, studio: &mut Studio, slot: Slot, frame: u64, compared: bool) {
    ui.horizontal(|ui| {
        for (of, name) in [(Slot::Main, "main"), (Slot::Compare, "compared")] {
            if (of == Slot::Main || compared) && chip_button(ui, name, slot == of, "Whose taps are shown").clicked() {
                ask(studio, of, frame);
            }
        }
        if chip_button(ui, "Refresh", false, "Copy the taps of the frame on the screen").clicked() {
            ask(studio, slot, frame);
        }
    });
    let Some(inspection) = studio.inspect.inspection.clone() else { return };
    let name = inspection.taps.get(studio.inspect.tap).map_or("–", |t| t.name.as_str());
    let chosen = picker(ui, "Tap", name, "Which intermediate of the network is shown", |ui| {
        ScrollArea::vertical()
            .max_height(420.0)
            .show(ui, |ui| {
                let mut chosen = None;
                for (i, tap) in inspection.taps.iter().enumerate() {
                    let text = format!("{}   {}×{}×{}", tap.name, tap.channels, tap.height, tap.width);
                    if ui.selectable_label(i == studio.inspect.tap, text).clicked() {
                        chosen = Some(i);
                        ui.close();
                    }
                }
                chosen
            })
            .inner
    });
    if let Some(tap) = chosen.flatten()
        && let Some(action) = studio.inspect.choose(tap, 0)
    {
        studio.push(action);
    }
}

fn stepper(ui: &mut Ui, studio: &mut Studio, channels: usize) {
    let mut by = 0;
    ui.horizontal(|ui| {
        if ui.small_button("◂").on_hover_text("Previous channel ([)").clicked() {
            by = -1;
        }
        ui.label(format!("channel {} of {channels}", studio.inspect.channel + 1));
        if ui.small_button("▸").on_hover_text("Next channel (])").clicked() {
            by = 1;
        }
    });
    if !ui.ctx().egui_wants_keyboard_input() {
        let (back, on) = ui.input(|i| (i.key_pressed(Key::OpenBracket), i.key_pressed(Key::CloseBracket)));
        by += isize::from(on) - isize::from(back);
    }
    if by != 0
        && let Some(action) = studio.inspect.step(by)
    {
        studio.push(action);
    }
}

/// One channel as large as the panel allows, with its numbers and the value under the pointer.
fn large(ui: &mut Ui, page: &InspectPage) {
    let p = palette(ui);
    let [w, h] = page.size;
    let width = ui.available_width();
    let height = (width * h as f32 / w.max(1) as f32).clamp(24.0, 260.0);
    let width = width.min(height * w as f32 / h.max(1) as f32);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let extent = page.extents.get(page.channel - page.first).copied().flatten();
    let range = extent.map_or([0.0, 1.0], |e| [e.min, e.max]);
    if let Some(plane) = &page.plane {
        let look = Look { map: Colormap::Viridis, range, reversed: false, mask: INVALID, smooth: false, overlay: None };
        let place = Place { origin: rect.min.into(), size: rect.size().into() };
        let painter = MapPainter {
            slot: 40,
            mode: MapMode::Value,
            look,
            place,
            picture: None,
            a: Some(plane.clone()),
            b: None,
            points: 1,
        };
        ui.painter().add(painter.shape(rect));
    }
    let value = response.hover_pos().and_then(|at| {
        let uv = (at - rect.min) / rect.size();
        let (x, y) = ((uv.x * w as f32) as usize, (uv.y * h as f32) as usize);
        page.values.get(y * w + x).map(|v| format!("x {x}  y {y}   {v:.4}"))
    });
    let numbers = extent
        .map_or("no finite value".to_owned(), |e| format!("min {:.4}   max {:.4}   mean {:.4}", e.min, e.max, e.mean));
    let text = value.unwrap_or(numbers).replace('-', "−");
    ui.label(RichText::new(text).font(regular(SMALL + 0.5)).color(p.text));
    let (area, _) = ui.allocate_exact_size(vec2(width, colorbar::HEIGHT), Sense::hover());
    let bar = Bar {
        map: Colormap::Viridis,
        range,
        reversed: false,
        unit: "",
        factor: 1.0,
        words: ["", ""],
        clipped: [false; 2],
        classes: None,
    };
    colorbar::show(ui, area, &bar);
}

fn thumbnails(ui: &mut Ui, studio: &mut Studio, page: &InspectPage, atlas: &egui::TextureHandle) {
    let p = palette(ui);
    let width = (ui.available_width() / COLUMNS as f32).floor();
    let height = (width * page.cell[1] as f32 / page.cell[0].max(1) as f32).clamp(8.0, 80.0);
    let rows = page.extents.len().div_ceil(COLUMNS);
    let mut chosen = None;
    let channels = studio.inspect.inspection.as_ref().and_then(|i| i.taps.get(page.tap)).map_or(0, |t| t.channels);
    if channels > PAGE {
        let last = page.first + page.extents.len();
        let text = format!("channels {} to {last}", page.first + 1);
        ui.horizontal(|ui| {
            ui.label(elided(ui, &text, regular(BODY), p.text, 200.0));
            let back = page.first.checked_sub(PAGE);
            if ui.add_enabled(back.is_some(), egui::Button::new("◂").small()).on_hover_text("Channels before").clicked()
            {
                chosen = back;
            }
            let more = ui.add_enabled(last < channels, egui::Button::new("▸").small());
            if more.on_hover_text("Channels after").clicked() {
                chosen = Some(last);
            }
        });
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let size = vec2(width * COLUMNS as f32, (height + 2.0) * rows as f32);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Channels of the page"));
        let cell_at = |i: usize| {
            let (column, row) = ((i % COLUMNS) as f32, (i / COLUMNS) as f32);
            let corner = rect.min + vec2(column * width, row * (height + 2.0));
            Rect::from_min_size(corner, vec2(width - 2.0, height))
        };
        for i in 0..page.extents.len() {
            let cell = cell_at(i);
            let uv = |x: usize, y: usize| pos2(x as f32 / COLUMNS as f32, y as f32 / rows as f32);
            let (column, row) = (i % COLUMNS, i / COLUMNS);
            let part = Rect::from_min_max(uv(column, row), uv(column + 1, row + 1));
            ui.painter().image(atlas.id(), cell, part, Color32::WHITE);
            if page.first + i == studio.inspect.channel {
                ui.painter().rect_stroke(cell, 0.0, Stroke::new(2.0, p.accent), StrokeKind::Inside);
            }
        }
        let under = response.hover_pos().and_then(|at| (0..page.extents.len()).find(|i| cell_at(*i).contains(at)));
        if let Some(i) = under {
            if response.clicked() {
                chosen = Some(page.first + i);
            }
            let numbers = page.extents[i].map_or(String::new(), |e| format!("   {:.3} to {:.3}", e.min, e.max));
            response.on_hover_text_at_pointer(format!("channel {}{numbers}", page.first + i + 1));
        }
    });
    if let Some(channel) = chosen
        && let Some(action) = studio.inspect.choose(page.tap, channel)
    {
        studio.push(action);
    }
}
