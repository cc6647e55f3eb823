//! What a camera's supervisor decides: Idle → Probing → Starting → Streaming → Recovering → Failed.
//!
//! [`Machine`] owns no thread and reads no clock: every call brings the time, so each rule has a test that
//! takes no time. `camera_worker` does what the returned [`Step`] says.

use std::time::{Duration, Instant};

/// How long to wait and how often to try.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Longest wait for the driver to name its cameras.
    pub probe: Duration,
    /// Longest wait from opening a camera to its first frame; many webcams need a second or two.
    pub start: Duration,
    /// Longest wait for the next frame of a running camera.
    pub silence: Duration,
    /// Pause before the first attempt to recover; doubled before each further one.
    pub backoff: Duration,
    /// Attempts to recover before the camera is given up.
    pub attempts: u32,
    /// Time of streaming after which the attempts are counted from the start again.
    pub settle: Duration,
    /// Damaged frames in a row that count as a failure.
    pub bad_frames: u32,
    /// Longest wait for a reader that should end; after it the thread is left to the driver.
    pub detach: Duration,
    /// How often the system is looked at for cameras that came or went.
    pub rescan: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            probe: Duration::from_secs(5),
            start: Duration::from_secs(5),
            silence: Duration::from_secs(2),
            backoff: Duration::from_millis(250),
            attempts: 5,
            settle: Duration::from_secs(5),
            bad_frames: 10,
            detach: Duration::from_secs(1),
            rescan: Duration::from_secs(2),
        }
    }
}

/// Where a camera stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// No camera is wanted.
    #[default]
    Idle,
    /// The wanted camera is looked for.
    Probing,
    /// It was found and is being opened.
    Starting,
    /// Frames arrive.
    Streaming,
    /// Frames stopped; the same camera is tried again after a pause.
    Recovering {
        /// Which attempt comes next, from 1.
        attempt: u32,
    },
    /// Given up until the person opens a camera again.
    Failed,
}

/// What happened at the device.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The wanted camera is there.
    Found,
    /// It is open and its stream was started.
    Opened,
    /// A frame arrived.
    Frame,
    /// A frame arrived that cannot be decoded, with the reason.
    BadFrame(String),
    /// The device cannot go on, with the reason.
    Lost(String),
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Start a reader for the wanted camera.
    Start,
    /// Say that frames arrive.
    Streaming,
    /// End the reader and say that the camera is being recovered.
    Recover {
        /// Which attempt comes next, from 1.
        attempt: u32,
        /// Why the frames stopped.
        reason: String,
    },
    /// End the reader and say why the camera was given up.
    Fail(String),
}

/// The state of one wanted camera.
#[derive(Debug)]
pub struct Machine {
    policy: Policy,
    phase: Phase,
    /// When the present phase ends by itself.
    deadline: Option<Instant>,
    /// Attempts since the last settled stream.
    attempt: u32,
    /// Whether this camera ever delivered a frame: one that never did is not worth five more tries.
    streamed: bool,
    since: Option<Instant>,
    bad: u32,
    last_bad: Option<String>,
}

impl Machine {
    /// A machine that wants no camera.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            phase: Phase::Idle,
            deadline: None,
            attempt: 0,
            streamed: false,
            since: None,
            bad: 0,
            last_bad: None,
        }
    }

    /// The present phase.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// When [`Machine::tick`] next has something to say.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// A camera was chosen.
    pub fn open(&mut self, now: Instant) -> Step {
        *self = Self::new(self.policy);
        self.probe(now)
    }

    /// No camera is wanted any more.
    pub fn close(&mut self) {
        *self = Self::new(self.policy);
    }

    /// Takes in what happened; says what to do about it.
    pub fn input(&mut self, input: Input, now: Instant) -> Option<Step> {
        // In the other phases no reader is alive, and what an old one still says is not about us.
        if !matches!(self.phase, Phase::Probing | Phase::Starting | Phase::Streaming) {
            return None;
        }
        match input {
            Input::Found | Input::Opened => {
                if self.phase != Phase::Streaming {
                    self.enter(Phase::Starting, now + self.policy.start);
                }
                None
            }
            Input::Frame => {
                self.bad = 0;
                self.last_bad = None;
                self.streamed = true;
                let first = self.phase != Phase::Streaming;
                self.enter(Phase::Streaming, now + self.policy.silence);
                let since = if first { now } else { self.since.unwrap_or(now) };
                self.since = Some(since);
                // A camera that comes and goes every second must run out of attempts all the same.
                if now.duration_since(since) >= self.policy.settle {
                    self.attempt = 0;
                }
                first.then_some(Step::Streaming)
            }
            Input::BadFrame(reason) => {
                self.bad += 1;
                if self.bad >= self.policy.bad_frames {
                    let reason = format!("{} frames in a row are damaged ({reason})", self.bad);
                    return Some(self.lose(reason, now));
                }
                self.last_bad = Some(reason);
                None
            }
            Input::Lost(reason) => Some(self.lose(reason, now)),
        }
    }

    /// Looks whether a wait is over; says what to do then.
    pub fn tick(&mut self, now: Instant) -> Option<Step> {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return None;
        }
        let seconds = |d: Duration| d.as_secs_f32();
        let reason = match self.phase {
            Phase::Recovering { .. } => return Some(self.probe(now)),
            Phase::Probing => format!("the driver did not answer for {} s", seconds(self.policy.probe)),
            Phase::Starting => format!("no first frame within {} s", seconds(self.policy.start)),
            Phase::Streaming => format!("no frame for {} s", seconds(self.policy.silence)),
            Phase::Idle | Phase::Failed => {
                self.deadline = None;
                return None;
            }
        };
        let reason = match self.last_bad.take() {
            Some(bad) => format!("{reason} ({bad})"),
            None => reason,
        };
        Some(self.lose(reason, now))
    }

    fn probe(&mut self, now: Instant) -> Step {
        self.enter(Phase::Probing, now + self.policy.probe);
        Step::Start
    }

    fn enter(&mut self, phase: Phase, deadline: Instant) {
        self.phase = phase;
        self.deadline = Some(deadline);
    }

    fn lose(&mut self, reason: String, now: Instant) -> Step {
        self.bad = 0;
        self.last_bad = None;
        self.since = None;
        if !self.streamed || self.attempt >= self.policy.attempts {
            let tried = self.attempt;
            self.phase = Phase::Failed;
            self.deadline = None;
            return Step::Fail(if tried == 0 { reason } else { format!("{reason}; given up after {tried} attempts") });
        }
        self.attempt += 1;
        let pause = self.policy.backoff * 2u32.saturating_pow(self.attempt - 1);
        self.enter(Phase::Recovering { attempt: self.attempt }, now + pause);
        Step::Recover { attempt: self.attempt, reason }
    }
}
