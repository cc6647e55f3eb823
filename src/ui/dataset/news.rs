//! The data set worker's events taken into the [`Studio`], and orders carried out.

use super::order::DatasetOrder;
use crate::capture::dataset::{DatasetEvent, OpenDataset};
use crate::data::dataset::{DataSpec, Split};
use crate::error::Error;
use crate::render::UploadJob;
use crate::ui::source_news;
use crate::ui::state::{SourceKind, Studio};
use crate::ui::toasts::Level;
use crate::ui::wanted::Wanted;
use crate::ui::workers::Workers;
use egui::{ColorImage, TextureOptions};
use std::path::PathBuf;

/// Takes in all events.
pub fn poll(workers: &mut Workers, studio: &mut Studio, ctx: &egui::Context) {
    while let Some(event) = workers.data.try_event() {
        take(workers, studio, ctx, event);
    }
}

pub(super) fn take(workers: &mut Workers, studio: &mut Studio, ctx: &egui::Context, event: DatasetEvent) {
    match event {
        DatasetEvent::Opened(ticket, listing) if ticket == workers.data_ticket => {
            studio.note(format!("{}: {} frames", listing.spec, listing.names.len()));
            studio.settings.opened(PathBuf::from(listing.spec.to_string()));
            studio.dataset.opened(listing);
        }
        DatasetEvent::NotOpened(ticket, error) if ticket == workers.data_ticket => {
            studio.fail(&error);
            studio.dataset.failed_to_open(error.to_string());
            if studio.source.kind == SourceKind::Dataset {
                fail(workers, studio, &error);
            }
        }
        DatasetEvent::Surveyed(ticket, survey) if ticket == workers.data_ticket => {
            studio.dataset.survey = Some(survey);
        }
        DatasetEvent::Loaded { ticket, index, frame, truth, trouble, camera } if ticket == workers.data_ticket => {
            studio.dataset.set_fault(index, None);
            if studio.source.kind != SourceKind::Dataset || workers.data_awaited.is_some_and(|awaited| awaited != index)
            {
                return;
            }
            (studio.dataset.selected, studio.dataset.camera) = (Some(index), camera);
            studio.note(format!("{} {}×{}", frame.name, frame.width, frame.height));
            studio.truth_failed = trouble.as_ref().map(Error::to_string);
            if let Some(error) = &trouble {
                studio.fail(error);
            }
            workers.submit(studio, UploadJob { frame, truth, prediction: None });
        }
        DatasetEvent::Failed(ticket, index, error) if ticket == workers.data_ticket => {
            if index == usize::MAX {
                return studio.fail(&error);
            }
            let chosen = workers.data_awaited.or(studio.dataset.selected.or(Some(0))) == Some(index);
            studio.dataset.set_fault(index, Some(error.to_string()));
            if chosen && studio.source.kind == SourceKind::Dataset {
                studio.dataset.selected = Some(index);
                studio.fail(&error);
                fail(workers, studio, &error);
            }
        }
        DatasetEvent::Thumb { ticket, index, width, height, rgb }
            if ticket == workers.data_ticket && rgb.len() == 3 * width * height =>
        {
            let image = ColorImage::from_rgb([width, height], &rgb);
            let texture = ctx.load_texture(format!("frame {index}"), image, TextureOptions::LINEAR);
            studio.dataset.thumbs.put(index, texture);
        }
        // Of a data set that was left.
        _ => {}
    }
}

/// Nothing can be shown in place of what was chosen: no other picture may stand in the views, nor come late.
fn fail(workers: &mut Workers, studio: &mut Studio, error: &Error) {
    (workers.wanted, workers.waiting, studio.views) = (Wanted::Nothing, None, None);
    (studio.pending, studio.recompute) = (None, false);
    studio.frame_failed = Some(error.to_string());
}

/// Does what was asked for.
pub fn carry_out(workers: &mut Workers, studio: &mut Studio, order: DatasetOrder) {
    match order {
        DatasetOrder::Open { spec, split, frame } => open(workers, studio, spec, split, frame),
        DatasetOrder::Select(index) => select(workers, studio, index),
        DatasetOrder::Frame(text) => {
            let Some(listing) = studio.dataset.open.clone() else {
                return studio.say(Level::Warning, "No data set is open; open one first.");
            };
            match listing.find(&text) {
                Some(index) => select(workers, studio, index),
                None => {
                    let count = listing.names.len();
                    let text = format!("No frame is called {text}; type a name of the list or a number up to {count}.");
                    studio.say(Level::Warning, text);
                }
            }
        }
        DatasetOrder::Close => {
            workers.data.close();
            workers.data_ticket = 0;
            studio.dataset.close();
            if studio.source.kind == SourceKind::Dataset {
                source_news::back_from_camera(workers, studio);
            }
        }
        DatasetOrder::Thumbs(wanted) => workers.data.thumbs(wanted),
    }
}

fn open(workers: &mut Workers, studio: &mut Studio, spec: DataSpec, split: Option<String>, frame: Option<String>) {
    let same = studio.dataset.spec.as_ref() == Some(&spec) && studio.dataset.split == split;
    if same
        && let (Some(listing), Some(text)) = (&studio.dataset.open, &frame)
        && let Some(index) = listing.find(text)
    {
        return select(workers, studio, index);
    }
    begin(workers, studio);
    studio.dataset.close();
    studio.dataset.opening = Some(spec.to_string());
    (studio.dataset.spec, studio.dataset.split) = (Some(spec.clone()), split.clone());
    // `Split` takes any text: what is no built-in name is a path.
    let split = split.and_then(|text| text.parse::<Split>().ok());
    let cache = directories::ProjectDirs::from("", "", "msfnet-studio").map(|dirs| dirs.cache_dir().join("depth"));
    workers.data_ticket = workers.data.open(OpenDataset { spec, split, frame, cache });
    workers.data_awaited = None;
}

/// Leaves whatever is shown for the data set.
fn begin(workers: &mut Workers, studio: &mut Studio) {
    source_news::leave_source(workers, studio);
    studio.source.kind = SourceKind::Dataset;
    studio.source.empty = None;
    (studio.truth_failed, studio.dataset.last) = (None, true);
}

/// Shows the frame at a place of the list.
pub fn select(workers: &mut Workers, studio: &mut Studio, index: usize) {
    let count = studio.dataset.open.as_ref().map_or(0, |listing| listing.names.len());
    if index >= count {
        return;
    }
    begin(workers, studio);
    studio.dataset.selected = Some(index);
    workers.data_awaited = Some(index);
    workers.data.select(index);
}

/// After a camera: the frame of the data set that was shown before it, if one was.
pub fn shown_before(studio: &Studio) -> Option<usize> {
    let dataset = &studio.dataset;
    dataset.open.as_ref().filter(|_| dataset.last)?;
    Some(dataset.selected.unwrap_or(0))
}
