//! [`Evaluator`]: the thread that runs evaluations for the window. It owns data set, networks and loop; the window gets
//! rows as they come and may pause, cancel, or drop the handle, which ends it within a frame.

use super::earlier;
use super::evaluation::Evaluation;
use super::figures::write_extremes;
use super::job::{AnyNetwork, Job, drive};
use super::messages::{Batch, End, Event, Order, Progress};
use super::report::{ModelFacts, Report};
use crate::error::{Error, Result};
use crate::guard::guard;
use crate::latest::Latest;
use crate::outbox::{Outbox, Wake};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Told what comes next while data and models are opened; an error ends it.
pub type Say<'a> = &'a mut dyn FnMut(&str) -> Result<()>;

/// Opens data and models on the worker's thread.
pub type Opener = dyn FnMut(&Job, Say<'_>) -> Result<Evaluation<AnyNetwork>> + Send;

/// Figures of worst and of best images of every model, as `eval --figures` has them.
const FIGURES: usize = 4;

/// The handle; dropping it stops the worker after the frame that it is at and waits for that.
pub struct Evaluator {
    orders: Option<SyncSender<Order>>,
    batches: Latest<Batch>,
    events: Outbox<Event>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Evaluator {
    /// Starts the thread; `wake` is called after each event and each batch of rows.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(wake: Wake) -> Result<Self> {
        Self::with(wake, Box::new(|job, say| Ok(job.begin(say)?.0)))
    }

    /// The same with another way to open data and models.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn with(wake: Wake, open: Box<Opener>) -> Result<Self> {
        let (orders, inbox) = sync_channel(16);
        let (batches, events, stop) = (Latest::new(), Outbox::new(wake), Arc::new(AtomicBool::new(false)));
        let link = Link { inbox, batches: batches.clone(), events: events.clone(), stop: stop.clone(), run: 0 };
        let thread = std::thread::Builder::new().name("evaluate".into()).spawn(move || work(link, open));
        let thread =
            thread.map_err(|e| Error::Failed(format!("no thread for the evaluation could be started ({e})")))?;
        Ok(Self { orders: Some(orders), batches, events, stop, thread: Some(thread) })
    }

    /// Tells the worker something; `false` when too much waits already.
    pub fn send(&self, order: Order) -> bool {
        self.orders.as_ref().is_some_and(|orders| orders.try_send(order).is_ok())
    }

    /// What came since the last call: to be taken before the events, and again as long as there were events.
    pub fn take_batch(&self) -> Option<Batch> {
        self.batches.take()
    }

    /// The next event.
    pub fn try_event(&self) -> Option<Event> {
        self.events.pop()
    }
}

impl Drop for Evaluator {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The worker's end.
struct Link {
    inbox: Receiver<Order>,
    batches: Latest<Batch>,
    events: Outbox<Event>,
    stop: Arc<AtomicBool>,
    run: u64,
}

fn work(mut link: Link, mut open: Box<Opener>) {
    let mut last: Option<Job> = None;
    while let Ok(order) = link.inbox.recv() {
        if link.stop.load(Ordering::Acquire) {
            return;
        }
        match order {
            Order::Start(job) => {
                link.run += 1;
                last = Some((*job).clone());
                let remedy = "choose another device, or fewer models, and start again: what was finished is kept";
                let run = || run(&link, &job, &mut *open);
                let done = guard("the evaluation broke down", remedy, run).and_then(|done| done);
                link.events.push(match done {
                    Ok(end) => Event::Ended(end),
                    Err(Error::Interrupted) => Event::Ended(End::Cancelled),
                    Err(error) => Event::Failed(error),
                });
            }
            Order::Write(report, folder) => write(&link, &report, &folder, last.as_ref(), &mut *open),
            order => link.aside(order),
        }
    }
}

/// Tables and rows, then the figures, for which data and networks are opened again: nothing of a run is kept in memory but
/// its job, which knows where weights from files lie.
fn write(link: &Link, report: &Report, folder: &Path, last: Option<&Job>, open: &mut Opener) {
    let done = guard("the report could not be written", "try another folder", || report.write(folder)).and_then(|d| d);
    let tables = match done {
        Ok(files) => files.len(),
        Err(error) => return link.events.push(Event::Refused(error)),
    };
    let more = || !link.stop.load(Ordering::Acquire);
    let figures = || {
        let last = last.filter(|job| job.is_of(report)).map(|job| Job { out: None, ..job.clone() });
        let job = last.map_or_else(|| Job::again(report), Ok)?;
        let all = open(&job, &mut |_| if more() { Ok(()) } else { Err(Error::Interrupted) })?;
        let shas = |facts: &[ModelFacts]| facts.iter().map(|facts| facts.sha256.clone()).collect::<Vec<_>>();
        if shas(&all.report().models) != shas(&report.models) {
            return Err(Error::Failed("the weights are others by now".into()));
        }
        write_extremes(&**all.dataset(), report, all.networks(), folder, FIGURES, &mut || more())
    };
    let figures = guard("the figures could not be made", "write the report again", figures).and_then(|done| done);
    let (files, without_figures) = match figures {
        Ok(files) => (tables + files.len(), None),
        Err(error) => (tables, Some(error.to_string())),
    };
    link.events.push(Event::Wrote { files, without_figures, folder: folder.to_owned() });
}

/// One evaluation from opening to its end.
fn run(link: &Link, job: &Job, open: &mut Opener) -> Result<End> {
    let mut pace = Pace::default();
    let mut all = open(job, &mut |what| {
        link.events.push(Event::Opening(what.to_owned()));
        if link.go_on(&mut pace) { Ok(()) } else { Err(Error::Interrupted) }
    })?;
    let resumed = all.resumed();
    // Nothing of an earlier run may come after this.
    link.batches.take();
    let about = Report { rows: Vec::new(), skipped: Vec::new(), ..all.report().clone() };
    link.events.push(Event::Begun { run: link.run, report: Box::new(about), resumed });
    let mut sent = Sent::default();
    pace = Pace::default();
    let whole = drive(&mut all, &mut |all| {
        link.hand_over(all, &mut sent, &pace);
        link.go_on(&mut pace)
    });
    link.hand_over(&all, &mut sent, &pace);
    Ok(if whole? { End::Finished } else { End::Cancelled })
}

/// What of the report the window has: frames by number, and how many were skipped.
#[derive(Default)]
struct Sent {
    rows: std::collections::BTreeSet<usize>,
    skipped: usize,
}

/// How fast it goes, pauses left out.
struct Pace {
    since: Instant,
    paused: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { since: Instant::now(), paused: Duration::ZERO }
    }
}

