//! [`Watch`]: pictures beside the training: each at the start and at a step that a slider chooses, side by side.

use super::captions::{caption, range, tip};
use super::order::TrainOrder;
use crate::data::samples::Sample;
use crate::train::timeline::Timeline;
use crate::train::watch::{Layer, Picture, Pin, Shot};
use crate::ui::state::{Action, Studio};
use crate::ui::theme::{SMALL, palette, regular};
use crate::ui::widgets::{close_button, elided};
use egui::{Button, Color32, ColorImage, Rect, RichText, Sense, Slider, TextureHandle, TextureOptions, Ui, pos2, vec2};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Pictures that are watched at most.
pub const MOST: usize = 6;
/// Steps that are kept of each: together with six pictures below 60 MB.
const STEPS: usize = 32;

/// A watched picture with what was rendered of it.
pub struct Pinned {
    /// Number, name and pixels.
    pub pin: Pin,
    /// Its maps over the steps.
    pub shots: Timeline<Arc<Shot>>,
    /// Why there are none.
    pub failed: Option<String>,
}

/// Which picture of the section: pin, at the start or not, layer.
type Place = (u64, bool, usize);

/// The watched pictures.
#[derive(Default)]
pub struct Watch {
    /// They.
    pub pinned: Vec<Pinned>,
    /// The step that is shown; `None` for the newest.
    pub step: Option<u64>,
    next: u64,
    textures: BTreeMap<Place, (u64, TextureHandle)>,
}

impl Watch {
    /// Forgets what was rendered of an earlier run; the pictures stay.
    pub fn begin(&mut self) {
        for pinned in &mut self.pinned {
            (pinned.shots, pinned.failed) = (Timeline::new(STEPS), None);
        }
        self.step = None;
        self.textures.clear();
    }

    /// What the worker is to watch.
    pub fn pins(&self) -> Vec<Pin> {
        self.pinned.iter().map(|pinned| pinned.pin.clone()).collect()
    }

    /// Whether the camera is watched.
    pub fn has_camera(&self) -> bool {
        self.pinned.iter().any(|pinned| matches!(pinned.pin.picture, Picture::Live))
    }

    /// Watches one more; false when it is watched already or there are enough.
    pub fn pin(&mut self, name: &str, picture: Picture) -> bool {
        if self.pinned.len() >= MOST || self.pinned.iter().any(|pinned| pinned.pin.name == name) {
            return false;
        }
        self.next += 1;
        let pin = Pin { id: self.next, name: name.to_owned(), picture };
        self.pinned.push(Pinned { pin, shots: Timeline::new(STEPS), failed: None });
        true
    }

    /// Takes in a rendering.
    pub fn add(&mut self, pin: u64, step: u64, shot: Result<Arc<Shot>, String>) {
        let Some(pinned) = self.pinned.iter_mut().find(|pinned| pinned.pin.id == pin) else { return };
        match shot {
            Ok(shot) => pinned.shots.put(step, shot),
            Err(why) => pinned.failed = Some(why),
        }
    }

    /// The last step that was rendered.
    pub fn last(&self) -> Option<u64> {
        self.pinned.iter().filter_map(|pinned| pinned.shots.items().last()).map(|(step, _)| *step).max()
    }

    /// Textures of pictures that are gone are let go.
    pub fn settle(&mut self, _: &egui::Context) {
        let ids: Vec<u64> = self.pinned.iter().map(|pinned| pinned.pin.id).collect();
        self.textures.retain(|(pin, ..), _| ids.contains(pin));
    }

    fn texture(&mut self, ctx: &egui::Context, place: Place, step: u64, layer: &Layer) -> TextureHandle {
        match self.textures.get(&place) {
            Some((at, texture)) if *at == step => texture.clone(),
            _ => {
                let image = ColorImage::from_rgb(layer.size, &layer.rgb);
                let texture = ctx.load_texture(format!("watch {place:?}"), image, TextureOptions::NEAREST);
                self.textures.insert(place, (step, texture.clone()));
                texture
            }
        }
    }
}

