//! A table of sizes as text, Markdown and JSON.

use super::{Found, ModelSizes, Numbers, SizeRow, SizeTable};
use crate::atomic::write_atomic_bytes;
use crate::error::Result;
use crate::eval::report::cell;
use crate::eval::training::FIT;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The columns of numbers, raw and scaled, and the quotient.
const COLUMNS: [&str; 7] =
    ["raw REL", "raw RMSE", "raw δ1", "scaled REL", "scaled RMSE", "scaled δ1", "scaled REL / at training size"];

impl SizeTable {
    /// What it is a table of.
    pub fn title(&self) -> String {
        let frames = match (self.asked, self.frames) {
            (1, 1) => "1 frame".to_owned(),
            (asked, done) if asked == done => format!("{done} frames"),
            (asked, done) => format!("only {done} of {asked} frames"),
        };
        let seen: Vec<&str> = self.models.iter().filter(|m| m.seen).map(|m| m.name.as_str()).collect();
        let fit = if seen.is_empty() { String::new() } else { format!(" · {FIT} for {}", seen.join(", ")) };
        format!("input sizes · {} · {} · {frames}{fit}", self.rule, self.data)
    }

    /// For a person at a terminal.
    pub fn text(&self) -> String {
        let mut text = self.title();
        for model in &self.models {
            let [width, height] = model.train_size;
            let _ =
                write!(text, "\n\n{}, trained at {width}x{height}; scaled: by the median of each image", model.name);
            let _ = write!(text, "\n{:>9}{:>7}{:>27}{:>27}  / at training", "size", "area", "raw", "scaled");
            let heads = "      REL     RMSE       δ1";
            let _ = write!(text, "\n{:16}{heads}{heads}", "");
            for row in &model.rows {
                let [width, height] = row.size;
                let _ = write!(text, "\n{:>9}{:>7.2}", format!("{width}x{height}"), model.area(row));
                match cells(model, row) {
                    Ok(cells) => cells.iter().for_each(|value| {
                        let _ = write!(text, "{value:>9}");
                    }),
                    Err(refused) => {
                        let _ = write!(text, "  {refused}");
                    }
                }
            }
        }
        for skipped in &self.skipped {
            let _ = write!(text, "\nskipped {}: {}", skipped.frame, skipped.reason);
        }
        text
    }

    /// As Markdown: one table, a line for each network at each size.
    pub fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n", cell(&self.title()));
        text += "Scaled: each image multiplied so that its median is that of its ground truth. Area: in training areas.\n\n";
        text += "| network | size | area |";
        for column in COLUMNS {
            let _ = write!(text, " {column} |");
        }
        let _ = writeln!(text, "\n|---|---|---:|{}", "---:|".repeat(COLUMNS.len()));
        for model in &self.models {
            for row in &model.rows {
                let [width, height] = row.size;
                let trained = if row.size == model.train_size { " (training)" } else { "" };
                let _ = write!(text, "| {} | {width}×{height}{trained} | {:.2} |", cell(&model.name), model.area(row));
                match cells(model, row) {
                    Ok(cells) => cells.iter().for_each(|value| {
                        let _ = write!(text, " {value} |");
                    }),
                    Err(refused) => {
                        let _ = write!(text, " {} |{}", cell(refused), " |".repeat(COLUMNS.len() - 1));
                    }
                }
                text.push('\n');
            }
        }
        if !self.skipped.is_empty() {
            text += "\n";
        }
        for skipped in &self.skipped {
            let _ = writeln!(text, "* skipped {}: {}", cell(&skipped.frame), cell(&skipped.reason));
        }
        text
    }

    /// `{"data", "rule", "asked", "frames", "skipped", "models": [{"model", "train_size", "seen_in_training", "rows": [{"size",
    /// "area", "raw": {"rel", "rmse", "d1"}, "median": {…}, "ratio", "refused"}]}]}`; `null` where there is none.
    pub fn json(&self) -> Value {
        let row = |model: &ModelSizes, row: &SizeRow| {
            let found = row.found.as_ref();
            json!({
                "size": row.size,
                "area": model.area(row),
                "raw": found.ok().and_then(|found| found.raw),
                "median": found.ok().map(|found| found.median),
                "ratio": model.ratio(row),
                "refused": found.err(),
            })
        };
        let model = |model: &ModelSizes| {
            json!({
                "model": model.name,
                "train_size": model.train_size,
                "seen_in_training": model.seen,
                "rows": model.rows.iter().map(|of_size| row(model, of_size)).collect::<Vec<_>>(),
            })
        };
        json!({
            "title": self.title(),
            "data": self.data,
            "rule": self.rule,
            "asked": self.asked,
            "frames": self.frames,
            "skipped": self.skipped,
            "models": self.models.iter().map(model).collect::<Vec<_>>(),
        })
    }

    /// Writes `sizes.md` and `sizes.json`, each whole or not at all, and gives their paths.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        let files = [("sizes.md", self.markdown()), ("sizes.json", format!("{:#}\n", self.json()))];
        let write = |(name, text): (&str, String)| {
            let path = folder.join(name);
            write_atomic_bytes(&path, text.as_bytes()).map(|()| path)
        };
        files.into_iter().map(write).collect()
    }

    /// The process's exit status: 1 when fewer frames were measured than asked for.
    pub fn exit_code(&self) -> u8 {
        u8::from(self.frames < self.asked)
    }
}

/// The numbers of a row as texts; the sentence of a size that was refused.
fn cells<'a>(model: &ModelSizes, row: &'a SizeRow) -> Result<[String; COLUMNS.len()], &'a str> {
    let Found { raw, median } = *row.found.as_ref().map_err(String::as_str)?;
    let none = || "–".to_owned();
    let three = |numbers: Option<Numbers>| match numbers {
        Some(Numbers { rel, rmse, d1 }) => [rel, rmse, d1].map(|number| format!("{number:.3}")),
        None => [none(), none(), none()],
    };
    let ([a, b, c], [d, e, f]) = (three(raw), three(Some(median)));
    Ok([a, b, c, d, e, f, model.ratio(row).map_or_else(none, |ratio| format!("{ratio:.2}"))])
}
