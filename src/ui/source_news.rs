//! Pictures from files and cameras: their events, and what the person asks of them.

use super::state::{CameraStatus, FileEntry, SourceKind, Studio};
use super::toasts::Level;
use super::workers::Workers;
use crate::capture::camera::CameraEvent;
use crate::capture::files::{Entry, SourceEvent};
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
        camera_event(studio, event);
    }
    studio.source.camera_fps = workers.cameras.fps();
    if let Some(frame) = workers.cameras.frames().take()
        && studio.live()
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

fn file_event(workers: &mut Workers, studio: &mut Studio, ctx: &egui::Context, event: SourceEvent) {
    match event {
        SourceEvent::List { entries, errors } => {
            for error in &errors {
                studio.fail(error);
            }
            studio.source.empty = None;
            if !workers.sample_list {
                take_list(studio, entries);
            }
        }
        SourceEvent::Thumb { index, width, height, rgb } => {
            if studio.source.kind == SourceKind::Files && index < THUMBS && rgb.len() == 3 * width * height {
                let image = ColorImage::from_rgb([width, height], &rgb);
                let texture = ctx.load_texture(format!("thumb {index}"), image, TextureOptions::LINEAR);
                if let Some(entry) = studio.source.files.get_mut(index) {
                    entry.thumb = Some(texture);
                }
            }
        }
        SourceEvent::Loaded { index, frame, truth } => {
            if studio.source.kind == SourceKind::Camera {
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
        SourceEvent::Failed { index, error } => {
            studio.fail(&error);
            if index.is_some() && index == workers.loaded {
                // The picture itself was loaded just before: this is about its ground truth.
                studio.truth_failed = Some(error.to_string());
                return;
            }
            studio.pending = None;
            let files = studio.source.kind == SourceKind::Files;
            if let Some(entry) = index.filter(|_| files).and_then(|i| studio.source.files.get_mut(i)) {
                entry.failed = Some(error.to_string());
            }
            if index.is_some() || studio.views.is_none() {
                // The list points at this picture, so no other may stand in the views.
                (studio.views, workers.waiting) = (None, None);
                studio.frame_failed = Some(error.to_string());
            }
        }
        SourceEvent::Empty { path } => {
            let text = format!("{} holds no picture that can be opened; choose another folder", path.display());
            studio.say(Level::Warning, text);
            studio.source.empty = Some(path);
            studio.pending = None;
        }
    }
}

/// Takes over a list; small pictures of files that were there stay.
fn take_list(studio: &mut Studio, entries: Vec<Entry>) {
    let old = std::mem::take(&mut studio.source.files);
    let same = old.len() == entries.len() && old.iter().zip(&entries).all(|(a, b)| a.path == b.path);
    let mut thumbs = old.into_iter().map(|e| (e.thumb, e.failed));
    studio.source.files = entries
        .into_iter()
        .map(|Entry { name, path, has_truth }| {
            let (thumb, failed) = thumbs.next().filter(|_| same).unwrap_or_default();
            FileEntry { name, path, has_truth, thumb, failed }
        })
        .collect();
    studio.source.kind = SourceKind::Files;
    if !same {
        studio.source.selected = None;
        studio.source.listed = Some(Instant::now());
    }
}

fn camera_event(studio: &mut Studio, event: CameraEvent) {
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
            studio.source.camera = CameraStatus::Streaming(info, format);
        }
        CameraEvent::Recovering { attempt, reason } => {
            studio.source.camera = CameraStatus::Recovering(attempt, reason);
        }
        CameraEvent::Failed { reason } => {
            studio.say(Level::Error, reason.clone());
            studio.source.camera = CameraStatus::Failed(reason);
        }
        CameraEvent::Closed => {
            if !matches!(studio.source.camera, CameraStatus::Failed(_) | CameraStatus::Opening(_)) {
                studio.source.camera = CameraStatus::Closed;
            }
        }
    }
}

fn leave_camera(workers: &mut Workers, studio: &mut Studio) {
    if studio.source.kind == SourceKind::Camera {
        workers.cameras.close();
        studio.source.camera = CameraStatus::Closed;
        studio.source.kind = SourceKind::Files;
        studio.frozen = false;
    }
    workers.loaded = None;
    studio.latency.clear();
    studio.pending = Some(Instant::now());
    studio.frame_failed = None;
}

/// Opens pictures and folders.
pub fn open(workers: &mut Workers, studio: &mut Studio, paths: Vec<PathBuf>) {
    leave_camera(workers, studio);
    workers.sample_list = false;
    studio.source.truth_path = None;
    for path in paths.iter().take(1) {
        studio.settings.opened(path.clone());
    }
    workers.opened.clone_from(&paths);
    workers.files.open(paths);
}

/// Shows a bundled sample.
pub fn sample(workers: &mut Workers, studio: &mut Studio, index: usize) {
    let Some(sample) = studio.source.samples.get(index).cloned() else { return };
    leave_camera(workers, studio);
    studio.source.kind = SourceKind::Samples;
    studio.source.sample = index;
    workers.sample_list = true;
    workers.files.open_sample(sample);
}

/// Shows a file of the list, which is opened again when a sample took its place.
pub fn select(workers: &mut Workers, studio: &mut Studio, index: usize) {
    // Behind a camera the list is still open; a sample took its place.
    let away = workers.sample_list;
    leave_camera(workers, studio);
    if away {
        studio.source.kind = SourceKind::Files;
        workers.sample_list = false;
        workers.files.open(workers.opened.clone());
    }
    studio.source.selected = Some(index);
    workers.files.select(index);
}

/// Steps through the files, or through the samples when one is shown; stops at the ends.
pub fn step(workers: &mut Workers, studio: &mut Studio, by: isize) {
    let (at, count) = match studio.source.kind {
        SourceKind::Camera => return,
        SourceKind::Files => (studio.source.selected, studio.source.files.len()),
        SourceKind::Samples => (Some(studio.source.sample), studio.source.samples.len()),
    };
    let Some(next) = at.unwrap_or(0).checked_add_signed(by).filter(|n| *n < count) else { return };
    match studio.source.kind {
        SourceKind::Samples => sample(workers, studio, next),
        _ => select(workers, studio, next),
    }
}

/// After the camera: the file that was open, else the sample.
pub fn back_from_camera(workers: &mut Workers, studio: &mut Studio) {
    match studio.source.selected {
        Some(index) if !studio.source.files.is_empty() => select(workers, studio, index),
        _ => sample(workers, studio, studio.source.sample),
    }
}
