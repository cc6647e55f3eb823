//! The data set's part of the source panel: what it is, which of its frames, and what is known of the one on the screen.

use super::ask::layout;
use super::order::DatasetOrder;
use crate::capture::dataset::{Listing, Survey};
use crate::data::dataset::{DataSpec, Split};
use crate::ui::dialogs::DialogKind;
use crate::ui::spinner::spinner;
use crate::ui::state::{Action, SourceKind, Studio};
use crate::ui::theme::{BODY, SMALL, palette, regular, semibold};
use crate::ui::widgets::{close_button, elided, menu_row, picker, row, section};
use egui::{Align, Key, Label, Layout, RichText, Sense, TextEdit, Ui, vec2};

/// Draws the section; nothing when no data set was asked for.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    let dataset = &studio.dataset;
    if dataset.open.is_none() && dataset.opening.is_none() && dataset.failed.is_none() {
        return;
    }
    section(ui, "Source · data set");
    let p = palette(ui);
    if let Some(opening) = dataset.opening.clone() {
        ui.horizontal(|ui| {
            spinner(ui);
            let galley = elided(ui, &format!("opening {opening}"), regular(BODY), p.secondary, ui.available_width());
            ui.label(galley).on_hover_text(opening);
        });
    }
    if let Some(why) = studio.dataset.failed.clone() {
        ui.add(Label::new(RichText::new(why).font(regular(SMALL + 0.5)).color(p.bad)).wrap());
        // A split that does not fit, or a list with a fault, is mended here and not by opening the folder again.
        if let Some(spec) = studio.dataset.spec.clone() {
            let asked = studio.dataset.split.clone().unwrap_or_else(|| Split::All.to_string());
            splits(ui, studio, &spec, &asked);
        }
        if ui.small_button("Close").on_hover_text("Go back to a file or a sample").clicked() {
            studio.push(Action::Dataset(DatasetOrder::Close));
        }
    }
    if let Some(listing) = studio.dataset.open.clone() {
        head(ui, studio, &listing);
        secondary(ui, layout(&listing.spec));
        splits(ui, studio, &listing.spec, &listing.split);
        for line in lines(studio, &listing) {
            secondary(ui, &line);
        }
    }
}

/// Its name and the way out.
fn head(ui: &mut Ui, studio: &mut Studio, listing: &Listing) {
    let p = palette(ui);
    let on = studio.source.kind == SourceKind::Dataset;
    let height = ui.spacing().interact_size.y;
    ui.allocate_ui_with_layout(vec2(ui.available_width(), height), Layout::right_to_left(Align::Center), |ui| {
        if close_button(ui, "Close the data set").clicked() {
            studio.push(Action::Dataset(DatasetOrder::Close));
        }
        let font = if on { semibold(BODY) } else { regular(BODY) };
        let galley = elided(ui, &name(&listing.spec), font, p.strong, ui.available_width());
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
        response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, on, "Data set"));
        ui.painter().galley(rect.left_center() - vec2(0.0, galley.size().y / 2.0), galley, p.strong);
        let tip = if on { listing.spec.to_string() } else { format!("Go back to {}", listing.spec) };
        if response.on_hover_text(tip).clicked() && !on {
            studio.push(Action::Dataset(DatasetOrder::Select(studio.dataset.selected.unwrap_or(0))));
        }
    });
}

/// What a person calls it: the last part of its path.
pub fn name(spec: &DataSpec) -> String {
    let text = spec.to_string();
    let path = text.split_once(':').map_or(text.as_str(), |(_, path)| path);
    let last = path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or(path);
    match spec {
        DataSpec::Synthetic(_) => format!("Procedural {last}"),
        _ if last.is_empty() || last == "." => path.to_owned(),
        _ => last.to_owned(),
    }
}

