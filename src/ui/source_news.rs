//! Pictures from files and cameras: their events, and what the person asks of them.

use super::dataset;
use super::state::{CameraStatus, FileEntry, SourceKind, Studio};
use super::toasts::Level;
use super::wanted::Wanted;
use super::workers::Workers;
use crate::capture::camera::CameraEvent;
use crate::capture::files::{Entry, SourceEvent};
use crate::data::image::is_image;
use crate::error::Error;
use crate::render::UploadJob;
use egui::{ColorImage, TextureOptions};
use std::path::PathBuf;
use std::time::Instant;

/// Small pictures that are kept; more of a long list would only fill the memory.
const THUMBS: usize = 2000;

/// Takes in all events and the newest camera frame.
pub fn poll(workers: &mut Workers, studio: &mut Studio, ctx: &egui::Context) {
    while let Some(event) = workers.files.try_event() {
        file_event(workers, studio, ctx, event);
    }
    while let Some(event) = workers.cameras.try_event() {
        camera_event(workers, studio, event);
    }
    studio.source.camera_fps = workers.cameras.fps();
    if let Some(frame) = workers.cameras.frames().take()
        && studio.live()
        && workers.wanted.takes(&frame)
    {
        let job = UploadJob { frame, truth: None, prediction: None };
        if studio.main.info.is_some() {
            // Shown with its prediction: all views hold one frame.
            workers.engine.submit(job.frame, None);
        } else {
            workers.uploader.submit(job);
        }
    }
}

pub(super) fn file_event(workers: &mut Workers, studio: &mut Studio, ctx: &egui::Context, event: SourceEvent) {
    match event {
        SourceEvent::List { list, entries, errors } => {
            for error in &errors {
                studio.fail(error);
            }
            if list != workers.list {
                return;
            }
            studio.source.empty = None;
            if !workers.sample_list {
                take_list(workers, studio, entries);
            }
        }
        SourceEvent::Thumb { list, index, width, height, rgb } => {
            let of_files = list == workers.list && !workers.sample_list;
            if of_files && index < THUMBS && rgb.len() == 3 * width * height {
                let image = ColorImage::from_rgb([width, height], &rgb);
                let texture = ctx.load_texture(format!("thumb {index}"), image, TextureOptions::LINEAR);
                if let Some(entry) = studio.source.files.get_mut(index) {
                    entry.thumb = Some(texture);
                }
            }
        }
        SourceEvent::Loaded { list, index, frame, truth } => {
            if list != workers.list || !chosen(workers, studio, index) {
                return;
            }
            workers.loaded = Some(index);
            studio.truth_failed = None;
            if studio.source.kind == SourceKind::Files {
                studio.source.selected = Some(index);
                if let Some(entry) = studio.source.files.get_mut(index) {
                    entry.failed = None;
                    entry.has_truth |= truth.is_some();
                }
            }
            studio.note(format!("{} {}×{}", frame.name, frame.width, frame.height));
            workers.submit(studio, UploadJob { frame, truth, prediction: None });
        }
        SourceEvent::Failed { list, index, error } => {
            if list == workers.list || list == 0 {
                failed(workers, studio, index, &error);
            } else {
                studio.log.add(Level::Error, &error.to_string());
            }
        }
        SourceEvent::Empty { list, path } => {
            let text = format!("{} holds no picture that can be opened; choose another folder", path.display());
            studio.say(Level::Warning, text);
            if list == workers.list {
                studio.source.empty = Some(path);
                nothing_came(workers, studio);
            }
        }
    }
}

/// Whether the picture at a place of the open list is the one that was chosen last.
fn chosen(workers: &Workers, studio: &Studio, index: usize) -> bool {
    studio.source.of_files() && workers.awaited.is_none_or(|awaited| awaited == index)
}

/// A picture, its ground truth, or something that was opened could not be read.
fn failed(workers: &mut Workers, studio: &mut Studio, index: Option<usize>, error: &Error) {
    studio.fail(error);
    let Some(index) = index else {
        if studio.views.is_none() && workers.waiting.is_none() && studio.source.of_files() {
            studio.frame_failed = Some(error.to_string());
        }
        return nothing_came(workers, studio);
    };
    if workers.loaded == Some(index) {
        // The picture itself was loaded just before: this is about its ground truth.
        studio.truth_failed = Some(error.to_string());
        return;
    }
    if let Some(entry) = studio.source.files.get_mut(index).filter(|_| !workers.sample_list) {
        entry.failed = Some(error.to_string());
    }
    if chosen(workers, studio, index) {
        // The list points at this picture, so no other may stand in the views, nor come late.
        (workers.wanted, workers.waiting, studio.views) = (Wanted::Nothing, None, None);
        (studio.pending, studio.recompute) = (None, false);
        studio.frame_failed = Some(error.to_string());
    }
}

/// What was opened brought no picture: the one on the screen stays, unless another is on its way.
fn nothing_came(workers: &mut Workers, studio: &mut Studio) {
    if workers.waiting.is_none() {
        studio.pending = None;
        if workers.wanted == Wanted::Nothing {
            workers.hold(studio);
        }
    }
}

/// Takes over a list; small pictures of files that were there stay.
fn take_list(workers: &mut Workers, studio: &mut Studio, entries: Vec<Entry>) {
    let old = std::mem::take(&mut studio.source.files);
    let same = old.len() == entries.len() && old.iter().zip(&entries).all(|(a, b)| a.path == b.path);
    let mut thumbs = old.into_iter().map(|e| (e.thumb, e.failed));
    studio.source.files = entries
        .into_iter()
        .map(|Entry { name, path, has_truth, focal }| {
            let (thumb, failed) = thumbs.next().filter(|_| same).unwrap_or_default();
            FileEntry { name, path, has_truth, focal, thumb, failed }
        })
        .collect();
    // The list behind a camera or a data set may change; what is shown stays.
    if studio.source.of_files() {
        studio.source.kind = SourceKind::Files;
    }
    if !same {
        (studio.source.selected, workers.awaited) = (None, None);
        studio.source.listed = Some(Instant::now());
    }
}