impl Link {
    /// Adds what is new of the report to what the window has not taken yet.
    fn hand_over(&self, all: &Evaluation<AnyNetwork>, sent: &mut Sent, pace: &Pace) {
        let report = all.report();
        let mut batch = self.batches.take().filter(|batch| batch.run == self.run).unwrap_or_default();
        // Rows come in nearly their order: the new ones are at the end, or where an earlier run skipped some.
        let mut missing = report.rows.len().saturating_sub(sent.rows.len());
        for (number, row) in all.numbered().rev() {
            if missing == 0 {
                break;
            }
            if sent.rows.insert(number) {
                batch.rows.push((number, row.clone()));
                missing -= 1;
            }
        }
        batch.skipped.extend(report.skipped.iter().skip(sent.skipped).cloned());
        sent.skipped = report.skipped.len();
        (batch.run, batch.asked, batch.without_truth) = (self.run, report.asked, report.without_truth);
        let done = report.rows.len() + report.skipped.len();
        let here = done.saturating_sub(all.resumed()) as f64;
        let seconds = pace.since.elapsed().saturating_sub(pace.paused).as_secs_f64();
        let per_second = if seconds > 0.0 { here / seconds } else { 0.0 };
        batch.progress = Progress { done, of: report.asked, per_second, times: all.times() };
        self.batches.put(batch);
        self.events.wake();
    }

    /// Looks at the orders between two frames; waits while paused. False ends the run.
    fn go_on(&self, pace: &mut Pace) -> bool {
        let mut paused: Option<Instant> = None;
        loop {
            if self.stop.load(Ordering::Acquire) {
                return false;
            }
            let order = match paused {
                Some(_) => self.inbox.recv().map_err(|_| TryRecvError::Disconnected),
                None => self.inbox.try_recv(),
            };
            match order {
                Ok(Order::Pause) => paused = paused.or_else(|| Some(Instant::now())),
                Ok(Order::Resume) => pace.paused += paused.take().map_or(Duration::ZERO, |since| since.elapsed()),
                Ok(Order::Cancel) | Err(TryRecvError::Disconnected) => return false,
                Ok(order) => self.aside(order),
                Err(TryRecvError::Empty) => return true,
            }
        }
    }

    /// What can be done at any time.
    fn aside(&self, order: Order) {
        let guarded = |work: &dyn Fn() -> Result<Event>| {
            let done = guard("the results could not be handled", "try another folder", work).and_then(|done| done);
            self.events.push(done.unwrap_or_else(Event::Refused));
        };
        match order {
            Order::Write(report, folder) => guarded(&|| {
                let files = report.write(&folder)?.len();
                let without_figures = Some("an evaluation runs; write it again at its end".to_owned());
                Ok(Event::Wrote { files, without_figures, folder: folder.clone() })
            }),
            Order::Read(folder) => guarded(&|| {
                let report = Box::new(earlier::results(&folder)?);
                Ok(Event::Read { report, folder: folder.clone() })
            }),
            Order::Start(_) => {
                let text = "an evaluation is running; cancel it before another is started";
                self.events.push(Event::Refused(Error::Usage(text.into())));
            }
            // Nothing runs that these could be about.
            Order::Pause | Order::Resume | Order::Cancel => {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "worker_tests.rs"]
mod tests;
