//! The difference between the weights and the network they fit best, key by key, with filters.

use super::super::theme::{BODY, Palette, palette, regular, semibold};
use super::super::widgets::{chip_button, tick};
use super::table::{self, Column, shape_text};
use crate::weights::doctor::{Check, KeyFault, KeyRow};
use egui::{Align, Align2, Color32, Layout, Sense, TextEdit, Ui, vec2};

/// All faults in the order of the chips.
pub const FAULTS: [KeyFault; 4] = [KeyFault::Missing, KeyFault::Misshaped, KeyFault::Unexpected, KeyFault::Unneeded];

const COLUMNS: [Column; 5] = [
    Column { title: "fault", share: 0.85, tip: "What is the matter with the tensor", right: false },
    Column { title: "tensor", share: 2.6, tip: "Its name", right: false },
    Column { title: "wanted", share: 1.0, tip: "The shape that the network has", right: false },
    Column { title: "found", share: 1.0, tip: "The shape that the file has", right: false },
    Column {
        title: "most likely",
        share: 1.9,
        tip: "The tensor of the other side that it most likely is",
        right: false,
    },
];

/// Which rows of the difference are shown.
#[derive(Debug, Clone)]
pub struct KeyTable {
    /// Whether rows with that fault are shown, in the order of [`FAULTS`].
    shown: [bool; 4],
    /// How many rows have that fault.
    counts: [usize; 4],
    filter: String,
    /// The rows that pass both, by their place in the report; kept, as thousands are too many to filter each frame.
    visible: Vec<usize>,
}

fn index(fault: KeyFault) -> usize {
    match fault {
        KeyFault::Missing => 0,
        KeyFault::Misshaped => 1,
        KeyFault::Unexpected => 2,
        KeyFault::Unneeded => 3,
    }
}

impl KeyTable {
    /// All rows but those that are not needed.
    pub fn new(check: Option<&Check>) -> Self {
        let mut table =
            Self { shown: [true, true, true, false], counts: [0; 4], filter: String::new(), visible: Vec::new() };
        if let Some(check) = check {
            check.rows.iter().for_each(|row| table.counts[index(row.fault)] += 1);
            table.sift(&check.rows);
        }
        table
    }

    /// True when there is any row, shown or not.
    pub fn any(&self) -> bool {
        self.counts.iter().any(|n| *n > 0)
    }

    /// True when there are rows of a fault that is shown, whatever the filter by name.
    pub fn shows_any(&self) -> bool {
        self.shown.iter().zip(self.counts).any(|(shown, count)| *shown && count > 0)
    }

    fn sift(&mut self, rows: &[KeyRow]) {
        let wanted = self.filter.trim().to_lowercase();
        let named = |row: &KeyRow| {
            wanted.is_empty()
                || row.name.to_lowercase().contains(&wanted)
                || row.likeliest.as_ref().is_some_and(|l| l.to_lowercase().contains(&wanted))
        };
        let passes = |row: &KeyRow| self.shown[index(row.fault)] && named(row);
        self.visible = rows.iter().enumerate().filter(|(_, row)| passes(row)).map(|(i, _)| i).collect();
    }

    /// Draws the chips, the filter and the table, or what there is to say instead.
    pub fn show(&mut self, ui: &mut Ui, check: &Check) {
        if !self.any() {
            return every_tensor_fits(ui);
        }
        if self.filters(ui) {
            self.sift(&check.rows);
        }
        if self.visible.is_empty() {
            return self.nothing(ui, check);
        }
        let p = palette(ui);
        let row = |i: usize| &check.rows[self.visible[i]];
        let shape = |shape: &Option<Vec<usize>>| shape.as_ref().map_or("–".to_owned(), |s| shape_text(s));
        let cells = |i: usize| {
            let row = row(i);
            let quiet = (row.fault == KeyFault::Unneeded).then_some(p.secondary);
            let likeliest = row.likeliest.clone().unwrap_or_else(|| "–".to_owned());
            [
                (row.fault.title().to_owned(), Some(colour(row.fault, p))),
                (row.name.clone(), quiet),
                (shape(&row.expected), Some(p.secondary)),
                (shape(&row.found), Some(p.secondary)),
                (likeliest, Some(p.secondary)),
            ]
        };
        table::show(ui, &COLUMNS, self.visible.len(), cells, |i| words(row(i)), |i| row(i).name.clone());
    }

    /// True when a filter was changed.
    fn filters(&mut self, ui: &mut Ui) -> bool {
        let mut changed = false;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for (i, fault) in FAULTS.into_iter().enumerate().filter(|(i, _)| self.counts[*i] > 0) {
                let text = format!("{}  {}", fault.title(), self.counts[i]);
                if chip_button(ui, &text, self.shown[i], "Show these rows, or hide them").clicked() {
                    self.shown[i] = !self.shown[i];
                    changed = true;
                }
            }
            changed |= name_filter(ui, &mut self.filter);
        });
        changed
    }

    fn nothing(&self, ui: &mut Ui, check: &Check) {
        if check.exact() && self.filter.trim().is_empty() {
            every_tensor_fits(ui);
        } else {
            said(ui, "No row passes the filters.");
        }
    }

    /// The places in the report of the rows that are shown.
    pub fn visible(&self) -> &[usize] {
        &self.visible
    }
}

/// A field at the right end of a row that filters by name; true when it was changed.
pub fn name_filter(ui: &mut Ui, filter: &mut String) -> bool {
    let mut changed = false;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let field = TextEdit::singleline(filter).desired_width(170.0).hint_text("filter by name").char_limit(200);
        changed = ui.add(field).accessible_name("Filter by name").changed();
    });
    changed
}

fn colour(fault: KeyFault, p: &Palette) -> Color32 {
    match fault {
        KeyFault::Missing => p.bad,
        KeyFault::Misshaped => p.warn,
        KeyFault::Unexpected => p.text,
        KeyFault::Unneeded => p.secondary,
    }
}

/// A row in one line.
pub fn words(row: &KeyRow) -> String {
    let mut text = format!("{}: {}", row.fault.title(), row.name);
    for (what, shape) in [("wanted", &row.expected), ("found", &row.found)] {
        if let Some(shape) = shape {
            text += &format!(", {what} {}", shape_text(shape));
        }
    }
    if let Some(likeliest) = &row.likeliest {
        text += &format!(", most likely {likeliest}");
    }
    text
}

fn every_tensor_fits(ui: &mut Ui) {
    let p = palette(ui);
    let text = ui.painter().layout_no_wrap("every tensor fits".to_owned(), semibold(BODY), p.text);
    let (rect, response) = ui.allocate_exact_size(text.size() + vec2(26.0, 8.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, "every tensor fits"));
    tick(ui.painter(), rect.left_center() + vec2(8.0, 0.0), p.good);
    ui.painter().galley(rect.min + vec2(22.0, 4.0), text, p.text);
}

fn said(ui: &mut Ui, text: &str) {
    let p = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 48.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, text));
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, regular(BODY), p.secondary);
}
