//! What the training's threads tell, and orders to them.

use super::lines;
use super::order::TrainOrder;
use super::state::{Phase, Run};
use crate::error::Error;
use crate::figure::curves::Chart;
use crate::train::control::Control;
use crate::train::desk::{Done, Drawn, Job, RunDesk};
use crate::train::messages::{Event, News};
use crate::train::worker::TrainWorker;
use crate::ui::dialogs::DialogKind;
use crate::ui::state::{Action, Studio};
use crate::ui::toasts::Level;
use std::path::PathBuf;

/// Takes in rows, pictures and events.
pub fn poll(worker: &TrainWorker, desk: &RunDesk, studio: &mut Studio, ctx: &egui::Context) {
    loop {
        let news = worker.take_news();
        let mut any = false;
        while let Some(event) = worker.try_event() {
            take(studio, event);
            any = true;
        }
        if let Some(news) = news {
            add(studio, news);
        }
        if !any {
            break;
        }
    }
    while let Some(done) = desk.take() {
        read(studio, done);
    }
    // A watched camera is rendered as it is at the next validation.
    if studio.train.watch.has_camera()
        && studio.train.phase.is_training()
        && studio.live()
        && let Some(frame) = studio.views.as_ref().map(|views| views.job.frame.clone())
    {
        worker.live(frame);
    }
    studio.train.watch.settle(ctx);
}

/// Takes in an event.
pub fn take(studio: &mut Studio, event: Event) {
    match event {
        Event::Checked(found) => {
            studio.train.end_check(match found {
                Err(Error::Interrupted) => None,
                found => Some(found.map_err(|error| error.to_string())),
            });
        }
        Event::Opening => studio.train.phase = Phase::Opening,
        Event::Begun { run, started, device, rows } => {
            let folder = started.folder.clone();
            studio.note(format!("training in {}: {} steps, {device}", folder.display(), started.steps));
            let state = &mut studio.train;
            state.show(Run::new(&folder, rows));
            state.watch.begin();
            state.saved = started.resumed;
            (state.run, state.started, state.device) = (run, Some(*started), device);
            if !matches!(state.phase, Phase::Stopping | Phase::Paused(_)) {
                state.phase = Phase::Running;
            }
            state.setup.resumes = Some(folder);
        }
        Event::RolledBack(incident) => {
            let text = format!("step {}: `{}` was not finite; {}", incident.step, incident.tensor, incident.action);
            studio.train.incident(incident);
            studio.say(Level::Warning, text);
        }
        Event::Paused(reason) => {
            if studio.train.phase != Phase::Stopping {
                studio.train.phase = Phase::Paused(reason);
            }
        }
        Event::Resumed => {
            if studio.train.phase.is_training() && studio.train.phase != Phase::Stopping {
                studio.train.phase = Phase::Running;
            }
        }
        Event::Finished(summary) => {
            let whole = summary.step >= summary.steps;
            let text = if whole { "The training is finished." } else { "The training was stopped; all is saved." };
            studio.train.phase = Phase::Finished(summary);
            studio.say(Level::Info, text);
        }
        Event::Failed(error) => {
            studio.train.phase = Phase::Failed(error.to_string());
            studio.fail(&error);
        }
    }
}

/// Takes in what added up since the last look.
pub fn add(studio: &mut Studio, news: News) {
    let state = &mut studio.train;
    // Pictures that were rendered with the weights of the last run come behind its end too.
    if news.run != state.run {
        return;
    }
    if let Some(run) = state.runs.first_mut() {
        run.add(news.rows);
    }
    state.hardest = news.hardest.or(state.hardest.take());
    state.replaced += news.replaced;
    state.saved = news.saved.or(state.saved);
    state.last_replaced = news.last_replaced.or(state.last_replaced.take());
    for (pin, step, shot) in news.shots {
        state.watch.add(pin, step, shot);
    }
}

/// Takes in what the desk did.
pub fn read(studio: &mut Studio, done: Done) {
    match done {
        Done::Read(record, beside) => {
            studio.train.reading = false;
            if !beside && studio.train.phase.is_busy() {
                return studio.say(Level::Warning, "A training is running; stop it before another run is opened.");
            }
            studio.note(format!("{}: {} rows", record.folder.display(), record.rows.len()));
            studio.train.take(*record, beside);
        }
        Done::Wrote(path) => studio.say(Level::Info, format!("written to {}", path.display())),
        Done::Failed(error, reading) => {
            studio.train.reading &= !reading;
            studio.fail(&error);
        }
    }
}

