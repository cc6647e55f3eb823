//! Metadata as a table of keys and values; JSON is laid out over lines.

use super::super::theme::{SMALL, palette, regular, semibold};
use egui::{Label, RichText, ScrollArea, Ui, vec2};
use std::collections::BTreeMap;

/// Entries that are drawn; files that people make have a dozen.
const ENTRIES: usize = 200;
/// Letters of a value that are drawn.
const LETTERS: usize = 4000;

/// Draws all of it with a scroll bar.
pub fn show(ui: &mut Ui, metadata: &BTreeMap<String, String>) {
    ScrollArea::vertical().id_salt("metadata").auto_shrink(false).show(ui, |ui| entries(ui, metadata));
}

/// Draws all of it, however high.
pub fn entries(ui: &mut Ui, metadata: &BTreeMap<String, String>) {
    for (key, value) in metadata.iter().take(ENTRIES) {
        entry(ui, key, &pretty(value));
    }
    if metadata.len() > ENTRIES {
        entry(ui, "", &format!("and {} more entries", metadata.len() - ENTRIES));
    }
}

/// A label in a column of its own and a value that wraps beside it.
pub fn entry(ui: &mut Ui, key: &str, value: &str) {
    let p = palette(ui);
    let column = (ui.available_width() * 0.26).min(170.0);
    ui.horizontal_top(|ui| {
        ui.allocate_ui(vec2(column, 0.0), |ui| {
            ui.set_min_width(column);
            let text: String = key.chars().take(200).collect();
            ui.add(Label::new(RichText::new(text).font(semibold(SMALL + 0.5)).color(p.secondary)).wrap());
        });
        // What goes past the right end is left to the scroll bar.
        ui.set_max_width(ui.available_width() - 12.0);
        let text = RichText::new(shortened(value)).font(regular(SMALL + 1.0)).color(p.text);
        ui.add(Label::new(text).wrap().selectable(true));
    });
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}… ({} letters in all)", &value[..end], value.chars().count()),
        None => value.to_owned(),
    }
}

/// Objects and lists of JSON one entry a line, everything else as it is.
pub fn pretty(value: &str) -> String {
    // Nobody reads more, and parsing costs the UI thread time.
    if value.len() > LETTERS || !value.starts_with(['{', '[']) {
        return value.to_owned();
    }
    let json = serde_json::from_str::<serde_json::Value>(value);
    let text = json.ok().map(|json| lines(&json, 0));
    text.unwrap_or_else(|| value.to_owned())
}

/// JSON without its quotes and braces, nested objects indented.
fn lines(json: &serde_json::Value, depth: usize) -> String {
    use serde_json::Value;
    let indent = "    ".repeat(depth);
    match json {
        Value::Object(entries) => {
            let each = entries.iter().map(|(key, value)| match value {
                Value::Object(inner) if !inner.is_empty() => format!("{indent}{key}:\n{}", lines(value, depth + 1)),
                _ => format!("{indent}{key}: {}", lines(value, 0)),
            });
            each.collect::<Vec<_>>().join("\n")
        }
        Value::Array(items) => items.iter().map(|item| lines(item, 0)).collect::<Vec<_>>().join(", "),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
