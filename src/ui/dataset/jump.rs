//! The jump field: a number or a part of a name, with the frames that match.

use super::order::DatasetOrder;
use crate::capture::dataset::Listing;
use crate::ui::state::{Action, Studio};
use crate::ui::theme::{BODY, SMALL, palette, regular};
use crate::ui::widgets::elided;
use egui::{Align2, Area, Key, Order, Rect, Response, Sense, TextEdit, Ui, pos2, vec2};

/// Matches that are listed.
const MOST: usize = 8;
/// Height of a match.
const ROW: f32 = 22.0;
/// Width of the list.
const WIDTH: f32 = 300.0;

/// What is typed and what matches it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Jump {
    /// The typed text.
    pub text: String,
    /// The text that was looked up last.
    looked: String,
    matches: Vec<usize>,
    /// The match that Enter takes.
    at: usize,
}

impl Jump {
    /// Looks the text up when it has changed: a long list is gone through once a key, not once a frame of the screen.
    fn look(&mut self, listing: &Listing) {
        if self.looked != self.text {
            self.looked.clone_from(&self.text);
            self.matches = listing.matches(&self.text, MOST);
            self.at = 0;
        }
    }

    /// Moves the choice, round at the ends.
    fn step(&mut self, down: bool) {
        let count = self.matches.len().max(1);
        self.at = (self.at + if down { 1 } else { count - 1 }) % count;
    }
}

/// Draws the field over `width` points; `above` is where the list of matches ends.
pub fn show(ui: &mut Ui, studio: &mut Studio, listing: &Listing, width: f32) {
    let jump = &mut studio.dataset.jump;
    let id = ui.make_persistent_id("jump");
    // Arrows choose a match; the field itself has one line and no use for them.
    if ui.memory(|m| m.has_focus(id)) {
        for (key, down) in [(Key::ArrowDown, true), (Key::ArrowUp, false)] {
            if ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, key)) {
                jump.step(down);
            }
        }
    }
    let field = TextEdit::singleline(&mut jump.text).id(id).desired_width(width).hint_text("number or name");
    let response = ui.add(field.font(regular(SMALL + 0.5)));
    let response = response.on_hover_text("Jump to a frame: its number, or a part of its name");
    jump.look(listing);
    let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    let mut chosen = None;
    if entered && !jump.text.trim().is_empty() {
        match jump.matches.get(jump.at) {
            Some(index) => chosen = Some(*index),
            None => studio.actions.push(Action::Dataset(DatasetOrder::Frame(jump.text.trim().to_owned()))),
        }
    }
    let open = !jump.text.trim().is_empty() && (response.has_focus() || response.lost_focus());
    if open && chosen.is_none() {
        chosen = list(ui, &response, listing, jump);
    }
    if let Some(index) = chosen {
        *jump = Jump::default();
        studio.push(Action::Dataset(DatasetOrder::Select(index)));
    }
}

/// The matches above the field; the one that was clicked.
fn list(ui: &Ui, field: &Response, listing: &Listing, jump: &Jump) -> Option<usize> {
    let p = palette(ui);
    let mut chosen = None;
    let at = pos2(field.rect.right(), field.rect.top() - 4.0);
    let area = Area::new(field.id.with("matches")).order(Order::Foreground).pivot(Align2::RIGHT_BOTTOM).fixed_pos(at);
    area.show(ui.ctx(), |ui| {
        egui::Frame::popup(ui.style()).inner_margin(4.0).show(ui, |ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = 0.0;
            if jump.matches.is_empty() {
                ui.label(egui::RichText::new("no frame has such a name").font(regular(SMALL)).color(p.secondary));
            }
            for (i, index) in jump.matches.iter().enumerate() {
                let name = &listing.names[*index];
                let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, ROW), Sense::click());
                response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, i == jump.at, name));
                if i == jump.at || response.hovered() {
                    ui.painter().rect_filled(rect, 4.0, p.selection);
                }
                let number = format!("#{}", index + 1);
                let number = ui.painter().layout_no_wrap(number, regular(SMALL), p.secondary);
                let room = Rect::from_min_max(rect.min + vec2(7.0, 0.0), rect.max - vec2(number.size().x + 14.0, 0.0));
                let galley = elided(ui, name, regular(BODY), p.text, room.width());
                let middle = |size: f32| rect.center().y - size / 2.0;
                ui.painter().galley(pos2(room.left(), middle(galley.size().y)), galley, p.text);
                let at = pos2(rect.right() - number.size().x - 7.0, middle(number.size().y));
                ui.painter().galley(at, number, p.secondary);
                // The field loses the focus to the pointer's press, and the list goes with it: the press decides.
                if response.is_pointer_button_down_on() || response.clicked() {
                    chosen = Some(*index);
                }
            }
        });
    });
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::dataset::{DataKind, DataSpec};

    #[test]
    fn a_list_is_looked_through_once_for_each_text() {
        let names = (0..20_000).map(|i| format!("drive/{i:010}")).collect();
        let spec = DataSpec::Nyu("d".into());
        let split = "all".to_owned();
        let mut listing = Listing { spec, kind: DataKind::Nyu, split, names, scenes: Vec::new(), listed: false };
        let mut jump = Jump { text: "0000000123".to_owned(), ..Jump::default() };
        jump.look(&listing);
        assert_eq!(jump.matches, [123]);
        jump.text = "#124".to_owned();
        jump.look(&listing);
        assert_eq!(jump.matches, [123]);
        jump.text = "12".to_owned();
        jump.look(&listing);
        assert_eq!((jump.matches.len(), jump.matches[0]), (MOST, 11), "the number stands first");
        jump.step(false);
        assert_eq!(jump.at, MOST - 1);
        jump.step(true);
        assert_eq!(jump.at, 0);
        listing.names.clear();
        jump.look(&listing);
        assert_eq!(jump.matches.len(), MOST, "the same text is not looked up again");
    }
}
