//! [`TrainWorker`]: the thread "train" under a window. It opens its own device and runs the same [`Trainer`] as the command
//! line; the window gets rows as they are made, and pictures with the weights in training at each validation.

use super::control::{Control, TrainEvent};
use super::dry_run::{DryRun, dry_run_under};
use super::hardest::Collector;
use super::history::Row;
use super::messages::{Event, News, Order, as_row, with_step};
use super::watch::{Told, Watcher};
use super::{TrainConfig, Trainer};
use crate::device::{self, DeviceChoice};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::guard::guard;
use crate::latest::Latest;
use crate::outbox::{Outbox, Wake};
use burn::tensor::Device;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;

/// The handle. Dropping it gives a check up, or ends a run behind the step at hand with a checkpoint, and waits for that.
pub struct TrainWorker {
    orders: Option<SyncSender<Order>>,
    control: Option<Arc<Control>>,
    /// What the check that was asked for last is given up by.
    checking: Option<Arc<Control>>,
    news: Latest<News>,
    live: Latest<Arc<Frame>>,
    events: Outbox<Event>,
    gone: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl TrainWorker {
    /// Starts the thread; `wake` is called after each event and whenever there are news.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(wake: Wake) -> Result<Self> {
        let (orders, inbox) = sync_channel(16);
        let (news, live, events, gone) =
            (Latest::new(), Latest::new(), Outbox::new(wake), Arc::new(AtomicBool::new(false)));
        let mut link = Link {
            inbox,
            news: news.clone(),
            live: live.clone(),
            events: events.clone(),
            gone: gone.clone(),
            run: 0,
            watcher: Watcher::default(),
            camera: None,
        };
        let thread = std::thread::Builder::new().name("train".into()).spawn(move || link.work());
        let thread = thread.map_err(|e| Error::Failed(format!("no thread for the training could be started ({e})")))?;
        let (orders, thread) = (Some(orders), Some(thread));
        Ok(Self { orders, control: None, checking: None, news, live, events, gone, thread })
    }

    fn send(&self, order: Order) -> bool {
        self.orders.as_ref().is_some_and(|orders| orders.try_send(order).is_ok())
    }

    /// Asks for a dry check; `false` when too much waits already.
    pub fn check(&mut self, config: TrainConfig) -> bool {
        let control = Arc::new(Control::attended());
        let sent = self.send(Order::Check { config: Box::new(config), control: control.clone() });
        self.checking = sent.then_some(control).or_else(|| self.checking.take());
        sent
    }

    /// Gives the check up that was asked for last, between two frames or steps; `false` when there was none.
    pub fn give_up(&self) -> bool {
        self.checking.as_ref().map(|control| control.stop()).is_some()
    }

    /// Begins or resumes a run; `false` when too much waits already.
    pub fn begin(&mut self, config: TrainConfig, out: PathBuf) -> bool {
        let control = Arc::new(Control::attended());
        let sent = self.send(Order::Start { config: Box::new(config), out, control: control.clone() });
        if sent {
            self.control = Some(control);
        }
        sent
    }

    /// What pauses, resumes, stops and saves the run that was begun last; each is done between two steps.
    pub fn control(&self) -> Option<&Control> {
        self.control.as_deref()
    }

    /// Says what is watched from now on; `false` when too much waits already.
    pub fn pins(&self, pins: Vec<super::watch::Pin>) -> bool {
        self.send(Order::Pins(pins))
    }

    /// Hands over the camera's newest frame, for a watched camera.
    pub fn live(&self, frame: Arc<Frame>) {
        self.live.put(frame);
    }

    /// What came since the last call: to be taken before the events, and again as long as there were events.
    pub fn take_news(&self) -> Option<News> {
        self.news.take()
    }

    /// The next event.
    pub fn try_event(&self) -> Option<Event> {
        self.events.pop()
    }
}

impl Drop for TrainWorker {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Release);
        for control in self.control.iter().chain(&self.checking) {
            control.stop();
        }
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread's end.
struct Link {
    inbox: Receiver<Order>,
    news: Latest<News>,
    live: Latest<Arc<Frame>>,
    events: Outbox<Event>,
    gone: Arc<AtomicBool>,
    run: u64,
    watcher: Watcher,
    /// The camera's frame that was taken last.
    camera: Option<Arc<Frame>>,
}

impl Link {
    fn work(&mut self) {
        while let Ok(order) = self.inbox.recv() {
            if self.gone.load(Ordering::Acquire) {
                return;
            }
            match order {
                Order::Check { config, control } => {
                    let remedy = "choose another device or a smaller batch";
                    let checked = guard("the check broke down", remedy, || check(&config, &control));
                    let checked = checked.and_then(|found| found);
                    self.events.push(Event::Checked(checked));
                }
                Order::Start { config, out, control } => {
                    self.events.push(Event::Opening);
                    let remedy = "start again: it goes on from its last checkpoint";
                    let ran = guard("the training broke down", remedy, || self.train(*config, &out, &control));
                    if let Err(error) = ran.and_then(|ran| ran) {
                        self.events.push(Event::Failed(error));
                    }
                }
                Order::Pins(pins) => {
                    self.watcher.set(pins);
                    self.render(&|| true);
                }
            }
        }
    }