pub(super) fn camera_event(workers: &mut Workers, studio: &mut Studio, event: CameraEvent) {
    let opened = studio.source.kind == SourceKind::Camera;
    match event {
        CameraEvent::Cameras(cameras) => {
            studio.source.no_camera = None;
            studio.source.cameras = cameras;
        }
        CameraEvent::NoCameras { reason } => {
            studio.source.cameras.clear();
            studio.note(&reason);
            if opened {
                studio.source.camera = CameraStatus::Failed(reason.clone());
            }
            studio.source.no_camera = Some(reason);
        }
        CameraEvent::Streaming { info, format } => {
            studio.note(format!("{} delivers {format}", info.name));
            if opened {
                // It may have been opened by its name or number; from here on it is this one.
                studio.settings.camera = Some(info.id.clone());
                if !studio.frozen && !matches!(workers.wanted, Wanted::Live(_)) {
                    workers.wanted = Wanted::Live(Instant::now());
                }
            }
            studio.source.camera = CameraStatus::Streaming(info, format);
        }
        CameraEvent::Recovering { attempt, reason } => {
            studio.source.camera = CameraStatus::Recovering(attempt, reason);
        }
        CameraEvent::Failed { reason } => {
            studio.say(Level::Error, reason.clone());
            studio.source.camera = CameraStatus::Failed(reason);
            if opened {
                // No frame will come any more: what is on the screen stays and follows the models.
                workers.hold(studio);
            }
        }
        CameraEvent::Closed => {
            if !matches!(studio.source.camera, CameraStatus::Failed(_) | CameraStatus::Opening(_)) {
                studio.source.camera = CameraStatus::Closed;
            }
        }
    }
}

/// What is shown gives way to files, a sample or a data set; the data set stays open.
pub(super) fn leave_source(workers: &mut Workers, studio: &mut Studio) {
    if studio.source.kind == SourceKind::Camera {
        workers.cameras.close();
        studio.source.camera = CameraStatus::Closed;
        studio.frozen = false;
    }
    if !studio.source.of_files() {
        studio.source.kind = SourceKind::Files;
    }
    studio.dataset.last = false;
    workers.leave(studio);
    studio.latency.clear();
    studio.pending = Some(Instant::now());
    studio.frame_failed = None;
}

/// Opens pictures and folders.
pub fn open(workers: &mut Workers, studio: &mut Studio, paths: Vec<PathBuf>) {
    leave_source(workers, studio);
    workers.sample_list = false;
    studio.source.truth_path = None;
    for path in paths.iter().take(1) {
        studio.settings.opened(path.clone());
    }
    // By its name alone: the disk is not for this thread.
    studio.source.folder = paths.first().filter(|first| paths.len() == 1 && !is_image(first)).cloned();
    workers.opened.clone_from(&paths);
    workers.list = workers.files.open(paths);
}

/// Shows a bundled sample.
pub fn sample(workers: &mut Workers, studio: &mut Studio, index: usize) {
    let Some(sample) = studio.source.samples.get(index).cloned() else { return };
    leave_source(workers, studio);
    studio.source.kind = SourceKind::Samples;
    studio.source.sample = index;
    workers.sample_list = true;
    workers.list = workers.files.open_sample(sample);
}

/// Shows a file of the list, which is opened again when a sample took its place.
pub fn select(workers: &mut Workers, studio: &mut Studio, index: usize) {
    // Behind a camera the list is still open; a sample took its place.
    let away = workers.sample_list;
    leave_source(workers, studio);
    if away {
        studio.source.kind = SourceKind::Files;
        workers.sample_list = false;
        workers.list = workers.files.open(workers.opened.clone());
    }
    (studio.source.selected, workers.awaited) = (Some(index), Some(index));
    workers.files.select(index);
}

/// Steps through the files, the samples or the frames of a data set, whichever is shown; stops at the ends.
pub fn step(workers: &mut Workers, studio: &mut Studio, by: isize) {
    let (at, count) = match studio.source.kind {
        SourceKind::Camera => return,
        SourceKind::Dataset => {
            let count = studio.dataset.open.as_ref().map_or(0, |listing| listing.names.len());
            (studio.dataset.selected, count)
        }
        SourceKind::Files => (studio.source.selected, studio.source.files.len()),
        SourceKind::Samples => (Some(studio.source.sample), studio.source.samples.len()),
    };
    let Some(last) = count.checked_sub(1) else { return };
    let next = at.unwrap_or(0).saturating_add_signed(by).min(last);
    if at == Some(next) {
        return;
    }
    match studio.source.kind {
        SourceKind::Samples => sample(workers, studio, next),
        SourceKind::Dataset => dataset::select(workers, studio, next),
        _ => select(workers, studio, next),
    }
}

/// After the camera or a data set: the data set if it was shown before, else the file that was open, else the sample.
pub fn back_from_camera(workers: &mut Workers, studio: &mut Studio) {
    if let Some(index) = dataset::shown_before(studio) {
        return dataset::select(workers, studio, index);
    }
    match studio.source.selected {
        Some(index) if !studio.source.files.is_empty() => select(workers, studio, index),
        _ if studio.source.sample < studio.source.samples.len() => sample(workers, studio, studio.source.sample),
        // Neither a file nor a sample: the last frame stays.
        _ => {
            studio.source.kind = SourceKind::Files;
            workers.hold(studio);
        }
    }
}