/// The two sides of a picture at a chosen step: the weights at the start, and those then.
pub fn sides(pinned: &Pinned, step: u64) -> Option<[(u64, Arc<Shot>); 2]> {
    let (first, start) = pinned.shots.items().first()?;
    let (at, then) = pinned.shots.at(step)?;
    // The camera shows another picture each time: its start is that of the same frame.
    let start = then.start.clone().unwrap_or_else(|| start.clone());
    Some([(*first, start), (*at, then.clone())])
}

/// Draws the section.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    buttons(ui, studio);
    if studio.train.watch.pinned.is_empty() {
        let text = "Pinned pictures are rendered with the weights in training, at the start and at every validation.";
        ui.add(egui::Label::new(RichText::new(text).font(regular(SMALL)).color(palette(ui).secondary)).wrap());
        return;
    }
    let step = slider(ui, &mut studio.train.watch);
    let mut gone = None;
    for i in 0..studio.train.watch.pinned.len() {
        if picture(ui, studio, i, step) {
            gone = Some(i);
        }
    }
    if let Some(i) = gone {
        studio.train.watch.pinned.remove(i);
        studio.push(Action::Train(TrainOrder::Pins));
    }
}

fn buttons(ui: &mut Ui, studio: &mut Studio) {
    let full = studio.train.watch.pinned.len() >= MOST;
    let has = |studio: &Studio, name: &str| studio.train.watch.pinned.iter().any(|pinned| pinned.pin.name == name);
    let why_full = "Six pictures are watched; take one away";
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().button_padding.x = 7.0;
        let small = |text: &str| Button::new(RichText::new(text).font(regular(SMALL)));
        let live = studio.live();
        let name =
            studio.views.as_ref().map(|views| if live { "camera".to_owned() } else { views.job.frame.name.clone() });
        let known = name.as_ref().is_some_and(|name| has(studio, name));
        let (text, tip) = if live {
            ("Pin the camera", "Whatever the camera shows at each validation, with the weights at the start beside it")
        } else {
            ("Pin this picture", "The picture in the views, with its ground truth")
        };
        let why = match (&name, full, known) {
            (None, ..) => Some("There is no picture in the views"),
            (_, true, _) => Some(why_full),
            (_, _, true) => Some("It is pinned already"),
            _ => None,
        };
        let button = ui.add_enabled(why.is_none(), small(text)).on_hover_text(tip);
        if button.on_disabled_hover_text(why.unwrap_or_default()).clicked()
            && let (Some(name), Some(views)) = (name, studio.views.clone())
        {
            let job = &views.job;
            let picture = if live { Picture::Live } else { Picture::Ready(job.frame.clone(), job.truth.clone()) };
            if studio.train.watch.pin(&name, picture) {
                studio.push(Action::Train(TrainOrder::Pins));
            }
        }
        let samples: Vec<Sample> =
            studio.source.samples.iter().filter(|sample| !has(studio, &sample.name)).cloned().collect();
        let why = if full { why_full } else { "All of them are pinned" };
        let button = ui.add_enabled(!samples.is_empty() && !full, small("Pin the samples"));
        if button.on_hover_text("The pictures that ship").on_disabled_hover_text(why).clicked() {
            for sample in samples {
                let name = sample.name.clone();
                studio.train.watch.pin(&name, Picture::Shipped(Box::new(sample)));
            }
            studio.push(Action::Train(TrainOrder::Pins));
        }
    });
}