/// Which frames: all, a built-in split, or a list.
fn splits(ui: &mut Ui, studio: &mut Studio, spec: &DataSpec, asked: &str) {
    row(ui, "Frames", |ui| {
        let now = split_title(asked);
        picker(ui, "Frames", &now, "Which frames of it: all, a published split, or a list", |ui| {
            ui.set_max_width(340.0);
            let choose = |studio: &mut Studio, split: String| {
                let (spec, split) = (spec.clone(), Some(split));
                studio.push(Action::Dataset(DatasetOrder::Open { spec, split, frame: None }));
            };
            let all = Split::All.to_string();
            if menu_row(ui, asked == all, "All frames", "Everything that is there", None).clicked() {
                choose(studio, all);
            }
            // Before the list was looked through nobody knows which fit; trying one tells.
            let unknown = || spec.kind().splits().iter().map(|split| (split.clone(), None)).collect();
            let offered = studio.dataset.survey.as_ref().map_or_else(unknown, |survey| survey.splits.clone());
            for (split, why_not) in &offered {
                let name = split.to_string();
                let on = asked == name;
                if menu_row(ui, on, &split_title(&name), split.about(), why_not.as_deref()).clicked() {
                    choose(studio, name);
                }
            }
            let fixed = matches!(spec, DataSpec::Synthetic(_) | DataSpec::Frames(_));
            let why_not = fixed.then_some("These data have no lists: a sequence is taken whole");
            let tip = "A text file that names one frame a line";
            if menu_row(ui, false, "A list…", tip, why_not).clicked() {
                studio.push(Action::Dialog(DialogKind::FrameList));
            }
            if !fixed {
                let field = TextEdit::singleline(&mut studio.dataset.list_path).desired_width(240.0);
                let response = ui.add(field.hint_text("or its path")).on_hover_text(tip);
                let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
                let path = studio.dataset.list_path.trim().to_owned();
                if entered && !path.is_empty() {
                    choose(studio, path);
                    ui.close();
                }
            }
        });
    });
}

/// A split in the words of the picker.
pub fn split_title(split: &str) -> String {
    match split {
        "all" => "all".to_owned(),
        "nyu-test" => "NYU, test".to_owned(),
        "nyu-train" => "NYU, training".to_owned(),
        "nyu-holdout" => "NYU, held-out scenes".to_owned(),
        "nyu-train-rest" => "NYU, training rest".to_owned(),
        "eigen" => "Eigen".to_owned(),
        "eigen-benchmark" => "Eigen, improved".to_owned(),
        path => path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned(),
    }
}

/// How many frames there are and how many of them have ground truth.
pub fn counts(listing: &Listing, survey: Option<&Survey>) -> String {
    let n = listing.names.len();
    let frames = if n == 1 { "1 frame".to_owned() } else { format!("{n} frames") };
    match survey.map(|survey| (survey, survey.missing())) {
        None => frames,
        Some(_) if listing.listed => format!("{frames} that the list asks for"),
        Some((_, 0)) => format!("{frames}, {}with ground truth", if n == 1 { "" } else { "all " }),
        Some((_, missing)) if missing == n => format!("{frames}, without ground truth"),
        Some((_, missing)) => format!("{frames}\n{} with ground truth, {missing} without", n - missing),
    }
}

/// What is known of the data and of the frame on the screen.
fn lines(studio: &Studio, listing: &Listing) -> Vec<String> {
    let dataset = &studio.dataset;
    let mut lines = vec![counts(listing, dataset.survey.as_deref())];
    let scenes = listing.scenes.len();
    let scene = dataset.selected.and_then(|at| listing.scene(at));
    lines.extend(scene.filter(|_| scenes > 0).map(|scene| format!("scene {scene}")));
    if let Some(camera) = dataset.camera.filter(|_| studio.source.kind == SourceKind::Dataset) {
        lines.push(format!("focal length {:.1}, {:.1} px", camera.fx, camera.fy));
        lines.push(format!("principal point {:.1}, {:.1} px", camera.cx, camera.cy));
    }
    lines
}

fn secondary(ui: &mut Ui, text: &str) {
    let text = RichText::new(text).font(regular(SMALL + 0.5)).color(palette(ui).secondary);
    ui.add(Label::new(text).wrap());
}
