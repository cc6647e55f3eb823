//! The Setup section: data, models, protocol, output; Run.

use super::setup::Setup;
use crate::data::dataset::{DataKind, DataSpec, Split};
use crate::eval::messages::Order;
use crate::eval::protocol::{Crop, Overrides, Protocol, Scaling};
use crate::ui::dialogs::DialogKind;
use crate::ui::state::{Action, Studio};
use crate::ui::theme::{SMALL, palette, regular};
use crate::ui::widgets::{accent_button, menu_row, picker, row};
use egui::{Button, Checkbox, DragValue, Label, RichText, TextEdit, Ui};

/// Layouts with what they are, for the picker before the path.
const LAYOUTS: [(&str, &str, &str); 8] = [
    ("nyu:", "NYU folder", "rgb and depth with splits.csv, or DenseDepth's archive"),
    ("nyu-mat:", "NYU labelled .mat", "filled depth of the MATLAB file"),
    ("nyu-mat-raw:", "NYU labelled .mat, raw", "raw depth of the MATLAB file"),
    ("kitti-raw:", "KITTI raw drives", "ground truth projected from LiDAR"),
    ("kitti-depth:", "KITTI annotated depth", "improved ground truth in PNG"),
    ("pairs:", "Pairs", "pictures and depth of equal names; add @256 for KITTI's PNG"),
    ("synthetic:room", "Synthetic room", "made here, exact depth in metres"),
    ("synthetic:road", "Synthetic road", "made here, with LiDAR"),
];

/// Draws the section.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    let busy = studio.evaluate.phase.is_busy();
    ui.add_enabled_ui(!busy, |ui| {
        data(ui, studio);
        models(ui, studio);
        protocol(ui, &mut studio.evaluate.setup);
        output(ui, studio);
    });
    ui.add_space(6.0);
    let setup = &studio.evaluate.setup;
    let candidates = setup.candidates([studio.main.info.as_deref(), studio.compare.info.as_deref()]);
    let job = setup.job(studio.devices.choice, &candidates);
    let why = job.as_ref().err().cloned().or_else(|| busy.then(|| "an evaluation is running".to_owned()));
    let run = ui.horizontal(|ui| ui.add_enabled(why.is_none(), accent_button(ui, "Run"))).inner;
    let go_on = "Evaluate; a folder that has part of this run already is gone on with";
    let run = run.on_hover_text(go_on).on_disabled_hover_text(why.clone().unwrap_or_default());
    if run.clicked()
        && let Ok(job) = job
    {
        studio.push(Action::Evaluate(Order::Start(Box::new(job))));
    } else if let Some(why) = why.filter(|_| !busy) {
        small(ui, &why);
    }
}

fn small(ui: &mut Ui, text: &str) {
    let text = RichText::new(text).font(regular(SMALL)).color(palette(ui).secondary);
    ui.add(Label::new(text).wrap());
}