    fn train(&mut self, config: TrainConfig, out: &Path, control: &Control) -> Result<()> {
        let (device, info) = open(&config)?;
        let mut trainer = Trainer::begin(config, out, &device)?;
        self.run += 1;
        self.news.take(); // nothing of an earlier run may come after this
        let begun = Event::Begun {
            run: self.run,
            started: Box::new(trainer.started().clone()),
            device: info,
            rows: trainer.history().rows().to_vec(),
        };
        self.events.push(begun);
        self.watcher.begin();
        let step = trainer.step_number();
        trainer.start_model().filter(|_| step > 0).into_iter().for_each(|start| self.watcher.weights(0, start));
        self.watcher.weights(step, trainer.model()?);
        let go_on = || !control.is_stopped();
        self.render(&go_on);
        let (mut collector, mut last) = (Collector::default(), None);
        trainer.run(control, &mut |event| self.event(event, &mut collector, &mut last, &go_on))?;
        Ok(())
    }

    /// Takes in an event of the run, and what the window asked for meanwhile.
    fn event(
        &mut self,
        event: TrainEvent,
        collector: &mut Collector,
        last: &mut Option<Row>,
        go_on: &dyn Fn() -> bool,
    ) {
        match event {
            TrainEvent::Started(_) | TrainEvent::Waiting => {}
            TrainEvent::Step { row, samples } => {
                let hardest = collector.step(row.epoch, &samples);
                let row = as_row(|history| history.step(&row));
                *last = row;
                self.add(|news| {
                    news.rows.extend(row);
                    news.hardest = hardest.or(news.hardest.take());
                });
            }
            TrainEvent::Replaced { name, reason } => self.add(|news| {
                news.replaced += 1;
                news.last_replaced = Some((name, reason));
            }),
            TrainEvent::Validated { step, scores, best, model } => {
                let epoch = last.map_or(f64::NAN, |row| row[1] / row[0] * step as f64);
                let measured = as_row(|history| history.validation_at(step, epoch, &scores));
                let row = with_step(last.take(), measured);
                self.add(|news| {
                    news.rows.extend(row);
                    news.best = best.then_some(step).or(news.best);
                });
                *last = row;
                self.watcher.weights(step, model);
                self.render(go_on);
            }
            TrainEvent::Saved { step } => self.add(|news| news.saved = Some(step)),
            TrainEvent::RolledBack(incident) => self.events.push(Event::RolledBack(incident)),
            TrainEvent::Paused { reason } => self.events.push(Event::Paused(reason)),
            TrainEvent::Resumed => self.events.push(Event::Resumed),
            TrainEvent::Finished(summary) => self.events.push(Event::Finished(Box::new(summary))),
        }
        self.orders(go_on);
    }

    /// What can be done while a run goes on.
    fn orders(&mut self, go_on: &dyn Fn() -> bool) {
        loop {
            match self.inbox.try_recv() {
                Ok(Order::Pins(pins)) => {
                    self.watcher.set(pins);
                    self.render(go_on);
                }
                Ok(Order::Check { .. }) => self.events.push(Event::Checked(Err(busy()))),
                Ok(Order::Start { .. }) => log::warn!("{}", busy()),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
            }
        }
    }

    /// Renders what is watched and was not rendered yet.
    fn render(&mut self, go_on: &dyn Fn() -> bool) {
        if self.watcher.is_empty() {
            return;
        }
        self.camera = self.live.take().or(self.camera.take());
        let (camera, gone) = (self.camera.clone(), self.gone.clone());
        let mut shots: Vec<Told> = Vec::new();
        let go_on = || go_on() && !gone.load(Ordering::Acquire);
        self.watcher.render(camera.as_ref(), &go_on, &mut |told| shots.push(told));
        if !shots.is_empty() {
            self.add(|news| {
                for (pin, step, shot) in shots {
                    news.shot(pin, step, shot.map_err(|error| error.to_string()));
                }
            });
        }
    }

    /// Adds to what the window has not taken yet.
    fn add(&self, change: impl FnOnce(&mut News)) {
        let mut news = self.news.take().filter(|news| news.run == self.run).unwrap_or_default();
        news.run = self.run;
        change(&mut news);
        self.news.put(news);
        self.events.wake();
    }
}

fn open(config: &TrainConfig) -> Result<(Device, String)> {
    config.validate()?;
    let choice: DeviceChoice = config.run.device.parse().map_err(Error::Usage)?;
    let (device, info) = device::open(choice)?;
    Ok((device, info.label()))
}

fn check(config: &TrainConfig, control: &Arc<Control>) -> Result<(Box<DryRun>, String)> {
    let (device, info) = open(config)?;
    Ok((Box::new(dry_run_under(config, &device, control)?), info))
}

fn busy() -> Error {
    Error::Usage("a training is running; stop it first".into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "worker_tests.rs"]
mod tests;
