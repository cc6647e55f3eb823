//! The report sheet: what the doctor found in weights, what would be loaded of them, and the questions that are still
//! open. Nothing that runs is replaced before the person presses its Load.

mod head;
mod keys;
mod metadata;
mod table;
mod tensors;
#[cfg(test)]
mod tests;
mod text;

use super::questions::Questions;
use super::state::{Action, Studio};
use super::theme::{BODY, SMALL, palette, regular, semibold};
use super::widgets::{accent_button, chip_button, plain_button};
use crate::infer::engine::Slot;
use crate::infer::model::ModelRequest;
use crate::weights::doctor::{Report, Verdict};
use egui::{Align, Label, Layout, RichText, ScrollArea, Ui};
use keys::KeyTable;
use std::sync::Arc;
use tensors::TensorTable;

pub use metadata::{entries, entry, pretty};

/// A tab of the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportTab {
    /// What will be loaded, the questions and the difference key by key.
    Fit,
    /// Every tensor of the file.
    Tensors,
    /// What the file says about itself.
    Metadata,
}

/// A report with the person's answers and choices.
#[derive(Debug, Clone)]
pub struct ReportSheet {
    /// What the doctor found.
    pub report: Arc<Report>,
    /// The place it would be loaded into, and the answers so far.
    pub questions: Questions,
    /// The chosen tab.
    pub tab: ReportTab,
    keys: KeyTable,
    tensors: TensorTable,
}

impl ReportSheet {
    /// The sheet of a report, nothing answered yet.
    pub fn new(report: Arc<Report>, slot: Slot) -> Self {
        let questions = Questions::new(slot, report.path.clone(), report.missing.clone());
        let monodepth2 = report.check.as_ref().is_some_and(|check| check.fit.arch.starts_with("monodepth2"));
        let questions = if monodepth2 { questions.of_monodepth2() } else { questions };
        let questions = Questions { start: report.verdict == Verdict::Starts, ..questions };
        let keys = KeyTable::new(report.check.as_ref());
        let tensors = TensorTable::new(&report.tensors);
        let tab = match (&report.check, report.tensors.is_empty()) {
            (None, false) => ReportTab::Tensors,
            _ => ReportTab::Fit,
        };
        Self { report, questions, tab, keys, tensors }
    }

    /// What Load asks for; else why it cannot.
    ///
    /// # Errors
    /// One sentence: the weights are of no network that runs here, hold nothing, or a question is open.
    pub fn request(&self) -> Result<ModelRequest, String> {
        match self.report.verdict {
            Verdict::Refused => Err("There is nothing in it that can be loaded.".to_owned()),
            Verdict::Foreign => Err("It makes no depth with the networks of this program.".to_owned()),
            Verdict::Runs | Verdict::Asks | Verdict::Starts => {
                let request = self.questions.request();
                request.ok_or_else(|| format!("Say first {}.", self.questions.open().join(" and ")))
            }
        }
    }

    /// Draws the sheet; true when it is done with.
    pub fn show(&mut self, ui: &mut Ui, studio: &mut Studio) -> bool {
        let report = self.report.clone();
        head::show(ui, &report);
        let tabs = self.tabs();
        if tabs.is_empty() {
            self.notes(ui);
        } else {
            ui.add_space(8.0);
            self.tab_bar(ui, &tabs);
            // One height for all tabs, so that choosing one moves nothing.
            let most = if self.keys.shows_any() { 420.0 } else { 320.0 };
            let room = (ui.ctx().content_rect().height() - 330.0).clamp(140.0, most);
            ui.allocate_ui(egui::vec2(ui.available_width(), room), |ui| {
                ui.set_min_height(room);
                ui.set_max_height(room);
                match self.tab {
                    ReportTab::Fit => self.fit(ui),
                    ReportTab::Tensors => self.tensors.show(ui, &report.tensors),
                    ReportTab::Metadata => metadata::show(ui, &report.metadata),
                }
            });
        }
        self.foot(ui, studio)
    }

    /// The tabs that have something to show, with their headings.
    fn tabs(&self) -> Vec<(ReportTab, String)> {
        let report = &self.report;
        let mut tabs = Vec::new();
        if report.check.is_some() || !report.missing.is_empty() {
            tabs.push((ReportTab::Fit, "What will be loaded".to_owned()));
        }
        if !report.tensors.is_empty() {
            tabs.push((ReportTab::Tensors, format!("Tensors  {}", report.tensors.len())));
        }
        if !report.metadata.is_empty() {
            tabs.push((ReportTab::Metadata, format!("Metadata  {}", report.metadata.len())));
        }
        tabs
    }

    fn tab_bar(&mut self, ui: &mut Ui, tabs: &[(ReportTab, String)]) {
        let named: Vec<(ReportTab, &str, &str)> = tabs.iter().map(|(tab, name)| (*tab, name.as_str(), "")).collect();
        if let Some(tab) = super::tabs::tab_bar(ui, &named, self.tab, -10.0) {
            self.tab = tab;
        }
        ui.add_space(8.0);
    }

    /// What will be loaded: the network, the questions, what stays random, notes, and the table of differences.
    fn fit(&mut self, ui: &mut Ui) {
        let report = self.report.clone();
        // The table keeps at least a few rows where there are any.
        let kept = if self.keys.visible().is_empty() { 76.0 } else { 150.0 };
        let most = (ui.available_height() - kept).max(90.0);
        let above = ScrollArea::vertical().id_salt("above").max_height(most).auto_shrink([false, true]);
        above.show(ui, |ui| {
            self.will_load(ui);
            if !self.questions.missing.is_empty() {
                ui.add_space(4.0);
                self.questions.show_wide(ui);
            }
            self.notes(ui);
        });
        if let Some(check) = &report.check {
            ui.add_space(6.0);
            self.keys.show(ui, check);
        }
    }