fn data(ui: &mut Ui, studio: &mut Studio) {
    let recent = recent(studio);
    let setup = &mut studio.evaluate.setup;
    if let Some(listing) = &studio.dataset.open {
        setup.offer(&listing.spec.to_string());
    }
    let before = setup.data.clone();
    let mut browse = None;
    let layout = LAYOUTS.iter().rev().find(|(form, ..)| setup.data.starts_with(form));
    row(ui, "Data", |ui| {
        let value = layout.map_or("choose…", |(_, title, _)| title);
        picker(ui, "Data", value, "What is evaluated: one of these layouts, or what was opened last", |ui| {
            for spec in recent {
                if menu_row(ui, setup.data == spec, &spec, "open now, or opened last", None).clicked() {
                    setup.data = spec;
                }
            }
            for (form, title, about) in LAYOUTS {
                if menu_row(ui, setup.data.starts_with(form), title, &format!("{form}  {about}"), None).clicked() {
                    let path = setup.data.split_once(':').map_or("", |(_, path)| path).to_owned();
                    let keeps = form.ends_with(':') && !setup.data.starts_with("synthetic:");
                    setup.data = if keeps { format!("{form}{path}") } else { form.to_owned() };
                }
            }
        });
    });
    ui.horizontal(|ui| {
        let width = ui.available_width() - 84.0;
        let field = TextEdit::singleline(&mut setup.data).desired_width(width.max(80.0)).hint_text("nyu:/path/to/data");
        ui.add(field).on_hover_text("Where the data are, as --data takes it").accessible_name("Data specification");
        let button = ui.button("Browse…").on_hover_text("Ask the system for the folder or file");
        egui::Popup::menu(&button).show(|ui| {
            let folder = "KITTI's dates or drives, NYU's rgb and depth, pictures and depth of equal names";
            if menu_row(ui, false, "Folder…", folder, None).clicked() {
                browse = Some(DialogKind::EvaluateData);
            }
            let file = "NYU's labelled .mat, a .csv of DenseDepth's archive";
            if menu_row(ui, false, "File…", file, None).clicked() {
                browse = Some(DialogKind::EvaluateDataFile);
            }
        });
    });
    if setup.data != before {
        setup.settle_protocol();
    }
    row(ui, "Frames", |ui| {
        let field = DragValue::new(&mut setup.limit).range(0..=1_000_000).speed(0.2);
        let all = |n: f64, _: std::ops::RangeInclusive<usize>| {
            if n < 1.0 { "all".to_owned() } else { format!("first {n:.0}") }
        };
        ui.add(field.custom_formatter(all))
            .on_hover_text("At most so many frames, the first ones; 0 takes all")
            .accessible_name("At most so many frames");
        let value = if setup.split.is_empty() { "no split" } else { &setup.split }.to_owned();
        picker(ui, "Split", &value, "Which frames: an official split, or a text file with one frame a line", |ui| {
            if menu_row(ui, setup.split.is_empty(), "no split", "all frames that have ground truth", None).clicked() {
                setup.split.clear();
            }
            let built_in = [DataKind::Nyu, DataKind::Kitti].into_iter().flat_map(DataKind::splits);
            for split in [Split::All].iter().chain(built_in) {
                let why = setup.why_not_split(split);
                let name = split.to_string();
                if menu_row(ui, setup.split == name, &name, split.about(), why).clicked() {
                    setup.split = name;
                }
            }
            ui.horizontal(|ui| {
                ui.label("file:");
                ui.add(TextEdit::singleline(&mut setup.split).hint_text("my frames.txt").desired_width(170.0));
            });
        });
    });
    if let Some(kind) = browse {
        studio.push(Action::Dialog(kind));
    }
}

/// The data set that is open, and those that were opened last.
fn recent(studio: &Studio) -> Vec<String> {
    let open = studio.dataset.open.iter().map(|listing| listing.spec.to_string());
    let last = studio.settings.recent.iter().map(|path| path.display().to_string());
    let mut all: Vec<String> = Vec::new();
    for spec in open.chain(last.filter(|text| text.parse::<DataSpec>().is_ok())) {
        if !all.contains(&spec) {
            all.push(spec);
        }
    }
    all
}

fn models(ui: &mut Ui, studio: &mut Studio) {
    let loaded = [studio.main.info.as_deref(), studio.compare.info.as_deref()];
    let candidates = studio.evaluate.setup.candidates(loaded);
    let chosen = &mut studio.evaluate.setup.models;
    ui.label("Models").on_hover_text("Each is a column of the table");
    for candidate in candidates {
        let key = candidate.request.path_or_name;
        let mut on = chosen.contains(&key);
        let response = ui.add(Checkbox::new(&mut on, candidate.name)).on_hover_text(candidate.about);
        if response.changed() {
            chosen.retain(|other| *other != key);
            if on {
                chosen.push(key);
            }
        }
    }
    let add = Button::new(RichText::new("Add weights…").font(regular(SMALL)));
    if ui.add(add).on_hover_text("Another model from a file").clicked() {
        studio.push(Action::Dialog(DialogKind::EvaluateWeights));
    }
}

