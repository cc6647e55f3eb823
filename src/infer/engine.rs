//! The inference worker: one named thread that owns the device and the models; the newest frame wins
//! (invariants 1, 3 and 4). The window and any other live use talk to it through [`Engine`], which never blocks.

use super::model::{Model, ModelRequest};
use super::predict::{RunOptions, predict, remeasure};
use super::prediction::{Inspection, Prediction};
use crate::data::truth::Truth;
use crate::device::{self, DeviceChoice};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::guard::guard;
use crate::latest::Latest;
use crate::outbox::Outbox;
use burn::tensor::Device;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

pub use super::messages::{Command, Event, Slot};

struct Job {
    frame: Arc<Frame>,
    truth: Option<Arc<Truth>>,
}

/// The handle; dropping it stops the worker and waits for it.
pub struct Engine {
    commands: Option<SyncSender<Command>>,
    jobs: Latest<Job>,
    predictions: Latest<Arc<Prediction>>,
    inspections: Latest<Arc<Inspection>>,
    events: Outbox<Event>,
    stop: Arc<AtomicBool>,
    worker: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the worker; `wake` is called after each event or prediction.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(device: DeviceChoice, wake: Arc<dyn Fn() + Send + Sync>) -> Result<Self> {
        let (commands, inbox) = sync_channel(64);
        let events = Outbox::new(wake);
        let (jobs, predictions, inspections) = (Latest::new(), Latest::new(), Latest::new());
        let stop = Arc::new(AtomicBool::new(false));
        let mut worker = Worker {
            choice: device,
            device: None,
            models: [None, None],
            requests: [None, None],
            options: RunOptions::default(),
            last: None,
            done: None,
            measure_again: false,
            outbox: events.clone(),
            inbox,
            jobs: jobs.clone(),
            predictions: predictions.clone(),
            inspections: inspections.clone(),
            stop: stop.clone(),
        };
        let thread = std::thread::Builder::new().name("infer".into()).spawn(move || worker.run());
        let thread = thread.map_err(|e| Error::Failed(format!("no thread for inference could be started ({e})")))?;
        Ok(Self { commands: Some(commands), jobs, predictions, inspections, events, stop, worker: Some(thread) })
    }

    /// Hands a frame over; one that waits and was not begun is replaced.
    pub fn submit(&self, frame: Arc<Frame>, truth: Option<Arc<Truth>>) {
        self.jobs.put(Job { frame, truth });
    }

    /// Tells the worker something; `false` when its queue is full and the person should try again.
    pub fn send(&self, command: Command) -> bool {
        let sent = self.commands.as_ref().map(|c| c.try_send(command));
        !matches!(sent, Some(Err(TrySendError::Full(_))))
    }

    /// The newest prediction nobody took.
    pub fn predictions(&self) -> &Latest<Arc<Prediction>> {
        &self.predictions
    }

    /// The newest taps that were asked for and nobody took: a hundred megabytes or more, so never more than one.
    pub fn inspections(&self) -> &Latest<Arc<Inspection>> {
        &self.inspections
    }

    /// The next event, if there is one.
    pub fn try_event(&self) -> Option<Event> {
        self.events.pop()
    }

    /// Frames that were replaced before the worker came to them.
    pub fn dropped(&self) -> u64 {
        self.jobs.replaced()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.commands = None;
        self.jobs.close();
        if let Some(worker) = self.worker.take() {
            // A worker that panicked has nothing more to say here: its frame failed with a sentence.
            let _ = worker.join();
        }
    }
}

struct Worker {
    choice: DeviceChoice,
    device: Option<Device>,
    models: [Option<Model>; 2],
    requests: [Option<ModelRequest>; 2],
    options: RunOptions,
    last: Option<Job>,
    /// The last prediction, to measure it by another rule.
    done: Option<Arc<Prediction>>,
    measure_again: bool,
    outbox: Outbox<Event>,
    inbox: Receiver<Command>,
    jobs: Latest<Job>,
    predictions: Latest<Arc<Prediction>>,
    inspections: Latest<Arc<Inspection>>,
    stop: Arc<AtomicBool>,
}

