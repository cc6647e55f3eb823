//! [`TrainState`]: what the Train tab shows and what a person chose in it.

use super::chart::Charts;
use super::setup::Setup;
use super::watch::Watch;
use crate::train::TrainConfig;
use crate::train::control::{Started, Summary};
use crate::train::curves::{CURVES, Points};
use crate::train::desk::Record;
use crate::train::dry_run::DryRun;
use crate::train::hardest::Hardest;
use crate::train::history::Row;
use crate::train::incidents::Incident;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the training's thread is doing.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Phase {
    /// Nothing was started.
    #[default]
    Idle,
    /// The dry check runs.
    Checking,
    /// Data and weights are being opened.
    Opening,
    /// Steps are being made.
    Running,
    /// It waits, and why.
    Paused(String),
    /// It will end behind the step at hand.
    Stopping,
    /// It is at its end, or was stopped.
    Finished(Box<Summary>),
    /// It ended with a fault.
    Failed(String),
}

impl Phase {
    /// A run is there, or will be at once.
    pub fn is_training(&self) -> bool {
        matches!(self, Self::Opening | Self::Running | Self::Paused(_) | Self::Stopping)
    }

    /// The thread is at work.
    pub fn is_busy(&self) -> bool {
        self.is_training() || *self == Self::Checking
    }
}

/// A dry check that runs.
pub struct Checking {
    /// What is checked.
    pub config: TrainConfig,
    /// What there was before it, and is again behind it.
    pub before: Phase,
    /// It is to be given up.
    pub given_up: bool,
}

/// What the dry check found, and what was checked.
pub struct Check {
    /// The configuration that it is about.
    pub config: TrainConfig,
    /// What was found and where it ran, or why not.
    pub found: Result<(Box<DryRun>, String), String>,
}

/// A run whose curves are drawn.
pub struct Run {
    /// Its name: that of its folder.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its rows.
    pub rows: Arc<Vec<Row>>,
    /// Its curves, by their numbers.
    pub points: Vec<Points>,
    /// Its curves are drawn.
    pub shown: bool,
}

impl Run {
    /// A run with these rows.
    pub fn new(folder: &Path, rows: Vec<Row>) -> Self {
        let name =
            folder.file_name().map_or_else(|| folder.display().to_string(), |n| n.to_string_lossy().into_owned());
        let points = vec![Points::default(); CURVES.len()];
        Self { name, folder: folder.to_owned(), rows: Arc::new(rows), points, shown: true }
    }

    /// Adds rows; one of the last step replaces it, and one of a step before it all from there on: the run went back.
    pub fn add(&mut self, rows: Vec<Row>) {
        let all = Arc::make_mut(&mut self.rows);
        for row in rows {
            all.truncate(all.partition_point(|before| before[0] < row[0]));
            all.push(row);
        }
    }

    /// The step made last, or 0.
    pub fn step(&self) -> u64 {
        self.rows.last().map_or(0, |row| row[0] as u64)
    }
}

/// The tab's state.
#[derive(Default)]
pub struct TrainState {
    /// What is to be trained.
    pub setup: Setup,
    /// What happens.
    pub phase: Phase,
    /// The dry check that runs.
    pub checking: Option<Checking>,
    /// What the last one found.
    pub check: Option<Check>,
    /// Number of the run that news belong to.
    pub run: u64,
    /// The configuration of the run that was started last, or opened.
    pub config: Option<Box<TrainConfig>>,
    /// What that run consists of; `None` for one that was only opened.
    pub started: Option<Started>,
    /// Where it computes.
    pub device: String,
    /// The runs whose curves are drawn; the first is the one that trains or was opened.
    pub runs: Vec<Run>,
    /// Step of the newest checkpoint.
    pub saved: Option<u64>,
    /// Steps that were left out, the last ones.
    pub incidents: Vec<Incident>,
    /// Samples that could not be read, and the last of them with its reason.
    pub replaced: usize,
    /// The last of them.
    pub last_replaced: Option<(String, String)>,
    /// Which curves are drawn and how.
    pub charts: Charts,
    /// Pictures that are watched.
    pub watch: Watch,
    /// The hardest samples.
    pub hardest: Option<Arc<Hardest>>,
    /// The sample of that list that was shown last.
    pub selected: Option<String>,
    /// A run's folder is being read.
    pub reading: bool,
    /// Curves and pictures cover the views.
    pub expanded: bool,
}

/// Incidents that are kept.
const INCIDENTS: usize = 50;

impl TrainState {
    /// Why the last training failed.
    pub fn failure(&self) -> Option<String> {
        if let Phase::Failed(why) = &self.phase { Some(why.clone()) } else { None }
    }

    /// The run that trains, or that was opened.
    pub fn main(&self) -> Option<&Run> {
        self.runs.first()
    }

    /// Begins to show a run in the first place; one of the same folder gives way to it.
    pub fn show(&mut self, run: Run) {
        self.runs.retain(|other| other.folder != run.folder);
        self.runs.insert(0, run);
        self.runs.truncate(MOST_RUNS);
        self.charts.steps = None;
        self.incidents.clear();
        (self.replaced, self.last_replaced, self.hardest, self.selected) = (0, None, None, None);
    }

    /// Takes in a run that was read.
    pub fn take(&mut self, record: Record, beside: bool) {
        let run = Run::new(&record.folder, record.rows);
        if beside {
            match self.runs.iter().position(|other| other.folder == run.folder) {
                // The run that trains is newer than its file.
                Some(0) => {}
                Some(place) => self.runs[place] = run,
                None if self.runs.len() < MOST_RUNS => self.runs.push(run),
                None => {}
            }
            return;
        }
        self.show(run);
        (self.started, self.saved, self.check) = (None, None, None);
        // What may still come is of another run.
        self.run = u64::MAX;
        self.watch.begin();
        self.phase = Phase::Idle;
        self.config = record.config.clone();
        if let Some(config) = record.config {
            self.setup.take(*config, record.folder, record.resumable);
        }
    }

    /// Begins to wait for a dry check.
    pub fn begin_check(&mut self, config: TrainConfig) {
        let before = std::mem::replace(&mut self.phase, Phase::Checking);
        self.checking = Some(Checking { config, before, given_up: false });
    }

    /// Takes in what a dry check found; `None` when it was given up, which leaves all as it was.
    pub fn end_check(&mut self, found: Option<Result<(Box<DryRun>, String), String>>) {
        let Some(Checking { config, before, .. }) = self.checking.take() else { return };
        if self.phase == Phase::Checking {
            self.phase = before;
        }
        if let Some(found) = found {
            self.check = Some(Check { config, found });
        }
    }

    /// Notes a step that was left out.
    pub fn incident(&mut self, incident: Incident) {
        if self.incidents.len() >= INCIDENTS {
            self.incidents.remove(0);
        }
        self.incidents.push(incident);
    }
}

/// Runs that are drawn together at most.
pub const MOST_RUNS: usize = 8;