    fn will_load(&self, ui: &mut Ui) {
        let p = palette(ui);
        let Some(check) = &self.report.check else { return };
        let fit = &check.fit;
        let nothing = matches!(self.report.verdict, Verdict::Foreign | Verdict::Refused);
        let lead = if nothing { "Most like " } else { "" };
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.label(RichText::new(format!("{lead}{}", fit.title)).font(semibold(BODY)).color(p.strong));
            let count = if fit.matched == fit.expected {
                format!("   all {} tensors", fit.expected)
            } else {
                format!("   {} of {} tensors", fit.matched, fit.expected)
            };
            ui.label(RichText::new(count).font(regular(BODY)).color(p.secondary));
        });
        let others: Vec<String> =
            self.report.fits.iter().filter(|other| other.arch != fit.arch).take(3).map(like).collect();
        if !others.is_empty() && (nothing || self.report.verdict == Verdict::Starts) {
            small(ui, &format!("Also like {}.", others.join(", ")));
        }
        if !check.random.is_empty() && !nothing {
            small(ui, &random_text(&check.random));
        }
        if let Some((file, ours)) = check.renamed.first() {
            let count = check.renamed.len();
            let tensors = if count == 1 { "tensor is" } else { "tensors are" };
            small(ui, &format!("{count} {tensors} read under another name, such as {file} as {ours}."));
        }
    }

    /// One line with a bullet for each note.
    fn notes(&self, ui: &mut Ui) {
        const MOST: usize = 40;
        let notes = &self.report.notes;
        if !notes.is_empty() {
            ui.add_space(6.0);
        }
        for note in notes.iter().take(MOST) {
            ui.horizontal_top(|ui| {
                ui.label(RichText::new("•").font(regular(SMALL + 0.5)).color(palette(ui).secondary));
                small(ui, note);
            });
        }
        if notes.len() > MOST {
            small(ui, &format!("and {} more notes, which Copy report has", notes.len() - MOST));
        }
    }

    /// The place it goes to, and the buttons.
    fn foot(&mut self, ui: &mut Ui, studio: &mut Studio) -> bool {
        let request = self.request();
        let p = palette(ui);
        ui.add_space(10.0);
        match (&request, self.report.verdict) {
            (Err(why), _) => line(ui, why, if self.report.verdict == Verdict::Asks { p.warn } else { p.secondary }),
            (Ok(_), Verdict::Starts) => {
                line(ui, "Its depth means nothing until it is trained; the stages can be inspected.", p.warn);
            }
            (Ok(_), _) => line(ui, "The model that runs stays until this one is loaded.", p.secondary),
        }
        ui.add_space(2.0);
        let mut done = false;
        ui.horizontal(|ui| {
            ui.set_min_height(28.0);
            if !matches!(self.report.verdict, Verdict::Foreign | Verdict::Refused) {
                ui.label(RichText::new("Load as").color(p.secondary));
                for (slot, name, tip) in [
                    (Slot::Main, "main model", "Its depth is shown"),
                    (Slot::Compare, "compared model", "Its gate and its metrics stand beside the main model's"),
                ] {
                    if chip_button(ui, name, self.questions.slot == slot, tip).clicked() {
                        self.questions.slot = slot;
                    }
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                done = self.buttons(ui, studio, request);
            });
        });
        done
    }

    fn buttons(&self, ui: &mut Ui, studio: &mut Studio, request: Result<ModelRequest, String>) -> bool {
        let text = if self.report.verdict == Verdict::Starts { "Load as a starting point" } else { "Load" };
        let why = request.as_ref().err().cloned().unwrap_or_default();
        let mut done = false;
        let load = ui.add_enabled(request.is_ok(), accent_button(ui, text)).on_disabled_hover_text(why);
        if let (true, Ok(request)) = (load.clicked(), request) {
            studio.push(Action::Load(self.questions.slot, request));
            done = true;
        }
        done |= ui.add(plain_button("Cancel")).clicked();
        if ui.add(plain_button("Copy report")).on_hover_text("The whole report as text").clicked() {
            ui.ctx().copy_text(text::of(&self.report));
        }
        done
    }
}

fn like(fit: &crate::weights::doctor::Fit) -> String {
    format!("{} ({} of {})", fit.title, fit.matched, fit.expected)
}

/// The layers without weights, the first of them by name.
pub fn random_text(random: &[String]) -> String {
    const NAMED: usize = 12;
    let named = random.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if random.len() > NAMED { format!(" and {} more", random.len() - NAMED) } else { String::new() };
    let layers = if random.len() == 1 { "layer stays at its" } else { "layers stay at their" };
    format!("{} {layers} random start: {named}{more}.", random.len())
}

/// A wrapped line of small text.
fn small(ui: &mut Ui, text: &str) {
    let text = RichText::new(text).font(regular(SMALL + 0.5)).color(palette(ui).secondary);
    ui.add(Label::new(text).wrap());
}

fn line(ui: &mut Ui, text: &str, colour: egui::Color32) {
    ui.add(Label::new(RichText::new(text).font(regular(SMALL + 0.5)).color(colour)).wrap());
}
