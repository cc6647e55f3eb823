//! What the evaluation's thread tells, and orders to it.

use super::state::Phase;
use super::{head, walk};
use crate::data::image::is_video;
use crate::error::Error;
use crate::eval::messages::{End, Event, Order};
use crate::eval::worker::Evaluator;
use crate::ui::dialogs::DialogKind;
use crate::ui::state::{Action, Studio};
use crate::ui::toasts::Level;
use std::path::PathBuf;
use std::time::Instant;

/// Takes in rows and events.
pub fn poll(evaluator: &Evaluator, studio: &mut Studio, ctx: &egui::Context, now: Instant) {
    loop {
        let batch = evaluator.take_batch();
        let mut any = false;
        while let Some(event) = evaluator.try_event() {
            take(studio, event);
            any = true;
        }
        // Its run has begun by now.
        if let (Some(batch), Some(results)) = (batch, &mut studio.evaluate.results)
            && results.run == Some(batch.run)
        {
            studio.evaluate.progress = batch.progress;
            results.add(batch);
        }
        if !any {
            break;
        }
    }
    walk::centre(studio);
    let at_once = !studio.evaluate.phase.is_busy();
    if let Some(wait) = studio.evaluate.results.as_mut().and_then(|results| results.settle(now, at_once)) {
        ctx.request_repaint_after(wait);
    }
}

/// Takes in an event.
pub fn take(studio: &mut Studio, event: Event) {
    match event {
        Event::Opening(what) => studio.evaluate.phase = Phase::Opening(what),
        Event::Begun { run, report, resumed } => {
            studio.note(format!("evaluating {}", report.title()));
            let of = report.asked;
            studio.settings.opened(PathBuf::from(&report.data));
            studio.evaluate.show_report(*report, Some(run));
            (studio.evaluate.phase, studio.evaluate.resumed) = (Phase::Running, resumed);
            studio.evaluate.progress = crate::eval::messages::Progress { of, ..Default::default() };
        }
        Event::Ended(end) => {
            studio.evaluate.phase = Phase::Ended(end);
            let text =
                if end == End::Finished { "The evaluation is finished." } else { "The evaluation was cancelled." };
            studio.say(Level::Info, text);
        }
        Event::Failed(error) => {
            let error = match error {
                // The command line has flags for it, the window asks when a model is loaded.
                Error::NeedsAnswers { path, missing } => {
                    let what = format!("does not say its {}", missing.join(", "));
                    Error::file(&path, what, "load it in the window first, which asks, then tick the loaded model")
                }
                error => error,
            };
            studio.evaluate.phase = Phase::Failed(error.to_string());
            studio.fail(&error);
        }
        Event::Wrote { files, without_figures, folder } => {
            studio.evaluate.writing = false;
            studio.evaluate.folder = Some(folder.clone());
            studio.say(Level::Info, format!("{files} files in {}", folder.display()));
            if let Some(why) = without_figures {
                studio.say(Level::Warning, format!("There are no figures among them: {why}"));
            }
        }
        Event::Read { report, folder } => {
            studio.evaluate.reading = false;
            studio.note(format!("{}: {}", folder.display(), report.title()));
            studio.evaluate.setup.refill(&report, &folder);
            studio.evaluate.show_report(*report, None);
            (studio.evaluate.folder, studio.evaluate.phase) = (Some(folder), Phase::Idle);
        }
        Event::Refused(error) => {
            (studio.evaluate.reading, studio.evaluate.writing) = (false, false);
            studio.fail(&error);
        }
    }
}

/// Hands an order to the thread.
pub fn carry_out(evaluator: &Evaluator, studio: &mut Studio, order: Order) {
    match &order {
        Order::Start(job) => {
            studio.evaluate.folder = job.out.clone();
            studio.evaluate.phase = Phase::Opening("starting".to_owned());
        }
        Order::Read(_) => studio.evaluate.reading = true,
        _ => {}
    }
    if !evaluator.send(order) {
        (studio.evaluate.reading, studio.evaluate.writing) = (false, false);
        if matches!(studio.evaluate.phase, Phase::Opening(_)) {
            studio.evaluate.phase = Phase::Idle;
        }
        studio.say(Level::Warning, "The evaluation did not take this in; try again in a moment.");
    }
}

/// Takes in the answer to one of the tab's dialogs; false when it is none of them.
pub fn answered(studio: &mut Studio, kind: DialogKind, path: PathBuf) -> bool {
    let text = path.display().to_string();
    let setup = &mut studio.evaluate.setup;
    match kind {
        DialogKind::EvaluateData => {
            // What was chosen before says the layout; a folder without one is NYU's until the picker says otherwise.
            let form = setup.data.split_once(':').map_or("nyu", |(form, _)| form);
            // None of these is a folder.
            let form = if form == "synthetic" || form.starts_with("nyu-mat") { "nyu" } else { form };
            setup.data = format!("{form}:{text}");
            setup.settle_protocol();
        }
        DialogKind::EvaluateDataFile => {
            let raw = setup.data.starts_with("nyu-mat-raw:");
            let list = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
            let form = match () {
                () if list => "nyu",
                () if is_video(&path) => "frames",
                () if raw => "nyu-mat-raw",
                () => "nyu-mat",
            };
            setup.data = format!("{form}:{text}");
            setup.settle_protocol();
        }
        DialogKind::EvaluateWeights => {
            setup.files.retain(|file| *file != path);
            setup.files.push(path);
            if !setup.models.contains(&text) {
                setup.models.push(text);
            }
        }
        DialogKind::EvaluateFolder => setup.out = text,
        DialogKind::EvaluateResults => studio.push(Action::Evaluate(Order::Read(path))),
        DialogKind::EvaluateReport => head::write_into(studio, Some(path)),
        _ => return false,
    }
    true
}
