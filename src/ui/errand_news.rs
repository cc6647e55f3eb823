//! What dialogs and errands bring, taken into the [`Studio`].

use super::dataset::DatasetOrder;
use super::dialogs::{Answer, DialogKind};
use super::errands::Done;
use super::sheets::Sheet;
use super::state::{Action, Studio};
use super::toasts::Level;
use super::{drop, evaluate, reading, train};
use crate::error::Result;
use crate::infer::engine::Slot;
use crate::weights::doctor::Report;
use egui::TextureOptions;
use std::sync::Arc;

/// Takes in the answer to a system dialog.
pub fn answered(studio: &mut Studio, answer: Answer) {
    let Some(first) = answer.paths.first() else {
        if answer.absent {
            let text =
                format!("No file dialog opened: this system may have no desktop portal. {}", answer.kind.remedy());
            studio.say(Level::Warning, text);
        }
        return;
    };
    if let Some(folder) = first.parent() {
        studio.settings.folder = Some(folder.to_owned());
    }
    let first = first.clone();
    match answer.kind {
        kind if evaluate::answered(studio, kind, first.clone()) => {}
        kind if train::answered(studio, kind, first.clone()) => {}
        // Weights may be among all files, and a folder may be Monodepth2's.
        DialogKind::Pictures | DialogKind::Folder => studio.push(Action::OpenAny(answer.paths)),
        DialogKind::Truth | DialogKind::TruthFolder => studio.push(Action::AskTruth(first)),
        DialogKind::FrameList => {
            if let Some(listing) = studio.dataset.open.clone() {
                let (spec, split) = (listing.spec.clone(), Some(first.display().to_string()));
                studio.push(Action::Dataset(DatasetOrder::Open { spec, split, frame: None }));
            }
        }
        DialogKind::Weights => studio.push(Action::Examine(Slot::Main, first)),
        DialogKind::CompareWeights => studio.push(Action::Examine(Slot::Compare, first)),
        DialogKind::ExportFolder => studio.sheet = Some(Sheet::Export { folder: first.display().to_string() }),
        // Taken above.
        _ => {}
    }
}

/// Takes in what an errand brought.
pub fn done(studio: &mut Studio, ctx: &egui::Context, what: Done) {
    match what {
        Done::Samples(samples) => {
            studio.source.sample_thumbs = vec![None; samples.len()];
            studio.source.samples = samples;
        }
        Done::SampleThumb(i, image) => {
            let texture = ctx.load_texture(format!("sample {i}"), image, TextureOptions::LINEAR);
            if let Some(slot) = studio.source.sample_thumbs.get_mut(i) {
                *slot = Some(texture);
            }
        }
        Done::Devices(list) => studio.devices.list = list,
        Done::Failed(error) => studio.fail(&error),
        Done::ExportFolder(folder) => studio.export_default = Some(folder),
        Done::Exported(folder, written) => {
            studio.exporting = false;
            match written {
                Ok(files) => {
                    let text = format!("{} files written to {}", files.len(), folder.display());
                    studio.say(Level::Info, text);
                }
                Err(error) => studio.fail(&error),
            }
        }
        Done::Looked(sorted, over) => drop::sorted_out(studio, sorted, over),
        Done::Examined(ticket, report) => examined(studio, ticket, report),
    }
}

/// Takes in a report, unless it is no longer waited for; it opens as a sheet when nothing else covers the window.
fn examined(studio: &mut Studio, ticket: u64, report: Result<Box<Report>>) {
    let Some(reading) = studio.reading.as_mut().filter(|r| r.ticket == ticket) else { return };
    match report {
        Ok(report) => {
            let line = format!("{}: {}", reading.path.display(), report.sentence);
            reading.report = Some(Arc::from(report));
            studio.note(line);
            reading::open_report(studio);
        }
        Err(error) => {
            studio.reading = None;
            studio.fail(&error);
        }
    }
}