fn protocol(ui: &mut Ui, setup: &mut Setup) {
    row(ui, "Protocol", |ui| {
        picker(ui, "Protocol", setup.protocol.name(), "The published way of measuring", |ui| {
            for protocol in Protocol::ALL {
                let why = setup.why_not(protocol);
                let on = setup.protocol == protocol;
                if menu_row(ui, on, protocol.name(), protocol.rules().title, why.as_deref()).clicked() {
                    setup.protocol = protocol;
                }
            }
        });
    });
    let own = setup.protocol.rules();
    let changes = &mut setup.overrides;
    egui::CollapsingHeader::new(RichText::new("Change the protocol").font(regular(SMALL + 0.5)))
        .id_salt("changes")
        .show(ui, |ui| {
            let as_is = |value: Option<String>, own: &str| value.unwrap_or_else(|| format!("{own} (its own)"));
            let crops = [Crop::None, Crop::Garg, Crop::Eigen, Crop::NyuDd, Crop::NyuBts];
            choice(
                ui,
                "Crop",
                &as_is(changes.crop.map(|c| c.to_string()), &own.crop.to_string()),
                &crops,
                &mut changes.crop,
            );
            let scalings = [Scaling::None, Scaling::Median, Scaling::LeastSquares, Scaling::Stereo];
            let by_model = if own.median_for_relative { "median where relative" } else { "none" };
            choice(
                ui,
                "Scaling",
                &as_is(changes.scaling.map(|s| s.to_string()), by_model),
                &scalings,
                &mut changes.scaling,
            );
            row(ui, "Cap", |ui| {
                let mut on = changes.cap.is_some();
                let mut cap = changes.cap.or(own.cap()).unwrap_or(10.0);
                let field = DragValue::new(&mut cap).range(0.2..=1000.0).speed(0.5).suffix(" m");
                let tip = "The largest depth that counts; the box takes another than the protocol's";
                let moved = ui.add_enabled(on, field).on_hover_text(tip).changed();
                if ui.checkbox(&mut on, "").on_hover_text(tip).accessible_name("Another cap").changed() || moved {
                    changes.cap = on.then_some(cap);
                }
            });
            row(ui, "Mirror image", |ui| {
                let mut on = changes.flip.unwrap_or(own.flip);
                let tip = "Average with the prediction of the mirror image";
                if ui.checkbox(&mut on, "").on_hover_text(tip).accessible_name("Mirror image").changed() {
                    changes.flip = (on != own.flip).then_some(on);
                }
            });
            if *changes != Overrides::default() && ui.small_button("As published").clicked() {
                *changes = Overrides::default();
            }
        });
    match setup.settings() {
        Ok(settings) if !settings.changes().is_empty() => small(ui, &settings.title()),
        Ok(_) => {}
        Err(why) => small(ui, &why),
    }
}

/// A picker with the protocol's own choice first.
fn choice<T: Copy + PartialEq + std::fmt::Display>(ui: &mut Ui, name: &str, now: &str, all: &[T], to: &mut Option<T>) {
    row(ui, name, |ui| {
        picker(ui, name, now, "As the protocol has it, or otherwise; a change stands in the title", |ui| {
            if menu_row(ui, to.is_none(), "the protocol's own", "", None).clicked() {
                *to = None;
            }
            for value in all {
                if menu_row(ui, *to == Some(*value), &value.to_string(), "", None).clicked() {
                    *to = Some(*value);
                }
            }
        });
    });
}

fn output(ui: &mut Ui, studio: &mut Studio) {
    let mut choose = false;
    ui.horizontal(|ui| {
        let width = ui.available_width() - 84.0;
        let out = &mut studio.evaluate.setup.out;
        let field = TextEdit::singleline(out).desired_width(width.max(80.0)).hint_text("output folder (optional)");
        let tip = "Journal and report; started again with the same folder, a run goes on where it stopped";
        ui.add(field).on_hover_text(tip).accessible_name("Output folder");
        choose = ui.button("Choose…").on_hover_text("Ask the system for the output folder").clicked();
    });
    if choose {
        studio.push(Action::Dialog(DialogKind::EvaluateFolder));
    }
}