impl Worker {
    fn run(&mut self) {
        self.open_device(self.choice);
        while !self.stop.load(Ordering::Relaxed) {
            let mut again = false;
            loop {
                match self.inbox.try_recv() {
                    Ok(command) => again |= self.obey(command),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            // A short wait keeps commands prompt without a second lock or a spinning thread.
            let job =
                if again || self.measure_again { self.jobs.take() } else { self.jobs.wait(Duration::from_millis(15)) };
            match job {
                Some(job) => self.last = Some(job),
                None if again => {}
                None if self.measure_again => {
                    self.measure();
                    continue;
                }
                None => continue,
            }
            self.predict();
        }
    }

    /// Carries a command out; true when the present frame must be predicted again.
    fn obey(&mut self, command: Command) -> bool {
        match command {
            Command::LoadModel { slot, request } => return self.load(slot, request),
            Command::UnloadCompare => {
                (self.models[1], self.requests[1]) = (None, None);
                self.outbox.push(Event::Unloaded);
            }
            Command::Device(choice) => return self.move_to(choice),
            Command::Size(size) => self.options.size = size,
            Command::Focal(focal) => self.options.focal = focal,
            Command::Measure(by) => {
                (self.options.measure, self.measure_again) = (by, true);
                return false;
            }
            Command::Inspect(slot) => {
                self.inspect(slot);
                return false;
            }
        }
        true
    }

    fn open_device(&mut self, choice: DeviceChoice) -> bool {
        match guarded(|| device::open(choice)) {
            Ok((device, info)) => {
                self.device = Some(device);
                self.outbox.push(Event::Device(info));
                true
            }
            Err(error) => {
                self.outbox.push(Event::DeviceFailed(error));
                // A program that starts must be able to show a picture: the CPU is always there.
                self.device.is_none() && choice != DeviceChoice::Cpu && self.open_device(DeviceChoice::Cpu)
            }
        }
    }

    /// Loads both models on another device first and only then leaves the present one.
    fn move_to(&mut self, choice: DeviceChoice) -> bool {
        self.outbox.push(Event::Busy(format!("moving to device {choice}")));
        let requests = self.requests.clone();
        let moved = guarded(|| {
            let (device, info) = device::open(choice)?;
            let load = |request: &Option<ModelRequest>| request.as_ref().map(|r| Model::load(r, &device)).transpose();
            let models = [load(&requests[0])?, load(&requests[1])?];
            Ok((device, info, models))
        });
        let ok = moved.is_ok();
        match moved {
            Ok((device, info, models)) => {
                (self.device, self.models) = (Some(device), models);
                self.outbox.push(Event::Device(info));
            }
            Err(error) => self.outbox.push(Event::DeviceFailed(error)),
        }
        self.outbox.push(Event::Idle);
        ok
    }

    fn load(&mut self, slot: Slot, request: ModelRequest) -> bool {
        let Some(device) = self.device.clone() else { return false };
        self.outbox.push(Event::Busy(format!("loading {}", request.path_or_name)));
        let loaded = guarded(|| Model::load(&request, &device));
        let ok = loaded.is_ok();
        match loaded {
            Ok(model) => {
                let info = model.info.clone();
                (self.models[slot as usize], self.requests[slot as usize]) = (Some(model), Some(request));
                self.outbox.push(Event::ModelLoaded { slot, info });
            }
            Err(Error::NeedsAnswers { path, missing }) => {
                self.outbox.push(Event::NeedsAnswers { slot, path, missing });
            }
            Err(error) => self.outbox.push(Event::ModelFailed { slot, error }),
        }
        self.outbox.push(Event::Idle);
        ok
    }

    fn predict(&mut self) {
        self.measure_again = false;
        let (Some(job), Some(main)) = (&self.last, &self.models[0]) else { return };
        let (frame, truth) = (job.frame.clone(), job.truth.clone());
        let name = frame.name.clone();
        match guarded(|| predict(frame, truth, main, self.models[1].as_ref(), self.options)) {
            Ok(prediction) => {
                let prediction = Arc::new(prediction);
                self.done = Some(prediction.clone());
                self.predictions.put(prediction);
                self.outbox.wake();
            }
            Err(error) => self.outbox.push(Event::FrameFailed { name, error }),
        }
    }

    /// Measures the last prediction by the present rule. The network runs only if the rule shows it something else.
    fn measure(&mut self) {
        self.measure_again = false;
        let Some(done) = self.done.clone() else { return };
        let models = [self.models[0].as_ref(), self.models[1].as_ref()];
        match guarded(|| Ok(remeasure(&done, models, self.options))) {
            Ok(prediction) => {
                let prediction = Arc::new(prediction);
                self.done = Some(prediction.clone());
                self.predictions.put(prediction);
                self.outbox.wake();
            }
            Err(error) => self.outbox.push(Event::FrameFailed { name: done.frame.name.clone(), error }),
        }
    }

    fn inspect(&self, slot: Slot) {
        let (Some(job), Some(model)) = (&self.last, &self.models[slot as usize]) else { return };
        match guarded(|| model.inspect(&job.frame, self.options.size)) {
            Ok(taps) => {
                let inspection = Inspection { frame_id: job.frame.id, model: model.info.name.clone(), taps };
                self.inspections.put(Arc::new(inspection));
                self.outbox.wake();
            }
            Err(error) => self.outbox.push(Event::FrameFailed { name: job.frame.name.clone(), error }),
        }
    }
}

/// Turns a panic of a driver or kernel into a sentence: the worker lives on.
///
/// # Errors
/// Those of `work`, and its panic.
pub fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    guard("the device gave up", "choose another device or a smaller size", work)?
}