/// Carries out what the tab asks for.
pub fn carry_out(worker: &mut TrainWorker, desk: &RunDesk, studio: &mut Studio, order: TrainOrder) {
    let taken = match order {
        TrainOrder::Check(config) => {
            let taken = worker.check((*config).clone());
            if taken {
                studio.train.begin_check(*config);
            }
            taken
        }
        TrainOrder::GiveUp => {
            if let Some(checking) = &mut studio.train.checking {
                checking.given_up = true;
            }
            worker.give_up()
        }
        TrainOrder::Start(config, out) => {
            let taken = worker.begin((*config).clone(), out);
            if taken {
                (studio.train.phase, studio.train.config) = (Phase::Opening, Some(config));
            }
            taken
        }
        TrainOrder::Pause => worker.control().map(Control::pause).is_some(),
        TrainOrder::Resume => worker.control().map(Control::resume).is_some(),
        TrainOrder::Save => worker.control().map(Control::save_now).is_some(),
        TrainOrder::Stop => {
            studio.train.phase = Phase::Stopping;
            worker.control().map(Control::stop).is_some()
        }
        TrainOrder::Pins => worker.pins(studio.train.watch.pins()),
        TrainOrder::Open(folder) => ask(desk, studio, folder, false),
        TrainOrder::Beside(folder) => ask(desk, studio, folder, true),
        TrainOrder::Csv => export(desk, studio, false),
        TrainOrder::Png => export(desk, studio, true),
    };
    if !taken {
        studio.say(Level::Warning, "The training did not take this in; try again in a moment.");
    }
}

fn ask(desk: &RunDesk, studio: &mut Studio, folder: PathBuf, beside: bool) -> bool {
    studio.train.reading = desk.ask(Job::Read(folder, beside));
    studio.train.reading
}

/// Writes the curves of the chosen group beside the history of the first run.
fn export(desk: &RunDesk, studio: &Studio, picture: bool) -> bool {
    let state = &studio.train;
    let Some(run) = state.main() else { return false };
    let group = state.charts.group;
    let title = group.title();
    let all_lines = lines::lines(state, group);
    let several = state.runs.iter().filter(|run| run.shown).count() > 1;
    let drawn = |(run, curve, place): &(usize, usize, usize)| {
        let run = &state.runs[*run];
        let curve_title = crate::train::curves::CURVES[*curve].title;
        let [r, g, b, _] = lines::colour(*place, false).to_array();
        Drawn {
            run: run.name.clone(),
            rows: run.rows.clone(),
            curve: *curve,
            name: if several { format!("{}  {curve_title}", run.name) } else { curve_title.to_owned() },
            colour: [r, g, b],
        }
    };
    let all: Vec<Drawn> = all_lines.iter().map(drawn).collect();
    if !picture {
        return desk.ask(Job::Csv(run.folder.join(lines::file(group, "csv")), all));
    }
    let steps = state.charts.steps.unwrap_or_else(|| lines::all_steps(&state.runs));
    let log = state.charts.log.contains(&group);
    let frame = Chart {
        title: format!("{title}  {}", if several { String::new() } else { run.name.clone() }),
        steps,
        values: lines::values(state, &all_lines, steps, log),
        log,
        series: Vec::new(),
    };
    desk.ask(Job::Png(
        run.folder.join(lines::file(group, "png")),
        Box::new(frame),
        all,
        group.smoothing(state.charts.smoothing),
    ))
}

/// Takes in the answer to one of the tab's dialogs; false when it is none of them.
pub fn answered(studio: &mut Studio, kind: DialogKind, path: PathBuf) -> bool {
    let text = path.display().to_string();
    let setup = &mut studio.train.setup;
    match kind {
        DialogKind::TrainData => {
            // What was chosen before says the layout; a folder without one is NYU's until the picker says otherwise.
            let form = setup.text("data").split_once(':').map_or("nyu", |(form, _)| form).to_owned();
            let form = if form == "synthetic" { "nyu".to_owned() } else { form };
            setup.set("data", &format!("{form}:{text}"));
        }
        DialogKind::TrainInit => setup.set("init", &text),
        DialogKind::TrainFolder => setup.out = text,
        DialogKind::TrainRun => studio.push(Action::Train(TrainOrder::Open(path))),
        DialogKind::TrainBeside => studio.push(Action::Train(TrainOrder::Beside(path))),
        _ => return false,
    }
    true
}