/// The slider over the steps that were rendered; the step that is shown.
fn slider(ui: &mut Ui, watch: &mut Watch) -> u64 {
    let mut steps: Vec<u64> =
        watch.pinned.iter().flat_map(|pinned| pinned.shots.items().iter().map(|(step, _)| *step)).collect();
    steps.sort_unstable();
    steps.dedup();
    let Some(last) = steps.last().copied() else { return 0 };
    let now = watch.step.unwrap_or(last);
    let mut place = steps.partition_point(|step| *step <= now).saturating_sub(1);
    ui.horizontal(|ui| {
        ui.spacing_mut().slider_width = (ui.available_width() - 110.0).max(60.0);
        let most = (steps.len() - 1).max(1);
        let slider = ui.add_enabled(steps.len() > 1, Slider::new(&mut place, 0..=most).show_value(false));
        let slider = slider.on_hover_text("Through the validations of this run, from its start to now");
        let slider = slider.on_disabled_hover_text("There is one step so far");
        let place = place.min(steps.len() - 1);
        if slider.accessible_name("Step that is shown").changed() {
            watch.step = if place + 1 == steps.len() { None } else { Some(steps[place]) };
        }
        let text = if watch.step.is_none() { format!("step {last}, now") } else { format!("step {}", steps[place]) };
        ui.label(RichText::new(text).font(regular(SMALL + 0.5)));
    });
    watch.step.unwrap_or(last)
}

/// One picture: depth, attention and error at the start and at the step; true when it is to be taken away.
fn picture(ui: &mut Ui, studio: &mut Studio, i: usize, step: u64) -> bool {
    let p = palette(ui);
    let watch = &mut studio.train.watch;
    let pinned = &watch.pinned[i];
    let (id, name, failed) = (pinned.pin.id, pinned.pin.name.clone(), pinned.failed.clone());
    let mut gone = false;
    ui.horizontal(|ui| {
        let text = elided(ui, &name, regular(SMALL + 0.5), p.strong, ui.available_width() - 30.0);
        ui.label(text).on_hover_text(&name);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            gone = close_button(ui, &format!("Watch {name} no longer")).clicked();
        });
    });
    let small = |ui: &mut Ui, text: &str, colour| {
        ui.add(egui::Label::new(RichText::new(text).font(regular(SMALL)).color(colour)).wrap());
    };
    if let Some(why) = failed {
        small(ui, &why, p.bad);
        return gone;
    }
    let Some(both) = sides(pinned, step) else {
        small(ui, "Rendered as soon as a training has its weights.", p.secondary);
        return gone;
    };
    let width = ((ui.available_width() - 4.0) / 2.0).max(40.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (at, shot) in &both {
            let rel = shot.rel.map_or_else(String::new, |rel| format!("   REL {rel:.4}"));
            let start = std::ptr::eq(shot, &both[0].1);
            let text = if start { format!("start, step {at}{rel}") } else { format!("step {at}{rel}") };
            let (rect, _) = ui.allocate_exact_size(vec2(width, 16.0), Sense::hover());
            let galley = elided(ui, &text, regular(SMALL), p.secondary, width);
            ui.painter().galley(rect.min, galley, p.secondary);
            crate::ui::train::label(ui, rect, &text);
        }
    });
    let [w, h] = both[1].1.depth.size;
    let size = vec2(width, width * h as f32 / w.max(1) as f32);
    for (place, title) in ["depth", "attention", "error"].into_iter().enumerate() {
        let layers = [&both[0].1, &both[1].1].map(|shot| match place {
            0 => Some(&shot.depth),
            1 => shot.gate.as_ref(),
            _ => shot.error.as_ref(),
        });
        if layers.iter().all(Option::is_none) {
            continue;
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for (side, layer) in layers.into_iter().enumerate() {
                let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
                let Some(layer) = layer else { continue };
                let key = if side == 0 && both[1].1.start.is_some() { both[1].0 } else { both[side].0 };
                let texture = watch.texture(ui.ctx(), (id, side == 0, place), key, layer);
                let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
                ui.painter().image(texture.id(), rect, whole, Color32::WHITE);
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, format!("{name}: {title}")));
                if side == 0 {
                    caption(ui, rect, &format!("{title} {}", range(layer, title)));
                }
                let text = tip(&response, rect, layer, title);
                response.on_hover_text_at_pointer(text);
            }
        });
    }
    ui.add_space(4.0);
    gone
}
