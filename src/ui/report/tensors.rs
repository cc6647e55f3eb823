//! Every tensor of the file; those with values that are not finite first.

use super::super::theme::{palette, regular};
use super::keys::name_filter;
use super::table::{self, Column, shape_text};
use crate::weights::doctor::TensorInfo;
use egui::{RichText, Ui};

const COLUMNS: [Column; 7] = [
    Column { title: "tensor", share: 3.0, tip: "Its name in the file", right: false },
    Column { title: "type", share: 0.55, tip: "Type of its elements", right: false },
    Column { title: "shape", share: 1.25, tip: "Its sizes, outermost first", right: false },
    Column { title: "min", share: 0.9, tip: "Least finite value", right: true },
    Column { title: "max", share: 0.9, tip: "Greatest finite value", right: true },
    Column { title: "NaN", share: 0.6, tip: "Values that are not a number", right: true },
    Column { title: "inf", share: 0.6, tip: "Infinite values", right: true },
];

/// Which tensors are shown, in which order.
#[derive(Debug, Clone)]
pub struct TensorTable {
    filter: String,
    /// Places in the report.
    visible: Vec<usize>,
    bad: usize,
}

fn is_bad(tensor: &TensorInfo) -> bool {
    tensor.nan > 0 || tensor.infinite > 0
}

impl TensorTable {
    /// All tensors.
    pub fn new(tensors: &[TensorInfo]) -> Self {
        let bad = tensors.iter().filter(|t| is_bad(t)).count();
        let mut table = Self { filter: String::new(), visible: Vec::new(), bad };
        table.sift(tensors);
        table
    }

    fn sift(&mut self, tensors: &[TensorInfo]) {
        let wanted = self.filter.trim().to_lowercase();
        let passes = |t: &TensorInfo| wanted.is_empty() || t.name.to_lowercase().contains(&wanted);
        let of =
            |bad: bool| tensors.iter().enumerate().filter(move |(_, t)| is_bad(t) == bad && passes(t)).map(|(i, _)| i);
        self.visible = of(true).chain(of(false)).collect();
    }

    /// Draws the filter and the table.
    pub fn show(&mut self, ui: &mut Ui, tensors: &[TensorInfo]) {
        let p = palette(ui);
        let mut changed = false;
        ui.horizontal(|ui| {
            let (text, colour) = match self.bad {
                0 => ("all values are finite".to_owned(), p.secondary),
                1 => ("1 tensor has values that are not finite".to_owned(), p.bad),
                n => (format!("{n} tensors have values that are not finite"), p.bad),
            };
            ui.label(RichText::new(text).font(regular(super::SMALL + 0.5)).color(colour));
            changed = name_filter(ui, &mut self.filter);
        });
        if changed {
            self.sift(tensors);
        }
        ui.add_space(4.0);
        let tensor = |i: usize| &tensors[self.visible[i]];
        let cells = |i: usize| {
            let t = tensor(i);
            let red = |count: usize| Some(if count > 0 { p.bad } else { p.secondary });
            [
                (t.name.clone(), is_bad(t).then_some(p.bad)),
                (t.dtype.name().to_owned(), Some(p.secondary)),
                (shape_text(&t.shape), Some(p.secondary)),
                (number(t.min), None),
                (number(t.max), None),
                (count(t.nan), red(t.nan)),
                (count(t.infinite), red(t.infinite)),
            ]
        };
        table::show(ui, &COLUMNS, self.visible.len(), cells, |i| words(tensor(i)), |i| tensor(i).name.clone());
    }
}

fn count(n: usize) -> String {
    if n == 0 { "–".to_owned() } else { n.to_string() }
}

/// A value in four digits, with a true minus sign.
fn number(value: f32) -> String {
    let size = value.abs();
    let text = match size {
        0.0 => "0".to_owned(),
        s if (1e-3..1e5).contains(&s) => {
            let decimals = (3 - s.log10().floor() as i32).clamp(0, 4) as usize;
            format!("{value:.decimals$}")
        }
        _ => format!("{value:.2e}"),
    };
    text.replace('-', "−")
}

/// A tensor in one line.
pub fn words(t: &TensorInfo) -> String {
    let mut text = format!("{} {} {}", t.name, t.dtype.name(), shape_text(&t.shape));
    text += &format!(", {} to {}", number(t.min), number(t.max));
    if is_bad(t) {
        text += &format!(", {} NaN, {} infinite", t.nan, t.infinite);
    }
    text
}
